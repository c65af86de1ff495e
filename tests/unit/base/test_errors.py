"""A password shows in no traceback of ours, also in one that shows the values of variables."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import traitlets.config
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import mqttwidgets
from mqttwidgets import (
    Broker,
    InvalidValueError,
    LiveSensorPlot,
    MqttWidgetsError,
    SensorStream,
    SpectrumPlot,
    UnknownKeywordError,
)
from mqttwidgets.__main__ import main
from mqttwidgets.base.errors import discreet

CANARY = "canary-8f3a"

CELLS = (
    "LiveSensorPlot('a', url(), fps=0)",
    "LiveSensorPlot('a', url(), fsp=5)",
    "LiveSensorPlot('a', url(), window='soon')",
    "LiveSensorPlot('a', broker=url('/topic'))",
    "LiveSensorPlot('a/#/b', url())",
    "LiveSensorPlot('a', url(), stream=SensorStream('a'))",
    "SensorStream('a', url(), qos=7)",
    "SensorStream('a', url(), histroy=7)",
    "SensorStream('a', url(':0'))",
    "SensorStream('a', url(), 'auto', 1000, 'too', 'many')",
    "Broker(url())",
    "Broker('foo..bar', username='me', password=password())",
    "Broker('h', password=password())",
    "Broker('h', username='me', pasword=password())",
    "Broker.from_url(url(':0'))",
    "Broker.from_url(url(), protocol=7)",
    "Broker.from_url(url(), cafile='x')",
    "Broker.from_url('me:' + password() + '://h')",
    "Broker.from_url('ws://h', headers={'Authorization': password() + '\\n'})",
    "Broker.from_url('mqtt://h', headers={'Authorization': password()})",
    "Broker('h', scheme='ws', headers=[password()])",
    "Broker('h', scheme='ws', header={'Authorization': password()})",
)
"""What a person may write; `url` and `password` stand for getpass and its like."""

FROM_THE_ENVIRONMENT = ("LiveSensorPlot('a')", "SensorStream('a')", "SensorStream('a', qos=7)")


def url(rest: str = "") -> str:
    """A broker with a password."""
    return f"mqtt://me:{CANARY}@h{rest}"


NAMES = {
    "Broker": Broker,
    "LiveSensorPlot": LiveSensorPlot,
    "SensorStream": SensorStream,
    "SpectrumPlot": SpectrumPlot,
    "password": lambda: CANARY,
    "url": url,
}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A shell of IPython whose tracebacks show the values of variables."""
    settings = {
        "HistoryManager": {"enabled": False},
        "InteractiveShell": {"xmode": "Verbose", "colors": "nocolor"},
    }
    folder = str(tmp_path_factory.mktemp("ipython"))
    kind: Any = InteractiveShell
    yield kind.instance(config=traitlets.config.Config(settings), ipython_dir=folder, user_ns=dict(NAMES))
    kind.clear_instance()


@pytest.fixture(scope="module")
def verbose(shell: Any) -> Callable[[str], str]:
    """What a cell shows in that shell."""

    def run(cell: str) -> str:
        with capture_output() as shown:
            result = shell.run_cell(cell)
        assert not result.success, f"{cell} raised nothing"
        return str(shown.stdout + shown.stderr)

    return run


@pytest.mark.parametrize("cell", CELLS)
def test_a_verbose_traceback_shows_no_password(verbose: Callable[[str], str], cell: str) -> None:
    shown = verbose(cell)
    assert "Error" in shown
    assert CANARY not in shown


@pytest.mark.parametrize("cell", FROM_THE_ENVIRONMENT)
def test_nor_one_from_the_environment(
    verbose: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, cell: str
) -> None:
    monkeypatch.setenv("MQTTWIDGETS_BROKER", url("/topic"))
    assert CANARY not in verbose(cell)


def test_a_verbose_traceback_would_show_it(verbose: Callable[[str], str]) -> None:
    assert CANARY in verbose("def connect(secret):\n    raise ValueError(len(secret))\nconnect(password())")


@pytest.mark.parametrize("cell", CELLS)
def test_no_frame_of_ours_holds_a_password(cell: str) -> None:
    with pytest.raises((MqttWidgetsError, TypeError)) as caught:
        eval(cell, {"__name__": "a cell", **NAMES})  # noqa: S307 - the cells above
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    ours = [frame for frame in frames if frame.f_globals["__name__"].startswith("mqttwidgets")]
    assert len(ours) == 1
    shown = inspect.formatargvalues(*inspect.getargvalues(ours[0]))  # as cgitb has it
    assert CANARY not in f"{shown}{ours[0].f_locals}"
    whole = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert CANARY not in "".join(whole.format())


def test_the_errors_of_others_pass_with_all_of_their_frames() -> None:
    def find(secret: str) -> None:
        raise LookupError(len(secret))

    with pytest.raises(LookupError) as caught:
        discreet(find)(CANARY)
    names = [frame.f_code.co_name for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert names[-2:] == ["discreetly", "find"]


def test_what_led_to_an_error_of_ours_is_not_shown_either() -> None:
    def parse(secret: str) -> int:
        try:
            return int(secret)
        except ValueError:
            raise InvalidValueError("that is no number")  # noqa: B904 - the context is what this is about

    with pytest.raises(InvalidValueError) as caught:
        discreet(parse)(CANARY)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", url()],
        ["demo", "--broker", url("/topic")],
        ["demo", "--broker", url(), "--port", url()],
        ["simulate", "--broker", url(":0")],
        ["simulate", f"--brocker={url()}"],
        ["doctor", url("/topic"), "a"],
        ["doctor", url()],
        ["doctor", url(), "a", "--ca-file", "/nowhere"],
        ["doctor", url(), "a", "--wait", url()],
        [url(), "home/#"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]).replace(CANARY, "***"),
)
def test_the_command_line_repeats_no_password(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    shown = capsys.readouterr()
    assert "error: " in shown.err
    assert CANARY not in f"{shown.out}{shown.err}"


@pytest.mark.parametrize("entry", [SensorStream, LiveSensorPlot, Broker, Broker.from_url])
def test_entries_keep_their_signatures(entry: Callable[..., Any]) -> None:
    assert not {"args", "kwargs"} & set(inspect.signature(entry).parameters)


WRONG_CALLS = (
    "plot.derive('x', 5)",
    "plot.derive('x', print, lookback='soon')",
    "plot.limit('*', above='high')",
    "plot.limit('*', abov=3)",
    "plot.spectrum(seconds=-1)",
    "plot.to_pandas(of='nothing*')",
    "plot.to_csv('/')",
    "plot.doctor(wait_s='long')",
    "plot.window = 'soon'",
    "plot.topic = 'a/#/b'",
    "plot.hidden = [5]",
    "plot.time_range = 'today'",
    "plot.value_ranges = 5",
    "plot.selection = 5",
    "plot.stream.topic = 'a/#/b'",
    "plot.stream.to_csv('/nowhere/run.csv')",
    "rolling_mean('soon')",
    "rolling_band('soon')",
    "difference(5)",
    "explain('a', 5)",
    "Struct('?!')",
    "AutoDecoder(format='x')",
    "TopicFilter('a/#/b')",
    "SpectrumPlot(plot.stream, seconds=-1)",
)
"""What a person may write wrongly, without a password."""


@pytest.fixture(scope="module")
def plot() -> Iterator[LiveSensorPlot]:
    """A plot that receives nothing."""
    plot = LiveSensorPlot("a", autostart=False)
    yield plot
    plot.close()


@pytest.mark.parametrize("cell", WRONG_CALLS)
def test_a_traceback_ends_where_a_person_was_wrong(plot: LiveSensorPlot, cell: str) -> None:
    with pytest.raises(MqttWidgetsError) as caught:
        exec(cell, {"__name__": "a cell", **vars(mqttwidgets), **NAMES, "plot": plot})  # noqa: S102 - the cells above
    names = [frame.f_code.co_name for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert names[-2:] == ["<module>", "discreetly"]
    assert caught.value.__context__ is None


@pytest.mark.parametrize("cell", [*WRONG_CALLS, "await plot.until(5)"])
def test_a_notebook_shows_nothing_behind_that_line(
    shell: Any, verbose: Callable[[str], str], plot: LiveSensorPlot, cell: str
) -> None:
    shell.push({**vars(mqttwidgets), **NAMES, "plot": plot})
    shown = verbose(cell)
    assert f"----> 1 {cell}" in shown
    assert "discreet" not in shown
    assert "until.py" not in shown


def test_so_does_that_of_a_wait(plot: LiveSensorPlot) -> None:
    with pytest.raises(MqttWidgetsError) as caught:
        exec("async def wait():\n    await plot.until(5)\nasyncio.run(wait())", {"plot": plot, "asyncio": asyncio})  # noqa: S102
    names = [frame.f_code.co_name for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert names[-2:] == ["wait", "__await__"]


def test_a_keyword_that_is_unknown_names_class_and_method(plot: LiveSensorPlot) -> None:
    climate: Any = plot
    with pytest.raises(UnknownKeywordError, match=r"^LiveSensorPlot\.limit\(\) has no keyword 'abov'"):
        climate.limit("*", abov=3)
    with pytest.raises(UnknownKeywordError, match=r"^SensorStream\.to_csv\(\) has no keyword 'wied'"):
        climate.stream.to_csv("x", wied=True)

"""The Python that makes a plot as it stands: run, it gives an equal one, and no secret is in it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from mqttwidgets import AutoDecoder, Broker, LiveSensorPlot, SensorStream, Struct, rolling_mean

HOSTILE = "a\"'/\\\u202e${x}`````\n"


def read_mine(topic: str, payload: bytes) -> float:
    """A decoder of one's own."""
    return float(payload)


def smooth(series: Any) -> Any:
    """A derivation of one's own."""
    return series.ewm(span=20).mean()


def run(code: str, **functions: Any) -> LiveSensorPlot:
    """The plot that code makes, with what it takes from elsewhere."""
    names: dict[str, Any] = {"read_mine": read_mine, "smooth": smooth, **functions}
    exec(code, names)  # noqa: S102 - our own
    plot: LiveSensorPlot = names["plot"]
    return plot


def standing(plot: LiveSensorPlot) -> dict[str, Any]:
    """All that makes a plot what it is."""
    options = {name: repr(value) for name, value in plot.stream.options.items()}
    traits = {name: str(getattr(plot, name)) for name in ("topic", "window", "paused", "hidden", "status")}
    return {"broker": plot.stream.broker, "fps": plot.fps, **options, **traits}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"topic": ["home/#", HOSTILE], "title": HOSTILE, "window": 100, "fields": [HOSTILE, "*temp*"]},
        {"paused": True, "fps": 7.5, "history": 500, "max_series": 3, "qos": 1, "session": "persistent"},
        {"broker": Broker.from_url("mqtts://b.local:1884", protocol="5", client_id="me", keepalive_s=7)},
        {"broker": Broker.from_url("wss://192.0.2.7", server_name="b.local", alpn="mqtt", insecure=True)},
        {"broker": "ws://b.local/a/path", "decoder": Struct("<hH", fields=["a", None], units=["V", ""])},
        {"broker": "mqtt://me@b.local", "decoder": AutoDecoder(format="JSON", time="")},
        {"decoder": read_mine},
    ],
)
def test_code_gives_an_equal_plot(options: dict[str, Any]) -> None:
    plot = LiveSensorPlot(**{"topic": "home/+", "autostart": False, **options})
    plot.hidden = [("home/cellar", HOSTILE), ("b", "/t")]
    code = plot.code()
    assert all(f"{name}=" in code for name in options if name != "topic")
    again = run(code)
    assert standing(again) == standing(plot)
    assert again.code() == code
    for each in (plot, again):
        each.close()


def test_code_has_the_view_the_selection_and_what_is_computed() -> None:
    plot = LiveSensorPlot("home/+", "mqtt://b.local", autostart=False)
    plot.time_range = 1.7e9, 1.7e9 + 60.5
    plot.value_ranges = {"°C": (15, 25.5)}
    plot.selection = 1.7e9 + 1, 1.7e9 + 2
    plot.derive("mean", rolling_mean("30 s"), "*/temperature")
    plot.derive("mine", smooth, lookback=200, unit="K")
    code = plot.code()
    for line in (
        "plot.derive('mean', mw.rolling_mean('30 s'), of='*/temperature')",
        "plot.time_range = ('2023-11-14T22:13:20+00:00', '2023-11-14T22:14:20.500000+00:00')",
        "plot.value_ranges = {'°C': (15.0, 25.5)}",
    ):
        assert line in code.splitlines()
    again = run(code)
    assert again.code() == code
    for name in ("time_range", "value_ranges", "selection"):
        assert getattr(again, name) == getattr(plot, name)
    assert [repr(each) for each in again.derived] == [repr(each) for each in plot.derived]
    for each in (plot, again):
        each.close()


def test_code_has_limits_and_texts_that_look_like_comments() -> None:
    plot = LiveSensorPlot("home/+", "mqtt://b.local", title="Oven  # 2", autostart=False)
    plot.limit("*/temperature", above=30, hysteresis=0.5, for_="10 s", label="too hot  # see manual")
    plot.limit(["*/humidity", "*/hum"], below=20, call=smooth)
    code = plot.code()
    again = run(code)
    assert again.code() == code
    assert "    title='Oven  # 2'," in code.splitlines()
    assert [repr(each) for each in again.limits] == [repr(each) for each in plot.limits]
    assert [(each.for_s, each.hysteresis, each.label) for each in again.limits] == [
        (10.0, 0.5, "too hot  # see manual"),
        (0.0, 0.0, None),
    ]
    for each in (plot, again):
        each.close()


def test_code_has_what_was_clicked_and_no_defaults() -> None:
    plot = LiveSensorPlot("home/+", "mqtt://b.local", window="5 min", autostart=False)
    plot.topic, plot.window = "home/#", timedelta(minutes=2)
    assert str(plot.code()).splitlines() == [
        "import mqttwidgets as mw",
        "",
        "plot = mw.LiveSensorPlot(",
        "    'home/#',",
        "    broker='mqtt://b.local:1883',",
        "    window='2 min',",
        "    autostart=False,",
        ")",
        "plot",
    ]
    assert repr(plot.code()) == str(plot.code())
    plot.close()


def test_a_shared_stream_is_made_before() -> None:
    stream = SensorStream("home/#", "mqtt://b.local", history=500)
    plot = LiveSensorPlot(stream=stream, title="Home", autostart=False)
    code = plot.code()
    assert "stream = mw.SensorStream('home/#', broker='mqtt://b.local:1883', history=500)" in code
    assert "plot = mw.LiveSensorPlot(title='Home', autostart=False, stream=stream)" in code
    again = run(code)
    assert standing(again) == standing(plot)
    for each in (plot, again):
        each.close()


@pytest.mark.parametrize(
    "url",
    ["mqtts://me:geheim@b.local", "wss://b.local/mqtt?signature=geheim", "ws://me:geheim@b.local/geheim?x=geheim"],
)
def test_no_secret_is_in_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plot = LiveSensorPlot("a", url, autostart=False)
    code = plot.code()
    assert "geheim" not in code
    assert "getpass(" in code
    broker = plot.stream.broker
    assert broker is not None
    monkeypatch.setenv("MQTT_PASSWORD", broker.password or "")
    monkeypatch.setenv("MQTT_PATH", broker.path)
    again = run(code)
    assert again.stream.broker == broker
    for each in (plot, again):
        each.close()


def test_headers_are_asked_for_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker.from_url("ws://b.local", headers={"Authorization": "geheim", "X-Api.Key": "geheim too"})
    plot = LiveSensorPlot("a", broker, autostart=False)
    code = plot.code()
    assert "geheim" not in code
    assert "getpass('Header X-Api.Key for b.local: ')" in code
    monkeypatch.setenv("MQTT_HEADER_AUTHORIZATION", "geheim")
    monkeypatch.setenv("MQTT_HEADER_X_API_KEY", "geheim too")
    again = run(code)
    assert again.stream.broker == broker
    for each in (plot, again):
        each.close()


def test_it_says_that_nothing_is_verified() -> None:
    plot = LiveSensorPlot("a", Broker.from_url("mqtts://b.local", insecure=True), autostart=False)
    code = plot.code()
    assert "insecure=True" in code
    assert "# Caution: the certificate is not verified" in code
    plot.close()


def test_the_broker_of_the_environment_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQTTWIDGETS_BROKER", "mqtts://me:geheim@b.local")
    plot = LiveSensorPlot("a", autostart=False)
    code = plot.code()
    assert "geheim" not in code
    assert "# The broker is that of the environment variable MQTTWIDGETS_BROKER." in code
    again = run(code)
    assert again.stream.broker == plot.stream.broker
    for each in (plot, again):
        each.close()


def test_what_has_no_name_is_left_to_the_reader() -> None:
    plot = LiveSensorPlot("a", decoder=lambda topic, payload: 1.0, autostart=False)
    assert "    decoder=your_decoder,  # write here what it was, a lambda\n" in plot.code()
    plot.close()


def test_functions_of_modules_are_imported_and_builtins_need_nothing() -> None:
    plot = LiveSensorPlot("a", decoder=read_mine, autostart=False)
    plot.derive("sum", np.cumsum)
    plot.derive("root", np.sqrt)
    plot.derive("again", np.cumsum)
    plot.limit("*", above=30, call=print)
    code = plot.code()
    assert code.splitlines()[:5] == [
        "import mqttwidgets as mw",
        "from numpy import cumsum",
        "from numpy import sqrt",
        f"from {__name__} import read_mine",
        "",
    ]
    assert "#" not in code
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own
    again = names["plot"]
    assert [each.function for each in again.derived] == [np.cumsum, np.sqrt, np.cumsum]
    assert (again.limits[0].call, again.code()) == (print, code)
    for each in (plot, again):
        each.close()


def test_a_function_of_the_notebook_is_left_to_the_reader() -> None:
    plot = LiveSensorPlot("a", autostart=False)
    plot.derive("mine", named("smooth"))
    assert "    smooth,  # your own function: define or import it before\n" in plot.code()
    plot.close()


def named(name: str) -> Any:
    """A function of that name, defined in the notebook."""

    def function(s: Any) -> Any:
        return s

    function.__name__ = function.__qualname__ = name
    function.__module__ = "__main__"
    return function


def test_functions_without_a_name_are_told_apart() -> None:
    twice = lambda s: 2 * s  # noqa: E731 - as it has no name
    plot = LiveSensorPlot("a", autostart=False)
    plot.derive("Mean, slow", lambda s: s)
    plot.derive("mean slow", lambda s: -s)
    plot.derive("ÄÖ: 2 × it", twice)
    plot.derive("again", twice)
    plot.derive("!?", lambda s: s)
    plot.derive("first", named("smooth"))
    plot.derive("second", named("smooth"))
    plot.derive("third", named("plot"))
    plot.limit("*", above=30.5, call=lambda event: None)
    plot.limit("*", above=31, call=lambda event: None, label="too hot")
    code = plot.code()
    names = re.findall(r"^    (\w+),  # ", code, re.MULTILINE)
    assert names == [
        *("your_mean_slow", "your_mean_slow_2", "your_äö_2_it", "your_äö_2_it", "your_function"),
        *("smooth", "your_second", "your_third"),
    ]
    calls = re.findall(r"call=(\w+),  # write here what it was, a lambda$", code, re.MULTILINE)
    assert calls == ["your_above_30_5", "your_too_hot"]
    functions = {name: (lambda s: s) for name in {*names, *calls}}
    again = run(code, **functions)
    assert [each.function for each in again.derived] == [functions[name] for name in names]
    assert [each.call for each in again.limits] == [functions[name] for name in calls]
    for each in (plot, again):
        each.close()

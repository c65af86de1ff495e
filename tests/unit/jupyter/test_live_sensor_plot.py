"""LiveSensorPlot without a browser: options, traits, what it sends, what it leaves behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import ipywidgets
import numpy as np
import pytest
import traitlets

import mqttwidgets as mw
from mqttwidgets import InvalidValueError, LiveSensorPlot, SensorStream, UnknownKeywordError
from mqttwidgets.decoding.decoder import Decoded
from mqttwidgets.jupyter import lifetime, plot_widget
from mqttwidgets.jupyter.controls import Controls
from mqttwidgets.jupyter.page_services import time_zone
from mqttwidgets.jupyter.picker import FieldPicker
from mqttwidgets.jupyter.picture import Picture
from mqttwidgets.plot.frame import Frame

from ...support.feeding import feed, message
from ...support.waiting import wait_for
from .test_frame_clock import until


def widgets_alive() -> int:
    """How many widgets this process holds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return len(ipywidgets.Widget.widgets)


def plot_of(topic: str | list[str] = "#", **options: Any) -> LiveSensorPlot:
    """A plot that does not connect."""
    return LiveSensorPlot(topic, autostart=False, **options)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"topic": "a/#/b"}, "'#' stands alone"),
        ({"topic": None}, "needs a topic"),
        ({"topic": []}, "empty list"),
        ({"broker": "nonsense"}, "Did you mean"),
        ({"window": "soon"}, "'30 s', '5 min'"),
        ({"fps": 0}, "a number above 0"),
        ({"fps": "fast"}, "a number above 0"),
        ({"paused": "yes"}, "True or False"),
        ({"title": 5}, "a text or None"),
        ({"decoder": "csv"}, "'auto', a Decoder or a function"),
        ({"history": 0}, "at least 2"),
        ({"stream": "x", "topic": None}, "a SensorStream"),
        ({"stream": SensorStream("a"), "topic": "b"}, "leave out what belongs to the stream: topic"),
        ({"stream": SensorStream("a"), "topic": None, "qos": 1}, "leave out what belongs to the stream: qos"),
    ],
)
def test_a_wrong_option_raises_at_once_and_leaves_nothing(options: dict[str, Any], hint: str) -> None:
    before = widgets_alive()
    with pytest.raises(InvalidValueError, match=hint):
        LiveSensorPlot(**{"topic": "a", "autostart": False, **options})
    assert widgets_alive() == before


def test_an_unknown_keyword_is_refused_with_its_neighbour() -> None:
    with pytest.raises(UnknownKeywordError, match="did you mean 'window'"):
        LiveSensorPlot("a", windwo=5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda plot: plot.limit("*", abov=30),
            r"LiveSensorPlot\.limit\(\) has no keyword 'abov': did you mean 'above'. It acc",
        ),
        (
            lambda plot: plot.limit("*", above=1, fro_="10 s"),
            r"did you mean 'for_'\? It accepts: of, above, below, ",
        ),
        (
            lambda plot: plot.derive("a", print, off="*"),
            r"LiveSensorPlot\.derive\(\) has no keyword 'off': did you mean 'of'. ",
        ),
        (
            lambda plot: plot.spectrum(secnods=4),
            r"LiveSensorPlot\.spectrum\(\) has no keyword 'secnods': did you mean 'seconds'",
        ),
        (
            lambda plot: plot.spectrum(xyz=4),
            r"LiveSensorPlot\.spectrum\(\) has no keyword 'xyz'. It accepts: of, seconds.$",
        ),
        (
            lambda plot: plot.until(print, timeot=3),
            r"LiveSensorPlot\.until\(\) has no keyword 'timeot': did you mean 'timeout'. It",
        ),
        *(
            (
                lambda plot, name=name: getattr(plot, name)("x", off="*"),
                rf"LiveSensorPlot\.{name}\(\) .* 'off': did you mean 'of'",
            )
            for name in ("to_csv", "to_parquet", "to_pandas")
        ),
        (
            lambda plot: plot.selected(wid=True),
            r"LiveSensorPlot\.selected\(\) has no keyword 'wid': did you mean 'wide'",
        ),
        (
            lambda plot: plot.stream.to_pandas(off="*"),
            r"SensorStream\.to_pandas\(\) has no keyword 'off': did you mean 'of'",
        ),
        (
            lambda plot: plot.stream.to_csv("x", wid=True),
            r"SensorStream\.to_csv\(\) .* 'wid': did you mean 'wide'",
        ),
        (
            lambda plot: plot.stream.to_parquet("x", off="*"),
            r"SensorStream\.to_parquet\(\) has no keyword 'off': did you mean 'of'",
        ),
    ],
)
def test_methods_refuse_an_unknown_keyword_as_the_plot_does(call: Callable[[Any], object], words: str) -> None:
    plot = plot_of()
    with pytest.raises(UnknownKeywordError, match=words):
        call(plot)
    assert (plot.limits, plot.derived) == ((), ())
    plot.close()


def test_what_belongs_to_the_stream_has_the_streams_defaults() -> None:
    plot, stream = (inspect.signature(thing).parameters for thing in (LiveSensorPlot, SensorStream))
    shared = (plot.keys() & stream.keys()) - {"topic", "unknown"}
    assert shared == {"broker", "decoder", "fields", "history", "max_series", "qos", "session", "source"} | {
        *("names", "units", "quantities", "descriptions")
    }
    assert {name: plot[name].default for name in shared} == {name: stream[name].default for name in shared}


def test_traits_refuse_what_is_wrong_and_keep_the_old_value() -> None:
    plot = plot_of("a/#", window="30 s")
    for trait, wrong in (
        *(("topic", "a/#/b"), ("topic", 5), ("window", "soon"), ("window", 0), ("paused", "yes")),
        *(("hidden", "a"), ("hidden", 5), ("hidden", ["a"]), ("hidden", [("a", 5)]), ("hidden", [("a", "", "")])),
    ):
        before = getattr(plot, trait)
        with pytest.raises(traitlets.TraitError):
            setattr(plot, trait, wrong)
        assert getattr(plot, trait) == before
    with pytest.raises(ValueError, match="'30 s'"):
        plot.window = "soon"
    with pytest.raises(ValueError, match=r"a list of \(topic, field\) pairs"):
        plot.hidden = ["a"]
    for name in ("status", "status_text"):
        with pytest.raises(traitlets.TraitError):
            setattr(plot, name, "live")
    plot.close()


def test_traits_take_every_accepted_form() -> None:
    plot = plot_of(["a/#", "b"], window=timedelta(minutes=5))
    assert plot.topic == ["a/#", "b"]
    plot.topic = ("c", "d")
    assert plot.stream.topic == ["c", "d"]
    plot.window = 100
    plot.window = "2 h"
    assert plot.window == "2 h"
    plot.hidden = [["a", "/t"], ("b", ""), ("b", "")]
    assert plot.hidden == (("a", "/t"), ("b", ""))
    plot.close()


def test_drawing_sends_lines_once_and_only_when_something_is_new() -> None:
    plot = plot_of(window=100)
    feed(plot.stream, "a", 1.0, 2.0)
    feed(plot.stream, "b", 3.0)
    assert plot.draw(1000.0) > 0
    assert [mark.labels for mark in plot.figure.marks] == [["a"], ["b"]]
    np.testing.assert_array_equal(plot.figure.marks[0].y, [1.0, 2.0])
    assert plot.figure.marks[0].x.dtype == np.float64
    assert plot.draw(1000.2) == 0
    feed(plot.stream, "a", 4.0, start=2.0)
    assert plot.draw(1000.4) > 0
    np.testing.assert_array_equal(plot.figure.marks[0].y, [1.0, 2.0, 4.0])
    plot.close()


def climate(plot: LiveSensorPlot, at: float, topic: str = "climate", **values: str) -> None:
    """Deliver `name: value unit` texts."""
    text = "; ".join(f"{name}: {value}" for name, value in values.items())
    plot.stream.deliver(message(topic, text.encode(), at=at))


def scales_of(plot: LiveSensorPlot) -> list[Any]:
    """The scale of the values of each line."""
    return [mark.scales["y"] for mark in plot.figure.marks]


def test_each_unit_has_a_scale_and_two_have_an_axis() -> None:
    plot = plot_of(window=100)
    climate(plot, 1.0, Temperature="21.5 °C", Setpoint="20 °C")
    plot.draw(1000.0)
    _, left, right = plot.figure.axes
    margins = plot.figure.fig_margin
    assert (left.visible, left.label, right.visible) == (True, "°C", False)

    climate(plot, 2.0, Temperature="21.5 °C", Humidity="40 %", Pressure="988 hPa")
    plot.draw(1001.0)
    assert (left.label, right.label, right.visible, right.side) == ("°C", "%", True, "right")
    assert plot.figure.fig_margin["right"] > margins["right"]
    temperature, setpoint, humidity, pressure = scales_of(plot)
    assert temperature is setpoint is left.scale
    assert humidity is right.scale
    assert pressure not in (left.scale, right.scale)
    assert pressure.min < 988 < pressure.max
    assert "No axis here for hPa" in plot.children[5].value

    plot.hidden = [("climate", "Humidity"), ("climate", "Pressure")]
    plot.draw(1002.0)
    assert (right.visible, plot.figure.fig_margin) == (False, margins)
    assert "No axis" not in plot.children[5].value
    plot.close()


def test_a_line_whose_unit_moves_to_another_axis_is_drawn_to_that() -> None:
    plot = plot_of(window=100)
    climate(plot, 1.0, Temperature="21.5 °C", Humidity="40 %")
    plot.draw(1000.0)
    _, left, right = plot.figure.axes
    alive = widgets_alive()
    for now, hidden, scales in (
        (1001.0, [("climate", "Temperature")], [left.scale]),
        (1002.0, [], [left.scale, right.scale]),
    ):
        plot.hidden = hidden
        plot.draw(now)
        assert scales_of(plot) == scales
    assert widgets_alive() == alive
    plot.close()


def test_states_are_steps_with_words_at_their_axis() -> None:
    plot = plot_of(window=100, decoder=Doors())
    plot.stream.deliver(message("door", b"1", at=1.0))
    plot.draw(1000.0)
    assert [mark.interpolation for mark in plot.figure.marks] == ["step-after"]
    left = plot.figure.axes[1]
    assert left.tick_labels == {"0": "off", "1": "on"}
    assert ">on<" in plot.children[5].value

    feed(plot.stream, "number", 0.0, 1.0)
    plot.draw(1001.0)
    assert [mark.interpolation for mark in plot.figure.marks] == ["step-after", "linear"]
    assert left.tick_labels == {}, "0 is a number at this axis now"
    plot.close()


def test_a_state_that_lasts_into_the_picture_has_room_at_its_axis() -> None:
    plot = plot_of(window="10 s", decoder=Doors())
    for at, value in ((0.0, 5.0), (20.0, 1.0), (25.0, 0.0)):
        plot.stream.deliver(message("door", b"%d" % value, at=at))
    plot.draw(25.0)
    time_scale, value_scale = (axis.scale for axis in plot.figure.axes[:2])
    assert 0.0 < time_scale.min < 20.0
    assert value_scale.min <= 0.0
    assert value_scale.max >= 5.0
    plot.close()


class Doors:
    """Takes numbers of the topic `door` as states."""

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> Decoded:
        decoded = Decoded([mw.Sample(topic, "", received_at or 0.0, float(payload))])
        decoded.states = {""} if topic == "door" else ()
        return decoded


# The list of all series.


def test_hidden_series_keep_their_data_through_pause_and_topic() -> None:
    plot = plot_of("a/#", window=100)
    feed(plot.stream, "a/x", 1.0, 2.0)
    feed(plot.stream, "a/y", 3.0)
    plot.hidden = [("a/x", "")]
    plot.draw(1000.0)
    assert [mark.labels for mark in plot.figure.marks] == [["y"]]
    assert "1 of 2 series shown" in plot.children[6].children[0].value
    assert len(plot.to_pandas()) == 3
    plot.paused = True
    plot.topic = "b/#"
    plot.topic = "a/#"
    plot.paused = False
    plot.window = 50
    plot.draw(1001.0)
    assert [mark.labels for mark in plot.figure.marks] == [["y"]]
    plot.hidden = [("a/x", ""), ("a/y", "")]
    plot.draw(1002.0)
    assert plot.figure.marks == []
    assert "2 series hidden. Fields shows them again." in plot.children[4].children[1].value
    plot.hidden = ()
    plot.draw(1003.0)
    assert len(plot.figure.marks) == 2
    plot.close()


def chooses(plot: LiveSensorPlot, picker: FieldPicker, *labels: str, shown: bool, number: int) -> None:
    """Send what the browser sends when ticks change, and draw."""
    ids = [row[0] for row in picker.rows if row[1] in labels]
    choice = {"kind": "choice", "ids": ids, "shown": shown, "number": number}
    picker._handle_custom_msg(choice, [])  # noqa: SLF001
    plot.draw(1000.0 + 10 * number)


def test_the_list_of_series_and_the_trait_stay_in_step() -> None:
    plot = plot_of(window=100)
    climate(plot, 1.0, Temperature="21.5 °C", Humidity="40 %")
    climate(plot, 2.0, Temperature="22.5 °C")
    plot.draw(1000.0)
    picker = open_fields(plot, 1001.0)
    assert [row[1:4] for row in picker.rows] == [
        ["Temperature", "climate Temperature", "°C"],
        ["Humidity", "climate Humidity", "%"],
    ]
    assert picker.values == [["22.5", "–"], ["40", "–"]]
    assert picker.hidden == []

    plot.hidden = [("earlier", "")]
    chooses(plot, picker, "Humidity", shown=False, number=1)
    assert plot.hidden == (("earlier", ""), ("climate", "Humidity"))
    assert (picker.hidden, picker.answered, len(plot.figure.marks)) == ([1], 1, 1)
    chooses(plot, picker, "Humidity", "Temperature", shown=True, number=2)
    assert (plot.hidden, picker.hidden, picker.answered) == ((("earlier", ""),), [], 2)

    plot.hidden = [("climate", "Temperature")]
    plot.draw(1050.0)
    assert picker.hidden == [0]
    plot.close()


def open_fields(plot: LiveSensorPlot, now: float) -> FieldPicker:
    """Press the button, draw, and find what it opened."""
    (controls,) = (part for part in parts_of(plot.children[1]) if isinstance(part, Controls))
    controls.fields_open = not controls.fields_open
    plot.draw(now)
    (picker,) = plot.children[2].children
    assert isinstance(picker, FieldPicker)
    return picker


def parts_of(widget: Any) -> Iterator[Any]:
    """A widget and all in it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts_of(child)


@pytest.mark.parametrize(
    "content",
    [
        None,
        {"kind": "viewer"},
        {"kind": "choice"},
        {"kind": "choice", "ids": [[], "0", None, 99], "shown": False, "number": 1},
        {"kind": "choice", "ids": [0], "shown": False, "number": "1"},
    ],
)
def test_what_is_no_choice_changes_nothing(content: Any) -> None:
    plot = plot_of(window=100)
    feed(plot.stream, "a", 1.0)
    picker = open_fields(plot, 1000.0)
    picker._handle_custom_msg(content, [])  # noqa: SLF001
    assert plot.hidden == ()
    plot.close()


def test_the_list_is_quiet_while_closed_and_once_a_second_while_open() -> None:
    plot = plot_of(window=100)
    feed(plot.stream, "a", 1.0)
    picker = open_fields(plot, 1000.0)
    for now, value in ((1000.5, "1"), (1001.2, "3")):
        feed(plot.stream, "a", now - 1000.0 + 1.5 if value == "1" else 3.0, start=now - 999)
        plot.draw(now)
        assert picker.values == [[value, "–"]]
    (panel,) = plot.children[2:3]
    controls = next(part for part in parts_of(plot.children[1]) if isinstance(part, Controls))
    controls.fields_open = False
    feed(plot.stream, "a", 4.0, start=9.0)
    plot.draw(1010.0)
    assert (panel.children, picker.rows, picker.values) == ((), [], [])
    plot.close()


def test_fps_holds_frames_back() -> None:
    plot = plot_of(fps=2)
    feed(plot.stream, "a", 1.0)
    assert plot.draw(1000.0) > 0
    feed(plot.stream, "a", 2.0)
    assert plot.draw(1000.4) == 0
    assert plot.draw(1000.6) > 0
    plot.close()


def test_several_plots_over_one_stream() -> None:
    stream = SensorStream("#")
    first, second = (LiveSensorPlot(stream=stream, autostart=False, window=window) for window in (100, 2))
    feed(stream, "a", 1.0, 2.0, 3.0)
    for plot in (first, second):
        plot.draw(1000.0)
    assert [len(plot.figure.marks[0].y) for plot in (first, second)] == [3, 2]
    first.close()
    assert second.stream is stream
    second.close()


def test_plots_of_one_stream_follow_its_topic() -> None:
    stream = SensorStream("a/#")
    first, second = (LiveSensorPlot(stream=stream, autostart=False) for _ in range(2))
    first.topic = "b/#"
    second.draw(1000.0)
    assert (stream.topic, second.topic) == ("b/#", "b/#")
    second.topic = "a/#"
    first.draw(1000.0)
    assert first.topic == "a/#"
    first.close()
    second.close()


def test_status_is_right_at_once() -> None:
    plot = LiveSensorPlot("a", "mqtt://127.0.0.1:1", autostart=False)
    assert (plot.status, repr(plot)) == ("stopped", "LiveSensorPlot('a', stopped)")
    plot.start()
    assert plot.status in ("connecting", "offline")
    plot.stop()
    assert (plot.status, plot.status_text) == ("stopped", "Stopped. Start subscribes again.")
    plot.close()
    assert repr(plot) == "LiveSensorPlot('a', closed)"


def test_observers_hear_of_each_change_of_status() -> None:
    plot = LiveSensorPlot("a", "mqtt://127.0.0.1:1", autostart=False)
    heard: list[tuple[str, str]] = []
    plot.observe(lambda change: heard.append((change["old"], change["new"])), "status")
    plot.start()
    wait_for(lambda: plot.status == "offline")
    plot.draw(time.time() + 60)
    plot.stop()
    plot.draw(time.time() + 120)
    assert heard[-1] == ("offline", "stopped")
    assert [new for _, new in heard[:-1]] == [old for old, _ in heard[1:]]
    plot.close()


def test_a_clock_that_is_set_back_does_not_stop_the_picture() -> None:
    plot = plot_of(window=100)
    feed(plot.stream, "a", 1.0)
    plot.draw(10_000.0)
    feed(plot.stream, "a", 2.0, start=2.0)
    assert plot.draw(6_400.0) > 0
    plot.close()


def test_numbers_of_any_length_in_the_window_entry() -> None:
    plot = plot_of()
    with pytest.raises(InvalidValueError, match="2 or more"):
        plot.window = "9" * 5000
    with pytest.raises(InvalidValueError, match="2 or more"):
        plot.window = f"{'9' * 400} samples"
    plot.close()


def test_closing_leaves_no_widget_and_no_reference() -> None:
    plot_of().close()
    before = widgets_alive()
    plot = plot_of()
    climate(plot, 1.0, a="1 °C", b="2 %", c="3 hPa", d="4 V")
    open_fields(plot, 1000.0)
    assert len(plot.figure.marks) == 4
    plot.close()
    plot.close()
    plot.stop()
    plot.start()
    assert widgets_alive() == before
    kept = weakref.ref(plot)
    del plot
    gc.collect()
    assert kept() is None


def test_no_secret_in_any_trait() -> None:
    plot = LiveSensorPlot("a", "mqtt://me:canary@127.0.0.1:1", autostart=False)
    page = json.dumps(ipywidgets.Widget.get_manager_state(), default=str)
    assert "mqttwidgets-plot" in page
    assert "canary" not in f"{plot!r} {plot} {plot.trait_values()} {plot.stream!r} {vars(plot)} {page}"
    plot.close()


def test_commands_from_other_threads_act_on_the_loop() -> None:
    async def main() -> None:
        plot = plot_of(window=100)
        feed(plot.stream, "a", 1.0, 2.0)

        def command() -> None:
            plot.window = 2
            plot.paused = True
            plot.topic = "a"

        thread = threading.Thread(target=command)
        thread.start()
        await asyncio.to_thread(thread.join)
        assert (plot.window, plot.topic) == (2, "a")
        feed(plot.stream, "a", 3.0, start=2.0)
        plot.draw(time.time() + 60)
        assert [len(mark.y) for mark in plot.figure.marks] == [2]
        plot.paused = False
        plot.draw(time.time() + 120)
        np.testing.assert_array_equal(plot.figure.marks[0].y, [2.0, 3.0])
        plot.close()

    asyncio.run(main())


def test_a_plot_made_in_another_thread_is_drawn_on_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn_by: set[int] = set()
    show = Picture.show

    def noted(picture: Picture, frame: Frame) -> int:
        drawn_by.add(threading.get_ident())
        return show(picture, frame)

    monkeypatch.setattr(Picture, "show", noted)

    async def main() -> None:
        first = plot_of()
        stream = SensorStream("a")
        feed(stream, "a", 1.0)
        clock = first._context.clock  # noqa: SLF001
        monkeypatch.setattr(plot_widget, "frame_clock", lambda: clock)
        plot = await asyncio.to_thread(LiveSensorPlot, stream=stream, autostart=False)
        await until(lambda: bool(plot.figure.marks))
        plot.close()
        first.close()

    asyncio.run(main())
    assert drawn_by == {threading.get_ident()}


class Eager:
    """A source that brings five messages as soon as it is started."""

    state = mw.LinkState("live", "Here.", 0.0)

    def start(self, sink: mw.Sink) -> None:
        sink.deliver(*[message("t", b"%d" % number, at=time.time()) for number in range(5)])

    def stop(self) -> None:
        pass


def run_of_a_cell(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """From here on it is another run of the same cell."""
    run = lifetime._Run("cell", str(number))  # noqa: SLF001
    monkeypatch.setattr(lifetime, "_present_run", lambda: run)


def test_a_cell_with_a_source_that_runs_again_keeps_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        plots = []
        for number in range(2):
            run_of_a_cell(monkeypatch, number)
            plots.append(LiveSensorPlot(source=Eager()))
        assert repr(plots[0]) == "LiveSensorPlot('#', closed)"
        context = plots[1]._context  # noqa: SLF001
        services = context.clock.services  # type: ignore[union-attr]
        assert (context.link, context.viewer) == (services.link, services.viewer)
        assert None not in (services.link.comm, services.viewer.comm, services.rasterizer.comm)
        plots[1].close()
        assert (services.link.comm, services.viewer.comm) == (None, None), "with the last plot"

    asyncio.run(main())


def test_a_cell_that_runs_again_and_again_keeps_nothing_of_its_earlier_plots(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known: list[weakref.ref[Any]] = []
    for number in range(4):
        run_of_a_cell(monkeypatch, number)
        plot = plot_of()
        feed(plot.stream, "a", 1.0)
        known += [weakref.ref(plot), weakref.ref(plot.stream)]
    gc.collect()
    assert [each() for each in known] == [None] * 6 + [plot, plot.stream]
    plot.close()


def test_a_plot_that_cannot_be_made_leaves_the_earlier_one_to_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    run_of_a_cell(monkeypatch, 0)
    first = plot_of()
    run_of_a_cell(monkeypatch, 1)
    with monkeypatch.context() as broken:
        broken.setattr(Picture, "__init__", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            plot_of()
    assert first.comm is not None
    run_of_a_cell(monkeypatch, 2)
    third = plot_of()
    assert first.comm is None
    third.close()


def test_a_plot_that_begins_paused_shows_nothing_of_what_comes() -> None:
    plot = LiveSensorPlot(source=Eager(), paused=True)
    assert "paused" in plot.children[0].value
    assert "Paused, +" in plot.children[3].children[1].value
    plot.draw(time.time())
    assert (plot.figure.marks, plot.ledger.stored) == ([], 5)
    assert "Paused, +5 samples waiting." in plot.children[3].children[1].value
    plot.close()


def test_a_plot_of_a_stream_that_nobody_has_read_begins_with_its_lines() -> None:
    stream = SensorStream("a")
    feed(stream, "a", 1.0, 2.0)
    plot = LiveSensorPlot(stream=stream, autostart=False)
    assert len(plot.figure.marks) == 1
    plot.close()


def test_frames_a_second_may_be_changed_to_what_is_accepted() -> None:
    plot = plot_of()
    plot.fps = 5
    assert plot.fps == 5
    with pytest.raises(InvalidValueError, match="fps is a number above 0"):
        plot.fps = 0
    assert "fps=5" in plot.code()
    plot.close()


def test_the_viewers_time_zone() -> None:
    assert time_zone("Australia/Adelaide", 0) is not None
    assert time_zone("../../etc/passwd", None) is None
    assert time_zone("", 10**9) is None
    zone = time_zone("Nowhere/Atall", -210)
    assert zone is not None
    assert zone[1] == "UTC-03:30"


def test_the_widget_is_imported_when_it_is_asked_for() -> None:
    assert mw.LiveSensorPlot is LiveSensorPlot
    assert "LiveSensorPlot" in dir(mw)
    with pytest.raises(AttributeError, match="no attribute 'LivePlot'"):
        mw.LivePlot  # noqa: B018


def test_what_is_not_verified_stands_there_all_the_time() -> None:
    """On the page, and in no trait that has a header's value."""
    broker = mw.Broker.from_url("wss://b.local", insecure=True, headers={"Authorization": "canary"})
    plot = LiveSensorPlot("a", broker, autostart=False)
    try:
        for number in range(2):
            feed(plot.stream, "a", 1.0, 2.0, start=1000.0 * number)
            plot.draw(1000.0 + 100 * number)
            page = json.dumps([each.get_state() for each in all_widgets(plot)], default=str)
            assert "the certificate is not verified (insecure=True)" in page
            assert "Caution: the certificate is not verified" in plot.status_text
            assert "canary" not in page
    finally:
        plot.close()


def all_widgets(box: ipywidgets.Box) -> Iterator[ipywidgets.Widget]:
    """A box and what is in it."""
    yield box
    for child in getattr(box, "children", ()):
        yield from all_widgets(child)

"""Limits of a plot without a browser: what is drawn, said and called."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timezone
from typing import Any

import ipywidgets
import pytest

from mqttwidgets import InvalidValueError, LiveSensorPlot, Sample, rolling_mean
from mqttwidgets.analysis.alarms import alarms
from mqttwidgets.analysis.alarms.events import Event, EventLog
from mqttwidgets.base.clock import CLOCK
from mqttwidgets.base.times import Window
from mqttwidgets.jupyter.widget_tree import parts
from mqttwidgets.plot.frame import Frame, Level
from mqttwidgets.plot.plot_alarms import PlotAlarms
from mqttwidgets.plot.view import View
from mqttwidgets.sensor_stream import SensorStream

from ...support.feeding import feed
from ...support.mosquitto import Mosquitto
from ...support.publishing import publish
from ...support.waiting import wait_for
from .test_frame_clock import until

START = 1_790_000_000.0


class Bench:
    """A stream, and its alarms as a plot shows them."""

    def __init__(self, window: str = "1 min", **options: Any) -> None:
        self.stream = SensorStream("home/#", **options)
        self.alarms = PlotAlarms(self.stream.analysis)
        self.stream.analysis.attend(self.alarms)
        self.view = View(self.stream, Window.parse(window))

    def limit(self, of: str, **options: Any) -> None:
        """Have one more limit."""
        self.stream.limit(of, **options)

    def keep_up(self) -> None:
        """Have the functions called that are due."""
        with self.stream.reading() as series:
            self.alarms.keep_up(series)

    def frame(self) -> Frame:
        """What is shown ten seconds after the start."""
        with self.stream.reading():
            return self.alarms.annotated(self.view.frame(START + 10, timezone.utc, "UTC"))


def words_of(plot: LiveSensorPlot) -> str:
    """The HTML around a plot."""
    return "".join(each.value for each in parts(plot.children) if isinstance(each, ipywidgets.HTML))


def test_a_limit_is_a_level_its_alarm_a_span_a_sign_and_a_sentence() -> None:
    bench = Bench()
    bench.limit("*/kitchen", above=30)
    feed(bench.stream, "home/kitchen", 20.0, 31.0, 20.0, 20.0, 32.0, 33.0, start=START)
    feed(bench.stream, "home/<cellar>", 35.0, start=START)
    frame = bench.frame()
    assert frame.levels == (Level(30.0, 0, "above 30", "#e0600f"),)
    assert [(span.start, span.end, span.kind, span.label) for span in frame.spans] == [
        (START + 1, START + 2, "alarm", "▲ above 30"),
        (START + 4, START + 5, "alarm", "▲ above 30"),
    ]
    words = bench.alarms.words(frame, timezone.utc)
    assert words.notice.startswith("1 alarm: kitchen above 30 since ")
    assert words.signs == {("home/kitchen", ""): "▲ above 30"}


def test_of_many_alarms_some_are_named() -> None:
    bench = Bench()
    bench.limit("*", above=30, below=5)
    for number in range(4):
        feed(bench.stream, f"home/{number}", 99.0 if number else 1.0, start=START + number)
    notice = bench.alarms.words(bench.frame(), timezone.utc).notice
    assert notice.startswith("4 alarms: home / 0 below 5 since ")
    assert notice.endswith("; and 2 more.")


def test_a_level_is_in_the_unit_and_on_the_axis_of_each_series_that_it_applies_to() -> None:
    def decode(topic: str, payload: bytes) -> Any:
        unit = {"home/a": "Cel", "home/b": "%"}[topic]
        return [Sample(topic, "", START, float(payload), unit)]

    bench = Bench(decoder=decode)
    bench.limit("*", above=30, label="<b>hot</b>")
    bench.limit("*/a", below=5)
    feed(bench.stream, "home/a", 20.0)
    feed(bench.stream, "home/b", 20.0)
    levels = [(level.value, level.place, level.label) for level in bench.frame().levels]
    assert levels == [(30.0, 0, "<b>hot</b>"), (30.0, 1, "<b>hot</b>"), (5.0, 0, "below 5 °C")]


def test_alarms_close_together_are_one_span_and_those_of_hidden_series_none() -> None:
    bench = Bench(window="1 h")
    bench.limit("*", above=30)
    feed(bench.stream, "home/a", *[31.0, 20.0] * 100, start=START - 100, step_s=0.5)
    assert len(bench.frame().spans) == 1
    assert len(bench.stream.events) == 100
    feed(bench.stream, "home/b", 20.0, start=START)
    bench.view.hidden = frozenset({("home/a", "")})
    assert bench.frame().spans == ()


def test_alarms_that_are_over_are_gone_through_only_when_one_of_them_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    walks: list[EventLog] = []
    walk = EventLog.__iter__

    def counted(log: EventLog) -> Iterator[Event]:
        walks.append(log)
        return walk(log)

    monkeypatch.setattr(EventLog, "__iter__", counted)
    bench = Bench()
    bench.limit("*", above=30)
    feed(bench.stream, "home/a", 31.0, 20.0, 31.0, start=START)
    assert [(span.start, span.end) for span in bench.frame().spans] == [(START, START + 1), (START + 2, START + 2)]
    feed(bench.stream, "home/a", 31.0, start=START + 3)
    assert [(span.start, span.end) for span in bench.frame().spans] == [(START, START + 1), (START + 2, START + 3)]
    assert len(walks) == 1
    feed(bench.stream, "home/a", 20.0, start=START + 4)
    assert [(span.start, span.end) for span in bench.frame().spans] == [(START, START + 1), (START + 2, START + 4)]
    assert len(walks) == 2


def test_every_sample_is_looked_at_also_when_the_ring_soon_lets_it_go() -> None:
    bench = Bench(history=2)
    bench.limit("*", above=30)
    for value in (20.0, 31.0, 20.0, 20.0, 20.0):
        feed(bench.stream, "home/a", value, start=START)
        bench.stream.drain()
    assert [event.peak for event in bench.stream.events] == [31.0]


def test_every_sample_is_looked_at_also_when_more_came_together_than_the_ring_holds() -> None:
    bench = Bench(history=4)
    bench.limit("*", above=30)
    feed(bench.stream, "home/b", 31.0, 20.0, start=START)
    feed(bench.stream, "home/a", *[20.0] * 20, 31.0, *[20.0] * 20, start=START)
    assert [event.start_s - START for event in bench.stream.events] == [0.0, 20.0]
    assert bench.stream.series["home/a", ""].time.tolist() == [START + 37 + number for number in range(4)]


def test_functions_are_called_on_the_loop_and_their_errors_are_told_and_stop_nobody() -> None:
    called: list[tuple[object, float | None]] = []

    def fails(event: Event) -> None:
        raise RuntimeError("<no> relay")

    async def writes(event: Event) -> None:
        await asyncio.sleep(0)
        called.append((asyncio.get_running_loop(), event.end_s))

    async def live() -> None:
        plot = plot_of()
        plot.limit("*", above=30, call=fails)
        plot.limit("*", above=30, call=writes)
        feed(plot.stream, "home/a", 31.0, 20.0, start=START)
        await until(lambda: len(called) == 2)
        assert called == [(asyncio.get_running_loop(), None), (asyncio.get_running_loop(), START + 1)]
        said = "The function called by the limit above 30 raised RuntimeError: &lt;no&gt; relay."
        await until(lambda: said in words_of(plot))
        plot.close()

    asyncio.run(live())


def test_functions_are_called_in_order_also_when_they_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "_SLICE_S", -1.0)  # each of them takes too long
    bench = Bench()
    called: list[tuple[str, float | None]] = []

    def note(event: Event) -> None:
        called.append((event.topic, event.end_s))
        if len(called) == 1:
            feed(bench.stream, "home/c", 20.0, start=START + 1)
            bench.keep_up()

    async def live() -> None:
        bench.limit("*", above=30, call=note)
        for topic in ("home/a", "home/b", "home/c"):
            feed(bench.stream, topic, 31.0, start=START)
        bench.keep_up()
        await until(lambda: len(called) == 4)

    asyncio.run(live())
    assert called == [("home/a", None), ("home/b", None), ("home/c", None), ("home/c", START + 1)]


def test_an_interrupted_function_does_not_keep_the_others_from_being_called() -> None:
    bench = Bench()
    called: list[str] = []

    def note(event: Event) -> None:
        called.append(event.topic)
        if len(called) == 1:
            raise asyncio.CancelledError

    async def live() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        bench.limit("*", above=30, call=note)
        feed(bench.stream, "home/a", 31.0, start=START)
        feed(bench.stream, "home/b", 31.0, start=START)
        bench.keep_up()
        await until(lambda: len(called) == 2)

    asyncio.run(live())


def test_functions_are_called_also_where_frames_are_few() -> None:
    called: list[str] = []

    async def live() -> None:
        plot = LiveSensorPlot("home/#", autostart=False, fps=0.001)
        plot.limit("*", above=30, call=lambda event: called.append(event.topic))
        for topic in ("home/a", "home/b"):
            feed(plot.stream, topic, 31.0, start=START)
            await until(lambda: topic in called)  # noqa: B023
        plot.close()

    asyncio.run(live())


def test_a_state_that_stays_calls_in_time_though_nothing_more_comes(mosquitto: Mosquitto) -> None:
    called: list[Event] = []

    async def live() -> None:
        plot = LiveSensorPlot("home/#", mosquitto.url)
        plot.limit("*contact", below=0.5, for_="1 s", call=called.append)
        await until(lambda: plot.stream.status == "live")
        publish(mosquitto.port, [("home/contact", "false")])
        await until(lambda: len(called) == 1)
        (start_s,) = plot.stream.series["home/contact", ""].time
        assert (called[0].start_s, called[0].end_s) == (start_s, None)
        assert time.time() - start_s >= 1.0
        mosquitto.stop()
        await until(lambda: len(called) == 2)
        assert called[1].end_s is not None
        assert called[1].end_s - start_s >= 1.0
        assert not called[1].is_end_known
        plot.close()

    asyncio.run(live())


def test_how_long_a_state_is_known_to_last_goes_by_the_clock_of_its_device(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = SensorStream("home/#", mosquitto.url)
    assert stream.known_until(("home/door", "/contact")) is None
    with stream:
        wait_for(lambda: stream.status == "live")
        behind = time.time() - 500.0
        publish(mosquitto.port, [("home/door", f'{{"contact": false, "time": {behind}}}'), ("home/gate", "OFF")])
        wait_for(lambda: len(stream.series) == 2)
        began = time.time()
        known_until = [stream.known_until(key) or 0.0 for key in stream.series]
        assert known_until == pytest.approx([began - 500.0, began], abs=5.0)
        monkeypatch.setattr(type(CLOCK), "since_leap_s", 1.0)
        assert stream.known_until(("home/gate", "")) is None, "the computer slept: is the link up still?"
        monkeypatch.undo()
    assert stream.known_until(("home/gate", "")) is None


def test_a_closed_plot_calls_nobody_any_more() -> None:
    called: list[str] = []

    async def live() -> None:
        plot = plot_of()

        def close(event: Event) -> None:
            called.append(event.topic)
            plot.close()

        plot.limit("*", above=30, call=close)
        feed(plot.stream, "home/a", 31.0, 20.0, start=START)
        feed(plot.stream, "home/b", 31.0, start=START)
        await until(lambda: bool(called))
        await asyncio.sleep(0)

    asyncio.run(live())
    assert called == ["home/a"]


def plot_of() -> LiveSensorPlot:
    """A plot that does not connect."""
    return LiveSensorPlot("home/#", autostart=False)


def test_an_alarm_is_seen_in_the_words_of_a_plot() -> None:
    async def live() -> None:
        plot = plot_of()
        plot.limit("*", above=30, label="<b>")
        feed(plot.stream, "home/a", 31.0, start=START)
        await until(lambda: "▲ &lt;b&gt;" in words_of(plot))
        assert 'role="alert">1 alarm: a &lt;b&gt; since' in words_of(plot)
        plot.close()

    asyncio.run(live())


def test_events_are_printed_in_the_zone_of_the_viewer() -> None:
    async def live() -> None:
        plot, told = plot_of(), list[str]()
        plot.limit("*", above=30, call=lambda event: told.append(str(event)))
        word = {"kind": "viewer", "time_zone": "Asia/Kolkata", "utc_offset_minutes": 330}
        viewer = plot._context.clock.services.viewer  # type: ignore[union-attr]  # noqa: SLF001
        viewer._handle_custom_msg(word, [])  # noqa: SLF001 - as the browser does
        feed(plot.stream, "home/a", 31.0, start=START)
        await until(lambda: bool(told))
        assert told[0].startswith("2026-09-21 19:43:20 IST, home/a: above 30")
        assert "start, Asia/Kolkata" in repr(plot.events)
        assert "2026-09-21 19:43:20" in repr(plot.events)
        plot.close()

    asyncio.run(live())


def test_what_is_said_of_alarms_changes_only_when_they_do() -> None:
    async def live() -> None:
        plot = plot_of()
        plot.limit("*", above=30)
        feed(plot.stream, "home/a", 31.0, start=START)
        alarms, notice = plot.children[3].children
        await until(lambda: "1 alarm" in alarms.value)
        changes: list[str] = []
        alarms.observe(lambda change: changes.append(change["new"]), "value")
        plot.paused = True
        await until(lambda: "Paused, +0 samples" in notice.value)
        assert changes == []
        plot.close()

    asyncio.run(live())


def test_a_removed_limit_leaves_nothing_but_its_events() -> None:
    plot = plot_of()
    made = plot.limit("*", above=30)
    feed(plot.stream, "home/a", 31.0, start=START)
    assert list(plot.limits) == [made]
    assert plot.events[0].end is None
    made.remove()
    made.remove()
    assert list(plot.limits) == []
    assert (plot.events[0].end_s, plot.events[0].is_end_known) == (START, False)
    plot.close()


def test_derived_series_are_held_against_limits_too() -> None:
    plot = plot_of()
    plot.derive("mean", rolling_mean(2))
    plot.limit("*mean", above=30)
    feed(plot.stream, "home/a", 30.0, 32.0, start=START)
    plot.draw(START)
    assert [(event.field, event.peak) for event in plot.events] == [("→ mean", 31.0)]
    plot.close()


def test_a_wrong_limit_is_refused() -> None:
    plot = plot_of()
    with pytest.raises(InvalidValueError, match="above= or below="):
        plot.limit("*")
    assert plot.limits == ()
    plot.close()


def test_a_closed_plot_ends_a_wait_in_words() -> None:
    plot = plot_of()
    plot.close()
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(plot.until(lambda sample: True))


def test_a_pattern_that_matches_nothing_is_told() -> None:
    async def said() -> str:
        plot = LiveSensorPlot(stream=SensorStream("home/#"), autostart=False)
        feed(plot.stream, "home/kitchen", 20.0, 21.0, start=START)
        plot.limit("*kitchn", above=30)
        plot.limit("*kitchen", above=40)
        plot.derive("mean", lambda numbers: numbers, of="*celar")
        plot.draw(START)
        words = words_of(plot)
        plot.close()
        return words

    words = asyncio.run(said())
    assert "above 30: *kitchn matches none of 1 line" in words
    assert "&#x27;mean&#x27;: *celar matches none of 1 line" in words
    assert "above 40: " not in words

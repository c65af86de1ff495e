"""What others add: each example of docs/EXTENDING.md, as it stands there."""

from __future__ import annotations

import asyncio
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mqttwidgets import (
    InvalidValueError,
    LinkState,
    LiveSensorPlot,
    Message,
    Piece,
    SensorStream,
    Series,
    Sink,
    rolling_mean,
)
from mqttwidgets.jupyter.frame_clock import frame_clock
from mqttwidgets.jupyter.frame_link import Report

from ..support.feeding import feed, message
from ..support.waiting import wait_for
from .jupyter.test_frame_clock import until

_DOCS = Path(__file__).parent.parent.parent / "docs" / "EXTENDING.md"
_LONGEST_EXAMPLE = 40  # lines of code
LONG_AGO = 1.7e9
PIXELS_S = 0.5  # the axis ends at whole pixels


def example(name: str) -> str:
    """The code of an example."""
    found = re.search(rf"<!-- {name} -->\n```python\n(.*?)```", _DOCS.read_text("utf-8"), re.DOTALL)
    assert found is not None, name
    return found[1]


def lines_of_code(source: str) -> int:
    """How many lines of a source say something."""
    return sum(1 for line in source.splitlines() if line.strip())


@contextmanager
def run(name: str) -> Iterator[dict[str, Any]]:
    """What an example makes; its plot is closed in the end."""
    made: dict[str, Any] = {}
    exec(compile(example(name), f"EXTENDING.md, {name}", "exec"), made)  # noqa: S102 - it is our own
    try:
        yield made
    finally:
        if "plot" in made:
            made["plot"].close()
        if "stream" in made:
            made["stream"].stop()


def ends_of_time_axis(plot: LiveSensorPlot) -> tuple[float, float]:
    """Where the picture begins and ends, epoch seconds."""
    scale = next(axis.scale for axis in plot.figure.axes if axis.orientation == "horizontal")
    return scale.min, scale.max


def header_of(plot: LiveSensorPlot) -> str:
    """What stands above the picture, as HTML."""
    return str(plot.children[0].value)


@pytest.mark.parametrize("name", ["source", "format", "transform", "widget", "renderer"])
def test_an_example_is_short(name: str) -> None:
    assert lines_of_code(example(name)) <= _LONGEST_EXAMPLE


# A source.


def test_a_replay_is_drawn_at_its_own_time() -> None:
    with run("source") as made:
        plot: LiveSensorPlot = made["plot"]
        stream = plot.stream
        wait_for(lambda: stream.ledger.stored > 30)
        assert LONG_AGO <= stream.now() < LONG_AGO + 600, "it is still that day"
        plot.draw(time.time())
        start, end = ends_of_time_axis(plot)
        assert round(end - start) == 60
        assert LONG_AGO + 30 < end < stream.now() + PIXELS_S
        assert plot.status == "live"
        assert plot.status_text == "Replayed 60 times as fast."
        assert "the replay" in str(plot.doctor())
        assert "source=your_source" in plot.code()
        assert plot.stream.broker is None
        plot.stop()
        plot.stop()
        assert plot.stream.status_text == "Stopped. Start begins again."


class ByHand:
    """A source, and its clock, that go on when they are told to."""

    def __init__(self, *, topics: str | list[str] = "#", is_live: bool = True) -> None:
        self.topics, self.clock, self.is_live = topics, self, is_live
        self.time = LONG_AGO
        self.sinks: list[Sink] = []
        self.stops = 0

    def now(self) -> float:
        return self.time

    def start(self, sink: Sink) -> None:
        self.sinks.append(sink)

    def stop(self) -> None:
        self.stops += 1

    @property
    def state(self) -> LinkState:
        return LinkState("live" if self.is_live else "stopped", "By hand.", LONG_AGO)

    def send(self, *values: float, topic: str = "t", each_s: float = 1.0) -> None:
        for value in values:
            self.time += each_s
            self.sinks[-1].deliver(message(topic, str(value).encode(), at=self.time))


def test_a_status_goes_by_the_clock_of_the_source() -> None:
    source = ByHand()
    with SensorStream(source=source) as stream:
        assert stream.status_text == "Connected to its source. Waiting for the first message on #."
        source.send(*range(10))
        assert stream.status == "live", "although the computer's clock is years further"
        assert stream.rate_hz == 1.0
        assert stream.known_until(("t", "")) == source.time
        source.time += 60
        assert stream.standing().status == "stale"
        assert stream.status_text == "Connected to its source, but silent for 1 min."
        assert stream.known_until(("t", "")) == source.time
        source.send(1)
        assert stream.status == "live"


def test_a_frame_goes_by_the_clock_of_the_source_whenever_it_is_drawn() -> None:
    source = ByHand()
    plot = LiveSensorPlot(source=source, window="30 s")
    try:
        source.send(*range(10))
        plot.draw(time.time())
        source.time += 12
        plot.draw(time.time() + 60)
        assert "12 s ago" in header_of(plot)
        assert ends_of_time_axis(plot)[1] == pytest.approx(source.time, abs=PIXELS_S)
        plot.draw(time.time() + 120)
        assert "12 s ago" in header_of(plot), "as its clock stands still"
        assert ends_of_time_axis(plot)[1] == pytest.approx(source.time, abs=PIXELS_S)
        before, plot.paused = source.time, True
        source.time += 5
        plot.draw(time.time() + 180)
        assert ends_of_time_axis(plot)[1] == pytest.approx(before, abs=PIXELS_S)
    finally:
        plot.close()
    assert source.stops == 1


def test_a_plot_takes_what_matches_of_a_source() -> None:
    source = ByHand(topics=["a/#", "b"])
    plot = LiveSensorPlot(source=source)
    try:
        assert plot.topic == ["a/#", "b"]
        source.send(1, topic="a/x")
        source.send(2, topic="b")
        plot.topic = "b"
        source.send(3, topic="a/x")
        source.send(4, topic="b")
        assert [*plot.stream.series] == [("b", "")]
        assert plot.ledger.received == 3
        plot.topic = ["a/#", "b"]
        source.send(5, topic="a/x")
        assert plot.stream.series["a/x", ""].value.tolist() == [1.0, 5.0]
    finally:
        plot.close()


def test_what_nobody_wants_of_a_source_is_not_kept() -> None:
    source = ByHand(topics=["a/#", "b"])
    with SensorStream(source=source) as stream:
        stream.topic = "b"
        woken: list[None] = []
        stream.on_news = lambda: woken.append(None)
        source.send(*range(100), topic="a/x")
        source.sinks[-1].deliver()
        assert woken == []
        source.send(1, topic="b")
        assert (woken, stream.ledger.received) == ([None], 1)


def test_a_source_that_refuses_to_turn_leaves_all_as_it_was() -> None:
    class Stubborn(ByHand):
        def turn_to(self, topics: list[str], sink: Sink | None) -> bool:
            raise OSError("no way")

    source = Stubborn(topics=["a/#", "b"])
    with SensorStream(source=source) as stream:
        with pytest.raises(OSError, match="no way"):
            stream.topic = "b"
        assert stream.topic == ["a/#", "b"]
        source.send(1, topic="a/x")
        assert stream.ledger.stored == 1
    source.send(2, topic="a/x")
    assert stream.ledger.received == 1, "it is stopped"


@pytest.mark.parametrize("received_at", [math.nan, math.inf, None])
def test_a_message_without_a_time_is_counted_and_nothing_else(received_at: Any) -> None:
    source = ByHand()
    with SensorStream(source=source) as stream:
        source.sinks[-1].deliver(Message("t", b"1", 0, False, received_at))
        source.send(2)
        assert stream.series["t", ""].value.tolist() == [2.0]
        assert sum(stream.ledger.undecodable.values()) == 1


def test_a_source_that_is_over_begins_again() -> None:
    source = ByHand()
    with SensorStream(source=source) as stream:
        source.send(1)
        source.is_live = False
        assert (stream.status, stream.status_text) == ("stopped", "By hand.")
        stream.start()
        source.is_live = True
        stream.start()
        assert (len(source.sinks), source.stops) == (2, 1)
        source.sinks[0].deliver(message("t", b"5", at=source.time))
        source.send(2)
        assert stream.series["t", ""].value.tolist() == [1.0, 2.0], "nothing comes from what it left"


def test_a_source_that_does_not_start_leaves_the_stream_stopped() -> None:
    class Broken(ByHand):
        def start(self, sink: Sink) -> None:
            raise FileNotFoundError("night.rec")

    stream = SensorStream(source=Broken())
    with pytest.raises(FileNotFoundError, match=r"night\.rec"):
        stream.start()
    assert stream.status == "stopped"


class Mute:
    """No source, as it cannot begin."""

    state = LinkState("live", "", 0.0)


class Says(ByHand):
    """A source whose author has its state say something."""

    def __init__(self, said: Any) -> None:
        super().__init__()
        self.said = said

    @property
    def state(self) -> LinkState:
        said: LinkState = self.said
        return said


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: SensorStream(source=Mute()), "which has no start and no stop"),  # type: ignore[arg-type]
        (lambda: LiveSensorPlot(source="mqtt://b"), r"start\(sink\), stop\(\) and state"),  # type: ignore[arg-type]
        (lambda: SensorStream(source=ByHand), "mqttwidgets.Source"),  # type: ignore[arg-type]
        (lambda: SensorStream("t", source=ByHand()), "leave out what belongs to a subscription: topic"),
        (lambda: SensorStream(source=ByHand(), qos=1, broker="mqtt://b"), "subscription: broker, qos"),
        (lambda: SensorStream(source=ByHand(topics="a/#/b")), "#"),
        (lambda: SensorStream(), r"SensorStream\('home/#'\), or source="),
        (lambda: LiveSensorPlot(), "stream= or source="),
        (lambda: LiveSensorPlot(stream=SensorStream("t"), source=ByHand()), "belongs to the stream: source"),
    ],
)
def test_a_wrong_source_is_told_what_one_needs(make: Callable[[], object], text: str) -> None:
    with pytest.raises(InvalidValueError, match=text):
        make()


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("live", r"a LinkState, such as LinkState\('live', 'Replaying.', since\) .* not 'live'$"),
        (None, "not None$"),
        (("live", "By hand.", LONG_AGO), "not \\('live', 'By hand.'"),
        (lambda: LinkState("live", "By hand.", LONG_AGO), "write @property above it$"),
        (LinkState("running", "By hand.", LONG_AGO), "'live', 'offline', 'refused', 'stopped', not 'running'$"),  # type: ignore[arg-type]
        (LinkState([], "By hand.", LONG_AGO), r"not \[\]$"),  # type: ignore[arg-type]
    ],
)
def test_a_state_that_is_none_is_told_to_the_author_of_the_source(said: Any, text: str) -> None:
    with pytest.raises(InvalidValueError, match=text):
        SensorStream(source=Says(said))
    source = Says(LinkState("live", "By hand.", LONG_AGO))
    with SensorStream(source=source) as stream:
        assert stream.status == "live"
        source.said = said  # as it may say something else once it has begun
        with pytest.raises(InvalidValueError, match=text):
            _ = stream.status
        with pytest.raises(InvalidValueError, match=text):
            stream.start()


def test_the_doctor_says_how_a_source_is_and_waits_for_nothing() -> None:
    source = ByHand()
    with SensorStream(source=source) as stream:
        began = time.monotonic()
        assert [(each.step, each.is_well) for each in stream.doctor(wait_s=60).findings] == [
            ("Source", True),
            ("First message", False),
        ]
        assert time.monotonic() - began < 30
        source.send(1)
        assert str(stream.doctor(wait_s=0)) == (
            "✓ Source: its source: By hand.\n✓ First message: 1 message so far\n✓ Numbers in it: in 1 message"
        )


@pytest.mark.parametrize("wait_s", [-1, math.nan, math.inf, "60", None, True])
def test_the_doctor_of_a_source_takes_no_wait_that_is_none(wait_s: Any) -> None:
    with pytest.raises(InvalidValueError, match="wait_s is a number of seconds, 0 or more, not"):
        SensorStream(source=ByHand()).doctor(wait_s)


def test_a_clock_that_tells_no_time_is_refused() -> None:
    source = ByHand()
    source.clock = 5  # type: ignore[assignment]
    with pytest.raises(InvalidValueError, match=r"now\(\), epoch seconds"):
        SensorStream(source=source)


def test_a_source_is_asked_from_any_thread() -> None:
    source = ByHand()
    with SensorStream(source=source) as stream:
        threads = [threading.Thread(target=source.send, args=range(100), kwargs={"topic": name}) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert stream.ledger.stored == 200


# A transform.


def test_a_transform_of_ones_own_is_a_line_with_its_gaps() -> None:
    with run("transform") as made:
        plot: LiveSensorPlot = made["plot"]
        for at, value in [(0.0, 10.0), (1.0, 20.0), (2.0, 30.0)]:
            plot.stream.deliver(message("lab/a/temperature", str(value).encode(), at=LONG_AGO + at))
            plot.draw(LONG_AGO + at)
        plot.stream.link_lost()
        plot.stream.deliver(message("lab/a/temperature", b"40", at=LONG_AGO + 9))
        plot.draw(LONG_AGO + 10)
        (line,) = plot.derived
        table = plot.to_pandas(of="*calibrated")
        assert table.value.tolist() == pytest.approx([9.8, 20.0, 30.2, 40.4])
        assert line.error is None
        assert "function=your" not in plot.code()
        (series,) = plot._plot.samples("*calibrated").series  # noqa: SLF001 - the only way to a derived line's gaps
        assert series.cut().gaps.tolist() == [3]


class Wrong:
    """A transform that goes wrong at a point of its life."""

    remark = ""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.lines = ("",)

    def unit(self, unit: str) -> str:
        return unit

    def calculator(self, source: Series) -> Wrong:
        if self.fault == "calculator":
            raise LookupError("no calibration")
        return self

    def changed_from(self, around: object) -> None:
        if self.fault == "changed_from":
            raise LookupError("no calibration")

    def compute(self, start: int, stop: int) -> list[Piece]:
        times = np.arange(float(stop - start))
        pieces = {
            "order": [Piece(times[::-1], times, np.empty(0, int), False)],
            "nan": [Piece(times, times * np.nan, np.empty(0, int), False)],
            "shape": [Piece(times, times[1:], np.empty(0, int), False)],
            "lines": [],
        }
        return pieces[self.fault]


@pytest.mark.parametrize("fault", ["calculator", "changed_from", "order", "nan", "shape", "lines"])
def test_what_a_transform_does_wrong_stops_its_line_alone(fault: str) -> None:
    plot = LiveSensorPlot("#", autostart=False)
    try:
        wrong, right = plot.derive("wrong", Wrong(fault)), plot.derive("right", rolling_mean(2))
        for value in range(5):
            plot.stream.deliver(message("t", b"%d" % value, at=LONG_AGO + value))
        plot.draw(LONG_AGO + 5)
        plot.stream.deliver(message("t", b"5", at=LONG_AGO + 5))
        plot.draw(LONG_AGO + 7)
        assert wrong.error
        assert right.error is None
        assert plot.to_pandas(of="*right").value.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    finally:
        plot.close()


def test_a_transform_without_names_for_its_lines_is_refused() -> None:
    nameless = Wrong("")
    nameless.lines = ()  # type: ignore[assignment]
    plot = LiveSensorPlot("#", autostart=False)
    with pytest.raises(InvalidValueError, match="a tuple of texts"):
        plot.derive("wrong", nameless)
    plot.close()


# A widget.


def test_a_gauge_shows_the_newest_value() -> None:
    with run("widget") as made:
        gauge = made["plot"]
        feed(made["stream"], "lab/oven", 20.0, 80.5)
        assert gauge.draw(100.0) == 1
        assert gauge.html.value == "lab/oven <meter min=0 max=250 value=80.5></meter> 80.5"
        assert gauge.draw(100.2) == 0, "nothing is new"
        assert gauge.figure_id == gauge.html.model_id, "by which pages say that they show it"
        parts = gauge.belongings()
        gauge.close()
        assert [part.comm for part in parts] == [None] * len(parts)


def test_the_frame_clock_lets_a_gauge_draw() -> None:
    async def main() -> None:
        with run("widget") as made:
            gauge, link = made["plot"], frame_clock().link  # type: ignore[union-attr]
            feed(made["stream"], "lab/oven", 80.5)
            link.audience.greet()
            link.audience.note(Report("page", {gauge.figure_id: 0}, 1.0, 20, 20, 0.0, 0.0))
            await until(lambda: "80.5" in gauge.html.value)

    asyncio.run(main())


# A renderer.


def test_a_terminal_shows_what_a_plot_shows() -> None:
    with run("renderer") as made:
        plot, rendered = made["plot"], made["rendered"]
        assert rendered(plot) == ""
        now = plot.stream.now()
        feed(plot.stream, "lab/oven", *range(60), start=now - 59)
        feed(plot.stream, "lab/door", 1.0, start=now - 1)
        oven, door = rendered(plot).splitlines()
        assert re.fullmatch(r" +oven +▁+▂+▃+▄+▅+▆+▇+█* +59 ", oven)
        assert door.split()[0] == "door"
        plot.stream.limit("lab/oven", above=30)
        rendered(plot)
        assert [level.label for level in plot.frame(plot.stream.now()).levels] == ["above 30"]

"""The picture that stands by itself: what it shows, that it is safe, that it stays small."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import timezone
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mqttwidgets import SensorStream
from mqttwidgets.base.times import Window
from mqttwidgets.plot.frame import Axis, Frame, Level, Line, LinePoints, Span
from mqttwidgets.plot.snapshot import Words, outline, still
from mqttwidgets.plot.view import View

from ...support.feeding import feed, message

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = 'lab/"><script>alert(1)</script>&amp;\u202eevil/\ufffe\ud800'


def elements(picture: str) -> Iterator[ElementTree.Element]:
    """All elements of a document of ours."""
    return ElementTree.fromstring(picture).iter()  # noqa: S314


def line_of(time: list[float], value: list[float], *, is_state: bool = False) -> Line:
    """A line with these points."""
    points, last = LinePoints(np.array([time, value], float)), (time[-1], value[-1])
    return Line(("a", ""), "a", "", "#123456", "solid", points, (), None, 0, 0, last, is_state=is_state)


def frame_of(stream: SensorStream, window: str = "1 min") -> Frame:
    """The picture of a stream at the end of its first minute."""
    return View(stream, Window.parse(window)).frame(60.0, timezone.utc, "UTC")


def texts(picture: str) -> list[str]:
    """All that it says."""
    return ["".join(element.itertext()) for element in elements(picture) if element.tag == f"{SVG}text"]


def corners(path: str) -> Iterator[tuple[int, int]]:
    """Where the points of a path are."""
    x = y = 0
    for kind, numbers in re.findall(r"([Mlhv])([^Mlhv]+)", path):
        steps = [int(number) for number in re.findall(r"-?\d+", numbers)]
        if kind in "hv":
            steps = [steps[0], 0] if kind == "h" else [0, steps[0]]
        for right, down in zip(steps[::2], steps[1::2], strict=True):
            x, y = (right, down) if kind == "M" else (x + right, y + down)
            yield x, y


def test_it_says_what_the_plot_says() -> None:
    stream = SensorStream("#")
    feed(stream, "home/kitchen", *range(60))
    stream.deliver(message("home/cellar", b'{"humidity": 40, "door": "ON"}', at=30.0))
    frame = frame_of(stream)
    words = Words("Home", "1 Jan 1970 00:01:00 UTC, live", "3 series, 61 received", ["59", "40\u202f%", "on"])
    said = texts(still(frame, words))
    for text in ("Home", words.taken, words.figures, "kitchen 59", "humidity 40\u202f%", "door on"):
        assert text in said
    assert {*frame.time_axis.labels, frame.time_axis.caption} <= set(said)
    assert {caption for axis in frame.value_axes[:2] if (caption := axis.caption)} <= set(said)


def test_an_empty_one_says_why() -> None:
    said = texts(still(Frame((), Axis((0.0, 1.0), ())), Words("a", "now", "no series", (), "Waiting for a/#.")))
    assert said == ["a", "now", "Waiting for a/#.", "no series"]


def test_levels_and_spans_are_in_it() -> None:
    stream = SensorStream("#")
    feed(stream, "home/kitchen", *range(60))
    frame = replace(
        frame_of(stream),
        levels=(
            Level(30.0, 0, "above <30>", "#e0600f"),
            Level(300.0, 0, "above 300", "#e0600f"),
            Level(1.0, 7, "of an axis that is gone", "#000"),
        ),
        spans=(Span(30.0, math.inf, "#e0600f", "alarm", "▲ above 30"), Span(10.0, 20.0, "#7f8c8d", "selection")),
    )
    picture = still(frame, Words("a", "now", "one series", ["59"]))
    said = texts(picture)
    assert {"above <30>", "↑ above 300"} <= set(said)
    assert "▲ above 30" in said
    assert "of an axis that is gone" not in said
    dashed = [element for element in elements(picture) if element.get("stroke-dasharray") == "8 4"]
    assert len(dashed) == 1
    shaded = [element for element in elements(picture) if element.get("fill-opacity")]
    assert [element.get("fill") for element in shaded] == ["#e0600f", "#7f8c8d"]
    _, end = frame.time_axis.ends
    one_second = float(shaded[1].get("width", "")) / 10
    assert float(shaded[0].get("width", "")) == pytest.approx((end - 30) * one_second, rel=0.01)


def test_foreign_text_stays_text() -> None:
    stream = SensorStream("#")
    stream.deliver(message(HOSTILE.replace("\ud800", ""), b"1", at=30.0))
    frame = frame_of(stream)
    picture = still(frame, Words(HOSTILE, HOSTILE, HOSTILE, [HOSTILE], HOSTILE))
    names = {element.tag for element in elements(picture)}
    assert names <= {f"{SVG}{name}" for name in ("svg", "title", "rect", "path", "text", "tspan")}
    assert "\\u202e" in picture


@pytest.mark.parametrize("count", [1, 4, 12, 50])
@pytest.mark.parametrize("every_other_is_a_gap", [False, True])
@pytest.mark.parametrize("is_state", [False, True])
def test_it_stays_small_whatever_it_shows(count: int, every_other_is_a_gap: bool, is_state: bool) -> None:
    rng, long = np.random.default_rng(1), 20 * HOSTILE

    def noise(number: int) -> Line:
        time = np.sort(rng.uniform(0, 60, 20_000))
        value = rng.integers(0, 2, len(time)).astype(float) if is_state else rng.uniform(0, 1, len(time))
        if every_other_is_a_gap:
            value[::2] = np.nan
        line = line_of([*time], [*value], is_state=is_state)
        return replace(line, key=(HOSTILE, str(number)), label=long, dash="dash_dotted")

    ticks = Axis((0.0, 60.0), tuple(range(60)), tuple(HOSTILE for _ in range(60)), caption=HOSTILE)
    frame = Frame(tuple(noise(number) for number in range(count)), ticks, (Axis((0.0, 1.0), (0, 1)),))
    picture = still(frame, Words(long, long, long, [long] * count))
    assert len(picture) < 110_000


def test_gaps_steps_and_single_points() -> None:
    times, values, size = Axis((0.0, 10.0), ()), Axis((0.0, 10.0), ()), (100, 100)

    def drawn(time: list[float], value: list[float], *, is_state: bool = False) -> str:
        return outline(line_of(time, value, is_state=is_state), times, values, size, columns=100)

    assert drawn([0, 5, 5, 10], [0, 10, np.nan, 5]) == "M0 100l50-100M100 50l0 0"
    assert drawn([0, 5, 10], [0, 10, 10], is_state=True) == "M0 100h50v-100h50v0"
    assert drawn([5], [np.nan]) == ""


def test_the_greatest_numbers_have_a_place() -> None:
    times, values = Axis((0.0, 1.0), ()), Axis((-1e300, 1e300), ())
    path = outline(line_of([0, 1], [-1e308, 1e308]), times, values, (10, 10), columns=10)
    assert list(corners(path)) == [(5, 100), (5, -100)]


@pytest.mark.parametrize("width_s", [30.0, 1.0, 1e-3])
def test_a_line_between_samples_far_outside_keeps_its_slope(width_s: float) -> None:
    start = 1_700_000_050.0
    times, values = Axis((start, start + width_s), ()), Axis((50.0, 50.0 + width_s), ())
    path = outline(line_of([start - 50, start + 50], [0, 100]), times, values, (1000, 1000), columns=1000)
    (x0, y0), (x1, y1) = corners(path)
    at_left, at_right = (y0 + (y1 - y0) * (x - x0) / (x1 - x0) for x in (0, 1000))
    assert at_left == pytest.approx(1000, abs=2)
    assert at_right == pytest.approx(0, abs=2)


def test_labels_of_alarms_and_levels_in_one_place_stand_one_beneath_the_other() -> None:
    stream = SensorStream("lab/oven")
    feed(stream, "lab/oven", *[20.0, 40.0] * 30)
    alarms = [Span(10.0, 50.0, "#e0600f", "alarm", f"▲ {name}") for name in ("above 30", "humid", "open")]
    levels = [Level(value, 0, f"above {value}", "#e0600f") for value in (30.0, 30.1)]
    frame = replace(frame_of(stream), spans=tuple(alarms), levels=tuple(levels))
    places = {
        "".join(element.itertext()): (float(element.attrib["x"]), float(element.attrib["y"]))
        for element in elements(still(frame, Words("Oven", "now", "1 series", ("20",))))
        if element.tag == f"{SVG}text"
    }
    heights = [places[alarm.label][1] for alarm in alarms]
    assert all(later - earlier >= 14 for earlier, later in pairwise(heights))
    assert abs(places["above 30.0"][1] - places["above 30.1"][1]) >= 14


def test_a_line_that_passes_by_is_not_drawn_in_the_picture() -> None:
    path = outline(line_of([-1e6, 1e6], [5e6, 5e6]), Axis((0.0, 1.0), ()), Axis((0.0, 1.0), ()), (100, 100), 100)
    assert path == ""


def test_what_comes_in_bursts_is_joined_from_the_last_of_one_to_the_first_of_the_next() -> None:
    """Bursts of a whole sine, a second apart: between them the line lies at 0."""
    time = [number // 100 + number % 100 / 2000 for number in range(2000)]
    value = [math.sin(2 * math.pi * (number % 100) / 99) for number in range(2000)]
    path = outline(line_of(time, value), Axis((0.0, 20.0), ()), Axis((-1.0, 1.0), ()), (2000, 200), columns=200)
    places = list(corners(path))
    across = [(one[1], other[1]) for one, other in pairwise(places) if other[0] - one[0] > 50]
    assert len(places) < 300
    assert across == [(100, 100)] * 19


def test_of_many_gaps_the_longest_stay() -> None:
    time = [0, 1, 1.5, 2, 3, 9, 9, 10]
    value = [0, 0, np.nan, 0, 0, np.nan, 5, 5]
    path = outline(line_of(time, value), Axis((0.0, 10.0), ()), Axis((0.0, 10.0), ()), (10, 10), columns=4)
    assert path == "M0 10l3 0M9 5l1 0"


@given(st.lists(st.floats(0, 100, width=16), min_size=1, max_size=300), st.integers(1, 40))
def test_each_column_has_its_least_and_greatest_value(values: list[float], columns: int) -> None:
    count = len(values)
    time = [number + 0.5 for number in range(count)]
    ends = Axis((0.0, count), ()), Axis((0.0, 100.0), ())
    path = outline(line_of(time, values), *ends, (1000 * count, 100_000), columns)

    def by_column(points: list[tuple[float, float]]) -> dict[int, list[float]]:
        found: dict[int, list[float]] = {}
        for at, value in points:
            found.setdefault(math.floor(at * (columns / count)), []).append(value)
        return found

    drawn = by_column([(x / 1000, 100 - y / 1000) for x, y in corners(path)])
    wanted = by_column(list(zip(time, values, strict=True)))
    assert drawn.keys() == wanted.keys()
    for column, heights in wanted.items():
        assert min(drawn[column]) == pytest.approx(min(heights), abs=0.001)
        assert max(drawn[column]) == pytest.approx(max(heights), abs=0.001)
    assert len(list(corners(path))) <= 2 * columns + 2

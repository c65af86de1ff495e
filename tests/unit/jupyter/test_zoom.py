"""A view that stays put: what is drawn of a span of time, against the data itself."""

from __future__ import annotations

import math
from datetime import timezone
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mqttwidgets import SensorStream, Series
from mqttwidgets.base.times import Window
from mqttwidgets.plot.decimate import Grid
from mqttwidgets.plot.frame import Frame, Line
from mqttwidgets.plot.time_axis import FittedColumns
from mqttwidgets.plot.view import View

from ...support.feeding import feed

Array = NDArray[np.float64]
Point = tuple[float, float]

START = 1_790_000_000.0


def view_of(window: int | str = "1 min", *, history: int = 100_000) -> tuple[View, Series]:
    """A view of one series, which is still empty but for a sample at START."""
    stream = SensorStream("lab/oven", history=history)
    feed(stream, "lab/oven", 0.0, start=START)
    return View(stream, Window.parse(window)), stream.series["lab/oven", ""]


def frame_of(view: View, now: float = START) -> Frame:
    return view.frame(now, timezone.utc, "UTC")


class Columns(NamedTuple):
    """The least and the greatest of each pixel column, by its number."""

    least: dict[int, float]
    greatest: dict[int, float]


def columns_of(time: Array, value: Array, number: Array) -> Columns:
    """The extremes of what has a value, by the column that each point falls into."""
    least: dict[int, float] = {}
    greatest: dict[int, float] = {}
    for column, each in zip(number.tolist(), value.tolist(), strict=True):
        if not math.isnan(each):
            least[column] = min(least.get(column, math.inf), each)
            greatest[column] = max(greatest.get(column, -math.inf), each)
    return Columns(least, greatest)


class Pixels(NamedTuple):
    """The pixel columns of a time axis.

    Attributes:
        ends: of the axis, epoch seconds.
        number: how many columns.
        origin: epoch seconds from which columns are counted; they round as numbers do that are so large.
    """

    ends: tuple[float, float]
    number: int
    width_s: float
    origin: float = 0.0

    def extremes(self, time: Array, value: Array) -> Columns:
        """Those of the columns on the screen, whose place there is computed in another way as well."""
        start, end = self.ends
        inside = (start <= time) & (time <= end)
        time, value = time[inside], value[inside]
        column = np.floor((time - self.origin) / self.width_s)
        first = math.floor((start - self.origin) / self.width_s)
        place_px = (time - start) / (end - start) * self.number
        rounding_px = 1e-3 + 4 * np.spacing(end) / self.width_s
        assert (np.abs(place_px - (column - first) - 0.5) <= 0.5 + rounding_px).all()
        return columns_of(time, value, column)

    def column(self, time: float) -> int:
        """The number of the column of a time."""
        return math.floor((time - self.origin) / self.width_s)


def pixels_of(span: tuple[float, float], width_px: int) -> Pixels:
    """The pixel columns of a view that stays put."""
    return Pixels(span, width_px, (span[1] - span[0]) / width_px, span[0])


def later_than(columns: Columns, column: float) -> Columns:
    return Columns(*({number: value for number, value in each.items() if number > column} for each in columns))


SEEDS = st.integers(0, 2**32 - 1)
ARRIVALS = st.lists(
    st.tuples(SEEDS, st.integers(1, 3_000), st.sampled_from(["steady", "ties", "late", "gap", "pause", "bursts"])),
    min_size=1,
    max_size=5,
)


def arrive(series: Series, seed: int, count: int, kind: str) -> tuple[Array, Array]:
    """Have samples come; they are returned as they are stored."""
    rng = np.random.default_rng(seed)
    newest = series.last[0] if series.last else START
    if kind == "gap":
        series.mark_gap()
    steps = rng.integers(0, 2, count) / 8 if kind == "ties" else rng.integers(1, 40, count) / 64
    if kind == "pause":
        steps[rng.integers(0, count, 3)] += 100.0
    if kind == "bursts":
        steps = np.where(np.arange(count) % 40, 1 / 64, 20.0)
    time = newest + steps.cumsum()
    if kind == "late":
        time = newest + rng.integers(-200, 200, count) / 16
    value = rng.integers(-50, 50, count) / 4 + (rng.random(count) < 0.001) * 1000
    series.extend(time, value)
    return time, value


@settings(max_examples=150, deadline=None)
@given(ARRIVALS, st.floats(-0.2, 1.1), st.floats(0.001, 1.3), st.integers(1, 300), st.booleans(), st.booleans())
def test_every_pixel_column_of_a_zoom_has_the_extremes_of_its_data(
    arrivals: list[tuple[int, int, str]], left: float, share: float, width_px: int, is_state: bool, is_small: bool
) -> None:
    view, series = view_of(history=1_500 if is_small else 100_000)
    series.is_state = is_state
    view.width_px = width_px
    stored: set[Point] = {(START, 0.0)}
    for index, arrival in enumerate(arrivals):
        time, value = arrive(series, *arrival)
        stored |= set(zip(time.tolist(), value.tolist(), strict=True))
        if index == 0:
            length_s = series.time[-1] - START + 1.0
            view.span = (START + left * length_s, START + left * length_s + share * length_s)
        assert view.span is not None
        frame = frame_of(view, series.time[-1])
        (line,) = frame.lines
        assert frame.time_axis.ends == view.span
        check_columns(line, series, pixels_of(view.span, width_px), stored)


def check_columns(
    line: Line, series: Series, pixels: Pixels, stored: set[Point], after: float = -math.inf
) -> None:
    """What is drawn of columns behind the one with number `after`.

    Where the ring has let go of samples, what is drawn of their columns was stored once.
    """
    held = line.time <= (series.last or (0.0,))[0]
    drawn = pixels.extremes(line.time[held], line.value[held])
    data = pixels.extremes(series.time, series.value)
    if series.oldest:
        after = max(after, pixels.column(series.time[0]))
    assert later_than(drawn, after) == later_than(data, after)
    if not series.is_state:
        check_empty_columns(line, series, pixels, after)
    points = set(zip(line.time[held].tolist(), line.value[held].tolist(), strict=True))
    assert {point for point in points if not math.isnan(point[1])} <= stored
    assert len(line.time) <= 12 * pixels.number + 10


def check_empty_columns(line: Line, series: Series, pixels: Pixels, after: float) -> None:
    """What is drawn across columns without a sample, but for those of gaps, is what joins the samples."""
    is_there = ~np.isnan(line.value)
    first, last = max(pixels.ends[0], line.time[is_there][0]), min(pixels.ends[1], line.time[is_there][-1])
    numbers = np.arange(max(pixels.column(first), after + 1), pixels.column(last))
    data, gaps = np.floor((series.time - pixels.origin) / pixels.width_s), series.cut().gaps
    is_gap = np.zeros(len(series.time) + 1, bool)
    is_gap[gaps] = True
    empty = np.setdiff1d(numbers, data)
    edges = pixels.origin + (empty + 0.5) * pixels.width_s
    edges = edges[~is_gap[series.time.searchsorted(edges)] & (first < edges) & (edges < last)]
    drawn = np.interp(edges, line.time[is_there], line.value[is_there])
    np.testing.assert_allclose(drawn, np.interp(edges, series.time, series.value), atol=1e-6)


def everything(series: Series) -> set[Point]:
    return set(zip(series.time.tolist(), series.value.tolist(), strict=True))


@settings(max_examples=80, deadline=None)
@given(
    ARRIVALS, st.sampled_from(["10 s", "1 min", "2 min", "10 min", "1 h"]), st.integers(50, 1300), st.booleans()
)
def test_every_pixel_column_of_a_live_window_has_the_extremes_of_its_data(
    arrivals: list[tuple[int, int, str]], window: str, width_px: int, is_state: bool
) -> None:
    view, series = view_of(window)
    series.is_state = is_state
    view.width_px = width_px
    width_s = (Window.parse(window).seconds or 0.0) / width_px
    for arrival in arrivals:
        arrive(series, *arrival)
        frame = frame_of(view, series.time[-1])
        start, _ = frame.time_axis.ends
        assert np.floor(np.nextafter(start, -np.inf) / width_s) < np.floor(start / width_s), "a column's left edge"
        pixels = Pixels(frame.time_axis.ends, width_px, width_s)
        check_columns(frame.lines[0], series, pixels, everything(series))


@settings(max_examples=80, deadline=None)
@given(ARRIVALS, st.integers(2, 12_000), st.integers(50, 1300), st.booleans())
def test_every_pixel_column_of_a_window_of_samples_has_the_extremes_of_its_data(
    arrivals: list[tuple[int, int, str]], samples: int, width_px: int, is_state: bool
) -> None:
    view, series = view_of(samples)
    series.is_state = is_state
    view.width_px, fitted = width_px, FittedColumns()
    for arrival in arrivals:
        arrive(series, *arrival)
        frame = frame_of(view)
        oldest = series.time[max(series.total - samples, 0)]
        columns = fitted.fit(oldest, series.time[-1], width_px)
        assert frame.time_axis.ends == columns.ends
        (line,) = frame.lines
        pixels = Pixels(columns.ends, width_px, columns.seconds)
        is_whole = len(line.time) < min(samples, series.total) or line.time[0] < oldest
        check_columns(line, series, pixels, everything(series), pixels.column(oldest) - is_whole)
        if samples <= width_px and not is_state:
            assert line.value[~np.isnan(line.value)].tolist() == series.value[-samples:].tolist()


@pytest.mark.parametrize("count", [250_037, 399_999])
def test_every_pixel_column_of_a_large_window_of_samples_has_the_extremes_of_its_data(count: int) -> None:
    view, series = view_of(200_000, history=400_000)
    series.extend(START + np.arange(1.0, count), np.random.default_rng(count).normal(size=count - 1))
    frame = frame_of(view)
    columns = FittedColumns().fit(series.time[count - 200_000], series.time[-1], 1000)
    assert columns.ends == frame.time_axis.ends
    pixels = Pixels(columns.ends, 1000, columns.seconds)
    oldest = series.time[count - 200_000]
    check_columns(frame.lines[0], series, pixels, everything(series), pixels.column(oldest) - 1)


@pytest.mark.parametrize("lines", [1, 12, 30])
@pytest.mark.parametrize("is_paused", [True, False])
def test_every_pixel_column_has_the_extremes_of_its_data_however_many_lines_stay_put(
    lines: int, is_paused: bool
) -> None:
    stream = SensorStream("lab/#", history=50_000)
    rng = np.random.default_rng(lines)
    for number in range(lines):
        feed(stream, f"lab/{number}", 0.0, start=START)
        stream.series[f"lab/{number}", ""].extend(START + 0.001 + np.arange(30_000) / 500, rng.normal(size=30_000))
    view = View(stream, Window.parse("1 min"))
    view.width_px = 900
    if is_paused:
        view.freeze(START + 60.0)
        pixels = Pixels(frame_of(view, START + 60.0).time_axis.ends, 900, 60 / 900)
    else:
        view.span = (START + 3.0001, START + 58.3)
        pixels = pixels_of(view.span, 900)
        frame_of(view)
    frames = 1
    while view.is_unfinished:
        frame_of(view, START + 60.0)
        frames += 1
    assert frames == (1 if lines == 1 else 11 + math.ceil(lines / 11))
    for line in frame_of(view, START + 60.0).lines:
        series = stream.series[line.key]
        check_columns(line, series, pixels, everything(series))


@pytest.mark.parametrize("share", [1.0, 0.1, 0.001, 0.000_01])
def test_a_spike_of_one_sample_among_a_million_is_seen_at_every_zoom(share: float) -> None:
    view, series = view_of(history=1_000_001)
    value: Array = np.random.default_rng(1).normal(size=1_000_000)
    value[123_456] = 50.0
    series.extend(START + np.arange(1.0, 1_000_001.0) / 1000, value)
    at = START + 123.457
    view.span = (at - 500.0 * share, at + 500.0 * share)
    (line,) = frame_of(view).lines
    assert line.value.max() == 50.0
    assert line.time[line.value.argmax()] == series.time[123_457]


@pytest.mark.parametrize("width_px", [1, 7, 100])
def test_columns_of_many_samples_have_their_extremes_though_most_are_not_read(width_px: int) -> None:
    view, series = view_of(history=400_000)
    view.width_px = width_px
    value: Array = np.random.default_rng(width_px).integers(-100, 100, 400_000) / 4
    value[70_000] = -200.0  # just before the view
    series.extend(START + 1.0 + np.arange(400_000) / 1000, value)
    view.span = (START + 71.0005, START + 390.1)
    for late in (np.empty(0), np.array([START + 200.00025])):
        series.extend(late, np.full(len(late), 300.0))
        (line,) = frame_of(view).lines
        check_columns(line, series, pixels_of(view.span, width_px), everything(series))


@given(st.floats(1e-6, 1e4), st.floats(0.0, 4e9), st.integers(0, 50), st.sampled_from([0.0, START, -2.2e9]))
def test_edges_are_where_buckets_begin(width_s: float, first: float, count: int, origin: float) -> None:
    grid = Grid(seconds=width_s, origin=origin)
    edges = grid.edges(first, first + count * width_s)
    assert abs(len(edges) - count) <= 1 + 2e-6 / width_s
    for edge in edges:
        assert grid.bucket_starts(np.array([np.nextafter(edge, -np.inf), edge])).all()
        assert grid.start(*grid.numbers_of_few([edge])) == edge


def test_the_view_stays_put_and_says_what_came() -> None:
    view, series = view_of()
    series.extend(START + np.arange(1.0, 100.0), np.arange(1.0, 100.0))
    view.span = (START + 10.0, START + 20.0)
    before = frame_of(view)
    series.extend(START + np.arange(100.0, 150.0), np.full(50, 1e6))
    after = frame_of(view)
    assert after.time_axis is before.time_axis
    assert after.value_axes == before.value_axes
    assert after.lines[0].version == before.lines[0].version
    assert after.lines[0].last == (START + 149.0, 1e6)
    assert view.unseen() == 50
    view.span = None
    assert view.unseen() == 0
    assert frame_of(view, START + 149.0).lines[0].value.max() == 1e6


def test_late_samples_show_where_they_belong() -> None:
    view, series = view_of()
    series.extend(START + np.arange(1.0, 100.0), np.zeros(99))
    view.span = (START + 10.0, START + 20.0)
    frame_of(view)
    series.extend([START + 15.5], [7.0])
    line = frame_of(view).lines[0]
    assert line.time[line.value.argmax()] == START + 15.5


def test_what_grows_within_the_view_is_an_append() -> None:
    view, series = view_of()
    series.extend(START + np.arange(1, 50_000) / 1000, np.sin(np.arange(49_999.0)))
    view.span = (START, START + 100.0)
    cuts, settled = set(), []
    for second in range(50, 110):
        series.extend(START + second + np.arange(1000) / 1000, np.sin(np.arange(1000.0)))
        line = frame_of(view).lines[0]
        cuts.add(line.cut)
        settled.append(line.settled)
    assert len(cuts) == 1
    assert settled == sorted(settled)
    assert line.time[-2] <= START + 100.0 < line.time[-1], "one sample behind, and no more"


def test_what_comes_before_a_view_of_the_future_is_not_drawn() -> None:
    view, series = view_of()
    view.span = (START + 100.0, START + 110.0)
    for second in range(1, 105):
        series.extend([START + second], [float(second)])
        (line,) = frame_of(view).lines
        assert len(line.time) <= max(1, second - 98)
    assert line.time.tolist() == [START + second for second in range(99, 105)]


def test_values_held_by_hand_and_values_that_fit() -> None:
    view, series = view_of()
    series.extend(START + np.arange(1.0, 100.0), np.where(np.arange(1, 100) == 50, 1000.0, 20.0))
    view.span = (START + 40.0, START + 60.0)
    assert frame_of(view).value_axes[0].ends[1] >= 1000.0
    view.span = (START + 60.0, START + 70.0)
    low, high = frame_of(view).value_axes[0].ends
    assert 15 < low < 20 < high < 25
    view.value_ranges = {"": (-5.0, 5.0)}
    assert frame_of(view).value_axes[0].ends == (-5.0, 5.0)
    view.value_ranges = {}
    assert frame_of(view).value_axes[0].ends == (low, high)


def test_between_two_samples_the_line_goes_through_and_the_axis_fits() -> None:
    view, series = view_of()
    series.extend([START + 100.0], [100.0])
    view.span = (START + 49.0, START + 51.0)
    frame = frame_of(view)
    low, high = frame.value_axes[0].ends
    assert 45 < low < 49.0 < 51.0 < high < 55
    assert frame.nearest is None


@pytest.mark.parametrize(
    ("span", "nearest"), [((-90.0, -80.0), 0.0), ((200.0, 300.0), 99.0), ((98.5, 98.7), None)]
)
def test_beyond_the_data_the_nearest_is_named(span: tuple[float, float], nearest: float | None) -> None:
    view, series = view_of()
    series.extend(START + np.arange(1.0, 100.0), np.arange(1.0, 100.0))
    view.span = (START + span[0], START + span[1])
    frame = frame_of(view)
    assert frame.nearest == (None if nearest is None else START + nearest)
    assert len(frame.value_axes) == 1


def test_in_a_gap_there_is_nothing_to_see() -> None:
    view, series = view_of()
    series.mark_gap()
    series.extend([START + 100.0], [1.0])
    view.span = (START + 40.0, START + 45.0)
    assert frame_of(view).nearest == START


def test_a_state_lasts_through_the_view_up_to_what_is_known() -> None:
    stream = SensorStream("home/door", history=100)
    feed(stream, "home/door", 0.0, 1.0, start=START, step_s=10.0)
    stream.series["home/door", ""].is_state = True
    view = View(stream, Window.parse("1 min"))
    view.span = (START + 2.0, START + 4.0)
    line = frame_of(view).lines[0]
    assert (line.time.tolist(), line.value.tolist()) == ([START, START + 10.0], [0.0, 1.0])
    view.span = (START + 9.0, START + 14.0)
    line = frame_of(view).lines[0]
    assert (line.time.tolist(), line.value.tolist()) == (
        [START, START + 10.0, START + 10.0],
        [0.0, 1.0, 1.0],
    )


def test_a_ring_that_let_go_of_the_view_shows_what_is_left() -> None:
    view, series = view_of(history=1000)
    series.extend(START + np.arange(1.0, 1000.0), np.arange(1.0, 1000.0))
    view.span = (START + 100.0, START + 300.0)
    frame_of(view)
    series.extend(START + np.arange(1000.0, 1200.0), np.arange(1000.0, 1200.0))
    assert frame_of(view).lines[0].time[0] == START + 200.0
    series.extend(START + np.arange(1200.0, 2200.0), np.arange(1000.0))
    frame = frame_of(view)
    assert frame.nearest == START + 1200.0


def test_a_zoom_of_a_frozen_view_stays_within_what_was_frozen() -> None:
    view, series = view_of()
    series.extend(START + np.arange(1.0, 100.0), np.arange(1.0, 100.0))
    view.freeze(START + 100.0)
    series.extend(START + np.arange(100.0, 150.0), np.full(50, 1e6))
    view.span = (START + 50.0, START + 200.0)
    assert frame_of(view).lines[0].value.max() == 99.0
    assert (view.waiting(), view.unseen()) == (50, 0)

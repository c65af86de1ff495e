"""Lines that grow, against a plain computation from scratch and against what a receiver makes of their tails."""

from __future__ import annotations

import math
from itertools import chain, cycle, pairwise, repeat
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqttwidgets import Series
from mqttwidgets.base.times import Window
from mqttwidgets.plot.decimate import Grid
from mqttwidgets.plot.growing import GrowingPoints, PointBuffer, PointsInView
from mqttwidgets.plot.time_axis import Strides

Point = tuple[float, float]


class Sample(NamedTuple):
    """One that the series keeps, and whether the line is broken before it."""

    position: int
    time: float
    value: float
    after_gap: bool


def kept(series: Series) -> list[Sample]:
    """All samples of a series."""
    cut = series.cut()
    gaps = set(cut.gaps.tolist())
    return [
        Sample(cut.first + index, time, value, index in gaps)
        for index, (time, value) in enumerate(zip(cut.time.tolist(), cut.value.tolist(), strict=True))
    ]


def in_buckets(samples: list[Sample], window: Window, columns: int) -> list[list[Sample]]:
    """Runs of samples of one bucket, divided at gaps."""
    runs: list[list[Sample]] = []
    for sample in samples:
        if (
            runs
            and not sample.after_gap
            and bucket(sample, window, columns) == bucket(runs[-1][0], window, columns)
        ):
            runs[-1].append(sample)
        else:
            runs.append([sample])
    return runs


def bucket(sample: Sample, window: Window, columns: int) -> int:
    return math.floor(sample.time / bucket_s(window, columns))


def bucket_s(window: Window, columns: int) -> float:
    """The width of a bucket, as if samples came a second apart."""
    return (window.seconds or window.samples or 1) / columns


def follow(shown: PointsInView, series: Series, window: Window, columns: int, left: float) -> None:
    buckets = Grid(bucket_s(window, columns))
    shown.follow(series, buckets, columns, left, in_samples=window.samples is not None)


def points_of(run: list[Sample], *, has_first: bool, has_last: bool) -> list[Point]:
    """What stands for one bucket, a break ahead of it where there is one."""
    chosen = {min(run, key=lambda sample: sample.value), max(run, key=lambda sample: sample.value)}
    chosen |= {run[0]} if has_first else set()
    chosen |= {run[-1]} if has_last else set()
    points = [(sample.time, sample.value) for sample in sorted(chosen)]
    return [(run[0].time, math.nan), *points] if run[0].after_gap else points


class Receiver:
    """The other end of a frame link: it is told the cut, the first point and those from the former settled on."""

    def __init__(self) -> None:
        self.cut: object = None
        self.first = self.settled = 0
        self.points: list[Point] = []

    def take(self, shown: PointsInView) -> int:
        """Take what has to be sent; how many points that is."""
        points = shown_points(shown)
        if shown.cut == self.cut:
            known = max(self.settled - shown.first, 0)
            tail = list(zip(*shown.points.since(known), strict=True))
            assert same(tail, points[known:])
            self.points = self.points[shown.first - self.first :][:known] + tail
        else:
            tail = self.points = points
        self.cut, self.first, self.settled = shown.cut, shown.first, shown.settled
        return len(tail)


def shown_points(shown: PointsInView) -> list[Point]:
    return list(zip(shown.points.time.tolist(), shown.points.value.tolist(), strict=True))


def same(one: list[Point], other: list[Point]) -> bool:
    return bool(np.array_equal(np.array(one), np.array(other), equal_nan=True))


HALF_SECONDS = st.integers(0, 6) | st.integers(-12, 12) | st.just(40)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 3).map(lambda number: number == 0),
        st.lists(st.tuples(HALF_SECONDS, st.integers(0, 3).map(float)), max_size=25),
        st.integers(-8, 8),
    ),
    min_size=1,
    max_size=15,
)
WINDOWS = st.integers(2, 60) | st.integers(1, 40).map("{} s".format)


@settings(max_examples=400)
@given(STEPS, WINDOWS, st.integers(1, 8), st.integers(3, 120), st.booleans())
def test_points_are_those_of_a_cut_from_scratch(
    steps: list[Any], window_like: int | str, columns: int, capacity: int, is_state: bool
) -> None:
    """Each step: whether there is a gap, samples by half seconds after the newest, how far the view is astray."""
    series = Series("t", "", capacity, is_state=is_state)
    window, shown, receiver = Window.parse(window_like), PointsInView(), Receiver()
    handed_out: list[tuple[Any, list[float]]] = []
    stored: set[Point] = set()
    for has_gap, batch, astray in steps:
        if has_gap:
            series.mark_gap()
        now = series.last[0] if series.last else 1000.0
        series.extend([now + later / 2 for later, _ in batch], [value for _, value in batch])
        stored |= {(now + later / 2, value) for later, value in batch}
        if not series.total:
            continue
        left = left_of(series, window, astray / 2)
        follow(shown, series, window, columns, left)
        check(series, stored, shown, window, columns, left)
        receiver.take(shown)
        assert same(receiver.points, shown_points(shown))
        assert shown.first <= shown.settled <= shown.first + len(shown.points.time)
        if not is_state:
            inside = [value for value in shown.points.value[1:].tolist() if not math.isnan(value)]
            assert shown.extremes == (min(inside, default=math.inf), max(inside, default=-math.inf))
        assert shown.settled >= shown.first + len(shown.points.time) - 4
        handed_out.append((shown.points.value, shown.points.value.tolist()))
    for array, as_it_was in handed_out:
        np.testing.assert_array_equal(array, as_it_was)


def left_of(series: Series, window: Window, astray_s: float) -> float:
    if window.seconds is None:
        return series.total - min(window.samples or 0, len(series))
    assert series.last is not None
    return series.last[0] - max(0.0, window.seconds + astray_s)


def check(
    series: Series, stored: set[Point], shown: PointsInView, window: Window, columns: int, left: float
) -> None:
    """Compare with the plain computation, where there are buckets from the first whole one on.

    What stands before that is of samples that were `stored`; the ring may have let them go. Where there are many
    gaps, not all are shown.
    """
    samples, points = kept(series), shown_points(shown)
    starts = [index for index, sample in enumerate(samples) if place(sample, window) >= left]
    start = starts[0] if starts else len(samples)
    if sum(sample.after_gap for sample in samples[start + 1 :]) > columns:
        return
    if len(samples) - start <= 2 * columns and same(points, from_sample_to_sample(samples, left, window)):
        return
    assert len(samples) - start > columns, "few samples are all shown"
    runs = in_buckets(samples, window, columns)
    whole = [run for run in runs[1:] if place(run[0], window) > left]
    number, steps = [bucket(run[0], window, columns) for run in runs], series.is_state
    crossed = [False, *(after - before > 1 for before, after in pairwise(number))]  # there are empty ones between
    expected: list[Point] = []
    for run, is_entered, is_left in zip(runs, crossed, [*crossed[1:], True], strict=True):
        if run in whole:
            expected += points_of(run, has_first=is_entered and not steps, has_last=is_left or steps)
    if whole:
        assert same(points[len(points) - len(expected) :], expected)
        ahead = points[: len(points) - len(expected)]
    else:
        ahead = points
    assert {point for point in ahead if not math.isnan(point[1])} <= stored
    assert points[-1] == series.last


def place(sample: Sample, window: Window) -> float:
    return sample.position if window.seconds is None else sample.time


def from_sample_to_sample(samples: list[Sample], left: float, window: Window) -> list[Point]:
    """All in view, and in a window of time the one before."""
    ahead = [
        index
        for index, sample in enumerate(samples)
        if place(sample, window) < left or (place(sample, window) == left and window.samples is not None)
    ]
    points: list[Point] = []
    for sample in samples[ahead[-1] if ahead else 0 :]:
        if sample.after_gap and points:
            points.append((sample.time, math.nan))
        points.append((sample.time, sample.value))
    return points


@given(
    st.lists(st.tuples(HALF_SECONDS.map(abs), st.integers(0, 3).map(float)), min_size=70, max_size=200),
    st.lists(st.integers(1, 9), min_size=1),
    st.integers(1, 8),
    st.booleans(),
)
def test_few_samples_at_a_time_make_the_points_of_many_at_once(
    samples: list[Point], batches: list[int], bucket_s: int, is_state: bool
) -> None:
    """The one is computed by a plain loop, the other by NumPy."""
    times = 1000.0 + np.cumsum([later / 2 for later, _ in samples])
    values, lines = np.array([value for _, value in samples]), []
    for sizes in (chain([2], cycle(batches)), chain([2], repeat(len(samples)))):
        series, done = Series("t", "", 1000, is_state=is_state), 0
        growing = GrowingPoints(series, Grid(float(bucket_s)), start=0)
        while done < len(samples):
            size = next(sizes)
            series.extend(times[done : done + size], values[done : done + size])
            done += size
            assert growing.follow()
        points = growing.view(0.0, row=0)
        lines.append([points.time, points.value])
    np.testing.assert_array_equal(lines[0], lines[1])


@pytest.mark.parametrize("window", [2000, 10_000, 1_000_000, "20 s", "10000 s"])
def test_an_append_is_sent_as_an_append(window: int | str) -> None:
    series, shown, receiver = Series("t", "", 200_000), PointsInView(), Receiver()
    values = np.random.default_rng(1).normal(size=150_000)
    times = np.arange(150_000) / 100
    series.extend(times[:100_000], values[:100_000])
    cuts, sent = set(), []
    for start in range(100_000, 150_000, 20):
        series.extend(times[start : start + 20], values[start : start + 20])
        follow(shown, series, Window.parse(window), 1000, left_of(series, Window.parse(window), 0.0))
        sent.append(receiver.take(shown))
        cuts.add(shown.cut)
    assert len(cuts) == 1
    assert max(sent[1:]) <= 20 + 3
    assert len(shown.points.time) <= 2 * 1000 + 4


@pytest.mark.parametrize("window", [2000, 20_000, "200 s", "10000 s"])
def test_a_silence_within_what_is_appended_breaks_the_line_and_an_append_stays_one(window: int | str) -> None:
    series, shown, receiver = Series("t", "", 200_000), PointsInView(), Receiver()
    values = np.random.default_rng(1).normal(size=50_000)
    times = np.arange(50_000) / 10 + np.arange(50_000) // 5_005 * 100.0
    series.extend(times[:20_000], values[:20_000])
    cuts, sent = set(), []
    for start in range(20_000, 50_000, 20):
        series.extend(times[start : start + 20], values[start : start + 20])
        follow(shown, series, Window.parse(window), 1000, left_of(series, Window.parse(window), 0.0))
        sent.append(receiver.take(shown))
        cuts.add(shown.cut)
        broken = shown.points.time[np.isnan(shown.points.value)]
        assert broken.tolist() == series.time[series.cut().gaps][series.cut().gaps.size - broken.size :].tolist()
    assert len(cuts) == 1
    assert max(sent[1:]) <= 20 + 3 + 1
    assert len(series.cut().gaps) == 9
    assert broken.size > 0 or window != "10000 s"


@pytest.mark.parametrize("window", [200_000, "40000 s"])
def test_of_many_gaps_those_are_shown_that_are_wide_enough_to_be_seen(window: int | str) -> None:
    """A sensor that sends ten samples and sleeps for six seconds, and was off twice for half an hour."""
    series, shown, cuts = Series("t", "", 200_000), PointsInView(), set()
    distances = np.tile([0.1] * 9 + [6.0], 5_000)
    distances[[20_009, 40_009]] = 1800.0
    times = distances.cumsum()
    for start in range(0, 50_000, 50):
        series.extend(times[start : start + 50], np.arange(50.0))
        follow(shown, series, Window.parse(window), 200, left_of(series, Window.parse(window), 0.0))
        cuts.add(shown.cut)
        assert len(shown.points.time) <= 10 * 200
    (broken,) = np.isnan(shown.points.value).nonzero()
    widths = shown.points.time[broken + 1] - shown.points.time[broken - 1]
    assert (widths >= 1800.0).sum() == 2
    assert len(cuts) <= 12
    follow(shown, series, Window.parse("100 s"), 200, series.time[-1] - 100)
    assert np.isnan(shown.points.value).sum() == 15


def test_late_samples_in_what_is_not_settled_leave_the_cut() -> None:
    series, shown = Series("t", "", 10_000), PointsInView()
    series.extend(np.arange(0.0, 1000.5, 0.1), np.zeros(10_005))
    window = Window.parse("1000 s")
    follow(shown, series, window, 100, 0.0)
    cut, settled = shown.cut, shown.settled
    series.extend([1000.25], [7.0])
    follow(shown, series, window, 100, 0.0)
    assert (shown.cut, shown.settled, shown.points.value.max()) == (cut, settled, 7.0)
    series.extend([500.0], [8.0])
    follow(shown, series, window, 100, 0.0)
    assert shown.cut != cut
    assert shown.points.value.max() == 8.0


def test_a_state_that_turns_out_to_be_a_number_is_cut_anew() -> None:
    series, shown, window = Series("t", "", 1000, is_state=True), PointsInView(), Window.parse(1000)
    series.extend(np.arange(1000.0), np.tile([0.0, 1.0, 0.5, 0.7], 250))
    follow(shown, series, window, 100, 0.0)
    assert 0.7 in shown.points.value[:-1], "each bucket's last"
    cut = shown.cut
    series.is_state = False
    series.extend([1000.0], [0.7])
    follow(shown, series, window, 100, 1.0)
    assert shown.cut != cut
    assert 0.7 not in shown.points.value[3:-1]


def test_a_ring_that_went_round_unseen_is_cut_anew() -> None:
    series, shown, window = Series("t", "", 100), PointsInView(), Window.parse(50)
    series.extend(np.arange(100.0), np.arange(100.0))
    follow(shown, series, window, 100, 50.0)
    cut = shown.cut
    series.extend(np.arange(100.0, 350.0), np.arange(100.0, 350.0))
    follow(shown, series, window, 100, 300.0)
    assert shown.cut != cut
    assert shown.points.value.tolist() == list(range(300, 350))


def test_a_window_longer_than_history_is_not_cut_anew_while_the_ring_goes_round() -> None:
    series, shown, window = Series("t", "", 1000), PointsInView(), Window.parse(5000)
    cuts = set()
    for start in range(0, 20_000, 20):
        series.extend(np.arange(start, start + 20.0), np.arange(20.0))
        follow(shown, series, window, 100, left_of(series, window, 0.0))
        cuts.add(shown.cut)
        assert len(shown.points.time) <= 2 * 100
    assert len(cuts) == 2, "sample by sample, then in buckets"


def test_few_samples_are_not_decimated_until_there_are_many_and_the_limit_does_not_flicker() -> None:
    series, shown, window = Series("t", "", 100_000), PointsInView(), Window.parse("100 s")
    cuts = []
    for number in range(4000):
        step_s = 0.5 + 0.02 * math.sin(number)  # about two hundred in a window
        series.extend([(series.last[0] if series.last else 0.0) + step_s], [0.0])
        follow(shown, series, window, 100, left_of(series, window, 0.0))
        cuts.append(shown.cut)
    assert len(set(cuts)) <= 2


def test_a_peak_in_a_million_is_seen() -> None:
    series, shown, window = Series("t", "", 1_000_000), PointsInView(), Window.parse(1_000_000)
    values = np.random.default_rng(1).normal(size=1_000_000)
    values[123_456], values[999_998] = 50.0, -60.0
    series.extend(np.arange(1e6), values)
    follow(shown, series, window, 1000, 0.0)
    assert (shown.points.value.max(), shown.points.value.min()) == (50.0, -60.0)
    assert shown.points.time[shown.points.value.argmax()] == 123_456.0


def test_what_was_handed_out_stays_when_the_buffer_moves() -> None:
    buffer = PointBuffer()
    buffer.append(np.full((3, 200), 1.0))
    held = buffer.points
    for number in range(50):
        buffer.append(np.full((3, 100), float(number)))
        buffer.drop(100)
    assert (held == 1.0).all()
    assert (buffer.total, buffer.dropped) == (5200, 5000)
    assert buffer.points[0].tolist() == [48.0] * 100 + [49.0] * 100


def test_strides_hold_still_while_the_number_of_lines_goes_up_and_down() -> None:
    strides = Strides()
    assert [strides.of(lines, 1000)[0] for lines in (10, 11, 10, 11, 10)] == [1, 2, 2, 2, 2]
    for lines in range(1, 200):
        for columns in (50, 860, 1000, 2000):
            (stride,) = set(Strides().of(lines, columns))
            assert stride == 5 or lines * columns <= 10_000 * stride


def test_a_picture_that_stays_becomes_as_fine_as_the_screen() -> None:
    strides = Strides()
    assert strides.of(25, 860) == [5] * 25
    fine: list[int] = []
    while not fine or strides.is_unfinished:
        fine.append(strides.of(25, 860, still="first").count(1))
    assert fine == [0] * 11 + [11, 22, 25]
    assert strides.of(25, 860, still="first") == [1] * 25
    assert strides.of(25, 860, still="second").count(1) == 0
    assert strides.is_unfinished
    assert 1 not in strides.of(25, 860)
    assert not strides.is_unfinished
    assert strides.of(9, 860, still="third") == [1] * 9
    assert not strides.is_unfinished, "few lines are fine at once"


def test_very_many_lines_on_a_large_screen_are_nearly_as_fine() -> None:
    strides = Strides()
    for _ in range(40):
        found = strides.of(50, 2000, still="a picture")
    assert found == [2] * 50
    assert not strides.is_unfinished

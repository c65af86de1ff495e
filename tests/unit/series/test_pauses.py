"""Gaps where a series was silent for much longer than usual for it, by the samples' own times."""

from __future__ import annotations

import itertools
from datetime import timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqttwidgets import SensorStream, Series
from mqttwidgets.base.model import FloatArray
from mqttwidgets.base.times import Window
from mqttwidgets.jupyter.picture import Picture
from mqttwidgets.plot.frozen import Frozen
from mqttwidgets.plot.view import View

from ...support.feeding import feed

RNG = np.random.default_rng
START = 1.7e9


def series_of(*times: FloatArray | list[float], is_state: bool = False) -> Series:
    """A series with a batch for each of `times`."""
    series = Series("t", "", 1_000_000, is_state=is_state)
    for each in times:
        series.extend(each, np.zeros(len(each)))
    return series


def one_by_one(distances: FloatArray) -> Series:
    """A series with samples at these distances, each a batch of its own."""
    return series_of(*[[time] for time in (START + np.concatenate(([0.0], distances.cumsum()))).tolist()])


def silences(series: Series) -> list[float]:
    """The lengths of the silences over which the line is broken."""
    cut = series.cut()
    return [round(float(cut.time[gap] - cut.time[gap - 1]), 6) for gap in cut.gaps]


@pytest.mark.parametrize(
    ("distances", "gaps"),
    [
        pytest.param(np.ones(500), [], id="steady"),
        pytest.param(RNG(1).uniform(0.03, 0.07, 5000), [], id="20 Hz with jitter"),
        pytest.param(np.full(500, 3600.0), [], id="once an hour"),
        pytest.param(np.repeat([1.0, 4.9, 1.0], [20, 1, 20]), [], id="less than five seconds"),
        pytest.param(np.repeat([0.05, 5.1, 0.05], [200, 1, 200]), [5.1], id="more than five seconds"),
        pytest.param(np.repeat([60.0, 239.0, 60.0], [20, 1, 20]), [], id="a few missed"),
        pytest.param(np.repeat([60.0, 7200.0, 60.0], [20, 1, 20]), [7200.0], id="hours of silence"),
        pytest.param(np.repeat([1.0, 600.0], [100, 100]), [600.0, 600.0], id="a slower rate"),
        pytest.param(np.repeat([600.0, 1.0], [100, 100]), [], id="a faster rate"),
        pytest.param(np.tile([*[0.5] * 8, 600.0], 50), [600.0] * 50, id="bursts of nine, and sleep"),
        pytest.param(np.tile([*[0.5] * 7, 600.0], 50), [600.0] * 2, id="bursts of eight are a rhythm"),
        pytest.param(np.tile([*[0.0] * 20, 600.0], 50), [], id="many of one instant are one"),
        pytest.param(np.repeat([1.0, 9.0], [4, 1]), [], id="four distances are too few"),
        pytest.param(np.repeat([1.0, 9.0], [5, 1]), [9.0], id="five are enough"),
    ],
)
def test_a_silence_is_measured_by_what_is_usual(distances: FloatArray, gaps: list[float]) -> None:
    alone, whole = one_by_one(distances), series_of(START + np.concatenate(([0.0], distances.cumsum())))
    assert silences(alone) == silences(whole) == gaps


@pytest.mark.parametrize("seed", range(5))
def test_a_sensor_that_reports_on_change_keeps_its_line(seed: int) -> None:
    rng = RNG(seed)
    for distances in (rng.exponential(60.0, 5000), rng.exponential(2.0, 5000), 60 * rng.lognormal(0, 1, 5000)):
        assert len(one_by_one(distances).cut().gaps) <= 50


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.25, 1.3, 4.0, 5.0, 7.0, 30.0, 500.0]), max_size=80),
    st.lists(st.integers(1, 30), min_size=1),
)
def test_however_it_comes_it_is_as_a_plain_computation_says(distances: list[float], sizes: list[int]) -> None:
    times, known, gaps = [START, *(START + np.array(distances).cumsum())], list[float](), list[int]()
    for index, distance in enumerate(np.diff(times).tolist(), 1):
        latest = sorted(known[-16:])
        if len(latest) >= 5 and distance > max(5.0, 4 * latest[-2]):
            gaps.append(index)
        known += [distance] * (distance > 0)
    series, rest = Series("t", "", 1000), iter(times)
    for size in itertools.cycle(sizes):
        batch = list(itertools.islice(rest, size))
        if not batch:
            break
        series.extend(batch, batch)
    assert series.cut().gaps.tolist() == gaps


def test_a_state_lasts_until_the_next_sample() -> None:
    assert silences(series_of([*range(20), 1e6], is_state=True)) == []


def test_an_outage_of_the_link_is_no_news_of_the_rhythm() -> None:
    series = series_of(list(range(20)))
    for time in (1000.0, 2000.0):
        series.mark_gap()
        series.extend([time, time + 1, time + 2], np.zeros(3))
    series.extend([2100.0], [0.0])
    assert silences(series) == [981.0, 998.0, 98.0]


def test_late_samples_are_no_news_of_the_rhythm() -> None:
    series = series_of(list(range(0, 200, 10)))
    for late in range(5, 185, 10):
        series.extend([late], [0.0])
    series.extend([229.0], [0.0])
    assert silences(series) == []
    series.extend([270.0], [0.0])
    assert silences(series) == [41.0]


LATE = np.arange(21.0, 100.0)


@pytest.mark.parametrize(
    "late",
    [
        pytest.param([LATE], id="at once"),
        pytest.param(LATE.reshape(-1, 1), id="one by one"),
        pytest.param(LATE[::-1].reshape(-1, 1), id="the newest first"),
        pytest.param(RNG(1).permutation(LATE).reshape(-1, 1), id="in any order"),
        pytest.param([np.concatenate((np.arange(0.5, 120), LATE))], id="with others around"),
    ],
)
@pytest.mark.parametrize("capacity", [400, 1_000_000])
def test_a_silence_that_late_samples_fill_is_none(late: list[FloatArray], capacity: int) -> None:
    series = Series("t", "", capacity)
    series.extend(np.concatenate([np.arange(start, start + 21.0) for start in (0, 100, 200)]), np.zeros(63))
    assert silences(series) == [80.0, 80.0]
    for each in late:
        series.extend(each, each)
    assert silences(series) == [80.0]
    assert series.time[series.cut().gaps[0]] == 200.0


def test_what_is_left_of_a_silence_is_a_gap() -> None:
    series = series_of([*range(20), *range(100, 120)])
    series.extend([50.0, 51.0, 52.0, 97.0], np.zeros(4))
    assert (silences(series), series.time[series.cut().gaps].tolist()) == ([31.0, 45.0], [50.0, 97.0])


def test_an_outage_of_the_link_stays_a_gap_whatever_comes_late() -> None:
    series = series_of(list(range(20)))
    series.mark_gap()
    series.extend([30.0], [0.0])
    series.extend(np.arange(20.0, 30.0), np.zeros(10))
    assert series.time[series.cut().gaps].tolist() == [30.0]


@given(
    st.lists(st.lists(st.integers(0, 300), min_size=1, max_size=30), min_size=1, max_size=8),
    st.integers(3, 200),
)
def test_late_samples_leave_gaps_only_over_silences(batches: list[list[int]], capacity: int) -> None:
    """The first batch sets a rhythm; whatever comes late, no gap stands where samples lie close."""
    series = Series("t", "", capacity)
    series.extend(np.arange(20.0), np.zeros(20))
    for batch in batches:
        series.extend(np.array(batch, float), np.zeros(len(batch)))
        assert all(silence > 5.0 for silence in silences(series))


def test_a_batch_larger_than_the_ring_keeps_its_gaps() -> None:
    series = Series("t", "", 30)
    series.extend(np.concatenate([np.arange(start, start + 20.0) for start in (0, 100, 200)]), np.zeros(60))
    assert series.time[series.cut().gaps].tolist() == [200.0]


def test_a_copy_keeps_its_gaps_and_knows_the_rhythm() -> None:
    series = series_of([*range(20), *range(100, 120)])
    frozen = Frozen({("t", ""): series}, at=120.0, known_until=None).series["t", ""]
    series.extend(np.arange(20.0, 100.0), np.zeros(80))
    assert (silences(series), silences(frozen)) == ([], [81.0])
    frozen.extend([190.0], [0.0])
    assert silences(frozen) == [81.0, 71.0]


@pytest.mark.parametrize("window", ["200 s", "60 s", 1000, 40])
def test_the_line_is_broken_in_the_picture(window: str | int) -> None:
    """The silence lies within what comes between two frames."""
    stream, picture = SensorStream("#"), Picture(None)
    view = View(stream, Window.parse(window))
    feed(stream, "t", *range(20), start=START)
    view.frame(START + 20, timezone.utc, "UTC")
    feed(stream, "t", *range(3), start=START + 20)
    feed(stream, "t", *range(20), start=START + 50)
    frame = view.frame(START + 70, timezone.utc, "UTC")
    picture.show(frame)
    (mark,) = picture.figure.marks
    (broken,) = np.isnan(mark.y).nonzero()
    assert [(mark.x[at - 1], mark.x[at + 1]) for at in broken] == [(START + 22, START + 50)]
    for one in (picture.figure, *picture.figure.axes, *picture.figure.marks):
        one.close()


def test_a_paused_picture_keeps_its_gaps() -> None:
    stream = SensorStream("#")
    view = View(stream, Window.parse("200 s"))
    feed(stream, "t", *range(20), start=START)
    feed(stream, "t", *range(20), start=START + 50)
    view.freeze(START + 70)
    feed(stream, "t", *range(40), start=START + 15)
    (line,) = view.frame(START + 90, timezone.utc, "UTC").lines
    assert np.isnan(line.value).sum() == 1
    view.thaw()
    (line,) = view.frame(START + 90, timezone.utc, "UTC").lines
    assert not np.isnan(line.value).any()

"""Ready derivations, against pandas and a plain computation."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mqttwidgets as mw
from mqttwidgets import InvalidValueError, Series
from mqttwidgets.analysis.transforms.incremental import IncrementalLines
from mqttwidgets.analysis.transforms.rolling import Blocks
from mqttwidgets.analysis.transforms.transform import Context, Transform
from mqttwidgets.base.model import FloatArray


def always() -> bool:
    return True


START = 1_790_000_000.0

ALONE = Context({})

STEPS = st.integers(0, 5) | st.integers(-20, 20)
BATCHES = st.lists(
    st.one_of(st.none(), st.lists(st.tuples(STEPS, st.integers(-5, 5)), max_size=12)), min_size=1, max_size=12
)
"""None is a gap; else samples by tenths of a second after the newest one, some of them late."""


def take(series: Series, batch: Sequence[tuple[int, int]] | None) -> None:
    """Store a batch; times are on a grid of microseconds, as in pandas."""
    if batch is None:
        series.mark_gap()
        return
    now = round((series.last[0] - START) * 10) if series.last else 0
    places = list(itertools.accumulate(step for step, _ in batch))
    series.extend([START + (now + place) / 10 for place in places], [float(value) for _, value in batch])


def in_pandas(series: Series) -> pd.Series[float]:
    index = pd.to_datetime(np.round(series.time * 1e6).astype(np.int64) * 1000, utc=True)
    return pd.Series(series.value, index=index)


def lines_of(source: Series, recipe: Transform) -> IncrementalLines:
    return IncrementalLines(source, recipe, tuple(f"line {name}" for name in recipe.lines))


def assert_is(derived: Series, time: FloatArray, value: FloatArray) -> None:
    np.testing.assert_array_equal(derived.time, time)
    np.testing.assert_allclose(derived.value, value, rtol=1e-12, atol=1e-12)


def gap_times(series: Series) -> list[float]:
    cut = series.cut()
    return list(cut.time[cut.gaps])


# Against pandas.


@settings(max_examples=100)
@given(BATCHES, st.integers(1, 40), st.integers(2, 9))
def test_rolling_is_what_pandas_has_whatever_comes_when(batches: list[Any], tenths: int, count: int) -> None:
    source = Series("t", "", 1000)
    spans: list[Any] = [f"{tenths / 10} s", count]
    means = [lines_of(source, mw.rolling_mean(span)) for span in spans]
    bands = [lines_of(source, mw.rolling_band(span)) for span in spans]
    for batch in batches:
        take(source, batch)
        for each in (*means, *bands):
            each.follow(ALONE, always)
    if not len(source):
        return
    pandas_spans: list[Any] = [f"{100 * tenths}ms", count]
    for span, mean, band in zip(pandas_spans, means, bands, strict=True):
        rolling = in_pandas(source).rolling(span)
        skipped = 0 if isinstance(span, str) else count - 1
        for series, wanted in zip(
            (*mean.series, *band.series), (rolling.mean(), rolling.min(), rolling.max()), strict=True
        ):
            assert_is(series, source.time[skipped:], wanted.to_numpy()[skipped:])
            gaps = [gap for gap in source.cut().gaps.tolist() if gap > skipped]
            assert series.cut().gaps.tolist() == [gap - skipped for gap in gaps]


@settings(max_examples=100)
@given(BATCHES)
def test_the_rate_of_change_is_the_change_by_the_time_and_never_across_a_gap(batches: list[Any]) -> None:
    source = Series("t", "", 1000)
    rate = lines_of(source, mw.rate_of_change())
    for batch in batches:
        take(source, batch)
        rate.follow(ALONE, always)
    gaps = set(source.cut().gaps.tolist())
    wanted, breaks, is_broken = list[tuple[float, float]](), list[int](), False
    for index in range(1, len(source)):
        time, seconds = source.time[index], source.time[index] - source.time[index - 1]
        is_broken |= index in gaps
        if index not in gaps and seconds > 0:
            if is_broken and wanted:
                breaks.append(len(wanted))
            is_broken = False
            wanted.append((time, (source.value[index] - source.value[index - 1]) / seconds))
    (series,) = rate.series
    assert_is(series, np.array([time for time, _ in wanted]), np.array([value for _, value in wanted]))
    assert series.cut().gaps.tolist() == breaks


@settings(max_examples=100)
@given(st.lists(st.tuples(st.booleans(), BATCHES), max_size=6), st.integers(1, 30))
def test_a_difference_is_what_merge_asof_finds_and_is_broken_where_either_is(
    turns: list[Any], tolerance: int
) -> None:
    """Batches come to one series or the other."""
    source, other = Series("one", "", 1000), Series("other", "", 1000)
    found = {("one", ""): source, ("other", ""): other}
    lines = lines_of(source, mw.difference("other", tolerance=f"{tolerance / 10} s"))
    for is_other, batches in turns:
        for batch in batches:
            take(other if is_other else source, batch)
            lines.follow(Context(found), always)
    if not len(source):
        return
    left, right = (
        pd.DataFrame({"t": (np.round(one.time * 10)).astype(np.int64), "v": one.value, "n": np.arange(len(one))})
        for one in (source, other)
    )
    joined = pd.merge_asof(left, right, on="t", tolerance=tolerance, suffixes=("", "_other"))
    gaps = set(other.cut().gaps.tolist())
    held = joined["n_other"].to_numpy()
    is_before_gap = np.array(
        [place + 1 in gaps and source.time[index] > other.time[int(place)] for index, place in enumerate(held)]
    )
    wanted = (joined["v"] - joined["v_other"]).to_numpy()
    is_there = ~np.isnan(wanted) & ~is_before_gap
    (series,) = lines.series
    assert_is(series, source.time[is_there], wanted[is_there])
    wanted_breaks = []
    (kept,) = is_there.nonzero()
    for number, (one, next_) in enumerate(itertools.pairwise(kept), 1):
        of_source = any(gap in range(one + 1, next_ + 1) for gap in source.cut().gaps)
        of_other = any(held[one] < gap <= held[next_] for gap in gaps)
        if next_ > one + 1 or of_source or of_other:
            wanted_breaks.append(number)
    assert series.cut().gaps.tolist() == wanted_breaks


# Of itself.


@settings(max_examples=100)
@given(
    BATCHES,
    st.sampled_from([mw.rolling_mean(4), mw.rolling_band(4), mw.rate_of_change()]),
    st.integers(15, 30),  # holds a batch, and the three samples before it that the longest of these looks back on
    st.integers(1, 5),
)
def test_it_does_not_matter_how_often_it_is_computed_nor_what_the_ring_lets_go_behind_it(
    batches: list[Any], recipe: Transform, capacity: int, every: int
) -> None:
    source, whole = Series("t", "", capacity), Series("t", "", 1000)
    often, seldom = lines_of(source, recipe), lines_of(whole, recipe)
    for number, batch in enumerate(batches):
        in_order = None if batch is None else [(abs(step), value) for step, value in batch]
        take(source, in_order)
        take(whole, in_order)
        often.follow(ALONE, always)
        if number % every == 0:
            seldom.follow(ALONE, always)
    seldom.follow(ALONE, always)
    for part, all_ in zip(often.series, seldom.series, strict=True):
        first = max(len(all_) - capacity, 0)
        cut = part.cut()
        assert part.total == all_.total
        np.testing.assert_array_equal(cut.time, all_.time[first:])
        np.testing.assert_array_equal(cut.value, all_.value[first:])
        np.testing.assert_array_equal(cut.gaps, all_.cut(first).gaps)


RECIPES: list[Any] = [
    mw.rolling_mean("1 s"),
    mw.rolling_mean(3),
    mw.rolling_band("1 s"),
    mw.rate_of_change(),
    mw.rate_of_change(per="1 h", counter=True),
    mw.difference("other", tolerance="0.5 s"),
]


@pytest.mark.parametrize("seed", range(150, 190))
def test_whatever_comes_late_or_is_let_go_unseen_lines_are_what_is_computed_afresh(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    source, other = (Series(name, "", int(rng.integers(10, 25))) for name in ("one", "other"))
    around = Context({("one", ""): source, ("other", ""): other})
    lines = [lines_of(source, recipe) for recipe in RECIPES]
    monkeypatch.setattr("mqttwidgets.analysis.transforms.incremental._RUN", 5)
    for second in range(30):
        for series in (source, other):
            count, begin = rng.integers(0, 20), START + second - rng.choice([0, 0, 0, 1, 3])
            series.extend(
                begin + np.sort(rng.integers(0, 20, count)) / 20, rng.integers(-9, 9, count).astype(float)
            )
            if rng.random() < 0.1:
                series.mark_gap()
        runs = rng.choice([0, 0, 1, 2, 9, 9])
        for each in lines if runs else ():
            looks = iter([True] * runs)
            each.follow(around, lambda looks=looks: next(looks, False))  # type: ignore[misc]
    for each, recipe in zip(lines, RECIPES, strict=True):
        each.follow(around, always)
        fresh = lines_of(source, recipe)
        fresh.follow(around, always)
        for found, wanted in zip(each.series, fresh.series, strict=True):
            assert (np.diff(found.time) >= 0).all()
            start = reach_of_history(source, other)
            one, two = (series.cut(series.position_at(start)) for series in (found, wanted))
            np.testing.assert_array_equal(one.time, two.time)
            np.testing.assert_allclose(one.value, two.value, rtol=1e-12, atol=1e-12)
            assert one.gaps.tolist() == two.gaps.tolist()


def reach_of_history(source: Series, other: Series) -> float:
    """The time from which on nothing depends on what was let go."""
    starts = [-math.inf]
    if source.oldest:
        starts += [source.time[0] + 1.1, source.time[min(3, len(source) - 1)] + 0.1]
    if other.oldest:
        starts.append(other.time[0])
    return max(starts)


def test_a_sample_of_the_other_series_counts_although_one_came_late_in_the_same_look() -> None:
    source, other = Series("one", "", 100), Series("other", "", 100)
    around = Context({("one", ""): source, ("other", ""): other})
    lines = lines_of(source, mw.difference("other"))
    source.extend([0.0, 1.0, 2.0, 3.0], [10.0] * 4)
    other.extend([0.0, 1.0], [1.0, 1.0])
    lines.follow(around, always)
    source.extend([2.5], [10.0])
    other.extend([1.9], [5.0])
    lines.follow(around, always)
    assert_is(lines.series[0], np.array([0.0, 1.0, 2.0, 2.5, 3.0]), np.array([9.0, 9.0, 5.0, 5.0, 5.0]))


def test_a_line_that_is_broken_at_the_end_of_what_was_computed_stays_so() -> None:
    source = Series("t", "", 100)
    lines = lines_of(source, mw.rate_of_change())
    source.extend([1.0, 2.0], [0.0, 1.0])
    source.mark_gap()
    source.extend([3.0], [5.0])
    lines.follow(ALONE, always)
    source.extend([4.0, 5.0], [6.0, 7.0])
    lines.follow(ALONE, always)
    (series,) = lines.series
    assert (series.time.tolist(), series.cut().gaps.tolist()) == ([2.0, 4.0, 5.0], [1])


def test_what_the_ring_let_go_unseen_is_a_gap() -> None:
    source = Series("t", "", 100)
    lines = lines_of(source, mw.rolling_mean(2))
    source.extend(np.arange(50.0), np.arange(50.0))
    lines.follow(ALONE, always)
    source.extend(np.arange(50.0, 400.0), np.arange(50.0, 400.0))
    lines.follow(ALONE, always)
    (series,) = lines.series
    assert gap_times(series) == [301.0]
    assert series.time.tolist() == [48.0, 49.0, *np.arange(301.0, 400.0)][-100:]


def test_a_line_is_interrupted_while_its_source_is_and_has_a_gap_where_it_goes_on() -> None:
    source = Series("t", "", 100)
    lines = [lines_of(source, recipe) for recipe in (mw.rolling_mean(2), mw.rate_of_change())]

    def are_interrupted() -> list[bool]:
        for each in lines:
            each.follow(ALONE, always)
        return [each.series[0].is_interrupted for each in lines]

    source.extend([1.0, 2.0, 3.0], [0.0, 1.0, 2.0])
    assert are_interrupted() == [False, False]
    source.mark_gap()
    assert are_interrupted() == [True, True]
    source.extend([1.5], [1.0])
    assert are_interrupted() == [True, True]
    source.extend([4.0], [3.0])
    assert are_interrupted() == [False, True]  # there is no rate across the gap, so none yet behind it
    source.extend([5.0], [4.0])
    assert are_interrupted() == [False, False]
    assert [gap_times(each.series[0]) for each in lines] == [[4.0], [5.0]]


def test_a_line_is_not_said_to_be_interrupted_before_all_was_computed() -> None:
    source = Series("t", "", 100_000)
    source.extend(np.arange(100_000.0), np.ones(100_000))
    source.mark_gap()
    lines = lines_of(source, mw.rolling_mean("10 s"))
    looks = iter([True, False])
    lines.follow(ALONE, lambda: next(looks))
    assert not lines.series[0].is_interrupted
    lines.follow(ALONE, always)
    assert lines.series[0].is_interrupted


def test_a_deadline_is_kept_and_the_rest_comes_later() -> None:
    source = Series("t", "", 100_000)
    source.extend(np.arange(100_000.0), np.ones(100_000))
    lines = lines_of(source, mw.rolling_mean("10 s"))
    looks = iter([True, True, False])
    lines.follow(ALONE, lambda: next(looks))
    assert lines.is_behind
    assert 0 < len(lines.series[0]) < 100_000
    lines.follow(ALONE, always)
    assert not lines.is_behind
    assert len(lines.series[0]) == 100_000


def test_a_late_sample_changes_what_is_behind_it_and_nothing_before() -> None:
    source = Series("t", "", 1000)
    source.extend(np.arange(100.0), np.zeros(100))
    lines = lines_of(source, mw.rolling_mean("10 s"))
    lines.follow(ALONE, always)
    (series,) = lines.series
    merges = series.merges
    source.extend([50.5], [11.0])
    lines.follow(ALONE, always)
    assert series.unchanged_to(merges) == 51
    assert series.value[[50, 51, 60, 62]].tolist() == [0.0, 1.0, 1.0, 0.0]


@pytest.mark.parametrize("recipe", [mw.rolling_band("10 s"), mw.rolling_mean(7), mw.rate_of_change()])
def test_a_line_stands_as_it_was_until_it_is_computed_anew_as_far(recipe: Transform) -> None:
    source = Series("t", "", 150_000)
    source.extend(np.arange(100_000.0), np.arange(100_000.0) % 60)
    lines, plain = (lines_of(source, recipe) for _ in range(2))
    lines.follow(ALONE, always)
    before = [series.cut() for series in lines.series]
    source.extend([500.5], [99.0])
    seen = 0
    while lines.is_behind or seen == 0:
        seen += 1
        if seen == 3:
            source.extend([200.5, 100_000.0, 100_001.0], [70.0, 71.0, 72.0])
        looks = iter([True, False])
        lines.follow(ALONE, lambda looks=looks: next(looks))  # type: ignore[misc]
        if lines.is_behind:
            for series, was in zip(lines.series, before, strict=True):
                assert series.merges == 0
                np.testing.assert_array_equal(series.value, was.value)
    assert seen > 8
    plain.follow(ALONE, always)
    for series, wanted in zip(lines.series, plain.series, strict=True):
        assert_is(series, wanted.time, wanted.value)
        assert (series.merges, 150 < series.unchanged_to(0) <= 201) == (1, True)


def test_a_line_that_grows_goes_on_as_soon_as_it_is_computed_anew_as_far_as_it_was() -> None:
    source = Series("t", "", 100_000)
    source.extend(np.arange(100_000.0), np.ones(100_000))
    lines = lines_of(source, mw.rolling_mean("10 s"))
    lengths = []
    for _ in range(5):
        looks = iter([True, False])
        lines.follow(ALONE, lambda looks=looks: next(looks))  # type: ignore[misc]
        lengths.append(len(lines.series[0]))
        if len(lengths) == 2:
            source.extend([5.5], [1.0])
    assert lengths == [16_384, 32_768, 32_768, 5 + 32_768, 5 + 49_152]  # the first five were not computed again


def test_a_window_takes_little_more_memory_than_it_needs() -> None:
    source = Series("t", "", 20_000)
    lines = lines_of(source, mw.rolling_band("1 d"))
    tracemalloc.start()
    try:
        for start in range(0, 200_000, 1000):
            source.extend(np.arange(start, start + 1000) / 10, np.ones(1000))
            lines.follow(ALONE, always)
        bytes_a_sample = tracemalloc.get_traced_memory()[0] / len(source)
    finally:
        tracemalloc.stop()
    assert bytes_a_sample < 130  # 48 for the three series, the rest for windows


def test_ten_million_large_numbers_with_a_little_noise_do_not_drift() -> None:
    """In pieces, as live; the window long, the last pieces against NumPy."""
    rng = np.random.default_rng(1)
    source, count, piece = Series("t", "", 200_000), 10_000_000, 100_000
    lines = lines_of(source, mw.rolling_mean(50_000))
    for start in range(0, count, piece):
        source.extend(np.arange(start, start + piece) / 1000, 1e9 + rng.normal(scale=1e-3, size=piece))
        lines.follow(ALONE, always)
    last = source.value[-50_000 - 1000 :]
    wanted = [math.fsum(last[end - 50_000 : end] - 1e9) / 50_000 for end in range(len(last) - 5, len(last) + 1)]
    found = lines.series[0].value[-6:]
    np.testing.assert_allclose(found, 1e9 + np.array(wanted), rtol=1e-15)
    np.testing.assert_allclose(found, pd.Series(last).rolling(50_000).mean()[-6:], rtol=1e-9)


def test_one_enormous_value_leaves_no_trace() -> None:
    source = Series("t", "", 1000)
    source.extend(np.arange(100.0), [1e300, 1.7e308, 1.7e308, *np.full(97, 0.1)])
    lines = lines_of(source, mw.rolling_mean(5))
    lines.follow(ALONE, always)
    assert lines.series[0].value[-90:] == pytest.approx(0.1, rel=1e-15)
    assert np.isfinite(lines.series[0].value).all()


def test_a_source_with_less_room_leaves_its_lines_less() -> None:
    source = Series("t", "", 1000)
    source.extend(np.arange(1000.0), np.zeros(1000))
    lines = lines_of(source, mw.rolling_band("10 s"))
    lines.follow(ALONE, always)
    source.shorten(100)
    source.extend([1000.0], [0.0])
    lines.follow(ALONE, always)
    assert [len(series) for series in lines.series] == [100, 100]


@pytest.mark.parametrize(
    ("span", "capacity", "remark"),
    [
        (5, 10, ""),
        (11, 10, "needs 11 samples, history keeps 10"),
        ("5 s", 10, ""),
        ("1 min", 10, "over 9.0 s only: history keeps no more"),
    ],
)
def test_it_says_that_history_is_shorter_than_the_window(span: Any, capacity: int, remark: str) -> None:
    source = Series("t", "", capacity)
    source.extend(np.arange(20.0), np.zeros(20))
    lines = lines_of(source, mw.rolling_mean(span))
    lines.follow(ALONE, always)
    assert lines.remark == remark


def rates_of(values: list[float], recipe: Transform, unit: str = "") -> Series:
    """The rate of what is sent every ten seconds."""
    source = Series("t", "", 100, unit)
    lines = lines_of(source, recipe)
    source.extend([10.0 * number for number in range(len(values))], values)
    lines.follow(ALONE, always)
    return lines.series[0]


@pytest.mark.parametrize(
    ("per", "unit", "rate_unit", "rate"),
    [
        ("1 h", "kWh", "kWh/h", 720.0),
        ("1 min", "L", "L/min", 12.0),
        ("1 day", "m³", "m³/d", 17_280.0),
        ("1 week", "", "1/week", 120_960.0),
        ("15 min", "kWh", "kWh/(15 min)", 180.0),
        (timedelta(hours=1), "kWh", "kWh/h", 720.0),
        ("1 s", "m/s", "m/s²", 0.2),
        ("1 min", "m/s", "m/s/min", 12.0),
    ],
)
def test_a_rate_is_by_the_time_asked_for_and_its_unit_says_so(
    per: Any, unit: str, rate_unit: str, rate: float
) -> None:
    series = rates_of([1.0, 3.0, 5.0], mw.rate_of_change(per=per), unit)
    assert series.unit == rate_unit
    assert series.value.tolist() == pytest.approx([rate, rate])


def test_a_counter_that_is_reset_counts_from_zero() -> None:
    counted = [100.0, 110.0, 120.0, 5.0, 15.0, 15.0, 0.0, 10.0]
    series = rates_of(counted, mw.rate_of_change(per="10 s", counter=True))
    assert series.value.tolist() == pytest.approx([10.0, 10.0, 5.0, 10.0, 0.0, 0.0, 10.0])
    assert not len(series.cut().gaps)
    plain = rates_of(counted, mw.rate_of_change(per="10 s"))
    assert plain.value.min() == pytest.approx(-115.0)


def test_a_counter_that_is_corrected_by_a_little_was_not_reset() -> None:
    counted = [215.5, 215.7, 215.6, 215.7, 194.0, 195.0]
    series = rates_of(counted, mw.rate_of_change(per="10 s", counter=True))
    assert series.value.tolist() == pytest.approx([0.2, 0.1, 194.0, 1.0])
    assert not len(series.cut().gaps)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_counter_that_says_0_once_and_comes_back_gives_no_spike(size: int) -> None:
    source = Series("meter", "", 100)
    line = lines_of(source, mw.rate_of_change(per="10 s", counter=True))
    counted = [5000.0, 5001.0, 0.0, 5002.0, 5003.0, 0.0, 1.0, 3.0]
    for start in range(0, len(counted), size):
        piece = counted[start : start + size]
        source.extend([10.0 * (start + number) for number in range(len(piece))], piece)
        line.follow(ALONE, always)
    assert line.series[0].value.tolist() == pytest.approx([1.0, 0.0, 1.0, 0.0, 1.0, 2.0])


@settings(max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_no_rate_of_a_counter_is_negative_nor_beyond_what_it_counted(values: list[float]) -> None:
    series = rates_of(values, mw.rate_of_change(counter=True))
    assert (series.value >= 0).all()
    assert (series.value * 10.0 <= max(max(values), max(np.diff(values))) + 1e-6).all()


def test_units_follow_the_source() -> None:
    source = Series("t", "", 10)
    lines = [lines_of(source, recipe) for recipe in (mw.rolling_mean("1 s"), mw.rate_of_change())]
    source.unit = "hPa"
    source.extend([1.0, 2.0], [1.0, 2.0])
    for each in lines:
        each.follow(ALONE, always)
    assert [each.series[0].unit for each in lines] == ["hPa", "hPa/s"]


@pytest.mark.parametrize(
    "recipe", [*RECIPES, *(mw.difference(["*a", "b"], tolerance=f"{d} d") for d in (20, 0.1))]
)
def test_its_text_makes_it_again(recipe: Transform) -> None:
    assert eval(repr(recipe), vars(mw)) == recipe  # noqa: S307


def test_a_difference_says_why_there_is_none() -> None:
    source, here, there = (Series(topic, field, 10) for topic, field in (("a", "x"), ("a", "y"), ("b", "y")))
    lines = lines_of(source, mw.difference("*y"))
    remarks = []
    found = {("a", "x"): source}
    for more in ({}, {("b", "y"): there}, {("a", "y"): here}):
        found |= more
        lines.follow(Context(found), always)
        remarks.append(lines.remark)
    assert remarks == ["waiting for a series that matches *y", "", ""]
    here.unit, source.unit = "Cel", "hPa"
    lines.follow(Context(found), always)
    assert lines.remark == "different units: hPa and °C"
    del found["a", "y"]
    found["c", "y"] = there
    lines.follow(Context(found), always)
    assert lines.remark == "*y matches 2 series: one is wanted"


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        (lambda: mw.rolling_mean("soon"), "span is a number of samples"),
        (lambda: mw.rolling_band(1), "span is a number of samples"),
        (lambda: mw.rate_of_change(per="soon"), "^per is a time such as '1 s', '1 min' or '1 h'"),
        (lambda: mw.rate_of_change(per="5"), "or a timedelta, not '5'$"),
        (lambda: mw.rate_of_change(per=5), "or a timedelta, not 5$"),
        (lambda: mw.rate_of_change(counter="yes"), "counter is True or False"),  # type: ignore[arg-type]
        (lambda: mw.difference(""), "other is a pattern"),
        (lambda: mw.difference("*", tolerance=5), "tolerance is a time"),
        (lambda: mw.difference("*", tolerance="later"), "^tolerance is a time"),
    ],
)
def test_what_is_not_accepted_is_said_at_once(make: Any, hint: str) -> None:
    with pytest.raises(InvalidValueError, match=hint):
        make()


# Blocks.


@given(
    st.lists(st.tuples(st.sampled_from("+<-"), st.integers(1, 40)), max_size=20),
    st.integers(0, 100),
    st.sampled_from([np.add, np.minimum, np.maximum]),
)
def test_any_stretch_of_a_row_that_grows_and_shrinks_at_both_ends(
    changes: list[tuple[str, int]], begin: int, function: np.ufunc
) -> None:
    blocks, numbers, first = Blocks(function, begin), list[float](), begin
    rng = np.random.default_rng(len(changes))
    for change, count in changes:
        if change == "+":
            new = rng.integers(-99, 99, count).astype(float)
            blocks.append(new)
            numbers += new.tolist()
        elif change == "<":
            count = min(count, len(numbers))
            first += count
            del numbers[:count]
            blocks.let_go(first)
        else:
            del numbers[max(len(numbers) - count, 0) :]
            blocks.take_back(first + len(numbers))
        stretches = [(a, b) for a in range(0, len(numbers), 3) for b in range(a + 1, len(numbers) + 1, 4)]
        if stretches:
            start, stop = np.array(stretches).T
            wanted = [function.reduce(numbers[a:b]) for a, b in stretches]
            np.testing.assert_array_equal(blocks.over(start + first, stop + first), wanted)

"""The figures of a span: exact, whatever the numbers, the gaps and the order in which samples came."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import Series
from mqttwidgets.series.statistics import NOTHING, Figures, FiguresOfSeries, Moments

NUMBERS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30)


def series_of(value: list[float], *, is_state: bool = False, capacity: int = 1_000_000) -> Series:
    """A sample a second from 1 on."""
    series = Series("a", "", capacity, is_state=is_state)
    series.extend([float(n) for n in range(1, len(value) + 1)], value)
    return series


def figures(series: Series, start: float, end: float, known_until: float | None = None) -> Figures:
    """All of them, from the beginning."""
    found = FiguresOfSeries(series).between(start, end, known_until)
    assert found is not None
    return found


@given(NUMBERS, NUMBERS)
def test_moments_of_pieces_are_those_of_all(one: list[float], other: list[float]) -> None:
    joined = Moments.of(np.array(one)).joined(Moments.of(np.array(other)))
    both = [Fraction(value) for value in one + other]
    mean = sum(both, Fraction(0)) / len(both)
    largest = max(map(abs, both))
    assert joined.size == len(both)
    assert (joined.least, joined.greatest) == (min(one + other), max(one + other))
    assert abs(Fraction(joined.mean) - mean) <= largest * Fraction(1e-15) + Fraction(5e-324)
    if joined.std < math.inf:
        exact = sum(((value - mean) * (value - mean) for value in both), Fraction(0))
        square = Fraction(joined.deviation) * Fraction(joined.deviation)
        rounded = largest * Fraction(1e-14)
        room = exact * Fraction(1e-12) + rounded * rounded + Fraction(5e-324)
        assert abs(square - exact) <= room
    else:
        assert largest > 1e307


@pytest.mark.parametrize("offset", [0.0, 1e9, -1e12, 1e15])
def test_nothing_cancels_out_where_large_numbers_differ_a_little(offset: float) -> None:
    noise = np.random.default_rng(1).integers(-8, 9, 200_000).astype(float)
    found = figures(series_of((noise + offset).tolist()), 1.0, 200_000.0)
    assert found.std == pytest.approx(statistics.stdev(noise.tolist()), rel=1e-6)
    assert found.mean - offset == pytest.approx(float(noise.mean()), abs=max(1e-12, abs(offset) * 1e-15))


def test_numbers_that_are_none_do_not_count() -> None:
    assert Moments.of(np.array([1.0, math.nan, 3.0, math.inf])) == Moments.of(np.array([1.0, 3.0]))
    assert Moments.of(np.array([math.nan])) == NOTHING == NOTHING.joined(NOTHING)
    one = Moments.of(np.array([5.0]))
    assert NOTHING.joined(one) == one == one.joined(NOTHING)
    assert math.isnan(one.std)


def test_a_span_holds_both_of_its_ends_and_may_hold_nothing() -> None:
    series = series_of([10.0, 20.0, 30.0, 40.0])
    assert figures(series, 2.0, 3.0)[:4] == (2, 25.0, 20.0, 30.0)
    assert figures(series, 2.0, 3.0).rate_hz == 1.0
    nothing = figures(series, 2.1, 2.9)
    assert nothing.size == 0
    assert all(map(math.isnan, nothing[1:6]))


def test_what_comes_late_goes_or_is_let_go_is_right_each_time() -> None:
    random = np.random.default_rng(2)
    series = Series("a", "", 60_000)
    kept = FiguresOfSeries(series)
    newest = 0.0
    for step in range(40):
        count = int(random.integers(1, 6_000))
        time = newest + np.arange(1, count + 1) / 8
        newest = float(time[-1])
        if step % 3 == 2:
            time = np.sort(random.uniform(max(0.0, newest - 3_000.0), newest, count))
        series.extend(time, random.normal(1e6, 1.0, count))
        start, end = (newest * 0.3, newest * 0.9) if step % 4 else (0.0, newest + 60.0)
        is_in = (series.time >= start) & (series.time <= end)
        value = series.value[is_in]
        found = kept.between(start, end)
        assert found is not None
        assert (found.size, found.least, found.greatest) == (len(value), value.min(), value.max())
        assert found.mean == pytest.approx(value.mean(), rel=1e-14)
        assert found.std == pytest.approx(value.std(ddof=1), rel=1e-9)


def test_a_long_span_may_be_done_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    series = series_of(list(map(float, range(100_000))))
    kept = FiguresOfSeries(series)
    read: list[int] = []
    cut = series.cut

    def noted(start: int = 0, stop: int | None = None) -> object:
        read.append((stop or 0) - start)
        return cut(start, stop)

    monkeypatch.setattr(series, "cut", noted)
    clock = iter(range(1_000_000))
    monkeypatch.setattr("mqttwidgets.series.statistics.time.monotonic", lambda: float(next(clock)))
    answers = [kept.between(0.0, 2e5, limit_s=2.5) for _ in range(4)]
    assert [answer is None for answer in answers] == [True, True, True, False]
    assert answers[3] == figures(series_of(list(map(float, range(100_000)))), 0.0, 2e5)
    assert sum(read) == 100_000
    assert kept.between(0.0, 2e5, limit_s=0.5) == answers[3]
    assert sum(read) == 100_000, "nothing is read twice"


def test_a_state_is_known_from_sample_to_sample_and_not_across_gaps() -> None:
    series = series_of([1.0, 0.0, 0.0, 1.0], is_state=True)  # on 1-2, off 2-4, on from 4
    found = figures(series, 1.5, 6.0, known_until=5.0)
    assert found.stays is not None
    assert (found.size, found.stays.known_s, found.stays.on_s, found.stays.changes) == (3, 3.5, 1.5, 2)
    assert found.stays.on_share == 1.5 / 3.5

    series.mark_gap()
    series.extend([10.0, 11.0], [0.0, 1.0])
    found = figures(series, 1.0, 11.0)
    assert found.stays is not None
    assert (found.stays.known_s, found.stays.on_s, found.stays.changes) == (4.0, 1.0, 4)
    from_within = figures(series, 6.0, 11.0).stays
    assert from_within is not None
    assert from_within.known_s == 1.0, "nothing is known until 10"


def test_a_state_lasts_through_a_span_without_a_sample() -> None:
    series = series_of([0.0, 1.0, 1.0], is_state=True)
    for start, end, share in ((2.2, 2.8, 1.0), (1.2, 1.9, 0.0), (3.5, 4.0, 1.0)):
        stays = figures(series, start, end, known_until=9.0).stays
        assert stays is not None
        assert (stays.on_share, stays.changes) == (share, 0)
    assert figures(series, 0.0, 0.5).stays is None
    unknown = figures(series, 3.5, 4.0).stays
    assert unknown is not None
    assert math.isnan(unknown.on_share)


def test_a_state_of_more_than_two_has_no_share() -> None:
    stays = figures(series_of([0.0, 3.0, 1.0], is_state=True), 1.0, 3.0).stays
    assert stays is not None
    assert math.isnan(stays.on_share)
    assert stays.changes == 2


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=40), st.integers(1, 7))
def test_stays_of_pieces_are_those_of_all(value: list[float], block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mqttwidgets.series.statistics._BLOCK", block)
        pieces = figures(series_of(value, is_state=True), 1.25, len(value) - 0.25)
    whole = figures(series_of(value, is_state=True), 1.25, len(value) - 0.25)
    assert pieces[:-1] == pytest.approx(whole[:-1], nan_ok=True)
    assert pieces.stays == whole.stays

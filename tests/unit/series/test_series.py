"""The ring buffer, against a plain list."""

from __future__ import annotations

import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqttwidgets import Series

BATCHES = st.lists(
    st.one_of(st.none(), st.lists(st.integers(0, 50).map(lambda number: number / 100), max_size=12)),
    min_size=1,
    max_size=12,
)
"""Within half a second, so that no silence is a pause."""


@settings(max_examples=500)
@given(BATCHES, st.integers(2, 20))
def test_it_keeps_the_newest_in_order_and_gaps_where_they_were(
    batches: list[list[float] | None], capacity: int
) -> None:
    """None stands for a gap; values number the samples, so that ties show whether the order is stable."""
    series, kept, number, gap_waits = Series("t", "", capacity), list[tuple[float, float, bool]](), 0, False
    for batch in batches:
        if batch is None:
            series.mark_gap()
            gap_waits = number > 0
            continue
        new = [(time, float(number + index), False) for index, time in enumerate(batch)]
        number += len(new)
        series.extend([time for time, _, _ in new], [value for _, value, _ in new])
        on_time = [sample for sample in new if not kept or sample[0] >= kept[-1][0]]
        if gap_waits and on_time:
            first = min(on_time, key=lambda sample: sample[0])
            new[new.index(first)] = (*first[:2], True)
            gap_waits = False
        kept = sorted([*kept, *new], key=lambda sample: sample[0])[-capacity:]
    assert list(zip(series.time, series.value, strict=True)) == [sample[:2] for sample in kept]
    assert (len(series), series.total) == (len(kept), number)
    assert series.last == (kept[-1][:2] if kept else None)
    assert series.cut().gaps.tolist() == [index for index, sample in enumerate(kept) if index and sample[2]]


def test_a_late_sample_does_not_close_a_gap() -> None:
    series = Series("t", "", capacity=10)
    series.extend([1.0, 2.0], [0.0, 0.0])
    series.mark_gap()
    series.extend([10.0, 11.0], [0.0, 0.0])
    series.extend([1.5], [0.0])
    assert (series.time.tolist(), series.cut().gaps.tolist()) == ([1.0, 1.5, 2.0, 10.0, 11.0], [3])


def test_a_copy_stays_as_it_is() -> None:
    series = Series("t", "f", capacity=4, unit="V")
    series.extend([1.0, 2.0], [1.0, 2.0])
    twin = series.copy()
    series.extend(np.arange(3.0, 13.0), np.zeros(10))
    assert (twin.time.tolist(), twin.total, twin.unit) == ([1.0, 2.0], 2, "V")


@given(BATCHES, BATCHES, st.integers(2, 70))
def test_neither_a_series_nor_its_copy_sees_what_the_other_gets(
    before: list[list[float] | None], after: list[list[float] | None], capacity: int
) -> None:
    series = Series("t", "", capacity)
    fill(series, before)
    twin = series.copy()
    was = everything(series)
    fill(series, after)
    assert everything(twin) == was
    twice = Series("t", "", capacity)
    fill(twice, [*before, *after])
    assert everything(series) == everything(twice)
    fill(twin, after)
    assert everything(twin) == everything(twice)


def fill(series: Series, batches: list[list[float] | None]) -> None:
    """Values are the times; None stands for a gap."""
    for batch in batches:
        if batch is None:
            series.mark_gap()
        else:
            series.extend(batch, batch)


def everything(series: Series) -> tuple[list[float], list[float], int, list[int], tuple[float, float] | None]:
    cut = series.cut()
    return cut.time.tolist(), cut.value.tolist(), cut.first, cut.gaps.tolist(), series.last


@given(BATCHES, st.integers(2, 70))
def test_it_tells_how_far_late_samples_changed_nothing(batches: list[list[float] | None], capacity: int) -> None:
    series = Series("t", "", capacity)
    seen = []
    for batch in batches:
        fill(series, [batch])
        seen.append((series.merges, by_position(series)))
    now = by_position(series)
    for merges, samples in seen:
        unchanged = series.unchanged_to(merges)
        for position in samples.keys() & now.keys():
            assert position >= unchanged or samples[position] == now[position]


def by_position(series: Series) -> dict[int, float]:
    return dict(enumerate(series.time.tolist(), series.cut().first))


def test_an_append_changes_nothing_and_a_late_sample_what_is_behind_it() -> None:
    series = Series("t", "", capacity=100_000)
    series.extend(np.arange(50_000.0), np.zeros(50_000))
    series.extend([50_000.0], [0.0])
    assert (series.merges, series.unchanged_to(0)) == (0, 50_001)
    series.extend([40_000.5], [0.0])
    assert (series.merges, series.unchanged_to(0), series.unchanged_to(1)) == (1, 40_001, 50_002)
    for number in range(200):
        series.extend([49_000.5 + number], [0.0])
    assert series.unchanged_to(0) in range(40_002)
    assert series.unchanged_to(200) == series.position_at(49_199.5)


def test_late_samples_anywhere_in_a_long_history() -> None:
    rng = np.random.default_rng(1)
    times = rng.permutation(40_000).astype(float)
    series = Series("t", "", capacity=30_000)
    series.extend([20_000.0], [20_000.0])
    series.mark_gap()
    for start in range(0, 40_000, 500):
        series.extend(times[start : start + 500], times[start : start + 500])
        assert (np.diff(series.time) >= 0).all()
    assert series.total == 40_001
    assert (series.value == series.time).all()
    assert len(series.cut().gaps) <= 1


def test_gaps_of_samples_let_go_are_forgotten() -> None:
    series = Series("t", "", capacity=100)
    tracemalloc.start()
    try:
        for number in range(20_000):
            series.mark_gap()
            series.extend([float(number)], [0.0])
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 20_000
    assert series.cut().gaps.tolist() == list(range(1, 100))


def test_after_a_long_backfill_a_late_sample_still_moves_only_its_neighbours() -> None:
    series = Series("t", "", capacity=2_000_000)
    series.extend(np.arange(500_000.0), np.zeros(500_000))
    for start in range(0, 600_000, 20_000):
        late = 100.0 + np.arange(start, start + 20_000) / 1e6
        series.extend(late, late)
    tracemalloc.start()
    try:
        series.extend([100.3], [0.0])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * 65_536 * 16 * 2
    assert (np.diff(series.time) >= 0).all()
    assert len(series) == 1_100_001


def test_a_copy_of_a_long_series_shares_what_is_finished() -> None:
    series = Series("t", "", capacity=2_000_000)
    series.extend(np.arange(2e6), np.zeros(2_000_000))
    tracemalloc.start()
    try:
        twin = series.copy()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2 * 65_536 * 16
    assert (len(twin), twin.last) == (2_000_000, (1_999_999.0, 0.0))


def test_memory_comes_with_the_samples() -> None:
    tracemalloc.start()
    try:
        series = Series("t", "", capacity=1_000_000)
        series.extend([0.0], [0.0])
        few, _ = tracemalloc.get_traced_memory()
        for start in range(0, 2_000_000, 1000):
            times = np.arange(start, start + 1000.0)
            series.extend(times, times)
        many, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert few < 100_000
    assert many <= peak < 20 * 1_000_000


def test_it_grows_and_wraps() -> None:
    series = Series("t", "", capacity=5000)
    for start in range(0, 12_000, 700):
        times = np.arange(start, start + 700, dtype=float)
        series.extend(times, -times)
    assert series.time.tolist() == list(range(series.total - 5000, series.total))
    assert (series.value == -series.time).all()


def test_a_batch_larger_than_the_ring() -> None:
    series = Series("t", "", capacity=10)
    series.extend(np.arange(1000.0), np.arange(1000.0))
    assert series.time.tolist() == list(range(990, 1000))
    assert series.total == 1000


def test_gaps_stand_before_the_first_sample_after_them() -> None:
    series = Series("t", "", capacity=10)
    series.mark_gap()
    series.extend([1.0, 2.0], [1.0, 2.0])
    series.mark_gap()
    series.mark_gap()
    series.extend([3.0], [3.0])
    assert series.cut().gaps.tolist() == [2]
    assert series.cut(1, 3).gaps.tolist() == [1]
    assert series.cut(2, 3).gaps.tolist() == []
    series.extend(np.arange(4.0, 14.0), np.arange(10.0))
    assert series.cut().gaps.tolist() == []


def test_cuts_are_copies() -> None:
    series = Series("t", "", capacity=4)
    series.extend([1.0], [1.0])
    series.value[0] = 9.0
    assert series.value.tolist() == [1.0]


def test_positions() -> None:
    series = Series("t", "", capacity=4)
    series.extend(np.arange(10.0), np.arange(10.0))
    assert [series.position_at(time) for time in (0.0, 7.0, 7.5, 99.0)] == [6, 7, 8, 10]
    assert series.cut(0, 3).time.tolist() == []


def test_its_label_and_unit() -> None:
    series = Series("lab/oven", "Temperature", 4, unit="°C")
    assert (series.label, series.unit) == ("lab/oven Temperature", "°C")
    assert repr(series) == "<Series 'lab/oven Temperature', 0 samples>"
    assert Series("lab/oven", "", 4).label == "lab/oven"


@pytest.mark.timeout(60)
def test_reading_while_another_thread_writes() -> None:
    series, stop = Series("t", "", capacity=3000), threading.Event()

    def write() -> None:
        for number in range(0, 400_000, 37):
            times = np.arange(number, number + 37, dtype=float)
            series.extend(times, 2 * times)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not stop.is_set():
            cut = series.cut()
            assert (cut.value == 2 * cut.time).all()
            assert (np.diff(cut.time) == 1).all()
    finally:
        writer.join()


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60), st.booleans()), max_size=12), st.integers(2, 100)
)
def test_what_is_computed_anew_takes_the_place_of_what_stood_there(
    changes: list[tuple[int, int, bool]], capacity: int
) -> None:
    """Each change: how many samples go back, how many come, whether a copy is made; copies stay as they are."""
    series, copies = Series("t", "", capacity), list[tuple[Series, object]]()
    kept: dict[int, tuple[float, bool]] = {}
    for number, (back, count, is_copied) in enumerate(changes):
        start = max(series.total - back, series.oldest)
        kept = {position: kept[position] for position in range(series.oldest, start)}
        kept |= {start + index: (float(number), index % 7 == 1) for index in range(count)}
        gaps = range(1, count, 7)
        series.rewrite(start, np.arange(start, start + count, dtype=float), np.full(count, float(number)), gaps)
        kept = {
            position: kept[position] for position in range(max(max(kept) + 1 - capacity, min(kept)), max(kept) + 1)
        }
        cut = series.cut()
        assert (cut.first, cut.time.tolist()) == (min(kept), [float(position) for position in kept])
        assert cut.value.tolist() == [value for value, _ in kept.values()]
        assert (cut.gaps + cut.first).tolist() == [
            position for position, (_, is_gap) in kept.items() if is_gap and position > cut.first
        ]
        if is_copied:
            copies.append((series.copy(), everything(series)))
    for twin, was in copies:
        assert everything(twin) == was


def test_taking_back_is_told_as_late_samples_are() -> None:
    series = Series("t", "", capacity=100)
    series.extend(np.arange(10.0), np.zeros(10))
    series.rewrite(4, np.arange(4.0, 6.0), np.ones(2))
    assert (series.merges, series.unchanged_to(0), series.total) == (1, 4, 6)
    series.rewrite(0, np.empty(0), np.empty(0))
    assert (series.last, len(series), series.cut().time.tolist()) == (None, 0, [])
    offspring = series.offspring("mean", "V")
    assert (offspring.label, offspring.unit, offspring.capacity) == ("t mean", "V", 100)

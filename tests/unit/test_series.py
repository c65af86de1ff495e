"""The ring buffer, against a plain list."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqttwidgets import Series

BATCHES = st.lists(
    st.one_of(st.none(), st.lists(st.integers(0, 50).map(float), max_size=12)), min_size=1, max_size=12
)


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

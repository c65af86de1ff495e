"""Memory that all series of a stream share: which are shortened, and what that leaves untouched."""

from __future__ import annotations

import tracemalloc
from datetime import timezone

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import AutoDecoder, Message, SensorStream, Series, TopicFilter
from mqttwidgets.base.locks import ForkLock
from mqttwidgets.base.times import Window
from mqttwidgets.live.eviction import BYTES_A_SAMPLE, SharedMemory, common_length
from mqttwidgets.live.store import SeriesStore
from mqttwidgets.plot import texts
from mqttwidgets.plot.decimate import Grid
from mqttwidgets.plot.growing import PointsInView
from mqttwidgets.plot.view import View

from ...support.feeding import feed


def store_of(samples: int) -> SeriesStore:
    """A store with room for so many samples in all."""
    memory = SharedMemory(samples * BYTES_A_SAMPLE)
    filters = [TopicFilter("#")]
    return SeriesStore(AutoDecoder(), filters, 10_000_000, None, 50, ForkLock(rank=0), memory)


def take(store: SeriesStore, topic: str, start: int, count: int) -> None:
    for number in range(start, start + count):
        store.take(Message(topic, str(number).encode(), 0, False, 1e9 + number))
    store.flush()


def test_the_longest_series_lose_their_oldest_samples_and_slow_ones_none() -> None:
    store, largest = store_of(1000), 0
    for round_ in range(100):
        for topic in ("fast", "faster"):
            take(store, topic, 20 * round_, 20)
        take(store, "slow", round_, 1)
        largest = max(largest, sum(map(len, store.shown().values())))
    lengths = {topic: len(series) for (topic, _), series in store.shown().items()}
    assert lengths["slow"] == 100
    assert lengths["fast"] == lengths["faster"] > 400
    assert largest <= 1000
    for topic, start in (("fast", 2000), ("slow", 100)):
        series = store.shown()[topic, ""]
        assert series.value.tolist() == list(range(start - lengths[topic], start))


def test_it_is_told() -> None:
    store = store_of(1000)
    take(store, "a", 0, 900)
    assert store.memory.remark == ""
    take(store, "a", 900, 200)
    assert store.memory.remark == "history of the longest series shortened to 923 samples: 0 MB are full"
    assert "<span>it is full</span>" in texts.footer(SensorStream("a").ledger.page(), "1 series", ["it is full"])
    assert SensorStream("a").remarks == ()


def test_it_is_seldom_that_anything_is_shortened() -> None:
    store, seen = store_of(10_000), set()
    for round_ in range(1000):
        take(store, str(round_ % 20), 50 * round_, 50)
        seen.add(store.memory.shortened_to)
    assert len(seen) <= 20


@given(st.lists(st.integers(0, 100), min_size=1, max_size=20), st.integers(0, 2000))
def test_a_common_length_fits_and_is_the_longest_that_does(lengths: list[int], total: int) -> None:
    most = common_length(lengths, total)
    assert most == 1 or sum(min(length, most) for length in lengths) <= total
    assert most >= max(lengths) or sum(min(length, most + 1) for length in lengths) > total


STEPS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 50).map(lambda number: number / 100), max_size=30),
        st.booleans(),
        st.none() | st.integers(1, 100),
    ),
    min_size=1,
    max_size=15,
)


@given(STEPS, st.integers(20, 2000))
def test_a_series_that_is_shortened_is_as_one_that_was_never_longer(
    steps: list[tuple[list[float], bool, int | None]], capacity: int
) -> None:
    """Positions, gaps, copies and late samples: each step stores a batch, and may mark a gap and shorten."""
    series, kept, total, seen = Series("t", "", capacity), list[tuple[float, float]](), 0, []
    for batch, has_gap, shortened in steps:
        if has_gap:
            series.mark_gap()
        values = np.arange(total, total + len(batch), dtype=float)
        series.extend(batch, values)
        total += len(batch)
        kept = sorted([*kept, *zip(batch, values.tolist(), strict=True)], key=lambda sample: sample[0])[-capacity:]
        twin, was = series.copy(), series.cut()
        if shortened is not None:
            series.shorten(shortened)
            capacity = min(capacity, shortened)
            kept = kept[-capacity:]
        now = series.cut()
        assert list(zip(now.time, now.value, strict=True)) == kept
        assert (series.total, series.oldest, now.first) == (total, total - len(kept), total - len(kept))
        begun = now.first - was.first
        assert now.gaps.tolist() == [gap - begun for gap in was.gaps.tolist() if gap > begun]
        assert twin.cut().time.tolist() == was.time.tolist()
        seen.append((series.merges, dict(enumerate(now.value.tolist(), now.first))))
        for merges, values_then in seen:
            unchanged = series.unchanged_to(merges)
            same = {at: value for at, value in enumerate(now.value.tolist(), now.first) if at < unchanged}
            assert all(values_then.get(at, value) == value for at, value in same.items())


def test_memory_is_given_back() -> None:
    tracemalloc.start()
    try:
        series = Series("t", "", 2_000_000)
        series.extend(np.arange(1e6), np.zeros(1_000_000))
        series.shorten(500_000)
        half, _ = tracemalloc.get_traced_memory()
        series.shorten(10_000)
        little, _ = tracemalloc.get_traced_memory()
        for start in range(1_000_000, 1_200_000, 1000):
            series.extend(np.arange(start, start + 1000.0), np.zeros(1000))
        later, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert half < 16 * 500_000 * 1.3
    assert little < 16 * 10_000 * 1.5
    assert later < 16 * 10_000 * 1.5


def test_a_line_goes_on_when_its_history_is_shortened() -> None:
    series, shown, buckets = Series("t", "", 100_000), PointsInView(), Grid(seconds=500.0)
    for start in range(0, 40_000, 100):
        series.extend(np.arange(start, start + 100.0), np.arange(100.0))
        shown.follow(series, buckets, 100, max(series.total - 50_000, series.oldest), in_samples=True)
        if start == 20_000:
            series.shorten(5000)
            cut = shown.cut
    assert shown.cut == cut
    assert shown.points.time[0] >= 35_000 - 500
    assert shown.points.time[-1] == 39_999.0


def test_a_paused_picture_keeps_what_is_let_go() -> None:
    stream = SensorStream("#")
    feed(stream, "a", *range(100))
    view = View(stream, Window.parse(100))
    view.freeze(99.0)
    stream.series["a", ""].shorten(10)
    feed(stream, "a", *range(20), start=100.0)
    (line,) = view.frame(120.0, timezone.utc, "UTC").lines
    assert line.value.tolist() == list(range(100))
    view.thaw()
    (line,) = view.frame(120.0, timezone.utc, "UTC").lines
    assert line.value.tolist() == list(range(10, 20))

"""All samples of one sensor's number, in a ring buffer."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_FIRST_ALLOCATION = 1024
_MERGES_REMEMBERED = 64


class Cut(NamedTuple):
    """A run of consecutive samples, as copies.

    Attributes:
        time: shape (n,), epoch seconds, ascending.
        value: shape (n,).
        first: position of the first one, counted from the first sample that the series ever had.
        gaps: indices into the arrays of those samples before which the link was down.
    """

    time: FloatArray
    value: FloatArray
    first: int
    gaps: IntArray


class _Samples(NamedTuple):
    """Arrays of one length: times, values, and whether the link was down before each."""

    time: FloatArray
    value: FloatArray
    after_gap: NDArray[np.bool_]

    def each(self, action: Callable[[Any], Any]) -> _Samples:
        """What `action` makes of each array."""
        return _Samples(*map(action, self))


class Series:
    """The samples of one (topic, field), the newest `capacity` of them, in order of time.

    Memory is 17 bytes a sample, allocated as samples come. Any thread may call it: the SensorStream that fills it
    and whoever reads it meet in `lock`.

    Args:
        topic: the topic name.
        field: which number in the payload.
        capacity: samples kept.
        unit: as the payload names it, or `""`.
        is_state: True for a state such as ON or OFF, which lasts until the next sample.
        lock: guards it; a SensorStream gives all its series its own. None makes one.

    Example:
        >>> series = Series("lab/oven", "Temperature", capacity=3, unit="°C")
        >>> series.extend([1.0, 2.0, 4.0, 3.0], [10.0, 20.0, 40.0, 30.0])
        >>> series.time, series.value, series.total
        (array([2., 3., 4.]), array([20., 30., 40.]), 4)
    """

    def __init__(
        self,
        topic: str,
        field: str,
        capacity: int,
        unit: str = "",
        *,
        is_state: bool = False,
        lock: threading.RLock | None = None,
    ) -> None:
        self.topic = topic
        self.field = field
        self.unit = unit
        self.is_state = is_state
        self.total = 0
        """Samples ever stored, those included that the ring has let go."""
        self._lock = threading.RLock() if lock is None else lock
        self._capacity = capacity
        size = min(capacity, _FIRST_ALLOCATION)
        self._ring = _Samples(np.zeros(size), np.zeros(size), np.zeros(size, bool))
        self._gap_before_next = False
        self.merges = 0
        """How often late samples were put among earlier ones."""
        # (which merge, from which position on), both ascending
        self._merged_at: deque[tuple[int, int]] = deque(maxlen=_MERGES_REMEMBERED)

    def __len__(self) -> int:
        return min(self.total, self._capacity)

    def __repr__(self) -> str:
        return f"<Series {self.label!r}, {len(self):,} samples>"

    @property
    def label(self) -> str:
        """The full name: topic and field."""
        return f"{self.topic} {self.field}" if self.field else self.topic

    @property
    def time(self) -> FloatArray:
        """Times of all samples kept, shape (n,), epoch seconds, ascending; a copy."""
        return self.cut().time

    @property
    def value(self) -> FloatArray:
        """Values of all samples kept, shape (n,); a copy."""
        return self.cut().value

    @property
    def last(self) -> tuple[float, float] | None:
        """(time, value) of the newest sample."""
        with self._lock:
            if not self.total:
                return None
            slot = (self.total - 1) % len(self._ring.time)
            return float(self._ring.time[slot]), float(self._ring.value[slot])

    @property
    def is_interrupted(self) -> bool:
        """Whether samples may be missing after the newest one."""
        return self._gap_before_next

    def mark_gap(self) -> None:
        """Note that samples may be missing between the newest one and the next."""
        with self._lock:
            self._gap_before_next = self.total > 0

    def extend(self, time: FloatArray | list[float], value: FloatArray | list[float]) -> None:
        """Store samples; those that are late are put where they belong.

        Args:
            time: shape (n,), epoch seconds, in any order.
            value: shape (n,).
        """
        new = _Samples(np.asarray(time, float), np.asarray(value, float), np.zeros(len(time), bool))
        if not len(new.time):
            return
        with self._lock:
            newest = self.last
            previous = new.time[0] if newest is None else newest[0]
            if self._gap_before_next:
                self._gap_before_next = not _mark_first_from(previous, new)
            if new.time[0] < previous or np.any(np.diff(new.time) < 0):
                new = self._merged(new)
            self._append(new)

    def copy(self) -> Series:
        """The same samples in a series that nothing is added to."""
        with self._lock:
            twin = Series(self.topic, self.field, self._capacity, self.unit, is_state=self.is_state)
            twin.total = self.total
            twin._ring = self._ring.each(np.copy)
            twin._gap_before_next = self._gap_before_next
            return twin

    def cut(self, start: int = 0, stop: int | None = None) -> Cut:
        """Copies of the samples at positions `start` to `stop`, as far as they are kept.

        Args:
            start: first position wanted, counted from the first sample that the series ever had.
            stop: one past the last; None for all.
        """
        with self._lock:
            stop = self.total if stop is None else min(stop, self.total)
            start = min(max(start, self.total - len(self)), stop)
            time, value, after_gap = self._read(start, stop)
            return Cut(time, value, start, np.flatnonzero(after_gap[1:]) + 1)

    def position_at(self, time: float) -> int:
        """The position of the first sample at or after `time` (epoch seconds); `total` when there is none."""
        with self._lock:
            oldest = self.total - len(self)
            return bisect_left(range(self.total), time, lo=oldest, key=self.time_at)

    def time_at(self, position: int) -> float:
        """The time of the sample at a position that is kept, epoch seconds."""
        with self._lock:
            return float(self._ring.time[position % len(self._ring.time)])

    def unchanged_to(self, merges: int) -> int:
        """Up to which position samples stand where they stood when `merges` was so many, one past the last.

        Args:
            merges: what `merges` was then.
        """
        with self._lock:
            if merges == self.merges:
                return self.total
            later = bisect_right(self._merged_at, (merges, self.total))
            is_remembered = self.merges - merges <= _MERGES_REMEMBERED
            return self._merged_at[later][1] if is_remembered else 0

    def _note_merge(self, start: int) -> None:
        """Remember that samples changed from position `start` on; earlier merges behind it are covered by it."""
        self.merges += 1
        while self._merged_at and self._merged_at[-1][1] >= start:
            self._merged_at.pop()
        self._merged_at.append((self.merges, start))

    def _read(self, start: int, stop: int) -> _Samples:
        size = len(self._ring.time)
        low, high = start % size, start % size + (stop - start)
        if high <= size:
            return self._ring.each(lambda array: array[low:high].copy())
        return self._ring.each(lambda array: np.concatenate((array[low:], array[: high - size])))

    def _append(self, new: _Samples) -> None:
        count = len(new.time)
        self._make_room(count)
        size = len(self._ring.time)
        skipped = max(0, count - size)
        slots = np.arange(self.total + skipped, self.total + count) % size
        for ring, array in zip(self._ring, new, strict=True):
            ring[slots] = array[skipped:]
        self.total += count

    def _make_room(self, coming: int) -> None:
        """Grow by doubling until the ring has its full capacity; before that it has never wrapped."""
        present = len(self._ring.time)
        wanted = min(self.total + coming, self._capacity)
        if wanted <= present:
            return
        room = min(max(wanted, 2 * present), self._capacity) - present
        self._ring = self._ring.each(lambda array: np.concatenate((array, np.zeros(room, array.dtype))))

    def _merged(self, new: _Samples) -> _Samples:
        """The new samples merged with those stored samples that are later; the latter are taken off the ring."""
        start = max(self.position_at(float(new.time.min())), self.total - len(self))
        self._note_merge(start)
        later = self._read(start, self.total)
        self.total = start
        time, value, after_gap = (np.concatenate(pair) for pair in zip(later, new, strict=True))
        order = np.argsort(time, kind="stable")
        return _Samples(time, value, after_gap).each(lambda array: array[order])


def _mark_first_from(newest: float, new: _Samples) -> bool:
    """Put the gap before the earliest of the new samples that is not late; whether there is one."""
    on_time = np.flatnonzero(new.time >= newest)
    if not len(on_time):
        return False
    new.after_gap[on_time[np.argmin(new.time[on_time])]] = True
    return True

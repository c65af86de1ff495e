"""All samples of one sensor's number, in a ring buffer."""

from __future__ import annotations

import threading
from bisect import bisect_left
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_FIRST_ALLOCATION = 1024


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


class Series:
    """The samples of one (topic, field), the newest `capacity` of them, in order of time.

    Memory is 16 bytes a sample, allocated as samples come. Any thread may call it: the SensorStream that fills it
    and whoever reads it meet in `lock`.

    Args:
        topic: the topic name.
        field: which number in the payload.
        capacity: samples kept.
        unit: as the payload names it, or `""`.
        lock: guards it; a SensorStream gives all its series its own. None makes one.

    Example:
        >>> series = Series("lab/oven", "Temperature", capacity=3, unit="°C")
        >>> series.extend([1.0, 2.0, 4.0, 3.0], [10.0, 20.0, 40.0, 30.0])
        >>> series.time, series.value, series.total
        (array([2., 3., 4.]), array([20., 30., 40.]), 4)
    """

    def __init__(
        self, topic: str, field: str, capacity: int, unit: str = "", lock: threading.RLock | None = None
    ) -> None:
        self.topic = topic
        self.field = field
        self.unit = unit
        self.total = 0
        """Samples ever stored, those included that the ring has let go."""
        self._lock = threading.RLock() if lock is None else lock
        self._capacity = capacity
        self._time: FloatArray = np.empty(min(capacity, _FIRST_ALLOCATION))
        self._value: FloatArray = np.empty_like(self._time)
        self._gaps: list[int] = []
        self._gap_before_next = False

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
            slot = (self.total - 1) % len(self._time)
            return float(self._time[slot]), float(self._value[slot])

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
        new_time, new_value = np.asarray(time, float), np.asarray(value, float)
        if not len(new_time):
            return
        with self._lock:
            if self._gap_before_next:
                self._gaps.append(self.total)
                self._gap_before_next = False
            newest = self.last
            previous = new_time[0] if newest is None else newest[0]
            if new_time[0] < previous or np.any(np.diff(new_time) < 0):
                new_time, new_value = self._merged(new_time, new_value)
            self._append(new_time, new_value)
            self._forget_old_gaps()

    def cut(self, start: int = 0, stop: int | None = None) -> Cut:
        """Copies of the samples at positions `start` to `stop`, as far as they are kept.

        Args:
            start: first position wanted, counted from the first sample that the series ever had.
            stop: one past the last; None for all.
        """
        with self._lock:
            stop = self.total if stop is None else min(stop, self.total)
            start = min(max(start, self.total - len(self)), stop)
            low, high = bisect_left(self._gaps, start + 1), bisect_left(self._gaps, stop)
            gaps = np.asarray(self._gaps[low:high], np.int64) - start
            return Cut(self._read(self._time, start, stop), self._read(self._value, start, stop), start, gaps)

    def position_at(self, time: float) -> int:
        """The position of the first sample at or after `time` (epoch seconds); `total` when there is none."""
        with self._lock:
            oldest = self.total - len(self)
            return bisect_left(range(self.total), time, lo=oldest, key=self._time_at)

    def _time_at(self, position: int) -> float:
        return float(self._time[position % len(self._time)])

    def _read(self, ring: FloatArray, start: int, stop: int) -> FloatArray:
        size = len(ring)
        low, high = start % size, start % size + (stop - start)
        if high <= size:
            return np.array(ring[low:high])
        return np.concatenate((ring[low:], ring[: high - size]))

    def _append(self, time: FloatArray, value: FloatArray) -> None:
        self._make_room(len(time))
        size = len(self._time)
        skipped = max(0, len(time) - size)
        slots = np.arange(self.total + skipped, self.total + len(time)) % size
        self._time[slots], self._value[slots] = time[skipped:], value[skipped:]
        self.total += len(time)

    def _make_room(self, coming: int) -> None:
        """Grow by doubling until the ring has its full capacity; before that it has never wrapped."""
        wanted = min(self.total + coming, self._capacity)
        if wanted <= len(self._time):
            return
        size = min(max(wanted, 2 * len(self._time)), self._capacity)
        for name in ("_time", "_value"):
            old: FloatArray = getattr(self, name)
            grown = np.empty(size)
            grown[: self.total] = old[: self.total]
            setattr(self, name, grown)

    def _merged(self, time: FloatArray, value: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The new samples merged with those stored samples that are later; the latter are taken off the ring."""
        start = self.position_at(float(time.min()))
        later = self.cut(start)
        all_time, all_value = np.concatenate((later.time, time)), np.concatenate((later.value, value))
        order = np.argsort(all_time, kind="stable")
        self.total = later.first
        return all_time[order], all_value[order]

    def _forget_old_gaps(self) -> None:
        oldest = self.total - len(self)
        while self._gaps and self._gaps[0] <= oldest:
            del self._gaps[0]

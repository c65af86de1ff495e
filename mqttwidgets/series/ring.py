"""The samples of one number of one sensor, in a ring buffer."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np

from ..base.description import NOTHING_SAID, Category, Description
from ..base.locks import ForkLock
from ..base.model import FloatArray, IntArray
from .chunks import ChunkedSamples
from .gaps import Pauses

__all__ = ["Cut", "FloatArray", "IntArray", "Series"]

_MERGES_REMEMBERED = 64
_KEPT_REMEMBERED = 100
_ARRIVAL_WEIGHT = 0.5  # a time of arrival, beside a time and a value


class Cut(NamedTuple):
    """A run of consecutive samples, as copies.

    Attributes:
        time: shape (n,), epoch seconds, ascending.
        value: shape (n,).
        first: position of the first one, counted from the first sample that the series ever had.
        gaps: indices into the arrays of those samples before which samples may be missing: the link was down, or
            the silence was a pause (see Pauses).
    """

    time: FloatArray
    value: FloatArray
    first: int
    gaps: IntArray


class Series:
    """The samples of one (topic, field), the newest `capacity` of them, in order of time.

    There is a gap before a sample where the link was down, and, of a measurement, where the silence before it was
    much longer than usual for this series, by the samples' own times. A late sample says nothing of what is usual;
    where late ones fill a silence, the gap goes, but history that is filled in before the oldest sample has none.
    There is also one behind a measurement that the broker had kept since nobody knows when: see `kept_at`.

    It takes 17 bytes a sample at most, allocated as samples come, or 25 where samples have times of their own, as
    the time of their arrival is then kept, too. Any thread may call it: `lock` guards it between the SensorStream
    that fills it and its readers.

    Args:
        topic: the topic name.
        field: which number in the payload.
        capacity: how many samples are kept.
        unit: as the payload names it, or `""`.
        is_state: True for a state such as ON or OFF, which lasts until the next sample.
        lock: guards it; a SensorStream shares its own with all its series. None makes one.

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
        lock: ForkLock | None = None,
    ) -> None:
        self.topic = topic
        self.field = field
        self.unit = unit
        self.is_state = is_state
        self.description: Description = NOTHING_SAID
        """All that devices, names and a person say of it; its unit is `unit`."""
        self._lock = ForkLock(rank=0) if lock is None else lock
        self._samples = ChunkedSamples(capacity)
        self._pauses = Pauses()
        self._gap_before_next = False
        self._is_computed = False
        self._kept_at: deque[float] = deque(maxlen=_KEPT_REMEMBERED)
        self.merges = 0
        """How often late samples were inserted among earlier ones."""
        # (which merge, from which position on), both ascending
        self._merged_at: deque[tuple[int, int]] = deque(maxlen=_MERGES_REMEMBERED)

    def __len__(self) -> int:
        return self._samples.total - self._samples.oldest

    def __repr__(self) -> str:
        return f"<Series {self.label!r}, {len(self):,} samples>"

    @property
    def label(self) -> str:
        """The full name: topic and field."""
        return f"{self.topic} {self.field}" if self.field else self.topic

    @property
    def name(self) -> str:
        """A name for people, as a device describes itself or `names=` has it; `""` where nobody gives one."""
        return self.description.name

    @property
    def device(self) -> str:
        """The name of its device for people, as that describes itself; `""` where it does not."""
        return self.description.device

    @property
    def quantity(self) -> str:
        """The quantity in a word of Home Assistant's, such as "temperature"; `""` where nothing tells it."""
        return self.description.quantity

    @property
    def category(self) -> Category:
        """One of "measurement", "diagnostic" (how the device is), "setting" (how it is set) and "state"."""
        return self.description.category or ("state" if self.is_state else "measurement")

    @property
    def total(self) -> int:
        """How many samples were ever stored, including those that are no longer kept."""
        return self._samples.total

    @property
    def oldest(self) -> int:
        """Position of the oldest sample kept."""
        return self._samples.oldest

    @property
    def capacity(self) -> int:
        """How many samples are kept at most."""
        return self._samples.capacity

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
            return self._samples.newest

    @property
    def is_interrupted(self) -> bool:
        """Whether samples may be missing after the newest one."""
        return self._gap_before_next

    @property
    def kept_at(self) -> tuple[float, ...]:
        """Times of samples that the broker had kept, without a time of their own, ascending; the newest hundred.

        These are times of arrival, epoch seconds: the values may have been measured long before.
        """
        return tuple(self._kept_at)

    @property
    def ends_kept(self) -> bool:
        """Whether the newest sample is one that the broker had kept."""
        last = self.last if self._kept_at else None
        return last is not None and last[0] == self._kept_at[-1]

    def note_kept(self, time: float) -> None:
        """Note that the sample of that time, stored or about to be, was kept by the broker."""
        with self._lock:
            self._kept_at.append(time)

    def mark_gap(self) -> None:
        """Note that samples may be missing between the newest one and the next."""
        with self._lock:
            self._gap_before_next = self.total > 0

    def extend(
        self,
        time: FloatArray | list[float],
        value: FloatArray | list[float],
        arrival: FloatArray | list[float] | None = None,
    ) -> None:
        """Store samples; late ones are inserted where they belong.

        Args:
            time: shape (n,), epoch seconds, in any order.
            value: shape (n,).
            arrival: shape (n,), when they arrived, epoch seconds; None if each arrived at its own time.
        """
        if not len(time):
            return
        with self._lock:
            newest = self._samples.newest
            if isinstance(time, list) and time == sorted(time) and (newest is None or newest[0] <= time[0]):
                self._append(time, value, newest and newest[0], arrival)  # as most come, a few at a time
                return
            time, value = np.asarray(time, float), np.asarray(value, float)
            arrival = None if arrival is None else np.asarray(arrival, float)
            if not (time[1:] >= time[:-1]).all():
                order = np.argsort(time, kind="stable")
                time, value = time[order], value[order]
                arrival = None if arrival is None else arrival[order]
            if newest is not None and time[0] < newest[0]:
                late = int(time.searchsorted(newest[0]))
                of_late = None if arrival is None else arrival[:late]
                self._samples.insert(time[:late], value[:late], on_moved=self._note_merge, arrival=of_late)
                time, value = time[late:], value[late:]
                arrival = None if arrival is None else arrival[late:]
            if len(time):
                self._append(time, value, newest and newest[0], arrival)

    def rewrite(self, start: int, time: FloatArray, value: FloatArray, gaps: Iterable[int] = ()) -> None:
        """Replace all samples from a position on.

        For series that are computed: only the gaps given are gaps, whatever silences there are or were marked.

        Args:
            start: the position, `total` at most.
            time: shape (n,), epoch seconds, ascending, none earlier than the sample before `start`.
            value: shape (n,).
            gaps: indices of those samples before which samples may be missing, ascending.
        """
        with self._lock:
            start = max(start, self.oldest)
            if start < self.total:
                self._note_merge(start)
                self._samples.take_back(start)
            self._gap_before_next = False
            if len(time):
                self._samples.append(time, value, [(index, -math.inf) for index in gaps])

    def replace(self, other: Series, start: int) -> None:
        """Take over the samples of a copy that was rewritten in the meantime; almost nothing is copied.

        Args:
            other: the copy, not to be used any more.
            start: the first position at which it was rewritten.
        """
        with self._lock:
            if start < self.total:
                self._note_merge(max(start, self.oldest))
            self._samples, self._gap_before_next = other._samples, other._gap_before_next

    def offspring(self, field: str, unit: str = "") -> Series:
        """An empty series for values computed from this one, with the same topic, capacity and lock.

        Args:
            field: of the new series.
            unit: of the new series.
        """
        series = Series(self.topic, field, self.capacity, unit, lock=self._lock)
        series._is_computed, series._kept_at = True, self._kept_at
        return series

    def shorten(self, capacity: int) -> None:
        """Keep only the newest `capacity` samples from here on."""
        with self._lock:
            self._samples.shorten(capacity)

    def copy(self) -> Series:
        """A series with the same samples; finished chunks are shared, not copied."""
        with self._lock:
            twin = Series(self.topic, self.field, 1, self.unit, is_state=self.is_state)
            twin.description = self.description
            twin._samples = self._samples.copy()
            twin._pauses = self._pauses.copy()
            twin._gap_before_next = self._gap_before_next
            twin._is_computed = self._is_computed
            twin._kept_at = self._kept_at.copy()
            return twin

    def cut(self, start: int = 0, stop: int | None = None) -> Cut:
        """Copies of the samples at positions `start` to `stop`, as far as they are kept.

        Args:
            start: first position wanted, counted from the first sample that the series ever had.
            stop: one past the last; None for all.
        """
        with self._lock:
            samples = self._samples
            stop = samples.total if stop is None else min(stop, samples.total)
            start = min(max(start, samples.oldest), stop)
            time, value = samples.read(start, stop)
            gaps = samples.gaps_between(start, stop)
            return Cut(time, value, start, gaps - start if len(gaps) else gaps)

    def few(self, start: int, stop: int) -> tuple[list[float], list[float]]:
        """Times and values of the samples at positions `start` to `stop`, all of which are kept, as lists.

        Of few samples this takes less than a `cut`.
        """
        with self._lock:
            return self._samples.few(start, stop)

    def arrivals(self, start: int = 0, stop: int | None = None) -> FloatArray:
        """When the samples that `cut` gives for the same positions arrived.

        Returns:
            Epoch seconds, shape (n,); NaN for computed samples, which never arrived.
        """
        with self._lock:
            samples = self._samples
            stop = samples.total if stop is None else min(stop, samples.total)
            start = min(max(start, samples.oldest), stop)
            return np.full(stop - start, np.nan) if self._is_computed else samples.arrivals(start, stop)

    @property
    def weight(self) -> float:
        """Its size in memory: as many samples without times of their own would take as much."""
        with self._lock:
            return len(self) + _ARRIVAL_WEIGHT * min(self._samples.timed_count, len(self))

    def gap_count(self, start: int) -> int:
        """How many gaps there are behind position `start`."""
        with self._lock:
            return self._samples.gap_count(start)

    def position_at(self, time: float) -> int:
        """The position of the first sample at or after `time` (epoch seconds); `total` when there is none."""
        with self._lock:
            return self._samples.position_at(time)

    def after_silence(self, start: int, silence_s: float) -> int:
        """The position of the first sample after the last silence that is longer than `silence_s`.

        Args:
            start: a position that is kept; returned where no such silence comes after it.
            silence_s: seconds.
        """
        with self._lock:
            samples, at = self._samples, self._samples.total - 1
            while True:
                first = samples.position_at(samples.at(at)[0] - silence_s)
                if first <= start:
                    return start
                if samples.at(first)[0] - samples.at(first - 1)[0] > silence_s:
                    return first
                at = first - 1

    def positions_at(self, times: FloatArray) -> IntArray:
        """The position of the first sample at or after each of `times` (ascending), as `position_at` gives it."""
        with self._lock:
            return self._samples.positions_at(times)

    def marks(self, starts: IntArray, stop: int) -> IntArray:
        """Positions, ascending, among them the first, first least, first greatest and last of each run of samples.

        However many samples there are, most are not read, as the extremes of finished blocks are known.

        Args:
            starts: where the runs begin, ascending, all kept, at least one.
            stop: one past the last position of the last run.

        Example:
            >>> series = Series("lab/oven", "", capacity=9)
            >>> series.extend([1.0, 2.0, 3.0, 4.0, 5.0], [7.0, 5.0, 9.0, 8.0, 1.0])
            >>> series.marks(np.array([0, 4]), stop=5)
            array([0, 1, 2, 3, 4])
        """
        with self._lock:
            return self._samples.marks(starts, stop)

    def pick(self, positions: IntArray) -> tuple[FloatArray, FloatArray]:
        """Times and values of the samples at positions (ascending), all of which are kept."""
        with self._lock:
            return self._samples.pick(positions)

    def gaps_between(self, start: int, stop: int) -> IntArray:
        """The positions behind `start` and before `stop` of the samples before which there is a gap."""
        with self._lock:
            return self._samples.gaps_between(start, stop)

    def time_at(self, position: int) -> float:
        """The time of the sample at a position that is kept, epoch seconds."""
        with self._lock:
            return self._samples.at(position)[0]

    def unchanged_to(self, merges: int) -> int:
        """One past the last position up to which no sample has moved since `merges` had an earlier value.

        Args:
            merges: that earlier value.
        """
        with self._lock:
            if merges == self.merges:
                return self.total
            later = bisect_right(self._merged_at, (merges, self.total))
            is_remembered = self.merges - merges <= _MERGES_REMEMBERED
            return self._merged_at[later][1] if is_remembered else 0

    def _note_merge(self, start: int) -> None:
        """Remember that samples changed from position `start` on; this covers earlier merges behind it."""
        self.merges += 1
        while self._merged_at and self._merged_at[-1][1] >= start:
            self._merged_at.pop()
        self._merged_at.append((self.merges, start))

    def _append(
        self,
        time: FloatArray | list[float],
        value: FloatArray | list[float],
        newest: float | None,
        arrival: FloatArray | list[float] | None,
    ) -> None:
        """Store samples that are not late; `newest` is the time of the one before them."""
        breaks = self._breaks_behind_kept(newest, time) if self._kept_at else ()
        is_gap = self._gap_before_next or 0 in breaks
        gaps = () if self.is_state else self._pauses.found(None if is_gap else newest, time)
        if is_gap or breaks:
            breaks = {**dict(gaps), **dict.fromkeys(breaks, -math.inf), **({0: -math.inf} if is_gap else {})}
            gaps = sorted(breaks.items())
        self._samples.append(time, value, gaps, arrival)
        self._gap_before_next = False

    def _breaks_behind_kept(self, newest: float | None, time: FloatArray | list[float]) -> Collection[int]:
        """The indices of samples that follow one which the broker had kept; a state lasts all the same."""
        if self.is_state or self._kept_at[-1] < (time[0] if newest is None else newest):
            return ()
        behind = {bisect_right(time, kept) for kept in self._kept_at if kept >= time[0]}
        breaks = {index for index in behind if 0 < index < len(time)}
        return breaks | {0} if newest in self._kept_at else breaks

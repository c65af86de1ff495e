"""One chunk of a series: consecutive samples in arrays, and an index of their extremes."""

from __future__ import annotations

import math

import numpy as np

from ..base.model import FloatArray, IntArray

_BLOCK = 512  # values
_FEWEST_BLOCKS = 4  # fewer are read in full as fast


class Chunk:
    """Consecutive samples. Only the newest chunk is written to; copies of a series share the arrays of the others.

    Attributes:
        start: position of the first sample.
        first_time: its time, epoch seconds; NaN without one.
        time: shape (room,), epoch seconds; entries from `count` on are unused.
        value: shape (room,).
        count: how many samples there are.
        arrival: shape (room,), when they arrived, epoch seconds; None where each arrived at its own time.
    """

    __slots__ = ("_outline", "arrival", "count", "first_time", "start", "time", "value")

    def __init__(
        self, start: int, time: FloatArray, value: FloatArray, count: int, arrival: FloatArray | None = None
    ) -> None:
        self.start = start
        self.first_time = time.item(0) if count else math.nan
        self.time = time
        self.value = value
        self.count = count
        self.arrival = arrival
        self._outline: Outline | None = None

    @classmethod
    def empty(cls, start: int, room: int) -> Chunk:
        """A chunk without samples, and room for so many."""
        return cls(start, np.empty(room), np.empty(room), 0)

    def shared(self, further: int = 0) -> Chunk:
        """A chunk with the same arrays, so many positions further back."""
        twin = Chunk(self.start + further, self.time, self.value, self.count, self.arrival)
        twin._outline = self._outline
        return twin

    def copy(self) -> Chunk:
        """A chunk with arrays of its own, without spare room."""
        return self._part(0, self.count)

    @property
    def arrivals(self) -> FloatArray:
        """When the samples arrived, epoch seconds: `arrival`, or else `time`."""
        return self.time if self.arrival is None else self.arrival

    def keep_arrivals(self) -> None:
        """Make room for times of arrival; the samples so far arrived at their own times."""
        if self.arrival is None:
            arrival = np.empty(len(self.time))
            arrival[: self.count] = self.time[: self.count]
            self.arrival = arrival

    def write(self, time: FloatArray, value: FloatArray, arrival: FloatArray | None = None) -> None:
        """Add samples at the end, where there is room for them."""
        if arrival is not None:
            self.keep_arrivals()
        if not self.count:
            self.first_time = time.item(0)
        stop = self.count + len(time)
        self.time[self.count : stop] = time
        self.value[self.count : stop] = value
        if self.arrival is not None:
            self.arrival[self.count : stop] = time if arrival is None else arrival
        self.count = stop

    def grown(self, count: int, room: int) -> Chunk:
        """A chunk with the first `count` samples, and room for so many."""
        twin = Chunk.empty(self.start, room)
        if count:
            twin.write(self.time[:count], self.value[:count], part_of(self.arrival, 0, count))
        return twin

    def tail_with(self, at: IntArray, time: FloatArray, value: FloatArray, arrival: FloatArray | None) -> NewEnd:
        """The first of the indices `at`, and the samples from there on with late ones inserted before `at`."""
        first = int(at[0])
        tail, into = slice(first, self.count), at - first
        return (
            first,
            np.insert(self.time[tail], into, time),
            np.insert(self.value[tail], into, value),
            self._arrivals_with(tail, into, time, arrival),
        )

    def index_after(self, time: FloatArray) -> IntArray:
        """How many samples are not later than each of `time`."""
        return self.time[: self.count].searchsorted(time, "right")

    def _arrivals_with(
        self, part: slice, at: IntArray, time: FloatArray, arrival: FloatArray | None
    ) -> FloatArray | None:
        if self.arrival is None and arrival is None:
            return None
        return np.insert(self.arrivals[part], at, time if arrival is None else arrival)

    def merged(self, at: IntArray, time: FloatArray, value: FloatArray, arrival: FloatArray | None) -> Chunk:
        """A chunk with late samples inserted before the indices `at`."""
        return Chunk(
            self.start,
            np.insert(self.time[: self.count], at, time),
            np.insert(self.value[: self.count], at, value),
            self.count + len(time),
            self._arrivals_with(slice(self.count), at, time, arrival),
        )

    def marks(self, begin: int, stop: int, *, is_finished: bool) -> list[int]:
        """Indices of a run of samples, among them the first, the first least, the first greatest and the last.

        Args:
            begin: index of the first one.
            stop: one past the last; beyond the end for all that follow.
            is_finished: whether the chunk is never written to again, so that its index may be kept.
        """
        stop = min(stop, self.count)
        if not is_finished:
            return marks(self.value, begin, stop)
        if self._outline is None:
            self._outline = Outline(self.value[: self.count])
        return self._outline.marks(begin, stop)

    def halves(self) -> tuple[Chunk, Chunk]:
        """Two chunks with half of the samples each."""
        middle = self.count // 2
        return self._part(0, middle), self._part(middle, self.count)

    def _part(self, begin: int, stop: int) -> Chunk:
        arrival = part_of(self.arrival, begin, stop)
        return Chunk(
            self.start + begin,
            self.time[begin:stop].copy(),
            self.value[begin:stop].copy(),
            stop - begin,
            None if arrival is None else arrival.copy(),
        )


NewEnd = tuple[int, FloatArray, FloatArray, "FloatArray | None"]
"""An index, and the times, values and times of arrival of the samples from there on."""


def part_of(arrival: FloatArray | None, begin: int, stop: int) -> FloatArray | None:
    """The times of arrival from an index to another; None where there are none."""
    return None if arrival is None else arrival[begin:stop]


class Outline:
    """The extremes of each block of 512 values, which never change again; 32 bytes a block.

    Args:
        value: shape (n,), finite.

    Example:
        >>> value = np.zeros(10_240)
        >>> value[[1234, 5678]] = -1.0, 2.0
        >>> sorted(set(Outline(value).marks(0, 10_240)))
        [0, 1234, 5678, 10239]
    """

    __slots__ = ("_greatest", "_greatest_at", "_least", "_least_at", "_value")

    def __init__(self, value: FloatArray) -> None:
        self._value = value
        count = len(value) // _BLOCK
        blocks = value[: count * _BLOCK].reshape(count, _BLOCK)
        starts = np.arange(count) * _BLOCK
        self._least_at = blocks.argmin(axis=1) + starts
        self._greatest_at = blocks.argmax(axis=1) + starts
        self._least = value[self._least_at]
        self._greatest = value[self._greatest_at]

    def marks(self, begin: int, stop: int) -> list[int]:
        """Indices of a run, among them the first, the first least, the first greatest and the last."""
        first, last = -(-begin // _BLOCK), stop // _BLOCK
        if last - first < _FEWEST_BLOCKS:
            return marks(self._value, begin, stop)
        return [
            *marks(self._value, begin, first * _BLOCK),
            self._least_at.item(first + int(self._least[first:last].argmin())),
            self._greatest_at.item(first + int(self._greatest[first:last].argmax())),
            *marks(self._value, last * _BLOCK, stop),
            begin,
            stop - 1,
        ]


def marks(value: FloatArray, begin: int, stop: int) -> list[int]:
    """The indices of the first, the first least, the first greatest and the last of a run; none of an empty one.

    Example:
        >>> marks(np.array([5.0, 2.0, 1.0, 1.0, 3.0]), 1, 5)
        [1, 2, 4, 4]
    """
    if begin >= stop:
        return []
    run = value[begin:stop]
    return [begin, begin + int(run.argmin()), begin + int(run.argmax()), stop - 1]

"""Fewer points without losing a peak: the least and the greatest value of each bucket.

Buckets lie at absolute times, not relative to the window. So a bucket that is full never changes while the
window moves on, and a line only grows at its end instead of shimmering (MinMax aggregation as in Jugel et al.,
"M4", PVLDB 7(10), 2014). Where buckets between two are empty, the line crosses them from the last sample of the
one to the first of the other, which stay as well; between neighbours that is within a pixel.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.model import FloatArray, IntArray


class Grid(NamedTuple):
    """Where buckets lie in time.

    Attributes:
        seconds: width of a bucket; None where each sample is a bucket of its own.
        origin: where one of them begins, epoch seconds.
        shortest_gap_s: gaps over a shorter silence are not shown; 0 shows all.
    """

    seconds: float | None = None
    origin: float = 0.0
    shortest_gap_s: float = 0.0

    def bucket_starts(self, time: FloatArray) -> NDArray[np.bool_]:
        """Whether a bucket begins at each sample; at the first one always.

        Args:
            time: shape (n,), epoch seconds.
        """
        begins = np.ones(len(time), bool)
        if self.seconds is not None:
            bucket = self._numbers(time)
            np.not_equal(bucket[1:], bucket[:-1], out=begins[1:])
        return begins

    def after_empty(self, time: FloatArray, starts: IntArray) -> IntArray:
        """Those of the samples at `starts`, which begin buckets, before whose bucket there is an empty one.

        Args:
            time: shape (n,), epoch seconds.
            starts: indices, ascending; of the first one nothing is known.

        Example:
            >>> Grid(seconds=1.0).after_empty(np.array([0.1, 0.9, 1.5, 3.5]), np.array([0, 2, 3]))
            array([3])
        """
        if self.seconds is None:
            return starts[:0]
        later = starts[1:]
        is_after_empty = self._numbers(time[later]) - self._numbers(time[later - 1]) > 1
        return np.extract(is_after_empty, later)

    def buckets(self, first: float, last: float) -> int:
        """About how many buckets there are between two times (epoch seconds); 0 where each sample is one."""
        return int((last - first) / self.seconds) + 1 if self.seconds is not None else 0

    def edges(self, first: float, last: float) -> FloatArray:
        """The earliest time of each bucket behind that of `first`, up to that of `last` (epoch seconds).

        Example:
            >>> Grid(seconds=0.5).edges(9.9, 11.0)
            array([10. , 10.5, 11. ])
        """
        before, last_number = self._numbers(np.array([first, last])).tolist()
        return self.starts_of(np.arange(before + 1.0, last_number + 1.0))

    def starts_of(self, numbers: ArrayLike) -> FloatArray:
        """The earliest time of each bucket, just where `bucket_starts` has it begin, though both round.

        Args:
            numbers: which buckets; shape (n,), whole, 0 for the one that begins at the origin.
        """
        number = np.asarray(numbers, np.float64)
        start: FloatArray = self.origin + number * (self.seconds or math.inf)
        slack = 4 * np.spacing(np.maximum(np.abs(start), abs(self.origin)))
        before, start = start - slack, start + slack
        while ((before < (middle := (before + start) / 2)) & (middle < start)).any():
            is_within = self._numbers(middle) >= number
            before, start = np.where(is_within, before, middle), np.where(is_within, middle, start)
        return start

    def start(self, number: int) -> float:
        """The earliest time of one bucket: what `starts_of` gives for many, sooner."""
        width = self.seconds or math.inf
        start = self.origin + number * width
        before = math.nextafter(start, -math.inf)
        if math.floor((before - self.origin) / width) < number <= math.floor((start - self.origin) / width):
            return start  # as mostly
        slack = 4 * math.ulp(max(abs(start), abs(self.origin)))
        before, start = start - slack, start + slack
        while before < (middle := (before + start) / 2) < start:
            if math.floor((middle - self.origin) / width) >= number:
                start = middle
            else:
                before = middle
        return start

    def numbers_of_few(self, time: list[float]) -> list[int]:
        """In which bucket each of a few times is; NumPy takes as long for one as for hundreds."""
        origin, width = self.origin, self.seconds or math.inf
        return [math.floor((each - origin) / width) for each in time]

    def _numbers(self, time: FloatArray) -> FloatArray:
        number: FloatArray = np.floor((time - self.origin) / (self.seconds or math.inf))
        return number


SAMPLE_BY_SAMPLE = Grid()
"""Each sample is a bucket: nothing is left out."""


def extremes(value: FloatArray, starts: IntArray) -> NDArray[np.bool_]:
    """Whether each value is the first least or the first greatest of its bucket.

    Args:
        value: shape (n,), finite, n at least 1.
        starts: index at which each bucket begins; ascending, the first is 0.

    Example:
        >>> extremes(np.array([3.0, 1.0, 2.0, 5.0, 5.0]), np.array([0, 3]))
        array([ True,  True, False,  True, False])
    """
    lengths = np.empty_like(starts)
    np.subtract(starts[1:], starts[:-1], out=lengths[:-1])
    lengths[-1] = len(value) - starts[-1]
    kept = np.zeros(len(value), bool)
    for function in (np.minimum, np.maximum):
        (hits,) = (value == function.reduceat(value, starts).repeat(lengths)).nonzero()
        kept[hits[hits.searchsorted(starts)]] = True
    return kept


def extremes_of_few(value: list[float], starts: list[int]) -> set[int]:
    """Where the first least and the first greatest value of each bucket are: what `extremes` finds among many.

    Args:
        value: finite, one at least.
        starts: index at which each bucket begins; ascending, the first is 0.

    Example:
        >>> sorted(extremes_of_few([3.0, 1.0, 2.0, 5.0, 5.0], [0, 3]))
        [0, 1, 3]
    """
    found: set[int] = set()
    for begin, stop in pairwise([*starts, len(value)]):
        part = value[begin:stop]
        found.add(begin + part.index(min(part)))
        found.add(begin + part.index(max(part)))
    return found

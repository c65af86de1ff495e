"""Fewer points without losing a peak: the least and the greatest value of each bucket.

Buckets lie at absolute positions (multiples of their width in epoch time, or of their size in samples), not
relative to the window. So a bucket that is full never changes while the window moves on, and a line only
grows at its end instead of shimmering (MinMax aggregation as in Jugel et al., "M4", PVLDB 7(10), 2014).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..series import FloatArray, IntArray
from ..window import Window


class Grid(NamedTuple):
    """Where buckets lie: one of the two is None, both where each sample is a bucket of its own.

    Attributes:
        seconds: width of a bucket in time.
        samples: width of a bucket in samples.
        shortest_gap_s: gaps over a shorter silence are not shown; 0 shows all.
    """

    seconds: float | None = None
    samples: int | None = None
    shortest_gap_s: float = 0.0

    @classmethod
    def of(cls, window: Window, columns: int) -> Grid:
        """The grid that divides a window into `columns` buckets.

        Example:
            >>> Grid.of(Window.parse("20 s"), 1000).seconds, Grid.of(Window.parse(2001), 1000).samples
            (0.02, 3)
        """
        if window.seconds is not None:
            return cls(seconds=window.seconds / columns)
        return cls(samples=-(-(window.samples or 1) // columns))

    def bucket_starts(self, time: FloatArray, position: FloatArray) -> NDArray[np.bool_]:
        """Whether a bucket begins at each sample; at the first one always.

        Args:
            time: shape (n,), epoch seconds.
            position: shape (n,), where each stands in its series.
        """
        begins = np.ones(len(time), bool)
        if self.seconds is not None:
            _mark_changes(begins, np.floor(time / self.seconds))
        elif self.samples is not None:
            _mark_changes(begins, np.floor(position / self.samples))
        return begins

    def buckets(self, first: float, last: float, samples: int) -> int:
        """About how many buckets some samples fall into; 0 where each is one of its own.

        Args:
            first: time of the first one, epoch seconds.
            last: time of the last one.
            samples: how many there are.
        """
        if self.seconds is not None:
            return int((last - first) / self.seconds) + 1
        return samples // self.samples + 1 if self.samples is not None else 0

    def edges(self, first: float, last: float) -> FloatArray:
        """The earliest time of each bucket behind that of `first`, up to that of `last` (epoch seconds).

        Just where `bucket_starts` has a bucket begin, though both round.

        Example:
            >>> Grid(seconds=0.5).edges(9.9, 11.0)
            array([10. , 10.5, 11. ])
        """
        width = self.seconds or math.inf
        number = np.arange(math.floor(first / width) + 1.0, math.floor(last / width) + 1.0)
        edge = number * width
        while (is_early := np.floor(edge / width) < number).any():
            edge[is_early] = np.nextafter(edge[is_early], math.inf)
        while (is_late := np.floor((before := np.nextafter(edge, -math.inf)) / width) >= number).any():
            edge[is_late] = before[is_late]
        return edge


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


def _mark_changes(begins: NDArray[np.bool_], bucket: FloatArray) -> None:
    np.not_equal(bucket[1:], bucket[:-1], out=begins[1:])

"""Fewer points without losing a peak: the least and the greatest value of each bucket.

Buckets lie at absolute positions (multiples of their width in epoch time, or of their size in samples), not
relative to the window. So a bucket that is full never changes while the window moves on, and a line only
grows at its end instead of shimmering (MinMax aggregation as in Jugel et al., "M4", PVLDB 7(10), 2014).
"""

from __future__ import annotations

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

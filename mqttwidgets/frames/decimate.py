"""Fewer points without losing a peak: the least and the greatest value of each bucket.

Buckets lie at absolute positions (multiples of their width in epoch time, or of their size in samples), not
relative to the window. So a bucket that is full never changes while the window moves on, and a line only
grows at its end instead of shimmering (MinMax aggregation as in Jugel et al., "M4", PVLDB 7(10), 2014).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..series import Cut, FloatArray, IntArray
from ..window import Window


def points(cut: Cut, window: Window, columns: int, *, steps: bool = False) -> tuple[FloatArray, FloatArray]:
    """The points to draw for `cut`, with a NaN wherever the link was down.

    Args:
        cut: consecutive samples.
        window: what is in view; sets the width of a bucket.
        columns: buckets in a window; about one per pixel column is enough.
        steps: True where a value lasts until the next one; then each bucket's last sample stays, too, as it may
            last for long.

    Returns:
        time (epoch seconds) and value, both of shape (m,), m at most 2 * columns + 2 and twice the gaps; with
        steps 3 * columns + 2.

    Example:
        >>> spike = Cut(np.arange(1e5), np.zeros(1e5.__int__()), 0, np.empty(0, np.int64))
        >>> spike.value[70_001] = 9.0
        >>> time, value = points(spike, Window.parse(100_000), columns=100)
        >>> len(time) <= 202, value.max(), time[value.argmax()]
        (True, np.float64(9.0), np.float64(70001.0))
    """
    if len(cut.time) <= 2 * columns:
        kept = np.arange(len(cut.time))
    else:
        starts = _bucket_starts(cut, window, columns)
        kept = extremes(cut.value, starts)
        if steps:
            kept = np.union1d(kept, starts[1:] - 1)
    return _with_gaps(cut, kept)


def extremes(value: FloatArray, starts: IntArray) -> IntArray:
    """Indices of the first least and the first greatest value of each bucket, and of the very ends; ascending.

    Args:
        value: shape (n,), finite, n at least 1.
        starts: index at which each bucket begins; ascending, the first is 0.
    """
    lengths = np.diff(starts, append=len(value))
    least = _first_equal(value, np.minimum.reduceat(value, starts), lengths)
    greatest = _first_equal(value, np.maximum.reduceat(value, starts), lengths)
    return np.unique(np.concatenate(([0], least, greatest, [len(value) - 1])))


def _first_equal(value: FloatArray, wanted: FloatArray, lengths: IntArray) -> IntArray:
    """For each bucket the index of its first value that equals the one wanted."""
    bucket = np.repeat(np.arange(len(lengths)), lengths)
    hits = np.flatnonzero(value == wanted[bucket])
    _, first = np.unique(bucket[hits], return_index=True)
    return hits[first]


def _bucket_starts(cut: Cut, window: Window, columns: int) -> IntArray:
    if window.seconds is not None:
        bucket: NDArray[np.float64] | IntArray = np.floor(cut.time / (window.seconds / columns))
    else:
        size = -(-(window.samples or 1) // columns)
        bucket = (cut.first + np.arange(len(cut.time))) // size
    changes = np.flatnonzero(np.diff(bucket)) + 1
    return np.unique(np.concatenate(([0], changes, cut.gaps)).astype(np.int64))


def _with_gaps(cut: Cut, kept: IntArray) -> tuple[FloatArray, FloatArray]:
    time, value = cut.time[kept], cut.value[kept]
    if not len(cut.gaps):
        return time, value
    places = np.searchsorted(kept, cut.gaps)
    return np.insert(time, places, cut.time[cut.gaps]), np.insert(value, places, np.nan)

"""The samples of several series in order of time, piece by piece, so that they need no memory twice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...base.model import FloatArray, IntArray
from ..ring import Cut, Series
from ..table import microseconds

_ROWS = 25_000  # in a piece: some milliseconds, and megabytes as text
_FEWEST = 500  # of each series, as each piece has a price of its own
_NEXT_S = 2e-6  # beyond the times that may be the same microsecond


class Columns(NamedTuple):
    """The samples of one series in a piece.

    Attributes:
        time: shape (n,), microseconds since 1970, ascending; what a double resolves, and what to_pandas gives.
        value: shape (n,).
        arrival: shape (n,), when they arrived, epoch seconds; NaN for what was computed.
    """

    time: IntArray
    value: FloatArray
    arrival: FloatArray


class Samples:
    """The samples of several series as they are now; what comes later, or is let go, does not change them.

    Args:
        series: the series, which are copied for next to nothing, as finished chunks are shared.
        span: the first and the last moment wanted, epoch seconds; None for all.

    Attributes:
        series: the copies.
        total: how many samples there are.

    Example:
        >>> one, other = Series("a", "", capacity=9), Series("b", "", capacity=9)
        >>> one.extend([1.0, 3.0], [10.0, 30.0])
        >>> other.extend([2.0], [20.0])
        >>> samples = Samples([one, other])
        >>> samples.total, [[columns.value.tolist() for columns in piece] for piece in samples.pieces()]
        (3, [[[10.0, 30.0], [20.0]]])
    """

    def __init__(self, series: Sequence[Series], span: tuple[float, float] | None = None) -> None:
        self.series = [one.copy() for one in series]
        start, end = (-math.inf, math.inf) if span is None else span
        self._begins = [one.position_at(start) if one.total else 0 for one in self.series]
        self._ends = [one.position_at(math.nextafter(end, math.inf)) if one.total else 0 for one in self.series]
        self.total = sum(self._ends) - sum(self._begins)

    def pieces(self) -> Iterator[list[Columns]]:
        """Of each series the samples of one stretch of time after the other; no microsecond is in two of them."""
        begins = list(self._begins)
        step = max(_FEWEST, _ROWS // max(len(begins), 1))
        while any(begin < end for begin, end in zip(begins, self._ends, strict=True)):
            last = self._last_of_piece(begins, step)
            piece = [self._until(last, *place) for place in zip(self.series, begins, self._ends, strict=True)]
            begins = [begin + len(columns.time) for begin, columns in zip(begins, piece, strict=True)]
            yield piece

    def _last_of_piece(self, begins: Sequence[int], step: int) -> float:
        """Until when a piece lasts: no series has more than `step` samples before."""
        far = [
            one.time_at(begin + step - 1)
            for one, begin, end in zip(self.series, begins, self._ends, strict=True)
            if begin + step < end
        ]
        return min(far, default=math.inf)

    @staticmethod
    def _until(last: float, series: Series, begin: int, end: int) -> Columns:
        stop = end if last == math.inf else min(series.position_at(last + _NEXT_S), end)
        cut = series.cut(begin, max(stop, begin)) if begin < end else _NOTHING
        time = microseconds(cut.time)
        count = (
            len(time) if last == math.inf else int(time.searchsorted(microseconds(np.array([last]))[0], "right"))
        )
        return Columns(time[:count], cut.value[:count], series.arrivals(cut.first, cut.first + count))


_NOTHING = Cut(np.empty(0), np.empty(0), 0, np.empty(0, np.int64))

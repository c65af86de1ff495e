"""Between which samples of a series the line is broken; `pauses` decides which silences break it."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable

import numpy as np

from ..base.model import FloatArray, IntArray

_NONE: IntArray = np.empty(0, np.int64)
_WHATEVER_COMES = -math.inf


class Gaps:
    """The positions of the samples before which there is a gap, ascending; sixteen bytes each.

    Where the link was down, a gap stays whatever comes later. A pause was longer than some limit, and late samples
    may fill it: what is left of it is a gap where it is still longer than that.

    Example:
        >>> gaps = Gaps()
        >>> gaps.add([(5, 4.0)])
        >>> gaps.between(0, 9)
        array([5])
        >>> time_at = [0.0, 1.0, 2.0, 3.0, 4.0, 20.0, 21.0].__getitem__
        >>> gaps.make_room(np.array([5, 5]), np.array([12.0, 16.0]), time_at)
        >>> gaps.between(0, 9)
        array([5])
        >>> gaps.make_room(np.array([5]), np.array([8.0]), [0.0, 1.0, 2.0, 3.0, 4.0, 12.0].__getitem__)
        >>> gaps.between(0, 9)
        array([], dtype=int64)
    """

    def __init__(self) -> None:
        self._positions = array("q")
        self._limits = array("d")  # seconds, up to which there is no gap

    def copy(self) -> Gaps:
        """The same gaps."""
        twin = Gaps()
        twin._positions, twin._limits = self._positions[:], self._limits[:]
        return twin

    def add(self, gaps: Iterable[tuple[int, float]]) -> None:
        """Note gaps, behind all that were noted so far.

        Args:
            gaps: positions of the samples before which they are, ascending, each with the seconds of silence that
                would have been no pause; minus infinity where the link was down.
        """
        for position, limit_s in gaps:
            self._positions.append(position)
            self._limits.append(limit_s)

    def between(self, start: int, stop: int) -> IntArray:
        """The positions of those behind `start` and before `stop`."""
        if not self._positions or self._positions[-1] <= start:
            return _NONE
        return np.array(self._positions[self._up_to(start) : bisect_left(self._positions, stop)], np.int64)

    def count_after(self, start: int) -> int:
        """How many there are behind a position."""
        return len(self._positions) - self._up_to(start)

    def forget(self, oldest: int) -> None:
        """Let go of those before a position."""
        kept = bisect_left(self._positions, oldest)
        del self._positions[:kept], self._limits[:kept]

    def take_back(self, start: int) -> None:
        """Let go of those from a position on."""
        if self._positions and self._positions[-1] >= start:
            kept = bisect_left(self._positions, start)
            del self._positions[kept:], self._limits[kept:]

    def make_room(self, before: IntArray, late: FloatArray, time_at: Callable[[int], float]) -> None:
        """Have gaps before the same samples as now, once late ones are put in, but for pauses that these fill.

        The cost is that of moving the gaps behind them.

        Args:
            before: positions of the samples before which they are put, ascending.
            late: their times, epoch seconds, ascending.
            time_at: the time of the sample that is at a position now; asked at each pause filled, and just before.
        """
        behind = bisect_left(self._positions, int(before[0]))
        if behind == len(self._positions):
            return
        positions, limits = np.array(self._positions[behind:], np.int64), np.array(self._limits[behind:])
        first, stop = before.searchsorted(positions, "left"), before.searchsorted(positions, "right")
        is_filled = (first < stop) & (limits > _WHATEVER_COMES)
        moved, moved_limits = [(positions + stop)[~is_filled]], [limits[~is_filled]]
        for index in is_filled.nonzero()[0].tolist():
            position, inside = int(positions[index]), late[first[index] : stop[index]]
            times = np.concatenate(([time_at(position - 1)], inside, [time_at(position)]))
            (left,) = (np.diff(times) > limits[index]).nonzero()
            moved.append(position + first[index] + left)
            moved_limits.append(np.full(len(left), limits[index]))
        self._replace(behind, np.concatenate(moved), np.concatenate(moved_limits))

    def _up_to(self, position: int) -> int:
        return bisect_right(self._positions, position)

    def _replace(self, behind: int, positions: IntArray, limits: FloatArray) -> None:
        order = positions.argsort(kind="stable")
        self._positions[behind:] = array("q", positions[order].tolist())
        self._limits[behind:] = array("d", limits[order].tolist())

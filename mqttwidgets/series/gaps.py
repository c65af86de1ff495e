"""Where lines are broken, and after how long a silence a line breaks, a stream is stale, a sensor has stopped.

Three rules ask whether a silence is much longer than usual; `longest_usual_s` is what they have in common.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ..base.model import FloatArray, IntArray

SHORTEST_SILENCE_S = 5.0
"""No shorter silence is unusual, seconds."""

BREAKS_LINE = 4.0
"""A longer silence than so many times the second longest of the latest breaks a line; see `Pauses`."""

IS_STALE = 3.0
"""After a longer silence than so many times the longest of its latest, a stream is stale."""

HAS_STOPPED = 5.0
"""After a longer silence than so many times the mean of its latest, a sensor sends no more: its rate is 0."""

_LATEST, _FEWEST = 16, 5
_BRIEF_S = SHORTEST_SILENCE_S / BREAKS_LINE  # what is not longer makes no difference to what is usual
_BRIEF_ONES = (0.0,) * _LATEST
_NONE: IntArray = np.empty(0, np.int64)
_WHATEVER_COMES = -math.inf


def longest_usual_s(usual_s: float, times: float) -> float:
    """The longest silence that is not unusual, seconds.

    Args:
        usual_s: how long a silence usually is, seconds.
        times: BREAKS_LINE, IS_STALE or HAS_STOPPED.

    Example:
        >>> longest_usual_s(0.1, BREAKS_LINE), longest_usual_s(10.0, BREAKS_LINE)
        (5.0, 40.0)
    """
    return max(SHORTEST_SILENCE_S, times * usual_s)


class Pauses:
    """Decides which silences of one series are pauses, by the latest distances between its samples.

    A pause is longer than 5 s and than four times the usual distance: the second longest of the sixteen before it,
    five of which must be known. A pause then counts among the distances itself. So

    - one pause, or an outage of the sensor, leaves no trace in what is usual, and two in sixteen do: a sensor that
      turns to a slower rate has two pauses at most, and one that sleeps between bursts of nine samples or more has
      one at each sleep, while shorter bursts are a rhythm of their own;
    - a sensor that reports on change keeps its line: of distances that are exponentially distributed, one in six
      hundred is a pause, of log-normal ones (sigma 1) one in 150. With fewer distances or a smaller factor there
      would be more; with thirty and three as few, but sleeps would only be seen between bursts of sixteen.

    Samples of one instant count as one. Not thread-safe: its Series locks.

    Example:
        >>> pauses = Pauses()
        >>> pauses.found(None, np.arange(10.0)), pauses.found(9.0, np.array([10.0, 11.0, 60.0, 61.0]))
        ((), [(2, 5.0)])
    """

    def __init__(self) -> None:
        self._latest: deque[float] = deque(maxlen=_LATEST)  # brief ones as 0

    def copy(self) -> Pauses:
        """A copy that knows the same distances."""
        twin = Pauses()
        twin._latest = self._latest.copy()
        return twin

    def found(self, newest: float | None, time: FloatArray | list[float]) -> Sequence[tuple[int, float]]:
        """The indices of samples before which there is a pause, each with the longest silence that would be none.

        Args:
            newest: the time of the sample before, epoch seconds; None if that is no measure, as the link was down.
            time: shape (n,), n at least 1, epoch seconds, ascending, from `newest` on.
        """
        before = float(time[0]) if newest is None else newest
        span_s = time[-1] - before
        if span_s <= _BRIEF_S:
            if span_s > 0:
                self._latest.extend(_BRIEF_ONES[: _instants_after(before, time)])
            return ()
        return self._among(np.diff(time, prepend=before))

    def _among(self, distances: FloatArray) -> Sequence[tuple[int, float]]:
        if distances.max() <= _BRIEF_S:
            self._latest.extend(_BRIEF_ONES[: np.count_nonzero(distances)])
            return ()
        found = []
        for index, distance_s in enumerate(distances.tolist()):
            if distance_s > SHORTEST_SILENCE_S and distance_s > (limit_s := self._limit_s()):
                found.append((index, limit_s))
            if distance_s > 0:
                self._latest.append(distance_s)
        return found

    def _limit_s(self) -> float:
        """The longest distance that is no pause."""
        if len(self._latest) < _FEWEST:
            return math.inf
        return longest_usual_s(sorted(self._latest)[-2], BREAKS_LINE)


def _instants_after(before: float, time: FloatArray | list[float]) -> int:
    """How many different times there are behind one."""
    if isinstance(time, list):
        return len({before, *time}) - 1
    return int(np.count_nonzero(time[1:] > time[:-1])) + bool(time[0] > before)


class Gaps:
    """The positions of the samples before which there is a gap, ascending; sixteen bytes each.

    Where the link was down, a gap stays whatever comes later. A pause was longer than some limit, and late samples
    may fill it: what remains is a gap only where it is still longer than that limit.

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
        self._limits = array("d")  # seconds; no silence up to this one is a gap

    def copy(self) -> Gaps:
        """The same gaps."""
        twin = Gaps()
        twin._positions, twin._limits = self._positions[:], self._limits[:]
        return twin

    def add(self, gaps: Iterable[tuple[int, float]]) -> None:
        """Add gaps behind all earlier ones.

        Args:
            gaps: positions of the samples after each gap, ascending, each with the seconds of silence that would
                have been no pause; minus infinity where the link was down.
        """
        for position, limit_s in gaps:
            self._positions.append(position)
            self._limits.append(limit_s)

    def between(self, start: int, stop: int) -> IntArray:
        """The positions of the gaps behind `start` and before `stop`."""
        if not self._positions or self._positions[-1] <= start:
            return _NONE
        return np.array(self._positions[self._up_to(start) : bisect_left(self._positions, stop)], np.int64)

    def count_after(self, start: int) -> int:
        """How many gaps there are behind a position."""
        return len(self._positions) - self._up_to(start)

    def forget(self, oldest: int) -> None:
        """Drop the gaps before a position."""
        kept = bisect_left(self._positions, oldest)
        del self._positions[:kept], self._limits[:kept]

    def take_back(self, start: int) -> None:
        """Drop the gaps from a position on."""
        if self._positions and self._positions[-1] >= start:
            kept = bisect_left(self._positions, start)
            del self._positions[kept:], self._limits[kept:]

    def make_room(self, before: IntArray, late: FloatArray, time_at: Callable[[int], float]) -> None:
        """Move the gaps along with their samples as late ones are inserted, and drop the pauses that these fill.

        The cost is that of moving the gaps behind them.

        Args:
            before: positions of the samples before which late ones are inserted, ascending.
            late: the times of the late ones, epoch seconds, ascending.
            time_at: gives the time of the sample that is at a position now; called for each pause filled, and for
                the sample just before it.
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

"""Which silences of a series are much longer than usual for it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from ..base.model import FloatArray

_LATEST, _FEWEST = 16, 5
_TIMES_USUAL = 4.0
_SHORTEST_S = 5.0
_BRIEF_S = _SHORTEST_S / _TIMES_USUAL  # what is not longer makes no difference to what is usual
_BRIEF_ONES = (0.0,) * _LATEST


class Pauses:
    """The latest distances between the samples of one series, and by them, which of those to come are pauses.

    A pause is longer than 5 s and than four times what is usual: the second longest of the sixteen distances
    before it, five of which must be known. It then is one of these itself. So

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
        """Another one that knows the same."""
        twin = Pauses()
        twin._latest = self._latest.copy()
        return twin

    def found(self, newest: float | None, time: FloatArray) -> Sequence[tuple[int, float]]:
        """Before which samples there is a pause, as indices, each with the longest that would have been none.

        Args:
            newest: the time of the sample before, epoch seconds; None where that has no say, as the link was down.
            time: shape (n,), n at least 1, epoch seconds, ascending, from `newest` on.
        """
        before = time.item(0) if newest is None else newest
        span_s = time.item(-1) - before
        if span_s <= _BRIEF_S:
            if span_s > 0:
                instants = (
                    1 if len(time) == 1 else np.count_nonzero(time[1:] > time[:-1]) + (time.item(0) > before)
                )
                self._latest.extend(_BRIEF_ONES[:instants])
            return ()
        distances = time.copy()
        distances[0] -= before
        distances[1:] -= time[:-1]
        return self._among(distances)

    def _among(self, distances: FloatArray) -> Sequence[tuple[int, float]]:
        if distances.max() <= _BRIEF_S:
            self._latest.extend(_BRIEF_ONES[: np.count_nonzero(distances)])
            return ()
        found = []
        for index, distance_s in enumerate(distances.tolist()):
            if distance_s > _SHORTEST_S and distance_s > (limit_s := self._limit_s()):
                found.append((index, limit_s))
            if distance_s > 0:
                self._latest.append(distance_s)
        return found

    def _limit_s(self) -> float:
        """The longest distance that is no pause."""
        if len(self._latest) < _FEWEST:
            return math.inf
        return max(_SHORTEST_S, _TIMES_USUAL * sorted(self._latest)[-2])

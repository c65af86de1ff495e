"""Sums, minima or maxima over any stretch of a growing row of numbers."""

from __future__ import annotations

import numpy as np

from ...base.model import FloatArray, IntArray
from .tail import Tail

_IDENTITIES: dict[np.ufunc, float] = {np.add: 0.0, np.minimum: np.inf, np.maximum: -np.inf}


class Blocks:
    """A function of two numbers over stretches: of each block of 1, 2, 4, 8 ... numbers it is computed once.

    Blocks lie at positions that are multiples of their size. A stretch is put together of a few of them, twice its
    binary logarithm at most: what it costs to add a number and to ask for a stretch does not grow with what is
    between. Nothing is ever subtracted, and sums are added up pairwise, so that errors neither drift nor depend on
    what came before the stretch (Higham, "The accuracy of floating point summation", SIAM J. Sci. Comput. 14(4),
    1993).

    Args:
        function: `np.add`, `np.minimum` or `np.maximum`.
        begin: the position of the first number to come.

    Example:
        >>> sums = Blocks(np.add, begin=0)
        >>> sums.append(np.arange(10.0))
        >>> sums.over(np.array([0, 3]), np.array([10, 5]))
        array([45.,  7.])
    """

    def __init__(self, function: np.ufunc, begin: int) -> None:
        self._function = function
        self._begin = begin
        self._levels = [Tail(begin)]  # of blocks of 1, 2, 4 ... numbers, by their position divided by that

    def append(self, numbers: FloatArray) -> None:
        """Add numbers at the end."""
        self._levels[0].append(numbers)
        below, size = self._levels[0], 1
        for level in self._levels[1:]:
            size *= 2
            self._fill(level, below)
            below = level
        while below.end // 2 > -(-below.begin // 2):
            self._levels.append(Tail(-(-below.begin // 2)))
            self._fill(self._levels[-1], below)
            below = self._levels[-1]

    def let_go(self, begin: int) -> None:
        """Forget the numbers before a position."""
        for level in self._levels:
            level.let_go(begin)
            begin = -(-begin // 2)

    def take_back(self, end: int) -> None:
        """Forget the numbers from a position on."""
        for level in self._levels:
            level.take_back(end)
            end //= 2

    def over(self, start: IntArray, stop: IntArray) -> FloatArray:
        """The function over each stretch.

        Args:
            start: shape (n,), positions of the first numbers, all of them kept.
            stop: shape (n,), one past those of the last; behind `start`.
        """
        start, stop = start.copy(), stop.copy()
        found = np.full(len(start), _IDENTITIES[self._function])
        for level in self._levels:
            self._join(found, level, start, ((start & 1) == 1) & (start < stop))
            start += start & 1
            stop_is_odd = ((stop & 1) == 1) & (start < stop)
            stop -= stop & 1
            self._join(found, level, stop, stop_is_odd)
            start >>= 1
            stop >>= 1
            if not (start < stop).any():
                break
        return found

    def _fill(self, level: Tail, below: Tail) -> None:
        """Compute the blocks of a level that are complete."""
        stop = below.end // 2
        if stop > level.end:
            halves = below.between(2 * level.end, 2 * stop)
            level.append(self._function(halves[::2], halves[1::2]))

    def _join(self, found: FloatArray, level: Tail, at: IntArray, wanted: np.ndarray) -> None:
        (chosen,) = wanted.nonzero()
        if len(chosen):
            blocks = level.between(level.begin, level.end)[at[chosen] - level.begin]
            found[chosen] = self._function(found[chosen], blocks)

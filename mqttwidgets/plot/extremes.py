"""The extremes of a line that grows at its end and is dropped at its head."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from ..base.model import FloatArray

_FEW = 64  # values, up to which a plain loop is faster than NumPy


class SlidingExtremes:
    """The least and the greatest of numbered values from any number on, that is no lower than at the last time.

    Of the least, only values are kept that all behind them are greater than, as no other can become the least once
    what is before it is dropped; of the greatest likewise. So a value is looked at about twice, however many there
    are. NaN is none.

    Example:
        >>> extremes = SlidingExtremes()
        >>> extremes.add(0, [5.0, 1.0, 3.0, 2.0])
        >>> extremes.since(0), extremes.since(2), extremes.since(4)
        ((1.0, 5.0), (2.0, 3.0), (inf, -inf))
    """

    def __init__(self) -> None:
        self._low: deque[tuple[int, float]] = deque()  # number, value: both ascending
        self._high: deque[tuple[int, float]] = deque()  # numbers ascending, values descending

    def add(self, first: int, values: Sequence[float] | FloatArray) -> None:
        """Add values behind all others.

        Args:
            first: the number of the first one.
            values: shape (n,).
        """
        if len(values) > _FEW:
            numbers = _candidates(np.asarray(values, float))
            few = [(first + number, float(values[number])) for number in numbers.tolist()]
        else:
            few = [(number, value) for number, value in enumerate(values, first) if value == value]
        low, high = self._low, self._high
        for one in few:
            value = one[1]
            while low and low[-1][1] >= value:
                low.pop()
            low.append(one)
            while high and high[-1][1] <= value:
                high.pop()
            high.append(one)

    def since(self, first: int) -> tuple[float, float]:
        """The least and the greatest value from a number on; infinities where there is none."""
        low, high = self._low, self._high
        while low and low[0][0] < first:
            low.popleft()
        while high and high[0][0] < first:
            high.popleft()
        return low[0][1] if low else math.inf, high[0][1] if high else -math.inf


def _candidates(values: FloatArray) -> np.ndarray:
    """The indices of the values than which all behind are greater, or all behind less."""
    backwards = values[::-1]
    is_low, is_high = (np.empty(len(values), bool) for _ in range(2))
    is_low[0] = is_high[0] = backwards[0] == backwards[0]
    is_low[1:] = ~(backwards[1:] >= np.fmin.accumulate(backwards)[:-1]) & ~np.isnan(backwards[1:])
    is_high[1:] = ~(backwards[1:] <= np.fmax.accumulate(backwards)[:-1]) & ~np.isnan(backwards[1:])
    return len(values) - 1 - np.flatnonzero(is_low | is_high)[::-1]

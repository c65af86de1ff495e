"""Count, mean, spread, extremes and ends of many numbers, from pieces that are joined."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..base.model import FloatArray

_ORDINARY = 1e140  # up to here squares are numbers, too


class Moments(NamedTuple):
    """What is known of some numbers without keeping them.

    Pieces are joined as in Chan, Golub and LeVeque (1979). As deviations are taken from the mean of each piece,
    nothing cancels out where large numbers differ a little; as their length is kept and not its square, nothing
    overflows.

    Attributes:
        size: how many there are.
        origin: a number near their mean; NaN of none.
        offset: what their mean is above it, with digits that the mean itself has no room for.
        deviation: the square root of the sum of squared deviations from the mean.
        least: the lowest; NaN of none.
        greatest: the highest; NaN of none.
        first: the first one; NaN of none.
        last: the last one; NaN of none.

    Example:
        >>> two = Moments.of(np.array([1e9 + 4, 1e9 + 7])).joined(Moments.of(np.array([1e9 + 13, 1e9 + 16])))
        >>> two.mean, round(two.std, 9), two.greatest
        (1000000010.0, 5.477225575, 1000000016.0)
    """

    size: int
    origin: float
    offset: float
    deviation: float
    least: float
    greatest: float
    first: float
    last: float

    @classmethod
    def of(cls, value: FloatArray) -> Moments:
        """Those of the finite ones among some numbers, shape (n,)."""
        is_finite = np.isfinite(value)
        if not is_finite.all():
            value = value[is_finite]
        if not len(value):
            return NOTHING
        least, greatest = float(value.min()), float(value.max())
        first, last = float(value[0]), float(value[-1])
        scale = _scale(max(-least, greatest))
        if scale != 1.0:
            value = value / scale
        origin = float(value[0])
        mean = origin + float(np.mean(value - origin))
        off = value - mean
        rest = float(np.mean(off))  # what rounding left
        deviation = math.sqrt(max(float(np.dot(off, off)) - len(off) * rest * rest, 0.0))
        return cls(len(value), mean * scale, rest * scale, deviation * scale, least, greatest, first, last)

    def joined(self, other: Moments) -> Moments:
        """Those of both together, of which the other ones come later."""
        if not self.size or not other.size:
            return self if self.size else other
        least, greatest = min(self.least, other.least), max(self.greatest, other.greatest)
        count = self.size + other.size
        share = other.size / count
        apart = (other.origin - self.origin) + (other.offset - self.offset)
        origin, offset = self.origin, self.offset + apart * share
        if math.isinf(apart):
            origin, offset = self.mean * (1 - share) + other.mean * share, 0.0
        deviation = math.hypot(self.deviation, other.deviation, math.sqrt(self.size * share) * apart)
        return Moments(count, origin, offset, deviation, least, greatest, self.first, other.last)

    @property
    def mean(self) -> float:
        """Their mean; NaN of none."""
        return min(max(self.origin + self.offset, self.least), self.greatest)

    @property
    def std(self) -> float:
        """The standard deviation of a sample, as pandas has it; NaN of fewer than two."""
        return self.deviation / math.sqrt(self.size - 1) if self.size > 1 else math.nan


NOTHING = Moments(0, math.nan, 0.0, 0.0, math.nan, math.nan, math.nan, math.nan)
"""Those of no numbers at all."""


def _scale(largest: float) -> float:
    """A power of two to divide by, so that squares are neither too large nor too small for a number."""
    if largest == 0 or 1 / _ORDINARY < largest < _ORDINARY:
        return 1.0
    return math.ldexp(1.0, max(math.frexp(largest)[1] - 1, -1022))

"""One side of a limit, above or below: which values are beyond it, and which are back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.model import FloatArray

BoolArray = NDArray[np.bool_]


class Bounds(NamedTuple):
    """Between which values some samples are.

    Attributes:
        least: the lowest; NaN where all are.
        greatest: the highest.
        has_nan: whether any is NaN.
    """

    least: float
    greatest: float
    has_nan: bool

    @classmethod
    def of(cls, value: FloatArray) -> Bounds:
        """Those of values, shape (n,), n at least 1."""
        least = float(np.fmin.reduce(value))
        return cls(least, float(np.fmax.reduce(value)), bool(np.isnan(value.min())))


class Side(NamedTuple):
    """One side of a limit.

    A sample beyond the threshold begins a stretch. It lasts until a sample is back by `hysteresis` or more, or is
    no number, or may be missing. It is an alarm once it has lasted for `for_s`, by the times of its samples; a
    state lasts until its next one.

    Attributes:
        is_above: whether values above the threshold are beyond it, else those below.
        threshold: the limit.
        hysteresis: at least 0, in the unit of the values.
        for_s: seconds, at least 0.

    Example:
        >>> side = Side(True, 30.0, 0.5, 0.0)
        >>> value = np.array([30.0, 30.1, 29.6, 29.5, np.nan])
        >>> side.enters(value).tolist(), side.stays(value).tolist()
        ([False, True, False, False, False], [True, True, True, False, False])
    """

    is_above: bool
    threshold: float
    hysteresis: float
    for_s: float

    def enters(self, value: FloatArray) -> BoolArray:
        """Which values are beyond the threshold."""
        return value > self.threshold if self.is_above else value < self.threshold

    def stays(self, value: FloatArray) -> BoolArray:
        """Which values do not end a stretch."""
        if self.is_above:
            return value > self.threshold - self.hysteresis
        return value < self.threshold + self.hysteresis

    def may_enter(self, bounds: Bounds) -> bool:
        """Whether any value within bounds is beyond the threshold."""
        return bounds.greatest > self.threshold if self.is_above else bounds.least < self.threshold

    def all_stay(self, bounds: Bounds) -> bool:
        """Whether no value within bounds ends a stretch."""
        if bounds.has_nan:
            return False
        if self.is_above:
            return bounds.least > self.threshold - self.hysteresis
        return bounds.greatest < self.threshold + self.hysteresis

    def farthest(self, one: float, other: float) -> float:
        """Which of two values is farther out."""
        return max(one, other) if self.is_above else min(one, other)

    def peaks(self, value: FloatArray, begin: NDArray[np.intp], stop: NDArray[np.intp]) -> FloatArray:
        """The value farthest out in each of several stretches of values, none of which is empty.

        Args:
            value: shape (n,).
            begin: shape (m,), indices of the first.
            stop: shape (m,), one past the last; in order, as stretches do not overlap.
        """
        if not len(begin):
            return np.empty(0)
        reduce = np.maximum if self.is_above else np.minimum
        edges = np.column_stack([begin, stop]).ravel()
        peaks: FloatArray = reduce.reduceat(np.append(value, value[-1]), edges)[::2]
        return peaks

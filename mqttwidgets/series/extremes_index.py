"""Where a run of values is least and greatest, found without reading all of it."""

from __future__ import annotations

import numpy as np

from ..base.model import FloatArray

_BLOCK = 512  # values
_FEWEST_BLOCKS = 4  # fewer are read in full as fast


class Outline:
    """The extremes of each block of 512 values that never change again; 32 bytes a block.

    Args:
        value: shape (n,), finite.

    Example:
        >>> value = np.zeros(10_240)
        >>> value[[1234, 5678]] = -1.0, 2.0
        >>> sorted(set(Outline(value).marks(0, 10_240)))
        [0, 1234, 5678, 10239]
    """

    __slots__ = ("_greatest", "_greatest_at", "_least", "_least_at", "_value")

    def __init__(self, value: FloatArray) -> None:
        self._value = value
        count = len(value) // _BLOCK
        blocks = value[: count * _BLOCK].reshape(count, _BLOCK)
        starts = np.arange(count) * _BLOCK
        self._least_at = blocks.argmin(axis=1) + starts
        self._greatest_at = blocks.argmax(axis=1) + starts
        self._least = value[self._least_at]
        self._greatest = value[self._greatest_at]

    def marks(self, begin: int, stop: int) -> list[int]:
        """Indices of a run, among them its first, its first least, its first greatest and its last."""
        first, last = -(-begin // _BLOCK), stop // _BLOCK
        if last - first < _FEWEST_BLOCKS:
            return marks(self._value, begin, stop)
        return [
            *marks(self._value, begin, first * _BLOCK),
            self._least_at.item(first + int(self._least[first:last].argmin())),
            self._greatest_at.item(first + int(self._greatest[first:last].argmax())),
            *marks(self._value, last * _BLOCK, stop),
            begin,
            stop - 1,
        ]


def marks(value: FloatArray, begin: int, stop: int) -> list[int]:
    """The indices of the first, the first least, the first greatest and the last of a run; none of an empty one.

    Example:
        >>> marks(np.array([5.0, 2.0, 1.0, 1.0, 3.0]), 1, 5)
        [1, 2, 4, 4]
    """
    if begin >= stop:
        return []
    run = value[begin:stop]
    return [begin, begin + int(run.argmin()), begin + int(run.argmax()), stop - 1]

"""Samples of several series side by side, in rows of the same time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..base.model import FloatArray, IntArray


def rows_by_time(times: Sequence[IntArray], columns: Sequence[FloatArray]) -> tuple[IntArray, FloatArray]:
    """The time of each row, and the values in it: a column for each series, NaN where one has none.

    No sample is left out: where a series has several of the same time, there are several rows of that time, and
    the n-th sample of each series at that time is in the n-th of them.

    Args:
        times: of each series those of its samples, ascending.
        columns: of each series the values.

    Returns:
        Times, shape (rows,), ascending, and values, shape (rows, series).

    Example:
        >>> own, others = np.array([5, 5, 6]), np.array([5, 7])
        >>> times, values = rows_by_time([own, others], [np.arange(3.0), np.array([8.0, 9.0])])
        >>> times.tolist(), values.tolist()
        ([5, 5, 6, 7], [[0.0, 8.0], [1.0, nan], [2.0, nan], [nan, 9.0]])
    """
    if not times:
        return np.empty(0, np.int64), np.empty((0, 0))
    moments = np.sort(np.concatenate(times), kind="stable")  # which merges what is sorted already
    moments = moments[_is_first(moments)]
    places = [moments.searchsorted(time) for time in times]
    numbers = [_numbers_within(time) for time in times]
    rows = np.ones(len(moments), np.int64)
    for place, number in zip(places, numbers, strict=True):
        np.maximum.at(rows, place[number > 0], number[number > 0] + 1)
    starts = rows.cumsum() - rows
    table = np.full((int(rows.sum()), len(times)), np.nan)
    for index, (place, number) in enumerate(zip(places, numbers, strict=True)):
        table[starts[place] + number, index] = columns[index]
    return moments.repeat(rows), table


def _numbers_within(time: IntArray) -> IntArray:
    """Of each sample, how many there are before it of the same time.

    Example:
        >>> _numbers_within(np.array([4, 5, 5, 5, 6])).tolist()
        [0, 0, 1, 2, 0]
    """
    index, is_first = np.arange(len(time)), _is_first(time)
    if is_first.all():
        return np.zeros(len(time), np.int64)
    return index - np.maximum.accumulate(np.where(is_first, index, 0))


def _is_first(time: IntArray) -> NDArray[np.bool_]:
    """Whether each time, ascending, is another one than that before it."""
    is_first = np.ones(len(time), bool)
    is_first[1:] = time[1:] != time[:-1]
    return is_first

"""Series as tables: the columns that pandas, CSV and Parquet files have in common, and pandas tables of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..base.errors import MissingPackageError
from ..base.model import FloatArray, IntArray
from .ring import Cut, Series
from .statistics import Figures, positions_within

if TYPE_CHECKING:
    import pandas as pd

Between = tuple[float, float]
"""The first and the last moment of a span, epoch seconds, both included."""

RECEIVED_AT = "received_at"
"""The name of the column with the times of arrival."""

ALWAYS: Between = (-math.inf, math.inf)

_FIGURES = (
    *("count", "mean", "min", "max", "std", "first", "last", "difference", "rate_hz", "on_share", "changes"),
)


def long_table(series: Sequence[Series], between: Between = ALWAYS, *, arrival: bool = False) -> pd.DataFrame:
    """One row per sample, in order of time: time (datetime64[ns, UTC]), topic, field, value, unit.

    Args:
        series: where the samples are taken from.
        between: the span of time wanted.
        arrival: whether to add a column received_at (datetime64[ns, UTC]); NaT for computed samples.

    Raises:
        MissingPackageError: without pandas.
    """
    pandas = _pandas()
    cuts = [_cut(one, between) for one in series]
    time = _joined([cut.time for cut in cuts])
    order = np.round(time * 1e6).argsort(kind="stable")
    columns = {"time": _timestamps(pandas, time[order])}
    owner = np.repeat(np.arange(len(cuts)), [len(cut.time) for cut in cuts])[order]
    columns["topic"], columns["field"] = (_texts(pandas, series, name, owner) for name in ("topic", "field"))
    columns["value"] = _joined([cut.value for cut in cuts])[order]
    columns["unit"] = _texts(pandas, series, "unit", owner)
    table: pd.DataFrame = pandas.DataFrame(columns, copy=False)  # they are nobody else's
    if arrival:
        arrived = _joined([_arrivals(one, cut) for one, cut in zip(series, cuts, strict=True)])
        table[RECEIVED_AT] = _timestamps(pandas, arrived[order])
    return table


def wide_table(series: Sequence[Series], between: Between = ALWAYS, *, arrival: bool = False) -> pd.DataFrame:
    """One column per series, named by topic and field, over an index of all times; NaN where one has no sample.

    Two series may have the same name: topic "a b", and topic "a" with field "b". The second is then "a b (2)".

    Where a series has several samples of the same time, that time has several rows; see `rows_by_time`.

    Args:
        series: where the samples are taken from.
        between: the span of time wanted.
        arrival: whether to add a column "... received_at" (datetime64[ns, UTC]) for each series, behind all
            others; NaT where there is no value, and for computed samples.

    Raises:
        MissingPackageError: without pandas.
    """
    pandas = _pandas()
    cuts = [_cut(one, between) for one in series]
    times = [microseconds(cut.time) for cut in cuts]
    time, values = rows_by_time(times, [cut.value for cut in cuts])
    index = pandas.DatetimeIndex((time * 1000).astype("datetime64[ns]"), tz="UTC", name="time")
    table: pd.DataFrame = pandas.DataFrame(values, index=index, columns=column_names(series))
    if arrival:
        columns = [_arrivals(one, cut) for one, cut in zip(series, cuts, strict=True)]
        for name, arrived in zip(arrival_names(table.columns), rows_by_time(times, columns)[1].T, strict=True):
            table[name] = _timestamps(pandas, arrived).set_axis(index)
    return table


def pandas_series(name: str, cut: Cut) -> Any:
    """A run of samples as a pandas Series over times (datetime64[ns, UTC]).

    Args:
        name: its name.
        cut: the samples.

    Raises:
        MissingPackageError: without pandas.
    """
    pandas = _pandas()
    index = pandas.DatetimeIndex(_timestamps(pandas, cut.time), name="time")
    return pandas.Series(cut.value, index=index, name=name)


def figures_table(figures: Sequence[tuple[Series, Figures]]) -> pd.DataFrame:
    """One row per series: topic, field, unit, count, mean, min, max, std, first, last, difference and so on.

    The rest: rate_hz, on_share, changes. A state has no mean, no standard deviation and no difference, a
    measurement no `on_share` and no `changes`: they are NaN.

    Args:
        figures: each series with its statistics.

    Raises:
        MissingPackageError: without pandas.
    """
    pandas = _pandas()
    texts = {
        name: pandas.Series([getattr(one, name) for one, _ in figures], dtype="str")
        for name in ("topic", "field", "unit")
    }
    rows = np.array([_numbers(one, its) for one, its in figures]).reshape(len(figures), len(_FIGURES))
    numbers = dict(zip(_FIGURES, rows.T, strict=True))
    table: pd.DataFrame = pandas.DataFrame({**texts, "count": numbers.pop("count").astype(np.int64), **numbers})
    return table


def event_table(events: Sequence[Any]) -> pd.DataFrame:
    """One row per event: start, end, duration, topic, field, unit, limit, peak, is_end_known.

    Args:
        events: as in analysis/alarms/events.py.

    Raises:
        MissingPackageError: without pandas.
    """
    pandas = _pandas()
    start = _timestamps(pandas, np.array([each.start_s for each in events], float))
    ends = np.array([np.nan if each.end_s is None else each.end_s for each in events], float)
    end = _timestamps(pandas, np.nan_to_num(ends)).mask(np.isnan(ends))
    columns = {
        name: pandas.Series([getattr(each, name) for each in events], dtype="str")
        for name in ("topic", "field", "unit", "limit")
    }
    table: pd.DataFrame = pandas.DataFrame(
        {
            "start": start,
            "end": end,
            "duration": end - start,
            **columns,
            "peak": pandas.Series([each.peak for each in events], dtype=float),
            "is_end_known": pandas.Series([each.is_end_known for each in events], dtype=bool),
        }
    )
    return table


def column_names(series: Sequence[Series]) -> list[str]:
    """A name for each series beside the column "time": its label, numbered where that is already taken.

    Example:
        >>> column_names([Series("a b", "", 9), Series("a", "b", 9), Series("time", "", 9)])
        ['a b', 'a b (2)', 'time (2)']
    """
    taken: dict[str, None] = {"time": None}
    return [_untaken(one.label, taken) for one in series]


def arrival_names(names: Iterable[str]) -> list[str]:
    """The names of the columns with the times of arrival, beside those of the values.

    Example:
        >>> arrival_names(["a", "a received_at"])
        ['a received_at (2)', 'a received_at received_at']
    """
    taken = dict.fromkeys(names)
    return [_untaken(f"{name} {RECEIVED_AT}", taken) for name in [*taken]]


def _untaken(name: str, taken: dict[str, None]) -> str:
    """The name, numbered where it is already taken; it is taken from here on."""
    numbered = (f"{name} ({number})" for number in itertools.count(2))
    found = next(each for each in itertools.chain([name], numbered) if each not in taken)
    taken[found] = None
    return found


def rows_by_time(times: Sequence[IntArray], columns: Sequence[FloatArray]) -> tuple[IntArray, FloatArray]:
    """The time of each row, and the values in it: a column for each series, NaN where one has no sample.

    No sample is left out: where a series has several of the same time, there are several rows of that time, and
    the n-th sample of each series at that time is in the n-th of them.

    Args:
        times: for each series the times of its samples, ascending.
        columns: for each series the values.

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
    """For each sample, how many of the same time come before it.

    Example:
        >>> _numbers_within(np.array([4, 5, 5, 5, 6])).tolist()
        [0, 0, 1, 2, 0]
    """
    index, is_first = np.arange(len(time)), _is_first(time)
    if is_first.all():
        return np.zeros(len(time), np.int64)
    return index - np.maximum.accumulate(np.where(is_first, index, 0))


def _is_first(time: IntArray) -> NDArray[np.bool_]:
    """Whether each time, ascending, differs from the one before it."""
    is_first = np.ones(len(time), bool)
    is_first[1:] = time[1:] != time[:-1]
    return is_first


def microseconds(epoch_seconds: FloatArray) -> IntArray:
    """Epoch seconds as whole microseconds; today a double resolves about a quarter of one."""
    return np.round(epoch_seconds * 1e6).astype(np.int64)


def _numbers(series: Series, its: Figures) -> tuple[float, ...]:
    mean, std, difference = (math.nan,) * 3 if series.is_state else (its.mean, its.std, its.difference)
    on_share, changes = (math.nan, math.nan) if its.stays is None else (its.stays.on_share, its.stays.changes)
    ends = its.first, its.last, difference
    return its.size, mean, its.least, its.greatest, std, *ends, its.rate_hz, on_share, changes


def _cut(series: Series, between: Between) -> Cut:
    return series.cut() if between == ALWAYS else series.cut(*positions_within(series, *between))


def _arrivals(series: Series, cut: Cut) -> FloatArray:
    return series.arrivals(cut.first, cut.first + len(cut.time))


def _joined(arrays: list[FloatArray]) -> FloatArray:
    return np.concatenate(arrays) if arrays else np.empty(0)


def _texts(pandas: Any, series: Sequence[Series], name: str, owner: IntArray) -> Any:
    """For each row a text of its series; as a pandas Series, as pandas 2 would look for dates in an array."""
    of_each = pandas.Series([getattr(one, name) for one in series], dtype="str")
    return pandas.Series(of_each.array.take(owner), dtype=of_each.dtype, copy=False)


def _timestamps(pandas: Any, epoch_seconds: FloatArray) -> Any:
    """Epoch seconds as datetime64[ns, UTC], NaT for NaN."""
    is_there = ~np.isnan(epoch_seconds)
    has_all = bool(is_there.all())  # as times of samples are, of which there may be millions
    nanoseconds = microseconds(epoch_seconds if has_all else np.where(is_there, epoch_seconds, 0.0)) * 1000
    moments = pandas.to_datetime(pandas.Series(nanoseconds.astype("datetime64[ns]")), utc=True)
    return moments if has_all else moments.where(is_there)


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise MissingPackageError("this needs pandas: pip install pandas") from error
    return pandas

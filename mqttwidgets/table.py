"""Series as pandas tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import MissingPackageError
from .series import FloatArray, Series

if TYPE_CHECKING:
    import pandas as pd


def long_table(series: Sequence[Series]) -> pd.DataFrame:
    """One row per sample, in order of time: time (datetime64[ns, UTC]), topic, field, value, unit.

    Raises:
        MissingPackageError: without pandas.
    """
    pandas = _pandas()
    cuts = [one.cut() for one in series]
    counts = [len(cut.time) for cut in cuts]
    columns = {
        name: np.repeat([getattr(one, name) for one in series], counts) for name in ("topic", "field", "unit")
    }
    table = pandas.DataFrame(
        {
            "time": _timestamps(pandas, _joined([cut.time for cut in cuts])),
            "topic": pandas.Series(columns["topic"], dtype="str"),
            "field": pandas.Series(columns["field"], dtype="str"),
            "value": _joined([cut.value for cut in cuts]),
            "unit": pandas.Series(columns["unit"], dtype="str"),
        }
    )
    ordered: pd.DataFrame = table.sort_values("time", kind="stable", ignore_index=True)
    return ordered


def wide_table(series: Sequence[Series]) -> pd.DataFrame:
    """One column per series, named by topic and field, over an index of all times; NaN where one has none.

    Of several samples of one series at the same instant, the last one stands.

    Raises:
        MissingPackageError: without pandas.
    """
    pandas = _pandas()
    columns = [_column(pandas, one) for one in series]
    table: pd.DataFrame
    if columns:
        table = pandas.concat(columns, axis=1, keys=[one.label for one in series], sort=False).sort_index()
    else:
        table = pandas.DataFrame(index=pandas.DatetimeIndex(_timestamps(pandas, np.empty(0)), name="time"))
    return table


def _column(pandas: Any, series: Series) -> Any:
    cut = series.cut()
    index = pandas.DatetimeIndex(_timestamps(pandas, cut.time), name="time")
    column = pandas.Series(cut.value, index=index)
    return column[~column.index.duplicated(keep="last")]


def _joined(arrays: list[FloatArray]) -> FloatArray:
    return np.concatenate(arrays) if arrays else np.empty(0)


def _timestamps(pandas: Any, epoch_seconds: FloatArray) -> Any:
    """Epoch seconds as datetime64[ns, UTC]; a double resolves about a quarter of a microsecond today."""
    nanoseconds = np.round(epoch_seconds * 1e6).astype(np.int64) * 1000
    return pandas.to_datetime(pandas.Series(nanoseconds.astype("datetime64[ns]")), utc=True)


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise MissingPackageError("to_pandas needs pandas: pip install pandas") from error
    return pandas

"""Samples into a file, in the format that is asked for."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np

from ...base.errors import MissingPackageError
from ...base.model import FloatArray
from ..by_time import rows_by_time
from ..table import RECEIVED_AT, arrival_names, column_names, microseconds
from .csv_text import csv_text
from .files import Progress, flows, progress_line, whole_file
from .origin import KEY, Origin
from .pieces import Columns, Samples


def write_csv(
    path: str | os.PathLike[str],
    samples: Samples,
    *,
    wide: bool,
    arrival: bool,
    progress: Progress | bool | None,
) -> Path:
    """Write samples as CSV, packed where the name ends in .gz; the path."""
    is_packed, done = Path(path).suffix == ".gz", 0
    if progress is None and flows(path):
        progress = False  # as the line of text might go where the samples go
    with (
        whole_file(path, may_flow=True) as unfinished,
        progress_line(Path(path).name, progress) as tell,
        _text_file(unfinished, is_packed=is_packed) as file,
    ):
        for text, count in csv_text(samples, wide=wide, arrival=arrival):
            file.write(text)
            done += count
            tell(done, samples.total)
    return Path(path)


def write_parquet(
    path: str | os.PathLike[str],
    samples: Samples,
    *,
    wide: bool,
    arrival: bool,
    progress: Progress | bool | None,
    origin: Origin,
) -> Path:
    """Write samples as Parquet, and where they come from into its metadata; the path.

    Raises:
        MissingPackageError: without pyarrow.
    """
    arrow = _pyarrow()
    table, done = (_wide_table if wide else _long_table)(arrow, samples, arrival=arrival), 0
    text = origin.text(samples.series)
    told = {KEY: text, _ATTRS: json.dumps({KEY: text})}
    with (
        whole_file(path, may_flow=False) as unfinished,
        progress_line(Path(path).name, progress) as tell,
        arrow.parquet.ParquetWriter(unfinished, table(None).schema.with_metadata(told)) as file,
    ):
        for piece in samples.pieces():
            file.write_table(table(piece))
            done += sum(len(columns.time) for columns in piece)
            tell(done, samples.total)
    return Path(path)


@contextmanager
def _text_file(file: BinaryIO, *, is_packed: bool) -> Iterator[IO[str]]:
    """A file as one of text; packed without a name in it."""
    with ExitStack() as stack:
        if is_packed:
            packed = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file)
            file = cast("BinaryIO", stack.enter_context(packed))
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()


_ATTRS = "PANDAS_ATTRS"  # where pandas looks for the `attrs` of a table that it reads
_NOTHING = Columns(np.empty(0, np.int64), np.empty(0), np.empty(0))
_TableOf = Callable[[list[Columns] | None], Any]


def _long_table(arrow: Any, samples: Samples, *, arrival: bool) -> _TableOf:
    """What makes a row for each sample; of None a table without rows."""
    names = [[getattr(one, name) for one in samples.series] or [""] for name in ("topic", "field", "unit")]

    def table(piece: list[Columns] | None) -> Any:
        piece = piece or [_NOTHING]
        owner = np.repeat(np.arange(len(piece)), [len(columns.time) for columns in piece])
        time = np.concatenate([columns.time for columns in piece])
        value = np.concatenate([columns.value for columns in piece])
        order = time.argsort(kind="stable")
        topic, field, unit = (
            arrow.DictionaryArray.from_arrays(arrow.array(owner[order]), name).cast(arrow.string())
            for name in names
        )
        columns = {"time": _moments(arrow, time[order]), "topic": topic, "field": field}
        columns = {**columns, "value": arrow.array(value[order]), "unit": unit}
        if arrival:
            arrived = np.concatenate([part.arrival for part in piece])[order]
            columns[RECEIVED_AT] = _moments_or_null(arrow, arrived)
        return arrow.table(columns)

    return table


def _wide_table(arrow: Any, samples: Samples, *, arrival: bool) -> _TableOf:
    """What makes a column for each series; of None a table without rows."""
    of_values = column_names(samples.series)
    names = ["time", *of_values, *(arrival_names(of_values) if arrival else [])]
    nothing = [_NOTHING for _ in samples.series]

    def table(piece: list[Columns] | None) -> Any:
        piece = piece or nothing
        times = [part.time for part in piece]
        time, values = rows_by_time(times, [part.value for part in piece])
        columns = [arrow.array(column, from_pandas=True) for column in values.T]
        if arrival:
            arrived = rows_by_time(times, [part.arrival for part in piece])[1]
            columns += [_moments_or_null(arrow, column) for column in arrived.T]
        return arrow.Table.from_arrays([_moments(arrow, time), *columns], names=names)

    return table


def _moments(arrow: Any, time: Any) -> Any:
    return arrow.array(time * 1000).cast(arrow.timestamp("ns", tz="UTC"))


def _moments_or_null(arrow: Any, epoch_s: FloatArray) -> Any:
    is_there = ~np.isnan(epoch_s)
    nanoseconds = microseconds(np.where(is_there, epoch_s, 0.0)) * 1000
    return arrow.array(nanoseconds, mask=~is_there).cast(arrow.timestamp("ns", tz="UTC"))


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingPackageError('to_parquet needs pyarrow: pip install "mqttwidgets[parquet]"') from error
    return pyarrow

"""Samples written to CSV (RFC 4180) and Parquet files, piece by piece, with times in microseconds."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np

from ..base.errors import MissingPackageError
from ..base.model import FloatArray, IntArray
from .files import Progress, flows, progress_line, whole_file
from .samples import KEY, Columns, Origin, Samples
from .table import RECEIVED_AT, arrival_names, column_names, microseconds, rows_by_time

Text = Iterator[tuple[str, int]]
"""Pieces of a text, each with the number of samples in it."""

_SIGNS = ("", *"=+-@")
_WOULD_RUN = re.compile(r"(?:^|(?<=[,;\t\r\n]))(?=[ \u00a0\u3000\ufeff]*[=+\-@＝＋－＠\t\r\n'])")
_ATTRS = "PANDAS_ATTRS"  # the key under which pandas finds the `attrs` of a table that it reads
_NOTHING = Columns(np.empty(0, np.int64), np.empty(0), np.empty(0))
_TableOf = Callable[[list[Columns] | None], Any]


def write_csv(
    path: str | os.PathLike[str],
    samples: Samples,
    *,
    wide: bool,
    arrival: bool,
    progress: Progress | bool | None,
) -> Path:
    """Write samples as CSV, packed with gzip if the name ends in .gz; returns the path."""
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


@contextmanager
def _text_file(file: BinaryIO, *, is_packed: bool) -> Iterator[IO[str]]:
    """The file as one for text; if packed, without a name in it."""
    with ExitStack() as stack:
        if is_packed:
            packed = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file)
            file = cast("BinaryIO", stack.enter_context(packed))
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()


def csv_text(samples: Samples, *, wide: bool, arrival: bool = False) -> Text:
    """The header, and then the samples in order of time; pandas reads back the same numbers.

    Times are ISO 8601 in UTC with microseconds, numbers have as many digits as tell them from their neighbours.
    No spreadsheet runs the texts; see `inert`.

    Args:
        samples: the samples to write.
        wide: False for a row of time, topic, field, value and unit for each sample; True for a column for each
            series and a row for each time, or several where a series has several samples of that time.
        arrival: whether to add a column received_at; if `wide`, one for each series.

    Example:
        >>> from mqttwidgets import Series
        >>> oven = Series("lab/oven", "t", capacity=9, unit="°C")
        >>> oven.extend([0.0, 0.5], [20.0, 20.125])
        >>> print(*(text for text, _ in csv_text(Samples([oven]), wide=False)), sep="", end="")
        time,topic,field,value,unit
        1970-01-01T00:00:00.000000Z,lab/oven,t,20.0,°C
        1970-01-01T00:00:00.500000Z,lab/oven,t,20.125,°C
    """
    return _wide(samples, arrival=arrival) if wide else _long(samples, arrival=arrival)


def _long(samples: Samples, *, arrival: bool) -> Text:
    yield _row("time", "topic", "field", "value", "unit", *([RECEIVED_AT] if arrival else [])), 0
    before = np.array([_row(one.topic, one.field).removesuffix("\n") for one in samples.series], object)
    after = np.array([_row(one.unit) if one.unit else "\n" for one in samples.series], object)
    for piece in samples.pieces():
        (time, value, arrived), owner = _in_order(piece)
        ends = after[owner]
        if arrival:
            texts = zip(ends, _iso_of_seconds(arrived), strict=True)
            ends = np.array([f"{end[:-1]},{text}\n" for end, text in texts], object)
        rows = zip(_iso(time), before[owner], value.tolist(), ends, strict=True)
        yield "".join([f"{moment},{name},{number!r},{unit}" for moment, name, number, unit in rows]), len(owner)


def _in_order(piece: Sequence[Columns]) -> tuple[Columns, IntArray]:
    """All samples of a piece in order of time, and for each the index of its series."""
    owner = np.repeat(np.arange(len(piece)), [len(columns.time) for columns in piece])
    time, value, arrival = (np.concatenate(parts) for parts in zip(*piece, strict=True))
    order = time.argsort(kind="stable")
    return Columns(time[order], value[order], arrival[order]), owner[order]


def _wide(samples: Samples, *, arrival: bool) -> Text:
    names = column_names(samples.series)
    yield _row("time", *names, *(arrival_names(names) if arrival else [])), 0
    for piece in samples.pieces():
        times = [part.time for part in piece]
        time, table = rows_by_time(times, [part.value for part in piece])
        columns = [_numbers(column) for column in table.T]
        if arrival:
            arrived = rows_by_time(times, [part.arrival for part in piece])[1]
            columns += [_iso_of_seconds(column) for column in arrived.T]
        count = sum(len(part.time) for part in piece)
        yield "".join([",".join(row) + "\n" for row in zip(_iso(time), *columns, strict=True)]), count


def _numbers(column: FloatArray) -> list[str]:
    return ["" if number != number else repr(number) for number in column.tolist()]


def _iso(time: IntArray) -> list[str]:
    texts: list[str] = np.datetime_as_string(time.astype("datetime64[us]"), timezone="UTC").tolist()
    return texts


def _iso_of_seconds(epoch_s: FloatArray) -> list[str]:
    """Times as texts, "" for NaN."""
    is_there = ~np.isnan(epoch_s)
    texts = _iso(microseconds(np.where(is_there, epoch_s, 0.0)))
    return [text if known else "" for text, known in zip(texts, is_there.tolist(), strict=True)]


def _row(*cells: str) -> str:
    """A row of texts, quoted where needed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(inert, cells))  # so that neither is left without quotes
    return text.getvalue().removesuffix("\r\n") + "\n"


def inert(text: str) -> str:
    r"""A text that no spreadsheet takes for a formula: an apostrophe stands before whatever would begin one.

    A formula begins with `=`, `+`, `-`, `@`, their full-width forms, a tab or a line break, at the start of the
    text and after whatever separates cells, which in some countries is a semicolon (OWASP, "CSV Injection"); also
    after blanks there, which some spreadsheets skip. An apostrophe in such a place gets another one before it, so
    that `re.sub(r"(^|[,;\t\r\n])'", r"\1", text)` gives the text back.
    A sign by itself, which some devices send in place of a unit, does nothing and is left.

    Example:
        >>> inert("lab/oven"), inert("=1+1"), inert("a;@b"), inert("-"), inert("'a")
        ('lab/oven', "'=1+1", "a;'@b", '-', "''a")
    """
    return text if text in _SIGNS else _WOULD_RUN.sub("'", text)


def write_parquet(
    path: str | os.PathLike[str],
    samples: Samples,
    *,
    wide: bool,
    arrival: bool,
    progress: Progress | bool | None,
    origin: Origin,
) -> Path:
    """Write samples as Parquet, with their origin in the metadata; returns the path.

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


def _long_table(arrow: Any, samples: Samples, *, arrival: bool) -> _TableOf:
    """A function that makes a table with a row for each sample of a piece; for None, one without rows."""
    names = [[getattr(one, name) for one in samples.series] or [""] for name in ("topic", "field", "unit")]

    def table(piece: list[Columns] | None) -> Any:
        (time, value, arrived), owner = _in_order(piece or [_NOTHING])
        topic, field, unit = (
            arrow.DictionaryArray.from_arrays(arrow.array(owner), name).cast(arrow.string()) for name in names
        )
        columns = {"time": _moments(arrow, time), "topic": topic, "field": field}
        columns = {**columns, "value": arrow.array(value), "unit": unit}
        if arrival:
            columns[RECEIVED_AT] = _moments_or_null(arrow, arrived)
        return arrow.table(columns)

    return table


def _wide_table(arrow: Any, samples: Samples, *, arrival: bool) -> _TableOf:
    """A function that makes a table with a column for each series of a piece; for None, one without rows."""
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

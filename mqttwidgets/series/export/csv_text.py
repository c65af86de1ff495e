"""Samples as CSV (RFC 4180), which pandas reads back as the same numbers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import numpy as np

from ...base.model import FloatArray, IntArray
from ..by_time import rows_by_time
from ..table import RECEIVED_AT, arrival_names, column_names, microseconds
from .pieces import Samples

_SIGNS = ("", *"=+-@")
_WOULD_RUN = re.compile(r"(?:^|(?<=[,;\t\r\n]))(?=[ \u00a0\u3000\ufeff]*[=+\-@＝＋－＠\t\r\n'])")

Text = Iterator[tuple[str, int]]
"""Pieces of a text, each with how many samples are in it."""


def csv_text(samples: Samples, *, wide: bool, arrival: bool = False) -> Text:
    """The header, and behind it the samples in order of time.

    Times are ISO 8601 in UTC with microseconds, numbers have as many digits as tell them from their neighbours.
    Texts are such that no spreadsheet runs them; see `inert`.

    Args:
        samples: what to write.
        wide: False for a row of time, topic, field, value and unit for each sample; True for a column for each
            series and a row for each time, or several where a series has several samples of that time.
        arrival: whether there is a column received_at, too; where it is wide, one for each series.

    Example:
        >>> from ..ring import Series
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
        owner = np.repeat(np.arange(len(piece)), [len(columns.time) for columns in piece])
        time = np.concatenate([columns.time for columns in piece])
        value = np.concatenate([columns.value for columns in piece])
        order = time.argsort(kind="stable")
        owner = owner[order]
        ends = after[owner]
        if arrival:
            arrived = _iso_of_seconds(np.concatenate([columns.arrival for columns in piece])[order])
            ends = np.array([f"{end[:-1]},{text}\n" for end, text in zip(ends, arrived, strict=True)], object)
        rows = zip(_iso(time[order]), before[owner], value[order].tolist(), ends, strict=True)
        yield "".join([f"{moment},{name},{number!r},{unit}" for moment, name, number, unit in rows]), len(owner)


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
    """Times, "" for NaN."""
    is_there = ~np.isnan(epoch_s)
    texts = _iso(microseconds(np.where(is_there, epoch_s, 0.0)))
    return [text if known else "" for text, known in zip(texts, is_there.tolist(), strict=True)]


def _row(*cells: str) -> str:
    """A row of texts, in quotes where they need them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(map(inert, cells))  # so that neither is left without quotes
    return text.getvalue().removesuffix("\r\n") + "\n"


def inert(text: str) -> str:
    r"""A text that no spreadsheet takes for a formula: an apostrophe stands before what would begin one.

    That is `=`, `+`, `-`, `@`, their full-width forms, a tab or a line break, at the beginning and behind what
    spreadsheets part cells at, such as a semicolon in some countries (OWASP, "CSV Injection"), also behind blanks
    there, which some leave out. An apostrophe in such a place has another one before it, so that
    `re.sub(r"(^|[,;\t\r\n])'", r"\1", text)` gives the text back.
    A sign by itself, as some devices have in the place of a unit, does nothing and is left.

    Example:
        >>> inert("lab/oven"), inert("=1+1"), inert("a;@b"), inert("-"), inert("'a")
        ('lab/oven', "'=1+1", "a;'@b", '-', "''a")
    """
    return text if text in _SIGNS else _WOULD_RUN.sub("'", text)

"""Tables in a document: names of columns with rows of values, and arrays side by side, one of them of times.

Loggers write `{"head": {"fields": [{"name": "BattV", "units": "V"}]}, "data": [{"time": "...", "vals": [12.1]}]}`,
databases `{"columns": ["time", "t"], "values": [[1796038790, 21.5]]}`, devices
`{"time": [1796038790, 1796038791], "t": [21.5, 21.6]}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ..limits import MOST_NUMBERS
from .leaf import Leaf, escaped, own_time, plain_key, time_of
from .names import sense_of, words_in
from .quantity import finite, quantity_in
from .timestamps import fault_of

_NAMES = words_in(
    """columns fields names header headers keys components labels channels sensors columnnames fieldnames head
    variables parameters signals tags cols keynames series spalten"""
)
_HEADS = frozenset(("head", "header", "meta", "metadata", "schema"))
_ROWS = words_in("""values rows data vals points records dataarray samples results measurements werte""")
_UNITS = frozenset(("units", "unit", "uoms", "einheiten"))
_NAME_KEYS = ("name", "id", "key", "field", "label", "title")
_UNIT_KEYS = ("unit", "units", "uom", "u")
_OFFSETS_S = {"$_time": 1e-3, "timems": 1e-3, "tms": 1e-3, "offsetms": 1e-3, "offsetsms": 1e-3, "dtms": 1e-3}
_OFFSETS_S |= {
    "offset": 1.0,
    "offsets": 1.0,
    "offsets_s": 1.0,
    "offsetss": 1.0,
    "timeoffset": 1.0,
    "timeoffsets": 1.0,
}
_LONGEST_NAME, _MOST_TRIED = 100, 4


class Columns(NamedTuple):
    """The values of a table.

    Attributes:
        keys: the members of the object that make it up.
        leaves: its values, each with the time of its row.
    """

    keys: frozenset[Any]
    leaves: list[Leaf]


class _Head(NamedTuple):
    """The names of columns, their units, and the key that they stand under."""

    key: object
    names: list[str]
    units: list[str]


_NO_TABLE = Columns(frozenset(), [])


def columns_in(node: Leaf, members: Mapping[Any, Any], arrival: float) -> Columns:
    """The values of the table that an object is; none for any other object.

    Args:
        node: the object.
        members: its keys and values.
        arrival: epoch seconds, to know a time by.
    """
    if not any(isinstance(value, (list, tuple)) for value in islice(members.values(), MOST_NUMBERS)):
        return _NO_TABLE
    return _rows_under_names(node, members, arrival) or _side_by_side(node, members, arrival) or _NO_TABLE


def _rows_under_names(node: Leaf, members: Mapping[Any, Any], arrival: float) -> Columns | None:
    tables = [key for key in members if plain_key(str(key)) in _ROWS][:_MOST_TRIED]
    for head in islice(_heads_in(members), _MOST_TRIED):
        for key in tables:
            value = members[key]
            if key == head.key:
                continue
            rows = _rows_in(value, head.names)
            if rows is not None:
                units = next((each for each in members if plain_key(str(each)) in _UNITS), None)
                if units is not None and _texts_in(members[units], len(head.names)):
                    head = head._replace(units=[str(each) for each in members[units]])
                keys = frozenset(each for each in (head.key, key, units) if each is not None)
                return Columns(keys, list(_leaves_of_rows(node, members, head, rows, arrival)))
    return None


def _heads_in(members: Mapping[Any, Any]) -> Iterator[_Head]:
    for key, value in members.items():
        plain = plain_key(str(key))
        if plain in _NAMES and isinstance(value, (list, tuple)):
            head = _head_of(key, value)
            if head is not None:
                yield head
        elif plain in _HEADS and isinstance(value, Mapping) and len(value) <= MOST_NUMBERS:
            for inner in _heads_in({name: each for name, each in value.items() if not isinstance(each, Mapping)}):
                yield inner._replace(key=key)


def _head_of(key: object, names: Sequence[object]) -> _Head | None:
    if not 0 < len(names) <= MOST_NUMBERS:
        return None
    texts: list[str] = []
    units: list[str] = []
    for each in names:
        text, unit = (
            (_text_under(each, _NAME_KEYS), _text_under(each, _UNIT_KEYS))
            if isinstance(each, Mapping)
            else (each, "")
        )
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_NAME or quantity_in(text) is not None:
            return None
        texts.append(text)
        units.append(unit)
    return _Head(key, texts, units) if len(set(texts)) == len(texts) else None


def _text_under(members: Mapping[Any, Any], keys: Sequence[str]) -> str:
    return next((str(members[key]) for key in keys if isinstance(members.get(key), str)), "")


def _texts_in(value: object, count: int) -> bool:
    return (
        isinstance(value, (list, tuple)) and len(value) == count and all(isinstance(each, str) for each in value)
    )


def _rows_in(
    value: object, names: Sequence[str]
) -> list[tuple[Mapping[Any, Any] | None, Sequence[object]]] | None:
    """(the object with the time of a row, the row) of each row; None where the rows do not fit the names."""
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if len(value) == len(names) and not any(isinstance(each, (list, tuple, Mapping)) for each in value):
        return [(None, value)]
    rows: list[tuple[Mapping[Any, Any] | None, Sequence[object]]] = []
    for row in value:
        record = row if isinstance(row, Mapping) else None
        cells = row
        if record is not None:
            cells = next((each for key, each in record.items() if plain_key(str(key)) in _ROWS), None)
        if not isinstance(cells, (list, tuple)) or len(cells) != len(names):
            return None
        rows.append((record, cells))
    return rows


def _leaves_of_rows(
    node: Leaf,
    members: Mapping[Any, Any],
    head: _Head,
    rows: Sequence[tuple[Mapping[Any, Any] | None, Sequence[object]]],
    arrival: float,
) -> Iterator[Leaf]:
    title = _text_under(members, ("name", "title", "measurement"))
    for given, cells in rows:
        row = dict(zip(head.names, cells, strict=True))
        timed = row if own_time(row, arrival) is not None else given
        record = timed if timed is not None and own_time(timed, arrival) is not None else node.record
        for name, unit, cell in zip(head.names, head.units, cells, strict=True):
            scope = {"value": cell, "unit": unit} if unit else row
            field = f"{title}/{name}" if title else name
            yield Leaf(field, name, "", node.depth + 2, cell, scope, record, node.outside, "")


def _side_by_side(node: Leaf, members: Mapping[Any, Any], arrival: float) -> Columns | None:
    """Arrays of one length, of which one is the times of the others' values."""
    arrays = {
        key: value
        for key, value in members.items()
        if isinstance(value, (list, tuple))
        and not any(isinstance(each, (list, tuple, Mapping)) for each in value[:1])
    }
    tried = 0
    for key, value in arrays.items():
        times = _times_in(str(key), value, node, arrival)
        if times is None:
            continue
        tried += 1
        if tried > _MOST_TRIED:
            return None
        others = {name: each for name, each in arrays.items() if name != key and len(each) == len(times)}
        if others and all(_are_plain(each) for each in others.values()):
            leaves = list(_leaves_side_by_side(node, others, times))
            return Columns(frozenset((key, *others)), leaves)
    return None


def _are_plain(values: Sequence[object]) -> bool:
    return not any(isinstance(each, (list, tuple, Mapping)) for each in values)


def _times_in(key: str, values: Sequence[object], node: Leaf, arrival: float) -> list[float] | None:
    """The times in an array of such, or of offsets from the time beside the object that it stands in."""
    if not 0 < len(values) <= MOST_NUMBERS:
        return None
    offset_s = _OFFSETS_S.get(key.lower()) or _OFFSETS_S.get(plain_key(key))
    if offset_s is not None:
        base = own_time(node.scope, arrival) if node.scope else None
        offsets = [finite(each) for each in values]
        found = [each for each in offsets if each is not None]
        return None if base is None or len(found) < len(values) else [base[1] + each * offset_s for each in found]
    if sense_of(key).time_rank is None:
        return None
    times = [time_of(each, arrival) for each in values]
    found = [each for each in times if each is not None and not fault_of(each, arrival)]
    return found if len(found) == len(values) else None


def _leaves_side_by_side(
    node: Leaf, arrays: Mapping[Any, Sequence[object]], times: Sequence[float]
) -> Iterator[Leaf]:
    for key, values in arrays.items():
        text = str(key)
        field = f"/{escaped(text)}" if node.depth == 0 else text
        for value, time in zip(values, times, strict=True):
            record = {"time": time}
            yield Leaf(field, text, node.key, node.depth + 1, value, record, record, node.outside, "")

"""The values of a parsed document, each with its name: JSON, CBOR and MessagePack alike.

A value is named by its JSON pointer (RFC 6901), unless the document names it: an array of names with values
(`[{"name": "t", "value": 21.5}]`, `[["t", 21.5, "°C"]]`) gives names, and an array of timed records gives the same
names again and again, each with its own time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..limits import MOST_NUMBERS, TOO_MANY_NUMBERS, in_time
from .names import sense_of
from .quantity import finite, quantity_in, state_in
from .timestamps import epoch_seconds, fault_of, is_epoch, time_in

_NAME_WORDS = """
    name n id key valuetype sensor type field tag label title parameter variable measurement metric property
    channel quantity signal point code sensorid tagname path address nodeid
"""
_NAME_KEYS = _NAME_WORDS.split()
_VALUE_KEYS = ("value", "v", "val", "reading", "data")
_LONGEST_NAME, _LONGEST_KEY = 100, 50
_DAY_S = 86_400.0
_DATES = ("date", "day", "datum")
_TIME_OF_DAY = re.compile(r"[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?")
_LONGEST_FIELD = 1_000


class TooManyValuesError(ValueError):
    """A document with more values, or longer names, than any set of sensors has; the message says which."""


class Leaf(NamedTuple):
    """One value of a document.

    Attributes:
        field: its name.
        key: the key nearest to it, for an array's element that of the array.
        parent: the key above that.
        depth: how many levels above it.
        value: a number, text, bool, None, bytes or datetime; while it is visited, a part with values of its own.
        scope: the object that it stands in.
        record: the nearest object around it whose own time is its; None when the document's counts.
    """

    field: str
    key: str
    parent: str
    depth: int
    value: object
    scope: Mapping[Any, Any]
    record: Mapping[Any, Any] | None


def leaves_of(
    document: object, arrival: float, name: str = "", *, is_batch: bool = False, most: int = MOST_NUMBERS
) -> list[Leaf]:
    """All values of a document in its order.

    Args:
        document: the payload parsed.
        arrival: epoch seconds, to know a time by.
        name: the name of the document, which is the key above its values.
        is_batch: whether an array is one of records, however few it has.
        most: how many values there may be, together with the parts that have values of their own.

    Raises:
        TooManyValuesError: for more, and for names that are too long.

    Example:
        >>> [(leaf.field, leaf.value) for leaf in leaves_of({"a": {"b/c": 1}, "d": [{"n": "x", "v": 2}]}, 0.0)]
        [('/a/b~1c', 1), ('x', 2)]
    """
    leaves: list[Leaf] = []
    to_visit = [Leaf("", name, "", 0, document, {}, None)]
    visited = 0
    has_time = False
    while to_visit:
        node = to_visit.pop()
        visited += 1
        if isinstance(node.value, (Mapping, list, tuple)) and visited + len(node.value) > most:
            raise TooManyValuesError(f"more than {most:,} numbers")
        if node.depth == 0 and isinstance(node.value, Mapping):
            has_time = own_time(node.value, arrival) is not None
        if isinstance(node.value, Mapping):
            children = list(in_time(_members(node, node.value, arrival, has_time=has_time)))
        elif isinstance(node.value, (list, tuple)):
            children = list(in_time(_elements(node, node.value, arrival, is_batch=is_batch)))
        else:
            leaves.append(node)
            continue
        if visited + len(to_visit) + len(children) > most:
            raise TooManyValuesError(f"more than {most:,} numbers")
        to_visit.extend(reversed(children))
    return leaves


def own_time(record: Mapping[Any, Any], arrival: float) -> tuple[str, float] | None:
    """The (key, epoch seconds) of the likeliest time that stands in an object itself; None when there is none."""
    best: tuple[int, str, float] | None = None
    date_of = functools.cache(functools.partial(date_in, record))  # once for all times of day
    for key, value in record.items():
        rank = sense_of(str(key)).time_rank
        if rank is None or (best is not None and rank >= best[0]):
            continue
        time = _claim(str(key), value, date_of, arrival)
        if time is not None and not fault_of(time, arrival):
            best = (rank, str(key), time)
    return None if best is None else (best[1], best[2])


def claimed_time(leaf: Leaf, arrival: float, date_of: Callable[[], object]) -> float | None:
    """The time in a field that is named like one, right or wrong; None when it is no time.

    Args:
        leaf: the field.
        arrival: epoch seconds.
        date_of: gives the date that stands beside it, to which a time of day belongs.
    """
    time = _claim(leaf.key, leaf.value, date_of, arrival)
    return finite(leaf.value) if time is None and sense_of(leaf.key).is_clock else time


def date_in(scope: Mapping[Any, Any]) -> object:
    """The value in an object that is called a date; None when there is none."""
    return next((value for key, value in scope.items() if str(key).lower() in _DATES), None)


def _claim(key: str, value: object, date_of: Callable[[], object], arrival: float) -> float | None:
    """The time in a value with this key; a time of day counts together with the date beside it."""
    if isinstance(value, str) and _TIME_OF_DAY.fullmatch(value.strip()):
        date = date_of()
        return time_in(f"{date} {value.strip()}", arrival) if isinstance(date, str) else None
    time = time_of(value, arrival)
    if time is not None and sense_of(key).is_stamp and abs(time - arrival) > _DAY_S:
        return None
    return time


def time_of(value: object, arrival: float) -> float | None:
    """Epoch seconds of a value that can be a time: a date, or a number in the range of one; else None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        number = finite(value)
        return None if number is None or not is_epoch(number) else epoch_seconds(number)
    if isinstance(value, str):
        if value[:1].isdecimal() and len(value) <= 25 and value.replace(".", "", 1).isdecimal():
            number = float(value)
            if is_epoch(number):
                return epoch_seconds(number)
        return time_in(value, arrival)
    timestamp = getattr(value, "timestamp", None)
    return float(timestamp()) if callable(timestamp) else None


def is_value_key(key: str) -> bool:
    """Whether a key says no more than that its value is the value.

    Example:
        >>> is_value_key("Value"), is_value_key("temperature")
        (True, False)
    """
    return plain_key(key) in _VALUE_KEYS


def plain_key(key: str) -> str:
    """A key without case and separators, which people vary; a long one, which nobody knows, as it is.

    Example:
        >>> plain_key("Sample_Rate"), plain_key("sampleRate")
        ('samplerate', 'samplerate')
    """
    if len(key) > _LONGEST_KEY:
        return key
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


def escaped(key: object) -> str:
    """A key as a reference token (RFC 6901, section 3)."""
    text = str(key)
    return text.replace("~", "~0").replace("/", "~1") if "~" in text or "/" in text else text


def _members(node: Leaf, members: Mapping[Any, Any], arrival: float, *, has_time: bool) -> Iterator[Leaf]:
    record = node.record
    is_value = any(is_value_key(key) for key in members if isinstance(key, str))
    if node.depth > 0 and (is_value or not has_time) and own_time(members, arrival) is not None:
        record = members
    for key, value in members.items():
        text = str(key)
        if len(node.field) + len(text) > _LONGEST_FIELD:
            raise TooManyValuesError(f"names of more than {_LONGEST_FIELD:,} characters")
        yield Leaf(f"{node.field}/{escaped(text)}", text, node.key, node.depth + 1, value, members, record)


def _elements(node: Leaf, elements: Sequence[object], arrival: float, *, is_batch: bool) -> Iterator[Leaf]:
    named = _named(elements) or _rows(elements)
    if named is not None:
        title = _title_of(node.scope)
        scopes = {id(scope): scope for *_, scope in named}
        records = {place for place, scope in scopes.items() if own_time(scope, arrival) is not None}
        for name, key, value, scope in named:
            field = f"{title}/{name}" if title else name
            if key is not None and not is_value_key(key):
                field = f"{field}/{escaped(key)}"
            record = scope if id(scope) in records else node.record
            yield Leaf(field, name if key is None or is_value_key(key) else key, "", 2, value, scope, record)
        return
    timed = node.depth == 0 and (is_batch or len(elements) > 1) and is_timed(elements)
    for index, element in enumerate(elements):
        field = "" if timed else f"{node.field}/{index}"
        record = element if timed and isinstance(element, Mapping) else node.record
        yield Leaf(field, node.key, node.parent, node.depth + 1, element, node.scope, record)


def _named(elements: Sequence[object]) -> list[tuple[str, str | None, object, Mapping[Any, Any]]] | None:
    """(name, key, value, object) of everything in an array of objects that each have a name and a value."""
    found: list[tuple[str, str | None, object, Mapping[Any, Any]]] = []
    records: list[Mapping[Any, Any]] = []
    for element in elements:
        if not isinstance(element, Mapping):
            return None
        records.append(element)
        if len(found) + len(element) > MOST_NUMBERS:
            raise TooManyValuesError(TOO_MANY_NUMBERS)
        keys = {plain_key(key): key for key in element if isinstance(key, str)}
        name_key = next((keys[key] for key in _NAME_KEYS if key in keys and _is_name(element[keys[key]])), None)
        values = [keys[key] for key in _VALUE_KEYS if key in keys]
        if name_key is None or len(values) != 1 or isinstance(element[values[0]], (Mapping, list, tuple)):
            return None
        name = str(element[name_key])
        others = [key for key in element if key not in (name_key, values[0])]
        found.append((name, values[0], element[values[0]], element))
        found.extend((name, str(key), element[key], element) for key in others)
    names = [name for name, key, _, _ in found if key is not None and is_value_key(key)]
    distinct = len(set(names)) == len(names) or all(own_time(scope, 0.0) for scope in records)
    return found if found and distinct else None


def _rows(elements: Sequence[object]) -> list[tuple[str, str | None, object, Mapping[Any, Any]]] | None:
    """(name, key, value, object) of everything in an array of arrays [name, value] or [name, value, unit]."""
    found: list[tuple[str, str | None, object, Mapping[Any, Any]]] = []
    for row in elements:
        if not isinstance(row, (list, tuple)) or len(row) not in (2, 3) or not _is_name(row[0]):
            return None
        if isinstance(row[0], int) or row[0].isdecimal() or not _is_valued(row[1]):
            return None
        scope = (
            {"value": row[1], "unit": row[2]} if len(row) == 3 and isinstance(row[2], str) else {"value": row[1]}
        )
        found.append((str(row[0]), None, row[1], scope))
    return found if found and len({name for name, *_ in found}) == len(found) else None


def _is_name(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_NAME and (value.isdecimal() or quantity_in(value) is None)
    return isinstance(value, int) and not isinstance(value, bool)


def _is_valued(value: object) -> bool:
    if isinstance(value, str):
        return quantity_in(value) is not None or state_in(value) is not None
    return value is None or isinstance(value, (int, float))


def _title_of(scope: Mapping[Any, Any]) -> str:
    """The name of the object that an array of names stands in, where it is one of several."""
    for key in ("title", "name", "label"):
        title = scope.get(key)
        if isinstance(title, str) and 0 < len(title) <= _LONGEST_NAME:
            return title
    return ""


def is_timed(elements: Sequence[object]) -> bool:
    """Whether each of an array's elements is an object with a time, even if its clock was never set.

    False for more than `MOST_NUMBERS` values, which are refused anyway.
    """
    records = [element for element in elements[:MOST_NUMBERS] if isinstance(element, Mapping)]
    if len(records) < len(elements) or sum(map(len, records)) > MOST_NUMBERS:
        return False
    return all(map(_has_clock, records))


def _has_clock(element: Mapping[Any, Any]) -> bool:
    return any(
        sense_of(str(key)).is_clock and isinstance(value, (int, float, str)) for key, value in element.items()
    )

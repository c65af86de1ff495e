"""The elements of an array, each with its name, so that a line is that of one thing in whichever order they come.

What has a name, `[{"name": "t", "value": 21.5}]`, goes by it; so do objects with ids, not by their index. An
array of one object keeps its index for that object: `/rxInfo/0/rssi` is one gateway's. Records of one thing, each
with its own time, have the same names again and again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeGuard

from ..judgements import KnownLists, Told
from ..limits import MOST_NUMBERS, TOO_MANY_NUMBERS
from .device_keys import devices_in, is_device_key, tells_elements
from .device_suffixes import Devices
from .leaf import Leaf, TooManyValuesError, escaped, is_value_key, own_time, plain_key, time_of
from .names import is_setting, sense_of, words_in, words_of
from .quantity import quantity_in, state_in
from .timestamps import fault_of

_NAME_WORDS = """
    name n id key valuetype sensor type field tag label title parameter variable measurement metric property
    channel quantity signal point code sensorid tagname path address nodeid displayname entityid entity
    nom nombre nome naam bezeichnung sensorname parametername variablename node room station meter device
    deviceid param channelname sensortype measure item itemname register datapoint dp attribute metricname event
"""
_NAME_KEYS = _NAME_WORDS.split()
_OF_ONE_VALUE = frozenset(_NAME_KEYS) - {"code", "n", "id"}
_TELLING = frozenset(_NAME_KEYS) - {"code", "type", "field", "event"}

_ONE_VALUE = ("value", "v", "val", "wert", "valeur", "valor", "valore", "waarde", "reading", "data")
_INDICES = words_in("""channel ch index idx slot phase port cell zone circuit no nr num number pin input output""")
_LONGEST_NAME = 100
_LONGEST_ID, _MOST_POINTERS = 64, 16
_YEAR_S = 366 * 86_400.0
_BIGGEST_INDEX = 1_000


class _Named(NamedTuple):
    """A value in an array of names.

    Attributes:
        name: that of its element.
        key: its own, None for a value without one.
        value: any.
        scope: its element.
        named_by: the key of the name, `""` for none.
    """

    name: str
    key: str | None
    value: object
    scope: Mapping[Any, Any]
    named_by: str = ""


def name_of(members: Mapping[Any, Any]) -> tuple[str, str, str] | None:
    """(the key of the name, that of the value, the name) of an object that is a name and its value; else None.

    Example:
        >>> name_of({"name": "temp", "value": 21.5}), name_of({"name": "kitchen", "t": 21.5})
        (('name', 'value', 'temp'), None)
    """
    if len(members) > MOST_NUMBERS:
        return None
    keys = {plain_key(key): key for key in members if isinstance(key, str)}
    values = [keys[key] for key in _ONE_VALUE if key in keys]
    if len(values) != 1 or isinstance(members[values[0]], (Mapping, list, tuple)):
        return None
    if values[0] == keys.get("data") and not _is_valued(members[values[0]]):
        return None
    names = [
        keys[key] for key in _NAME_KEYS if key in keys and key in _OF_ONE_VALUE and _is_text(members[keys[key]])
    ]
    if not names or any(_is_measured(key, value) for key, value in members.items() if key != values[0]):
        return None
    names.sort(key=lambda key: not sense_of(str(members[key])).is_quantity)
    return names[0], values[0], str(members[names[0]])


def elements_of(
    node: Leaf, elements: Sequence[object], arrival: float, lists: KnownLists, devices: Devices
) -> Iterator[Leaf]:
    """The elements of an array, named.

    Args:
        node: the array.
        elements: its elements.
        arrival: epoch seconds, to know a time by.
        lists: what is known of the topic's arrays, which grows.
        devices: tells the devices of the topic apart.
    """
    named = _named(elements) or _rows(elements)
    if named is not None:
        yield from _leaves_of_named(node, named, arrival, devices)
        return
    times = _times_of_rows(elements, arrival)
    if times is not None:
        yield from _leaves_of_rows(node, elements, times)
        return
    end = _end_of_timed(node, elements, arrival, lists)
    if end is None:
        yield from _leaves_by_index(node, elements, lists, devices)
        return
    for index, element in enumerate(elements):
        assert isinstance(element, Mapping)  # noqa: S101 - as is_timed has it
        pointer, place = f"{node.pointer}/{index}", f"{node.place}/*"
        leaf = node._replace(field=node.field + end, depth=node.depth + 1, value=element, record=element)
        yield leaf._replace(pointer=pointer, place=place)


def is_timed(elements: Sequence[object]) -> bool:
    """Whether each of an array's elements is an object with a time, even if its clock was never set.

    False for more than `MOST_NUMBERS` values, which are refused anyway.
    """
    records = [element for element in islice(elements, MOST_NUMBERS) if isinstance(element, Mapping)]
    if len(records) < len(elements) or sum(map(len, records)) > MOST_NUMBERS:
        return False
    return all(map(_has_clock, records))


def identity_of(elements: Sequence[object]) -> tuple[str, list[Told]] | None:
    """(the pointer to, the values of) what tells an array's objects from each other; None where nothing does.

    Example:
        >>> identity_of([{"id": "A", "t": 1}, {"id": "B", "t": 1}]), identity_of([{"t": 1}, {"t": 2}])
        (('/id', ['A', 'B']), None)
    """
    if not elements or len(elements) > MOST_NUMBERS:
        return None
    found = (_identity_by(pointer, elements) for pointer in _pointers_to_names(elements[0]))
    return next((each for each in found if each is not None), None)


def _pointers_to_names(element: object) -> list[str]:
    """Where something stands in an object that may tell it from others, the likeliest first."""
    if not isinstance(element, Mapping) or len(element) > MOST_NUMBERS:
        return []
    own = [f"/{escaped(key)}" for key in sorted(filter(_may_tell, element), key=_place_of)]
    return [*own, *(pointer for pointer in devices_in(element) if pointer.count("/") > 1)][:_MOST_POINTERS]


def _place_of(key: str) -> int:
    plain = plain_key(key)
    return _NAME_KEYS.index(plain) if plain in _NAME_KEYS else len(_NAME_KEYS)


def _may_tell(key: object) -> bool:
    if not isinstance(key, str):
        return False
    return plain_key(key) in _TELLING or _is_kind(key) or plain_key(key) in _INDICES or tells_elements(key)


def _is_kind(key: str) -> bool:
    """Whether a key says what kind of thing an object is, which tells it from others where no name does."""
    return words_of(key)[-1:] in (("type",), ("kind",))


def _is_id(value: object) -> TypeGuard[Told]:
    if isinstance(value, str):
        return 0 < len(value) <= _LONGEST_ID and (value.isdecimal() or quantity_in(value) is None)
    return type(value) is int and abs(value) < 2**63


def _leaves_by_index(
    node: Leaf, elements: Sequence[object], lists: KnownLists, devices: Devices
) -> Iterator[Leaf]:
    """The elements under their index, or under whatever tells them from each other."""
    pointer, values, first = _naming(node.place, elements, lists)
    for index, element in enumerate(elements):
        at = f"{node.pointer}/{index}"
        if not pointer:
            place = f"{node.place}/{index}"
            field = f"{node.field}/{index}"
            yield node._replace(field=field, depth=node.depth + 1, value=element, pointer=at, place=place)
            continue
        value = values[index]
        devices.told[at + pointer] = value
        field, suffix = f"{node.field}/0", ""
        if first.get(pointer) != value:
            field, suffix = _label(node, pointer, value)
        yield node._replace(
            field=field,
            depth=node.depth + 1,
            value=element,
            pointer=at,
            place=f"{node.place}/={value}",
            suffix=node.suffix + suffix,
            told_by="*",
        )


def _naming(
    place: str, elements: Sequence[object], lists: KnownLists
) -> tuple[str, list[Told], Mapping[str, object]]:
    """(where the names of elements stand in them, the names, what told the first element that came alone).

    The first is `""` where nothing tells the elements from each other. What told them before is kept to, as long
    as it does.
    """
    known = lists.named.get(place)
    if known is None:
        found = identity_of(elements)
        if found is None:
            return "", [], {}
        alone = elements[0] if len(elements) == 1 else None
        values = {pointer: _value_at(pointer, alone) for pointer in _pointers_to_names(alone)}
        told: dict[str, object] = {pointer: value for pointer, value in values.items() if _is_id(value)}
        return found[0], found[1], lists.note_named(place, "" if told else found[0], told)
    before, first = known
    found = _identity_by(before, elements) if before else None
    if found is None:
        found = _difference(first, elements[0]) if len(elements) == 1 else identity_of(elements)
    if found is None:
        return "", [], {}
    if found[0] != before and (len(elements) > 1 or first.get(found[0]) != found[1][0]):
        lists.note_named(place, found[0], {})
    return found[0], found[1], first


def _difference(first: Mapping[str, object], element: object) -> tuple[str, list[Told]] | None:
    """What tells an element that came alone from the first such one, or that it is the same."""
    found = [(pointer, _value_at(pointer, element)) for pointer in _pointers_to_names(element)]
    names = [(pointer, value) for pointer, value in found if _is_id(value)]
    differing = [(pointer, value) for pointer, value in names if first.get(pointer) != value]
    return next(((pointer, [value]) for pointer, value in (*differing, *names)), None)


def _identity_by(pointer: str, elements: Sequence[object]) -> tuple[str, list[Told]] | None:
    """The values at one place in each of an array's objects; None where these do not tell them apart."""
    values = [_value_at(pointer, element) for element in elements]
    told = [value for value in values if _is_id(value)]
    distinct = len(told) == len(values) and len({(type(value), value) for value in told}) == len(told)
    return (pointer, told) if distinct else None


def _value_at(pointer: str, element: object) -> object:
    for token in pointer[1:].split("/"):
        if not isinstance(element, Mapping):
            return None
        element = element.get(token.replace("~1", "/").replace("~0", "~"))
    return element


def _label(node: Leaf, pointer: str, value: object) -> tuple[str, str]:
    """(the name of an element, the end of the names of all in it)."""
    key = pointer.rpartition("/")[2]
    if isinstance(value, str):
        return f"{node.field}/{escaped(value)}" if node.told_by == "*" else _bare(value), ""
    if plain_key(key) in _INDICES and isinstance(value, int) and 0 <= value < _BIGGEST_INDEX:
        return f"{node.field}/{value}", ""
    return node.field, f",{key}={value}"


def _bare(name: str) -> str:
    """A name as a field of its own, which is no pointer."""
    return f"~1{name[1:]}" if name.startswith("/") else name


def _leaves_of_named(node: Leaf, named: Sequence[_Named], arrival: float, devices: Devices) -> Iterator[Leaf]:
    title = _title_of(node.scope)
    scopes = {id(each.scope): each.scope for each in named}
    suffixes: dict[int, str] = {}
    records = {place for place, scope in scopes.items() if own_time(scope, arrival) is not None}
    for name, key, value, scope, named_by in named:
        field = f"{title}/{name}" if title else f"{node.field}/{name}" if node.told_by == "*" else _bare(name)
        near = name
        if key is not None and not _is_value(key):
            field, near = f"{field}/{escaped(key)}", key
        record = scope if id(scope) in records else node.record
        place = f"{node.place}/*/{name}"
        if id(scope) not in suffixes:
            suffixes[id(scope)] = (
                devices.suffix(node, scope, place=place, named_by=named_by, is_one_of_many=True)
                if named_by
                else ""
            )
        yield Leaf(
            field,
            near,
            "",
            2,
            value,
            scope,
            record,
            node.outside,
            "",
            place,
            node.suffix + suffixes[id(scope)],
            "*",
        )


def _named(elements: Sequence[object]) -> list[_Named] | None:
    """Everything in an array of objects that each have a name and a value."""
    found: list[_Named] = []
    records: list[Mapping[Any, Any]] = []
    for element in elements:
        if not isinstance(element, Mapping):
            return None
        records.append(element)
        if len(found) + len(element) > MOST_NUMBERS:
            raise TooManyValuesError(TOO_MANY_NUMBERS)
        keys = {plain_key(key): key for key in element if isinstance(key, str)}
        name_key = _name_key_in(element, keys)
        values = [keys[key] for key in _ONE_VALUE if key in keys] or [
            keys[key] for key in keys if _ends_in_value(key)
        ]
        if name_key is None or len(values) != 1 or isinstance(element[values[0]], (Mapping, list, tuple)):
            return None
        name = str(element[name_key])
        others = [key for key in element if key not in (name_key, values[0])]
        found.append(_Named(name, values[0], element[values[0]], element, name_key))
        found.extend(_Named(name, str(key), element[key], element, name_key) for key in others)
    names = [each.name for each in found if each.key is not None and _is_value(each.key)]
    distinct = len(set(names)) == len(names) or all(own_time(scope, 0.0) for scope in records)
    return found if found and distinct else None


def _name_key_in(element: Mapping[Any, Any], keys: Mapping[str, str]) -> str | None:
    """The key of an element's name: a word rather than a number."""
    names = [keys[key] for key in _NAME_KEYS if key in keys and _is_name(element[keys[key]])]
    words = (key for key in names if isinstance(element[key], str) and not element[key].isdecimal())
    return next(itertools.chain(words, names), None)


def _is_value(key: str) -> bool:
    return is_value_key(key) or _ends_in_value(plain_key(key))


def _ends_in_value(key: str) -> bool:
    """Whether a key is that of a value, such as `measurementvalue`, and not of the least or the last."""
    return key.endswith("value") and not key.startswith(
        ("min", "max", "last", "raw", "old", "prev", "target", "set")
    )


def _rows(elements: Sequence[object]) -> list[_Named] | None:
    """Everything in an array of arrays [name, value] or [name, value, unit]."""
    found: list[_Named] = []
    for row in elements:
        if not isinstance(row, (list, tuple)) or len(row) not in (2, 3) or not _is_name(row[0]):
            return None
        if (
            isinstance(row[0], int)
            or row[0].isdecimal()
            or not _is_valued(row[1])
            or time_of(row[0], 0.0) is not None
        ):
            return None
        scope = (
            {"value": row[1], "unit": row[2]} if len(row) == 3 and isinstance(row[2], str) else {"value": row[1]}
        )
        found.append(_Named(str(row[0]), None, row[1], scope))
    return found if found and len({each.name for each in found}) == len(found) else None


def _is_name(value: object) -> bool:
    return _is_text(value) or (isinstance(value, int) and not isinstance(value, bool))


def _is_text(value: object) -> bool:
    if not isinstance(value, str):
        return False
    return 0 < len(value) <= _LONGEST_NAME and (value.isdecimal() or quantity_in(value) is None)


def _is_measured(key: object, value: object) -> bool:
    """Whether a value may be a measurement, by its key."""
    if isinstance(value, str):
        return False
    sense = sense_of(str(key))
    if isinstance(value, bool):
        return not is_setting(str(key))
    return not (sense.reason or sense.if_whole or sense.is_time or is_device_key(str(key)))


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


def _end_of_timed(node: Leaf, elements: Sequence[object], arrival: float, lists: KnownLists) -> str | None:
    """The end of the name of an array of records, each with its own time; None for any other array.

    A record that comes alone has an index, as it may be the only one ever; others that come later have the same.
    """
    if not elements or not is_timed(elements):
        return None
    known = lists.timed.get(node.place)
    if node.depth == 0 and _are_of_one_moment(elements, arrival):
        return None
    if known is not None:
        return None if node.place in lists.named else known
    if node.depth == 0:
        if node.place in lists.named:
            return None
        return lists.note_timed(node.place, "" if len(elements) > 1 else "/0")
    times = [own_time(element, arrival) for element in elements if isinstance(element, Mapping)]
    if not all(times) or node.place in lists.named or identity_of(elements) is not None:
        return None
    distinct = len({each[1] for each in times if each is not None}) == len(times)
    if distinct and (len(elements) > 1 or _is_time_and_values(elements[0])):
        return lists.note_timed(node.place, "")
    return None


def _are_of_one_moment(elements: Sequence[object], arrival: float) -> bool:
    """Whether several objects all have the same time, and name no device: they are no records of one thing."""
    if len(elements) < 2 or devices_in(elements[0] if isinstance(elements[0], Mapping) else {}):
        return False
    times = {own_time(element, arrival) for element in elements if isinstance(element, Mapping)}
    return len(times) == 1 and None not in times


def _is_time_and_values(element: object) -> bool:
    """Whether an object is a time with values, no more: `{"ts": 1796038790000, "values": {"t": 21.5}}`."""
    if not isinstance(element, Mapping) or len(element) != 2:
        return False
    others = [key for key in element if sense_of(str(key)).time_rank is None]
    return len(others) == 1 and is_value_key(str(others[0]).removesuffix("s"))


def _has_clock(element: Mapping[Any, Any]) -> bool:
    return any(
        sense_of(str(key)).is_clock and isinstance(value, (int, float, str)) for key, value in element.items()
    )


def _times_of_rows(elements: Sequence[object], arrival: float) -> list[float] | None:
    """The times that rows begin with; one for an array that is a row itself, none for an array that is neither."""
    if not elements:
        return None
    if not isinstance(elements[0], (list, tuple)):
        time = _time_in_front(elements, arrival)
        return None if time is None else [time]
    rows = [row for row in elements if isinstance(row, (list, tuple))]
    if len(rows) < len(elements) or len({len(row) for row in rows}) > 1:
        return None
    times = [_time_in_front(row, arrival) for row in rows]
    found = [time for time in times if time is not None]
    return found if len(found) == len(rows) else None


def _time_in_front(row: Sequence[object], arrival: float) -> float | None:
    """The time that an array begins with, where numbers follow; it is of the last year or so."""
    if not 1 < len(row) <= MOST_NUMBERS or isinstance(row[1], (Mapping, list, tuple)):
        return None
    time = time_of(row[0], arrival)
    if time is None or fault_of(time, arrival) or (arrival and time < arrival - _YEAR_S):
        return None
    others = [value for value in islice(row, 1, None) if value is not None and not isinstance(value, str)]
    is_plain = all(isinstance(value, (int, float)) for value in others)
    return time if is_plain and not any(time_of(value, arrival) is not None for value in others[:1]) else None


def _leaves_of_rows(node: Leaf, elements: Sequence[object], times: Sequence[float]) -> Iterator[Leaf]:
    """The numbers of rows behind their times, named as those of the first row; of pairs, as the array itself."""
    is_row = not isinstance(elements[0], (list, tuple))
    rows = [elements] if is_row else elements
    for place, (row, time) in enumerate(zip(rows, times, strict=True)):
        assert isinstance(row, (list, tuple))  # noqa: S101 - as _times_of_rows has it
        record = {"time": time}
        at = node.pointer if is_row else f"{node.pointer}/{place}"
        for index, value in enumerate(row[1:], 1):
            field = f"{node.field}/{index}" if is_row else f"{node.field}/0/{index}"
            if len(row) == 2 and not is_row:
                field = node.field
            yield node._replace(
                field=field,
                depth=node.depth + 2,
                value=value,
                record=record,
                pointer=f"{at}/{index}",
                scope=record,
            )

"""The values of a parsed document, each with its name: JSON, CBOR and MessagePack alike.

A value is named by its JSON pointer (RFC 6901), unless the document names it: see `records.py`, on arrays, and
`columns.py`, on tables; an object of a name and a value (`{"name": "t", "value": 21.5}`) names its value, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..judgements import KnownDevices, KnownLists
from ..limits import MOST_NUMBERS, TOO_MANY_NUMBERS, in_time
from .columns import columns_in
from .device_suffixes import Devices
from .leaf import Leaf, TooManyValuesError, escaped, is_value_key, own_time, plain_key
from .names import reason_of_scope
from .quantity import finite
from .records import elements_of, name_of
from .timestamps import EARLIEST_S

_LONGEST_FIELD = 1_000
_SECONDS = frozenset(("sec", "secs", "seconds", "s"))
_FRACTIONS = {"nanosec": 1e-9, "nsec": 1e-9, "nsecs": 1e-9, "nanos": 1e-9, "nanoseconds": 1e-9, "ns": 1e-9}
_FRACTIONS |= {"usec": 1e-6, "microseconds": 1e-6, "micros": 1e-6, "msec": 1e-3, "millis": 1e-3}


def leaves_of(
    document: object,
    arrival: float,
    name: str = "",
    *,
    lists: Callable[[], KnownLists] = KnownLists,
    devices: Devices | None = None,
    most: int = MOST_NUMBERS,
) -> list[Leaf]:
    """All values of a document in its order.

    Args:
        document: the payload parsed.
        arrival: epoch seconds, to know a time by.
        name: the name of the document, which is the key above its values.
        lists: gives what is known of the topic's arrays, which grows.
        devices: tells the devices of the topic apart; None for a topic of which nothing is known.
        most: how many values there may be, together with the parts that have values of their own.

    Raises:
        TooManyValuesError: for more, and for names that are too long.

    Example:
        >>> [(leaf.field, leaf.value) for leaf in leaves_of({"a": {"b/c": 1}, "d": [{"n": "x", "v": 2}]}, 0.0)]
        [('/a/b~1c', 1), ('x', 2)]
    """
    walk = _Walk(arrival, lists, devices or Devices(KnownDevices()), most)
    return walk.leaves(document, name)


class _Walk:
    """Visits a document's parts in their order."""

    def __init__(self, arrival: float, lists: Callable[[], KnownLists], devices: Devices, most: int) -> None:
        self._arrival = arrival
        self._lists = lists
        self._devices = devices
        self._most = most
        self._has_time = False

    def leaves(self, document: object, name: str) -> list[Leaf]:
        self._count(document)
        leaves: list[Leaf] = []
        to_visit = [Leaf("", name, "", 0, document, {}, None)]
        visited = 0
        if isinstance(document, Mapping) and len(document) <= self._most:
            self._has_time = own_time(document, self._arrival) is not None
        while to_visit:
            node = to_visit.pop()
            visited += 1
            if not isinstance(node.value, (Mapping, list, tuple)):
                leaves.append(node)
                continue
            if visited + len(node.value) > self._most:
                raise TooManyValuesError(TOO_MANY_NUMBERS)
            children = list(in_time(self._children(node)))
            if visited + len(to_visit) + len(children) > self._most:
                raise TooManyValuesError(TOO_MANY_NUMBERS)
            to_visit.extend(reversed(children))
        return leaves

    def _count(self, document: object) -> None:
        """Refuse a document of too many values before anything looks at them."""
        count, to_count = 1, [document]
        while to_count:
            value = to_count.pop()
            if not isinstance(value, (Mapping, list, tuple)):
                continue
            count += len(value)
            if count > self._most:
                raise TooManyValuesError(TOO_MANY_NUMBERS)
            to_count.extend(value.values() if isinstance(value, Mapping) else value)

    def _children(self, node: Leaf) -> Iterator[Leaf]:
        value = node.value
        if node.depth > 0 and not node.outside:
            node = node._replace(outside=reason_of_scope(node.key))
        if isinstance(value, Mapping):
            return self._members(node, value)
        assert isinstance(value, (list, tuple))  # noqa: S101 - as `leaves` has it
        return elements_of(node, value, self._arrival, self._lists(), self._devices)

    def _members(self, node: Leaf, members: Mapping[Any, Any]) -> Iterator[Leaf]:
        time = _time_in_parts(members)
        if time is not None:
            yield node._replace(value=time)
            return
        table = columns_in(node, members, self._arrival)
        yield from table.leaves
        record = self._record_of(node, members)
        named = name_of(members) if node.depth == 0 else None
        suffix = node.suffix
        if node.told_by != "*":
            named_by = "" if named is None else named[0]
            suffix += self._devices.suffix(node, members, place=node.place, named_by=named_by)
        for key, value in members.items():
            if key in table.keys:
                continue
            text = str(key)
            if len(node.field) + len(text) > _LONGEST_FIELD:
                raise TooManyValuesError(f"names of more than {_LONGEST_FIELD:,} characters")
            pointer = f"{node.pointer}/{escaped(text)}"
            field, near, above = f"{node.field}/{escaped(text)}", text, node.key
            if node.told_by == "*" and not node.field:
                field = text
            if named is not None:
                name_key, value_key, name = named
                field = name if key == value_key else field if key == name_key else f"{name}{field}"
                near, above = (name, "") if key == value_key else (text, name)
            child = Leaf(field, near, above, node.depth + 1, value, members, record, node.outside, pointer)
            yield child._replace(place=f"{node.place}/{text}", suffix=suffix, told_by=node.told_by)

    def _record_of(self, node: Leaf, members: Mapping[Any, Any]) -> Mapping[Any, Any] | None:
        """The object whose time counts for the members of one."""
        if node.depth == 0:
            return node.record
        is_value = any(is_value_key(key) for key in members if isinstance(key, str))
        is_record = (is_value or not self._has_time) and own_time(members, self._arrival) is not None
        return members if is_record else node.record


def _time_in_parts(members: Mapping[Any, Any]) -> float | None:
    """The epoch that an object of seconds and their fraction is: `{"sec": 1796032800, "nanosec": 500000000}`."""
    if len(members) != 2:
        return None
    keys = {plain_key(str(key)): value for key, value in members.items()}
    whole = next((finite(keys[key]) for key in keys if key in _SECONDS), None)
    part = next(((finite(keys[key]), _FRACTIONS[key]) for key in keys if key in _FRACTIONS), (None, 0.0))
    if whole is None or part[0] is None or whole < EARLIEST_S or whole != int(whole):
        return None
    return whole + part[0] * part[1]

"""Which device the values of an object are of, so that no line jumps between several that share a topic.

The fields of the first device that an object names have plain names; those of others end in what they differ in:
`/t,id=34`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from ..judgements import KnownDevices, Told
from .device_keys import devices_in, is_device_key, is_weak
from .leaf import Leaf, escaped

_LONGEST_SUFFIX = 80
_TO_ESCAPE = re.compile(r"[,=\\]")
_MOST_KEYS, _MOST_VALUES = 16, 8
_FEWEST_OF_A_COUNTER, _FEWEST_OF_A_DATABASE = 100, 1_000_000
_SHORTEST_RANDOM = 20


def tells_device(place: str, value: Told, known: KnownDevices) -> bool:
    """Whether a value that may be of a message alone tells a device: the values of devices come back.

    Args:
        place: where it stands.
        value: the value.
        known: the devices of the topic so far, which grow.
    """
    if known.of_messages is not None and place in known.of_messages:
        return False
    if known.seen is None:
        known.seen = {}
    if place not in known.seen:
        if len(known.seen) < _MOST_KEYS:
            known.seen[place] = [value]
        return True
    values = known.seen[place]
    if values is None or value == values[-1]:
        return True
    if value in values:
        known.seen[place] = None
        return True
    values.append(value)
    if len(values) < _MOST_VALUES and not _counts(values[-2], value) and not _is_random(value):
        return True
    del known.seen[place]
    known.of_messages = {*(known.of_messages or ()), place}
    return False


def _counts(before: Told, value: Told) -> bool:
    """Whether a number is the next one: small ones, and those that are more than one apart, may number devices."""
    if not isinstance(before, int) or not isinstance(value, int):
        return False
    return value == before + 1 > _FEWEST_OF_A_COUNTER or value > before > _FEWEST_OF_A_DATABASE


def _is_random(value: Told) -> bool:
    """Whether a text is like those that are made for one message each."""
    return isinstance(value, str) and len(value) >= _SHORTEST_RANDOM


class Devices:
    """Tells the objects of one message from those of others.

    Args:
        known: the devices of the topic so far, which grow.

    Attributes:
        told: pointer → value of whatever named a device in the message.
    """

    def __init__(self, known: KnownDevices) -> None:
        self._known = known
        self.told: dict[str, Told] = {}

    def suffix(
        self,
        node: Leaf,
        members: Mapping[Any, Any],
        *,
        place: str,
        named_by: str = "",
        is_one_of_many: bool = False,
    ) -> str:
        """The end of the names of all that stands in an object.

        Args:
            node: the object.
            members: its keys and values.
            place: where it stands, or others like it.
            named_by: the key whose value is in the names already.
            is_one_of_many: whether it stands in an array of such, where only sure names of devices count.
        """
        if named_by:
            self.told[f"{node.pointer}/{escaped(named_by)}"] = members[named_by]
        found: dict[str, tuple[str, Told]] = {}
        for pointer, (key, value) in devices_in(members).items():
            if key == named_by or (is_one_of_many and not is_device_key(key)):
                continue
            if not is_weak(key) or tells_device(place + pointer, value, self._known):
                found[pointer] = (key, value)
                self.told[node.pointer + pointer] = value
        if not found and place not in self._known.first:
            self._known.note_first(place, {})
            return ""
        first = self._known.note_first(place, {pointer: value for pointer, (_, value) in found.items()})
        return _shortened(
            "".join(
                f",{_escaped(key)}={_escaped(value)}"
                for pointer, (key, value) in found.items()
                if first.get(pointer) != value
            )
        )


def _escaped(part: Told) -> str:
    """A part of a suffix, so that no value can be taken for two."""
    text = str(part)
    return _TO_ESCAPE.sub(r"\\\g<0>", text) if _TO_ESCAPE.search(text) else text


def _shortened(suffix: str) -> str:
    if len(suffix) <= _LONGEST_SUFFIX:
        return suffix
    digest = hashlib.sha256(suffix.encode(errors="replace")).hexdigest()[:12]
    return f"{suffix[: _LONGEST_SUFFIX - len(digest)]}~{digest}"

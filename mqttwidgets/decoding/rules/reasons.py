"""Why a number is no measurement, or which unit it has: by its name's sense, value and form, and its object."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...base.locks import once
from ...base.units import is_known
from .leaf import Leaf, date_in, is_value_key, time_of
from .names import KeySense, is_diagnosis, is_radio_setting, is_temperature, joined, sense_of, words_of
from .quantity import finite, is_padded, quantity_in

A_TEXT = "a text"
_WHOLE = frozenset(("an id", "a serial number", "a sequence number", "a port", "a checksum"))
"""Reasons that hold for whole numbers only."""

_NEVER_A_TIME = 1e8
"""Numbers below are no epochs of this century."""

_QUALITY, _QUALITIES = ("q", "quality", "qualitycode", "statuscode"), (192, 216, 24, 28, 64, 68)
_BESIDE_QUALITY = ("q", "s", "c", "quality", "status", "qualitycode", "statuscode")
_BESIDE_EVENT = ("evt", "eventid", "pr", "prio", "priority")
_VALUE_LETTERS, _TIME_LETTERS = frozenset(("v", "val", "value")), frozenset(("ts", "time", "timestamp"))
_MOST_OF_A_VALUE = 6
_FEWEST_FLAGS = 256
_EXACT_INTEGERS = 2.0**53
_LONGEST_CODE = 11
_PHONE = re.compile(r"\+[0-9]{8,15}")
_DAY_S = 86_400.0
_UNIT_KEYS = ("unit", "units", "uom", "u", "unitofmeasurement", "unitcode")
_NO_UNITS = frozenset(
    (
        "none",
        "null",
        "n/a",
        "-",
        "enum",
        "text",
        "string",
        "bool",
        "boolean",
        "unitless",
        "raw",
        "number",
        "unknown",
    )
)
_LONGEST_UNIT = 16
_MOST_UNITS = 20
_VAGUE_UNITS = frozenset(("d", "h", "m", "t", "g", "l", "L", "B", "G", "T", "N", "J", "C", "F"))
"""Letters that may be anything but a unit behind a number in a text: `10d` is a weather icon."""


def reason_of_number(
    leaf: Leaf, scope: Scope, number: float, *, is_whole: bool, about: Sequence[float | None]
) -> str:
    """Why a number is no measurement, `""` when it is one.

    Args:
        leaf: where it stands.
        scope: the object that it stands in.
        number: its value.
        is_whole: whether it is written without decimals.
        about: epoch seconds of arrival and of the message, near which a number is a time.
    """
    sense = sense_of(leaf.key, leaf.parent)
    named = sense_of(leaf.parent) if is_value_key(leaf.key) and leaf.parent else sense  # what the value is of
    reason = named.reason if is_whole or named.reason not in _WHOLE else ""
    reason = reason or (named.if_whole if is_whole else "")
    if reason:
        return reason
    if sense.is_frequency and scope.has_radio_settings:
        return "a radio setting"
    if scope.has_quality and joined(leaf.key) in _BESIDE_QUALITY:
        return "a quality or a status"
    if scope.has_event and joined(leaf.key) in _BESIDE_EVENT:
        return "an event"
    if is_whole and abs(number) >= _FEWEST_FLAGS and words_of(leaf.key)[-1:] == ("status",):
        return "a set of flags"
    if _is_time(leaf, sense, number, about):
        return "a time"
    if isinstance(leaf.value, int) and abs(number) > _EXACT_INTEGERS and _is_named(leaf, sense):
        return "an id"
    return ""


def reason_of_text(
    leaf: Leaf, scope: Scope, text: str, number: float, *, about: Sequence[float | None], is_printed: bool = False
) -> str:
    """Why a number in a text is no measurement, `""` when it is one; more reasons count than for bare numbers.

    Args:
        leaf: where it stands.
        scope: the object that it stands in.
        text: as it is written.
        number: its value.
        about: see `reason_of_number`.
        is_printed: whether numbers are texts there because all is text, so that leading zeros are printf's.
    """
    is_whole = text.lstrip("+-").isdecimal()
    sense = sense_of(leaf.key, leaf.parent)
    reason = reason_of_number(leaf, scope, number, is_whole=is_whole, about=about)
    if not reason and is_whole and not sense.is_quantity and scope.has_plain_numbers:
        return "a code, as the numbers beside it are no texts"
    reason = reason or ("" if is_printed or sense.is_quantity else _reason_of_form(text))
    if reason or not _is_named(leaf, sense):
        return reason
    if "e" in text.lower() and "." not in text and text.lower().partition("e")[2].isdecimal():
        return "a hexadecimal text"
    return "an id" if is_whole and len(text) > _LONGEST_CODE else ""


def _reason_of_form(text: str) -> str:
    """Why a number in a text is none by how it is written, where no name vouches for it; `""` where it is one."""
    if _PHONE.fullmatch(text):
        return "a phone number"
    return "a code with leading zeros" if is_padded(text) else ""


def reason_of_quantity(leaf: Leaf, unit: str, *, any_unit: bool) -> str:
    """Why a number with a unit in a text is no measurement, `""` when it is one.

    Args:
        leaf: where it stands.
        unit: as it is written.
        any_unit: whether every short word behind a number is its unit.
    """
    sense = sense_of(leaf.key, leaf.parent)
    is_vague = unit in _VAGUE_UNITS and not any_unit and not sense.is_quantity
    if sense.is_clock or (sense.is_time and not is_known(unit)):
        return "a time"
    if sense.is_frequency and unit == "M":
        return "a radio setting"  # megahertz, as receivers have it in their names
    return sense.reason or (A_TEXT if is_vague else "")


class Scope:
    """An object around values: the facts that each of its values needs are found once for all of them.

    Args:
        members: its keys and values.
    """

    def __init__(self, members: Mapping[Any, Any]) -> None:
        self._members = members

    @once
    def has_plain_numbers(self) -> bool:
        """Whether some of its values are numbers as such, and neither ids nor times."""
        return any(_is_plain_number(str(key), value) for key, value in self._members.items())

    @once
    def has_radio_settings(self) -> bool:
        """Whether some of its values say how a radio is set, so that a frequency beside them is the radio's."""
        return any(is_radio_setting(str(key)) for key in self._members)

    @once
    def has_quality(self) -> bool:
        """Whether one of its values is the quality of another one, as OPC has it (192 for a good one)."""
        keys = {joined(str(key)): value for key, value in self._members.items()}
        if (
            len(keys) <= _MOST_OF_A_VALUE
            and not _VALUE_LETTERS.isdisjoint(keys)
            and not _TIME_LETTERS.isdisjoint(keys)
        ):
            return True
        return any(keys.get(key) in _QUALITIES for key in _QUALITY)

    @once
    def has_event(self) -> bool:
        """Whether one of its values is the number of an event that it reports."""
        return any(joined(str(key)) in ("evt", "eventid") for key in self._members)

    @once
    def date(self) -> object:
        """The value that is called a date; None when there is none."""
        return date_in(self._members)

    def unit_of(self, leaf: Leaf) -> str:
        """The unit that the object states for a value, if that is called the value or is its only number."""
        if not self._unit or is_diagnosis(leaf.key):
            return ""
        return self._unit if self._is_lone or self._is_the_value(leaf) else ""

    def _is_the_value(self, leaf: Leaf) -> bool:
        """Whether a leaf is called the value, and is not just an equal small number, which Python has but once."""
        has_another_name = leaf.key in self._members and not is_value_key(leaf.key)
        return id(leaf.value) in self._values and not has_another_name

    @once
    def _unit(self) -> str:
        return _unit_in(self._members)

    @once
    def _values(self) -> frozenset[int]:
        """The ids of the objects that are called the value."""
        return frozenset(
            id(value) for key, value in self._members.items() if isinstance(key, str) and is_value_key(key)
        )

    @once
    def _is_lone(self) -> bool:
        measured = [str(key) for key, value in self._members.items() if _may_be_measured(str(key), value)]
        return sum(not is_diagnosis(key) for key in measured) == 1


class StatedUnits:
    """The units that a document states for all quantities of a kind, under keys such as `TempUnit`.

    Args:
        leaves: all values of the document.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._units: list[tuple[str, str]] = []
        self._by_key: dict[str, str] = {}
        for leaf in leaves:
            if leaf.parent and joined(leaf.parent) in _UNIT_KEYS and isinstance(leaf.value, str):
                if len(self._by_key) < _MOST_UNITS and 0 < len(leaf.value) <= _LONGEST_UNIT:
                    self._by_key[leaf.key] = leaf.value
                continue
            if not isinstance(leaf.value, str) or len(leaf.value) > _LONGEST_UNIT or not is_known(leaf.value):
                continue
            words = words_of(leaf.key)
            if len(words) > 1 and words[-1] in _UNIT_KEYS[:3]:
                is_degree = words[-2].startswith("temp") and leaf.value in ("C", "F")
                self._units.append((words[-2], f"°{leaf.value}" if is_degree else leaf.value))
                if len(self._units) == _MOST_UNITS:
                    break

    def unit_of(self, key: str) -> str:
        """The unit for the quantity that a key names, or `""`."""
        if key in self._by_key:
            return self._by_key[key]
        if not self._units:
            return ""
        last = "".join(words_of(key)[-1:])
        return next((unit for kind, unit in self._units if _is_of_kind(key, last, kind)), "")


def _is_time(leaf: Leaf, sense: KeySense, number: float, about: Sequence[float | None]) -> bool:
    if sense.is_clock:
        return True
    time = time_of(number, 0.0) if abs(number) >= _NEVER_A_TIME else None
    if time is None or sense.is_time:
        return time is not None
    return _is_named(leaf, sense) and any(now is not None and abs(time - now) < _DAY_S for now in about)


def _is_named(leaf: Leaf, sense: KeySense) -> bool:
    """Whether the key of a leaf says what it is, and not that it is measured."""
    return bool(leaf.key) and not sense.is_quantity and not is_value_key(leaf.key)


def _may_be_measured(key: str, value: object) -> bool:
    """Whether a value is a number, perhaps in a text, under a key that names neither an id nor a time."""
    if finite(value) is None and not (isinstance(value, str) and quantity_in(value.strip()) is not None):
        return False
    sense = sense_of(key)
    return not (sense.reason or sense.is_clock)


def _unit_in(members: Mapping[Any, Any]) -> str:
    """The unit that an object gives for its value, `""` when it gives none."""
    stated = ((key, value) for key, value in members.items() if joined(str(key)) in _UNIT_KEYS)
    return next(
        (
            unit
            for key, unit in stated
            if isinstance(unit, str) and _may_be_unit(unit, str(key)) and unit.lower() not in _NO_UNITS
        ),
        "",
    )


def _may_be_unit(text: str, key: str) -> bool:
    """Whether a text is a unit: any short one under `unit`, a known one under `units`, which may be metric."""
    return is_known(text) or (
        key.lower() != "units" and 0 < len(text) <= _LONGEST_UNIT and not text[0].isdecimal()
    )


def _is_plain_number(key: str, value: object) -> bool:
    number = finite(value)
    if number is None:
        return False
    sense = sense_of(key)
    return not (sense.reason or sense.is_clock or (sense.is_time and abs(number) > _NEVER_A_TIME))


def _is_of_kind(key: str, last: str, kind: str) -> bool:
    """Whether a key ends in the word that `kind` is short for: `temp` stands for temperatures and dew points.

    Args:
        key: any.
        last: its last word.
        kind: a word.
    """
    if kind.startswith("temp"):
        return (is_temperature(last) or last in ("point", "index")) and is_temperature(key)
    return last == kind or (len(kind) > 3 and last.startswith(kind))

"""What an object says of the values in it: their unit, and whether its numbers are numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...base.once import once
from ...base.units import is_known
from .leaves import Leaf, date_in, is_value_key
from .names import is_radio_setting, is_temperature, joined, sense_of, words_of
from .quantity import finite, quantity_in

_UNIT_KEYS = ("unit", "units", "uom", "u", "unitofmeasurement", "unitcode")
_LONGEST_UNIT = 16
_MOST_UNITS = 20
NEVER_A_TIME = 1e8
"""Numbers below are no epochs of this century."""


class Scope:
    """An object: what each of its values asks for is found once for all of them.

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
        """Whether some of its values say how a radio is set, so that a frequency beside them is its own."""
        return any(is_radio_setting(str(key)) for key in self._members)

    @once
    def date(self) -> object:
        """The value that is called a date; None when there is none."""
        return date_in(self._members)

    def unit_of(self, leaf: Leaf) -> str:
        """The unit that the object states for a value: for the one called so, or for its only number."""
        return self._unit if self._unit and (self._is_lone or self._is_the_value(leaf)) else ""

    def _is_the_value(self, leaf: Leaf) -> bool:
        """Whether a leaf is called the value, and not only the same small number, of which Python has one."""
        has_another_name = leaf.key in self._members and not is_value_key(leaf.key)
        return id(leaf.value) in self._values and not has_another_name

    @once
    def _unit(self) -> str:
        return _unit_in(self._members)

    @once
    def _values(self) -> frozenset[int]:
        """Which objects are called the value."""
        return frozenset(
            id(value) for key, value in self._members.items() if isinstance(key, str) and is_value_key(key)
        )

    @once
    def _is_lone(self) -> bool:
        return sum(_may_be_measured(str(key), value) for key, value in self._members.items()) == 1


class StatedUnits:
    """The units that a document states for all quantities of a kind, under keys such as `TempUnit`.

    Args:
        leaves: all values of the document.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._units: list[tuple[str, str]] = []
        for leaf in leaves:
            if not isinstance(leaf.value, str) or len(leaf.value) > _LONGEST_UNIT or not is_known(leaf.value):
                continue
            words = words_of(leaf.key)
            if len(words) > 1 and words[-1] in _UNIT_KEYS[:3]:
                is_degree = words[-2].startswith("temp") and leaf.value in ("C", "F")
                self._units.append((words[-2], f"°{leaf.value}" if is_degree else leaf.value))
                if len(self._units) == _MOST_UNITS:
                    break

    def unit_of(self, key: str) -> str:
        """The unit for what a key names, or `""`."""
        if not self._units:
            return ""
        last = "".join(words_of(key)[-1:])
        return next((unit for kind, unit in self._units if _is_of_kind(key, last, kind)), "")


def _may_be_measured(key: str, value: object) -> bool:
    """Whether a value is a number, be it in a text, under a key that names neither an id nor a time."""
    if finite(value) is None and not (isinstance(value, str) and quantity_in(value.strip()) is not None):
        return False
    sense = sense_of(key)
    return not (sense.reason or sense.is_clock)


def _unit_in(members: Mapping[Any, Any]) -> str:
    """The unit that an object gives for its value, `""` when it gives none."""
    stated = ((key, value) for key, value in members.items() if joined(str(key)) in _UNIT_KEYS)
    return next((unit for key, unit in stated if isinstance(unit, str) and _may_be_unit(unit, str(key))), "")


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
    return not (sense.reason or sense.is_clock or (sense.is_time and abs(number) > NEVER_A_TIME))


def _is_of_kind(key: str, last: str, kind: str) -> bool:
    """Whether a key ends in what `kind` is short for: `temp` in the temperature, and in the dew point.

    Args:
        key: any.
        last: its last word.
        kind: a word.
    """
    if kind.startswith("temp"):
        return (is_temperature(last) or last in ("point", "index")) and is_temperature(key)
    return last == kind or (len(kind) > 3 and last.startswith(kind))

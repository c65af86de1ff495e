"""What an object says of the values in it: their unit, and whether its numbers are numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .leaves import Leaf, is_value_key
from .names import is_temperature, sense_of, words_of
from .number import finite
from .quantity import quantity_in
from .units import is_known

_UNIT_KEYS = ("unit", "units", "uom", "u", "unitofmeasurement", "unitcode")
_LONGEST_UNIT = 16
_MOST_UNITS = 20
NEVER_A_TIME = 1e8
"""Numbers below are no epochs of this century."""


class Scope:
    """An object.

    Args:
        members: its keys and values.
    """

    def __init__(self, members: Mapping[Any, Any]) -> None:
        self._unit = _unit_in(members)
        self._values = [value for key, value in members.items() if isinstance(key, str) and is_value_key(key)]
        self._is_lone = sum(_may_be_measured(str(key), value) for key, value in members.items()) == 1
        self.has_plain_numbers = any(_is_plain_number(str(key), value) for key, value in members.items())
        """Whether some of its values are numbers as such, and neither ids nor times."""

    def unit_of(self, leaf: Leaf) -> str:
        """The unit that the object states for a value: for the one called so, or for its only number."""
        is_meant = self._is_lone or any(value is leaf.value for value in self._values)
        return self._unit if self._unit and is_meant else ""


class StatedUnits:
    """The units that a document states for all quantities of a kind, under keys such as `TempUnit`.

    Args:
        leaves: all values of the document.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._units: list[tuple[str, str]] = []
        for leaf in leaves:
            words = words_of(leaf.key)
            names_one = len(words) > 1 and words[-1] in _UNIT_KEYS[:3]
            if names_one and isinstance(leaf.value, str) and is_known(leaf.value):
                is_degree = words[-2].startswith("temp") and leaf.value in ("C", "F")
                self._units.append((words[-2], f"°{leaf.value}" if is_degree else leaf.value))
        del self._units[_MOST_UNITS:]

    def unit_of(self, key: str) -> str:
        """The unit for what a key names, or `""`."""
        return next((unit for kind, unit in self._units if _is_of_kind(key, kind)), "")


def _may_be_measured(key: str, value: object) -> bool:
    """Whether a value is a number, be it in a text, under a key that names neither an id nor a time."""
    if finite(value) is None and not (isinstance(value, str) and quantity_in(value.strip()) is not None):
        return False
    sense = sense_of(key)
    return not (sense.reason or sense.is_clock)


def _unit_in(members: Mapping[Any, Any]) -> str:
    """The unit that an object gives for its value, `""` when it gives none."""
    stated = ((key, value) for key, value in members.items() if "".join(words_of(str(key))) in _UNIT_KEYS)
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


def _is_of_kind(key: str, kind: str) -> bool:
    """Whether a key ends in what `kind` is short for: `temp` in the temperature, and in the dew point."""
    last = words_of(key)[-1:]
    if kind.startswith("temp"):
        return any(is_temperature(word) or word in ("point", "index") for word in last) and is_temperature(key)
    return any(word == kind or (len(kind) > 3 and word.startswith(kind)) for word in last)

"""Why a number is no measurement: its name, its value, the way it is written."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.units import is_known
from .leaves import Leaf, is_value_key, time_of
from .names import KeySense, sense_of
from .scopes import NEVER_A_TIME, Scope

A_TEXT = "a text"
_WHOLE = frozenset(("an id", "a serial number", "a sequence number", "a port", "a checksum"))
"""Reasons that hold for whole numbers only."""

_EXACT_INTEGERS = 2.0**53
_LONGEST_CODE = 11
_DAY_S = 86_400.0
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
        is_whole: whether it has no decimals.
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
    if _is_time(leaf, sense, number, about):
        return "a time"
    if isinstance(leaf.value, int) and abs(number) > _EXACT_INTEGERS and _is_named(leaf, sense):
        return "an id"
    return ""


def reason_of_text(leaf: Leaf, scope: Scope, text: str, number: float, *, about: Sequence[float | None]) -> str:
    """The same for a number in a text, where fewer are measurements.

    Args:
        leaf: where it stands.
        scope: the object that it stands in.
        text: as it is written.
        number: its value.
        about: see `reason_of_number`.
    """
    is_whole = text.lstrip("-").isdecimal()
    sense = sense_of(leaf.key, leaf.parent)
    reason = reason_of_number(leaf, scope, number, is_whole=is_whole, about=about)
    if not reason and is_whole and not sense.is_quantity and scope.has_plain_numbers:
        return "a code, as the numbers beside it are no texts"
    if reason or not _is_named(leaf, sense):
        return reason
    if "e" in text.lower() and "." not in text and text.lower().partition("e")[2].isdecimal():
        return "a hexadecimal text"
    return "an id" if is_whole and len(text) > _LONGEST_CODE else ""


def reason_of_quantity(leaf: Leaf, unit: str, *, any_unit: bool) -> str:
    """The same for a number with a unit in a text.

    Args:
        leaf: where it stands.
        unit: as it is written.
        any_unit: whether every short word behind a number is its unit.
    """
    sense = sense_of(leaf.key, leaf.parent)
    is_vague = unit in _VAGUE_UNITS and not any_unit and not sense.is_quantity
    if sense.is_time and not is_known(unit):
        return "a time"
    return sense.reason or (A_TEXT if is_vague else "")


def _is_time(leaf: Leaf, sense: KeySense, number: float, about: Sequence[float | None]) -> bool:
    if sense.is_clock:
        return True
    time = time_of(number, 0.0) if abs(number) >= NEVER_A_TIME else None
    if time is None or sense.is_time:
        return time is not None
    return _is_named(leaf, sense) and any(now is not None and abs(time - now) < _DAY_S for now in about)


def _is_named(leaf: Leaf, sense: KeySense) -> bool:
    """Whether the key of a leaf says what it is, and not that it is measured."""
    return bool(leaf.key) and not sense.is_quantity and not is_value_key(leaf.key)

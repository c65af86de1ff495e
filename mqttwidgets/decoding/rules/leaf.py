"""One value of a parsed document, with its name; and what its key and its text say by themselves."""

from __future__ import annotations

import functools
import heapq
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .names import sense_of
from .quantity import finite
from .timestamps import epoch_seconds, fault_of, is_epoch, time_in

_VALUE_KEYS = (
    "value",
    "v",
    "val",
    "reading",
    "data",
    "wert",
    "valeur",
    "valor",
    "valore",
    "waarde",
    "currentvalue",
)
_LONGEST_KEY, _MOST_TRIED = 50, 8
_DAY_S = 86_400.0
_EARLIEST_DIGITS, _LATEST_DIGITS = 20_000_000_000_000, 21_000_000_000_000
"""Dates written as one number: 20261130100000."""

_DATES = ("date", "day", "datum", "fecha", "data", "dt", "jour")
_TIME_OF_DAY = re.compile(r"[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?")


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
        outside: why nothing that stands there is a measurement, such as "a setting"; `""` where it may be.
        pointer: where it stands in the document (RFC 6901), which is its name unless the document names it.
        place: the same without the indices of arrays, so that what is alike has one place.
        suffix: the end of its name, which tells its record from others.
        told_by: the key of its record that its name tells already; `"*"` where that tells records apart.
    """

    field: str
    key: str
    parent: str
    depth: int
    value: object
    scope: Mapping[Any, Any]
    record: Mapping[Any, Any] | None
    outside: str = ""
    pointer: str = ""
    place: str = ""
    suffix: str = ""
    told_by: str = ""


def own_time(record: Mapping[Any, Any], arrival: float) -> tuple[str, float] | None:
    """The (key, epoch seconds) of the likeliest time that stands in an object itself; None when there is none."""
    date_of = functools.cache(functools.partial(date_in, record))  # once for all times of day
    ranked = [
        (rank, place, str(key), value)
        for place, (key, value) in enumerate(record.items())
        if (rank := sense_of(str(key)).time_rank) is not None
    ]
    for _, _, key, value in heapq.nsmallest(_MOST_TRIED, ranked, key=lambda each: each[:2]):
        time = _claim(key, value, date_of, arrival)
        if time is not None and not fault_of(time, arrival):
            return key, time
    return None


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
    return next(
        (value for key, value in scope.items() if isinstance(value, str) and str(key).lower() in _DATES), None
    )


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
        if number is None:
            return None
        if is_epoch(number):
            return epoch_seconds(number)
        return time_in(str(value), arrival) if _EARLIEST_DIGITS <= number < _LATEST_DIGITS else None
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


class TooManyValuesError(ValueError):
    """A document with more values, or longer names, than any set of sensors has; the message says which."""

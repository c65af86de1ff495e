"""Comma-separated values (RFC 4180), with or without a header, with or without a time in front."""

from __future__ import annotations

import math
import re

from ...base.units import symbol
from ..format import NO_VALUE, Findings, LeftOut, OwnFormat, Payload, Reading
from ..limits import MOST_NUMBERS, in_time
from ..rules.leaf import time_of
from ..rules.names import sense_of
from ..rules.quantity import is_missing, is_sentinel, quantity_in
from ..rules.timestamps import is_epoch

_SEPARATORS = ";\t,"
_MOST_CELLS = 2 * MOST_NUMBERS
"""Room for a time before each number."""

_WHOLE = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)")
_THOUSANDS = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+(?:\.[0-9]+\D*|\s*[^\W\d_]+)|(?:\.[0-9]{3})+,[0-9]+\D*)"
)
_DURATIONS = frozenset(("d", "h", "min", "s"))
_DAY_S = 86_400.0
_STATUS = re.compile(r"[A-Za-z]{1,12}")


def read(text: str, arrival: float, *, has_time: bool | None = None) -> Findings | None:
    """The numbers in rows; None for any other text.

    The columns are called as the header calls them, or col0, col1 and so on without one. The first column is the
    time of its row where it can be one. A text such as `21,5` gives None: its comma may be a decimal one.

    Args:
        text: the payload.
        arrival: epoch seconds, to know a time by.
        has_time: whether the rows of earlier messages began with a time; None where there were none.

    Example:
        >>> read("21.5,48.2", 0.0).readings
        [Reading(field='col0', value=21.5, unit='', time=None, is_state=False), \
Reading(field='col1', value=48.2, unit='', time=None, is_state=False)]
    """
    separator = next((sign for sign in _SEPARATORS if sign in text), None)
    if separator is None and (time_of(text.partition(" ")[0], arrival) is not None or _are_spaced(text)):
        separator = " "
    if separator is None or text.count(separator) >= _MOST_CELLS:
        return None
    rows = [
        [cell.strip().strip('"') for cell in line.strip().split(separator if separator != " " else None)]
        for line in text.splitlines()
        if line.strip()
    ]
    names = _header(rows)
    rows = rows if names is None else rows[1:]
    if not rows or (
        separator == "," and (_may_be_thousands(text) or (has_time is None and _may_be_decimal(rows)))
    ):
        return None
    names = names or [f"col{number}" for number in range(len(rows[0]))]
    findings = Findings("CSV")
    for row in in_time(rows):
        if len(findings.readings) > MOST_NUMBERS:
            return findings  # which are too many already
        time = _time_in_front(row, arrival, has_time)
        if len(row) != len(names) or not _read_row(row, names, time, findings, has_commas=separator != ","):
            return None
    if _is_duration([symbol(each.unit) for each in findings.readings]):
        return None
    if names[0] == "col0" and len(findings.readings) == 1 and not findings.gaps and findings.left_out:
        findings.readings = [findings.readings[0]._replace(field="")]  # a number and its status
    if not findings.readings:
        findings.skipped = NO_VALUE
    return findings


def _is_duration(units: list[str]) -> bool:
    """Whether numbers with these units are one time in several: 2h 5m 30s."""
    is_time = len(units) > 1 and all(unit in _DURATIONS or unit == "m" for unit in units)
    return is_time and any(unit != "m" for unit in units)


def _time_in_front(cells: list[str], arrival: float, has_time: bool | None) -> float | None:
    """The time that a row begins with; after rows without a time it must be about now."""
    time = time_of(cells[0], arrival) if len(cells) > 1 else None
    is_doubtful = has_time is False and time is not None and abs(time - arrival) > _DAY_S
    return None if is_doubtful else time


def _read_row(
    cells: list[str], names: list[str], time: float | None, findings: Findings, *, has_commas: bool
) -> bool:
    """Read one row, with decimal commas if it may have some; returns whether it is a row of numbers."""
    start = 0 if time is None else 1
    if time is not None:
        findings.time_source = names[0]
    numbers = 0
    for name, cell in zip(names[start:], cells[start:], strict=True):
        quantity = quantity_in(cell, is_keyed=has_commas)
        if quantity is not None and math.isfinite(quantity[0]):
            numbers += 1
            _take(Reading(name, *quantity, time), cell, findings)
        elif not cell or is_missing(cell):
            findings.gaps.append(name)
        elif numbers and _STATUS.fullmatch(cell):
            findings.left_out.append(LeftOut(name, "a text", cell))
        else:
            return False
    return True


def _take(reading: Reading, cell: str, findings: Findings) -> None:
    reason = sense_of(reading.field).reason
    if reason:
        findings.left_out.append(LeftOut(reading.field, reason, cell, reading))
    elif is_sentinel(reading.value, reading.field):
        findings.gaps.append(reading.field)
    else:
        findings.readings.append(reading)


def _header(rows: list[list[str]]) -> list[str] | None:
    """The names in the first of several rows, where it has no number and the second one has some."""
    if len(rows) < 2 or len(rows[0]) != len(rows[1]) or len(set(rows[0])) != len(rows[0]):
        return None
    are_names = all(cell and quantity_in(cell) is None for cell in rows[0])
    has_numbers = any(quantity_in(cell) is not None for cell in rows[1])
    return rows[0] if are_names and has_numbers else None


def _are_spaced(text: str) -> bool:
    """Whether spaces part numbers, and no thousands: `21.5 48.2`, `21.5C 48%`, but not `1 000` or `5 m`."""
    cells = text.split(maxsplit=_MOST_CELLS)
    first = quantity_in(cells[0]) if len(cells) > 1 else None
    is_clear = first is not None and (first[1] or not cells[0].lstrip("+-").isdecimal())
    return bool(is_clear) and all(quantity_in(cell) is not None for cell in cells)


def _may_be_thousands(text: str) -> bool:
    """Whether commas may part thousands: 1,234.5 W."""
    return _THOUSANDS.fullmatch(text.strip()) is not None


def _may_be_decimal(rows: list[list[str]]) -> bool:
    """Whether the only comma of a row may be a decimal one: 21,5 and 1.234,5 but not 21.5,48.2 nor epoch,21."""
    first = rows[0] if rows else []
    if len(rows) != 1 or len(first) != 2 or not (_WHOLE.fullmatch(first[0]) and first[1].isdecimal()):
        return False
    return not (first[0].isdecimal() and is_epoch(float(first[0])))


def _read_of_topic(payload: Payload) -> Findings | None:
    """Read the rows of a topic: either all of them begin with a time, or none does."""
    known = payload.judgements
    found = read(payload.text or "", payload.arrival, has_time=known.rows_have_time)
    if found is not None and found.readings:
        known.rows_have_time = bool(found.time_source)
    return found


FORMAT = OwnFormat("CSV", _read_of_topic, fast="text")

"""Times as users give them, and as they are given back."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timezone
from datetime import time as clock_time
from numbers import Real

from .errors import InvalidValueError
from .text import printable

ACCEPTED = (
    "a datetime, a pandas Timestamp, an ISO text such as '2026-03-01T12:00:00+01:00', or epoch seconds; without a "
    "time zone it is taken as this computer's local time"
)

_EARLIEST, _LATEST = -62_135_596_800.0, 253_402_300_799.0  # the years 1 and 9999
_FRACTION = re.compile(r"(?<=:\d\d)[.,](\d+)")


def epoch_seconds(value: object) -> float:
    """Epoch seconds of a time.

    Raises:
        InvalidValueError: for anything that is no time, saying what is accepted.

    Example:
        >>> epoch_seconds("1970-01-01T00:01:00.5Z"), epoch_seconds(60)
        (60.5, 60.0)
    """
    try:
        seconds = _seconds(value)
    except (TypeError, ValueError, OverflowError, OSError):
        seconds = math.nan
    if not _EARLIEST <= seconds <= _LATEST:
        raise InvalidValueError(f"a time is {ACCEPTED}, not {printable(repr(value))}")
    return seconds


def in_utc(seconds: float) -> datetime:
    """Epoch seconds as a datetime in UTC.

    Example:
        >>> in_utc(60.5).isoformat()
        '1970-01-01T00:01:00.500000+00:00'
    """
    return datetime.fromtimestamp(seconds, timezone.utc)


def _seconds(value: object) -> float:
    if isinstance(value, str):
        value = datetime.fromisoformat(_as_python_reads(value.strip()))
    if isinstance(value, datetime):
        return _plain(value).timestamp()
    if isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    raise TypeError


def _as_python_reads(text: str) -> str:
    """An ISO text without what Python reads only from 3.11 on."""
    text = re.sub(r"[zZ]$", "+00:00", text)
    return _FRACTION.sub(lambda match: f".{match[1]:0<6.6}", text, count=1)


def _plain(value: datetime) -> datetime:
    """A datetime of Python's own, as pandas takes a time without a zone for UTC and Python for local time."""
    return datetime.combine(
        date(value.year, value.month, value.day),
        clock_time(value.hour, value.minute, value.second, value.microsecond, value.tzinfo, fold=value.fold),
    )

"""Times as people give them: points in time, and the window, which says how much of the newest data is in view."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from datetime import time as clock_time
from numbers import Real

from .errors import InvalidValueError
from .text import printable

ACCEPTED_TIMES = (
    "a datetime, a pandas Timestamp, an ISO text such as '2026-03-01T12:00:00+01:00', or epoch seconds; without a "
    "time zone it is taken as this computer's local time"
)

_EARLIEST, _LATEST = -62_135_596_800.0, 253_402_300_799.0  # the years 1 and 9999
_FRACTION = re.compile(r"(?<=:\d\d)[.,](\d+)")

WindowLike = int | str | timedelta
"""A number of samples, a text such as "100 samples" or "30 s", or a timedelta."""

_WINDOWS = (
    "a number of samples, 2 or more, or a time such as '30 s', '5 min', '2 h', '1 d' or '1 week', "
    "at most ten years"
)

_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "week": 7 * 86_400.0}
_SPELLINGS = {
    "ms": "ms msec msecs millisecond milliseconds",
    "s": "s sec secs second seconds",
    "min": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "week": "w wk wks week weeks",
}
_UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}
_TEXT = re.compile(r"([0-9]{1,15}(?:,[0-9]{3}){0,4}(?:\.[0-9]{1,15})?)\s*([a-z]*)")
_SHORTEST_S, _LONGEST_S = 0.001, 10 * 365 * 86_400.0
_FEWEST, _MOST = 2, 100_000_000


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
        raise InvalidValueError(f"a time is {ACCEPTED_TIMES}, not {printable(repr(value))}")
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
    """An ISO text in the form that Python 3.10 reads, too."""
    text = re.sub(r"[zZ]$", "+00:00", text)
    return _FRACTION.sub(lambda match: f".{match[1]:0<6.6}", text, count=1)


def _plain(value: datetime) -> datetime:
    """A datetime of Python's own, as pandas takes a time without a zone for UTC and Python for local time."""
    return datetime.combine(
        date(value.year, value.month, value.day),
        clock_time(value.hour, value.minute, value.second, value.microsecond, value.tzinfo, fold=value.fold),
    )


@dataclass(frozen=True)
class Window:
    """A number of samples of each series, or a span of time; the other one is None.

    Attributes:
        samples: newest samples of each series in view.
        seconds: length of the time axis.
        text: as a person writes it, and as `Window.parse` reads it again.

    Example:
        >>> Window.parse("5 min").seconds, Window.parse(1000).text, Window.parse("30s").text
        (300.0, '1,000 samples', '30 s')
    """

    samples: int | None
    seconds: float | None
    text: str

    @classmethod
    def parse(cls, value: WindowLike) -> Window:
        """The window that a person or a program asks for.

        Raises:
            InvalidValueError: for anything else, saying what is accepted.
        """
        if isinstance(value, bool) or not isinstance(value, (int, str, timedelta)):
            raise _rejected(value)
        if isinstance(value, timedelta):
            return cls._of_seconds(value.total_seconds(), value)
        if isinstance(value, int):
            return cls._of_samples(value, value)
        match = _TEXT.fullmatch(value.lower().strip())
        if match is None:
            raise _rejected(value)
        amount, unit = float(match[1].replace(",", "")), match[2]
        if unit in ("sample", "samples"):
            return cls._of_samples(amount, value)
        if unit not in _UNITS:
            bare = match[1]
            raise _rejected(value, "" if unit else f": say of what, '{bare} samples', '{bare} s' or '{bare} min'")
        return cls._of_seconds(amount * _SECONDS[_UNITS[unit]], value)

    @classmethod
    def _of_samples(cls, count: float, asked: object) -> Window:
        if count != int(count) or not _FEWEST <= count <= _MOST:
            raise _rejected(asked)
        return cls(int(count), None, f"{int(count):,} samples")

    @classmethod
    def _of_seconds(cls, seconds: float, asked: object) -> Window:
        if not _SHORTEST_S <= seconds <= _LONGEST_S:
            raise _rejected(asked)
        return cls(None, seconds, _in_words(seconds))


def _in_words(seconds: float) -> str:
    for unit in ("d", "h", "min", "s"):
        amount = seconds / _SECONDS[unit]
        if amount >= 1 and amount == int(amount):
            return f"{int(amount)} {unit}"
    return f"{seconds:.15g} s"


def _rejected(value: object, hint: str = "") -> InvalidValueError:
    return InvalidValueError(f"window is {_WINDOWS}, not {printable(repr(value))}{hint}")

"""How much of the newest data is in view."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from .errors import InvalidValueError
from .text import printable

WindowLike = int | str | timedelta
"""A number of samples, a text such as "100 samples" or "30 s", or a timedelta."""

ACCEPTED = (
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
    return InvalidValueError(f"window is {ACCEPTED}, not {printable(repr(value))}{hint}")

"""Numbers, with a unit behind them or without, and words that stand for a missing value or for a state."""

from __future__ import annotations

import math
import re

from ...base.units import is_known
from .names import is_temperature, may_be_far_below_zero

GRAMMAR = r"(?![+-]?0[0-9]+[eE][0-9])[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A number as RFC 8259 writes it (section 6), and as printf and instruments do: with a plus (`+21.5`), with
leading zeros (`00400.4`), with nothing before or behind the point (`.5`, `5.`).

The rest of what `float` takes (`1_000`, `nan`) is text, as are digits of a hexadecimal id (`00566E039`).
"""

_LONGEST_NUMBER = 10_000  # digits; a double has 767 that count
_NUMBER = re.compile(GRAMMAR)

# A decimal comma has one or two digits behind it: with three it may part thousands, which nobody can tell.
_QUANTITY = re.compile(rf"(?:({GRAMMAR})|([+-]?[0-9]+,[0-9]{{1,2}}))(\s*)([^\s0-9,](?:\S{{0,14}}\S)?)?")
_UNIT_WORD = re.compile(r"(?:[^\W\d_]|[%°℃℉€$/·^％˚]|(?<=[mM^])[23])+")
_LONGEST_UNIT, _LONGEST = 12, 400

_MISSING_WORDS = "nan -nan +nan null none inf -inf +inf infinity -infinity n/a na - -- unavailable unknown nil"
_MISSING = frozenset(_MISSING_WORDS.split())
_ON = frozenset(("on", "true"))
_OFF = frozenset(("off", "false"))
_OPEN_WORDS = "open opened detected wet pressed occupied offen abierto aperto"
_CLOSED_WORDS = "closed close clear cleared dry released vacant geschlossen cerrado chiuso"
_WORDS_OF_STATES = {**dict.fromkeys(_OPEN_WORDS.split(), 1.0), **dict.fromkeys(_CLOSED_WORDS.split(), 0.0)}
_SENTINELS = frozenset((-999.0, -999.9, -999.99, -9999.0, -9999.9, -9999.99, -99999.0, -999999.0))
_NO_THERMOMETER = frozenset(
    (
        *(-127.0, -128.0, -273.15, -32768.0, -3276.8, -327.68, 3276.7, 6553.5),
        *(9999.0, 9999.9, 9999.99, 9999.9999, 32767.0, 65535.0),
    )
)
"""What thermometers say that measure nothing: the ends of the ranges of their numbers."""
_OF_INSTRUMENTS = frozenset((9.9e37, -9.9e37, 9.91e37))
"""Overflow, underflow and not a number in SCPI (volume 1, 7.2.1)."""


def number_in(text: str) -> float | None:
    """The number that the whole text is, infinite when it is beyond a double; None for anything else.

    Example:
        >>> number_in("21.5"), number_in("+1.5E-03"), number_in("1_000"), number_in("1e400")
        (21.5, 0.0015, None, inf)
    """
    if len(text) > _LONGEST_NUMBER or _NUMBER.fullmatch(text) is None:
        return None
    return float(text)


def finite(number: object) -> float | None:
    """`number` as a float; None when it is true or false, not a number, not finite, or beyond a double."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    try:
        value = float(number)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def quantity_in(text: str, *, is_keyed: bool = False, any_unit: bool = False) -> tuple[float, str] | None:
    """The (number, unit) that the whole text is; infinite when it is beyond a double, None for anything else.

    Args:
        text: without white space around it.
        is_keyed: True where the text is the value of a key, so that its comma is a decimal one.
        any_unit: True takes every short word without a space before it for a unit; False only known ones, as a
            number and a word may be anything.

    Example:
        >>> quantity_in("21.5 °C"), quantity_in("21,5 °C"), quantity_in("72%"), quantity_in("12 Monkeys")
        ((21.5, '°C'), (21.5, '°C'), (72.0, '%'), None)
    """
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    plain, with_comma, space, unit = match.groups(default="")
    if with_comma and not unit and not is_keyed:
        return None  # alone, it may as well be two numbers
    is_unit = any_unit and not space and len(unit) <= _LONGEST_UNIT and _UNIT_WORD.fullmatch(unit)
    if unit and not (is_unit or is_known(unit)):
        return None
    if unit and ((space and plain.endswith(".")) or unit in ("e", "E") or (plain == "0" and unit[0] in "xX")):
        return None  # `5. m` is the fifth, and the letters of `1.5e` and `0xF` are no units but parts of a number
    return float(plain or with_comma.replace(",", ".")), unit


def is_padded(text: str) -> bool:
    """Whether a number is whole and written with leading zeros, as codes are: `0764`, but also a counter of %04d.

    Example:
        >>> is_padded("0764"), is_padded("00400.4"), is_padded("0")
        (True, False, False)
    """
    digits = text.lstrip("+-")
    return len(digits) > 1 and digits[0] == "0" and digits.isdecimal()


def list_in(text: str) -> list[float] | None:
    """The numbers of a text that is several, parted by semicolons; None for any other text.

    Example:
        >>> list_in("21.5;48;1"), list_in("21.5")
        ([21.5, 48.0, 1.0], None)
    """
    if ";" not in text or len(text) > _LONGEST or not text[0].isdecimal():
        return None
    numbers = [number_in(part.strip()) for part in text.split(";")]
    found = [number for number in numbers if number is not None and math.isfinite(number)]
    return found if len(found) == len(numbers) else None


def is_missing(text: str) -> bool:
    """Whether a text says that there is no value: nan, null, n/a.

    Example:
        >>> is_missing("NaN"), is_missing("0")
        (True, False)
    """
    return text.lower() in _MISSING


def state_in(text: str, *, availability: bool = False) -> float | None:
    """1.0 for ON and true, 0.0 for OFF and false, in any case; None for anything else.

    Args:
        text: the word.
        availability: True takes online and offline as well.

    Example:
        >>> state_in("ON"), state_in("offline"), state_in("offline", availability=True)
        (1.0, None, 0.0)
    """
    word = text.lower()
    if word in _ON or (availability and word == "online"):
        return 1.0
    return 0.0 if word in _OFF or (availability and word == "offline") else None


def word_of_state(text: str) -> float | None:
    """1.0 for words such as open and detected, 0.0 for closed and clear; None for anything else.

    They are states where their key names one: a mode may be open, too.

    Example:
        >>> word_of_state("OPEN"), word_of_state("closed"), word_of_state("auto")
        (1.0, 0.0, None)
    """
    return _WORDS_OF_STATES.get(text.lower())


def is_end_of_range(value: float) -> bool:
    """Whether a number is one that counters and fields with so many digits end at."""
    return value in _NO_THERMOMETER


def is_sentinel(value: float, key: str) -> bool:
    """Whether a number is known to stand for a missing value: -9999, a lost DS18B20's -127.

    Args:
        value: any.
        key: its key: -127 is a missing value only of temperatures, and -999 W may be fed into the grid.

    Example:
        >>> is_sentinel(-9999.0, "t"), is_sentinel(-9999.0, "power"), is_sentinel(-127.0, "outTemp")
        (True, False, True)
    """
    if value in _OF_INSTRUMENTS:
        return True
    if value in _SENTINELS:
        return not may_be_far_below_zero(key)
    return value in _NO_THERMOMETER and is_temperature(key)

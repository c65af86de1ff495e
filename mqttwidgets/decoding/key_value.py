"""Text such as `Temperature: 21.5`, as small firmware prints it. There is no standard for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from .number import GRAMMAR

# A comma between digits may be a decimal one, so that it parts nothing: 21,5 must not become 21.
_PARTS = re.compile(r"[;\r\n]|,(?![0-9])")
_COLON = re.compile("[:：]")
_QUANTITY = re.compile(rf"({GRAMMAR})\s*((?:[^\W\d_]|[%°/·])*)")
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST_KEY, _LONGEST_UNIT = 64, 12


def pairs_in(text: str) -> Iterator[tuple[str, float, str]]:
    """The (key, number, unit) of each `key: number unit` in `text`; the unit is `""` where there is none.

    Example:
        >>> list(pairs_in("Temperature: 21.5 °C, Fan: on"))
        [('Temperature', 21.5, '°C')]
    """
    for part in _PARTS.split(text):
        key, _, quantity = _halves(part)
        match = _QUANTITY.fullmatch(quantity)
        if match is None or not _LETTER.search(key) or len(key) > _LONGEST_KEY:
            continue
        number, unit = float(match[1]), match[2]
        if len(unit) <= _LONGEST_UNIT and math.isfinite(number):
            yield key, number, unit


def has_key(text: str) -> bool:
    """Whether `text` begins with a word and a colon, so that a number is expected after it.

    Example:
        >>> has_key("Temperature: warm"), has_key("2024-05-17 13:30:55")
        (True, False)
    """
    key, has_colon, _ = _halves(text)
    return has_colon and _LETTER.search(key) is not None


def _halves(text: str) -> tuple[str, bool, str]:
    """What stands before the first colon, whether there is one, and what stands after it."""
    before, *after = _COLON.split(text, maxsplit=1)
    return before.strip(), bool(after), "".join(after).strip()

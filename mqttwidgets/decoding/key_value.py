"""Text such as `Temperature: 21.5`, as small firmware prints it. There is no standard for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from .number import GRAMMAR

# A comma between digits may be a decimal one, so that it parts nothing: 21,5 must not become 21.
_PARTS = re.compile(r"[;\r\n]|,(?![0-9])")
_PAIR = re.compile(rf"\s*([^:：]{{1,64}}?)\s*[:：]\s*({GRAMMAR})\s*((?:[^\W\d_]|[%°/·])*)\s*")
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST_UNIT = 12


def pairs_in(text: str) -> Iterator[tuple[str, float, str]]:
    """The (key, number, unit) of each `key: number unit` in `text`; the unit is `""` where there is none.

    Example:
        >>> list(pairs_in("Temperature: 21.5 °C, Fan: on"))
        [('Temperature', 21.5, '°C')]
    """
    for part in _PARTS.split(text):
        match = _PAIR.fullmatch(part)
        if match is None:
            continue
        key, number, unit = match.groups()
        if _LETTER.search(key) and len(unit) <= _LONGEST_UNIT and math.isfinite(float(number)):
            yield key, float(number), unit


def has_key(text: str) -> bool:
    """Whether `text` begins with a word and a colon, so that a number is expected after it.

    Example:
        >>> has_key("Temperature: warm"), has_key("2024-05-17 13:30:55")
        (True, False)
    """
    key, colon, _ = text.replace("：", ":").partition(":")
    return bool(colon and _LETTER.search(key))

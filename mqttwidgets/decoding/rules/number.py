"""A bare number, as RFC 8259 (section 6) writes it."""

from __future__ import annotations

import math
import re

GRAMMAR = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
"""A number in RFC 8259: what `float` accepts beyond it (`1_000`, `nan`, other scripts' digits) is text."""

_LONGEST = 10_000  # digits; a double has 767 that count
_NUMBER = re.compile(GRAMMAR.encode())


def number_in(payload: bytes) -> float | None:
    """The number that the whole payload is, infinite when it is beyond a double; None for anything else.

    Example:
        >>> number_in(b"21.5"), number_in(b"1_000"), number_in(b"1e400")
        (21.5, None, inf)
    """
    if len(payload) > _LONGEST or _NUMBER.fullmatch(payload) is None:
        return None
    return float(payload)


def finite(number: object) -> float | None:
    """`number` as a float; None when it is true or false, not a number, not finite, or beyond a double."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    try:
        value = float(number)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None

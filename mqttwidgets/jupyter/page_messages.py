"""Reads messages of pages with care: any page, or somebody in its place, may send anything that JSON can hold.

JSON as Python reads it holds NaN, infinities and whole numbers of any length; true is 1 there. So each reader
gives the value as it was meant, within bounds, or None.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

MOST = 1e15
"""The largest number that means anything here: epoch seconds are far smaller."""

LONGEST_WORD = 200
"""Characters in a name: a model id has 32."""

MOST_WORDS = 1_000
"""Names in a list, such as the figures of a page."""

MOST_NUMBERS = 1_000_000
"""Numbers in a list, such as the ids of the series that somebody chose at once."""


def kind_of(content: object) -> tuple[str, Mapping[str, Any]]:
    """A message's kind, and the message; ("", {}) for what is none."""
    kind = content.get("kind") if isinstance(content, dict) else None
    return (kind, content) if isinstance(kind, str) and isinstance(content, dict) else ("", {})


def number(value: object, least: float = -MOST, most: float = MOST) -> float | None:
    """A finite number from `least` to `most`.

    Example:
        >>> number(1), number(10**400), number(float("nan")), number(True), number("1")
        (1.0, None, None, None, None)
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and least <= value <= most else None  # type: ignore[arg-type, operator]


def whole(value: object, least: int, most: int) -> int | None:
    """A whole number from `least` to `most`.

    Example:
        >>> whole(7, 0, 9), whole(7.0, 0, 9), whole(True, 0, 9), whole(10, 0, 9)
        (7, None, None, None)
    """
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and least <= value <= most else None  # type: ignore[return-value, operator]


def wholes(value: object, least: int, most: int) -> list[int] | None:
    """A list of whole numbers from `least` to `most`, without what is none."""
    if not isinstance(value, list) or len(value) > MOST_NUMBERS:
        return None
    return [each for each in value if whole(each, least, most) is not None]


def word(value: object) -> str | None:
    """A short text.

    Example:
        >>> word("figure"), word(""), word(201 * "a"), word(["figure"])
        ('figure', '', None, None)
    """
    return value if isinstance(value, str) and len(value) <= LONGEST_WORD else None


def words(value: object) -> list[str] | None:
    """A list of short texts."""
    is_list = isinstance(value, list) and len(value) <= MOST_WORDS
    return value if is_list and all(word(each) is not None for each in value) else None  # type: ignore[return-value, attr-defined]


def ends(value: object) -> tuple[float, float] | None:
    """A pair of numbers, the lesser one first, of any size: an axis may show any value.

    Example:
        >>> ends([0, 1]), ends([1, 0]), ends([0, float("inf")]), ends([0, 10**400])
        ((0.0, 1.0), None, None, None)
    """
    if not isinstance(value, list) or len(value) != 2:
        return None
    pair = [number(each, -_LARGEST, _LARGEST) for each in value]
    low, high = pair
    return None if low is None or high is None or not low < high else (low, high)


_LARGEST = math.nextafter(math.inf, 0)


def blob(buffers: object, most: int) -> bytes | None:
    """The first of a message's buffers, of `most` bytes at most."""
    first = buffers[0] if isinstance(buffers, Sequence) and buffers else None
    if not isinstance(first, (bytes, bytearray, memoryview)):
        return None
    return bytes(first) if memoryview(first).nbytes <= most else None

"""Bounds on a binary document, checked before anything is built from it.

A library that decodes CBOR or MessagePack trusts its input: a map with 16,000 arrays for keys, chosen so that
their hashes agree, keeps it busy for seconds, and a megabyte of empty arrays becomes seventy. Walking over the
heads of the items first costs less than a microsecond for each and needs no memory.
"""

from __future__ import annotations

from collections.abc import Callable

MOST_ITEMS = 10_000
"""Numbers, texts, keys and containers in one document: room for 2,000 numbers, each with a key."""

DEEPEST = 64
"""Containers inside of containers. Sensors need five; an interpreter's stack allows a few hundred."""

ENDLESS = -2
"""The children of a container that ends with a break; even, as the number of a map's children is."""

LEAF, ARRAY, MAP, TAG, BREAK = range(5)
"""The kinds of items. Plain numbers, since there is one for each item of a message."""

Head = tuple[int, int, int]
"""The head of an item, or all of a leaf: (where the next head is, the kind of the item, how many items belong to
it: for a map, its keys and its values)."""


class OutOfBoundsError(ValueError):
    """The document is malformed or asks for too much; the message says in a few words which."""


def check(payload: bytes, head_at: Callable[[bytes, int], Head]) -> None:
    """Check that `payload` is one whole item within the bounds.

    Args:
        payload: the document.
        head_at: gives the head at a place in the payload, by the rules of the format. It may return a place behind
            the payload's end; it raises IndexError there, and OutOfBoundsError where the payload is malformed.

    Raises:
        OutOfBoundsError: when it is malformed, too large, too deep, or has a key that is a container.

    Example:
        >>> check(b"abc", lambda payload, at: (at + 1, LEAF, 0))
        Traceback (most recent call last):
        mqttwidgets.decoding.formats.bounds.OutOfBoundsError: bytes behind its end
    """
    try:
        end = _end_of_item(payload, head_at)
    except IndexError:
        raise OutOfBoundsError("cut short") from None
    if end != len(payload):
        raise OutOfBoundsError("cut short" if end > len(payload) else "bytes behind its end")


def _end_of_item(payload: bytes, head_at: Callable[[bytes, int], Head]) -> int:
    at, left, is_map = 0, 1, False
    around: list[tuple[int, bool]] = []
    for _ in range(MOST_ITEMS):
        at, kind, children = head_at(payload, at)
        if kind == BREAK:
            left = _after_break(left, is_map)
        elif kind == LEAF:
            left -= 1
        else:
            _may_open(is_map and left % 2 == 0, len(around))
            around.append((left - 1, is_map))
            left, is_map = children, kind == MAP
        while left == 0:
            if not around:
                return at
            left, is_map = around.pop()
    raise OutOfBoundsError(f"more than {MOST_ITEMS:,} items")


def _after_break(left: int, is_map: bool) -> int:
    """The children left in a container that a break ends: none."""
    if left > 0 or (is_map and left % 2):
        raise OutOfBoundsError("a break out of place")
    return 0


def _may_open(expects_key: bool, depth: int) -> None:
    if expects_key:
        raise OutOfBoundsError("a key that is a container")  # its hash is the sender's choice
    if depth == DEEPEST:
        raise OutOfBoundsError("nested too deep")

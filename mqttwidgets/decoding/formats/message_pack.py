"""MessagePack (github.com/msgpack/msgpack/blob/master/spec.md): a payload to a value.

msgspec decodes, once the payload has been found within bounds (`bounds.py`).
"""

from __future__ import annotations

import msgspec

from ..format import NotOfFormatError, OwnFormat, ParserOf
from .bounds import ARRAY, LEAF, MAP, Head, OutOfBoundsError, check

_LEAF_SIZES = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2}
_LEAF_SIZES |= {0xD2: 4, 0xD3: 8, 0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}
"""Of nil, false, true, floats, integers and extensions of a fixed size: the number of bytes behind the first."""

_LENGTH_SIZES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
"""Of binary data, extensions and texts: the number of bytes of their length."""

_EXTENSIONS = frozenset({0xC7, 0xC8, 0xC9})
_CONTAINERS = {0xDC: (ARRAY, 2), 0xDD: (ARRAY, 4), 0xDE: (MAP, 2), 0xDF: (MAP, 4)}


class NotMessagePackError(NotOfFormatError):
    """The payload is not MessagePack, or none that may be decoded; the message says why in a few words."""


def parse(payload: bytes) -> object:
    """The value that the whole payload is.

    Returns:
        int, float, bool, None, str, bytes, list, dict, a datetime, or msgspec's Ext for another type.

    Raises:
        NotMessagePackError: for anything but one well-formed object, and for one that exceeds the bounds.

    Example:
        >>> parse(bytes.fromhex("82a16101a16202"))
        {'a': 1, 'b': 2}
    """
    try:
        check(payload, _head_at)
        return msgspec.msgpack.decode(payload)
    except OutOfBoundsError as error:
        raise NotMessagePackError(f"not valid MessagePack: {error}") from None
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError):
        raise NotMessagePackError("not valid MessagePack") from None


def _head_at(payload: bytes, at: int) -> Head:
    """The head at a place in the payload."""
    first = payload[at]
    at += 1
    if first < 0x80 or first >= 0xE0:
        return at, LEAF, 0
    if first < 0xC0:
        return _small(payload, first, at)
    if first in _LEAF_SIZES:
        return at + _LEAF_SIZES[first], LEAF, 0
    if first in _LENGTH_SIZES:
        length, at = _number(payload, at, _LENGTH_SIZES[first])
        return at + length + (first in _EXTENSIONS), LEAF, 0
    if first in _CONTAINERS:
        return _container(payload, first, at)
    raise OutOfBoundsError("a byte that begins nothing")


def _small(payload: bytes, first: int, at: int) -> Head:
    """A map, an array or a text whose length is in its first byte."""
    if first < 0x90:
        return at, MAP, 2 * (first & 0x0F)
    if first < 0xA0:
        return at, ARRAY, first & 0x0F
    return at + (first & 0x1F), LEAF, 0


def _container(payload: bytes, first: int, at: int) -> Head:
    kind, size = _CONTAINERS[first]
    count, at = _number(payload, at, size)
    return at, kind, 2 * count if kind == MAP else count


def _number(payload: bytes, at: int, size: int) -> tuple[int, int]:
    """The (number, end) of `size` bytes."""
    return int.from_bytes(payload[at : at + size], "big"), at + size


def _parse_several_bytes(payload: bytes) -> object:
    if len(payload) == 1:
        raise NotMessagePackError("a number of one byte, which is CBOR's")
    return parse(payload)


def _parser_of(_payload: bytes) -> ParserOf:
    return lambda kind, strict: msgspec.msgpack.Decoder(kind, strict=strict).decode


FORMAT = OwnFormat(
    "MessagePack", fast="document", has_time_field=True, parse=_parse_several_bytes, parser_of=_parser_of
)

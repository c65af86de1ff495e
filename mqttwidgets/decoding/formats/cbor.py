"""CBOR (RFC 8949): a payload to a value.

The package cbor2 decodes. Foreign bytes are held within bounds before it sees them (`bounds.py`), for its versions
differ in what they allow. Of the tags it is given only those that make dates and numbers. The references (25, 28,
29, 256) let few bytes stand for many, or for a value that contains itself, and a rational (30) would look like two
numbers: a payload with one of them is refused. Every other tag gives its content a meaning for somebody else (a
regular expression, which would be compiled; an address; a set): the tag is cut out, and its content stands for
itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from ..format import NotOfFormatError, OwnFormat, ParserOf
from .bounds import ARRAY, BREAK, ENDLESS, LEAF, MAP, TAG, Head, OutOfBoundsError, check

_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(2, 8)
_STRINGS = (_BYTES, _TEXT)
_ARGUMENT_SIZES = {24: 1, 25: 2, 26: 4, 27: 8}
_INDEFINITE = 31
_SIMPLE_VALUE, _BREAK = 0xF8, 0xFF
_MOST_CHUNKS = 2_000
"""Pieces of all texts and byte strings without a length of their own."""

_LONGEST_PATTERN = 4_000
"""Bytes: a pattern takes a microsecond for each to be compiled."""

_LONGEST_BIGNUM = 128
"""Bytes: 1,024 bits are the range of a double."""

_FIRST_OF_STRINGS, _FLOATS = 0x40, (0xF9, 0xFA, 0xFB)
_NUMBER = rb"(?:[\x00-\x17\x20-\x37]|[\x18\x38].|[\x19\x39\xf9].{2}|[\x1a\x3a\xfa].{4}|[\x1b\x3b\xfb].{8})"
"""An integer or a float of any size (sections 3.1 and 3.3)."""

_BIGNUMS = frozenset({2, 3})
_KEPT_TAGS = frozenset({0, 1, 2, 3, 4, 5, 100, 1004})
_REFUSED_TAGS = frozenset({25, 28, 29, 30, 256})


class NotCborError(NotOfFormatError):
    """The payload is not CBOR, or none that may be decoded; the message says why in a few words."""


def parse(payload: bytes) -> object:
    """The value that the whole payload is.

    Returns:
        int, float, decimal.Decimal (for tags 4 and 5), bool, None, str, bytes, list, dict, a date or datetime (for
        tags 0, 1, 100 and 1004), cbor2's `undefined` or one of its simple values.

    Raises:
        NotCborError: for anything but one well-formed item, and for one that exceeds the bounds.

    Example:
        >>> parse(bytes.fromhex("a2616101616202")), parse(bytes.fromhex("c48221196ab3"))
        ({'a': 1, 'b': 2}, Decimal('273.15'))
    """
    heads = _Heads()
    try:
        check(payload, heads.head_at)
        return _decoded(heads.cut_out_of(payload))
    except OutOfBoundsError as error:
        raise NotCborError(f"not valid CBOR: {error}") from None
    except Exception:  # of half a dozen kinds, and other ones in each version of cbor2
        raise NotCborError("not valid CBOR") from None


def parser_of_likes(payload: bytes) -> Callable[[bytes], object]:
    """A faster parser of payloads that differ from a good one in their numbers only.

    A pattern of bytes takes the place of the walk over the heads, which the good payload has passed already.

    Args:
        payload: one that `parse` takes.

    Raises:
        NotCborError: for a payload with tags, which may hold more than numbers, and for a long one.
    """
    import cbor2

    if len(payload) > _LONGEST_PATTERN:
        raise NotCborError("too long for a pattern")

    heads, parts, at = _Heads(), list[bytes](), 0
    while at < len(payload):
        end, kind, _ = heads.head_at(payload, at)
        if kind == TAG:
            raise NotCborError("a tag")
        is_number = kind == LEAF and (payload[at] < _FIRST_OF_STRINGS or payload[at] in _FLOATS)
        parts.append(_NUMBER if is_number else re.escape(payload[at:end]))
        at = end
    match = re.compile(b"".join(parts), re.DOTALL).fullmatch

    def parse_like(other: bytes) -> object:
        if match(other) is None:
            raise NotCborError("not like the one before")
        return cbor2.loads(other)

    return parse_like


def _decoded(payload: bytes) -> object:
    import cbor2  # whoever receives no CBOR does not pay for it

    return cbor2.loads(payload)


class _Heads:
    """The heads of a payload's items, and the places of its foreign tags."""

    def __init__(self) -> None:
        self._foreign: list[tuple[int, int]] = []
        self._chunks_left = _MOST_CHUNKS

    def head_at(self, payload: bytes, at: int) -> Head:
        """The head at a place in the payload (section 3)."""
        first = payload[at]
        major, argument, end = first >> 5, first & 31, at + 1
        if argument == _INDEFINITE:
            return self._indefinite(payload, major, end)
        if argument > 23:
            argument, end = _argument(payload, first, end)
        if major in _STRINGS:
            return end + argument, LEAF, 0
        if major == _ARRAY:
            return end, ARRAY, argument
        if major == _MAP:
            return end, MAP, 2 * argument
        if major == _TAG:
            return self._tag(payload, argument, at, end)
        return end, LEAF, 0

    def _tag(self, payload: bytes, number: int, at: int, end: int) -> Head:
        if number in _REFUSED_TAGS:
            raise OutOfBoundsError(f"tag {number}")
        if number in _BIGNUMS:
            _end_of_string(payload, _BYTES, end, _LONGEST_BIGNUM)
        if number not in _KEPT_TAGS:
            self._foreign.append((at, end))
        return end, TAG, 1

    def _indefinite(self, payload: bytes, major: int, at: int) -> Head:
        """The head of an item without a length of its own (section 3.2)."""
        if major == _ARRAY:
            return at, ARRAY, ENDLESS
        if major == _MAP:
            return at, MAP, ENDLESS
        if major == _SIMPLE:
            return at, BREAK, 0
        if major in _STRINGS:
            return self._end_of_chunks(payload, major, at), LEAF, 0
        raise OutOfBoundsError("a reserved length")

    def _end_of_chunks(self, payload: bytes, major: int, at: int) -> int:
        while self._chunks_left:
            if payload[at] == _BREAK:
                return at + 1
            at = _end_of_string(payload, major, at)
            self._chunks_left -= 1
        raise OutOfBoundsError("texts in too many pieces")

    def cut_out_of(self, payload: bytes) -> bytes:
        """The payload without its foreign tags, whose content stays."""
        if not self._foreign:
            return payload
        starts = [0, *(end for _, end in self._foreign)]
        ends = [*(start for start, _ in self._foreign), len(payload)]
        return b"".join(payload[start:end] for start, end in zip(starts, ends, strict=True))


def _argument(payload: bytes, first: int, at: int) -> tuple[int, int]:
    """The (argument, end) of a head whose argument stands behind its first byte."""
    size = _ARGUMENT_SIZES.get(first & 31)
    if size is None:
        raise OutOfBoundsError("a reserved length")
    argument = int.from_bytes(payload[at : at + size], "big")
    if first == _SIMPLE_VALUE and argument < 32:
        raise OutOfBoundsError("a reserved simple value")
    return argument, at + size


def _end_of_string(payload: bytes, major: int, at: int, longest: int | None = None) -> int:
    """The end of the string with a length that must begin at `at`."""
    first = payload[at]
    length, end = first & 31, at + 1
    if first >> 5 != major or length == _INDEFINITE:
        raise OutOfBoundsError("a text in wrong pieces")
    if length > 23:
        length, end = _argument(payload, first, end)
    if longest is not None and length > longest:
        raise OutOfBoundsError("a number of more than 1,024 bits")
    return end + length


def _parser_of(payload: bytes) -> ParserOf:
    parse = parser_of_likes(payload)
    return lambda kind, strict: lambda other: msgspec.convert(parse(other), kind, strict=strict)


FORMAT = OwnFormat("CBOR", fast="document", has_time_field=True, parse=parse, parser_of=_parser_of)

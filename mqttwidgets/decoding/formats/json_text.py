"""JSON texts (RFC 8259), parsed; near misses that devices write are taken too."""

from __future__ import annotations

import json
import math

import msgspec

from ..format import NotOfFormatError, OwnFormat, ParserOf
from ..limits import MOST_NUMBERS

_LONGEST_BYTES = 262_144  # for the slower parser
_MOST_VALUES = 100_000  # which take some 30 MB while they are looked at


class NotJsonError(NotOfFormatError):
    """The payload is not JSON; the message says why in a few words."""


def parse(payload: bytes) -> object:
    """The value that a JSON text holds.

    Numbers beyond a double are infinite. The tokens NaN and Infinity are no JSON (RFC 8259, section 6), but many
    libraries write them: they are taken as the numbers that they name.

    Raises:
        NotJsonError: for anything else that RFC 8259 does not allow, or that is nested too deep to be read.

    Example:
        >>> parse(b'{"t": 21.5, "h": NaN}')
        {'t': 21.5, 'h': nan}
    """
    if len(payload) > _MOST_VALUES and sum(map(payload.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise NotJsonError(f"JSON of more than {_MOST_VALUES:,} values")
    try:
        return msgspec.json.decode(payload)
    except RecursionError:
        raise NotJsonError("JSON nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return _parse_leniently(payload)


def parse_lines(payload: bytes) -> object:
    r"""The value that a JSON text holds; of JSON lines (https://jsonlines.org) the array of their values.

    Raises:
        NotJsonError: as `parse` does.

    Example:
        >>> parse_lines(b'{"t": 1}'), parse_lines(b'{"t": 1}\n{"t": 2}')
        ({'t': 1}, [{'t': 1}, {'t': 2}])
    """
    try:
        return parse(payload)
    except NotJsonError:
        lines = payload.splitlines()
        if not 1 < len(lines) <= MOST_NUMBERS or not all(line.startswith(b"{") for line in lines):
            raise
        return [parse(line) for line in lines]


def _parse_leniently(payload: bytes) -> object:
    """Parse what msgspec refuses: NaN, and numbers beyond a double, whose neighbours are good."""
    if len(payload) > _LONGEST_BYTES:
        raise NotJsonError("not valid JSON")
    try:
        return json.loads(payload.decode(), parse_int=_integer)
    except RecursionError:
        raise NotJsonError("JSON nested too deep") from None
    except ValueError:
        raise NotJsonError("not valid JSON") from None


def _integer(digits: str) -> int | float:
    """An integer; infinite beyond a double, as Python parses no integer of thousands of digits."""
    return int(digits) if len(digits) <= 300 else math.copysign(math.inf, -1 if digits[0] == "-" else 1)


def _parser_of(_payload: bytes) -> ParserOf:
    return lambda kind, strict: msgspec.json.Decoder(kind, strict=strict).decode


FORMAT = OwnFormat(
    "JSON", fast="text", has_time_field=True, first_bytes=b'{["', parse=parse_lines, parser_of=_parser_of
)

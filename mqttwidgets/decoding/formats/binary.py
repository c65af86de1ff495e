"""Which of the two binary formats without a mark of their own a payload is: CBOR or MessagePack."""

from __future__ import annotations

from decimal import Decimal

from . import cbor, message_pack


def parse_binary(payload: bytes) -> tuple[str, object] | None:
    """The (format, value) of a payload that is no text; None when it is neither format, or could be anything.

    Most short payloads are well-formed in one format or the other. What counts is a container or a number that
    takes up the whole payload; a lone text or byte string, true, false or null does not. A number of one byte is
    CBOR's. Where both formats fit, a map whose keys are texts decides, else it is CBOR, which is the standard.

    Example:
        >>> parse_binary(bytes.fromhex("a1617415")), parse_binary(bytes.fromhex("81a17415"))
        (('CBOR', {'t': 21}), ('MessagePack', {'t': 21}))
        >>> parse_binary(bytes.fromhex("1903e8")), parse_binary(bytes(2))
        (('CBOR', 1000), None)
    """
    found = [*_as_cbor(payload), *_as_message_pack(payload)]
    named = [each for each in found if _has_text_keys(each[1])]
    return next(iter((*named, *found)), None)


def _as_cbor(payload: bytes) -> list[tuple[str, object]]:
    try:
        value = cbor.parse(payload)
    except cbor.NotCborError:
        return []
    return [("CBOR", value)] if _is_convincing(value) else []


def _as_message_pack(payload: bytes) -> list[tuple[str, object]]:
    try:
        value = message_pack.parse(payload)
    except message_pack.NotMessagePackError:
        return []
    return [("MessagePack", value)] if len(payload) > 1 and _is_convincing(value) else []


def _is_convincing(value: object) -> bool:
    if isinstance(value, (dict, list)):
        return bool(value)
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _has_text_keys(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(key, str) for key in value)

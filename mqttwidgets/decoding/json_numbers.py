"""The numbers in a JSON text (RFC 8259), each named by its JSON pointer (RFC 6901)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from .number import finite

MOST_NUMBERS = 10_000
"""More numbers than this in one message are no set of sensors."""


class NotJsonError(ValueError):
    """The payload is not JSON; the message says why in a few words."""


def parse(payload: bytes) -> object:
    """The value that a JSON text holds.

    Raises:
        NotJsonError: for anything that RFC 8259 does not allow, or that is nested too deep to be read.
    """
    try:
        return msgspec.json.decode(payload)
    except RecursionError:
        raise NotJsonError("JSON nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return _parse_leniently(payload)


def _parse_leniently(payload: bytes) -> object:
    """What msgspec refuses although it is JSON: numbers beyond a double, whose neighbours are still good."""
    try:
        return json.loads(payload.decode(), parse_constant=_refuse)
    except RecursionError:
        raise NotJsonError("JSON nested too deep") from None
    except ValueError:
        raise NotJsonError("not valid JSON") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON (RFC 8259, section 6)")


def numbers_in(value: object) -> Iterator[tuple[str, float]]:
    """The (JSON pointer, number) of every finite number in a parsed JSON value, in the order of the text.

    `true` and `false` are no numbers here. The pointer of a bare number is `""`.

    Example:
        >>> list(numbers_in({"BME280": {"Temperature": 21.5}, "co2": [410, 415], "ok": True}))
        [('/BME280/Temperature', 21.5), ('/co2/0', 410.0), ('/co2/1', 415.0)]
    """
    to_visit: list[tuple[str, object]] = [("", value)]
    while to_visit:
        pointer, node = to_visit.pop()
        if isinstance(node, dict):
            to_visit.extend((f"{pointer}/{_escaped(key)}", node[key]) for key in reversed(node))
        elif isinstance(node, list):
            to_visit.extend((f"{pointer}/{index}", node[index]) for index in range(len(node) - 1, -1, -1))
        else:
            number = finite(node)
            if number is not None:
                yield pointer, number


def _escaped(key: object) -> str:
    """A key as a reference token (RFC 6901, section 3)."""
    text = str(key)
    return text.replace("~", "~0").replace("/", "~1") if "~" in text or "/" in text else text

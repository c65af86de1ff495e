"""HTTP headers that a user adds to the handshake of a WebSocket: checked, and never shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..base.errors import InvalidValueError
from ..base.text import printable

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")  # a token, RFC 9110, section 5.6.2
_VALUE = re.compile(r"[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*|")  # RFC 9110, section 5.5, without obsolete bytes
_OURS = re.compile(r"connection|upgrade|content-length|transfer-encoding|sec-websocket-.*", re.IGNORECASE)
_LONGEST_BYTES = 8192  # all of them: what usual servers take


class Headers(Mapping[str, str]):
    """Headers by their names, in the order in which they were given. A value: equal ones are equal, and hash so.

    A value of a header may be a secret, so `repr` has the names alone.

    Args:
        given: names and values.

    Raises:
        InvalidValueError: for what is no header, or one that the handshake itself needs. It repeats no value.

    Example:
        >>> Headers({"Authorization": "Bearer secret"})
        Headers({'Authorization': ***})
    """

    __slots__ = ("_pairs",)

    def __init__(self, given: Mapping[str, str]) -> None:
        if not isinstance(given, Mapping):
            raise InvalidValueError(
                f"headers is a mapping such as {{'Authorization': 'Bearer …'}}, not a {type(given).__name__}"
            )
        for name, value in given.items():
            _check(name, value)
        folded = [name.lower() for name in given]
        if len(set(folded)) < len(folded):
            raise InvalidValueError("headers has one name twice: upper and lower case are the same there")
        if sum(len(name) + len(value) + 4 for name, value in given.items()) > _LONGEST_BYTES:
            raise InvalidValueError(f"headers is longer than {_LONGEST_BYTES:,} bytes, which servers do not take")
        self._pairs = tuple(given.items())

    def __getitem__(self, name: str) -> str:
        return dict(self._pairs)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)

    def __hash__(self) -> int:
        return hash(frozenset(self._pairs))

    def __repr__(self) -> str:
        return f"Headers({{{', '.join(f'{name!r}: ***' for name in self)}}})"


def _check(name: object, value: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        shown = printable(name, 40) if isinstance(name, str) else type(name).__name__
        raise InvalidValueError(
            f"headers: {shown!r} is no name: letters, digits and hyphens, as in 'Authorization'"
        )
    if _OURS.fullmatch(name):
        raise InvalidValueError(f"headers: {name} belongs to the handshake itself and cannot be set")
    if not isinstance(value, str):
        raise InvalidValueError(f"headers: the value of {name} is a text, not a {type(value).__name__}")
    if not _VALUE.fullmatch(value):
        raise InvalidValueError(
            f"headers: the value of {name} holds more than visible ASCII characters with blanks between them"
        )

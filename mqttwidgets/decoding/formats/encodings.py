r"""A payload's bytes as text: UTF-8, and what firmware sends that takes its text for bytes.

A C string ends in NUL, and some libraries fill up to four bytes with them. Serial lines put controls around a
message: STX and ETX, XON and XOFF, EOT, Ctrl-Z, RFC 7464's record separator. A degree sign is one byte in Latin-1
(`b0`), on displays with an HD44780 (`df`) and in code page 437 (`f8`). Windows writes UTF-16 with a mark in front.
"""

from __future__ import annotations

import re

_WHITESPACE = b" \t\r\n"
"""As in RFC 8259, section 2."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")

_BEFORE, _BEHIND = b"\x01\x02\x11\x13\x1e", b"\x03\x04\x11\x13\x17\x1a"
_SHORTEST_FRAMED, _SHORTEST_LATIN = 3, 4
"""Bytes: of fewer, a control or a letter of Latin-1 may as well be a part of a number."""

_NO_LATIN = re.compile(rb"[^\x00-\x7f\xb0\xb2\xb3\xb5\xc0-\xff]|(?<![A-Za-z])[\xc0-\xff]|[\xc0-\xff](?![A-Za-z])")
"""Anything but signs of units, and letters within a word."""

_LATIN_SHARE = 3
"""At most one byte in so many is beyond ASCII."""

_DEGREE = re.compile(rb"(?<=[0-9 .\"'(\[=:])[\xa1\xdf\xf8](?=[CFcf](?![A-Za-z\x80-\xff]))")
_TWICE = re.compile("\u00c2(?=[°µ²³])")


def content_of(payload: bytes) -> bytes:
    r"""A payload without a byte order mark and without white space around it.

    Example:
        >>> content_of(b"\xef\xbb\xbf 21.5\r\n")
        b'21.5'
    """
    return payload.removeprefix(_BYTE_ORDER_MARK).strip(_WHITESPACE)


def text_in(content: bytes) -> str | None:
    """A payload as text; None where it is none: with control characters, or invalid as UTF-8."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(content) else text


def unwrapped(payload: bytes) -> str | None:
    r"""The text of a payload that ends in NULs, or stands between controls; None where the rest is no text.

    Example:
        >>> unwrapped(b"ON\0\0"), unwrapped(b"\x0221.5\x03\r\n"), unwrapped(b"\x01\x02")
        ('ON', '21.5', None)
    """
    content = content_of(payload)
    if content.startswith(b"{") and b"}\0" in content:
        content = content[: content.index(b"}\0") + 1]  # behind it stands what the buffer held before
    content = content_of(content.rstrip(b"\0"))
    inner = content.strip(_WHITESPACE + _BEFORE + _BEHIND)
    if not inner or (len(inner) < _SHORTEST_FRAMED and inner != content):
        return None
    before, _, behind = content.partition(inner)
    if before.strip(_BEFORE + _WHITESPACE) or behind.strip(_BEHIND + _WHITESPACE):
        return None
    return text_in(inner)


def converted(payload: bytes) -> str | None:
    r"""The text of a payload in UTF-16 with its mark, or in ASCII with single signs of Latin-1; None for others.

    Where it is neither, it may still look like it, so that only a text with something to read is worth believing.

    Example:
        >>> converted(b"21.5 \xb0C"), converted(b"21.5 \xdfC"), converted("5".encode("utf-16")), converted(b"\xff")
        ('21.5 °C', '21.5 °C', '5', None)
    """
    if payload[:2] in _UTF_16:
        return _of_utf_16(payload)
    content = content_of(content_of(payload).rstrip(b"\0"))
    foreign = len(content.translate(None, _ASCII))
    if (
        len(content) < _SHORTEST_LATIN
        or not 0 < foreign * _LATIN_SHARE <= len(content)
        or _CONTROLS.search(content)
    ):
        return None
    content = _DEGREE.sub(b"\xb0", content)
    return None if _NO_LATIN.search(content) else content.decode("latin-1")


def repaired(text: str) -> str:
    """A text in which UTF-8 was taken for Latin-1 and encoded once more: `21.5 Â°C`.

    Example:
        >>> repaired("21.5 Â°C")
        '21.5 °C'
    """
    return _TWICE.sub("", text) if "\u00c2" in text else text


_ASCII = bytes(range(128))


def _of_utf_16(payload: bytes) -> str | None:
    try:
        text = payload.decode("utf-16")
    except UnicodeDecodeError:
        return None
    plain = text.strip("\ufeff\0 \t\r\n")
    return (
        text_in(plain.encode()) if plain and plain.translate(dict.fromkeys(map(ord, "°µ²³"))).isascii() else None
    )

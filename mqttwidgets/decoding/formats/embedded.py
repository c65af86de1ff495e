"""Documents within texts: JSON in a JSON string, or in one that is hexadecimal or base64 (RFC 4648).

Only where the text says what it is: what it decodes to must be a JSON object or array, or text of keys and values.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re

from ..rules.names import words_of

_CARRIER_WORDS = """
    data payload raw hex base64 b64 body message msg content value bytes frame buffer text
"""
_CARRIERS = frozenset(_CARRIER_WORDS.split())
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_PAIR = re.compile(r"\w\s?[:=：]\s?-?[0-9]")
_BLANKS = dict.fromkeys(map(ord, "\r\n\t"))
_SHORTEST, _LONGEST = 8, 16_384


def content_of(key: str, text: str) -> bytes | None:
    """The bytes of a document that `text` holds; None where it holds none.

    Args:
        key: the key that the text stands under.
        text: any.

    Example:
        >>> content_of("payload", '{"t": 2}'), content_of("data", "7b2274223a327d"), content_of("data", "qg==")
        (b'{"t": 2}', b'{"t":2}', None)
    """
    if not may_hold_document(key, text):
        return None
    if _is_bracketed(text):
        return text.encode(errors="replace")
    found = next((content for content in _decodings(text) if _is_text(content)), None)
    return text.encode(errors="replace") if found is None and _PAIR.search(text) else found


def may_hold_document(key: str, text: str) -> bool:
    """Whether `content_of` looks for a document in a text at all.

    Example:
        >>> may_hold_document("payload", "7b2274223a327d"), may_hold_document("name", "7b2274223a327d")
        (True, False)
    """
    if not 2 < len(text) <= _LONGEST:
        return False
    return _is_bracketed(text) or (len(text) >= _SHORTEST and not _CARRIERS.isdisjoint(words_of(key)))


def _is_bracketed(text: str) -> bool:
    return text[0] in "{[" and text[-1] in "]}"


def _decodings(text: str) -> list[bytes]:
    found = []
    if _HEX.fullmatch(text):
        found.append(bytes.fromhex(text))
    if _BASE64.fullmatch(text) and len(text.rstrip("=")) % 4 != 1:
        padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
        with contextlib.suppress(binascii.Error, ValueError):
            found.append(base64.b64decode(padded, altchars=b"-_" if set("-_") & set(padded) else None))
    return found


def _is_text(content: bytes) -> bool:
    try:
        return content.decode().translate(_BLANKS).isprintable()
    except UnicodeDecodeError:
        return False

"""Documents within the texts of a document: JSON in a string, in one of hexadecimal or base64, keys and values."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re

from .format import Findings, Payload, first_of
from .formats import json_text, lenient_json, nmea, obis, positions
from .formats.plain_text import PAIRS
from .judgements import Judgements
from .registry import PLAIN_TEXTS, PROTOCOLS
from .rules.documents import read_document
from .rules.leaf import Leaf
from .rules.names import words_of

_LONGEST_WITHIN, _MOST_VALUES_WITHIN = 65_536, 1_000
"""Characters, and values, of all documents within the texts of a message."""

_CARRIER_WORDS = """
    data payload raw hex base64 b64 body message msg content value bytes frame buffer text
"""
_CARRIERS = frozenset(_CARRIER_WORDS.split())
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_PAIR = re.compile(r"[\w\"']\s?[:=：|]\s?[+-]?\.?[0-9]")
_NAMED = frozenset(each.name for each in (PAIRS, *PROTOCOLS))
"""Formats whose numbers have names, so that they are worth looking for."""

_BLANKS = dict.fromkeys(map(ord, "\r\n\t"))
_SHORTEST_WITHIN, _LONGEST_TEXT_WITHIN = 8, 16_384


class ReaderWithin:
    """Reads the documents within the texts of one message, one level deep, while there is room for more.

    Such a document is JSON in a string, or in one that is hexadecimal or base64 (RFC 4648), or keys and values.
    Most texts that may be a document are none, but cost as much to try.
    """

    def __init__(self, arrival: float) -> None:
        self._arrival = arrival
        self._characters, self._values = _LONGEST_WITHIN, _MOST_VALUES_WITHIN

    def __call__(self, leaf: Leaf) -> Findings | None:
        """The findings in the document that a leaf's text holds; None where it holds none, or there is no room."""
        text = leaf.value
        if not isinstance(text, str):
            return None
        position = positions.read(leaf.key, text.strip())
        if position is not None or not may_hold_document(leaf.key, text):
            return position
        self._characters -= len(text)
        if self._characters < 0 or self._values <= 0:
            return None
        found = self._read(leaf.key, text)
        if found is not None:
            self._values -= len(found.readings) + len(found.left_out)
        return found

    def _read(self, key: str, text: str) -> Findings | None:
        content = content_of(key, text)
        if content is None:
            return None
        if content[:1] in b"{[":
            document = _document_in(content)
            if document is None:
                return None
            return read_document(document, "JSON", self._arrival, Judgements(), _nothing_within, most=self._values)
        found = first_of(PLAIN_TEXTS, Payload(key, content, content.decode().strip(), self._arrival))
        return found if found is not None and found.format in _NAMED and found.readings else None


def _document_in(content: bytes) -> object:
    """The value of a text that is JSON, or nearly; None for any other, and for null."""
    try:
        return json_text.parse(content)
    except json_text.NotJsonError:
        nearly = lenient_json.parse(content.decode(errors="replace"))
        return None if nearly is None or nearly.is_cut else nearly.document


def _nothing_within(_leaf: Leaf) -> None:
    return None


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
    if _is_bracketed(text) or _is_telegram(text):
        return text.encode(errors="replace")
    found = next((content for content in _decodings(text) if _is_printable(content)), None)
    return text.encode(errors="replace") if found is None and _PAIR.search(text) else found


def is_carrier(key: str) -> bool:
    """Whether a key says no more than that something is sent.

    Example:
        >>> is_carrier("payload_hex"), is_carrier("kitchen")
        (True, False)
    """
    return not _CARRIERS.isdisjoint(words_of(key))


def may_hold_document(key: str, text: str) -> bool:
    """Whether a text may hold a document at all, for which `content_of` looks then.

    Example:
        >>> may_hold_document("payload", "7b2274223a327d"), may_hold_document("name", "7b2274223a327d")
        (True, False)
    """
    if not 2 < len(text) <= _LONGEST_TEXT_WITHIN:
        return False
    return _is_bracketed(text) or _is_telegram(text) or (len(text) >= _SHORTEST_WITHIN and is_carrier(key))


def _is_telegram(text: str) -> bool:
    """Whether a text is in a protocol that is known by its beginning, whatever its key."""
    return nmea.begins_like(text) or (")" in text and obis.begins_like(text))


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


def _is_printable(content: bytes) -> bool:
    try:
        return content.decode().translate(_BLANKS).isprintable()
    except UnicodeDecodeError:
        return False

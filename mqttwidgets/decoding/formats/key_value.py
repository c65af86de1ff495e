"""Keys and values in text, as small firmware prints them: `Temperature: 21.5`, `rssid=72%, load=1%`, `a=1&b=2`.

There is no standard for it, but for the form encoding: https://url.spec.whatwg.org/#application/x-www-form-urlencoded.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from ..rules.quantity import quantity_in

# A comma between digits may be a decimal one, so that it parts nothing: 21,5 must not become 21.
_PARTS = re.compile(r"[;\r\n\t|]|,(?![0-9])")
_SEPARATOR = re.compile("[:=：]")
_NEXT_KEY = re.compile(r"(?<!\s)\s+(?=[^\s:=：]{1,64}\s?[:=：])")
_FORM = re.compile(r"[\w.%+\-\[\]]+=[^&\s]*(?:&[\w.%+\-\[\]]+=[^&\s]*)+")
_LINE_PROTOCOL_GONE_WRONG = re.compile(r"[^\s=:;,]+(?:,\S*)?\s[^\s=]+=\S")
_LOG_LINE = re.compile(
    r"\[|\d{4}-\d\d-\d\d[T ]|[A-Z][a-z]{2} [ \d]\d \d\d:|(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b",
)
_LETTER = re.compile(r"[^\W\d_]")
_LONGEST_KEY = 64
_LONGEST = 8_192
_MOST_PAIRS = 1_000
_MOST_WORDS = 4


def pairs_in(text: str) -> list[tuple[str, str]]:
    """The (key, value) of each `key: value` and `key=value` in a text, in its order.

    Example:
        >>> pairs_in("Wind speed: 3.2 m/s, Fan: on"), pairs_in("temp=21.5 hum=48.2")
        ([('Wind speed', '3.2 m/s'), ('Fan', 'on')], [('temp', '21.5'), ('hum', '48.2')])
    """
    if len(text) > _LONGEST or _LOG_LINE.match(text):
        return []
    if _FORM.fullmatch(text):
        return parse_qsl(text, keep_blank_values=True, max_num_fields=None)[:_MOST_PAIRS]
    if _LINE_PROTOCOL_GONE_WRONG.match(text):
        return []
    pairs: list[tuple[str, str]] = []
    for part in _PARTS.split(text, maxsplit=_MOST_PAIRS):
        pairs.extend(pair for piece in _pieces(part) if (pair := _pair(piece)) is not None)
    return pairs


def _pieces(part: str) -> list[str]:
    """The pairs of a part with several, parted by spaces.

    What stands before the first belongs to it; words behind a value, to the key after it: `48% Wind speed: 3`.
    """
    if len(_SEPARATOR.findall(part, 0, 10_000)) < 2:
        return [part]
    pieces: list[str] = []
    words = ""
    for piece in _NEXT_KEY.split(part, maxsplit=_MOST_PAIRS):
        whole = f"{words} {piece}".strip()
        whole, words = _without_words_behind(whole) if _SEPARATOR.search(piece) else ("", whole)
        pieces += [whole] if whole else []
    return [*pieces[:-1], f"{pieces[-1]} {words}".strip()] if pieces else [part]


def _without_words_behind(piece: str) -> tuple[str, str]:
    """(a pair, the words behind its value)."""
    parts = piece.split(" ")
    for count in range(len(parts), max(len(parts) - _MOST_WORDS, 0), -1):
        quantity = _SEPARATOR.split(" ".join(parts[:count]), maxsplit=1)[1:]
        if quantity and quantity_in(quantity[0].strip(), is_keyed=True):
            return " ".join(parts[:count]), " ".join(parts[count:])
    return piece, ""


def _pair(piece: str) -> tuple[str, str] | None:
    before, *after = _SEPARATOR.split(piece, maxsplit=1)
    key, value = before.strip(), "".join(after).strip()
    if not after or not value or not 0 < len(key) <= _LONGEST_KEY or not _LETTER.search(key):
        return None
    if before[-1].isdecimal() and after[0][:1].isdecimal() and ":" in piece and " " in key:
        return None  # a time of day in a sentence
    return key, value

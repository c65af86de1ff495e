"""What is nearly JSON: Python's and Java's ways to print a document, JSON5, and JSON put together by hand.

Single quotes, `True` and `None`; keys without quotes, `=` for the colon; a comma too many, or none at a line's
end; comments; an empty value; numbers as in `rules/quantity.py`; documents one behind the other; a call such as
`np.float64(21.5)`. A document that is cut short, as by a buffer that is too small, has the values before the cut.

One pass, by hand: each character is looked at once, and there is a bound for all that a document may hold.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from ..format import Findings
from ..judgements import Judgements
from ..rules.device_suffixes import Devices
from ..rules.documents import ReadInner, judge
from ..rules.leaf import TooManyValuesError
from ..rules.leaves import leaves_of
from ..rules.quantity import is_missing, number_in

CUT_SHORT = "JSON that is cut short: what stands before the cut is read"

_LONGEST, _MOST_VALUES, _DEEPEST = 65_536, 10_000, 32
_BLANKS = re.compile(r"(?:\s|//[^\n]*|/\*[^*]*(?:\*(?!/)[^*]*)*\*/|#[^\n]*)*")
_STRINGS = {
    '"': re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL),
    "'": re.compile(r"'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL),
}
_BARE = re.compile(r"[^,;{}()\[\]\"'\r\n]{1,200}")
_COMMENT = re.compile(r"\s(?://|/\*|#)")
_KEY = re.compile(r"[^,;:=>{}()\[\]\"'\r\n]{1,100}")
_COLON = re.compile(r"\s*(?::|=?>|=)")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟″", '"') | dict.fromkeys("‘’‚‛′", "'"))
_FIRST_KEY = 16
"""Characters before which the first quote of a document stands."""

_WORD_OR_INDEX = re.compile(r"[^\W\d][\w .$%/°-]*|[0-9]{1,9}")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SEPARATORS, _CLOSING = ",;", {"{": "}", "[": "]", "(": ")"}
_PREFIXES = frozenset(("b", "u", "r", "f"))
_BEFORE_KEY = frozenset((*_PREFIXES, ":"))
_WORDS: dict[str, object] = {"true": True, "false": False, "undefined": None}


class NearlyJson(NamedTuple):
    """A text that is nearly JSON.

    Attributes:
        document: the value; of several, one behind the other, the list.
        has_quotes: whether some of its keys stand in quotes.
        is_cut: whether it is cut short.
    """

    document: object
    has_quotes: bool
    is_cut: bool


def parse(text: str) -> NearlyJson | None:
    """The value that a text nearly is in JSON; None for any other text.

    An array must have an object in it or more than one value, and no end that is missing: else it is prose.

    Example:
        >>> parse("{'t': 21.5, 'ok': True}").document, parse("{t:+21.5,h:,}").document, parse("[t]")
        ({'t': 21.5, 'ok': True}, {'t': 21.5, 'h': None}, None)
    """
    if len(text) > _LONGEST:
        return None
    found = _parsed(text)
    if found is None and (mended := _mended(text)) != text:
        return _parsed(mended)
    return found


def _mended(text: str) -> str:
    r"""A text without what a shell, a template or a word processor did: `{\"t\": 5}`, `{{"t": 5}}`, `{“t”: 5}`."""
    text = text.translate(_QUOTES) if not text.isascii() else text
    text = text.replace('\\"', '"') if text.find('\\"', 0, _FIRST_KEY) >= 0 else text
    return text[1:-1].strip() if text.startswith("{{") and text.endswith("}}") else text


def _parsed(text: str) -> NearlyJson | None:
    parser = _Parser(text)
    try:
        found = parser.documents()
    except _OtherTextError:
        return None
    first = found[0]
    is_document = isinstance(first, dict) or (isinstance(first, list) and _is_worth_reading(first, parser.is_cut))
    if not is_document or not first:
        return None
    document = first if all(other == first for other in found) else found
    return NearlyJson(document, parser.has_quotes, parser.is_cut)


def read_bare(document: object, arrival: float, judgements: Judgements, read_inner: ReadInner) -> Findings:
    """The findings in a document whose keys have no quotes, named like keys and values: `{params:{In:256}}` is In.

    An object around all others is a wrapper, and no part of the names.
    """
    while (
        isinstance(document, dict)
        and len(document) == 1
        and isinstance(only := next(iter(document.values())), dict)
    ):
        document = only
    try:
        devices = Devices(judgements.known_devices())
        leaves = leaves_of(document, arrival, lists=judgements.known_lists, devices=devices)
    except TooManyValuesError as error:
        return Findings("keys and values", undecodable=str(error))
    named = [leaf._replace(field=leaf.field[1:].replace("~1", "/").replace("~0", "~")) for leaf in leaves]
    found = judge(named, "keys and values", arrival, judgements, read_inner)
    found.devices = devices.told
    return found


def _is_worth_reading(elements: list[object], is_cut: bool) -> bool:
    return not is_cut and (len(elements) > 1 or any(isinstance(each, dict) for each in elements))


class _OtherTextError(ValueError):
    """The text is not even nearly JSON."""


class _Incomplete:
    """Stands for a value that is cut short."""


_INCOMPLETE = _Incomplete()


class _Parser:
    """Parses one text from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._values_left = _MOST_VALUES
        self.has_quotes = self.is_cut = False

    def documents(self) -> list[object]:
        """The values that stand one behind the other, mostly one."""
        found: list[object] = []
        self._skip()
        if self._text[self._at : self._at + 1] in _STRINGS:
            self._text = f"{{{self._text[self._at :]}}}"  # nothing but the braces is missing
            self._at = 0
        while self._at < len(self._text):
            if found and self._text[self._at] == "}":
                self._at += 1  # one too many
                self._skip()
                continue
            if self._text[self._at] not in _CLOSING or self._text[self._at] == "(":
                raise _OtherTextError
            found.append(self._value(0))
            self._skip()
            self._skip_separators()
        if not found or any(each is _INCOMPLETE for each in found):
            raise _OtherTextError
        return found

    def _skip(self) -> bool:
        """Go behind white space and comments; returns whether a line ends there."""
        match = _BLANKS.match(self._text, self._at)
        assert match is not None  # noqa: S101 - as it may be empty
        self._at = match.end()
        return "\n" in match[0]

    def _skip_separators(self) -> int:
        count = 0
        while self._text[self._at : self._at + 1] and self._text[self._at] in _SEPARATORS:
            self._at += 1
            count += 1
            self._skip()
        return count

    def _value(self, depth: int) -> object:
        self._values_left -= 1
        if self._values_left < 0 or depth > _DEEPEST:
            raise _OtherTextError
        sign = self._text[self._at : self._at + 1]
        if sign == "{":
            self._at += 1
            return self._members("}", depth + 1)
        if sign and sign in "[(":
            self._at += 1
            return self._elements(_CLOSING[sign], depth + 1)
        return self._string() if sign in _STRINGS else self._bare(depth)

    def _members(self, end: str, depth: int) -> dict[str, object]:
        """The members of an object, of which the brace is passed already."""
        members: dict[str, object] = {}
        self._skip()
        self._skip_separators()
        while not self._has_ended(end):
            key = self._key()
            value = self._member_value(depth) if key is not None else _INCOMPLETE
            if value is _INCOMPLETE:
                break
            members[str(key)] = value
            if isinstance(value, dict) and self.is_cut:
                break
            is_next_line = self._skip()
            if not self._skip_separators() and not self._may_go_on(end, is_next_line):
                raise _OtherTextError
        return members

    def _has_ended(self, end: str) -> bool:
        if self._at >= len(self._text):
            self.is_cut |= bool(end)
            return True
        if self._text[self._at] != end:
            return False
        self._at += 1
        return True

    def _may_go_on(self, end: str, is_next_line: bool) -> bool:
        """Whether a member may end without a comma: before the closing brace, another line or another key."""
        sign = self._text[self._at : self._at + 1]
        return sign == end or not sign or is_next_line or sign in _STRINGS

    def _key(self) -> str | None:
        """The next key, with its colon; None where that is cut off."""
        if self._text[self._at] in _BEFORE_KEY and self._text[self._at + 1 : self._at + 2].strip():
            self._at += self._text[self._at] == ":" or self._text[self._at + 1] in _STRINGS
        if self._text[self._at] in _STRINGS:
            key = self._string()
            self.has_quotes = True
        else:
            match = _KEY.match(self._text, self._at)
            key = match[0].rstrip(" -\t").lstrip() if match is not None else ""
            if match is None or _WORD_OR_INDEX.fullmatch(str(key)) is None:
                raise _OtherTextError
            self._at = match.end()
        colon = _COLON.match(self._text, self._at)
        if colon is None:
            if key is _INCOMPLETE or not self._text[self._at :].strip():
                self.is_cut, self._at = True, len(self._text)
                return None
            raise _OtherTextError
        self._at = colon.end()
        return str(key)

    def _member_value(self, depth: int) -> object:
        self._skip()
        sign = self._text[self._at : self._at + 1]
        if not sign:
            self.is_cut = True
            return _INCOMPLETE
        return None if sign in ",;}" else self._value(depth)

    def _elements(self, end: str, depth: int) -> object:
        """The elements of an array, of which the bracket is passed already."""
        elements: list[object] = []
        self._skip()
        while not self._has_ended(end):
            value = self._value(depth)
            if value is _INCOMPLETE or self.is_cut:
                return _INCOMPLETE
            elements.append(value)
            self._skip()
            count = self._skip_separators()
            if count > 1 or (not count and self._text[self._at : self._at + 1] not in (end, "")):
                raise _OtherTextError
        return _INCOMPLETE if self.is_cut else elements

    def _string(self) -> object:
        match = _STRINGS[self._text[self._at]].match(self._text, self._at)
        if match is None:
            self.is_cut, self._at = True, len(self._text)
            return _INCOMPLETE
        self._at = match.end()
        return _ESCAPE.sub(_unescaped, match[1]) if "\\" in match[1] else match[1]

    def _bare(self, depth: int) -> object:
        """A number, a word, or a call such as `np.float64(21.5)`."""
        match = _BARE.match(self._text, self._at)
        if match is None:
            raise _OtherTextError
        comment = _COMMENT.search(match[0])
        word = (match[0] if comment is None else match[0][: comment.start()]).strip()
        self._at = match.end() if comment is None else match.start() + comment.start()
        sign = self._text[self._at : self._at + 1]
        if not sign:
            self.is_cut = True
            return _INCOMPLETE  # as nobody knows how it would have gone on
        if sign in _STRINGS and word in _PREFIXES:
            return self._string()
        if sign == "(":
            self._at += 1
            return _called(word, self._elements(")", depth + 1))
        return _meant(word)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _ESCAPED.get(match[3], match[3])


def _called(name: str, arguments: object) -> object:
    """What a call stands for: its only argument, a date, else all arguments."""
    if not isinstance(arguments, list):
        return arguments
    if is_missing(name):
        return math.nan  # C prints NAN(0)
    if name.endswith("datetime"):
        numbers = [each if type(each) is int else 0 for each in (*arguments, 0, 0)[:7]]
        year, month, day, hour, minute, second, micro = (*numbers, *[0] * 7)[:7]
        return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}"
    return arguments if len(arguments) > 1 else next(iter(arguments), None)


def _meant(word: str) -> Any:
    number = number_in(word)
    if number is not None:
        return int(number) if abs(number) < 2**53 and word.lstrip("+-").isdecimal() else number
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    if is_missing(word):
        return math.nan
    return word

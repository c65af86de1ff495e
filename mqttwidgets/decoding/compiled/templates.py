"""Fast readers for texts that differ from an earlier one in their numbers only.

Which number of the text is which reading is found by experiment: the text is judged once more with other numbers
in the place of its own. Whatever then shows up as it was written is read by a regular expression from there on;
all the rest of the text must stay as it was, or the message is judged afresh.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..decoder import Decoded, Reader, Row, RowOf, reader_of_rows
from ..format import Findings, Reading
from ..rules.timestamps import epoch_seconds, fault_of, is_epoch
from .shapes import NoShapeError

_NUMBER = re.compile(
    rb"(?<![\w.+-])-?(?:0|[1-9][0-9]{0,18})(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?(?!\.?[0-9])"
)
# From -126 on: what is lower may stand for a missing value, which is left to the rules.
_NEGATIVE = rb"-(?:12[0-6]|1[01][0-9]|[1-9]?[0-9])"
_ANY = (
    rb"((?:(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?|"
    + _NEGATIVE
    + rb"(?:\.[0-9]{1,20})?))"
)
_WHOLE = rb"((?:0|[1-9][0-9]{0,14}|" + _NEGATIVE + rb"))"
_MOST_NUMBERS = 40
_LONGEST_BYTES = 4_000
_MOST_TRIED_BYTES = 16_000
"""In all the texts that are judged for one reader."""
_BYTES_PER_BYTE, _BYTES_PER_NUMBER = 16, 750
"""Measured: what a compiled expression takes, and its source, for each byte of the text and for each number."""

Judge = Callable[[bytes], Findings]


class _Token(NamedTuple):
    """A number in a text: where it stands, and another one of its kind."""

    start: int
    end: int
    text: bytes
    other: bytes

    @property
    def is_time(self) -> bool:
        return is_epoch(float(self.text))


def text_reader(payload: bytes, findings: Findings, decoded: Decoded, judge: Judge) -> Reader:
    """A reader of texts like `payload`.

    Args:
        payload: the application message.
        findings: what the rules found in it.
        decoded: the samples that came of it.
        judge: judges a payload of the same topic.

    Raises:
        NoShapeError: where the numbers of the text are not the readings as they stand, or not all of what varies.
    """
    if len(payload) > _LONGEST_BYTES or findings.gaps or decoded.remarks or len(decoded) != len(findings.readings):
        raise NoShapeError
    tokens = [_token(match, place) for place, match in enumerate(_NUMBER.finditer(payload))]
    if not 0 < len(tokens) <= _MOST_NUMBERS:
        raise NoShapeError
    tried = judge(_written(payload, tokens))
    if not _are_alike(tried, findings):  # a number within a name, perhaps
        if len(tokens) * len(payload) > _MOST_TRIED_BYTES:
            raise NoShapeError
        tokens = [token for token in tokens if _are_alike(judge(_written(payload, [token])), findings)]
        tried = judge(_written(payload, tokens))
        if not _are_alike(tried, findings):
            raise NoShapeError
    pairs = list(zip(findings.readings, tried.readings, strict=True))
    places = [_place_of_value(before, after, tokens) for before, after in pairs]
    times = {_place_of_time(before, after, tokens) for before, after in pairs}
    if len(times) != 1:
        raise NoShapeError
    return _reader(payload, tokens, places, times.pop(), decoded)


def _are_alike(tried: Findings, findings: Findings) -> bool:
    """Whether the same readings were found, whatever their values."""
    return not tried.gaps and list(map(_name, tried.readings)) == list(map(_name, findings.readings))


def _token(match: re.Match[bytes], place: int) -> _Token:
    text = match[0]
    if is_epoch(float(text)):
        other = b"%d" % (int(float(text)) + 1 + place) + text.partition(b".")[1] + text.partition(b".")[2]
    elif b"." in text or b"e" in text.lower():
        other = b"%d.125" % (17 + place)
    else:
        other = b"%d" % (101 + place)
    return _Token(match.start(), match.end(), text, other)


def _written(payload: bytes, tokens: Sequence[_Token]) -> bytes:
    """The text with other numbers."""
    parts, at = [], 0
    for token in tokens:
        parts += [payload[at : token.start], token.other]
        at = token.end
    return b"".join((*parts, payload[at:]))


def _name(reading: Reading) -> tuple[str, str, bool]:
    return reading.field, reading.unit, reading.is_state


def _place_of_value(before: Reading, after: Reading, tokens: Sequence[_Token]) -> int | None:
    """Which number of the text a reading is; None for one that the rest of the text tells."""
    found = [place for place, token in enumerate(tokens) if float(token.other) == after.value]
    if len(found) == 1 and float(tokens[found[0]].text) == before.value:
        return found[0]
    if found or after.value != before.value:
        raise NoShapeError
    return None


def _place_of_time(before: Reading, after: Reading, tokens: Sequence[_Token]) -> int | None:
    """Which number of the text is a reading's time; None where the payload has none."""
    if before.time is None and after.time is None:
        return None
    for place, token in enumerate(tokens):
        if token.is_time and epoch_seconds(float(token.other)) == after.time:
            return place
    raise NoShapeError


def _reader(
    payload: bytes,
    tokens: Sequence[_Token],
    places: Sequence[int | None],
    place_of_time: int | None,
    decoded: Decoded,
) -> Reader:
    """The reader itself, around a closure, as it runs for every message."""
    varying = sorted({place for place in (*places, place_of_time) if place is not None})
    group = {place: number for number, place in enumerate(varying)}
    pattern = _pattern(payload, [(tokens[place], place == place_of_time) for place in varying])
    match = re.compile(pattern).fullmatch
    row_bytes = _BYTES_PER_BYTE * len(payload) + _BYTES_PER_NUMBER * len(varying)
    order = [None if place is None else group[place] for place in places]
    constants = [sample.value for sample in decoded]
    is_plain = order == list(range(len(varying)))
    time_group = None if place_of_time is None else group[place_of_time]
    if is_plain and len(order) == 1 and time_group is None:
        return reader_of_rows(_row_of_one(match), decoded, row_bytes)

    def row(other: bytes, arrival: float) -> Row | None:
        found = match(other)
        if found is None:
            return None
        values = tuple(map(float, found.groups()))
        when = arrival
        if time_group is not None:
            when = epoch_seconds(values[time_group])
            if fault_of(when, arrival):
                return None
        if not is_plain:
            values = tuple(
                constant if at is None else values[at] for at, constant in zip(order, constants, strict=True)
            )
        return when, values

    return reader_of_rows(row, decoded, row_bytes)


def _row_of_one(match: Callable[[bytes], re.Match[bytes] | None]) -> RowOf:
    """The same for a text with a single number."""

    def row(other: bytes, arrival: float) -> Row | None:
        found = match(other)
        return None if found is None else (arrival, (float(found[1]),))

    return row


def _epoch_like(text: bytes) -> bytes:
    """The pattern of times written as one is: with as many digits, and decimals only where it has some."""
    whole, point, _ = text.partition(b".")
    return b"([1-9][0-9]{%d}%s)" % (len(whole) - 1, rb"\.[0-9]{1,9}" if point else b"")


def _pattern(payload: bytes, varying: Sequence[tuple[_Token, bool]]) -> bytes:
    parts, at = [], 0
    for token, is_time in varying:
        parts.append(re.escape(payload[at : token.start]))
        is_whole = payload[token.end : token.end + 1].isalpha() and token.text.lstrip(b"-").isdigit()
        parts.append(_epoch_like(token.text) if is_time else _WHOLE if is_whole else _ANY)
        at = token.end
    return b"".join((*parts, re.escape(payload[at:])))

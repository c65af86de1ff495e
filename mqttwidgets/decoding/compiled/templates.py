"""Fast readers that take an earlier message for a template, in which the numbers alone may vary.

Which number of a text is which reading is found by experiment: the text is judged once more with other numbers in
the place of its own. Every number that then shows up as it was written is read by a regular expression from then
on; the rest of the text must stay as it was, or the message is judged afresh.

An edge node of Sparkplug's sends the same metrics again and again, with other values and timestamps. For its
data a pattern of bytes takes the place of the protobuf parser: it lets nothing vary but the values and timestamps
on the wire (https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

from ...base.model import Sample
from ...base.units import symbol
from ..decoder import Decoded, Reader, Row, RowOf, SamplesOf, reader_of_rows, size_of_names, with_notes
from ..format import Findings, Reading
from ..formats.sparkplug import SIGNED_BITS, signed
from ..rules.names import is_temperature
from ..rules.timestamps import epoch_seconds, fault_of, is_epoch
from .shapes import NoShapeError

_NUMBER = re.compile(
    rb"(?<![\w.+-])[+-]?(?:[0-9]{1,19}(?:\.[0-9]{1,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?(?!\.?[0-9])"
)
# From -126 on, as lower numbers may stand for a missing value, and below 9e37, which SCPI has for one. Whole
# numbers with leading zeros may be codes, and with a plus phone numbers. What is not here is left to the rules.
_POWER = rb"(?:[eE](?:-\d{1,2}|\+?[01]?\d))?"
_NEGATIVE = rb"-(?:12[0-6]|1[01]\d|[1-9]?\d)"
_USUAL = rb"(?:0|[1-9]\d{0,14})(?:\.\d{1,20})?" + _POWER + rb"|" + _NEGATIVE + rb"(?:\.\d{1,20})?"
_ANY = rb"(" + _USUAL + rb")"
_OTHERWISE = (
    rb"(" + _USUAL + rb"|\+?\d{0,15}\.\d{1,20}" + _POWER + rb"|\+(?:0|[1-9]\d{0,6})"
    rb"|-0{0,9}\d{0,2}\.\d{1,20}(?:[eE](?:-\d{1,2}|\+?00?))?)"
)
"""With a plus, leading zeros, nothing before the point, a power of ten behind a minus: twice as large."""

_BELOW_1000 = rb"((?:0|[1-9]\d{0,2})(?:\.\d{1,20})?|" + _NEGATIVE + rb"(?:\.\d{1,20})?)"
_OTHERWISE_BELOW_1000 = (
    _BELOW_1000[:-1] + rb"|\+?0{0,9}\d{0,3}\.\d{1,20}|\+(?:0|[1-9]\d{0,2})|-0{0,9}\d{0,2}\.\d{1,20})"
)
"""For temperatures: higher ones may stand for a missing value, and are left to the rules."""

_WHOLE = rb"((?:0|[1-9]\d{0,14}|" + _NEGATIVE + rb"))"
_MOST_NUMBERS = 40
_LONGEST_BYTES = 4_000
_MOST_TRIED_BYTES = 16_000
"""In all the texts that are judged for one reader."""
_BYTES_PER_TEXT_BYTE, _BYTES_PER_NUMBER, _BYTES_PER_OTHER = 16, 750, 1_850
"""Measured: a compiled expression and its source, for each byte of the text and for each number."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}
_ANY_VARINT = rb"([\x80-\xff]{0,9}[\x00-\x7f])"
_SHORT = rb"([\x00-\x7f])"

_TIMESTAMP, _METRICS, _SEQUENCE = 1, 2, 3  # of a payload
_METRIC_TIMESTAMP = 3
_INTEGERS, _FLOAT, _DOUBLE, _BOOLEAN = (10, 11), 12, 13, 14  # values of a metric
_MOST_METRICS = 100
_BYTES_PER_DATA_BYTE, _BYTES_PER_METRIC = 12, 150
"""Measured: a compiled expression and its source, for each byte of the data and for each metric."""

_unpack_double, _unpack_float = struct.Struct("<d").unpack, struct.Struct("<f").unpack

Judge = Callable[[bytes], Findings]
ValueOf = Callable[[bytes], float]


class _Token(NamedTuple):
    """A number in a text: where it stands, and another one of its kind."""

    start: int
    end: int
    text: bytes
    other: bytes

    @property
    def is_time(self) -> bool:
        return is_epoch(float(self.text))

    @property
    def is_written_otherwise(self) -> bool:
        digits = self.text.lstrip(b"-")
        return digits[0] in b"+." or (digits[0] in b"0" and digits[1:2].isdigit()) or b"e" in digits.lower()


def text_reader(payload: bytes, findings: Findings, decoded: Decoded, judge: Judge) -> Reader:
    """A reader of texts like `payload`.

    Args:
        payload: the application message.
        findings: the findings of the rules in it.
        decoded: the samples made of these.
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
    return _text_reader(payload, tokens, places, times.pop(), decoded)


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
    """The place of the number that a reading is; None for a reading that the rest of the text tells."""
    found = [place for place, token in enumerate(tokens) if float(token.other) == after.value]
    if len(found) == 1 and float(tokens[found[0]].text) == before.value:
        return found[0]
    if found or after.value != before.value:
        raise NoShapeError
    return None


def _place_of_time(before: Reading, after: Reading, tokens: Sequence[_Token]) -> int | None:
    """The place of the number that is a reading's time; None where the payload has none."""
    if before.time is None and after.time is None:
        return None
    for place, token in enumerate(tokens):
        if token.is_time and epoch_seconds(float(token.other)) == after.time:
            return place
    raise NoShapeError


def _text_reader(
    payload: bytes,
    tokens: Sequence[_Token],
    places: Sequence[int | None],
    place_of_time: int | None,
    decoded: Decoded,
) -> Reader:
    """The reader, around a closure, as it runs for every message."""
    varying = sorted({place for place in (*places, place_of_time) if place is not None})
    group = {place: number for number, place in enumerate(varying)}
    is_small = any(map(_is_temperature, decoded))
    numbers = (_BELOW_1000, _OTHERWISE_BELOW_1000) if is_small else (_ANY, _OTHERWISE)
    pattern = _text_pattern(payload, [(tokens[place], place == place_of_time) for place in varying], numbers)
    match = re.compile(pattern).fullmatch
    others = sum(tokens[place].is_written_otherwise for place in varying)
    row_bytes = _BYTES_PER_TEXT_BYTE * len(payload) + _BYTES_PER_NUMBER * len(varying)
    row_bytes += (_BYTES_PER_OTHER - _BYTES_PER_NUMBER) * others
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
    """Reads texts with a single number."""

    def row(other: bytes, arrival: float) -> Row | None:
        found = match(other)
        return None if found is None else (arrival, (float(found[1]),))

    return row


def _epoch_like(text: bytes) -> bytes:
    """The pattern of times written like this one: with as many digits, and decimals only where it has some."""
    whole, point, _ = text.partition(b".")
    return b"([1-9][0-9]{%d}%s)" % (len(whole) - 1, rb"\.[0-9]{1,9}" if point else b"")


def _is_temperature(sample: Sample) -> bool:
    return symbol(sample.unit) in ("°C", "°F") or is_temperature(sample.field or sample.topic.rpartition("/")[2])


def _text_pattern(payload: bytes, varying: Sequence[tuple[_Token, bool]], numbers: tuple[bytes, bytes]) -> bytes:
    """The pattern of texts like `payload`, with those of usual numbers and of others for what varies."""
    parts, at = [], 0
    for token, is_time in varying:
        parts.append(re.escape(payload[at : token.start]))
        is_whole = payload[token.end : token.end + 1].isalpha() and token.text.lstrip(b"-").isdigit()
        number = _WHOLE if is_whole else numbers[token.is_written_otherwise]
        parts.append(_epoch_like(token.text) if is_time else number)
        at = token.end
    return b"".join((*parts, re.escape(payload[at:])))


class _Field(NamedTuple):
    """A field of a protobuf message: its number, its wire type, and where its value stands."""

    number: int
    wire_type: int
    start: int
    value: int
    end: int


class _Part(NamedTuple):
    """A metric in the pattern: how its value is read, and whether it has a timestamp of its own."""

    value_of: ValueOf
    has_timestamp: bool


def metrics_reader(payload: bytes, findings: Findings, decoded: Decoded, datatypes: Sequence[int]) -> Reader:
    """A reader of Sparkplug data like `payload`.

    Args:
        payload: the application message.
        findings: the findings of `sparkplug.read` in it.
        decoded: the samples made of these.
        datatypes: Sparkplug's datatype of each sample.

    Raises:
        NoShapeError: where not every metric is a sample: texts, arrays, missing values.
    """
    if findings.gaps or decoded.remarks or not 0 < len(decoded) == len(datatypes) <= _MOST_METRICS:
        raise NoShapeError
    pattern, parts = _data_pattern(payload, datatypes)
    read = _samples_reader(re.compile(pattern, re.DOTALL).fullmatch, parts, decoded)
    if read(payload, decoded[0].time) != decoded:
        raise NoShapeError
    pattern_bytes = _BYTES_PER_DATA_BYTE * len(payload) + _BYTES_PER_METRIC * len(parts)
    return Reader(read, size_bytes=pattern_bytes + size_of_names(decoded))


def _data_pattern(payload: bytes, datatypes: Sequence[int]) -> tuple[bytes, list[_Part]]:
    """The pattern, whose groups are the payload's timestamp, then of each metric its length, itself, its parts."""
    pieces: list[bytes] = []
    parts: list[_Part] = []
    has_timestamp = False
    for field in _fields(payload, 0, len(payload)):
        tag = re.escape(payload[field.start : field.value])
        if (field.number, field.wire_type) == (_TIMESTAMP, _VARINT) and not parts and not has_timestamp:
            pieces += [tag, _ANY_VARINT]
            has_timestamp = True
        elif (field.number, field.wire_type) == (_METRICS, _BYTES) and len(parts) < len(datatypes):
            inner, part = _metric_pattern(payload, field, datatypes[len(parts)])
            pieces += [re.escape(payload[field.start : field.start + 1]), _SHORT, b"(", inner, b")"]
            parts.append(part)
        elif (field.number, field.wire_type) == (_SEQUENCE, _VARINT):
            pieces += [tag, b"(?:", _ANY_VARINT[1:]]
        else:
            raise NoShapeError
    if not has_timestamp or len(parts) != len(datatypes):
        raise NoShapeError
    return b"".join(pieces), parts


def _metric_pattern(payload: bytes, metric: _Field, datatype: int) -> tuple[bytes, _Part]:
    pieces: list[bytes] = []
    value_of: ValueOf | None = None
    has_timestamp = False
    for field in _fields(payload, metric.value, metric.end):
        tag = re.escape(payload[field.start : field.value])
        found = _value_pattern(field, datatype)
        if found is not None and value_of is None:
            pieces += [tag, found[0]]
            value_of = found[1]
        elif (field.number, field.wire_type) == (_METRIC_TIMESTAMP, _VARINT) and not (has_timestamp or value_of):
            pieces += [tag, _ANY_VARINT]
            has_timestamp = True
        elif found is None and field.number < _INTEGERS[0]:
            pieces.append(re.escape(payload[field.start : field.end]))
        else:
            raise NoShapeError
    if value_of is None or metric.value - metric.start != 2:
        raise NoShapeError
    return b"".join(pieces), _Part(value_of, has_timestamp)


def _value_pattern(field: _Field, datatype: int) -> tuple[bytes, ValueOf] | None:
    """(pattern of a value, how it is read); None for a field that is no value."""
    kind = (field.number, field.wire_type)
    if kind == (_DOUBLE, _FIXED64):
        return rb"(.{8})", lambda data: float(_unpack_double(data)[0])
    if kind == (_FLOAT, _FIXED32):
        return rb"(.{4})", lambda data: float(_unpack_float(data)[0])
    if kind == (_BOOLEAN, _VARINT):
        return rb"([\x00\x01])", lambda data: float(data[0])
    if field.number in _INTEGERS and field.wire_type == _VARINT and datatype <= 8:
        bits = SIGNED_BITS.get(datatype)
        return _ANY_VARINT, _varint if bits is None else lambda data: signed(_varint(data), bits)
    return None


def _fields(data: bytes, start: int, end: int) -> Iterator[_Field]:
    """The fields of the message between two places."""
    at = start
    while at < end:
        tag, value = _varint_at(data, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            _, after = _varint_at(data, value)
        elif wire_type == _BYTES:
            length, value = _varint_at(data, value)
            after = value + length
        elif wire_type in _WIDTHS:
            after = value + _WIDTHS[wire_type]
        else:
            raise NoShapeError
        yield _Field(number, wire_type, at, value, after)
        at = after


def _varint_at(data: bytes, at: int) -> tuple[int, int]:
    """(the number that begins at a place, the place behind it)."""
    end = at
    while data[end] & 0x80:
        end += 1
    return _varint(data[at : end + 1]), end + 1


def _varint(data: bytes) -> int:
    number = 0
    for byte in reversed(data):
        number = number << 7 | byte & 0x7F
    return number


def _samples_reader(
    match: Callable[[bytes], re.Match[bytes] | None], parts: Sequence[_Part], decoded: Decoded
) -> SamplesOf:
    """The reader's function: a closure, as it runs for every message."""
    topic = decoded[0].topic
    names = [sample.field for sample in decoded]
    units = [sample.unit for sample in decoded]
    states = decoded.states

    def read(payload: bytes, arrival: float) -> list[Sample] | None:
        found = match(payload)
        if found is None:
            return None
        groups = iter(found.groups())
        seen = next(groups)
        sent = when = _varint(seen) / 1e3
        if fault_of(sent, arrival):
            return None
        times, values = [], []
        for value_of, has_timestamp in parts:
            length, inner = next(groups), next(groups)
            if length[0] != len(inner):
                return None
            if has_timestamp:
                stamp = next(groups)
                if stamp != seen:
                    seen, when = stamp, _varint(stamp) / 1e3
                    if fault_of(when, arrival):
                        return None
            times.append(when if has_timestamp else sent)
            values.append(float(value_of(next(groups))))
        if not all(map(math.isfinite, values)):
            return None
        samples = list(map(Sample, repeat(topic), names, times, values, units))
        return with_notes(samples, states) if states else samples

    return read

"""A fast reader for Sparkplug B data with the metrics of an earlier message.

An edge node sends the same metrics again and again, with other values and timestamps. For such data a pattern of
bytes takes the place of the protobuf parser: it lets vary what are values and timestamps on the wire
(https://protobuf.dev/programming-guides/encoding), and nothing else.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

from ...base.model import Sample
from ..decoder import Decoded, Reader, SamplesOf, size_of_names, with_notes
from ..format import Findings
from ..formats.sparkplug import SIGNED_BITS, signed
from ..rules.timestamps import fault_of
from .shapes import NoShapeError

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}
_ANY_VARINT = rb"([\x80-\xff]{0,9}[\x00-\x7f])"
_SHORT = rb"([\x00-\x7f])"

_TIMESTAMP, _METRICS, _SEQUENCE = 1, 2, 3  # of a payload
_METRIC_TIMESTAMP = 3
_INTEGERS, _FLOAT, _DOUBLE, _BOOLEAN = (10, 11), 12, 13, 14  # values of a metric
_MOST_METRICS = 100
_BYTES_PER_BYTE, _BYTES_PER_METRIC = 12, 150
"""Measured: what a compiled expression takes, and its source, for each byte; what reads a value."""

ValueOf = Callable[[bytes], float]


class _Field(NamedTuple):
    """A field of a protobuf message: its number, its wire type, and where its value stands."""

    number: int
    wire_type: int
    start: int
    value: int
    end: int


class _Part(NamedTuple):
    """What a metric's groups in the pattern are: its value, and whether it has a timestamp of its own."""

    value_of: ValueOf
    has_timestamp: bool


def metrics_reader(payload: bytes, findings: Findings, decoded: Decoded, datatypes: Sequence[int]) -> Reader:
    """A reader of data like `payload`.

    Args:
        payload: the application message.
        findings: what its reader found in it.
        decoded: the samples that came of it.
        datatypes: Sparkplug's datatype of each sample.

    Raises:
        NoShapeError: where not every metric is a sample: texts, arrays, missing values.
    """
    if findings.gaps or decoded.remarks or not 0 < len(decoded) == len(datatypes) <= _MOST_METRICS:
        raise NoShapeError
    pattern, parts = _pattern(payload, datatypes)
    read = _reader(re.compile(pattern, re.DOTALL).fullmatch, parts, decoded)
    if read(payload, decoded[0].time) != decoded:
        raise NoShapeError
    pattern_bytes = _BYTES_PER_BYTE * len(payload) + _BYTES_PER_METRIC * len(parts)
    return Reader(read, size_bytes=pattern_bytes + size_of_names(decoded))


def _pattern(payload: bytes, datatypes: Sequence[int]) -> tuple[bytes, list[_Part]]:
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
    """(pattern of a value, how it is read); None for a field that is none."""
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


_unpack_double, _unpack_float = struct.Struct("<d").unpack, struct.Struct("<f").unpack


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


def _reader(
    match: Callable[[bytes], re.Match[bytes] | None], parts: Sequence[_Part], decoded: Decoded
) -> SamplesOf:
    """The reader itself; a closure, as it runs for every message."""
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

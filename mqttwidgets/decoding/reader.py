"""Recognises the format of a payload and has it read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import msgspec

from .compiled.decoder_memory import Memory
from .compiled.metrics import metrics_reader
from .compiled.rows import Reader
from .compiled.shapes import NoShapeError, ParserOf, document_reader, number_reader
from .compiled.templates import text_reader
from .compiled.topic_memory import TopicMemory
from .decoder import Decoded
from .findings import Findings
from .formats import cbor, collectd, json_text, line_protocol, senml, sparkplug
from .formats.announcements import discovered_units, homie_unit, is_attribute, is_description
from .formats.binary import parse_binary
from .formats.embedded import content_of, may_hold_document
from .formats.plain_text import read_text
from .rules.documents import judge, read_document
from .rules.judgements import Judgements
from .rules.leaves import Leaf
from .rules.names import is_temperature
from .rules.number import number_in
from .rules.sample_blocks import read_block

_WHITESPACE = b" \t\r\n"
"""As in RFC 8259, section 2."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")
_LONGEST_TEXT = 100_000
_LONGEST_WITHIN, _MOST_VALUES_WITHIN = 65_536, 1_000
"""Characters, and values, of all documents within the texts of a message."""

_DESCRIPTION = "a description, no measurement"
_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"BZh": "bzip2"}


def read(topic: str, payload: bytes, arrival: float, memory: Memory) -> Findings:
    """What a message says; never raises.

    Args:
        topic: the topic name.
        payload: the application message.
        arrival: epoch seconds.
        memory: what the messages so far showed, which grows.
    """
    if sparkplug.is_sparkplug(topic):
        if sparkplug.is_birth(topic):
            memory.forget_readers_of(topic)  # which know the names of before
        return sparkplug.read(topic, payload, memory.births)
    content = payload.removeprefix(_BYTE_ORDER_MARK).strip(_WHITESPACE)
    if not content:
        return Findings("empty", gaps=[""], skipped="empty")
    text = _text_in(content)
    if is_attribute(topic):
        announced = homie_unit(topic, text or "")
        remarks = memory.note_units([announced] if announced is not None else [], by=topic)
        return Findings("text", skipped=_DESCRIPTION, remarks=remarks)
    known = memory.of(topic)
    if text is None:
        return _read_binary(topic, payload, arrival, memory, known)
    if content[:1] in b'{["':
        return _read_json(topic, content, arrival, memory, known)
    return _read_number(topic, content, arrival, known) or _read_text(topic, text, arrival, known)


def _text_in(content: bytes) -> str | None:
    """A payload as text; None when it is none, for control characters or invalid UTF-8."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(content) else text


def _read_number(topic: str, content: bytes, arrival: float, known: TopicMemory) -> Findings | None:
    number = number_in(content)
    if number is None:
        return None
    if math.isinf(number):
        return Findings("number", undecodable="beyond the range of a number")
    parent, _, key = topic.rpartition("/")
    key = key if len(key) > 1 else ""
    leaf = Leaf("", key, parent.rpartition("/")[2], 0, number, {}, None)
    return judge([leaf], "number", arrival, known.judgements, _nothing_within)


def _read_text(topic: str, text: str, arrival: float, known: TopicMemory) -> Findings:
    if len(text) > _LONGEST_TEXT:
        return Findings("text", undecodable=f"text of more than {_LONGEST_TEXT:,} characters")
    found = line_protocol.read(text, known.line_tags)
    if found is not None:
        return found
    return read_text(topic, text, arrival, known.judgements)


def _read_json(topic: str, content: bytes, arrival: float, memory: Memory, known: TopicMemory) -> Findings:
    try:
        document = json_text.parse_lines(content)
    except json_text.NotJsonError as error:
        return Findings("JSON", undecodable=str(error))
    if isinstance(document, str):
        return _read_string(topic, document, arrival, known)
    return _read_document(topic, document, "JSON", arrival, memory, known)


def _read_string(topic: str, text: str, arrival: float, known: TopicMemory) -> Findings:
    """A lone JSON string is the text that it holds, but for numbers written by hand in it."""
    inner = _ReaderWithin(arrival)(Leaf("", "payload", "", 0, text, {}, None))
    if inner is not None:
        return inner
    return _read_text(topic, text.strip(), arrival, known)


def _read_binary(topic: str, payload: bytes, arrival: float, memory: Memory, known: TopicMemory) -> Findings:
    found = collectd.read(payload[:-1].decode()) if payload.endswith(b"\0") and payload.isascii() else None
    if found is not None:
        return found  # which ends its texts as C does
    compressed = next((name for magic, name in _COMPRESSED.items() if payload.startswith(magic)), None)
    if compressed is not None:
        return Findings("binary", undecodable=f"compressed ({compressed}), (decoder= can unpack it)")
    parsed = parse_binary(payload)
    if parsed is None:
        return Findings("binary", undecodable="binary of no known format (decoder= can read it)")
    format_name, document = parsed
    return _read_document(topic, document, format_name, arrival, memory, known)


def _read_document(
    topic: str, document: object, format_name: str, arrival: float, memory: Memory, known: TopicMemory
) -> Findings:
    if senml.is_senml(document):
        return senml.read(document, arrival)
    if is_description(topic, document):
        remarks = memory.note_units(discovered_units(document) if isinstance(document, dict) else [], by=topic)
        return Findings(format_name, skipped=_DESCRIPTION, remarks=remarks)
    read_inner = _ReaderWithin(arrival)
    block = read_block(document, format_name, arrival, known.judgements, read_inner)
    if block is not None:
        return block
    name = topic.rpartition("/")[2]
    return read_document(document, format_name, arrival, known.judgements, read_inner, name=name)


class _ReaderWithin:
    """Reads the documents within the texts of one message, one level deep, while there is room for more.

    Most texts that may be a document are none, which costs as much to find out.
    """

    def __init__(self, arrival: float) -> None:
        self._arrival = arrival
        self._characters, self._values = _LONGEST_WITHIN, _MOST_VALUES_WITHIN

    def __call__(self, leaf: Leaf) -> Findings | None:
        text = leaf.value
        if not isinstance(text, str) or not may_hold_document(leaf.key, text):
            return None
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
            try:
                document = json_text.parse(content)
            except json_text.NotJsonError:
                return None
            return read_document(document, "JSON", self._arrival, Judgements(), _nothing_within, most=self._values)
        found = read_text("", content.decode().strip(), self._arrival, Judgements())
        return found if found.format == "keys and values" and found.readings else None


def _nothing_within(_leaf: Leaf) -> None:
    return None


FORMATS = (
    "number",
    "number with a unit",
    "state",
    "keys and values",
    "CSV",
    "collectd",
    "line protocol",
    "JSON",
    "SenML",
    "Sparkplug B",
    "CBOR",
    "MessagePack",
)
"""The names of all formats."""

_TEXTS = frozenset(FORMATS) - {"number", "state", "Sparkplug B", "CBOR", "MessagePack"}

_PARSERS: dict[str, Callable[[bytes], ParserOf]] = {
    "JSON": lambda _payload: lambda kind, strict: msgspec.json.Decoder(kind, strict=strict).decode,
    "MessagePack": lambda _payload: lambda kind, strict: msgspec.msgpack.Decoder(kind, strict=strict).decode,
    "CBOR": lambda payload: _cbor_parser(cbor.parser_of_likes(payload)),
}
"""For each format a function of a payload that gives parsers of payloads like it."""


def _cbor_parser(parse: Callable[[bytes], object]) -> ParserOf:
    return lambda kind, strict: lambda payload: msgspec.convert(parse(payload), kind, strict=strict)


def fast_reader(
    topic: str,
    payload: bytes,
    earlier: object,
    arrival: float,
    findings: Findings,
    decoded: Decoded,
    memory: Memory,
) -> Reader | None:
    """A reader for messages of the same shape; None where each must be judged.

    Args:
        topic: the topic name.
        payload: one of the messages.
        earlier: the one before, parsed, where it is a document of keys and values.
        arrival: when it came, epoch seconds.
        findings: what the rules found in it.
        decoded: the samples that came of it.
        memory: what the messages so far showed.
    """
    if findings.spacing:
        return None  # as its samples have times of their own
    if findings.format == "number":
        of_temperature = is_temperature(topic.rpartition("/")[2])
        return number_reader(decoded, of_temperature=of_temperature) if len(decoded) == 1 else None
    try:
        if findings.document is not None and findings.format in _PARSERS:
            parser_of = _PARSERS[findings.format](payload)
            return document_reader(findings.document, earlier, findings, decoded, parser_of)
        if findings.format == "Sparkplug B" and not sparkplug.is_birth(topic):
            datatypes = sparkplug.datatypes_in(topic, payload, memory.births)
            memory.make_room_for_expression(len(payload))
            return metrics_reader(payload, findings, decoded, datatypes)
    except (NoShapeError, cbor.NotCborError, NotImplementedError, UnicodeEncodeError):
        pass  # the last two are msgspec's, for huge integers and for texts with unpaired surrogates
    if findings.format not in _TEXTS:
        return None
    memory.make_room_for_expression(len(payload))
    try:
        return text_reader(payload, findings, decoded, lambda other: read(topic, other, arrival, memory))
    except NoShapeError:
        return None

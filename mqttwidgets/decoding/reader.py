"""Recognises the format of a payload and has it read."""

from __future__ import annotations

import math
import re

from .compiled.decoder_memory import Memory, TopicMemory
from .compiled.shapes import NoShapeError, document_reader, number_reader
from .compiled.templates import metrics_reader, text_reader
from .decoder import Decoded, Reader
from .format import Findings, Judgements, Payload, first_of
from .formats import cbor, json_text, sparkplug
from .formats.announcements import discovered_units, homie_unit, is_attribute, is_description
from .formats.binary import parse_binary
from .formats.embedded import content_of, may_hold_document
from .formats.plain_text import NO_NUMBER, PAIRS, UNKNOWN, nothing_in, read_value_list
from .formats.sparkplug_nodes import is_birth, is_sparkplug
from .registry import DOCUMENTS, OURS, PLAIN_TEXTS, TEXTS, others
from .rules.documents import judge, read_document
from .rules.leaves import Leaf
from .rules.names import is_temperature
from .rules.quantity import number_in
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
    foreign = others()
    if foreign.by_topic:
        theirs = [each for each in foreign.by_topic if each.is_for(topic)]
        found = first_of(theirs, _payload_of(topic, payload, arrival)) if theirs else None
        if found is not None:
            return found
    findings = _read_ours(topic, payload, arrival, memory)
    if foreign.last and _is_not_ours(findings):
        return first_of(foreign.last, _payload_of(topic, payload, arrival)) or findings
    return findings


def _payload_of(topic: str, payload: bytes, arrival: float) -> Payload:
    return Payload(topic, payload, _text_in(_content_of(payload)), arrival)


def _content_of(payload: bytes) -> bytes:
    return payload.removeprefix(_BYTE_ORDER_MARK).strip(_WHITESPACE)


def _is_not_ours(findings: Findings) -> bool:
    """Whether nothing was understood of a message."""
    if findings.readings or findings.gaps or findings.left_out:
        return False
    return bool(findings.undecodable) or findings.skipped in (UNKNOWN, NO_NUMBER)


def _read_ours(topic: str, payload: bytes, arrival: float, memory: Memory) -> Findings:
    if is_sparkplug(topic):
        if is_birth(topic):
            memory.forget_readers_of(topic)  # which know the names of before
        return sparkplug.read(topic, payload, memory.births)
    content = _content_of(payload)
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
    payload = Payload(topic, b"", text, arrival, None, known.judgements, known.line_tags)
    return first_of(TEXTS, payload) or nothing_in(text, arrival)


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
    found = read_value_list(payload[:-1].decode()) if payload.endswith(b"\0") and payload.isascii() else None
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
    found = first_of(DOCUMENTS, Payload(topic, b"", None, arrival, document))
    if found is not None:
        return found
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
        found = first_of(PLAIN_TEXTS, Payload("", content, content.decode().strip(), self._arrival))
        return found if found is not None and found.format == PAIRS.name and found.readings else None


def _nothing_within(_leaf: Leaf) -> None:
    return None


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
    known = OURS.get(findings.format)
    if known is None or not known.fast:
        return None
    if known.fast == "number":
        of_temperature = is_temperature(topic.rpartition("/")[2])
        return number_reader(decoded, of_temperature=of_temperature) if len(decoded) == 1 else None
    try:
        if findings.document is not None and known.parser_of is not None:
            parser_of = known.parser_of(payload)
            return document_reader(findings.document, earlier, findings, decoded, parser_of)
        if known.fast == "metrics" and not is_birth(topic):
            datatypes = sparkplug.datatypes_in(topic, payload, memory.births)
            memory.make_room_for_expression(len(payload))
            return metrics_reader(payload, findings, decoded, datatypes)
    except (NoShapeError, cbor.NotCborError, NotImplementedError, UnicodeEncodeError):
        pass  # the last two are msgspec's, for huge integers and for texts with unpaired surrogates
    if known.fast != "text":
        return None
    memory.make_room_for_expression(len(payload))
    try:
        return text_reader(payload, findings, decoded, lambda other: read(topic, other, arrival, memory))
    except NoShapeError:
        return None

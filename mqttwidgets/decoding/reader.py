"""Recognises the format of a payload and has it read, and so for the documents within its texts."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Sequence
from decimal import Decimal

from .compiled.decoder_memory import Memory, TopicMemory
from .format import Findings, Judgements, NotOfFormatError, OwnFormat, Payload, first_of
from .formats import encodings, json_text
from .formats.announcements import discovered_units, homie_unit, is_attribute, is_description
from .formats.plain_text import NO_NUMBER, PAIRS, UNKNOWN, nothing_in
from .registry import BINARY, BY_FIRST_BYTE, BY_TOPIC, DOCUMENTS, PLAIN_TEXTS, STRINGS, TEXTS, others
from .rules.documents import read_document
from .rules.leaves import Leaf
from .rules.names import words_of
from .rules.sample_blocks import read_block

_LONGEST_TEXT = 100_000
_LONGEST_WITHIN, _MOST_VALUES_WITHIN = 65_536, 1_000
"""Characters, and values, of all documents within the texts of a message."""

_CARRIER_WORDS = """
    data payload raw hex base64 b64 body message msg content value bytes frame buffer text
"""
_CARRIERS = frozenset(_CARRIER_WORDS.split())
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_PAIR = re.compile(r"\w\s?[:=：]\s?-?[0-9]")
_BLANKS = dict.fromkeys(map(ord, "\r\n\t"))
_SHORTEST_WITHIN, _LONGEST_TEXT_WITHIN = 8, 16_384

_DESCRIPTION = "a description, no measurement"
_BINARY = "binary of no known format (decoder=Struct(...) can read it)"
_LONGEST_BY_CHANCE = 9
"""Bytes: a double and the byte that names its kind."""

_WIDTHS = (2, 4, 8)
"""Bytes of numbers in C: a digit and a NUL may be one."""

_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"BZh": "bzip2"}


def read(topic: str, payload: bytes, arrival: float, memory: Memory) -> Findings:
    """The findings in a message; never raises.

    Args:
        topic: the topic name.
        payload: the application message.
        arrival: epoch seconds.
        memory: that of the decoder, which grows.
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
    return Payload(topic, payload, encodings.text_in(encodings.content_of(payload)), arrival)


def _is_not_ours(findings: Findings) -> bool:
    """Whether our formats make nothing of a message."""
    if findings.readings or findings.gaps or findings.left_out:
        return False
    return bool(findings.undecodable) or findings.skipped in (UNKNOWN, NO_NUMBER)


def _read_ours(topic: str, payload: bytes, arrival: float, memory: Memory) -> Findings:
    for each in BY_TOPIC:
        if each.is_for(topic):
            found = each.read(Payload(topic, payload, None, arrival, births=memory.births))
            if found is not None:
                return found
    content = encodings.content_of(payload)
    if not content:
        return Findings("empty", gaps=[""], skipped="empty")
    text = encodings.text_in(content)
    if is_attribute(topic):
        announced = homie_unit(topic, text or "")
        remarks = memory.note_units([announced] if announced is not None else [], by=topic)
        return Findings("text", skipped=_DESCRIPTION, remarks=remarks)
    known = memory.of(topic)
    if text is not None and not _is_c_number(topic, payload, memory):
        return _read_plain(topic, content, encodings.repaired(text), arrival, memory, known)
    return _read_other_text(topic, payload, arrival, memory, known) or _read_binary(
        topic, payload, arrival, memory, known
    )


def _read_plain(
    topic: str, content: bytes, text: str, arrival: float, memory: Memory, known: TopicMemory
) -> Findings:
    """Read a payload that is text."""
    for each in BY_FIRST_BYTE:
        if content[:1] in each.first_bytes:
            return _read_marked(each, topic, content, arrival, memory, known)
    return _read_text(TEXTS, topic, text, arrival, known)


def _read_other_text(
    topic: str, payload: bytes, arrival: float, memory: Memory, known: TopicMemory
) -> Findings | None:
    """Read a payload that is text but for its end, its frame or its encoding; None where it is none."""
    text = encodings.unwrapped(payload)
    is_sure = text is not None and not _is_c_number(topic, payload, memory)
    if not is_sure:
        text = encodings.converted(payload)
    if text is None:
        return None
    found = _read_plain(topic, text.encode(), text, arrival, memory, known)
    found.document = None  # as no parser takes the payload as it came
    return found if is_sure or found.readings or found.gaps else None


def _is_c_number(topic: str, payload: bytes, memory: Memory) -> bool:
    """Whether a short text is a number's bytes, `21` for 12594: as long as one, on a topic of other such bytes."""
    latest = None if len(payload) not in _WIDTHS or topic in memory.topics else memory.latest_of(topic)
    if latest is None or len(latest[0]) != len(payload):
        return False
    return encodings.text_in(latest[0]) is None and encodings.unwrapped(latest[0]) is None


def _read_text(
    formats: Sequence[OwnFormat], topic: str, text: str, arrival: float, known: TopicMemory
) -> Findings:
    if len(text) > _LONGEST_TEXT:
        return Findings("text", undecodable=f"text of more than {_LONGEST_TEXT:,} characters")
    payload = Payload(topic, b"", text, arrival, None, known.judgements, known.line_tags)
    return first_of(formats, payload) or nothing_in(text, arrival)


def _read_marked(
    one: OwnFormat, topic: str, content: bytes, arrival: float, memory: Memory, known: TopicMemory
) -> Findings:
    """Read a payload that is told by its first byte."""
    try:
        document = one.parse(content)
    except NotOfFormatError as error:
        return Findings(one.name, undecodable=str(error))
    if isinstance(document, str):
        return _read_string(topic, document, arrival, known)
    return _read_document(topic, document, one.name, arrival, memory, known)


def _read_string(topic: str, text: str, arrival: float, known: TopicMemory) -> Findings:
    """Read a lone JSON string as the text that it holds, unless that holds a document."""
    inner = _ReaderWithin(arrival)(Leaf("", "payload", "", 0, text, {}, None))
    if inner is not None:
        return inner
    return _read_text(STRINGS, topic, text.strip(), arrival, known)


def _read_binary(topic: str, payload: bytes, arrival: float, memory: Memory, known: TopicMemory) -> Findings:
    compressed = next((name for magic, name in _COMPRESSED.items() if payload.startswith(magic)), None)
    if compressed is not None:
        return Findings("binary", undecodable=f"compressed ({compressed}), (decoder= can unpack it)")
    parsed = parse_binary(payload)
    if parsed is None:
        memory.note_other_binary(topic)
        return Findings("binary", undecodable=_BINARY)
    format_name, document = parsed
    if _is_by_chance(document, payload) and not memory.is_known_binary(topic, format_name, payload):
        return Findings("binary", undecodable=_BINARY)
    return _read_document(topic, document, format_name, arrival, memory, known)


def parse_binary(payload: bytes) -> tuple[str, object] | None:
    """The (format, document) of a payload that is no text; None when it has no format, or could have any.

    These formats have no mark of their own, and most short payloads are well-formed in one or the other. Only a
    container or a number that takes up the whole payload counts; a lone text or byte string, true, false or null
    does not. Where several formats fit, a map whose keys are texts decides, else the order in the registry.

    Example:
        >>> parse_binary(bytes.fromhex("a1617415")), parse_binary(bytes.fromhex("81a17415"))
        (('CBOR', {'t': 21}), ('MessagePack', {'t': 21}))
        >>> parse_binary(bytes.fromhex("1903e8")), parse_binary(bytes(2))
        (('CBOR', 1000), None)

    A few bytes are believed only where the topic's messages agree on the format: see `Memory.is_known_binary`.
    """
    found: tuple[str, object] | None = None
    for each in BINARY:
        try:
            document = each.parse(payload)
        except NotOfFormatError:
            continue
        if _has_text_keys(document):
            return each.name, document
        if found is None and _is_convincing(document):
            found = each.name, document
    return found


def _is_by_chance(document: object, payload: bytes) -> bool:
    """Whether a document has neither names nor length to tell it from bytes that are something else."""
    return not _has_text_keys(document) and len(payload) <= _LONGEST_BY_CHANCE


def _is_convincing(document: object) -> bool:
    if isinstance(document, (dict, list)):
        return bool(document)
    return isinstance(document, (int, float, Decimal)) and not isinstance(document, bool)


def _has_text_keys(document: object) -> bool:
    return isinstance(document, dict) and bool(document) and all(isinstance(key, str) for key in document)


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

    Such a document is JSON in a string, or in one that is hexadecimal or base64 (RFC 4648), or keys and values.
    Most texts that may be a document are none, but cost as much to try.
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
    found = next((content for content in _decodings(text) if _is_printable(content)), None)
    return text.encode(errors="replace") if found is None and _PAIR.search(text) else found


def may_hold_document(key: str, text: str) -> bool:
    """Whether a text may hold a document at all, for which `content_of` looks then.

    Example:
        >>> may_hold_document("payload", "7b2274223a327d"), may_hold_document("name", "7b2274223a327d")
        (True, False)
    """
    if not 2 < len(text) <= _LONGEST_TEXT_WITHIN:
        return False
    return _is_bracketed(text) or (len(text) >= _SHORTEST_WITHIN and not _CARRIERS.isdisjoint(words_of(key)))


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

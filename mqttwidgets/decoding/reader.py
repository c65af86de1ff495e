"""Recognises the format of a payload and has it read, and so for the documents within its texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from decimal import Decimal

from .compiled.decoder_memory import Memory, TopicMemory
from .descriptions.recognised import said_by_document, said_by_text
from .format import Findings, NotOfFormatError, OwnFormat, Payload, first_of
from .formats import encodings, json_text, lenient_json
from .formats.plain_text import FOR_PEOPLE, NO_NUMBER, PAIRS, UNKNOWN, is_printed_struct, nothing_in
from .registry import BINARY, BY_FIRST_BYTE, BY_TOPIC, DOCUMENTS, LONE, STRINGS, TEXTS, others
from .rules.documents import read_document
from .rules.leaf import Leaf
from .rules.prose import is_log, is_log_line, is_prose
from .rules.sample_blocks import read_block
from .within import ReaderWithin, is_carrier

_LONGEST_TEXT = 100_000
_DESCRIPTION = "a description, no measurement"
_BINARY = "binary of no known format (decoder=Struct(...) can read it)"
_LONGEST_BY_CHANCE = 9
"""Bytes: a double and the byte that names its kind."""

_WIDTHS = (2, 4, 8)
"""Bytes of numbers in C: a digit and a NUL may be one."""

_LONGEST_PRINTED, _MOST_AROUND = 4_096, 64
"""Characters of bytes as Python prints them; of what may stand before an object, and behind it."""

_CALL = re.compile(r"<?[A-Za-z_][\w.]{0,60}\((?:([^()=\[]{1,60}=[^()]*)|(\[[^\[\]]*\]))\)>?")
_NO_ESCAPE = re.compile(r"\\(?:[^\\'\"abfnrtvx0-7]|[4-7][0-7][0-7])")
"""What is no escape in Python's bytes, though perhaps only the half of one: then nothing is lost but a reading."""

_COLONS = (":", "=")

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
    return bool(findings.undecodable) or findings.skipped in (UNKNOWN, NO_NUMBER, FOR_PEOPLE)


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
    described = said_by_text(topic, text, content)
    if described is not None:
        return Findings("text", skipped=_DESCRIPTION, remarks=memory.note_said(described, by=topic))
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
    printed = _within_quotes(text)
    if printed is not None:
        return _read_plain(topic, printed.encode(), printed, arrival, memory, known)
    for each in BY_FIRST_BYTE:
        if content[:1] in each.first_bytes:
            return _read_marked(each, topic, content, arrival, memory, known)
    found = None if is_log(topic) else _read_with_braces(topic, text, arrival, memory, known)
    return found or _read_text(TEXTS, topic, text, arrival, known)


def _within_quotes(text: str) -> str | None:
    """The text in `'21.5'`, or in `b'21.5'`, which is how Python prints bytes; None for any other text."""
    if len(text) > 2 and text[0] == text[-1] == "'" and "'" not in text[1:-1]:
        return text[1:-1].strip() or None
    if not text.startswith(("b'", 'b"')) or len(text) > _LONGEST_PRINTED or text[-1] != text[1]:
        return None
    if _NO_ESCAPE.search(text):
        return None  # as Python warns of it, for anybody to read
    try:
        return encodings.text_in(encodings.content_of(ast.literal_eval(text))) or None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


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
    payload = _payload_for(topic, text, arrival, known)
    if is_log(topic):
        return first_of(LONE, payload) or Findings("text", skipped=FOR_PEOPLE)
    is_line = not text.isalnum() and is_log_line(text)
    return first_of(LONE if is_line else formats, payload) or nothing_in(text, arrival)


def _payload_for(topic: str, text: str, arrival: float, known: TopicMemory) -> Payload:
    return Payload(topic, b"", text, arrival, None, known.judgements, known.line_tags)


def _read_marked(
    one: OwnFormat, topic: str, content: bytes, arrival: float, memory: Memory, known: TopicMemory
) -> Findings:
    """Read a payload that is told by its first byte."""
    try:
        document = one.parse(content)
    except NotOfFormatError as error:
        text = content.decode(errors="replace")
        found = _read_nearly(topic, text, arrival, memory, known) or (
            _read_with_braces(topic, text, arrival, memory, known) if content[:1] == b"{" else None
        )
        return found or Findings(one.name, undecodable=str(error))
    if isinstance(document, str):
        return _read_string(topic, document, arrival, known)
    return _read_document(topic, document, one.name, arrival, memory, known)


def _read_nearly(topic: str, text: str, arrival: float, memory: Memory, known: TopicMemory) -> Findings | None:
    """Read what is nearly JSON; None for any other text, and where there was never a number in it."""
    nearly = lenient_json.parse(text)
    if nearly is None:
        return None
    if nearly.has_quotes or isinstance(nearly.document, list):
        found = _read_document(topic, nearly.document, json_text.FORMAT.name, arrival, memory, known)
        found.document = None  # as no parser takes the payload as it came
    else:
        found = lenient_json.read_bare(nearly.document, arrival, known.judgements, ReaderWithin(arrival))
    if nearly.is_cut:
        if not found.readings:
            return Findings(json_text.FORMAT.name, undecodable="not valid JSON, as it is cut short")
        found.remarks = [*found.remarks, lenient_json.CUT_SHORT]
    if not found.readings and is_printed_struct(text):
        return first_of((PAIRS,), _payload_for(topic, text, arrival, known))
    is_of_topic = known.format == found.format or (nearly.has_quotes and found.gaps)
    return found if found.readings or is_of_topic else None


def _read_with_braces(
    topic: str, text: str, arrival: float, memory: Memory, known: TopicMemory
) -> Findings | None:
    """Read an object with text around it, `sensor: {"t": 21.5}`, `Reading(t=21.5)`; None for any other text."""
    parts = _parted(text)
    if parts is None or is_log_line(text) or is_prose(parts[0]):
        return None
    before, body = parts
    try:
        found = _read_document(topic, json_text.parse_lines(body.encode()), "JSON", arrival, memory, known)
        found.document = None
    except NotOfFormatError:
        nearly = _read_nearly(topic, body, arrival, memory, known)
        if nearly is None:
            return None
        found = nearly
    if not found.readings:
        return None
    key = before[:-1].strip() if before[-1:] in _COLONS else ""
    if key and not is_carrier(key):
        found.readings = [each._replace(field=_below(key, each.field)) for each in found.readings]
        found.left_out = [each._replace(field=_below(key, each.field)) for each in found.left_out]
        found.gaps = [_below(key, each) for each in found.gaps]
    return found


def _parted(text: str) -> tuple[str, str] | None:
    """(what stands before it, the object in a text); None for a text without one."""
    call = _CALL.fullmatch(text) if text.endswith((")", ">")) else None
    if call is not None:
        return "", call[2] or f"{{{call[1]}}}"
    start, end = text.find("{", 0, _MOST_AROUND), text.rfind("}", -_MOST_AROUND)
    if start < 0 or end < start or (start == 0 and end == len(text) - 1):
        return None
    return text[:start].strip(), text[start : end + 1]


def _below(key: str, field: str) -> str:
    return key + field if field.startswith("/") else f"{key}/{field}"


def _read_string(topic: str, text: str, arrival: float, known: TopicMemory) -> Findings:
    """Read a lone JSON string as the text that it holds, unless that holds a document."""
    inner = ReaderWithin(arrival)(Leaf("", "payload", "", 0, text, {}, None))
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
    described = said_by_document(topic, document)
    if described is not None:
        return Findings(format_name, skipped=_DESCRIPTION, remarks=memory.note_said(described, by=topic))
    read_inner = ReaderWithin(arrival)
    block = read_block(document, format_name, arrival, known.judgements, read_inner)
    if block is not None:
        return block
    name = topic.rpartition("/")[2]
    return read_document(document, format_name, arrival, known.judgements, read_inner, name=name)

"""A payload format: the Payload that it is shown, the Findings that it returns, and the protocol between them.

Formats of other packages are no different from ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from .judgements import Judgements

Fast = Literal["", "number", "text", "document", "metrics"]
"""How messages of a known shape are read; `""` for formats of which each message is judged."""

Parse = Callable[[bytes], Any]
ParserOf = Callable[[Any, bool], Parse]
"""(msgspec type, strict) → a parser of payloads into objects of that type, which raises for any other payload.

Where it is not strict, a text that is a number by the grammar of JSON counts as one.
"""

NO_VALUE = "no value (nan, null)"
"""The reason for skipping a payload whose values are all missing."""


@dataclass(slots=True)
class Payload:
    """One message, as a format is shown it.

    Attributes:
        topic: the topic name.
        raw: the application message.
        text: that as a text, without white space around it; None where it is none.
        arrival: epoch seconds.
        document: the payload parsed, where a format with a parser took it.
        judgements: the judgements on the topic's fields so far, which grow.
        line_tags: the names that line protocol's keys went by in the topic.
        births: Sparkplug's birth certificates so far; None for a format that is not told by the topic.
    """

    topic: str
    raw: bytes
    text: str | None
    arrival: float
    document: object = None
    judgements: Judgements = field(default_factory=Judgements)
    line_tags: dict[str, Any] = field(default_factory=dict)
    births: Any = None


class Reading(NamedTuple):
    """One number in a payload.

    Attributes:
        field: a JSON pointer (RFC 6901), the format's own name, or `""` when the payload is the number.
        value: finite.
        unit: as the payload names it, or `""`.
        time: epoch seconds as the payload has them, whether plausible or not; None where it has none.
        is_state: True for a state such as ON or OFF, which lasts until the next one.
    """

    field: str
    value: float
    unit: str = ""
    time: float | None = None
    is_state: bool = False


class LeftOut(NamedTuple):
    """Something in a payload that is no measurement.

    Attributes:
        field: named like a Reading's.
        reason: a few words, such as "an id".
        text: its value, for people; foreign text.
        reading: the Reading for a user who asks for the field by name; None where it is no number.
    """

    field: str
    reason: str
    text: str
    reading: Reading | None = None


@dataclass(slots=True)
class Findings:
    """Everything found in one payload; where there are no readings, `skipped` or `undecodable` says why.

    Attributes:
        format: the format's name for people: "JSON", "SenML", "number".
        readings: the numbers, in the order of the payload.
        left_out: the values that are no measurements.
        gaps: fields that say that they have no value: null, NaN, -9999.
        gaps_elsewhere: (topic, field) of fields on other topics that have no value any more.
        time_source: the field that the time came from, or `""` when the payload has none.
        spacing: how far apart the samples of a block are, in words; `""` for no block.
        topic: the topic whose series the readings belong to; None for the message's own.
        remarks: reasons to count beside the message's fate, such as "the clock says 1970".
        skipped: why there is nothing to plot although nothing is wrong.
        undecodable: what is broken.
        devices: field → value of whatever names the sending device, where a topic may carry many.
        document: the payload parsed, where it is a document of keys and values; else None.
    """

    format: str
    readings: list[Reading] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    gaps_elsewhere: list[tuple[str, str]] = field(default_factory=list)
    time_source: str = ""
    spacing: str = ""
    topic: str | None = None
    remarks: list[str] = field(default_factory=list)
    skipped: str = ""
    undecodable: str = ""
    devices: dict[str, str | int] = field(default_factory=dict)
    document: object = None


@runtime_checkable
class Format(Protocol):
    """One format that payloads come in: an object, or its class, of an entry point in `mqttwidgets.formats`.

    It is asked once ours find nothing in a payload; with `topics`, patterns as in `fields`, only on topics that
    match one, and before ours. It remembers nothing from one message to the next. An exception in it is logged
    once, and its message goes on to the next format; one that takes longer than 50 ms, and 50 ms a megabyte, of a
    thread's own time, for three messages, is asked no more.
    """

    @property
    def name(self) -> str:
        """The name that people call it by; `AutoDecoder(format=)` takes it."""

    def read(self, payload: Payload) -> Findings | None:
        """The findings in a payload; None for one of another format."""


class NotOfFormatError(ValueError):
    """The payload is not of the format, or may not be parsed; the message says why in a few words."""


def _no_document(_payload: bytes) -> object:
    raise NotOfFormatError("no document")


@dataclass(frozen=True)
class OwnFormat:
    """A Format of ours; the table of the registry that it stands in says when it is tried.

    Attributes:
        name: the name that people call it by.
        read: gives the findings in a payload; None for one of another format.
        fast: how messages of a known shape are read; where there is a document, first by its parser.
        has_time_field: whether the time stands in a field that `AutoDecoder(time=)` takes.
        is_for: whether the payloads on a topic are of the format, for one that is told by the topic.
        first_bytes: the bytes that its payloads begin with, for one that is told by these.
        parse: makes a document of a payload, which the rules read; raises NotOfFormatError.
        parser_of: gives parsers of payloads like one.
    """

    name: str
    read: Callable[[Payload], Findings | None] = lambda _payload: None
    fast: Fast = ""
    has_time_field: bool = False
    is_for: Callable[[str], bool] = lambda _topic: False
    first_bytes: bytes = b""
    parse: Callable[[bytes], object] = _no_document
    parser_of: Callable[[bytes], ParserOf] | None = None


def first_of(formats: Sequence[Format], payload: Payload) -> Findings | None:
    """The findings of the first of some formats that takes a payload for its own; None where none does."""
    for each in formats:
        found = each.read(payload)
        if found is not None:
            return found
    return None

"""What a format is: a name, and what it makes of a payload. Those of other packages are no different from ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from .findings import Findings
from .rules.judgements import Judgements

Fast = Literal["", "number", "text", "document", "metrics"]
"""How messages of a shape that is known are read; `""` for formats of which each is judged."""

ParserOf = Callable[[Any, bool], Callable[[bytes], object]]
"""(type, whether strictly) → a parser."""


@dataclass(slots=True)
class Payload:
    """One message, as a format is shown it.

    Attributes:
        topic: the topic name.
        raw: the application message.
        text: that as a text, without white space around it; None where it is none.
        arrival: epoch seconds.
        document: what a parser made of it, where a format with a parser took it.
        judgements: which fields of the topic are measurements, which grow.
        line_tags: what line protocol's keys were called by in the topic.
    """

    topic: str
    raw: bytes
    text: str | None
    arrival: float
    document: object = None
    judgements: Judgements = field(default_factory=Judgements)
    line_tags: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class Format(Protocol):
    """One format that payloads come in: an object, or its class, of an entry point in `mqttwidgets.formats`.

    It is asked once ours find nothing in a payload; with `topics`, patterns as in `fields`, only on topics that
    match one, and before ours. It remembers nothing from one message to the next. What it raises is logged
    once, and its message goes on to the next format; one that takes longer than 50 ms, and 50 ms a megabyte, of a
    thread's own time, for three messages, is asked no more.
    """

    @property
    def name(self) -> str:
        """What people call it; `AutoDecoder(format=)` takes it."""

    def read(self, payload: Payload) -> Findings | None:
        """What a payload says; None for one of another format."""


@dataclass(frozen=True)
class OwnFormat:
    """A Format of ours.

    Attributes:
        name: what people call it.
        read: what a payload says; None for one of another format.
        fast: how messages of a shape that is known are read; where there is a document, first by its parser.
        has_time_field: whether the time stands in a field that `AutoDecoder(time=)` takes.
        parser_of: gives parsers of payloads like one.
    """

    name: str
    read: Callable[[Payload], Findings | None] = lambda _payload: None
    fast: Fast = ""
    has_time_field: bool = False
    parser_of: Callable[[bytes], ParserOf] | None = None


def first_of(formats: Sequence[Format], payload: Payload) -> Findings | None:
    """What the first of some formats finds that takes a payload for its own."""
    for each in formats:
        found = each.read(payload)
        if found is not None:
            return found
    return None

"""What the messages so far showed: of each topic, and of the topics that others describe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..formats.announcements import Announced
from ..formats.line_protocol import Reference
from ..formats.sparkplug import Births
from ..judgement.judgements import Judgements
from .shapes import Reader

_MOST_TOPICS = 5_000
_MOST_UNITS = 10_000
_MOST_READERS = 1_000


@dataclass(slots=True)
class TopicMemory:
    """What a topic's messages showed.

    Attributes:
        format: that of its latest numbers; `""` before the first.
        judgements: which of its fields are measurements.
        line_tags: which tags have the plain names, in line protocol.
        reader: a fast reader for payloads of the known shape.
        judged: how many messages no fast reader read.
        example: the latest of these, as it came, and its time of arrival.
    """

    format: str = ""
    judgements: Judgements = field(default_factory=Judgements)
    line_tags: dict[str, Reference] = field(default_factory=dict)
    reader: Reader | None = None
    judged: int = 0
    example: tuple[bytes, float] = (b"", 0.0)


class Memory:
    """What an AutoDecoder remembers; bounded, the oldest topics are forgotten first.

    Args:
        time_field: the field that is the time in every topic, `""` for none; None to find it.
    """

    def __init__(self, time_field: str | None = None) -> None:
        self.births = Births()
        """What Sparkplug's birth certificates said."""
        self.topics: dict[str, TopicMemory] = {}
        """What is known of each topic; see `of`."""
        self._time_field = time_field
        self._units: dict[tuple[str, str | None], str] = {}
        self._with_readers: dict[str, None] = {}

    def of(self, topic: str) -> TopicMemory:
        """What is known of a topic, nothing yet for a new one."""
        known = self.topics.get(topic)
        if known is None:
            if len(self.topics) >= _MOST_TOPICS:
                del self.topics[next(iter(self.topics))]
            known = self.topics[topic] = TopicMemory()
            if self._time_field is not None:
                known.judgements.time_field, known.judgements.is_time_fixed = self._time_field, True
        return known

    def keep_reader(self, topic: str, reader: Reader) -> None:
        """Read a topic by `reader` from now on; the oldest of too many readers is forgotten."""
        self.of(topic).reader = reader
        self._with_readers[topic] = None
        if len(self._with_readers) > _MOST_READERS:
            oldest = next(iter(self._with_readers))
            del self._with_readers[oldest]
            self._forget_reader(oldest)

    def forget_readers(self, beginning: str) -> None:
        """Judge the next messages of all topics that begin so."""
        for topic in self._with_readers:
            if topic.startswith(beginning):
                self._forget_reader(topic)

    def note_units(self, announced: Iterable[Announced]) -> None:
        """Remember units that one topic announced for another."""
        for topic, name, unit in announced:
            if len(self._units) >= _MOST_UNITS:
                del self._units[next(iter(self._units))]
            self._units[topic, name] = unit
            self._forget_reader(topic)  # which knows the unit of before

    def unit(self, topic: str, name: str) -> str:
        """The unit announced for a field of a topic, or `""`."""
        return (self._units.get((topic, name)) or self._units.get((topic, None), "")) if self._units else ""

    def _forget_reader(self, topic: str) -> None:
        if topic in self.topics:
            self.topics[topic].reader = None

"""What the messages so far showed: of each topic, and of the topics that others describe."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..findings import Findings
from ..formats.announcements import Announced, may_describe
from ..formats.line_protocol import Reference
from ..formats.sparkplug import Births, is_sparkplug
from ..judgement.judgements import Judgements
from .rows import Reader

_MOST_TOPICS = 5_000
_MOST_BYTES = 16_000_000
_BYTES_PER_PAYLOAD_BYTE, _BYTES_PER_FIELD, _BYTES_PER_TOPIC = 8, 300, 1_000  # measured, the costliest payloads
_MOST_UNITS = 5_000
_MOST_READERS = 1_000
_LONGEST_NAME = 1_000
_MOST_UNREAD = 100

_NO_UNIT = ("", 0)

NOT_BELIEVED = "a unit for a topic that this one may not describe: not taken"
CONTRADICTED = "a unit that contradicts an earlier announcement: not taken"
UNIT_CHANGED = "the unit that is announced for a topic changed"


@dataclass(slots=True)
class TopicMemory:
    """What a topic's messages showed.

    Attributes:
        format: that of its latest numbers; `""` before the first.
        judgements: which of its fields are measurements.
        line_tags: which tags have the plain names, in line protocol.
        reader: a fast reader for payloads of the known shape.
        judged: how many messages no fast reader read, since one showed a new measurement.
        measured: how many fields have been measurements.
        size_bytes: about what all this takes.
        latest: what was found in the latest of these, and its time of arrival; None for a long one.
    """

    format: str = ""
    judgements: Judgements = field(default_factory=Judgements)
    line_tags: dict[str, Reference] = field(default_factory=dict)
    reader: Reader | None = None
    judged: int = 0
    latest: tuple[Findings, float] | None = None
    measured: int = 0
    size_bytes: int = 0

    def note_judged(self) -> None:
        """Count a message that was judged; a reader from before what that showed is forgotten."""
        self.judged += 1
        if self.measured != len(self.judgements.measured):
            self.measured, self.reader, self.judged = len(self.judgements.measured), None, 1


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
        self._units: dict[tuple[str, str], tuple[str, int]] = {}
        self._size_bytes = 0
        self._with_readers: dict[str, None] = {}
        self._unread: dict[str, tuple[Findings, float]] = {}
        self._newcomer: tuple[str, TopicMemory] | None = None

    def of(self, topic: str) -> TopicMemory:
        """What is known of a topic, nothing yet for a new one, which `keep` keeps."""
        known = self.topics.get(topic)
        if known is None:
            if self._newcomer is None or self._newcomer[0] != topic:
                self._newcomer = (topic, self._nothing_yet())
            known = self._newcomer[1]
        return known

    def keep(self, topic: str, payload_bytes: int) -> TopicMemory:
        """Remember a topic from now on; of too many, the one goes that is not read fast and was longest unused.

        Args:
            topic: the topic name.
            payload_bytes: length of the payload that showed something, by which its memory is estimated.
        """
        known = self.of(topic)
        if self.topics.pop(topic, None) is not None:
            self._size_bytes -= known.size_bytes
        known.size_bytes = (
            _BYTES_PER_TOPIC
            + len(topic)
            + _BYTES_PER_PAYLOAD_BYTE * payload_bytes
            + _BYTES_PER_FIELD * len(known.judgements.measured)
        )
        while self.topics and (
            len(self.topics) >= _MOST_TOPICS or self._size_bytes + known.size_bytes > _MOST_BYTES
        ):
            self._forget_oldest()
        self.topics[topic] = known
        self._size_bytes += known.size_bytes
        return known

    def _forget_oldest(self) -> None:
        oldest = itertools.islice(self.topics.items(), _MOST_READERS + 1)
        unread_fast = (name for name, each in oldest if each.reader is None)
        self._size_bytes -= self.topics.pop(next(unread_fast, next(iter(self.topics)))).size_bytes

    def note_unread(self, topic: str, findings: Findings, arrival: float) -> None:
        """Keep what was found in a message of a topic that has given no number yet, to explain it."""
        self._unread.pop(topic, None)
        if len(self._unread) >= _MOST_UNREAD:
            del self._unread[next(iter(self._unread))]
        self._unread[topic] = (findings, arrival)

    def latest_of(self, topic: str) -> tuple[Findings, float] | None:
        """What was found in the latest message of a topic that was judged, and when it came."""
        known = self.topics.get(topic)
        return self._unread.get(topic) if known is None else known.latest

    @property
    def topics_known(self) -> tuple[str, ...]:
        """The topics with numbers, then those without."""
        return (*self.topics, *(topic for topic in self._unread if topic not in self.topics))

    def scratch(self, topic: str) -> Memory:
        """A memory to try a message of a topic with, that starts with what is known beyond the topic."""
        twin = Memory(self._time_field)
        twin._units = dict(self._units)
        if is_sparkplug(topic):
            twin.births = copy.deepcopy(self.births)
        return twin

    def keep_reader(self, topic: str, reader: Reader) -> None:
        """Read a topic that is kept by `reader` from now on; the oldest of too many readers is forgotten."""
        if len(topic) > _LONGEST_NAME:
            return
        self.topics[topic].reader = reader
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

    def note_units(self, announced: Iterable[Announced], by: str) -> list[str]:
        """Remember units that one topic announced for another; what is to be said of them.

        The first to announce a unit is believed from there on: only that topic can change it.

        Args:
            announced: the units.
            by: the topic that they were announced on.
        """
        remarks = dict[str, None]()
        announcer = hash(by)
        for topic, name, unit in announced:
            if len(topic) > _LONGEST_NAME or len(name) > _LONGEST_NAME:
                continue
            if not may_describe(by, topic):
                remarks[NOT_BELIEVED] = None
                continue
            before, first = self._units.get((topic, name), (unit, announcer))
            if before != unit:
                remarks[UNIT_CHANGED if first == announcer else CONTRADICTED] = None
            if first == announcer:
                self._keep_unit((topic, name), unit, announcer)
        return list(remarks)

    def _keep_unit(self, key: tuple[str, str], unit: str, announcer: int) -> None:
        if key not in self._units and len(self._units) >= _MOST_UNITS:
            del self._units[next(iter(self._units))]
        self._units[key] = (unit, announcer)
        self._forget_reader(key[0])  # which knows the unit of before

    def unit(self, topic: str, name: str) -> str:
        """The unit announced for a field of a topic, or `""`."""
        return self._units.get((topic, name), _NO_UNIT)[0] if self._units else ""

    def _nothing_yet(self) -> TopicMemory:
        known = TopicMemory()
        if self._time_field is not None:
            known.judgements.time_field, known.judgements.is_time_fixed = self._time_field, True
        return known

    def _forget_reader(self, topic: str) -> None:
        if topic in self.topics:
            self.topics[topic].reader = None

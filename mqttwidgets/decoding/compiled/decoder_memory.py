"""The memory of a decoder, in one budget: each topic with its reader, and the descriptions of other topics."""

from __future__ import annotations

import copy
import functools
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from ...base.patterns import LONGEST_TOPIC
from ..decoder import Reader
from ..descriptions.announced import Announced
from ..descriptions.known_devices import known_unit
from ..descriptions.memory import Descriptions
from ..format import Findings
from ..formats.line_protocol import Reference
from ..formats.sparkplug_nodes import Births, data_topic_of, is_sparkplug, origin_of, parse_topic
from ..formats.sparkplug_unborn import WAITS, Unborn, UnbornMessage
from ..judgements import Judgements
from ..limits import Budget, Entry

_LONGEST_KEPT_BYTES = 4_096
_MOST_UNREAD = 100
_FEWEST_ALIKE, _LONGEST_ALIKE = 3, 9
"""Messages after which a topic's binary format of a few bytes is believed; the bytes of one."""

_MOST_EXPRESSIONS_BYTES, _BYTES_PER_EXPRESSION_BYTE = 4_000_000, 20
"""Of the 512 expressions that Python keeps, however large; for each byte of the text that one is made from."""

_BYTES_PER_TOPIC = 900
_BYTES_PER_NAME, _BYTES_OF_CONTAINERS = 60, 500
"""The place of a name in a set or a dict; empty ones, of what a topic's messages have shown."""

_BYTES_PER_TAG = 120
"""A tuple of two, and its place in another one."""


class Memory:
    """All that an AutoDecoder remembers, within one budget.

    Args:
        time_field: the field that is the time in every topic, `""` for none; None to find it.
    """

    def __init__(self, time_field: str | None = None) -> None:
        self.budget = Budget()
        """Counts all of it but the latest messages of a hundred topics without numbers."""
        self.births = Births(self.budget, self._forget_reader_of, self._forget_reader_of)
        """Sparkplug's birth certificates."""
        self.unborn = Unborn(self.budget)
        """Sparkplug's messages that wait for one."""
        self.topics: dict[str, TopicMemory] = {}
        """The memory of each topic; see `of`."""
        self._time_field = time_field
        self.descriptions = Descriptions(self.budget, self.forget_reader)
        """What topics have said of others."""
        self._unread: dict[str, tuple[bytes, float]] = {}
        self._alike: dict[str, tuple[str, frozenset[bytes]]] = {}
        self._newcomer: tuple[str, TopicMemory] | None = None
        self._expressions_bytes = 0

    def of(self, topic: str) -> TopicMemory:
        """The memory of a topic; an empty one for a new topic, which only `keep` keeps."""
        known = self.topics.get(topic)
        if known is None:
            if self._newcomer is None or self._newcomer[0] != topic:
                self._newcomer = (topic, self._nothing_yet())
            known = self._newcomer[1]
        return known

    def keep(self, topic: str, payload: bytes, arrival: float) -> TopicMemory:
        """Remember a topic from now on.

        Args:
            topic: the topic name.
            payload: its latest message, which is kept where it is short.
            arrival: when the message came, epoch seconds.
        """
        known = self.of(topic)
        self._newcomer = None
        self.topics.pop(topic, None)
        self.topics[topic] = known  # the latest now
        known.latest = (payload, arrival) if len(payload) <= _LONGEST_KEPT_BYTES else None
        if known.note_judged():
            self.forget_reader(topic)
        former = known.entry
        self.count(topic)
        if former is not None:
            self.budget.prove(former)
        return known

    def count(self, topic: str) -> None:
        """Count a topic at its present size, if it is remembered."""
        known = self.topics.get(topic)
        if known is None or not known.has_grown():
            return
        size_bytes = known.size_bytes + 2 * sys.getsizeof(topic)  # that of the first message, and of the latest
        if known.entry is None:
            forget = functools.partial(self._forget_topic, topic)
            known.entry = self.budget.hold(forget, _sender_of(topic), size_bytes)
        else:
            self.budget.resize(known.entry, size_bytes)

    def note_unread(self, topic: str, payload: bytes, arrival: float) -> None:
        """Keep a message of a topic that has given no number yet, to explain it."""
        if len(topic) > LONGEST_TOPIC or len(payload) > _LONGEST_KEPT_BYTES:
            return
        self._unread.pop(topic, None)
        if len(self._unread) >= _MOST_UNREAD:
            del self._unread[next(iter(self._unread))]
        self._unread[topic] = (payload, arrival)

    def is_known_binary(self, topic: str, format_name: str, payload: bytes) -> bool:
        """Whether a binary format is what a topic sends, and not just bytes that look like it.

        The two bytes of a C integer are well-formed as CBOR or MessagePack one time in ten. So some different
        messages must have been of one format, and of different lengths, or longer than two bytes.

        Args:
            topic: the topic name.
            format_name: the format that takes the payload for a document.
            payload: the message, which is remembered.
        """
        if self.of(topic).format == format_name:
            return True
        if len(topic) > LONGEST_TOPIC or len(payload) > _LONGEST_ALIKE:
            return False
        former_name, seen = self._alike.pop(topic, ("", frozenset[bytes]()))
        seen = seen | {payload} if former_name == format_name else frozenset((payload,))
        lengths = set(map(len, seen))
        if len(seen) >= _FEWEST_ALIKE and (len(lengths) > 1 or lengths.pop() > 2):
            return True
        if len(self._alike) >= _MOST_UNREAD:
            del self._alike[next(iter(self._alike))]
        self._alike[topic] = (format_name, frozenset(sorted(seen)[:_FEWEST_ALIKE]))
        return False

    def note_other_binary(self, topic: str) -> None:
        """Note that a topic's message was bytes of no format, so that those before were none either."""
        self._alike.pop(topic, None)

    def latest_of(self, topic: str) -> tuple[bytes, float] | None:
        """The latest message of a topic that was judged, and when it came."""
        known = self.topics.get(topic)
        return self._unread.get(topic) if known is None else known.latest

    @property
    def topics_known(self) -> tuple[str, ...]:
        """The topics with numbers, then those without."""
        return (*self.topics, *(topic for topic in self._unread if topic not in self.topics))

    def scratch(self, topic: str, *, knows_topic: bool = False) -> Memory:
        """A memory to try a message of a topic with: it starts with all that is known of anything but the topic.

        Args:
            topic: the topic name.
            knows_topic: whether it starts with the memory of the topic itself, too.
        """
        twin = Memory(self._time_field)
        twin.descriptions = self.descriptions.twin()
        if is_sparkplug(topic):
            twin.births = self.births.copy_of(origin_of(topic)[0])
        known = self.topics.get(topic) if knows_topic else None
        if known is not None:
            judgements = copy.deepcopy(known.judgements)
            tried = TopicMemory(known.format, judgements, line_tags=dict(known.line_tags))
            twin._newcomer = (topic, tried)
        return twin

    def keep_reader(self, topic: str, reader: Reader) -> None:
        """Read a topic that is kept with `reader` from now on."""
        known = self.topics.get(topic)
        if known is None:
            return
        self.forget_reader(topic)
        known.reader = reader
        forget = functools.partial(self.forget_reader, topic)
        entry = self.budget.hold(forget, _sender_of(topic), reader.size_bytes + sys.getsizeof(topic))
        if known.reader is reader:
            known.reader_entry = entry
            self.budget.prove(entry)

    def forget_reader(self, topic: str) -> None:
        """Forget the reader of a topic, so that its next message is judged."""
        known = self.topics.get(topic)
        if known is None:
            return
        entry, known.reader, known.reader_entry = known.reader_entry, None, None
        if entry is not None:
            self.budget.release(entry)

    def make_room_for_expression(self, text_bytes: int) -> None:
        """Make Python forget the regular expressions that it keeps although nobody uses them any more.

        Args:
            text_bytes: the length of the text that the next expression is made from.
        """
        self._expressions_bytes += _BYTES_PER_EXPRESSION_BYTE * text_bytes
        if self._expressions_bytes > _MOST_EXPRESSIONS_BYTES:
            self._expressions_bytes = 0
            re.purge()

    def note_said(self, said: Iterable[Announced], by: str) -> list[str]:
        """Remember what the topic `by` said of others; returns the remarks on that."""
        sender = _sender_of(by)
        remarks = dict.fromkeys(self.descriptions.note(each, by, sender) for each in said)
        return list(filter(None, remarks))

    def note_birth(self, topic: str, payload: bytes, arrival: float, findings: Findings) -> None:
        """Keep a message that waits for its Sparkplug birth certificate; let it go when that comes, or cannot.

        Args:
            topic: the topic name.
            payload: the message.
            arrival: when it came, epoch seconds.
            findings: the findings in it.
        """
        place = parse_topic(topic) if findings.format == "Sparkplug B" and not findings.undecodable else None
        if place is None:
            return
        if findings.skipped == WAITS:
            self.unborn.keep(place.node, place.device, UnbornMessage(topic, payload, arrival))
        elif place.kind.endswith("BIRTH"):
            self.unborn.born(place.node, place.device)
        elif place.kind.endswith("DEATH"):
            self.unborn.died(place.node, place.device)

    def unit(self, topic: str, name: str) -> str:
        """The unit announced for a field of a topic, else that which the topic's devices always use, or `""`."""
        return self.descriptions.unit(topic, name) or known_unit(topic, name)

    def _nothing_yet(self) -> TopicMemory:
        known = TopicMemory()
        if self._time_field is not None:
            known.judgements.time_field, known.judgements.is_time_fixed = self._time_field, True
        return known

    def _forget_topic(self, topic: str) -> None:
        self.forget_reader(topic)
        self.topics.pop(topic, None)

    def _forget_reader_of(self, node: str, device: str) -> None:
        self.forget_reader(data_topic_of(node, device))


@dataclass(slots=True)
class TopicMemory:
    """All that a topic's messages have shown.

    Attributes:
        format: the format of its latest numbers; `""` before the first.
        judgements: which of its fields are measurements.
        line_tags: which tags have the plain names, in line protocol.
        reader: a fast reader for payloads of the known shape.
        judged: how many messages no fast reader read, since one showed a new measurement.
        latest: the latest of these, and its time of arrival; None for a long one.
        measured: how many fields have been measurements.
        entry: its place in the budget, without its reader; None for a topic that is not remembered.
        reader_entry: the reader's place in the budget.
    """

    format: str = ""
    judgements: Judgements = field(default_factory=Judgements)
    line_tags: dict[str, Reference] = field(default_factory=dict)
    reader: Reader | None = None
    judged: int = 0
    latest: tuple[bytes, float] | None = None
    measured: int = 0
    entry: Entry | None = None
    reader_entry: Entry | None = None
    _sized: tuple[int, ...] = ()
    _names_bytes: int = 0
    _tags_bytes: int = 0
    _tags_counted: int = 0

    def note_judged(self) -> bool:
        """Count a judged message; returns whether it showed a new measurement, which no earlier reader knows."""
        self.judged += 1
        if self.measured == len(self.judgements.measured):
            return False
        self.measured, self.judged = len(self.judgements.measured), 1
        return True

    def has_grown(self) -> bool:
        """Whether its size has changed since this was last asked."""
        known = self.judgements
        latest_bytes = 0 if self.latest is None else len(self.latest[0])
        sized = (
            len(known.measured),
            0 if known.devices is None else len(known.devices.kept),
            0 if known.lists is None else len(known.lists.kept),
            len(known.time_field),
            len(self.line_tags),
            latest_bytes,
        )
        if sized == self._sized:
            return False
        if sized[:4] != self._sized[:4]:
            self._names_bytes = _size_of_names(known)
        for key, reference in islice(self.line_tags.items(), self._tags_counted, None):
            self._tags_bytes += sys.getsizeof(key) + _size_of_reference(reference)
        self._sized, self._tags_counted = sized, len(self.line_tags)
        return True

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes without its reader, as of the latest `has_grown`."""
        latest_bytes = self._sized[-1] if self._sized else 0
        return (
            _BYTES_PER_TOPIC + self._names_bytes + self._tags_bytes + sys.getsizeof(self.line_tags) + latest_bytes
        )


def _sender_of(topic: str) -> int:
    """A number for the sender of a message, as far as its topic tells who that is."""
    return hash(origin_of(topic)[0] if is_sparkplug(topic) else "/".join(topic.split("/", 2)[:2]))


def _size_of_names(known: Judgements) -> int:
    noted = [each for each in (known.devices, known.lists) if each is not None]
    kept = [*known.measured, known.time_field, *(name for each in noted for name in each.kept)]
    names_bytes = sum(_BYTES_PER_NAME + sys.getsizeof(each) for each in kept)
    return names_bytes + sys.getsizeof(known.measured) + _BYTES_OF_CONTAINERS * len(noted)


def _size_of_reference(reference: Reference) -> int:
    """The size of a reference; one that several keys share counts for each: too much, never too little."""
    measurement, tags = reference
    texts = [measurement, *(text for tag in tags for text in tag)]
    return sum(map(sys.getsizeof, filter(None, texts))) + _BYTES_PER_TAG * (1 + len(tags))

"""What the messages so far showed: of each topic, and of the topics that others describe."""

from __future__ import annotations

import copy
import functools
import re
import sys
from collections.abc import Iterable

from ...base.patterns import LONGEST_TOPIC
from ..decoder import Reader
from ..formats.announcements import Announced
from ..formats.sparkplug import Births, data_topic_of, is_sparkplug, origin_of
from ..limits import Budget
from .announced import AnnouncedUnits
from .topic_memory import TopicMemory

_LONGEST_KEPT_BYTES = 4_096
_MOST_UNREAD = 100
_MOST_EXPRESSIONS_BYTES, _BYTES_PER_EXPRESSION_BYTE = 4_000_000, 20
"""Of the expressions that Python keeps, 512 of any size; for each byte of the text that one is like."""


class Memory:
    """What an AutoDecoder remembers, all within one budget.

    Args:
        time_field: the field that is the time in every topic, `""` for none; None to find it.
    """

    def __init__(self, time_field: str | None = None) -> None:
        self.budget = Budget()
        """Counts all of it, but for the latest messages of a hundred topics without numbers."""
        self.births = Births(self.budget, self._forget_reader_of)
        """What Sparkplug's birth certificates said."""
        self.topics: dict[str, TopicMemory] = {}
        """What is known of each topic; see `of`."""
        self._time_field = time_field
        self._units = AnnouncedUnits(self.budget, self.forget_reader)
        self._unread: dict[str, tuple[bytes, float]] = {}
        self._newcomer: tuple[str, TopicMemory] | None = None
        self._expressions_bytes = 0

    def of(self, topic: str) -> TopicMemory:
        """What is known of a topic, nothing yet for a new one, which `keep` keeps."""
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
            arrival: when that came, epoch seconds.
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
        """Count what a topic takes by now, if it is remembered."""
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

    def latest_of(self, topic: str) -> tuple[bytes, float] | None:
        """The latest message of a topic that was judged, and when it came."""
        known = self.topics.get(topic)
        return self._unread.get(topic) if known is None else known.latest

    @property
    def topics_known(self) -> tuple[str, ...]:
        """The topics with numbers, then those without."""
        return (*self.topics, *(topic for topic in self._unread if topic not in self.topics))

    def scratch(self, topic: str, *, knows_topic: bool = False) -> Memory:
        """A memory to try a message of a topic with, that starts with what is known beyond the topic.

        Args:
            topic: the topic name.
            knows_topic: whether it starts with what is known of the topic itself, too.
        """
        twin = Memory(self._time_field)
        twin._units = self._units.twin()
        if is_sparkplug(topic):
            twin.births = self.births.copy_of(origin_of(topic)[0])
        known = self.topics.get(topic) if knows_topic else None
        if known is not None:
            tried = TopicMemory(judgements=copy.deepcopy(known.judgements), line_tags=dict(known.line_tags))
            twin._newcomer = (topic, tried)
        return twin

    def keep_reader(self, topic: str, reader: Reader) -> None:
        """Read a topic that is kept by `reader` from now on."""
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
        """Judge the next message of a topic."""
        known = self.topics.get(topic)
        if known is None:
            return
        entry, known.reader, known.reader_entry = known.reader_entry, None, None
        if entry is not None:
            self.budget.release(entry)

    def make_room_for_expression(self, text_bytes: int) -> None:
        """Have Python forget the regular expressions that it keeps although nobody has them any more.

        Args:
            text_bytes: the length of the text that the next one is to be like.
        """
        self._expressions_bytes += _BYTES_PER_EXPRESSION_BYTE * text_bytes
        if self._expressions_bytes > _MOST_EXPRESSIONS_BYTES:
            self._expressions_bytes = 0
            re.purge()

    def forget_readers_of(self, birth: str) -> None:
        """Judge the next messages of those whose names a birth certificate on the topic `birth` may change."""
        node, device = origin_of(birth)
        for each in (device,) if device else ("", *self.births.devices_of(node)):
            self._forget_reader_of(node, each)

    def note_units(self, announced: Iterable[Announced], by: str) -> list[str]:
        """Remember units that the topic `by` announced for others; what is to be said of them."""
        sender = _sender_of(by)
        remarks = dict.fromkeys(self._units.note(each, by, sender) for each in announced)
        return list(filter(None, remarks))

    def unit(self, topic: str, name: str) -> str:
        """The unit announced for a field of a topic, or `""`."""
        return self._units.of(topic, name)

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


def _sender_of(topic: str) -> int:
    """A number for whoever sent a message, as far as its topic tells that."""
    return hash(origin_of(topic)[0] if is_sparkplug(topic) else "/".join(topic.split("/", 2)[:2]))

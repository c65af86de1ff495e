"""Telling copies from messages while one subscription takes the place of another."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ..base.model import Message
from .topic import TopicFilter

LONGEST_S = 10.0
"""Longest an overlap lasts without an UNSUBACK."""

_MOST_UNCOPIED = 50_000  # messages on as many topics; copies of more than these count twice


class DuplicateFilter:
    """The stretches of a session in which the broker held both a filter and the one in whose place it comes.

    The new filter is subscribed before the old one is unsubscribed, as a message between the two would be lost
    otherwise. So a message that matches both may come twice (MQTT 5, section 3.3.4), which MQTT 3.1.1 gives no
    means to see. A broker answers in order with what it sends: only what it sent after the SUBACK and before the
    UNSUBACK can have come twice. There, the message after another one on the same topic is its copy when the
    payload is the same, and the one after that is new. Where a different one follows, the first came alone: the
    broker sends no copies, and nothing more is taken for one.

    It cannot be known whether a broker that sent nothing but the same payload in these milliseconds sent copies:
    of each two only one counts, so that the line stays the same. Copies that a broker sends before its SUBACK,
    or parts, as it may where the two filters have different QoS and more is in flight than it allows, count twice.

    Retained messages come because of the subscription, and are no copies. Not thread-safe: it is the network
    thread's.
    """

    def __init__(self) -> None:
        self._expected: list[_Overlap] = []
        self._begun: list[_Overlap] = []

    def expect(self, subscribe_id: int, leaving: Collection[TopicFilter], unsubscribe_id: int) -> None:
        """Note that a SUBSCRIBE, and then an UNSUBSCRIBE of `leaving`, are on their way, by packet identifiers."""
        self._expected.append(_Overlap(subscribe_id, unsubscribe_id, leaving))

    def begin(self, subscribe_id: int, granted: Iterable[TopicFilter]) -> None:
        """Note a SUBACK, and the filters that it granted."""
        now = time.monotonic()
        for overlap in [each for each in self._expected if each.subscribe_id == subscribe_id]:
            self._expected.remove(overlap)
            overlap.coming = tuple(granted)
            overlap.began_at, overlap.ended_at = now, now + LONGEST_S
            self._begun.append(overlap)

    def end(self, unsubscribe_id: int) -> None:
        """Note an UNSUBACK."""
        now = time.monotonic()
        for overlap in self._begun:
            if overlap.unsubscribe_id == unsubscribe_id:
                overlap.ended_at = min(overlap.ended_at, now)

    def forget_old(self) -> None:
        """Let go of what no message can belong to any more."""
        if self._begun:
            now = time.monotonic()
            self._begun = [overlap for overlap in self._begun if now < overlap.ended_at]

    def without_copies(self, messages: list[Message]) -> list[Message]:
        """The messages that are no copies, of those that came just now, in the order in which they came."""
        if not self._begun:
            return messages
        when = time.monotonic()
        return [each for each in messages if each.retain or not self._is_copy(each, when)]

    def _is_copy(self, message: Message, came_at: float) -> bool:
        return any(
            overlap.began_at <= came_at <= overlap.ended_at and overlap.is_copy(message.topic, message.payload)
            for overlap in self._begun
        )


@dataclass(eq=False)
class _Overlap:
    """One SUBSCRIBE with the UNSUBSCRIBE behind it, by their packet identifiers.

    Attributes:
        subscribe_id: of the SUBSCRIBE.
        unsubscribe_id: of the UNSUBSCRIBE.
        leaving: the filters that the latter names.
        coming: the filters granted of those that the former names.
        began_at: when the SUBACK came, by `time.monotonic()`.
        ended_at: when the UNSUBACK came, or when it is waited for no longer.
        sends_copies: False as soon as a message came alone.
        uncopied: topic → payload of the latest message, where its copy may follow; the hashes of both.
    """

    subscribe_id: int
    unsubscribe_id: int
    leaving: Collection[TopicFilter]
    coming: Collection[TopicFilter] = ()
    began_at: float = math.inf
    ended_at: float = math.inf
    sends_copies: bool = True
    uncopied: dict[int, int] = field(default_factory=dict)

    def is_copy(self, topic: str, payload: bytes) -> bool:
        if not self.sends_copies or not self._is_sent_twice(topic):
            return False
        place, digest = hash(topic), hash(payload)
        before = self.uncopied.pop(place, None)
        if before == digest:
            return True
        self.sends_copies = before is None
        if len(self.uncopied) < _MOST_UNCOPIED:
            self.uncopied[place] = digest
        return False

    def _is_sent_twice(self, topic: str) -> bool:
        return all(any(wanted.matches(topic) for wanted in filters) for filters in (self.leaving, self.coming))

"""Telling copies from messages: where a broker sends once more, and where one subscription replaces another."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ..base.model import Message
from .topic import TopicFilter

RECEIVE_MAXIMUM = 1_000
"""Messages in flight that we ask for at most (MQTT 5, section 3.1.2.11.3)."""

MOST_IN_FLIGHT = 8 * RECEIVE_MAXIMUM
"""Messages in flight that are remembered, as Mosquitto 2.0 sends more than it was asked to (its issue 2301)."""

LONGEST_S = 10.0
"""The longest that an overlap lasts without an UNSUBACK."""

_MOST_UNCOPIED = 50_000  # messages on as many topics; copies of more than these count twice


class Redeliveries:
    """The latest messages of QoS 1 of a session, and those of QoS 2 that are half delivered, by packet identifier.

    QoS 1: a broker that had no acknowledgement sends a message once more, with its identifier and the DUP flag
    (MQTT 3.1.1, section 4.4; MQTT 5, section 4.4.0-1), also where we had it and only the acknowledgement was lost.
    Without that flag the same identifier is a new message [MQTT-4.3.2-5]. The latest MOST_IN_FLIGHT are
    remembered; an identifier comes again after 65,535 others.

    QoS 2: a message is delivered when it comes, and its identifier kept until the broker releases it, so that
    nothing more of it need be held (section 4.3.3, figure 4.3, method B). For one thread.

    Example:
        >>> known = Redeliveries()
        >>> known.is_copy(7, "a", b"21.5", dup=False), known.is_copy(7, "a", b"21.5", dup=True)
        (False, True)
    """

    def __init__(self) -> None:
        self._latest: dict[int, int] = {}
        self._unreleased: set[int] = set()

    def forget(self) -> None:
        """Forget all, as the broker has begun a new session."""
        self._latest.clear()
        self._unreleased.clear()

    def begin(self, packet_id: int) -> bool:
        """Note that a message of QoS 2 came; False where it had come before."""
        is_new = packet_id not in self._unreleased
        self._unreleased.add(packet_id)
        return is_new

    def release(self, packet_id: int) -> bool:
        """Note the PUBREL of a message of QoS 2; False where none waits for it."""
        was_there = packet_id in self._unreleased
        self._unreleased.discard(packet_id)
        return was_there

    def is_copy(self, packet_id: int, topic: str, payload: bytes, *, dup: bool) -> bool:
        """Whether a message came before; it is remembered from here on."""
        digest = hash((topic, payload))
        before = self._latest.pop(packet_id, None)
        self._latest[packet_id] = digest
        if len(self._latest) > MOST_IN_FLIGHT:
            del self._latest[next(iter(self._latest))]
        return dup and before == digest


class DuplicateFilter:
    """The spans of a session in which the broker has both a filter and the one that replaces it.

    The new filter is subscribed before the old one is unsubscribed, as a message between the two would be lost
    otherwise. So a message that matches both may come twice (MQTT 5, section 3.3.4), and MQTT 3.1.1 has no means
    of telling. A broker answers in order with what it sends: only what it sends between the SUBACK and the
    UNSUBACK can come twice. There, a message is a copy of the one before it on the same topic where their payloads
    are the same, and the next one is new. Where a different one follows, the first came alone: the broker sends no
    copies, and nothing more is taken for one.

    Where a broker sends nothing but one payload in these milliseconds, nobody can know whether it sent copies: of
    each two only one counts, so that the line stays the same. Copies before the SUBACK count twice, and so do
    those that a broker sends apart, as it may where the two filters have different QoS and more is in flight than
    it allows.

    Retained messages come because of the subscription, and are no copies. For the network thread alone.
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
        """Forget overlaps that no message can belong to any more."""
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

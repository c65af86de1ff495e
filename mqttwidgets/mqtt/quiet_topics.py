"""What a broker keeps on some topics beside those that are plotted: asked for once, for all who want it.

It rests on a connection that is there for others, and must never harm it: a filter that the broker does not answer
is given up for good where the link is lost meanwhile, as some brokers hang up on what a user may not subscribe.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..base.model import Message
from .connection import Connection
from .subscription_table import Subscriber
from .topic import TopicFilter

MOST_BYTES, MOST_TOPICS, LONGEST_BYTES = 8_000_000, 10_000, 2_000_000
"""Kept for one broker at most, payloads and topics together, and of one topic; what goes beyond is left out."""

_BYTES_PER_TOPIC = 300

Listener = Callable[[Message], object]
"""Called with each message, on the network thread or on the one that asks; returns at once."""


class QuietTopics:
    """The quiet subscriptions to one broker, and the latest message of each topic.

    Threads: the pool calls `join` and `leave` under its lock; messages come on the network threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._filters: dict[TopicFilter, _Quiet] = {}
        self._given_up: set[TopicFilter] = set()
        self._kept: dict[str, Message] = {}
        self._kept_bytes = 0

    def join(self, filters: list[TopicFilter], listener: Listener, connections: list[Connection]) -> None:
        """Let a listener have what comes on filters, and what has come already.

        Args:
            filters: the filters; those that fit on none of the connections, or were given up, bring nothing.
            listener: who wants it.
            connections: those that there are to the broker.
        """
        new: dict[Connection, list[Subscriber]] = {}
        for wanted in filters:
            quiet = self._filters.get(wanted)
            if quiet is not None and quiet.connection in connections:
                quiet.listeners += [] if listener in quiet.listeners else [listener]
                continue
            apart = (
                each for each in connections if not any(one.filter.overlaps(wanted) for one in new.get(each, ()))
            )
            connection = next((known for known in apart if known.fits(wanted)), None)
            if connection is not None and wanted not in self._given_up:
                quiet = _Quiet(connection, self._subscriber(wanted), [listener])
                self._filters[wanted] = quiet
                new.setdefault(connection, []).append(quiet.subscriber)
        for message in self._kept_for(filters):
            listener(message)
        for connection, subscribers in new.items():
            connection.add(*subscribers)

    def leave(self, listener: Listener) -> None:
        """End the subscriptions that nobody else wants."""
        for wanted, quiet in [*self._filters.items()]:
            if listener in quiet.listeners:
                quiet.listeners.remove(listener)
            if not quiet.listeners:
                self._filters.pop(wanted, None)
                quiet.connection.remove(quiet.subscriber)
        self._forget_unwanted()

    @property
    def is_idle(self) -> bool:
        """Whether nobody wants anything, and nothing is to be remembered."""
        return not (self._filters or self._given_up)

    def put_back(self, connection: Connection, subscribers: list[Subscriber]) -> None:
        """Put subscribers that had to give way to those of plots back, as far as that is possible now."""
        for quiet in [each for each in self._filters.values() if each.subscriber in subscribers]:
            wanted = quiet.subscriber.filter
            if connection.serve(quiet.subscriber):
                continue
            if connection.fits(wanted):
                connection.add(quiet.subscriber)
            else:
                self._filters.pop(wanted, None)

    def _subscriber(self, wanted: TopicFilter) -> Subscriber:
        def deliver(*messages: Message) -> None:
            quiet = self._filters.get(wanted)
            listeners = () if quiet is None else tuple(quiet.listeners)
            for message in messages:
                if self._keep(message):
                    for listener in listeners:
                        listener(message)

        def give_up() -> None:
            self._given_up.add(wanted)
            self._filters.pop(wanted, None)

        return Subscriber(wanted, 0, deliver, _nothing, _nothing, give_up=give_up)

    def _keep(self, message: Message) -> bool:
        """Keep the latest message of a topic; returns whether it is another one, and there is room."""
        with self._lock:
            former = self._kept.get(message.topic)
            if former is not None and former.payload == message.payload:
                return False
            if len(message.payload) > LONGEST_BYTES:
                return False
            size_bytes = self._kept_bytes + _size_of(message) - (0 if former is None else _size_of(former))
            if size_bytes > MOST_BYTES or (former is None and len(self._kept) >= MOST_TOPICS):
                return False
            self._kept[message.topic], self._kept_bytes = message, size_bytes
            return True

    def _kept_for(self, filters: list[TopicFilter]) -> list[Message]:
        with self._lock:
            return [each for each in self._kept.values() if any(wanted.matches(each.topic) for wanted in filters)]

    def _forget_unwanted(self) -> None:
        with self._lock:
            for topic in [each for each in self._kept if not any(one.matches(each) for one in self._filters)]:
                self._kept_bytes -= _size_of(self._kept.pop(topic))


class _Quiet:
    """One filter that is subscribed quietly."""

    def __init__(self, connection: Connection, subscriber: Subscriber, listeners: list[Listener]) -> None:
        self.connection = connection
        self.subscriber = subscriber
        self.listeners = listeners


def _size_of(message: Message) -> int:
    return _BYTES_PER_TOPIC + len(message.topic) + len(message.payload)


def _nothing() -> None:
    """In place of a callback, as nobody is told of the link."""

"""Topic filters at a Broker as a Source, over connections that all subscriptions of a process share."""

from __future__ import annotations

import atexit
import itertools
import os
import time
from collections.abc import Callable, Iterable, Sequence

from ..base.clock import CLOCK
from ..base.locks import ForkLock, generation
from ..base.model import LinkState, Message
from ..base.source import Sink
from .broker import Broker
from .connection import Connection
from .quiet_topics import Listener, QuietTopics
from .subscription_table import Subscriber
from .topic import TopicFilter, widest

_GOODBYE_S = 0.5
_HANGING_UP = (".amazonaws.com", ".amazonaws.com.cn", ".azure-devices.net", ".azure-devices.cn")
_SEVERITY = ("live", "connecting", "offline", "refused")


Assignment = tuple[Connection, Subscriber]
"""A subscriber, and the connection that serves it."""


class ConnectionPool:
    """The live connections of a process: made for the first user of a Broker, closed with the last.

    A forked process begins with none. Its copies of the sockets are left alone until it ends, so that the process
    to which the connections belong notices nothing.

    Threads: every method may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = ForkLock(rank=1)
        self._generation = generation()
        self._connections: dict[Broker, list[Connection]] = {}
        self._quiet: dict[Broker, QuietTopics] = {}
        self._ending: list[Connection] = []
        self._left_behind: list[Connection] = []  # in the process that this one was forked from

    def say_goodbye(self) -> None:
        """End persistent sessions that nobody could find again, as the process ends; a second at most."""
        if self._generation != generation() or not self._lock.acquire(timeout=_GOODBYE_S):
            return
        every = self._all()
        self._lock.release()
        nameless = [each for each in every if each.broker.is_persistent and not each.broker.client_id]
        for connection in nameless:
            connection.close()
        deadline = time.monotonic() + _GOODBYE_S
        for connection in (*nameless, *(each for each in self._ending if each.broker.is_persistent)):
            connection.ended.wait(max(0.0, deadline - time.monotonic()))

    def is_used(self, broker: Broker) -> bool:
        """Whether there is a connection to a broker."""
        with self._lock:
            return self._generation == generation() and broker in self._connections

    def join(self, broker: Broker, subscribers: Sequence[Subscriber]) -> list[Connection]:
        """Put each of `subscribers` on a connection to `broker`, a new one where none fits."""
        with self._lock:
            return self._join(broker, subscribers)

    def join_quietly(self, broker: Broker, filters: Sequence[TopicFilter], listener: Listener) -> None:
        """Let a listener have what comes on filters, on the connections that there are; see QuietTopics."""
        with self._lock:
            connections = self._connections.get(broker, [])
            if self._generation == generation() and connections:
                self._quiet.setdefault(broker, QuietTopics()).join([*filters], listener, connections)

    def leave_quietly(self, broker: Broker, listener: Listener) -> None:
        """End what `join_quietly` began for a listener."""
        with self._lock:
            if self._generation == generation() and broker in self._quiet:
                self._quiet[broker].leave(listener)
                if self._quiet[broker].is_idle:
                    del self._quiet[broker]

    def leave(self, assignments: Sequence[Assignment]) -> None:
        """Take subscribers off, and close the connections that had no other."""
        with self._lock:
            self._close_unused(assignments)

    def swap(
        self, assignments: Sequence[Assignment], broker: Broker, subscribers: Sequence[Subscriber]
    ) -> tuple[list[Connection], bool]:
        """Put `subscribers` in the place of those in `assignments`.

        Returns:
            Their connections, and whether these are the one from before, so that what both want goes on
            uninterrupted.
        """
        with self._lock:
            before = {connection for connection, _ in assignments}
            leaving = [subscriber for _, subscriber in assignments]
            if len(before) == 1 and self._swap(only := before.pop(), leaving, subscribers):
                return [only] * len(subscribers), True
            if not all(self._fitting(broker, subscriber) for subscriber in subscribers):
                self._take_off(assignments)  # first, as there may be room then
            connections = self._join(broker, subscribers)
            self._close_unused(assignments)
            return connections, False

    def _swap(self, connection: Connection, leaving: Sequence[Subscriber], coming: Sequence[Subscriber]) -> bool:
        """Replace subscribers of a connection, from which quiet ones go if they are in the way."""
        if connection.swap(leaving, coming):
            return True
        evicted = connection.make_way([subscriber.filter for subscriber in coming])
        is_done = bool(evicted) and connection.swap(leaving, coming)
        self._put_back(connection, evicted)
        return is_done

    def _put_back(self, connection: Connection, evicted: list[Subscriber]) -> None:
        """Let quiet subscribers that left a connection return, as far as that is possible now."""
        quiet = self._quiet.get(connection.broker)
        if evicted and quiet is not None:
            quiet.put_back(connection, evicted)

    def _join(self, broker: Broker, subscribers: Sequence[Subscriber]) -> list[Connection]:
        if self._generation != generation():
            self._left_behind = self._all() + self._ending
            self._generation, self._connections, self._ending, self._quiet = generation(), {}, [], {}
        connections = [self._assign(broker, subscriber) for subscriber in subscribers]
        for connection in connections:
            connection.start()
        return connections

    def _assign(self, broker: Broker, subscriber: Subscriber) -> Connection:
        evicted: list[Subscriber] = []
        connection = self._fitting(broker, subscriber)
        if connection is None:
            connection, evicted = self._cleared(broker, subscriber)
        if connection is None:
            connection = self._new_connection(broker)
            self._connections.setdefault(broker, []).append(connection)
        connection.add(subscriber)
        self._put_back(connection, evicted)
        return connection

    def _cleared(self, broker: Broker, subscriber: Subscriber) -> tuple[Connection | None, list[Subscriber]]:
        """(the first connection on which a subscriber fits once quiet ones have left it, those that have)."""
        for known in self._connections.get(broker, []):
            evicted = known.make_way([subscriber.filter])
            if evicted and known.fits(subscriber.filter):
                return known, evicted
            self._put_back(known, evicted)
        return None, []

    def _all(self) -> list[Connection]:
        return [known for connections in self._connections.values() for known in connections]

    def _fitting(self, broker: Broker, subscriber: Subscriber) -> Connection | None:
        return next((known for known in self._connections.get(broker, []) if known.fits(subscriber.filter)), None)

    def _new_connection(self, broker: Broker) -> Connection:
        """A connection, with a client id that no other of ours has; one that is about to leave it is awaited."""
        numbers = {known.number for known in self._all() if known.has_name_of(broker)}
        number = next(free for free in itertools.count(1) if free not in numbers)
        after = [known for known in self._ending if known.has_name_of(broker) and known.number == number]
        suffix = f"-{os.getpid()}" if any(known.has_name_of(broker) for known in self._left_behind) else ""
        return Connection(broker, number, after, suffix)

    def _take_off(self, assignments: Sequence[Assignment]) -> None:
        for connection, subscriber in assignments:
            connection.remove(subscriber)

    def _close_unused(self, assignments: Sequence[Assignment]) -> None:
        self._take_off(assignments)
        for connection, _ in assignments:
            connections = self._connections.get(connection.broker, [])
            if not connection.is_unused or connection not in connections:
                continue
            connections.remove(connection)
            if not connections:
                del self._connections[connection.broker]
            connection.close()
            if connection.broker.client_id or connection.broker.is_persistent:
                self._ending.append(connection)
        self._ending = [known for known in self._ending if not known.ended.is_set()]


_POOL = ConnectionPool()
atexit.register(_POOL.say_goodbye)


def is_connected(broker: Broker) -> bool:
    """Whether this process has a connection to a broker already, which a Subscription would share."""
    return _POOL.is_used(broker)


class Subscription:
    """A Source that delivers what a Broker sends on some topic filters, each message once.

    Args:
        broker: where to subscribe.
        filters: what to subscribe; a filter that another one covers is left out.
        qos: the highest quality of service wanted, 0, 1 or 2.
        pool: the connections to share; None for those of the process.
    """

    def __init__(
        self, broker: Broker, filters: Sequence[TopicFilter], qos: int = 0, pool: ConnectionPool | None = None
    ) -> None:
        self.name = broker.host
        """Its name in sentences."""
        self._broker = broker
        self._qos = qos
        self._pool = _POOL if pool is None else pool
        self._selection = _Selection(widest(filters))
        self._listeners: list[Listener] = []
        self._generation = generation()

    def start(self, sink: Sink) -> None:
        """Subscribe and deliver to `sink`, on the network thread; returns at once."""
        self._generation = generation()
        subscribers = self._subscribers(self._selection, sink)
        self._selection.assignments += zip(self._pool.join(self._broker, subscribers), subscribers, strict=True)

    def turn_to(self, topics: Sequence[str], sink: Sink | None) -> bool:
        """Subscribe to other topic filters instead.

        Args:
            topics: the filters.
            sink: where to deliver what they bring; None while nothing is subscribed.

        Returns:
            Whether what both bring goes on uninterrupted.
        """
        self._hush()
        former, self._selection = self._selection, _Selection(widest([TopicFilter(topic) for topic in topics]))
        if sink is None:
            return False
        assignments, former.assignments = former.assignments, []
        subscribers = self._subscribers(self._selection, sink)
        connections, goes_on = self._pool.swap(assignments, self._broker, subscribers)
        self._selection.assignments = list(zip(connections, subscribers, strict=True))
        return goes_on

    def listen_quietly(self, topics: Sequence[str], listener: Listener) -> None:
        """Let a listener have what the broker keeps on other topics, until it stops or turns to others.

        It comes over a connection that is there already; where none can take the filters, nothing comes. A broker
        that keeps a session is not asked, as it would go on keeping these filters, and neither is one of those
        clouds that are known to hang up on whoever asks for more than they allow.

        Args:
            topics: the filters.
            listener: called with each message, on the network thread or at once; returns at once.
        """
        hangs_up = self._broker.host.lower().endswith(_HANGING_UP)
        if self._selection.assignments and not self._broker.is_persistent and not hangs_up:
            self._listeners.append(listener)
            self._pool.join_quietly(self._broker, [TopicFilter(topic) for topic in topics], listener)

    def _hush(self) -> None:
        """End the quiet subscriptions."""
        listeners, self._listeners = self._listeners, []
        for listener in dict.fromkeys(listeners):
            self._pool.leave_quietly(self._broker, listener)

    def stop(self) -> None:
        """Unsubscribe; returns at once."""
        self._hush()
        assignments, self._selection.assignments = self._selection.assignments, []
        if not self.is_left_behind:
            self._pool.leave(assignments)

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> bool:
        """Publish a message on a connection of its own; False, and nothing sent, while the link is down.

        Args:
            topic: the topic name.
            payload: the application message.
            qos: 0, 1 or 2.
            retain: whether the broker keeps it for those who come later.
        """
        connections = dict.fromkeys(connection for connection, _ in self._selection.assignments)
        return any(connection.publish(topic, payload, qos, retain) for connection in connections)

    def retry_now(self) -> None:
        """Try again at once instead of waiting, also after a refusal."""
        for connection, _ in self._selection.assignments:
            connection.retry_now()

    @property
    def is_left_behind(self) -> bool:
        """Whether it was made in the process that forked this one: only `stop` is of use then."""
        return self._generation != generation()

    @property
    def state(self) -> LinkState:
        """The state of the worst-off filter."""
        return _worst(connection.state_of(subscriber) for connection, subscriber in self._selection.assignments)

    @property
    def link(self) -> LinkState:
        """The state of the worst-off connection, whatever the broker says to the filters."""
        return _worst(connection.state for connection, _ in self._selection.assignments)

    def _subscribers(self, selection: _Selection, sink: Sink) -> list[Subscriber]:
        def check() -> None:
            if not sink.is_wanted():
                self.stop()

        return [
            Subscriber(wanted, self._qos, selection.deliverer(sink, position), sink.link_lost, check)
            for position, wanted in enumerate(selection.filters)
        ]


class _Selection:
    """The filters that a Subscription has at a time, and the connections that serve them.

    Attributes:
        filters: the filters, none of which covers another one.
        assignments: the assignment of each filter; none while nothing is subscribed.
    """

    def __init__(self, filters: Sequence[TopicFilter]) -> None:
        self.filters = filters
        self.assignments: list[Assignment] = []

    def deliverer(self, sink: Sink, position: int) -> Callable[..., None]:
        """Delivers the messages of one filter, less those that an earlier, overlapping filter brings."""
        mine = self.filters[position]
        earlier = [place for place, other in enumerate(self.filters[:position]) if other.overlaps(mine)]
        if not earlier:
            return sink.deliver

        def deliver(*messages: Message) -> None:
            brought = {
                (topic, is_kept): any(self._brings(place, topic, is_kept=is_kept) for place in earlier)
                for topic, is_kept in {(message.topic, message.qos > 0) for message in messages}
            }
            mine_alone = [message for message in messages if not brought[message.topic, message.qos > 0]]
            if mine_alone:
                sink.deliver(*mine_alone)

        return deliver

    def _brings(self, position: int, topic: str, *, is_kept: bool) -> bool:
        """Whether a filter matches and its connection delivers: now, or later what is kept meanwhile."""
        if position >= len(self.assignments) or not self.filters[position].matches(topic):
            return False
        connection, subscriber = self.assignments[position]
        return connection.brings(subscriber, is_kept=is_kept)


def _worst(states: Iterable[LinkState]) -> LinkState:
    known = list(states)
    if not known:
        return LinkState("stopped", "Stopped.", CLOCK.now())
    if len(known) == 1:
        return known[0]
    return max(known, key=lambda state: (_SEVERITY.index(state.status), bool(state.remark)))

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
from .subscription_table import Subscriber
from .topic import TopicFilter, widest

_GOODBYE_S = 0.5
_SEVERITY = ("live", "connecting", "offline", "refused")


Ride = tuple[Connection, Subscriber]


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

    def join(self, broker: Broker, riders: Sequence[Subscriber]) -> list[Connection]:
        """Put each of `riders` on a connection to `broker`, a new one where none fits."""
        with self._lock:
            return self._join(broker, riders)

    def leave(self, rides: Sequence[Ride]) -> None:
        """Take riders off, and close the connections that had no other."""
        with self._lock:
            self._close_unused(rides)

    def swap(
        self, rides: Sequence[Ride], broker: Broker, riders: Sequence[Subscriber]
    ) -> tuple[list[Connection], bool]:
        """Put `riders` in the place of those in `rides`.

        Their connections, and whether it is one and the same, so that what both want goes on uninterrupted.
        """
        with self._lock:
            before = {connection for connection, _ in rides}
            if len(before) == 1 and (only := before.pop()).swap([rider for _, rider in rides], riders):
                return [only] * len(riders), True
            if not all(self._fitting(broker, rider) for rider in riders):
                self._take_off(rides)  # first, as there may be room then
            connections = self._join(broker, riders)
            self._close_unused(rides)
            return connections, False

    def _join(self, broker: Broker, riders: Sequence[Subscriber]) -> list[Connection]:
        if self._generation != generation():
            self._left_behind = self._all() + self._ending
            self._generation, self._connections, self._ending = generation(), {}, []
        connections = [self._seat(broker, rider) for rider in riders]
        for connection in connections:
            connection.start()
        return connections

    def _seat(self, broker: Broker, rider: Subscriber) -> Connection:
        connection = self._fitting(broker, rider)
        if connection is None:
            connection = self._new_connection(broker)
            self._connections.setdefault(broker, []).append(connection)
        connection.add(rider)
        return connection

    def _all(self) -> list[Connection]:
        return [known for connections in self._connections.values() for known in connections]

    def _fitting(self, broker: Broker, rider: Subscriber) -> Connection | None:
        return next((known for known in self._connections.get(broker, []) if known.fits(rider.filter)), None)

    def _new_connection(self, broker: Broker) -> Connection:
        """A connection, with a client id that no other of ours has; one that is about to leave it is awaited."""
        numbers = {known.number for known in self._all() if known.has_name_of(broker)}
        number = next(free for free in itertools.count(1) if free not in numbers)
        after = [known for known in self._ending if known.has_name_of(broker) and known.number == number]
        suffix = f"-{os.getpid()}" if any(known.has_name_of(broker) for known in self._left_behind) else ""
        return Connection(broker, number, after, suffix)

    def _take_off(self, rides: Sequence[Ride]) -> None:
        for connection, rider in rides:
            connection.remove(rider)

    def _close_unused(self, rides: Sequence[Ride]) -> None:
        self._take_off(rides)
        for connection, _ in rides:
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
        """What it is called in sentences."""
        self._broker = broker
        self._qos = qos
        self._pool = _POOL if pool is None else pool
        self._seats = _Seats(widest(filters))
        self._generation = generation()

    def start(self, sink: Sink) -> None:
        """Subscribe and deliver to `sink`, on the network thread; returns at once."""
        self._generation = generation()
        riders = self._riders(self._seats, sink)
        self._seats.rides += zip(self._pool.join(self._broker, riders), riders, strict=True)

    def turn_to(self, topics: Sequence[str], sink: Sink | None) -> bool:
        """Subscribe to other topic filters instead.

        Args:
            topics: the filters.
            sink: where to deliver what they bring; None while nothing is subscribed.

        Returns:
            Whether what both bring goes on uninterrupted.
        """
        former, self._seats = self._seats, _Seats(widest([TopicFilter(topic) for topic in topics]))
        if sink is None:
            return False
        rides, former.rides = former.rides, []
        riders = self._riders(self._seats, sink)
        connections, goes_on = self._pool.swap(rides, self._broker, riders)
        self._seats.rides = list(zip(connections, riders, strict=True))
        return goes_on

    def stop(self) -> None:
        """Unsubscribe; returns at once."""
        rides, self._seats.rides = self._seats.rides, []
        if not self.is_left_behind:
            self._pool.leave(rides)

    def retry_now(self) -> None:
        """Try again at once instead of waiting, also after a refusal."""
        for connection, _ in self._seats.rides:
            connection.retry_now()

    @property
    def is_left_behind(self) -> bool:
        """Whether it was made in the process that forked this one: only `stop` is of use then."""
        return self._generation != generation()

    @property
    def state(self) -> LinkState:
        """The state of the worst-off filter."""
        return _worst(connection.state_of(rider) for connection, rider in self._seats.rides)

    @property
    def link(self) -> LinkState:
        """The state of the worst-off connection, whatever the broker says to the filters."""
        return _worst(connection.state for connection, _ in self._seats.rides)

    def _riders(self, seats: _Seats, sink: Sink) -> list[Subscriber]:
        def check() -> None:
            if not sink.is_wanted():
                self.stop()

        return [
            Subscriber(wanted, self._qos, seats.deliverer(sink, position), sink.link_lost, check)
            for position, wanted in enumerate(seats.filters)
        ]


class _Seats:
    """The filters that are subscribed at a time, and their rides.

    Attributes:
        filters: none of them covers another one.
        rides: that of each filter; none while nothing is subscribed.
    """

    def __init__(self, filters: Sequence[TopicFilter]) -> None:
        self.filters = filters
        self.rides: list[Ride] = []

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
        """Whether a filter matches and its own ride delivers, now or, what is kept meanwhile, later."""
        if position >= len(self.rides) or not self.filters[position].matches(topic):
            return False
        connection, rider = self.rides[position]
        return connection.brings(rider, is_kept=is_kept)


def _worst(states: Iterable[LinkState]) -> LinkState:
    known = list(states)
    if not known:
        return LinkState("stopped", "Stopped.", CLOCK.now())
    if len(known) == 1:
        return known[0]
    return max(known, key=lambda state: (_SEVERITY.index(state.status), bool(state.remark)))

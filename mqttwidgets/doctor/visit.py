"""A look at what a filter brings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..base.model import Message
from ..live.inbox import LARGEST_PAYLOAD_BYTES
from ..mqtt.broker import Broker
from ..mqtt.subscription import Subscription, is_connected
from ..mqtt.topic import TopicFilter

_MOST_MESSAGES, _MOST_TOPICS = 20, 1000


class Visit:
    """One filter, subscribed to see what comes.

    Threads: `deliver` runs on the network thread and only appends; everything may be read from any.

    Args:
        broker: where to subscribe; a connection that is there already is shared. Where there is none, a persistent
            session is left alone, as what it holds is for others.
        wanted: what to subscribe; of a shared subscription the filter alone, as its messages belong to others.
        qos: 0, 1 or 2.

    Attributes:
        subscription: the subscription.
        shares_a_link: whether a connection to the broker was there before the visit.
        live: the first few messages that were published meanwhile.
        kept: the first few that the broker had kept.
        topics: the first thousand topics.
        loss: why the link was lost meanwhile, in words; `""` where it was not.
    """

    def __init__(self, broker: Broker, wanted: TopicFilter, qos: int) -> None:
        self.filter = wanted.unshared()
        self.shares_a_link = is_connected(broker)
        if broker.is_persistent and not self.shares_a_link:
            broker = replace(broker, session="clean", client_id=None)
        self.subscription = Subscription(broker, [self.filter], qos)
        self.live: list[Message] = []
        self.kept: list[Message] = []
        self.topics: dict[str, None] = {}
        self.loss = ""
        self._is_over = False

    def deliver(self, *messages: Message) -> None:
        """Keep a few messages, and the topics."""
        for message in messages:
            of_its_kind = self.kept if message.retain else self.live
            if len(of_its_kind) < _MOST_MESSAGES and len(message.payload) <= LARGEST_PAYLOAD_BYTES:
                of_its_kind.append(message)
            if len(self.topics) < _MOST_TOPICS:
                self.topics[message.topic] = None

    def link_lost(self) -> None:
        """Note why."""
        self.loss = self.subscription.link.text

    def is_wanted(self) -> bool:
        """Until it is over."""
        return not self._is_over

    def end(self) -> None:
        """Unsubscribe."""
        self._is_over = True
        self.subscription.stop()


@contextmanager
def visiting(broker: Broker, filters: Iterable[TopicFilter], qos: int) -> Iterator[list[Visit]]:
    """Visits to filters while the context lasts."""
    visits = [Visit(broker, wanted, qos) for wanted in filters]
    try:
        for visit in visits:
            visit.subscription.start(visit)
        yield visits
    finally:
        for visit in visits:
            visit.end()

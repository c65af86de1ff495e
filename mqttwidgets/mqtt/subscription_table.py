"""The filters that are subscribed over one connection, and for whom."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..base.clock import CLOCK
from ..base.model import LinkState
from ..base.text import printable, quantity
from .topic import TopicFilter

_TOPICS_REMEMBERED, _LONGEST_REMEMBERED = 10_000, 500
_ON_THE_WAY_S = 10.0


class Strays:
    """Messages on topics that match no filter, as of a broker that rewrites topics, or knows other prefixes.

    Unless that is told, a plot would wait for ever for what comes all the time. A message within ten seconds of
    the end of a subscription may belong to that, and does not count. Not thread-safe: its Connection locks.

    Example:
        >>> strays = Strays()
        >>> strays.add("plant/7")
        >>> strays.remark
        "1 message came that no filter here matches, the first on 'plant/7'."
    """

    def __init__(self) -> None:
        self._count = 0
        self._first = ""
        self._settled_at = 0.0

    def begin(self) -> None:
        """Begin anew with a session."""
        self._count = 0

    def expect(self) -> None:
        """Note that a subscription ends now."""
        self._settled_at = time.monotonic() + _ON_THE_WAY_S

    def add(self, topic: str) -> None:
        """Note a message."""
        if time.monotonic() < self._settled_at:
            return
        self._first = self._first if self._count else printable(topic)
        self._count += 1

    @property
    def remark(self) -> str:
        """A sentence about them for whoever waits for messages; `""` for nothing."""
        if not self._count:
            return ""
        return (
            f"{quantity(self._count, 'message')} came that no filter here matches, the first on {self._first!r}."
        )


class Order(NamedTuple):
    """Filters to subscribe and unsubscribe at the broker.

    Attributes:
        subscribe: filters to subscribe, and their QoS.
        unsubscribe: filters to unsubscribe after that, so that what both bring goes on; see DuplicateFilter.
    """

    subscribe: dict[TopicFilter, int]
    unsubscribe: tuple[TopicFilter, ...] = ()


class Answer(NamedTuple):
    """The broker's answer to a filter.

    Attributes:
        qos: the highest quality of service that it grants.
        refusal: why it does not grant the filter, in words; `""` where it does.
    """

    qos: int = 0
    refusal: str = ""


@dataclass(eq=False)
class Subscriber:
    """One filter that somebody wants over a connection, and the callbacks to tell them.

    Attributes:
        filter: the filter.
        qos: the highest quality of service it wants.
        deliver: called with the messages as they come; runs on the network thread and returns at once.
        lost: called when messages may be missing from here on; like `deliver`.
        check: called about once a second; like `deliver`. May remove the subscriber.
        give_up: called when it is taken off, as the broker did not answer it before the link was lost: what may
            harm the link of others is asked for once. Such a subscriber is quiet: it holds no link, and gives way
            to others. None for one that stays.
        added_at: epoch seconds at which it was added.
        is_live: whether it was subscribed when the connection last looked; the connection's own.
        has_some: whether messages have come for it; the connection's own.
        is_answered: whether the broker has answered the filter of a quiet one; the connection's own.
    """

    filter: TopicFilter
    qos: int
    deliver: Callable[..., None]
    lost: Callable[[], None]
    check: Callable[[], None]
    give_up: Callable[[], None] | None = None
    added_at: float = field(default_factory=CLOCK.now)
    is_live: bool = False
    has_some: bool = False
    is_answered: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether it gives way to others."""
        return self.give_up is not None


class SubscriptionTable:
    """The filters subscribed over one connection, and the subscribers that they serve.

    A broker may deliver a copy for each of a client's overlapping subscriptions (MQTT 5, section 3.3.4), and MQTT
    3.1.1 gives no means to tell copies from messages. So no two of the subscribed filters overlap. A subscriber
    whose filter is covered by one of them is served by that; one whose filter overlaps them otherwise does not fit
    and takes another connection.

    Not thread-safe: its Connection locks.
    """

    def __init__(self) -> None:
        self.subscribers: tuple[Subscriber, ...] = ()
        """The subscribers that the subscribed filters serve."""
        self._subscribed: dict[TopicFilter, int] = {}
        self._granted: dict[TopicFilter, int] = {}  # the QoS
        self._refusals: dict[TopicFilter, str] = {}
        self._held: set[TopicFilter] = set()  # granted, and not given up since
        self._told: set[TopicFilter] = set()  # what the broker's session may have
        self._routes: dict[str, tuple[Subscriber, ...]] = {}
        self._strays = Strays()

    def fits(self, wanted: TopicFilter) -> bool:
        """Whether `wanted` overlaps no subscribed filter, or is covered by one."""
        if self._serving(wanted) is not None:
            return True
        return not any(subscribed.overlaps(wanted) for subscribed in self._subscribed)

    @property
    def is_unused(self) -> bool:
        """Whether there is no subscriber, but for quiet ones."""
        return all(subscriber.is_quiet for subscriber in self.subscribers)

    def in_the_way(self, coming: Sequence[TopicFilter]) -> list[Subscriber]:
        """The quiet subscribers whose filters overlap others that are wanted."""
        return [
            subscriber
            for subscriber in self.subscribers
            if subscriber.is_quiet and any(subscriber.filter.overlaps(wanted) for wanted in coming)
        ]

    def serve(self, subscriber: Subscriber) -> bool:
        """Serve one more by what is subscribed already, and ask the broker for nothing; whether that does."""
        if self._serving(subscriber.filter) is None:
            return False
        self.subscribers, self._routes = (*self.subscribers, subscriber), {}
        return True

    def unanswered(self) -> list[Subscriber]:
        """The quiet subscribers whose filters the broker has neither granted nor refused, since they came."""
        return [each for each in self.subscribers if each.is_quiet and not each.is_answered]

    def can_swap(self, leaving: Sequence[Subscriber], coming: Sequence[Subscriber]) -> bool:
        """Whether filters that do not overlap can serve all when `coming` take the place of `leaving`.

        A filter that serves somebody who stays does not give way to a wider one, which the broker might refuse.
        """
        staying = self._staying(leaving)
        filters = {subscriber.filter for subscriber in (*staying, *coming)}
        if not _overlap_nowhere(wide for wide in filters if not _is_covered(wide, filters)):
            return False
        served = [(subscriber.filter, self._serving(subscriber.filter)) for subscriber in staying]
        return not any(
            newcomer.filter != narrow and newcomer.filter.covers(narrow) and not subscribed.covers(newcomer.filter)
            for newcomer in coming
            for narrow, subscribed in served
            if subscribed is not None
        )

    def change(self, leaving: Sequence[Subscriber], coming: Sequence[Subscriber]) -> Order:
        """Let subscribers go and come; the order for the broker.

        A filter that no subscriber itself has any more gives way to the narrower ones that it served. The filter
        that serves a newcomer is subscribed once more, for the retained messages.
        """
        self.subscribers = (*self._staying(leaving), *coming)
        self._routes = {}
        if leaving:
            self._strays.expect()
        wanted: dict[TopicFilter, int] = {}
        given_up: list[TopicFilter] = []
        for subscribed in [subscribed for subscribed in self._subscribed if not self._is_asked_for(subscribed)]:
            narrower = self._narrower(subscribed)
            if narrower is not None:
                self._replace(subscribed, narrower)
                given_up.append(subscribed)
                wanted |= narrower
        for subscriber in coming:
            subscribed = self._serving(subscriber.filter) or subscriber.filter
            wanted[subscribed] = max(
                subscriber.qos, self._subscribed.get(subscribed, 0), wanted.get(subscribed, 0)
            )
        self._subscribed.update(wanted)
        return Order(wanted, tuple(given_up))

    def ask_again(self) -> Order:
        """Ask once more for what the broker refused; the order for it."""
        refused = {subscribed: self._subscribed[subscribed] for subscribed in self._refusals}
        self._refusals = {}
        return Order(refused)

    def begin_session(self, *, is_former: bool = False) -> Order:
        """Forget what was granted before; the order for the broker.

        Args:
            is_former: whether the broker has our former session still, in which there may be filters that nobody
                wants any more.
        """
        self._granted, self._refusals = {}, {}
        left_over = self._told.difference(self._subscribed) if is_former else ()
        self._held = self._held.intersection(self._subscribed) if is_former else set()
        self._told = set(self._subscribed)
        self._strays.begin()
        if left_over:
            self._strays.expect()
        return Order(dict(self._subscribed), tuple(left_over))

    def note_told(self, order: Order) -> None:
        """Note what the broker is told while the link is up."""
        self._told.update(order.subscribe)
        self._told.difference_update(order.unsubscribe)

    def is_held(self, subscriber: Subscriber) -> bool:
        """Whether a persistent session has the subscription of a subscriber, also while the link is down."""
        return self._serving(subscriber.filter) in self._held

    def take_answers(self, answers: Mapping[TopicFilter, Answer]) -> None:
        """Note what the broker said to each filter."""
        for asked, answer in answers.items():
            if asked not in self._subscribed:
                continue  # dropped meanwhile
            if answer.refusal:
                self._granted.pop(asked, None)
                self._held.discard(asked)
                self._refusals[asked] = answer.refusal
            else:
                self._granted[asked] = answer.qos
                self._held.add(asked)
                self._refusals.pop(asked, None)
        for subscriber in self.subscribers:
            if subscriber.is_quiet and self._serving(subscriber.filter) in answers:
                subscriber.is_answered = True

    def subscribers_for(self, topic: str) -> tuple[Subscriber, ...]:
        """The subscribers that a message on `topic` is for."""
        subscribers = self._routes.get(topic)
        if subscribers is None:
            subscribers = tuple(subscriber for subscriber in self.subscribers if subscriber.filter.matches(topic))
            if len(self._routes) >= _TOPICS_REMEMBERED:
                self._routes = {}
            if len(topic) <= _LONGEST_REMEMBERED:
                self._routes[topic] = subscribers
        return subscribers

    def note_stray(self, topic: str) -> None:
        """Note a message that is for nobody."""
        self._strays.add(topic)

    def state_of(self, subscriber: Subscriber, link: LinkState) -> LinkState:
        """The state for one subscriber, given that of the link."""
        subscribed = self._serving(subscriber.filter)
        state = link._replace(since=max(link.since, subscriber.added_at))
        if state.status != "live" or subscribed is None:
            return state
        if subscribed in self._granted:
            state = _with_lower_qos(state, subscriber.qos, self._granted[subscribed])
            return state if subscriber.has_some else _with_remark(state, self._strays.remark)
        if subscribed in self._refusals:
            return LinkState("refused", self._refusals[subscribed], state.since)
        return LinkState("connecting", f"Subscribing to {printable(subscribed.text)}.", state.since)

    def lost_subscribers(self, link: LinkState) -> list[Subscriber]:
        """The subscribers that were live and are no more; one that waits for its SUBACK is not lost yet."""
        lost = []
        for subscriber in self.subscribers:
            status = self.state_of(subscriber, link).status
            waits = link.status == "live" and status == "connecting"
            was_live, subscriber.is_live = subscriber.is_live, status == "live" or (subscriber.is_live and waits)
            if was_live and not subscriber.is_live:
                lost.append(subscriber)
        return lost

    def _staying(self, leaving: Sequence[Subscriber]) -> list[Subscriber]:
        return [subscriber for subscriber in self.subscribers if subscriber not in leaving]

    def _serving(self, wanted: TopicFilter) -> TopicFilter | None:
        if wanted in self._subscribed:
            return wanted  # no other covers it, as none overlap
        return next((subscribed for subscribed in self._subscribed if subscribed.covers(wanted)), None)

    def _is_asked_for(self, subscribed: TopicFilter) -> bool:
        return any(subscriber.filter == subscribed for subscriber in self.subscribers)

    def _narrower(self, subscribed: TopicFilter) -> dict[TopicFilter, int] | None:
        """Filters and QoS that serve the same subscribers in a filter's place; None where these would overlap."""
        served: dict[TopicFilter, int] = {}
        for subscriber in self.subscribers:
            if subscribed.covers(subscriber.filter):
                served[subscriber.filter] = max(subscriber.qos, served.get(subscriber.filter, 0))
        widest = {wide: qos for wide, qos in served.items() if not _is_covered(wide, served)}
        return widest if _overlap_nowhere(widest) else None

    def _replace(self, subscribed: TopicFilter, narrower: dict[TopicFilter, int]) -> None:
        """Put other filters in the place of one; they count as granted like that until the broker answers."""
        qos = self._granted.pop(subscribed, None)
        self._held.discard(subscribed)
        del self._subscribed[subscribed]
        self._refusals.pop(subscribed, None)
        self._subscribed.update(narrower)
        if qos is not None:
            self._granted.update({each: min(qos, wanted) for each, wanted in narrower.items()})


def _with_lower_qos(state: LinkState, wanted: int, granted: int) -> LinkState:
    """The state with a remark where the broker grants less than what is wanted [MQTT-3.8.4-7]."""
    if granted >= wanted:
        return state
    return _with_remark(
        state, f"It grants QoS {granted} where {wanted} was asked for: messages may be lost on the way."
    )


def _with_remark(state: LinkState, remark: str) -> LinkState:
    return state._replace(remark=f"{state.remark} {remark}".strip())


def _overlap_nowhere(filters: Iterable[TopicFilter]) -> bool:
    return not any(one.overlaps(other) for one, other in itertools.combinations(filters, 2))


def _is_covered(narrow: TopicFilter, by: Iterable[TopicFilter]) -> bool:
    return any(wide != narrow and wide.covers(narrow) for wide in by)

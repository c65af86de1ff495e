"""Which filters are subscribed at a broker, and for whom."""

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
    """What a broker sends on topics that match no filter: one that rewrites topics, say, or knows other prefixes.

    Without a word of it, a plot would wait for ever for what comes all the time. What comes within ten seconds of
    the end of a subscription may be its own, and does not count. Not thread-safe: its Connection locks.

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
        """Begin anew, with a session."""
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
        """What should be known of them to who waits for messages; `""` for nothing."""
        if not self._count:
            return ""
        return (
            f"{quantity(self._count, 'message')} came that no filter here matches, the first on {self._first!r}."
        )


class Order(NamedTuple):
    """What to tell the broker.

    Attributes:
        subscribe: filters to subscribe, and their QoS.
        unsubscribe: filters to unsubscribe after that, so that what both bring goes on; see DuplicateFilter.
    """

    subscribe: dict[TopicFilter, int]
    unsubscribe: tuple[TopicFilter, ...] = ()


class Answer(NamedTuple):
    """What the broker said to a filter.

    Attributes:
        qos: the highest quality of service that it grants.
        refusal: why it does not grant the filter, in words.
    """

    qos: int = 0
    refusal: str = ""


@dataclass(eq=False)
class Subscriber:
    """One filter of one subscriber on a connection, and whom to tell.

    Attributes:
        filter: what it wants.
        qos: the highest quality of service it wants.
        deliver: called with the messages as they come; runs on the network thread and returns at once.
        lost: called when messages may be missing from here on; like `deliver`.
        check: called about once a second; like `deliver`. May end the ride.
        added_at: since when it rides, epoch seconds.
        is_live: whether it was subscribed when the connection last looked; the connection's own.
        has_some: whether messages have come for it; the connection's own.
    """

    filter: TopicFilter
    qos: int
    deliver: Callable[..., None]
    lost: Callable[[], None]
    check: Callable[[], None]
    added_at: float = field(default_factory=CLOCK.now)
    is_live: bool = False
    has_some: bool = False


class SubscriptionTable:
    """The filters subscribed over one connection, the carriers, and the riders that they serve.

    A broker may deliver a copy for each of a client's overlapping subscriptions (MQTT 5, section 3.3.4), and MQTT
    3.1.1 gives no means to tell copies from messages. So carriers are apart; a filter that one of them covers
    rides on it; and what overlaps otherwise does not fit and goes over another connection.

    Not thread-safe: its Connection locks.
    """

    def __init__(self) -> None:
        self.riders: tuple[Subscriber, ...] = ()
        """Whom the carriers serve."""
        self._carriers: dict[TopicFilter, int] = {}
        self._granted: dict[TopicFilter, int] = {}  # the QoS
        self._refusals: dict[TopicFilter, str] = {}
        self._held: set[TopicFilter] = set()  # granted, and not given up since
        self._told: set[TopicFilter] = set()  # what the broker's session may have
        self._routes: dict[str, tuple[Subscriber, ...]] = {}
        self._strays = Strays()

    def fits(self, wanted: TopicFilter) -> bool:
        """Whether `wanted` is apart from every carrier, or covered by one."""
        if self._carrier_of(wanted) is not None:
            return True
        return not any(carrier.overlaps(wanted) for carrier in self._carriers)

    def can_swap(self, leaving: Sequence[Subscriber], coming: Sequence[Subscriber]) -> bool:
        """Whether carriers that are apart can serve all when `coming` take the place of `leaving`.

        What carries somebody who stays does not give way to a wider one, which the broker might refuse.
        """
        staying = self._staying(leaving)
        filters = {rider.filter for rider in (*staying, *coming)}
        if not _are_apart(wide for wide in filters if not _is_covered(wide, filters)):
            return False
        carried = [(rider.filter, self._carrier_of(rider.filter)) for rider in staying]
        return not any(
            newcomer.filter != narrow and newcomer.filter.covers(narrow) and not carrier.covers(newcomer.filter)
            for newcomer in coming
            for narrow, carrier in carried
            if carrier is not None
        )

    def change(self, leaving: Sequence[Subscriber], coming: Sequence[Subscriber]) -> Order:
        """Let riders go and come; what the broker must be told.

        A carrier that nobody asked for itself any more gives way to the narrower filters that rode on it. What a
        newcomer rides on is subscribed once more, for the retained messages.
        """
        self.riders = (*self._staying(leaving), *coming)
        self._routes = {}
        if leaving:
            self._strays.expect()
        wanted: dict[TopicFilter, int] = {}
        given_up: list[TopicFilter] = []
        for carrier in [carrier for carrier in self._carriers if not self._is_asked_for(carrier)]:
            narrower = self._narrower(carrier)
            if narrower is not None:
                self._replace(carrier, narrower)
                given_up.append(carrier)
                wanted |= narrower
        for rider in coming:
            carrier = self._carrier_of(rider.filter) or rider.filter
            wanted[carrier] = max(rider.qos, self._carriers.get(carrier, 0), wanted.get(carrier, 0))
        self._carriers.update(wanted)
        return Order(wanted, tuple(given_up))

    def ask_again(self) -> Order:
        """What the broker must be told to ask once more for what it refused."""
        refused = {carrier: self._carriers[carrier] for carrier in self._refusals}
        self._refusals = {}
        return Order(refused)

    def begin_session(self, *, is_former: bool = False) -> Order:
        """Forget what was granted before; what the broker must be told now.

        Args:
            is_former: whether the broker has our former session still, in which there may be filters that nobody
                wants any more.
        """
        self._granted, self._refusals = {}, {}
        left_over = self._told.difference(self._carriers) if is_former else ()
        self._held = self._held.intersection(self._carriers) if is_former else set()
        self._told = set(self._carriers)
        self._strays.begin()
        if left_over:
            self._strays.expect()
        return Order(dict(self._carriers), tuple(left_over))

    def note_told(self, order: Order) -> None:
        """Note what the broker is told while the link is up."""
        self._told.update(order.subscribe)
        self._told.difference_update(order.unsubscribe)

    def is_held(self, rider: Subscriber) -> bool:
        """Whether a persistent session has the subscription of a rider, also while the link is down."""
        return self._carrier_of(rider.filter) in self._held

    def take_answers(self, answers: Mapping[TopicFilter, Answer]) -> None:
        """Note what the broker said to each filter."""
        for asked, answer in answers.items():
            if asked not in self._carriers:
                continue  # dropped meanwhile
            if answer.refusal:
                self._granted.pop(asked, None)
                self._held.discard(asked)
                self._refusals[asked] = answer.refusal
            else:
                self._granted[asked] = answer.qos
                self._held.add(asked)
                self._refusals.pop(asked, None)

    def riders_for(self, topic: str) -> tuple[Subscriber, ...]:
        """Whom a message on `topic` is for."""
        riders = self._routes.get(topic)
        if riders is None:
            riders = tuple(rider for rider in self.riders if rider.filter.matches(topic))
            if len(self._routes) >= _TOPICS_REMEMBERED:
                self._routes = {}
            if len(topic) <= _LONGEST_REMEMBERED:
                self._routes[topic] = riders
        return riders

    def note_stray(self, topic: str) -> None:
        """Note a message that is for nobody."""
        self._strays.add(topic)

    def state_of(self, rider: Subscriber, link: LinkState) -> LinkState:
        """The state for one rider, given that of the link."""
        carrier = self._carrier_of(rider.filter)
        state = link._replace(since=max(link.since, rider.added_at))
        if state.status != "live" or carrier is None:
            return state
        if carrier in self._granted:
            state = _with_lower_qos(state, rider.qos, self._granted[carrier])
            return state if rider.has_some else _with_remark(state, self._strays.remark)
        if carrier in self._refusals:
            return LinkState("refused", self._refusals[carrier], state.since)
        return LinkState("connecting", f"Subscribing to {printable(carrier.text)}.", state.since)

    def lost_riders(self, link: LinkState) -> list[Subscriber]:
        """The riders that were live and are no more; one that waits for its SUBACK is not lost yet."""
        lost = []
        for rider in self.riders:
            status = self.state_of(rider, link).status
            waits = link.status == "live" and status == "connecting"
            was_live, rider.is_live = rider.is_live, status == "live" or (rider.is_live and waits)
            if was_live and not rider.is_live:
                lost.append(rider)
        return lost

    def _staying(self, leaving: Sequence[Subscriber]) -> list[Subscriber]:
        return [rider for rider in self.riders if rider not in leaving]

    def _carrier_of(self, wanted: TopicFilter) -> TopicFilter | None:
        if wanted in self._carriers:
            return wanted  # carriers are apart: no other covers it
        return next((carrier for carrier in self._carriers if carrier.covers(wanted)), None)

    def _is_asked_for(self, carrier: TopicFilter) -> bool:
        return any(rider.filter == carrier for rider in self.riders)

    def _narrower(self, carrier: TopicFilter) -> dict[TopicFilter, int] | None:
        """Filters and QoS that serve the riders of a carrier in its place; None where these would overlap."""
        served: dict[TopicFilter, int] = {}
        for rider in self.riders:
            if carrier.covers(rider.filter):
                served[rider.filter] = max(rider.qos, served.get(rider.filter, 0))
        widest = {wide: qos for wide, qos in served.items() if not _is_covered(wide, served)}
        return widest if _are_apart(widest) else None

    def _replace(self, carrier: TopicFilter, narrower: dict[TopicFilter, int]) -> None:
        """Have others carry in the place of one, granted like that until the broker answers."""
        qos = self._granted.pop(carrier, None)
        self._held.discard(carrier)
        del self._carriers[carrier]
        self._refusals.pop(carrier, None)
        self._carriers.update(narrower)
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


def _are_apart(filters: Iterable[TopicFilter]) -> bool:
    return not any(one.overlaps(other) for one, other in itertools.combinations(filters, 2))


def _is_covered(narrow: TopicFilter, by: Iterable[TopicFilter]) -> bool:
    return any(wide != narrow and wide.covers(narrow) for wide in by)

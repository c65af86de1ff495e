"""One MQTT client for one Broker, with a network thread of its own.

The thread drives each Session itself, so that connecting, waiting, giving up and starting over are one sequence in
`Connection._run`, and an exception in a callback can never leave a dead thread behind a client that still calls
itself connected.
"""

from __future__ import annotations

import itertools
import math
import secrets
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from ..base.clock import CLOCK
from ..base.locks import SWITCH_INTERVAL
from ..base.log import log
from ..base.model import LinkState, Message, Status
from ..base.text import printable, sentence
from .broker import Broker
from .client import Client
from .failures import failure_of, refusal_in_words, retry_delay_s, return_in_words
from .session import End, Session
from .subscription_table import Answer, Order, Subscriber, SubscriptionTable
from .tls import Stamps, file_stamps
from .topic import TopicFilter

_TICK_S = 0.5
_LATE_S = 1.0  # a select that took this much too long is repeated, as what it found is old
_GATHER_S = 0.005
_CHECK_INTERVAL_S = 1.0
_OUTBOX_LIMIT = 10_000
_USEFUL_S = 10.0  # a session this long, or one that brought messages, begins the waits between attempts anew
_TAKEOVER_S = 2.0
_TAKEOVERS_BEFORE_STOP = 3
_LONGEST_END_S = 6.0
_NEWS_S = 60.0  # for which a remark tells that the link was down


class Connection:
    """A client that stays connected from `start` until it is closed.

    Threads: every public method may be called from any thread and returns at once; what they share with the
    network thread is guarded by one lock. Callbacks of subscribers run on the network thread.

    Args:
        broker: where to connect.
        number: tells the connections to one broker apart; from the second on it ends a client id of the user's.
        after: connections of the same client id that are about to end, which is awaited.
        suffix: ends a client id of the user's where another process has it.

    Attributes:
        ended: set when the network thread has nothing more to do.
    """

    _threads = itertools.count(1)

    def __init__(
        self, broker: Broker, number: int = 1, after: Sequence[Connection] = (), suffix: str = ""
    ) -> None:
        self.broker = broker
        self.number = number
        self.ended = threading.Event()
        self._after = after
        self._lock = threading.Lock()
        self._table = SubscriptionTable()
        self._outbox: deque[Callable[[Session], Any]] = deque()
        self._closing = threading.Event()
        self._retry = threading.Event()
        self._check_due = self._read_at = 0.0
        self._leaps = CLOCK.leaps
        self._connected = threading.Event()
        self._file_stamps: Stamps = ()
        self._client: Client | None = None  # kept for the next session only where that is the same
        self._up_until: float | None = None  # when something last came, epoch seconds
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._state = LinkState("connecting", f"Connecting to {broker.host}.", CLOCK.now())
        name = f"mqttwidgets-{next(self._threads)}-{printable(broker.host, 30)}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._client_id = _client_id_for(broker, number, suffix)

    # Called from any thread.

    def start(self) -> None:
        """Connect, unless that has begun. Subscribers come first, as a session may bring messages at once.

        To be called by one thread at a time.
        """
        if self._thread.ident is None:
            self._thread.start()

    @property
    def state(self) -> LinkState:
        """The link as it is now."""
        return self._state

    def state_of(self, subscriber: Subscriber) -> LinkState:
        """The link as it is now for one subscriber: it is live when its filter is subscribed."""
        with self._lock:
            state = self._state
            came_later = self._up_until is not None and subscriber.added_at > self._up_until
            if state.remark and (came_later or CLOCK.now() - state.since > _NEWS_S):
                state = state._replace(remark="")
            return self._table.state_of(subscriber, state)

    def add(self, *subscribers: Subscriber) -> None:
        """Subscribe for `subscribers`, now or as soon as the link is up.

        Where a subscribed filter covers its own, that one is subscribed once more: the broker replaces it and
        sends the retained messages again (MQTT 5, section 3.8.4), which the newcomer needs.
        """
        with self._lock:
            self._post(self._table.change((), subscribers))

    def remove(self, subscriber: Subscriber) -> None:
        """End the subscription of `subscriber`."""
        with self._lock:
            self._post(self._table.change((subscriber,), ()))

    @property
    def is_unused(self) -> bool:
        """Whether no subscriber is left, but for quiet ones."""
        with self._lock:
            return self._table.is_unused

    def make_way(self, coming: Sequence[TopicFilter]) -> list[Subscriber]:
        """Take off the quiet subscribers that overlap others, and return them."""
        with self._lock:
            leaving = self._table.in_the_way(coming)
            if leaving:
                self._post(self._table.change(leaving, ()))
            return leaving

    def serve(self, subscriber: Subscriber) -> bool:
        """Serve a subscriber by what is subscribed already; False, and nothing done, where that is impossible."""
        with self._lock:
            return self._table.serve(subscriber)

    def has_name_of(self, broker: Broker) -> bool:
        """Whether another connection to `broker` would have our client id, were it not for the number."""
        ours, its = ((each.host, each.port, each.client_id) for each in (self.broker, broker))
        return broker.client_id is not None and ours == its

    def brings(self, subscriber: Subscriber, *, is_kept: bool) -> bool:
        """Whether the broker sends what a subscriber wants, now or after an outage.

        Args:
            subscriber: the subscriber.
            is_kept: whether a persistent session keeps it, as it does with QoS 1 or 2.
        """
        with self._lock:
            status = self._table.state_of(subscriber, self._state).status
            is_coming = is_kept and self.broker.is_persistent and self._table.is_held(subscriber)
            return status == "live" or (is_coming and status != "refused")

    def swap(self, leaving: Sequence[Subscriber], coming: Sequence[Subscriber]) -> bool:
        """Replace subscribers and miss nothing that both want; False, and no change, where that cannot be."""
        with self._lock:
            if not self._table.can_swap(leaving, coming):
                return False
            was_live = all(subscriber.is_live for subscriber in leaving)
            for subscriber in coming:
                subscriber.is_live = was_live
            self._post(self._table.change(leaving, coming))
            return True

    def fits(self, wanted: TopicFilter) -> bool:
        """Whether a filter can be served here; see SubscriptionTable."""
        with self._lock:
            return self._table.fits(wanted)

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> bool:
        """Hand a message to the network thread; False, and nothing sent, while the link is down."""
        if not self._connected.is_set() or len(self._outbox) >= _OUTBOX_LIMIT:
            return False
        self._send(lambda session: session.client.publish(topic, payload, qos, retain))
        return True

    def retry_now(self) -> None:
        """End the wait before the next attempt, also the wait for the user after a refusal."""
        self._retry.set()
        with self._lock:
            self._post(self._table.ask_again())

    def close(self) -> None:
        """Say goodbye to the broker and end the network thread; returns at once."""
        self._closing.set()
        self._retry.set()
        self._wake()

    def _post(self, order: Order) -> None:
        if any(order) and self._connected.is_set():
            self._table.note_told(order)
            self._send(lambda session: session.tell(order))

    def _send(self, command: Callable[[Session], Any]) -> None:
        """Hand `command` to the network thread; without a link there is no need, as `on_connect` subscribes."""
        if self._connected.is_set():
            self._outbox.append(command)
            self._wake()

    def _wake(self) -> None:
        try:
            self._wake_writer.send(b"!")
        except OSError:
            return  # awake already, or the thread has ended

    # The network thread.

    def _run(self) -> None:
        try:
            self._keep_connected()
        finally:
            self._wake_reader.close()
            self._wake_writer.close()
            self.ended.set()

    def _keep_connected(self) -> None:
        for former in self._after:
            former.ended.wait(_LONGEST_END_S)
        self._after = ()
        outage_began, attempt, takeovers = time.monotonic(), 0, 0
        while not self._closing.is_set():
            if attempt == 0:
                self._set_state("connecting", f"Connecting to {self.broker.host}.")
            with SWITCH_INTERVAL:
                end, served = self._one_session()
            if self._closing.is_set():
                break
            takeovers = takeovers + 1 if end.is_takeover and self.broker.client_id else 0
            if served or takeovers:  # of which the third is the last
                outage_began, attempt = time.monotonic(), 0
            if takeovers >= _TAKEOVERS_BEFORE_STOP:
                end, takeovers = End(refusal_in_words(0x8E, "", self.broker), waits_for_user=True), 0
            attempt += 1
            self._retry.clear()
            if self._wait(end, retry_delay_s(time.monotonic() - outage_began, attempt, end.recurs)):
                outage_began, attempt = time.monotonic(), 0

    def _wait(self, end: End, delay_s: float) -> bool:
        """Wait before the next attempt; True where the computer slept meanwhile, which ends the wait."""
        if self._closing.is_set():
            return False
        if end.waits_for_user:
            self._set_state("refused", end.text)
            delay_s = math.inf
        else:
            self._set_state("offline", sentence(f"Offline: {end.text}"), next_try_at=CLOCK.now() + delay_s)
        deadline = time.monotonic() + delay_s
        while (left_s := deadline - time.monotonic()) > 0 and not self._retry.wait(min(left_s, _CHECK_INTERVAL_S)):
            self._check_subscribers()
            if self._has_slept() and not end.waits_for_user:
                return True
            if end.waits_for_user and file_stamps(self.broker) != self._file_stamps:
                self._retry.set()  # as somebody has replaced a file of TLS
        if self._retry.is_set():
            self._set_state("connecting", f"Connecting to {self.broker.host}.")
        return False

    def _has_slept(self) -> bool:
        """Whether the computer has slept since this was last asked."""
        former, self._leaps = self._leaps, CLOCK.leaps
        return self._leaps != former

    def _one_session(self) -> tuple[End, bool]:
        """Connect and serve the link until it is lost; how it ended, and whether it was of use before."""
        session = None
        self._file_stamps = file_stamps(self.broker)
        try:
            session = Session(self.broker, self._new_client(), self._link_is_up, self._answered, self._dispatch)
            session.connect()
            self._serve(session)
            end = session.end or End(f"{self.broker.host} closed the connection")
        except BaseException as error:  # this thread must not end and leave a link that calls itself live
            log.debug("the link to %s failed", self.broker.host, exc_info=True)
            end = End.by(failure_of(error, self.broker))
        finally:
            self._connected.clear()
            self._outbox.clear()
            self._give_up_quiet()
            if session is not None:
                session.hang_up(for_good=self._closing.is_set())
        if session is None or not session.lived_s:
            return end, False
        self._up_until = session.heard_at
        is_takeover = session.lived_s < _TAKEOVER_S and not end.recurs
        was_of_use = session.lived_s > _USEFUL_S or (session.was_of_use and not end.recurs)
        return end._replace(is_takeover=is_takeover), was_of_use

    def _give_up_quiet(self) -> None:
        """Take off the quiet subscribers that the broker has not answered, as these may have ended the session."""
        with self._lock:
            leaving = [] if self._closing.is_set() or self._state.status != "live" else self._table.unanswered()
            if leaving:
                self._table.change(leaving, ())
        for subscriber in leaving:
            if subscriber.give_up is not None:
                _tell(subscriber, subscriber.give_up)

    def _new_client(self) -> Client:
        """A client, which a persistent session keeps from its first connection to its last."""
        if self._client is None or not self.broker.is_persistent:
            self._client = Client(self.broker, self._client_id, lambda: not self._closing.is_set())
        return self._client

    def _serve(self, session: Session) -> None:
        with selectors.DefaultSelector() as selector:
            sock: Any = session.client.socket()
            selector.register(sock, selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            while session.is_open and not self._closing.is_set():
                self._turn(session, selector, sock)

    def _turn(self, session: Session, selector: selectors.BaseSelector, sock: Any) -> None:
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if session.wants_write else 0)
        if selector.get_key(sock).events != wanted:
            selector.modify(sock, wanted)
        has_more = session.has_more
        ready = _look(selector, 0 if has_more else _TICK_S)
        if has_more or ready.get(sock, 0) & selectors.EVENT_READ:
            self._read(session)
        if ready.get(sock, 0) & selectors.EVENT_WRITE:
            session.write()
        if self._wake_reader in ready:
            self._wake_reader.recv(4096)
        while self._outbox and session.is_open:
            self._outbox.popleft()(session)
        if self._has_slept():
            session.ask()
        session.keep_alive()
        self._check_subscribers()

    def _read(self, session: Session) -> None:
        """Read; where messages come in quick succession, let a few of them gather before the next look.

        To wake up takes longer than to read a message, and takes the time from the main thread.
        """
        now = time.monotonic()
        elapsed_s, self._read_at = now - self._read_at, now
        if session.read() * _GATHER_S > elapsed_s:
            time.sleep(_GATHER_S)

    def _set_state(self, status: Status, text: str, next_try_at: float | None = None, remark: str = "") -> None:
        with self._lock:
            since = self._state.since if status == self._state.status else CLOCK.now()
            self._state = LinkState(status, text, since, next_try_at, remark)
        self._note_losses()

    def _note_losses(self) -> None:
        """Tell the subscribers that were live and are no more."""
        with self._lock:
            lost = self._table.lost_subscribers(self._state)
        for subscriber in lost:
            _tell(subscriber, subscriber.lost)

    def _check_subscribers(self) -> None:
        if time.monotonic() < self._check_due:
            return
        self._check_due = time.monotonic() + _CHECK_INTERVAL_S
        with self._lock:
            subscribers = self._table.subscribers
        for subscriber in subscribers:
            _tell(subscriber, subscriber.check)

    def _link_is_up(self, session: Session, has_our_session: bool) -> None:
        with self._lock:
            order = self._table.begin_session(is_former=has_our_session)
            self._connected.set()
        session.tell(order)
        outage_s = None if self._up_until is None else CLOCK.now() - self._up_until
        remark = return_in_words(outage_s, self.broker, has_our_session=has_our_session)
        self._set_state("live", f"Connected to {self.broker.host}.", remark=remark)

    def _answered(self, answers: dict[TopicFilter, Answer]) -> None:
        """Note what the broker said to each filter."""
        with self._lock:
            self._table.take_answers(answers)
        self._note_losses()

    def _dispatch(self, messages: list[Message]) -> None:
        """Deliver to each subscriber what is for it, in the order in which it came."""
        parcels: dict[Subscriber, list[Message]] = {}
        with self._lock:
            subscribers_for = self._table.subscribers_for
            for message in messages:
                subscribers = subscribers_for(message.topic)
                if not subscribers:
                    self._table.note_stray(message.topic)
                for subscriber in subscribers:
                    parcel = parcels.get(subscriber)
                    if parcel is None:
                        parcel = parcels[subscriber] = []
                        subscriber.has_some = True
                    parcel.append(message)
        for subscriber, parcel in parcels.items():
            try:
                subscriber.deliver(*parcel)
            except BaseException:  # a decoder may even raise SystemExit, which ends this thread and tells nobody
                log.exception("messages on %s could not be taken", printable(subscriber.filter.text))


def _tell(subscriber: Subscriber, tell: Callable[[], object]) -> None:
    """Call back a subscriber. No error of its may end the network thread, as nobody would be told of that."""
    try:
        tell()
    except BaseException:
        log.exception("news of the link could not be told to %s", printable(subscriber.filter.text))


def _look(selector: selectors.BaseSelector, timeout_s: float) -> dict[Any, int]:
    """Files that are ready → their events; looked at anew where this thread or the whole process was held up.

    Its own silence must not be taken for the broker's.
    """
    began = time.monotonic()
    ready = selector.select(timeout_s)
    if time.monotonic() - began > timeout_s + _LATE_S:
        ready = selector.select(0)
    return {key.fileobj: events for key, events in ready}


def _client_id_for(broker: Broker, number: int, suffix: str) -> str:
    """The client id: the user's, else one of 22 characters, which every broker takes [MQTT-3.1.3-5].

    Further connections need another, as a client id connects only once [MQTT-3.1.4-3].
    """
    if not broker.client_id:
        return f"mqttwidgets-{secrets.token_hex(5)}"
    return f"{broker.client_id}{suffix}" + (f"-{number}" if number > 1 else "")

"""One MQTT client for one Broker, with a network thread of its own. The only file that imports paho.

The thread drives paho through its external-loop calls (`loop_read`, `loop_write`, `loop_misc`), so that
connecting, waiting, giving up and starting over are one sequence in `Connection._run`, and an exception in
a callback can never leave a dead thread behind a client that still calls itself connected.
"""

from __future__ import annotations

import itertools
import logging
import math
import secrets
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from .broker import Broker
from .carriers import Carriers, Order, Rider
from .message import LinkState, Message, Status
from .outage import WAITS_FOR_USER, reason_in_words, refusal_in_words, retry_delay_s
from .overlap import Overlaps
from .text import printable
from .topic import TopicFilter

log = logging.getLogger("mqttwidgets")

CONNECT_TIMEOUT_S = 5.0
"""Longest wait for TCP and TLS, and again for the CONNACK, which paho itself would await for ever."""

_TICK_S = 0.5
_CHECK_INTERVAL_S = 1.0
_OUTBOX_LIMIT = 10_000
_PROTOCOL_ERROR = 0x82
_SUBACK_TIMEOUT_S = 10.0
_USEFUL_S = 10.0  # a session this long, or one that subscribed, begins the waits between attempts anew
_TAKEOVER_S = 2.0
_TAKEOVERS_BEFORE_STOP = 3


class _End(NamedTuple):
    """How a session ended."""

    text: str
    waits_for_user: bool = False
    is_takeover: bool = False


class Connection:
    """A client that stays connected until it is closed.

    Threads: every public method may be called from any thread and returns at once; what they share with the
    network thread is guarded by one lock. Callbacks of riders run on the network thread.

    Args:
        broker: where to connect.
        number: tells the connections to one broker apart; from the second on it ends a client id of the user's.
    """

    _threads = itertools.count(1)

    def __init__(self, broker: Broker, number: int = 1) -> None:
        self.broker = broker
        self.number = number
        self._lock = threading.Lock()
        self._carriers = Carriers()
        self._outbox: deque[Callable[[_Session], Any]] = deque()
        self._closing = threading.Event()
        self._retry = threading.Event()
        self._check_due = 0.0
        self._connected = threading.Event()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._state = LinkState("connecting", f"Connecting to {broker.host}.", time.time())
        name = f"mqttwidgets-{next(self._threads)}-{printable(broker.host, 30)}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    # Called from any thread.

    @property
    def state(self) -> LinkState:
        """The link as it is now."""
        return self._state

    def state_of(self, rider: Rider) -> LinkState:
        """The link as it is now for one rider: it is live when its filter is subscribed."""
        with self._lock:
            return self._carriers.state_of(rider, self._state)

    def add(self, rider: Rider) -> None:
        """Subscribe for `rider`, now or as soon as the link is up.

        A filter that a subscribed one covers rides on that, which is then subscribed once more: the broker
        replaces it and sends the retained messages again (MQTT 5, section 3.8.4), which the newcomer needs.
        """
        with self._lock:
            self._post(self._carriers.change((), (rider,)))

    def remove(self, rider: Rider) -> bool:
        """End the subscription of `rider`; True when no rider is left."""
        with self._lock:
            self._post(self._carriers.change((rider,), ()))
            return not self._carriers.riders

    def swap(self, leaving: Sequence[Rider], coming: Sequence[Rider]) -> bool:
        """Put riders in the place of others and miss nothing that both want; False, and no change, if it fails."""
        with self._lock:
            if not self._carriers.can_swap(leaving, coming):
                return False
            was_live = all(rider.is_live for rider in leaving)
            for rider in coming:
                rider.is_live = was_live
            self._post(self._carriers.change(leaving, coming))
            return True

    def fits(self, wanted: TopicFilter) -> bool:
        """Whether `wanted` may ride here; see Carriers."""
        with self._lock:
            return self._carriers.fits(wanted)

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> bool:
        """Hand a message to the network thread; False, and nothing sent, while the link is down."""
        if not self._connected.is_set() or len(self._outbox) >= _OUTBOX_LIMIT:
            return False
        self._send(lambda session: session.client.publish(topic, payload, qos, retain))
        return True

    def wait_until_connected(self, timeout_s: float) -> bool:
        """Wait for the link; for scripts, never on a kernel's event loop."""
        return self._connected.wait(timeout_s)

    def retry_now(self) -> None:
        """End the wait before the next attempt, also the wait for the user after a refusal."""
        self._retry.set()
        with self._lock:
            self._post(self._carriers.ask_again())

    def close(self) -> None:
        """Say goodbye to the broker and end the network thread; returns at once."""
        self._closing.set()
        self._retry.set()
        self._wake()

    def _post(self, order: Order) -> None:
        if any(order):
            self._send(lambda session: session.tell(order))

    def _send(self, command: Callable[[_Session], Any]) -> None:
        """Have the network thread do `command`; without a link there is no need, `on_connect` subscribes."""
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
        outage_began, attempt, takeovers = time.monotonic(), 0, 0
        while not self._closing.is_set():
            if attempt == 0:
                self._set_state("connecting", f"Connecting to {self.broker.host}.")
            end, served = self._one_session()
            if self._closing.is_set():
                break
            if served:
                outage_began, attempt = time.monotonic(), 0
            takeovers = takeovers + 1 if end.is_takeover and self.broker.client_id else 0
            if takeovers >= _TAKEOVERS_BEFORE_STOP:
                end, takeovers = _End(refusal_in_words(0x8E, "", self.broker), waits_for_user=True), 0
            attempt += 1
            self._retry.clear()
            self._wait(end, retry_delay_s(time.monotonic() - outage_began, attempt))
        self._wake_reader.close()
        self._wake_writer.close()

    def _wait(self, end: _End, delay_s: float) -> None:
        if self._closing.is_set():
            return
        if end.waits_for_user:
            self._set_state("refused", end.text)
            delay_s = math.inf
        else:
            self._set_state("offline", f"Offline: {end.text}.", next_try_at=time.time() + delay_s)
        deadline = time.monotonic() + delay_s
        while (left_s := deadline - time.monotonic()) > 0 and not self._retry.wait(min(left_s, _CHECK_INTERVAL_S)):
            self._check_riders()

    def _one_session(self) -> tuple[_End, bool]:
        """Connect and serve the link until it is lost; how it ended, and whether it was of use before."""
        session = None
        try:
            session = _Session(self.broker, self._client_id, self._link_is_up, self._answered, self._dispatch)
            session.connect()
            self._serve(session)
            end = session.end or _End(f"{self.broker.host} closed the connection")
        except Exception as error:
            log.debug("the link to %s failed", self.broker.host, exc_info=True)
            end = _End(reason_in_words(error, self.broker))
        finally:
            self._connected.clear()
            self._outbox.clear()
            if session is not None:
                session.hang_up()
        lived_s = 0.0 if session is None else session.lived_s
        is_takeover = 0 < lived_s < _TAKEOVER_S
        return end._replace(is_takeover=is_takeover), lived_s > _USEFUL_S or bool(
            lived_s and self._carriers.has_grants
        )

    @property
    def _client_id(self) -> str | None:
        """The user's; further connections need another, as a client id connects only once [MQTT-3.1.4-3]."""
        if not self.broker.client_id or self.number == 1:
            return self.broker.client_id
        return f"{self.broker.client_id}-{self.number}"

    def _serve(self, session: _Session) -> None:
        with selectors.DefaultSelector() as selector:
            sock: Any = session.client.socket()
            selector.register(sock, selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            while session.is_open and not self._closing.is_set():
                self._turn(session, selector, sock)

    def _turn(self, session: _Session, selector: selectors.BaseSelector, sock: Any) -> None:
        client = session.client
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.want_write() else 0)
        if selector.get_key(sock).events != wanted:
            selector.modify(sock, wanted)
        buffered = hasattr(sock, "pending") and sock.pending() > 0  # TLS may hold more than one packet
        ready = {key.fileobj: events for key, events in selector.select(0 if buffered else _TICK_S)}
        if buffered or ready.get(sock, 0) & selectors.EVENT_READ:
            session.check(client.loop_read())
        if ready.get(sock, 0) & selectors.EVENT_WRITE:
            session.check(client.loop_write())
        if self._wake_reader in ready:
            self._wake_reader.recv(4096)
        while self._outbox and session.is_open:
            self._outbox.popleft()(session)
        session.check(client.loop_misc())
        session.check_patience()
        self._check_riders()

    def _set_state(self, status: Status, text: str, next_try_at: float | None = None) -> None:
        with self._lock:
            since = self._state.since if status == self._state.status else time.time()
            self._state = LinkState(status, text, since, next_try_at)
        self._note_losses()

    def _note_losses(self) -> None:
        """Tell the riders that were live and are no more."""
        with self._lock:
            lost = self._carriers.lost_riders(self._state)
        for rider in lost:
            rider.lost()

    def _check_riders(self) -> None:
        if time.monotonic() < self._check_due:
            return
        self._check_due = time.monotonic() + _CHECK_INTERVAL_S
        with self._lock:
            riders = self._carriers.riders
        for rider in riders:
            rider.check()

    def _link_is_up(self, session: _Session) -> None:
        with self._lock:
            wanted = self._carriers.begin_session()
            self._connected.set()
        session.tell(Order(wanted))
        self._set_state("live", f"Connected to {self.broker.host}.")

    def _answered(self, answers: dict[TopicFilter, str | None]) -> None:
        """Note what the broker said to each filter: None for granted, else why not."""
        with self._lock:
            self._carriers.take_answers(answers)
        self._note_losses()

    def _dispatch(self, message: Message) -> None:
        with self._lock:
            riders = self._carriers.riders_for(message.topic)
        for rider in riders:
            try:
                rider.deliver(message)
            except Exception:
                log.exception("a message on %s could not be taken", printable(message.topic))


class _Session:
    """One paho client from connecting to hanging up. Everything here runs on the network thread.

    Args:
        broker: where to connect.
        client_id: the user's; None for one made up.
        on_up: called when the broker admits us.
        on_answer: called with the broker's answer to a subscription, None for granted or why not.
        on_message: called with each message.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str | None,
        on_up: Callable[[_Session], None],
        on_answer: Callable[[dict[TopicFilter, str | None]], None],
        on_message: Callable[[Message], None],
    ) -> None:
        self._broker = broker
        self._on_up, self._on_answer, self._deliver = on_up, on_answer, on_message
        self._asked: dict[int, list[TopicFilter]] = {}
        self._overlaps = Overlaps()
        self._connack_due = self._suback_due = math.inf
        self.up_since: float | None = None
        self.end: _End | None = None
        self.client = _new_client(broker, client_id)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_unsubscribe = self._on_unsubscribe
        self.client.on_message = self._on_message

    @property
    def is_open(self) -> bool:
        return self.end is None and self.client.socket() is not None

    @property
    def lived_s(self) -> float:
        """Seconds since the broker admitted us; 0 when it never did."""
        return 0.0 if self.up_since is None else time.monotonic() - self.up_since

    def connect(self) -> None:
        if self._broker.uses_tls:
            self.client.tls_set_context(_tls_context(self._broker))
        self.client.connect(self._broker.host, self._broker.port or 0, self._broker.keepalive_s)
        self._connack_due = time.monotonic() + CONNECT_TIMEOUT_S

    def tell(self, order: Order) -> None:
        """Subscribe, then unsubscribe."""
        subscribe_id = self._subscribe(order.subscribe) if order.subscribe else None
        if order.unsubscribe:
            result, unsubscribe_id = self.client.unsubscribe([carrier.text for carrier in order.unsubscribe])
            self.check(result)
            if subscribe_id is not None and unsubscribe_id is not None:
                self._overlaps.expect(subscribe_id, order.unsubscribe, unsubscribe_id)

    def _subscribe(self, wanted: dict[TopicFilter, int]) -> int | None:
        result, mid = self.client.subscribe([(carrier.text, qos) for carrier, qos in wanted.items()])
        self.check(result)
        if mid is not None:
            self._asked[mid] = list(wanted)
            self._suback_due = time.monotonic() + _SUBACK_TIMEOUT_S
        return mid

    def check(self, result: MQTTErrorCode) -> None:
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS and self.end is None:
            self.end = _End(f"the connection to {self._broker.host} was lost")

    def check_patience(self) -> None:
        self._overlaps.forget_old()
        if self.up_since is None and self.end is None and time.monotonic() > self._connack_due:
            self.end = _End(self._no_mqtt())
        elif self._asked and self.end is None and time.monotonic() > self._suback_due:
            self.end = _End(f"{self._broker.host} does not answer the subscription")

    def _no_mqtt(self) -> str:
        return f"{self._broker.host}:{self._broker.port} answers, but not with MQTT {self._broker.protocol}"

    def hang_up(self) -> None:
        """Send DISCONNECT where that is still possible, and close the socket."""
        self.client.on_disconnect = None
        try:
            self.client.disconnect()
            self.client.loop_write()
            sock = self.client.socket()
            if sock is not None:
                sock.close()
        except Exception:
            log.debug("%s could not be told goodbye", self._broker.host, exc_info=True)

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            text = refusal_in_words(reason.value, reason.getName(), self._broker)
            self.end = _End(text, waits_for_user=reason.value in WAITS_FOR_USER)
            return
        self.up_since = time.monotonic()
        self._on_up(self)

    def _on_disconnect(
        self, _client: Any, _userdata: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        if self.end is None and reason.value in WAITS_FOR_USER:
            self.end = _End(refusal_in_words(reason.value, reason.getName(), self._broker), waits_for_user=True)
        elif self.end is None and self.up_since is None and reason.value == _PROTOCOL_ERROR:
            self.end = _End(self._no_mqtt())
        elif self.end is None:
            self.end = _End(f"the connection to {self._broker.host} was lost")

    def _on_subscribe(
        self, _client: Any, _userdata: Any, mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        answers: dict[TopicFilter, str | None] = {}
        for asked, reason in zip(self._asked.pop(mid, []), reasons, strict=False):
            refusal = f"{self._broker.host} refused the subscription to {printable(asked.text)}"
            answers[asked] = f"{refusal}: {reason.getName().lower()}." if reason.is_failure else None
        self._overlaps.begin(mid, [asked for asked, refusal in answers.items() if refusal is None])
        self._on_answer(answers)

    def _on_unsubscribe(self, _client: Any, _userdata: Any, mid: int, _reasons: Any, _properties: Any) -> None:
        self._overlaps.end(mid)

    def _on_message(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        received_at = time.time()
        try:
            topic = message.topic
        except UnicodeDecodeError:
            log.warning("%s sent a topic that is not UTF-8 [MQTT-1.5.4-1]; left out", self._broker.host)
            return
        payload = bytes(message.payload)
        if message.retain or not self._overlaps.is_copy(topic, payload, message.timestamp):
            self._deliver(Message(topic, payload, message.qos, message.retain, received_at))


def _new_client(broker: Broker, client_id: str | None) -> paho.Client:
    version = paho.MQTTv5 if broker.protocol == "5" else paho.MQTTv311
    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id or f"mqttwidgets-{secrets.token_hex(5)}",
        protocol=version,
        transport="websockets" if broker.uses_websocket else "tcp",
        reconnect_on_failure=False,
        clean_session=None if version == paho.MQTTv5 else True,
    )
    client.connect_timeout = CONNECT_TIMEOUT_S
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.uses_websocket:
        client.ws_set_options(path=broker.path)
    return client


class _TlsSocket(ssl.SSLSocket):
    """Ends a handshake that fails or takes too long; paho would wait for a keepalive and leave the socket open."""

    def do_handshake(self, block: bool = False) -> None:
        self.settimeout(CONNECT_TIMEOUT_S)
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def _tls_context(broker: Broker) -> ssl.SSLContext:
    """A context that verifies, made anew for each connection so that renewed files are read."""
    context = ssl.create_default_context(cafile=broker.ca_file)
    context.sslsocket_class = _TlsSocket
    if broker.client_certificate is not None:
        context.load_cert_chain(broker.client_certificate, broker.client_key)
    return context

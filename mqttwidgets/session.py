"""One client of paho's from connecting to hanging up. The only file that imports paho."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from .broker import Broker
from .carriers import Order
from .log import log
from .message import Message
from .outage import WAITS_FOR_USER, refusal_in_words
from .overlap import Overlaps
from .publishes import PublishReader
from .read_ahead import ReadAhead, ReadAheadContext
from .text import printable
from .tls import tls_context
from .topic import TopicFilter

CONNECT_TIMEOUT_S = 5.0
"""Longest wait for TCP and TLS, and again for the CONNACK, which paho itself would await for ever."""

_PROTOCOL_ERROR = 0x82
_SUBACK_TIMEOUT_S = 10.0
_PAHO_READS_EVERY_S = 1.0


class End(NamedTuple):
    """How a session ended."""

    text: str
    waits_for_user: bool = False
    is_takeover: bool = False


class Session:
    """One paho client from connecting to hanging up. Everything here runs on the network thread.

    Args:
        broker: where to connect.
        client_id: the user's; None for one made up.
        on_up: called when the broker admits us.
        on_answer: called with the broker's answer to a subscription, None for granted or why not.
        on_messages: called with the messages that one reading brought.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str | None,
        on_up: Callable[[Session], None],
        on_answer: Callable[[dict[TopicFilter, str | None]], None],
        on_messages: Callable[[list[Message]], None],
    ) -> None:
        self._broker = broker
        self._on_up, self._on_answer, self._on_messages = on_up, on_answer, on_messages
        self._arrived: list[Message] = []
        self._paho_reads_at = 0.0
        self._asked: dict[int, list[TopicFilter]] = {}
        self._overlaps = Overlaps()
        self._connack_due = self._suback_due = math.inf
        self.up_since: float | None = None
        self.end: End | None = None
        self.client = _new_client(broker, client_id)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_unsubscribe = self._on_unsubscribe
        self.client.on_message = self._on_message

    @property
    def is_open(self) -> bool:
        """Whether the link is up, or on its way there."""
        return self.end is None and self.client.socket() is not None

    @property
    def lived_s(self) -> float:
        """Seconds since the broker admitted us; 0 when it never did."""
        return 0.0 if self.up_since is None else time.monotonic() - self.up_since

    def connect(self) -> None:
        """Connect, and send the CONNECT packet.

        Raises:
            Exception: whatever stands in the way; `reason_in_words` knows how to say it.
        """
        tls = tls_context(self._broker) if self._broker.uses_tls else None
        if not self._broker.uses_websocket:
            reader = PublishReader(has_properties=self._broker.protocol == "5")
            context: Any = ReadAheadContext(tls, reader)
            self.client.tls_set_context(context)
        elif tls is not None:
            self.client.tls_set_context(tls)
        self.client.connect(self._broker.host, self._broker.port or 0, self._broker.keepalive_s)
        self._connack_due = time.monotonic() + CONNECT_TIMEOUT_S

    def read(self) -> int:
        """Read what has come, a quarter of a megabyte at most, so that there is time to write, too.

        Once a second a message takes paho's own way, which notes when it last heard of the broker.

        Returns:
            How many messages came, where that is all that waited; else 0.
        """
        link: Any = self.client.socket()
        came = 0
        try:
            if isinstance(link, ReadAhead):
                self._read_ahead(link)
                came = 0 if link.was_filled else len(self._arrived)
            else:
                self.check(self.client.loop_read())
        finally:
            self._deliver()
        return came

    def _read_ahead(self, link: ReadAhead) -> None:
        link.hold()
        link.fill()
        while self.is_open:
            if time.monotonic() >= self._paho_reads_at:
                self._paho_reads_at = time.monotonic() + _PAHO_READS_EVERY_S
            else:
                self._arrived += self._overlaps.without_copies(link.take_messages())
            if not link.open_next():
                break
            self.check(self.client.loop_read())
        link.send_held()

    def write(self) -> None:
        """Write what could not be written before."""
        link: Any = self.client.socket()
        if isinstance(link, ReadAhead):
            link.send_held()
        self.check(self.client.loop_write())

    @property
    def wants_write(self) -> bool:
        """Whether something could not be written yet."""
        link: Any = self.client.socket()
        return self.client.want_write() or (isinstance(link, ReadAhead) and link.wants_write)

    @property
    def has_more(self) -> bool:
        """Whether there is something to read that a selector does not see: TLS may hold more than one packet."""
        link: Any = self.client.socket()
        return hasattr(link, "pending") and link.pending() > 0

    def _deliver(self) -> None:
        arrived, self._arrived = self._arrived, []
        if arrived:
            self._on_messages(arrived)

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
        """Note what paho said; other than success is the end."""
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS and self.end is None:
            self.end = End(f"the connection to {self._broker.host} was lost")

    def keep_alive(self) -> None:
        """Do what is due: pings, and giving up on answers that do not come."""
        self.check(self.client.loop_misc())
        self._overlaps.forget_old()
        if self.up_since is None and self.end is None and time.monotonic() > self._connack_due:
            self.end = End(self._no_mqtt())
        elif self._asked and self.end is None and time.monotonic() > self._suback_due:
            self.end = End(f"{self._broker.host} does not answer the subscription")

    def _no_mqtt(self) -> str:
        return f"{self._broker.host}:{self._broker.port} answers, but not with MQTT {self._broker.protocol}"

    def hang_up(self) -> None:
        """Send DISCONNECT where that is still possible, and close the socket."""
        self.client.on_disconnect = None
        try:
            self.client.disconnect()
            self.write()
            sock = self.client.socket()
            if sock is not None:
                sock.close()
        except Exception:
            log.debug("%s could not be told goodbye", self._broker.host, exc_info=True)

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            text = refusal_in_words(reason.value, reason.getName(), self._broker)
            self.end = End(text, waits_for_user=reason.value in WAITS_FOR_USER)
            return
        self.up_since = time.monotonic()
        self._on_up(self)

    def _on_disconnect(
        self, _client: Any, _userdata: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        if self.end is None and reason.value in WAITS_FOR_USER:
            self.end = End(refusal_in_words(reason.value, reason.getName(), self._broker), waits_for_user=True)
        elif self.end is None and self.up_since is None and reason.value == _PROTOCOL_ERROR:
            self.end = End(self._no_mqtt())
        elif self.end is None:
            self.end = End(f"the connection to {self._broker.host} was lost")

    def _on_subscribe(
        self, _client: Any, _userdata: Any, mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        answers: dict[TopicFilter, str | None] = {}
        for asked, reason in zip(self._asked.pop(mid, []), reasons, strict=False):
            refusal = f"{self._broker.host} refused the subscription to {printable(asked.text)}"
            answers[asked] = f"{refusal}: {reason.getName().lower()}." if reason.is_failure else None
        self._deliver()  # as a refusal leaves a gap behind them
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
        arrived = Message(topic, bytes(message.payload), message.qos, message.retain, received_at)
        self._arrived += self._overlaps.without_copies([arrived], message.timestamp)


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

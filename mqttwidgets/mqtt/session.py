"""One network connection of a client, from connecting to hanging up."""

from __future__ import annotations

import contextlib
import math
import selectors
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from ..base.clock import CLOCK
from ..base.log import log
from ..base.model import Message
from ..base.text import printable
from .broker import Broker
from .client import CONNECT_TIMEOUT_S, Client
from .duplicates import DuplicateFilter
from .failures import (
    DISCONNECTS_FOR_USER,
    REASON_NAMES,
    WAITS_FOR_USER,
    Failure,
    failure_of,
    goodbye_in_words,
    refusal_in_words,
    violation_in_words,
)
from .incoming import SaidGoodbyeError
from .packet_format import Kind, NoMqttError, ProtocolViolationError
from .read_ahead import PINGREQ, ReadAhead, ReadsNothingError
from .subscription_table import Answer, Order
from .topic import TopicFilter
from .websocket_frames import ViolationError

_UNSUPPORTED_VERSION, _KEEP_ALIVE_TIMEOUT = 0x84, 0x8D
_SUBACK_TIMEOUT_S = 10.0

AWAKE_TIMEOUT_S = 10.0
"""The longest that an answer may take where the computer has slept: by then, a wireless network is back."""


class End(NamedTuple):
    """The end of a session.

    Attributes:
        text: why it ended, in words.
        waits_for_user: whether trying again does not help.
        is_takeover: whether another client may have taken our client id.
        recurs: whether the broker wanted or caused it, which the next second does not change.
        code: what to tell the broker as a reason code of MQTT 5.
    """

    text: str
    waits_for_user: bool = False
    is_takeover: bool = False
    recurs: bool = False
    code: int = 0

    @classmethod
    def by(cls, failure: Failure) -> End:
        """The end that a failure leads to."""
        return cls(failure.text if failure.waits_for_user else failure.reason, failure.waits_for_user)


class Session:
    """One network connection, from connecting to hanging up. Everything here runs on the network thread.

    Args:
        broker: where to connect.
        client: what connects.
        on_up: called when the broker admits us, with whether it has our session still.
        on_answer: called with the broker's answers to a subscription.
        on_messages: called with the messages that one reading brought.
    """

    def __init__(
        self,
        broker: Broker,
        client: Client,
        on_up: Callable[[Session, bool], None],
        on_answer: Callable[[dict[TopicFilter, Answer]], None],
        on_messages: Callable[[list[Message]], None],
    ) -> None:
        self._broker = broker
        self._on_up, self._on_answer, self._on_messages = on_up, on_answer, on_messages
        self._arrived: list[Message] = []
        self._asked: dict[int, list[TopicFilter]] = {}
        self._overlaps = DuplicateFilter()
        self._connack_due = self._suback_due = self._answer_due = math.inf
        self.up_since: float | None = None
        self.heard_at = CLOCK.now()
        """Epoch seconds at which something last came."""
        self.end: End | None = None
        self._link: ReadAhead | None = None  # as paho forgets its socket before it says that the link is over
        self.was_of_use = False
        """Whether it brought a message other than retained ones."""
        self._client = client
        self.client = client.paho
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_unsubscribe = self._on_unsubscribe

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
            Exception: whatever stands in the way; `failure_of` knows how to say it.
        """
        self._client.connect()
        link: Any = self.client.socket()
        self._link = link
        self._connack_due = time.monotonic() + CONNECT_TIMEOUT_S

    def read(self) -> int:
        """Read what has come, a quarter of a megabyte at most, so that there is time to write, too.

        Returns:
            How many messages came, where that is all that waited; else 0.
        """
        link: Any = self.client.socket()
        came = 0
        try:
            if isinstance(link, ReadAhead):
                self._read_ahead(link)
                came = 0 if link.was_filled else len(self._arrived)
        finally:
            self._deliver()
        return came

    def _read_ahead(self, link: ReadAhead) -> None:
        link.hold()
        link.fill()
        self._note_heard(link.has_news)
        try:
            while self.is_open and self._client.is_wanted():  # as one reading may hold 100,000 packets for paho
                self._take_messages(link)
                if not link.open_next():
                    break
                self.check(self.client.loop_read())
        except ProtocolViolationError as violation:
            self._break_off(violation)
        except SaidGoodbyeError as goodbye:
            self.end = self._goodbye(goodbye)
        except ReadsNothingError:
            self.end = End(f"{self._broker.host} does not read what it is sent", recurs=True)
        if self.is_open and self.client.want_write():  # together with the acknowledgements
            self.check(self.client.loop_write())
        link.send_held()

    def _take_messages(self, link: ReadAhead) -> None:
        messages: list[Message] = []
        try:
            link.take_messages(messages)
        finally:
            self._arrived += self._overlaps.without_copies(messages)

    def _break_off(self, violation: ProtocolViolationError) -> None:
        if isinstance(violation, NoMqttError):
            self.end = End(self._no_mqtt(), recurs=True)
        else:
            self.end = End(violation_in_words(violation.rule), recurs=True, code=violation.code)

    def _goodbye(self, said: SaidGoodbyeError) -> End:
        code, reason, reference = said.packet
        if code == _UNSUPPORTED_VERSION and self._broker.protocol == "3.1.1":
            return End(self._no_mqtt(), recurs=True)
        if said.was_admitted:
            text = goodbye_in_words(code, reason, reference, self._broker)
            return End(text, waits_for_user=code in DISCONNECTS_FOR_USER, recurs=True)
        text = refusal_in_words(code, REASON_NAMES[code], self._broker, reason)
        return End(text, waits_for_user=code in WAITS_FOR_USER, recurs=True)

    def _note_heard(self, has_news: bool) -> None:
        if has_news:
            self.heard_at = CLOCK.now()
            self._answer_due = math.inf

    def ask(self) -> None:
        """Ask the broker whether it is still there, and wait for the answer for seconds only, not for a keepalive.

        For a computer that has slept, as paho's clock may have stood still: to it the link was not silent.
        """
        link: Any = self.client.socket()
        if self.up_since is None or link is None or self.client.want_write():
            return
        with contextlib.suppress(OSError):  # reading tells that, too
            link.send(PINGREQ)
            self._answer_due = time.monotonic() + min(AWAKE_TIMEOUT_S, self._broker.keepalive_s)

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
            self.was_of_use = self.was_of_use or not all(message.retain for message in arrived)
            self._on_messages(arrived)

    def tell(self, order: Order) -> None:
        """Subscribe, then unsubscribe."""
        subscribe_id = self._subscribe(order.subscribe) if order.subscribe else None
        if order.unsubscribe:
            result, unsubscribe_id = self.client.unsubscribe([each.text for each in order.unsubscribe])
            self.check(result)
            if unsubscribe_id is not None:
                self._client.expect(Kind.UNSUBACK, unsubscribe_id, len(order.unsubscribe))
            if subscribe_id is not None and unsubscribe_id is not None:
                self._overlaps.expect(subscribe_id, order.unsubscribe, unsubscribe_id)

    def _subscribe(self, wanted: dict[TopicFilter, int]) -> int | None:
        result, mid = self.client.subscribe([(each.text, qos) for each, qos in wanted.items()])
        self.check(result)
        if mid is not None:
            self._asked[mid] = list(wanted)
            self._client.expect(Kind.SUBACK, mid, len(wanted))
            self._suback_due = time.monotonic() + _SUBACK_TIMEOUT_S
        return mid

    def check(self, result: MQTTErrorCode) -> None:
        """Note what paho said; anything but success is the end."""
        if result != MQTTErrorCode.MQTT_ERR_SUCCESS and self.end is None:
            self.end = self._loss()

    def _loss(self) -> End:
        """The end of a connection that went away, with what TLS or a WebSocket said then."""
        if self._link is not None and self._link.fault is not None:
            recurs = isinstance(self._link.fault, ViolationError)
            return End.by(failure_of(self._link.fault, self._broker))._replace(recurs=recurs)
        if self.up_since is None:
            return End(self._closed_early())
        return End(f"the connection to {self._broker.host} was lost")

    def keep_alive(self) -> None:
        """Do what is due: pings, and giving up on answers that do not come."""
        if self.up_since is not None:  # before, paho would count the time that it took to connect as silence
            self.check(self.client.loop_misc())
        self._overlaps.forget_old()
        if self.up_since is None and self.end is None and time.monotonic() > self._connack_due:
            self.end = End(self._no_mqtt())
        elif self.end is None and time.monotonic() > self._answer_due:
            self.end = End(self._no_answer())
        elif self._asked and self.end is None and time.monotonic() > self._suback_due:
            self.end = End(f"{self._broker.host} does not answer the subscription")

    def _no_answer(self) -> str:
        return f"no answer from {self._broker.host} any more"

    def _closed_early(self) -> str:
        where = f"{self._broker.host}:{self._broker.port} closed the connection without an answer"
        is_plain = not (self._broker.uses_tls or self._broker.uses_websocket)
        return f"{where}: is that a port for {self._broker.scheme}://?" if is_plain else where

    def _no_mqtt(self) -> str:
        return f"{self._broker.host}:{self._broker.port} answers, but not with MQTT {self._broker.protocol}"

    def hang_up(self, *, for_good: bool) -> None:
        """Send DISCONNECT where that can be, and close the socket; `for_good` ends a persistent session."""
        was_up = self.end is None and self.lived_s > 0
        self.client.on_disconnect = None
        link: Any = self.client.socket()
        if isinstance(link, ReadAhead):
            link.closes_gently = self.end is None or self.end.code > 0
        try:
            self._client.disconnect(for_good=for_good, code=0 if self.end is None else self.end.code)
            self.write()
            if link is not None:
                link.close()
            if for_good and was_up and self._broker.is_persistent and self._broker.protocol == "3.1.1":
                self._forget_session()
        except Exception:
            log.debug("%s could not be told goodbye", self._broker.host, exc_info=True)

    def _forget_session(self) -> None:
        """Make the broker forget our session; MQTT 3.1.1 does that by connecting with a clean one (3.1.2.4)."""
        clean = replace(self._broker, session="clean")
        client = Client(clean, self._client.client_id)
        session = Session(clean, client, lambda *_: None, lambda _: None, lambda _: None)
        try:
            session.connect()
            with selectors.DefaultSelector() as selector:
                link: Any = session.client.socket()
                selector.register(link, selectors.EVENT_READ)
                while session.is_open and not session.lived_s:
                    selector.select(CONNECT_TIMEOUT_S)
                    session.read()
                    session.keep_alive()
        finally:
            session.hang_up(for_good=True)

    def _on_connect(self, _client: Any, _userdata: Any, flags: Any, _reason: Any, _properties: Any) -> None:
        self.up_since = time.monotonic()
        if not flags.session_present:
            self._client.redeliveries.forget()
        self._on_up(self, flags.session_present)

    def _on_disconnect(
        self, _client: Any, _userdata: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        if self.end is None:
            is_silent = reason.value == _KEEP_ALIVE_TIMEOUT
            self.end = End(self._no_answer()) if is_silent else self._loss()

    def _on_subscribe(
        self, _client: Any, _userdata: Any, mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        answers = {
            asked: self._answer(asked, reason)
            for asked, reason in zip(self._asked.pop(mid, []), reasons, strict=False)
        }
        self._deliver()  # as a refusal leaves a gap behind them
        self._overlaps.begin(mid, [asked for asked, answer in answers.items() if not answer.refusal])
        self._on_answer(answers)

    def _answer(self, asked: TopicFilter, reason: ReasonCode) -> Answer:
        if not reason.is_failure:
            return Answer(qos=reason.value)
        refusal = f"{self._broker.host} refused the subscription to {printable(asked.text)}"
        return Answer(refusal=f"{refusal}: {reason.getName().lower()}.")

    def _on_unsubscribe(self, _client: Any, _userdata: Any, mid: int, _reasons: Any, _properties: Any) -> None:
        self._overlaps.end(mid)

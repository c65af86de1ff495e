"""The packets of one connection in their order: what each asks for, and whether it may come now."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..base.clock import CLOCK
from ..base.log import log
from ..base.model import Message
from .broker import Broker
from .duplicates import MOST_IN_FLIGHT, RECEIVE_MAXIMUM, Redeliveries
from .packet_format import (
    MALFORMED,
    RECEIVE_MAXIMUM_EXCEEDED,
    Kind,
    MalformedLengthError,
    NoMqttError,
    ProtocolViolationError,
    head_bytes,
    is_overlong,
    packet_bytes,
)
from .packet_rules import Disconnect, PacketRules

PINGRESP = b"\xd0\x00"  # MQTT 3.1.1 and 5, section 3.13
_PACKET_IDENTIFIER_NOT_FOUND = 0x92


class SaidGoodbyeError(Exception):
    """A broker refused the connection, or ended it with a DISCONNECT.

    Args:
        packet: what it said, with its code in MQTT 5's numbering.
        was_admitted: whether it had admitted us.
    """

    def __init__(self, packet: Disconnect, *, was_admitted: bool) -> None:
        super().__init__(packet)
        self.packet = packet
        self.was_admitted = was_admitted


class Taken(NamedTuple):
    """The consequences of a packet.

    Attributes:
        answer: bytes to send.
        for_client: the packet for the full client, without properties that this does not use; or nothing.
    """

    answer: bytes = b""
    for_client: bytes = b""


class Incoming:
    """Takes the packets of one connection other than plain messages. For one thread.

    Messages of QoS 1 and 2 are acknowledged here. An answer to a question of the client goes to the client. One
    that nobody asked for ends the connection, except a PUBACK, PUBREC, PUBREL or PUBCOMP for an unknown
    packet identifier, which is no error after an outage (MQTT 5, section 3.5.2.1) and does no harm.

    Args:
        broker: who sends.
        redeliveries: of the session.
        may_have_session: whether the broker may have a session of ours.

    Attributes:
        is_admitted: whether the broker has admitted us.
    """

    def __init__(self, broker: Broker, redeliveries: Redeliveries, *, may_have_session: bool = False) -> None:
        self._broker = broker
        self._is_mqtt_5 = broker.protocol == "5"
        self._rules = PacketRules(is_mqtt_5=self._is_mqtt_5)
        self._redeliveries = redeliveries
        self._may_have_session = may_have_session
        self.is_admitted = False
        self._asked: dict[int, tuple[Kind, int]] = {}
        self._in_flight: set[int] = set()  # of QoS 2, on this connection: each begins anew (MQTT 5, section 4.9)
        self._takers: dict[Kind, Callable[[int, bytes, list[Message]], Taken]] = {
            Kind.CONNACK: self._take_connack,
            Kind.PUBLISH: self._take_publish,
            Kind.PUBREL: self._take_pubrel,
            Kind.SUBACK: self._take_codes,
            Kind.UNSUBACK: self._take_codes,
            Kind.PINGRESP: lambda *_: Taken(for_client=PINGRESP),
            Kind.DISCONNECT: self._take_disconnect,
            Kind.AUTH: self._take_auth,
        }

    def expect(self, kind: Kind, packet_id: int, count: int) -> None:
        """Note that a SUBSCRIBE or UNSUBSCRIBE of `count` filters was sent, which a packet of `kind` answers."""
        self._asked[packet_id] = kind, count

    def length_at(self, data: bytes, at: int) -> int | None:
        """The length of the packet that begins at `at`, fixed header included; None where that is not all there.

        Raises:
            ProtocolViolationError: where its fixed header says already that it cannot be.
        """
        if at >= len(data):
            return None
        try:
            kind = self._rules.check_head(data[at])
            length = self._length(data, at)
            if length is not None:
                self._rules.check_length(kind, length - head_bytes(data, at), length)
        except ProtocolViolationError as error:
            raise self._judged(error, data[at]) from None
        return length

    def _length(self, data: bytes, at: int) -> int | None:
        section = "2.1.4" if self._is_mqtt_5 else "2.2.3"
        try:
            length = packet_bytes(data, at)
        except MalformedLengthError:
            rule = f"a remaining length of more than four bytes (section {section})"
            raise ProtocolViolationError(rule, MALFORMED) from None
        if self._is_mqtt_5 and length is not None and is_overlong(data, at):
            raise ProtocolViolationError(
                "a remaining length of more bytes than it takes (MQTT-1.5.5-1)", MALFORMED
            )
        return length

    def take(self, first: int, body: bytes, messages: list[Message]) -> Taken:
        """Take a packet.

        Args:
            first: its first byte, for which `length_at` found no fault.
            body: all that is behind its fixed header, or of a PUBLISH as much as is read.
            messages: a message is put at its end.

        Raises:
            ProtocolViolationError: for one that may not come, or not now.
            SaidGoodbyeError: for one with which the broker ends the session.
        """
        kind = Kind(first >> 4)
        try:
            if not self.is_admitted and kind is not Kind.CONNACK:
                self._check_by_itself(kind, first, body)
                clause = "MQTT-3.14.0-1" if kind is Kind.DISCONNECT else "MQTT-3.2.0-1"
                too_early = ProtocolViolationError(f"{kind.with_article} before the CONNACK ({clause})")
            else:
                return self._takers.get(kind, self._take_acknowledgement)(first, body, messages)
        except ProtocolViolationError as error:
            raise self._judged(error, first) from None
        raise too_early

    def _check_by_itself(self, kind: Kind, first: int, body: bytes) -> None:
        """Check that it is a packet at all."""
        if kind is Kind.PUBLISH:
            self._rules.publish(first, body)
        elif kind in (Kind.SUBACK, Kind.UNSUBACK):
            self._rules.codes(kind, body)
        elif kind is Kind.DISCONNECT:
            self._rules.disconnect(body)
        elif kind not in (Kind.PINGRESP, Kind.AUTH):
            self._rules.acknowledgement(kind, body)

    def _judged(self, error: ProtocolViolationError, first: int) -> ProtocolViolationError:
        """The error for a violation: before a CONNACK, it means that no MQTT is spoken there at all."""
        if self.is_admitted or first >> 4 == Kind.CONNACK:
            return error
        return NoMqttError(error.rule, error.code)

    def _take_connack(self, first: int, body: bytes, _messages: list[Message]) -> Taken:
        connack = self._rules.connack(body)
        if self.is_admitted:
            clause = "MQTT-3.2.0-2" if self._is_mqtt_5 else "section 3.2"
            raise ProtocolViolationError(f"a second CONNACK ({clause})")
        if connack.code:
            goodbye = Disconnect(connack.code, connack.reason, connack.reference)
            raise SaidGoodbyeError(goodbye, was_admitted=False)
        if connack.has_session and not self._may_have_session:
            raise ProtocolViolationError(f"a CONNACK with a session, though we have none ({self._no_session})")
        self.is_admitted = True
        flags_and_code = bytes([connack.has_session, 0])
        if not self._is_mqtt_5:
            return Taken(for_client=_packet(first, flags_and_code))
        keep_alive = b"\x13" + self._keep_alive_s(connack.keep_alive_s).to_bytes(2, "big")
        return Taken(for_client=_packet(first, flags_and_code + bytes([len(keep_alive)]) + keep_alive))

    def _keep_alive_s(self, asked_s: int | None) -> int:
        """Seconds of silence after which we ask; never more than we want.

        With a broker's 0 we would never notice that a link is dead, and with 65,535 only the next day. The
        broker's value is an upper bound of the silence from us, and PINGREQ may be sent at any time (MQTT 5,
        sections 3.1.2.10 and 3.2.2.3.14).
        """
        return min(asked_s or self._broker.keepalive_s, self._broker.keepalive_s)

    @property
    def _no_session(self) -> str:
        if self._broker.is_persistent:
            return "MQTT-3.2.2-4" if self._is_mqtt_5 else "section 3.2.2.2"
        return "MQTT-3.2.2-2" if self._is_mqtt_5 else "MQTT-3.2.2-1"

    def _take_publish(self, first: int, body: bytes, messages: list[Message]) -> Taken:
        received_at = CLOCK.now()
        topic, payload, qos, packet_id, dup, retain = self._rules.publish(first, body)
        if topic is None:
            log.warning("%s sent a topic that is not UTF-8 [MQTT-1.5.4-1]; left out", self._broker.host)
        elif qos == 0 or self._is_new(topic, payload, qos, packet_id, dup=dup):
            messages.append(Message(topic, payload, qos, retain, received_at))
        if qos == 0:
            return Taken()
        answer = Kind.PUBACK if qos == 1 else Kind.PUBREC
        return Taken(_packet(answer << 4, packet_id.to_bytes(2, "big")))

    def _is_new(self, topic: str, payload: bytes, qos: int, packet_id: int, *, dup: bool) -> bool:
        if qos == 1:
            return not self._redeliveries.is_copy(packet_id, topic, payload, dup=dup)
        is_new = self._redeliveries.begin(packet_id)
        self._in_flight.add(packet_id)
        if self._is_mqtt_5 and len(self._in_flight) > MOST_IN_FLIGHT:
            if is_new:
                self._redeliveries.release(packet_id)  # as it is not delivered, and may come again
            rule = f"{MOST_IN_FLIGHT:,} messages in flight where {RECEIVE_MAXIMUM:,} were agreed on (MQTT-3.3.4-9)"
            raise ProtocolViolationError(rule, RECEIVE_MAXIMUM_EXCEEDED)
        return is_new

    def _take_pubrel(self, _first: int, body: bytes, _messages: list[Message]) -> Taken:
        packet_id = self._rules.acknowledgement(Kind.PUBREL, body).packet_id
        is_known = self._redeliveries.release(packet_id)
        self._in_flight.discard(packet_id)
        code = b"" if is_known or not self._is_mqtt_5 else bytes([_PACKET_IDENTIFIER_NOT_FOUND])
        return Taken(_packet(Kind.PUBCOMP << 4, packet_id.to_bytes(2, "big") + code))

    def _take_acknowledgement(self, first: int, body: bytes, _messages: list[Message]) -> Taken:
        found = self._rules.acknowledgement(Kind(first >> 4), body)
        code = bytes([found.code]) if self._is_mqtt_5 else b""
        return Taken(for_client=_packet(first, found.packet_id.to_bytes(2, "big") + code))

    def _take_codes(self, first: int, body: bytes, _messages: list[Message]) -> Taken:
        kind = Kind(first >> 4)
        packet_id, codes = self._rules.codes(kind, body)
        asked, count = self._asked.pop(packet_id, (None, 0))
        if asked is not kind:
            clause = "MQTT-2.2.1-6" if self._is_mqtt_5 else "MQTT-2.3.1-7"
            rule = f"{kind.with_article} with the packet identifier {packet_id}, for which nobody asked ({clause})"
            raise ProtocolViolationError(rule)
        if len(codes) != count and (self._is_mqtt_5 or kind is Kind.SUBACK):
            clause = "MQTT-3.9.3-1" if kind is Kind.SUBACK else "MQTT-3.11.3-1"
            raise ProtocolViolationError(f"{kind.with_article} with {len(codes):,} codes for {count:,} ({clause})")
        no_properties = b"\x00" if self._is_mqtt_5 else b""
        return Taken(for_client=_packet(first, body[:2] + no_properties + codes))

    def _take_disconnect(self, _first: int, body: bytes, _messages: list[Message]) -> Taken:
        raise SaidGoodbyeError(self._rules.disconnect(body), was_admitted=self.is_admitted)

    def _take_auth(self, _first: int, _body: bytes, _messages: list[Message]) -> Taken:
        raise ProtocolViolationError("an AUTH, for which nobody asked (MQTT-4.12.0-6)")


def _packet(first: int, body: bytes) -> bytes:
    """A packet with a body that a full client understands."""
    head, length = bytearray([first]), len(body)
    while True:
        length, digit = divmod(length, 128)
        head.append(digit | 0x80 if length else digit)
        if not length:
            return bytes(head) + body

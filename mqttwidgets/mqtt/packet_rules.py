"""The rules for each packet that a broker sends, taken by itself (MQTT 3.1.1 and 5, chapters 1 to 3).

A breach is named with its clause. A topic that is not UTF-8 may pass, as None: brokers that do not check take it
from devices, and one device must not end what all others send. MQTT 5, section 4.13.1, leaves that to the client.
"""

from __future__ import annotations

from typing import NamedTuple

from ..base.text import quantity
from .packet_format import (
    AUTHENTICATION_METHOD,
    MALFORMED,
    PACKET_TOO_LARGE,
    REASON_STRING,
    RESPONSE_TOPIC,
    SERVER_KEEP_ALIVE,
    SERVER_REFERENCE,
    TOPIC_ALIAS,
    TOPIC_ALIAS_INVALID,
    Kind,
    ProtocolViolationError,
    is_topic_name,
    read_properties,
)

LARGEST_PACKET_BYTES = 16 * 1024 * 1024
"""The Maximum Packet Size (MQTT 5, section 3.1.2.11.4), where the payload may stand behind long properties.

Far above the largest payload that is read, as what a broker leaves out for it is counted nowhere.
"""

LONGEST_ANSWER_BYTES = 131_072
"""The longest body of a packet other than a PUBLISH, far above what a broker has to say."""

_OF_CLIENTS = {Kind.CONNECT, Kind.SUBSCRIBE, Kind.UNSUBSCRIBE, Kind.PINGREQ}
_FIXED_BYTES = {
    Kind.CONNACK: 2,
    Kind.PUBACK: 2,
    Kind.PUBREC: 2,
    Kind.PUBREL: 2,
    Kind.PUBCOMP: 2,
    Kind.UNSUBACK: 2,
    Kind.PINGRESP: 0,
}
_PUBREL_FLAGS, _DUP, _RETAIN = 0x02, 0x08, 0x01

OF_MQTT_3 = {0: 0x00, 1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87}
"""The return codes of a CONNACK of MQTT 3.1.1 (section 3.2.2.3) → those of MQTT 5."""

OF_SUBACK_3 = frozenset({0x00, 0x01, 0x02, 0x80})
"""The return codes of a SUBACK of MQTT 3.1.1 [MQTT-3.9.3-2]."""

_CONNACK = frozenset({*range(0x80, 0x8B), 0x8C, 0x90, 0x95, 0x97, *range(0x99, 0x9E), 0x9F})
_DISCONNECT = frozenset({*range(0x80, 0x84), 0x87, 0x89, *range(0x8B, 0x91), *range(0x93, 0xA3)})
_RECEIVED = frozenset({0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99})
_RELEASED = frozenset({0x00, 0x92})

ALLOWED = {
    Kind.CONNACK: _CONNACK | {0x00},
    Kind.PUBACK: _RECEIVED,
    Kind.PUBREC: _RECEIVED,
    Kind.PUBREL: _RELEASED,
    Kind.PUBCOMP: _RELEASED,
    Kind.SUBACK: OF_SUBACK_3 | {0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2},
    Kind.UNSUBACK: frozenset({0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91}),
    Kind.DISCONNECT: _DISCONNECT | {0x00},
}
"""Kind of packet → the codes that a broker may send in it."""


class Publish(NamedTuple):
    """A PUBLISH; its topic is None where that is not UTF-8."""

    topic: str | None
    payload: bytes
    qos: int
    packet_id: int
    dup: bool
    retain: bool


class Connack(NamedTuple):
    """A CONNACK, its code in MQTT 5's numbering; `keep_alive_s` is None where the broker asks for none."""

    has_session: bool
    code: int
    keep_alive_s: int | None = None
    reason: str = ""
    reference: str = ""


class Codes(NamedTuple):
    """A SUBACK or UNSUBACK, with a code for each filter; without any in MQTT 3.1.1's UNSUBACK."""

    packet_id: int
    codes: bytes


class Acknowledgement(NamedTuple):
    """A PUBACK, PUBREC, PUBREL or PUBCOMP."""

    packet_id: int
    code: int


class Disconnect(NamedTuple):
    """A DISCONNECT; `reference` names another server."""

    code: int
    reason: str
    reference: str


class PacketRules:
    """Reads the packets of a broker, and raises ProtocolViolationError for those that break a rule.

    Args:
        is_mqtt_5: whether MQTT 5 is spoken, else 3.1.1.

    Example:
        >>> PacketRules(is_mqtt_5=False).acknowledgement(Kind.PUBACK, bytes([0, 7]))
        Acknowledgement(packet_id=7, code=0)
    """

    def __init__(self, *, is_mqtt_5: bool) -> None:
        self._is_mqtt_5 = is_mqtt_5

    def check_head(self, first: int) -> Kind:
        """The kind of the packet that begins with this byte."""
        if not first >> 4 or (first >> 4 == Kind.AUTH and not self._is_mqtt_5):
            raise self._malformed(f"a packet of the reserved type {first >> 4} (section {self._types})")
        kind, flags = Kind(first >> 4), first & 0x0F
        if kind in _OF_CLIENTS or (kind is Kind.DISCONNECT and not self._is_mqtt_5):
            rule = f"{kind.with_article}, which only a client sends (section {self._types})"
            raise ProtocolViolationError(rule)
        if kind is Kind.PUBLISH:
            self._check_publish_flags(flags)
        elif flags != (_PUBREL_FLAGS if kind is Kind.PUBREL else 0):
            clause = "MQTT-3.6.1-1" if kind is Kind.PUBREL else self._either("MQTT-2.1.3-1", "MQTT-2.2.2-2")
            raise self._malformed(f"{kind.with_article} with the reserved flags {flags:04b} ({clause})")
        return kind

    def _check_publish_flags(self, flags: int) -> None:
        if flags & 0x06 == 0x06:
            raise self._malformed("a PUBLISH with QoS 3 (MQTT-3.3.1-4)")
        if flags & _DUP and not flags & 0x06:
            raise self._malformed("a PUBLISH with QoS 0 and the DUP flag (MQTT-3.3.1-2)")

    def check_length(self, kind: Kind, body_bytes: int, packet_bytes: int) -> None:
        """Check that a packet is not longer than it may be."""
        if kind is Kind.PUBLISH:
            if self._is_mqtt_5 and packet_bytes > LARGEST_PACKET_BYTES:
                rule = f"a PUBLISH of {packet_bytes:,} bytes, more than was agreed on (MQTT-3.1.2-24)"
                raise ProtocolViolationError(rule, PACKET_TOO_LARGE)
            return
        if kind in _FIXED_BYTES and (kind is Kind.PINGRESP or not self._is_mqtt_5):
            if body_bytes != _FIXED_BYTES[kind]:
                stated = f"{kind.with_article} of {quantity(body_bytes, 'byte')} in place of {_FIXED_BYTES[kind]}"
                raise self._malformed(f"{stated} (section 3.{kind:d})")
        elif body_bytes > LONGEST_ANSWER_BYTES:
            rule = f"{kind.with_article} of {body_bytes:,} bytes, more than is read (section 3.{kind:d})"
            raise ProtocolViolationError(rule, PACKET_TOO_LARGE)

    def publish(self, first: int, body: bytes) -> Publish:
        """Read a PUBLISH."""
        qos = first >> 1 & 3
        topic_end = 2 + int.from_bytes(body[:2], "big")
        payload_at = topic_end + 2 * (qos > 0)
        if len(body) < max(2, payload_at):
            raise self._malformed("a PUBLISH that ends too early (section 3.3.2)")
        packet_id = int.from_bytes(body[topic_end:payload_at], "big")
        if qos and not packet_id:
            raise self._without_id(Kind.PUBLISH)
        if self._is_mqtt_5:
            payload_at = self._publish_properties(body, payload_at)
        topic = self._topic(body[2:topic_end])
        return Publish(topic, body[payload_at:], qos, packet_id, bool(first & _DUP), bool(first & _RETAIN))

    def _publish_properties(self, body: bytes, at: int) -> int:
        """Check the properties; the place behind them."""
        if at < len(body) and not body[at]:
            return at + 1
        found, end = read_properties(body, at, Kind.PUBLISH)
        if TOPIC_ALIAS in found:  # as a client that names no maximum has none (section 3.1.2.11.5)
            rule = f"a PUBLISH with the topic alias {found[TOPIC_ALIAS]!r}, where none was allowed (MQTT-3.1.2-27)"
            raise ProtocolViolationError(rule, TOPIC_ALIAS_INVALID)
        response = str(found.get(RESPONSE_TOPIC, ""))
        if "+" in response or "#" in response:
            raise ProtocolViolationError("a PUBLISH with a wildcard in its Response Topic (MQTT-3.3.2-14)")
        return end

    def _topic(self, name: bytes) -> str | None:
        if not name:
            raise ProtocolViolationError("a PUBLISH without a topic (MQTT-3.3.2-1)")
        try:
            topic = name.decode()
        except UnicodeDecodeError:
            return None
        if is_topic_name(topic):
            return topic
        if "\0" in topic:
            clause = self._either("MQTT-1.5.4-2", "MQTT-1.5.3-2")
            raise self._malformed(f"a PUBLISH with U+0000 in its topic ({clause})")
        raise ProtocolViolationError("a PUBLISH with a wildcard in its topic (MQTT-3.3.2-2)", 0x90)

    def connack(self, body: bytes) -> Connack:
        """Read a CONNACK."""
        if len(body) < 2:
            raise self._too_early(Kind.CONNACK)
        flags, code = body[0], body[1]
        if flags & 0xFE:
            clause = self._either("MQTT-3.2.2-1", "section 3.2.2.1")
            raise self._malformed(f"a CONNACK with the reserved flags {flags:08b} ({clause})")
        if flags and code:
            clause = self._either("MQTT-3.2.2-6", "MQTT-3.2.2-4")
            raise ProtocolViolationError(f"a CONNACK that refuses, with a session ({clause})")
        if len(body) == 2 and code in OF_MQTT_3 and (code or not self._is_mqtt_5):
            return Connack(bool(flags), OF_MQTT_3[code])  # also of a broker that knows nothing of MQTT 5
        if not self._is_mqtt_5:
            raise self._unknown_code(Kind.CONNACK, code)
        self._check_code(Kind.CONNACK, code)
        found, end = read_properties(body, 2, Kind.CONNACK)
        self._check_end(Kind.CONNACK, body, end)
        if AUTHENTICATION_METHOD in found:
            rule = "a CONNACK with an authentication method, for which nobody asked (MQTT-4.12.0-6)"
            raise ProtocolViolationError(rule)
        keep_alive = found.get(SERVER_KEEP_ALIVE)
        return Connack(
            bool(flags),
            code,
            keep_alive if isinstance(keep_alive, int) else None,
            str(found.get(REASON_STRING, "")),
            str(found.get(SERVER_REFERENCE, "")),
        )

    def codes(self, kind: Kind, body: bytes) -> Codes:
        """Read a SUBACK or UNSUBACK."""
        packet_id, at = self._packet_id(kind, body), 2
        if self._is_mqtt_5:
            _, at = read_properties(body, at, kind)
        allowed = ALLOWED[kind] if self._is_mqtt_5 else OF_SUBACK_3
        unknown = set(body[at:]) - allowed
        if unknown:
            raise self._unknown_code(kind, min(unknown))
        return Codes(packet_id, body[at:])

    def acknowledgement(self, kind: Kind, body: bytes) -> Acknowledgement:
        """Read a PUBACK, PUBREC, PUBREL or PUBCOMP."""
        packet_id = self._packet_id(kind, body)
        if len(body) == 2:
            return Acknowledgement(packet_id, 0)
        self._check_code(kind, body[2])
        if len(body) > 3:
            self._check_end(kind, body, read_properties(body, 3, kind)[1])
        return Acknowledgement(packet_id, body[2])

    def disconnect(self, body: bytes) -> Disconnect:
        """Read a DISCONNECT of MQTT 5."""
        if not body:
            return Disconnect(0, "", "")
        self._check_code(Kind.DISCONNECT, body[0])
        found, end = read_properties(body, 1, Kind.DISCONNECT) if len(body) > 1 else ({}, 1)
        self._check_end(Kind.DISCONNECT, body, end)
        return Disconnect(body[0], str(found.get(REASON_STRING, "")), str(found.get(SERVER_REFERENCE, "")))

    def _packet_id(self, kind: Kind, body: bytes) -> int:
        if len(body) < 2:
            raise self._too_early(kind)
        packet_id = int.from_bytes(body[:2], "big")
        if not packet_id:
            raise self._without_id(kind)
        return packet_id

    def _check_code(self, kind: Kind, code: int) -> None:
        if code not in ALLOWED[kind]:
            raise self._unknown_code(kind, code)

    def _check_end(self, kind: Kind, body: bytes, end: int) -> None:
        if end < len(body):
            raise self._malformed(f"{kind.with_article} with bytes behind its end (section 3.{kind:d})")

    def _unknown_code(self, kind: Kind, code: int) -> ProtocolViolationError:
        clauses = {Kind.SUBACK: "MQTT-3.9.3-2", Kind.CONNACK: self._either("MQTT-3.2.2-8", "section 3.2.2.3")}
        clause = clauses.get(kind, "MQTT-3.11.3-2" if kind is Kind.UNSUBACK else f"MQTT-3.{kind:d}.2-1")
        return self._malformed(f"{kind.with_article} with the code 0x{code:02X}, which does not exist ({clause})")

    def _without_id(self, kind: Kind) -> ProtocolViolationError:
        clause = self._either("MQTT-2.2.1-4", "MQTT-2.3.1-1")
        return ProtocolViolationError(f"{kind.with_article} with the packet identifier 0 ({clause})")

    def _too_early(self, kind: Kind) -> ProtocolViolationError:
        return self._malformed(f"{kind.with_article} that ends too early (section 3.{kind:d})")

    def _malformed(self, rule: str) -> ProtocolViolationError:
        return ProtocolViolationError(rule, MALFORMED)

    def _either(self, five: str, three: str) -> str:
        return five if self._is_mqtt_5 else three

    @property
    def _types(self) -> str:
        return self._either("2.1.2", "2.2.1")

"""A broker that breaks the protocol, once for each rule: the rule is named, and the waits grow."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from mqttwidgets import Broker, SensorStream

from ..support.raw_broker import (
    CONNACK,
    CONNACK_5,
    CONNECT,
    SUBSCRIBE,
    Answer,
    RawBroker,
    answering,
    publish,
    pubrel,
    remaining_length,
)
from ..support.raw_websocket import ServerSide, acceptance, frame, request, welcome
from ..support.waiting import wait_for
from . import live

MAKES_IT = {"3.1.1": CONNACK, "5": CONNACK_5}


class Row(NamedTuple):
    """What a broker sends behind its SUBACK, and the rule that it breaks with it.

    Attributes:
        protocol: "3.1.1", "5", or "both".
        sends: the packet; of MQTT 3.1.1 where it is for both.
        rule: how it is named, behind "the broker broke the protocol: "; a pair where the clauses have different
            names.
    """

    protocol: str
    sends: bytes
    rule: str | tuple[str, str]


def publish_5(properties: bytes, *, topic: bytes = b"a", qos: int = 0, payload: bytes = b"1") -> bytes:
    """A PUBLISH of MQTT 5 with properties."""
    return publish(topic, remaining_length(len(properties)) + properties + payload, qos=qos)


def packet(first: int, body: bytes) -> bytes:
    """A packet."""
    return bytes([first]) + remaining_length(len(body)) + body


def answer_5(first: int, properties: bytes, code: int = 0) -> bytes:
    """A PUBACK or one of its kin, of MQTT 5."""
    return packet(first, b"\x00\x07" + bytes([code, len(properties)]) + properties)


NO_TOPIC = "a PUBLISH without a topic (MQTT-3.3.2-1)"
ONLY_CLIENTS = ("which only a client sends (section 2.2.1)", "which only a client sends (section 2.1.2)")
RESERVED = ("(MQTT-2.2.2-2)", "(MQTT-2.1.3-1)")


def both(text: str, clauses: tuple[str, str]) -> tuple[str, str]:
    """The rule in both versions."""
    return f"{text}{clauses[0]}", f"{text}{clauses[1]}"


ROWS = {
    # The fixed header (MQTT 3.1.1, section 2.2; MQTT 5, section 2.1).
    "type 0": Row(
        "both", b"\x00\x00", both("a packet of the reserved type 0 ", ("(section 2.2.1)", "(section 2.1.2)"))
    ),
    "type 15": Row("3.1.1", b"\xf0\x00", "a packet of the reserved type 15 (section 2.2.1)"),
    "AUTH": Row("5", b"\xf0\x00", "an AUTH, for which nobody asked (MQTT-4.12.0-6)"),
    "CONNECT": Row("both", b"\x10\x00", both("a CONNECT, ", ONLY_CLIENTS)),
    "SUBSCRIBE": Row("both", b"\x82\x06\x00\x01\x00\x01a\x00", both("a SUBSCRIBE, ", ONLY_CLIENTS)),
    "UNSUBSCRIBE": Row("both", b"\xa2\x05\x00\x01\x00\x01a", both("an UNSUBSCRIBE, ", ONLY_CLIENTS)),
    "PINGREQ": Row("both", b"\xc0\x00", both("a PINGREQ, ", ONLY_CLIENTS)),
    "DISCONNECT 3": Row("3.1.1", b"\xe0\x00", "a DISCONNECT, which only a client sends (section 2.2.1)"),
    "CONNACK flags": Row("both", b"\x21\x02\x00\x00", both("a CONNACK with the reserved flags 0001 ", RESERVED)),
    "PUBACK flags": Row("both", b"\x42\x02\x00\x01", both("a PUBACK with the reserved flags 0010 ", RESERVED)),
    "PUBREC flags": Row("both", b"\x51\x02\x00\x01", both("a PUBREC with the reserved flags 0001 ", RESERVED)),
    "PUBREL flags": Row("both", b"\x60\x02\x00\x01", "a PUBREL with the reserved flags 0000 (MQTT-3.6.1-1)"),
    "PUBCOMP flags": Row("both", b"\x78\x02\x00\x01", both("a PUBCOMP with the reserved flags 1000 ", RESERVED)),
    "SUBACK flags": Row("both", b"\x92\x03\x00\x01\x00", both("a SUBACK with the reserved flags 0010 ", RESERVED)),
    "UNSUBACK flags": Row(
        "both", b"\xb2\x02\x00\x01", both("an UNSUBACK with the reserved flags 0010 ", RESERVED)
    ),
    "PINGRESP flags": Row("both", b"\xdf\x00", both("a PINGRESP with the reserved flags 1111 ", RESERVED)),
    "DISCONNECT flags": Row("5", b"\xe1\x00", "a DISCONNECT with the reserved flags 0001 (MQTT-2.1.3-1)"),
    "length": Row(
        "both",
        b"\x30\xff\xff\xff\xff\x7f",
        both("a remaining length of more than four bytes ", ("(section 2.2.3)", "(section 2.1.4)")),
    ),
    "overlong length": Row(
        "5", b"\x30\x85\x00\x00\x01a\x001", "a remaining length of more bytes than it takes (MQTT-1.5.5-1)"
    ),
    "too large": Row(
        "5",
        b"\x30" + remaining_length(17_000_000),
        "a PUBLISH of 17,000,005 bytes, more than was agreed on (MQTT-3.1.2-24)",
    ),
    "too large a SUBACK": Row(
        "both",
        b"\x90" + remaining_length(17_000_000),
        "a SUBACK of 17,000,000 bytes, more than is read (section 3.9)",
    ),
    # PUBLISH (section 3.3).
    "no topic": Row("3.1.1", publish(b"", b"1"), NO_TOPIC),
    "no topic 5": Row("5", publish_5(b"", topic=b""), NO_TOPIC),
    "no topic, QoS 1": Row("5", publish_5(b"", topic=b"", qos=1), NO_TOPIC),
    "wildcard +": Row("3.1.1", publish(b"a/+", b"1"), "a PUBLISH with a wildcard in its topic (MQTT-3.3.2-2)"),
    "wildcard #": Row("5", publish_5(b"", topic=b"#"), "a PUBLISH with a wildcard in its topic (MQTT-3.3.2-2)"),
    "U+0000": Row("3.1.1", publish(b"a\x00", b"1"), "a PUBLISH with U+0000 in its topic (MQTT-1.5.3-2)"),
    "U+0000 in 5": Row("5", publish_5(b"", topic=b"a\x00"), "a PUBLISH with U+0000 in its topic (MQTT-1.5.4-2)"),
    "QoS 3": Row("both", publish(b"a", b"1", qos=3), "a PUBLISH with QoS 3 (MQTT-3.3.1-4)"),
    "DUP with QoS 0": Row(
        "both", publish(b"a", b"\x001", dup=True), "a PUBLISH with QoS 0 and the DUP flag (MQTT-3.3.1-2)"
    ),
    "packet identifier 0, QoS 1": Row(
        "both",
        publish(b"a", b"\x001", qos=1, packet_id=0),
        both("a PUBLISH with the packet identifier 0 ", ("(MQTT-2.3.1-1)", "(MQTT-2.2.1-4)")),
    ),
    "packet identifier 0, QoS 2": Row(
        "both",
        publish(b"a", b"\x001", qos=2, packet_id=0),
        both("a PUBLISH with the packet identifier 0 ", ("(MQTT-2.3.1-1)", "(MQTT-2.2.1-4)")),
    ),
    "topic too long": Row("both", b"\x30\x04\x00\x09ab", "a PUBLISH that ends too early (section 3.3.2)"),
    "no room for a topic": Row("both", b"\x30\x01\x00", "a PUBLISH that ends too early (section 3.3.2)"),
    "empty": Row("both", b"\x30\x00", "a PUBLISH that ends too early (section 3.3.2)"),
    "no room for an identifier": Row(
        "both", b"\x32\x04\x00\x01a\x00", "a PUBLISH that ends too early (section 3.3.2)"
    ),
    # Properties (MQTT 5, section 2.2.2).
    "no properties": Row("5", b"\x30\x03\x00\x01a", "a PUBLISH whose properties end too early (section 2.2.2)"),
    "properties beyond the end": Row(
        "5", publish(b"a", b"\x7f\x01\x01"), "a PUBLISH whose properties end too early (section 2.2.2)"
    ),
    "a text beyond the end": Row(
        "5", publish_5(b"\x03\x00\x09ab"), "a PUBLISH whose properties end too early (section 2.2.2)"
    ),
    "a number beyond the end": Row(
        "5", publish_5(b"\x02\x00"), "a PUBLISH whose properties end too early (section 2.2.2)"
    ),
    "length of properties": Row(
        "5", publish(b"a", b"\xff\xff\xff\xff\x7f"), "a number of more than four bytes (section 1.5.5)"
    ),
    "overlong length of properties": Row(
        "5", publish(b"a", b"\x80\x001"), "a number of more bytes than it takes (MQTT-1.5.5-1)"
    ),
    "unknown property": Row(
        "5", publish_5(b"\x7f\x00"), "a PUBLISH with the unknown property 0x7F (section 2.2.2.2)"
    ),
    "property of another packet": Row(
        "5",
        publish_5(b"\x21\x00\x01"),
        "a PUBLISH with the property Receive Maximum, which it may not have (section 2.2.2.2)",
    ),
    "property of a client": Row(
        "5",
        publish_5(b"\x19\x01"),
        "a PUBLISH with the property Request Response Information, which it may not have (section 2.2.2.2)",
    ),
    "property twice": Row(
        "5", publish_5(b"\x01\x01\x01\x01"), "a PUBLISH with the Payload Format Indicator twice (section 3.3.2.3)"
    ),
    "Content Type twice": Row(
        "5", publish_5(2 * b"\x03\x00\x01a"), "a PUBLISH with the Content Type twice (section 3.3.2.3)"
    ),
    "Payload Format Indicator 2": Row(
        "5", publish_5(b"\x01\x02"), "a PUBLISH with the Payload Format Indicator 2 (section 3.3.2.3.2)"
    ),
    "Subscription Identifier 0": Row(
        "5", publish_5(b"\x0b\x00"), "a PUBLISH with the Subscription Identifier 0 (section 3.3.2.3.8)"
    ),
    "topic alias 0": Row("5", publish_5(b"\x23\x00\x00"), "a PUBLISH with the Topic Alias 0 (MQTT-3.3.2-8)"),
    "topic alias above the maximum": Row(
        "5",
        publish_5(b"\x23\x00\x07"),
        "a PUBLISH with the topic alias 7, where none was allowed (MQTT-3.1.2-27)",
    ),
    "unknown topic alias": Row(
        "5",
        publish_5(b"\x23\x00\x07", topic=b""),
        "a PUBLISH with the topic alias 7, where none was allowed (MQTT-3.1.2-27)",
    ),
    "no UTF-8 in a property": Row(
        "5", publish_5(b"\x03\x00\x02\xff\xfe"), "a property that is not UTF-8 (MQTT-1.5.4-1)"
    ),
    "a surrogate in a property": Row(
        "5", publish_5(b"\x26\x00\x01a\x00\x03\xed\xa0\x80"), "a property that is not UTF-8 (MQTT-1.5.4-1)"
    ),
    "U+0000 in a property": Row(
        "5", publish_5(b"\x26\x00\x01a\x00\x01\x00"), "a property with U+0000 (MQTT-1.5.4-2)"
    ),
    "wildcard in the Response Topic": Row(
        "5", publish_5(b"\x08\x00\x01#"), "a PUBLISH with a wildcard in its Response Topic (MQTT-3.3.2-14)"
    ),
    # Acknowledgements (sections 3.4 to 3.7).
    "PUBACK 0": Row(
        "both",
        b"\x40\x02\x00\x00",
        both("a PUBACK with the packet identifier 0 ", ("(MQTT-2.3.1-1)", "(MQTT-2.2.1-4)")),
    ),
    "PUBREL 0": Row(
        "both", pubrel(0), both("a PUBREL with the packet identifier 0 ", ("(MQTT-2.3.1-1)", "(MQTT-2.2.1-4)"))
    ),
    "short PUBACK": Row("3.1.1", b"\x40\x01\x00", "a PUBACK of 1 byte in place of 2 (section 3.4)"),
    "long PUBREC": Row("3.1.1", b"\x50\x03\x00\x01\x00", "a PUBREC of 3 bytes in place of 2 (section 3.5)"),
    "empty PUBCOMP": Row("5", b"\x70\x00", "a PUBCOMP that ends too early (section 3.7)"),
    "PUBACK with an unknown code": Row(
        "5", answer_5(0x40, b"", 0x42), "a PUBACK with the code 0x42, which does not exist (MQTT-3.4.2-1)"
    ),
    "PUBREL with the code of another": Row(
        "5", answer_5(0x62, b"", 0x10), "a PUBREL with the code 0x10, which does not exist (MQTT-3.6.2-1)"
    ),
    "PUBACK with a reason twice": Row(
        "5", answer_5(0x40, 2 * b"\x1f\x00\x01a"), "a PUBACK with the Reason String twice (section 2.2.2)"
    ),
    "PUBREC with a property of another": Row(
        "5",
        answer_5(0x50, b"\x01\x01"),
        "a PUBREC with the property Payload Format Indicator, which it may not have (section 2.2.2.2)",
    ),
    "PUBACK with more behind it": Row(
        "5", packet(0x40, b"\x00\x07\x00\x00\x00"), "a PUBACK with bytes behind its end (section 3.4)"
    ),
    # SUBACK, UNSUBACK, PINGRESP.
    "SUBACK to nothing": Row(
        "3.1.1",
        b"\x90\x03\x03\xe8\x00",
        "a SUBACK with the packet identifier 1000, for which nobody asked (MQTT-2.3.1-7)",
    ),
    "SUBACK to nothing 5": Row(
        "5",
        b"\x90\x04\x03\xe8\x00\x00",
        "a SUBACK with the packet identifier 1000, for which nobody asked (MQTT-2.2.1-6)",
    ),
    "UNSUBACK to nothing": Row(
        "3.1.1",
        b"\xb0\x02\x00\x01",
        "an UNSUBACK with the packet identifier 1, for which nobody asked (MQTT-2.3.1-7)",
    ),
    "UNSUBACK to nothing 5": Row(
        "5",
        b"\xb0\x04\x00\x01\x00\x00",
        "an UNSUBACK with the packet identifier 1, for which nobody asked (MQTT-2.2.1-6)",
    ),
    "SUBACK 0": Row("3.1.1", b"\x90\x03\x00\x00\x00", "a SUBACK with the packet identifier 0 (MQTT-2.3.1-1)"),
    "short SUBACK": Row("both", b"\x90\x01\x00", "a SUBACK that ends too early (section 3.9)"),
    "PINGRESP with a body": Row("both", b"\xd0\x01\x00", "a PINGRESP of 1 byte in place of 0 (section 3.13)"),
    # CONNACK and DISCONNECT once we are connected.
    "second CONNACK": Row("3.1.1", CONNACK, "a second CONNACK (section 3.2)"),
    "second CONNACK 5": Row("5", CONNACK_5, "a second CONNACK (MQTT-3.2.0-2)"),
    "DISCONNECT with an unknown code": Row(
        "5", b"\xe0\x01\x42", "a DISCONNECT with the code 0x42, which does not exist (MQTT-3.14.2-1)"
    ),
    "DISCONNECT with a will": Row(
        "5", b"\xe0\x01\x04", "a DISCONNECT with the code 0x04, which does not exist (MQTT-3.14.2-1)"
    ),
    "DISCONNECT with an expiry": Row(
        "5",
        b"\xe0\x07\x00\x05\x11\x00\x00\x00\x01",
        "a DISCONNECT of a broker with the Session Expiry Interval (MQTT-3.14.2-2)",
    ),
}


def cases(rows: dict[str, Row]) -> list[Any]:
    """(protocol, what is sent, rule), a row for both versions twice."""
    found = []
    for name, row in rows.items():
        for at, protocol in enumerate(["3.1.1", "5"]):
            if row.protocol in (protocol, "both"):
                rule = row.rule if isinstance(row.rule, str) else row.rule[at]
                found.append(pytest.param(protocol, row.sends, rule, id=f"{name}, MQTT {protocol}"))
    return found


@dataclass
class Waits:
    """What decides how long to wait, and waits a moment only."""

    asked: list[tuple[int, bool]]

    def __call__(self, _outage_s: float, attempt: int, recurs: bool) -> float:
        """See retry_delay_s."""
        self.asked.append((attempt, recurs))
        return 0.02


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """So that nobody waits for seconds."""
    found = Waits([])
    monkeypatch.setattr("mqttwidgets.mqtt.connection.retry_delay_s", found)
    return found


def assert_named(
    answer: Callable[[bytes], Answer], protocol: Any, rule: str, waits: Waits, **options: Any
) -> None:
    """The rule is told, from the first session on, and each wait is asked to be longer than the one before."""
    with RawBroker(answer) as broker:
        ours = Broker("127.0.0.1", broker.port, protocol=protocol, **options)
        with SensorStream("a", ours, qos=1) as stream:
            wait_for(lambda: len(waits.asked) >= 3, what=f"three tries: {stream.status_text}")
            wait_for(lambda: stream.status == "offline")
            assert stream.status_text.startswith(f"Offline: the broker broke the protocol: {rule}.")
    assert waits.asked[:3] == [(1, True), (2, True), (3, True)]


@pytest.mark.parametrize(("protocol", "sends", "rule"), cases(ROWS))
def test_what_breaks_a_rule_behind_the_suback_is_named(
    protocol: Any, sends: bytes, rule: str, waits: Waits
) -> None:
    assert_named(lambda packet: answering(packet, sends=[sends], protocol=protocol), protocol, rule, waits)


def test_what_breaks_a_rule_in_a_websocket_is_named(waits: Waits) -> None:
    sends = [publish_5(b"", topic=b"")]
    with RawBroker(lambda packet: answering(packet, sends=sends, protocol="5"), welcome=welcome) as raw:
        broker = Broker("127.0.0.1", raw.port, "ws", protocol="5")
        with SensorStream("a", broker, qos=1) as stream:
            wait_for(lambda: len(waits.asked) >= 3)
            wait_for(lambda: stream.status == "offline")
            assert f"the broker broke the protocol: {NO_TOPIC}." in stream.status_text


def test_a_broken_websocket_waits_as_long(waits: Waits) -> None:
    """Behind a message that the broker sent well."""

    def reserved(data: bytes) -> bytes:
        return bytes([frame(data)[0] | 0x40 * (data == b"fault")]) + frame(data)[1:]

    def open_it(connection: socket.socket) -> ServerSide:
        connection.sendall(acceptance(request(connection)))
        return ServerSide(connection, reserved)

    sends = [publish(b"a", b"1"), b"fault"]
    with (
        RawBroker(lambda packet: answering(packet, sends=sends), welcome=open_it) as raw,
        SensorStream("a", Broker("127.0.0.1", raw.port, "ws")) as stream,
    ):
        wait_for(lambda: len(waits.asked) >= 3)
        wait_for(lambda: stream.status == "offline")
        assert "breaks the rules of WebSockets" in stream.status_text
    assert waits.asked[:3] == [(1, True), (2, True), (3, True)]


def test_a_message_that_the_broker_keeps_does_not_make_a_session_one_of_use(waits: Waits) -> None:
    kept = b"\x31\x04\x00\x01a1"
    fault = publish(b"", b"1")
    assert_named(lambda packet: answering(packet, sends=[kept, fault]), "3.1.1", NO_TOPIC, waits)


CONNACKS = {
    "reserved flags": Row(
        "3.1.1", b"\x20\x02\x02\x00", "a CONNACK with the reserved flags 00000010 (section 3.2.2.1)"
    ),
    "reserved flags 5": Row(
        "5", b"\x20\x03\x80\x00\x00", "a CONNACK with the reserved flags 10000000 (MQTT-3.2.2-1)"
    ),
    "a session of nobody": Row(
        "3.1.1", b"\x20\x02\x01\x00", "a CONNACK with a session, though we have none (MQTT-3.2.2-1)"
    ),
    "a session of nobody 5": Row(
        "5", b"\x20\x03\x01\x00\x00", "a CONNACK with a session, though we have none (MQTT-3.2.2-2)"
    ),
    "refused with a session": Row(
        "3.1.1", b"\x20\x02\x01\x05", "a CONNACK that refuses, with a session (MQTT-3.2.2-4)"
    ),
    "refused with a session 5": Row(
        "5", b"\x20\x03\x01\x87\x00", "a CONNACK that refuses, with a session (MQTT-3.2.2-6)"
    ),
    "unknown code": Row(
        "3.1.1", b"\x20\x02\x00\x06", "a CONNACK with the code 0x06, which does not exist (section 3.2.2.3)"
    ),
    "unknown code 5": Row(
        "5", b"\x20\x03\x00\x42\x00", "a CONNACK with the code 0x42, which does not exist (MQTT-3.2.2-8)"
    ),
    "too long": Row("3.1.1", b"\x20\x03\x00\x00\x00", "a CONNACK of 3 bytes in place of 2 (section 3.2)"),
    "too short": Row("5", b"\x20\x01\x00", "a CONNACK that ends too early (section 3.2)"),
    "no properties": Row("5", b"\x20\x02\x00\x00", "a CONNACK whose properties end too early (section 2.2.2)"),
    "Receive Maximum 0": Row(
        "5", packet(0x20, b"\x00\x00\x03\x21\x00\x00"), "a CONNACK with the Receive Maximum 0 (section 3.2.2.3.3)"
    ),
    "Maximum QoS 2": Row(
        "5", packet(0x20, b"\x00\x00\x02\x24\x02"), "a CONNACK with the Maximum QoS 2 (section 3.2.2.3.4)"
    ),
    "Retain Available 2": Row(
        "5", packet(0x20, b"\x00\x00\x02\x25\x02"), "a CONNACK with the Retain Available 2 (section 3.2.2.3.5)"
    ),
    "Maximum Packet Size 0": Row(
        "5",
        packet(0x20, b"\x00\x00\x05\x27\x00\x00\x00\x00"),
        "a CONNACK with the Maximum Packet Size 0 (section 3.2.2.3.6)",
    ),
    "Wildcard Subscription Available 2": Row(
        "5",
        packet(0x20, b"\x00\x00\x02\x28\x02"),
        "a CONNACK with the Wildcard Subscription Available 2 (section 3.2.2.3.11)",
    ),
    "Server Keep Alive twice": Row(
        "5",
        packet(0x20, b"\x00\x00\x06\x13\x00\x01\x13\x00\x01"),
        "a CONNACK with the Server Keep Alive twice (section 2.2.2)",
    ),
    "an authentication method": Row(
        "5",
        packet(0x20, b"\x00\x00\x04\x15\x00\x01x"),
        "a CONNACK with an authentication method, for which nobody asked (MQTT-4.12.0-6)",
    ),
    "more behind it": Row(
        "5", packet(0x20, b"\x00\x00\x00\x00"), "a CONNACK with bytes behind its end (section 3.2)"
    ),
    "PUBLISH first": Row("3.1.1", publish(b"a", b"1"), "a PUBLISH before the CONNACK (MQTT-3.2.0-1)"),
    "SUBACK first": Row("3.1.1", b"\x90\x03\x00\x01\x00", "a SUBACK before the CONNACK (MQTT-3.2.0-1)"),
    "PINGRESP first": Row("5", b"\xd0\x00", "a PINGRESP before the CONNACK (MQTT-3.2.0-1)"),
    "DISCONNECT first": Row("5", b"\xe0\x00", "a DISCONNECT before the CONNACK (MQTT-3.14.0-1)"),
}


@pytest.mark.parametrize(("protocol", "sends", "rule"), cases(CONNACKS))
def test_what_breaks_a_rule_in_place_of_a_connack_is_named(
    protocol: Any, sends: bytes, rule: str, waits: Waits
) -> None:
    assert_named(lambda packet: sends if packet[0] == CONNECT else b"", protocol, rule, waits)


def test_what_speaks_something_else_waits_as_long(waits: Waits) -> None:
    with RawBroker(lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n") as raw, SensorStream("a", raw.url) as stream:
        wait_for(lambda: len(waits.asked) >= 3)
        assert "answers, but not with MQTT 3.1.1" in stream.status_text
    assert waits.asked[:3] == [(1, True), (2, True), (3, True)]


def test_a_session_that_nobody_can_have_made(waits: Waits) -> None:
    """A persistent one with a client id that was made for this connection."""
    rule = "a CONNACK with a session, though we have none (MQTT-3.2.2-4)"
    connack = b"\x20\x03\x01\x00\x00"
    with RawBroker(lambda packet: connack if packet[0] == CONNECT else b"") as raw:
        broker = Broker("127.0.0.1", raw.port, protocol="5", session="persistent")
        with SensorStream("a", broker, qos=1) as stream:
            wait_for(lambda: rule in stream.status_text)


SUBACKS = {
    "code": Row(
        "3.1.1", b"\x90\x03\x00\x01\x03", "a SUBACK with the code 0x03, which does not exist (MQTT-3.9.3-2)"
    ),
    "code 5": Row(
        "5", b"\x90\x04\x00\x01\x00\x42", "a SUBACK with the code 0x42, which does not exist (MQTT-3.9.3-2)"
    ),
    "two codes": Row("3.1.1", b"\x90\x04\x00\x01\x00\x00", "a SUBACK with 2 codes for 1 (MQTT-3.9.3-1)"),
    "no code": Row("3.1.1", b"\x90\x02\x00\x01", "a SUBACK with 0 codes for 1 (MQTT-3.9.3-1)"),
    "no code 5": Row("5", b"\x90\x03\x00\x01\x00", "a SUBACK with 0 codes for 1 (MQTT-3.9.3-1)"),
    "60,000 codes": Row(
        "5", packet(0x90, b"\x00\x01\x00" + bytes(60_000)), "a SUBACK with 60,000 codes for 1 (MQTT-3.9.3-1)"
    ),
    "property": Row(
        "5",
        b"\x90\x06\x00\x01\x02\x01\x01\x00",
        "a SUBACK with the property Payload Format Indicator, which it may not have (section 2.2.2.2)",
    ),
}


@pytest.mark.parametrize(("protocol", "sends", "rule"), cases(SUBACKS))
def test_what_breaks_a_rule_in_place_of_a_suback_is_named(
    protocol: Any, sends: bytes, rule: str, waits: Waits
) -> None:
    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return MAKES_IT[protocol]
        return sends if packet[0] & 0xF0 == SUBSCRIBE else b""

    assert_named(answer, protocol, rule, waits)


def test_the_waits_are_one_second_and_two_and_then_longer() -> None:
    """With the clock as it is; and a broker whose every session ends so does not have our client id taken over."""
    at: list[float] = []

    def answer(packet: bytes) -> Answer:
        if packet[0] == CONNECT:
            at.append(time.monotonic())
        return answering(packet, sends=[publish(b"", b"1")])

    with (
        RawBroker(answer) as broker,
        SensorStream("a", Broker("127.0.0.1", broker.port, client_id="me")) as stream,
    ):
        wait_for(lambda: len(at) == 3, timeout_s=8)
        wait_for(lambda: stream.link.next_try_at is not None)
        next_try_at = stream.link.next_try_at
        assert next_try_at is not None
        assert stream.status_text.startswith(f"Offline: the broker broke the protocol: {NO_TOPIC}.")
        first, second = (later - sooner for sooner, later in itertools.pairwise(at))
        assert 0.9 < first < 1.9 < second
        assert next_try_at - time.time() > 2.0


@pytest.mark.parametrize("pause_s", [0.0, 0.5], ids=["at once", "while it waits for a message"])
def test_the_doctor_names_the_rule(pause_s: float) -> None:
    def broken() -> Iterator[bytes]:
        time.sleep(pause_s)
        yield publish(b"", b"1")

    with RawBroker(lambda packet: answering(packet, sends=broken())) as broker:
        report = SensorStream("a", broker.url).doctor(20)
    last = report.findings[-1]
    assert not last.is_well
    assert f"the broker broke the protocol: {NO_TOPIC}" in last.text
    assert "who runs the broker" in last.remedy


LET_PASS = {
    "PINGRESP unasked": Row("both", b"\xd0\x00", ""),
    "PUBACK of nothing": Row("both", b"\x40\x02\x00\x09", ""),
    "PUBREC of nothing": Row("both", b"\x50\x02\x00\x09", ""),
    "PUBCOMP of nothing": Row("both", b"\x70\x02\x00\x09", ""),
    "PUBREL of nothing": Row("both", pubrel(9), ""),
    "a topic that is no UTF-8": Row("both", publish(b"a\xff", b"\x001"), ""),
    "a topic that nobody asked for": Row("both", publish(b"b", b"\x001"), ""),
    "a Subscription Identifier": Row("5", publish_5(b"\x0b\x07", topic=b"b"), ""),
    "several Subscription Identifiers": Row("5", publish_5(b"\x0b\x07\x0b\x08", topic=b"b"), ""),
    "a long remaining length": Row("3.1.1", b"\x30\x84\x00\x00\x01b1", ""),
    "a thousand user properties": Row("5", publish_5(1000 * b"\x26\x00\x01a\x00\x01b", topic=b"b"), ""),
}


@pytest.mark.parametrize(("protocol", "sends", "_"), cases(LET_PASS))
def test_what_says_nothing_of_the_broker_or_does_no_harm_is_let_pass(protocol: Any, sends: bytes, _: str) -> None:
    properties = b"\x00" if protocol == "5" else b""
    behind = publish(b"a", properties + b"21.5")
    with (
        RawBroker(lambda packet: answering(packet, sends=[sends, behind], protocol=protocol)) as broker,
        SensorStream("a", Broker("127.0.0.1", broker.port, protocol=protocol), qos=2) as stream,
    ):
        wait_for(lambda: stream.ledger.stored == 1)
        live(stream)
        assert broker.connected == 1

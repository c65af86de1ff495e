"""A broker that wants to take memory or time: what it can take is bounded, and it is told what it broke."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode

from mqttwidgets import Broker, SensorStream

from ..conftest import network_threads
from ..support.memory_probe import Found, probe, probe_by
from ..support.raw_broker import (
    CONNACK,
    CONNACK_5,
    CONNECT,
    PINGRESP,
    SUBSCRIBE,
    Answer,
    RawBroker,
    answering,
    publish,
    remaining_length,
)
from ..support.waiting import wait_for

_MOST_MB = 64.0
_MOST_CPU_S = 0.5  # of one that tries three times
_USER_PROPERTY = b"\x26\x00\x00\x00\x00"
_DISCONNECT = 0xE0


def unreleased(count: int, payload: bytes) -> Iterator[bytes]:
    """Messages of QoS 2, each with an identifier of its own, and never a PUBREL."""
    return (publish(b"t", payload, qos=2, packet_id=number) for number in range(1, count + 1))


def test_messages_that_are_never_released_take_no_memory() -> None:
    """With MQTT 3.1.1, which knows no Receive Maximum; every one is counted."""
    found = probe(unreleased(2_500, b"21.5" + b" " * 100_000), 2_500, qos=2)
    print(found)
    assert found.grown_mb < _MOST_MB
    assert (found.received, found.sessions) == (2_500, 1)


def test_all_identifiers_unreleased_take_little_memory() -> None:
    found = probe(unreleased(65_535, b"21.5"), 65_535, qos=2)
    print(found)
    assert found.grown_mb < _MOST_MB
    assert (found.received, found.sessions) == (65_535, 1)


def test_more_in_flight_than_was_agreed_on_is_the_end() -> None:
    """By far, as widespread brokers overstep the Receive Maximum of MQTT 5, section 3.1.2.11.3, by some."""
    goodbyes: list[bytes] = []

    def answer(packet: bytes) -> Answer:
        if packet[0] == _DISCONNECT:
            goodbyes.append(packet)
        flood = (publish(b"t", b"\x0021.5", qos=2, packet_id=number) for number in range(1, 9_001))
        return answering(packet, sends=flood, protocol="5")

    with (
        RawBroker(answer) as raw,
        SensorStream("t", Broker("127.0.0.1", raw.port, protocol="5"), qos=2) as stream,
    ):
        wait_for(lambda: stream.status == "offline")
        assert "8,000 messages in flight where 1,000 were agreed on (MQTT-3.3.4-9)" in stream.status_text
        assert stream.ledger.received == 8_000
        wait_for(lambda: bool(goodbyes), what="a goodbye")
        assert goodbyes[0][2] == 0x93


def test_what_is_in_flight_is_counted_anew_on_each_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """MQTT 5, section 4.9: a broker that is left with messages half delivered may send as many more."""
    monkeypatch.setattr("mqttwidgets.mqtt.connection.retry_delay_s", lambda *_: 0.02)
    connections: list[bytes] = []

    def answer(packet: bytes) -> Answer:
        if packet[0] == CONNECT:
            connections.append(packet)
            return bytes([0x20, 3, len(connections) > 1, 0, 0])
        first = 5_000 * (len(connections) - 1) + 1
        sends: list[bytes | None] = [
            publish(b"t", b"\x0021.5", qos=2, packet_id=number) for number in range(first, first + 5_000)
        ]
        return answering(packet, sends=sends + [None] * (len(connections) == 1), protocol="5")

    with RawBroker(answer) as raw:
        broker = Broker("127.0.0.1", raw.port, protocol="5", session="persistent", client_id="me")
        with SensorStream("t", broker, qos=2) as stream:
            wait_for(lambda: stream.ledger.received == 10_000)
            assert stream.status == "live"


@pytest.mark.parametrize("packet", [PINGRESP, b"\x40\x02\x00\x07"], ids=["PINGRESP", "PUBACK"])
def test_a_flood_of_answers_to_nothing_does_not_keep_the_thread(
    packet: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of which a quarter of a megabyte is read at once, and paho takes packet by packet."""
    taken = itertools.count()
    take = paho.Client.loop_read

    def count(client: paho.Client) -> MQTTErrorCode:
        next(taken)
        return take(client)

    monkeypatch.setattr(paho.Client, "loop_read", count)
    flood = itertools.repeat(packet * 50_000)
    with RawBroker(lambda sent: answering(sent, sends=flood)) as raw, SensorStream("t", raw.url) as stream:
        wait_for(lambda: next(taken) > 1_000)
        stream.stop()
        before = next(taken)
        wait_for(lambda: not network_threads())
        assert next(taken) - before < 100


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_an_answer_with_60_000_codes_costs_nothing(protocol: str) -> None:
    no_properties = b"\x00" if protocol == "5" else b""

    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK_5 if protocol == "5" else CONNACK
        body = packet[2:4] + no_properties + bytes(60_000)
        return b"\x90" + remaining_length(len(body)) + body if packet[0] & 0xF0 == SUBSCRIBE else b""

    assert_cheap(probe_by(answer, 1, protocol=protocol, idle_s=4), "a SUBACK with 60,000 codes for 1")


LONG_PROPERTIES = 3_000_000 * _USER_PROPERTY


@pytest.mark.parametrize(
    ("packet", "rule"),
    [
        (b"\x90" + remaining_length(200_000_000), "a SUBACK of 200,000,000 bytes"),
        (b"\x30" + remaining_length(200_000_000), "a PUBLISH of 200,000,005 bytes"),
        (b"\xe0" + remaining_length(15_000_000), "a DISCONNECT of 15,000,000 bytes"),
    ],
    ids=["SUBACK", "PUBLISH", "DISCONNECT"],
)
def test_a_packet_that_is_too_long_is_not_read(packet: bytes, rule: str) -> None:
    def answer(sent: bytes) -> Answer:
        return answering(
            sent, sends=itertools.chain([packet], itertools.repeat(bytes(1_000_000), 10)), protocol="5"
        )

    assert_cheap(probe_by(answer, 1, protocol="5", idle_s=4), rule)


def assert_cheap(found: Found, rule: str) -> None:
    """Little memory, little CPU time, and the rule told."""
    print(found)
    assert found.grown_mb < _MOST_MB
    assert found.cpu_s < _MOST_CPU_S
    assert rule in found.status
    assert 2 <= found.sessions <= 4


def test_millions_of_properties_are_skipped() -> None:
    """Three million in one message, then as many as are read in each of many; beside plain ones."""
    long = publish(b"t", remaining_length(len(LONG_PROPERTIES)) + LONG_PROPERTIES + b"1", qos=1)
    read = 1_600 * _USER_PROPERTY
    many = publish(b"t", remaining_length(len(read)) + read + b"2")
    found = probe([long, *[many] * 100, publish(b"t", b"\x003")], 102, qos=1, protocol="5")
    print(found)
    assert found.grown_mb < _MOST_MB
    assert found.cpu_s < 2.0, "quadratic in the properties"
    assert (found.stored, found.sessions, found.acknowledged) == (102, 1, 1)

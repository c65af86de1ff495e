"""What a broker of MQTT 5 demands in its CONNACK, passes on with a message, and says as it hangs up."""

from __future__ import annotations

import threading

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from mqttwidgets import Broker, SensorStream
from mqttwidgets.mqtt.failures import DISCONNECTS_FOR_USER, REASON_NAMES
from mqttwidgets.mqtt.packet_format import Kind
from mqttwidgets.mqtt.packet_rules import ALLOWED

from ..support.mosquitto import Mosquitto
from ..support.raw_broker import (
    CONNECT,
    PINGREQ,
    PINGRESP,
    SUBSCRIBE,
    Answer,
    RawBroker,
    answering,
    publish,
    remaining_length,
    suback_5,
)
from ..support.waiting import wait_for
from . import assert_adds_up, live

# MQTT 5, sections 3.2.2.3.14, .7, .4 and .3.
_SERVER_KEEP_ALIVE_1_S = b"\x13\x00\x01"
_ASSIGNED_CLIENT_ID = b"\x12\x00\x05yours"
_MAXIMUM_QOS_0 = b"\x24\x00"
_RECEIVE_MAXIMUM_1 = b"\x21\x00\x01"


def test_the_limits_of_a_broker_are_kept() -> None:
    """A keepalive of one second in place of our minute, an id of its choice, QoS 0, one message at a time."""
    properties = _SERVER_KEEP_ALIVE_1_S + _ASSIGNED_CLIENT_ID + _MAXIMUM_QOS_0 + _RECEIVE_MAXIMUM_1
    connack = bytes([0x20, 3 + len(properties), 0, 0, len(properties)]) + properties
    pings = threading.Semaphore(0)

    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return connack
        if packet[0] == PINGREQ:
            pings.release()
            return PINGRESP + publish(b"a", b"\x005")  # without properties
        if packet[0] & 0xF0 == SUBSCRIBE:
            return suback_5(packet, 0)
        return b""

    with RawBroker(answer) as broker:
        ours = Broker("127.0.0.1", broker.port, protocol="5", keepalive_s=60)
        with SensorStream("a", ours, qos=1) as stream:
            live(stream)
            for _ in range(2):
                assert pings.acquire(timeout=3), "the broker's keepalive is one second"
            wait_for(lambda: stream.ledger.stored == 2)
            assert (stream.status, broker.connected) == ("live", 1)
            assert_adds_up(stream)


@pytest.mark.parametrize("asked_s", [0, 65_535])
def test_a_broker_does_not_talk_us_out_of_noticing_that_a_link_is_dead(asked_s: int) -> None:
    """A Server Keep Alive longer than ours, or none: we may always ask sooner (MQTT 5, section 3.1.2.10)."""
    properties = b"\x13" + asked_s.to_bytes(2, "big")
    connack = bytes([0x20, 3 + len(properties), 0, 0, len(properties)]) + properties

    def answer(packet: bytes) -> Answer:
        if packet[0] == CONNECT:
            return connack
        return b"" if packet[0] == PINGREQ else answering(packet, protocol="5")

    with (
        RawBroker(answer) as broker,
        SensorStream("a", Broker("127.0.0.1", broker.port, protocol="5", keepalive_s=1)) as stream,
    ):
        live(stream)
        wait_for(lambda: "no answer from 127.0.0.1 any more" in stream.status_text)


def keep(broker: Mosquitto, topic: str, **properties: object) -> None:
    """Publish 21.5 as a retained message with properties."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    packet = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    for name, value in properties.items():
        setattr(packet, name, value)
    client.publish(topic, "21.5", qos=1, retain=True, properties=packet).wait_for_publish(5)
    client.disconnect()
    client.loop_stop()


def test_what_sensors_say_of_a_message_stops_nobody(mosquitto: Mosquitto) -> None:
    """U+FEFF is a character like any other [MQTT-1.5.4-3], and Mosquitto passes it on."""
    keep(mosquitto, "a/1", UserProperty=("\ufeffunit", "\ufeff°C"))
    keep(mosquitto, "a/2", ContentType="text/plain\ufeff")
    keep(mosquitto, "a/3", ResponseTopic="\ufeff")
    keep(mosquitto, "a/4", CorrelationData=b"\xff\x00", PayloadFormatIndicator=1, MessageExpiryInterval=60)
    keep(mosquitto, "a/\ufeff")
    with SensorStream("a/#", Broker("127.0.0.1", mosquitto.port, protocol="5"), qos=1) as stream:
        wait_for(lambda: stream.ledger.stored == 5)
        live(stream)
        assert {topic for topic, _ in stream.series} == {"a/1", "a/2", "a/3", "a/4", "a/\ufeff"}
        assert mosquitto.connections_of_widgets() == 1


@pytest.mark.parametrize(
    "text", ["\ufeff", "\ufffe", "\uffff", "\ufdd0", "\U0010ffff", "\x01", "\x7f", "\x9f", "\ue000"], ids=ascii
)
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_any_text_that_is_utf_8_is_taken(text: str, qos: int) -> None:
    """MQTT 5, section 1.5.4.1: a receiver may, and here does not, refuse controls and noncharacters."""
    string = len(text.encode()).to_bytes(2, "big") + text.encode()
    properties = b"\x03" + string + b"\x08" + string + b"\x26" + string + string
    sends = publish(text.encode(), remaining_length(len(properties)) + properties + b"21.5", qos=qos)
    with (
        RawBroker(lambda packet: answering(packet, sends=[sends], protocol="5")) as broker,
        SensorStream("#", Broker("127.0.0.1", broker.port, protocol="5"), qos=qos) as stream,
    ):
        wait_for(lambda: stream.ledger.stored == 1)
        assert stream.series[text, ""].value.tolist() == [21.5]


def test_what_a_broker_says_of_its_answers_stops_nobody() -> None:
    """A Reason String and a User Property with U+FEFF in a CONNACK and a SUBACK."""
    properties = b"\x1f\x00\x03\xef\xbb\xbf" + 2 * b"\x26\x00\x03\xef\xbb\xbf\x00\x00"
    length = bytes([len(properties)])

    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return bytes([0x20, 3 + len(properties), 0, 0]) + length + properties
        if packet[0] & 0xF0 == SUBSCRIBE:
            return bytes([0x90, 4 + len(properties)]) + packet[2:4] + length + properties + b"\x00"
        return b""

    with RawBroker(answer) as broker, SensorStream("a", Broker("127.0.0.1", broker.port, protocol="5")) as stream:
        live(stream)


@pytest.mark.parametrize("code", sorted(ALLOWED[Kind.DISCONNECT]), ids=lambda code: REASON_NAMES[code])
def test_a_goodbye_is_told_in_words(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a wait that grows, or none where the same would come again until the user does something."""
    asked: list[tuple[int, bool]] = []

    def delay_s(_outage_s: float, attempt: int, recurs: bool) -> float:
        asked.append((attempt, recurs))
        return 0.02

    monkeypatch.setattr("mqttwidgets.mqtt.connection.retry_delay_s", delay_s)
    goodbye = bytes([0xE0, 1, code])
    with (
        RawBroker(lambda packet: answering(packet, sends=[goodbye], protocol="5")) as broker,
        SensorStream("a", Broker("127.0.0.1", broker.port, protocol="5", client_id="me")) as stream,
    ):
        if code in DISCONNECTS_FOR_USER:
            wait_for(lambda: stream.status == "refused")
            assert broker.connected == 1
        else:
            wait_for(lambda: len(asked) >= 3)
            assert asked[:3] == [(1, True), (2, True), (3, True)]
            wait_for(lambda: stream.status == "offline")
        assert GOODBYES.get(code, f"127.0.0.1 ended the session: {REASON_NAMES[code]}") in stream.status_text


GOODBYES = {
    0x87: "127.0.0.1 does not admit clients without a user name (not authorized)",
    0x8D: "no answer from 127.0.0.1 any more: it says that it heard nothing from us",
    0x8E: "another client took over the client id 'me'",
}


def test_what_else_a_goodbye_says() -> None:
    reason, server = b"\x1f\x00\x06mainte", b"\x1c\x00\x05other"
    goodbye = bytes([0xE0, 2 + len(reason + server), 0x9D, len(reason + server)]) + reason + server
    with (
        RawBroker(lambda packet: answering(packet, sends=[goodbye], protocol="5")) as broker,
        SensorStream("a", Broker("127.0.0.1", broker.port, protocol="5")) as stream,
    ):
        wait_for(lambda: stream.status == "refused")
        assert "127.0.0.1 ended the session: server moved (mainte); it names other" in stream.status_text


def test_a_refusal_says_what_the_broker_says() -> None:
    """Also one of MQTT 5 whose code the client library does not know."""
    refusal = b"\x20\x0b\x00\x99\x08\x1f\x00\x05teapo"
    with (
        RawBroker(lambda packet: refusal if packet[0] == CONNECT else b"") as broker,
        SensorStream("a", Broker("127.0.0.1", broker.port, protocol="5")) as stream,
    ):
        wait_for(lambda: stream.status == "offline")
        assert "127.0.0.1 refused the connection: payload format invalid (teapo)." in stream.status_text

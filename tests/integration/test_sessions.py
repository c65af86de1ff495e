"""What a broker keeps for us while the link is down, and what is told where it did not."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from mqttwidgets import Broker, SensorStream
from mqttwidgets.mqtt.connection import Connection
from mqttwidgets.mqtt.subscription_table import Subscriber

from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.raw_broker import CONNACK, CONNECT, PUBACK, PUBREC, SUBSCRIBE, RawBroker, pubrel, suback
from ..support.raw_broker import publish as publish_packet
from ..support.waiting import wait_for
from . import assert_adds_up, live

CONNACK_WITH_SESSION = b"\x20\x02\x01\x00"


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that keeps sessions on disk."""
    broker = Mosquitto(tmp_path, extra=["persistence true", f"persistence_location {tmp_path}/"]).start()
    yield broker
    broker.stop()


@pytest.mark.parametrize(
    ("protocol", "qos", "restarts"),
    [("3.1.1", 1, 3), ("5", 1, 2), ("3.1.1", 2, 2), pytest.param("3.1.1", 1, 20, marks=pytest.mark.soak)],
)
def test_a_persistent_session_loses_nothing_over_restarts(
    keeper: Mosquitto, protocol: Any, qos: int, restarts: int
) -> None:
    broker = Broker("127.0.0.1", keeper.port, protocol=protocol)
    with SensorStream("a", broker, qos=qos, session="persistent") as stream:
        live(stream)
        assert stream.link.remark == ""
        for restart in range(restarts):
            keeper.stop()
            wait_for(lambda: stream.status == "offline")
            keeper.start()
            publish(keeper.port, [("a", str(10 * restart + number)) for number in range(10)], qos=qos)
            live(stream)
            assert "the broker kept what came with QoS 1 or 2" in stream.status_text
        wait_for(lambda: stream.ledger.stored == 10 * restarts)
        assert stream.series["a", ""].value.tolist() == list(range(10 * restarts))
        assert_adds_up(stream)


def test_a_lost_session_is_told(mosquitto: Mosquitto) -> None:
    with SensorStream("a", mosquitto.url, qos=1, session="persistent") as stream:
        live(stream)
        mosquitto.kill()
        wait_for(lambda: stream.status == "offline")
        mosquitto.start()
        live(stream)
        assert "the broker has lost our session: messages may be missing" in stream.status_text


def test_an_outage_is_told_after_it(mosquitto: Mosquitto) -> None:
    with SensorStream("a", mosquitto.url) as stream:
        live(stream)
        publish(mosquitto.port, [("a", "1")])
        wait_for(lambda: stream.ledger.stored == 1)
        mosquitto.stop()
        wait_for(lambda: stream.status == "offline")
        mosquitto.start()
        live(stream)
        assert stream.status_text.startswith("Connected to 127.0.0.1. The link was down for ")
        assert stream.status_text.endswith("what was sent meanwhile is missing.")


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_a_persistent_session_ends_with_its_last_stream(mosquitto: Mosquitto, protocol: Any) -> None:
    broker = Broker("127.0.0.1", mosquitto.port, protocol=protocol, client_id="plant-7", session="persistent")
    first, second = SensorStream("a", broker, qos=1), SensorStream("b", broker, qos=2)
    with first:
        with second:
            live(second)
        live(first)
    wait_for(lambda: mosquitto.log().count("Client plant-7 disconnected") == (2 if protocol == "3.1.1" else 1))
    assert not _has_session(mosquitto, "plant-7")


def test_what_a_session_brings_at_once_reaches_all_its_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    acknowledged = threading.Event()

    def answer(packet: bytes) -> bytes:
        if packet[0] & 0xF0 == CONNECT:
            kept = [publish_packet(topic, b"1", qos=1, packet_id=1 + n) for n, topic in enumerate((b"a", b"b"))]
            return CONNACK_WITH_SESSION + b"".join(kept)
        if packet[0] & 0xF0 == PUBACK:
            acknowledged.set()
        return suback(packet, 1) if packet[0] & 0xF0 == SUBSCRIBE else b""

    def add_late(connection: Connection, subscriber: Subscriber) -> None:
        acknowledged.wait(0.3)  # as long as the network thread may run ahead
        add(connection, subscriber)

    add = Connection.add
    monkeypatch.setattr(Connection, "add", add_late)
    with RawBroker(answer) as raw:
        broker = Broker("127.0.0.1", raw.port, client_id="plant-7", session="persistent")
        with SensorStream(["a", "b"], broker, qos=1) as stream:
            wait_for(acknowledged.is_set)
            wait_for(lambda: stream.ledger.stored == 2, what="what the session had kept")


def _has_session(mosquitto: Mosquitto, client_id: str) -> bool:
    answers: list[bool] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)
    client.on_connect = lambda _client, _data, flags, _reason, _properties: answers.append(flags.session_present)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    wait_for(lambda: bool(answers))
    client.disconnect()
    client.loop_stop()
    return answers[0]


def test_a_client_id_of_ones_own_finds_its_session_after_the_process_died(mosquitto: Mosquitto) -> None:
    broker = Broker("127.0.0.1", mosquitto.port, client_id="plant-7", session="persistent")
    code = (
        "import mqttwidgets, os, time\n"
        f"broker = mqttwidgets.Broker('127.0.0.1', {mosquitto.port}, client_id='plant-7', session='persistent')\n"
        "stream = mqttwidgets.SensorStream('a', broker, qos=1)\n"
        "stream.start()\n"
        "while stream.status != 'live': time.sleep(0.01)\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
    publish(mosquitto.port, [("a", str(number)) for number in range(5)], qos=1)
    with SensorStream("a", broker, qos=1) as stream:
        wait_for(lambda: stream.ledger.stored == 5)
        assert stream.series["a", ""].value.tolist() == list(range(5))


def test_a_look_by_the_doctor_leaves_what_the_broker_keeps(keeper: Mosquitto) -> None:
    broker = Broker("127.0.0.1", keeper.port, client_id="plant-7", session="persistent")
    with SensorStream("a", broker, qos=1) as stream:
        live(stream)
        keeper.stop()
        wait_for(lambda: stream.status == "offline")  # else its goodbye might end the session
    keeper.start()
    publish(keeper.port, [("a", "1"), ("a", "2")], qos=1)
    stream.doctor(0.1)
    with stream:
        wait_for(lambda: stream.ledger.stored == 2)
        live(stream)
        assert "The broker had our session" in stream.link.remark


def test_a_stream_that_starts_again_waits_until_its_session_has_ended(mosquitto: Mosquitto) -> None:
    broker = Broker("127.0.0.1", mosquitto.port, client_id="plant-7", session="persistent")
    stream = SensorStream("a", broker, qos=1)
    for number in range(5):
        with stream:
            live(stream)
            publish(mosquitto.port, [("a", str(number))], qos=1)
            wait_for(lambda: stream.ledger.stored == number + 1)  # noqa: B023
            assert stream.link.remark == ""
    assert "already connected" not in mosquitto.log()


def test_a_topic_of_before_the_outage_is_left(keeper: Mosquitto) -> None:
    with SensorStream("a/#", keeper.url, qos=1, session="persistent") as stream:
        live(stream)
        keeper.stop()
        wait_for(lambda: stream.status == "offline")
        stream.topic = "a/b"
        keeper.start()
        live(stream)
        wait_for(lambda: "Received UNSUBSCRIBE from mqttwidgets" in keeper.log())
        publish(keeper.port, [("a/b", "1"), ("a/c", "2"), ("a/b", "3")], qos=1)
        wait_for(lambda: stream.ledger.received == 2)
        assert stream.series["a/b", ""].value.tolist() == [1, 3]


def test_what_two_filters_bring_over_an_outage_counts_once(keeper: Mosquitto) -> None:
    topics = ["a/+/x", "a/b/+"]
    with SensorStream(topics, keeper.url, qos=1, session="persistent") as stream:
        live(stream)
        keeper.stop()
        wait_for(lambda: stream.status == "offline")
        keeper.start()
        publish(keeper.port, [("a/b/x", str(number)) for number in range(10)] + [("a/b/end", "0")], qos=1)
        live(stream)
        wait_for(lambda: ("a/b/end", "") in stream.series)
        wait_for(lambda: len(stream.series["a/b/x", ""]) >= 10)
        assert stream.series["a/b/x", ""].value.tolist() == list(range(10))


def test_clean_and_persistent_sessions_of_one_client_id_are_apart(mosquitto: Mosquitto) -> None:
    broker = Broker("127.0.0.1", mosquitto.port, client_id="plant-7")
    with SensorStream("a", broker) as one, SensorStream("a", broker, qos=1, session="persistent") as other:
        live(one)
        live(other)
        assert "already connected" not in mosquitto.log()
        assert mosquitto.log().count(" as plant-7-2 ") == 1


def test_a_process_that_ends_leaves_no_session_that_nobody_can_find(mosquitto: Mosquitto) -> None:
    code = (
        "import mqttwidgets, time\n"
        f"stream = mqttwidgets.SensorStream('a', {mosquitto.url!r}, qos=1, session='persistent')\n"
        "stream.start()\n"
        "while stream.status != 'live': time.sleep(0.01)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
    found = re.search(r" as (mqttwidgets-\w+) ", mosquitto.log())
    assert found is not None
    assert not _has_session(mosquitto, found[1])


def test_a_persistent_session_wants_a_quality_of_service_that_is_kept() -> None:
    with pytest.raises(ValueError, match="add qos=1"):
        SensorStream("a", session="persistent")
    with pytest.raises(ValueError, match="session is one of clean, persistent"):
        SensorStream("a", session="eternal")  # type: ignore[arg-type]


def test_a_message_that_is_delivered_once_more_counts_once() -> None:
    came = [
        publish_packet(b"a", b"1", qos=1, packet_id=7),
        publish_packet(b"a", b"1", qos=1, packet_id=7, dup=True),
        publish_packet(b"a", b"1", qos=1, packet_id=8),
        publish_packet(b"a", b"2", qos=1, packet_id=7),
        publish_packet(b"a", b"3", qos=1, packet_id=9, dup=True),
    ]

    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK
        return suback(packet, 1) + b"".join(came) if packet[0] & 0xF0 == SUBSCRIBE else b""

    with RawBroker(answer) as broker, SensorStream("a", broker.url, qos=1) as stream:
        wait_for(lambda: stream.ledger.stored == 4)
        assert stream.series["a", ""].value.tolist() == [1, 1, 2, 3]


@pytest.mark.parametrize(
    "again",
    [pubrel(7), publish_packet(b"a", b"21.5", qos=2, packet_id=7, dup=True) + pubrel(7)],
    ids=["had", "lost"],
)
def test_what_is_half_delivered_with_qos_2_counts_once_over_an_outage(again: bytes) -> None:
    """Released where the broker had our PUBREC, sent once more where that was lost."""
    half = publish_packet(b"a", b"21.5", qos=2, packet_id=7)
    new = publish_packet(b"a", b"22.5", qos=2, packet_id=7)

    def answer(packet: bytes) -> bytes | None:
        kind = packet[0] & 0xF0
        if kind == CONNECT:
            return CONNACK if broker.connected == 1 else CONNACK_WITH_SESSION + again + new
        if kind == SUBSCRIBE:
            return suback(packet, 2) + (half if broker.connected == 1 else b"")
        return None if kind == PUBREC and broker.connected == 1 else b""

    with RawBroker(answer) as broker, SensorStream("a", broker.url, qos=2, session="persistent") as stream:
        wait_for(lambda: stream.ledger.stored == 2)
        assert broker.connected == 2
        assert stream.series["a", ""].value.tolist() == [21.5, 22.5]


def test_a_lower_quality_of_service_than_asked_for_is_told() -> None:
    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return CONNACK
        return suback(packet, 0) + publish_packet(b"a", b"1") if packet[0] & 0xF0 == SUBSCRIBE else b""

    with RawBroker(answer) as broker, SensorStream("a", broker.url, qos=1) as stream:
        wait_for(lambda: stream.ledger.stored == 1)
        assert stream.status == "live"
        assert "It grants QoS 0 where 1 was asked for" in stream.status_text

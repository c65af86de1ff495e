"""One connection per Broker for all streams of a process, and every message once."""

from __future__ import annotations

import gc
import signal
import threading
from functools import partial
from typing import Any

import pytest

from mqttwidgets import Broker, SensorStream
from mqttwidgets.mqtt.topic import topic_filters

from ..conftest import network_threads
from ..support import raw_broker
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.waiting import wait_for
from . import live


def test_equal_brokers_share_one_connection_that_ends_with_the_last(mosquitto: Mosquitto) -> None:
    streams = [SensorStream(topic, mosquitto.url) for topic in ("a/#", "b/#", "a/x", "a/#")]
    for stream in streams:
        stream.start()
    for stream in streams:
        live(stream)
    assert len(network_threads()) == 1
    assert mosquitto.connections_of_widgets() == 1
    for stream in streams[:-1]:
        stream.stop()
    assert len(network_threads()) == 1
    publish(mosquitto.port, [("a/x", "5")])
    wait_for(lambda: streams[-1].ledger.stored == 1)
    assert [stream.ledger.received for stream in streams] == [0, 0, 0, 1]
    streams[-1].stop()
    wait_for(lambda: not network_threads() and mosquitto.widgets_connected() == 0)


def test_other_credentials_are_another_connection(mosquitto: Mosquitto) -> None:
    anonymous = SensorStream("#", mosquitto.url)
    named = SensorStream("#", Broker("127.0.0.1", mosquitto.port, username="me"))
    with anonymous, named:
        live(anonymous)
        live(named)
        assert len(network_threads()) == 2


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.parametrize(
    "topics",
    [
        [["a/#", "+/x"]],
        [["#", "a/x", "a/+"]],
        ["a/#", "+/x"],
        ["a/+", "+/x", "#", "a/x"],
        [["+/x", "a/+"], ["a/#", "b/#"], "a/x"],
    ],
    ids=str,
)
def test_overlapping_filters_bring_every_message_once(
    mosquitto: Mosquitto, protocol: Any, topics: list[str | list[str]]
) -> None:
    broker = Broker("127.0.0.1", mosquitto.port, protocol=protocol)
    streams = [SensorStream(topic, broker) for topic in topics]
    for stream in streams:
        stream.start()
    for stream in streams:
        live(stream)
    publish(mosquitto.port, [("a/x", str(number)) for number in range(50)] + [("b/x", "7"), ("a/end", "0")], qos=1)
    for stream in streams:
        wait_for(partial(_has_ended, stream), what="the last message")
        assert stream.series["a/x", ""].value.tolist() == list(range(50))
        stream.stop()


def _has_ended(stream: SensorStream) -> bool:
    if not any(wanted.matches("a/end") for wanted in topic_filters(stream.topic)):
        return ("a/x", "") in stream.series and len(stream.series["a/x", ""]) >= 50
    return ("a/end", "") in stream.series


def test_a_newcomer_gets_the_retained_messages_and_nobody_gets_them_twice(mosquitto: Mosquitto) -> None:
    publish(mosquitto.port, [("a/x", "1")], retain=True)
    first = SensorStream("a/#", mosquitto.url)
    with first:
        wait_for(lambda: first.ledger.stored == 1)
        second = SensorStream("a/x", mosquitto.url)
        with second:
            wait_for(lambda: second.ledger.stored == 1)
            assert len(network_threads()) == 1
            publish(mosquitto.port, [("a/x", "2")])
            wait_for(lambda: second.ledger.stored == first.ledger.stored == 2)
            assert first.series["a/x", ""].value.tolist() == [1.0, 2.0]


def test_another_topic_keeps_the_connection(mosquitto: Mosquitto) -> None:
    stream = SensorStream("a/#", mosquitto.url)
    with stream:
        live(stream)
        stream.topic = "b/#"
        live(stream)
        publish(mosquitto.port, [("a/x", "1"), ("b/x", "2")])
        wait_for(lambda: stream.ledger.received == 1)
        assert list(stream.series) == [("b/x", "")]
        assert mosquitto.connections_of_widgets() == 1


def test_a_narrower_topic_ends_the_wider_subscription(mosquitto: Mosquitto) -> None:
    stream = SensorStream("#", mosquitto.url)
    with stream:
        live(stream)
        stream.topic = "home/x"
        live(stream)
        publish(mosquitto.port, [("yard", "1"), ("home/y", "2"), ("home/x", "3")])
        wait_for(lambda: stream.ledger.received == 1)
        assert list(stream.series) == [("home/x", "")]
        sent = [line for line in mosquitto.log().splitlines() if "Sending PUBLISH to mqttwidgets" in line]
        assert ["home/x" in line for line in sent] == [True]


def test_the_wider_subscription_ends_with_the_last_who_wants_it(mosquitto: Mosquitto) -> None:
    everything, one = SensorStream("#", mosquitto.url), SensorStream("home/x", mosquitto.url)
    with one:
        with everything:
            live(everything)
            live(one)
        wait_for(lambda: "Received UNSUBSCRIBE from mqttwidgets" in mosquitto.log())
        publish(mosquitto.port, [("yard", "1"), ("home/x", "3")])
        wait_for(lambda: one.ledger.received == 1)
        assert one.series["home/x", ""].cut().gaps.tolist() == []
        sent = [line for line in mosquitto.log().splitlines() if "Sending PUBLISH to mqttwidgets" in line]
        assert ["home/x" in line for line in sent] == [True]


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_what_two_topics_have_in_common_goes_on_without_a_gap(mosquitto: Mosquitto, qos: int) -> None:
    numbers = [("home/x", str(number)) for number in range(600)]
    stream = SensorStream("home/+", mosquitto.url, qos=qos)
    with stream:
        live(stream)
        publisher = PublisherProcess(mosquitto.port, numbers, rate_hz=200, qos=qos)
        wait_for(lambda: stream.ledger.stored > 50)
        for topic in ("home/x", "#", ["home/x", "yard"], "home/+"):
            before = stream.ledger.received
            stream.topic = topic
            wait_for(partial(_grew, stream, before), what="more messages")
        publisher.wait()
        wait_for(lambda: stream.series["home/x", ""].last == (stream.last_message_at, 599.0))
        cut = stream.series["home/x", ""].cut()
        assert (cut.value.tolist(), cut.gaps.tolist()) == (list(range(600)), [])
        assert mosquitto.connections_of_widgets() == 1


@pytest.mark.parametrize("copies", [1, 2])
def test_a_message_while_the_topic_changes_counts_once(copies: int) -> None:
    """As the bytes of a broker: what it sends between its SUBACK and its UNSUBACK it may send once or twice."""
    meanwhile = [raw_broker.publish(b"home/x", payload) for payload in (b"1", b"2", b"3", b"3")]

    def answer(packet: bytes) -> bytes:
        kind = packet[0] & 0xF0
        if kind == raw_broker.SUBSCRIBE and b"home/x" in packet:
            return raw_broker.suback(packet, 0)
        if kind == raw_broker.SUBSCRIBE:
            return raw_broker.suback(packet, 0) + b"".join(each * copies for each in meanwhile)
        if kind == raw_broker.UNSUBSCRIBE:
            return raw_broker.unsuback(packet) + raw_broker.publish(b"home/x", b"4") * 2
        return raw_broker.CONNACK if kind == raw_broker.CONNECT else b""

    with raw_broker.RawBroker(answer) as broker, SensorStream("home/x", broker.url) as stream:
        live(stream)
        stream.topic = "home/+"
        wait_for(lambda: stream.ledger.stored == 6)
        assert stream.series["home/x", ""].value.tolist() == [1, 2, 3, 3, 4, 4]


def test_who_turns_to_all_topics_takes_nothing_from_whom_stays(mosquitto: Mosquitto) -> None:
    one, other = SensorStream("home/x", mosquitto.url), SensorStream("yard", mosquitto.url)
    with one, other:
        live(one)
        live(other)
        other.topic = "#"
        live(other)
        publish(mosquitto.port, [("home/x", "1"), ("home/x", "1"), ("yard", "2")])
        wait_for(lambda: other.ledger.stored == 3 and one.ledger.stored == 2)


def _grew(stream: SensorStream, before: int) -> bool:
    return stream.ledger.received > before + 20


def test_a_series_outside_the_topic_for_a_while_has_a_gap(mosquitto: Mosquitto) -> None:
    stream = SensorStream("home/+", mosquitto.url)
    with stream:
        live(stream)
        publish(mosquitto.port, [("home/x", "1"), ("home/y", "1")])
        wait_for(lambda: stream.ledger.stored == 2)
        stream.topic = "home/x"
        live(stream)
        stream.topic = "home/+"
        live(stream)
        publish(mosquitto.port, [("home/x", "2"), ("home/y", "2")])
        wait_for(lambda: stream.ledger.stored == 4)
        gaps = {topic: series.cut().gaps.tolist() for (topic, _), series in stream.series.items()}
        assert gaps == {"home/x": [], "home/y": [1]}


def test_overlapping_filters_and_a_client_id_of_ones_own(mosquitto: Mosquitto) -> None:
    broker = Broker("127.0.0.1", mosquitto.port, client_id="plant-7")
    stream = SensorStream(["a/#", "+/x"], broker)
    with stream:
        live(stream)
        publish(mosquitto.port, [("a/x", "1"), ("b/x", "2"), ("a/y", "3")])
        wait_for(lambda: stream.ledger.stored == 3)
        assert mosquitto.log().count(" as plant-7 ") == 1
        assert mosquitto.log().count(" as plant-7-2 ") == 1


def test_a_stream_that_nobody_holds_ends_its_subscription(mosquitto: Mosquitto) -> None:
    for url in (mosquitto.url, "mqtt://127.0.0.1:1"):
        stream = SensorStream("a", url)
        stream.start()
        wait_for(partial(_has_status, stream, "live", "offline"))
    del stream
    gc.collect()
    wait_for(lambda: not network_threads(), what="the connection to end with its only stream")


def _has_status(stream: SensorStream, *statuses: str) -> bool:
    return stream.status in statuses


def test_an_outage_just_after_a_topic_change_is_a_gap(mosquitto: Mosquitto) -> None:
    stream = SensorStream("a", mosquitto.url)
    with stream:
        live(stream)
        publish(mosquitto.port, [("a", "1"), ("a", "2")])
        wait_for(lambda: stream.ledger.stored == 2)
        mosquitto.send_signal(signal.SIGSTOP)
        stream.topic = ["a", "b"]
        mosquitto.kill()
        wait_for(lambda: stream.status == "offline")
        mosquitto.start()
        live(stream)
        publish(mosquitto.port, [("a", "3")])
        wait_for(lambda: stream.ledger.stored == 3)
        assert stream.series["a", ""].cut().gaps.tolist() == [2]


def test_starting_and_stopping_from_many_threads(mosquitto: Mosquitto) -> None:
    stream = SensorStream("a/#", mosquitto.url)

    def toggle() -> None:
        for _ in range(20):
            stream.start()
            stream.stop()

    threads = [threading.Thread(target=toggle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stream.status == "stopped"
    wait_for(lambda: not network_threads())
    with stream:
        live(stream)

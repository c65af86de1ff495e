"""What comes from a broker byte by byte, all at once, or not at all."""

from __future__ import annotations

import sys
import time

import pytest

from mqttwidgets import Broker, SensorStream

from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess
from ..support.publishing import publish as publish_lines
from ..support.raw_broker import PINGREQ, PINGRESP, PUBACK, Answer, RawBroker, answering, publish
from ..support.waiting import wait_for
from . import assert_adds_up, live


def test_packets_of_all_kinds_at_once() -> None:
    """In one go QoS 0, QoS 1, a large one, a topic that is no UTF-8, and an answer to a ping between them."""
    large = b'{"t": 4, "text": "' + b"x" * 100_000 + b'"}'
    sends = (
        publish(b"t", b"1")
        + b"\x32\x06\x00\x01t\x00\x072"
        + publish(b"\xff\xfe", b"99")
        + PINGRESP
        + publish(b"t", b"3")
        + publish(b"u", large)
        + publish(b"t", b"5")
    )
    acknowledged = []

    def answer(packet: bytes) -> Answer:
        if packet[0] & 0xF0 == PUBACK:
            acknowledged.append(packet)
        return answering(packet, sends=[sends])

    with RawBroker(answer) as broker, SensorStream("#", broker.url, qos=1) as stream:
        wait_for(lambda: stream.ledger.received == 5)
        assert stream.series["t", ""].value.tolist() == [1, 2, 3, 5]
        assert stream.series["u", "/t"].value.tolist() == [4]
        wait_for(lambda: acknowledged == [b"\x40\x02\x00\x07"])
        assert_adds_up(stream)


def test_a_packet_that_is_none_ends_the_connection_and_what_came_before_counts() -> None:
    sends = publish(b"t", b"1") + publish(b"t", b"2") + b"\x30\xff\xff\xff\xff\xff" + publish(b"t", b"3")
    with RawBroker(lambda packet: answering(packet, sends=[sends])) as broker:
        stream = SensorStream("t", broker.url)
        with stream:
            wait_for(lambda: broker.connected == 2)
            wait_for(lambda: stream.ledger.received == 4)
        cut = stream.series["t", ""].cut()
        assert (cut.value.tolist(), cut.gaps.tolist()) == ([1, 2, 1, 2], [2])


@pytest.mark.parametrize("answers_pings", [True, False])
def test_a_link_is_asked_whether_it_lives_and_messages_are_an_answer(answers_pings: bool) -> None:
    """A broker that sends messages after each of three pings, and answers these or does not; then it is silent."""
    pings = []

    def answer(packet: bytes) -> Answer:
        if packet[0] & 0xF0 != PINGREQ:
            return answering(packet, sends=[publish(b"t", b"1")])
        pings.append(packet)
        return b"" if len(pings) > 3 else publish(b"t", b"2") * 100 + (PINGRESP if answers_pings else b"")

    with RawBroker(answer) as broker:
        stream = SensorStream("t", Broker("127.0.0.1", broker.port, keepalive_s=1))
        with stream:
            wait_for(lambda: len(pings) == 4)
            assert (broker.connected, stream.status) == (1, "live")
            wait_for(lambda: broker.connected == 2, what="the silent broker to be left")


def test_whatever_taking_a_message_raises_the_network_thread_goes_on(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stream = SensorStream("t", mosquitto.url)
    with stream:
        live(stream)
        with monkeypatch.context() as patch:
            patch.setattr(stream, "deliver", lambda *_: sys.exit("enough"))
            publish_lines(mosquitto.port, [("t", "1")])
            wait_for(lambda: "could not be taken" in caplog.text)
        publish_lines(mosquitto.port, [("t", "2")])
        wait_for(lambda: stream.ledger.stored == 1)
        assert mosquitto.connections_of_widgets() == 1


def test_a_busy_main_thread_takes_five_thousand_messages_a_second(mosquitto: Mosquitto) -> None:
    """Pure Python from the first message to the last, without a look at the stream, and nothing is lost."""
    numbers = [("fast/json", f'{{"t": {number}, "h": 48.25, "p": 1013.275}}') for number in range(15_000)]
    stream = SensorStream("fast/#", mosquitto.url)
    with stream:
        live(stream)
        publisher = PublisherProcess(mosquitto.port, numbers, rate_hz=5_000)
        until = time.monotonic() + 60
        while publisher.is_running and time.monotonic() < until:
            sum(range(1_000))
        publisher.wait()
        wait_for(lambda: stream.ledger.received == len(numbers))
        page = stream.ledger.page()
        assert (page.stored, dict(page.dropped)) == (len(numbers), {})
        assert stream.series["fast/json", "/t"].value.tolist() == list(range(len(numbers)))
        assert_adds_up(stream)


def test_whatever_news_of_the_link_raise_the_network_thread_goes_on(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with SensorStream("t", mosquitto.url) as stream:
        live(stream)
        with monkeypatch.context() as patch:
            patch.setattr(stream, "link_lost", lambda: sys.exit("enough"))
            mosquitto.stop()
            wait_for(lambda: "could not be told" in caplog.text)
        mosquitto.start()
        live(stream)

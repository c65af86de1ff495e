"""Brokers that are down, vanish, hang or come back."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from datetime import timezone

import pytest

from mqttwidgets import Broker, SensorStream
from mqttwidgets.base.clock import CLOCK
from mqttwidgets.base.times import Window
from mqttwidgets.mqtt.client import CONNECT_TIMEOUT_S
from mqttwidgets.plot.view import View

from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.raw_broker import CONNACK, CONNECT, RawBroker
from ..support.waiting import wait_for
from . import assert_adds_up, live


def test_a_broker_that_is_down_blocks_nothing(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    stream = SensorStream("a", mosquitto.url)
    stream.start()
    wait_for(lambda: stream.status == "offline")
    assert f"nothing listens at 127.0.0.1:{mosquitto.port}" in stream.status_text
    assert "Next try in" in stream.status_text
    mosquitto.start()
    live(stream)
    stream.stop()
    assert stream.status == "stopped"


@pytest.mark.parametrize("end", [Mosquitto.stop, Mosquitto.kill], ids=["stopped", "killed"])
def test_ten_seconds_of_outage_heal_within_three_and_leave_a_gap(
    mosquitto: Mosquitto, end: Callable[[Mosquitto], None]
) -> None:
    stream = SensorStream("a", mosquitto.url)
    with stream:
        live(stream)
        publish(mosquitto.port, [("a", "1"), ("a", "2")])
        wait_for(lambda: stream.ledger.stored == 2)
        end(mosquitto)
        stopped_at = time.monotonic()
        wait_for(lambda: stream.status == "offline")
        wait_for(lambda: time.monotonic() - stopped_at > 10, timeout_s=15)
        mosquitto.start()
        began = time.monotonic()
        live(stream)
        assert time.monotonic() - began < 3
        publish(mosquitto.port, [("a", "3")])
        wait_for(lambda: stream.ledger.stored == 3)
        cut = stream.series["a", ""].cut()
        assert (cut.value.tolist(), cut.gaps.tolist()) == ([1.0, 2.0, 3.0], [2])
        assert_adds_up(stream)


def test_a_state_that_is_sent_once_is_drawn_for_as_long_as_the_link_is_up(mosquitto: Mosquitto) -> None:
    stream = SensorStream("door", mosquitto.url)
    view = View(stream, Window.parse("2 s"))
    with stream:
        live(stream)
        publish(mosquitto.port, [("door", '{"contact": false}')])
        wait_for(lambda: stream.ledger.stored == 1)
        sent = time.time()
        wait_for(lambda: time.time() - sent > 3)
        now = CLOCK.now()
        frame = view.frame(now, timezone.utc, "UTC")
        assert frame.time_axis.ends[1] >= now, "the axis goes on"
        assert frame.lines[0].time[-1] >= now
        mosquitto.stop()
        wait_for(lambda: stream.status == "offline")
        known_until = view.frame(CLOCK.now(), timezone.utc, "UTC").lines[0].time[-1]
        assert now <= known_until <= CLOCK.now()
        wait_for(lambda: CLOCK.now() > known_until + 0.5)
        assert view.frame(CLOCK.now(), timezone.utc, "UTC").lines[0].time[-1] == known_until


def test_a_start_ends_the_wait_for_the_next_try(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    stream = SensorStream("a", mosquitto.url)
    stream.start()
    wait_for(lambda: stream.link.next_try_at is not None and stream.link.next_try_at - time.time() > 1.5)
    planned = stream.link.next_try_at
    assert planned is not None
    mosquitto.start()
    stream.start()
    live(stream)
    assert time.time() < planned
    stream.stop()


def test_a_hung_broker_is_noticed_within_two_keepalives(mosquitto: Mosquitto) -> None:
    """SIGSTOP leaves the TCP connection open and silent."""
    stream = SensorStream("a", Broker("127.0.0.1", mosquitto.port, keepalive_s=2))
    with stream:
        live(stream)
        mosquitto.send_signal(signal.SIGSTOP)
        try:
            wait_for(lambda: stream.status == "offline", timeout_s=6, what="the silence to be noticed")
        finally:
            mosquitto.send_signal(signal.SIGCONT)
        live(stream)


def test_a_host_that_takes_the_connection_and_says_nothing() -> None:
    with RawBroker(lambda _packet: b"") as broker:
        stream = SensorStream("a", broker.url)
        stream.start()
        assert stream.status == "connecting", "start must not wait for the answer that never comes"
        wait_for(lambda: stream.status == "offline", timeout_s=8)
        assert "answers, but not with MQTT" in stream.status_text
        stream.start()
        wait_for(lambda: stream.status == "connecting" or broker.connected == 2)
        began = time.monotonic()
        stream.stop()
        assert time.monotonic() - began < CONNECT_TIMEOUT_S / 2, "stop must not wait for the network thread"


def test_a_host_that_hangs_up_at_once() -> None:
    with RawBroker(lambda _packet: None) as broker:
        stream = SensorStream("a", broker.url)
        with stream:
            wait_for(lambda: broker.connected >= 2, timeout_s=8)
            told = f"127.0.0.1:{broker.port} closed the connection without an answer: is that a port for mqtt://?"
            wait_for(lambda: told in stream.status_text, what=told)


def test_an_unknown_host_is_a_status() -> None:
    stream = SensorStream("a", "mqtt://no-such-host.invalid")
    with stream:
        wait_for(lambda: stream.status == "offline", timeout_s=20)
        assert "'no-such-host.invalid' cannot be found" in stream.status_text


@pytest.mark.parametrize(
    "junk",
    [
        b"\x00\x00",
        b"\xf0\x00",
        b"\x30\xff\xff\xff\xff\x7f",
        b"\x30\x02\x00\x09",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
    ids=["reserved", "auth", "length", "truncated", "http"],
)
def test_malformed_packets_end_the_session_and_never_the_thread(junk: bytes) -> None:
    def answer(packet: bytes) -> bytes:
        return CONNACK + junk if packet[0] == CONNECT else b""

    with RawBroker(answer) as broker:
        stream = SensorStream("a", Broker("127.0.0.1", broker.port, keepalive_s=2))
        with stream:
            wait_for(lambda: broker.connected >= 2, timeout_s=15, what="another try")

"""A network between us and a healthy broker that stalls, crawls, tears, swallows or knows no names."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mqttwidgets import Broker, SensorStream
from mqttwidgets.base.clock import ArrivalClock

from ..conftest import network_threads
from ..support.black_hole import black_hole
from ..support.mosquitto import Mosquitto
from ..support.processes import end
from ..support.proxy import Proxy
from ..support.publishing import publish
from ..support.raw_broker import PINGREQ, PINGRESP, Answer, RawBroker, answering
from ..support.raw_broker import publish as publish_packet
from ..support.waiting import wait_for
from . import assert_adds_up, live

_AT_ONCE_S = 1.0  # of what would take 5 s, on a machine that may be busy


@pytest.fixture
def proxy(mosquitto: Mosquitto) -> Iterator[Proxy]:
    """In front of the broker."""
    with Proxy(mosquitto.port) as between:
        yield between


def stored(stream: SensorStream, count: int) -> None:
    """Wait until so many messages have been stored."""
    wait_for(lambda: stream.ledger.stored >= count, what=f"message {count}: {stream.status_text}")


def assert_at_once(began: float) -> None:
    assert time.monotonic() - began < _AT_ONCE_S


def test_a_connection_that_stalls_is_noticed_within_two_keepalives_and_heals(
    mosquitto: Mosquitto, proxy: Proxy
) -> None:
    with SensorStream("a", Broker("127.0.0.1", proxy.port, keepalive_s=1)) as stream:
        live(stream)
        publish(mosquitto.port, [("a", "1")])
        stored(stream, 1)
        proxy.pause()
        wait_for(lambda: stream.status == "offline", timeout_s=3, what="the silence to be noticed")
        assert stream.status_text.startswith("Offline: no answer from 127.0.0.1 any more.")
        proxy.resume()
        live(stream)
        publish(mosquitto.port, [("a", "2")])
        stored(stream, 2)
        cut = stream.series["a", ""].cut()
        assert (cut.value.tolist(), cut.gaps.tolist()) == ([1.0, 2.0], [1])


@pytest.mark.parametrize("torn_after", [1, 4])
@pytest.mark.parametrize(("protocol", "qos"), [("3.1.1", 0), ("5", 1)])
def test_a_reset_within_a_packet_leaves_a_gap(
    mosquitto: Mosquitto, proxy: Proxy, torn_after: int, protocol: Any, qos: int
) -> None:
    broker = Broker("127.0.0.1", proxy.port, protocol=protocol)
    with SensorStream("a", broker, qos=qos, descriptions=False) as stream:  # as bytes are counted
        live(stream)
        publish(mosquitto.port, [("a", "1")], qos=qos)
        stored(stream, 1)
        proxy.reset(after_bytes=torn_after)
        proxy.refuse()
        publish(mosquitto.port, [("a", "2")], qos=qos)
        wait_for(lambda: "was lost" in stream.status_text)
        stream.start()
        wait_for(lambda: "nothing listens" in stream.status_text)
        proxy.admit()
        stream.start()
        live(stream)
        publish(mosquitto.port, [("a", "3")], qos=qos)
        stored(stream, 2)
        cut = stream.series["a", ""].cut()
        assert (cut.value.tolist(), cut.gaps.tolist()) == ([1.0, 3.0], [1])
        assert_adds_up(stream)


@pytest.mark.parametrize("qos", [0, 1])
@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
def test_where_every_byte_comes_alone_every_message_comes_once(
    mosquitto: Mosquitto, proxy: Proxy, protocol: Any, qos: int
) -> None:
    proxy.splits = True
    with SensorStream("a", Broker("127.0.0.1", proxy.port, protocol=protocol), qos=qos) as stream:
        live(stream)
        publish(mosquitto.port, [("a", str(number)) for number in range(100)], qos=qos)
        publish(mosquitto.port, [("a", "100")], qos=qos)
        stored(stream, 101)
        assert stream.series["a", ""].value.tolist() == list(range(101))
        assert stream.ledger.received == 101


def test_a_syn_that_is_dropped_is_told_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mqttwidgets.mqtt.client.CONNECT_TIMEOUT_S", 0.8)
    with black_hole() as port:
        stream = SensorStream("a", f"mqtt://127.0.0.1:{port}")
        stream.start()
        wait_for(lambda: stream.status == "offline")
        assert f"no answer from 127.0.0.1:{port}" in stream.status_text
        stream.start()
        wait_for(lambda: stream.status == "connecting")
        began = time.monotonic()
        stream.stop()
        assert_at_once(began)
        assert network_threads(), "the test is about a thread that is connecting"
        wait_for(lambda: not network_threads(), timeout_s=3, what="the network thread to end")


@pytest.fixture
def many_tongued(tmp_path: Path, certificates: Path) -> Iterator[Mosquitto]:
    """A broker with TLS and WebSockets."""
    broker = Mosquitto(tmp_path, certificates=certificates, websockets=True).start()
    yield broker
    broker.stop()


@pytest.mark.parametrize("scheme", ["mqtts", "ws"])
def test_a_slow_link_is_alive_as_long_as_bytes_come(
    many_tongued: Mosquitto, certificates: Path, scheme: Any
) -> None:
    """Where the PINGRESP waits behind more messages than a keepalive brings."""
    ca_file = certificates / "ca.pem" if scheme == "mqtts" else None
    with Proxy(many_tongued.tls_port if scheme == "mqtts" else many_tongued.ws_port) as proxy:
        proxy.bytes_per_s = 2000
        broker = Broker("127.0.0.1", proxy.port, scheme, ca_file=ca_file, keepalive_s=1)
        with SensorStream("a", broker) as stream:
            live(stream)
            padding = "x" * 150
            publish(many_tongued.port, [("a", f'{{"n": {n}, "padding": "{padding}"}}') for n in range(36)])
            stored(stream, 36)
            assert stream.series["a", "/n"].value.tolist() == list(range(36))
            assert many_tongued.connections_of_widgets() == 1


def test_a_resolver_that_hangs_is_told_and_holds_nobody_up(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    resolve = socket.getaddrinfo

    def hang(*question: Any, **options: Any) -> Any:
        answers.wait()
        return resolve(*question, **options)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    stream = SensorStream("a", Broker("localhost", mosquitto.port, keepalive_s=1))
    other = SensorStream("a", Broker("localhost", mosquitto.port, keepalive_s=2))
    try:
        for act in (other.start, other.stop, stream.start):
            began = time.monotonic()
            act()
            assert_at_once(began)
        assert stream.status_text == "Connecting to localhost."
        wait_for(lambda: "No answer for" in stream.status_text, what="a word on how long it takes")
        assert stream.status == "connecting"
        assert "doctor() looks for what is in the way" in stream.status_text
    finally:
        answers.set()
    live(stream)
    stream.stop()
    wait_for(lambda: not network_threads())
    assert mosquitto.connections_of_widgets() == 1, "what was stopped meanwhile must not connect"


def test_a_name_that_is_found_after_all(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve, answers = socket.getaddrinfo, threading.Event()

    def fail_first(*question: Any, **options: Any) -> Any:
        if not answers.is_set():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(*question, **options)

    monkeypatch.setattr(socket, "getaddrinfo", fail_first)
    with SensorStream("a", f"mqtt://localhost:{mosquitto.port}") as stream:
        wait_for(lambda: "'localhost' cannot be found" in stream.status_text)
        answers.set()
        live(stream)


_KEEPALIVE_S = 1
_STANDING_STILL = """
import threading, time
lock, clock, shown = threading.Lock(), time.monotonic, [time.monotonic()] * 2
def monotonic():
    with lock:
        now = clock()
        shown[:] = now, shown[1] + min(now - shown[0], 0.5)
        return shown[1]
def tick():
    while True:
        time.sleep(0.02)
        monotonic()
time.monotonic = monotonic
threading.Thread(target=tick, daemon=True).start()
import mqttwidgets.mqtt.session
mqttwidgets.mqtt.session.AWAKE_TIMEOUT_S = 1.0
"""
"""Comes first: of a stop only half a second passes on the steady clock, as on that of a computer that sleeps."""
_SLEPT_S = 3.0
_SLEEPER = """
import json, sys, time
from mqttwidgets import Broker, SensorStream
from mqttwidgets.base.clock import ArrivalClock
broker = Broker("127.0.0.1", int(sys.argv[1]), keepalive_s=int(sys.argv[2]))
with SensorStream("a", broker, descriptions=False) as stream:
    for count in (1, 2):
        while stream.ledger.stored < count:
            time.sleep(0.02)
        cut = stream.series["a", ""].cut()
        print(json.dumps([cut.value.tolist(), cut.gaps.tolist()]), flush=True)
"""


def _sleeper(port: int, keepalive_s: int = _KEEPALIVE_S, clock: str = "") -> subprocess.Popen[bytes]:
    """A process that prints values and gaps of its line with each of two messages."""
    command = [sys.executable, "-c", clock + _SLEEPER, str(port), str(keepalive_s)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)


def _next_line(sleeper: subprocess.Popen[bytes]) -> Any:
    assert sleeper.stdout is not None
    return json.loads(sleeper.stdout.readline())


def test_an_answer_that_came_while_nobody_could_look_is_an_answer() -> None:
    """A whole process that stands still for longer than a keepalive, with a ping on its way."""
    children: list[subprocess.Popen[bytes]] = []

    def answer(packet: bytes) -> Answer:
        return after_a_stop() if packet[0] == PINGREQ else answering(packet)

    def after_a_stop() -> Iterator[bytes]:
        time.sleep(0.05)  # until it waits for the answer
        children[0].send_signal(signal.SIGSTOP)
        yield PINGRESP
        time.sleep(_KEEPALIVE_S * 1.5)
        children[0].send_signal(signal.SIGCONT)
        yield publish_packet(b"a", b"1")

    with RawBroker(answer) as broker:
        children.append(_sleeper(broker.port))
        try:
            assert _next_line(children[0]) == [[1.0], []]
            assert _next_line(children[0]) == [[1.0, 1.0], []]
            assert broker.connected == 1
        finally:
            children[0].send_signal(signal.SIGCONT)
            end(children[0])


def test_after_a_sleep_it_recovers_and_marks_the_gap(mosquitto: Mosquitto) -> None:
    """SIGSTOP lets the broker go, as a closed lid does."""
    sleeper = _sleeper(mosquitto.port)
    try:
        wait_for(lambda: "Sending SUBACK to mqttwidgets" in mosquitto.log())
        publish(mosquitto.port, [("a", "1")])
        assert _next_line(sleeper) == [[1.0], []]
        sleeper.send_signal(signal.SIGSTOP)
        wait_for(lambda: mosquitto.widgets_connected() == 0, timeout_s=20, what="the broker to let it go")
        sleeper.send_signal(signal.SIGCONT)
        wait_for(lambda: mosquitto.log().count("Sending SUBACK to mqttwidgets") == 2, what="its return")
        publish(mosquitto.port, [("a", "2")])
        assert _next_line(sleeper) == [[1.0, 2.0], [1]]
    finally:
        sleeper.send_signal(signal.SIGCONT)
        end(sleeper)


def test_a_connection_that_was_lost_in_sleep_is_noticed_long_before_a_keepalive(
    mosquitto: Mosquitto, proxy: Proxy
) -> None:
    """The steady clock stands still in sleep, and nobody tells that a router forgot the connection meanwhile."""
    sleeper = _sleeper(proxy.port, keepalive_s=600, clock=_STANDING_STILL)
    try:
        wait_for(lambda: "Sending SUBACK to mqttwidgets" in mosquitto.log())
        publish(mosquitto.port, [("a", "1")])
        assert _next_line(sleeper) == [[1.0], []]
        sleeper.send_signal(signal.SIGSTOP)
        proxy.forget()
        time.sleep(_SLEPT_S)
        sleeper.send_signal(signal.SIGCONT)
        wait_for(lambda: mosquitto.log().count("Sending SUBACK to mqttwidgets") == 2, what="its return")
        publish(mosquitto.port, [("a", "2")])
        assert _next_line(sleeper) == [[1.0, 2.0], [1]]
    finally:
        sleeper.send_signal(signal.SIGCONT)
        end(sleeper)


def test_who_waits_for_the_next_try_tries_when_the_computer_wakes(
    mosquitto: Mosquitto, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept_s = 0.0
    monkeypatch.setattr("mqttwidgets.mqtt.connection.CLOCK", ArrivalClock(lambda: time.time() + slept_s))
    monkeypatch.setattr("mqttwidgets.mqtt.connection.retry_delay_s", lambda *_: 600.0)
    proxy.refuse()
    with SensorStream("a", proxy.url) as stream:
        wait_for(lambda: "Next try in" in stream.status_text)
        proxy.admit()
        slept_s = 3600.0
        live(stream)

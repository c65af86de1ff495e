"""Ends at a bad moment: a script that is over, a stop within a decoder, a broker that cannot be told goodbye."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from mqttwidgets import LiveSensorPlot, SensorStream

from ..conftest import network_threads
from ..support.black_hole import black_hole
from ..support.mosquitto import Mosquitto
from ..support.proxy import Proxy
from ..support.publishing import publish
from ..support.waiting import wait_for
from . import assert_adds_up

_AT_ONCE_S, _EXIT_S = 1.0, 3.0  # of what would take 5 s, on a machine that may be busy
_SCRIPT = """
import sys, time
from mqttwidgets import SensorStream
stream = SensorStream("a", sys.argv[1])
stream.start()
while stream.status != sys.argv[2]:
    time.sleep(0.01)
print("ready", flush=True)
sys.stdin.readline()
began = time.monotonic()
if sys.argv[3] == "stops":
    stream.stop()
print(time.monotonic() - began, flush=True)
"""


class Script:
    """A script with a stream, which ends when it is told to."""

    def __init__(self, url: str, status: str, *, stops: bool) -> None:
        command = [sys.executable, "-c", _SCRIPT, url, status, "stops" if stops else "just ends"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def end(self) -> None:
        """End it, in time."""
        began = time.monotonic()
        stopping_s, _ = self._process.communicate("\n", timeout=30)
        assert time.monotonic() - began < _EXIT_S
        assert float(stopping_s) < _AT_ONCE_S
        assert self._process.returncode == 0


@pytest.mark.parametrize("stops", [True, False])
def test_a_script_ends_though_its_connection_hangs(mosquitto: Mosquitto, stops: bool) -> None:
    with Proxy(mosquitto.port) as proxy:
        script = Script(proxy.url, "live", stops=stops)
        proxy.pause()
        script.end()


@pytest.mark.parametrize("stops", [True, False])
def test_a_script_ends_though_its_broker_swallows_every_word(stops: bool) -> None:
    with black_hole() as port:
        Script(f"mqtt://127.0.0.1:{port}", "connecting", stops=stops).end()


def test_a_plot_closes_at_once_though_its_broker_swallows_every_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mqttwidgets.mqtt.client.CONNECT_TIMEOUT_S", 0.8)
    with black_hole() as port:
        plot = LiveSensorPlot("a", f"mqtt://127.0.0.1:{port}")
        wait_for(network_threads, what="its thread")
        began = time.monotonic()
        plot.close()
        assert time.monotonic() - began < _AT_ONCE_S
        wait_for(lambda: not network_threads(), timeout_s=3, what="its thread to end")


def stop_twice(stream: SensorStream) -> None:
    stream.stop()
    stream.stop()


def turn_twice(stream: SensorStream) -> None:
    stream.topic = "b"
    stream.topic = "c"


class Trap:
    """A decoder that acts once, when the network thread calls it.

    That decodes when the inbox is half full: here of payloads of a megabyte, as nobody reads.
    """

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self.has_acted = threading.Event()

    def __call__(self, _topic: str, payload: bytes) -> float:
        if threading.current_thread().name in network_threads() and not self.has_acted.is_set():
            self._act()
            self.has_acted.set()
        return float(payload[:1])

    def spring(self, stream: SensorStream, port: int) -> None:
        """Have it act, and the stream read what has come."""
        wait_for(lambda: stream.link.status == "live")
        publish(port, [("a", "1".ljust(1_000_000))] * 40)
        assert self.has_acted.wait(10), "the network thread has not decoded, or hangs"
        wait_for(lambda: stream.ledger.waiting == 0)
        assert_adds_up(stream)


@pytest.mark.parametrize("act", [stop_twice, turn_twice])
def test_a_decoder_may_act_upon_its_own_stream(mosquitto: Mosquitto, act: Callable[[SensorStream], None]) -> None:
    trap = Trap(lambda: act(stream))
    stream = SensorStream("a", mosquitto.url, trap)
    for _ in range(2):
        trap.has_acted.clear()
        stream.topic = "a"
        with stream:
            trap.spring(stream, mosquitto.port)
    stream.topic = "a"
    assert len(stream.series["a", ""]) == stream.ledger.stored


def test_a_decoder_may_close_its_own_plot(mosquitto: Mosquitto) -> None:
    def close_twice() -> None:
        plot.close()
        plot.close()

    trap = Trap(close_twice)
    plot = LiveSensorPlot("a", mosquitto.url, decoder=trap)
    trap.spring(plot.stream, mosquitto.port)
    assert plot.stream.status == "stopped"

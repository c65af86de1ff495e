"""Messages a second, and CPU time for a message, of the whole way from the socket into the series.

    python -m benchmarks.ingest

Beside it stock paho-mqtt, aiomqtt and gmqtt with a callback that only counts, each as its own documentation has it
run, in a thread of its own. The load is `load.py`, a process that sends packets made beforehand, faster than each
of the clients takes them; what a bare socket reads of it and throws away is printed above the table.

Each measurement is a process of its own: it connects, warms up, and is measured for a second; the clients take
turns, round after round. The main thread meanwhile is idle, computes in pure Python for 20 ms of every 50, or
without a pause. The CPU time is that of the whole process less what the main thread computed. Ratios are to stock
paho in the same round; all figures are medians, with the quartiles of the ratios. The last rows are for messages
that come one by one, 5,000 a second.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.load import PAYLOADS

_ROUNDS, _MEASURED_S, _WARM_UP_MESSAGES, _FRAME_S, _BUSY_S = 5, 1.0, 2_000, 0.05, 0.02
_USUAL_RATE_HZ = 5_000
_ROOT = Path(__file__).parent.parent

KERNELS = ("idle", "busy 20 ms of 50", "busy")
"""What the main thread does meanwhile."""


class Figures(NamedTuple):
    """What one measurement gave."""

    messages_per_s: float
    cpu_us: float


class Setting(NamedTuple):
    """What it is measured with.

    Attributes:
        kind: of payload.
        qos: quality of service.
        rate_hz: messages a second; 0 for as many as are taken.
        kernel: what the main thread does meanwhile.
    """

    kind: str
    qos: int
    rate_hz: int
    kernel: str


class Client(NamedTuple):
    """What is measured.

    Attributes:
        count: how many messages it has taken so far, ready for use.
        frame: called on the main thread for each frame.
    """

    count: Callable[[], int]
    frame: Callable[[], object]


@contextmanager
def _mqttwidgets(port: int, topic: str, qos: int) -> Iterator[Client]:
    """Received, decoded, stored."""
    from mqttwidgets import SensorStream

    with SensorStream(topic, f"mqtt://127.0.0.1:{port}", qos=qos) as stream:
        yield Client(lambda: stream.ledger.stored, lambda: stream.drain(_FRAME_S / 2))
        if stream.ledger.dropped:
            raise RuntimeError(f"messages were lost: {stream.ledger}")


@contextmanager
def _paho(port: int, topic: str, qos: int) -> Iterator[Client]:
    """`loop_start` and a callback that counts."""
    from paho.mqtt import client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    count = 0

    def on_message(_client: Any, _userdata: Any, _message: Any) -> None:
        nonlocal count
        count += 1

    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda client, *_: client.subscribe(topic, qos)
    client.on_message = on_message
    client.connect("127.0.0.1", port)
    client.loop_start()
    yield Client(lambda: count, lambda: None)
    client.disconnect()
    client.loop_stop()


@contextmanager
def _in_a_loop(main: Callable[[], Any]) -> Iterator[None]:
    """Run a coroutine on an event loop of its own in a thread, until the context ends."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(main())

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            return

    thread = threading.Thread(target=run)
    thread.start()
    yield
    loop.call_soon_threadsafe(task.cancel)
    thread.join()
    loop.close()


@contextmanager
def _aiomqtt(port: int, topic: str, qos: int) -> Iterator[Client]:
    """`async for` that counts, on an event loop in a thread of its own."""
    import aiomqtt

    count = 0

    async def main() -> None:
        nonlocal count
        async with aiomqtt.Client("127.0.0.1", port) as client:
            await client.subscribe(topic, qos)
            async for _ in client.messages:
                count += 1

    with _in_a_loop(main):
        yield Client(lambda: count, lambda: None)


@contextmanager
def _gmqtt(port: int, topic: str, qos: int) -> Iterator[Client]:
    """A callback that counts, on an event loop in a thread of its own."""
    import gmqtt
    from gmqtt.mqtt.constants import MQTTv311

    count = 0

    def on_message(_client: Any, _topic: str, _payload: bytes, _qos: int, _properties: Any) -> int:
        nonlocal count
        count += 1
        return 0

    async def main() -> None:
        client = gmqtt.Client("measured")
        client.on_message = on_message
        client.on_connect = lambda client, *_: client.subscribe(topic, qos)
        await client.connect("127.0.0.1", port, version=MQTTv311)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await client.disconnect()

    with _in_a_loop(main):
        yield Client(lambda: count, lambda: None)


CLIENTS = {"mqttwidgets": _mqttwidgets, "paho": _paho, "aiomqtt": _aiomqtt, "gmqtt": _gmqtt}


def measure(client: str, port: int, what: Setting) -> Figures:
    """Measure in this process."""
    kernel = what.kernel
    with CLIENTS[client](port, f"{what.kind}/{what.qos}/{what.rate_hz}/+", what.qos) as (count, frame):
        while count() < _WARM_UP_MESSAGES:
            time.sleep(0.01)
            frame()
        before, cpu_before, computed = count(), time.process_time(), 0.0
        began = time.perf_counter()
        while time.perf_counter() - began < _MEASURED_S:
            if kernel != "idle":
                computed += _compute(_MEASURED_S if kernel == "busy" else _BUSY_S)
            if kernel != "busy":
                time.sleep(_FRAME_S - (_BUSY_S if kernel != "idle" else 0))
                frame()
        messages = count() - before
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_before - computed
    return Figures(messages / seconds, cpu_s / messages * 1e6)


def _compute(seconds: float) -> float:
    """Compute in pure Python for so long; the CPU time it took."""
    cpu_before, until, number = time.thread_time(), time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        for _ in range(100):
            number += 1
    return time.thread_time() - cpu_before


def _measure_elsewhere(client: str, port: int, what: Setting) -> Figures:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.ingest", "--measure", json.dumps([client, port, *what])]
    done = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, timeout=60)
    return Figures(*json.loads(done.stdout))


def _sender_rate(port: int, kind: str, qos: int) -> float:
    """Messages a second that the load sends to a socket that throws them away."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x")
        topic = f"{kind}/{qos}/0/+".encode()
        link.sendall(bytes([0x82, len(topic) + 5, 0, 1, 0, len(topic)]) + topic + bytes([qos]))
        read, began = 0, time.perf_counter()
        while time.perf_counter() - began < _MEASURED_S / 2:
            read += len(link.recv(1 << 16))
        packet = 4 + len(f"{kind}/{qos}/0/sensor-0") + 2 * (qos > 0) + len(PAYLOADS[kind][0])
        return read / packet / (time.perf_counter() - began)


def _row(what: Setting, rounds: list[dict[str, Figures]]) -> str:
    cells = [what.kind, str(what.qos), f"{what.rate_hz:,}" if what.rate_hz else "all", what.kernel]
    for client in rounds[0]:
        rate = statistics.median(each[client].messages_per_s for each in rounds)
        cpu_us = statistics.median(each[client].cpu_us for each in rounds)
        cells.append(f"{rate / 1e3:,.1f} k, {cpu_us:.1f} µs")
    ours, paho = list(CLIENTS)[:2]
    for ratios in (
        [each[ours].messages_per_s / each[paho].messages_per_s for each in rounds],
        [each[paho].cpu_us / each[ours].cpu_us for each in rounds],
    ):
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
        cells.append(f"{middle:.1f} ({low:.1f} to {high:.1f})")
    return "| " + " | ".join(cells) + " |"


def compare(rounds: int, clients: Sequence[str], settings: Sequence[Setting]) -> None:
    """Print the table."""
    command = [sys.executable, "-m", "benchmarks.load"]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sender:
        assert sender.stdout is not None
        port = int(sender.stdout.readline())
        rate = min(_sender_rate(port, what.kind, what.qos) for what in settings)
        packages = ", ".join(f"{name} {version(name)}" for name in ("paho-mqtt", "aiomqtt", "gmqtt", "msgspec"))
        print(f"{datetime.now(timezone.utc):%Y-%m-%d}, Python {platform.python_version()}, {packages}.", end=" ")
        print(f"The load sends at least {rate / 1e3:,.0f} k messages a second.", end="\n\n")
        heads = [
            "payload",
            "QoS",
            "sent a second",
            "kernel",
            *clients,
            "rate, times paho's",
            "paho's CPU, times ours",
        ]
        print(f"| {' | '.join(heads)} |")
        print("|---" * len(heads) + "|")
        for what in settings:
            measured = [
                {client: _measure_elsewhere(client, port, what) for client in clients} for _ in range(rounds)
            ]
            print(_row(what, measured), flush=True)


def main() -> None:
    """Compare all, or what the arguments choose."""
    parser = argparse.ArgumentParser(description="Compares ways to receive messages.")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--clients", nargs="+", default=list(CLIENTS), choices=CLIENTS)
    parser.add_argument("--kinds", nargs="+", default=list(PAYLOADS), choices=PAYLOADS)
    parser.add_argument("--levels", nargs="+", type=int, default=[0, 1], choices=[0, 1])
    parser.add_argument("--kernels", nargs="+", default=list(KERNELS), choices=KERNELS)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure is not None:
        client, port, *what = json.loads(chosen.measure)
        print(json.dumps(measure(client, port, Setting(*what))))
        return
    settings = [
        Setting(kind, qos, 0, kernel)
        for kernel, kind, qos in itertools.product(chosen.kernels, chosen.kinds, chosen.levels)
    ]
    usual = [Setting(kind, 0, _USUAL_RATE_HZ, "idle") for kind in chosen.kinds]
    compare(chosen.rounds, chosen.clients, settings + usual)


if __name__ == "__main__":
    main()

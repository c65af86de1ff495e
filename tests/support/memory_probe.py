"""A process like a kernel that receives what a broker made of bytes sends, and how much memory that took it.

Run as a program with a broker's URL, the version of MQTT, the QoS, how many messages to wait for and how long to
wait for one, it prints what was found as JSON. It is a process of its own, as only there the most memory that was
ever used is known.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from mqttwidgets import Broker, SensorStream

from .raw_broker import PUBACK, PUBREC, SUBSCRIBE, Answer, Link, RawBroker, answering
from .waiting import wait_for

_DRAWS_EACH_S = 0.05  # as a plot does
_IDLE_S = 10.0  # without a message, to give up


class Found(NamedTuple):
    """What was found.

    Attributes:
        grown_mb: the most memory used while messages came, beyond that of the process before, in megabytes.
        seconds: how long they came.
        cpu_s: how much CPU time the process took for all of it.
        received: messages.
        stored: messages.
        waiting: messages.
        skipped: messages, whatever the reason.
        undecodable: messages, whatever the reason.
        dropped: reason → messages.
        series: how many there are.
        left_out: how many more there would be.
        samples: in all series.
        sessions: how many times it connected.
        acknowledged: messages of QoS 1 and 2.
        status: how the stream was at the end, in words.
    """

    grown_mb: float
    seconds: float
    cpu_s: float
    received: int
    stored: int
    waiting: int
    skipped: int
    undecodable: int
    dropped: dict[str, int]
    series: int
    left_out: int
    samples: int
    status: str
    sessions: int = 0
    acknowledged: int = 0


def probe(
    parts: Iterable[bytes],
    messages: int,
    *,
    qos: int = 0,
    timeout_s: float = 120,
    welcome: Callable[[socket.socket], Link] | None = None,
    protocol: str = "3.1.1",
) -> Found:
    """What a process has that subscribes to everything.

    Args:
        parts: what is sent to it, part by part.
        messages: how many are in there.
        qos: the quality of service that it asks for.
        timeout_s: after which to give up.
        welcome: opens a WebSocket; None for plain TCP.
        protocol: "3.1.1" or "5".
    """
    rest = iter(parts)

    def answer(packet: bytes) -> Answer:
        sends = rest if packet[0] & 0xF0 == SUBSCRIBE else ()
        return answering(packet, sends=sends, protocol=protocol)

    return probe_by(answer, messages, qos=qos, timeout_s=timeout_s, welcome=welcome, protocol=protocol)


def probe_by(
    answer: Callable[[bytes], Answer],
    messages: int,
    *,
    qos: int = 0,
    timeout_s: float = 120,
    welcome: Callable[[socket.socket], Link] | None = None,
    protocol: str = "3.1.1",
    idle_s: float = _IDLE_S,
) -> Found:
    """The same with a broker that does what `answer` says, for `idle_s` beyond the last message."""
    came = Counter[int]()

    def counted(packet: bytes) -> Answer:
        came[packet[0] & 0xF0] += 1
        return answer(packet)

    with RawBroker(counted, welcome=welcome) as broker:
        url = broker.url if welcome is None else broker.url.replace("mqtt:", "ws:")
        arguments = [url, protocol, str(qos), str(messages), str(idle_s)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.memory_probe", *arguments],
            cwd=Path(__file__).parent.parent.parent,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        assert done.returncode == 0, done.stderr
        found = Found(**json.loads(done.stdout))
        if qos and found.received:
            wait_for(lambda: came[PUBACK] + came[PUBREC], what="an acknowledgement")
        return found._replace(sessions=broker.connected, acknowledged=came[PUBACK] + came[PUBREC])


def _most_memory_mb() -> float:
    """The most physical memory that this process ever had (VmHWM, see proc(5))."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _main(url: str, protocol: Any, qos: int, messages: int, idle_s: float) -> None:
    stream = SensorStream("#", Broker.from_url(url, protocol=protocol), qos=qos)
    before_mb, began, cpu_before = _most_memory_mb(), time.monotonic(), time.process_time()
    with stream:
        received, heard_at = 0, began
        while received < messages and time.monotonic() < heard_at + idle_s:
            time.sleep(_DRAWS_EACH_S)
            if stream.ledger.received > received:
                received, heard_at = stream.ledger.received, time.monotonic()
        page = stream.ledger.page()
        found = Found(
            _most_memory_mb() - before_mb,
            heard_at - began,
            time.process_time() - cpu_before,
            page.received,
            page.stored,
            page.waiting,
            sum(page.skipped.values()),
            sum(page.undecodable.values()),
            dict(page.dropped),
            len(stream.series),
            stream.left_out_count,
            sum(map(len, stream.series.values())),
            stream.status_text,
        )
    print(json.dumps(found._asdict()))


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))

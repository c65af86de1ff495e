"""A publisher in a process of its own, so that a busy test does not slow it down.

Run as a program it reads lines `topic<TAB>payload<TAB>qos<TAB>retain` from standard input, publishes them at the
given rate and ends when the broker has them all.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

Line = tuple[str, str, int, bool]


class PublisherProcess:
    """Publishes lines from another process.

    Args:
        port: of the broker on loopback.
        messages: (topic, payload) pairs in the order to publish.
        rate_hz: messages a second; 0 for as fast as it goes.
    """

    def __init__(
        self,
        port: int,
        messages: Iterable[tuple[str, str]],
        *,
        rate_hz: float = 0,
        qos: int = 0,
        retain: bool = False,
    ) -> None:
        self.messages = list(messages)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.publishing", str(port), str(rate_hz)],
            stdin=subprocess.PIPE,
            cwd=Path(__file__).parent.parent.parent,
        )
        lines = "".join(f"{topic}\t{payload}\t{qos}\t{int(retain)}\n" for topic, payload in self.messages)
        assert self._process.stdin is not None
        self._process.stdin.write(lines.encode())
        self._process.stdin.close()

    @property
    def is_running(self) -> bool:
        """Whether it is still at it."""
        return self._process.poll() is None

    def wait(self, timeout_s: float = 60) -> list[tuple[str, str]]:
        """Wait until the broker has all; what was published."""
        assert self._process.wait(timeout_s) == 0, "the publisher failed"
        return self.messages

    def stop(self) -> None:
        """End it early."""
        self._process.kill()
        self._process.wait()


def publish(
    port: int, messages: Iterable[tuple[str, str]], *, qos: int = 0, retain: bool = False
) -> list[tuple[str, str]]:
    """Publish as fast as it goes, and wait until the broker has all; what was published."""
    return PublisherProcess(port, messages, qos=qos, retain=retain).wait()


def _main(port: int, rate_hz: float, lines: Iterable[str]) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    infos = []
    began = time.monotonic()
    for number, line in enumerate(lines):
        if rate_hz:
            time.sleep(max(0.0, began + number / rate_hz - time.monotonic()))
        topic, payload, qos, retain = line.rstrip("\n").split("\t")
        infos.append(client.publish(topic, payload, int(qos), retain == "1"))
    for info in infos:
        info.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    _main(int(sys.argv[1]), float(sys.argv[2]), sys.stdin.read().splitlines())

"""A broker that sends whatever may break something, until nobody could hope that it still works; and it does."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import pytest

from mqttwidgets import Broker, SensorStream

from ..conftest import network_threads
from ..support.fuzzed_packets import FuzzedPackets
from ..support.raw_broker import SUBSCRIBE, Answer, RawBroker, answering, publish
from ..support.waiting import wait_for
from . import assert_adds_up

_LEAST_RATE_HZ = 200.0
_LONGEST_LINE = 500
_ALIKE_S = 10.0  # between two lines that are alike, see log.py


class HostileBroker:
    """Sends 1 on the topic clean to its first client, then hostile bytes, and 2 when it has mended its ways.

    Args:
        protocol: "3.1.1" or "5".
    """

    def __init__(self, protocol: str) -> None:
        self._packets = FuzzedPackets(seed=1, protocol=protocol)
        self._protocol = protocol
        self._first = threading.Lock()
        self.is_mended = False

    def answer(self, packet: bytes) -> Answer:
        """See RawBroker."""
        if packet[0] & 0xF0 != SUBSCRIBE:
            return answering(packet, protocol=self._protocol)
        sends: list[bytes | None] = [self._packets.batch(), None]
        if self._first.acquire(blocking=False):
            sends = [self._clean(b"1"), None]
        elif self.is_mended:
            sends = [self._clean(b"2")]
        return answering(packet, sends=sends, protocol=self._protocol)

    def _clean(self, payload: bytes) -> bytes:
        properties = b"\x00" if self._protocol == "5" else b""
        return publish(b"clean", properties + payload)


@pytest.mark.parametrize("count", [1_500, pytest.param(500_000, marks=pytest.mark.soak)])
@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.timeout(3600)
def test_hostile_bytes_do_no_harm(
    protocol: Any,
    count: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("mqttwidgets.mqtt.connection.retry_delay_s", lambda *_: 0.0)
    hostile = HostileBroker(protocol)
    with (
        RawBroker(hostile.answer) as broker,
        SensorStream("#", Broker("127.0.0.1", broker.port, protocol=protocol)) as stream,
    ):
        began, threads = time.monotonic(), network_threads()

        def consumed() -> int:
            """Packets that were taken, and those that ended a session."""
            if stream.status == "refused":  # by a reason code that was made by chance; the user tries again
                stream.start()
            return stream.ledger.received + broker.connected

        wait_for(lambda: consumed() >= count, timeout_s=30 + count / _LEAST_RATE_HZ)
        took_s = time.monotonic() - began
        hostile.is_mended = True
        wait_for(lambda: consumed() and stream.series["clean", ""].value.tolist() == [1, 2], what="a clean answer")
        assert stream.series["clean", ""].cut().gaps.tolist() == [1]
        assert network_threads() == threads
        assert len(threads) == 1
        assert stream.link.status == "live"
        assert_adds_up(stream)
        page = stream.ledger.page()
        assert not any(reason.startswith("reading it raised") for reason in page.undecodable)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    lines = caplog.text.splitlines()
    assert max(map(len, lines), default=0) < _LONGEST_LINE
    kinds = {record.msg.split(" … and ")[0] for record in caplog.records}
    assert len(lines) <= len(kinds) * (2 + took_s / _ALIKE_S)
    print(f"{count / took_s:,.0f} packets a second, {broker.connected:,} sessions\n{page}")

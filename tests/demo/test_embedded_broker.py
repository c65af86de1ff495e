"""The embedded broker keeps what a client sends right before it leaves."""

from __future__ import annotations

import socket

import pytest

from mqttwidgets import SensorStream
from mqttwidgets.demo.embedded_broker import EmbeddedBroker

from ..support.waiting import wait_for

COUNT = 500
_CONNECT = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x"
_CONNACK_BYTES = 4


@pytest.mark.parametrize("goodbye", [b"\xe0\x00", b""], ids=["DISCONNECT", "close"])
def test_a_burst_arrives_whole_though_its_sender_leaves_at_once(goodbye: bytes) -> None:
    with EmbeddedBroker() as broker, SensorStream("burst/#", broker.url, max_series=1) as stream:
        wait_for(lambda: stream.link.status == "live", what="the subscription")
        with socket.create_connection(("127.0.0.1", int(broker.url.rpartition(":")[2]))) as sender:
            sender.sendall(_CONNECT)
            assert len(sender.recv(_CONNACK_BYTES)) == _CONNACK_BYTES
            sender.sendall(b"".join(map(_publish, range(COUNT))) + goodbye)
        wait_for(lambda: stream.ledger.received == COUNT, what=f"{COUNT} messages, {stream.ledger} so far")
        assert stream.series["burst/a", ""].value.tolist() == list(range(COUNT))


def _publish(number: int) -> bytes:
    body = b"\x00\x07burst/a%d" % number
    return b"\x30%c%s" % (len(body), body)

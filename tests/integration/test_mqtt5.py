"""What a broker of MQTT 5 demands in its CONNACK."""

from __future__ import annotations

import threading

from mqttwidgets import Broker, SensorStream

from ..raw_broker import CONNECT, PINGREQ, PINGRESP, SUBSCRIBE, RawBroker, publish
from ..waiting import wait_for
from . import assert_adds_up, live

# MQTT 5, sections 3.2.2.3.14, .7, .4 and .3.
_SERVER_KEEP_ALIVE_1_S = b"\x13\x00\x01"
_ASSIGNED_CLIENT_ID = b"\x12\x00\x05yours"
_MAXIMUM_QOS_0 = b"\x24\x00"
_RECEIVE_MAXIMUM_1 = b"\x21\x00\x01"


def test_the_limits_of_a_broker_are_kept() -> None:
    """A keepalive of one second in place of our minute, an id of its choice, QoS 0, one message at a time."""
    properties = _SERVER_KEEP_ALIVE_1_S + _ASSIGNED_CLIENT_ID + _MAXIMUM_QOS_0 + _RECEIVE_MAXIMUM_1
    connack = bytes([0x20, 3 + len(properties), 0, 0, len(properties)]) + properties
    pings = threading.Semaphore(0)

    def answer(packet: bytes) -> bytes:
        if packet[0] == CONNECT:
            return connack
        if packet[0] == PINGREQ:
            pings.release()
            return PINGRESP + publish(b"a", b"\x005")  # without properties
        if packet[0] & 0xF0 == SUBSCRIBE:
            return bytes([0x90, 4, packet[2], packet[3], 0, 0])
        return b""

    with RawBroker(answer) as broker:
        ours = Broker("127.0.0.1", broker.port, protocol="5", keepalive_s=60)
        with SensorStream("a", ours, qos=1) as stream:
            live(stream)
            for _ in range(2):
                assert pings.acquire(timeout=3), "the broker's keepalive is one second"
            wait_for(lambda: stream.ledger.stored == 2)
            assert (stream.status, broker.connected) == ("live", 1)
            assert_adds_up(stream)

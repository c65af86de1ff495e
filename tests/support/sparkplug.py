"""Sparkplug B for tests: its messages, encoded by hand, and an edge node that answers commands."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Mapping
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

TIME, NAME, ALIAS, METRIC_TIME, TYPE, NULL, PROPERTIES = 1, 1, 2, 3, 4, 7, 9
INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTES, DATASET, TEMPLATE = range(10, 19)


def varint(number: int) -> bytes:
    """A number as protobuf writes it."""
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, value: int | float | str | bytes) -> bytes:
    """One field of a message; a float is written as a double."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def metric(*fields: tuple[int, int | float | str | bytes]) -> bytes:
    """A metric of the fields given."""
    return b"".join(field(number, value) for number, value in fields)


def payload(*metrics: bytes, sent_ms: int | None = 1_700_000_000_500) -> bytes:
    """A message with some metrics."""
    return (b"" if sent_ms is None else field(TIME, sent_ms)) + b"".join(field(2, each) for each in metrics)


class EdgeNode:
    """An edge node with one number, which publishes its birth certificate only when it is told to.

    Args:
        port: of the broker on loopback.
        name: of the node, in the group "plant".
        metrics: names with their aliases.
    """

    def __init__(self, port: int, name: str, metrics: Mapping[str, int]) -> None:
        self.commands: list[tuple[bytes, int, bool]] = []
        self._name, self._metrics = name, metrics
        self._is_subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._obey
        self._client.on_subscribe = lambda *_: self._is_subscribed.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe(self._topic("NCMD"))
        assert self._is_subscribed.wait(10)

    def send(self, value: float, at_ms: int) -> None:
        """Publish a number under each alias alone, measured at `at_ms`."""
        metrics = [
            metric((ALIAS, alias), (METRIC_TIME, at_ms), (DOUBLE, value)) for alias in self._metrics.values()
        ]
        self._publish("NDATA", payload(*metrics, sent_ms=at_ms))

    def be_born(self, value: float = 0.0, at_ms: int | None = None) -> None:
        """Publish the birth certificate, measured at `at_ms`; None for now."""
        at_ms = round(time.time() * 1000) if at_ms is None else at_ms
        metrics = [
            metric((NAME, name), (ALIAS, alias), (METRIC_TIME, at_ms), (TYPE, 10), (DOUBLE, value))
            for name, alias in self._metrics.items()
        ]
        control = metric((NAME, "Node Control/Rebirth"), (TYPE, 11), (BOOLEAN, 0))
        self._publish("NBIRTH", payload(control, *metrics, sent_ms=at_ms))

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _topic(self, kind: str) -> str:
        return f"spBv1.0/plant/{kind}/{self._name}"

    def _publish(self, kind: str, data: bytes) -> None:
        self._client.publish(self._topic(kind), data)

    def _obey(self, _client: Any, _userdata: Any, message: paho.MQTTMessage) -> None:
        """Be born again when told to: the metric's name, a Boolean, true."""
        self.commands.append((bytes(message.payload), message.qos, message.retain))
        if b"Node Control/Rebirth" in message.payload and message.payload.endswith(varint(BOOLEAN << 3) + b"\x01"):
            self.be_born()

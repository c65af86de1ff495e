"""A simulated device: what makes its values look real, and publishing what it says."""

from __future__ import annotations

import contextlib
import heapq
import math
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from ..mqtt.broker import Broker
from ..mqtt.connection import Connection

_LATEST_S = 2.0
_AGAIN_S = 0.5


@dataclass(frozen=True)
class Sensor:
    """One simulated device.

    Attributes:
        topic: where it publishes.
        interval_s: seconds between two messages.
        payload_at: the payload for a time in epoch seconds, None for silence; the same for the same time.
        retain: whether the broker keeps the message for those who come later.
    """

    topic: str
    interval_s: float
    payload_at: Callable[[float], bytes | None]
    retain: bool = False


def drift(now: float, period_s: float) -> float:
    """A slow wander between -1 and 1 that does not repeat within an hour.

    Example:
        >>> drift(0.0, 60.0)
        0.0
    """
    return 0.6 * math.sin(2 * math.pi * now / period_s) + 0.4 * math.sin(2 * math.pi * now / (period_s * 0.37))


def noise(name: str, now: float, deviation: float) -> float:
    """Gaussian noise that depends on nothing but its arguments.

    Example:
        >>> noise("kitchen", 1.5, 0.1) == noise("kitchen", 1.5, 0.1)
        True
    """
    return random.Random(f"{name} {now:.3f}").gauss(0.0, deviation)  # noqa: S311 - noise, no secret


def iso_time(now: float) -> str:
    """Epoch seconds as many devices tell the time, in UTC with milliseconds.

    Example:
        >>> iso_time(60.5)
        '1970-01-01T00:01:00.500+00:00'
    """
    return datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds")


def publish_until(
    stopped: threading.Event, broker: Broker, sensors: Sequence[Sensor], say: Callable[[str], None]
) -> None:
    """Publish what sensors say until `stopped` is set, through outages of the broker too.

    Args:
        stopped: ends it.
        broker: where to publish.
        sensors: what to publish, each at its own interval.
        say: called with a sentence whenever the state of the link changes.
    """
    with contextlib.closing(Connection(broker)) as connection:
        connection.start()
        said = ""
        due = [(time.time(), number) for number in range(len(sensors))]
        while not stopped.is_set():
            if connection.state.text != said:
                said = connection.state.text
                say(said)
            when, number = heapq.heappop(due)
            if stopped.wait(max(0.0, when - time.time())):
                return
            sensor = sensors[number]
            heapq.heappush(due, (_next(when + _publish(connection, sensor, when)), number))


def _publish(connection: Connection, sensor: Sensor, now: float) -> float:
    """Publish what a sensor says; seconds until it is due again, soon where the broker could not be reached."""
    payload = sensor.payload_at(now)
    is_done = payload is None or connection.publish(sensor.topic, payload, retain=sensor.retain)
    return sensor.interval_s if is_done else min(sensor.interval_s, _AGAIN_S)


def _next(when: float) -> float:
    """The time of the next message: a short delay is caught up with, so that block follows on block."""
    now = time.time()
    return when if now - when < _LATEST_S else now

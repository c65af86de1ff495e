"""Publishes what the simulated sensors say."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Sequence

from ..mqtt.broker import Broker
from ..mqtt.publisher import Publisher
from .sensor import Sensor

_LATEST_S = 2.0
_AGAIN_S = 0.5


def publish_until(
    stopped: threading.Event, broker: Broker, sensors: Sequence[Sensor], say: Callable[[str], None]
) -> None:
    """Publish until `stopped` is set, through outages of the broker too.

    Args:
        stopped: ends it.
        broker: where to publish.
        sensors: what to publish, each at its own interval.
        say: called with a sentence whenever the state of the link changes.
    """
    with Publisher(broker) as publisher:
        said = ""
        due = [(time.time(), number) for number in range(len(sensors))]
        while not stopped.is_set():
            if publisher.status_text != said:
                said = publisher.status_text
                say(said)
            when, number = heapq.heappop(due)
            if stopped.wait(max(0.0, when - time.time())):
                return
            sensor = sensors[number]
            heapq.heappush(due, (_next(when + _say(publisher, sensor, when)), number))


def _say(publisher: Publisher, sensor: Sensor, now: float) -> float:
    """Publish what a sensor says; seconds until it is due again, soon where the broker was not to be reached."""
    payload = sensor.payload_at(now)
    is_done = payload is None or publisher.publish(sensor.topic, payload, retain=sensor.retain)
    return sensor.interval_s if is_done else min(sensor.interval_s, _AGAIN_S)


def _next(when: float) -> float:
    """When the next message is due: what is a little late is caught up with, so that block follows on block."""
    now = time.time()
    return when if now - when < _LATEST_S else now

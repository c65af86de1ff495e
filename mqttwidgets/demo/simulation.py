"""Publishes what the simulated sensors say."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Sequence

from ..broker import Broker
from ..publisher import Publisher
from .sensors import Sensor


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
            publisher.publish(sensor.topic, sensor.payload_at(when))
            heapq.heappush(due, (max(when + sensor.interval_s, time.time()), number))

"""Messages as a Source delivers them, without a broker."""

from __future__ import annotations

import time

from mqttwidgets import Message, SensorStream


def message(topic: str, payload: bytes, *, at: float | None = None, retain: bool = False) -> Message:
    """A Message; `at` in epoch seconds, None for now."""
    return Message(topic, payload, 0, retain, time.time() if at is None else at)


def feed(stream: SensorStream, topic: str, *values: float, start: float = 0.0, step_s: float = 1.0) -> None:
    """Deliver numbers at `start`, `start + step_s` and so on."""
    for number, value in enumerate(values):
        stream.deliver(message(topic, repr(value).encode(), at=start + number * step_s))

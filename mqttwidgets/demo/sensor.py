"""A simulated device, and what makes it look real."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass


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

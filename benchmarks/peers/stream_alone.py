"""mqttwidgets without a plot: what of the kernel's time is decoding and storing."""

from __future__ import annotations

import numpy as np

from mqttwidgets import SensorStream

from .feeding import Setting
from .ours import deliver

PACKAGES = ("mqttwidgets",)
WATCH = "bench.watch(() => () => {})"
LEVELS = 127


class Peer:
    """Whoever draws; here nobody."""

    def __init__(self, setting: Setting) -> None:
        self._streams = [SensorStream(f"bench/{number}", setting.broker) for number in range(setting.plots)]

    def push(self, x: np.ndarray, y: np.ndarray) -> None:
        """Deliver the samples as messages, and read them."""
        deliver(self._streams, x, y)
        for stream in self._streams:
            stream.drain()

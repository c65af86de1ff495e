"""mqttwidgets: LiveSensorPlots of streams that are given one message a sample, as a broker would send them.

That makes decoding and storing a part of the cost, which the peers, given arrays, do not have.

A plot is some seventy widgets. When thirty were made at once, a page was seen to wait for ever: the kernel was
done, some of its messages never came. So they are made with a pause between them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from IPython.display import display
from ipywidgets import GridBox

from mqttwidgets import LiveSensorPlot, Message, SensorStream

from .feeding import Setting

PACKAGES = ("mqttwidgets",)
WATCH = "bench.watch(bench.paths('.mqttwidgets-plot .bqplot .curve', PLOTS))"
LEVELS = 127

_INTERVAL_S = 0.1


class Peer:
    """Whoever draws."""

    def __init__(self, setting: Setting) -> None:
        self._streams = [SensorStream(f"bench/{number}", setting.broker) for number in range(setting.plots)]
        self._plots = [self._plot(stream, setting) for stream in self._streams]
        for plot in self._plots:
            plot.layout.width = f"{setting.width}px"
            plot.figure.layout.height = f"{setting.height}px"
        display(GridBox(self._plots, layout={"grid_template_columns": f"repeat(auto-fill, {setting.width}px)"}))

    def _plot(self, stream: SensorStream, setting: Setting) -> LiveSensorPlot:
        time.sleep(_INTERVAL_S)
        return LiveSensorPlot(stream=stream, window=setting.window, fps=setting.fps)

    def push(self, x: np.ndarray, y: np.ndarray) -> None:
        """Deliver the samples as messages."""
        deliver(self._streams, x, y)


def deliver(streams: Sequence[SensorStream], x: np.ndarray, y: np.ndarray) -> None:
    """Give each stream a message for each sample, all at once as they come from the socket."""
    payloads = [repr(value).encode() for value in y.tolist()]
    for stream in streams:
        topic = str(stream.topic)
        arrived = zip(x.tolist(), payloads, strict=True)
        stream.deliver(*[Message(topic, payload, 0, False, time_s) for time_s, payload in arrived])

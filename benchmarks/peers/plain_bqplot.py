"""bqplot: x and y of a Lines mark set together, under hold_sync."""

from __future__ import annotations

import bqplot
import numpy as np
from IPython.display import display
from ipywidgets import GridBox

from .feeding import Setting
from .rolling import Rolling

PACKAGES = ("bqplot",)
WATCH = "bench.watch(bench.paths('.bqplot path.line', PLOTS))"
LEVELS = 127


class Peer:
    """Whoever draws."""

    def __init__(self, setting: Setting) -> None:
        self._data = Rolling(setting.window)
        self._lines = []
        figures = []
        for _ in range(setting.plots):
            scales = {"x": bqplot.LinearScale(), "y": bqplot.LinearScale()}
            line = bqplot.Lines(x=[0.0, 1.0], y=[0.0, 1.0], scales=scales)
            axes = [
                bqplot.Axis(scale=scales["x"]),
                bqplot.Axis(scale=scales["y"], orientation="vertical"),
            ]
            layout = {"width": f"{setting.width}px", "height": f"{setting.height}px"}
            figures.append(
                bqplot.Figure(marks=[line], axes=axes, layout=layout, min_aspect_ratio=0.1, max_aspect_ratio=100)
            )
            self._lines.append(line)
        display(GridBox(figures, layout={"grid_template_columns": f"repeat(auto-fill, {setting.width}px)"}))

    def push(self, x: np.ndarray, y: np.ndarray) -> None:
        """Set the newest samples."""
        self._data.append(x, y)
        for line in self._lines:
            with line.hold_sync():
                line.x = self._data.x
                line.y = self._data.y

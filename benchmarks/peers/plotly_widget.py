"""Plotly: x and y of a FigureWidget's trace set under batch_update.

It draws SVG paths; a picture is the path of the trace.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from IPython.display import display
from ipywidgets import GridBox

from .feeding import Setting
from .rolling import Rolling

PACKAGES = ("plotly", "anywidget")
WATCH = "bench.watch(bench.paths('.scatterlayer path.js-line', PLOTS))"
LEVELS = 127


class Peer:
    """Whoever draws."""

    def __init__(self, setting: Setting) -> None:
        self._data = Rolling(setting.window)
        layout = {"width": setting.width, "height": setting.height, "margin": {"l": 40, "r": 10, "t": 10, "b": 30}}
        self._figures = [
            go.FigureWidget(data=[go.Scatter(x=[], y=[], mode="lines")], layout=layout)
            for _ in range(setting.plots)
        ]
        display(GridBox(self._figures, layout={"grid_template_columns": f"repeat(auto-fill, {setting.width}px)"}))

    def push(self, x: np.ndarray, y: np.ndarray) -> None:
        """Set the newest samples."""
        self._data.append(x, y)
        for figure in self._figures:
            with figure.batch_update():
                figure.data[0].x = self._data.x
                figure.data[0].y = self._data.y

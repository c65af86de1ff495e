"""Perspective: Table.update of a table with a limit, in a PerspectiveWidget that shows x over y as a line.

It draws with WebGL in a worker, in 32-bit numbers, for which times are taken from the first one on. A picture
is looked at when it was put on the canvas of the page: how high the rightmost pixels of the line stand.
"""

from __future__ import annotations

import numpy as np
import perspective
from IPython.display import display
from ipywidgets import GridBox
from perspective.widget import PerspectiveWidget

from .feeding import Setting

PACKAGES = ("perspective-python",)
WATCH = "bench.watch(bench.images())"
LEVELS = 61


class Peer:
    """Whoever draws."""

    def __init__(self, setting: Setting) -> None:
        self._began: float | None = None
        self._tables = [
            perspective.table({"x": "float", "y": "float"}, limit=setting.window) for _ in range(setting.plots)
        ]
        widgets = [
            PerspectiveWidget(table, plugin="X/Y Line", columns=["x", "y"], sort=[["x", "asc"]], settings=False)
            for table in self._tables
        ]
        for widget in widgets:
            widget.layout.width, widget.layout.height = f"{setting.width}px", f"{setting.height}px"
        display(GridBox(widgets, layout={"grid_template_columns": f"repeat(auto-fill, {setting.width}px)"}))

    def push(self, x: np.ndarray, y: np.ndarray) -> None:
        """Update the tables."""
        if self._began is None:
            self._began = float(x[0])
        rows = {"x": (x - self._began).tolist(), "y": y.tolist()}
        for table in self._tables:
            table.update(rows)

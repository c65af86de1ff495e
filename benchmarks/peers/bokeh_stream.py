"""Bokeh: ColumnDataSource.stream with a rollover, all plots in one document, sent by push_notebook.

It draws on canvases; a picture is the end of the stroke that draws the line.
"""

from __future__ import annotations

import numpy as np
from bokeh.io import output_notebook, push_notebook, show
from bokeh.layouts import gridplot
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure
from bokeh.resources import INLINE

from .feeding import Setting

PACKAGES = ("bokeh", "jupyter_bokeh")
WATCH = "bench.watch(bench.strokes(200))"
LEVELS = 127


class Peer:
    """Whoever draws."""

    def __init__(self, setting: Setting) -> None:
        self._window = setting.window
        output_notebook(INLINE, hide_banner=True)
        self._sources = [ColumnDataSource({"x": [], "y": []}) for _ in range(setting.plots)]
        figures = []
        for source in self._sources:
            plot = figure(width=setting.width, height=setting.height)
            plot.line("x", "y", source=source)
            figures.append(plot)
        columns = max(1, 1850 // setting.width)
        grid = gridplot(figures, ncols=columns, toolbar_location=None)
        self._handle = show(grid, notebook_handle=True)

    def push(self, x: np.ndarray, y: np.ndarray) -> None:
        """Stream the samples."""
        for source in self._sources:
            source.stream({"x": x, "y": y}, rollover=self._window)
        push_notebook(handle=self._handle)

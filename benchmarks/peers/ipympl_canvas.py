"""ipympl: Matplotlib's set_data, the limits of x, and draw_idle, which leaves out frames that come too fast.

The kernel draws and sends images. A picture is looked at when an image was put on its canvas: how high the
rightmost pixels of the line stand.
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from IPython.display import display
from ipywidgets import GridBox

from .feeding import Setting
from .rolling import Rolling

PACKAGES = ("ipympl", "matplotlib")
WATCH = "bench.watch(bench.images())"
LEVELS = 61

_DPI = 100
_LEFT, _RIGHT = 0.08, 0.98


class Peer:
    """Whoever draws."""

    def __init__(self, setting: Setting) -> None:
        mpl.use("module://ipympl.backend_nbagg")
        mpl.rcParams["figure.max_open_warning"] = 0
        from matplotlib import pyplot as plt

        self._data = Rolling(setting.window)
        self._drawn = []
        canvases = []
        for _ in range(setting.plots):
            with plt.ioff():
                figure, axes = plt.subplots(figsize=(setting.width / _DPI, setting.height / _DPI), dpi=_DPI)
            figure.subplots_adjust(_LEFT, 0.15, _RIGHT, 0.97)
            axes.set_ylim(-1, setting.levels)
            canvas = figure.canvas
            canvas.toolbar_visible = canvas.header_visible = canvas.footer_visible = canvas.resizable = False
            (line,) = axes.plot([], [], color="#0000ff")
            self._drawn.append((figure, axes, line))
            canvases.append(canvas)
        display(GridBox(canvases, layout={"grid_template_columns": f"repeat(auto-fill, {setting.width}px)"}))

    def push(self, x: np.ndarray, y: np.ndarray) -> None:
        """Set the newest samples."""
        self._data.append(x, y)
        for figure, axes, line in self._drawn:
            line.set_data(self._data.x, self._data.y)
            axes.set_xlim(self._data.x[0], self._data.x[-1])
            figure.canvas.draw_idle()

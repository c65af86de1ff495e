"""A widget that is never displayed: its script draws annotations into the picture, wherever that is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from .linked import Linked

_SCRIPT = (Path(__file__).parent / "js" / "annotations.js").read_text("utf-8")


class AnnotationLayer(Linked, anywidget.AnyWidget):
    """Levels and spans beneath the lines of one figure.

    bqplot's own marks would set out for their new place at each move of an axis, through transitions. What the
    traits hold stands at the head of annotations.js.

    Args:
        figure: model id of the Figure.
        time_scale: model id of the scale of its time axis.
    """

    _esm = _SCRIPT
    figure = traitlets.Unicode().tag(sync=True)
    time_scale = traitlets.Unicode().tag(sync=True)
    levels: Any = traitlets.List().tag(sync=True)
    spans: Any = traitlets.List().tag(sync=True)

    def __init__(self, figure: str, time_scale: str) -> None:
        super().__init__(figure=figure, time_scale=time_scale)

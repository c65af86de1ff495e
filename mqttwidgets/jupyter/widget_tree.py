"""The parts of a widget: what they share, how to find them all, and how to close them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
from ipywidgets.widgets.widget_string import HTMLStyle

from .frame_link import FrameLink


class SharedLook:
    """The layout and the style that the parts of one plot share: each is one more model that a page must open.

    What they look like is in plot.css.

    Attributes:
        box: keywords of a widget.
        html: keywords of a piece of HTML.
    """

    def __init__(self) -> None:
        self.box = {"layout": widgets.Layout()}
        self.html = {**self.box, "style": HTMLStyle()}


def css_classes(*names: str) -> dict[str, Any]:
    """The keyword with which a widget has CSS classes from the beginning, as `add_class` is one more message.

    It is a trait of ipywidgets' model (jupyter-widgets/base, DOMWidgetModel), which Python has no public name for.
    """
    return {"_dom_classes": names}


def close_all(roots: Sequence[widgets.Widget], link: FrameLink | None, *, but: widgets.Widget) -> None:
    """Close widgets and every widget that these refer to, and have the link carry nothing more of them.

    Args:
        roots: the widgets.
        link: the kernel's frame link; None for none.
        but: one that closes itself.
    """
    for part in parts(roots):
        part.unobserve_all()
        if link is not None:
            link.forget(part)
        if part is not but:
            part.close()


def parts(roots: Sequence[widgets.Widget]) -> list[widgets.Widget]:
    """Widgets and every widget that these refer to, each once; closed ones, too, which have no model id."""
    found: dict[int, widgets.Widget] = {}  # by identity
    to_visit: list[Any] = [*roots]
    while to_visit:
        node = to_visit.pop()
        if isinstance(node, widgets.Widget) and id(node) not in found:
            found[id(node)] = node
            to_visit.extend(node.trait_values().values())
        elif isinstance(node, (list, tuple)):
            to_visit.extend(node)
        elif isinstance(node, dict):
            to_visit.extend(node.values())
    return list(found.values())

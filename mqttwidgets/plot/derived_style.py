"""How a derived line looks, so that people see what it is made of."""

from __future__ import annotations

from ..analysis.transforms.derived import DerivedSeries
from .palette import DASHES, Palette

_WIDTH, _EDGE_WIDTH = 1.75, 1.0


def look_of(kin: DerivedSeries, palette: Palette) -> tuple[str, str, float]:
    """(CSS colour, line style, width in pixels): the source's colour in another dash, the edges of a band thin.

    Example:
        >>> from ..series.ring import Series
        >>> palette, series = Palette(), Series("a", "", 2)
        >>> palette.style(("a", ""))
        ('#0a84c6', 'solid')
        >>> look_of(DerivedSeries(("a", "mean"), series, ("a", ""), "mean", 0, False, "", False), palette)
        ('#0a84c6', 'dashed', 1.75)
    """
    color, dash = palette.style(kin.source)
    if kin.is_edge:
        return color, dash, _EDGE_WIDTH
    others = [each for each in DASHES[1:] if each != dash]
    return color, others[kin.number % len(others)], _WIDTH

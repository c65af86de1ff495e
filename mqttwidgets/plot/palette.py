"""Line styles that people tell apart, colour-blind ones included; those of derived lines show what they are of."""

from __future__ import annotations

from collections.abc import Hashable

from ..analysis.transforms.derived import DerivedSeries

COLORS = ("#0a84c6", "#e07b00", "#009e73", "#cc6fa8", "#8566c4", "#d5443c", "#7f8c8d")
"""After Okabe and Ito (2008), shifted to stand out on white and on near-black alike."""

DASHES = ("solid", "dashed", "dotted", "dash_dotted")

DASH_ARRAYS = {"solid": "none", "dashed": "6 4", "dotted": "2 4", "dash_dotted": "6 3 2 3"}
"""bqplot's `line_style` → SVG's `stroke-dasharray`."""


class Palette:
    """Hands out a colour and a dash to each newcomer, and the same ones whenever it comes again.

    Example:
        >>> palette = Palette()
        >>> palette.style("a"), palette.style("b"), palette.style("a")
        (('#0a84c6', 'solid'), ('#e07b00', 'solid'), ('#0a84c6', 'solid'))
    """

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}

    def style(self, key: Hashable) -> tuple[str, str]:
        """(CSS colour, bqplot line style) of `key`."""
        place = self._places.setdefault(key, len(self._places))
        dash, color = divmod(place, len(COLORS))
        return COLORS[color], DASHES[dash % len(DASHES)]


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

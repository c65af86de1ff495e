"""Where the labels of levels and spans stand in a still; annotations.js places those of a page alike."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

CHARACTER_PX = 6.6
"""How wide a character is, on average, at 12 pixels."""

_LINE_PX, _MARGIN_PX = 14, 4
_LEAST_PX = _LINE_PX - 2  # between two lines, and for one
_ROWS = 4  # of labels of spans


class Place(NamedTuple):
    """What a label says, and where it is.

    Attributes:
        text: all of it, or its sign.
        x: where it begins, of a level where it ends; pixels from the left edge of the picture.
        y: its base line; pixels from the upper edge.
    """

    text: str
    x: float
    y: float


class LabelPlaces:
    """Finds places for the labels in one picture, so that no two stand in the same place.

    Args:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        character_px: how wide a character is, on average.

    Example:
        >>> places = LabelPlaces(300, 100, character_px=6)
        >>> places.of_level(0.5, "above 30"), places.of_level(0.5, "below 40")
        (Place(text='above 30', x=296, y=46.0), Place(text='below 40', x=296, y=62.0))
        >>> places.of_span(10, 30, "! above 30")
        Place(text='!', x=14, y=14)
    """

    def __init__(self, width: float, height: float, character_px: float = CHARACTER_PX) -> None:
        self._width = width
        self._height = height
        self._character_px = character_px
        self._taken: list[tuple[float, float, float]] = []

    def of_span(self, left: float, right: float, label: str) -> Place | None:
        """The label at the top of a span where there is room; at least its sign, which is its first character.

        Args:
            left: where the span begins, in pixels.
            right: where it ends.
            label: what to say.

        Returns:
            None where others have taken that place, too.
        """
        text = label if self._width_of(label) <= right - left else label[:1]
        width = self._width_of(text)
        x = min(left + _MARGIN_PX, self._width - width)
        rows = (_LINE_PX * row for row in range(1, _ROWS + 1))
        y = next((row for row in rows if self._is_free(x, x + width, row)), None)
        if y is None:
            return None
        self._taken.append((x, x + width, y))
        return Place(text, x, y)

    def of_level(self, at: float, label: str) -> Place:
        """The label of a level at the right end of the picture, above it or beneath, or left of what stands there.

        Args:
            at: where the level is, from 0 at the lower edge to 1 at the upper one; an arrow stands ahead of the
                label of one that lies beyond.
            label: what to say.
        """
        text = f"↑ {label}" if at > 1 else f"↓ {label}" if at < 0 else label
        width = self._width_of(text)
        y = round(self._height * (1 - min(max(at, 0.0), 1.0)), 1)
        rows = [row for row in (y - _MARGIN_PX, y + _LEAST_PX) if _LEAST_PX <= row <= self._height]
        rows = rows or [self._height]  # of a picture that is hardly higher than a line
        end = self._width - _MARGIN_PX
        ends = [end, *sorted((left - _MARGIN_PX for left, _, _ in self._taken), reverse=True)]
        places = ((right, row) for right in ends if width <= right <= end for row in rows)
        free = (place for place in places if self._is_free(place[0] - width, *place))
        right, row = next(free, (end, rows[0]))
        self._taken.append((right - width, right, row))
        return Place(text, right, row)

    def _is_free(self, left: float, right: float, y: float) -> bool:
        return all(right <= begin or left >= end or abs(y - at) >= _LEAST_PX for begin, end, at in self._taken)

    def _width_of(self, text: str) -> float:
        return self._character_px * length(text) + _MARGIN_PX


def length(text: str) -> int:
    """Characters, those that are wide twice.

    Example:
        >>> length("above"), length("温度")
        (5, 4)
    """
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)

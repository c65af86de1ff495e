"""The axes of a snapshot as SVG, and where labels of levels and spans stand; annotations.js places them alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..base.text import html_text
from .frame import Axis, Frame, Level, Span

CHARACTER_PX = 6.6
"""How wide a character is, on average, at 12 pixels."""

_LINE_PX, _MARGIN_PX = 14, 4
_LEAST_PX = _LINE_PX - 2  # between two lines, and for one
_ROWS = 4  # of labels of spans

INK, FAINT, _GRID = "#212121", "#5f5f5f", "#e3e3e3"
_BESIDE_LABELS_PX = 30


class Place(NamedTuple):
    """A label and its place.

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


class Area(NamedTuple):
    """Where the lines are, in pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        """Where it ends."""
        return self.top + self.height

    def x(self, time: float, axis: Axis) -> float:
        """Where a time is; at an end where it lies beyond."""
        return self.left + _within(_share(time, axis)) * self.width

    def y(self, value: float, axis: Axis) -> float:
        """Where a value is; at an end where it lies beyond."""
        return self.top + (1 - _within(_share(value, axis))) * self.height


def scenery(frame: Frame, area: Area) -> Iterator[str]:
    """Everything that is drawn beneath the lines.

    Example:
        >>> frame = Frame((), Axis((0.0, 9.0), (5.0,), ("noon",)))
        >>> "noon" in "".join(scenery(frame, Area(40, 10, 500, 300)))
        True
    """
    labels = LabelPlaces(area.width, area.height)
    for span in frame.spans:
        yield from _span(span, frame.time_axis, area, labels)
    yield from _time_axis(frame.time_axis, area)
    for side, axis in enumerate(frame.value_axes[:2]):
        yield from _value_axis(axis, area, is_right=side == 1)
    for level in frame.levels:
        if level.place < len(frame.value_axes):
            yield from _level(level, frame.value_axes[level.place], area, labels)


def _span(span: Span, axis: Axis, area: Area, labels: LabelPlaces) -> Iterator[str]:
    if span.end < axis.ends[0] or span.start > axis.ends[1]:
        return
    begin, end = area.x(span.start, axis), area.x(span.end, axis)
    end = max(end, begin + 1)  # a moment is seen, too
    yield (
        f'<rect x="{begin:.1f}" y="{area.top}" width="{end - begin:.1f}" height="{area.height}" '
        f'fill="{html_text(span.color)}" fill-opacity="0.16"/>'
    )
    if span.kind == "alarm":
        place = labels.of_span(begin - area.left, end - area.left, span.label)
        if place is not None:
            yield text_at(area.left + place.x, area.top + place.y, place.text, f'fill="{INK}"')


def _level(level: Level, axis: Axis, area: Area, labels: LabelPlaces) -> Iterator[str]:
    """A line across the picture; of a level beyond its axis only the label, at that end of it."""
    low, high = axis.ends
    if low <= level.value <= high:
        yield (
            f'<path d="M{area.left} {area.y(level.value, axis):.1f}h{area.width}" '
            f'stroke="{html_text(level.color)}" stroke-width="1.5" stroke-dasharray="8 4"/>'
        )
    place = labels.of_level(_share(level.value, axis), level.label)
    yield text_at(area.left + place.x, area.top + place.y, place.text, 'text-anchor="end"', limit=60)


def _time_axis(axis: Axis, area: Area) -> Iterator[str]:
    for tick, label in zip(axis.ticks, axis.texts, strict=False):
        x = area.x(tick, axis)
        yield f'<path d="M{x:.1f} {area.top}V{area.bottom + 4}" stroke="{_GRID}"/>'
        yield text_at(x, area.bottom + 18, label, 'text-anchor="middle"')
    yield f'<path d="M{area.left} {area.bottom}h{area.width}" stroke="{FAINT}"/>'
    middle = area.left + area.width / 2
    yield text_at(middle, area.bottom + 38, axis.caption, f'text-anchor="middle" fill="{FAINT}"')


def _value_axis(axis: Axis, area: Area, *, is_right: bool) -> Iterator[str]:
    edge = area.left + area.width * is_right
    anchor, beside = ("start", 7) if is_right else ("end", -7)
    for tick, label in zip(axis.ticks, axis.texts, strict=False):
        y = area.y(tick, axis)
        if not is_right:
            yield f'<path d="M{edge} {y:.1f}h{area.width}" stroke="{_GRID}"/>'
        yield text_at(edge + beside, y + 4, label, f'text-anchor="{anchor}"')
    yield f'<path d="M{edge} {area.top}v{area.height}" stroke="{FAINT}"/>'
    yield text_at(edge, area.top - 8, axis.caption, f'text-anchor="middle" fill="{FAINT}"', limit=20)


def text_at(x: float, y: float, text: str, look: str, limit: int = 80) -> str:
    """Foreign text at a place, escaped and not too long; `""` for none."""
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{html_text(text, limit)}</text>' if text else ""


def margin_px(axes: Sequence[Axis], least: int) -> int:
    """The width that the labels of a value axis take."""
    longest = max((length(text) for axis in axes for text in axis.texts), default=0)
    return max(least, round(CHARACTER_PX * longest + _BESIDE_LABELS_PX)) if axes else least


def _share(number: float, axis: Axis) -> float:
    """How far along an axis a number is: from 0 to 1, or beyond."""
    low, high = axis.ends
    return (number / 2 - low / 2) / (high / 2 - low / 2)  # halved, as a span may have no number


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)

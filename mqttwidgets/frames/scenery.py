"""What stands around and beneath the lines of a still: axes, grid, levels and spans, as SVG."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..text import html_text
from .annotations import Level, Span
from .frame import Axis, Frame

INK, FAINT, _GRID = "#212121", "#5f5f5f", "#e3e3e3"
CHARACTER_PX = 6.6
"""How wide a character is, on average, at 12 pixels."""

_BESIDE_LABELS_PX = 30
_ROW_PX, _MOST_ROWS = 14, 4  # of labels of spans


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
        return self.left + _share(time, axis) * self.width

    def y(self, value: float, axis: Axis) -> float:
        """Where a value is; at an end where it lies beyond."""
        return self.top + (1 - _share(value, axis)) * self.height


def scenery(frame: Frame, area: Area) -> Iterator[str]:
    """What is drawn before the lines are.

    Example:
        >>> frame = Frame((), Axis((0.0, 9.0), (5.0,), ("noon",)))
        >>> "noon" in "".join(scenery(frame, Area(40, 10, 500, 300)))
        True
    """
    labels = _Labels()
    for span in frame.spans:
        yield from _span(span, frame.time_axis, area, labels)
    yield from _time_axis(frame.time_axis, area)
    for side, axis in enumerate(frame.value_axes[:2]):
        yield from _value_axis(axis, area, is_right=side == 1)
    for level in frame.levels:
        if level.place < len(frame.value_axes):
            yield from _level(level, frame.value_axes[level.place], area, labels)


class _Labels:
    """Where labels of annotations stand, so that no two stand in the same place."""

    def __init__(self) -> None:
        self._taken: list[tuple[float, float, float]] = []

    def place(self, left: float, text: str, heights: Sequence[float]) -> float | None:
        """The first of some heights at which there is room for a text, which is taken then; None for none."""
        right = left + CHARACTER_PX * length(text)
        for height in heights:
            if all(right <= begin or left >= end or abs(height - at) >= _ROW_PX for begin, end, at in self._taken):
                self._taken.append((left, right, height))
                return height
        return None


def _span(span: Span, axis: Axis, area: Area, labels: _Labels) -> Iterator[str]:
    begin, end = area.x(span.start, axis), area.x(span.end, axis)
    if begin < end:
        color = html_text(span.color)
        yield (
            f'<rect x="{begin:.1f}" y="{area.top}" width="{max(end - begin, 1):.1f}" height="{area.height}" '
            f'fill="{color}" fill-opacity="0.16"/>'
        )
        if span.kind == "alarm":
            room = int((end - begin) / CHARACTER_PX)
            words = span.label if length(span.label) <= room else span.label[:1]
            rows = [area.top + _ROW_PX * row for row in range(1, _MOST_ROWS + 1)]
            at = labels.place(begin + 4, words, rows)
            if at is not None:
                yield text_at(begin + 4, at, words, f'fill="{INK}"')


def _level(level: Level, axis: Axis, area: Area, labels: _Labels) -> Iterator[str]:
    """A line across the picture; of a level beyond its axis only the label, at that end of it."""
    y, (low, high) = area.y(level.value, axis), axis.ends
    label = level.label
    if low <= level.value <= high:
        yield (
            f'<path d="M{area.left} {y:.1f}h{area.width}" stroke="{html_text(level.color)}" stroke-width="1.5" '
            'stroke-dasharray="8 4"/>'
        )
    else:
        label = f"{'↑' if level.value > high else '↓'} {label}"
    heights = [at for at in (y - 5, y + 14) if area.top + 13 <= at <= area.bottom] or [y + 14]
    right = area.left + area.width - 4
    height = labels.place(right - CHARACTER_PX * length(label), label, heights)
    yield text_at(right, heights[0] if height is None else height, label, 'text-anchor="end"', limit=60)


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
    """What the labels of a value axis take."""
    longest = max((length(text) for axis in axes for text in axis.texts), default=0)
    return max(least, round(CHARACTER_PX * longest + _BESIDE_LABELS_PX)) if axes else least


def length(text: str) -> int:
    """Characters, those that are wide twice."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _share(number: float, axis: Axis) -> float:
    """How far along an axis a number is, from 0 to 1."""
    low, high = axis.ends
    return min(
        max((number / 2 - low / 2) / (high / 2 - low / 2), 0.0), 1.0
    )  # halved, as a span may have no number

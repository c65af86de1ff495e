"""A Frame as a picture that stands by itself: an SVG for the saved notebook, for print and for taking away."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..text import html_text, quantity
from .frame import Axis, Frame, Line
from .outline import outline
from .palette import DASH_ARRAYS

WIDTH, HEIGHT = 960, 360
"""Size of a still without its legend, in pixels."""

_MOST_POINTS = 12_000  # of all lines together: about 80 kB
_FINE = 10  # units of a path in a pixel
_TOP, _BOTTOM, _SIDE, _RIGHT = 54, 48, 56, 30
_CHARACTER_PX, _BESIDE_LABELS_PX = 6.6, 30
_ROW_PX, _MOST_ROWS, _BESIDE_NAME_PX = 18, 8, 48
_INK, _FAINT, _GRID, _PAPER = "#212121", "#5f5f5f", "#e3e3e3", "#ffffff"
_FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"


class Words(NamedTuple):
    """What a still says beside its Frame.

    Attributes:
        title: the plot's name.
        taken: when the picture was taken, and how the stream was then.
        figures: how many series and messages there are, and what was not plotted.
        values: of each line the newest value with its unit.
        empty: what stands where there is no line.
    """

    title: str
    taken: str
    figures: str
    values: Sequence[str] = ()
    empty: str = ""


class _Area(NamedTuple):
    """Where the lines are, in pixels."""

    left: int
    top: int
    width: int
    height: int


def still(frame: Frame, words: Words) -> str:
    """The picture as an SVG document, light whatever is around it, that needs nothing but itself.

    It takes some milliseconds and at most about 120 kB. All text in it is escaped.

    Args:
        frame: what to show.
        words: what to say.

    Example:
        >>> picture = still(Frame((), Axis((0.0, 1.0), ())), Words("Cellar", "1 Jan 1970", "no series"))
        >>> picture.startswith("<svg "), "Cellar" in picture
        (True, True)
    """
    axes = frame.value_axes[:2]
    left = _margin_px(axes[:1], _SIDE)
    right = _margin_px(axes[1:], _RIGHT)
    area = _Area(left, _TOP, WIDTH - left - right, HEIGHT - _TOP - _BOTTOM)
    rows = list(_rows(frame.lines, words.values))
    height = HEIGHT + _ROW_PX * len(rows) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" font-family="{_FONT}" font-size="12" fill="{_INK}">',
        f"<title>{html_text(f'{words.title}, {words.taken}', 300)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="{_PAPER}"/>',
        _text(12, 24, words.title, 'font-size="15" font-weight="600"', limit=70),
        _text(WIDTH - 12, 24, words.taken, f'text-anchor="end" fill="{_FAINT}"'),
        *(_scenery(frame, area) if frame.lines else [_nothing(words.empty)]),
        *(part for number, row in enumerate(rows) for part in _legend_row(row, HEIGHT + 4 + number * _ROW_PX)),
        _text(12, height - 10, words.figures, f'fill="{_FAINT}"', limit=170),
        "</svg>",
    ]
    return "".join(parts)


def _nothing(text: str) -> str:
    return _text(WIDTH // 2, HEIGHT // 2, text, f'text-anchor="middle" font-size="13" fill="{_FAINT}"', limit=150)


def _scenery(frame: Frame, area: _Area) -> Iterator[str]:
    """Grid, axes and lines."""
    yield from _time_axis(frame.time_axis, area)
    for side, axis in enumerate(frame.value_axes[:2]):
        yield from _value_axis(axis, area, is_right=side == 1)
    yield (
        f'<svg x="{area.left}" y="{area.top}" width="{area.width}" height="{area.height}" '
        f'viewBox="0 0 {area.width * _FINE} {area.height * _FINE}" preserveAspectRatio="none">'
    )
    columns = max(1, min(area.width, _MOST_POINTS // (2 * len(frame.lines))))
    for line in frame.lines:
        yield _path(line, frame, area, columns)
    yield "</svg>"


def _path(line: Line, frame: Frame, area: _Area, columns: int) -> str:
    size = (area.width * _FINE, area.height * _FINE)
    data = outline(line, frame.time_axis, frame.value_axes[line.place], size, columns)
    dashes = DASH_ARRAYS[line.dash]
    dashed = "" if dashes == "none" else f' stroke-dasharray="{_fine(dashes)}"'
    return (
        f'<path d="{data}" fill="none" stroke="{html_text(line.color)}" stroke-width="{17 * _FINE // 10}" '
        f'stroke-linejoin="bevel" stroke-linecap="round"{dashed}/>'
    )


def _fine(dashes: str) -> str:
    return " ".join(str(int(part) * _FINE) for part in dashes.split())


def _time_axis(axis: Axis, area: _Area) -> Iterator[str]:
    bottom = area.top + area.height
    for tick, label in zip(axis.ticks, axis.texts, strict=False):
        x = area.left + _share(tick, axis) * area.width
        yield f'<path d="M{x:.1f} {area.top}V{bottom + 4}" stroke="{_GRID}"/>'
        yield _text(x, bottom + 18, label, 'text-anchor="middle"')
    yield f'<path d="M{area.left} {bottom}h{area.width}" stroke="{_FAINT}"/>'
    yield _text(area.left + area.width / 2, bottom + 38, axis.caption, f'text-anchor="middle" fill="{_FAINT}"')


def _value_axis(axis: Axis, area: _Area, *, is_right: bool) -> Iterator[str]:
    edge = area.left + area.width * is_right
    anchor, beside = ("start", 7) if is_right else ("end", -7)
    for tick, label in zip(axis.ticks, axis.texts, strict=False):
        y = area.top + (1 - _share(tick, axis)) * area.height
        if not is_right:
            yield f'<path d="M{edge} {y:.1f}h{area.width}" stroke="{_GRID}"/>'
        yield _text(edge + beside, y + 4, label, f'text-anchor="{anchor}"')
    yield f'<path d="M{edge} {area.top}v{area.height}" stroke="{_FAINT}"/>'
    yield _text(edge, area.top - 8, axis.caption, f'text-anchor="middle" fill="{_FAINT}"', limit=20)


def _share(number: float, axis: Axis) -> float:
    """How far along an axis a number is."""
    low, high = axis.ends
    return (number / 2 - low / 2) / (high / 2 - low / 2)


class _Entry(NamedTuple):
    """One line in the legend, and where it begins."""

    x: float
    line: Line | None
    name: str
    value: str


def _rows(lines: Sequence[Line], values: Sequence[str]) -> Iterator[list[_Entry]]:
    """The legend's entries, as many in a row as there is room for."""
    row: list[_Entry] = []
    x, rows = 12.0, 1
    for number, (line, value) in enumerate(zip(lines, values, strict=False)):
        width = _BESIDE_NAME_PX + _CHARACTER_PX * (_length(line.label) + _length(value) + 1)
        if row and x + width > WIDTH - (120 if rows == _MOST_ROWS else 12):
            if rows == _MOST_ROWS:
                row.append(_Entry(x, None, f"and {quantity(len(lines) - number, 'more')}".removesuffix("s"), ""))
                break
            yield row
            row, x, rows = [], 12.0, rows + 1
        row.append(_Entry(x, line, line.label, value))
        x += width
    if row:
        yield row


def _legend_row(row: Iterable[_Entry], y: float) -> Iterator[str]:
    for x, line, name, value in row:
        if line is None:
            yield _text(x, y + 4, name, f'fill="{_FAINT}"')
            continue
        yield (
            f'<path d="M{x:.0f} {y}h22" stroke="{html_text(line.color)}" stroke-width="3" '
            f'stroke-dasharray="{DASH_ARRAYS[line.dash]}"/>'
        )
        yield (
            f'<text x="{x + 28:.0f}" y="{y + 4}">{html_text(name, 60)} '
            f'<tspan font-weight="600">{html_text(value, 40)}</tspan></text>'
        )


def _text(x: float, y: float, text: str, look: str, limit: int = 80) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{html_text(text, limit)}</text>' if text else ""


def _margin_px(axes: Sequence[Axis], least: int) -> int:
    """What the labels of a value axis take."""
    longest = max((_length(text) for axis in axes for text in axis.texts), default=0)
    return max(least, round(_CHARACTER_PX * longest + _BESIDE_LABELS_PX)) if axes else least


def _length(text: str) -> int:
    """Characters, those that are wide twice."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)

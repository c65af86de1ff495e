"""A Frame as a picture that stands by itself: an SVG for the saved notebook, for print and for taking away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...base.text import html_text, quantity
from ..frame import Frame, Line
from ..palette import DASH_ARRAYS
from .label_places import CHARACTER_PX, length
from .svg_axes import FAINT, INK, Area, margin_px, scenery, text_at
from .svg_path import outline

WIDTH, HEIGHT = 960, 360
"""Size of a still without its legend, in pixels."""

_MOST_POINTS = 6_000  # of all lines together: about 60 kB
_FINE = 10  # units of a path in a pixel
_TOP, _BOTTOM, _SIDE, _RIGHT = 54, 48, 56, 30
_ROW_PX, _MOST_ROWS, _BESIDE_NAME_PX = 18, 8, 48
_PAPER = "#ffffff"
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


def still(frame: Frame, words: Words) -> str:
    """The picture as an SVG document, light whatever is around it, that needs nothing but itself.

    It takes some milliseconds and at most about 110 kB, whatever it shows. All text in it is escaped.

    Args:
        frame: what to show.
        words: what to say.

    Example:
        >>> from ..frame import Axis
        >>> picture = still(Frame((), Axis((0.0, 1.0), ())), Words("Cellar", "1 Jan 1970", "no series"))
        >>> picture.startswith("<svg "), "Cellar" in picture
        (True, True)
    """
    axes = frame.value_axes[:2]
    left = margin_px(axes[:1], _SIDE)
    right = margin_px(axes[1:], _RIGHT)
    area = Area(left, _TOP, WIDTH - left - right, HEIGHT - _TOP - _BOTTOM)
    rows = list(_rows(frame.lines, words.values))
    height = HEIGHT + _ROW_PX * len(rows) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" font-family="{_FONT}" font-size="12" fill="{INK}">',
        f"<title>{html_text(f'{words.title}, {words.taken}', 300)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="{_PAPER}"/>',
        text_at(12, 24, words.title, 'font-size="15" font-weight="600"', limit=70),
        text_at(WIDTH - 12, 24, words.taken, f'text-anchor="end" fill="{FAINT}"'),
        *(_picture(frame, area) if frame.lines else [_nothing(words.empty)]),
        *(part for number, row in enumerate(rows) for part in _legend_row(row, HEIGHT + 4 + number * _ROW_PX)),
        text_at(12, height - 10, words.figures, f'fill="{FAINT}"', limit=170),
        "</svg>",
    ]
    return "".join(parts)


def _nothing(text: str) -> str:
    return text_at(WIDTH // 2, HEIGHT // 2, text, f'text-anchor="middle" font-size="13" fill="{FAINT}"', limit=150)


def _picture(frame: Frame, area: Area) -> Iterator[str]:
    """Axes, annotations and lines."""
    yield from scenery(frame, area)
    yield (
        f'<svg x="{area.left}" y="{area.top}" width="{area.width}" height="{area.height}" '
        f'viewBox="0 0 {area.width * _FINE} {area.height * _FINE}" preserveAspectRatio="none">'
    )
    columns = max(1, min(area.width, _MOST_POINTS // (2 * len(frame.lines))))
    for line in frame.lines:
        yield _path(line, frame, area, columns)
    yield "</svg>"


def _path(line: Line, frame: Frame, area: Area, columns: int) -> str:
    size = (area.width * _FINE, area.height * _FINE)
    data = outline(line, frame.time_axis, frame.value_axes[line.place], size, columns)
    dashes = DASH_ARRAYS[line.dash]
    dashed = "" if dashes == "none" else f' stroke-dasharray="{_fine(dashes)}"'
    width = 0.85 * line.width * _FINE
    return (
        f'<path d="{data}" fill="none" stroke="{html_text(line.color)}" stroke-width="{width:.0f}" '
        f'stroke-linejoin="bevel" stroke-linecap="round"{dashed}/>'
    )


def _fine(dashes: str) -> str:
    return " ".join(str(int(part) * _FINE) for part in dashes.split())


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
        width = _BESIDE_NAME_PX + CHARACTER_PX * (length(line.label) + length(value) + 1)
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
            yield text_at(x, y + 4, name, f'fill="{FAINT}"')
            continue
        yield (
            f'<path d="M{x:.0f} {y}h22" stroke="{html_text(line.color)}" stroke-width="3" '
            f'stroke-dasharray="{DASH_ARRAYS[line.dash]}"/>'
        )
        yield (
            f'<text x="{x + 28:.0f}" y="{y + 4}">{html_text(name, 60)} '
            f'<tspan font-weight="600">{html_text(value, 40)}</tspan></text>'
        )

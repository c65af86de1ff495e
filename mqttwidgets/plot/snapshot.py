"""The picture of a plot as it stands at one moment, to keep or to take away: an SVG, and a line of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from ..base.model import FloatArray, IntArray
from ..base.text import html_text, quantity
from ..sensor_stream import SensorStream
from .decimate import extremes
from .frame import Axis, Frame, Line
from .legend import KEPT, WITH_AXIS, kept, newest_value, side, without_axis
from .palette import DASH_ARRAYS
from .plot_status import PlotStatus, empty_text, figures
from .svg_axes import CHARACTER_PX, FAINT, INK, Area, length, margin_px, scenery, text_at

WIDTH, HEIGHT = 960, 360
"""Size of a still without its legend, in pixels."""

_MOST_POINTS = 6_000  # of all lines together: about 60 kB
_FINE = 10  # units of a path in a pixel
_TOP, _BOTTOM, _SIDE, _RIGHT = 54, 48, 56, 30
_ROW_PX, _MOST_ROWS, _BESIDE_NAME_PX = 18, 8, 48
_PAPER = "#ffffff"
_FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_FAR = 10.0  # sizes of the picture from its corner, where lines end: renderers count in single precision


class Snapshot(NamedTuple):
    """A picture.

    Attributes:
        svg: the picture, a document of its own.
        line: the same in a line of text: what, when, and how many.
        title: the plot's name.
        at: when it was taken, on the viewer's clock.
        has_lines: whether it shows any.
    """

    svg: str
    line: str
    title: str
    at: datetime
    has_lines: bool = True


def take(frame: Frame, stream: SensorStream, facts: PlotStatus, now: float) -> Snapshot:
    """The picture that a Frame is at `now` (epoch seconds)."""
    errors = {note.key: note.text for note in frame.notes if note.is_error}
    values = [errors.get(line.key) or _value(line, frame) for line in frame.lines]
    state = [facts.standing.status, "paused" if facts.paused else "", "zoomed" if facts.stays_put else ""]
    counts = [
        *figures(frame, stream, facts.zone),
        without_axis(frame.value_axes[WITH_AXIS:]).removesuffix("."),
        kept(frame).removesuffix("."),
        "The values are the newest" if facts.stays_put and frame.lines else "",
    ]
    moment, empty = datetime.fromtimestamp(now, facts.zone), empty_text(frame, stream, facts)
    words = (", ".join(filter(None, state)), [*filter(None, counts)])
    return pictured(frame, facts.title, moment, *words, values, empty)


def _value(line: Line, frame: Frame) -> str:
    """Its newest value; of several axes, on which one it is."""
    value = newest_value(line, frame.value_axes) + (f" {KEPT}" if line.ends_kept else "")
    return f"{value} {side(line.place)[0]}" if len(frame.value_axes) > 1 else value


def pictured(
    frame: Frame,
    title: str,
    moment: datetime,
    state: str,
    counts: Sequence[str],
    values: Sequence[str],
    empty: str,
) -> Snapshot:
    """A Frame as a picture, with words.

    Args:
        frame: what it shows.
        title: the plot's name.
        moment: when, on the viewer's clock.
        state: what stands behind the time.
        counts: the figures beneath.
        values: a word on each line.
        empty: what stands where there is no line.
    """
    when = f"{moment.day} {moment:%b %Y %H:%M:%S %Z}, {state}"
    words = Words(title, when, " · ".join(counts), values, "" if frame.lines else empty)
    return Snapshot(still(frame, words), f"{title}, {when}: {', '.join(counts)}", title, moment, bool(frame.lines))


class Words(NamedTuple):
    """The words of a picture beside its Frame.

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
        >>> from .frame import Axis
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


def outline(line: Line, times: Axis, values: Axis, size: tuple[int, int], columns: int) -> str:
    """The `d` of a path that shows a line, each coordinate a whole number; `""` where there is nothing to see.

    Of each column the least and the greatest value are kept, so that a peak is seen however narrow it is, and what
    leads to the next one across empty columns. Of gaps the longest are kept, a quarter as many as there are
    columns.

    Args:
        line: what to draw; a gap breaks it, a state goes in steps.
        times: the ends of the picture from left to right.
        values: the ends of the picture from bottom to top.
        size: width and height of the picture, in units of the path.
        columns: into how many to part the picture.

    Example:
        >>> import numpy as np
        >>> from mqttwidgets.plot.frame import LinePoints
        >>> time, value = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 5.0, np.nan, 10.0, 10.0])
        >>> points = LinePoints(np.stack((time, value)))
        >>> line = Line(("a", ""), "a", "", "#000", "solid", points, (), None, 0, 5, (4.0, 10.0))
        >>> outline(line, Axis((0.0, 4.0), ()), Axis((0.0, 10.0), ()), (400, 100), columns=4)
        'M0 100l100-50M300 0l100 0'
    """
    is_there = ~np.isnan(line.value)
    time, value = line.time[is_there], line.value[is_there]
    if not len(time):
        return ""
    run = _runs(time, np.cumsum(~is_there)[is_there], columns // 4)
    chosen = _chosen(line, time, value, run, times, columns)
    x = _scaled(time[chosen], times.ends, size[0])
    y = size[1] - _scaled(value[chosen], values.ends, size[1])
    breaks = np.flatnonzero(np.diff(run[chosen])) + 1
    far = (_FAR * size[0], _FAR * size[1])
    draw = _steps if line.is_state else _strokes
    return "".join(draw(*stretch, far) for stretch in zip(np.split(x, breaks), np.split(y, breaks), strict=True))


def _runs(time: FloatArray, run: IntArray, most: int) -> IntArray:
    """Which stretch of the line each point belongs to, where only the longest gaps part it."""
    after = np.flatnonzero(np.diff(run)) + 1
    if len(after) <= most:
        return run
    longest = np.argsort(time[after - 1] - time[after], kind="stable")[:most]
    parted = np.zeros_like(run)
    parted[after[longest]] = 1
    return np.cumsum(parted)


def _chosen(line: Line, time: FloatArray, value: FloatArray, run: IntArray, times: Axis, columns: int) -> IntArray:
    """Indices of the points to draw."""
    start, end = times.ends
    column = np.floor((time - start) * (columns / (end - start)))
    begins = np.ones(len(time), bool)
    is_parted = run[1:] != run[:-1]
    begins[1:] = (column[1:] != column[:-1]) | is_parted
    (starts,) = begins.nonzero()
    kept = extremes(value, starts)
    kept[-1] = True
    kept[1:] |= is_parted
    kept[:-1] |= is_parted
    if line.is_state:
        kept[starts[1:] - 1] = True
    else:
        crossed = starts[1:][column[starts[1:]] - column[starts[1:] - 1] > 1]
        kept[crossed] = kept[crossed - 1] = True  # what is drawn across empty columns
    (chosen,) = kept.nonzero()
    return chosen


def _scaled(numbers: FloatArray, ends: tuple[float, float], size: int) -> FloatArray:
    low, high = ends
    return (numbers / 2 - low / 2) / (high / 2 - low / 2) * size  # halved, as a span may have no number


def _strokes(x: FloatArray, y: FloatArray, far: tuple[float, float]) -> str:
    """Straight from point to point; a single one as a dot. Lines end far away, and keep their slopes."""
    is_near = ((np.abs(x) <= far[0]) & (np.abs(y) <= far[1])).tolist()
    if all(is_near):
        return _polyline(x, y)
    points, goes_on = np.column_stack((x, y)), False
    stretches: list[list[FloatArray]] = []
    for at in range(len(points) - 1):
        piece = _clipped(points[at], points[at + 1], far)
        if piece is not None and goes_on:
            stretches[-1].append(piece[1])
        elif piece is not None:
            stretches.append([*piece])
        goes_on = is_near[at + 1]
    return "".join(_polyline(*np.array(stretch).T) for stretch in stretches)


def _polyline(x: FloatArray, y: FloatArray) -> str:
    across, down = _whole(x), _whole(y)
    moves = np.column_stack((np.diff(across), np.diff(down))).ravel().tolist() or [0, 0]
    return f"M{across[0]} {down[0]}l{_listed(moves)}"


def _clipped(start: FloatArray, stop: FloatArray, far: tuple[float, float]) -> FloatArray | None:
    """The two ends of what is near of a straight line; None for nothing (Liang and Barsky, 1984)."""
    enters, leaves = 0.0, 1.0
    for at, step, furthest in zip(start.tolist(), (stop - start).tolist(), far, strict=True):
        if step:
            first, last = sorted(((-furthest - at) / step, (furthest - at) / step))
            enters, leaves = max(enters, first), min(leaves, last)
        elif abs(at) > furthest:
            return None
    return np.array([start + share * (stop - start) for share in (enters, leaves)]) if enters <= leaves else None


def _steps(x: FloatArray, y: FloatArray, far: tuple[float, float]) -> str:
    """Each value held until the next point."""
    across, down = (_whole(np.clip(each, -end, end)) for each, end in zip((x, y), far, strict=True))
    steps = [
        f"h{right}v{fall}" for right, fall in zip(np.diff(across).tolist(), np.diff(down).tolist(), strict=True)
    ]
    return f"M{across[0]} {down[0]}{''.join(steps) or 'h0'}"


def _whole(numbers: FloatArray) -> IntArray:
    return np.rint(numbers).astype(np.int64)


def _listed(numbers: list[int]) -> str:
    return " ".join(map(str, numbers)).replace(" -", "-")

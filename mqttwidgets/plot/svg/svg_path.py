"""A line as the data of an SVG path, with no more points than can be told apart."""

from __future__ import annotations

import numpy as np

from ...base.model import FloatArray, IntArray
from ..decimate import extremes
from ..frame import Axis, Line

_FAR = 10.0  # sizes of the picture from its corner, where lines end: renderers count in single precision


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
        >>> time, value = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 5.0, np.nan, 10.0, 10.0])
        >>> line = Line(("a", ""), "a", "", "#000", "solid", time, value, (), None, 0, 5, (4.0, 10.0))
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

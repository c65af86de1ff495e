"""Where the nearest data is, for a view that holds none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .frame import Line


def nearest_outside(lines: Sequence[Line], start: float, end: float) -> float | None:
    """The time of the sample that is nearest to a span of time in which no line has anything to see.

    Args:
        lines: cut for this span: each has the sample before it and the one behind, where there are such.
        start: epoch seconds.
        end: epoch seconds.

    Returns:
        Epoch seconds; None where some line is in view, or where there is none at all.
    """
    outside: list[float] = []
    for line in lines:
        if _is_in_view(line, start, end):
            return None
        outside += line.time[~np.isnan(line.value)].tolist()
    return min(outside, key=lambda time: max(start - time, time - end), default=None)


def _is_in_view(line: Line, start: float, end: float) -> bool:
    """Whether it has a point in the span, or goes through it without a break."""
    first, stop = int(line.time.searchsorted(start)), int(line.time.searchsorted(end, "right"))
    if not np.isnan(line.value[first:stop]).all():
        return True
    return 0 < first == stop < len(line.time) and not np.isnan(line.value[first - 1 : first + 1]).any()

"""Which frame a picture shows, and how late."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.notebook_run import Change


class Shown(NamedTuple):
    """A frame on the screen.

    Attributes:
        at: when it was painted, in epoch seconds.
        late_ms: since it was set.
    """

    at: float
    late_ms: float


def frames_shown(changes: Sequence[Change], set_at: Sequence[float], levels: int) -> list[Shown]:
    """Each painted picture of one plot that shows a newer frame than the one before.

    A picture tells its frame's number modulo `levels` by where the line ends: where it is highest stands for
    `levels` - 1, where it is lowest for 0. Frames come in order, so that a number goes on from the one
    before, with fewer than `levels` left out between two pictures, and never beyond the frames set by then:
    what says so has been misread, as it is while a scale changes. Before the first frame a picture shows the
    highest place.

    Args:
        changes: of one plot.
        set_at: when each frame was set, in epoch seconds.
        levels: how many places there are.

    Example:
        >>> pictures = [Change(0.1 * n + 0.02, 0, 90.0 - 30 * (n % 4), 0.0, 90.0) for n in range(8)]
        >>> shown = frames_shown(pictures, [0.1 * n for n in range(8)], levels=4)
        >>> len(shown), round(shown[-1].late_ms)
        (8, 20)
    """
    shown, number = [], -1
    for change in changes:
        if not set_at or change.at <= set_at[0] or not change.bottom > change.top:
            continue
        level = round((change.bottom - change.y) / (change.bottom - change.top) * (levels - 1))
        newest = bisect_right(set_at, change.at) - 1
        step = (level - number) % levels
        if 0 < step <= newest - number:
            number += step
            shown.append(Shown(change.at, (change.at - set_at[number]) * 1000))
    return shown

"""Which frame a picture shows, and how late."""

from __future__ import annotations

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

    A picture tells its frame's number modulo `levels` by where the line ends: the highest place stands for
    `levels` - 1, the lowest for 0. Frames come in order, so that a number goes on from the one before, and fewer than
    `levels` are left out between two pictures. Before the first frame a picture shows the highest place.

    Args:
        changes: of one plot.
        set_at: when each frame was set, in epoch seconds.
        levels: how many places there are.
    """
    changes = [change for change in changes if set_at and change.at > set_at[0]]
    settled = [change.y for change in changes[len(changes) // 3 :]]
    if not settled or max(settled) == min(settled):
        return []
    lowest, height = max(settled), max(settled) - min(settled)  # px grow downwards
    shown, number = [], -1
    for change in changes:
        level = round((lowest - change.y) / height * (levels - 1))
        if not 0 <= level < levels:  # the scale had not settled
            continue
        step = (level - number) % levels
        number += step
        if step and number < len(set_at):
            shown.append(Shown(change.at, (change.at - set_at[number]) * 1000))
    return shown

"""Whose samples stand so far from all others that a live picture leaves them out, in words."""

from __future__ import annotations

from datetime import datetime, timezone

from ..base.text import duration, printable, quantity
from .frame import Frame


def out_of_time(frame: Frame, now: float) -> tuple[str, ...]:
    """Remarks on samples that a picture leaves out, as clocks of devices are ahead, or were not set.

    Args:
        frame: a picture that goes with the newest samples.
        now: epoch seconds of this computer.
    """
    return (*clocks_ahead(frame, now), *left_behind(frame))


def clocks_ahead(frame: Frame, now: float) -> tuple[str, ...]:
    """A remark where lines go on behind the picture, as clocks of devices are ahead of this computer's.

    Args:
        frame: a picture that goes with the newest samples.
        now: epoch seconds of this computer.
    """
    end = frame.time_axis.ends[1]
    ahead = {line.label: line.last[0] - now for line in frame.lines if line.last[0] > max(end, now)}
    if not ahead:
        return ()
    furthest = max(ahead, key=lambda label: ahead[label])
    by, first = duration(ahead[furthest]), printable(furthest, 60)
    if len(ahead) == 1:
        return (
            f"the clock of {first} is {by} ahead of this computer's: its samples come into view so much later",
        )
    others = quantity(len(ahead) - 1, "other")
    return (
        f"the clocks of {first} and {others} are up to {by} ahead of this computer's: "
        "their samples come into view so much later",
    )


def left_behind(frame: Frame) -> tuple[str, ...]:
    """A remark where samples stand more than a year before all others, most often as a device's clock was not set.

    Args:
        frame: a picture that goes with the newest samples.
    """
    if not frame.left_behind:
        return ()
    label, newest = max(frame.left_behind, key=lambda each: each[1])
    others = f" and {quantity(len(frame.left_behind) - 1, 'other')}" if len(frame.left_behind) > 1 else ""
    day = datetime.fromtimestamp(newest, timezone.utc).strftime("%Y-%m-%d")
    return (
        f"samples of {printable(label, 60)}{others} stand by their own time at {day} and before, more than a year "
        "before all others: out of the picture until time_range takes them in",
    )

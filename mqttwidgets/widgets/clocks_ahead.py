"""Whose clocks are ahead, so that a live picture cannot show their newest samples yet, in words."""

from __future__ import annotations

from ..frames.frame import Frame
from ..text import duration, printable, quantity


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

"""What a live picture cannot show yet, as its time is still to come, in words."""

from __future__ import annotations

from ..frames.frame import Frame
from ..text import duration, printable, quantity


def beyond(frame: Frame, now: float) -> tuple[str, ...]:
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
    others = f" and {quantity(len(ahead) - 1, 'other')}" if len(ahead) > 1 else ""
    return (
        f"the clock of {printable(furthest, 60)}{others} is {duration(ahead[furthest])} ahead of this computer's: "
        f"what comes from there is in view only then",
    )

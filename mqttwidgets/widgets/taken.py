"""The picture of a plot as it stands at one moment, to keep or to take away."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..frames.frame import Frame
from ..frames.still import Words, still
from ..stream import SensorStream
from .face import Facts, empty_text, figures
from .legend import newest_value


class Taken(NamedTuple):
    """A picture.

    Attributes:
        svg: the picture, a document of its own.
        line: the same in a line of text: what, when, and how many.
        title: the plot's name.
        at: when it was taken, on the viewer's clock.
    """

    svg: str
    line: str
    title: str
    at: datetime


def take(frame: Frame, stream: SensorStream, facts: Facts, now: float) -> Taken:
    """The picture that a Frame is at `now` (epoch seconds)."""
    moment = datetime.fromtimestamp(now, facts.zone)
    status = f"{facts.status}, paused" if facts.paused else facts.status
    when = f"{moment.day} {moment:%b %Y %H:%M:%S %Z}, {status}"
    counts = figures(frame, stream)
    errors = {note.key: note.text for note in frame.notes if note.is_error}
    values = [errors.get(line.key) or newest_value(line, frame.value_axes) for line in frame.lines]
    words = Words(
        facts.title, when, " · ".join(counts), values, "" if frame.lines else empty_text(frame, stream, facts)
    )
    return Taken(still(frame, words), f"{facts.title}, {when}: {', '.join(counts)}", facts.title, moment)

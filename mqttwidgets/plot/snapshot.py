"""The picture of a plot as it stands at one moment, to keep or to take away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..sensor_stream import SensorStream
from .frame import Frame, Line
from .legend import WITH_AXIS, newest_value, side, without_axis
from .plot_status import PlotStatus, empty_text, figures
from .svg_picture import Words, still


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
        *figures(frame, stream),
        without_axis(frame.value_axes[WITH_AXIS:]).removesuffix("."),
        "The values are the newest" if facts.stays_put and frame.lines else "",
    ]
    moment, empty = datetime.fromtimestamp(now, facts.zone), empty_text(frame, stream, facts)
    words = (", ".join(filter(None, state)), [*filter(None, counts)])
    return pictured(frame, facts.title, moment, *words, values, empty)


def _value(line: Line, frame: Frame) -> str:
    """Its newest value; of several axes, on which one it is."""
    value = newest_value(line, frame.value_axes)
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

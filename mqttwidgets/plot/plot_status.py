"""How a plot is, and what is said of it without its picture."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from ..base.text import quantity
from ..live.distinct import MOST_COUNTED
from ..live.ledger import LedgerPage
from ..live.stream_status import Standing
from ..sensor_stream import SensorStream
from . import texts
from .frame import Frame
from .plot_alarms import AlarmWords


class PlotStatus(NamedTuple):
    """What is to be said that neither the Frame nor the stream knows.

    Attributes:
        title: the plot's name.
        standing: how the stream is.
        paused: whether the picture is frozen.
        waiting: samples that came since.
        entry_error: what is wrong with the latest entry, and what stays in force; `""` for nothing.
        zone: the viewer's time zone.
        alarms: what is to be said of alarms.
        remarks: what is to be known of the plot besides what its stream says.
        stays_put: whether the picture is a chosen span of time.
    """

    title: str
    standing: Standing
    paused: bool
    waiting: int
    entry_error: str
    zone: tzinfo
    alarms: AlarmWords = AlarmWords()
    remarks: tuple[str, ...] = ()
    stays_put: bool = False


def figures(frame: Frame, stream: SensorStream) -> list[str]:
    """How many series and messages there are, and what was not plotted."""
    return texts.figures(*counted(frame, stream))


def _series_count(frame: Frame, stream: SensorStream) -> str:
    derived = sum(line.is_derived for line in frame.lines)
    count = texts.series_count(len(frame.lines) - derived, frame.hidden, stream.left_out_count, MOST_COUNTED)
    return f"{count}, {derived:,} derived" if derived else count


def counted(
    frame: Frame, stream: SensorStream, remarks: tuple[str, ...] = ()
) -> tuple[LedgerPage, str, tuple[str, ...]]:
    """What became of the messages, how many series there are, and what is to be known of the stream."""
    return stream.ledger.page(), _series_count(frame, stream), (*remarks, *stream.remarks)


def empty_text(frame: Frame, stream: SensorStream, facts: PlotStatus) -> str:
    """Why there is no line."""
    if frame.hidden:
        return f"{quantity(frame.hidden, 'series')} hidden. Fields shows them again."
    page = stream.ledger.page()
    nothing_found = page.not_plotted and not page.stored and not facts.paused
    if nothing_found and facts.standing.status in ("live", "stale"):
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in list(page.not_plotted.items())[:3])
        return f"{quantity(page.received, 'message')} received, none plotted: {reasons}."
    return facts.standing.text

"""How a plot is, and what is said of it without its picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

from ..base.model import Key
from ..base.patterns import FieldPatterns
from ..base.text import duration, printable, quantity
from ..live.eviction import MOST_COUNTED
from ..live.ledger import LedgerPage
from ..live.stream_status import Standing
from ..sensor_stream import SensorStream
from . import texts
from .frame import Frame
from .plot_alarms import AlarmWords

_NAMES = (
    "Sparkplug's edge nodes send these when they connect; “Ask for names”, or request_births(), asks them to send "
    "them again."
)


class PlotStatus(NamedTuple):
    """Everything to be said of a plot that neither its Frame nor its stream knows.

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


def figures(frame: Frame, stream: SensorStream, zone: tzinfo) -> list[str]:
    """How many series and messages there are, and what was not plotted; times in the viewer's zone."""
    return texts.figures(*counted(frame, stream, zone))


def _series_count(frame: Frame, stream: SensorStream) -> str:
    derived = sum(line.is_derived for line in frame.lines)
    count = texts.series_count(len(frame.lines) - derived, frame.hidden, stream.left_out_count, MOST_COUNTED)
    return f"{count}, {derived:,} derived" if derived else count


def counted(
    frame: Frame, stream: SensorStream, zone: tzinfo, remarks: tuple[str, ...] = ()
) -> tuple[LedgerPage, str, tuple[str, ...]]:
    """The Ledger's figures, the number of series in words, and remarks on the stream.

    Args:
        frame: the picture.
        stream: of which it is.
        remarks: others.
        zone: the viewer's time zone.
    """
    of_stream = stream.remarks_at(lambda epoch_s: texts.clock_time(epoch_s, zone))
    return stream.ledger.page(), _series_count(frame, stream), (*remarks, *of_stream)


def empty_text(frame: Frame, stream: SensorStream, facts: PlotStatus) -> str:
    """Why there is no line."""
    if frame.hidden:
        return f"{quantity(frame.hidden, 'series')} hidden. Fields shows them again."
    page = stream.ledger.page()
    nothing_found = page.not_plotted and not page.stored and not facts.paused
    if nothing_found and facts.standing.status in ("live", "stale"):
        if stream.waiting_for_names:
            return f"{quantity(page.received, 'message')} received: what they measure has no names yet. {_NAMES}"
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in list(page.not_plotted.items())[:3])
        return f"{quantity(page.received, 'message')} received, none plotted: {reasons}."
    return facts.standing.text


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


def unmatched(asked: Iterable[tuple[str, tuple[str, ...]]], keys: Collection[Key]) -> tuple[str, ...]:
    """A remark for each that has nothing to do; none while there is no series yet.

    Args:
        asked: what it is, and its patterns.
        keys: (topic, field) of all series.

    Example:
        >>> unmatched([("mean", ("*",)), ("limit", ("*temprature",))], [("home/kitchen", "/temperature")])
        ('limit: *temprature matches none of 1 line',)
    """
    if not keys:
        return ()
    return tuple(
        f"{printable(what, 60)}: {printable(' or '.join(of), 80)} matches none of {quantity(len(keys), 'line')}"
        for what, of in asked
        if not _matches_any(of, tuple(keys))
    )


@lru_cache(maxsize=64)  # as it is asked with each text, and the series seldom change
def _matches_any(of: tuple[str, ...], keys: tuple[Key, ...]) -> bool:
    patterns = FieldPatterns(of)
    return any(patterns.match(*key) for key in keys)

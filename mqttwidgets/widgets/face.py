"""What a plot says in words, around its picture and in the place of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import NamedTuple

import ipywidgets as widgets

from ..distinct import MOST_COUNTED
from ..frames.frame import Frame
from ..frames.link import FrameLink
from ..frames.linked import LinkedHTML
from ..ledger import LedgerPage
from ..standing import Standing
from ..stream import SensorStream
from ..text import duration, quantity
from . import texts
from .alarms import AlarmWords
from .footer import Footer
from .legend import legend


class Facts(NamedTuple):
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


class Face:
    """The words of one plot: pieces of HTML. Used on the kernel's event loop only.

    Args:
        link: the kernel's frame link; None for none.
        on_toggle: called when other words are wanted, on any thread.

    Attributes:
        header: title, status, rate, age.
        alarms: what is said of alarms; of its own, as a screen reader says all of it again when it changes.
        notice: what else is said beneath the controls.
        notices: the line of both.
        empty: what stands where the lines will be.
        legend: what each line is, with its newest value.
        footer: what became of the messages.
    """

    def __init__(self, link: FrameLink | None, on_toggle: Callable[[], object]) -> None:
        words = [LinkedHTML() for _ in range(5)]
        for each in words:
            each.link = link
        self.header, self.alarms, self.notice, self.empty, self.legend = words
        self.footer = Footer(link, on_toggle)
        self.notices = widgets.Box([self.alarms, self.notice])
        self.notices.add_class("mw-notices")
        self.empty.add_class("mw-empty-layer")

    def show(self, frame: Frame, stream: SensorStream, facts: Facts, now: float) -> int:
        """Say what is so at `now` (epoch seconds); the number of widget messages it took."""
        notice = facts.entry_error or _notice(frame, facts)
        wanted = {
            self.header: _header(stream, facts, now),
            self.alarms: texts.alarms(facts.alarms.notice),
            self.notice: texts.notice(notice, wrong=bool(facts.entry_error)),
            self.empty: _in_place_of_lines(frame, stream, facts, now),
            self.legend: legend(frame, facts.alarms.signs),
        }
        changed = [(widget, text) for widget, text in wanted.items() if widget.value != text]
        for widget, text in changed:
            widget.value = text
        return len(changed) + self.footer.show(*_counted(frame, stream, facts.remarks))


def _header(stream: SensorStream, facts: Facts, now: float) -> str:
    last = stream.last_message_at
    return texts.header(
        facts.title,
        facts.standing.status,
        facts.paused,
        stream.rate_hz,
        None if last is None else now - last,
        "" if last is None else texts.clock_time(last, facts.zone),
    )


def _notice(frame: Frame, facts: Facts) -> str:
    is_news = facts.standing.status != "live" or bool(facts.standing.link.remark)
    status = facts.standing.text if frame.lines and is_news else ""
    if facts.paused:
        return f"Paused, +{facts.waiting:,} samples waiting. {status}".rstrip()
    return status


def figures(frame: Frame, stream: SensorStream) -> list[str]:
    """How many series and messages there are, and what was not plotted."""
    return texts.figures(*_counted(frame, stream))


def _series_count(frame: Frame, stream: SensorStream) -> str:
    derived = sum(line.is_derived for line in frame.lines)
    count = texts.series_count(len(frame.lines) - derived, frame.hidden, stream.left_out_count, MOST_COUNTED)
    return f"{count}, {derived:,} derived" if derived else count


def _in_place_of_lines(frame: Frame, stream: SensorStream, facts: Facts, now: float) -> str:
    if not frame.lines:
        return _empty(frame, stream, facts, now)
    return "" if frame.nearest is None else _outside(frame, frame.nearest, stream, facts)


def _outside(frame: Frame, nearest: float, stream: SensorStream, facts: Facts) -> str:
    start, end = frame.time_axis.ends
    is_later = nearest > end
    away = f"{duration(nearest - end)} later" if is_later else f"{duration(start - nearest)} earlier"
    was_longer = is_later and any(series.oldest for series in stream.series.values())
    remark = "What was before is not kept any more; history= keeps more." if was_longer else ""
    first, last, at = (texts.clock_time(time, facts.zone) for time in (start, end, nearest))
    return texts.outside(first, last, away, at, remark)


def _counted(
    frame: Frame, stream: SensorStream, remarks: tuple[str, ...] = ()
) -> tuple[LedgerPage, str, tuple[str, ...]]:
    return stream.ledger.page(), _series_count(frame, stream), (*remarks, *stream.remarks)


def empty_text(frame: Frame, stream: SensorStream, facts: Facts) -> str:
    """Why there is no line."""
    if frame.hidden:
        return f"{quantity(frame.hidden, 'series')} hidden. Fields shows them again."
    page = stream.ledger.page()
    nothing_found = page.not_plotted and not page.stored and not facts.paused
    if nothing_found and facts.standing.status in ("live", "stale"):
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in list(page.not_plotted.items())[:3])
        return f"{quantity(page.received, 'message')} received, none plotted: {reasons}."
    return facts.standing.text


def _empty(frame: Frame, stream: SensorStream, facts: Facts, now: float) -> str:
    text = empty_text(frame, stream, facts)
    status, words, link = facts.standing
    is_waiting = text == words and status == "live"
    return texts.empty(text, now - link.since if is_waiting else 0.0)

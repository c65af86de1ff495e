"""Everything that a plot says in words: around its picture, beneath it, and in the place of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from ..base.text import duration
from ..live.ledger import LedgerPage
from ..plot import texts
from ..plot.frame import Frame
from ..plot.legend import legend
from ..plot.plot_status import PlotStatus, counted, empty_text
from ..sensor_stream import SensorStream
from .frame_link import FrameLink
from .linked import LinkedHTML
from .widget_tree import SharedLook


class Footer:
    """Figures, and a button for their details once there are any. Used on the kernel's event loop only.

    Args:
        link: the kernel's frame link; None for none.
        look: what the parts of the plot share.
        on_toggle: called when the details are wanted, or no longer, on any thread.

    Attributes:
        widget: all of it.
    """

    def __init__(self, link: FrameLink | None, look: SharedLook, on_toggle: Callable[[], object]) -> None:
        self._link = link
        self._look = look
        self._on_toggle = on_toggle
        self._facts = self._html()
        self._button: widgets.ToggleButton | None = None
        self._details: LinkedHTML | None = None
        self.widget = widgets.Box([self._facts], **look.box)
        self.widget.add_class("mw-footer-row")

    def show(self, page: LedgerPage, series: str, remarks: Sequence[str]) -> int:
        """Show what is so now; the number of widget messages it took.

        Args:
            page: the Ledger's figures.
            series: how many, in words.
            remarks: what is to be known of all of them.
        """
        messages = _set(self._facts, texts.footer(page, series, remarks))
        if self._button is None:
            if not (page.skipped or page.undecodable or page.dropped or page.noted):
                return messages
            self._button = self._new_button()
            self.widget.children = (self._facts, self._button)
        return messages + self._show_details(page, self._button)

    def _show_details(self, page: LedgerPage, button: widgets.ToggleButton) -> int:
        if self._details is None:
            if not button.value:
                return 0
            self._details = self._html().add_class("mw-details-panel")
            self.widget.children = (*self.widget.children, self._details)
        return _set(self._details, texts.details(page) if button.value else "")

    def _new_button(self) -> widgets.ToggleButton:
        button = widgets.ToggleButton(
            description="details",
            tooltip="What became of the messages that are not plotted, and why",
            layout=widgets.Layout(width="auto"),
        )
        button.add_class("mw-open-details")
        button.observe(lambda _change: self._on_toggle(), "value")
        return button

    def _html(self) -> LinkedHTML:
        html = LinkedHTML(**self._look.html)
        html.link = self._link
        return html


def _set(html: LinkedHTML, text: str) -> int:
    if html.value == text:
        return 0
    html.value = text
    return 1


class SelectionPanel:
    """The table of a selection, with a button that clears it. Used on the kernel's event loop only.

    Args:
        link: the kernel's frame link; None for none.
        look: what the parts of the plot share.
        on_close: called when the button is pressed, on any thread.

    Attributes:
        widget: where it appears while something is selected.
    """

    def __init__(self, link: FrameLink | None, look: SharedLook, on_close: Callable[[], object]) -> None:
        self._link = link
        self._look = look
        self._on_close = on_close
        self.widget = widgets.Box([], **look.box)
        self.widget.add_class("mw-selection-panel")
        self._table: LinkedHTML | None = None  # until something is selected for the first time
        self._parts: tuple[widgets.Widget, ...] = ()

    @property
    def parts(self) -> tuple[widgets.Widget, ...]:
        """All widgets it is made of, shown or not."""
        return self.widget, *self._parts

    def set_open(self, wanted: bool) -> None:
        """Appear, or disappear."""
        if wanted and self._table is None:
            self._table = self._build()
        if bool(self.widget.children) != wanted:
            self.widget.children = self._parts if wanted else ()

    def show(self, table: str | None) -> int:
        """Show a table, or for None the one before; the number of widget messages it took."""
        return 0 if table is None or self._table is None else _set(self._table, table)

    def _build(self) -> LinkedHTML:
        table = LinkedHTML(**self._look.html)
        table.link = self._link
        close = widgets.Button(icon="times", tooltip="Clear the selection", **self._look.box)
        close.add_class("mw-close")
        close.on_click(lambda _button: self._on_close())
        self._parts = (table, close)
        return table


class TextPanels:
    """The words of one plot: pieces of HTML. Used on the kernel's event loop only.

    Args:
        link: the kernel's frame link; None for none.
        look: what the parts of the plot share.
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

    def __init__(self, link: FrameLink | None, look: SharedLook, on_toggle: Callable[[], object]) -> None:
        words = [LinkedHTML(**look.html) for _ in range(5)]
        for each in words:
            each.link = link
        self.header, self.alarms, self.notice, self.empty, self.legend = words
        self.footer = Footer(link, look, on_toggle)
        self.notices = widgets.Box([self.alarms, self.notice], **look.box)
        self.notices.add_class("mw-notices")
        self.empty.add_class("mw-empty-layer")

    def show(self, frame: Frame, stream: SensorStream, facts: PlotStatus, now: float) -> int:
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
        return len(changed) + self.footer.show(*counted(frame, stream, facts.remarks))


def _header(stream: SensorStream, facts: PlotStatus, now: float) -> str:
    last = stream.last_message_at
    return texts.header(
        facts.title,
        facts.standing.status,
        facts.paused,
        stream.rate_hz,
        None if last is None else now - last,
        "" if last is None else texts.clock_time(last, facts.zone),
    )


def _notice(frame: Frame, facts: PlotStatus) -> str:
    is_news = facts.standing.status != "live" or bool(facts.standing.link.remark)
    status = facts.standing.text if frame.lines and is_news else ""
    if facts.paused:
        return f"Paused, +{facts.waiting:,} samples waiting. {status}".rstrip()
    return status


def _in_place_of_lines(frame: Frame, stream: SensorStream, facts: PlotStatus, now: float) -> str:
    if not frame.lines:
        return _empty(frame, stream, facts, now)
    return "" if frame.nearest is None else _outside(frame, frame.nearest, stream, facts)


def _outside(frame: Frame, nearest: float, stream: SensorStream, facts: PlotStatus) -> str:
    start, end = frame.time_axis.ends
    is_later = nearest > end
    away = f"{duration(nearest - end)} later" if is_later else f"{duration(start - nearest)} earlier"
    was_longer = is_later and any(series.oldest for series in stream.series.values())
    remark = "What was before is not kept any more; history= keeps more." if was_longer else ""
    first, last, at = (texts.clock_time(time, facts.zone) for time in (start, end, nearest))
    return texts.outside(first, last, away, at, remark)


def _empty(frame: Frame, stream: SensorStream, facts: PlotStatus, now: float) -> str:
    text = empty_text(frame, stream, facts)
    status, words, link = facts.standing
    is_waiting = text == words and status == "live"
    return texts.empty(text, now - link.since if is_waiting else 0.0)

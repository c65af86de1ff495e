"""Everything that a plot says in words: around its picture, beneath it, and in the place of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

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
from .widget_tree import SharedLook, css_classes


class Presses(NamedTuple):
    """What the buttons among the words do, on any thread.

    Attributes:
        toggle: the details are wanted, or no longer.
        ask_for_names: Sparkplug's edge nodes are to be asked for the names of their metrics; None for no button.
    """

    toggle: Callable[[], object]
    ask_for_names: Callable[[], object] | None


class Footer:
    """Figures, and buttons once there is a use for them. Used on the kernel's event loop only.

    Args:
        link: the kernel's frame link; None for none.
        look: what the parts of the plot share.
        presses: what the buttons do.
        first: the figures to begin with, as HTML.

    Attributes:
        widget: all of it.
    """

    def __init__(self, link: FrameLink | None, look: SharedLook, presses: Presses, first: str) -> None:
        self._link = link
        self._look = look
        self._presses = presses
        self._facts = self._html(first)
        self._names: widgets.Button | None = None
        self._button: widgets.ToggleButton | None = None
        self._details: LinkedHTML | None = None
        self.widget = widgets.Box([self._facts], **look.box, **css_classes("mw-footer-row"))

    @property
    def parts(self) -> tuple[widgets.Widget, ...]:
        """The widgets made so far, shown or not."""
        made = (self._facts, self._names, self._button, self._details)
        return tuple(part for part in made if part is not None)

    def show(self, facts: str, page: LedgerPage, *, lacks_names: bool) -> int:
        """Show what is so now; the number of widget messages it took.

        Args:
            facts: the figures, as HTML.
            page: the Ledger's.
            lacks_names: whether messages wait for names that can be asked for.
        """
        messages = _set(self._facts, facts)
        ask_for_names = self._presses.ask_for_names
        if self._names is None and lacks_names and ask_for_names is not None:
            self._names = self._new_names(ask_for_names)
        if self._button is None and (page.skipped or page.undecodable or page.dropped or page.noted):
            self._button = self._new_button()
        if self._details is None and self._button is not None and self._button.value:
            self._details = self._html("", "mw-details-panel")
        shown = tuple(part for part in self.parts if part is not self._names or lacks_names)
        if shown != self.widget.children:
            self.widget.children = shown
        if self._details is None or self._button is None:
            return messages
        return messages + _set(self._details, texts.details(page) if self._button.value else "")

    def _new_names(self, press: Callable[[], object]) -> widgets.Button:
        button = widgets.Button(
            description="Ask for names",
            tooltip="Send the edge nodes the command to publish their birth certificates again",
            layout=widgets.Layout(width="auto"),
            **css_classes("mw-ask-for-names"),
        )
        button.on_click(lambda _button: press())
        return button

    def _new_button(self) -> widgets.ToggleButton:
        button = widgets.ToggleButton(
            description="details",
            tooltip="What became of the messages that are not plotted, and why",
            layout=widgets.Layout(width="auto"),
            **css_classes("mw-open-details"),
        )
        button.observe(lambda _change: self._presses.toggle(), "value")
        return button

    def _html(self, text: str, *classes: str) -> LinkedHTML:
        html = LinkedHTML(text, **self._look.html, **css_classes(*classes))
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
        self._table = LinkedHTML(**look.html)
        self._table.link = link
        close = widgets.Button(icon="times", tooltip="Clear the selection", **look.box, **css_classes("mw-close"))
        close.on_click(lambda _button: on_close())
        self._parts = (self._table, close)
        self.widget = widgets.Box([], **look.box, **css_classes("mw-selection-panel"))

    @property
    def parts(self) -> tuple[widgets.Widget, ...]:
        """All widgets it is made of, shown or not."""
        return self.widget, *self._parts

    def set_open(self, wanted: bool) -> None:
        """Appear, or disappear."""
        if bool(self.widget.children) != wanted:
            self.widget.children = self._parts if wanted else ()

    def show(self, table: str) -> int:
        """Show a table; the number of widget messages it took."""
        return _set(self._table, table)


class Words(NamedTuple):
    """All that a plot says at one moment, as HTML.

    Attributes:
        header: title, status, rate, age.
        alarms: what is said of alarms; of its own, as a screen reader says all of it again when it changes.
        notice: what else is said beneath the controls.
        empty: what stands where the lines will be.
        legend: what each line is, with its newest value.
        footer: what became of the messages.
        lacks_names: whether some wait for names that can be asked for.
    """

    header: str
    alarms: str
    notice: str
    empty: str
    legend: str
    footer: str
    lacks_names: bool


class TextPanels:
    """The words of one plot: pieces of HTML. Used on the kernel's event loop only.

    Args:
        link: the kernel's frame link; None for none.
        look: what the parts of the plot share.
        presses: what the buttons among them do.
        first: what they say to begin with, as each change is one more message.

    Attributes:
        header: title, status, rate, age.
        notices: the line beneath the controls.
        empty: what stands where the lines will be.
        legend: what each line is, with its newest value.
        footer: what became of the messages.
    """

    def __init__(self, link: FrameLink | None, look: SharedLook, presses: Presses, first: Words) -> None:
        self.header, self._alarms, self._notice, self.legend = (
            LinkedHTML(text, **look.html) for text in (first.header, first.alarms, first.notice, first.legend)
        )
        self.empty = LinkedHTML(first.empty, **look.html, **css_classes("mw-empty-layer"))
        for each in (self.header, self._alarms, self._notice, self.legend, self.empty):
            each.link = link
        self.footer = Footer(link, look, presses, first.footer)
        self.notices = widgets.Box([self._alarms, self._notice], **look.box, **css_classes("mw-notices"))

    def show(self, words: Words, page: LedgerPage) -> int:
        """Say what is so now; the number of widget messages it took.

        Args:
            words: all that is to be said.
            page: the Ledger's figures, for their details.
        """
        messages = _set(self.header, words.header) + _set(self._alarms, words.alarms)
        messages += _set(self._notice, words.notice) + _set(self.empty, words.empty)
        messages += _set(self.legend, words.legend)
        return messages + self.footer.show(words.footer, page, lacks_names=words.lacks_names)


def words_of(frame: Frame, stream: SensorStream, facts: PlotStatus, now: float) -> tuple[Words, LedgerPage]:
    """The words of a plot at `now` (epoch seconds), and the Ledger's figures of the same moment."""
    page, series, remarks = counted(frame, stream, facts.zone, facts.remarks)
    words = Words(
        _header(stream, facts, now),
        texts.alarms(facts.alarms.notice),
        texts.notice(facts.entry_error or _notice(frame, facts), wrong=bool(facts.entry_error)),
        _in_place_of_lines(frame, stream, facts, now),
        legend(frame, facts.alarms.signs),
        texts.footer(page, series, remarks),
        bool(stream.waiting_for_names),
    )
    return words, page


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

"""The parts of a LiveSensorPlot, and what a frame changes in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import ipywidgets as widgets

from ..base.clock import CLOCK
from ..base.model import Key, Status
from ..base.times import Window
from ..plot.frame import Frame
from ..plot.plot import Plot, in_words, is_within
from ..plot.rate_limit import RateLimit
from ..series.ring import Series
from .controls import Controls
from .cursor import Cursor
from .guests import may_change_topic, may_send
from .picker import FieldPicker
from .picture import Picture
from .plot_settings import PlotSettings
from .plot_widget import WidgetContext
from .save import SaveBar
from .text_panels import Presses, SelectionPanel, TextPanels, words_of
from .widget_tree import css_classes
from .zoom import Zoom, Zoomed

USUAL_WINDOWS = ("100 samples", "1,000 samples", "30 s", "1 min", "5 min", "1 h")

_DECODING_S = 0.05  # for the first frame
_TEXT_INTERVAL_S = 0.5  # without a clock
_QUIET_INTERVAL_S = 1.0
_STATUS_INTERVAL_S = 0.2


class Drawn(NamedTuple):
    """The outcome of a frame.

    Attributes:
        messages: widget messages.
        is_new: whether it shows anything new.
    """

    messages: int
    is_new: bool


class ScreenWidget(Zoomed, Protocol):
    """The widget that shows a screen; see LiveSensorPlot."""

    children: Any


class PlotScreen:
    """The widgets of one plot. Used on the kernel's event loop only, once it is made, which any thread may do.

    Args:
        plot: what is shown.
        settings: what is set by hand.
        context: what the parts share.

    Attributes:
        picture: the bqplot Figure with its marks.
        controls: topic, window and buttons.
        panel: the parts from top to bottom.
        is_behind: whether there are lines to draw already; all else is right from the beginning.
    """

    def __init__(self, plot: Plot, settings: PlotSettings, context: WidgetContext) -> None:
        self._plot = plot
        self._settings = settings
        self._context = context
        self._widget: ScreenWidget
        self._pace = RateLimit()
        self._drawn_at = 0.0
        self._drawn: object = None
        self._wording: object = None
        self._status: Status = "connecting"
        self._status_of = -math.inf  # when it was that
        self._width_of = -1  # which revision of the audience
        self._analysis_revision = plot.analysis.revision
        look = context.look
        link, at = context.link, plot.stream.now()
        with plot.stream.reading(_DECODING_S):
            frame, standing = plot.frame(at), plot.stream.standing()
            words, _ = words_of(frame, plot.stream, plot.status(frame, standing, at), at)
        self.is_behind = bool(frame.lines)
        self.picture = Picture(link, frame.time_axis.ends)
        presses = Presses(lambda: context.act(self.redraw_soon), settings.ask_for_names if may_send() else None)
        self._texts = TextPanels(link, look, presses, words)
        self._zoom = Zoom(plot.view, self.picture, link, look, context.act, self.redraw_soon)
        self._cursor = Cursor(plot.view, self.picture, plot.stream, context.act, look)
        self._picker: FieldPicker | None = None  # until it is opened for the first time
        self._selection: SelectionPanel | None = None  # until something is selected for the first time
        self.controls = Controls(
            on_topic=settings.enter_topic if may_change_topic() else None,
            on_window=settings.enter_window,
            on_paused=settings.enter_paused,
            on_running=settings.run,
            on_fields=lambda wanted: context.act(lambda: self._open_fields(wanted)),
            windows=list(USUAL_WINDOWS),
            topic=in_words(plot.stream.topic),
            window=plot.view.window.text,
            running=standing.status not in ("stopped", "refused"),
            **look.box,
        )
        self.controls.link = link
        self._save = SaveBar(plot.snapshot, plot.samples_to_save, context.act, **look.box)
        controls = widgets.Box([self.controls, self._save], **look.box, **css_classes("mw-controls"))
        over_picture = [self._texts.empty, self._zoom.widget, self._cursor]
        stage = widgets.Box([self.picture.figure, *over_picture], **look.box, **css_classes("mw-stage"))
        self._fields = widgets.Box([], **look.box)  # where the list of series appears
        self.panel = [
            self._texts.header,
            controls,
            self._fields,
            self._texts.notices,
            stage,
            self._texts.legend,
            self._texts.footer.widget,
        ]

    def roots(self) -> list[widgets.Widget]:
        """The parts that the widget's children do not refer to at all times."""
        picker = [] if self._picker is None else [self._picker]
        selection = () if self._selection is None else self._selection.parts
        return [*picker, *self.picture.layers, *selection, *self._texts.footer.parts]

    def keep_up(self, now: float) -> None:
        """Update status, topic and alarms for their observers while nobody watches."""
        self._plot.decode()
        with self._plot.stream.reading(0.0) as found:
            self._settings.follow_stream()
            self._settings.note_status(self._plot.stream.standing())
            self._look(found, now)

    def draw(self, now: float, fps: float) -> Drawn | None:
        """Bring the page in step with the stream; None where nothing is to be drawn.

        Args:
            now: epoch seconds of this computer.
            fps: frames a second at most.
        """
        if not self._pace.is_due(now, fps):
            self._look_between_frames(now)
            if self._plot.stream.is_behind:
                self._nudge()
            return None
        plot, stream = self._plot, self._plot.stream
        plot.decode()
        with stream.reading(0.0) as found:
            self._look(found, now)
            self._settings.follow_stream()
            if plot.is_closed:
                return None  # by a decoder just now, or by an observer
            news = (stream.revision, self._status_at(now), plot.derivations.revision, self._seen_by())
            if news == self._drawn and is_within(now, self._drawn_at, _QUIET_INTERVAL_S):
                return None
            drawn = Drawn(self._show(now, news, news[1]), is_new=news != self._drawn)
            is_unfinished = plot.view.is_unfinished or plot.selection.is_unfinished
            self._drawn, self._drawn_at = None if is_unfinished else news, now
            if is_unfinished:
                self._nudge()
            self._pace.note(now, fps)
        return drawn

    def redraw_soon(self) -> None:
        """Draw everything with the next frame, as soon as that may come."""
        self._drawn = None
        self._wording = None
        self._status_of = -math.inf
        if self._picker is not None:
            self._picker.refresh_soon()
        self._plot.selection.refresh_soon()
        self._nudge()

    def show_settings(self, topic: object, window: str, *, paused: bool) -> None:
        """Put into the controls what is in force."""
        self.controls.show("topic", in_words(topic))
        self.controls.show("window", Window.parse(window).text)
        self.controls.paused = paused

    def show_selection(self, *, wanted: bool) -> None:
        """Open the panel of the selection beneath all other parts, or close it."""
        if self._selection is None and wanted:
            self._selection = SelectionPanel(
                self._context.link, self._context.look, self._settings.clear_selection
            )
            self._widget.children = (*self._widget.children, self._selection.widget)
        if self._selection is not None:
            self._selection.set_open(wanted)
        self.redraw_soon()

    def follow(self, widget: ScreenWidget) -> None:
        """Zoom as the traits of a widget say, once it has them, and add to it what is opened later."""
        self._widget = widget
        self._zoom.follow(widget)

    def _show(self, now: float, news: object, status: str) -> int:
        """Show what is so now; the number of widget messages it took."""
        plot = self._plot
        at = plot.stream.now(now)  # what is shown, while `now` says when
        frame = plot.frame(at)
        messages = self.picture.show(frame)
        wording = (status, now // self._text_interval_s())
        messages += self._zoom.refresh(with_words=wording != self._wording)
        if wording != self._wording:
            self._wording = wording
            messages += self._show_words(frame, at)
        if self._picker is not None:
            messages += self._picker.refresh(now, plot.entries)
        table = plot.selection.news(frame, now, at, plot.viewer.zone, news)
        if table is not None and self._selection is not None:
            messages += self._selection.show(table)
        return messages

    def _show_words(self, frame: Frame, at: float) -> int:
        stream = self._plot.stream
        standing = stream.standing()
        self._settings.note_status(standing)
        self.controls.running = standing.status not in ("stopped", "refused")
        self.controls.offer_topics(stream.topics_seen)
        return self._texts.show(*words_of(frame, stream, self._plot.status(frame, standing, at), at))

    def _look(self, found: Mapping[Key, Series], now: float) -> None:
        revision = self._plot.analysis.revision
        if revision != self._analysis_revision:  # the stream has other limits or derivations
            self._analysis_revision = revision
            self.redraw_soon()
        self._plot.look(found, now)

    def _look_between_frames(self, now: float) -> None:
        """Look at limits in time, also where frames are few."""
        if self._plot.needs_look(now):
            self._plot.decode()
            with self._plot.stream.reading(0.0) as found:
                self._look(found, now)

    def _seen_by(self) -> tuple[int, int]:
        """Which pages watch, and how wide the picture is there: it is cut to their pixels."""
        view, link = self._plot.view, self._context.link
        if link is None:
            return 0, view.width_px
        if link.audience.revision != self._width_of:
            self._width_of = link.audience.revision
            view.width_px = link.audience.width_px(self.picture.figure_id) or view.width_px
        return link.epoch, view.width_px

    def _status_at(self, now: float) -> Status:
        """The stream's status, looked at five times a second, as that asks the link."""
        if not is_within(now, self._status_of, _STATUS_INTERVAL_S):
            self._status, self._status_of = self._plot.stream.status, now
        return self._status

    def _text_interval_s(self) -> float:
        return _TEXT_INTERVAL_S if self._context.clock is None else self._context.clock.text_interval_s

    def _open_fields(self, wanted: bool) -> None:
        if self._picker is None and wanted:
            self._picker = FieldPicker(self._settings.choose, self._context.look)
        if self._picker is not None:
            self._fields.children = (self._picker,) if wanted else ()
            self._picker.set_open(wanted)
            self._picker.refresh(CLOCK.now(), self._plot.entries)

    def _nudge(self) -> None:
        if self._context.clock is not None:
            self._context.clock.nudge()

"""The widget: live lines of every sensor that matches a topic filter, with controls."""

from __future__ import annotations

import dataclasses
import os
import sys
import weakref
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import traitlets

from ..analysis.alarms.events import EventTable
from ..analysis.alarms.limit import Limit, UserCall
from ..analysis.transforms.derived import Derived, DerivedSeries
from ..analysis.transforms.transform import Transform
from ..analysis.transforms.user_function import Function
from ..base.called import names_its_keywords
from ..base.clock import CLOCK
from ..base.discreet import discreet
from ..base.errors import InvalidValueError, reject_unknown_keywords
from ..base.model import Key, Sample
from ..base.patterns import patterns_of
from ..base.source import Source
from ..base.text import printable
from ..base.window import Window, WindowLike
from ..live.ledger import Ledger
from ..live.stream_options import DecoderLike
from ..live.stream_status import Standing
from ..mqtt.broker import Broker, SessionKind
from ..plot import plot_options
from ..plot.frame import Frame
from ..plot.out_of_time import out_of_time
from ..plot.plot_alarms import PlotAlarms
from ..plot.plot_status import PlotStatus
from ..plot.rate_limit import RateLimit
from ..plot.select_lines import unmatched
from ..plot.series_list import Entry
from ..plot.snapshot import Snapshot, take
from ..plot.view import View
from ..sensor_stream import SensorStream
from ..series.export.origin import KEY, Origin
from ..series.export.pieces import Samples
from ..series.ring import Series
from ..series.table import long_table, wide_table
from .browser_info import BrowserInfo
from .cell_rerun import predecessors
from .controls import Controls
from .cursor import Cursor
from .frame_clock import FrameClock, frame_clock
from .guests import may_change_topic
from .picker import FieldPicker
from .picture import Picture
from .rasterizer import Rasterizer
from .save import SaveBar
from .selection import Selection
from .static_output import StaticOutput
from .text_panels import TextPanels
from .traits import HiddenTrait, SpanTrait, StreamTrait, TimeRangeTrait, TopicTrait, ValueRangesTrait, WindowTrait
from .unheld import Unheld
from .widget_tree import SharedLook, close_all, parts
from .zoom import Zoom

if TYPE_CHECKING:  # these are imported by who uses them, as most do not
    import pandas as pd

    from ..analysis.until import Condition
    from ..decoding.explanation import Explanations
    from ..doctor.report import Report
    from ..doctor.visibility import Page
    from ..plot.plot_source import Code
    from ..series.export.files import Progress
    from .spectrum_plot import SpectrumPlot

USUAL_WINDOWS = ("100 samples", "1,000 samples", "30 s", "1 min", "5 min", "1 h")

_TEXT_INTERVAL_S = 0.5  # without a clock
_QUIET_INTERVAL_S = 1.0
_LOOK_INTERVAL_S = 0.5
_WAITING = ("offline", "refused")
_DECODING_S = 0.05  # for one frame, as the kernel's event loop must not be held up


class LiveSensorPlot(widgets.VBox):  # type: ignore[misc]
    """Draws the sensors that match a topic filter, live, each (topic, field) as a line of its own.

    Args:
        topic: a topic filter such as "home/+/temperature", or a list of them; a trait.
        broker: a URL (`mqtt://`, `mqtts://`, `ws://`, `wss://`), a Broker, or None for $MQTTWIDGETS_BROKER, else
            mqtt://localhost:1883.
        window: how much of the newest data is in view: a number of samples of each series, a text such as
            "30 s", "5 min" or "2 h", or a timedelta; a trait.
        paused: True freezes the picture while data keeps arriving; a trait.
        decoder: "auto", a Decoder, or a function of (topic, payload) that returns a number, a mapping of field
            to number, an iterable of Sample, or None.
        fields: patterns such as `["*temperature"]` of the fields to keep; None keeps all numbers.
        history: samples kept per series behind the window.
        max_series: series drawn at most; what comes beyond them is counted and named. A series of one message, or
            of what the broker had kept, gives way to topics that have fewer; not what came first, up to half.
        fps: frames a second at most; fewer where the browser paints fewer, none while nobody looks.
        qos: quality of service asked of the broker, 0, 1 or 2.
        session: "persistent" has the broker keep what comes with QoS 1 or 2 while the link is down; see
            SensorStream.
        title: shown above the plot; None takes the topic.
        autostart: False waits for `start()`.
        stream: a SensorStream to draw instead of a topic; several plots may share one.
        source: a Source in the place of topic and broker, such as a replay: the picture, its status and all that
            is told of time go by its clock. Setting `topic` takes what matches of what it brings.

    Raises:
        InvalidValueError: (a ValueError) for a value that is not accepted.
        UnknownKeywordError: (a TypeError) for a keyword that does not exist.

    Example:
        >>> plot = LiveSensorPlot("home/+/temperature", "mqtt://broker.local", window="5 min")  # doctest: +SKIP
    """

    topic = TopicTrait()
    """The topic filter, or a list of them. Setting it moves the subscription."""

    window = WindowTrait()
    """How much of the newest data is in view, as it was given. Setting it cuts the picture anew from history."""

    paused = traitlets.Bool(False)
    """Whether the picture is frozen."""

    hidden = HiddenTrait()
    """(topic, field) of each series that the picture leaves out, as a tuple; what is chosen under Fields. The data
    is kept all the same. Setting it to () shows everything."""

    time_range = TimeRangeTrait()
    """None while the picture goes with the newest samples; else the (start, end) that it stays at while data keeps
    arriving, cut from history at full resolution. Reads as datetimes in UTC; takes datetimes, ISO texts or epoch
    seconds. Zooming and panning by hand sets it. Setting the window goes back to None."""

    value_ranges = ValueRangesTrait()
    """The ends of value axes that do not fit what is in view: unit as on the axis, "" for none, to (low, high)."""

    selection = SpanTrait()
    """The span of time that is selected, as (start, end), or None. Set it to datetimes, pandas Timestamps, ISO
    texts or epoch seconds, in either order; it holds datetimes in UTC. If it ends in the future it grows."""

    status = StreamTrait("status", default_value="stopped")
    """How the stream is, in one word; see SensorStream.status. Read-only."""

    status_text = StreamTrait("status_text", default_value="Stopped.")
    """The status in a sentence, with the reason. Read-only."""

    _closed = True  # until it is built there is nothing to close

    @discreet
    def __init__(
        self,
        topic: str | Iterable[str] | None = None,
        broker: str | Broker | None = None,
        *,
        window: WindowLike = "1 min",
        paused: bool = False,
        decoder: DecoderLike = "auto",
        fields: Iterable[str] | None = None,
        history: int = 100_000,
        max_series: int = 50,
        fps: float = 20,
        qos: int = 0,
        session: SessionKind | None = None,
        title: str | None = None,
        autostart: bool = True,
        stream: SensorStream | None = None,
        source: Source | None = None,
        **unknown: Any,
    ) -> None:
        reject_unknown_keywords("LiveSensorPlot", unknown, plot_options.KEYWORDS)
        self._fps = plot_options.positive("fps", fps)
        self._title = plot_options.of_type("title", title, (str, type(None)), "a text or None")
        plot_options.of_type("paused", paused, (bool,), "True or False")
        given = {
            "broker": broker,
            "decoder": decoder,
            "fields": fields,
            "history": history,
            "max_series": max_series,
            "qos": qos,
            "session": session,
            "source": source,
        }
        self._owns_stream = stream is None
        self.stream = (
            plot_options.stream_for(topic, given)
            if stream is None
            else plot_options.shared_stream(stream, topic, given)
        )
        self._entry_error = ""
        self._drawn_at = self._looked_at = 0.0
        self._pace = RateLimit()
        self._drawn: object = None
        self._wording: object = None
        self._stream_topic = self.stream.topic
        self._analysis = self.stream.analysis
        self._analysis_revision = self._analysis.revision
        self._derivations = self._analysis.derivations
        self._spectra: weakref.WeakSet[SpectrumPlot] = weakref.WeakSet()
        self._view = View(self.stream, Window.parse(window), self._derivations)
        self._clock: FrameClock | None = frame_clock()
        self._link = None if self._clock is None else self._clock.link
        self._shared_look = SharedLook()
        on_page = () if self._clock is None else (self._clock.expect_answer,)
        self._viewer = BrowserInfo(*on_page, **self._shared_look.box)
        self._alarms = PlotAlarms(self._analysis, lambda: self._viewer.zone, self._is_here)
        if self._clock is not None:
            self._analysis.attend(self._alarms)
        self._picture = Picture(self._link)
        self._build()
        super().__init__(
            [
                self._face.header,
                self._control_row,
                self._picker.panel,
                self._face.notices,
                self._stage,
                self._face.legend,
                self._face.footer.widget,
                self._selection.panel,
            ],
            topic=self.stream.topic,
            window=window,
            paused=paused,
        )
        self._keepsake = StaticOutput(self, self._taken, self._rasterizer.rasterize)
        self._unheld = Unheld(self, LiveSensorPlot._belongings, None if self._clock is None else self._clock.after)
        self.add_class("mqttwidgets-plot").add_class(self._keepsake.live_class)
        self._zoom.follow(self)
        self.observe(self._move_subscription, "topic")
        self.observe(self._recut, "window")
        self.observe(self._freeze_or_thaw, "paused")
        self.observe(self._hide, "hidden")
        self.observe(self._select, "selection")
        self._closed = False
        if self._clock is not None:
            self.stream.on_news = self._clock.nudge
            self._clock.add(self)  # before its predecessors go, as the link goes with the last plot
        self._show_settings()
        if paused:
            self._act(lambda: self._view.freeze(self.stream.now()))
        earlier = predecessors(self)
        if source is not None:
            for plot in earlier:  # first, as it may be theirs
                plot.close()
        if autostart:
            self._start_in_place_of(earlier)
        for plot in earlier:
            plot.close()
        self._act(lambda: self.draw(CLOCK.now()))

    # For the user; from any thread.

    def start(self) -> None:
        """Subscribe; when it is subscribed already, only try again at once where it waits. Returns at once."""
        if not self._closed:
            self.stream.start()
            self._act(self._redraw_soon)

    def stop(self) -> None:
        """Unsubscribe; the picture and the data stay. Returns at once."""
        self.stream.stop()
        self._act(self._redraw_soon)
        self._act(lambda: self._keepsake.refresh(CLOCK.now()))

    def go_live(self) -> None:
        """Show the newest samples again, the value axes fitted to them: back from a zoom. Returns at once."""
        self.time_range, self.value_ranges = None, {}

    def close(self) -> None:
        """Stop, and take the plot off the page with every widget that it is made of. Returns at once."""
        if self._closed or sys.is_finalizing():
            return
        self._closed = True
        if self._owns_stream:
            self.stream.stop()
        self._alarms.close()
        self._act(self._dissolve)

    def _ipython_display_(self) -> None:
        """Show the plot in a cell, and beside it a picture for when there is no kernel; see StaticOutput."""
        self._unheld.displayed()
        live = {"text/plain": repr(self)} if self._closed else self._repr_mimebundle_()
        self._keepsake.show(live, CLOCK.now())

    def __repr__(self) -> str:
        return f"LiveSensorPlot({_in_words(self.topic)!r}, {'closed' if self._closed else self.status})"

    @property
    def figure(self) -> Any:
        """The bqplot Figure."""
        return self._picture.figure

    @property
    def ledger(self) -> Ledger:
        """What became of every message."""
        return self.stream.ledger

    @names_its_keywords("LiveSensorPlot")
    def to_csv(
        self,
        path: str | os.PathLike[str],
        *,
        wide: bool = False,
        arrival: bool = False,
        progress: Progress | bool | None = None,
        of: str | Iterable[str] | None = None,
    ) -> Path:
        """Write all samples kept to a CSV file; see SensorStream.to_csv, and `to_pandas` for `of`."""
        from ..series.export.write import write_csv

        return write_csv(path, self._named(of), wide=wide, arrival=arrival, progress=progress)

    @names_its_keywords("LiveSensorPlot")
    def to_parquet(
        self,
        path: str | os.PathLike[str],
        *,
        wide: bool = False,
        arrival: bool = False,
        progress: Progress | bool | None = None,
        of: str | Iterable[str] | None = None,
    ) -> Path:
        """Write all samples kept to a Parquet file; see SensorStream.to_parquet, and `to_pandas` for `of`."""
        from ..series.export.write import write_parquet

        return write_parquet(
            path, self._named(of), wide=wide, arrival=arrival, progress=progress, origin=self._origin()
        )

    @names_its_keywords("LiveSensorPlot")
    def to_pandas(
        self, *, wide: bool = False, arrival: bool = False, of: str | Iterable[str] | None = None
    ) -> pd.DataFrame:
        """All samples kept, also those outside the window.

        A derived line has its topic, and its name behind an arrow in its field: "/temperature → mean". Where all
        comes from is in `attrs`, as for SensorStream.to_pandas, with the zone of the plot's axis, and its events.

        Args:
            wide: as for SensorStream.to_pandas.
            arrival: as for SensorStream.to_pandas; what was computed never arrived.
            of: a pattern such as "*mean", or a list of them, of the lines wanted, derived ones included; "*" for
                all of them. None for all series of the stream, but no derived line. From another thread, or from
                a widget's callback, which may run in one, derived lines are as far as they are computed by then.

        Raises:
            InvalidValueError: for what is no pattern, and where no line with a sample matches.
            MissingPackageError: without pandas.

        Example:
            >>> plot.to_pandas(of=["*/temperature", "*mean"], wide=True).plot()  # doctest: +SKIP
        """
        series = self._named(of).series
        table = (wide_table if wide else long_table)(series, arrival=arrival)
        table.attrs[KEY] = self._origin().text(series)
        return table

    @names_its_keywords("LiveSensorPlot")
    def selected(self, *, wide: bool = False) -> pd.DataFrame:
        """The samples of the series shown that are selected, as `to_pandas` has them; none without a selection.

        Those of a paused plot are those of its picture.

        Args:
            wide: as for SensorStream.to_pandas.

        Example:
            >>> plot.selection = "2026-03-01T12:00:00Z", "2026-03-01T12:05:00Z"  # doctest: +SKIP
            >>> plot.selected(wide=True).plot()  # doctest: +SKIP
        """
        return self._selection.samples(self.selection, wide=wide)

    def statistics(self) -> pd.DataFrame:
        """Count, mean, first, last and so on of each series shown: of the selection, else of what is in view.

        A row per series: topic, field, unit, count, mean, min, max, std, first, last, difference, rate_hz,
        on_share, changes. difference is the last value less the first, as of a meter. A state has no mean, std and
        difference, but on_share, the share of the time in which it was on, and changes, how often it changed.
        rate_hz counts samples a second between the first and the last one.
        """
        return self._selection.figures(self.selection, self.stream.now())

    @names_its_keywords("LiveSensorPlot")
    def derive(
        self,
        name: str,
        function: Transform | Function,
        of: str | Sequence[str] = "*",
        *,
        unit: str | None = None,
        lookback: WindowLike | None = None,
    ) -> Derived:
        """Draw what is computed from series, live: a line for each series that `of` matches, now or later.

        It is the stream's, and all plots of that draw it; see SensorStream.derive for what functions are given,
        when they are called, and what memory it takes. What a function raises stands in the legend, too.

        Args:
            name: "mean" gives "mean of kitchen"; an earlier derivation of this name is replaced.
            function: `rolling_mean("30 s")` or the like, another Transform, or a function of a pandas Series.
            of: a pattern such as "*/temperature", or a list of them, as in `fields`; "*" for all series.
            unit: of the lines, such as "K"; None for the series' own, by the second where it is a rate.
            lookback: how far back a function of your own looks, "30 s" or a number of samples; None for all.

        Raises:
            InvalidValueError: (a ValueError) for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.
            MissingPackageError: for a function of your own, without pandas.

        Example:
            >>> plot = LiveSensorPlot("home/+/temperature", autostart=False)
            >>> plot.derive("smooth", lambda s: s.ewm(span=20).mean(), lookback=200)
            <Derived smooth: of *>
            >>> plot.close()
        """
        derived = self.stream.derive(name, function, of, unit=unit, lookback=lookback)
        self._act(self._redraw_soon)
        return derived

    @property
    def derived(self) -> tuple[Derived, ...]:
        """What `derive` added, the oldest first."""
        return self.stream.derived

    @names_its_keywords("LiveSensorPlot")
    def spectrum(self, of: str | Sequence[str] = "*", seconds: float = 4.0) -> SpectrumPlot:
        """A widget of its own: the amplitudes over the frequencies in the newest seconds of series, live.

        Args:
            of: a pattern such as "*/vibration", or a list of them, as in `fields`, of series and derived lines;
                "*" for all of them.
            seconds: how long a stretch is looked at.

        Raises:
            InvalidValueError: (a ValueError) for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.
        """
        from .spectrum_plot import SpectrumPlot

        spectrum = SpectrumPlot(self.stream, of, seconds, look=self._view.look, beside=self._derivations.beside)
        self._spectra.add(spectrum)
        return spectrum

    @names_its_keywords("LiveSensorPlot")
    def limit(
        self,
        of: str | Iterable[str],
        *,
        above: float | None = None,
        below: float | None = None,
        hysteresis: float = 0.0,
        for_: WindowLike | None = None,
        call: UserCall | None = None,
        label: str | None = None,
    ) -> Limit:
        """Watch for values beyond a limit: its level, its alarms in the picture, `events`, and a call of your own.

        It is the stream's, and all plots of that show it; see SensorStream.limit for how samples are looked at.
        In a notebook functions are called on the kernel's event loop, while this plot, or another one, is there.

        Args:
            of: a pattern of series such as "*/temperature", or a list of them, as for `fields`.
            above: there is an alarm while values are above this.
            below: there is an alarm while values are below this.
            hysteresis: how far back a value must come to end an alarm, in its unit.
            for_: how long values must be beyond the limit until there is an alarm, such as "10 s"; the alarm then
                began when they first were.
            call: called with an Event when an alarm begins (`event.end` is None), and once more when it ends; may
                be a coroutine function.
            label: what to call the limit; None for its numbers.

        Raises:
            InvalidValueError: for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.

        Example:
            >>> plot.limit("*/temperature", above=30, hysteresis=0.5, for_="10 s")  # doctest: +SKIP
        """
        limit = self.stream.limit(
            of, above=above, below=below, hysteresis=hysteresis, for_=for_, call=call, label=label
        )
        self._act(self._redraw_soon)
        return limit

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that were set and not removed."""
        return self.stream.limits

    @property
    def events(self) -> EventTable:
        """The alarms that there were up to now, the newest 10,000; a table with `to_pandas()`.

        It prints times in the zone of the plot's time axis.
        """
        return self._analysis.events(self._viewer.zone, self._viewer.zone_name)

    @names_its_keywords("LiveSensorPlot")
    def until(
        self, condition: Condition, timeout: float | None = None, of: str | Iterable[str] | None = None
    ) -> Coroutine[Any, Any, Sample]:
        """Wait in a cell, with `await`, for the first sample from then on that fulfils a condition.

        Also while nobody watches; the plot stays live meanwhile. See SensorStream.until.

        Args:
            condition: a function of a Sample; what it raises is raised here.
            timeout: seconds to wait at most; None for no end.
            of: a pattern such as "*/temperature", or a list of them, of the series whose samples count, derived
                lines included, as for `limit`: "*mean*". None for all series of the stream, but no derived line.

        Raises:
            TimeoutError: when no sample fulfilled it in time; it says what came meanwhile.
            StoppedError: when the plot is stopped or closed.
            InvalidValueError: for a value that is not accepted.
            UnknownKeywordError: (a TypeError) for a keyword that does not exist.

        Example:
            >>> sample = await plot.until(lambda sample: sample.value > 30, timeout=60)  # doctest: +SKIP
        """
        from ..analysis.until import Awaited, until

        return Awaited(
            "plot", lambda: until(self.stream, condition, timeout, of, lambda: self._closed, self._derived_lines)
        )

    def explain(self) -> Explanations:
        """How the latest message of each topic was read, and why; see SensorStream.explain."""
        return self.stream.explain()

    def code(self) -> Code:
        """The Python that makes this plot as it stands now, after all the clicking; it prints as such.

        No password is in it: it asks for one, or takes it from the environment variable MQTT_PASSWORD. A function
        is there by its name, and imported where it is from a module; one without a name is called after what it is
        for, for you to write.

        Example:
            >>> plot = LiveSensorPlot("home/#", "mqtt://broker.local", autostart=False)
            >>> plot.window = "5 min"
            >>> plot.code()
            import mqttwidgets as mw
            <BLANKLINE>
            plot = mw.LiveSensorPlot(
                'home/#',
                broker='mqtt://broker.local:1883',
                window='5 min',
                autostart=False,
            )
            plot
            >>> plot.close()
        """
        from ..plot.plot_source import made_source, plot_source
        from ..plot.python_source import Names

        options = {
            "window": self.window,
            "paused": self.paused,
            "fps": self._fps,
            "title": self._title,
            "autostart": self.status != "stopped",
        }
        later = {name: getattr(self, name) for name in ("hidden", "time_range", "value_ranges", "selection")}
        names = Names()
        made = [made_source("derive", self.derive, each, names, each.name) for each in self.derived]
        made += [made_source("limit", self.limit, each, names, each.label or each.text) for each in self.limits]
        return plot_source(
            type(self), self.stream, options, later, made, shares_stream=not self._owns_stream, names=names
        )

    @names_its_keywords("LiveSensorPlot")
    def doctor(self, wait_s: float = 60.0) -> Report:
        """What stands between the broker and a line: a checklist up to the first cross; see SensorStream.doctor.

        Args:
            wait_s: seconds to wait for the first message, for which the cell is busy.
        """
        from ..doctor.report import Report
        from ..doctor.visibility import Absent, PlotState, examine_picture

        report = self.stream.doctor(wait_s)
        if not report.is_well:
            return report
        series, hidden, now = self.stream.series, self._view.hidden, self.stream.now()
        newest = [last[0] for key, each in series.items() if key not in hidden and (last := each.last)]
        plot = PlotState(
            len(series),
            len(series.keys() & hidden),
            [Absent(label, newest - now) for label, newest in self._view.out_of_view(now).items()],
            is_stopped=self.stream.status == "stopped",
            is_paused=self.paused,
            is_zoomed=self._view.span is not None,
            page=self._page(),
            behind_s=now - max(newest, default=now),
        )
        return Report([*report.findings, examine_picture(plot)])

    def _page(self) -> Page:
        """How pages stand to this plot."""
        from ..doctor.visibility import Page

        link = self._link
        if link is None:
            return Page.IS_NONE
        if not link.is_answered:
            return Page.IS_SILENT
        if self.figure_id in link.audience.shown():
            return Page.SHOWS_IT
        return Page.CANNOT_DRAW if self.figure_id in link.audience.broken() else Page.IS_ELSEWHERE

    # The Screen; on the kernel's event loop.

    @property
    def figure_id(self) -> str:
        """The model id of the figure."""
        return self._picture.figure_id

    @property
    def fps(self) -> float:
        """Frames a second at most."""
        return self._fps

    def keep_up(self) -> None:
        """Have status and topic right for their observers, while nobody watches."""
        if not self._closed:
            self._decode()
            with self.stream.reading(0.0) as found:
                self._follow_topic()
                self._note_status()
                self._look(found, CLOCK.now())
                self._keepsake.unwatched(CLOCK.now())

    def draw(self, now: float) -> int:
        """Bring the page in step with the stream; the number of messages it took."""
        if self._closed:
            return 0
        if not self._pace.is_due(now, self._fps):
            self._look_between_frames(now)
            return 0
        self._decode()
        with self.stream.reading(0.0) as found:
            self._look(found, now)
            self._follow_topic()
            if self._closed:
                return 0  # by a decoder just now, or by an observer
            news = (self.stream.revision, self.stream.status, self._derivations.revision, self._screen())
            if news == self._drawn and _is_within(now, self._drawn_at, _QUIET_INTERVAL_S):
                return 0
            at = self.stream.now(now)  # what is shown, while `now` says when
            frame = self._frame(at)
            is_unfinished = self._view.is_unfinished
            messages = self._picture.show(frame)
            wording = (news[1], now // self._text_interval_s())
            messages += self._zoom.refresh(with_words=wording != self._wording)
            if wording != self._wording:
                self._wording = wording
                messages += self._show_words(frame, at)
            messages += self._picker.refresh(now, self._entries)
            messages += self._selection.show(frame, now, at, self._viewer.zone, news)
            self._keepsake.drawn(now, is_new=news != self._drawn)
            is_unfinished |= self._selection.is_unfinished
            self._drawn, self._drawn_at = None if is_unfinished else news, now
            self._pace.note(now, self._fps)
        return messages

    def _screen(self) -> tuple[int, int]:
        """What is known of those who watch; the picture is cut to their pixels."""
        if self._link is None:
            return 0, self._view.width_px
        self._view.width_px = self._link.audience.width_px(self.figure_id) or self._view.width_px
        return self._link.epoch, self._view.width_px

    def _frame(self, now: float) -> Frame:
        return self._alarms.annotated(self._view.frame(now, self._viewer.zone, self._viewer.zone_name))

    def _look(self, found: Mapping[Key, Series], now: float) -> None:
        self._looked_at = now
        if self._analysis.revision != self._analysis_revision:  # another plot, or the stream, has other limits
            self._analysis_revision = self._analysis.revision
            self._redraw_soon()
        self._compute(found)
        self._alarms.keep_up(found)

    def _text_interval_s(self) -> float:
        return _TEXT_INTERVAL_S if self._clock is None else self._clock.text_interval_s

    def _decode(self) -> None:
        """Bring the stream up to date, as far as the clock gives time for that."""
        if self._clock is None:
            self.stream.drain(_DECODING_S)
        else:
            self._clock.decode(self.stream.drain)

    def _look_between_frames(self, now: float) -> None:
        """Have limits looked at in time, also where frames are few."""
        if self.limits and not _is_within(now, self._looked_at, _LOOK_INTERVAL_S):
            self._decode()
            with self.stream.reading(0.0) as found:
                self._look(found, now)

    def _compute(self, found: Mapping[Key, Series]) -> None:
        """Bring derived series up to date; the user's own functions are called afterwards, as they may be slow."""
        self._derivations.follow(found)
        if self._derivations.has_work and (self._clock is not None or self._analysis.computes_here):
            later = self._act if self._clock is None else self._clock.soon
            later(self._call_functions)

    @contextmanager
    def _derived_lines(self) -> Iterator[Mapping[Key, DerivedSeries]]:
        """The derived lines, as up to date as there is time for; unchanged while the context lasts."""
        with self.stream.reading(_DECODING_S) as found:
            self._compute(found)
            yield self._derivations.kin

    def _call_functions(self) -> None:
        if not self._closed and self._derivations.has_work:
            self._derivations.work(lambda: self.stream.reading(0.0))

    def _is_here(self) -> bool:
        """Whether this is the kernel's event loop."""
        return self._clock is not None and self._clock.is_here

    # Wiring.

    def _build(self) -> None:
        look = self._shared_look
        self._face = TextPanels(self._link, look, lambda: self._act(self._redraw_soon))
        self._zoom = Zoom(self._view, self._picture, self._link, look, self._act, self._redraw_now)
        self._cursor = Cursor(self._view, self._picture, self.stream, self._act, look)
        over_picture = [self._face.empty, self._zoom.widget, self._cursor]
        self._stage = widgets.Box([self._picture.figure, *over_picture], **look.box)
        self._stage.add_class("mw-stage")
        self._controls = Controls(
            on_topic=self._enter_topic if may_change_topic() else None,
            on_window=lambda text: self._entered("window", text),
            on_paused=lambda paused: self._entered("paused", paused),
            on_running=lambda runs: self.start() if runs else self.stop(),
            on_fields=lambda wanted: self._act(lambda: self._open_fields(wanted)),
            windows=list(USUAL_WINDOWS),
            topic=_in_words(self.stream.topic),
            **look.box,
        )
        self._controls.link = self._link
        self._picker = FieldPicker(self._choose, look)
        self._save = SaveBar(self._taken, self._samples_to_save, self._act, **look.box)
        self._control_row = widgets.Box([self._controls, self._save], **look.box)
        self._control_row.add_class("mw-controls")
        self._rasterizer = Rasterizer(self._act, None if self._clock is None else self._clock.after)
        self._selection = Selection(
            self._view, self.stream, self._link, look, lambda: setattr(self, "selection", None)
        )

    def _start_in_place_of(self, earlier: Sequence[LiveSensorPlot]) -> None:
        """Start while earlier plots of the cell still run, as the connection would go with its last user.

        Where they wait for another attempt, or for the user, it is made now: who runs a cell again wants that.
        """
        broker = self.stream.broker
        wait = broker and any(plot.stream.broker == broker and plot.status in _WAITING for plot in earlier)
        self.stream.start()
        if wait:
            self.stream.start()

    def _act(self, action: Callable[[], object]) -> None:
        """Do `action` on the kernel's event loop, wherever we are."""
        if self._clock is None:
            action()
        else:
            self._clock.run(action)

    def _entered(self, trait: str, value: object) -> None:
        """Set a trait from its control; a wrong entry is explained, and the old value stays in force."""
        try:
            setattr(self, trait, value)
            self._entry_error = ""
        except InvalidValueError as error:
            kept = Window.parse(self.window).text if trait == "window" else _in_words(getattr(self, trait))
            self._entry_error = f"{error}. Still in force: {printable(kept)}"
        self._act(self._redraw_soon)

    def _enter_topic(self, text: str) -> None:
        self._entered("topic", self._topics_in(text))

    def _topics_in(self, text: str) -> str | list[str]:
        """The topic filters in an entry, parted by commas, which a topic seen may hold itself."""
        topics = [part.strip() for part in text.split(",") if part.strip()]
        with self.stream.reading(limit_s=0.0):
            return text if len(topics) < 2 or text in self.stream.topics_seen else topics

    def _move_subscription(self, change: Any) -> None:
        self.stream.topic = change["new"]
        self._stream_topic = self.stream.topic
        self._act(self._turn_to_topic)

    def _follow_topic(self) -> None:
        """Take over a topic that was set on the stream itself, or by another plot of it."""
        if self.stream.topic != self._stream_topic:
            self._stream_topic = self.stream.topic
            if self.topic != self._stream_topic:
                self.topic = self._stream_topic

    def _turn_to_topic(self) -> None:
        if self._view.is_frozen:
            self._view.freeze(self.stream.now())
        self._settings_changed()

    def _recut(self, _change: Any) -> None:
        self.go_live()
        self._act(self._settings_changed)

    def _freeze_or_thaw(self, change: Any) -> None:
        def act() -> None:
            if change["new"]:
                self.draw(CLOCK.now())
                self._view.freeze(self.stream.now())
            else:
                self._view.thaw()
            self._settings_changed()
            self._keepsake.refresh(CLOCK.now())

        self._act(act)

    def _open_fields(self, wanted: bool) -> None:
        self._picker.set_open(wanted)
        self._picker.refresh(CLOCK.now(), self._entries)

    def _entries(self, now: float) -> Sequence[Entry]:
        return self._view.entries(self.stream.now(now))

    def _choose(self, keys: Sequence[Key], shown: bool) -> None:
        chosen = set(keys)
        others = [key for key in self.hidden if key not in chosen]
        self.hidden = others if shown else [*others, *keys]
        self._act(self._redraw_soon)

    def _hide(self, change: Any) -> None:
        def act() -> None:
            self._view.hidden = frozenset(change["new"])
            self._redraw_soon()

        self._act(act)

    def _select(self, change: Any) -> None:
        def act() -> None:
            self._selection.select(change["new"])
            self._redraw_soon()

        self._act(act)

    def _settings_changed(self) -> None:
        self._view.window = Window.parse(self.window)
        self._entry_error = ""
        self._show_settings()
        self._redraw_soon()

    def _redraw_soon(self) -> None:
        self._drawn = None
        self._wording = None
        self._picker.refresh_soon()
        self._selection.refresh_soon()

    def _redraw_now(self) -> None:
        self._redraw_soon()
        if self._clock is not None:
            self._clock.nudge()

    def _show_settings(self) -> None:
        self._controls.show("topic", _in_words(self.topic))
        self._controls.show("window", Window.parse(self.window).text)
        self._controls.paused = self.paused

    def _show_words(self, frame: Frame, now: float) -> int:
        standing = self._note_status()
        self._controls.running = standing.status not in ("stopped", "refused")
        self._controls.offer_topics(self.stream.topics_seen)
        return self._face.show(frame, self.stream, self._facts(frame, standing, now), now)

    def _facts(self, frame: Frame, standing: Standing, now: float) -> PlotStatus:
        return PlotStatus(
            title=self._title if self._title is not None else _in_words(self.topic),
            standing=standing,
            paused=self.paused,
            stays_put=self.time_range is not None,
            waiting=self._view.waiting() if self.paused else 0,
            entry_error=self._entry_error,
            zone=self._viewer.zone,
            alarms=self._alarms.words(frame, self._viewer.zone),
            remarks=(*self._unmatched(), *(() if self.time_range else out_of_time(frame, now))),
        )

    def _unmatched(self) -> tuple[str, ...]:
        asked = [(repr(derived.name), patterns_of("of", derived.of)) for derived in self.derived]
        asked += [(limit.text, limit.of) for limit in self.limits]
        return unmatched(asked, self._derivations.beside(self.stream.series).keys()) if asked else ()

    def _taken(self) -> Snapshot:
        """The picture as it stands."""
        now = self.stream.now()
        with self.stream.reading(_DECODING_S):
            frame = self._frame(now)
            return take(frame, self.stream, self._facts(frame, self.stream.standing(), now), now)

    def _samples_to_save(self) -> Samples:
        """What is selected, else everything."""
        return self._selection.snapshot() or self._analysis.lines_named("*", may_compute=False)

    def _named(self, of: str | Iterable[str] | None) -> Samples:
        is_here = self._clock is None or self._clock.is_here
        return self.stream.snapshot() if of is None else self._analysis.lines_named(of, may_compute=is_here)

    def _origin(self) -> Origin:
        """Where the samples come from, and what was seen in them."""
        events = [event.told() for event in self.events]
        return dataclasses.replace(self.stream.origin(), zone=self._viewer.zone_name, events=events)

    def _note_status(self) -> Standing:
        """Tell observers of the status."""
        standing = self.stream.standing()
        self.set_trait("status", standing.status)
        self.set_trait("status_text", standing.text)
        return standing

    def _dissolve(self) -> None:
        self._keepsake.refresh(CLOCK.now())
        self._keepsake.close()
        self._unheld.stop()
        self._rasterizer.finish()
        if self._clock is not None:
            self._clock.remove(self)
        for spectrum in self._spectra:
            spectrum.close()
        close_all(self._roots(), self._link, but=self)
        super().close()

    def _roots(self) -> list[widgets.Widget]:
        """The widgets that, with all they refer to, make up the plot, but for the rasterizer, which ends later."""
        return [self, self._viewer, self._picker, *self._picture.layers, *self._selection.parts]

    def _parts(self) -> list[widgets.Widget]:
        """All widgets of the plot."""
        return parts([*self._roots(), self._rasterizer])

    def _belongings(self) -> list[object]:
        """All that ends with the plot."""
        return [*self._parts(), *([self.stream] if self._owns_stream else [])]


def _is_within(now: float, since: float, span_s: float) -> bool:
    """Whether less than `span_s` has passed; a clock that was set back says nothing of that."""
    return 0 <= now - since < span_s


def _in_words(setting: object) -> str:
    return ", ".join(setting) if isinstance(setting, list) else str(setting)

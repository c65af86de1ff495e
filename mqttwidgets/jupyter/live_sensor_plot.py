"""The widget: live lines of every sensor that matches a topic filter, with controls."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import traitlets

from ..base.clock import CLOCK
from ..base.errors import discreet, names_its_keywords, reject_unknown_keywords
from ..base.source import Source
from ..base.times import Window, WindowLike
from ..live.stream_options import DecoderLike
from ..mqtt.broker import Broker, SessionKind
from ..plot import plot_options
from ..plot.plot import Plot, in_words
from ..plot.plot_data import PlotData
from ..plot.snapshot import Snapshot
from ..sensor_stream import SensorStream
from .plot_screen import PlotScreen
from .plot_settings import (
    HiddenTrait,
    PlotSettings,
    SpanTrait,
    StreamTrait,
    TimeRangeTrait,
    TopicTrait,
    ValueRangesTrait,
    WindowTrait,
)
from .plot_widget import PlotWidget, WidgetContext

if TYPE_CHECKING:  # these are imported by who uses them, as most do not
    from ..doctor.report import Report
    from ..plot.plot_source import Code
    from .spectrum_plot import SpectrumPlot

_WAITING = ("offline", "refused")


class LiveSensorPlot(PlotWidget, PlotData):
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
        names: names for the legend, by patterns as in `fields`: `{"*/t": "Cellar"}`.
        units: units in place of those that come with the values: `{"*/t": "°C"}`. Nothing is converted.
        quantities: quantities, in words such as "temperature": `{"*/t": "temperature"}`.
        descriptions: False does not ask the broker for what devices say of themselves; see SensorStream.

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
        names: Mapping[str, str] | None = None,
        units: Mapping[str, str] | None = None,
        quantities: Mapping[str, str] | None = None,
        descriptions: bool = True,
        **unknown: Any,
    ) -> None:
        reject_unknown_keywords("LiveSensorPlot", unknown, plot_options.KEYWORDS)
        self.fps = fps
        plot_options.of_type("title", title, (str, type(None)), "a text or None")
        plot_options.of_type("paused", paused, (bool,), "True or False")
        Window.parse(window)  # which raises before there is any widget
        given = {
            "broker": broker,
            "decoder": decoder,
            "fields": fields,
            "history": history,
            "max_series": max_series,
            "qos": qos,
            "session": session,
            "source": source,
            "names": names,
            "units": units,
            "quantities": quantities,
            "descriptions": descriptions,
        }
        self._owns_stream = stream is None
        self.stream = plot_options.stream_for(stream, topic, given)
        context = WidgetContext(self)
        self._plot = Plot(self.stream, context.viewer, window=window, title=title, loop=context.clock)
        if paused:
            self._plot.view.freeze(self.stream.now())
        if source is not None:
            for plot in context.earlier:  # first, as it may be theirs
                plot.close()
        if autostart:
            self._start_in_place_of(context.earlier)
        settings = PlotSettings(self, self._plot, context.act)
        self._screen = PlotScreen(self._plot, settings, context)
        self._spectra: weakref.WeakSet[SpectrumPlot] = weakref.WeakSet()
        super().__init__(
            context, self._screen.panel, self.figure, topic=self.stream.topic, window=window, paused=paused
        )
        self._screen.follow(self)
        settings.follow(self._screen)
        self.observe(lambda _change: self._keep_picture(), "paused")
        if context.clock is not None:
            self.stream.on_news = context.clock.nudge
        self.begin()
        if self._screen.is_behind:
            context.act(lambda: self.draw(CLOCK.now()))

    def start(self) -> None:
        """Subscribe; when it is subscribed already, only try again at once where it waits. Returns at once."""
        if not self._closed:
            self.stream.start()
            self._context.act(self._screen.redraw_soon)

    def stop(self) -> None:
        """Unsubscribe; the picture and the data stay. Returns at once."""
        self.stream.stop()
        self._context.act(self._screen.redraw_soon)
        self._keep_picture()

    @property
    def fps(self) -> float:
        """Frames a second at most."""
        return self._fps

    @fps.setter
    def fps(self, fps: float) -> None:
        self._fps = plot_options.positive("fps", fps)

    def go_live(self) -> None:
        """Show the newest samples again, the value axes fitted to them: back from a zoom. Returns at once."""
        self.time_range, self.value_ranges = None, {}

    def __repr__(self) -> str:
        return f"LiveSensorPlot({in_words(self.topic)!r}, {'closed' if self._closed else self.status})"

    @property
    def figure(self) -> Any:
        """The bqplot Figure."""
        return self._screen.picture.figure

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

        spectrum = SpectrumPlot(
            self.stream, of, seconds, look=self._plot.view.look, beside=self._plot.derivations.beside
        )
        self._spectra.add(spectrum)
        return spectrum

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
        from ..plot.plot_source import Names, made_source, plot_source

        options = {
            "window": self.window,
            "paused": self.paused,
            "fps": self.fps,
            "title": self._plot.title,
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
        """Check every step from the broker to a line, up to the first that fails; see SensorStream.doctor.

        Args:
            wait_s: seconds to wait for the first message, for which the cell is busy.
        """
        from ..doctor.examination import examine_picture
        from ..doctor.report import Report

        report = self.stream.doctor(wait_s)
        if not report.is_well:
            return report
        return Report([*report.findings, examine_picture(self._plot.state(self._page()))])

    # As a PlotWidget.

    def draw(self, now: float) -> int:
        """Bring the page in step with the stream; the number of messages it took."""
        drawn = None if self._closed else self._screen.draw(now, self.fps)
        if drawn is None:
            return 0
        self._static_output.drawn(now, is_new=drawn.is_new)
        return drawn.messages

    def keep_up(self) -> None:
        """Update status and topic for their observers while nobody watches."""
        if not self._closed:
            self._screen.keep_up(CLOCK.now())
            super().keep_up()

    def snapshot(self) -> Snapshot:
        """The picture as it stands."""
        return self._plot.snapshot()

    def _start_in_place_of(self, earlier: Sequence[LiveSensorPlot]) -> None:
        """Start while earlier plots of the cell still run, as the connection would go with its last user.

        Where they wait for another attempt, or for the user, it is made now: who runs a cell again wants that.
        """
        broker = self.stream.broker
        wait = broker and any(plot.stream.broker == broker and plot.status in _WAITING for plot in earlier)
        self.stream.start()
        if wait:
            self.stream.start()

    def _end(self) -> None:
        if self._owns_stream:
            self.stream.stop()
        self._plot.close()

    def _dissolve(self) -> None:
        super()._dissolve()
        for spectrum in self._spectra:
            spectrum.close()

    def _roots(self) -> list[widgets.Widget]:
        return self._screen.roots()

    def belongings(self) -> list[object]:
        """All that ends with the plot."""
        return [*super().belongings(), *([self.stream] if self._owns_stream else [])]

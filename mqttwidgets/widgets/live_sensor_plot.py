"""The widget: live lines of every sensor that matches a topic filter, with controls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import traitlets

from ..arrival import CLOCK
from ..broker import Broker, SessionKind
from ..decoding.explanation import Explanations
from ..discreet import discreet
from ..doctor.report import Report, lines_in_sight
from ..errors import InvalidValueError, reject_unknown_keywords
from ..export.files import Progress
from ..frames.clock import FrameClock, frame_clock
from ..frames.frame import Frame
from ..frames.pace import Pace
from ..frames.picture import Picture
from ..frames.view import View
from ..ledger import Ledger
from ..message import Status
from ..store import Key
from ..stream import SensorStream
from ..stream_options import DecoderLike
from ..text import printable
from ..window import Window, WindowLike
from . import options
from .cell import predecessors
from .controls import Controls
from .face import Face, Facts
from .keepsake import Keepsake
from .picker import FieldPicker
from .plot_source import Code, plot_source
from .save import SaveBar
from .taken import Taken, take
from .traits import HiddenTrait, StreamTrait, TopicTrait, WindowTrait
from .viewer import Viewer

if TYPE_CHECKING:
    import pandas as pd

USUAL_WINDOWS = ("100 samples", "1,000 samples", "30 s", "1 min", "5 min", "1 h")

_TEXT_INTERVAL_S = 0.5  # for all plots at once, as each change lays out the page anew
_QUIET_INTERVAL_S = 1.0
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
        max_series: series drawn at most; what comes beyond them is counted and named.
        fps: frames a second at most; fewer where the browser paints fewer, none while nobody looks.
        qos: quality of service asked of the broker, 0, 1 or 2.
        session: "persistent" has the broker keep what comes with QoS 1 or 2 while the link is down; see
            SensorStream.
        title: shown above the plot; None takes the topic.
        autostart: False waits for `start()`.
        stream: a SensorStream to draw instead of a topic; several plots may share one.

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
        **unknown: Any,
    ) -> None:
        reject_unknown_keywords("LiveSensorPlot", unknown, options.KEYWORDS)
        self._fps = options.positive("fps", fps)
        self._title = options.of_type("title", title, (str, type(None)), "a text or None")
        options.of_type("paused", paused, (bool,), "True or False")
        given = {
            "broker": broker,
            "decoder": decoder,
            "fields": fields,
            "history": history,
            "max_series": max_series,
            "qos": qos,
            "session": session,
        }
        self._owns_stream = stream is None
        self.stream = (
            options.stream_for(topic, given) if stream is None else options.shared_stream(stream, topic, given)
        )
        self._entry_error = ""
        self._drawn_at = 0.0
        self._pace = Pace()
        self._drawn: object = None
        self._wording: object = None
        self._stream_topic = self.stream.topic
        self._view = View(self.stream, Window.parse(window))
        self._viewer = Viewer()
        self._clock: FrameClock | None = frame_clock()
        self._link = None if self._clock is None else self._clock.link
        self._picture = Picture(self._link)
        self._build()
        super().__init__(
            [
                self._face.header,
                self._controls.widget,
                self._picker.panel,
                self._face.notice,
                self._stage,
                self._face.legend,
                self._face.footer,
            ],
            topic=self.stream.topic,
            window=window,
            paused=paused,
        )
        self._keepsake = Keepsake(self.model_id[:12], self._taken, self._save.rasterize)
        self.add_class("mqttwidgets-plot").add_class(self._keepsake.live_class)
        self.observe(self._move_subscription, "topic")
        self.observe(self._recut, "window")
        self.observe(self._freeze_or_thaw, "paused")
        self.observe(self._hide, "hidden")
        self._closed = False
        if self._clock is not None:
            self.stream.on_news = self._clock.nudge
            self._clock.add(self)  # before its predecessors go, as the link goes with the last plot
        self._show_settings()
        if paused:
            self._act(lambda: self._view.freeze(CLOCK.now()))
        earlier = predecessors(self)
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

    def close(self) -> None:
        """Stop, and take the plot off the page with every widget that it is made of. Returns at once."""
        if self._closed:
            return
        self._closed = True
        if self._owns_stream:
            self.stream.stop()
        self._act(self._dissolve)

    def _ipython_display_(self) -> None:
        """Show the plot in a cell, and beside it a picture for when there is no kernel; see Keepsake."""
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

    def to_csv(
        self, path: str | os.PathLike[str], *, wide: bool = False, progress: Progress | bool | None = None
    ) -> Path:
        """Write all samples kept to a CSV file; see SensorStream.to_csv."""
        return self.stream.to_csv(path, wide=wide, progress=progress)

    def to_parquet(
        self, path: str | os.PathLike[str], *, wide: bool = False, progress: Progress | bool | None = None
    ) -> Path:
        """Write all samples kept to a Parquet file; see SensorStream.to_parquet."""
        return self.stream.to_parquet(path, wide=wide, progress=progress)

    def to_pandas(self, *, wide: bool = False) -> pd.DataFrame:
        """All samples kept, also those outside the window; see SensorStream.to_pandas."""
        return self.stream.to_pandas(wide=wide)

    def explain(self) -> Explanations:
        """How the latest message of each topic was read, and why; see SensorStream.explain."""
        return self.stream.explain()

    def code(self) -> Code:
        """The Python that makes this plot as it stands now, after all the clicking; it prints as such.

        No password is in it: it asks for one, or takes it from the environment variable MQTT_PASSWORD. A function
        of your own is there by its name.

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
        options = {
            "window": self.window,
            "paused": self.paused,
            "fps": self._fps,
            "title": self._title,
            "autostart": self.status != "stopped",
        }
        later = {"hidden": self.hidden}
        return plot_source(type(self), self.stream, options, later, shares_stream=not self._owns_stream)

    def doctor(self, wait_s: float = 60.0) -> Report:
        """What stands between the broker and a line: a checklist up to the first cross; see SensorStream.doctor.

        Args:
            wait_s: seconds to wait for the first message, for which the cell is busy.
        """
        link = self._link
        is_seen = link is None or not link.is_answered or self.figure_id in link.audience.shown()
        report = self.stream.doctor(wait_s)
        if not report.is_well:
            return report
        keys = self.stream.series.keys()
        drawn = lines_in_sight(
            len(keys),
            len(keys & self._view.hidden),
            is_stopped=self.stream.status == "stopped",
            is_paused=self.paused,
            is_seen=is_seen,
        )
        return Report([*report.findings, drawn])

    # The Screen; on the kernel's event loop.

    @property
    def figure_id(self) -> str:
        """The model id of the figure."""
        return str(self._picture.figure.model_id)

    @property
    def fps(self) -> float:
        """Frames a second at most."""
        return self._fps

    def keep_up(self) -> None:
        """Have status and topic right for their observers, while nobody watches."""
        if not self._closed:
            with self.stream.reading(_DECODING_S):
                self._follow_topic()
                self._note_status()
                self._keepsake.unwatched(CLOCK.now())

    def draw(self, now: float) -> int:
        """Bring the page in step with the stream; the number of messages it took."""
        if self._closed or not self._pace.is_due(now, self._fps):
            return 0
        with self.stream.reading(_DECODING_S):
            news = (self.stream.revision, self.stream.status, self._link and self._link.epoch)
            if news == self._drawn and _is_within(now, self._drawn_at, _QUIET_INTERVAL_S):
                return 0
            self._follow_topic()
            if self._closed:
                return 0  # by a decoder just now, or by an observer
            frame = self._view.frame(now, self._viewer.zone, self._viewer.zone_name)
            messages = self._picture.show(frame)
            wording = (news[1], now // _TEXT_INTERVAL_S)
            if wording != self._wording:
                self._wording = wording
                messages += self._show_words(frame, now)
            messages += self._picker.refresh(now, self._view.entries)
            self._keepsake.drawn(now, is_new=news != self._drawn)
            self._drawn, self._drawn_at = news, now
            self._pace.note(now, self._fps)
        return messages

    # Wiring.

    def _build(self) -> None:
        self._face = Face(self._link)
        self._stage = widgets.Box([self._picture.figure, self._face.empty])
        self._stage.add_class("mw-stage")
        self._controls = Controls(
            on_topic=lambda text: self._entered("topic", self._topics_in(text)),
            on_window=lambda text: self._entered("window", _number_or_text(text)),
            on_paused=lambda paused: self._entered("paused", paused),
            on_running=lambda runs: self.start() if runs else self.stop(),
            on_fields=lambda wanted: self._act(lambda: self._open_fields(wanted)),
        )
        self._picker = FieldPicker(self._choose)
        self._save = SaveBar(self._taken, self.stream.snapshot, self._act)
        self._controls.widget.children += (self._save,)
        self._controls.window.offer(USUAL_WINDOWS)

    def _start_in_place_of(self, earlier: Sequence[LiveSensorPlot]) -> None:
        """Start while earlier plots of the cell still run, as the connection would go with its last user.

        Where they wait for another attempt, or for the user, it is made now: who runs a cell again wants that.
        """
        wait = any(plot.stream.broker == self.stream.broker and plot.status in _WAITING for plot in earlier)
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
            self._view.freeze(CLOCK.now())
        self._settings_changed()

    def _recut(self, _change: Any) -> None:
        self._act(self._settings_changed)

    def _freeze_or_thaw(self, change: Any) -> None:
        def act() -> None:
            if change["new"]:
                self.draw(CLOCK.now())
                self._view.freeze(CLOCK.now())
            else:
                self._view.thaw()
            self._settings_changed()
            self._keepsake.refresh(CLOCK.now())

        self._act(act)

    def _open_fields(self, wanted: bool) -> None:
        self._picker.set_open(wanted)
        self._picker.refresh(CLOCK.now(), self._view.entries)

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

    def _settings_changed(self) -> None:
        self._view.window = Window.parse(self.window)
        self._entry_error = ""
        self._show_settings()
        self._redraw_soon()

    def _redraw_soon(self) -> None:
        self._drawn = None
        self._wording = None
        self._picker.refresh_soon()

    def _show_settings(self) -> None:
        self._controls.topic.show(_in_words(self.topic))
        self._controls.window.show(Window.parse(self.window).text)
        self._controls.show_paused(self.paused)

    def _show_words(self, frame: Frame, now: float) -> int:
        status = self._note_status()
        self._controls.show_running(status not in ("stopped", "refused"))
        self._controls.topic.offer(self.stream.topics_seen)
        return self._face.show(frame, self.stream, self._facts(), now)

    def _facts(self) -> Facts:
        return Facts(
            title=self._title if self._title is not None else _in_words(self.topic),
            status=self.stream.status,
            status_text=self.status_text,
            paused=self.paused,
            waiting=self._view.waiting() if self.paused else 0,
            entry_error=self._entry_error,
            zone=self._viewer.zone,
        )

    def _taken(self) -> Taken:
        """The picture as it stands."""
        now = CLOCK.now()
        with self.stream.reading(_DECODING_S):
            frame = self._view.frame(now, self._viewer.zone, self._viewer.zone_name)
            return take(frame, self.stream, self._facts(), now)

    def _note_status(self) -> Status:
        """Tell observers of the status."""
        status = self.stream.status
        self.set_trait("status", status)
        self.set_trait("status_text", self.stream.status_text)
        return status

    def _dissolve(self) -> None:
        self._keepsake.refresh(CLOCK.now())
        if self._clock is not None:
            self._clock.remove(self)
        for part in _parts([self, self._viewer, self._picker, *self._picture.layers]):
            part.unobserve_all()
            if self._link is not None:
                self._link.forget(part)
            if part is not self:
                part.close()
        super().close()


def _number_or_text(text: str) -> int | str:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else text


def _is_within(now: float, since: float, span_s: float) -> bool:
    """Whether less than `span_s` has passed; a clock that was set back says nothing of that."""
    return 0 <= now - since < span_s


def _in_words(setting: object) -> str:
    return ", ".join(setting) if isinstance(setting, list) else str(setting)


def _parts(roots: Sequence[widgets.Widget]) -> list[widgets.Widget]:
    """Widgets and every widget that these refer to, each once."""
    found: dict[str, widgets.Widget] = {}
    to_visit: list[Any] = [*roots]
    while to_visit:
        node = to_visit.pop()
        if isinstance(node, widgets.Widget) and node.model_id not in found:
            found[node.model_id] = node
            to_visit.extend(node.trait_values().values())
        elif isinstance(node, (list, tuple)):
            to_visit.extend(node)
        elif isinstance(node, dict):
            to_visit.extend(node.values())
    return list(found.values())

"""One plot of a stream, as a model without any widget: what it shows, and what is said of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone, tzinfo
from typing import TYPE_CHECKING, Protocol

from ..analysis.transforms.derived import DerivedSeries
from ..base.model import Key
from ..base.patterns import patterns_of
from ..base.times import Window, WindowLike
from ..live.stream_status import Standing
from ..sensor_stream import SensorStream
from ..series.ring import Series
from ..series.samples import Origin, Samples
from .frame import Frame
from .plot_alarms import PlotAlarms
from .plot_status import PlotStatus, out_of_time, unmatched
from .selection import Selection
from .series_view import Entry
from .snapshot import Snapshot, take
from .view import View

if TYPE_CHECKING:  # only a doctor needs it
    from ..doctor.examination import Page, PlotState

_DECODING_S = 0.05  # for one frame, as the kernel's event loop must not be held up
_LOOK_INTERVAL_S = 0.5
_WISHES = ("names", "units", "quantities")


class Viewer(Protocol):
    """Who looks: whose clock a plot shows."""

    zone: tzinfo
    """The time zone."""

    zone_name: str
    """Its name, for people."""


class DrawingLoop(Protocol):
    """The event loop on which a plot is drawn; see FrameClock."""

    @property
    def is_here(self) -> bool:
        """Whether who asks is on the loop."""

    def soon(self, action: Callable[[], object]) -> None:
        """Do `action` on the loop after what it is doing now."""

    def decode(self, drain: Callable[[float], object]) -> None:
        """Let `drain` bring a stream up to date, for as many seconds as there are."""


class Plot:
    """One plot of a stream: the picture, the words, the selection and the alarms that it shows.

    Whatever draws it asks, for each frame, for `decode()`, then with the stream held still for `look` and `frame`;
    `status` has what is to be said besides. It needs neither Jupyter nor a loop.

    Threads: frames, status and what is shown on the loop. What the user asks for, `snapshot` and entries by hand
    may come on any thread; the stream's lock parts them.

    Args:
        stream: where the series are.
        viewer: whose time zone the time axis has.
        window: how much of the newest data is in view.
        title: its name; None takes the topic.
        loop: where it is drawn, and the user's functions are called; None for wherever it is asked.

    Attributes:
        view: cuts the frames.
        selection: the span that is selected.
        alarms: the stream's limits and alarms, as this plot shows them.
        entry_error: what is wrong with the latest entry by hand, and what stays in force; `""` for nothing.

    Example:
        >>> plot = Plot(SensorStream("home/+/temperature"), ThisComputer(), window="5 min")
        >>> frame = plot.frame(at=1.7e9)
        >>> frame.lines, plot.status(frame, plot.stream.standing(), at=1.7e9).title
        ((), 'home/+/temperature')
    """

    def __init__(
        self,
        stream: SensorStream,
        viewer: Viewer,
        *,
        window: WindowLike = "1 min",
        title: str | None = None,
        loop: DrawingLoop | None = None,
    ) -> None:
        self.stream = stream
        self.viewer = viewer
        self.title = title
        self.analysis = stream.analysis
        self.derivations = self.analysis.derivations
        self.view = View(stream, Window.parse(window), self.derivations)
        self.selection = Selection(self.view, stream)
        self.alarms = PlotAlarms(self.analysis, lambda: viewer.zone, lambda: loop is not None and loop.is_here)
        self.entry_error = ""
        self.is_closed = False
        self._loop = loop
        self._looked_at = 0.0
        if loop is not None:
            self.analysis.attend(self.alarms)

    def close(self) -> None:
        """Call no functions of the user's any more; what was shown last can still be asked for."""
        self.is_closed = True
        self.alarms.close()

    # With each frame.

    def decode(self) -> None:
        """Bring the stream up to date, as far as there is time for that."""
        if self._loop is None:
            self.stream.drain(_DECODING_S)
        else:
            self._loop.decode(self.stream.drain)

    def look(self, found: Mapping[Key, Series], now: float) -> None:
        """Bring derived lines up to date, and hold what is new against the limits.

        Args:
            found: the stream's series, held still.
            now: epoch seconds of this computer.
        """
        self._looked_at = now
        self._compute(found)
        self.alarms.keep_up(found)

    def needs_look(self, now: float) -> bool:
        """Whether limits are to be looked at, though no frame is due."""
        return bool(self.stream.limits) and not is_within(now, self._looked_at, _LOOK_INTERVAL_S)

    def frame(self, at: float) -> Frame:
        """The picture at `at` (epoch seconds, by the stream's clock)."""
        return self.alarms.annotated(self.view.frame(at, self.viewer.zone, self.viewer.zone_name))

    def status(self, frame: Frame, standing: Standing, at: float) -> PlotStatus:
        """All that is to be said besides the picture; with the stream held still.

        Args:
            frame: the picture.
            standing: how the stream is.
            at: when, epoch seconds by the stream's clock.
        """
        view = self.view
        return PlotStatus(
            title=self.title if self.title is not None else in_words(self.stream.topic),
            standing=standing,
            paused=view.is_frozen,
            stays_put=view.span is not None,
            waiting=view.waiting(),
            entry_error=self.entry_error,
            zone=self.viewer.zone,
            alarms=self.alarms.words(frame, self.viewer.zone),
            remarks=(*self._unmatched(), *(() if view.span else out_of_time(frame, at))),
        )

    def entries(self, now: float) -> Sequence[Entry]:
        """All series found, shown or not, at `now` (epoch seconds of this computer)."""
        return self.view.entries(self.stream.now(now))

    def snapshot(self) -> Snapshot:
        """The picture as it stands."""
        at = self.stream.now()
        with self.stream.reading(_DECODING_S):
            frame = self.frame(at)
            return take(frame, self.stream, self.status(frame, self.stream.standing(), at), at)

    @contextmanager
    def derived_lines(self) -> Iterator[Mapping[Key, DerivedSeries]]:
        """The derived lines, as up to date as there is time for; unchanged while the context lasts."""
        with self.stream.reading(_DECODING_S) as found:
            self._compute(found)
            yield self.derivations.lines

    # For the user.

    def samples(self, of: str | Iterable[str] | None) -> Samples:
        """All samples kept of the lines that match, or for None of the series of the stream.

        Raises:
            InvalidValueError: for what is no pattern, and where nothing matches.
        """
        is_here = self._loop is None or self._loop.is_here
        return self.stream.snapshot() if of is None else self.analysis.lines_named(of, may_compute=is_here)

    def samples_to_save(self) -> Samples:
        """Those that are selected, else all."""
        return self.selection.snapshot() or self.analysis.lines_named("*", may_compute=False)

    def origin(self) -> Origin:
        """Where the samples come from, and what was seen in them."""
        events = [event.told() for event in self.analysis.events(self.viewer.zone, self.viewer.zone_name)]
        return dataclasses.replace(self.stream.origin(), zone=self.viewer.zone_name, events=events)

    def topics_in(self, text: str) -> str | list[str]:
        """The topic filters in a text, parted by commas, which a topic seen may hold itself."""
        topics = [part.strip() for part in text.split(",") if part.strip()]
        with self.stream.reading(limit_s=0.0):
            return text if len(topics) < 2 or text in self.stream.topics_seen else topics

    def state(self, page: Page) -> PlotState:
        """How the plot is, for a doctor.

        Args:
            page: how pages stand to it.
        """
        from ..doctor.examination import Absent, PlotState

        series, hidden, now = self.stream.series, self.view.hidden, self.stream.now()
        newest = [last[0] for key, each in series.items() if key not in hidden and (last := each.last)]
        return PlotState(
            len(series),
            len(series.keys() & hidden),
            [Absent(label, newest - now) for label, newest in self.view.out_of_view(now).items()],
            is_stopped=self.stream.status == "stopped",
            is_paused=self.view.is_frozen,
            is_zoomed=self.view.span is not None,
            page=page,
            behind_s=now - max(newest, default=now),
        )

    # Inside.

    def _compute(self, found: Mapping[Key, Series]) -> None:
        """Bring derived series up to date; the user's own functions are called afterwards, as they may be slow."""
        self.derivations.follow(found)
        if not self.derivations.has_work:
            return
        if self._loop is not None:
            self._loop.soon(self._call_functions)
        elif self.analysis.computes_here:
            self._call_functions()

    def _call_functions(self) -> None:
        if not self.is_closed and self.derivations.has_work:
            self.derivations.work(lambda: self.stream.reading(0.0))

    def _unmatched(self) -> tuple[str, ...]:
        """A remark for each derivation, limit and correction that matches no line."""
        asked = [(repr(derived.name), patterns_of("of", derived.of)) for derived in self.stream.derived]
        asked += [(limit.text, limit.of) for limit in self.stream.limits]
        for option in _WISHES:
            wishes = self.stream.options[option]
            asked += [(option, (pattern,)) for pattern in wishes] if isinstance(wishes, Mapping) else []
        return unmatched(asked, self.derivations.beside(self.stream.series).keys()) if asked else ()


class ThisComputer:
    """A viewer with this computer's time zone."""

    def __init__(self) -> None:
        here = datetime.now().astimezone()
        self.zone: tzinfo = here.tzinfo or timezone.utc
        self.zone_name: str = here.tzname() or "UTC"


def is_within(now: float, since: float, span_s: float) -> bool:
    """Whether less than `span_s` has passed; a clock that was set back says nothing of that."""
    return 0 <= now - since < span_s


def in_words(setting: object) -> str:
    """A topic filter, or a list of them, as one text."""
    return ", ".join(setting) if isinstance(setting, list) else str(setting)

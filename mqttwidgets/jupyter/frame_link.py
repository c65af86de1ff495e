"""The frame link: all that changed in all plots of a kernel as one message to pages, and what they report back."""

from __future__ import annotations

import itertools
import struct
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets

from ..base.model import FloatArray
from ..plot.frame import Line
from . import page_messages

SILENT_AFTER_S = 7.0
"""A page that has not reported for this long is gone: a browser that crashed says no goodbye."""

_FEWEST_HZ, _MOST_HZ = 1.0, 120.0
_LONGEST_WAIT_S = 0.025  # for an animation frame: one and a half of those that a screen shows in a second
_LONGEST_WAIT = 0.8  # of the interval between frames
_LONGEST_DELAY_S = 0.15
_NARROWEST_PX, _WIDEST_PX = 50, 8_000
_FEWEST_FRAMES = 5  # in a report, for it to be a reason to send fewer
_SLOWER, _FASTER = 0.8, 1.5
_LARGEST = 1e9  # number that a page may report
_MOST_PAGES = 100

_JS = Path(__file__).parent / "js"
_HEARTBEAT_S = 1.0
_ANEW = -1
_Names = weakref.WeakKeyDictionary[widgets.Widget, dict[str, None]]
"""Names of traits by widget; a widget that nobody else holds is none that anything must be sent of."""


class Report(NamedTuple):
    """A page's report on itself, sent once a second and whenever it shows other figures.

    Attributes:
        page: a name that the page chose.
        shown: the model ids of the figures in sight, with the width of their pictures in pixels of the screen,
            0 where that is not known.
        seconds: the span that the counts are of.
        received: frames that arrived.
        painted: animation frames in which something new was painted.
        wait_s: how long a frame waited for its animation frame, on average.
        delay_s: how much later than the fastest one the slowest frame arrived.
        broken: the model ids of the figures in whose place it shows an error.
    """

    page: str
    shown: Mapping[str, int]
    seconds: float
    received: int
    painted: int
    wait_s: float
    delay_s: float
    broken: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, content: object) -> Report | None:
        """A report from a message as the head of frame_link.js describes it; None for what is not one."""
        if not isinstance(content, dict):
            return None
        page, shown = page_messages.word(content.get("page")), content.get("shown")
        names = ("seconds", "received", "painted", "wait_s", "delay_s")
        numbers = [page_messages.number(content.get(name), 0, _LARGEST) for name in names]
        known = [number for number in numbers if number is not None]
        if page is None or not isinstance(shown, dict) or len(known) < len(names):
            return None
        if page_messages.words(list(shown)) is None:
            return None
        seconds, received, painted, wait_s, delay_s = known
        widths_px = {figure: _width_px(width) for figure, width in shown.items()}
        broken = frozenset(page_messages.words(content.get("broken")) or ())
        return cls(page, widths_px, seconds, int(received), int(painted), wait_s, delay_s, broken)


class Pages:
    """The pages that show plots of this kernel, as they reported themselves.

    Threads: any may call; `note` and `greet` are called on whichever thread the kernel takes messages of widgets,
    the rest on the event loop. One lock guards all.

    Args:
        clock: seconds that only ever grow.

    Example:
        >>> audience = Pages(clock=lambda: 10.0)
        >>> audience.note(Report("page", {"figure": 860}, 1.0, 0, 0, 0.0, 0.0))
        True
        >>> sorted(audience.shown()), audience.width_px("figure"), audience.rate_hz(60)
        (['figure'], 860, 60)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._now = clock
        self._heard: dict[str, tuple[Report, float]] = {}  # by page, with the time of the report
        self._limits: dict[str, float] = {}  # frames a second that a page keeps up with, where it found its limit
        self._greetings = 0
        self._shown: frozenset[str] | None = frozenset()  # None when it is to be found again
        self.revision = 0
        """Grows whenever pages show other figures, or of other widths."""

    @property
    def greetings(self) -> int:
        """How often pages said that they know nothing yet."""
        return self._greetings

    def greet(self) -> None:
        """Note that a page has opened, or missed something."""
        with self._lock:
            self._greetings += 1

    def note(self, report: Report) -> bool:
        """Take a report; whether the page shows other figures than before, or of other widths."""
        with self._lock:
            former = self._heard.pop(report.page, None)
            limit_hz = self._limits.pop(report.page, _MOST_HZ)
            if report.shown:
                self._limits[report.page] = _limit_hz(report, limit_hz)
            if report.shown or report.broken:
                if len(self._heard) >= _MOST_PAGES:
                    self._forget(next(iter(self._heard)))  # the longest silent one
                self._heard[report.page] = (report, self._now())
            is_news = report.shown != ({} if former is None else former[0].shown)
            if is_news:
                self._turn()
            return is_news

    def shown(self) -> Collection[str]:
        """The model ids of the figures that some page has in sight."""
        with self._lock:
            self._forget_the_silent()
            if self._shown is None:
                self._shown = frozenset().union(*(report.shown for report, _ in self._heard.values()))
            return self._shown

    def broken(self) -> Collection[str]:
        """The model ids of the figures in whose place some page shows an error."""
        with self._lock:
            self._forget_the_silent()
            return frozenset().union(*(report.broken for report, _ in self._heard.values()))

    def width_px(self, figure: str) -> int | None:
        """The width of a figure's picture on the page that has it largest; None where none has it in sight."""
        with self._lock:
            widths_px = (report.shown.get(figure) for report, _ in self._heard.values())
            return max(filter(None, widths_px), default=None)

    def rate_hz(self, wanted_hz: float) -> float:
        """Frames a second to send: as many as wanted, fewer where the slowest page paints fewer."""
        with self._lock:
            return min([wanted_hz, *self._limits.values()])

    def _forget_the_silent(self) -> None:
        oldest = self._now() - SILENT_AFTER_S
        for page in [page for page, (_, heard_at) in self._heard.items() if heard_at < oldest]:
            self._forget(page)

    def _forget(self, page: str) -> None:
        del self._heard[page]
        self._limits.pop(page, None)
        self._turn()

    def _turn(self) -> None:
        self._shown = None
        self.revision += 1


def _limit_hz(report: Report, limit_hz: float) -> float:
    """The rate that a page paints when it is always busy, a lower one when it falls behind, else a higher one.

    That it paints fewer than it gets says little: two may arrive between two animation frames.

    By factors both ways, so that a browser's limit is found within a few reports, and one in which it was busy
    with something else does not count for much.
    """
    if report.seconds <= 0:
        return limit_hz
    if report.received < _FEWEST_FRAMES:
        return min(_MOST_HZ, limit_hz * _FASTER)
    present_hz = min(limit_hz, report.received / report.seconds)
    if report.wait_s > max(_LONGEST_WAIT_S, _LONGEST_WAIT / present_hz):
        return max(_FEWEST_HZ, present_hz / 2, min(present_hz, report.painted / report.seconds))
    if report.delay_s > _LONGEST_DELAY_S:
        return max(_FEWEST_HZ, present_hz * _SLOWER)
    return min(_MOST_HZ, limit_hz * _FASTER)


def _width_px(reported: Any) -> int:
    """A width that a screen may have; 0 for one that is not known."""
    width = page_messages.number(reported, 0, _LARGEST)
    return min(max(round(width), _NARROWEST_PX), _WIDEST_PX) if width else 0


class Sent(NamedTuple):
    """How far the pages of an epoch know a line: its points from `first` on, those before `settled` for good."""

    epoch: int
    handle: int
    cut: object
    first: int
    settled: int
    version: object


class Mark(Protocol):
    """A widget that draws a line; see LinkedLines."""

    sent: Sent | None
    """How far the pages know the line: the FrameLink's own, kept here so that it ends with the widget."""

    comm: Any
    model_id: Any


class _News(NamedTuple):
    """News of a line: points dropped at its head, points kept of those known, and points to append."""

    handle: int
    dropped: int
    kept: int
    time: FloatArray | list[float]
    value: FloatArray | list[float]


class Carrier(widgets.Widget):  # type: ignore[misc]
    """The model that frames travel by; it has no script.

    One with a script, an anywidget, drops for good all that comes to it in a page that took more than two seconds
    to start it, as a slow or busy browser does.
    """

    figures = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The model ids of the figures that pages look out for."""


class FrameLink(anywidget.AnyWidget):
    """Carries frames to the pages that show a kernel's plots, and their reports back.

    A widget that is never displayed: its script, frame_link.js, runs once in every page with the notebook and
    reaches the models of all other widgets from there. The message format stands at the head of that file. What is
    carried waits for `send_frame`, so that everything of one frame is one message.

    Threads: all on the kernel's event loop, but what pages say may come on any thread; that meets in the Audience,
    which locks.

    Args:
        on_news: called, on any thread, when a page opened or shows other figures than before.

    Attributes:
        audience: who watches what.
        carrier: what frames travel by, and knows the figures.
        epoch: grows whenever everything must be sent from the beginning, as a page opened or missed something.
    """

    _esm = (_JS / "frame_link.js").read_text("utf-8")
    _path = traitlets.Unicode((_JS / "path.js").read_text("utf-8")).tag(sync=True)
    _painter = traitlets.Unicode((_JS / "painter.js").read_text("utf-8")).tag(sync=True)
    _carrier = traitlets.Unicode().tag(sync=True)

    def __init__(self, on_news: Callable[[], object] = lambda: None, **options: Any) -> None:
        self.audience = Pages()
        self.epoch = 0
        self._is_closed = False
        self._on_news = on_news
        self._sequence = itertools.count(1)
        self._sent_at = 0.0
        self._next_handle = itertools.count()
        self._states = _Names()  # in order, as is what a browser does with them
        self._carried = _Names()  # all that was ever sent
        self._names: dict[int, tuple[str, str]] = {}
        self._lines: list[_News] = []
        self.carrier = Carrier()
        super().__init__(_carrier=self.carrier.model_id, **options)
        self.on_msg(self._take)

    def close(self) -> None:
        """End it, with its carrier."""
        self._is_closed = True
        super().close()
        self.carrier.close()

    @property
    def is_answered(self) -> bool:
        """Whether a page has ever answered, so that the link works here; never again once it is closed."""
        return self.audience.greetings > 0 and not self._is_closed

    def carry(self, widget: widgets.Widget, names: set[str]) -> bool:
        """Send traits of a widget, as they are then, with the next frame; False where nobody answers the link."""
        if self.is_answered:
            self._states[widget] = _in_order(self._states.get(widget, {}), names)
        return self.is_answered

    def carry_line(self, figure: str, mark: Mark, line: Line) -> bool:
        """Send what is new in a line with the next frame; whether anything is.

        Args:
            figure: the model id of the figure.
            mark: what draws the line there.
            line: its points.
        """
        sent = mark.sent
        if sent is None or sent.epoch != self.epoch:
            if mark.comm is None:  # closed, so that no page draws it
                return False
            sent = Sent(self.epoch, self._name(figure, str(mark.model_id)), object(), 0, 0, None)
        elif sent.version == line.version and sent.cut == line.cut:
            return False
        self._lines.append(_news(sent, line))
        mark.sent = Sent(self.epoch, sent.handle, line.cut, line.first, line.settled, line.version)
        return True

    def forget(self, *closed: widgets.Widget) -> None:
        """Carry nothing more of widgets that are closed."""
        for widget in closed:
            self._states.pop(widget, None)
            self._carried.pop(widget, None)

    def begin_frame(self) -> None:
        """Begin a frame: everything goes out again where a page has opened or missed something."""
        if self.epoch != self.audience.greetings:
            self.epoch = self.audience.greetings
            self._names, self._lines = {}, []
            for widget, names in self._carried.items():
                self._states[widget] = _in_order(names, self._states.get(widget, {}))

    def send_frame(self, now: float) -> bool:
        """Send what was carried since the last frame as one message, a sign of life each second if nothing was.

        Args:
            now: epoch seconds.

        Returns:
            Whether a message was sent. Where sending raises, the next frame has everything.
        """
        if not (self._lines or self._states) and 0 <= now - self._sent_at < _HEARTBEAT_S:
            return False
        content: dict[str, Any] = {"seq": next(self._sequence), "at": round(time.time(), 4)}
        if self._names:
            content["lines"] = self._names
        if self._states:
            states, self._states = self._states, _Names()
            for widget, names in states.items():
                self._carried[widget] = _in_order(self._carried.get(widget, {}), names)
            content["states"] = {
                widget.model_id: _as_json(widget.get_state(names))
                for widget, names in states.items()
                if widget.comm is not None
            }
        try:
            self.carrier.send(content, [_packed(self._lines)] if self._lines else [])
        except BaseException:
            self.audience.greet()  # so that all of it goes out again
            raise
        self._names, self._lines = {}, []
        self._sent_at = now
        return True

    def _name(self, figure: str, mark: str) -> int:
        """A number for a line, which the next frame tells the pages."""
        handle = next(self._next_handle)
        self._names[handle] = (figure, mark)
        return handle

    def _take(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take a message as the head of frame_link.js describes it; what is not one changes nothing."""
        kind, content = page_messages.kind_of(content)
        if kind == "hello":
            self.audience.greet()
            self._on_news()
        elif kind == "report" and (report := Report.parse(content)) is not None and self.audience.note(report):
            self._on_news()


def _in_order(former: Iterable[str], later: Collection[str]) -> dict[str, None]:
    """Names, the later ones behind; what is set together has no order."""
    return dict.fromkeys([*(name for name in former if name not in later), *later])


def _news(sent: Sent, line: Line) -> _News:
    """The change that brings a line from what was sent to what it is now."""
    if sent.cut != line.cut or not sent.first <= line.first <= sent.settled:
        return _News(sent.handle, _ANEW, 0, line.time, line.value)
    kept = sent.settled - sent.first
    return _News(sent.handle, line.first - sent.first, kept, *line.points.since(sent.settled - line.first))


def _packed(lines: list[_News]) -> bytes:
    """The buffer of a frame; its layout stands at the head of frame_link.js."""
    heads = [number for line in lines for number in (line.handle, line.dropped, line.kept, len(line.time))]
    columns = (column for line in lines for column in (line.time, line.value))
    return b"".join([struct.pack(f"<{2 + len(heads)}i", len(lines), 0, *heads), *map(_as_doubles, columns)])


def _as_doubles(column: FloatArray | list[float]) -> bytes:
    if isinstance(column, list):
        return struct.pack(f"<{len(column)}d", *column)
    return np.ascontiguousarray(column, "<f8").tobytes()


def _as_json(state: dict[str, Any]) -> dict[str, Any]:
    """A state without buffers: bqplot's arrays as lists, which its models read as well."""
    return {name: _as_list(value) for name, value in state.items()}


def _as_list(value: Any) -> Any:
    is_array = isinstance(value, dict) and isinstance(value.get("value"), memoryview)
    return np.frombuffer(value["value"], value["dtype"]).tolist() if is_array else value

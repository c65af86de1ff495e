"""How frames reach the browser: all that changed in all plots of a kernel as one message."""

from __future__ import annotations

import itertools
import struct
import time
import weakref
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets

from ..base.model import FloatArray
from ..plot.frame import Line
from .page_messages import kind_of
from .pages import Pages, Report

_JS = Path(__file__).parent / "js"
_HEARTBEAT_S = 1.0
_ANEW = -1

_Names = weakref.WeakKeyDictionary[widgets.Widget, dict[str, None]]
"""Names of traits by widget; a widget that nobody else holds is none that anything must be sent of."""


class _Sent(NamedTuple):
    """How far the pages know a line: its points from `first` on, those before `settled` for good."""

    handle: int
    cut: object
    first: int
    settled: int
    version: object


class _News(NamedTuple):
    """News of a line: points dropped at its head, points kept of those known, and points to append."""

    handle: int
    dropped: int
    kept: int
    time: FloatArray
    value: FloatArray


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
        self._on_news = on_news
        self._sequence = itertools.count(1)
        self._sent_at = 0.0
        self._next_handle = itertools.count()
        self._states = _Names()  # in order, as is what a browser does with them
        self._carried = _Names()  # all that was ever sent
        self._sent: weakref.WeakKeyDictionary[widgets.Widget, _Sent] = weakref.WeakKeyDictionary()  # by the mark
        self._names: dict[int, tuple[str, str]] = {}
        self._lines: list[_News] = []
        self.carrier = Carrier()
        super().__init__(_carrier=self.carrier.model_id, **options)
        self.on_msg(self._take)

    def close(self) -> None:
        """End it, with its carrier."""
        super().close()
        self.carrier.close()

    @property
    def is_answered(self) -> bool:
        """Whether a page has ever answered, so that the link works here; never again once it is closed."""
        return self.audience.greetings > 0 and self.comm is not None

    def carry(self, widget: widgets.Widget, names: set[str]) -> bool:
        """Send traits of a widget, as they are then, with the next frame; False where nobody answers the link."""
        if self.is_answered:
            self._states[widget] = _in_order(self._states.get(widget, {}), names)
        return self.is_answered

    def carry_line(self, figure: str, mark: widgets.Widget, line: Line) -> bool:
        """Send what is new in a line with the next frame; whether anything is.

        Args:
            figure: the model id of the figure.
            mark: what draws the line there.
            line: its points.
        """
        sent = self._sent.get(mark)
        if sent is None:
            if mark.comm is None:  # closed, so that no page draws it
                return False
            sent = _Sent(self._name(figure, str(mark.model_id)), object(), 0, 0, None)
        elif sent.version == line.version and sent.cut == line.cut:
            return False
        self._lines.append(_news(sent, line))
        self._sent[mark] = _Sent(sent.handle, line.cut, line.first, line.settled, line.version)
        return True

    def forget(self, *closed: widgets.Widget) -> None:
        """Carry nothing more of widgets that are closed."""
        for widget in closed:
            self._states.pop(widget, None)
            self._carried.pop(widget, None)
            self._sent.pop(widget, None)

    def begin_frame(self) -> None:
        """Begin a frame: everything goes out again where a page has opened or missed something."""
        if self.epoch != self.audience.greetings:
            self.epoch = self.audience.greetings
            self._sent.clear()
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
        kind, content = kind_of(content)
        if kind == "hello":
            self.audience.greet()
            self._on_news()
        elif kind == "report" and (report := Report.parse(content)) is not None and self.audience.note(report):
            self._on_news()


def _in_order(former: Iterable[str], later: Collection[str]) -> dict[str, None]:
    """Names, the later ones behind; what is set together has no order."""
    return dict.fromkeys([*(name for name in former if name not in later), *later])


def _news(sent: _Sent, line: Line) -> _News:
    """The change that brings a line from what was sent to what it is now."""
    if sent.cut != line.cut or not sent.first <= line.first <= sent.settled:
        return _News(sent.handle, _ANEW, 0, line.time, line.value)
    known = sent.settled - line.first
    kept = sent.settled - sent.first
    return _News(sent.handle, line.first - sent.first, kept, line.time[known:], line.value[known:])


def _packed(lines: list[_News]) -> bytes:
    """The buffer of a frame; its layout stands at the head of frame_link.js."""
    heads = [number for line in lines for number in (line.handle, line.dropped, line.kept, len(line.time))]
    columns = (column for line in lines for column in (line.time, line.value))
    bodies = [np.ascontiguousarray(column, "<f8").tobytes() for column in columns]
    return b"".join([struct.pack(f"<{2 + len(heads)}i", len(lines), 0, *heads), *bodies])


def _as_json(state: dict[str, Any]) -> dict[str, Any]:
    """A state without buffers: bqplot's arrays as lists, which its models read as well."""
    return {name: _as_list(value) for name, value in state.items()}


def _as_list(value: Any) -> Any:
    is_array = isinstance(value, dict) and isinstance(value.get("value"), memoryview)
    return np.frombuffer(value["value"], value["dtype"]).tolist() if is_array else value

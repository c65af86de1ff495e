"""The kernel's end of the cursor: answers pages with the samples under the pointer, unrounded, of every line."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
import traitlets

from ..base.text import printable
from ..base.units import symbol
from ..plot.hover import distance_at, sample_at, stepped
from ..plot.view import Seen, View
from ..sensor_stream import SensorStream
from . import page_messages
from .picture import Picture
from .widget_tree import SharedLook, css_classes

_JS = Path(__file__).parent / "js"
_MOST_STEPS = 100


class Question(NamedTuple):
    """A question of a page, as the head of cursor.js describes it.

    Attributes:
        number: to tell its answer by.
        time: epoch seconds.
        reach_s: how far from it a sample may be where nothing is known.
        steps: how many samples to go on from there first, or back.
        start: the left end of the time axis, epoch seconds; no step leads beyond it.
        end: the right end.
    """

    number: int
    time: float
    reach_s: float
    steps: int
    start: float
    end: float

    @classmethod
    def parse(cls, content: object) -> Question | None:
        """A question from a message; None for what is not one."""
        kind, said = page_messages.kind_of(content)
        numbers = [page_messages.number(said.get(name)) for name in cls._fields]
        known = [number for number in numbers if number is not None]
        if kind != "ask" or len(known) < len(numbers):
            return None
        number, time, reach_s, steps, start, end = known
        bounded = max(-_MOST_STEPS, min(_MOST_STEPS, int(steps)))
        return cls(int(number), time, reach_s, bounded, start, end)


class Cursor(anywidget.AnyWidget):
    """A layer over the picture with a hair line, a dot on each line, and what they say.

    The page asks while the pointer is in the picture, one question at a time, and has its answer from the series
    themselves, at full resolution.

    Args:
        view: what the plot shows.
        picture: where it is drawn.
        stream: where the series are.
        act: does something on the kernel's event loop, wherever it is called.
    """

    _esm = (_JS / "cursor.js").read_text("utf-8")  # a path would be watched, see picker.py
    _css = (_JS / "cursor.css").read_text("utf-8")

    figure = traitlets.Unicode().tag(sync=True)
    """The model id of the figure."""

    def __init__(
        self,
        view: View,
        picture: Picture,
        stream: SensorStream,
        act: Callable[[Callable[[], object]], None],
        look: SharedLook,
    ) -> None:
        self._view = view
        self._picture = picture
        self._stream = stream
        self._act = act
        super().__init__(figure=str(picture.figure.model_id), **look.box, **css_classes("mw-cursor-layer"))
        self.on_msg(self._take)

    def _take(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Answer a question on the event loop; what is not one changes nothing."""
        question = Question.parse(content)
        if question is not None:
            self._act(lambda: self.send(self._answer(question)))

    def _answer(self, asked: Question) -> dict[str, Any]:
        marks = self._picture.mark_ids
        with self._stream.reading(0.0):
            seen = [each for each in self._view.seen() if each.key in marks]
            time = stepped((each.series for each in seen), asked.time, asked.steps)
            if not asked.start <= time <= asked.end:
                time = asked.time
            lines = [[marks[each.key], *_told(each, time, asked.reach_s)] for each in seen]
            distance_s = min((distance_at(each.series, time) for each in seen), default=math.inf)
        apart_s = distance_s if math.isfinite(distance_s) else None
        return {"kind": "answer", "number": asked.number, "time": time, "apart_s": apart_s, "lines": lines}


def _told(seen: Seen, time: float, reach_s: float) -> tuple[float | None, float | None, str, bool]:
    """The answer for a line: exact time and value, its unit, and whether it is computed."""
    return *(sample_at(seen, time, reach_s) or (None, None)), _unit(seen.series.unit), seen.is_derived


def _unit(unit: str) -> str:
    return printable(symbol(unit), 20)

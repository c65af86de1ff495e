"""One picture of a plot as an immutable value: lines, axes, and the levels and spans drawn beneath the lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from ..base.locks import once
from ..base.model import FloatArray
from ..base.text import number_text

SIDES = ("left", "right")
"""Where the first value axes stand."""

SpanKind = Literal["alarm", "selection"]
SPAN_COLORS: dict[SpanKind, str] = {"alarm": "#e0600f", "selection": "#7f8c8d"}
"""The usual colour of each kind of span: told apart on white and on near-black, by colour-blind people as well."""


class LinePoints:
    """The points of a line from left to right; never changed.

    The last few stand apart: there are others with each frame, which mostly needs only what is new. All are joined
    when somebody asks.

    Args:
        most: times in epoch seconds, and values, NaN where the line is broken; shape (2, n).
        last: the same of the last few, as lists.

    Example:
        >>> points = LinePoints(np.array([[1.0, 2.0], [7.0, 8.0]]), [[3.0], [9.0]])
        >>> points.value, points.since(1), points[0], points[-1]
        (array([7., 8., 9.]), [[2.0, 3.0], [8.0, 9.0]], (1.0, 7.0), (3.0, 9.0))
    """

    def __init__(self, most: FloatArray, last: Sequence[list[float]] | None = None) -> None:
        self._most = most
        self._last = ([], []) if last is None else last

    def __len__(self) -> int:
        return int(self._most.shape[1]) + len(self._last[0])

    def __getitem__(self, index: int) -> tuple[float, float]:
        """The time and the value of a point; a negative index counts from the end."""
        count = self._most.shape[1]
        at = index if index >= 0 else index + len(self)
        if at < count:
            return self._most.item(0, at), self._most.item(1, at)
        return self._last[0][at - count], self._last[1][at - count]

    @once
    def time(self) -> FloatArray:
        """Times, shape (m,), epoch seconds; never written again."""
        return np.concatenate((self._most[0], self._last[0]))

    @once
    def value(self) -> FloatArray:
        """Values, NaN where the line is broken; shape (m,); never written again."""
        return np.concatenate((self._most[1], self._last[1]))

    def since(self, index: int) -> list[list[float]]:
        """Times and values from an index on."""
        count = self._most.shape[1]
        known = self._most[:, index:].tolist() if index < count else [[], []]
        return [[*most, *last[max(index - count, 0) :]] for most, last in zip(known, self._last, strict=True)]

    def and_then(self, time: float, value: float) -> LinePoints:
        """These points, and one more behind them."""
        return LinePoints(self._most, [[*self._last[0], time], [*self._last[1], value]])


class Line(msgspec.Struct, frozen=True):
    """One series on the screen.

    Attributes:
        key: (topic, field).
        label: the shortest name that tells it from its neighbours.
        unit: its usual symbol, or `""`.
        color: CSS colour.
        dash: bqplot's `line_style`.
        points: from left to right.
        version: equal for equal arrays of the same key, so that a link need not send them again.
        cut: which numbering of points this is; another one when the line was cut anew, so that nothing of what
            was sent before stands.
        first: number of the first point in view; points are numbered from the beginning of the cut.
        settled: points with a smaller number never change within this cut.
        last: (time, value) of the newest sample.
        place: which of the Frame's value axes it is drawn to.
        is_state: True for steps from sample to sample, the last one held for as long as it is known.
        width: in CSS pixels.
        is_derived: whether it is computed from another series.
        ends_kept: whether the broker had kept the newest sample, so that its age is not known.
    """

    key: tuple[str, str]
    label: str
    unit: str
    color: str
    dash: str
    points: LinePoints
    version: tuple[object, ...]
    cut: object
    first: int
    settled: int
    last: tuple[float, float]
    place: int = 0
    is_state: bool = False
    width: float = 2.0
    is_derived: bool = False
    ends_kept: bool = False

    @property
    def time(self) -> FloatArray:
        """Times of the points, shape (m,), epoch seconds; never written again."""
        return self.points.time

    @property
    def value(self) -> FloatArray:
        """Values of the points, shape (m,), NaN where the line has a gap; never written again."""
        return self.points.value


class Note(msgspec.Struct, frozen=True):
    """A note on a derived line, drawn or not, or on several.

    Attributes:
        key: (topic, field); without a topic for several lines of one derivation.
        label: as a Line of this key has it; the derivation's name for several.
        color: CSS colour.
        dash: bqplot's `line_style`.
        text: in words; foreign text.
        is_error: whether that is why the line has ended.
    """

    key: tuple[str, str]
    label: str
    color: str
    dash: str
    text: str
    is_error: bool


class Axis(msgspec.Struct, frozen=True):
    """One axis: its ends, its round ticks, their labels or d3 format, and its caption.

    The time axis counts epoch seconds; its labels are on the viewer's clock.
    """

    ends: tuple[float, float]
    ticks: tuple[float, ...]
    labels: tuple[str, ...] = ()
    tick_format: str = ""
    caption: str = ""

    def is_written_like(self, other: Axis) -> bool:
        """Whether only the ends may be others, as of an axis that moved by less than a tick."""
        written, others = ((each.ticks, each.labels, each.tick_format, each.caption) for each in (self, other))
        return written == others

    @property
    def texts(self) -> tuple[str, ...]:
        """The ticks as they are written."""
        return self.labels or tuple(number_text(tick, self.tick_format.replace("~", "")) for tick in self.ticks)


class Frame(msgspec.Struct, frozen=True):
    """Everything that changes with the data.

    Attributes:
        lines: the series shown.
        time_axis: stands beneath.
        value_axes: one for each unit; the first stands left, the second right, and to those beyond lines are
            drawn without an axis.
        hidden: how many series there are besides that the viewer does not want to see, derived ones not counted.
        levels: lines on a value axis, beneath those of the series.
        spans: shaded stretches of time; earlier ones are beneath later ones.
        nearest: the time of the sample nearest to what is in view, epoch seconds, where none is in it; else None.
        notes: what is to be known of derived lines.
        left_behind: (label, epoch seconds) of lines with samples that the window counts, but that are more than a
            year before all that is shown, and when the newest of these is.
    """

    lines: tuple[Line, ...]
    time_axis: Axis
    value_axes: tuple[Axis, ...] = ()
    hidden: int = 0
    levels: tuple[Level, ...] = ()
    spans: tuple[Span, ...] = ()
    nearest: float | None = None
    notes: tuple[Note, ...] = ()
    left_behind: tuple[tuple[str, float], ...] = ()


def nearest_outside(lines: Sequence[Line], start: float, end: float) -> float | None:
    """The time of the sample that is nearest to a span of time in which no line has anything to see.

    Args:
        lines: cut for this span: each has the sample before it and the one behind, where there are such.
        start: epoch seconds.
        end: epoch seconds.

    Returns:
        Epoch seconds; None where some line is in view, or where there is none at all.
    """
    outside: list[float] = []
    for line in lines:
        if _is_in_view(line, start, end):
            return None
        outside += line.time[~np.isnan(line.value)].tolist()
    return min(outside, key=lambda time: max(start - time, time - end), default=None)


def _is_in_view(line: Line, start: float, end: float) -> bool:
    """Whether it has a point in the span, or goes through it without a break."""
    first, stop = int(line.time.searchsorted(start)), int(line.time.searchsorted(end, "right"))
    if not np.isnan(line.value[first:stop]).all():
        return True
    return 0 < first == stop < len(line.time) and not np.isnan(line.value[first - 1 : first + 1]).any()


class Level(msgspec.Struct, frozen=True):
    """A horizontal line on a value axis, over the whole picture.

    Attributes:
        value: where it is, on that axis; finite.
        place: which of the Frame's value axes it belongs to.
        label: foreign text, shown at its right end; where the axis ends before it, at that end.
        color: CSS colour.
    """

    value: float
    place: int
    label: str
    color: str


class Span(msgspec.Struct, frozen=True):
    """A stretch of time, shaded over the whole height.

    Attributes:
        start: epoch seconds.
        end: epoch seconds; `math.inf` for one that lasts to the right end of the picture, and longer.
        color: CSS colour.
        kind: "alarm" or "selection"; an alarm bears a sign besides its colour.
        label: of an alarm, what stands at its top where there is room: a sign of one character, a space and words.
    """

    start: float
    end: float
    color: str
    kind: SpanKind
    label: str = "!"


def level_as_json(level: Level, scale: str) -> list[object]:
    """A level as annotations.js takes it.

    Args:
        level: the level.
        scale: the model id of its axis's scale.

    Example:
        >>> level_as_json(Level(30.0, 0, "above 30", "#e0600f"), "a1")
        ['a1', 30.0, 'above 30', '#e0600f']
    """
    return [scale, level.value, level.label, level.color]


def span_as_json(span: Span) -> list[object]:
    """A span as annotations.js takes it.

    Example:
        >>> span_as_json(Span(10.0, math.inf, "#e0600f", "alarm", "▲ above 30"))
        ['alarm', 10.0, None, '▲ above 30', '#e0600f']
    """
    end = span.end if math.isfinite(span.end) else None
    return [span.kind, span.start, end, span.label, span.color]

"""A series as a plot has it: its line in the picture, and its entry in the list of all series."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec
import numpy as np

from ..base.locks import once
from ..base.model import FloatArray, Key
from ..base.units import symbol
from ..series.gaps import HAS_STOPPED, longest_usual_s
from ..series.ring import Series
from .axes import Extent, measure_of
from .decimate import Grid
from .frame import Line, LinePoints
from .growing import PointsInView
from .time_axis import APART_S, PixelColumns

_SPAN_S, _SHORTEST_SPAN_S, _FEWEST = 5.0, 1.0, 11


class Viewport(msgspec.Struct, frozen=True, eq=False, dict=True):
    """The part of the series that is in view; another object for another part.

    Attributes:
        columns: the pixel columns of the picture.
        ends: of the time axis, epoch seconds.
        samples: how many of the newest are in view, where that is what counts.
        stays: whether it is a span of time wherever the newest samples are.
    """

    columns: PixelColumns
    ends: tuple[float, float]
    samples: int | None = None
    stays: bool = False

    @once
    def cut(self) -> object:
        """All that decides which points a line has; in a window of samples the place of the axis does not."""
        if self.samples is not None and not self.stays:
            return self.samples, self.columns.number, self.columns.origin
        return self.columns, self.ends, self.stays


class ViewedSeries:
    """A series as one plot shows it. Used while its stream is held still.

    Args:
        series: with a sample at least.
        color: CSS colour.
        dash: bqplot's `line_style`.
        width: in CSS pixels.
        is_derived: whether the series is computed from another one.

    Example:
        >>> series = Series("lab/oven", "", capacity=9, unit="Cel")
        >>> series.extend([1.0, 2.0], [20.0, 21.0])
        >>> viewed = ViewedSeries(series, "#0a84c6", "solid")
        >>> line, extent = viewed.drawn(Viewport(PixelColumns(0.01, 100, first=100), (1.0, 2.0)), "oven", place=0)
        >>> line.unit, line.last, extent
        ('°C', (2.0, 21.0), Extent(least=20.0, greatest=21.0, is_on_off=False, is_in_view=True))
    """

    def __init__(
        self, series: Series, color: str, dash: str, width: float = 2.0, *, is_derived: bool = False
    ) -> None:
        self.series = series
        self.width_s = 0.0
        """How wide the pixel columns are that it is cut for; 0 for those in view."""
        self._color = color
        self._dash = dash
        self._width = width
        self._is_derived = is_derived
        self._points = PointsInView()
        self._drawn_for: object = None  # all that was asked for, so that a series at rest costs next to nothing
        self._drawn: tuple[
            Line, Extent
        ]  # kept, as a thousand pairs made for each frame are work for the collector
        self._line: Line
        self._line_for: object = None
        self._line_from = self._line_to = 0.0
        self._extent: Extent
        self._is_extent_of_whole = False
        self._begin = 0
        self._span: tuple[float, float] | None = None
        self._before = -math.inf  # of the samples that the window would have, but for a silence, the newest
        self.is_silenced = False
        """Whether a silence keeps samples out of its window."""
        self._span_of = 0
        self._total = self._merges = 0
        self._named: object = None  # by what `measure` and the unit were found
        self.follow()

    def follow(self) -> None:
        """Note what has become of the series; next to nothing where nothing came."""
        series = self.series
        if series.total != self._total or series.merges != self._merges:
            self._total, self._merges = series.total, series.merges
            self.last = series.last or (0.0, 0.0)
            """(time, value) of the newest sample."""
            named = (series.unit, series.is_state)
            if named != self._named:
                self._named, self._unit = named, symbol(series.unit)
                self.measure = measure_of(series)
                """The measure of its scale."""
            self._drawn_for = self._line_for = self._span = None

    def look_again(self) -> None:
        """Note with the next `follow` what has become of the series, if it has another unit now."""
        if (self.series.unit, self.series.is_state) != self._named:
            self._total = -1

    def span(self, samples: int) -> tuple[float, float]:
        """The times of the first and last of the newest so many samples, behind a silence of a year and more."""
        if self._span is None or samples != self._span_of:
            position = max(self._total - samples, self.series.oldest)
            self._before = -math.inf
            if self.last[0] - self.series.time_at(position) > APART_S:
                later = self.series.after_silence(position, APART_S)
                if later > position:
                    self._before, position = self.series.time_at(later - 1), later
            self.is_silenced = self._before > -math.inf
            self._begin, self._span_of = position, samples
            self._span = self.series.time_at(position), self.last[0]
        return self._span

    def left_behind(self, start: float, *, in_samples: bool) -> float | None:
        """The time of the newest sample that one may miss, as it is more than a year before all that is shown.

        That is one of a line of which nothing is shown, though not of a state, which lasts; or one that the window
        counts, where it counts samples.

        Args:
            start: of the time axis, epoch seconds; that goes with the newest samples.
            in_samples: whether the window counts samples.
        """
        if self.last[0] < start - APART_S:
            return None if self.series.is_state else self.last[0]
        return self._before if in_samples and self.is_silenced else None

    def drawn(
        self,
        viewport: Viewport,
        label: str,
        place: int,
        held_until: float | None = None,
        stride: int = 1,
    ) -> tuple[Line, Extent]:
        """The line, and the values between which it is.

        Args:
            viewport: what is in view.
            label: its short name.
            place: which of the Frame's value axes it is drawn to.
            held_until: until when the newest sample of a state is known to last, epoch seconds; None for numbers.
            stride: how many pixel columns wide its buckets are.
        """
        asked = (viewport, label, place, held_until, stride, self.width_s)
        if asked != self._drawn_for:
            self._draw(viewport, label, place, held_until, stride)
            self._drawn, self._drawn_for = (self._line, self._extent), asked
        return self._drawn

    def _draw(self, viewport: Viewport, label: str, place: int, held_until: float | None, stride: int) -> None:
        """Make the line and its extent anew, as far as they differ in this view."""
        ends, stays = viewport.ends, viewport.stays
        wanted = (viewport.cut, self.last[0] >= ends[0], label, place, held_until, stride, self.width_s)
        if wanted != self._line_for:
            self._cut(viewport, stride)
            self._line, self._line_for = self._new_line(label, place, held_until), wanted
            self._is_extent_of_whole = False
        start, end = ends[0], ends[1] if stays else None
        is_whole = self._line_from >= start and (end is None or self._line_to <= end)
        if not (is_whole and self._is_extent_of_whole):
            self._extent, self._is_extent_of_whole = self._extent_from(start, end), is_whole

    def _extent_from(self, start: float, end: float | None) -> Extent:
        """The extent of the line; that of one which grows is known but for what is at its left edge."""
        points = self._line.points
        if end is not None or self.series.is_state or len(points) < 2 or points[1][0] < start:
            return extent(self._line, start, end)
        least, greatest = self._points.extremes
        left = points[0] if points[0][0] >= start else (start, _crossing(points, start, 1))
        if not math.isnan(left[1]):
            least, greatest = min(left[1], least), max(left[1], greatest)
        return Extent(least, greatest) if least <= greatest else extent(self._line, start, end)

    def _cut(self, viewport: Viewport, stride: int) -> None:
        """Bring the points up to date."""
        columns, samples = viewport.columns, viewport.samples
        grid, count = (
            Grid((self.width_s or columns.seconds) * stride, columns.origin),
            -(-columns.number // stride),
        )
        if viewport.stays:
            self._points.follow_span(self.series, grid, count, viewport.ends)
        elif samples is None:
            self._points.follow(self.series, grid, count, viewport.ends[0])
        else:
            left = self._first_drawn(samples, viewport.ends[0])
            self._points.follow(self.series, grid, count, left, in_samples=True)

    def _first_drawn(self, samples: int, start: float) -> int:
        """The position of the first sample drawn; of what is long before all others the last one alone."""
        self.span(samples)
        return self._begin if self.last[0] >= start else self._total - 1

    def _new_line(self, label: str, place: int, held_until: float | None) -> Line:
        series, shown = self.series, self._points
        points = shown.points
        if shown.is_complete:
            held_until = None  # to the next sample, which is known
        if held_until is not None:
            points = points.and_then(held_until, self.last[1])
        self._line_from, self._line_to = points[0][0], points[-1][0]
        return Line(
            (series.topic, series.field),
            label,
            self._unit,
            self._color,
            self._dash,
            points,
            (shown.cut, shown.first, shown.taken, self._merges, held_until),
            shown.cut,
            shown.first,
            shown.settled,
            self.last,
            place,
            series.is_state,
            self._width,
            self._is_derived,
            series.ends_kept,
        )


def extent(line: Line, start: float, end: float | None = None) -> Extent:
    """Between which values the line is from `start` to `end` (epoch seconds), where it enters and leaves included.

    Of a line of which nothing is there, its nearest value. A state lasts, so that the one before counts as well.
    """
    first = int(line.time.searchsorted(start))
    stop = len(line.time) if end is None else int(line.time.searchsorted(end, "right"))
    value = line.value[max(first - 1, 0) if line.is_state else first : stop]
    if line.is_state:
        return _extent_of_state(line, value, start, stop)
    least, greatest = _ends(value)
    edges = [(start, first)] if end is None else [(start, first), (end, stop)]
    for crossing in [_crossing(line.points, *edge) for edge in edges]:
        if not math.isnan(crossing):
            least, greatest = min(crossing, least), max(crossing, greatest)
    if least <= greatest:
        return Extent(least, greatest)
    return Extent(*_ends(_nearest(line, stop)), is_in_view=False)


def _extent_of_state(line: Line, value: FloatArray, start: float, stop: int) -> Extent:
    is_in_view = not np.isnan(value).all()
    if not is_in_view:
        value = _nearest(line, stop)
    is_on_off = bool(np.isin(value[value == value], (0.0, 1.0)).all())
    return Extent(*_ends(value), is_on_off, is_in_view and line.time.item(-1) >= start)


def _ends(value: FloatArray) -> tuple[float, float]:
    """The least and the greatest value, but for NaN; infinities where there is none."""
    return float(np.fmin.reduce(value, initial=math.inf)), float(np.fmax.reduce(value, initial=-math.inf))


def _crossing(points: LinePoints, time: float, after: int) -> float:
    """The value of a line at a time before one of its points; NaN where it is not between two of them."""
    if not 0 < after < len(points):
        return math.nan
    (before, one), (behind, other) = points[after - 1], points[after]
    share = (time - before) / (behind - before)
    return min(max((1 - share) * one + share * other, min(one, other)), max(one, other))


def _nearest(line: Line, index: int) -> FloatArray:
    """A value of a line near one of its points; its newest where it has none."""
    near = line.value[max(index - 2, 0) : index + 2]
    return np.append(near[~np.isnan(near)], line.last[1])[:1]


class HeldStates:
    """Until when the newest sample of each state is known to last.

    A state that is not sent again has not changed, as long as the link is up. Where messages may be missing, it is
    known until the last moment before that for which a picture was drawn.

    Example:
        >>> held, series = HeldStates(), Series("door", "", capacity=10, is_state=True)
        >>> series.extend([1.0], [1.0])
        >>> held.until(series, heard=5.0)
        5.0
        >>> series.mark_gap()
        >>> held.until(series, heard=9.0)
        5.0
    """

    def __init__(self) -> None:
        self._known: dict[Key, tuple[int, float]] = {}  # how many samples there were, and until when that was all

    def until(self, series: Series, heard: float | None) -> float:
        """Epoch seconds until which the newest sample of a state lasts.

        Args:
            series: the state.
            heard: until when its link was up, or brought a message, epoch seconds; None where that is not known.
        """
        newest = series.last[0] if series.last else 0.0
        key = (series.topic, series.field)
        total, known_until = self._known.get(key, (0, newest))
        known_until = max(newest, known_until) if total == series.total else newest
        if heard is not None and not series.is_interrupted:
            known_until = max(known_until, heard)
            self._known[key] = (series.total, known_until)
        return known_until


class Entry(NamedTuple):
    """One series in a list.

    Attributes:
        key: (topic, field).
        label: as in the legend.
        unit: its usual symbol, or `""`.
        color: CSS colour.
        dash: bqplot's `line_style`.
        is_shown: whether the viewer wants to see it.
        is_state: whether its value is a state.
        rate_hz: samples a second of late.
        value: the newest one.
    """

    key: Key
    label: str
    unit: str
    color: str
    dash: str
    is_shown: bool
    is_state: bool
    rate_hz: float
    value: float


def sample_rate_hz(series: Series, now: float) -> float:
    """Samples a second, by the times of the newest ones: five seconds of them, or ten when they come seldom.

    It is 0 when the series has been silent for much longer than usual.

    Args:
        series: any.
        now: epoch seconds.

    Example:
        >>> series = Series("lab/oven", "", capacity=100)
        >>> series.extend([10.0, 12.0, 14.0], [1.0, 1.0, 1.0])
        >>> sample_rate_hz(series, now=15.0), sample_rate_hz(series, now=99.0)
        (0.5, 0.0)
    """
    newest = series.last[0] if series.last else 0.0
    start = max(series.oldest, min(series.position_at(newest - _SPAN_S), series.total - _FEWEST))
    pauses = series.total - start - 1
    if pauses < 1:
        return 0.0
    span_s = max(_SHORTEST_SPAN_S, newest - float(series.cut(start, start + 1).time[0]))
    is_silent = now - newest > longest_usual_s(span_s / pauses, HAS_STOPPED)
    return 0.0 if is_silent else pauses / span_s

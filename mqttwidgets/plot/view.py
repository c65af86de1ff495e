"""Cuts Frames from a stream: the window, the freeze of a pause, the look of each series."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import NamedTuple

from ..analysis.transforms.derivations import Derivations
from ..base.description import NOTHING_SAID, Description
from ..base.model import Key
from ..base.times import Window
from ..base.units import symbol
from ..sensor_stream import SensorStream
from ..series.ring import Series
from .axes import Extent, Measure, ValueScales
from .frame import SPAN_COLORS, Axis, Frame, Line, Span, nearest_outside
from .frozen import Frozen, NewSamples
from .legend import notes_of
from .palette import Palette, labels_of, look_of
from .series_view import Entry, HeldStates, ViewedSeries, Viewport, sample_rate_hz
from .time_axis import (
    APART_S,
    FittedColumns,
    PixelColumns,
    Strides,
    Widths,
    columns_of_time_window,
    ends_together,
    newest_to_show,
    time_axis,
)

_MOST_NAMES = 500
_USUAL_WIDTH_PX = 1_000
_SAME_LENGTH_S = 4e-6
_FREEZING_S = 0.05  # for decoding what has come, as the event loop must not be held up


class Seen(NamedTuple):
    """A series that a picture shows.

    Attributes:
        series: live, or as it was when the picture was frozen.
        known_until: until when the newest sample of a state is known to last, epoch seconds; None for numbers.
        is_derived: whether it is computed from others.
    """

    series: Series
    known_until: float | None
    is_derived: bool = False

    @property
    def key(self) -> Key:
        """(topic, field)."""
        return self.series.topic, self.series.field


class View:
    """The part of a stream that one plot shows. Used on the kernel's event loop only.

    Args:
        stream: where the series are.
        window: how much of the newest data is in view.
        derivations: what is shown besides; None for nothing.
    """

    def __init__(self, stream: SensorStream, window: Window, derivations: Derivations | None = None) -> None:
        self._stream = stream
        self._derivations = Derivations() if derivations is None else derivations
        self._window = window
        self._scales = ValueScales()
        self._palette = Palette()
        self._frozen: Frozen | None = None
        self._frozen_kin: Frozen | None = None
        self._labels: dict[Key, str] = {}
        self._described: dict[Key, Description] = {}  # all that have labels
        self._labelled_in: object = None  # in which series the labels were made
        self._held = HeldStates()
        self._strides = Strides()
        self._widths = Widths()
        self._fitted = FittedColumns()
        self._found_in: object = None  # in which series `_all` was found, where that holds until there are others
        self._all: dict[Key, Series] = {}
        self._viewed: dict[Key, ViewedSeries] = {}
        self._viewed_of: object = None
        self._viewport = Viewport(PixelColumns(1.0, 1), (0.0, 1.0))
        self._hidden: frozenset[Key] = frozenset()
        self._span: tuple[float, float] | None = None
        self._left: NewSamples | None = None
        self._measures: tuple[Measure, ...] = ()
        self.width_px = _USUAL_WIDTH_PX
        """How many pixels of the screen wide the picture is."""
        self.selection: tuple[float, float] | None = None
        """The span of time that is shaded, epoch seconds; None for none."""

    @property
    def span(self) -> tuple[float, float] | None:
        """Where a view that stays put begins and ends, epoch seconds; None while it goes with the newest."""
        return self._span

    @span.setter
    def span(self, span: tuple[float, float] | None) -> None:
        if not _are_as_long(span, self._span):
            self._scales.reset()
        if span is None:
            self._left = None
        elif self._span is None:
            with self._stream.reading(_FREEZING_S) as series:
                self._left = NewSamples(series)
        self._span = span

    @property
    def value_ranges(self) -> Mapping[str, tuple[float, float]]:
        """The ends of value axes that do not go by what is in view, by the symbol of their unit."""
        return self._scales.held

    @value_ranges.setter
    def value_ranges(self, ranges: Mapping[str, tuple[float, float]]) -> None:
        self._scales.held = dict(ranges)
        self._scales.reset()

    def unseen(self) -> int:
        """Samples that came since the view stays put."""
        if self._left is None:
            return 0
        with self._stream.reading() as series:
            return self._left.since(series)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measure of each value axis of the latest frame."""
        return self._measures

    @property
    def window(self) -> Window:
        """How much of the newest data is in view."""
        return self._window

    @window.setter
    def window(self, window: Window) -> None:
        self._window = window
        self._scales.reset()

    @property
    def hidden(self) -> frozenset[Key]:
        """(topic, field) of what is left out of the picture."""
        return self._hidden

    @hidden.setter
    def hidden(self, hidden: frozenset[Key]) -> None:
        self._hidden = hidden
        self._viewed_of = None
        self._scales.reset()

    def freeze(self, now: float) -> None:
        """Show nothing that comes from here on."""
        with self._stream.reading(_FREEZING_S) as series:
            self._frozen = Frozen(series, now, self._stream.last_message_at)
            derived = {key: kin.series for key, kin in self._derivations.lines.items() if len(kin.series)}
            self._frozen_kin = Frozen(derived, now, None)

    def thaw(self) -> None:
        """Show everything again."""
        self._frozen = self._frozen_kin = None

    @property
    def is_frozen(self) -> bool:
        """Whether it shows the past."""
        return self._frozen is not None

    @property
    def is_unfinished(self) -> bool:
        """Whether the next frame is finer, though nothing came."""
        return self._strides.is_unfinished

    def waiting(self) -> int:
        """Samples that came since the freeze."""
        if self._frozen is None:
            return 0
        with self._stream.reading() as series:
            return self._frozen.waiting(series)

    def frame(self, now: float, zone: tzinfo, zone_name: str) -> Frame:
        """The picture at `now` (epoch seconds), its clock in the viewer's time zone.

        What did not change since the last one is the same object in it.
        """
        with self._stream.reading() as live:
            found = self._found(live)
            self._follow(found)
            viewed = self._viewed.values()
            viewport = self._viewport_at(now)
            start, end = viewport.ends
            measures = [one.measure for one in viewed]
            places = self._scales.places(measures)
            drawn = self._drawn(viewport, places)
        self._measures = tuple(places)
        lines = tuple([line for line, _ in drawn])
        extents = [extent for _, extent in drawn]
        value_axes = self._scales.axes(places, measures, extents)
        nearest = None if self._span is None else nearest_outside(lines, start, end)
        times = time_axis(start, end, zone, zone_name) if lines else Axis((start, end), ())
        kin = self._derivations.lines
        hidden = len(self._hidden.intersection(found.keys() - kin.keys())) if self._hidden else 0
        notes = notes_of(kin, self._hidden, self._label, self._style) if kin else ()
        return Frame(
            lines,
            times,
            value_axes,
            hidden,
            spans=self._spans(),
            nearest=nearest,
            notes=notes,
            left_behind=self._left_behind(start),
        )

    def _left_behind(self, start: float) -> tuple[tuple[str, float], ...]:
        if self._span is not None:
            return ()
        in_samples, latest = self._window.samples is not None, start - APART_S
        if not [one for one in self._viewed.values() if one.last[0] < latest or one.is_silenced]:
            return ()  # as mostly, and there may be a thousand
        found = ((key, one.left_behind(start, in_samples=in_samples)) for key, one in self._viewed.items())
        return tuple([(self._label(key), time) for key, time in found if time is not None])

    def seen(self) -> tuple[Seen, ...]:
        """The series that the picture shows, also those without a point in it.

        Read them only while the stream is held still.
        """
        with self._stream.reading(0.0) as live:
            found = self._found(live)
            return tuple(
                Seen(one, self._known_until(one), key in self._derivations.lines)
                for key, one in found.items()
                if key not in self._hidden
            )

    def out_of_view(self, now: float) -> dict[str, float]:
        """Label → time of the newest sample of each line that is nowhere in the picture; epoch seconds."""
        start, end = self.ends(now)
        with self._stream.reading(0.0):
            lines = [one for one in self.seen() if not _is_within(one, start, end)]
            return {self._label(one.key): one.series.time_at(one.series.total - 1) for one in lines}

    def ends(self, now: float) -> tuple[float, float]:
        """The ends of the time axis at `now`, all in epoch seconds."""
        with self._stream.reading(0.0) as live:
            self._follow(self._found(live))
            return self._viewport_at(now).ends

    def look(self, key: Key) -> tuple[str, str, str]:
        """(label, CSS colour, line style) of a series of the stream, or of a derived one."""
        if key not in self._derivations.lines and key not in self._labels:
            self._name({key: NOTHING_SAID})
        return self._label(key), *self._style(key)

    def entries(self, now: float) -> tuple[Entry, ...]:
        """All series found, the hidden ones included, as they are at `now` (epoch seconds)."""
        with self._stream.reading() as live:
            now = now if self._frozen is None else self._frozen.at
            return tuple(self._entry(key, one, now) for key, one in self._found(live).items())

    def _found(self, live: Mapping[Key, Series]) -> dict[Key, Series]:
        """The series to show, the derived ones last, each with a label; the same object until there are others."""
        series = live if self._frozen is None else self._frozen.series
        kin = self._derivations.lines
        if kin or series is not self._found_in:
            found = {key: one for key, one in series.items() if one.total}
            if series is not self._labelled_in or not found.keys() <= self._labels.keys():
                self._name({key: one.description for key, one in found.items()})
                self._labelled_in = series
            self._all = found | self._found_kin(live) if kin else found
            self._found_in = None if kin or len(found) < len(series) else series
        return self._all

    def _found_kin(self, live: Mapping[Key, Series]) -> dict[Key, Series]:
        """The derived series there are to show."""
        kin = self._derivations.lines
        if self._frozen is None or self._frozen_kin is None:
            return {key: one.series for key, one in kin.items() if len(one.series)}
        for key, one in kin.items():
            until = self._frozen.newest_of(one.source, live.get(one.source))
            if until is not None:
                self._frozen_kin.add(key, one.series, until)
        return {key: self._frozen_kin.series[key] for key in kin if key in self._frozen_kin.series}

    def _name(self, found: Mapping[Key, Description]) -> None:
        """Label what is new. Series of earlier topics count as neighbours, so that a label seldom changes."""
        known = self._described if len(self._described) < _MOST_NAMES else {}
        described = {**known, **found}
        if described != self._described:
            self._described, self._labels = described, labels_of(described)

    def _follow(self, found: Mapping[Key, Series]) -> None:
        """Keep in step with the series that are to be seen."""
        if found is not self._viewed_of:
            former, self._viewed, self._viewed_of = self._viewed, {}, found
            for key, series in found.items():
                if key not in self._hidden:
                    one = former.get(key)
                    if one is None or one.series is not series:
                        one = self._newly_viewed(key, series)
                    one.look_again()
                    self._viewed[key] = one
        for one in self._viewed.values():
            one.follow()

    def _newly_viewed(self, key: Key, series: Series) -> ViewedSeries:
        kin = self._derivations.lines.get(key)
        if kin is None:
            return ViewedSeries(series, *self._palette.style(key))
        return ViewedSeries(series, *look_of(kin, self._palette), is_derived=True)

    def _label(self, key: Key) -> str:
        kin = self._derivations.lines.get(key)
        return self._labels[key] if kin is None else f"{kin.name} of {self._labels.get(kin.source, kin.source[0])}"

    def _style(self, key: Key) -> tuple[str, str]:
        """(CSS colour, line style)."""
        kin = self._derivations.lines.get(key)
        return self._palette.style(key) if kin is None else look_of(kin, self._palette)[:2]

    def _entry(self, key: Key, series: Series, now: float) -> Entry:
        color, dash = self._style(key)
        value = series.last[1] if series.last else 0.0
        rate_hz = sample_rate_hz(series, now)
        is_shown = key not in self.hidden
        return Entry(
            key, self._label(key), symbol(series.unit), color, dash, is_shown, series.is_state, rate_hz, value
        )

    def _viewport_at(self, now: float) -> Viewport:
        """The part of the series that is in view; the same object while that stays the same."""
        known, samples = self._viewport, self._window.samples
        if self._span is not None:
            columns = PixelColumns.of_span(*self._span, self.width_px)
            if (columns, self._span, True, samples) != (known.columns, known.ends, known.stays, known.samples):
                self._viewport = Viewport(columns, self._span, samples, stays=True)
        else:
            columns = self._newest_columns(now if self._frozen is None else self._frozen.at)
            if columns != known.columns or known.stays or samples != known.samples:
                self._viewport = Viewport(columns, columns.ends, samples)
        return self._viewport

    def _drawn(self, viewport: Viewport, places: Mapping[Measure, int]) -> list[tuple[Line, Extent]]:
        """The line of each series, and the values between which it is."""
        label = self._label if self._derivations.lines else self._labels.__getitem__
        strides, end = self._strides_in(viewport), viewport.ends[1]
        is_recut_at_once = viewport.stays or viewport.samples is None
        self._widths.share_out([*self._viewed.values()], viewport.columns.seconds, at_once=is_recut_at_once)
        return [
            one.drawn(viewport, label(key), places[one.measure], self._held_until(one, end), stride)
            if one.series.is_state
            else one.drawn(viewport, label(key), places[one.measure], None, stride)
            for (key, one), stride in zip(self._viewed.items(), strides, strict=True)
        ]

    def _newest_columns(self, now: float) -> PixelColumns:
        """The pixel columns of a picture that goes with the newest samples."""
        viewed = self._viewed.values()
        if self._window.samples is None:
            newest = self._newest_times()
            seconds = self._window.seconds or 0.0
            return columns_of_time_window(seconds, newest_to_show(newest, now, seconds), now, self.width_px)
        spans = [one.span(self._window.samples) for one in viewed]
        return self._fitted.fit(*ends_together(spans, now), self.width_px)

    def _newest_times(self) -> list[float]:
        """Of each line the time of its newest sample; where there are only states, until when they last."""
        viewed = self._viewed.values()
        if all(one.series.is_state for one in viewed):
            return [self._known_until(one.series) or one.last[0] for one in viewed]
        return [one.last[0] for one in viewed]

    def _strides_in(self, viewport: Viewport) -> list[int]:
        stays = viewport.stays or self._frozen is not None
        return self._strides.of(len(self._viewed), self.width_px, viewport if stays else None)

    def _spans(self) -> tuple[Span, ...]:
        return () if self.selection is None else (Span(*self.selection, SPAN_COLORS["selection"], "selection"),)

    def _held_until(self, viewed: ViewedSeries, end: float) -> float | None:
        """Until when the newest sample of a state is known to last, within the picture; None for numbers."""
        known_until = self._known_until(viewed.series)
        return None if known_until is None else min(end, known_until)

    def _known_until(self, series: Series) -> float | None:
        """Until when the newest sample of a state is known to last; None for numbers."""
        if not series.is_state:
            return None
        if self._frozen is not None:
            return self._held.until(series, self._frozen.known_until)
        live_until = self._stream.known_until((series.topic, series.field))
        return self._held.until(series, live_until or self._stream.last_message_at)


def _is_within(seen: Seen, start: float, end: float) -> bool:
    """Whether a sample of a series, or what is known to last of a state, lies between two times."""
    series = seen.series
    position = series.position_at(start)
    if position < series.total:
        return series.time_at(position) <= end
    return seen.known_until is not None and seen.known_until >= start


def _are_as_long(one: tuple[float, float] | None, other: tuple[float, float] | None) -> bool:
    """Whether two spans are of one length, but for the microseconds to which times are rounded."""
    if one is None or other is None:
        return one is other
    return abs((one[1] - one[0]) - (other[1] - other[0])) < _SAME_LENGTH_S

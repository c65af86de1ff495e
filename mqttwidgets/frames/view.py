"""Cuts Frames from a stream: the window, the freeze of a pause, the look of each series."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

import numpy as np

from ..decoding.judgement.units import symbol
from ..series import Series
from ..store import Key
from ..stream import SensorStream
from ..window import Window
from .axes import time_caption, time_ticks
from .columns import Columns
from .frame import Axis, Frame, Line
from .frozen import Frozen
from .growing import PointsInView
from .held import HeldStates
from .labels import shortest_labels
from .palette import Palette
from .roster import Entry, sample_rate_hz
from .scales import ValueScales, measure_of
from .time_range import FittedTimeRange, ends_of_time_window

_MOST_NAMES = 500
_FREEZING_S = 0.05  # for decoding what has come, as the event loop must not be held up


class View:
    """What one plot shows of a stream. Used on the kernel's event loop only.

    Args:
        stream: where the series are.
        window: how much of the newest data is in view.
    """

    def __init__(self, stream: SensorStream, window: Window) -> None:
        self._stream = stream
        self._window = window
        self._scales = ValueScales()
        self._palette = Palette()
        self._frozen: Frozen | None = None
        self._labels: dict[Key, str] = {}
        self._held = HeldStates()
        self._columns = Columns()
        self._time_range = FittedTimeRange()
        self._points: dict[Key, PointsInView] = {}
        self._hidden: frozenset[Key] = frozenset()

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
        self._scales.reset()

    def freeze(self, now: float) -> None:
        """Show nothing that comes from here on."""
        with self._stream.reading(_FREEZING_S) as series:
            self._frozen = Frozen(series, now, self._stream.last_message_at)

    def thaw(self) -> None:
        """Show everything again."""
        self._frozen = None

    @property
    def is_frozen(self) -> bool:
        """Whether it shows the past."""
        return self._frozen is not None

    def waiting(self) -> int:
        """Samples that came since the freeze."""
        if self._frozen is None:
            return 0
        with self._stream.reading() as series:
            return self._frozen.waiting(series)

    def frame(self, now: float, zone: tzinfo, zone_name: str) -> Frame:
        """The picture at `now` (epoch seconds), its clock in the viewer's time zone."""
        with self._stream.reading() as live:
            found = self._found(live)
            shown = {key: one for key, one in found.items() if key not in self.hidden}
            start, end = self._ends(shown, now if self._frozen is None else self._frozen.at)
            places = self._scales.places(map(measure_of, shown.values()))
            columns = self._columns.among(len(shown))
            self._points = {key: self._points.get(key) or PointsInView() for key in shown}
            lines = tuple(self._line(one, columns, places[measure_of(one)], start, end) for one in shown.values())
        value_axes = self._scales.axes(places, lines, start)
        return Frame(
            lines, self._time_axis(lines, start, end, zone, zone_name), value_axes, len(found) - len(shown)
        )

    def entries(self, now: float) -> tuple[Entry, ...]:
        """All series found, the hidden ones included, as they are at `now` (epoch seconds)."""
        with self._stream.reading() as live:
            now = now if self._frozen is None else self._frozen.at
            return tuple(self._entry(key, one, now) for key, one in self._found(live).items())

    def _found(self, live: Mapping[Key, Series]) -> dict[Key, Series]:
        """The series there are to show, each with a label."""
        series = live if self._frozen is None else self._frozen.series
        found = {key: one for key, one in series.items() if len(one)}
        self._name(found)
        return found

    def _name(self, found: Mapping[Key, Series]) -> None:
        """Label what is new. Series of earlier topics count as neighbours, so that a label seldom changes."""
        if any(key not in self._labels for key in found):
            known = (*self._labels, *found) if len(self._labels) < _MOST_NAMES else tuple(found)
            self._labels = shortest_labels(dict.fromkeys(known))

    def _entry(self, key: Key, series: Series, now: float) -> Entry:
        color, dash = self._palette.style(key)
        value = series.last[1] if series.last else 0.0
        rate_hz = sample_rate_hz(series, now)
        is_shown = key not in self.hidden
        return Entry(
            key, self._labels[key], symbol(series.unit), color, dash, is_shown, series.is_state, rate_hz, value
        )

    def _ends(self, shown: Mapping[Key, Series], now: float) -> tuple[float, float]:
        """The ends of the time axis."""
        newest = max((one.last[0] for one in shown.values() if one.last is not None), default=now)
        if self._window.seconds is not None:
            return ends_of_time_window(self._window.seconds, newest, now)
        oldest = min((one.time_at(self._first_position(one)) for one in shown.values()), default=now)
        return self._time_range.fit(oldest, newest)

    def _first_position(self, series: Series) -> int:
        """Where a window of samples begins."""
        return series.total - min(self._window.samples or 0, len(series))

    def _line(self, series: Series, columns: int, place: int, start: float, end: float) -> Line:
        key = (series.topic, series.field)
        points = self._points[key]
        left = self._first_position(series) if self._window.seconds is None else start
        points.follow(series, self._window, columns, left)
        time, value = points.time, points.value
        last = series.last or (0.0, 0.0)
        if series.is_state:
            heard = self._stream.last_message_at if self._frozen is None else self._frozen.known_until
            held_until = min(end, self._held.until(series, heard))
            time, value = np.append(time, held_until), np.append(value, last[1])
        color, dash = self._palette.style(key)
        return Line(
            key,
            self._labels[key],
            symbol(series.unit),
            color,
            dash,
            time,
            value,
            (points.cut, points.first, series.total, float(time[-1])),
            points.cut,
            points.first,
            points.settled,
            last,
            place,
            series.is_state,
        )

    def _time_axis(self, lines: tuple[Line, ...], start: float, end: float, zone: tzinfo, zone_name: str) -> Axis:
        if not lines:
            return Axis((start, end), ())
        ticks = time_ticks(start, end, zone)
        caption = time_caption(start, end, zone, zone_name)
        return Axis((start, end), tuple(ticks), tuple(ticks.values()), caption=caption)

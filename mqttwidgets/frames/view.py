"""Cuts Frames from a stream: the window, the freeze of a pause, the look of each series."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo

import numpy as np

from ..decoding.judgement.units import symbol
from ..series import Cut, Series
from ..store import Key
from ..stream import SensorStream
from ..window import Window
from .axes import time_caption, time_ticks
from .decimate import points
from .frame import Axis, Frame, Line
from .frozen import Frozen
from .held import HeldStates
from .labels import shortest_labels
from .palette import Palette
from .roster import Entry, sample_rate_hz
from .scales import ValueScales, measure_of

_MOST_COLUMNS, _FEWEST_COLUMNS, _ALL_COLUMNS = 1_000, 200, 10_000
_STEPS_A_WINDOW = 100
_SHORTEST_STEP_S = 0.25
_LONGEST_SILENCE = 0.5
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
            end = self._end(shown, now if self._frozen is None else self._frozen.at)
            cuts = {key: self._cut(one, end) for key, one in shown.items()}
            places = self._scales.places(map(measure_of, shown.values()))
            columns = min(_MOST_COLUMNS, max(_FEWEST_COLUMNS, _ALL_COLUMNS // max(len(shown), 1)))
            lines = tuple(
                self._line(one, cuts[key], columns, places[measure_of(one)], end) for key, one in shown.items()
            )
        start = self._start(cuts, end)
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

    def _end(self, shown: Mapping[Key, Series], now: float) -> float:
        """The right end of the time axis.

        It goes on with the clock, so that silence shows as an empty stretch; but no further than half a
        window, so that what was last received stays in view. It moves in steps, as each move redraws all.
        """
        newest = max((one.last[0] for one in shown.values() if one.last is not None), default=now)
        if self._window.seconds is None:
            return newest
        step = max(_SHORTEST_STEP_S, self._window.seconds / _STEPS_A_WINDOW)
        end = max(newest, min(now, newest + _LONGEST_SILENCE * self._window.seconds))
        return (end // step + 1) * step

    def _cut(self, series: Series, end: float) -> Cut:
        if self._window.seconds is None:
            return series.cut(max(0, series.total - (self._window.samples or 0)))
        start = series.position_at(end - self._window.seconds)
        return series.cut(max(0, start - 1))  # one more, for the line to enter at the left edge

    def _start(self, cuts: Mapping[Key, Cut], end: float) -> float:
        if self._window.seconds is not None:
            return end - self._window.seconds
        starts = [float(cut.time[0]) for cut in cuts.values() if len(cut.time)]
        return min(starts) if starts and min(starts) < end else end - 1.0

    def _line(self, series: Series, cut: Cut, columns: int, place: int, end: float) -> Line:
        key = (series.topic, series.field)
        time, value = points(cut, self._window, columns, steps=series.is_state)
        last = (float(cut.time[-1]), float(cut.value[-1]))
        if series.is_state:
            heard = self._stream.last_message_at if self._frozen is None else self._frozen.known_until
            held_until = min(end, self._held.until(series, heard))
            time, value = np.append(time, held_until), np.append(value, last[1])
        color, dash = self._palette.style(key)
        version = (cut.first, series.total, self._window, columns, float(time[-1]))
        return Line(
            key,
            self._labels[key],
            symbol(series.unit),
            color,
            dash,
            time,
            value,
            version,
            version,
            0,
            0,
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

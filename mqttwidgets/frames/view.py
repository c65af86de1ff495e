"""Cuts Frames from a stream: the window, the freeze of a pause, the look of each series."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import tzinfo

import numpy as np

from ..series import Cut, Series
from ..store import Key
from ..stream import SensorStream
from ..window import Window
from .axes import ValueRange, time_caption, time_ticks, value_ticks
from .decimate import points
from .frame import Axis, Frame, Line
from .labels import shortest_labels
from .palette import Palette

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
        self._range = ValueRange()
        self._palette = Palette()
        self._frozen: Mapping[Key, Series] | None = None
        self._frozen_from: Mapping[Key, Series] = {}
        self._frozen_at = 0.0
        self._labels: dict[Key, str] = {}

    @property
    def window(self) -> Window:
        """How much of the newest data is in view."""
        return self._window

    @window.setter
    def window(self, window: Window) -> None:
        self._window = window
        self._range.reset()

    def freeze(self, now: float) -> None:
        """Show nothing that comes from here on. What is shown is copied, as the ring would overwrite it."""
        with self._stream.reading(_FREEZING_S) as series:
            self._frozen_from = dict(series)
            self._frozen = {key: one.copy() for key, one in series.items()}
            self._frozen_at = now

    def thaw(self) -> None:
        """Show everything again."""
        self._frozen, self._frozen_from = None, {}

    @property
    def is_frozen(self) -> bool:
        """Whether it shows the past."""
        return self._frozen is not None

    def waiting(self) -> int:
        """Samples that came since the freeze."""
        if self._frozen is None:
            return 0
        with self._stream.reading() as series:
            return sum(one.total - self._shown_of(key, one) for key, one in series.items())

    def _shown_of(self, key: Key, live: Series) -> int:
        """How many samples of a live series were there when the picture froze."""
        is_same = self._frozen_from.get(key) is live
        return self._frozen[key].total if self._frozen is not None and is_same else 0

    def frame(self, now: float, zone: tzinfo, zone_name: str) -> Frame:
        """The picture at `now` (epoch seconds), its clock in the viewer's time zone."""
        now = self._frozen_at if self._frozen is not None else now
        with self._stream.reading() as series:
            shown = series if self._frozen is None else self._frozen
            end = self._end(shown, now)
            cuts = {key: self._cut(one, end) for key, one in shown.items()}
            lines = self._lines(shown, cuts)
        start = self._start(cuts, end)
        ticks = time_ticks(start, end, zone) if lines else {}
        caption = time_caption(start, end, zone, zone_name) if lines else ""
        time_axis = Axis((start, end), tuple(ticks), tuple(ticks.values()), caption=caption)
        return Frame(lines, time_axis, self._value_axis(lines, start))

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

    def _lines(self, shown: Mapping[Key, Series], cuts: Mapping[Key, Cut]) -> tuple[Line, ...]:
        self._name(shown)
        columns = min(_MOST_COLUMNS, max(_FEWEST_COLUMNS, _ALL_COLUMNS // max(len(shown), 1)))
        return tuple(
            self._line(one, cuts[key], self._labels[key], columns)
            for key, one in shown.items()
            if len(cuts[key].time)
        )

    def _name(self, shown: Mapping[Key, Series]) -> None:
        """Label what is new. Series of earlier topics count as neighbours, so that a label seldom changes."""
        if any(key not in self._labels for key in shown):
            known = (*self._labels, *shown) if len(self._labels) < _MOST_NAMES else tuple(shown)
            self._labels = shortest_labels(dict.fromkeys(known))

    def _line(self, series: Series, cut: Cut, label: str, columns: int) -> Line:
        key = (series.topic, series.field)
        time, value = points(cut, self._window, columns)
        color, dash = self._palette.style(key)
        version = (cut.first, series.total, self._window, columns)
        return Line(
            key, label, series.unit, color, dash, time, value, version, (float(cut.time[-1]), float(cut.value[-1]))
        )

    def _value_axis(self, lines: tuple[Line, ...], start: float) -> Axis:
        least, greatest = math.inf, -math.inf
        for line in lines:
            inside = line.value[line.time >= start]
            inside = inside if len(inside) else line.value[-1:]
            least = min(least, float(np.nanmin(inside)))
            greatest = max(greatest, float(np.nanmax(inside)))
        if not lines:
            return Axis((0.0, 1.0), ())
        ends = self._range.fit(least, greatest)
        ticks, tick_format = value_ticks(*ends)
        units = {line.unit for line in lines}
        return Axis(ends, tuple(ticks), tick_format=tick_format, caption=units.pop() if len(units) == 1 else "")

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
        self._frozen: dict[Key, int] | None = None
        self._frozen_at = 0.0

    @property
    def window(self) -> Window:
        """How much of the newest data is in view."""
        return self._window

    @window.setter
    def window(self, window: Window) -> None:
        self._window = window
        self._range.reset()

    def freeze(self, now: float) -> None:
        """Show nothing that comes from here on."""
        with self._stream.reading() as series:
            self._frozen = {key: one.total for key, one in series.items()}
            self._frozen_at = now

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
            return sum(one.total - self._frozen.get(key, 0) for key, one in series.items())

    def frame(self, now: float, zone: tzinfo, zone_name: str) -> Frame:
        """The picture at `now` (epoch seconds), its clock in the viewer's time zone."""
        with self._stream.reading() as series:
            shown = {key: one for key, one in series.items() if self._stop(key, one) > 0}
            now = self._frozen_at if self._frozen is not None else now
            end = self._end(shown, now)
            cuts = {key: self._cut(key, one, end) for key, one in shown.items()}
            lines = self._lines(shown, cuts)
        start = self._start(cuts, end)
        ticks = time_ticks(start, end, zone) if lines else {}
        caption = time_caption(start, end, zone, zone_name) if lines else ""
        time_axis = Axis((start, end), tuple(ticks), tuple(ticks.values()), caption=caption)
        return Frame(lines, time_axis, self._value_axis(lines, start))

    def _stop(self, key: Key, series: Series) -> int:
        return series.total if self._frozen is None else self._frozen.get(key, 0)

    def _end(self, shown: Mapping[Key, Series], now: float) -> float:
        """The right end of the time axis.

        It goes on with the clock, so that silence shows as an empty stretch; but no further than half a
        window, so that what was last received stays in view. It moves in steps, as each move redraws all.
        """
        newest = max((self._newest(key, one) for key, one in shown.items()), default=now)
        if self._window.seconds is None:
            return newest
        step = max(_SHORTEST_STEP_S, self._window.seconds / _STEPS_A_WINDOW)
        end = max(newest, min(now, newest + _LONGEST_SILENCE * self._window.seconds))
        return (end // step + 1) * step

    def _newest(self, key: Key, series: Series) -> float:
        stop = self._stop(key, series)
        cut = series.cut(stop - 1, stop)
        return float(cut.time[-1]) if len(cut.time) else 0.0

    def _cut(self, key: Key, series: Series, end: float) -> Cut:
        stop = self._stop(key, series)
        if self._window.seconds is None:
            return series.cut(max(0, stop - (self._window.samples or 0)), stop)
        start = series.position_at(end - self._window.seconds)
        return series.cut(max(0, start - 1), stop)  # one more, for the line to enter at the left edge

    def _start(self, cuts: Mapping[Key, Cut], end: float) -> float:
        if self._window.seconds is not None:
            return end - self._window.seconds
        starts = [float(cut.time[0]) for cut in cuts.values() if len(cut.time)]
        return min(starts) if starts and min(starts) < end else end - 1.0

    def _lines(self, shown: Mapping[Key, Series], cuts: Mapping[Key, Cut]) -> tuple[Line, ...]:
        labels = shortest_labels(shown)
        columns = min(_MOST_COLUMNS, max(_FEWEST_COLUMNS, _ALL_COLUMNS // max(len(shown), 1)))
        return tuple(
            self._line(one, cuts[key], labels[key], columns) for key, one in shown.items() if len(cuts[key].time)
        )

    def _line(self, series: Series, cut: Cut, label: str, columns: int) -> Line:
        key = (series.topic, series.field)
        time, value = points(cut, self._window, columns)
        color, dash = self._palette.style(key)
        version = (
            cut.first,
            series.total if self._frozen is None else self._frozen.get(key, 0),
            self._window,
            columns,
        )
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

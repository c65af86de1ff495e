"""The alarms of a stream as one plot shows them: drawn into its frames, told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timezone, tzinfo
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from ..analysis.alarms.alarms import On
from ..analysis.analysis import Analysis
from ..base.model import FloatArray, Key
from ..base.text import printable, quantity
from ..series.ring import Series
from .frame import SPAN_COLORS, Frame, Level, Span
from .texts import clock_time

_COLOR = SPAN_COLORS["alarm"]
_MOST_NAMED = 2
_MOST_SPANS = 200
_LEAST_GAP = 1 / 1000  # of the picture; what is nearer is drawn as one


class AlarmWords(NamedTuple):
    """The words on the alarms that are on.

    Attributes:
        notice: all of them in a sentence, and what is wrong with the user's functions; `""` for nothing.
        signs: (topic, field) → a sign and words, for the legend.
    """

    notice: str = ""
    signs: Mapping[Key, str] = {}


class PlotAlarms:
    """The limits and alarms of a stream as one plot shows them.

    On the kernel's event loop it attends to the stream's analysis: the user's functions are called there, when no
    lock is held.

    Args:
        analysis: of the stream.
        zone: gives the viewer's time zone, which events are printed in.
        is_here: says whether this is the event loop that the plot draws on.
    """

    def __init__(
        self,
        analysis: Analysis,
        zone: Callable[[], tzinfo] = lambda: timezone.utc,
        is_here: Callable[[], bool] = lambda: True,
    ) -> None:
        self._analysis = analysis
        self._zone = zone
        self._is_here = is_here
        self._past: dict[tuple[Key, str], FloatArray] = {}
        self._past_revision = 0
        self.may_call = True
        """Whether it calls the user's functions: not once it is closed."""

    @property
    def zone(self) -> tzinfo:
        """The viewer's time zone."""
        return self._zone()

    @property
    def is_here(self) -> bool:
        """Whether this is the event loop that the plot draws on."""
        return self._is_here()

    def close(self) -> None:
        """Look at nothing more, and call nobody any more; the events stay."""
        self.may_call = False
        self._analysis.leave(self)

    def keep_up(self, series: Mapping[Key, Series]) -> None:
        """Look at what else is to be looked at, and have the user's functions called soon, on the event loop.

        Args:
            series: of the stream, held still.
        """
        if self._analysis.alarms.limits:
            self._analysis.hold_against_limits(series)
            if self.may_call and self.is_here:
                self._analysis.calls.soon(self)

    def annotated(self, frame: Frame) -> Frame:
        """A frame with the limits of what it shows, and the alarms in view; while the series are held still."""
        if not self._analysis.alarms.limits or not frame.lines:
            return frame
        return replace(frame, levels=tuple(self._levels(frame)), spans=(*frame.spans, *self._spans(frame)))

    def words(self, frame: Frame, zone: tzinfo) -> AlarmWords:
        """The words on them, while the series are held still.

        Args:
            frame: for the names of the series.
            zone: the viewer's time zone.
        """
        if not self._analysis.alarms.limits:
            return AlarmWords()
        alarms = sorted(self._analysis.alarms.on(), key=lambda on: on.event.start_s)
        names = {line.key: line.label for line in frame.lines}
        parts = [
            f"{_name(on, names)} {on.event.limit} since {clock_time(on.event.start_s, zone)}" for on in alarms
        ]
        sentences = []
        if parts:
            more = len(parts) - _MOST_NAMED
            listed = "; ".join([*parts[:_MOST_NAMED], *([f"and {more:,} more"] if more > 0 else [])])
            sentences.append(f"{quantity(len(parts), 'alarm')}: {listed}.")
        sentences += [*self._analysis.calls.errors.values()]
        signs: dict[Key, str] = {}
        for on in alarms:
            signs[on.key] = " ".join(filter(None, [signs.get(on.key), on.event.sign_and_limit]))
        return AlarmWords(" ".join(sentences), signs)

    # Drawing.

    def _levels(self, frame: Frame) -> Iterator[Level]:
        """One for each side of each limit and each axis that it applies to."""
        for limit in self._analysis.alarms.limits:
            units = {line.place: line.unit for line in frame.lines if limit.patterns.match(*line.key)}
            for place, unit in units.items():
                for side in limit.sides:
                    yield Level(side.threshold, place, limit.text_of(side, unit), _COLOR)

    def _spans(self, frame: Frame) -> list[Span]:
        """The alarms in view of the series shown, those of one limit that are close together as one."""
        start, end = frame.time_axis.ends
        shown = {line.key for line in frame.lines}
        found: dict[str, list[FloatArray]] = {}
        for (key, label), ends in self._ends_of_past().items():
            if key in shown:
                found.setdefault(label, []).append(ends[(ends[:, 1] >= start) & (ends[:, 0] <= end)])
        for on in self._analysis.alarms.on():
            if on.key in shown and on.newest_s >= start:
                ends = np.array([[on.event.start_s, on.newest_s]])
                found.setdefault(on.event.sign_and_limit, []).append(ends)
        gap = _LEAST_GAP * (end - start)
        spans = [
            Span(*ends, _COLOR, "alarm", label)
            for label, each in found.items()
            for ends in _joined(np.concatenate(each), gap)
        ]
        return sorted(spans, key=lambda span: span.start)[-_MOST_SPANS:]

    def _ends_of_past(self) -> Mapping[tuple[Key, str], FloatArray]:
        """When the alarms that are over began and ended, shape (n, 2), by series and limit.

        They may be many, and a frame must not take long: they are gone through only after one of them changed.
        """
        events = self._analysis.alarms.log
        if self._past_revision != events.revision:
            self._past_revision = events.revision
            past: dict[tuple[Key, str], list[tuple[float, float]]] = {}
            for event in events:
                if event.end_s is not None:
                    name = (event.topic, event.field), event.sign_and_limit
                    past.setdefault(name, []).append((event.start_s, event.end_s))
            self._past = {name: np.array(ends) for name, ends in past.items()}
        return self._past


def _joined(ends: FloatArray, gap: float) -> Iterator[tuple[float, float]]:
    """Stretches of time in order, those that overlap or are no farther apart than `gap` as one."""
    if not len(ends):
        return
    begins, stops = ends[ends[:, 0].argsort(kind="stable")].T
    stops = np.maximum.accumulate(stops)
    (last,) = (begins[1:] - stops[:-1] > gap).nonzero()
    yield from zip(begins[[0, *(last + 1)]].tolist(), stops[[*last, -1]].tolist(), strict=True)


def _name(on: On, names: Mapping[Key, str]) -> str:
    return names.get(on.key) or printable(" ".join(on.key).strip(), 60)

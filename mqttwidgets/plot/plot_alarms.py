"""The alarms of one plot: found in its stream, drawn into its frames, told in words and by calling functions."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timezone, tzinfo
from typing import NamedTuple

import numpy as np

from ..analysis.alarms.all_limits import Alarms, Call, On
from ..analysis.alarms.events import EventTable
from ..analysis.alarms.limit import Limit
from ..base.log import log
from ..base.model import Batch, FloatArray, Key
from ..base.text import printable, quantity
from ..sensor_stream import SensorStream
from ..series.ring import Series
from .annotations import SPAN_COLORS, Level, Span
from .frame import Frame
from .texts import clock_time

_COLOR = SPAN_COLORS["alarm"]
_SLICE_S = 0.01  # as the event loop must not be held up
_MOST_NAMED = 2
_MOST_SPANS = 200
_LEAST_GAP = 1 / 1000  # of the picture; what is nearer is drawn as one
_LONGEST_ERROR = 120


class AlarmWords(NamedTuple):
    """What is said of the alarms that are on.

    Attributes:
        notice: all of them in a sentence, and what is wrong with the user's functions; `""` for nothing.
        signs: (topic, field) → a sign and words, for the legend.
    """

    notice: str = ""
    signs: Mapping[Key, str] = {}


class PlotAlarms:
    """Limits and events of one plot.

    Every sample is held against the limits as it is stored, in whatever thread does that; all else happens on the
    kernel's event loop, the user's functions when no lock is held.

    Args:
        stream: where the samples come from.
        beside: given the stream's series, these and those that are derived from them, by (topic, field).
        zone: gives the viewer's time zone and its name, which events are printed in.
    """

    def __init__(
        self,
        stream: SensorStream,
        beside: Callable[[Mapping[Key, Series]], Mapping[Key, Series]] = dict,
        zone: Callable[[], tuple[tzinfo, str]] = lambda: (timezone.utc, "UTC"),
    ) -> None:
        self._stream = stream
        self._beside = beside
        self._zone = zone
        self._alarms = Alarms(stream.known_until)
        self._errors: dict[Limit, str] = {}
        self._tasks: set[asyncio.Future[object]] = set()
        self._past: dict[tuple[Key, str], FloatArray] = {}
        self._past_revision = 0
        self._due: deque[Call] = deque()
        self._is_closed = False
        self._is_calling = False  # or soon again

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits, in the order in which they were made."""
        return self._alarms.limits

    def add(self, limit: Limit) -> None:
        """Have one more limit; a long history is looked at bit by bit."""
        with self._stream.reading() as series:
            self._stream.listen(self)
            self._alarms.add(limit, self._beside(series))

    def remove(self, limit: Limit) -> None:
        """Have a limit no more."""
        with self._stream.reading():
            self._alarms.remove(limit)
            self._errors.pop(limit, None)

    def close(self) -> None:
        """Look at nothing more, and call nobody any more; the events stay."""
        self._is_closed = True
        self._stream.ignore(self)

    def events(self) -> EventTable:
        """All events up to now."""
        with self._stream.reading() as series:
            while self._alarms.follow(self._beside(series)):
                pass
            return self._alarms.log.table(*self._zone())

    def stored(self, batch: Batch, series: Mapping[Key, Series]) -> None:
        """Hold what was stored against the limits."""
        self._alarms.take(batch, series)

    def keep_up(self, series: Mapping[Key, Series]) -> None:
        """Look at what else is to be looked at, and have the user's functions called soon.

        Args:
            series: of the stream, held still.
        """
        if not self.limits:
            return
        self._alarms.follow(self._beside(series))
        if self._alarms.has_calls and not self._is_calling:
            self._is_calling = True
            asyncio.get_running_loop().call_soon(self._call_users)

    def annotated(self, frame: Frame) -> Frame:
        """A frame with the limits of what it shows, and the alarms in view; while the series are held still."""
        if not self.limits or not frame.lines:
            return frame
        return replace(frame, levels=tuple(self._levels(frame)), spans=(*frame.spans, *self._spans(frame)))

    def words(self, frame: Frame, zone: tzinfo) -> AlarmWords:
        """What is to be said. While the series are held still.

        Args:
            frame: for the names of the series.
            zone: the viewer's time zone.
        """
        if not self.limits:
            return AlarmWords()
        alarms = sorted(self._alarms.on(), key=lambda on: on.event.start_s)
        names = {line.key: line.label for line in frame.lines}
        parts = [
            f"{_name(on, names)} {on.event.limit} since {clock_time(on.event.start_s, zone)}" for on in alarms
        ]
        sentences = []
        if parts:
            more = len(parts) - _MOST_NAMED
            listed = "; ".join([*parts[:_MOST_NAMED], *([f"and {more:,} more"] if more > 0 else [])])
            sentences.append(f"{quantity(len(parts), 'alarm')}: {listed}.")
        sentences += self._errors.values()
        signs: dict[Key, str] = {}
        for on in alarms:
            signs[on.key] = " ".join(filter(None, [signs.get(on.key), on.event.sign_and_limit]))
        return AlarmWords(" ".join(sentences), signs)

    # Drawing.

    def _levels(self, frame: Frame) -> Iterator[Level]:
        """One for each side of each limit and each axis that it applies to."""
        for limit in self.limits:
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
        for on in self._alarms.on():
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
        events = self._alarms.log
        if self._past_revision != events.revision:
            self._past_revision = events.revision
            past: dict[tuple[Key, str], list[tuple[float, float]]] = {}
            for event in events:
                if event.end_s is not None:
                    name = (event.topic, event.field), event.sign_and_limit
                    past.setdefault(name, []).append((event.start_s, event.end_s))
            self._past = {name: np.array(ends) for name, ends in past.items()}
        return self._past

    # The user's functions, on the event loop.

    def _call_users(self) -> None:
        """Call what is due, in order, the rest later where it takes long."""
        rest_at = time.monotonic() + _SLICE_S
        try:
            while self._has_due():
                self._call(self._due.popleft())
                if time.monotonic() > rest_at:
                    return
            self._is_calling = False
        finally:  # also where a function was interrupted
            if self._is_calling:
                asyncio.get_running_loop().call_soon(self._call_users)

    def _has_due(self) -> bool:
        """Whether a function is due; those that became due meanwhile come behind those that wait."""
        if self._is_closed:
            self._due.clear()
            return False
        if not self._due:
            self._due.extend(self._alarms.take_calls())
            if self._alarms.calls_left_out:
                log.warning("%s calls of limits were left out: more than could wait", self._alarms.calls_left_out)
                self._alarms.calls_left_out = 0
        return bool(self._due)

    def _call(self, call: Call) -> None:
        function = call.limit.call
        if function is None or call.limit not in self.limits:
            return
        try:
            result = function(replace(call.event, zone=self._zone()[0]))
            if not inspect.isawaitable(result):
                self._errors.pop(call.limit, None)
                return
            task = asyncio.ensure_future(result)
        except Exception as error:
            self._note_error(call.limit, error)
            return
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(call.limit, done))

    def _finished(self, limit: Limit, task: asyncio.Future[object]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            self._errors.pop(limit, None)
        else:
            self._note_error(limit, error)

    def _note_error(self, limit: Limit, error: BaseException) -> None:
        log.error("the function called by %r raised an error", limit, exc_info=error)
        if limit in self.limits:
            what = printable(f"{type(error).__name__}: {error}", _LONGEST_ERROR)
            names = ", ".join(limit.text_of(side) for side in limit.sides)
            self._errors[limit] = f"The function called by the limit {printable(names)} raised {what}."


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

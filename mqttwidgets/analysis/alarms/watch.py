"""One series held against all limits that apply to it: its samples are read once for all of them."""

from __future__ import annotations

import math
import weakref

import numpy as np

from ...series.ring import Series
from .side import Bounds
from .stretches import Run
from .tracker import Episode, Tracker

MOST_AT_ONCE = 250_000
"""Samples of a series looked at in one go; a long history takes several."""


class Watch:
    """Brings the trackers of one series up to date. Used while the series is held still.

    Most samples are within all limits, and no alarm is on: then no tracker is asked at all.

    Args:
        series: the series; not kept alive.

    Attributes:
        trackers: one for each side of each limit.
    """

    def __init__(self, series: Series) -> None:
        self._series = weakref.ref(series)
        self.trackers: list[Tracker] = []
        self._behind: list[Tracker] = []  # those that have not looked at all that the others have
        self._position = 0  # up to which all others have looked
        self._total = -1
        self._merges = series.merges
        self._is_interrupted = False
        self._known_until = -math.inf  # when the newest sample of a state was last known to last
        self._within = (
            math.inf,
            -math.inf,
        )  # values up to the one and from the other on are no alarm

    @property
    def series(self) -> Series | None:
        """The series; None once nobody holds it."""
        return self._series()

    def add(self, tracker: Tracker) -> None:
        """Have one more tracker."""
        self.trackers.append(tracker)
        self._behind.append(tracker)
        self._total = -1
        self._note_thresholds()

    def remove(self, tracker: Tracker) -> None:
        """Have a tracker no more."""
        self.trackers.remove(tracker)
        self._behind = [each for each in self._behind if each is not tracker]
        self._note_thresholds()

    @property
    def is_up_to_date(self) -> bool:
        """Whether every sample was looked at."""
        series = self.series
        return series is None or (
            series.total == self._total
            and series.merges == self._merges
            and series.is_interrupted == self._is_interrupted
        )

    def pass_over(self, series: Series, value: list[float]) -> bool:
        """Be done with samples that were stored just now, where none of them matters; whether that is so.

        Args:
            series: the series.
            value: shape (n,), n at least 1, the samples' values.
        """
        is_next = series.total == self._total + len(value) and series.merges == self._merges
        least, greatest = min(value), max(value)  # one of them is NaN where the first value is
        above, below = self._within
        if not (is_next and greatest <= above and least >= below) or any(each.is_awake for each in self.trackers):
            return False
        self._total = self._position = series.total
        self._is_interrupted = series.is_interrupted
        return True

    def advance(self) -> list[tuple[Tracker, Episode]]:
        """Look at what is new, a part of it where that is much; the alarms that are new or changed."""
        series = self.series
        if series is None or self.is_up_to_date:
            return []
        if series.merges != self._merges:
            self._go_back(series)
        changed: list[tuple[Tracker, Episode]] = []
        total = series.total
        if self._position < total and len(self._behind) < len(self.trackers):
            changed += self._look(series)
        places: dict[int, list[Tracker]] = {}
        for tracker in self._behind:
            if tracker.position < total:
                places.setdefault(tracker.position, []).append(tracker)
        for position, trackers in places.items():
            run = _run(series, position)
            for tracker in trackers:
                changed += [(tracker, episode) for episode in tracker.take(run)]
        self._catch_up()
        if not self._behind and self._position == total:
            changed += self._finish(series)
        return changed

    @property
    def awaits_time(self) -> bool:
        """Whether the passing of time alone may make a state that goes on an alarm, or an alarm longer."""
        series = self.series
        is_known = series is not None and series.is_state and not series.is_interrupted and self.is_up_to_date
        return is_known and any(tracker.is_awake for tracker in self.trackers)

    def hold(self, until: float) -> list[tuple[Tracker, Episode]]:
        """Have the newest sample of a state last until a moment, epoch seconds; the alarms that changed."""
        self._known_until = max(self._known_until, until)
        return [(tracker, episode) for tracker in self.trackers for episode in tracker.hold(self._known_until)]

    def interrupt(self) -> list[tuple[Tracker, Episode]]:
        """End what is on, as nothing is known of the series from here on; the alarms that changed."""
        return [(tracker, episode) for tracker in self._in_step() for episode in tracker.interrupt()]

    def _look(self, series: Series) -> list[tuple[Tracker, Episode]]:
        """Have the next samples looked at by those trackers that are in step and may mind them."""
        run = _run(series, self._position)
        asked = [each for each in self._in_step() if each.is_awake or each.side.may_enter(run.bounds)]
        self._position = run.first + len(run.time)
        return [(tracker, episode) for tracker in asked for episode in tracker.take(run)]

    def _go_back(self, series: Series) -> None:
        """Have looked only up to where the series changed."""
        unchanged = series.unchanged_to(self._merges)
        self._merges, self._total = series.merges, -1
        self._in_step()
        for tracker in self.trackers:
            tracker.rewind(series, unchanged)
        self._behind = [*self.trackers]
        self._catch_up()

    def _in_step(self) -> list[Tracker]:
        """The trackers that are not behind, each told where it is."""
        behind = set(map(id, self._behind))
        in_step = [tracker for tracker in self.trackers if id(tracker) not in behind]
        for tracker in in_step:
            tracker.pass_over(self._position)
        return in_step

    def _catch_up(self) -> None:
        """Have those trackers in step that are, or all where there are no others."""
        if self._behind and len(self._behind) == len(self.trackers):
            self._position = max(tracker.position for tracker in self._behind)
        self._behind = [tracker for tracker in self._behind if tracker.position != self._position]

    def _note_thresholds(self) -> None:
        sides = [tracker.side for tracker in self.trackers]
        self._within = (
            min((side.threshold for side in sides if side.is_above), default=math.inf),
            max((side.threshold for side in sides if not side.is_above), default=-math.inf),
        )

    def _finish(self, series: Series) -> list[tuple[Tracker, Episode]]:
        self._total, self._is_interrupted = series.total, series.is_interrupted
        changed = self.hold(self._known_until) if series.is_state else []
        changed += self.interrupt() if self._is_interrupted else []
        return changed + [(tracker, episode) for tracker in self.trackers for episode in tracker.settle()]


def _run(series: Series, position: int) -> Run:
    """The samples from a position on, as far as they are kept."""
    cut = series.cut(position, max(position, series.oldest) + MOST_AT_ONCE)
    may_be_missing = cut.first > position or series.gap_count(position - 1) > series.gap_count(position)
    gaps = np.insert(cut.gaps, 0, 0) if may_be_missing else cut.gaps
    return Run(cut.time, cut.value, cut.first, gaps, Bounds.of(cut.value), series.is_state)

"""One series held against all limits that apply to it: its samples are read once for all of them."""

from __future__ import annotations

import weakref

import numpy as np

from ..series import Series
from .side import Bounds
from .stretches import Run
from .tracker import Episode, Tracker

MOST_AT_ONCE = 250_000
"""Samples of a series looked at in one go; a long history takes several."""


class Watch:
    """Brings the trackers of one series up to date. Used while the series is held still.

    Args:
        series: the series; not kept alive.

    Attributes:
        trackers: one for each side of each limit.
    """

    def __init__(self, series: Series) -> None:
        self._series = weakref.ref(series)
        self.trackers: list[Tracker] = []
        self._total = -1
        self._merges = series.merges
        self._is_interrupted = False

    @property
    def series(self) -> Series | None:
        """The series; None once nobody holds it."""
        return self._series()

    def add(self, tracker: Tracker) -> None:
        """Have one more tracker."""
        self.trackers.append(tracker)
        self._total = -1

    @property
    def is_up_to_date(self) -> bool:
        """Whether every sample was looked at."""
        series = self.series
        return series is None or (
            series.total == self._total
            and series.merges == self._merges
            and series.is_interrupted == self._is_interrupted
        )

    def advance(self) -> list[tuple[Tracker, Episode]]:
        """Look at what is new, a part of it where that is much; the alarms that are new or changed."""
        series = self.series
        if series is None or self.is_up_to_date:
            return []
        if series.merges != self._merges:
            unchanged = series.unchanged_to(self._merges)
            self._merges = series.merges
            for tracker in self.trackers:
                tracker.rewind(series, unchanged)
        changed: list[tuple[Tracker, Episode]] = []
        total = series.total
        places: dict[int, list[Tracker]] = {}
        for tracker in self.trackers:
            if tracker.position < total:
                places.setdefault(tracker.position, []).append(tracker)
        for position, trackers in places.items():
            run = _run(series, position)
            for tracker in trackers:
                changed += [(tracker, episode) for episode in tracker.take(run)]
        if all(tracker.position == total for tracker in self.trackers):
            changed += self._finish(series)
        return changed

    def interrupt(self) -> list[tuple[Tracker, Episode]]:
        """End what is on, as nothing is known of the series from here on; the alarms that changed."""
        return [(tracker, episode) for tracker in self.trackers for episode in tracker.interrupt()]

    def _finish(self, series: Series) -> list[tuple[Tracker, Episode]]:
        self._total, self._is_interrupted = series.total, series.is_interrupted
        changed = self.interrupt() if self._is_interrupted else []
        return changed + [(tracker, episode) for tracker in self.trackers for episode in tracker.settle()]


def _run(series: Series, position: int) -> Run:
    """The samples from a position on, as far as they are kept."""
    cut = series.cut(position, max(position, series.oldest) + MOST_AT_ONCE)
    may_be_missing = cut.first > position or series.gap_count(position - 1) > series.gap_count(position)
    gaps = np.insert(cut.gaps, 0, 0) if may_be_missing else cut.gaps
    return Run(cut.time, cut.value, cut.first, gaps, Bounds.of(cut.value))

"""Where what is computed goes: into a series of its own."""

from __future__ import annotations

import numpy as np

from ...base.model import FloatArray
from ...series.ring import Series
from .transform import Piece

_NOTHING: FloatArray = np.empty(0)


class Output:
    """Puts pieces into a derived series one after the other, and takes back what must be computed anew.

    What is taken back stands as it was until `finish`: what is half computed is not to be drawn, nor held against
    limits.

    Args:
        series: the derived one.

    Example:
        >>> outlet = Output(Series("lab/oven", "mean", capacity=9))
        >>> everything = np.ones(3, bool)
        >>> outlet.put(Piece.of(np.arange(3.0), np.arange(3.0), everything, np.array([2])))
        >>> outlet.go_back(1.0)
        >>> outlet.put(Piece.of(np.arange(3.0), np.arange(3.0) + 5, everything, np.array([], int)))
        >>> outlet.series.value
        array([0., 1., 2.])
        >>> outlet.finish()
        >>> outlet.series.value
        array([0., 6., 7.])
    """

    def __init__(self, series: Series) -> None:
        self.series = series
        self._line = series  # or a copy, while it is computed anew
        self._changed_from = 0  # the position at which the copy begins to be another
        self._is_broken = False
        self._known_to: float | None = None

    @property
    def last_time(self) -> float | None:
        """The time of the newest sample, epoch seconds; None without one."""
        return None if self._line.last is None else self._line.last[0]

    def go_back(self, time: float) -> None:
        """Take back all from a time on (epoch seconds); what is put next may begin before that."""
        if self._line is self.series:
            self._line, self._changed_from = self.series.offspring(self.series.field), self.series.total
            self._line.replace(self.series.copy(), 0)  # under the same lock
        start = self._line.position_at(time)
        self._changed_from = min(self._changed_from, start)
        self._line.rewrite(start, _NOTHING, _NOTHING)
        self._is_broken = False
        self._known_to = self.last_time

    def finish(self) -> None:
        """Have what was computed anew stand in the series."""
        if self._line is not self.series:
            self.series.replace(self._line, self._changed_from)
            self._line = self.series

    def shorten(self, capacity: int) -> None:
        """Keep so many samples at most."""
        for line in (self.series, self._line):
            if line.capacity > capacity:
                line.shorten(capacity)

    def interrupt(self, is_source_interrupted: bool) -> None:
        """Have it known that the line is broken behind its newest sample, where that or its source is."""
        if (is_source_interrupted or self._is_broken) and not self.series.is_interrupted:
            self.series.mark_gap()

    def break_line(self) -> None:
        """Have the line broken before what is put next."""
        self._is_broken = True

    def put(self, piece: Piece) -> None:
        """Add what was computed, without what is there already."""
        known = 0
        if self._known_to is not None:
            known = int(piece.time.searchsorted(self._known_to, "right"))
        if known == len(piece.time):
            self._is_broken |= piece.is_broken
            return
        self._known_to = None
        gaps = piece.gaps[piece.gaps >= known] - known
        if self._is_broken and (not len(gaps) or gaps[0] > 0):
            gaps = np.concatenate(([0], gaps))
        self._line.rewrite(self._line.total, piece.time[known:], piece.value[known:], gaps.tolist())
        self._is_broken = piece.is_broken

"""Where what is computed goes: into a series of its own."""

from __future__ import annotations

import numpy as np

from ..series import FloatArray, Series
from .recipe import Piece

_NOTHING: FloatArray = np.empty(0)


class Outlet:
    """Puts pieces into a derived series one after the other, and takes back what must be computed anew.

    Args:
        series: the derived one.

    Example:
        >>> outlet = Outlet(Series("lab/oven", "mean", capacity=9))
        >>> everything = np.ones(3, bool)
        >>> outlet.put(Piece.of(np.arange(3.0), np.arange(3.0), everything, np.array([2])))
        >>> outlet.go_back(1.0)
        >>> outlet.put(Piece.of(np.arange(3.0), np.arange(3.0) + 5, everything, np.array([], int)))
        >>> outlet.series.value
        array([0., 6., 7.])
    """

    def __init__(self, series: Series) -> None:
        self.series = series
        self._is_broken = False
        self._known_to: float | None = None

    @property
    def last_time(self) -> float | None:
        """The time of the newest sample, epoch seconds; None without one."""
        return None if self.series.last is None else self.series.last[0]

    def go_back(self, time: float) -> None:
        """Take back all from a time on (epoch seconds); what is put next may begin before that."""
        self.series.rewrite(self.series.position_at(time), _NOTHING, _NOTHING)
        self._is_broken = False
        self._known_to = self.last_time

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
        self.series.rewrite(self.series.total, piece.time[known:], piece.value[known:], gaps.tolist())
        self._is_broken = piece.is_broken

"""The lines of one source by a ready derivation: computed from what is new in it, put into series of their own."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...base.model import FloatArray
from ...series.ring import Series
from .context import Context
from .transform import Calculator, Piece, Transform

_RUN = 16_384  # samples computed at once, after which to look at the time


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


class IncrementalLines:
    """The lines that a recipe makes of one series, kept in step with it.

    Where samples come late, all is computed anew from the first of them on, beside the lines as they were: these
    stand until the new ones reach as far. Where the source has a gap, or has let
    samples go unseen, the lines have one, too. Used while the stream is held still.

    Args:
        source: what they are made of.
        recipe: how.
        fields: the field of each line.
        unit: of the lines; None for the recipe's.
    """

    def __init__(
        self, source: Series, recipe: Transform, fields: tuple[str, ...], unit: str | None = None
    ) -> None:
        self.source = source
        self._recipe = recipe
        self._unit = unit
        self._calculator = _calculator_of(recipe, source)
        self._outlets = [Output(source.offspring(field)) for field in fields]
        self._next = source.oldest
        self._merges = source.merges
        self._reached = -math.inf  # the time of the newest sample computed
        self._is_anew = False  # whether what stands in the lines is being computed anew beside them

    @property
    def series(self) -> tuple[Series, ...]:
        """The derived series, one for each line."""
        return tuple(outlet.series for outlet in self._outlets)

    @property
    def remark(self) -> str:
        """What is to be known of them, in words; `""` for nothing."""
        try:
            return str(self._calculator.remark)
        except Exception as error:
            return f"its remark failed: {type(error).__name__}"

    @property
    def backlog(self) -> int:
        """Samples of the source that wait to be computed."""
        return self.source.total - self._next

    @property
    def is_behind(self) -> bool:
        """Whether samples wait to be computed."""
        return self._next < self.source.total

    def follow(self, around: Context, has_time: Callable[[], bool]) -> bool:
        """Compute what is new, or changed, as far as there is time; whether anything was.

        Args:
            around: the stream's series.
            has_time: whether to go on with more.
        """
        changed = self._calculator.changed_from(around)
        if not self.is_behind and self.source.merges == self._merges and changed is None:
            self._note_interruption()
            return False
        self._note_changes(changed)
        for outlet in self._outlets:
            outlet.series.unit = self._recipe.unit(self.source.unit) if self._unit is None else self._unit
            outlet.shorten(self.source.capacity)
        while self.is_behind and has_time():
            stop = min(self._next + _RUN, self.source.total)
            for outlet, piece in zip(self._outlets, self._calculator.compute(self._next, stop), strict=True):
                outlet.put(piece.checked())
            self._note_next(stop)
        self._finish()
        self._note_interruption()
        return True

    def _finish(self) -> None:
        """Have the new lines in place of the former ones, once they reach as far."""
        if not self._is_anew:
            return
        stood_to = max((series.last[0] for series in self.series if series.last), default=-math.inf)
        if not self.is_behind or self._reached > stood_to:
            self._is_anew = False
            for outlet in self._outlets:
                outlet.finish()

    def _note_interruption(self) -> None:
        """Where all was computed, what is interrupted in the source is so here, too."""
        if not self.is_behind:
            for outlet in self._outlets:
                outlet.interrupt(self.source.is_interrupted)

    def _note_changes(self, changed: float | None) -> None:
        """Go back to where the source, or what else the result depends on, is not what it was."""
        source, since = self.source, math.inf if changed is None else changed
        unchanged = source.unchanged_to(self._merges)
        self._merges = source.merges
        if unchanged < self._next:
            since = min(since, source.time_at(max(unchanged, source.oldest)))
        if since <= self._reached:
            self._go_back(since)
        if self._next < source.oldest:
            self._next = source.oldest
            for outlet in self._outlets:
                outlet.break_line()

    def _go_back(self, time_s: float) -> None:
        """Compute all anew from a time on; from the last sample left on, as only there all is known of breaks."""
        self._is_anew = True
        for outlet in self._outlets:
            outlet.go_back(time_s)
        left = [outlet.last_time for outlet in self._outlets]
        if any(each is None for each in left):
            self._note_next(self.source.oldest)
        else:
            back_to = self.source.position_at(min(each for each in left if each is not None))
            self._note_next(min(self._next, back_to))

    def _note_next(self, position: int) -> None:
        """Go on from a position; the time before it is noted, as late samples move on what stands behind them."""
        self._next = position
        self._reached = self.source.time_at(position - 1) if position > self.source.oldest else -math.inf


class _Failed:
    """The Calculator in place of one that could not be made."""

    remark = ""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def changed_from(self, around: Context) -> float | None:
        raise self._error

    def compute(self, start: int, stop: int) -> list[Piece]:
        raise self._error


def _calculator_of(recipe: Transform, source: Series) -> Calculator:
    try:
        return recipe.calculator(source)
    except Exception as error:
        return _Failed(error)

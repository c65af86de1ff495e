"""The lines that a transform makes of one source, computed incrementally into series of their own."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...base.model import FloatArray
from ...series.ring import Series
from .transform import Calculator, Context, Piece, Transform

_RUN = 16_384  # samples computed at once; then the time is checked
_NOTHING: FloatArray = np.empty(0)


class Output:
    """Adds pieces to a derived series one after the other, and goes back where it must be computed again.

    The series stays as it was until `finish`: a half computed line must not be drawn, nor checked.

    Args:
        series: the derived series.

    Example:
        >>> output = Output(Series("lab/oven", "mean", capacity=9))
        >>> everything = np.ones(3, bool)
        >>> output.put(Piece.of(np.arange(3.0), np.arange(3.0), everything, np.array([2])))
        >>> output.go_back(1.0)
        >>> output.put(Piece.of(np.arange(3.0), np.arange(3.0) + 5, everything, np.array([], int)))
        >>> output.series.value
        array([0., 1., 2.])
        >>> output.finish()
        >>> output.series.value
        array([0., 6., 7.])
    """

    def __init__(self, series: Series) -> None:
        self.series = series
        self._line = series  # or a copy, while it is computed again
        self._changed_from = 0  # the position from which on the copy differs
        self._is_broken = False
        self._known_to: float | None = None

    @property
    def last_time(self) -> float | None:
        """The time of the newest sample, epoch seconds; None without any."""
        return None if self._line.last is None else self._line.last[0]

    def go_back(self, time: float) -> None:
        """Drop everything from a time on (epoch seconds); the next piece may begin before that."""
        if self._line is self.series:
            self._line, self._changed_from = self.series.offspring(self.series.field), self.series.total
            self._line.replace(self.series.copy(), 0)  # under the same lock
        start = self._line.position_at(time)
        self._changed_from = min(self._changed_from, start)
        self._line.rewrite(start, _NOTHING, _NOTHING)
        self._is_broken = False
        self._known_to = self.last_time

    def finish(self) -> None:
        """Move what was computed again into the series."""
        if self._line is not self.series:
            self.series.replace(self._line, self._changed_from)
            self._line = self.series

    def shorten(self, capacity: int) -> None:
        """Keep at most so many samples."""
        for line in (self.series, self._line):
            if line.capacity > capacity:
                line.shorten(capacity)

    def interrupt(self, is_source_interrupted: bool) -> None:
        """Mark the line as broken after its newest sample, if it or its source is."""
        if (is_source_interrupted or self._is_broken) and not self.series.is_interrupted:
            self.series.mark_gap()

    def break_line(self) -> None:
        """Break the line before the next piece."""
        self._is_broken = True

    def put(self, piece: Piece) -> None:
        """Add a piece, apart from samples that are already there."""
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
    """The lines that a transform makes of one series, kept in step with it.

    After late samples everything from the first of them on is computed again, beside the former lines, which stay
    until the new ones reach as far. Where the source has a gap, or has dropped samples before they were computed,
    the lines have a gap, too. Used while the stream is locked.

    Args:
        source: the series that they are made of.
        transform: how they are computed.
        fields: the field of each line.
        unit: the unit of the lines; None for that of the transform.
    """

    def __init__(
        self, source: Series, transform: Transform, fields: tuple[str, ...], unit: str | None = None
    ) -> None:
        self.source = source
        self._transform = transform
        self._unit = unit
        self._calculator = _calculator_of(transform, source)
        self._outputs = [Output(source.offspring(field)) for field in fields]
        self._next = source.oldest
        self._merges = source.merges
        self._reached = -math.inf  # the time of the newest sample computed
        self._is_anew = False  # whether they are being computed again beside the former lines

    @property
    def series(self) -> tuple[Series, ...]:
        """The derived series, one for each line."""
        return tuple(output.series for output in self._outputs)

    @property
    def remark(self) -> str:
        """A remark on the lines; `""` for none."""
        try:
            return str(self._calculator.remark)
        except Exception as error:
            return f"its remark failed: {type(error).__name__}"

    @property
    def backlog(self) -> int:
        """How many samples of the source wait to be computed."""
        return self.source.total - self._next

    @property
    def is_behind(self) -> bool:
        """Whether samples wait to be computed."""
        return self._next < self.source.total

    def follow(self, around: Context, has_time: Callable[[], bool]) -> bool:
        """Compute what is new or has changed, as far as there is time; returns whether there was anything.

        Args:
            around: the stream's series.
            has_time: whether there is time for more.
        """
        changed = self._calculator.changed_from(around)
        if not self.is_behind and self.source.merges == self._merges and changed is None:
            self._note_interruption()
            return False
        self._note_changes(changed)
        for output in self._outputs:
            output.series.unit = self._transform.unit(self.source.unit) if self._unit is None else self._unit
            output.shorten(self.source.capacity)
        while self.is_behind and has_time():
            stop = min(self._next + _RUN, self.source.total)
            for output, piece in zip(self._outputs, self._calculator.compute(self._next, stop), strict=True):
                output.put(piece.checked())
            self._note_next(stop)
        self._finish()
        self._note_interruption()
        return True

    def _finish(self) -> None:
        """Replace the former lines by the new ones, once these reach as far."""
        if not self._is_anew:
            return
        stood_to = max((series.last[0] for series in self.series if series.last), default=-math.inf)
        if not self.is_behind or self._reached > stood_to:
            self._is_anew = False
            for output in self._outputs:
                output.finish()

    def _note_interruption(self) -> None:
        """Once everything is computed, mark the lines as interrupted if their source is."""
        if not self.is_behind:
            for output in self._outputs:
                output.interrupt(self.source.is_interrupted)

    def _note_changes(self, changed: float | None) -> None:
        """Go back to where the source, or whatever else the result depends on, has changed."""
        source, since = self.source, math.inf if changed is None else changed
        unchanged = source.unchanged_to(self._merges)
        self._merges = source.merges
        if unchanged < self._next:
            since = min(since, source.time_at(max(unchanged, source.oldest)))
        if since <= self._reached:
            self._go_back(since)
        if self._next < source.oldest:
            self._next = source.oldest
            for output in self._outputs:
                output.break_line()

    def _go_back(self, time_s: float) -> None:
        """Compute everything again from a time on: from the last sample left, as only there breaks are known."""
        self._is_anew = True
        for output in self._outputs:
            output.go_back(time_s)
        left = [output.last_time for output in self._outputs]
        if any(each is None for each in left):
            self._note_next(self.source.oldest)
        else:
            back_to = self.source.position_at(min(each for each in left if each is not None))
            self._note_next(min(self._next, back_to))

    def _note_next(self, position: int) -> None:
        """Go on from a position, and note the time before it, as late samples change positions."""
        self._next = position
        self._reached = self.source.time_at(position - 1) if position > self.source.oldest else -math.inf


class _Failed:
    """A Calculator in place of one that could not be made; raises the same error."""

    remark = ""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def changed_from(self, around: Context) -> float | None:
        raise self._error

    def compute(self, start: int, stop: int) -> list[Piece]:
        raise self._error


def _calculator_of(transform: Transform, source: Series) -> Calculator:
    try:
        return transform.calculator(source)
    except Exception as error:
        return _Failed(error)

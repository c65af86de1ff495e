"""The difference of two series at the same times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...base.errors import discreet
from ...base.model import FloatArray, IntArray
from ...base.patterns import FieldPatterns, patterns_of
from ...base.text import printable, quantity
from ...base.times import Window, WindowLike
from ...base.units import symbol
from ...series.ring import Cut, Series
from .transform import TIME_NOISE_S, Context, Piece, time_of


@discreet
def difference(other: str | Sequence[str], *, tolerance: WindowLike = "1 min") -> Difference:
    """For `plot.derive`: each series minus another one, which must have the same unit.

    The latest value of the other series is subtracted from each sample. That value holds for `tolerance`, but not
    across a gap in either series; where none holds, there is no difference.

    Args:
        other: a pattern, or a list of them, of the series to subtract, as in `fields`: `"*/outlet"`. If several
            match, the one of the same topic is meant.
        tolerance: how long a value holds at most: "10 s", or a timedelta. Sensors that send seldom need more.

    Raises:
        InvalidValueError: (a ValueError) for a value that is no pattern, or no time.

    Example:
        >>> difference("*/outlet", tolerance="10 s")
        difference('*/outlet', tolerance='10 s')
    """
    return Difference(patterns_of("other", other), time_of("tolerance", tolerance, "'10 s'"))


@dataclass(frozen=True)
class Difference:
    """Each series minus another one; see `difference`.

    Attributes:
        other: patterns of the series that is subtracted.
        tolerance: how long a value of that series holds at most.
    """

    other: tuple[str, ...]
    tolerance: Window

    lines = ("",)

    def unit(self, unit: str) -> str:
        """The unit of the source."""
        return unit

    def calculator(self, source: Series) -> Differences:
        """A calculator of the line of one series."""
        return Differences(source, self.other, self.tolerance.seconds or 0.0)

    def __repr__(self) -> str:
        other = self.other[0] if len(self.other) == 1 else list(self.other)
        return f"difference({other!r}, tolerance={self.tolerance.text!r})"


class Differences:
    """At each sample of a series, its value minus the latest one of another, as `pandas.merge_asof` finds it.

    A value of the other series holds until its next sample, but no longer than a tolerance and not across a gap;
    where none holds, the line is broken.

    Args:
        source: the series.
        other: patterns of the other series. If several match, the one of the same topic is meant.
        tolerance_s: how long a value holds at most, seconds.
    """

    def __init__(self, source: Series, other: tuple[str, ...], tolerance_s: float) -> None:
        self._source = source
        self._patterns = FieldPatterns(other)
        self._tolerance_s = tolerance_s
        self._other: Series | None = None
        self._seen = self._merges = 0
        self.remark = ""
        """Why there is no difference."""

    def compute(self, start: int, stop: int) -> list[Piece]:
        """The pieces of the samples at positions `start` to `stop`."""
        cut = self._source.cut(start - 1, stop)
        new = slice(start - cut.first, None)
        value, breaks = self._less_other(cut)
        is_there = np.isfinite(value)
        breaks = np.union1d(breaks, np.union1d(cut.gaps, (~is_there).nonzero()[0]))
        behind = breaks[breaks >= start - cut.first] - (start - cut.first)
        return [Piece.of(cut.time[new], value[new], is_there[new], behind)]

    def changed_from(self, around: Context) -> float | None:
        """The time from which on the other series has changed, or has new samples."""
        other = self._choose(around)
        if other is not self._other:
            self._other = other
            self._seen, self._merges = (0, 0) if other is None else (other.total, other.merges)
            return -math.inf
        if other is None or (other.total, other.merges) == (self._seen, self._merges):
            return None
        first = min(self._seen, other.unchanged_to(self._merges), other.total - 1)
        is_merged = other.merges != self._merges
        self._seen, self._merges = other.total, other.merges
        if first <= other.oldest:
            return -math.inf
        decides_before = is_merged or len(other.cut(first - 1, first + 1).gaps) > 0  # a gap came or went
        return other.time_at(first - 1 if decides_before else first)

    def _choose(self, around: Context) -> Series | None:
        """The other series, if it is clear which one is meant; else `remark` says why it is not."""
        source = self._source
        other, count = around.matching(self._patterns).meant_by(source)
        asked = printable(", ".join(self._patterns.patterns), 60)
        self.remark = ""
        if not count:
            self.remark = f"waiting for a series that matches {asked}"
        elif other is None:
            self.remark = f"{asked} matches {quantity(count, 'series')}: one is wanted"
        elif symbol(other.unit) != symbol(source.unit):
            units = [symbol(one.unit) or "no unit" for one in (source, other)]
            self.remark = f"different units: {printable(units[0], 20)} and {printable(units[1], 20)}"
        return None if self.remark else other

    def _less_other(self, cut: Cut) -> tuple[FloatArray, IntArray]:
        """The differences, NaN where there is none, and the indices before which the other series has a gap."""
        if self._other is None or not len(self._other):
            return np.full(len(cut.time), np.nan), np.empty(0, np.int64)
        other = _around(self._other, cut.time.item(0), cut.time.item(-1))
        latest = other.time.searchsorted(cut.time, "right") - 1
        held = other.time[np.maximum(latest, 0)]
        gap_is_next = np.isin(latest + 1, other.gaps) & (cut.time > held)
        holds = (latest >= 0) & (cut.time - held <= self._tolerance_s + TIME_NOISE_S) & ~gap_is_next
        with np.errstate(over="ignore"):
            value = np.where(holds, cut.value - other.value[np.maximum(latest, 0)], np.nan)
        gaps_so_far = other.gaps.searchsorted(latest, "right")
        (breaks,) = np.diff(gaps_so_far).nonzero()
        return value, breaks + 1


def _around(other: Series, first: float, last: float) -> Cut:
    """The samples of a series from the latest one at time `first` to the next one after time `last`."""
    start = other.position_at(math.nextafter(first, math.inf)) - 1
    stop = other.position_at(math.nextafter(last, math.inf)) + 1
    return other.cut(start, stop)

"""One series less another, at the same times."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...base.model import FloatArray, IntArray
from ...base.patterns import FieldPatterns
from ...base.text import printable, quantity
from ...base.units import symbol
from ...base.window import Window
from ...series.ring import Cut, Series
from .context import Context
from .transform import TIME_NOISE_S, Piece


@dataclass(frozen=True)
class Difference:
    """Each series less another one; see `difference`.

    Attributes:
        other: patterns of the series that is taken from each.
        tolerance: the time for which a value of that one holds at most.
    """

    other: tuple[str, ...]
    tolerance: Window

    lines = ("",)

    def unit(self, unit: str) -> str:
        """The source's own."""
        return unit

    def calculator(self, source: Series) -> Differences:
        """What computes the line of one series."""
        return Differences(source, self.other, self.tolerance.seconds or 0.0)

    def __repr__(self) -> str:
        other = self.other[0] if len(self.other) == 1 else list(self.other)
        return f"difference({other!r}, tolerance={self.tolerance.text!r})"


class Differences:
    """At each sample of a series: its value less the latest one of another, as `pandas.merge_asof` finds it.

    A value of the other one holds until its next sample, but no longer than a tolerance and not across a gap;
    where none holds, the line is broken.

    Args:
        source: the series.
        other: patterns of the other one. Of several that match, the one of the same topic is meant.
        tolerance_s: seconds.
    """

    def __init__(self, source: Series, other: tuple[str, ...], tolerance_s: float) -> None:
        self._source = source
        self._patterns = FieldPatterns(other)
        self._tolerance_s = tolerance_s
        self._other: Series | None = None
        self._seen = self._merges = 0
        self.remark = ""
        """Why there is no difference, in words."""

    def compute(self, start: int, stop: int) -> list[Piece]:
        """What comes of the samples at positions `start` to `stop`."""
        cut = self._source.cut(start - 1, stop)
        new = slice(start - cut.first, None)
        value, breaks = self._less_other(cut)
        is_there = np.isfinite(value)
        breaks = np.union1d(breaks, np.union1d(cut.gaps, (~is_there).nonzero()[0]))
        behind = breaks[breaks >= start - cut.first] - (start - cut.first)
        return [Piece.of(cut.time[new], value[new], is_there[new], behind)]

    def changed_from(self, around: Context) -> float | None:
        """From where the other series has changed, or has new samples."""
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
        """The other series, where it is clear which one is meant; else `remark` says why not."""
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
        """The differences, NaN where there is none, and before which of them the other series has a gap."""
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
    """The samples of another series from the latest one at a time to the one behind another time."""
    start = other.position_at(math.nextafter(first, math.inf)) - 1
    stop = other.position_at(math.nextafter(last, math.inf)) + 1
    return other.cut(start, stop)

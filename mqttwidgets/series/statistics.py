"""Statistics of the samples in a span of time: count, mean, spread and extremes; how long a state was on."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..base.model import FloatArray, IntArray
from .ring import Series

_BLOCK = 16_384  # samples that are summed up once and for all
_ORDINARY = 1e140  # up to here, the square of a number is finite


class Figures(NamedTuple):
    """The statistics of one series over a span of time.

    Attributes:
        size: how many samples are finite numbers.
        mean: their mean; NaN without any.
        least: the lowest; NaN without any.
        greatest: the highest; NaN without any.
        std: their sample standard deviation, as in pandas; NaN of fewer than two.
        rate_hz: samples a second between the first and the last; NaN where no time lies between them.
        first: the first one; NaN without any.
        last: the last one; NaN without any.
        stays: of a state, how long it was on; None for a measurement, or where nothing is known of the state.
    """

    size: int
    mean: float
    least: float
    greatest: float
    std: float
    rate_hz: float
    first: float = math.nan
    last: float = math.nan
    stays: Stays | None = None

    @property
    def difference(self) -> float:
        """The last minus the first; NaN without any."""
        return self.last - self.first


class FiguresOfSeries:
    """The statistics of any span of one series.

    Samples are summed up in blocks, and a block is read again only when it has changed. For a span, the blocks
    inside it are joined, and only the samples at its ends are read. So only the first time takes long, and that
    may be done bit by bit.

    Args:
        series: read only while its stream is locked.

    Example:
        >>> series = Series("lab/oven", "", capacity=9)
        >>> series.extend([1.0, 2.0, 3.0, 9.0], [20.0, 21.0, 25.0, 7.0])
        >>> figures = FiguresOfSeries(series).between(1.0, 3.0)
        >>> figures.size, figures.mean, round(figures.std, 3), figures.rate_hz
        (3, 22.0, 2.646, 1.0)
    """

    def __init__(self, series: Series) -> None:
        self.series = series
        self._merges = series.merges
        self._blocks: dict[int, _Block] = {}

    def between(
        self, start: float, end: float, known_until: float | None = None, limit_s: float = math.inf
    ) -> Figures | None:
        """The statistics from `start` to `end`, both included.

        Args:
            start: epoch seconds.
            end: epoch seconds.
            known_until: until when the newest sample of a state lasts; None if it only counts for its own moment.
            limit_s: seconds after which to leave the rest for the next time.

        Returns:
            None when time ran out.
        """
        deadline = time.monotonic() + limit_s
        first, stop = positions_within(self.series, start, end)
        self._forget_what_changed(first)
        moments, stays = NOTHING, self._before(first, start)
        for begin, behind in _pieces(first, stop):
            block = self._blocks.get(begin)
            if block is None or block.stop != behind:
                if time.monotonic() > deadline:
                    return None
                block = self._blocks[begin] = self._read(begin, behind)
            moments = moments.joined(block.moments)
            if block.stays is not None:
                is_broken = self._has_gap_before(begin)
                stays = block.stays if stays is None else stays.joined(block.stays, is_broken=is_broken)
        if stays is not None:
            stays = stays.lasting(min(self._until(stop, stays.last_time, known_until), end))
        return Figures(
            moments.size,
            moments.mean,
            moments.least,
            moments.greatest,
            moments.std,
            self._rate_hz(first, stop),
            moments.first,
            moments.last,
            stays,
        )

    def _forget_what_changed(self, first: int) -> None:
        """Drop blocks whose samples have moved or gone, and those at the beginning of another span."""
        series = self.series
        unchanged = series.unchanged_to(self._merges)
        self._merges = series.merges
        for begin, block in list(self._blocks.items()):
            is_whole = begin % _BLOCK == 0 or begin == first
            if not is_whole or begin < series.oldest or block.stop > unchanged:
                del self._blocks[begin]

    def _read(self, begin: int, stop: int) -> _Block:
        cut = self.series.cut(begin, stop)
        stays = Stays.of(cut.time, cut.value, cut.gaps) if self.series.is_state else None
        return _Block(stop, Moments.of(cut.value), stays)

    def _before(self, first: int, start: float) -> Stays | None:
        """The state at the beginning of the span."""
        if not self.series.is_state or first <= self.series.oldest:
            return None
        return Stays.at(start, float(self.series.cut(first - 1, first).value[0]))

    def _has_gap_before(self, position: int) -> bool:
        return len(self.series.cut(position - 1, position + 1).gaps) > 0

    def _until(self, stop: int, last: float, known_until: float | None) -> float:
        """Until when the last sample before a position lasts."""
        if stop < self.series.total:
            return last if self._has_gap_before(stop) else self.series.time_at(stop)
        return last if known_until is None else known_until

    def _rate_hz(self, first: int, stop: int) -> float:
        if stop - first < 2:
            return math.nan
        seconds = self.series.time_at(stop - 1) - self.series.time_at(first)
        return (stop - first - 1) / seconds if seconds > 0 else math.nan


def positions_within(series: Series, start: float, end: float) -> tuple[int, int]:
    """Position of the first sample from `start` to `end` (epoch seconds, both included), and one past the last."""
    return series.position_at(start), series.position_at(math.nextafter(end, math.inf))


class _Block(NamedTuple):
    """The statistics of consecutive samples up to a position."""

    stop: int
    moments: Moments
    stays: Stays | None


def _pieces(first: int, stop: int) -> Iterator[tuple[int, int]]:
    """Ranges of positions from `first` to `stop`, split at multiples of the block size."""
    while first < stop:
        behind = min(stop, (first // _BLOCK + 1) * _BLOCK)
        yield first, behind
        first = behind


class Moments(NamedTuple):
    """Count, mean, spread, extremes and ends of numbers that are not kept.

    Pieces are joined as in Chan, Golub and LeVeque (1979). Deviations are taken from the mean of each piece, so
    that nothing cancels out where large numbers differ a little; the square root of their sum of squares is kept,
    so that nothing overflows.

    Attributes:
        size: how many there are.
        origin: a number near their mean; NaN without any.
        offset: their mean minus `origin`, with digits that the mean itself has no room for.
        deviation: the square root of the sum of squared deviations from the mean.
        least: the lowest; NaN without any.
        greatest: the highest; NaN without any.
        first: the first one; NaN without any.
        last: the last one; NaN without any.

    Example:
        >>> two = Moments.of(np.array([1e9 + 4, 1e9 + 7])).joined(Moments.of(np.array([1e9 + 13, 1e9 + 16])))
        >>> two.mean, round(two.std, 9), two.greatest
        (1000000010.0, 5.477225575, 1000000016.0)
    """

    size: int
    origin: float
    offset: float
    deviation: float
    least: float
    greatest: float
    first: float
    last: float

    @classmethod
    def of(cls, value: FloatArray) -> Moments:
        """The moments of the finite ones among some numbers, shape (n,)."""
        is_finite = np.isfinite(value)
        if not is_finite.all():
            value = value[is_finite]
        if not len(value):
            return NOTHING
        least, greatest = float(value.min()), float(value.max())
        first, last = float(value[0]), float(value[-1])
        scale = _scale(max(-least, greatest))
        if scale != 1.0:
            value = value / scale
        origin = float(value[0])
        mean = origin + float(np.mean(value - origin))
        off = value - mean
        rest = float(np.mean(off))  # what rounding left
        deviation = math.sqrt(max(float(np.dot(off, off)) - len(off) * rest * rest, 0.0))
        return cls(len(value), mean * scale, rest * scale, deviation * scale, least, greatest, first, last)

    def joined(self, other: Moments) -> Moments:
        """The moments of both together; `other` comes later."""
        if not self.size or not other.size:
            return self if self.size else other
        least, greatest = min(self.least, other.least), max(self.greatest, other.greatest)
        count = self.size + other.size
        share = other.size / count
        apart = (other.origin - self.origin) + (other.offset - self.offset)
        origin, offset = self.origin, self.offset + apart * share
        if math.isinf(apart):
            origin, offset = self.mean * (1 - share) + other.mean * share, 0.0
        deviation = math.hypot(self.deviation, other.deviation, math.sqrt(self.size * share) * apart)
        return Moments(count, origin, offset, deviation, least, greatest, self.first, other.last)

    @property
    def mean(self) -> float:
        """Their mean; NaN without any."""
        return min(max(self.origin + self.offset, self.least), self.greatest)

    @property
    def std(self) -> float:
        """The sample standard deviation, as in pandas; NaN of fewer than two."""
        return self.deviation / math.sqrt(self.size - 1) if self.size > 1 else math.nan


NOTHING = Moments(0, math.nan, 0.0, 0.0, math.nan, math.nan, math.nan, math.nan)
"""The moments of no numbers at all."""


def _scale(largest: float) -> float:
    """A power of two to divide by, so that squares are neither too large nor too small for a number."""
    if largest == 0 or 1 / _ORDINARY < largest < _ORDINARY:
        return 1.0
    return math.ldexp(1.0, max(math.frexp(largest)[1] - 1, -1022))


class Stays(NamedTuple):
    """How long a state was on, and how often it changed: each of its samples lasts until the next one.

    Attributes:
        first_value: of the first sample.
        last_time: of the last sample, epoch seconds.
        last_value: of the last sample.
        first_time: of the first sample, epoch seconds.
        known_s: seconds for which the state is known, which leaves out gaps.
        on_s: those of them in which it was not 0.
        changes: how often it changed from sample to sample.
        is_on_off: whether it is 0 or 1 all the time.

    Example:
        >>> stays = Stays.of(np.array([1.0, 3.0, 4.0]), np.array([1.0, 0.0, 1.0]), np.array([], int))
        >>> stays = stays.lasting(5.0)
        >>> stays.on_share, stays.changes
        (0.75, 2)
    """

    first_time: float
    first_value: float
    last_time: float
    last_value: float
    known_s: float
    on_s: float
    changes: int
    is_on_off: bool

    @classmethod
    def of(cls, time: FloatArray, value: FloatArray, gaps: IntArray) -> Stays:
        """Sum up samples, at least one.

        Args:
            time: shape (n,), epoch seconds, ascending.
            value: shape (n,).
            gaps: indices of the samples before which others may be missing.
        """
        lasts_s = np.diff(time)
        lasts_s[gaps - 1] = 0.0
        return cls(
            float(time[0]),
            float(value[0]),
            float(time[-1]),
            float(value[-1]),
            float(lasts_s.sum()),
            float(lasts_s[value[:-1] != 0].sum()),
            int(np.count_nonzero(value[1:] != value[:-1])),
            bool(np.isin(value, (0.0, 1.0)).all()),
        )

    @classmethod
    def at(cls, time: float, value: float) -> Stays:
        """Sum up one sample."""
        return cls(time, value, time, value, 0.0, 0.0, 0, value in (0.0, 1.0))

    def joined(self, later: Stays, *, is_broken: bool) -> Stays:
        """Both together.

        Args:
            later: what follows.
            is_broken: whether samples may be missing between the two.
        """
        stays = self if is_broken else self.lasting(later.first_time)
        return Stays(
            self.first_time,
            self.first_value,
            later.last_time,
            later.last_value,
            stays.known_s + later.known_s,
            stays.on_s + later.on_s,
            self.changes + later.changes + (self.last_value != later.first_value),
            self.is_on_off and later.is_on_off,
        )

    def lasting(self, until: float) -> Stays:
        """The same, the last sample of which lasts until a time (epoch seconds)."""
        lasts_s = max(until - self.last_time, 0.0)
        on_s = lasts_s if self.last_value else 0.0
        return self._replace(known_s=self.known_s + lasts_s, on_s=self.on_s + on_s)

    @property
    def on_share(self) -> float:
        """The share of the known time in which it was on; NaN for a state with other values than on and off."""
        return self.on_s / self.known_s if self.is_on_off and self.known_s > 0 else math.nan

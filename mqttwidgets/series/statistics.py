"""What the samples of a series in a span of time amount to, however many there are."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import NamedTuple

from .moments import NOTHING, Moments
from .ring import Series
from .state_durations import Stays

_BLOCK = 16_384


class Figures(NamedTuple):
    """What the samples of one series in a span of time amount to.

    Attributes:
        size: samples that are finite numbers.
        mean: their mean; NaN without any.
        least: the lowest; NaN without any.
        greatest: the highest; NaN without any.
        std: their standard deviation, of a sample as in pandas; NaN of fewer than two.
        rate_hz: samples a second between the first and the last; NaN where no time is between them.
        first: the first one; NaN without any.
        last: the last one; NaN without any.
        stays: of a state, how long it was what; None of a measurement, or where nothing is known of it.
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
        """The last less the first; NaN without any."""
        return self.last - self.first


class FiguresOfSeries:
    """The figures of any span of one series.

    Samples are summed up in blocks, each once for as long as it stays as it is; for a span, the blocks within are
    joined, and only the samples at its ends are read. So nothing takes long but the first time, which may be done
    bit by bit.

    Args:
        series: read only while its stream is held still.

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
        """The figures from `start` to `end`, both included.

        Args:
            start: epoch seconds.
            end: epoch seconds.
            known_until: until when the newest sample of a state lasts; None for no longer than itself.
            limit_s: seconds after which to leave the rest for the next time.

        Returns:
            None where the time was not enough.
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
        """Let go of blocks whose samples have moved or gone, and of those that another span began with."""
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
        """A state as it is where the span begins."""
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
    """What the samples up to a position amount to."""

    stop: int
    moments: Moments
    stays: Stays | None


def _pieces(first: int, stop: int) -> Iterator[tuple[int, int]]:
    """Positions from one to another, parted at multiples of the block's size."""
    while first < stop:
        behind = min(stop, (first // _BLOCK + 1) * _BLOCK)
        yield first, behind
        first = behind

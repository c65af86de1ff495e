"""The points of one line, which grow with its series instead of being cut anew for each frame."""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from ..base.model import IntArray
from ..series.ring import Cut, Series
from .decimate import SAMPLE_BY_SAMPLE, Grid, extremes, extremes_of_few
from .extremes import SlidingExtremes
from .frame import LinePoints

_TIME, _VALUE, _POSITION = 0, 1, 2
_PIECE = 65_536  # samples read at once, so that a long history fits the processor's cache
_FIRST_ROOM = 256
_FEW = 64  # points, up to which a plain loop is faster than NumPy
_LONG_BUCKET = 64  # samples, from which on marks are faster than reading all

Points = NDArray[np.float64]
"""Shape (3, n): time in epoch seconds, value (NaN where the line is broken), position in the series.

A break has the time of the sample after it and stands half a position before.
"""

FewPoints = list[list[float]]
"""The same as lists: of few points Python's own code takes less than NumPy's, which is seldom in the cache."""


class PointBuffer:
    """Points in a row, added at the end and dropped at the head; what was handed out never changes."""

    def __init__(self) -> None:
        self._room: Points = np.empty((3, _FIRST_ROOM))
        self._begin = self._end = 0
        self.dropped = 0
        """Points dropped at the head so far."""

    @property
    def points(self) -> Points:
        """All that are kept, a view."""
        return self._room[:, self._begin : self._end]

    @property
    def total(self) -> int:
        """Points ever added."""
        return self.dropped + self._end - self._begin

    def append(self, points: Points | FewPoints) -> None:
        """Add points at the end."""
        count = len(points[_TIME])
        if not count:
            return
        if self._end + count > self._room.shape[1]:
            self._move(count)
        self._room[:, self._end : self._end + count] = points
        self._end += count

    def drop(self, count: int) -> None:
        """Let go of the first `count`."""
        self._begin += count
        self.dropped += count

    def _move(self, coming: int) -> None:
        """Go on in twice the room that is needed, as others still hold the present one."""
        kept = self.points
        self._end -= self._begin
        self._begin = 0
        self._room = np.empty((3, 2 * (self._end + coming)))
        self._room[:, : self._end] = kept


class GrowingPoints:
    """The points of one series from one position on, up to the end or to a time, decimated bucket by bucket.

    A bucket is settled when a sample of the next one has come: its points are computed once. Of the bucket that is
    still open, a few samples stand for all: the first least, the first greatest and the newest, and the first one
    where the bucket before is empty; what comes is joined to these. So a frame costs as much as what came since
    the last one, however long the history; and the first one as much as there are buckets, where these are long.

    Args:
        series: where the samples are; read only while its stream is held still.
        grid: where the buckets lie.
        start: position of the first sample; a point always, for the line to enter.
        end: a time, epoch seconds, behind which one more sample is taken, for the line to leave, and no other.

    Attributes:
        cut: names this numbering of points; no other one is equal to it.
        series: as given.
        grid: as given.
        taken: position up to which samples are taken in.
        has_steps: True where a value lasts until the next one; then each bucket's last sample stays, too, as it
            may last for long.
    """

    def __init__(self, series: Series, grid: Grid, start: int, end: float = math.inf) -> None:
        self.cut = object()
        self.series = series
        self.grid = grid
        self.end = end
        self.has_steps = series.is_state
        self._settled = PointBuffer()
        self._extremes = SlidingExtremes()  # of the settled points, unless there are steps, or an end
        self._open: FewPoints = [[], [], []]  # not to be changed, as they are handed out
        self._opened_at = start
        self._is_after_empty = False  # of the open bucket
        self._start = self.taken = start
        self._merges = series.merges

    @property
    def first(self) -> int:
        """Number of the first point kept."""
        return self._settled.dropped

    @property
    def settled(self) -> int:
        """Points with a smaller number never change."""
        return self._settled.total

    def follow(self) -> bool:
        """Take in what came; False when samples were changed, or let go, that the points need."""
        series = self.series
        if series.merges != self._merges and not self._take_back():
            return False
        if self.taken > self._start and self.taken - 1 < self.series.oldest:
            return False
        stop = self._stop()
        if self.taken + _LONG_BUCKET <= stop:
            self._take_marks(stop)
        while self.taken < stop:
            before = self.taken - 1 if self.taken > self._start else self.taken
            if stop - self.taken + len(self._open[_TIME]) <= _FEW and not series.gap_count(before):
                self._take_few(stop)
            else:
                self._take(series.cut(before, min(self.taken + _PIECE, stop)))
        return True

    @property
    def is_complete(self) -> bool:
        """Whether it has all up to its end, and the sample behind."""
        if self.end == math.inf or self.taken > self.series.total:
            return False
        return self.series.time_at(self.taken - 1) > self.end

    def reaches(self, left: float, row: int) -> bool:
        """Whether nothing in view has been dropped.

        Args:
            left: where the view begins.
            row: in which row of Points that is.
        """
        first = self._first(row)
        is_before = first < left if row == _TIME else first <= left  # several samples may have one time
        return is_before or self._first(_POSITION) <= self.series.oldest

    def view(self, left: float, row: int) -> LinePoints:
        """The points in view and the one before, or at the edge of positions; what is before that is dropped.

        Args:
            left: where the view begins.
            row: in which row of Points that is.
        """
        before, oldest = self._last_before(left, row), self.series.oldest
        if oldest > 0 and not (row == _POSITION and oldest <= left):
            before = max(before, self._last_before(oldest, _POSITION))
        self._settled.drop(max(before, 0))
        return LinePoints(self._settled.points[:_POSITION], self._open[:_POSITION])

    def extremes(self) -> tuple[float, float]:
        """The least and the greatest value of the points in view but for the first one; infinities for none.

        Not known where there are steps, or an end.
        """
        least, greatest = self._extremes.since(self.first + 1)
        values = self._open[_VALUE] if self._settled.points.size else self._open[_VALUE][1:]
        return min([least, *values]), max([greatest, *values])

    def _first(self, row: int) -> float:
        """The time, the value or the position of the first point."""
        settled = self._settled.points
        return settled.item(row, 0) if settled.size else self._open[row][0]

    def _last_before(self, edge: float, row: int) -> int:
        """The index of the last settled point before an edge, or at it if that is a position.

        One more where an open one is before it, too; -1 for none.
        """
        settled, is_time = self._settled.points[row], row == _TIME
        count = int(settled.searchsorted(edge, "left" if is_time else "right"))
        if count == len(settled) and self._open[row]:
            first = self._open[row][0]
            if first < edge if is_time else first <= edge:
                return count
        return count - 1

    def _stop(self) -> int:
        """One past the last sample wanted."""
        if self.end == math.inf:
            return self.series.total
        return min(position_after(self.series, self.end) + 1, self.series.total)

    def _take_back(self) -> bool:
        """Read the open bucket again when late samples came into it; False when they came before."""
        unchanged = self.series.unchanged_to(self._merges)
        self._merges = self.series.merges
        if unchanged >= self.taken:
            return True
        if unchanged <= self._opened_at or self._opened_at < self.series.oldest or not self._open[_TIME]:
            return False
        self._open = [*self.series.few(self._opened_at, self._opened_at + 1), [self._opened_at]]
        self.taken = self._opened_at + 1
        return True

    def _take(self, cut: Cut) -> None:
        """Take in the samples of `cut` from `_next` on; one that stands before it tells whether there is a gap."""
        known = self.taken - cut.first
        self.taken += len(cut.time) - known
        opened = len(self._open[_TIME])
        points = _joined(self._open, cut, known)
        gaps = cut.gaps + (opened - known) if len(cut.gaps) else cut.gaps
        if self.grid == SAMPLE_BY_SAMPLE:
            self._settle(_with_breaks(points, gaps, points, np.arange(points.shape[1])))
        else:
            self._decimate(points, self._wide_enough(points, gaps), opened)

    def _take_marks(self, stop: int) -> None:
        """Take in the samples up to `stop`, without reading all of them where buckets are long."""
        series, first = self.series, self.taken
        newest = series.time_at(stop - 1)
        buckets = self.grid.buckets(series.time_at(first), newest)
        if not buckets or stop - first < _LONG_BUCKET * buckets:
            return
        gaps = self._wide_gaps(series.gaps_between(max(first - 1, self._start), stop))
        edges = series.positions_at(self.grid.edges(series.time_at(first), newest))
        crossed = edges[1:][edges[1:] == edges[:-1]]  # the first samples behind empty buckets
        ordered = np.unique(np.concatenate(([first, first + 1, stop - 1], gaps, edges, crossed - 1, crossed + 1)))
        marks = series.marks(ordered[ordered < stop], stop)
        opened = len(self._open[_TIME])
        points: Points = np.concatenate((self._open, np.stack((*series.pick(marks), marks))), axis=1)
        self.taken = stop
        self._decimate(points, marks.searchsorted(gaps) + opened, opened)

    def _wide_gaps(self, gaps: IntArray) -> IntArray:
        """Those of the gaps at positions that are to be seen."""
        if not len(gaps) or not self.grid.shortest_gap_s:
            return gaps
        after, before = (self.series.pick(at)[0] for at in (gaps, np.maximum(gaps - 1, self.series.oldest)))
        return np.extract(after - before >= self.grid.shortest_gap_s, gaps)

    def _wide_enough(self, points: Points, gaps: IntArray) -> IntArray:
        """Those of the gaps that are to be seen."""
        if not len(gaps) or not self.grid.shortest_gap_s:
            return gaps
        is_wide = points[_TIME, gaps] - points[_TIME, gaps - 1] >= self.grid.shortest_gap_s
        return np.extract(is_wide, gaps)

    def _take_few(self, stop: int) -> None:
        """Take in a few samples up to `stop` without a gap, as most frames bring, by plain loops."""
        time, value = self.series.few(self.taken, stop)
        new, opened = (time, value, range(self.taken, stop)), len(self._open[_TIME])
        points = [[*known, *more] for known, more in zip(self._open, new, strict=True)]
        self.taken = stop
        if self.grid == SAMPLE_BY_SAMPLE:
            self._settle(points)
            return
        chosen, last = self._chosen_of_few(points[_TIME], points[_VALUE], opened)
        if last >= opened:
            self._opened_at = int(points[_POSITION][last])
        settled = bisect_left(chosen, last)
        self._settle([[row[at] for at in chosen[:settled]] for row in points])
        self._open = [[row[at] for at in chosen[settled:]] for row in points]

    def _settle(self, points: Points | FewPoints) -> None:
        """Add points that never change."""
        if self.end == math.inf and not self.has_steps:
            self._extremes.add(self._settled.total, points[_VALUE])
        self._settled.append(points)

    def _decimate(self, points: Points, gaps: IntArray, opened: int) -> None:
        """Settle what can be of samples as they came, ahead of them `opened` points that stand for more."""
        chosen, last = self._chosen(points, gaps, opened)
        if last >= opened:
            self._opened_at = int(points[_POSITION, last])
        settled = int(chosen.searchsorted(last)) + len(gaps)  # a break stands before the bucket that it opens
        shown = _with_breaks(points[:, chosen], gaps, points, chosen)
        self._settle(shown[:, :settled])
        self._open = shown[:, settled:].tolist()

    def _chosen(self, points: Points, gaps: IntArray, opened: int) -> tuple[IntArray, int]:
        """Indices of the points that stand for their buckets, ascending, and where the last bucket begins."""
        begins = self.grid.bucket_starts(points[_TIME])
        begins[gaps] = True
        begins[points[_TIME] > self.end] = True
        if not opened:
            begins[1:2] = True  # the first sample is a point
        (starts,) = begins.nonzero()
        (chosen,) = self._kept(points, starts).nonzero()
        return chosen, int(starts[-1])

    def _kept(self, points: Points, starts: IntArray) -> NDArray[np.bool_]:
        kept = extremes(points[_VALUE], starts)
        kept[-1] = True
        if self.has_steps:
            kept[starts[1:] - 1] = True
            return kept
        crossed = self.grid.after_empty(points[_TIME], starts)
        kept[crossed] = kept[crossed - 1] = True
        kept[0] |= self._is_after_empty
        if len(starts) > 1:
            self._is_after_empty = bool(len(crossed)) and crossed[-1] == starts[-1]
        return kept

    def _chosen_of_few(self, time: list[float], value: list[float], opened: int) -> tuple[list[int], int]:
        """The same as `_chosen` of a few points without gaps."""
        bucket, count = self.grid.numbers_of_few(time), len(time)
        starts = [at for at in range(1, count) if bucket[at] != bucket[at - 1] or time[at] > self.end]
        if not opened and count > 1 and starts[:1] != [1]:
            starts.insert(0, 1)
        kept = extremes_of_few(value, [0, *starts])
        kept.add(count - 1)
        if self.has_steps:
            kept.update([start - 1 for start in starts])
            return sorted(kept), starts[-1] if starts else 0
        crossed = [start for start in starts if bucket[start] - bucket[start - 1] > 1]
        kept.update(crossed, [start - 1 for start in crossed], [0] if self._is_after_empty else [])
        if starts:
            self._is_after_empty = crossed[-1:] == starts[-1:]
        return sorted(kept), starts[-1] if starts else 0


class PointsInView:
    """The points that a plot shows of one series, cut anew only when they must be.

    Example:
        >>> series, shown = Series("lab/oven", "", capacity=9), PointsInView()
        >>> series.extend([1.0, 2.0, 3.0], [20.0, 21.0, 22.0])
        >>> shown.follow(series, Grid(seconds=0.003), count=1000, left=1, in_samples=True)
        >>> shown.points.time, shown.first, shown.settled
        (array([2., 3.]), 0, 2)
    """

    def __init__(self) -> None:
        self._growing: GrowingPoints | None = None
        self.points = LinePoints(np.empty((2, 0)))
        """The points in view, and the one before."""
        self._span: tuple[float, float] | None = None
        self._bucket: object = None  # which one is at the left edge
        self._bucket_start = 0  # the position of its first sample

    @property
    def extremes(self) -> tuple[float, float]:
        """The least and the greatest value of the points but for the first one; infinities where there is none.

        Not known in a span, or of a state.
        """
        return self._growing.extremes() if self._growing else (math.inf, -math.inf)

    @property
    def cut(self) -> object:
        """Which numbering of points this is."""
        return self._growing and self._growing.cut

    @property
    def first(self) -> int:
        """Number of the first point."""
        return self._growing.first if self._growing else 0

    @property
    def settled(self) -> int:
        """Points with a smaller number never change within the cut."""
        return self._growing.settled if self._growing else 0

    @property
    def taken(self) -> int:
        """The position up to which samples are taken in."""
        return self._growing.taken if self._growing else 0

    @property
    def is_complete(self) -> bool:
        """Whether they end behind a span of time, so that what comes is not in it."""
        return self._growing is not None and self._growing.is_complete

    def follow(self, series: Series, buckets: Grid, count: int, left: float, *, in_samples: bool = False) -> None:
        """Bring the points up to date with the newest samples.

        Args:
            series: what is shown, with a sample at least; read only while its stream is held still.
            buckets: where they lie, if there are so many samples that it takes buckets.
            count: how many buckets are in view.
            left: where the view begins: epoch seconds, or a position; then the bucket there is in view as a whole.
            in_samples: whether that is a position.
        """
        start = int(left) if in_samples else series.position_at(left)
        grid = self._grid(series, buckets, count, max(start, series.oldest), series.total)
        if in_samples and grid.seconds is not None:
            left = start = self._start_of_bucket(series, grid, start)
        row = _POSITION if in_samples else _TIME
        growing = self._growing if self._span is None else None
        self._span = None
        if growing is None or not _stands(growing, series, grid) or not growing.reaches(left, row):
            before = start if in_samples else start - 1  # for the line to enter at the left edge
            growing = self._growing = GrowingPoints(series, grid, max(before, series.oldest))
            growing.follow()
        self.points = growing.view(left, row)

    def follow_span(self, series: Series, buckets: Grid, count: int, span: tuple[float, float]) -> None:
        """Bring the points up to date with the samples of a span of time, wherever it lies.

        Args:
            series: what is shown, with a sample at least; read only while its stream is held still.
            buckets: where they lie, if there are so many samples that it takes buckets.
            count: how many buckets are in view.
            span: where the view begins and ends, epoch seconds.
        """
        start, end = span
        first, stop = series.position_at(start), position_after(series, end)
        grid = self._grid(series, buckets, count, first, stop)
        growing = self._growing if span == self._span else None
        self._span = span
        if growing is None or not _stands(growing, series, grid):
            growing = self._growing = GrowingPoints(series, grid, max(first - 1, series.oldest), end)
            growing.follow()
        self.points = growing.view(start, _TIME)

    def _start_of_bucket(self, series: Series, grid: Grid, position: int) -> int:
        """The position of the first sample kept of the bucket of another one."""
        (number,) = grid.numbers_of_few([series.time_at(position)])
        bucket = (series, series.merges, grid, number)
        if bucket != self._bucket:
            self._bucket, self._bucket_start = bucket, series.position_at(grid.start(number))
        return max(self._bucket_start, series.oldest)

    def _grid(self, series: Series, buckets: Grid, count: int, start: int, stop: int) -> Grid:
        """Buckets where there are more than two samples for each, and then until there are fewer than one."""
        present = self._growing.grid if self._growing else SAMPLE_BY_SAMPLE
        if stop - start <= (2 * count if present.seconds is None else count):
            return SAMPLE_BY_SAMPLE
        shortest_gap_s = _shortest_gap_s(present, series, count, start, stop)
        return (
            buckets
            if shortest_gap_s == buckets.shortest_gap_s
            else buckets._replace(shortest_gap_s=shortest_gap_s)
        )


def position_after(series: Series, time: float) -> int:
    """The position of the first sample behind `time` (epoch seconds); the total when there is none."""
    return series.position_at(math.nextafter(time, math.inf))


def _shortest_gap_s(present: Grid, series: Series, columns: int, start: int, stop: int) -> float:
    """How long a silence must be for its gap to be seen: as long as half a bucket, where there are many.

    Each is points of its own, so that there must not be more of them than can be told apart. This changes seldom,
    as the line is then cut anew.
    """
    count = series.gap_count(start)
    count -= series.gap_count(stop - 1) if count else 0
    if count <= (columns if present.shortest_gap_s else 2 * columns):
        return 0.0
    wanted = (series.time_at(stop - 1) - series.time_at(start)) / (2 * columns)
    is_near = present.shortest_gap_s / 2 <= wanted <= 2 * present.shortest_gap_s
    return present.shortest_gap_s if is_near else wanted


def _stands(growing: GrowingPoints, series: Series, grid: Grid) -> bool:
    """Bring points up to date; False when they are of something else, or not true any more."""
    is_same = growing.series is series and growing.grid == grid and growing.has_steps == series.is_state
    return is_same and growing.follow()


def _joined(points: FewPoints, cut: Cut, known: int) -> Points:
    """The points, and behind them the samples of `cut` without the first `known`."""
    before, count = len(points[_TIME]), len(cut.time) - known
    joined: Points = np.empty((3, before + count))
    joined[:, :before] = points
    joined[_TIME, before:] = cut.time[known:]
    joined[_VALUE, before:] = cut.value[known:]
    joined[_POSITION, before:] = np.arange(cut.first + known, cut.first + known + count)
    return joined


def _with_breaks(shown: Points, gaps: IntArray, points: Points, chosen: IntArray) -> Points:
    """Those of the points that are chosen, as `shown`, with a break before each of the gaps."""
    if not len(gaps):
        return shown
    breaks = np.stack((points[_TIME, gaps], np.full(len(gaps), np.nan), points[_POSITION, gaps] - 0.5))
    broken: Points = np.insert(shown, np.searchsorted(chosen, gaps), breaks, axis=1)
    return broken

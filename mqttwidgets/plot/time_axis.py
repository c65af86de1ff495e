"""The time axis: it moves in steps, as each move redraws all, and has the pixel columns that points are cut to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import tzinfo
from functools import lru_cache
from typing import NamedTuple, Protocol

from .axes import time_caption, time_ticks
from .decimate import Grid
from .frame import Axis

_STRIDES = (1, 2, 5)
_MOST_IN_ALL = 10_000  # buckets of all lines, in a picture that moves on
_MOST_STILL = 50_000  # in one that stays: without a GPU a browser takes a second for them
_REST = 10  # frames without another picture, until the hand has come to rest
_SLACK = 0.8
_FINEST, _COARSEST = 0.25, 1.25  # of the width of a column, for a line that waits for its turn
_TURNS, _FEWEST_TURNS = 1 / 500, 3  # of all lines, and at least

_STEPS_A_WINDOW = 100
_SHORTEST_STEP_S, _MOST_OF_WINDOW = 0.25, 0.1
_SPARE, _MOST_SPARE = 0.01, 0.06
_LONGEST_SILENCE = 0.5
_MOST_AHEAD, _SKEW_S, _MOST_SKEW = 0.1, 3.0, 0.5  # of the axis, or as clocks usually differ
_OTHERS_WITHIN_S = 3600.0  # so that the axis does not leap whenever one speaks that does so seldom
_ROUNDING = 1e-9
APART_S = 400 * 86_400.0
"""A silence that no live picture has in it: what is before it is of another time, or of a clock that was wrong."""


class PixelColumns(NamedTuple):
    """The pixel columns of a picture from left to right, as spans of time of one length.

    Those of a picture that moves on stand at multiples of their width, so that one which is full never changes;
    those of a view that stays put begin where it begins.

    Attributes:
        seconds: width of one.
        number: how many.
        first: which is the leftmost one, counted from the one that begins at the origin.
        origin: epoch seconds.
    """

    seconds: float
    number: int
    first: int = 0
    origin: float = 0.0

    @classmethod
    def of_span(cls, start: float, end: float, number: int) -> PixelColumns:
        """Those that part a span of time (epoch seconds).

        Example:
            >>> PixelColumns.of_span(100.0, 130.0, 60)
            PixelColumns(seconds=0.5, number=60, first=0, origin=100.0)
        """
        return cls((end - start) / number, number, origin=start)

    @property
    def ends(self) -> tuple[float, float]:
        """Where the leftmost one begins and the rightmost one ends, epoch seconds.

        Example:
            >>> PixelColumns(0.5, number=60, first=200).ends
            (100.0, 130.0)
        """
        return _ends(*self)


class Strides:
    """How many pixel columns wide the buckets of each line are: one, more where there are many lines.

    Of a picture that moves on, all have the same. As another number cuts all lines anew, there are few to choose
    from, and it falls again only when lines have become clearly fewer. A picture that stays as it is becomes as
    fine as the screen, some lines with each frame.

    Example:
        >>> strides = Strides()
        >>> [strides.of(lines, columns=1000)[0] for lines in (1, 10, 11, 10, 8, 50)]
        [1, 1, 2, 2, 1, 5]
        >>> [strides.of(15, columns=1000, still="a picture").count(1) for _ in range(13)][-4:]
        [0, 0, 10, 15]
    """

    def __init__(self) -> None:
        self._common = _STRIDES[0]
        self._moving: tuple[int, int, list[int]] = (0, 0, [])  # lines, columns and what that comes to
        self._still: object = None
        self._fine = self._lines = 0

    @property
    def is_unfinished(self) -> bool:
        """Whether a picture that stays as it is becomes finer with the next frame."""
        return self._still is not None and self._fine < self._lines

    def of(self, lines: int, columns: int, still: object = None) -> list[int]:
        """Columns in a bucket of each line.

        Args:
            lines: how many there are.
            columns: in the picture.
            still: names a picture that stays as it is; None for one that moves on.
        """
        if still is None and (lines, columns) == self._moving[:2]:
            return self._moving[2]
        common = self._among(lines, columns)
        finest = _fewest(lines * columns, _MOST_STILL)
        if still is None or common <= finest:
            self._still = None
            self._moving = lines, columns, [common] * lines
            return self._moving[2]
        self._moving = 0, 0, []
        at_once = max(1, _MOST_IN_ALL // columns)
        self._fine = min(self._fine + at_once, lines) if still == self._still else -_REST * at_once
        self._still, self._lines = still, lines
        fine = max(self._fine, 0)
        return [finest] * fine + [common] * (lines - fine)

    def _among(self, lines: int, columns: int) -> int:
        fewest = _fewest(lines * columns, _MOST_IN_ALL)
        if fewest > self._common or _fewest(lines * columns, int(_SLACK * _MOST_IN_ALL)) < self._common:
            self._common = fewest
        return self._common


class Cut(Protocol):
    """A line cut for pixel columns."""

    width_s: float
    """How wide they are."""


class Widths:
    """How wide the pixel columns are that each line is cut for.

    Where a picture becomes a little longer or shorter, cutting all lines anew at once would hold up everything:
    with each frame some lines change over in turn. Until then a line has the extremes of spans of time that are a
    little shorter or longer than a pixel column.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._next = self._left = 0

    def share_out(self, lines: Sequence[Cut], seconds: float, *, at_once: bool = False) -> None:
        """Give the next lines in turn columns of this width, and all of them in the end.

        Args:
            lines: all that there are.
            seconds: how wide the columns of the picture are.
            at_once: whether no line may wait.
        """
        if seconds != self._seconds:
            self._seconds, self._left = seconds, 0 if at_once else len(lines)
            for line in lines:
                if at_once or not _FINEST <= line.width_s / seconds <= _COARSEST:
                    line.width_s = seconds
        self._left = min(self._left, len(lines))  # some may have been hidden meanwhile, or all
        turns = min(max(_FEWEST_TURNS, int(len(lines) * _TURNS)), self._left)
        for turn in range(self._next, self._next + turns):
            lines[turn % len(lines)].width_s = seconds
        self._next += turns
        self._left -= turns


def _fewest(columns: int, most: int) -> int:
    """Columns in a bucket, for so many in all to be no more than `most` buckets, or nearly so."""
    return next((stride for stride in _STRIDES if columns <= most * stride), _STRIDES[-1])


@lru_cache(maxsize=256)
def _ends(seconds: float, number: int, first: int, origin: float) -> tuple[float, float]:
    grid = Grid(seconds, origin)
    return grid.start(first), grid.start(first + number)


def columns_of_time_window(seconds: float, newest: float, now: float, count: int) -> PixelColumns:
    """The pixel columns of a time axis of a certain length.

    It goes on with the clock, so that silence shows as an empty stretch; but no further than half a window, so
    that what was last received stays in view. It moves by whole columns.

    Args:
        seconds: its length.
        newest: time of the newest sample, epoch seconds.
        now: epoch seconds.
        count: how many columns.

    Example:
        >>> columns_of_time_window(10.0, newest=100.1, now=100.2, count=1000).ends
        (90.25, 100.25)
    """
    width_s = seconds / count
    reached = max(newest, min(now, newest + _LONGEST_SILENCE * seconds))
    step = _step(seconds, count)
    return PixelColumns(width_s, count, first=_last(reached, width_s, step) - count)


def newest_to_show(newest: Sequence[float], now: float, seconds: float) -> float:
    """The time of the newest sample that a time axis of a certain length goes with.

    A device whose clock is ahead does not carry the axis away from what others send now.

    Args:
        newest: of each line the time of its newest sample, epoch seconds.
        now: epoch seconds.
        seconds: length of the axis.

    Example:
        >>> newest_to_show([999.0, 1120.0], now=1000.0, seconds=60.0), newest_to_show([1120.0], 1000.0, 60.0)
        (1006.0, 1120.0)
    """
    furthest = max(newest, default=now)
    most = now + max(_MOST_AHEAD * seconds, min(_SKEW_S, _MOST_SKEW * seconds))
    if furthest <= most:
        return furthest
    has_others = any(now - max(seconds, _OTHERS_WITHIN_S) <= each <= most for each in newest)
    return most if has_others else furthest


def ends_together(spans: Sequence[tuple[float, float]], now: float) -> tuple[float, float]:
    """From when to when a time axis goes that is as long as what is shown.

    What stands alone, more than 400 days before all others, as of a clock that starts in the year 2000, or as far
    ahead, does not count: else all the rest would be a point. Where all is old, it is shown like what is new.

    Args:
        spans: of each line the times of its first sample in the window and of its newest one, epoch seconds.
        now: epoch seconds.

    Example:
        >>> ends_together([(1.7e9, 1.7e9 + 60), (9.5e8, 9.5e8)], now=1.7e9 + 61)
        (1700000000.0, 1700000060.0)
        >>> ends_together([(9.5e8, 9.6e8)], now=1.7e9)
        (950000000.0, 960000000.0)
    """
    if not spans:
        return now, now
    newest = max([end for _, end in spans])
    if newest > now + APART_S:
        newest = max([end for _, end in spans if end <= now + APART_S], default=newest)
    oldest = min([begin for begin, _ in spans])
    if newest - oldest > APART_S:
        oldest = newest
        for begin, end in sorted(spans, key=lambda span: span[1], reverse=True):
            if end < oldest - APART_S:
                break
            oldest = min(oldest, begin)
    return oldest, newest


class FittedColumns:
    """The pixel columns of a time axis that is as long as what is shown, for windows counted in samples.

    They keep their width until what is shown is longer than they are, or clearly shorter. While they keep it, the
    axis goes back only where time does.

    Example:
        >>> fitted = FittedColumns()
        >>> fitted.fit(10.1, 30.1, 1000).seconds == fitted.fit(10.2, 30.2, 1000).seconds
        True
    """

    def __init__(self) -> None:
        self._width_s = 0.0
        self._step = self._count = 1

    def fit(self, oldest: float, newest: float, count: int) -> PixelColumns:
        """Those for samples from `oldest` to `newest` (epoch seconds), so many in number."""
        if newest <= oldest:
            return PixelColumns(1.0 / count, count, first=_last(newest, 1.0 / count, 1) - count)
        if count != self._count or not self._are_as_long_as(newest - oldest):
            self._choose(newest - oldest, newest, count)
        return PixelColumns(self._width_s, count, first=_last(newest, self._width_s, self._step) - count)

    def _are_as_long_as(self, span: float) -> bool:
        spare = max(2 * self._step, _MOST_SPARE * self._count)
        return (self._count - spare) * self._width_s <= span <= (self._count - self._step) * self._width_s

    def _choose(self, span: float, newest: float, count: int) -> None:
        self._count = count
        self._step = _step(span, count)
        self._width_s = max(span / max(count - self._step - math.ceil(_SPARE * count), 1), math.ulp(newest))


def _step(seconds: float, count: int) -> int:
    """By how many columns an axis of some length moves on."""
    step_s = max(seconds / _STEPS_A_WINDOW, min(_SHORTEST_STEP_S, seconds * _MOST_OF_WINDOW))
    return math.ceil(step_s / seconds * count * (1 - _ROUNDING))


def _last(time: float, width_s: float, step: int) -> int:
    """The column that begins at the first whole step behind a time."""
    return (math.floor(time / width_s) // step + 1) * step


@lru_cache(maxsize=256)
def time_axis(start: float, end: float, zone: tzinfo, zone_name: str) -> Axis:
    """The axis between two times, with ticks and a caption on the viewer's clock.

    The same object for who asks for the same, as many plots of one kernel do.

    Args:
        start: epoch seconds of the left end.
        end: epoch seconds of the right end.
        zone: the viewer's time zone.
        zone_name: its name.

    Example:
        >>> from datetime import timezone
        >>> axis = time_axis(0.0, 30.0, timezone.utc, "UTC")
        >>> axis.labels[:2], axis is time_axis(0.0, 30.0, timezone.utc, "UTC")
        (('00:00:00', '00:00:05'), True)
    """
    ticks = time_ticks(start, end, zone)
    caption = time_caption(start, end, zone, zone_name)
    return Axis((start, end), tuple(ticks), tuple(ticks.values()), caption=caption)

"""The time axis: it moves in steps, as each move redraws all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import tzinfo
from functools import lru_cache

from .axes import time_caption, time_ticks
from .columns import PixelColumns
from .frame import Axis

_STEPS_A_WINDOW = 100
_SHORTEST_STEP_S, _MOST_OF_WINDOW = 0.25, 0.1
_SPARE, _MOST_SPARE = 0.01, 0.06
_LONGEST_SILENCE = 0.5
_MOST_AHEAD, _SKEW_S, _MOST_SKEW = 0.1, 3.0, 0.5  # of the axis, or as clocks usually differ
_OTHERS_WITHIN_S = 3600.0  # so that the axis does not leap whenever one speaks that does so seldom
_ROUNDING = 1e-9

APART_S = 400 * 86_400.0
"""A silence that no live picture has in it: what is before it is of another time, or of a clock that was wrong."""


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

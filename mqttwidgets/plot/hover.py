"""Which sample is under the pointer, at full resolution."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..series.ring import Series
from .view import Seen


def sample_at(seen: Seen, time: float, reach_s: float) -> tuple[float, float] | None:
    """(time, value) of the sample at a time: of numbers the nearest one, of a state that which holds there.

    Args:
        seen: a series that the picture shows.
        time: epoch seconds.
        reach_s: how far a sample may be where nothing is known: in a gap, before the first one, behind the last.

    Returns:
        None where nothing is known.

    Example:
        >>> series = Series("lab/oven", "", capacity=9)
        >>> series.extend([1.0, 2.0], [20.0, 21.0])
        >>> sample_at(Seen(series, None), 1.6, 0.1), sample_at(Seen(series, None), 2.6, 0.1)
        ((2.0, 21.0), None)
    """
    find = _state_at if seen.series.is_state else _nearest
    position = find(seen, time, reach_s)
    if position is None:
        return None
    cut = seen.series.cut(position, position + 1)
    value = float(cut.value[0])
    return (float(cut.time[0]), value) if math.isfinite(value) else None


def distance_at(series: Series, time: float) -> float:
    """Seconds between the samples around a time, or between the last two before it; infinite without two."""
    behind = min(series.position_at(time), series.total - 1)
    while behind > series.oldest:
        distance_s = series.time_at(behind) - series.time_at(behind - 1)
        if distance_s > 0 or behind < series.total - 1:
            return distance_s or math.inf
        behind -= 1
    return math.inf


def stepped(series: Iterable[Series], time: float, steps: int) -> float:
    """The time of the sample so many samples on, or back for fewer than 0, of all series together.

    Args:
        series: any.
        time: where to start, epoch seconds.
        steps: how many; samples at the same time are one.

    Returns:
        Epoch seconds; infinite where there are not so many.
    """
    listed = list(series)
    for _ in range(abs(steps)):
        time = _later(listed, time) if steps > 0 else _earlier(listed, time)
    return time


def _nearest(seen: Seen, time: float, reach_s: float) -> int | None:
    series = seen.series
    behind = series.position_at(time)
    around = [position for position in (behind - 1, behind) if series.oldest <= position < series.total]
    if len(around) < 2 or len(series.cut(behind - 1, behind + 1).gaps):
        around = [position for position in around if abs(series.time_at(position) - time) <= reach_s]
    return min(around, key=lambda position: abs(series.time_at(position) - time), default=None)


def _state_at(seen: Seen, time: float, reach_s: float) -> int | None:
    series = seen.series
    behind = series.position_at(math.nextafter(time, math.inf))
    position = behind - 1
    if position < series.oldest:
        return None
    lasts_until = series.time_at(position)
    if behind == series.total:
        lasts_until = max(lasts_until, seen.known_until or lasts_until)
    elif not len(series.cut(position, behind + 1).gaps):
        lasts_until = time
    return position if time <= lasts_until + reach_s else None


def _later(series: list[Series], time: float) -> float:
    positions = ((one, one.position_at(math.nextafter(time, math.inf))) for one in series)
    return min((one.time_at(position) for one, position in positions if position < one.total), default=math.inf)


def _earlier(series: list[Series], time: float) -> float:
    positions = ((one, one.position_at(time) - 1) for one in series)
    return max((one.time_at(position) for one, position in positions if position >= one.oldest), default=-math.inf)

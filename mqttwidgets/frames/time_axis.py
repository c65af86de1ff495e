"""The time axis: it moves in steps, as each move redraws all."""

from __future__ import annotations

import math
from datetime import tzinfo
from functools import lru_cache

from .axes import time_caption, time_ticks
from .frame import Axis

_STEPS_A_WINDOW = 100
_SHORTEST_STEP_S, _MOST_OF_WINDOW = 0.25, 0.1
_LONGEST_SILENCE = 0.5


def ends_of_time_window(seconds: float, newest: float, now: float) -> tuple[float, float]:
    """The ends of a time axis of a certain length.

    It goes on with the clock, so that silence shows as an empty stretch; but no further than half a window, so
    that what was last received stays in view.

    Args:
        seconds: its length.
        newest: time of the newest sample, epoch seconds.
        now: epoch seconds.

    Example:
        >>> ends_of_time_window(10.0, newest=100.1, now=100.2)
        (90.25, 100.25)
    """
    step = max(_SHORTEST_STEP_S, seconds / _STEPS_A_WINDOW)
    end = (max(newest, min(now, newest + _LONGEST_SILENCE * seconds)) // step + 1) * step
    return end - seconds, end


class FittedTimeRange:
    """The ends of a time axis that is as long as what is shown, for windows counted in samples.

    They hold still until a sample leaves them, or until they stand more than two steps off.

    Example:
        >>> axis = FittedTimeRange()
        >>> axis.fit(10.1, 30.1), axis.fit(10.2, 30.2), axis.fit(10.3, 30.3)
        ((10.0, 30.25), (10.0, 30.25), (10.25, 30.5))
    """

    def __init__(self) -> None:
        self._ends = (0.0, 0.0)

    def fit(self, oldest: float, newest: float) -> tuple[float, float]:
        """The ends for samples from `oldest` to `newest`, epoch seconds."""
        span = newest - oldest
        if span <= 0:
            return newest - 1.0, newest
        step = max(span / _STEPS_A_WINDOW, min(_SHORTEST_STEP_S, span * _MOST_OF_WINDOW))
        low, high = self._ends
        if not (0 <= oldest - low <= 2 * step and 0 <= high - newest <= 2 * step):
            self._ends = (
                min(oldest, math.floor(oldest / step) * step),
                max(newest, math.ceil(newest / step) * step),
            )
        return self._ends


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

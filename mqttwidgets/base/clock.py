"""The time at which messages arrive, by a clock that never goes back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from .locks import ForkLock
from .text import duration

_SMALLEST_STEP_S = 0.05  # a smaller one may be the thread that waited between the two readings
_CATCHING_UP = 0.1
_TOLD_S = 1.0
_LEAP_S = 2.0


class ArrivalClock:
    """The computer's clock, except that it goes on evenly where that one is set back.

    A clock set back would give new samples the times of earlier ones: the line would scribble back over itself,
    and the live edge stand still until the clock had caught up. So this one goes on from where it was, a tenth
    slower, until the computer's has caught up with it: after a second within ten, after an hour within ten hours.
    How far it is ahead is told meanwhile. Where the computer's clock is set forward, as after sleep, it follows at
    once.

    Threads: any may call it; one lock guards it.

    Args:
        wall: the computer's clock, epoch seconds.
        steady: seconds that only ever grow.

    Example:
        >>> clock = ArrivalClock(iter([100.0, 101.0, 42.0, 43.0]).__next__, iter([0.0, 1.0, 2.0, 3.0]).__next__)
        >>> [round(clock.now(), 1) for _ in range(3)]
        [101.0, 102.0, 102.9]
    """

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._read_wall, self._read_steady = wall, steady
        self._lock = ForkLock(rank=4)
        self._wall, self._steady = wall(), steady()
        self._ahead_s = 0.0
        self._leaps, self._leapt_at = 0, -math.inf

    def now(self) -> float:
        """Epoch seconds."""
        with self._lock:
            self._follow()
            return self._wall + self._ahead_s

    def ahead_s(self) -> float:
        """Seconds by which it is ahead of the computer's clock."""
        with self._lock:
            self._follow()
            return self._ahead_s

    @property
    def leaps(self) -> int:
        """Number of times that the computer's clock has leapt forward by seconds, as it does while it sleeps."""
        with self._lock:
            self._follow()
            return self._leaps

    @property
    def since_leap_s(self) -> float:
        """Seconds since the last leap; infinite without one."""
        with self._lock:
            self._follow()
            return self._steady - self._leapt_at

    @property
    def remark(self) -> str:
        """A remark on being ahead; `""` where it is not worth telling."""
        ahead_s = self.ahead_s()
        if ahead_s < _TOLD_S:
            return ""
        ahead = duration(ahead_s)
        return (
            f"this computer's clock was set back: times of arrival are {ahead} ahead until it has caught up, and "
            "lines with times of their own stand left of them"
        )

    def _follow(self) -> None:
        wall, steady = self._read_wall(), self._read_steady()
        passed_s = steady - self._steady
        stepped_s = wall - self._wall - passed_s
        self._wall, self._steady = wall, steady
        if stepped_s > _LEAP_S:
            self._leaps, self._leapt_at = self._leaps + 1, steady
        if self._ahead_s or stepped_s < -_SMALLEST_STEP_S:
            caught_up_s = _CATCHING_UP * passed_s if self._ahead_s else 0.0
            self._ahead_s = max(0.0, self._ahead_s - stepped_s - caught_up_s)


CLOCK = ArrivalClock()
"""The clock of this process."""

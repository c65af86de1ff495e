"""So many times a second, neither more nor, for want of punctuality, fewer."""

from __future__ import annotations

_EARLY, _EARLY_S = 0.25, 0.02  # of the interval, and at most


class RateLimit:
    """When the next of a row of events is due, at a rate that may change.

    An event that came a little late lets the next one come sooner by as much: timers are late more often than
    early, and waiting a whole interval after each would lose one in ten. One that comes a little early, as others
    set the beat, puts the next one off by as much.

    Example:
        >>> pace = RateLimit()
        >>> pace.wait_s(now=5.0, rate_hz=10)
        0.0
        >>> pace.note(now=5.0, rate_hz=10)
        >>> round(pace.wait_s(now=5.02, rate_hz=10), 3)
        0.08
        >>> pace.note(now=5.12, rate_hz=10)
        >>> round(pace.wait_s(now=5.12, rate_hz=10), 3)
        0.08
    """

    def __init__(self) -> None:
        self._due = float("-inf")

    def wait_s(self, now: float, rate_hz: float) -> float:
        """Seconds until the next event is due; none where the clock was set back.

        Args:
            now: seconds, on whatever clock.
            rate_hz: events a second.
        """
        wait_s = self._due - now
        return wait_s if 0 < wait_s <= 2 / rate_hz else 0.0

    def is_due(self, now: float, rate_hz: float) -> bool:
        """Whether an event may come, a little early at most."""
        return self.wait_s(now, rate_hz) <= _early_s(rate_hz)

    def note(self, now: float, rate_hz: float) -> None:
        """Note an event."""
        late_s, early_s = now - self._due, _early_s(rate_hz)
        made_up_s = late_s if -early_s <= late_s < 1 / rate_hz - early_s else 0.0
        self._due = now + 1 / rate_hz - made_up_s


def _early_s(rate_hz: float) -> float:
    return min(_EARLY / rate_hz, _EARLY_S)

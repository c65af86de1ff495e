"""How often messages come, and whether the present silence is longer than usual."""

from __future__ import annotations

from collections import deque

RATE_SPAN_S = 5.0
"""Seconds over which the rate is taken."""

_PAUSES_REMEMBERED = 20
_FEWEST_PAUSES = 3
_SHORTEST_STALE_S = 5.0
_STALE_PAUSES = 3.0


class Rhythm:
    """The times of arrival of a stream, summed up. Not thread-safe: its SensorStream locks.

    Example:
        >>> rhythm = Rhythm()
        >>> for second in range(10):
        ...     rhythm.note(float(second))
        >>> rhythm.rate_hz(now=9.0), rhythm.is_stale(now=10.0), rhythm.is_stale(now=20.0)
        (1.0, False, True)
    """

    def __init__(self) -> None:
        self.last: float | None = None
        """Epoch seconds of the newest message."""
        self._per_second: deque[tuple[int, int]] = deque(maxlen=int(RATE_SPAN_S) + 2)
        self._pauses: deque[float] = deque(maxlen=_PAUSES_REMEMBERED)

    def note(self, received_at: float) -> None:
        """Note a message that came at `received_at`, epoch seconds."""
        if self.last is not None:
            self._pauses.append(max(0.0, received_at - self.last))
        self.last = received_at
        second = int(received_at)
        if self._per_second and self._per_second[-1][0] == second:
            self._per_second[-1] = (second, self._per_second[-1][1] + 1)
        else:
            self._per_second.append((second, 1))

    def restart(self) -> None:
        """Forget the pauses: an outage is no rhythm."""
        self.last = None
        self._pauses.clear()

    def rate_hz(self, now: float) -> float:
        """Messages a second over the last full seconds."""
        newest = int(now)
        oldest = newest - RATE_SPAN_S
        return sum(count for second, count in self._per_second if oldest <= second < newest) / RATE_SPAN_S

    def is_stale(self, now: float) -> bool:
        """Whether it has been silent for much longer than between the latest messages."""
        if self.last is None or len(self._pauses) < _FEWEST_PAUSES:
            return False
        return now - self.last > max(_SHORTEST_STALE_S, _STALE_PAUSES * max(self._pauses))

"""How often messages come, and whether the present silence is longer than usual."""

from __future__ import annotations

from collections import deque

RATE_SPAN_S = 5.0
"""Seconds over which the rate is taken."""

_PAUSES_REMEMBERED = 20
_SHORTEST_PAUSE_S = 1.0
_SHORTEST_STALE_S = 5.0
_STALE_PAUSES = 3.0


class Rhythm:
    """The times of arrival of a stream, summed up. Not thread-safe: its SensorStream locks.

    Messages less than a second apart count as one burst, so that many sensors that report together each minute
    have a rhythm of one minute.

    Example:
        >>> rhythm = Rhythm()
        >>> for second in range(10):
        ...     rhythm.note(float(second))
        >>> rhythm.rate_hz(now=9.0), rhythm.is_stale(now=10.0, since=0.0), rhythm.is_stale(now=20.0, since=0.0)
        (1.0, False, True)
    """

    def __init__(self) -> None:
        self.first: float | None = None
        """Epoch seconds of the first message."""
        self.last: float | None = None
        """Epoch seconds of the newest message."""
        self._counts_from: float | None = None  # the newest message, unless an outage came after it
        self._per_second: deque[tuple[int, int]] = deque(maxlen=int(RATE_SPAN_S) + 2)
        self._pauses: deque[float] = deque(maxlen=_PAUSES_REMEMBERED)

    def note(self, received_at: float) -> None:
        """Note a message that came at `received_at`, epoch seconds."""
        second = int(received_at)
        if self._counts_from is not None and received_at - self._counts_from >= _SHORTEST_PAUSE_S:
            self._pauses.append(received_at - self._counts_from)
        if self.first is None:
            self.first = received_at
        self.last = self._counts_from = received_at
        if self._per_second and self._per_second[-1][0] == second:
            self._per_second[-1] = (second, self._per_second[-1][1] + 1)
        else:
            self._per_second.append((second, 1))

    def interrupt(self) -> None:
        """Do not count the present silence as a pause: the link was down."""
        self._counts_from = None

    def rate_hz(self, now: float) -> float:
        """Messages a second over the last full seconds, five of them where there were as many."""
        if self.first is None:
            return 0.0
        newest = int(now)
        oldest = max(newest - int(RATE_SPAN_S), int(self.first))
        count = sum(count for second, count in self._per_second if oldest <= second < newest)
        return count / max(1, newest - oldest)

    def is_stale(self, now: float, since: float) -> bool:
        """Whether it has been silent for much longer than between the latest messages.

        Args:
            now: epoch seconds.
            since: when the link came up, epoch seconds; silence counts from there.
        """
        if self.first is None or self.last is None or self.last - self.first < _SHORTEST_STALE_S:
            return False
        usual_s = max(self._pauses, default=_SHORTEST_PAUSE_S)
        return now - max(self.last, since) > max(_SHORTEST_STALE_S, _STALE_PAUSES * usual_s)

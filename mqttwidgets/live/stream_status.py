"""How a stream is: how often messages come, whether it is stale by `series.gaps`, its status in a sentence."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

from ..base.model import LinkState, Status
from ..base.text import duration
from ..series.gaps import IS_STALE, SHORTEST_SILENCE_S, longest_usual_s

RATE_SPAN_S = 5.0
"""Seconds over which the rate is measured."""

LONG_UNANSWERED_S, LONG_SILENT_S = 3.0, 15.0
"""Seconds without an answer, or without a message, after which the status says how long that has been."""

_PAUSES_REMEMBERED = 20
_SHORTEST_PAUSE_S = 1.0


class Rhythm:
    """How often the messages of a stream arrive. Not thread-safe: its SensorStream locks.

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
        self.has_kept = False
        """Whether messages came that the broker had kept: they say nothing of how often others come."""
        self._counts_from: float | None = None  # the newest message, unless an outage came after it
        # The second that the newest message came in, unless an outage came since; floats, which compare sooner.
        self._second, self._next_second = math.inf, math.inf
        self._per_second: deque[list[int]] = deque(maxlen=int(RATE_SPAN_S) + 2)  # second, messages in it
        self._pauses: deque[float] = deque(maxlen=_PAUSES_REMEMBERED)

    def note_kept(self) -> None:
        """Note a message that the broker had kept, and sent because we subscribed."""
        self.has_kept = True

    def note(self, received_at: float) -> None:
        """Note any other message, which arrived at `received_at`, epoch seconds."""
        if self._second <= received_at < self._next_second:  # as mostly, when many come
            self._per_second[-1][1] += 1
            self.last = self._counts_from = received_at
            return
        second = int(received_at)
        if self._counts_from is not None and received_at - self._counts_from >= _SHORTEST_PAUSE_S:
            self._pauses.append(received_at - self._counts_from)
        if self.first is None:
            self.first = received_at
        self.last = self._counts_from = received_at
        self._second, self._next_second = float(second), second + 1.0
        if self._per_second and self._per_second[-1][0] == second:
            self._per_second[-1][1] += 1
        else:
            self._per_second.append([second, 1])

    def interrupt(self) -> None:
        """Do not count the present silence as a pause: the link was down."""
        self._counts_from, self._second = None, math.inf

    def rate_hz(self, now: float) -> float:
        """Messages a second over the last full seconds, five of them if there were as many."""
        if self.first is None:
            return 0.0
        newest = int(now)
        oldest = max(newest - int(RATE_SPAN_S), int(self.first))
        count = sum(count for second, count in self._per_second if oldest <= second < newest)
        return count / max(1, newest - oldest)

    def is_stale(self, now: float, since: float) -> bool:
        """Whether the present silence is much longer than the latest ones.

        Args:
            now: epoch seconds.
            since: when the link came up, epoch seconds; silence counts from there.
        """
        if self.first is None or self.last is None or self.last - self.first < SHORTEST_SILENCE_S:
            return False
        usual_s = max(self._pauses, default=_SHORTEST_PAUSE_S)
        return now - max(self.last, since) > longest_usual_s(usual_s, IS_STALE)


class Standing(NamedTuple):
    """The status of a stream at one moment.

    Attributes:
        status: the status in one word.
        text: the status in a sentence, with the reason.
        link: the state of its link.
    """

    status: Status
    text: str
    link: LinkState


def standing_in_words(status: Status, link: LinkState, rhythm: Rhythm, host: str, filters: str, now: float) -> str:
    """The status of a stream in a sentence, with the reason.

    Args:
        status: the status in one word.
        link: the state of its link.
        rhythm: how its messages have come.
        host: the name of its broker.
        filters: its topic filters.
        now: epoch seconds.
    """
    last = rhythm.last
    if status == "stale" and last is not None:
        silent = f"Connected to {host}, but silent for {duration(now - max(last, link.since))}."
        return f"{silent} {link.remark}".rstrip()
    if status == "live" and last is None:
        waits = f"Connected to {host}. Waiting for the first message on {filters}."
        if rhythm.has_kept:
            waits = f"Connected to {host}, which had kept messages. Waiting for the first new one on {filters}."
        silent_s = now - link.since
        long_so = "" if silent_s < LONG_SILENT_S else f" None for {_so_far(silent_s)}."
        return f"{waits}{long_so} {link.remark}".rstrip()
    return _link_in_words(link, now)


def _link_in_words(link: LinkState, now: float) -> str:
    """The state of a link, and for how long there was no answer: a resolver may take a minute to give none."""
    if link.status not in ("connecting", "offline"):
        return f"{link.text} {link.remark}".rstrip()
    if link.next_try_at is not None and link.next_try_at > now:
        return f"{link.text} Next try in {duration(link.next_try_at - now)}."
    text, since = link.text, link.since
    if link.next_try_at is not None:
        text, since = f"{link.text} Trying again.", link.next_try_at
    return text if now - since < LONG_UNANSWERED_S else f"{text} No answer for {_so_far(now - since)}."


def _so_far(seconds: float) -> str:
    return f"{duration(seconds)}; doctor() looks for what is in the way"

"""Messages that nobody here asked for."""

from __future__ import annotations

import time

from ..base.text import printable, quantity

_ON_THE_WAY_S = 10.0


class Strays:
    """What a broker sends on topics that match no filter: one that rewrites topics, say, or knows other prefixes.

    Without a word of it, a plot would wait for ever for what comes all the time. What comes within ten seconds of
    the end of a subscription may be its own, and does not count. Not thread-safe: its Connection locks.

    Example:
        >>> strays = Strays()
        >>> strays.add("plant/7")
        >>> strays.remark
        "1 message came that no filter here matches, the first on 'plant/7'."
    """

    def __init__(self) -> None:
        self._count = 0
        self._first = ""
        self._settled_at = 0.0

    def begin(self) -> None:
        """Begin anew, with a session."""
        self._count = 0

    def expect(self) -> None:
        """Note that a subscription ends now."""
        self._settled_at = time.monotonic() + _ON_THE_WAY_S

    def add(self, topic: str) -> None:
        """Note a message."""
        if time.monotonic() < self._settled_at:
            return
        self._first = self._first if self._count else printable(topic)
        self._count += 1

    @property
    def remark(self) -> str:
        """What should be known of them to who waits for messages; `""` for nothing."""
        if not self._count:
            return ""
        return (
            f"{quantity(self._count, 'message')} came that no filter here matches, the first on {self._first!r}."
        )

"""What a paused plot shows: the series as they were at one moment."""

from __future__ import annotations

from collections.abc import Mapping

from ..series import Series
from ..store import Key
from .tally import Tally


class Frozen:
    """Copies of all series, as the rings go on and would overwrite what is shown.

    Args:
        live: the series to copy.
        at: the moment, epoch seconds.
        known_until: the newest message of the stream, epoch seconds; None before the first.

    Attributes:
        series: the copies.
        at: the moment, epoch seconds.
        known_until: the newest message of the stream, epoch seconds; None before the first.
    """

    def __init__(self, live: Mapping[Key, Series], at: float, known_until: float | None) -> None:
        self._tally = Tally(live)
        self.series = {key: one.copy() for key, one in live.items()}
        self.at = at
        self.known_until = known_until

    def waiting(self, live: Mapping[Key, Series]) -> int:
        """Samples that came since."""
        return self._tally.since(live)

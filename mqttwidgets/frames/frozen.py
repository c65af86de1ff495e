"""What a paused plot shows: the series as they were at one moment."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

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
        self._from = frozenset(live)
        self._added: dict[Key, tuple[Series, int, int, bool]] = {}
        self.series = {key: one.copy() for key, one in live.items()}
        self.at = at
        self.known_until = known_until

    def waiting(self, live: Mapping[Key, Series]) -> int:
        """Samples that came since."""
        return self._tally.since(live)

    def add(self, key: Key, live: Series) -> None:
        """Have what a series was at that moment that is computed only now; as far as it is by now."""
        known, total, merges, is_whole = self._added.get(key, (None, 0, 0, False))
        if key in self._from or (known is live and (is_whole or (total, merges) == (live.total, live.merges))):
            return
        twin = live.copy()
        end = twin.position_at(math.nextafter(self.at, math.inf))
        self._added[key] = (live, live.total, live.merges, end < live.total)
        twin.rewrite(end, np.empty(0), np.empty(0))
        if len(twin):
            self.series[key] = twin

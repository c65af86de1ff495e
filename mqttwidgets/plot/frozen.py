"""The series as they were at one moment, for a paused plot."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..analysis.transforms.transform import cut_behind
from ..base.model import Key
from ..series.ring import Series


class NewSamples:
    """How many samples all series had at one moment.

    Args:
        live: the series.

    Example:
        >>> series = Series("lab/oven", "", capacity=9)
        >>> tally = NewSamples({("lab/oven", ""): series})
        >>> series.extend([1.0, 2.0], [20.0, 21.0])
        >>> tally.since({("lab/oven", ""): series})
        2
    """

    def __init__(self, live: Mapping[Key, Series]) -> None:
        self._totals = {key: (one, one.total) for key, one in live.items()}

    def since(self, live: Mapping[Key, Series]) -> int:
        """Samples that came since, all of those of a series that is new or was made anew under its name."""
        return sum(one.total - self._total(key, one) for key, one in live.items())

    def _total(self, key: Key, series: Series) -> int:
        known, total = self._totals.get(key, (None, 0))
        return total if known is series else 0


class _State(NamedTuple):
    """How far a copy goes.

    Attributes:
        live: of which series it is.
        total: how many samples that had when they were taken.
        merges: how often that had been changed by then.
        is_whole: whether nothing is to be added any more.
    """

    live: Series
    total: int
    merges: int
    is_whole: bool


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
        self._tally = NewSamples(live)
        self._states = {key: _State(one, one.total, one.merges, is_whole=False) for key, one in live.items()}
        self.series = {key: one.copy() for key, one in live.items()}
        self.at = at
        self.known_until = known_until

    def waiting(self, live: Mapping[Key, Series]) -> int:
        """Samples that came since."""
        return self._tally.since(live)

    def newest_of(self, key: Key, live: Series | None) -> float | None:
        """The time of the newest sample at that moment; None where that series was not there, or had none.

        Args:
            key: (topic, field).
            live: the series that goes by that now; another one may.
        """
        state = self._states.get(key)
        last = self.series[key].last if state is not None and state.live is live else None
        return None if last is None else last[0]

    def add(self, key: Key, live: Series, until: float) -> None:
        """Add what was computed since of a series as it was at that moment.

        Args:
            key: (topic, field).
            live: the series; where another one went by that before, its copy goes.
            until: the time of the newest sample that it can have, epoch seconds.
        """
        state = self._states.get(key)
        if state is None or state.live is not live:
            self.series.pop(key, None)
            state = _State(live, 0, 0, is_whole=False)
        elif state.is_whole or (state.total, state.merges) == (live.total, live.merges):
            return
        end = live.position_at(math.nextafter(until, math.inf))
        if self._take(key, state, end):
            state = _State(live, live.total, live.merges, is_whole=False)
        self._states[key] = state._replace(is_whole=end < live.total)

    def _take(self, key: Key, state: _State, end: int) -> bool:
        """Copy the samples of a series before a position, if they are newer than those of its copy."""
        live, copy = state.live, self.series.get(key)
        if end <= live.oldest or (copy is not None and copy.last and live.time_at(end - 1) <= copy.last[0]):
            return False
        if copy is not None and live.oldest < copy.total <= live.unchanged_to(state.merges):
            more = cut_behind(live, copy.total, end)  # what the ring has let go since stays in the copy
            copy.rewrite(copy.total, more.time, more.value, more.gaps.tolist())
            return True
        twin = live.copy()
        twin.rewrite(end, np.empty(0), np.empty(0))
        self.series[key] = twin
        return True

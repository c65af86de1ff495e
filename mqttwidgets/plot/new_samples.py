"""How many samples came since a moment."""

from __future__ import annotations

from collections.abc import Mapping

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

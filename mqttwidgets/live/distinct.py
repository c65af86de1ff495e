"""Counting how many different names there are, without keeping them."""

from __future__ import annotations

import numpy as np

_BATCH = 10_000
MOST_COUNTED = 2_000_000


class DistinctCount:
    """How many different names were seen, by their hashes: 8 bytes each, and 2,000,000 at most.

    Two names with one hash count once, which among a million has a chance of one in 30 million. Not thread-safe.

    Example:
        >>> count = DistinctCount()
        >>> for name in ("a", "b", "a"):
        ...     count.add(name)
        >>> len(count)
        2
    """

    def __init__(self) -> None:
        self._known = np.empty(0, np.int64)
        self._new: set[int] = set()

    def add(self, name: object) -> None:
        """See a name."""
        self._new.add(hash(name))
        if len(self._new) >= _BATCH:
            self._merge()

    def __len__(self) -> int:
        self._merge()
        return len(self._known)

    @property
    def is_full(self) -> bool:
        """Whether there were more than could be counted."""
        return len(self._known) >= MOST_COUNTED

    def _merge(self) -> None:
        if self._new and not self.is_full:
            new = np.fromiter(sorted(self._new), np.int64, len(self._new))
            places = self._known.searchsorted(new)
            is_known = np.zeros(len(new), bool)
            within = places < len(self._known)
            is_known[within] = self._known[places[within]] == new[within]
            self._known = np.insert(self._known, places[~is_known], new[~is_known])[:MOST_COUNTED]
        self._new.clear()

"""Keeps series within bounds: how many there are, and how much memory their samples take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

import numpy as np

from ..base.model import Key
from ..series.ring import Series

HISTORY_BYTES = 512 * 1024 * 1024
"""How much memory the samples of all series of a stream take at most."""

BYTES_A_SAMPLE = 16.2
"""As measured: two doubles, and a share of the chunk that is dropped next.

Half as much again where a sample has a time of its own, as its arrival is then kept, too: see `Series.weight`."""

MOST_COUNTED = 2_000_000
"""How many different names are counted at most."""

_SPARKPLUG, _EDGE_NODE = "spBv1.0", 3  # and the level of a topic that names the node
_FIRST, _FIRST_OF_ROOT = 2, 4  # half of all places are for those that came first, a quarter for those of one root
_MORE = 2  # series; so that none returns in place of the one that it gave way to
_SLACK = 1 / 16  # of all memory, freed at once, so that there is seldom anything to do
_UNSEEN = 1 / 64  # of all memory, filled before the next look at where there is less room than that
_NAMES_AT_ONCE = 10_000


class Fairness:
    """Finds a series that gives way to one of another family with fewer: no sender may keep out all later ones.

    A line that moves is never removed: only a series may give way that had a single message, or only messages
    retained by the broker. A family is a first topic level, or, if that is the newcomer's own, a second level
    below it. A family gives up the oldest of these series if it has at least two more of them than the newcomer's
    family has series in all, so that none returns in place of the one that it gave way to.

    Anybody who may publish can do so under a thousand first levels, each with fewer series than an honest home has
    doors that seldom open. So those that came first do not give way: they have half of the places, a quarter for
    each first level. Not thread-safe: its SensorStream locks.

    Args:
        places: how many series there may be.

    Example:
        >>> fairness = Fairness(places=3)
        >>> for number in range(3):
        ...     fairness.add((f"flood/{number}", ""), f"flood/{number}")
        >>> fairness.gives_way("home/kitchen"), fairness.gives_way("flood/3")
        (('flood/0', ''), None)
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._families: dict[Key, _Family] = {}
        self._first: dict[Key, str] = {}  # those that came first, and their roots
        self._first_of: Counter[str] = Counter()
        self._series: Counter[str | tuple[str, str]] = Counter()
        self._still: dict[str, dict[Key, None]] = {}  # root → its series that do not move yet, the oldest first
        self.still: set[Key] = set()
        """All series that do not move yet."""
        self._fullest: dict[
            str, _Fullest | None
        ] = {}  # of each root its branch, and as "" the root; until a change
        self._refused: str | None = None  # the topic that nothing gave way to, until a change

    def add(self, key: Key, topic: str) -> None:
        """Note the first message of a series.

        Args:
            key: (topic, field) of the series.
            topic: the topic of the message.
        """
        family = self._families[key] = _family_of(topic)
        self._series.update(family)
        self._still.setdefault(family.root, {})[key] = None
        self.still.add(key)
        root = family.root
        if len(self._first) < self._places // _FIRST and self._first_of[root] < self._places // _FIRST_OF_ROOT:
            self._first[key] = root
            self._first_of[root] += 1
        self._fullest.clear()
        self._refused = None

    def moves(self, key: Key) -> None:
        """Note another message of a series, one that is not retained."""
        family = self._families.get(key)
        if family is not None:
            self._let_go(key, family)

    def remove(self, key: Key) -> None:
        """Note that a series was dropped."""
        family = self._families.pop(key, None)
        if family is not None:
            self._series -= Counter(family)
            self._let_go(key, family)
            if self._first.pop(key, None) is not None:
                self._first_of -= Counter([family.root])

    def gives_way(self, topic: str) -> Key | None:
        """The series that makes room for one of a message's topic; None if all may stay.

        It costs almost nothing if nothing has changed since the last call.
        """
        if topic == self._refused:  # as with each of two thousand fields of a message
            return None
        new = _family_of(topic)
        for place, held in (("", new.root), (new.root, new.branch)):
            fullest = self._fullest_in(place)
            if fullest is not None and fullest.size >= self._series[held] + _MORE:
                return fullest.oldest
        self._refused = topic
        return None

    def _fullest_in(self, place: str) -> _Fullest | None:
        """The fullest branch of a root, or, for `""`, the fullest root."""
        if place and place not in self._still:  # not remembered: there may be any number of such roots
            return None
        if place not in self._fullest:
            roots = [series for series in self._still.values() if series]
            parts = self._branches(place) if place else roots
            oldest = [next((key for key in part if key not in self._first), None) for part in parts]
            self._fullest[place] = max(
                (_Fullest(len(part), key) for part, key in zip(parts, oldest, strict=True) if key is not None),
                key=lambda each: each.size,
                default=None,
            )
        return self._fullest[place]

    def _branches(self, root: str) -> list[list[Key]]:
        found: dict[tuple[str, str], list[Key]] = {}
        for key in self._still.get(root, ()):
            found.setdefault(self._families[key].branch, []).append(key)
        return list(found.values())

    def _let_go(self, key: Key, family: _Family) -> None:
        still = self._still.get(family.root, {})
        still.pop(key, None)
        self.still.discard(key)
        if not still:
            self._still.pop(family.root, None)
        self._fullest.clear()
        self._refused = None


class _Family(NamedTuple):
    """The owner of a series, as far as the topic tells: its first level, and its first two.

    In Sparkplug B these are the group, and the edge node in it (specification 3.0, section 4.1).
    """

    root: str
    branch: tuple[str, str]


class _Fullest(NamedTuple):
    """The family with the most series that do not move yet: how many, and the oldest that may give way."""

    size: int
    oldest: Key


def _family_of(topic: str) -> _Family:
    levels = topic.lstrip("/").split("/", 5)
    if levels[0] == _SPARKPLUG and len(levels) > _EDGE_NODE:
        levels = [f"{_SPARKPLUG}/{levels[1]}", levels[_EDGE_NODE]]
    return _Family(levels[0] or "/", (levels[0], levels[1] if len(levels) > 1 else ""))


class DistinctCount:
    """Counts different names by their hashes, without keeping the names: 8 bytes each, and 2,000,000 at most.

    Two names with the same hash count once; among a million names the chance of that is one in 30 million. Not
    thread-safe.

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
        """Count a name unless it was counted before."""
        self._new.add(hash(name))
        if len(self._new) >= _NAMES_AT_ONCE:
            self._merge()

    def __len__(self) -> int:
        self._merge()
        return len(self._known)

    @property
    def is_full(self) -> bool:
        """Whether there are as many names as can be counted."""
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


class SharedMemory:
    """Shortens the longest series when all of them together take too much memory. Not thread-safe.

    They lose their oldest samples, down to a common length, and keep no more than that from then on; shorter ones,
    whose sensors send seldom, lose nothing.

    Args:
        limit_bytes: how much memory all samples may take.

    Attributes:
        shortened_to: how many samples the longest series keeps; None as long as there was room for all.

    Example:
        >>> memory = SharedMemory(limit_bytes=1620)
        >>> fast, slow = Series("fast", "", 1000), Series("slow", "", 1000)
        >>> fast.extend([*map(float, range(200))], [0.0] * 200)
        >>> slow.extend([1.0, 100.0], [0.0, 0.0])
        >>> memory.note(202, [fast, slow])
        >>> len(fast), len(slow), memory.shortened_to
        (90, 2, 90)
    """

    def __init__(self, limit_bytes: float = HISTORY_BYTES) -> None:
        self._limit_bytes = limit_bytes
        samples = limit_bytes / BYTES_A_SAMPLE
        self._unseen = int(samples * _UNSEEN)
        self._most = int(samples) - self._unseen
        self._room: float = self._most
        self.shortened_to: int | None = None

    @property
    def remark(self) -> str:
        """How far the history was shortened, in words; `""` as long as there was room for all."""
        if self.shortened_to is None:
            return ""
        full = f"{self._limit_bytes / 1024 / 1024:,.0f} MB are full"
        return f"history of the longest series shortened to {self.shortened_to:,} samples: {full}"

    def note(self, stored: float, series: Collection[Series]) -> None:
        """Note that samples were stored, and shorten series if need be; costs almost nothing while there is room.

        Args:
            stored: how many, each with a time of its own counted as one and a half.
            series: all series, with these samples in them.
        """
        self._room -= stored
        if self._room >= 0:
            return
        weights = [one.weight for one in series]
        if sum(weights) > self._most:
            common = common_length(weights, int(self._most * (1 - _SLACK)))
            kept = [
                (one, max(int(len(one) * common / weight), 1))
                for one, weight in zip(series, weights, strict=True)
                if weight > common
            ]
            self.shortened_to = max([capacity for _, capacity in kept], default=self.shortened_to)
            for one, capacity in kept:
                one.shorten(capacity)
        self._room = max(self._most - sum([one.weight for one in series]), self._unseen)


def common_length(lengths: Iterable[float], total: float) -> float:
    """The length to shorten longer ones to, so that all together are at most `total`; at least 1.

    Example:
        >>> common_length([10, 500, 700], 410), common_length([10, 20], 410)
        (200, 20)
    """
    ascending = sorted(lengths)
    for index, length in enumerate(ascending):
        most = total // (len(ascending) - index)
        if length > most:
            return max(most, 1)
        total -= length
    return max(ascending, default=1)

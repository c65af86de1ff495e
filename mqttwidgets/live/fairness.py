"""Who gives way where there is no room for another series, so that no sender keeps out all that come later."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

Key = tuple[str, str]
"""(topic, field)."""

_SPARKPLUG, _EDGE_NODE = "spBv1.0", 3  # and which level of a topic names it
_FIRST, _FIRST_OF_ROOT = 2, 4  # of all places half are for what came first, a quarter for that of one root
_MORE = 2  # series; so that none comes back in the place of whoever it gave way to


class _Family(NamedTuple):
    """Whose series one is, as far as the topic tells: its first level, and its first two.

    In Sparkplug B these are the group, and the edge node in it (specification 3.0, section 4.1).
    """

    root: str
    branch: tuple[str, str]


class _Fullest(NamedTuple):
    """Which part has most series that do not move yet: how many, and the oldest of them that may give way."""

    size: int
    oldest: Key


class Fairness:
    """Finds a series that gives way to one of another family, which has fewer.

    A line that moves is not taken away: only a series gives way that had one message, or none but what the broker
    had kept. A family is a first level, or, where that is the newcomer's own, a second level below it. One that
    has two more of such series than the newcomer's family has series at all gives way with the oldest of them, so
    that none comes back in the place of whoever it gave way to.

    Whoever may publish can do so under a thousand first levels, each of which has fewer than an honest home has
    doors that seldom open. So what came first does not give way: it has half of the places, a quarter for each
    first level. Not thread-safe: its SensorStream locks.

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
        self._first: dict[Key, str] = {}  # what came first, and its root
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
        """Note a series that has its first message.

        Args:
            key: (topic, field) of the series.
            topic: that of the message.
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
        """Note that a series has another message, one that was sent just then."""
        family = self._families.get(key)
        if family is not None:
            self._let_go(key, family)

    def remove(self, key: Key) -> None:
        """Note that a series is there no more."""
        family = self._families.pop(key, None)
        if family is not None:
            self._series -= Counter(family)
            self._let_go(key, family)
            if self._first.pop(key, None) is not None:
                self._first_of -= Counter([family.root])

    def gives_way(self, topic: str) -> Key | None:
        """Which series makes room for one of a message's topic; None where all may stay.

        Next to nothing is to do where nothing changed since it was asked last.
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
        """The fullest branch of a root, or with `""` the fullest root."""
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


def _family_of(topic: str) -> _Family:
    levels = topic.lstrip("/").split("/", 5)
    if levels[0] == _SPARKPLUG and len(levels) > _EDGE_NODE:
        levels = [f"{_SPARKPLUG}/{levels[1]}", levels[_EDGE_NODE]]
    return _Family(levels[0] or "/", (levels[0], levels[1] if len(levels) > 1 else ""))

"""Units that one topic announced for another, and whose word is taken for them."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...base.patterns import LONGEST_TOPIC
from ..formats.announcements import Announced, may_describe
from ..limits import Budget, Entry

NOT_BELIEVED = "a unit for a topic that this one may not describe: not taken"
CONTRADICTED = "a unit that contradicts an earlier announcement: not taken"
UNIT_CHANGED = "the unit that is announced for a topic changed"

_BYTES_PER_UNIT = 350

Key = tuple[str, str]
"""(topic, field)."""


class _Unit(NamedTuple):
    """A unit, who announced it first, and its place in the budget."""

    text: str
    announcer: int
    entry: Entry | None


class AnnouncedUnits:
    """The units announced, each for a field of a topic.

    Args:
        budget: counts what they take, and has some forgotten when that is too much.
        on_change: called with the topic whose unit is another from now on.

    Example:
        >>> units = AnnouncedUnits(Budget(), lambda topic: None)
        >>> units.note(Announced("lab/t", "", "°C"), by="lab/t/$unit", sender=1)
        ''
        >>> units.of("lab/t", ""), units.of("lab/h", "")
        ('°C', '')
    """

    def __init__(self, budget: Budget, on_change: Callable[[str], object]) -> None:
        self._budget = budget
        self._on_change = on_change
        self._units: dict[Key, _Unit] = {}
        self._beyond: Mapping[Key, _Unit] = {}

    def note(self, announced: Announced, by: str, sender: int) -> str:
        """Remember a unit; what is to be said of that, or `""`.

        The first to announce a unit is believed from there on: only that topic can change it.

        Args:
            announced: the unit, and what it is of.
            by: the topic that it was announced on.
            sender: who sent that, as the budget knows senders.
        """
        topic, name, unit = announced
        if max(len(topic), len(name)) > LONGEST_TOPIC:
            return ""
        if not may_describe(by, topic):
            return NOT_BELIEVED
        announcer = hash(by)
        former = self._units.get((topic, name)) or self._beyond.get((topic, name))
        if former is None:
            self._keep(announced, announcer, sender)
            return ""
        if former.text == unit:
            return ""
        if former.announcer != announcer:
            return CONTRADICTED
        self._units[topic, name] = former._replace(text=unit)
        self._on_change(topic)
        return UNIT_CHANGED

    def of(self, topic: str, name: str) -> str:
        """The unit of a field of a topic, or `""`."""
        if not self._units and not self._beyond:
            return ""
        known = self._units.get((topic, name)) or self._beyond.get((topic, name))
        if known is None:
            return ""
        if known.entry is not None and not known.entry.is_proven:
            self._budget.prove(known.entry)
        return known.text

    def twin(self) -> AnnouncedUnits:
        """The same units, to try a message with: what that announces, or needs, is not remembered here."""
        twin = AnnouncedUnits(Budget(), lambda topic: None)
        twin._beyond = self._units
        return twin

    def _keep(self, announced: Announced, announcer: int, sender: int) -> None:
        key = (announced.topic, announced.field)
        self._units[key] = _Unit(announced.unit, announcer, None)
        size_bytes = _BYTES_PER_UNIT + sum(map(sys.getsizeof, announced))
        entry = self._budget.hold(functools.partial(self._forget, key), sender, size_bytes)
        if key in self._units:
            self._units[key] = _Unit(announced.unit, announcer, entry)
        self._on_change(announced.topic)

    def _forget(self, key: Key) -> None:
        if self._units.pop(key, None) is not None:
            self._on_change(key[0])

"""The memory of the descriptions that topics gave of others."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...base.description import NOTHING_SAID, Description
from ...base.patterns import LONGEST_TOPIC
from ..limits import Budget, Entry
from .announced import WHOLE, Announced, may_describe

NOT_BELIEVED = "a description of a topic that this one may not describe: not taken"
CONTRADICTED = "a unit that contradicts an earlier announcement: not taken"
UNIT_CHANGED = "the unit that is announced for a topic changed"

_BYTES_PER_DESCRIPTION = 500
_VALUE_LEVELS = ("state", "value")
_MOST_LEVELS_ABOVE = 3

_Key = tuple[str, str]
"""(topic, field)."""


@dataclass(slots=True, eq=False)
class _Known:
    """A description that is remembered.

    Attributes:
        said: what is said.
        by: the topic that said it first (its hash).
        also_by: part of the description → the topic that said it, where that is another one.
        entry: its place in the budget.
    """

    said: Description
    by: int
    also_by: dict[str, int] | None = None
    entry: Entry | None = None

    def source_of(self, part: str) -> int:
        """The topic that said a part of it first."""
        return self.by if self.also_by is None else self.also_by.get(part, self.by)


class Descriptions:
    """The descriptions announced, each of a field of a topic.

    Args:
        budget: counts the memory that they take, and has some forgotten when it is too much.
        on_unit: called with each topic whose unit changes.

    Attributes:
        revision: a number that grows whenever something else is said.

    Example:
        >>> known = Descriptions(Budget(), lambda topic: None)
        >>> known.note(Announced("lab/t", "", Description(unit="°C")), by="lab/t/$unit", sender=1)
        ''
        >>> known.unit("lab/t", ""), known.unit("lab/h", "")
        ('°C', '')
    """

    def __init__(self, budget: Budget, on_unit: Callable[[str], object]) -> None:
        self.revision = 0
        self._budget = budget
        self._on_unit = on_unit
        self._known: dict[_Key, _Known] = {}
        self._beyond: Mapping[_Key, _Known] = {}

    def note(self, announced: Announced, by: str, sender: int) -> str:
        """Remember a description; returns a remark, such as `UNIT_CHANGED`, or `""`.

        The first topic to say something is believed from then on: only it can change that.

        Args:
            announced: the description, and the field that it is of.
            by: the topic that it was announced on.
            sender: who sent the announcement, as the budget knows senders.
        """
        topic, name, said = announced
        if max(len(topic), len(name)) > LONGEST_TOPIC:
            return ""
        if not may_describe(by, topic):
            return NOT_BELIEVED
        key, announcer = (topic, name), hash(by)
        former = self._known.get(key) or self._beyond.get(key)
        if former is None:
            self._keep(key, _Known(said, announcer), sender)
            return ""
        if former.said == said:
            return ""
        return self._add(key, former, said, announcer)

    def unit(self, topic: str, name: str) -> str:
        """The unit of a field of a topic, or `""`."""
        return self.of(topic, name).unit if self._known or self._beyond else ""

    def of(self, topic: str, name: str) -> Description:
        """All that is known of a field of a topic.

        What is said of `X` holds for `X/state` and `X/value`, and what is said of `/y` in `X` for the topic `X/y`,
        as zigbee2mqtt can publish it, where nobody says otherwise.
        """
        if not self._known and not self._beyond:
            return NOTHING_SAID
        above, _, last = topic.rpartition("/")
        keys = [(topic, name)]
        if "," in name:  # without what tells devices on one topic apart
            keys.append((topic, name.partition(",")[0]))
        if not name:
            keys += [(above, f"/{last}"), *([(above, "")] if last in _VALUE_LEVELS else [])]
        found = self._first(keys) or NOTHING_SAID
        return found if found.device else found._replace(device=self._device(topic))

    def twin(self) -> Descriptions:
        """The same descriptions, to try a message with: neither what it says nor what it needs is remembered."""
        twin = Descriptions(Budget(), lambda topic: None)
        twin._beyond = self._known
        return twin

    def _device(self, topic: str) -> str:
        """The name of the device that a topic, or one of those above it, belongs to."""
        for _ in range(_MOST_LEVELS_ABOVE + 1):
            found = self._first([(topic, WHOLE)])
            if found is not None:
                return found.device
            topic = topic.rpartition("/")[0]
            if not topic:
                break
        return ""

    def _first(self, keys: list[_Key]) -> Description | None:
        for key in keys:
            known = self._known.get(key) or self._beyond.get(key)
            if known is not None:
                if known.entry is not None and not known.entry.is_proven:
                    self._budget.prove(known.entry)
                return known.said
        return None

    def _add(self, key: _Key, former: _Known, said: Description, announcer: int) -> str:
        """Take over what is new in a description, as far as its announcer may say that."""
        parts, also_by, is_contradicted = former.said._asdict(), {**(former.also_by or {})}, False
        for part, new in said._asdict().items():
            old = parts[part]
            if not new or new == old:
                continue
            if old and former.source_of(part) != announcer:
                is_contradicted |= part == "unit"
                continue
            parts[part] = new
            if former.by != announcer:
                also_by[part] = announcer
        told = Description(**parts)
        if told != former.said:
            self._known[key] = _Known(told, former.by, also_by or None, former.entry)
            self.revision += 1
            if former.entry is not None:
                self._budget.resize(former.entry, _size_of(key, told))
        if told.unit != former.said.unit:
            self._tell(key)
            return UNIT_CHANGED if former.said.unit else ""
        return CONTRADICTED if is_contradicted else ""

    def _keep(self, key: _Key, known: _Known, sender: int) -> None:
        self._known[key] = known
        entry = self._budget.hold(functools.partial(self._forget, key), sender, _size_of(key, known.said))
        known.entry = entry
        self.revision += 1
        if known.said.unit:
            self._tell(key)

    def _forget(self, key: _Key) -> None:
        known = self._known.pop(key, None)
        if known is not None and known.said.unit:
            self._tell(key)

    def _tell(self, key: _Key) -> None:
        """Tell of another unit, whichever topics it holds for."""
        topic, name = key
        beside = [name] if name.startswith("/") else [f"/{last}" for last in _VALUE_LEVELS if not name]
        for each in (topic, *(f"{topic}{last}" for last in beside)):
            self._on_unit(each)


def _size_of(key: _Key, said: Description) -> int:
    return _BYTES_PER_DESCRIPTION + sum(map(sys.getsizeof, (*key, *filter(None, said))))

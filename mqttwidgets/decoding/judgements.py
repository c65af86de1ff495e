"""The judgements on a topic's messages so far, which its next messages are held to; each kind is bounded."""

from __future__ import annotations

from dataclasses import dataclass, field

_MOST_REMEMBERED, _LONGEST_REMEMBERED = 500, 200
_MOST_LISTS, _MOST_PLACES = 50, 50

Told = str | int
"""What tells a device from others."""

_NOTHING: dict[str, Told] = {}


@dataclass(slots=True)
class KnownDevices:
    """The devices that a topic's messages named so far; `rules/device_suffixes.py` has the rules.

    Attributes:
        first: place of an object → (pointer within it → value) of what told the first device there.
        seen: pointer → the values so far, of what may tell a device or count messages; None once it tells one.
        of_messages: places of what turned out to be of one message each; None, as `seen`, before the first.
    """

    first: dict[str, dict[str, Told]] = field(default_factory=dict)
    seen: dict[str, list[Told] | None] | None = None
    of_messages: set[str] | None = None

    def note_first(self, place: str, told: dict[str, Told]) -> dict[str, Told]:
        """What told the first device of an object; that is now, where none came before, and there is room."""
        if len(self.first) < _MOST_PLACES and len(place) <= _LONGEST_REMEMBERED:
            return self.first.setdefault(place, told)
        return self.first.get(place, _NOTHING)

    @property
    def kept(self) -> list[object]:
        """All that is kept, to count it."""
        first = [each for told in self.first.values() for pair in told.items() for each in pair]
        tried = self.seen or {}
        seen = [each for values in tried.values() for each in values or ()]
        return [*self.first, *first, *tried, *seen, *(self.of_messages or ())]


@dataclass(slots=True)
class KnownLists:
    """A topic's arrays of objects so far, by their places; `rules/records.py` has the rules.

    Attributes:
        named: place → (where the name stands in its elements, what told the first one, which keeps its index).
        timed: place → the end of its name, for arrays of timed records: `"/0"` where one came alone at first.
    """

    named: dict[str, tuple[str, dict[str, object]]] = field(default_factory=dict)
    timed: dict[str, str] = field(default_factory=dict)

    def note_named(self, place: str, pointer: str, first: dict[str, object]) -> dict[str, object]:
        """Remember how the elements of an array are named; returns what told the first one that came alone."""
        if place not in self.named and (len(self.named) >= _MOST_LISTS or len(place) > _LONGEST_REMEMBERED):
            return {}
        first = self.named[place][1] if place in self.named else first
        self.named[place] = (pointer, first)
        return first

    def note_timed(self, place: str, end: str) -> str:
        """Remember that an array is one of timed records, and the end of its name; returns the latter."""
        if len(self.timed) < _MOST_LISTS and len(place) <= _LONGEST_REMEMBERED:
            return self.timed.setdefault(place, end)
        return self.timed.get(place, end)

    @property
    def kept(self) -> list[object]:
        """All that is kept, to count it."""
        told = [each for _, first in self.named.values() for pair in first.items() for each in pair]
        return [*self.named, *self.timed, *(pointer for pointer, _ in self.named.values()), *told]


@dataclass(slots=True)
class Judgements:
    """The judgements on a topic's messages so far: a field judged once stays as it was judged.

    Attributes:
        measured: fields that were measurements.
        devices: the devices that were named; None before the first document. See `known_devices`.
        lists: the arrays of objects; None before the first array. See `known_lists`.
        time_field: the field that was the time.
        is_time_fixed: whether no other field may be it; `""` is the time of arrival then.
        rows_have_time: whether the topic's CSV begins with a time; None for a topic without CSV so far.
    """

    measured: set[str] = field(default_factory=set)
    devices: KnownDevices | None = None
    lists: KnownLists | None = None
    time_field: str = ""
    is_time_fixed: bool = False
    rows_have_time: bool | None = None

    def known_devices(self) -> KnownDevices:
        """The devices that were named, to add to."""
        if self.devices is None:
            self.devices = KnownDevices()
        return self.devices

    def known_lists(self) -> KnownLists:
        """The arrays of objects, to add to."""
        if self.lists is None:
            self.lists = KnownLists()
        return self.lists

    def settled(self, name: str, reason: str, *, is_sure: bool = True) -> str:
        """The reason that holds for a field: `""` once it was a measurement, whatever its values look like.

        Args:
            name: the field.
            reason: why its value is no measurement; `""` where it is one.
            is_sure: whether a value that is one makes its field one for good.
        """
        if name in self.measured:
            return ""
        if not reason and is_sure and len(self.measured) < _MOST_REMEMBERED and len(name) <= _LONGEST_REMEMBERED:
            self.measured.add(name)
        return reason

"""One budget for all that decoding remembers, in bytes held, and who gives way when it is full."""

from __future__ import annotations

from collections.abc import Callable, Iterator

LIMIT_BYTES = 24_000_000
"""What the memories of one decoder may take together; a process has them in pieces, and takes up to half more."""

ENTRY_BYTES = 500
"""What keeping count of one entry takes, and its places in the dictionaries of whoever remembers it."""

_SHARE = 1 / 8
"""Of the limit: who holds more gives way first."""

_AT_ONCE = 1 / 16
"""Of the limit: what such a one gives way by, as looking for its entries takes a while."""

_SENIORS, _WAITING, _NEWCOMERS = 1 / 2, 1 / 8, 1 / 4
"""Of the limit: the room for what came first, in it for what has not been of use yet; for newcomers."""


class Entry:
    """Something remembered.

    Attributes:
        sender: who made us remember it; a number.
        size_bytes: what it takes, all in all.
        forget: forgets it.
        is_proven: whether it has been of use.
        is_senior: whether it is among those that came first.
    """

    __slots__ = ("forget", "is_proven", "is_senior", "sender", "size_bytes")

    def __init__(self, sender: int, size_bytes: int, forget: Callable[[], None]) -> None:
        self.sender = sender
        self.size_bytes = size_bytes
        self.forget = forget
        self.is_proven = self.is_senior = False

    @property
    def queue(self) -> int:
        """Where it waits to be forgotten; the lowest is forgotten first."""
        return 2 * self.is_senior + self.is_proven


class Budget:
    """Counts what all memories of a decoder hold, and has some of it forgotten when that is too much.

    A broker does not say who sent a message, and whoever may publish can do so under a thousand names. So what one
    sender's data needs is safe from the others in three ways. Who holds more than an eighth gives way first. What
    came first stays: it has half of the room for itself. And what has been of use, since more came that needed it,
    outlives what never was, of which there is always room for a quarter, so that a newcomer can prove itself in
    the midst of a flood. Of equals the oldest goes.

    Args:
        limit_bytes: what may be held.

    Example:
        >>> budget, kept = Budget(limit_bytes=80_000), {}
        >>> for name in range(100):
        ...     kept[name] = None
        ...     entry = budget.hold(lambda name=name: kept.pop(name), sender=1, size_bytes=500)
        >>> 0 in kept, 50 in kept, 99 in kept, budget.held_bytes <= 80_000
        (True, False, True, True)
    """

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self.limit_bytes = limit_bytes
        """What may be held."""
        self.held_bytes = 0
        """What is held."""
        self._queues: tuple[dict[Entry, None], ...] = ({}, {}, {}, {})
        self._bytes_in = [0, 0, 0, 0]
        self._held_by: dict[int, int] = {}
        self._over_share: set[int] = set()

    def hold(self, forget: Callable[[], None], sender: int, size_bytes: int) -> Entry:
        """Count something that is remembered from now on; what has to give way is forgotten.

        Args:
            forget: forgets it; it may be called at once, and more than once.
            sender: who made us remember it.
            size_bytes: what it takes.
        """
        entry = Entry(sender, size_bytes + ENTRY_BYTES, forget)
        entry.is_senior = self._has_room_for_senior(entry)
        self._add(entry)
        self._give_way()
        return entry

    def resize(self, entry: Entry, size_bytes: int) -> None:
        """Count what an entry takes by now."""
        if entry in self._queues[entry.queue]:
            self._remove(entry)
            entry.size_bytes = size_bytes + ENTRY_BYTES
            entry.is_senior = entry.is_senior and self._has_room_for_senior(entry)
            self._add(entry)
            self._give_way()

    def release(self, entry: Entry) -> None:
        """Count an entry no more, as it is forgotten already."""
        if entry in self._queues[entry.queue]:
            self._remove(entry)

    def prove(self, entry: Entry) -> None:
        """Note that an entry has been of use; in the place of the latest that was not it joins what came first."""
        if entry.is_proven or entry not in self._queues[entry.queue]:
            return
        self._remove(entry)
        entry.is_proven = True
        useless = self._queues[2]
        while self._bytes_in[2] > _WAITING * self.limit_bytes and not self._has_room_for_senior(entry):
            latest = next(reversed(useless))
            self._remove(latest)
            latest.is_senior = False
            self._add(latest)
        entry.is_senior = self._has_room_for_senior(entry)
        self._add(entry)

    def _has_room_for_senior(self, entry: Entry) -> bool:
        return self._bytes_in[2] + self._bytes_in[3] + entry.size_bytes <= _SENIORS * self.limit_bytes

    def _add(self, entry: Entry) -> None:
        self._queues[entry.queue][entry] = None
        self._count(entry, entry.size_bytes)

    def _remove(self, entry: Entry) -> None:
        del self._queues[entry.queue][entry]
        self._count(entry, -entry.size_bytes)

    def _count(self, entry: Entry, change: int) -> None:
        self.held_bytes += change
        self._bytes_in[entry.queue] += change
        held = self._held_by.get(entry.sender, 0) + change
        self._held_by[entry.sender] = held
        if held > (_SHARE + _AT_ONCE) * self.limit_bytes:
            self._over_share.add(entry.sender)
        else:
            self._over_share.discard(entry.sender)
        if not held:
            del self._held_by[entry.sender]

    def _give_way(self) -> None:
        while self.held_bytes > self.limit_bytes:
            for entry in self._greedy() if self._over_share else [next(self._in_turn())]:
                entry.forget()  # first, as an interrupt may come between any two steps
                self.release(entry)

    def _greedy(self) -> list[Entry]:
        """Some entries of who holds most."""
        most = max(self._over_share, key=self._held_by.__getitem__)
        found: list[Entry] = []
        left = _AT_ONCE * self.limit_bytes
        for entry in self._in_turn():
            if entry.sender == most and left > 0:
                found.append(entry)
                left -= entry.size_bytes
        return found

    def _in_turn(self) -> Iterator[Entry]:
        """All entries, in the order in which they give way."""
        useless, useful = self._queues[:2]
        has_many = self._bytes_in[0] > _NEWCOMERS * self.limit_bytes
        for queue in ((useless, useful) if has_many or not useful else (useful, useless), self._queues[2:]):
            for each in queue:
                yield from each

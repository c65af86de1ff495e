"""The limits that hostile messages are held to: numbers, names, time for each message, memory for them all.

Every reader takes time in proportion to its payload. Should one ever not, its message is given up before it holds
the kernel. The time is the thread's own, so that a busy computer costs no message. It is looked at between the
steps of loops in Python; a parser or a regular expression, which nothing can interrupt, is bounded by itself.

All that decoding remembers has one budget, in bytes held; when it is full, some of it is forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

MOST_NUMBERS = 2_000
"""More numbers than this in one message are no set of sensors."""

TOO_MANY_NUMBERS = f"more than {MOST_NUMBERS:,} numbers"
"""The reason for refusing such a message."""

LONGEST_NAME, LONGEST_NAMES = 2_000, 500_000
"""Characters in the name of one number, and in all names of a message: beyond that nobody reads them."""

LONGEST_S = 1.0
"""For one message, in seconds of the thread's own: twenty times what the costliest megabyte takes on an ordinary
computer."""

LIMIT_BYTES = 24_000_000
"""All memories of one decoder together; a process holds them in pieces, and takes up to half more."""

ENTRY_BYTES = 500
"""The cost of counting one entry, and of its places in the dictionaries of its owner."""

_SHARE = 1 / 8
"""Of the limit: a sender that holds more gives way first."""

_AT_ONCE = 1 / 16
"""Of the limit: such a sender gives way by so much at once, as finding its entries takes a while."""

_SENIORS, _WAITING, _NEWCOMERS = 1 / 2, 1 / 8, 1 / 4
"""Of the limit: the room for the first entries, in it for those not yet of use; the room for newcomers."""

_Step = TypeVar("_Step")
_latest: ContextVar[_Latest | None] = ContextVar("latest", default=None)


class TookTooLongError(Exception):
    """A message is not read after `LONGEST_S`; the message says so in a few words."""


class _Latest:
    """The moment by which the thread must be done.

    Reading the thread's own clock may take a microsecond, so that it is read only once as much time has passed by
    another clock.
    """

    def __init__(self, seconds: float) -> None:
        self._at = time.thread_time() + seconds
        self.ask_at = time.monotonic() + seconds

    def has_passed(self) -> bool:
        left = self._at - time.thread_time()
        self.ask_at = time.monotonic() + left
        return left <= 0


@contextmanager
def limit(seconds: float = LONGEST_S) -> Iterator[None]:
    """Give the code inside so much time and no more.

    Args:
        seconds: of the thread's own time.

    Example:
        >>> with limit(0.0):
        ...     sum(in_time([1, 2]))
        Traceback (most recent call last):
        mqttwidgets.decoding.limits.TookTooLongError: reading it takes too long
    """
    former = _latest.get()
    try:  # before it is set, as an interrupt may come between any two steps
        _latest.set(_Latest(seconds))
        yield
    finally:
        _latest.set(former)


def in_time(steps: Iterable[_Step]) -> Iterator[_Step]:
    """The steps, one by one, while there is time within `limit`.

    Raises:
        TookTooLongError: before a step that comes too late.
    """
    latest = _latest.get()
    for step in steps:
        if latest is not None and time.monotonic() >= latest.ask_at and latest.has_passed():
            raise TookTooLongError("reading it takes too long")
        yield step


class Entry:
    """Something remembered.

    Attributes:
        sender: who sent what made us remember it; a number.
        size_bytes: its size, all in all.
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
        """The queue in which it waits to be forgotten; the lowest is emptied first."""
        return 2 * self.is_senior + self.is_proven


class Budget:
    """Counts the bytes that all memories of a decoder hold, and has some forgotten when there are too many.

    A broker does not say who sent a message, and whoever may publish can do so under a thousand names. So the
    memory that one sender's data needs is protected from the others in three ways. A sender that holds more than
    an eighth gives way first. The first entries stay: they have half of the room to themselves. And an entry that
    has been of use, since later messages needed it, outlives those that never were; a quarter of the room is
    always left to these, so that a newcomer can prove itself in the midst of a flood. Of equals the oldest goes.

    Args:
        limit_bytes: the most that may be held.

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
        """The most that may be held."""
        self.held_bytes = 0
        """The bytes held now."""
        self._queues: tuple[dict[Entry, None], ...] = ({}, {}, {}, {})
        self._bytes_in = [0, 0, 0, 0]
        self._held_by: dict[int, int] = {}
        self._over_share: set[int] = set()

    def hold(self, forget: Callable[[], None], sender: int, size_bytes: int) -> Entry:
        """Count something that is remembered from now on; entries that have to give way are forgotten.

        Args:
            forget: forgets it; it may be called at once, and more than once.
            sender: who sent what made us remember it.
            size_bytes: its size.
        """
        entry = Entry(sender, size_bytes + ENTRY_BYTES, forget)
        entry.is_senior = self._has_room_for_senior(entry)
        self._add(entry)
        self._give_way()
        return entry

    def resize(self, entry: Entry, size_bytes: int) -> None:
        """Count an entry at its present size."""
        if entry in self._queues[entry.queue]:
            self._remove(entry)
            entry.size_bytes = size_bytes + ENTRY_BYTES
            entry.is_senior = entry.is_senior and self._has_room_for_senior(entry)
            self._add(entry)
            self._give_way()

    def release(self, entry: Entry) -> None:
        """Stop counting an entry, as it is forgotten already."""
        if entry in self._queues[entry.queue]:
            self._remove(entry)

    def prove(self, entry: Entry) -> None:
        """Note that an entry has been of use: it may take the place of the latest senior that was not."""
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
        """Some entries of the sender that holds most."""
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

"""The bounded queue between the network threads and all others."""

from __future__ import annotations

from collections import Counter, deque
from enum import Enum
from typing import Literal, NamedTuple

from ..base.locks import ForkLock
from ..base.model import Message

CAPACITY = 60_000
"""How many messages it holds: as an object each takes some 300 bytes, which CAPACITY_BYTES does not count."""

CAPACITY_BYTES = 24 * 1024 * 1024
"""How many bytes of topics and payloads it holds."""

LARGEST_PAYLOAD_BYTES = 1024 * 1024


class Mark(Enum):
    """A mark between two messages."""

    GAP = "messages may be missing here"


Item = Message | Literal[Mark.GAP]


class InboxCounts(NamedTuple):
    """Counts of messages, all at one moment.

    Attributes:
        received: all that have come.
        waiting: those that nobody has begun to read.
        begun: those that somebody has begun to read, or has read.
        dropped: reason → count of those refused.
    """

    received: int
    waiting: int
    begun: int
    dropped: dict[str, int]


class Unread:
    """Messages taken out of the queue, and how far they are read. For one thread at a time.

    A reader takes the next one and counts it in the same assignment, so that it does not come again.

    Attributes:
        items: messages, and marks between them.
        at: the index of the next item.
        marks: how many marks there are before it.
        count: how many messages there are in all.
    """

    __slots__ = ("at", "count", "items", "marks")

    def __init__(self, items: list[Item], count: int) -> None:
        self.items = items
        self.count = count
        self.at = self.marks = 0

    @property
    def begun(self) -> int:
        """How many messages there are before the next item."""
        return self.at - self.marks

    @property
    def is_read(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.items)

    def clear(self) -> None:
        """Drop all items, once they are read."""
        self.items = []

    @property
    def latest(self) -> Message | None:
        """The message that a reader began last."""
        before = (item for item in reversed(self.items[: self.at]) if item is not Mark.GAP)
        return next(before, None)


class Inbox:
    """A bounded queue of undecoded messages that never blocks and counts those it must refuse.

    Threads: the network threads call `put` and `mark_gap`; one thread at a time calls `unread` and reads; any
    thread calls `counts`. One lock guards them all and is held for no longer than a few assignments.

    Args:
        capacity: how many messages it holds.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._lock = ForkLock(rank=2)
        self._parcels: deque[_Parcel] = deque()
        self._capacity = capacity
        self._received = 0
        self._taken = self._last = _End(0, 0, 0)  # of what was taken out, and of what was put in
        self._unread = Unread([], 0)
        self._dropped: Counter[str] = Counter()

    @property
    def has_items(self) -> bool:
        """Whether anything waits; without the lock, so that it may be out of date by a moment."""
        return self._last.number > self._taken.number or not self._unread.is_read

    def put(self, *messages: Message) -> bool:
        """Add messages, or count why not; returns True when the inbox is half full and should be drained."""
        if not messages:
            return False
        size = _size_bytes(messages)
        with self._lock:
            self._received += len(messages)
            if size <= LARGEST_PAYLOAD_BYTES and self._has_room(len(messages), size):
                self._append(messages, len(messages), size)
            else:
                for message in messages:
                    self._put_one(message)
            return 2 * self._queued >= self._capacity or 2 * self._queued_bytes >= CAPACITY_BYTES

    def mark_gap(self) -> None:
        """Note that messages may be missing between the last one and the next."""
        with self._lock:
            self._append_gap()

    def unread(self, limit: int, limit_bytes: int = CAPACITY_BYTES) -> Unread:
        """The items to read next: the rest of those taken out before, else the oldest in the queue.

        Messages that came together are taken out together, until a limit is reached or passed. An interrupt loses
        none: those taken out are returned again the next time.

        Args:
            limit: how many messages to take.
            limit_bytes: how many bytes of topics and payloads to take.
        """
        if not self._unread.is_read:
            return self._unread
        items: list[Item] = []
        with self._lock:
            self._let_go()  # of what an interrupt had left there
            former = last = self._taken
            for parcel in self._parcels:
                if len(items) >= limit or last.total_bytes - former.total_bytes > limit_bytes:
                    break
                items += parcel.items
                last = parcel.end
            unread = Unread(items, last.total - former.total)
            self._unread, self._taken = unread, last  # at once, as no interrupt comes between assignments
            self._let_go()
        return unread

    def counts(self) -> InboxCounts:
        """How many messages have come, wait, were begun and were refused."""
        with self._lock:
            waiting = self.waiting
            return InboxCounts(self._received, waiting, self._last.total - waiting, dict(self._dropped))

    @property
    def waiting(self) -> int:
        """How many messages nobody has begun to read."""
        with self._lock:
            return self._last.total - self._taken.total + self._unread.count - self._unread.begun

    def _let_go(self) -> None:
        """Drop the parcels that were taken out."""
        while self._parcels and self._parcels[0].end.number <= self._taken.number:
            self._parcels.popleft()

    @property
    def _queued(self) -> int:
        return self._last.total - self._taken.total

    @property
    def _queued_bytes(self) -> int:
        return self._last.total_bytes - self._taken.total_bytes

    def _put_one(self, message: Message) -> None:
        size = _size_bytes((message,))
        if len(message.payload) > LARGEST_PAYLOAD_BYTES:
            self._dropped["over 1 MB"] += 1
        elif self._has_room(1, size):
            self._append((message,), 1, size)
        else:
            self._dropped["came faster than they could be read"] += 1
            self._append_gap()

    def _has_room(self, count: int, size_bytes: int) -> bool:
        return self._queued + count <= self._capacity and self._queued_bytes + size_bytes <= CAPACITY_BYTES

    def _append(self, items: tuple[Item, ...], count: int, size_bytes: int) -> None:
        last = self._last
        end = _End(last.number + 1, last.total + count, last.total_bytes + size_bytes)
        self._parcels.append(_Parcel(items, end))
        self._last = end

    def _append_gap(self) -> None:
        if not self._parcels or self._parcels[-1].items != (Mark.GAP,):
            self._append((Mark.GAP,), 0, 0)


class _End(NamedTuple):
    """Running totals up to the end of a parcel.

    Attributes:
        number: parcels.
        total: messages.
        total_bytes: bytes of their topics and payloads.
    """

    number: int
    total: int
    total_bytes: int


class _Parcel(NamedTuple):
    """Messages that came together, or a mark."""

    items: tuple[Item, ...]
    end: _End


def _size_bytes(messages: tuple[Message, ...]) -> int:
    return sum([len(message.topic) + len(message.payload) for message in messages])

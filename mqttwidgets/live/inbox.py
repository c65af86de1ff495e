"""Where the network thread meets all others: the one bounded queue between them."""

from __future__ import annotations

from collections import Counter, deque
from enum import Enum
from typing import Literal, NamedTuple

from ..base.forks import ForkLock
from ..base.model import Message

CAPACITY = 60_000
"""Messages held at most: of short ones each takes some 300 bytes as an object, whatever CAPACITY_BYTES counts."""

CAPACITY_BYTES = 24 * 1024 * 1024
"""Bytes of topics and payloads held at most."""

LARGEST_PAYLOAD_BYTES = 1024 * 1024


class Mark(Enum):
    """What stands between messages."""

    GAP = "messages may be missing here"


Item = Message | Literal[Mark.GAP]


class InboxCounts(NamedTuple):
    """How many messages have come, wait, and were refused with which reason; all of one moment.

    Attributes:
        received: all of them.
        waiting: those that nobody has begun to read.
        begun: those that somebody has begun to read, or has read.
        dropped: reason → count of those refused.
    """

    received: int
    waiting: int
    begun: int
    dropped: dict[str, int]


class Unread:
    """What was taken out of the queue to be read, and how far that is. For one thread at a time.

    Whoever takes the next one counts it in the same assignment, so that it does not come again.

    Attributes:
        items: messages, and marks between them.
        at: the index of the next one.
        begun: messages among those before it.
        count: messages among all of them.
    """

    __slots__ = ("at", "begun", "count", "items")

    def __init__(self, items: list[Item], count: int) -> None:
        self.items = items
        self.count = count
        self.at = self.begun = 0

    @property
    def is_read(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.items)

    def clear(self) -> None:
        """Let go of what was read, all of it."""
        self.items, self.at = [], 0

    @property
    def latest(self) -> Message | None:
        """The message that was begun last."""
        before = (item for item in reversed(self.items[: self.at]) if item is not Mark.GAP)
        return next(before, None)


class Inbox:
    """A bounded queue of undecoded messages that never blocks and counts what it must refuse.

    Threads: the network threads call `put` and `mark_gap`, whoever drains calls `unread` and reads it, one at a
    time, anyone calls `counts`; one lock, held for no longer than a few assignments, guards them all.

    Args:
        capacity: messages held at most.
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
        """Whether anything waits; as it was a moment ago."""
        return self._last.number > self._taken.number or not self._unread.is_read

    def put(self, *messages: Message) -> bool:
        """Take messages in, or count why not; True when the inbox is half full and wants to be drained."""
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
        """Note that messages may be missing between those before and after."""
        with self._lock:
            self._append_gap()

    def unread(self, limit: int, limit_bytes: int = CAPACITY_BYTES) -> Unread:
        """What is to be read next: the rest of what was taken out before, else what was put in first.

        What came together is taken out together, until a limit is reached or passed. An interrupt loses none: it
        was taken out, and is here the next time, or it was not.

        Args:
            limit: messages.
            limit_bytes: of topics and payloads.
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
        """What has become of the messages so far."""
        with self._lock:
            begun = self._taken.total - self._unread.count + self._unread.begun
            waiting = self._last.total - begun
            return InboxCounts(self._received, waiting, begun, dict(self._dropped))

    def _let_go(self) -> None:
        """Drop what was taken out."""
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
    """Where a parcel ends.

    Attributes:
        number: how many parcels there were up to here, ever.
        total: how many messages.
        total_bytes: bytes of the topics and payloads of these.
    """

    number: int
    total: int
    total_bytes: int


class _Parcel(NamedTuple):
    """What came together: messages, or a mark."""

    items: tuple[Item, ...]
    end: _End


def _size_bytes(messages: tuple[Message, ...]) -> int:
    return sum([len(message.topic) + len(message.payload) for message in messages])

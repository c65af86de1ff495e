"""Where the network thread meets all others: the one bounded queue between them."""

from __future__ import annotations

from collections import Counter, deque
from enum import Enum
from typing import Literal, NamedTuple

from .forks import ForkLock
from .message import Message

CAPACITY = 100_000
"""Messages held at most."""

CAPACITY_BYTES = 24 * 1024 * 1024
"""Bytes of topics and payloads held at most."""

LARGEST_PAYLOAD_BYTES = 1024 * 1024


class Mark(Enum):
    """What stands between messages."""

    GAP = "messages may be missing here"


class InboxCounts(NamedTuple):
    """How many messages have come, wait, and were refused with which reason; all of one moment."""

    received: int
    waiting: int
    dropped: dict[str, int]


class Inbox:
    """A bounded queue of undecoded messages that never blocks and counts what it must refuse.

    Threads: the network threads call `put` and `mark_gap`, whoever drains calls `take`, anyone calls
    `counts`; one lock, held for no longer than a few assignments, guards them all.

    Args:
        capacity: messages held at most.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._lock = ForkLock(rank=2)
        self._parcels: deque[_Parcel | Literal[Mark.GAP]] = deque()
        self._capacity = capacity
        self._bytes = 0
        self._received = 0
        self._waiting = 0
        self._dropped: Counter[str] = Counter()

    @property
    def has_items(self) -> bool:
        """Whether anything waits; as it was a moment ago."""
        return bool(self._parcels)

    def put(self, *messages: Message) -> bool:
        """Take messages in, or count why not; True when the inbox is half full and wants to be drained."""
        size = _size_bytes(messages)
        with self._lock:
            self._received += len(messages)
            if size <= LARGEST_PAYLOAD_BYTES and self._has_room(len(messages), size):
                self._append(messages, size)
            else:
                for message in messages:
                    self._put_one(message)
            return 2 * self._waiting >= self._capacity or 2 * self._bytes >= CAPACITY_BYTES

    def mark_gap(self) -> None:
        """Note that messages may be missing between those before and after."""
        with self._lock:
            self._append_gap()

    def take(self, limit: int, limit_bytes: int = CAPACITY_BYTES) -> list[Message | Literal[Mark.GAP]]:
        """Take out what was put in first, together what came together, until a limit is reached or passed.

        Args:
            limit: messages.
            limit_bytes: of topics and payloads.
        """
        items: list[Message | Literal[Mark.GAP]] = []
        with self._lock:
            rest = self._bytes - limit_bytes
            while self._parcels and len(items) < limit and self._bytes >= rest:
                parcel = self._parcels.popleft()
                if isinstance(parcel, Mark):
                    items.append(parcel)
                else:
                    items += parcel.messages
                    self._waiting -= len(parcel.messages)
                    self._bytes -= parcel.size_bytes
        return items

    def counts(self) -> InboxCounts:
        """What has become of the messages so far."""
        with self._lock:
            return InboxCounts(self._received, self._waiting, dict(self._dropped))

    def _put_one(self, message: Message) -> None:
        size = _size_bytes((message,))
        if len(message.payload) > LARGEST_PAYLOAD_BYTES:
            self._dropped["over 1 MB"] += 1
        elif self._has_room(1, size):
            self._append((message,), size)
        else:
            self._dropped["came faster than they could be read"] += 1
            self._append_gap()

    def _has_room(self, count: int, size_bytes: int) -> bool:
        return self._waiting + count <= self._capacity and self._bytes + size_bytes <= CAPACITY_BYTES

    def _append(self, messages: tuple[Message, ...], size_bytes: int) -> None:
        self._parcels.append(_Parcel(messages, size_bytes))
        self._waiting += len(messages)
        self._bytes += size_bytes

    def _append_gap(self) -> None:
        if not self._parcels or self._parcels[-1] is not Mark.GAP:
            self._parcels.append(Mark.GAP)


class _Parcel(NamedTuple):
    """Messages that came together, and the bytes of their topics and payloads."""

    messages: tuple[Message, ...]
    size_bytes: int


def _size_bytes(messages: tuple[Message, ...]) -> int:
    return sum([len(message.topic) + len(message.payload) for message in messages])

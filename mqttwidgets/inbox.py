"""Where the network thread meets all others: the one bounded queue between them."""

from __future__ import annotations

import threading
from collections import Counter, deque
from enum import Enum
from typing import Literal, NamedTuple

from .message import Message

CAPACITY = 100_000
"""Messages held at most."""

CAPACITY_BYTES = 64 * 1024 * 1024
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
        self._lock = threading.Lock()
        self._items: deque[Message | Literal[Mark.GAP]] = deque()
        self._capacity = capacity
        self._bytes = 0
        self._received = 0
        self._waiting = 0
        self._dropped: Counter[str] = Counter()

    def put(self, message: Message) -> bool:
        """Take a message in, or count why not; True when the inbox is half full and wants to be drained."""
        size = _size_bytes(message)
        with self._lock:
            self._received += 1
            if len(message.payload) > LARGEST_PAYLOAD_BYTES:
                self._dropped["over 1 MB"] += 1
            elif self._waiting >= self._capacity or self._bytes + size > CAPACITY_BYTES:
                self._dropped["came faster than they could be read"] += 1
                self._append_gap()
            else:
                self._items.append(message)
                self._waiting += 1
                self._bytes += size
            return 2 * self._waiting >= self._capacity or 2 * self._bytes >= CAPACITY_BYTES

    def mark_gap(self) -> None:
        """Note that messages may be missing between those before and after."""
        with self._lock:
            self._append_gap()

    def take(self, limit: int) -> list[Message | Literal[Mark.GAP]]:
        """Take out the oldest items, at most `limit`."""
        with self._lock:
            items = [self._items.popleft() for _ in range(min(limit, len(self._items)))]
            for item in items:
                if isinstance(item, Message):
                    self._waiting -= 1
                    self._bytes -= _size_bytes(item)
        return items

    def counts(self) -> InboxCounts:
        """What has become of the messages so far."""
        with self._lock:
            return InboxCounts(self._received, self._waiting, dict(self._dropped))

    def __len__(self) -> int:
        return len(self._items)

    def _append_gap(self) -> None:
        if not self._items or self._items[-1] is not Mark.GAP:
            self._items.append(Mark.GAP)


def _size_bytes(message: Message) -> int:
    return len(message.payload) + len(message.topic)

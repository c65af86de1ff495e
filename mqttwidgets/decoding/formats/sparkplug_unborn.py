"""Sparkplug data that came before the birth certificate which names its metrics, kept until that comes.

An edge node sends its certificate when it connects, and again only when it is asked to (Sparkplug 3.0, section
6.4.20). Whoever subscribes later gets numbers without names until then.
"""

from __future__ import annotations

import functools
import sys
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from ..decoder import Decoded, Fate, Late, Recount
from ..limits import Budget, Entry
from .sparkplug_nodes import data_topic_of

WAITS = "waits for its birth certificate, which names the metrics (Sparkplug)"
"""The reason for skipping such data for now."""

GAVE_WAY = "waited for its birth certificate, and had to give way to later messages (Sparkplug)"
"""The reason why some of it is dropped."""

NEVER_BORN = "its birth certificate did not come before its node or device went away (Sparkplug)"
"""The reason why some of it is undecodable: the aliases of the next certificate are others."""

MOST_BYTES = 100_000
"""The most that is kept of one edge node, or of one of its devices; the oldest gives way."""

MOST_TOGETHER = 8_000_000
"""Bytes of all that waits: beyond, messages of further nodes are dropped, so that those that wait lose nothing."""

_BYTES_PER_MESSAGE, _BYTES_PER_QUEUE = 150, 1_800


class UnbornMessage(NamedTuple):
    """A message whose metrics have no names yet.

    Attributes:
        topic: the topic name.
        payload: the application message.
        arrival: when it came, epoch seconds.
    """

    topic: str
    payload: bytes
    arrival: float

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes; the topic is its own as well."""
        return _BYTES_PER_MESSAGE + sys.getsizeof(self.payload) + sys.getsizeof(self.topic)


class _Queue:
    """The messages of one edge node, or of one of its devices, the oldest first."""

    __slots__ = ("entry", "messages", "size_bytes")

    def __init__(self) -> None:
        self.messages: deque[UnbornMessage] = deque()
        self.size_bytes = _BYTES_PER_QUEUE
        self.entry: Entry | None = None


class Unborn:
    """The messages of all edge nodes and devices that wait for a certificate.

    Args:
        budget: counts the memory that they take, and has some forgotten when it is too much.

    Example:
        >>> unborn = Unborn(Budget())
        >>> unborn.keep("plant/node", "", UnbornMessage("spBv1.0/plant/NDATA/node", b"", 5.0))
        >>> unborn.waiting
        {'spBv1.0/plant/NDATA/node': 1}
        >>> unborn.born("plant/node", "")
        >>> unborn.waiting, unborn.next_named
        ({}, UnbornMessage(topic='spBv1.0/plant/NDATA/node', payload=b'', arrival=5.0))
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._together = 0  # bytes of all queues
        self._queues: dict[tuple[str, str], _Queue] = {}
        self._named: list[UnbornMessage] = []
        self._read: list[Decoded] = []  # of these as many as were read so far
        self._recounts: list[Recount] = []

    @property
    def has_news(self) -> bool:
        """Whether something has become of messages that waited."""
        return bool(self._named or self._recounts)

    @property
    def waiting(self) -> Mapping[str, int]:
        """The topic of the data of an edge node, or of a device → how many messages on it wait."""
        return {data_topic_of(*place): len(queue.messages) for place, queue in self._queues.items()}

    def keep(self, node: str, device: str, message: UnbornMessage) -> None:
        """Keep a message until `born`; where there is too much, the oldest gives way.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id; `""` for the edge node itself.
            message: the message.
        """
        queue = self._queues.get((node, device))
        if queue is None:
            if self._together >= MOST_TOGETHER:
                self._recount(1, "dropped", GAVE_WAY)
                return
            queue = self._queues[node, device] = _Queue()
            self._together += queue.size_bytes
        size_bytes = queue.size_bytes
        queue.messages.append(message)
        queue.size_bytes += message.size_bytes
        given_way = 0
        while queue.messages and queue.size_bytes > MOST_BYTES:
            queue.size_bytes -= queue.messages.popleft().size_bytes
            given_way += 1
        self._recount(given_way, "dropped", GAVE_WAY)
        self._together += queue.size_bytes - size_bytes
        if queue.entry is None:
            forget = functools.partial(self._give_way, node, device, queue)
            queue.entry = self._budget.hold(forget, hash(node), queue.size_bytes)
        else:
            self._budget.resize(queue.entry, queue.size_bytes)

    def born(self, node: str, device: str) -> None:
        """Let the messages of an edge node or of a device be read.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id; `""` for the edge node itself.
        """
        queue = self._pop(node, device)
        if queue is not None:
            self._named += queue.messages

    def died(self, node: str, device: str) -> None:
        """Give up the messages of a device, or of an edge node and all of its devices.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id; `""` for the edge node itself.
        """
        gone = [key for key in self._queues if key[0] == node and (not device or key[1] == device)]
        queues = [self._pop(*key) for key in gone]
        self._recount(sum(len(queue.messages) for queue in queues if queue), "undecodable", NEVER_BORN)

    @property
    def next_named(self) -> UnbornMessage | None:
        """The next message to be read, as its certificate has come; None for none."""
        return self._named[len(self._read)] if len(self._read) < len(self._named) else None

    def note_read(self, decoded: Decoded) -> None:
        """Note what was read in `next_named`."""
        self._read.append(decoded)

    def take_news(self) -> tuple[list[Late], list[Recount]]:
        """The messages that were read, and those that never will be, since this was called last.

        A message that was kept once more, as its certificate has not come after all, is none of either.
        """
        read = zip(self._named, self._read, strict=True)
        late = [Late(*message, WAITS, decoded) for message, decoded in read if decoded.skipped != WAITS]
        recounts = self._recounts
        self._named, self._read, self._recounts = [], [], []  # at once, as an interrupt may come between steps
        return late, recounts

    def _pop(self, node: str, device: str) -> _Queue | None:
        queue = self._queues.pop((node, device), None)
        if queue is not None:
            self._together -= queue.size_bytes
            if queue.entry is not None:
                self._budget.release(queue.entry)
        return queue

    def _give_way(self, node: str, device: str, queue: _Queue) -> None:
        """Forget a queue, as the budget wants it."""
        if self._queues.get((node, device)) is queue:
            del self._queues[node, device]
            self._together -= queue.size_bytes
            self._recount(len(queue.messages), "dropped", GAVE_WAY)

    def _recount(self, count: int, fate: Fate, reason: str) -> None:
        if count:
            self._recounts.append(Recount(count, WAITS, fate, reason))

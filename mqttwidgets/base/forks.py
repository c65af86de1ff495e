"""What survives when a process is copied by os.fork, as multiprocessing may do: of its threads only one does.

A lock that another thread holds at that moment would stay locked in the copy for ever, over data that are half
changed. And what belongs to such a thread, as a connection does, is no longer alive. subprocess makes no copies.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from typing import Any

LONGEST_WAIT_S = 1.0
"""Longest that a fork waits for the locks."""


_RLock: Any = type(threading.RLock())


class ForkLock(_RLock):  # type: ignore[misc] # it is what `threading.RLock` makes
    """A reentrant lock that a fork takes before it copies the process, and that both processes give back.

    So the copy finds whole what the lock guards. A fork waits only for so long, as whoever holds the lock may read
    for long, or wait for the fork: the copy has an unlocked one then, and may find a change half made.

    It is Python's own lock but for that: one that were taken and given back in Python code would stay locked where
    an interrupt comes in between.

    Args:
        rank: a thread that takes more than one of these locks takes them in the order of their ranks: that of
            derived lines is -1, that of a stream 0, then come the pool of connections, an inbox, the log, and the
            clock.
    """

    def __new__(cls, rank: int) -> ForkLock:  # noqa: D102
        lock: ForkLock = super().__new__(cls)
        return lock

    def __init__(self, rank: int) -> None:
        self.rank = rank
        _known.add(weakref.ref(self, _known.discard))

    def renew(self) -> None:
        """Be unlocked, in a process without the thread that holds it."""
        self._at_fork_reinit()  # as Python's own modules do; there is no public way


class _Fork(threading.local):
    """A fork that is under way in this thread: the locks that it took, and those that it could not get."""

    def __init__(self) -> None:
        self.taken: list[ForkLock] = []
        self.missed: list[ForkLock] = []

    def begin(self) -> None:
        deadline = time.monotonic() + LONGEST_WAIT_S
        locks = [lock for known in _known.copy() if (lock := known()) is not None]
        for lock in sorted(locks, key=lambda lock: lock.rank):
            is_taken = lock.acquire(timeout=max(0.0, deadline - time.monotonic()))
            (self.taken if is_taken else self.missed).append(lock)

    def end(self) -> None:
        for lock in self.taken:
            lock.release()
        self.taken, self.missed = [], []

    def end_in_child(self) -> None:
        global _generation
        _generation += 1
        for lock in self.missed:
            lock.renew()
        self.end()


def generation() -> int:
    """How many forks lie between the first process and this one: what was made in another one stayed there."""
    return _generation


_generation = 0
_known: set[weakref.ref[ForkLock]] = set()
_fork = _Fork()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_fork.begin, after_in_parent=_fork.end, after_in_child=_fork.end_in_child)

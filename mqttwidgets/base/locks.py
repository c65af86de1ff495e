"""Locks that no fork, no interrupt and no busy thread turns into an endless wait.

`ForkLock` is for a process that os.fork copies, as multiprocessing may do. The copy has only one of the threads: a
lock that another one holds at that moment would stay locked in the copy for ever, over data that are half changed.
What belongs to such a thread, as a connection does, is not alive in the copy; `generation` tells the two processes
apart. subprocess makes no copies.

`once` is a property that needs no lock, so that an interrupt cannot leave one locked. `Wake` wakes a thread, also
out of a garbage collection. `SWITCH_INTERVAL` gets Python's own lock sooner from a thread that is busy.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, TypeVar, overload

LONGEST_WAIT_S = 1.0
"""The longest that a fork waits for the locks."""

PROMPT_S = 0.001 if sys.platform == "win32" else 0.0005  # Windows waits in whole milliseconds: less would be none

Found = TypeVar("Found")

_RLock: Any = type(threading.RLock())


class ForkLock(_RLock):  # type: ignore[misc] # it is what `threading.RLock` makes
    """A reentrant lock that a fork takes before it copies the process, and that both processes give back.

    So the copy finds whole what the lock guards. A fork waits only for so long, as whoever holds the lock may read
    for long, or wait for the fork: the copy has an unlocked one then, and may find a change half made.

    In all else it is Python's own lock: one that Python code takes and gives back would stay locked where an
    interrupt comes in between.

    Args:
        rank: a thread that takes more than one of these locks takes them in the order of their ranks: that of
            derived lines is -1, that of a stream 0, then come the pool of connections, an inbox, the log, the
            clock, and the switch interval.
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
    """The number of forks between the first process and this one; what another process made stayed there."""
    return _generation


_generation = 0
_known: set[weakref.ref[ForkLock]] = set()
_fork = _Fork()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_fork.begin, after_in_parent=_fork.end, after_in_child=_fork.end_in_child)


class once(Generic[Found]):  # noqa: N801 - a decorator, as `property` is
    """A property that is found when it is first asked for, and kept in the object's `__dict__`.

    `functools.cached_property` of Python 3.10 and 3.11 takes a lock of the class meanwhile. Where an interrupt
    falls just behind that, it is never given back: whoever asks in another thread then waits for ever. Here is no
    lock; two threads that ask at once may both find the value.

    Args:
        find: the method that finds it.

    Example:
        >>> class Circle:
        ...     @once
        ...     def area(self) -> float:
        ...         print("found")
        ...         return 3.14
        >>> circle = Circle()
        >>> circle.area, circle.area
        found
        (3.14, 3.14)
    """

    def __init__(self, find: Callable[[Any], Found]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> once[Found]: ...

    @overload
    def __get__(self, instance: object, owner: type[Any]) -> Found: ...

    def __get__(self, instance: object | None, owner: type[Any]) -> once[Found] | Found:
        """The property; from the second time on Python takes it from the object itself."""
        if instance is None:
            return self
        found = vars(instance)[self._name] = self._find(instance)
        return found


class Wake:
    """Wakes the one thread that waits for it, like a threading.Event; also out of a weak reference's callback.

    Such a callback comes wherever the garbage collector runs, which may be within `Event.set` and `Event.wait`,
    whose lock is not reentrant: the thread would wait for itself for ever, and nothing would be collected any
    more. `SimpleQueue.put` is made for that.

    Example:
        >>> wake = Wake()
        >>> wake.set()
        >>> wake.wait(10.0)
    """

    def __init__(self) -> None:
        self._tokens = queue.SimpleQueue[None]()
        self._is_set = False

    def set(self) -> None:
        """End the present wait, or the next one. From any thread; returns at once."""
        if not self._is_set:
            self._is_set = True  # two threads may both get here: a token more wakes once more
            self._tokens.put(None)

    def wait(self, limit_s: float) -> None:
        """Wait until it is set, `limit_s` at most; it is not set any more then."""
        with contextlib.suppress(queue.Empty):
            self._tokens.get(timeout=limit_s)
        self._is_set = False


class SwitchInterval:
    """A short switch interval for Python's lock, while somebody needs it: `with SWITCH_INTERVAL: ...`.

    A thread that waits for the lock asks for it only after an interval, 5 ms, in which nobody let go of it. A cell
    that looks at a file each millisecond lets go that often, takes the lock again before the waiting thread is
    awake, and so makes it wait for a whole interval again, for many seconds in a row. An interval shorter than
    such a cell's rounds ends that. While no thread waits, it costs nothing.

    The interval is that of the whole process. It is restored with the last who needs it; one that was shorter
    before, or that somebody else set meanwhile, stays.

    Threads: any may enter and leave; one lock guards it.
    """

    def __init__(self) -> None:
        self._lock = ForkLock(rank=5)
        self._generation = generation()
        self._users = 0
        self._former_s = self._prompt_s = PROMPT_S

    def __enter__(self) -> None:
        with self._lock:
            if self._generation != generation():  # whoever needed it before the fork stayed there
                self._generation, self._users = generation(), 0
            self._users += 1
            if self._users == 1 and sys.getswitchinterval() > PROMPT_S:
                self._former_s = sys.getswitchinterval()
                sys.setswitchinterval(PROMPT_S)
                self._prompt_s = sys.getswitchinterval()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and sys.getswitchinterval() == self._prompt_s:
                sys.setswitchinterval(self._former_s)


SWITCH_INTERVAL = SwitchInterval()
"""The switch interval of this process."""

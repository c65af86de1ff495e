"""How long the reading of one message may take: the guard of last resort.

Every reader takes time in proportion to its payload. Should one ever not, its message is given up before it holds
the kernel. The time is the thread's own, so that a busy computer costs no message. It is looked at between the
steps of loops in Python; a parser or a regular expression, which nothing can interrupt, is bounded by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

LONGEST_S = 1.0
"""Twenty times what the costliest megabyte takes on an ordinary computer, in seconds of the thread's own."""

_Step = TypeVar("_Step")
_latest: ContextVar[_Latest | None] = ContextVar("latest", default=None)


class TookTooLongError(Exception):
    """A message is not read after `LONGEST_S`; the message says so in a few words."""


class _Latest:
    """When the thread must be done.

    Its own clock may take a microsecond to ask, so that it is asked only when so much time has passed by another.
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
    """Let what is done inside take so long and no longer.

    Args:
        seconds: of the thread's own time.

    Example:
        >>> with limit(0.0):
        ...     sum(in_time([1, 2]))
        Traceback (most recent call last):
        mqttwidgets.decoding.deadline.TookTooLongError: reading it takes too long
    """
    former = _latest.get()
    try:  # before it is set, as an interrupt may come between any two steps
        _latest.set(_Latest(seconds))
        yield
    finally:
        _latest.set(former)


def in_time(steps: Iterable[_Step]) -> Iterator[_Step]:
    """The same, while there is time.

    Raises:
        TookTooLongError: before a step that comes too late.
    """
    latest = _latest.get()
    for step in steps:
        if latest is not None and time.monotonic() >= latest.ask_at and latest.has_passed():
            raise TookTooLongError("reading it takes too long")
        yield step

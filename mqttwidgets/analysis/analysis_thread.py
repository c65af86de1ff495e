"""The one thread of a stream that looks at what its samples mean, where no plot on an event loop does."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections import deque
from datetime import timezone, tzinfo
from typing import Protocol

from ..base.log import log

IDLE_S = 0.5
"""Seconds between two looks where nothing comes, as time passes: a state lasts, a link is lost."""

_LEAST_S = 0.05  # between two looks
_LAST_S = 1.0  # for functions that are due when the stream stops, or the interpreter ends
_EXIT_S = 0.5


class Looked(Protocol):
    """What the thread works on."""

    def wants(self, thread: AnalysisThread) -> bool:
        """Whether the thread is to go on; once it is not, it is as good as ended."""

    def look(self, thread: AnalysisThread) -> bool:
        """Bring all up to date and call the user's functions; whether something was left for later."""


class AnalysisThread:
    """Looks at once where something has come, twenty times a second at most, and else twice a second.

    It is a daemon, does not keep the stream alive, and ends with it.

    Args:
        analysis: what it works on; held weakly.
    """

    def __init__(self, analysis: Looked) -> None:
        self.news = threading.Event()
        self._analysis = weakref.ref(analysis, lambda _: self.news.set())
        self._thread = threading.Thread(target=self._run, name="mqttwidgets analysis", daemon=True)
        self._ends_at: float | None = None
        self._asked: deque[threading.Event] = deque()
        self._promised = 0  # how many of these it computes for
        self.is_exiting = False
        """Whether the interpreter ends."""
        self.is_relieved = False
        """Whether somebody else calls the user's functions from here on."""

    zone: tzinfo = timezone.utc
    """The time zone that events are printed in."""

    def start(self) -> None:
        """Begin."""
        atexit.register(self._end)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether it runs, in this process."""
        return self._thread.is_alive()

    @property
    def is_here(self) -> bool:
        """Whether who asks is on it."""
        return threading.current_thread() is self._thread

    @property
    def may_call(self) -> bool:
        """Whether it goes on calling the user's functions."""
        return not self.is_relieved and (self._ends_at is None or time.monotonic() < self._ends_at)

    def note_end(self, *, is_near: bool) -> None:
        """Call what is due for a second more, as the stream was stopped; or go on, as it runs again."""
        if self.is_exiting:
            return
        if not is_near:
            self._ends_at = None
        elif self._ends_at is None:
            self._ends_at = time.monotonic() + _LAST_S

    def nudge(self) -> None:
        """Look soon; costs next to nothing, and returns at once."""
        self.news.set()

    def compute(self, limit_s: float) -> bool:
        """Have it compute all derived lines, and wait for that, so many seconds at most; whether it is there."""
        computed = threading.Event()
        self._asked.append(computed)
        self.nudge()
        deadline = time.monotonic() + limit_s
        while self.is_alive and time.monotonic() < deadline:
            if computed.wait(_LEAST_S):
                return True
        return self.is_alive

    @property
    def is_asked_to_compute(self) -> bool:
        """Whether somebody waits for all derived lines."""
        self._promised = len(self._asked)
        return self._promised > 0

    def has_computed(self) -> None:
        """Tell those who waited before it began."""
        for _ in range(self._promised):
            self._asked.popleft().set()

    def _run(self) -> None:
        try:
            while (is_left := self._look()) is not None:
                time.sleep(_LEAST_S)
                if not is_left:
                    self.news.wait(IDLE_S)
                self.news.clear()
        finally:
            atexit.unregister(self._end)

    def _look(self) -> bool | None:
        """Whether something was left for later; None where all is over."""
        try:
            analysis = self._analysis()
            if analysis is None or not analysis.wants(self):
                return None
            return analysis.look(self)
        except BaseException:  # a decoder's SystemExit, too
            log.exception("a stream could not be looked at")
            return False

    def _end(self) -> None:
        """Call what is due by now and no more: a thread that the interpreter stops within `print` may abort it."""
        self.note_end(is_near=True)
        self.is_exiting = True
        self.news.set()
        self._thread.join(_LAST_S + _EXIT_S)

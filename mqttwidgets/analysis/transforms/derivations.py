"""All derivations of one stream, and the time that computing them may take."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from ...base.locks import ForkLock
from ...base.model import Key
from ...series.ring import Series
from .derived import SHARE_OF_LOOP, Derived, DerivedSeries
from .user_function import SLOW_INTERVAL_S, SLOW_S, FunctionLine

_TRANSFORMS_S = 0.01  # for the lines of transforms, each time
_FUNCTIONS_S = 0.015  # after which no further function is called in the same turn
_LONGEST_WAIT_S = 5.0  # for another thread that computes

Reading = Callable[[], AbstractContextManager[Mapping[Key, Series]]]
"""`SensorStream.reading`, or the like."""


class Derivations:
    """The derivations of one stream, kept in step with it.

    Transforms are computed with each frame, or each look of a thread, for ten milliseconds at most. The user's own
    functions are called between these, one at a time; on the kernel's event loop each call blocks it for as long
    as the function takes. So they rest for nine times as long as they took, and slow ones for at least a second.

    Threads: `add`, `remove` and `follow` while the stream is locked; `work` and `complete` from any thread that
    has not locked it, one at a time; everything else from any thread.

    Args:
        clock: gives seconds that never go back.

    Attributes:
        revision: grows whenever a line has changed.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._now = clock
        self._all: tuple[Derived, ...] = ()
        self._lines: dict[Key, DerivedSeries] = {}
        self._in_step_with: object = None
        self._turn = 0
        self._rests_until = 0.0
        self._lock = ForkLock(rank=-1)  # while functions are called
        self._computing: int | None = None  # the thread that calls them
        self.revision = 0

    @property
    def all(self) -> tuple[Derived, ...]:
        """The derivations, the oldest first."""
        return self._all

    def add(self, derived: Derived) -> None:
        """Add a derivation under the first free number; it replaces one of the same name."""
        others = [known for known in self._all if known.name != derived.name]
        taken = {known.number for known in others}
        derived.number = next(number for number in itertools.count() if number not in taken)
        self._all = (*others, derived)

    def remove(self, derived: Derived) -> None:
        """Remove a derivation."""
        self._all = tuple(known for known in self._all if known is not derived)

    @property
    def lines(self) -> Mapping[Key, DerivedSeries]:
        """The derived series of the stream's present series, including those without a sample."""
        return self._lines

    def beside(self, found: Mapping[Key, Series]) -> dict[Key, Series]:
        """The stream's series, and after them the derived ones that have a sample.

        Args:
            found: the stream's series.
        """
        return {**found, **{key: one.series for key, one in self._lines.items() if len(one.series)}}

    def follow(self, found: Mapping[Key, Series]) -> None:
        """Bring the lines of transforms up to date, as far as there is time; while the stream is locked.

        Args:
            found: the stream's series.
        """
        if not self._all and not self._lines:
            return
        deadline = self._now() + _TRANSFORMS_S
        is_news = self._keep_in_step(found)
        turn = self._turn % max(len(self._all), 1)
        for derived in (*self._all[turn:], *self._all[:turn]):  # they take turns at being the first
            is_news |= derived.follow(lambda: self._now() < deadline)
        self._turn += 1
        if is_news:
            self._note_news(found)

    @property
    def backlog(self) -> int:
        """How many samples `follow` has yet to compute."""
        return sum(derived.backlog for derived in self._all)

    @property
    def is_behind(self) -> bool:
        """Whether anything waits to be computed, now or later."""
        return any(derived.backlog or derived.waiting() for derived in self._all)

    @property
    def has_work(self) -> bool:
        """Whether functions are due to be called now."""
        is_due = bool(self._all) and self._now() >= self._rests_until
        return is_due and any(derived.waiting() for derived in self._all)

    def work(self, reading: Reading) -> None:
        """Call some of the user's functions whose sources have changed; not all, as the event loop waits.

        Nothing is done while another thread calls them.

        Args:
            reading: locks the stream and gives its series; nothing is locked while a function runs.
        """
        with self._alone(0.0) as is_alone:
            if is_alone:
                self._work(reading)

    def _work(self, reading: Reading) -> None:
        began = self._now()
        waiting = [line for derived in self._all for line in derived.waiting()]
        for line in sorted(waiting, key=lambda line: line.computed_at or 0.0):
            _call(line, reading)
            if self._now() - began > _FUNCTIONS_S:
                break
        spent_s = self._now() - began
        rest_s = spent_s * (1 / SHARE_OF_LOOP - 1)
        self._rests_until = began + spent_s + max(rest_s, SLOW_INTERVAL_S if spent_s > SLOW_S else 0.0)
        if waiting:
            with reading() as found:
                self._note_news(found)

    def complete(self, reading: Reading) -> None:
        """Compute everything that waits, however long it takes, before the lines are read.

        It ends even if samples keep coming, or late ones send lines back: as soon as a round leaves no less to do
        than the one before, the series are locked for the rest. If another thread computes for more than five
        seconds, or if a user's function calls this, the lines stay as they are.

        Args:
            reading: locks the stream and gives its series as they are; otherwise only for moments, and not while
                a function runs.
        """
        with self._alone(_LONGEST_WAIT_S) as is_alone:
            if is_alone:
                self._complete(reading)

    def _complete(self, reading: Reading) -> None:
        behind: float = math.inf
        while behind > 0:
            with reading() as found:
                former, behind = behind, self._follow_on(found)
                if behind >= former:
                    while behind > 0:
                        behind = self._follow_on(found)
        for line in [line for derived in self._all for line in derived.waiting()]:
            _call(line, reading)
        with reading() as found:
            self._note_news(found)

    @contextmanager
    def _alone(self, wait_s: float) -> Iterator[bool]:
        """Keep other threads from calling functions; gives False if any thread, even this one, calls them now."""
        if self._computing == threading.get_ident() or not self._lock.acquire(timeout=wait_s):
            yield False
            return
        try:
            self._computing = threading.get_ident()
            yield True
        finally:
            self._computing = None
            self._lock.release()

    def _follow_on(self, found: Mapping[Key, Series]) -> int:
        """Bring the lines of transforms up to date as far as there is time; returns how many samples are left."""
        self.follow(found)
        return self.backlog

    def _keep_in_step(self, found: Mapping[Key, Series]) -> bool:
        """Update the lines if series or derivations have changed; returns whether they have."""
        present = (self._all, [(key, id(series), series.is_state) for key, series in found.items()])
        if present == self._in_step_with:
            return False
        self._in_step_with = present
        for derived in self._all:
            derived.keep_in_step(found)
        return True

    def _note_news(self, found: Mapping[Key, Series]) -> None:
        self.revision += 1
        self._lines = {one.key: one for derived in self._all for one in derived.series() if one.key not in found}


def _call(line: FunctionLine, reading: Reading) -> None:
    """Call the user's function of a line, with the stream locked only before and after."""
    with reading():
        given = line.take_input()
    line.run(given, reading())

"""The analysis of one stream: derived lines, limits, their events, and the thread that keeps these up to date."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timezone, tzinfo
from typing import Protocol

from ..base.errors import InvalidValueError
from ..base.locks import Wake
from ..base.log import log
from ..base.model import Batch, Key
from ..base.patterns import FieldPatterns, patterns_of
from ..base.text import printable
from ..series.ring import Series
from ..series.samples import Samples
from .alarms.alarms import Alarms, Caller, UserCalls
from .alarms.events import EventTable
from .alarms.limit import Limit
from .transforms.derivations import Derivations
from .transforms.derived import Derived, DerivedSeries

_DECODING_S = 0.5
_LONGEST_WAIT_S = 5.0
_IDLE_S = 0.5  # between two looks while nothing comes, as states last and links are lost without a message
_LEAST_S = 0.05  # between two looks
_LAST_S = 1.0  # for functions that are due when the stream stops, or the interpreter exits
_EXIT_S = 0.5


class AnalysedStream(Protocol):
    """The parts of a SensorStream that the analysis needs."""

    on_news: Callable[[], object]

    @property
    def is_started(self) -> bool:
        """Whether it was started and not stopped since, even if its source has ended."""

    def known_until(self, key: Key) -> float | None:
        """Until when the newest sample of a state is known to last, epoch seconds."""

    def reading(self, limit_s: float = ...) -> AbstractContextManager[Mapping[Key, Series]]:
        """The series, unchanged while the context lasts."""

    def drain(self, limit_s: float = ...) -> int:
        """Decode messages that have arrived, for so many seconds."""

    def listen(self, listener: Analysis) -> None:
        """Tell `listener` of all samples from here on."""

    def ignore(self, listener: Analysis) -> None:
        """Stop telling it."""


class Analysis:
    """Derivations and limits of one stream; all plots of the stream show these.

    Every sample is checked against the limits when it is stored, on whatever thread that happens. Everything else
    is done in looks, which compute lines and call the user's functions. While plots attend, on the kernel's event
    loop, they look, with each frame. Otherwise an `AnalysisThread` of the stream does, as long as the stream runs
    and there are limits or derivations.

    Threads: any. The stream's lock guards it, and is never held while a user's function runs. Of calls that wait
    the newest 10,000 are kept.

    Args:
        stream: the stream.

    Attributes:
        derivations: the derived lines.
        alarms: the limits, and the alarms that are on.
        calls: the user's functions that limits call.
        revision: grows whenever there are other limits or derivations.
    """

    def __init__(self, stream: AnalysedStream) -> None:
        self._stream = stream
        self.derivations = Derivations()
        self.alarms = Alarms(stream.known_until)
        self.calls = UserCalls(self.alarms)
        self.revision = 0
        self._attendants: weakref.WeakSet[Caller] = weakref.WeakSet()
        self._thread: AnalysisThread | None = None

    # Derivations and limits.

    def derive(self, derived: Derived) -> None:
        """Add a derivation; it replaces one of the same name."""
        with self._stream.reading(0.0):
            self.derivations.add(derived)
            self._changed()

    def underive(self, derived: Derived) -> None:
        """Remove a derivation."""
        with self._stream.reading(0.0):
            self.derivations.remove(derived)
            self._changed()

    def watch(self, limit: Limit) -> None:
        """Add a limit; a long history is checked bit by bit."""
        with self._stream.reading() as series:
            self._stream.listen(self)
            self.alarms.add(limit, self.derivations.beside(series))
            self._changed()

    def unwatch(self, limit: Limit) -> None:
        """Remove a limit."""
        with self._stream.reading():
            self.alarms.remove(limit)
            self.calls.errors.pop(limit, None)
            if not self.alarms.limits:
                self._stream.ignore(self)
            self._changed()

    def events(self, zone: tzinfo = timezone.utc, zone_name: str = "UTC") -> EventTable:
        """All events up to now, shown in a time zone."""
        with self._stream.reading() as series:
            while self.alarms.follow(self.derivations.beside(series)):
                pass
            return self.alarms.log.table(zone, zone_name)

    def stored(self, batch: Batch, series: Mapping[Key, Series]) -> None:
        """Check the samples just stored against the limits."""
        self.alarms.take(batch, series)

    # Looking.

    def follow(self, found: Mapping[Key, Series]) -> bool:
        """Compute lines and check limits, as far as there is time; returns whether something is left for later.

        It calls none of the user's functions.

        Args:
            found: the stream's series, locked.
        """
        self.derivations.follow(found)
        return self.hold_against_limits(found) or self.derivations.backlog > 0

    def hold_against_limits(self, found: Mapping[Key, Series]) -> bool:
        """Check samples against limits, as far as there is time; returns whether something is left for later.

        Args:
            found: the stream's series, locked.
        """
        return bool(self.alarms.limits) and self.alarms.follow(self.derivations.beside(found))

    @contextmanager
    def derived_lines(self) -> Iterator[Mapping[Key, DerivedSeries]]:
        """The derived lines, brought up to date as far as there is time, and unchanged while the context lasts."""
        if self.derivations.has_work and self.computes_here:
            self.derivations.work(lambda: self._stream.reading(0.0))
        with self._stream.reading(_DECODING_S) as found:
            self.derivations.follow(found)
            yield self.derivations.lines

    def compute(self) -> None:
        """Compute all derived lines up to now; not to be called while the stream is locked.

        It takes as long as it takes, unless the stream's own thread computes: that one is given five seconds,
        after which the line of a slow function may lag behind.
        """
        thread = self._thread
        if thread is None or thread.is_here or not thread.compute(_LONGEST_WAIT_S):
            self.derivations.complete(lambda: self._stream.reading(0.0))

    @contextmanager
    def lines(self, *, may_compute: bool = True) -> Iterator[Mapping[Key, Series]]:
        """The stream's series, and after them the derived ones, up to now; unchanged while the context lasts."""
        self._stream.drain()
        if may_compute and self.derivations.all:
            self.compute()
        with self._stream.reading(0.0) as found:
            yield self.derivations.beside(found)

    def lines_named(self, of: str | Iterable[str], *, may_compute: bool = True) -> Samples:
        """All samples kept of the lines that match, including derived ones; all of the same moment.

        Args:
            of: a pattern, or a list of them.
            may_compute: whether to bring derived lines up to date first.

        Raises:
            InvalidValueError: for a value that is no pattern, and if nothing matches.
        """
        patterns = FieldPatterns(patterns_of("of", of))
        with self.lines(may_compute=may_compute) as lines:
            named = [series for key, series in lines.items() if patterns.match(*key)]
            if named or patterns.patterns == ("*",):
                return Samples(named)
        names = ", ".join(series.label for series in lines.values()) or "none"
        raise InvalidValueError(
            f"of={printable(repr(of), 80)} matches none of the lines that have a sample: {printable(names, 300)}"
        )

    # Plots that look, and the thread.

    def attend(self, attendant: Caller) -> None:
        """Let `attendant`, a plot, look from here on, for as long as it exists."""
        with self._stream.reading(0.0):
            self._attendants.add(attendant)
            self.wake()

    def leave(self, attendant: Caller) -> None:
        """Let `attendant` no longer look."""
        with self._stream.reading(0.0):
            self._attendants.discard(attendant)
            self.calls.leave(attendant)
            self.wake()

    def wake(self) -> None:
        """Start the thread if it is needed now, or tell it what has changed; may be called on any thread."""
        with self._stream.reading(0.0):
            if self._thread is not None and not self._thread.is_alive:  # it stayed in the parent of this fork
                self.calls.leave(self._thread)
                self._thread = None
            if self._thread is not None:
                self._relieve(self._thread)
                self._thread.nudge()
            elif self._needs_thread:
                self._thread = AnalysisThread(self)
                self._thread.start()

    def wants(self, thread: AnalysisThread) -> bool:
        """Whether the thread is still needed; once it is not, another one takes its place.

        After a stop, everything received by then is analysed, and functions are called for a second.
        """
        with self._stream.reading(0.0):
            is_last = thread.is_exiting or not self._needs_thread
        if is_last and not self._attendants:
            self._stream.drain()
            self.compute()
        with self._stream.reading(0.0) as found:
            self._relieve(thread)
            if self._needs_thread and not thread.is_exiting:
                self._stream.on_news = thread.nudge
                return True
            if not self._attendants:
                self.hold_against_limits(found)
                if self.calls.are_due and thread.may_call:
                    return True
            self._thread = None
            self.calls.leave(thread)
            return False

    def look(self, thread: AnalysisThread) -> bool:
        """Bring everything up to date and call the user's functions; returns whether something is left."""
        self._stream.drain(_DECODING_S)
        rests_at = time.monotonic() + _DECODING_S  # from here on, as there may always be more to decode
        is_left = True
        while is_left:
            with self._stream.reading(0.0) as found:
                is_left = self.follow(found)
                may_call = self.calls.begin(thread)
            if thread.is_asked_to_compute:
                self.derivations.complete(lambda: self._stream.reading(0.0))
                thread.has_computed()
            if self.derivations.has_work:
                self.derivations.work(lambda: self._stream.reading(0.0))
            if may_call:
                self.calls.run(thread)
            if time.monotonic() >= rests_at:
                break
        return is_left or self.derivations.is_behind

    def _relieve(self, thread: AnalysisThread) -> None:
        """Tell the thread whether the stream was stopped, and whether plots look in its place."""
        thread.note_end(is_near=not self._stream.is_started)
        thread.is_relieved = bool(self._attendants)

    @property
    def _needs_thread(self) -> bool:
        is_used = bool(self.alarms.limits or self.derivations.all)
        return is_used and not self._attendants and self._stream.is_started

    @property
    def computes_here(self) -> bool:
        """Whether this thread may call the user's functions: it is the one that does, or there is none."""
        if self._attendants:
            return any(attendant.is_here for attendant in self._attendants)
        return self._thread is None or self._thread.is_here or not self._thread.is_alive

    def _changed(self) -> None:
        self.revision += 1
        self.wake()


class AnalysisThread:
    """The thread that looks while no plot does: at once when something comes, else twice a second.

    It looks twenty times a second at most. It is a daemon, does not keep the stream alive, and ends with it.

    Args:
        analysis: the analysis that it works on; held weakly.
    """

    def __init__(self, analysis: Analysis) -> None:
        self._news = Wake()
        self._analysis = weakref.ref(analysis, lambda _: self._news.set())
        self._thread = threading.Thread(target=self._run, name="mqttwidgets analysis", daemon=True)
        self._ends_at: float | None = None
        self._asked: deque[threading.Event] = deque()
        self._promised = 0  # how many of these it computes for
        self.is_exiting = False
        """Whether the interpreter exits."""
        self.is_relieved = False
        """Whether plots call the user's functions in its place."""

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
        """Whether this is the current thread."""
        return threading.current_thread() is self._thread

    @property
    def may_call(self) -> bool:
        """Whether it may still call the user's functions."""
        return not self.is_relieved and (self._ends_at is None or time.monotonic() < self._ends_at)

    def note_end(self, *, is_near: bool) -> None:
        """Call functions for one more second, as the stream was stopped; or go on, as it runs again."""
        if self.is_exiting:
            return
        if not is_near:
            self._ends_at = None
        elif self._ends_at is None:
            self._ends_at = time.monotonic() + _LAST_S

    def nudge(self) -> None:
        """Make it look soon; costs almost nothing, and returns at once."""
        self._news.set()

    def compute(self, limit_s: float) -> bool:
        """Let it compute all derived lines, and wait at most so many seconds; returns False if it has ended."""
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
        """Whether another thread waits for all derived lines."""
        self._promised = len(self._asked)
        return self._promised > 0

    def has_computed(self) -> None:
        """Tell the threads that had asked before it began."""
        for _ in range(self._promised):
            self._asked.popleft().set()

    def _run(self) -> None:
        try:
            while (is_left := self._look()) is not None:
                time.sleep(_LEAST_S)
                self._news.wait(0.0 if is_left else _IDLE_S)
        finally:
            atexit.unregister(self._end)

    def _look(self) -> bool | None:
        """Whether something was left for later; None if the thread is to end."""
        try:
            analysis = self._analysis()
            if analysis is None or not analysis.wants(self):
                return None
            return analysis.look(self)
        except BaseException:  # a decoder's SystemExit, too
            log.exception("a stream could not be looked at")
            return False

    def _end(self) -> None:
        """Call only what is due by now: a thread that is stopped within `print` may abort the process."""
        self.note_end(is_near=True)
        self.is_exiting = True
        self._news.set()
        self._thread.join(_LAST_S + _EXIT_S)

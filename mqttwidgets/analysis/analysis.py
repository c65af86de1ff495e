"""What is made of the samples of one stream: derived lines, limits, and the events that these bring."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timezone, tzinfo
from typing import Protocol

from ..base.errors import InvalidValueError
from ..base.model import Batch, Key
from ..base.patterns import FieldPatterns, patterns_of
from ..base.text import printable
from ..series.ring import Series
from ..series.samples import Samples
from .alarms.all_limits import Alarms
from .alarms.events import EventTable
from .alarms.limit import Limit
from .alarms.user_calls import Caller, UserCalls
from .analysis_thread import AnalysisThread
from .transforms.derivations import Derivations
from .transforms.derived import Derived, DerivedSeries

_DECODING_S = 0.5
_LONGEST_WAIT_S = 5.0


class AnalysedStream(Protocol):
    """A stream, as far as what is made of its samples needs to know; see SensorStream."""

    on_news: Callable[[], object]

    @property
    def is_started(self) -> bool:
        """Whether nobody stopped it since it was started, though its source may be over."""

    def known_until(self, key: Key) -> float | None:
        """Until when the newest sample of a state is known to last, epoch seconds."""

    def reading(self, limit_s: float = ...) -> AbstractContextManager[Mapping[Key, Series]]:
        """The series, unchanged while the context lasts."""

    def drain(self, limit_s: float = ...) -> int:
        """Decode what has arrived, for so many seconds."""

    def listen(self, listener: Analysis) -> None:
        """Tell `listener` of all samples from here on."""

    def ignore(self, listener: Analysis) -> None:
        """Tell it no more."""


class Analysis:
    """Derivations and limits of one stream; all plots of the stream show these.

    Every sample is held against the limits as it is stored, in whatever thread does that. All else is a look: it
    computes lines and calls the user's functions. While plots attend, on the kernel's event loop, they look, with
    each frame. Else one thread of the stream's own does, an `AnalysisThread`, as long as the stream runs and there
    is something to look at.

    Threads: any. The stream's lock guards it; no function of the user's is called while that is held. Of calls
    that wait the newest 10,000 are kept.

    Args:
        stream: where the samples come from.

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

    # What there is.

    def derive(self, derived: Derived) -> None:
        """Have one more derivation; one of the same name goes."""
        with self._stream.reading(0.0):
            self.derivations.add(derived)
            self._changed()

    def underive(self, derived: Derived) -> None:
        """Have a derivation no more."""
        with self._stream.reading(0.0):
            self.derivations.remove(derived)
            self._changed()

    def watch(self, limit: Limit) -> None:
        """Have one more limit; a long history is looked at bit by bit."""
        with self._stream.reading() as series:
            self._stream.listen(self)
            self.alarms.add(limit, self.derivations.beside(series))
            self._changed()

    def unwatch(self, limit: Limit) -> None:
        """Have a limit no more."""
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
        """Hold what was stored against the limits."""
        self.alarms.take(batch, series)

    # Looking.

    def follow(self, found: Mapping[Key, Series]) -> bool:
        """Look at what is new, as far as there is time, and call nobody; whether something is left for later.

        Args:
            found: the stream's series, held still.
        """
        self.derivations.follow(found)
        return self.hold_against_limits(found) or self.derivations.backlog > 0

    def hold_against_limits(self, found: Mapping[Key, Series]) -> bool:
        """Look at what the limits have not seen yet, as far as there is time; whether something is left for later.

        Args:
            found: the stream's series, held still.
        """
        return bool(self.alarms.limits) and self.alarms.follow(self.derivations.beside(found))

    @contextmanager
    def derived_lines(self) -> Iterator[Mapping[Key, DerivedSeries]]:
        """The derived lines, brought up to date as far as there is time, unchanged while the context lasts."""
        if self.derivations.has_work and self.computes_here:
            self.derivations.work(lambda: self._stream.reading(0.0))
        with self._stream.reading(_DECODING_S) as found:
            self.derivations.follow(found)
            yield self.derivations.kin

    def compute(self) -> None:
        """Compute all derived lines up to now; not while the stream is held still.

        However long that takes, but where the stream's own thread does it: that is waited for five seconds, after
        which lines of a function that takes longer are as far as it has come.
        """
        thread = self._thread
        if thread is None or thread.is_here or not thread.compute(_LONGEST_WAIT_S):
            self.derivations.complete(lambda: self._stream.reading(0.0))

    @contextmanager
    def lines(self, *, may_compute: bool = True) -> Iterator[Mapping[Key, Series]]:
        """The stream's series, and behind them the derived ones, up to now; unchanged while the context lasts."""
        self._stream.drain()
        if may_compute and self.derivations.all:
            self.compute()
        with self._stream.reading(0.0) as found:
            yield self.derivations.beside(found)

    def lines_named(self, of: str | Iterable[str], *, may_compute: bool = True) -> Samples:
        """All samples kept of the lines that match, derived ones included.

        What comes meanwhile is in none of them.

        Args:
            of: a pattern, or a list of them.
            may_compute: whether to compute first what waits for it.

        Raises:
            InvalidValueError: for what is no pattern, and where nothing matches.
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

    # Who looks.

    def attend(self, attendant: Caller) -> None:
        """Let `attendant` look from here on, for as long as somebody holds it."""
        with self._stream.reading(0.0):
            self._attendants.add(attendant)
            self.wake()

    def leave(self, attendant: Caller) -> None:
        """Have `attendant` look no more."""
        with self._stream.reading(0.0):
            self._attendants.discard(attendant)
            self.calls.leave(attendant)
            self.wake()

    def wake(self) -> None:
        """See whether the thread is needed, as something is other than before; on any thread."""
        with self._stream.reading(0.0):
            if self._thread is not None and not self._thread.is_alive:  # it stayed where this process was forked
                self.calls.leave(self._thread)
                self._thread = None
            if self._thread is not None:
                self._relieve(self._thread)
                self._thread.nudge()
            elif self._needs_thread:
                self._thread = AnalysisThread(self)
                self._thread.start()

    def wants(self, thread: AnalysisThread) -> bool:
        """Whether the thread is to go on; once it is not, another one takes its place.

        When the stream was stopped, what had come by then is looked at, and functions are called for a second.
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
        """Bring all up to date, and call the user's functions; whether something is left for later."""
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
        """Have the thread go on, or end, as plots attend or the stream was stopped."""
        thread.note_end(is_near=not self._stream.is_started)
        thread.is_relieved = bool(self._attendants)

    @property
    def _needs_thread(self) -> bool:
        is_used = bool(self.alarms.limits or self.derivations.all)
        return is_used and not self._attendants and self._stream.is_started

    @property
    def computes_here(self) -> bool:
        """Whether this is the thread that calls the user's functions, or none does."""
        if self._attendants:
            return any(attendant.is_here for attendant in self._attendants)
        return self._thread is None or self._thread.is_here or not self._thread.is_alive

    def _changed(self) -> None:
        self.revision += 1
        self.wake()

"""The alarms of a stream: all its series checked against all limits, and the user's functions that they call."""

from __future__ import annotations

import inspect
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ...base.log import log
from ...base.model import Batch, Key
from ...base.text import printable
from ...base.units import symbol
from ...series.ring import Series
from .events import Event, EventLog
from .limit import Limit
from .stretches import Side
from .tracker import Episode, Tracker, Watch

if TYPE_CHECKING:  # at run time it is imported where functions are called, as most limits call none
    import asyncio

_MOST_CALLS = 10_000
_SLICE_S = 0.01  # as the event loop must not be blocked
_LONGEST_ERROR = 120


class Alarms:
    """Limits, and the events that they brought. Used while the series are locked, on any thread.

    Every sample is checked once, by its own time; after late samples the latest events are found again. A state
    lasts until its next sample, the newest one for as long as that is known.

    Args:
        known_until: gives, for the (topic, field) of a state, until when its newest sample is known to last, epoch
            seconds; None if that is not known.

    Example:
        >>> from mqttwidgets.analysis.alarms.limit import limit
        >>> series = Series("lab/oven", "", capacity=9)
        >>> series.extend([1.0, 2.0, 3.0], [20.0, 31.0, 20.0])
        >>> alarms = Alarms()
        >>> alarms.add(limit("*", alarms.remove, above=30), {("lab/oven", ""): series})
        >>> [(event.start_s, event.end_s, event.peak) for event in alarms.log]
        [(2.0, 3.0, 31.0)]
    """

    def __init__(self, known_until: Callable[[Key], float | None] = lambda key: None) -> None:
        self._known_until = known_until
        self.log = EventLog()
        self.limits: tuple[Limit, ...] = ()
        self._watches: dict[Key, Watch] = {}
        self._posts: dict[Tracker, _Post] = {}
        self._next_number = itertools.count()
        self._calls: deque[Call] = deque(maxlen=_MOST_CALLS)
        self.calls_left_out = 0
        """How many calls were too many to wait."""

    def add(self, limit: Limit, series: Mapping[Key, Series]) -> None:
        """Add a limit and check the history, if it is long only the beginning."""
        self.limits = (*self.limits, limit)
        for key, watch in self._watches.items():
            self._post(limit, key, watch)
        self.follow(series)

    def remove(self, limit: Limit) -> None:
        """Remove a limit; its alarms that are on end here."""
        self.limits = tuple(each for each in self.limits if each is not limit)
        for watch in self._watches.values():
            for tracker in [each for each in watch.trackers if self._posts[each].limit is limit]:
                self._note(tracker, tracker.interrupt())
                watch.remove(tracker)
                del self._posts[tracker]

    def follow(self, series: Mapping[Key, Series]) -> bool:
        """Check new samples of all series; returns whether something was left for later."""
        if not self.limits:
            return False
        for key, watch in [*self._watches.items()]:
            if watch.series is None or watch.series is not series.get(key):
                self._lose(key)
        is_left = self._follow(series.items(), is_new=False)
        self._hold()
        return is_left

    def take(self, batch: Batch, series: Mapping[Key, Series]) -> None:
        """Check the samples just stored; all samples of a series that was not seen before are new.

        Args:
            batch: the samples.
            series: the series of the present topic.
        """
        if not self.limits:
            return
        for key, (_, value) in batch.items():
            one, watch = series.get(key), self._watches.get(key)
            if one is None or (watch is not None and watch.series is one and watch.pass_over(one, value)):
                continue
            self._follow([(key, one)], is_new=True)

    def _follow(self, series: Iterable[tuple[Key, Series]], *, is_new: bool) -> bool:
        is_left = False
        for key, one in series:
            watch = self._watches.get(key)
            if watch is None or watch.series is not one:
                watch = self._new_watch(key, one, 0 if is_new else one.total)
            if watch.trackers and not watch.is_up_to_date:
                for tracker, episode in watch.advance():
                    self._note(tracker, [episode])
                is_left = is_left or not watch.is_up_to_date
        return is_left

    def _hold(self) -> None:
        """Let states last for as long as that is known."""
        for key, watch in self._watches.items():
            until = self._known_until(key) if watch.awaits_time else None
            if until is not None:
                for tracker, episode in watch.hold(until):
                    self._note(tracker, [episode])

    def take_calls(self) -> list[Call]:
        """The calls that have become due since the last time, in order. Needs no lock."""
        return [self._calls.popleft() for _ in range(len(self._calls))]

    @property
    def has_calls(self) -> bool:
        """Whether any call is due."""
        return bool(self._calls)

    def on(self) -> Iterator[On]:
        """The alarms that are on."""
        for tracker, (key, limit) in self._posts.items():
            episode = tracker.current
            if episode is not None:
                yield On(key, limit, tracker.side, self._event(tracker, episode), episode.stretch.newest)

    def _new_watch(self, key: Key, series: Series, past: int) -> Watch:
        if key in self._watches:
            self._lose(key)
            self._forget(key)
        watch = self._watches[key] = Watch(series)
        for limit in self.limits:
            self._post(limit, key, watch, past)
        return watch

    def _post(self, limit: Limit, key: Key, watch: Watch, past: int | None = None) -> None:
        series = watch.series
        if series is not None and limit.patterns.match(*key):
            for side in limit.sides:
                tracker = Tracker(side, series, series.total if past is None else past)
                self._posts[tracker] = _Post(key, limit)
                watch.add(tracker)

    def _lose(self, key: Key) -> None:
        """End the alarms of a series that the stream has dropped; forget it once it is gone."""
        watch = self._watches[key]
        for tracker in watch.trackers:
            self._note(tracker, tracker.interrupt())
        if watch.series is None:
            self._forget(key)

    def _forget(self, key: Key) -> None:
        watch = self._watches.pop(key, None)
        for tracker in [] if watch is None else watch.trackers:
            del self._posts[tracker]

    def _note(self, tracker: Tracker, episodes: Iterable[Episode]) -> None:
        """Update the log with alarms that are new or changed."""
        self.log.forgotten += tracker.left_out
        tracker.left_out = 0
        for episode in episodes:
            if episode.is_withdrawn:
                self.log.withdraw(episode.number)
                if not episode.is_told:
                    continue
            event = self._event(tracker, episode)
            if not episode.is_withdrawn:
                self._log(episode, event)
            self._call(tracker, episode, event)

    def _log(self, episode: Episode, event: Event) -> None:
        is_new = episode.number < 0
        if is_new:
            episode.number = next(self._next_number)
        if is_new or self.log.has(episode.number):
            self.log.put(episode.number, event)

    def _call(self, tracker: Tracker, episode: Episode, event: Event) -> None:
        limit = self._posts[tracker].limit
        if limit.call is None or (not episode.is_told and tracker.is_past(episode)):
            return
        due = []
        if not episode.is_told:
            due.append(event if event.end_s is None else _begun(event))
            episode.is_told = True
        if event.end_s is not None and not episode.is_end_told:
            due.append(event)
            episode.is_end_told = True
        self.calls_left_out += max(0, len(self._calls) + len(due) - _MOST_CALLS)
        self._calls.extend(Call(limit, each) for each in due)

    def _event(self, tracker: Tracker, episode: Episode) -> Event:
        key, limit = self._posts[tracker]
        series = self._watches[key].series
        unit = "" if series is None else symbol(series.unit)
        stretch = episode.stretch
        label = limit.text_of(tracker.side, unit)
        is_known = episode.is_end_known and episode.end is not None
        return Event(*key, unit, label, stretch.start, episode.end, is_known, stretch.peak, tracker.side.is_above)


class On(NamedTuple):
    """An alarm that is on.

    Attributes:
        key: (topic, field).
        limit: the limit.
        side: the side on which it was exceeded.
        event: the event, with its beginning and its peak.
        newest_s: epoch seconds of the newest sample that is part of it.
    """

    key: Key
    limit: Limit
    side: Side
    event: Event
    newest_s: float


class Call(NamedTuple):
    """A call of a user's function that is due."""

    limit: Limit
    event: Event


class _Post(NamedTuple):
    """The series and the limit that a tracker is for."""

    key: Key
    limit: Limit


def _begun(event: Event) -> Event:
    """An event that is already over, as it was when it began."""
    return replace(event, end_s=None, is_end_known=False)


class UserCalls:
    """Calls the user's functions that are due: in order, one at a time.

    Only one caller at a time does so, and another one goes on where it left off. The stream is locked for `soon`
    and `begin`, and not while a function runs.

    Args:
        alarms: gives the calls that are due.

    Attributes:
        errors: for each limit whose function raised an error in its latest call, that error in a sentence.
    """

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self._due: deque[Call] = deque()
        self._caller: Caller | None = None
        self._tasks: set[asyncio.Future[object]] = set()
        self.errors: dict[Limit, str] = {}

    @property
    def are_due(self) -> bool:
        """Whether any call is due."""
        return bool(self._due) or self._alarms.has_calls

    def soon(self, caller: Caller) -> None:
        """Let `caller` make the calls on this thread's event loop, unless there is another caller."""
        if self.are_due and self._caller is None:
            import asyncio

            self._caller = caller
            asyncio.get_running_loop().call_soon(self._call_on_loop, caller)

    def begin(self, caller: Caller) -> bool:
        """Whether `caller` may `run`, as calls are due and there is no other caller."""
        if self._caller is None and self.are_due:
            self._caller = caller
        return self._caller is caller

    def run(self, caller: Caller) -> None:
        """Make the calls here and now, a coroutine function up to its end, for a caller that has begun.

        No error of a function ends the thread, not even SystemExit, as the thread is the stream's.
        """
        try:
            while self._has_due(caller):
                call = self._due.popleft()
                try:
                    self._call(call, caller, _run)
                except BaseException as error:
                    self._note_error(call.limit, error)
        finally:
            self.leave(caller)

    def leave(self, caller: Caller) -> None:
        """End the calls by `caller`."""
        if self._caller is caller:
            self._caller = None

    def _call_on_loop(self, caller: Caller) -> None:
        """Make the calls in order; if they take long, the rest later."""
        import asyncio

        rest_at = time.monotonic() + _SLICE_S
        try:
            while self._has_due(caller):
                self._call(self._due.popleft(), caller, asyncio.ensure_future)
                if time.monotonic() > rest_at:
                    return
            self.leave(caller)
        finally:  # also where a function was interrupted
            if self._caller is caller:
                asyncio.get_running_loop().call_soon(self._call_on_loop, caller)

    def _has_due(self, caller: Caller) -> bool:
        """Whether a call is due; new ones come after those that wait."""
        if self._caller is not caller or not caller.may_call:
            return False
        if not self._due:
            self._due.extend(self._alarms.take_calls())
            if self._alarms.calls_left_out:
                log.warning("%s calls of limits were left out: more than could wait", self._alarms.calls_left_out)
                self._alarms.calls_left_out = 0
        return bool(self._due)

    def _call(self, call: Call, caller: Caller, finish: Callable[[Any], asyncio.Future[object] | None]) -> None:
        """Call a function.

        Args:
            call: the function and its event.
            caller: gives the time zone of the event.
            finish: runs the coroutine that a function returned; returns its Future, or None if it is over.
        """
        function, limit = call.limit.call, call.limit
        if function is None or limit not in self._alarms.limits:
            return
        try:
            result = function(replace(call.event, zone=caller.zone))
            task = finish(result) if inspect.isawaitable(result) else None
        except Exception as error:
            self._note_error(limit, error)
            return
        if task is None:
            self.errors.pop(limit, None)
            return
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(limit, done))

    def _finished(self, limit: Limit, task: asyncio.Future[object]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            self.errors.pop(limit, None)
        else:
            self._note_error(limit, error)

    def _note_error(self, limit: Limit, error: BaseException) -> None:
        log.error("the function called by %r raised an error", limit, exc_info=error)
        if limit in self._alarms.limits:
            what = printable(f"{type(error).__name__}: {error}", _LONGEST_ERROR)
            names = ", ".join(limit.text_of(side) for side in limit.sides)
            self.errors[limit] = f"The function called by the limit {printable(names)} raised {what}."


class Caller(Protocol):
    """A plot, or the stream's thread, that calls the user's functions."""

    @property
    def zone(self) -> tzinfo:
        """The time zone that events are printed in."""

    @property
    def may_call(self) -> bool:
        """Whether it may still call them."""

    @property
    def is_here(self) -> bool:
        """Whether this is the thread, or the event loop, on which it calls them."""


def _run(result: Awaitable[object]) -> None:
    import asyncio

    async def whole() -> None:
        await result

    asyncio.run(whole())

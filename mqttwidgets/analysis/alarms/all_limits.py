"""All limits of a stream, held against all its series."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from ...base.model import Batch, Key
from ...base.units import symbol
from ...series.ring import Series
from .events import Event, EventLog
from .limit import Limit
from .side import Side
from .tracker import Episode, Tracker
from .watch import Watch

_MOST_CALLS = 10_000


class Call(NamedTuple):
    """A user's function that is due."""

    limit: Limit
    event: Event


class On(NamedTuple):
    """An alarm that is on.

    Attributes:
        key: (topic, field).
        limit: what was exceeded, and on which side.
        side: that side.
        event: since when, and how far.
        newest_s: epoch seconds of the newest sample of the series that is part of it.
    """

    key: Key
    limit: Limit
    side: Side
    event: Event
    newest_s: float


class _Post(NamedTuple):
    """What a tracker is for."""

    key: Key
    limit: Limit


class Alarms:
    """Limits, and the events that they brought. Used while the series are held still, from any thread.

    Every sample is looked at once, by its own time; late ones have the latest events looked at again. A state
    lasts until its next sample, the newest one for as long as that is known.

    Args:
        known_until: gives, for the (topic, field) of a state, until when its newest sample is known to last, epoch
            seconds; None where that is not known.

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
        """Calls that were too many to wait."""

    def add(self, limit: Limit, series: Mapping[Key, Series]) -> None:
        """Have one more limit, and look at the history, at the beginning of it where that is long."""
        self.limits = (*self.limits, limit)
        for key, watch in self._watches.items():
            self._post(limit, key, watch)
        self.follow(series)

    def remove(self, limit: Limit) -> None:
        """Have a limit no more. What is on ends, as nobody looks any more."""
        self.limits = tuple(each for each in self.limits if each is not limit)
        for watch in self._watches.values():
            for tracker in [each for each in watch.trackers if self._posts[each].limit is limit]:
                self._note(tracker, tracker.interrupt())
                watch.remove(tracker)
                del self._posts[tracker]

    def follow(self, series: Mapping[Key, Series]) -> bool:
        """Look at what is new in all series that there are; whether something was left for later."""
        if not self.limits:
            return False
        for key, watch in [*self._watches.items()]:
            if watch.series is None or watch.series is not series.get(key):
                self._lose(key)
        is_left = self._follow(series.items(), is_new=False)
        self._hold()
        return is_left

    def take(self, batch: Batch, series: Mapping[Key, Series]) -> None:
        """Look at what was stored just now; all samples of a series that was not seen before are new.

        Args:
            batch: what was stored.
            series: the series that it is in, if they are of the present topic.
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
        """Have states last for as long as that is known."""
        for key, watch in self._watches.items():
            until = self._known_until(key) if watch.awaits_time else None
            if until is not None:
                for tracker, episode in watch.hold(until):
                    self._note(tracker, [episode])

    def take_calls(self) -> list[Call]:
        """The functions to be called, in order; each time those that are due since. Needs no lock."""
        return [self._calls.popleft() for _ in range(len(self._calls))]

    @property
    def has_calls(self) -> bool:
        """Whether any function is to be called."""
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
        """End what is on of a series that is not there any more; where nobody holds it, forget it."""
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
        """Bring the log in step with alarms that are new or changed."""
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


def _begun(event: Event) -> Event:
    """An event that is over already, as it was when it began."""
    return replace(event, end_s=None, is_end_known=False)

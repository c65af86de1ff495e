"""One series checked against limits: a tracker for each side of a limit, and a watch that reads once for all."""

from __future__ import annotations

import math
import weakref
from collections import deque
from collections.abc import Iterator

import numpy as np

from ...series.ring import Series
from .stretches import Bounds, Ended, Found, Run, Side, Stretch, find, is_alarm

MOST_AT_ONCE = 250_000
"""How many samples of a series are checked at once; a long history takes several rounds."""

_EPISODES_REMEMBERED = 200
_LOOKED_BACK = 1024


class Watch:
    """Brings the trackers of one series up to date. Used while the series is locked.

    Most samples are within all limits while no alarm is on: then no tracker is asked at all.

    Args:
        series: the series; not kept alive.

    Attributes:
        trackers: one for each side of each limit.
    """

    def __init__(self, series: Series) -> None:
        self._series = weakref.ref(series)
        self.trackers: list[Tracker] = []
        self._behind: list[Tracker] = []  # trackers that have checked less than the others
        self._position = 0  # up to which all others have checked
        self._total = -1
        self._merges = series.merges
        self._is_interrupted = False
        self._known_until = -math.inf  # until when the newest sample of a state is known to last
        self._within = (
            math.inf,
            -math.inf,
        )  # values up to the one and from the other on are no alarm

    @property
    def series(self) -> Series | None:
        """The series; None once it is gone."""
        return self._series()

    def add(self, tracker: Tracker) -> None:
        """Add a tracker."""
        self.trackers.append(tracker)
        self._behind.append(tracker)
        self._total = -1
        self._note_thresholds()

    def remove(self, tracker: Tracker) -> None:
        """Remove a tracker."""
        self.trackers.remove(tracker)
        self._behind = [each for each in self._behind if each is not tracker]
        self._note_thresholds()

    @property
    def is_up_to_date(self) -> bool:
        """Whether every sample was checked."""
        series = self.series
        return series is None or (
            series.total == self._total
            and series.merges == self._merges
            and series.is_interrupted == self._is_interrupted
        )

    def pass_over(self, series: Series, value: list[float]) -> bool:
        """Skip the samples just stored if none of them matters; returns whether that is so.

        Args:
            series: the series.
            value: shape (n,), n at least 1, the values of the samples.
        """
        is_next = series.total == self._total + len(value) and series.merges == self._merges
        least, greatest = min(value), max(value)  # one of them is NaN if the first value is
        above, below = self._within
        if not (is_next and greatest <= above and least >= below) or any(each.is_awake for each in self.trackers):
            return False
        self._total = self._position = series.total
        self._is_interrupted = series.is_interrupted
        return True

    def advance(self) -> list[tuple[Tracker, Episode]]:
        """Check new samples, if they are many only some of them; returns the alarms that are new or changed."""
        series = self.series
        if series is None or self.is_up_to_date:
            return []
        if series.merges != self._merges:
            self._go_back(series)
        changed: list[tuple[Tracker, Episode]] = []
        total = series.total
        if self._position < total and len(self._behind) < len(self.trackers):
            changed += self._look(series)
        places: dict[int, list[Tracker]] = {}
        for tracker in self._behind:
            if tracker.position < total:
                places.setdefault(tracker.position, []).append(tracker)
        for position, trackers in places.items():
            run = _run(series, position)
            for tracker in trackers:
                changed += [(tracker, episode) for episode in tracker.take(run)]
        self._catch_up()
        if not self._behind and self._position == total:
            changed += self._finish(series)
        return changed

    @property
    def awaits_time(self) -> bool:
        """Whether time alone may turn a lasting state into an alarm, or prolong an alarm."""
        series = self.series
        is_known = series is not None and series.is_state and not series.is_interrupted and self.is_up_to_date
        return is_known and any(tracker.is_awake for tracker in self.trackers)

    def hold(self, until: float) -> list[tuple[Tracker, Episode]]:
        """Let the newest sample of a state last until a moment, epoch seconds; returns the alarms that changed."""
        self._known_until = max(self._known_until, until)
        return [(tracker, episode) for tracker in self.trackers for episode in tracker.hold(self._known_until)]

    def interrupt(self) -> list[tuple[Tracker, Episode]]:
        """End alarms that are on, as the series is unknown from here on; returns those that changed."""
        return [(tracker, episode) for tracker in self._in_step() for episode in tracker.interrupt()]

    def _look(self, series: Series) -> list[tuple[Tracker, Episode]]:
        """Let the trackers that are in step, and that may be concerned, check the next samples."""
        run = _run(series, self._position)
        asked = [each for each in self._in_step() if each.is_awake or each.side.may_enter(run.bounds)]
        self._position = run.first + len(run.time)
        return [(tracker, episode) for tracker in asked for episode in tracker.take(run)]

    def _go_back(self, series: Series) -> None:
        """Go back to where the series changed."""
        unchanged = series.unchanged_to(self._merges)
        self._merges, self._total = series.merges, -1
        self._in_step()
        for tracker in self.trackers:
            tracker.rewind(series, unchanged)
        self._behind = [*self.trackers]
        self._catch_up()

    def _in_step(self) -> list[Tracker]:
        """The trackers that are not behind, each told where it is."""
        behind = set(map(id, self._behind))
        in_step = [tracker for tracker in self.trackers if id(tracker) not in behind]
        for tracker in in_step:
            tracker.pass_over(self._position)
        return in_step

    def _catch_up(self) -> None:
        """Note which trackers have come in step with the others; all have if all were behind equally."""
        if self._behind and len(self._behind) == len(self.trackers):
            self._position = max(tracker.position for tracker in self._behind)
        self._behind = [tracker for tracker in self._behind if tracker.position != self._position]

    def _note_thresholds(self) -> None:
        sides = [tracker.side for tracker in self.trackers]
        self._within = (
            min((side.threshold for side in sides if side.is_above), default=math.inf),
            max((side.threshold for side in sides if not side.is_above), default=-math.inf),
        )

    def _finish(self, series: Series) -> list[tuple[Tracker, Episode]]:
        self._total, self._is_interrupted = series.total, series.is_interrupted
        changed = self.hold(self._known_until) if series.is_state else []
        changed += self.interrupt() if self._is_interrupted else []
        return changed + [(tracker, episode) for tracker in self.trackers for episode in tracker.settle()]


def _run(series: Series, position: int) -> Run:
    """The samples from a position on, as far as they are kept; NaN for those that the broker had kept.

    Nobody knows when these were measured, so that no alarm begins with them.
    """
    cut = series.cut(position, max(position, series.oldest) + MOST_AT_ONCE)
    may_be_missing = cut.first > position or series.gap_count(position - 1) > series.gap_count(position)
    gaps = np.insert(cut.gaps, 0, 0) if may_be_missing else cut.gaps
    if series.kept_at:
        cut.value[np.isin(cut.time, series.kept_at)] = np.nan
    return Run(cut.time, cut.value, cut.first, gaps, Bounds.of(cut.value), series.is_state)


class Tracker:
    """Finds the alarms of one series on one side of a limit. Used while the series is locked.

    After late samples everything from before them on is checked again. Only the latest 200 alarms of a series can
    change that way; older ones stay as they were found.

    Args:
        side: the side of the limit.
        series: the series; checked from the oldest sample kept.
        past: the position up to which samples came before the limit was set.

    Attributes:
        position: the position of the first sample that was not checked yet.
    """

    def __init__(self, side: Side, series: Series, past: int) -> None:
        self.side = side
        self.position = series.oldest
        self.left_out = 0
        """How many alarms were too many at once to be reported."""
        self._past = past
        self._open: Stretch | None = None
        self._is_interrupted = False  # whether a stretch may have been ended before the next sample came
        self._current: Episode | None = None  # of the open stretch, once it is an alarm
        self._episodes: deque[Episode] = deque(maxlen=_EPISODES_REMEMBERED)
        self._settled_until: float | None = None  # the end of the last alarm that cannot change any more
        self._former: list[Episode] = []  # found before late samples came, and not found again so far

    @property
    def current(self) -> Episode | None:
        """The alarm that is on."""
        return self._current

    @property
    def is_awake(self) -> bool:
        """Whether samples within the limit concern it, as a stretch goes on."""
        return self._open is not None

    def pass_over(self, position: int) -> None:
        """Skip the samples before a position, which did not matter."""
        if position > self.position:
            self.position = position
            self._is_interrupted = False

    def is_past(self, episode: Episode) -> bool:
        """Whether an alarm was over before the limit was set."""
        return episode.stretch.position < self._past and (episode.end is not None or self.position < self._past)

    def take(self, run: Run) -> list[Episode]:
        """Check the next samples; returns the alarms that are new or changed."""
        self._is_interrupted = False
        found = find(self.side, self._open, run)
        self.left_out += found.left_out
        self.position = run.first + len(run.time)
        self._open = found.open
        changed = [] if found.left_out else self._refuted(found)
        if found.left_out and self._current is not None:
            changed.append(self._over(Ended(self._current.stretch, self._current.stretch.newest, is_known=False)))
        changed += [self._over(ended) for ended in found.ended]
        if found.open is not None and is_alarm(self.side, found.open):
            changed.append(self._on(found.open))
        return changed

    def hold(self, until: float) -> list[Episode]:
        """Let the newest sample of a state last until a moment, epoch seconds; returns the alarms that changed."""
        if self._open is None or until <= self._open.newest:
            return []
        self._open = self._open._replace(newest=until)
        return [self._on(self._open)] if is_alarm(self.side, self._open) else []

    def interrupt(self) -> list[Episode]:
        """End the alarm that is on, as samples may be missing from here on; returns the alarms that changed."""
        self._is_interrupted = True
        stretch, self._open = self._open, None
        if stretch is None or not is_alarm(self.side, stretch):
            return []
        return [self._over(Ended(stretch, stretch.newest, is_known=False))]

    def settle(self) -> list[Episode]:
        """Withdraw alarms that were not found again, once all samples are checked; returns those that changed.

        An alarm that is on after all is reported again if its end had been reported.
        """
        former, self._former = self._former, []
        for episode in former:
            episode.withdraw()
        if self._current is None or not self._current.is_end_told:
            return former
        self._current.is_told = self._current.is_end_told = False
        return [*former, self._current]

    def rewind(self, series: Series, position: int) -> None:
        """Go back, as samples from `position` on have changed."""
        if position > self.position or (position == self.position and not self._is_interrupted):
            return
        begin = self._last_reset(series, position)
        open_, current = None, None
        if begin is None:
            begin = series.oldest
            open_, current = self._going_on_at(series, begin)
        if self._settled_until is not None:
            settled = series.position_at(math.nextafter(self._settled_until, math.inf))
            if settled > begin:
                begin, open_, current = settled, None, None
        again = [each for each in self._episodes if each.stretch.position >= begin and each is not current]
        self._former += again
        for episode in again:
            self._episodes.remove(episode)
        self.position, self._open, self._current = begin, open_, current

    def _last_reset(self, series: Series, position: int) -> int | None:
        """The last position before `position` at which no stretch goes on; None if it is not kept."""
        size, stop = _LOOKED_BACK, position
        while stop > series.oldest:
            cut = series.cut(stop - size, stop)
            (over,) = (~self.side.stays(cut.value)).nonzero()
            resets = [*over[-1:].tolist(), *cut.gaps[-1:].tolist()]
            if resets:
                return cut.first + int(max(resets))
            if cut.first <= series.oldest:
                break
            stop, size = cut.first + 1, 4 * size  # including the first one, as a cut tells of no gap before it
        return 0 if series.oldest == 0 else None

    def _going_on_at(self, series: Series, oldest: int) -> tuple[Stretch | None, Episode | None]:
        """The stretch that began before the oldest sample kept and went on there, and its alarm if it is one."""
        at = series.time_at(oldest)
        for episode in self._episodes:
            if episode.stretch.position < oldest and (episode.end is None or episode.end > at):
                return episode.stretch._replace(newest=at), episode
        if self._open is not None and self._open.position < oldest:
            return self._open._replace(newest=at), None
        return None, None

    def _refuted(self, found: Found) -> list[Episode]:
        """Withdraw the alarm that is on if its stretch, of a state, was over before it had lasted long enough."""
        episode, first = self._current, found.ended[0].stretch if found.ended else found.open
        if episode is None or (first is not None and first.position == episode.stretch.position):
            return []
        self._episodes.remove(episode)
        self._current = None
        episode.withdraw()
        return [episode]

    def _on(self, stretch: Stretch) -> Episode:
        if self._current is None:
            self._current = self._episode(stretch, None)
        self._current.stretch = stretch
        self._current.end = None
        return self._current

    def _over(self, ended: Ended) -> Episode:
        episode = self._current or self._episode(ended.stretch, ended.end)
        self._current = None
        episode.stretch, episode.end, episode.is_end_known = ended
        return episode

    def _episode(self, stretch: Stretch, end: float | None) -> Episode:
        """The episode of a stretch: one that was found before, or a new one."""
        former = next(self._found_before(stretch, end), None)
        if former is not None:
            self._former.remove(former)
        episode = former or Episode(stretch)
        if len(self._episodes) == _EPISODES_REMEMBERED:
            self._settled_until = self._episodes[0].end
        self._episodes.append(episode)
        return episode

    def _found_before(self, stretch: Stretch, end: float | None) -> Iterator[Episode]:
        yield from (each for each in self._former if each.stretch.start == stretch.start)
        yield from (each for each in self._former if each.overlaps(stretch, end))


class Episode:
    """An alarm as it is known so far; late samples may change it.

    Attributes:
        stretch: its samples.
        end: epoch seconds; None while it is on.
        is_end_known: False if it ended because samples may be missing, or the limit was removed.
        is_withdrawn: True once late samples showed that there was no such alarm.
        number: its number in the log; negative before it has one.
        is_told: whether its beginning was reported.
        is_end_told: whether its end was reported.
    """

    __slots__ = ("end", "is_end_known", "is_end_told", "is_told", "is_withdrawn", "number", "stretch")

    def __init__(self, stretch: Stretch) -> None:
        self.stretch = stretch
        self.end: float | None = None
        self.is_end_known = False
        self.number = -1
        self.is_withdrawn = self.is_told = self.is_end_told = False

    def withdraw(self) -> None:
        """Take it back; if its beginning was reported, it ends at the latest time known of it."""
        self.is_withdrawn = True
        if self.end is None:
            self.end, self.is_end_known = self.stretch.newest, False

    def overlaps(self, stretch: Stretch, end: float | None) -> bool:
        """Whether an alarm of this stretch would overlap in time with this one."""
        begins_before_its_end = end is None or self.stretch.start <= end
        return begins_before_its_end and (self.end is None or stretch.start <= self.end)

"""One series held against one side of a limit, sample by sample, as they come."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

from ...series.ring import Series
from .side import Side
from .stretches import Ended, Found, Run, Stretch, find, is_alarm

_EPISODES_REMEMBERED = 200
_LOOKED_BACK = 1024


class Episode:
    """An alarm as it is known so far; late samples may change it.

    Attributes:
        stretch: its samples.
        end: epoch seconds; None while it is on.
        is_end_known: False where it ended because samples may be missing, or nobody looks any more.
        is_withdrawn: True once late samples showed that there was no such alarm.
        number: for whoever counts them; negative before that.
        is_told: whether somebody was told that it began.
        is_end_told: whether somebody was told that it ended.
    """

    __slots__ = ("end", "is_end_known", "is_end_told", "is_told", "is_withdrawn", "number", "stretch")

    def __init__(self, stretch: Stretch) -> None:
        self.stretch = stretch
        self.end: float | None = None
        self.is_end_known = False
        self.number = -1
        self.is_withdrawn = self.is_told = self.is_end_told = False

    def withdraw(self) -> None:
        """Have it be no alarm; to whoever was told that it began, it ends with what was known of it."""
        self.is_withdrawn = True
        if self.end is None:
            self.end, self.is_end_known = self.stretch.newest, False

    def overlaps(self, stretch: Stretch, end: float | None) -> bool:
        """Whether an alarm of these samples has a moment in common with this one."""
        begins_before_its_end = end is None or self.stretch.start <= end
        return begins_before_its_end and (self.end is None or stretch.start <= self.end)


class Tracker:
    """Finds the alarms of one series and one side of a limit. Used while the series is held still.

    Late samples have everything looked at again from before them on. Only the latest 200 alarms of a series can
    change that way; those before stay as they were found.

    Args:
        side: the limit.
        series: whose samples; looked at from the oldest one kept.
        past: position up to which samples came before anybody asked.

    Attributes:
        position: of the first sample that was not looked at yet.
    """

    def __init__(self, side: Side, series: Series, past: int) -> None:
        self.side = side
        self.position = series.oldest
        self.left_out = 0
        """Alarms that were too many at once to be told."""
        self._past = past
        self._open: Stretch | None = None
        self._is_interrupted = False  # whether a stretch may have been ended before the next sample was known
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
        """Whether it minds samples that are within the limit, as a stretch goes on."""
        return self._open is not None

    def pass_over(self, position: int) -> None:
        """Have looked at the samples before a position, which did not matter."""
        if position > self.position:
            self.position = position
            self._is_interrupted = False

    def is_past(self, episode: Episode) -> bool:
        """Whether an alarm was over before anybody looked."""
        return episode.stretch.position < self._past and (episode.end is not None or self.position < self._past)

    def take(self, run: Run) -> list[Episode]:
        """Look at the next samples; the alarms that are new or changed."""
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
        """Have the newest sample of a state last until a moment, epoch seconds; the alarms that changed."""
        if self._open is None or until <= self._open.newest:
            return []
        self._open = self._open._replace(newest=until)
        return [self._on(self._open)] if is_alarm(self.side, self._open) else []

    def interrupt(self) -> list[Episode]:
        """End what is on, as from here on samples may be missing; the alarms that changed."""
        self._is_interrupted = True
        stretch, self._open = self._open, None
        if stretch is None or not is_alarm(self.side, stretch):
            return []
        return [self._over(Ended(stretch, stretch.newest, is_known=False))]

    def settle(self) -> list[Episode]:
        """Withdraw what was not found again, once all samples were looked at; the alarms that changed.

        What is on after all is to be told again where somebody was told that it ended.
        """
        former, self._former = self._former, []
        for episode in former:
            episode.withdraw()
        if self._current is None or not self._current.is_end_told:
            return former
        self._current.is_told = self._current.is_end_told = False
        return [*former, self._current]

    def rewind(self, series: Series, position: int) -> None:
        """Go back, as samples from `position` on are others than before."""
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
        """The last sample before a position at which no stretch goes on; None if that is not kept."""
        size, stop = _LOOKED_BACK, position
        while stop > series.oldest:
            cut = series.cut(stop - size, stop)
            (over,) = (~self.side.stays(cut.value)).nonzero()
            resets = [*over[-1:].tolist(), *cut.gaps[-1:].tolist()]
            if resets:
                return cut.first + int(max(resets))
            if cut.first <= series.oldest:
                break
            stop, size = cut.first + 1, 4 * size  # once more, as a gap before the first one was not to be seen
        return 0 if series.oldest == 0 else None

    def _going_on_at(self, series: Series, oldest: int) -> tuple[Stretch | None, Episode | None]:
        """The stretch that began before the oldest sample kept and went on there, and its alarm if it was one."""
        at = series.time_at(oldest)
        for episode in self._episodes:
            if episode.stretch.position < oldest and (episode.end is None or episode.end > at):
                return episode.stretch._replace(newest=at), episode
        if self._open is not None and self._open.position < oldest:
            return self._open._replace(newest=at), None
        return None, None

    def _refuted(self, found: Found) -> list[Episode]:
        """Withdraw what is on where its stretch, a state's, was over before it had lasted for long enough."""
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
        """That of a stretch: one that was found before, or another one."""
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

"""Who watches which figure, and how many frames a second the browsers keep up with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from . import page_messages

SILENT_AFTER_S = 7.0
"""A page that has not reported for this long is gone: a browser that crashed says no goodbye."""

_FEWEST_HZ, _MOST_HZ = 1.0, 120.0
_LONGEST_WAIT_S = 0.025  # for an animation frame: one and a half of those that a screen shows in a second
_LONGEST_WAIT = 0.8  # of the interval between frames
_LONGEST_DELAY_S = 0.15
_NARROWEST_PX, _WIDEST_PX = 50, 8_000
_FEWEST_FRAMES = 5  # in a report, for it to be a reason to send fewer
_SLOWER, _FASTER = 0.8, 1.5
_LARGEST = 1e9  # number that a page may report
_MOST_PAGES = 100


class Report(NamedTuple):
    """A page's report on itself, sent once a second and whenever it shows other figures.

    Attributes:
        page: a name that the page chose.
        shown: the model ids of the figures in sight, with the width of their pictures in pixels of the screen,
            0 where that is not known.
        seconds: the span that the counts are of.
        received: frames that arrived.
        painted: animation frames in which something new was painted.
        wait_s: how long a frame waited for its animation frame, on average.
        delay_s: how much later than the fastest one the slowest frame arrived.
        broken: the model ids of the figures in whose place it shows an error.
    """

    page: str
    shown: Mapping[str, int]
    seconds: float
    received: int
    painted: int
    wait_s: float
    delay_s: float
    broken: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, content: object) -> Report | None:
        """A report from a message as the head of frame_link.js describes it; None for what is not one."""
        if not isinstance(content, dict):
            return None
        page, shown = page_messages.word(content.get("page")), content.get("shown")
        names = ("seconds", "received", "painted", "wait_s", "delay_s")
        numbers = [page_messages.number(content.get(name), 0, _LARGEST) for name in names]
        known = [number for number in numbers if number is not None]
        if page is None or not isinstance(shown, dict) or len(known) < len(names):
            return None
        if page_messages.words(list(shown)) is None:
            return None
        seconds, received, painted, wait_s, delay_s = known
        widths_px = {figure: _width_px(width) for figure, width in shown.items()}
        broken = frozenset(page_messages.words(content.get("broken")) or ())
        return cls(page, widths_px, seconds, int(received), int(painted), wait_s, delay_s, broken)


class Pages:
    """The pages that show plots of this kernel, as they reported themselves.

    Threads: any may call; `note` and `greet` are called on whichever thread the kernel takes messages of widgets,
    the rest on the event loop. One lock guards all.

    Args:
        clock: seconds that only ever grow.

    Example:
        >>> audience = Pages(clock=lambda: 10.0)
        >>> audience.note(Report("page", {"figure": 860}, 1.0, 0, 0, 0.0, 0.0))
        True
        >>> sorted(audience.shown()), audience.width_px("figure"), audience.rate_hz(60)
        (['figure'], 860, 60)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._now = clock
        self._heard: dict[str, tuple[Report, float]] = {}  # by page, with the time of the report
        self._limits: dict[str, float] = {}  # frames a second that a page keeps up with, where it found its limit
        self._greetings = 0

    @property
    def greetings(self) -> int:
        """How often pages said that they know nothing yet."""
        return self._greetings

    def greet(self) -> None:
        """Note that a page has opened, or missed something."""
        with self._lock:
            self._greetings += 1

    def note(self, report: Report) -> bool:
        """Take a report; whether the page shows other figures than before, or of other widths."""
        with self._lock:
            former = self._heard.pop(report.page, None)
            limit_hz = self._limits.pop(report.page, _MOST_HZ)
            if report.shown:
                self._limits[report.page] = _limit_hz(report, limit_hz)
            if report.shown or report.broken:
                if len(self._heard) >= _MOST_PAGES:
                    self._forget(next(iter(self._heard)))  # the longest silent one
                self._heard[report.page] = (report, self._now())
            return report.shown != ({} if former is None else former[0].shown)

    def shown(self) -> Collection[str]:
        """The model ids of the figures that some page has in sight."""
        with self._lock:
            self._forget_the_silent()
            return frozenset().union(*(report.shown for report, _ in self._heard.values()))

    def broken(self) -> Collection[str]:
        """The model ids of the figures in whose place some page shows an error."""
        with self._lock:
            self._forget_the_silent()
            return frozenset().union(*(report.broken for report, _ in self._heard.values()))

    def width_px(self, figure: str) -> int | None:
        """The width of a figure's picture on the page that has it largest; None where none has it in sight."""
        with self._lock:
            widths_px = (report.shown.get(figure) for report, _ in self._heard.values())
            return max(filter(None, widths_px), default=None)

    def rate_hz(self, wanted_hz: float) -> float:
        """Frames a second to send: as many as wanted, fewer where the slowest page paints fewer."""
        with self._lock:
            return min([wanted_hz, *self._limits.values()])

    def _forget_the_silent(self) -> None:
        oldest = self._now() - SILENT_AFTER_S
        for page in [page for page, (_, heard_at) in self._heard.items() if heard_at < oldest]:
            self._forget(page)

    def _forget(self, page: str) -> None:
        del self._heard[page]
        self._limits.pop(page, None)


def _limit_hz(report: Report, limit_hz: float) -> float:
    """The rate that a page paints when it is always busy, a lower one when it falls behind, else a higher one.

    That it paints fewer than it gets says little: two may arrive between two animation frames.

    By factors both ways, so that a browser's limit is found within a few reports, and one in which it was busy
    with something else does not count for much.
    """
    if report.seconds <= 0:
        return limit_hz
    if report.received < _FEWEST_FRAMES:
        return min(_MOST_HZ, limit_hz * _FASTER)
    present_hz = min(limit_hz, report.received / report.seconds)
    if report.wait_s > max(_LONGEST_WAIT_S, _LONGEST_WAIT / present_hz):
        return max(_FEWEST_HZ, present_hz / 2, min(present_hz, report.painted / report.seconds))
    if report.delay_s > _LONGEST_DELAY_S:
        return max(_FEWEST_HZ, present_hz * _SLOWER)
    return min(_MOST_HZ, limit_hz * _FASTER)


def _width_px(reported: Any) -> int:
    """A width that a screen may have; 0 for one that is not known."""
    width = page_messages.number(reported, 0, _LARGEST)
    return min(max(round(width), _NARROWEST_PX), _WIDEST_PX) if width else 0

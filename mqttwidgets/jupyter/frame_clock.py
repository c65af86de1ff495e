"""When frames are drawn: one clock per event loop paces all plots of the kernel."""

from __future__ import annotations

import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..base.clock import CLOCK
from ..base.log import log
from ..plot.rate_limit import RateLimit
from .frame_link import FrameLink
from .guests import is_dashboard
from .page_services import PageServices

if TYPE_CHECKING:
    import asyncio

MOST_PLAIN_FRAMES_PER_S = 10.0
"""Frames a second for all plots together while no page answers the link: JupyterLab draws every message it gets,
without coalescing, so what comes faster than it paints would only queue up."""

MOST_PLAIN_MESSAGES_PER_S = 250.0
"""jupyter_server silently drops what exceeds 1,000 messages a second."""

FIRST_PAGE_S = 60.0
"""How long plots of a dashboard that nobody has seen yet leave the loop free before they draw by plain messages.

Voilà runs the notebook first and opens the page then, and a page that opens puts up badly with what changes
meanwhile: it never shows a line that is new just then, or shows nothing at all. Its first frame brings all."""

ANSWER_S = 10.0
"""How long they do once a page has said anything, as it may be slow to start the link, or not be able to."""

_FEW_SCREENS = 10
_TEXT_INTERVALS_S = (0.5, 1.0)  # with few screens, and with more
_UNWATCHED_S = 0.5
_UNNUDGED_S = 0.1  # as screens look at more than news: the link, and what time alone changes
_DECODING_S = 0.05  # of a tick, for all screens together, as the loop must not be held up
_SHARE_OF_LOOP = 0.25
_WEIGHT_OF_LAST = 0.25  # in the average of what ticks take: a frame with texts takes longer than the others


class Screen(Protocol):
    """Something that the clock lets draw."""

    @property
    def figure_id(self) -> str:
        """The model id of its figure, by which pages say what they show."""

    @property
    def fps(self) -> float:
        """Frames a second wanted."""

    def keep_up(self) -> None:
        """Update what the kernel's own code observes while nobody watches; sends no frame."""

    def draw(self, now: float) -> int:
        """Draw what is new at `now` (epoch seconds), if anything; the number of plain messages it took."""


class FrameClock:
    """Lets screens draw on one event loop, and takes commands from other threads to it.

    Where pages answer the frame link, a tick lets all screens draw that somebody watches, and sends what they
    drew as one message: as soon as something arrives, but no more often than the browser paints; while nothing
    does, ten times a second. Where none does, a tick lets the next screen that has news draw by plain messages,
    ten times a second; on a dashboard only where none does for a minute, as its page is still to come, or for ten
    seconds after that has said anything: so long a page that cannot run the link shows no line. Either way the
    next tick comes later when drawing took long: user code gets three quarters of the loop. What has come is
    decoded for 50 ms and one message in a tick, however many plots there are; each gets a share of that, and they
    take turns at being the first.

    Threads: `add`, `remove`, `run`, `soon`, `after`, `nudge`, `services`, `services_for` and `link` from any, a
    lock guarding the services; everything else happens on the loop.

    Args:
        loop: the kernel's event loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        from asyncio import get_running_loop  # which is there, as a loop is

        self._loop = loop
        self._running_loop = get_running_loop
        self._screens: list[weakref.ref[Screen]] = []
        self._handle: asyncio.TimerHandle | None = None
        self._lock = threading.Lock()
        self._services: PageServices | None = None
        self._builders: weakref.WeakSet[object] = weakref.WeakSet()  # of screens that are still to come
        self._is_telling = False
        self._pace = RateLimit()
        self._rate_hz = MOST_PLAIN_FRAMES_PER_S
        self._rests_until = self._busy_s = 0.0
        self._keeps_up_at = 0.0
        self._is_nudged = False
        self._left_s = 0.0  # of a tick, for decoding
        self._share_s: float | None = None  # of the screen whose turn it is; None between ticks
        self._turn = 0  # counts ticks
        self._ticks_for_page = round(FIRST_PAGE_S / _UNWATCHED_S) if is_dashboard() else 0

    def services_for(self, builder: object) -> PageServices:
        """The services, which stay at least until `builder` is gone, or its screen is added."""
        with self._lock:
            self._builders.add(builder)
        return self.services

    @property
    def services(self) -> PageServices:
        """The services that the kernel's plots share; made for the first one, closed after the last."""
        with self._lock:
            if self._services is None:
                clock = weakref.ref(self)
                self._services = PageServices(
                    self.run,
                    self.after,
                    on_news=lambda: _call(clock, FrameClock.wake),
                    on_page=lambda: _call(clock, FrameClock.shorten_wait),
                )
            return self._services

    @property
    def link(self) -> FrameLink:
        """The frame link of the kernel's plots."""
        return self.services.link

    @property
    def text_interval_s(self) -> float:
        """How long words stay at least, in all plots alike, as each change of a text lays out the page anew.

        Longer where there are many plots: nobody reads thirty of them twice a second.
        """
        return _TEXT_INTERVALS_S[len(self._screens) > _FEW_SCREENS]

    @property
    def is_here(self) -> bool:
        """Whether who asks is on the loop."""
        try:
            return self._running_loop() is self._loop
        except RuntimeError:
            return False

    def run(self, action: Callable[[], object]) -> None:
        """Do `action` on the loop: at once when that is where we are, else as soon as it is free."""
        if self.is_here:
            action()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    def soon(self, action: Callable[[], object]) -> None:
        """Do `action` on the loop after what it is doing now: what takes long is not to count as drawing."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    def after(self, delay_s: float, action: Callable[[], object]) -> None:
        """Do `action` on the loop in so many seconds, or as soon as it is free then."""
        self.run(lambda: self._loop.call_later(delay_s, action))

    def add(self, screen: Screen, builder: object = None) -> None:
        """Let `screen` draw from now on, for as long as somebody holds it; see `services_for` for its builder."""
        self.run(lambda: self._add(screen, builder))

    def remove(self, screen: Screen) -> None:
        """Let `screen` draw no more."""
        self.run(lambda: self._remove(screen))

    def nudge(self) -> None:
        """Draw as soon as the pace allows, as there is something new; costs next to nothing until it is drawn."""
        if not self._is_nudged:
            self._is_nudged = True
            self.run(self._come_forward)

    def decode(self, drain: Callable[[float], object]) -> None:
        """Let the screen that is drawing, or keeps up, bring its stream up to date as far as its share allows.

        On the loop only.

        Args:
            drain: does so; called with the seconds it may take.
        """
        if self._share_s is None:
            drain(_DECODING_S)
            return
        if self._share_s <= 0:
            self._is_nudged = True
            return
        began = time.monotonic()
        drain(self._share_s)
        took_s = time.monotonic() - began
        self._left_s -= took_s
        self._share_s -= took_s

    def wake(self) -> None:
        """Tick at once. To be called on the loop."""
        if self._handle is not None:
            self._tick_after(0)

    def shorten_wait(self) -> None:
        """Wait less long for the first page, as one has opened: it answers the link soon, or never.

        To be called on the loop.
        """
        self._ticks_for_page = min(self._ticks_for_page, round(ANSWER_S / _UNWATCHED_S))

    def _come_forward(self) -> None:
        """Tick as soon as the pace allows."""
        if self._handle is not None and self._services is not None and self._services.link.is_answered:
            now = self._loop.time()
            due = now + max(self._pace.wait_s(now, self._rate_hz), self._rests_until - now)
            if due < self._handle.when():
                self._tick_after(due - now)

    def _add(self, screen: Screen, builder: object) -> None:
        if builder is not None:
            with self._lock:
                self._builders.discard(builder)
        if all(known is not screen for known in self._living()):
            self._screens.append(weakref.ref(screen))
        self._tell_figures_soon()
        if self._handle is None:
            self._tick_after(0)

    def _remove(self, screen: Screen) -> None:
        self._screens = [known for known in self._screens if known() not in (screen, None)]
        self._tell_figures_soon()
        self._end_services()

    def _living(self) -> list[Screen]:
        return [screen for known in self._screens if (screen := known()) is not None]

    def _tell_figures_soon(self) -> None:
        """Tell pages of all figures at once that a cell makes, as each time is a message."""
        if not self._is_telling:
            self._is_telling = True
            self._loop.call_soon(self._tell_figures)

    def _tell_figures(self) -> None:
        """Tell pages to look out for the figures of all screens."""
        self._is_telling = False
        figures = [screen.figure_id for screen in self._living()]
        if figures:
            self.link.carrier.figures = figures

    def _end_services(self) -> None:
        """End what the plots share with the last one."""
        if not self._living():
            with self._lock:
                if self._builders:
                    return
                services, self._services = self._services, None
            if services is not None:
                services.close()

    def _tick_after(self, delay_s: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_later(delay_s, self._tick)

    def _tick(self) -> None:
        self._handle = None
        self._is_nudged = False
        screens = self._living()
        if len(screens) < len(self._screens):
            self._screens = [weakref.ref(screen) for screen in screens]
            self._tell_figures()
            self._end_services()
        if not screens:
            return
        self._left_s, self._turn = _DECODING_S, self._turn + 1
        began, busy_s = self._loop.time(), time.thread_time()  # ours alone: a busy machine is no reason to wait
        try:
            is_for_pages = self.link.is_answered or self._waits_for_page()
            delay_s = self._draw_watched(screens, began) if is_for_pages else self._draw_next(screens)
        except Exception:
            log.exception("a frame could not be sent")
            delay_s = _UNWATCHED_S
        self._share_s = None
        busy_s = time.thread_time() - busy_s
        self._busy_s += (busy_s - self._busy_s) * (_WEIGHT_OF_LAST if self._busy_s else 1.0)
        self._rests_until = self._loop.time() + self._busy_s * (1 / _SHARE_OF_LOOP - 1)
        self._tick_after(max(began + delay_s, self._rests_until) - self._loop.time())

    def _waits_for_page(self) -> bool:
        """Whether the first page is still to come; counted in ticks, as there are none while the notebook runs."""
        self._ticks_for_page -= 1
        return self._ticks_for_page >= 0

    def _draw_watched(self, screens: list[Screen], now: float) -> float:
        """Let all screens draw that somebody watches and send that as one frame; seconds until the next one."""
        link = self.link  # which closes where drawing closes the last plot
        shown = link.audience.shown()
        watched = [screen for screen in screens if screen.figure_id in shown]
        if now >= self._keeps_up_at:
            self._keeps_up_at = now + _UNWATCHED_S
            for screen in self._sharing(self._in_turn([screen for screen in screens if screen not in watched])):
                _keep_up(screen)
        if not watched:
            return _UNWATCHED_S
        link.begin_frame()
        at = CLOCK.now()  # the same for all, whose own paces would fall out of step else
        for screen in self._sharing(self._in_turn(watched)):
            _draw(screen, at)
        self._rate_hz = link.audience.rate_hz(max(screen.fps for screen in watched))
        if link.send_frame(time.time()):
            self._pace.note(now, self._rate_hz)
        wait_s = max(self._pace.wait_s(now, self._rate_hz), 1 / self._rate_hz)
        if not self._is_nudged:
            wait_s = max(wait_s, _UNNUDGED_S)
        return min(wait_s, _UNWATCHED_S)  # as screens look at more than they draw

    def _sharing(self, screens: Sequence[Screen]) -> Iterator[Screen]:
        """The screens one by one, each with its share of what is left of the time for decoding."""
        for number, screen in enumerate(screens):
            self._share_s = self._left_s / (len(screens) - number)
            yield screen

    def _in_turn(self, screens: list[Screen]) -> list[Screen]:
        """The screens, another one first in each tick."""
        first = self._turn % max(len(screens), 1)
        return screens[first:] + screens[:first]

    def _draw_next(self, screens: list[Screen]) -> float:
        """Let the screens draw in turn until one had something to draw; it goes to the end of the queue."""
        for screen in self._sharing(screens):
            messages = _draw(screen, CLOCK.now())
            if messages:
                self._screens = sorted(self._screens, key=lambda known: known() is screen)  # it may have closed
                return max(1 / MOST_PLAIN_FRAMES_PER_S, messages / MOST_PLAIN_MESSAGES_PER_S)
        self._screens = self._screens[1:] + self._screens[:1]  # the first may have decoded, and seen nothing new
        return 1 / MOST_PLAIN_FRAMES_PER_S


def _draw(screen: Screen, now: float) -> int:
    try:
        return screen.draw(now)
    except Exception:
        log.exception("a plot could not be drawn")
        return 1


def _keep_up(screen: Screen) -> None:
    try:
        screen.keep_up()
    except Exception:
        log.exception("a plot that nobody watches could not keep up")


def _call(known: weakref.ref[FrameClock], action: Callable[[FrameClock], object]) -> None:
    """Do something with a clock on its loop, if it is still there."""
    clock = known()
    if clock is not None:
        clock.run(lambda: action(clock))


_clocks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, FrameClock] = weakref.WeakKeyDictionary()


def frame_clock() -> FrameClock | None:
    """The clock of the kernel's event loop, also when asked from another thread; None where there is no loop."""
    loop = _kernel_loop()
    if loop is None:
        return None
    return _clocks.setdefault(loop, FrameClock(loop))


def _kernel_loop() -> asyncio.AbstractEventLoop | None:
    """The loop of the Jupyter kernel's main thread, else the loop running here.

    JupyterLab runs widget callbacks in subshell threads, whose loops end with them.
    """
    if "asyncio" not in sys.modules:  # nobody has a loop then, and importing it takes long
        return None
    import asyncio

    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    kernel_loop = getattr(getattr(getattr(shell, "kernel", None), "io_loop", None), "asyncio_loop", None)
    if isinstance(kernel_loop, asyncio.AbstractEventLoop):
        return kernel_loop
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None

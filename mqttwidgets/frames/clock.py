"""When frames are drawn: one clock per event loop paces all plots of the kernel."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import weakref
from collections.abc import Callable
from typing import Any, Protocol

MOST_FRAMES_PER_S = 10.0
"""Frames a second for all plots together: JupyterLab draws every message it gets, without coalescing, so what
comes faster than it paints would only queue up."""

MOST_MESSAGES_PER_S = 250.0
"""jupyter_server silently drops what exceeds 1,000 messages a second."""

_SHARE_OF_LOOP = 0.25

log = logging.getLogger("mqttwidgets")


class Screen(Protocol):
    """Something that the clock lets draw."""

    def draw(self, now: float) -> int:
        """Draw what is new at `now` (epoch seconds), if anything; the number of messages it took."""


class FrameClock:
    """Lets screens draw in turn on one event loop, and takes commands from other threads to it.

    A tick lets the next screen that has news draw. The next tick comes after a tenth of a second, later when
    drawing took long or many messages: user code gets three quarters of the loop, the browser time to paint.

    Threads: `add`, `remove` and `run` from any thread; everything else happens on the loop.

    Args:
        loop: the kernel's event loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._screens: list[weakref.ref[Screen]] = []
        self._handle: asyncio.TimerHandle | None = None

    def run(self, action: Callable[[], object]) -> None:
        """Do `action` on the loop: at once when that is where we are, else as soon as it is free."""
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            action()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    def add(self, screen: Screen) -> None:
        """Let `screen` draw from now on, for as long as somebody holds it."""
        self.run(lambda: self._add(screen))

    def remove(self, screen: Screen) -> None:
        """Let `screen` draw no more."""
        self.run(lambda: self._remove(screen))

    def _add(self, screen: Screen) -> None:
        if all(known() is not screen for known in self._screens):
            self._screens.append(weakref.ref(screen))
        if self._handle is None:
            self._handle = self._loop.call_later(0, self._tick)

    def _remove(self, screen: Screen) -> None:
        self._screens = [known for known in self._screens if known() not in (screen, None)]

    def _tick(self) -> None:
        started = time.perf_counter()
        messages = self._draw_next()
        self._screens = [known for known in self._screens if known() is not None]
        if not self._screens:
            self._handle = None
            return
        busy_s = time.perf_counter() - started
        delay_s = max(1 / MOST_FRAMES_PER_S, messages / MOST_MESSAGES_PER_S, busy_s / _SHARE_OF_LOOP)
        self._handle = self._loop.call_later(delay_s, self._tick)

    def _draw_next(self) -> int:
        """Let the screens draw in turn until one had something to draw; it goes to the end of the queue."""
        for known in list(self._screens):
            screen = known()
            if screen is None:
                continue
            try:
                messages = screen.draw(time.time())
            except Exception:
                log.exception("a plot could not be drawn")
                messages = 1
            if messages:
                self._screens.remove(known)
                self._screens.append(known)
                return messages
        return 0


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
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    kernel_loop = getattr(getattr(getattr(shell, "kernel", None), "io_loop", None), "asyncio_loop", None)
    if isinstance(kernel_loop, asyncio.AbstractEventLoop):
        return kernel_loop
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None

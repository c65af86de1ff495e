"""A Chromium that is let alone while it is measured.

A debugger that is attached gets a copy of every websocket message, which costs more the more a page receives.
So playwright attaches to prepare a page and to fetch what it noted, and is gone in between.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Playwright

from tests.support.lab import BROWSER_FLAGS
from tests.support.processes import end, program
from tests.support.waiting import wait_for

_FLAGS = (
    *BROWSER_FLAGS,
    "--enable-precise-memory-info",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--remote-debugging-port=0",
)


_PATIENCE_MS = 120_000  # a page may be far behind


class Chromium:
    """A browser with one window.

    Args:
        playwright: what drives it.
        folder: where its profile goes.
        width: of the window, in px.
        height: of the window, in px.
        limit_s: how long it lives at most: whoever waits for a page that hangs gets an error then.
    """

    def __init__(self, playwright: Playwright, folder: Path, width: int, height: int, limit_s: float) -> None:
        self._playwright = playwright
        port = folder / "DevToolsActivePort"
        self._process = subprocess.Popen(
            [
                program("chromium", "chromium-browser", "google-chrome", package="chromium"),
                *_FLAGS,
                f"--user-data-dir={folder}",
                f"--window-size={width},{height}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._limit = threading.Timer(limit_s, self._process.kill)
        self._limit.start()
        wait_for(lambda: port.exists() and port.read_text().count("\n"), what="Chromium to listen")
        self._address = f"http://127.0.0.1:{port.read_text().split()[0]}"

    @contextmanager
    def attached(self) -> Iterator[BrowserContext]:
        """The browser's pages while playwright is attached; they stay when it is not."""
        browser = self._playwright.chromium.connect_over_cdp(self._address, timeout=_PATIENCE_MS)
        try:
            yield browser.contexts[0]
        finally:
            browser.close()

    @property
    def pid(self) -> int:
        """Its first process, which leads a session of all the others."""
        return self._process.pid

    def close(self) -> None:
        """End it."""
        self._limit.cancel()
        end(self._process)

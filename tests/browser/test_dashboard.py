"""A dashboard with three viewers at once, of whom two leave, each in a way of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from mqttwidgets.dashboards import FIRST_PATIENCE_S
from mqttwidgets.demo.ports import free_port, is_taken

from ..lab import BROWSER_FLAGS, TIME_ZONE, environment
from ..mosquitto import Mosquitto
from ..processes import end, program
from ..waiting import wait_for
from .plot_page import PlotPage

LEFT_WITHIN_S = 15.0


class Viewer:
    """A page with the dashboard. It has as long to open as its kernel waits for it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.set_default_timeout(FIRST_PATIENCE_S * 1000)
        page.goto(url)

    def wait_for_plots(self) -> list[PlotPage]:
        """Wait until all three plots have their lines; them."""
        plots = [PlotPage(self, number) for number in range(3)]
        for plot, lines in zip(plots, (4, 2, 4), strict=True):
            plot.wait_for_lines(lines)
        return plots


class OwnChromium:
    """A Chromium that is no child of the test's driver, so that it can be killed as a power cut does it."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        path = program("chromium", "chromium-browser", "google-chrome", package="chromium")
        options = [f"--remote-debugging-port={self._port}", f"--user-data-dir={folder}", *BROWSER_FLAGS]
        self._process = subprocess.Popen(
            [path, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    def page(self, browser: Browser) -> Page:
        """Its empty page, through a connection to it."""
        wait_for(lambda: is_taken(self._port), 30, what="Chromium")
        own = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{self._port}")
        return wait_for(lambda: own.contexts[0].pages, what="its page")[0]

    def kill(self) -> None:
        """End it without a goodbye."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@pytest.fixture
def dashboard(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[str]:
    """The address of the dashboard, with simulated sensors at our broker, as `make dashboard` serves it."""
    port = free_port()
    variables = {**environment(tmp_path), "MQTTWIDGETS_BROKER": mosquitto.url}
    log = (tmp_path / "dashboard.log").open("wb")
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "mqttwidgets", *command],
            env=variables,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        for command in (["simulate"], ["dashboard", "--no-browser", "--port", str(port)])
    ]
    log.close()
    wait_for(lambda: is_taken(port), 60, what="the dashboard")
    yield f"http://127.0.0.1:{port}/"
    for process in processes:
        end(process)


def test_two_of_three_viewers_leave(
    dashboard: str, mosquitto: Mosquitto, browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    simulators = mosquitto.widgets_connected()
    context = browser.new_context(viewport={"width": 1300, "height": 900}, timezone_id=TIME_ZONE)
    chromium = OwnChromium(tmp_path / "chromium")
    try:
        stays, leaves, crashes = (
            Viewer(page, dashboard) for page in (context.new_page(), context.new_page(), chromium.page(browser))
        )
        for viewer in (leaves, crashes, stays):
            viewer.page.bring_to_front()
            viewer.wait_for_plots()
        assert mosquitto.widgets_connected() == simulators + 3, "each viewer has a kernel of their own"
        leaves.page.close(run_before_unload=True)
        chromium.kill()
        one_left = f"one client to be left, where three were; {mosquitto.log()[-500:]}"
        wait_for(lambda: mosquitto.widgets_connected() == simulators + 1, LEFT_WITHIN_S, what=one_left)
        for plot in stays.wait_for_plots():
            plot.root.scroll_into_view_if_needed()
            plot.wait_for_another_picture()
        assert [error for error in stays.errors if "blob:" in error] == []
        if picture := request.config.getoption("--picture"):
            stays.page.screenshot(path=picture)
    finally:
        chromium.kill()
        context.close()

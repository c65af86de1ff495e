"""Dashboards whose viewers leave, fall asleep, or lose their server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from mqttwidgets.demo.processes import free_port, is_taken
from mqttwidgets.jupyter.server.dashboards.kernels import FIRST_PATIENCE_S

from ..support.lab import BROWSER_FLAGS, TIME_ZONE, environment
from ..support.mosquitto import Mosquitto
from ..support.processes import end, program
from ..support.waiting import wait_for
from .plot_page import PlotPage

LEFT_WITHIN_S = 15.0
ASLEEP_S = 25.0  # longer than a page that is gone is waited for


class BrowserInfo:
    """A page with the dashboard. It has as long to open as its kernel waits for it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(error.stack or str(error)))
        page.set_default_timeout(FIRST_PATIENCE_S * 1000)
        page.goto(url)

    def kernel(self) -> str:
        """Which kernel is this page's."""
        configuration = json.loads(self.page.locator("#jupyter-config-data").text_content() or "{}")
        return str(configuration["kernelId"])

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

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, with all that belongs to it."""
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End it without a goodbye."""
        if self._process.poll() is None:
            self.send_signal(signal.SIGKILL)
            self._process.wait()


class Dashboard:
    """The dashboard with simulated sensors at our broker, as `make dashboard` serves it."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self._port = free_port()
        self._variables = {**environment(folder), "MQTTWIDGETS_BROKER": broker.url}
        self._log = folder / "dashboard.log"
        self.url = f"http://127.0.0.1:{self._port}/"
        self._simulator = self._begin("simulate")
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it listens."""
        self._server = self._begin("dashboard", "--no-browser", "--port", str(self._port))
        wait_for(lambda: is_taken(self._port), 60, what="the dashboard")

    def stop(self) -> None:
        """End the server, and its kernels."""
        end(self._server)

    def close(self) -> None:
        """End the server and the simulator."""
        self.stop()
        end(self._simulator)

    def log(self) -> str:
        """What they wrote so far."""
        return self._log.read_text(errors="replace")

    def _begin(self, *command: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "mqttwidgets", *command],
                env=self._variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


@pytest.fixture
def dashboard(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Dashboard]:
    """A dashboard that ends with the test."""
    running = Dashboard(tmp_path, mosquitto)
    yield running
    running.close()


def test_two_of_three_viewers_leave(
    dashboard: Dashboard, mosquitto: Mosquitto, browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    simulators = mosquitto.widgets_connected()
    context = browser.new_context(viewport={"width": 1300, "height": 900}, timezone_id=TIME_ZONE)
    chromium = OwnChromium(tmp_path / "chromium")
    try:
        stays, leaves, crashes = (
            BrowserInfo(page, dashboard.url)
            for page in (context.new_page(), context.new_page(), chromium.page(browser))
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
        assert "websocket_ping" not in dashboard.log(), "Tornado has nothing to say of our settings"
        if picture := request.config.getoption("--picture"):
            stays.page.screenshot(path=picture)
    finally:
        chromium.kill()
        context.close()


@pytest.mark.timeout(300)  # two loads of the page and a sleep
def test_a_viewer_who_was_asleep_goes_on_and_one_without_a_kernel_begins_anew(
    dashboard: Dashboard, browser: Browser, tmp_path: Path
) -> None:
    chromium = OwnChromium(tmp_path / "chromium")
    try:
        viewer = BrowserInfo(chromium.page(browser), dashboard.url)
        viewer.page.bring_to_front()
        plot = viewer.wait_for_plots()[0]
        plot.root.scroll_into_view_if_needed()
        plot.wait_for_another_picture()
        kernel = viewer.kernel()
        chromium.send_signal(signal.SIGSTOP)
        time.sleep(ASLEEP_S)
        chromium.send_signal(signal.SIGCONT)
        for _ in range(3):
            plot.wait_for_another_picture()
        assert viewer.kernel() == kernel, "the same page"

        dashboard.stop()
        wait_for(lambda: plot.root.get_attribute("data-mw-unheard"), what="the plot to say so")
        dashboard.start()
        wait_for(lambda: viewer.kernel() != kernel, 60, what="another page")
        viewer.wait_for_plots()[0].root.scroll_into_view_if_needed()
        plot.wait_for_another_picture()
    finally:
        chromium.kill()

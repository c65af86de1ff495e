"""Fixtures: a broker, a JupyterLab, a browser; and a look after each test at what it left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from .lab import TIME_ZONE, Lab, Notebook, launch_browser
from .mosquitto import Mosquitto
from .waiting import wait_for

OpenNotebook = Callable[[Sequence[str]], Notebook]


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail a test that leaves a network thread of ours behind."""
    yield
    wait_for(lambda: not network_threads(), what=f"our threads to end: {network_threads()}")


def network_threads() -> list[str]:
    """The names of our network threads that live."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("mqttwidgets")]


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that is started already."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder).start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for all tests."""
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        chromium = launch_browser(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def open_notebook(lab: Lab, browser: Browser) -> Iterator[OpenNotebook]:
    """Opens notebooks with the given cells, each in a page and with a kernel of its own."""
    opened: list[Notebook] = []

    def open_(cells: Sequence[str]) -> Notebook:
        context = browser.new_context(viewport={"width": 1100, "height": 900}, timezone_id=TIME_ZONE)
        opened.append(Notebook(lab, context.new_page(), cells))
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()
        notebook.page.context.close()

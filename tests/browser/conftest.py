"""Fixtures for tests in a real browser: a JupyterLab, a Chromium, notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from playwright.sync_api import Browser, sync_playwright

from ..lab import TIME_ZONE, Lab, Notebook, launch_browser
from ..mosquitto import Mosquitto
from ..publishing import PublisherProcess

OpenNotebook = Callable[..., Notebook]


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One JupyterLab for all tests."""
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        chromium = launch_browser(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def kernel_name(request: pytest.FixtureRequest, lab: Lab) -> str:
    """What notebooks run in: what is installed, or ipykernel 6 where a test asks for "ipykernel-6"."""
    name: str = getattr(request, "param", "python3")
    if name == "ipykernel-6":
        lab.add_kernel(name, request.getfixturevalue("old_ipykernel"))
    return name


@pytest.fixture
def open_notebook(lab: Lab, browser: Browser, kernel_name: str) -> Iterator[OpenNotebook]:
    """Opens notebooks with the given cells, or as they were saved, each in a page and with a kernel of its own."""
    opened: list[Notebook] = []

    def open_(cells: Sequence[str] = (), file: str = "") -> Notebook:
        context = browser.new_context(viewport={"width": 1100, "height": 900}, timezone_id=TIME_ZONE)
        opened.append(Notebook(lab, context.new_page(), cells, kernel_name, file))
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()
        notebook.page.context.close()


@pytest.fixture
def rooms(mosquitto: Mosquitto) -> Iterator[PublisherProcess]:
    """Four rooms, each with a value five times a second, for longer than any test."""
    values = [(f"home/{room}", str(20 + n % 7 + ord(room) % 3)) for n in range(2_000) for room in "abcd"]
    publisher = PublisherProcess(mosquitto.port, values, rate_hz=20)
    yield publisher
    publisher.stop()

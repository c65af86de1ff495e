"""Fixtures for tests in a real browser: a JupyterLab, a Chromium, notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from playwright.sync_api import Browser, sync_playwright

from ..support.lab import Lab, Notebook, launch_browser
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess
from .desk import Desk

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


@pytest.fixture(scope="package")
def desk(lab: Lab, browser: Browser) -> Desk:
    """Where notebooks are opened."""
    return Desk(lab, browser)


@pytest.fixture
def open_notebook(request: pytest.FixtureRequest, desk: Desk, kernel_name: str) -> Iterator[OpenNotebook]:
    """Opens notebooks with the given cells, or as they were saved, each with a kernel of its own.

    Give a test `own_page=True` where it reloads its page or leaves it otherwise than it was.
    """
    is_other_kernel = kernel_name != "python3"  # one that a page does not know which was there before

    def open_(cells: Sequence[str] = (), file: str = "", *, own_page: bool = False) -> Notebook:
        return desk.open(cells, kernel_name, file, own_page=own_page or is_other_kernel)

    failed_before = request.session.testsfailed
    yield open_
    desk.clear(keep_page=request.session.testsfailed == failed_before)


@pytest.fixture
def rooms(mosquitto: Mosquitto) -> Iterator[PublisherProcess]:
    """Four rooms, each with a value five times a second, for longer than any test."""
    values = [(f"home/{room}", str(20 + n % 7 + ord(room) % 3)) for n in range(2_000) for room in "abcd"]
    publisher = PublisherProcess(mosquitto.port, values, rate_hz=20)
    yield publisher
    publisher.stop()

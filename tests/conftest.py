"""Fixtures for all tests: a broker, and a look after each test at what it left behind."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from .support import ipykernel_6
from .support.mosquitto import Mosquitto
from .support.waiting import wait_for

# No test is failed by the clock of a busy machine: how long things take is for the benchmarks.
settings.register_profile("usual", deadline=None)
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "usual")


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
def old_ipykernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ipykernel 6, for a kernel's PYTHONPATH."""
    return ipykernel_6.install(tmp_path_factory.mktemp("packages"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the pictures be made anew."""
    parser.addoption("--picture", help="where to put the picture of the widget for the README")
    parser.addoption("--pictures", help="the folder to put a picture of each notebook in")

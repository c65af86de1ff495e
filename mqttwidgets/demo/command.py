"""`mqttwidgets demo`: broker, sensors and JupyterLab together, taken down together."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..broker import Broker
from .broker import EmbeddedBroker
from .jupyter import JupyterLab, quickstart_notebook
from .sensors import simulated_sensors
from .simulation import publish_until

Say = Callable[[str], None]

_LAB_TIMEOUT_S = 120
_POLL_S = 0.2


def run_demo(broker_url: str | None, *, browser: bool, port: int | None, say: Say) -> int:
    """Show the quickstart notebook with simulated sensors until Ctrl-C; the exit code.

    Args:
        broker_url: a real broker to publish to; None for the embedded one.
        browser: whether to open the person's browser.
        port: TCP port of JupyterLab; None for a free one.
        say: called with a line for each step.
    """
    with contextlib.ExitStack() as stack, _ended_by_signal() as stopped:
        if broker_url is None:
            with _step("Starting the embedded broker", say):
                broker_url = stack.enter_context(EmbeddedBroker()).url
        sensors = threading.Thread(
            target=publish_until,
            args=(stopped, Broker.from_url(broker_url), simulated_sensors(), lambda text: say(f"Sensors: {text}")),
        )
        stack.callback(sensors.join)
        stack.callback(stopped.set)
        sensors.start()
        lab = JupyterLab(quickstart_notebook(Path.cwd()), broker_url, port=port, browser=browser)
        stack.callback(_take_down, lab, say)
        return _show(lab, stopped, say)


def run_simulation(broker: Broker, say: Say) -> int:
    """Only publish the simulated sensors until Ctrl-C; the exit code."""
    sensors = simulated_sensors()
    topics = ", ".join(sensor.topic for sensor in sensors)
    with _ended_by_signal() as stopped:
        say(f"Publishing to {broker}: {topics}. Ctrl-C ends it.")
        publish_until(stopped, broker, sensors, say)
    return 0


def _show(lab: JupyterLab, stopped: threading.Event, say: Say) -> int:
    with _step("Starting JupyterLab", say):
        deadline = time.monotonic() + _LAB_TIMEOUT_S
        while not (lab.is_ready() or lab.has_ended or stopped.wait(_POLL_S) or time.monotonic() > deadline):
            pass
    if not lab.has_ended and not stopped.is_set():
        say(f"\nOpen this in a browser:\n\n    {lab.url}\n")
        say("Run the cells with Shift+Enter. Ctrl-C ends the demo.")
    while not lab.has_ended:
        if stopped.wait(_POLL_S):
            return 0
    say("JupyterLab has ended by itself; its reason stands above.")
    return 1


def _take_down(lab: JupyterLab, say: Say) -> None:
    with _step("Taking everything down", say):
        lab.stop()


@contextlib.contextmanager
def _step(name: str, say: Say) -> Iterator[None]:
    """Say what begins, and how long it took when that was more than a second."""
    began = time.monotonic()
    say(f"{name} ...")
    yield
    took_s = time.monotonic() - began
    if took_s > 1:
        say(f"{name}: done in {took_s:.0f} s")


@contextlib.contextmanager
def _ended_by_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set."""
    stopped = threading.Event()

    def stop(_number: int, _frame: Any) -> None:
        stopped.set()

    former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)

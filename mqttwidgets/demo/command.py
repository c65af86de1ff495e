"""`mqttwidgets demo` and `dashboard`: broker, sensors and a Jupyter together, taken down together."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..mqtt.broker import Broker
from .embedded_broker import EmbeddedBroker
from .jupyter_process import Dashboard, JupyterLab, JupyterServer, notebook_file
from .ports import is_loopback
from .sensors import simulated_sensors
from .simulation import publish_until

Say = Callable[[str], None]

_SERVER_TIMEOUT_S = 120
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
            broker_url = _broker_for_now(stack, say)
        _publish_for_now(stack, stopped, broker_url, say)
        lab = JupyterLab(notebook_file("quickstart", Path.cwd()), broker_url, port=port, browser=browser)
        stack.callback(_take_down, lab, say)
        return _show(lab, stopped, "Run the cells with Shift+Enter. Ctrl-C ends the demo.", say)


def run_dashboard(
    notebook: Path | None,
    broker_url: str | None,
    *,
    browser: bool,
    port: int | None,
    host: str,
    names: Sequence[str],
    most_viewers: int,
    may_change_topic: bool,
    say: Say,
) -> int:
    """Serve a notebook as a dashboard until Ctrl-C; the exit code.

    Args:
        notebook: its file; None for the one that comes with the package.
        broker_url: where its sensors are; None for the embedded broker with simulated ones.
        browser: whether to open the person's browser.
        port: TCP port of the page; None for a free one.
        host: the address of this computer that it listens at; 0.0.0.0 or :: for all.
        names: host names by which browsers may ask for it, besides this computer's own.
        most_viewers: kernels at most.
        may_change_topic: whether viewers may change the topic of a plot.
        say: called with a line for each step.
    """
    with contextlib.ExitStack() as stack, _ended_by_signal() as stopped:
        if broker_url is None:
            broker_url = _broker_for_now(stack, say)
            _publish_for_now(stack, stopped, broker_url, say)
        file = notebook or notebook_file("dashboard", Path.cwd())
        dashboard = Dashboard(
            file,
            broker_url,
            port=port,
            browser=browser,
            host=host,
            names=names,
            most_viewers=most_viewers,
            may_change_topic=may_change_topic,
        )
        stack.callback(_take_down, dashboard, say)
        whom = "" if is_loopback(host) else "Whoever reaches this computer may see it, without a password. "
        return _show(dashboard, stopped, f"{whom}Each viewer gets a kernel of their own. Ctrl-C ends it.", say)


def run_simulation(broker: Broker, say: Say) -> int:
    """Only publish the simulated sensors until Ctrl-C; the exit code."""
    sensors = simulated_sensors()
    topics = ", ".join(sensor.topic for sensor in sensors)
    with _ended_by_signal() as stopped:
        say(f"Publishing to {broker}: {topics}. Ctrl-C ends it.")
        publish_until(stopped, broker, sensors, say)
    return 0


def _broker_for_now(stack: contextlib.ExitStack, say: Say) -> str:
    """An embedded broker that ends with the stack; its URL."""
    with _step("Starting the embedded broker", say):
        return stack.enter_context(EmbeddedBroker()).url


def _publish_for_now(stack: contextlib.ExitStack, stopped: threading.Event, broker_url: str, say: Say) -> None:
    """Simulated sensors that end with the stack."""
    sensors = threading.Thread(
        target=publish_until,
        args=(stopped, Broker.from_url(broker_url), simulated_sensors(), lambda text: say(f"Sensors: {text}")),
    )
    stack.callback(sensors.join)
    stack.callback(stopped.set)
    sensors.start()


def _show(server: JupyterServer, stopped: threading.Event, advice: str, say: Say) -> int:
    with _step(f"Starting {server.name}", say):
        deadline = time.monotonic() + _SERVER_TIMEOUT_S
        while not (server.is_ready() or server.has_ended or stopped.wait(_POLL_S) or time.monotonic() > deadline):
            pass
    if not server.has_ended and not stopped.is_set():
        say(f"\nOpen this in a browser:\n\n    {server.url}\n")
        say(advice)
    while not server.has_ended:
        if stopped.wait(_POLL_S):
            return 0
    say(f"{server.name} has ended by itself; its reason stands above.")
    return 1


def _take_down(server: JupyterServer, say: Say) -> None:
    with _step("Taking everything down", say):
        server.stop()


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

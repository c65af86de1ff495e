"""`mqttwidgets demo`, `dashboard` and `simulate`: broker, sensors and a Jupyter together, taken down together."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ..base.errors import InvalidValueError, MissingPackageError
from ..jupyter.guests import MAY_CHANGE_TOPIC
from ..jupyter.server.dashboards import MOST_VIEWERS
from ..mqtt.broker import Broker
from .embedded_broker import EmbeddedBroker
from .processes import GuardedProcess, address_for_others, free_port, is_for_all, is_loopback, is_own, is_taken
from .readings import simulated_sensors
from .simulation import publish_until

Say = Callable[[str], None]

_PACKAGE = Path(__file__).parent

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
    """Say what begins, and then how long it took, if more than a second."""
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


class JupyterServer:
    """A program that serves pages.

    Args:
        port: TCP port; None for a free one.
        host: the address of this computer that it listens at; 0.0.0.0 or :: for all.

    Raises:
        InvalidValueError: where somebody listens on `port` already.
    """

    name = "Jupyter"
    """Its name for people."""

    url = ""
    """Where a browser finds the notebook."""

    def __init__(self, port: int | None, host: str = "127.0.0.1") -> None:
        self._host = _within_reach(host)
        if port is not None and is_taken(port, self._host):
            raise InvalidValueError(f"port {port} is taken: name another one, or leave out --port for a free one")
        self._port = port or free_port()
        self._process: GuardedProcess | None = None

    def is_ready(self) -> bool:
        """Whether it answers by now."""
        return is_taken(self._port, self._host)

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """End it with its kernels, and wait for that."""
        if self._process is not None:
            self._process.stop()

    def _run(self, module: str, options: list[str], environment: dict[str, str]) -> None:
        self._process = GuardedProcess([sys.executable, "-m", module, *options], {**os.environ, **environment})


class JupyterLab(JupyterServer):
    """A JupyterLab server open on one notebook.

    Args:
        notebook: the notebook's file; its folder becomes the server's root.
        broker_url: what plots without a broker of their own connect to.
        port: TCP port; None for a free one.
        browser: whether to open the person's browser.

    Raises:
        MissingPackageError: where JupyterLab is not installed.
        InvalidValueError: where somebody listens on `port` already.
    """

    name = "JupyterLab"

    def __init__(self, notebook: Path, broker_url: str, *, port: int | None = None, browser: bool = True) -> None:
        if importlib.util.find_spec("jupyterlab") is None:
            raise MissingPackageError("the demo needs its packages: pip install 'mqttwidgets[demo]'")
        super().__init__(port)
        self._token = secrets.token_hex(16)
        options = [
            f"--ServerApp.root_dir={notebook.parent}",
            f"--ServerApp.port={self._port}",
            "--ServerApp.port_retries=0",
            "--ServerApp.jpserver_extensions=mqttwidgets.jupyter.server.nodelay=True",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--Application.log_level=ERROR",
        ]
        options += [] if browser else ["--no-browser"]
        options += ["--allow-root"] if hasattr(os, "getuid") and os.getuid() == 0 else []
        self.url = f"http://127.0.0.1:{self._port}/lab/tree/{notebook.name}?token={self._token}"
        environment = {"MQTTWIDGETS_BROKER": broker_url, "JUPYTER_TOKEN": self._token}
        self._run("jupyterlab", [*options, str(notebook)], environment)

    def is_ready(self) -> bool:
        """Whether it answers by now."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api?token={self._token}", timeout=2).close()
        except OSError:
            return False
        return True


class Dashboard(JupyterServer):
    """A Voilà server that shows a notebook's outputs, to each viewer from a kernel of its own.

    Args:
        notebook: the notebook's file.
        broker_url: what plots without a broker of their own connect to.
        port: TCP port; None for a free one.
        browser: whether to open the person's browser.
        host: the address of this computer that it listens at; 0.0.0.0 or :: for all.
        names: host names by which browsers may ask for it, besides this computer's own.
        most_viewers: kernels at most.
        may_change_topic: whether viewers may change the topic of a plot.

    Raises:
        MissingPackageError: where Voilà is not installed.
        InvalidValueError: where somebody listens on `port` already, or where `host` is not this computer's.
    """

    name = "Voilà"

    def __init__(
        self,
        notebook: Path,
        broker_url: str,
        *,
        port: int | None = None,
        browser: bool = True,
        host: str = "127.0.0.1",
        names: Sequence[str] = (),
        most_viewers: int = MOST_VIEWERS,
        may_change_topic: bool = False,
    ) -> None:
        if importlib.util.find_spec("voila") is None:
            raise MissingPackageError("a dashboard needs its packages: pip install 'mqttwidgets[dashboard]'")
        if not is_own(host):
            raise InvalidValueError(
                f"--host: this computer has no address {host!r}; 0.0.0.0 stands for all it has"
            )
        super().__init__(port, host)
        options = [f"--port={self._port}", "--Voila.port_retries=0", f"--Voila.ip={host}"]
        options += ["--Application.log_level=ERROR", f"--max-viewers={most_viewers}"]
        options += [f"--allow-host={name}" for name in names]
        options += [] if browser else ["--no-browser"]
        self.url = f"http://{_in_url(address_for_others() if is_for_all(host) else host)}:{self._port}/"
        environment = {"MQTTWIDGETS_BROKER": broker_url, MAY_CHANGE_TOPIC: "1" if may_change_topic else ""}
        self._run("mqttwidgets.jupyter.server.dashboards", [str(notebook), *options], environment)


def _within_reach(host: str) -> str:
    """Where this computer reaches what listens at `host`."""
    if is_for_all(host):
        return "::1" if ":" in host else "127.0.0.1"
    return host


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def notebook_file(name: str, folder: Path) -> Path:
    """A notebook to open: the checkout's own; for an installed package a copy of all in `folder`.

    A copy that is there already is left as it is, as it may hold somebody's work.

    Args:
        name: its name without `.ipynb`.
        folder: where `mqttwidgets-demo` goes, which holds the copies.
    """
    in_checkout = _PACKAGE.parent.parent / "notebooks"
    if in_checkout.is_dir():
        return in_checkout / f"{name}.ipynb"
    copies = folder / "mqttwidgets-demo"
    for original in (_PACKAGE / "notebooks").rglob("*.*"):
        copy = copies / original.relative_to(_PACKAGE / "notebooks")
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, copy)
    return copies / f"{name}.ipynb"

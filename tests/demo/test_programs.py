"""The programs as a person starts and ends them: no process, port or thread stays behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from zipfile import ZipFile

import pytest

from mqttwidgets import SensorStream, __version__
from mqttwidgets.demo.embedded_broker import EmbeddedBroker
from mqttwidgets.demo.processes import free_port, is_taken

from ..support.lab import notebook_json
from ..support.mosquitto import Mosquitto
from ..support.processes import end
from ..support.publishing import publish
from ..support.waiting import wait_for

ROOT = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-m", "mqttwidgets"]


class Running:
    """A program of ours in a process group of its own, its output collected in a file."""

    def __init__(self, folder: Path, command: list[str], **environment: str) -> None:
        self._output = folder / "output.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    def output(self) -> str:
        """What it wrote so far."""
        return self._output.read_text()

    def wait_for_output(self, pattern: str, timeout_s: float = 60) -> str:
        """Wait until it has written something; the pattern's first group."""

        def found() -> list[str]:
            assert self.process.poll() is None, self.output()
            return re.findall(pattern, self.output())

        return wait_for(found, timeout_s, what=f"{pattern!r} in {self.output()!r}")[0]

    def interrupt(self) -> int:
        """Press Ctrl-C; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process)


def test_the_embedded_broker_delivers_and_keeps() -> None:
    with EmbeddedBroker() as broker:
        port = int(broker.url.rsplit(":", 1)[1])
        publish(port, [("kept/x", "1")], retain=True)
        stream = SensorStream("#", broker.url)
        with stream:
            wait_for(lambda: stream.ledger.stored == 1, what="the retained message")
            publish(port, [("a/x", str(number)) for number in range(500)], qos=1)
            wait_for(lambda: stream.ledger.stored == 501)
            assert stream.series["a/x", ""].value.tolist() == list(range(500))
    assert not is_taken(port)


def test_the_embedded_broker_ends_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import time; from mqttwidgets.demo.embedded_broker import EmbeddedBroker\n"
        "broker = EmbeddedBroker(); broker.start(); print(broker.url, flush=True); time.sleep(1000)"
    )
    with Running(tmp_path, [sys.executable, "-c", code]) as parent:
        port = int(parent.wait_for_output(r"mqtt://127\.0\.0\.1:(\d+)"))
        assert is_taken(port)
        parent.process.kill()
        parent.process.wait()
        wait_for(lambda: not is_taken(port), what="the broker to end with its parent")


def test_demo_shows_sensors_and_takes_everything_down(tmp_path: Path) -> None:
    with Running(tmp_path, [*PROGRAM, "demo", "--no-browser"]) as demo:
        url = demo.wait_for_output(r"Open this in a browser:\s+(http://\S+)\s", timeout_s=90)
        with urllib.request.urlopen(url, timeout=20) as page:  # noqa: S310 - a URL of our own
            assert page.status == 200
        assert "/lab/tree/quickstart.ipynb?token=" in url
        port = int(url.split(":")[2].split("/")[0])
        assert demo.interrupt() == 0
        assert not is_taken(port)
        output = demo.output()
    assert "Starting the embedded broker ..." in output
    assert "Taking everything down" in output
    assert "Traceback" not in output
    assert "yarn" not in output, "JupyterLab's scripts in .venv go by a package.json above it"


def test_demo_with_a_broker_of_ones_own(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with Running(tmp_path, [*PROGRAM, "demo", "--no-browser", "--broker", mosquitto.url]) as demo:
        stream = SensorStream("demo/#", mosquitto.url)
        with stream:
            wait_for(lambda: len(stream.series) == 12, timeout_s=30, what="the sensors on our broker")
        demo.wait_for_output(r"(http://127\.0\.0\.1:\S+)", timeout_s=90)
        assert "embedded" not in demo.output()
        assert demo.interrupt() == 0


def test_a_killed_demo_leaves_no_jupyterlab(tmp_path: Path) -> None:
    with Running(tmp_path, [*PROGRAM, "demo", "--no-browser"]) as demo:
        url = demo.wait_for_output(r"(http://127\.0\.0\.1:\S+)", timeout_s=90)
        port = int(url.split(":")[2].split("/")[0])
        demo.process.kill()
        demo.process.wait()
        wait_for(lambda: not is_taken(port), timeout_s=20, what="JupyterLab to end with its parent")


def test_simulate_only_publishes(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with Running(tmp_path, [*PROGRAM, "simulate"], MQTTWIDGETS_BROKER=mosquitto.url) as simulation:
        stream = SensorStream("demo/#", mosquitto.url)
        with stream:
            wait_for(lambda: len(stream.series) == 12, what="every sensor's numbers")
        assert simulation.interrupt() == 0
        assert "Publishing to mqtt://127.0.0.1" in simulation.output()


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["demo", "--broker", "nonsense"], "Did you mean 'mqtt://nonsense'"),
        (["simulate", "--broker", "http://h"], "mqtt, mqtts, ws, wss"),
        (["demo", "--port", "0"], "1 to 65535"),
        (["dashboard", "none.ipynb"], "there is no file 'none.ipynb'"),
        (["dashboard", "--hots", "1.2.3.4"], "unrecognized arguments: --hots"),
        (["dashboard", "--broker", "mqtt://h", "--host", "192.0.2.7"], "has no address '192.0.2.7'"),
        (["dashboard", "--max-viewers", "0"], "1 to 10000"),
        (["simulate", "--password-file", "x"], "--password-file needs --broker"),
        (["dance"], "invalid choice: 'dance'"),
        ([], "required: COMMAND"),
        (["demo", "--brokr", "x"], "unrecognized arguments"),
    ],
)
def test_what_is_not_understood_is_explained(arguments: list[str], hint: str) -> None:
    ended = subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=30)
    assert ended.returncode == 2
    assert hint in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_password_on_the_command_line_leaves_the_list_of_processes(tmp_path: Path) -> None:
    with socket.socket() as broker:
        broker.bind(("127.0.0.1", 0))
        broker.listen()
        broker.settimeout(60)
        url = f"mqtt://me:can%61ry@127.0.0.1:{broker.getsockname()[1]}"
        with Running(tmp_path, [*PROGRAM, "simulate", "--broker", url]) as simulation:
            simulation.wait_for_output("(Publishing to mqtt://me:[*]+@)")
            command = ["ps", "-ww", "-o", "args=", "-p", str(simulation.process.pid)]
            listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            assert f"simulate --broker {url.replace(':can%61ry', '')}" in listed
            accepted, _ = broker.accept()
            with accepted:
                assert b"canary" in accepted.recv(1000), "it is the password all the same"
            assert "could be read in the list of processes" in simulation.output()
            assert simulation.interrupt() == 0


def test_a_dashboard_for_other_computers_says_who_may_see_it(tmp_path: Path) -> None:
    (tmp_path / "own.ipynb").write_text(notebook_json(["1"]))
    command = [*PROGRAM, "dashboard", "own.ipynb", "--host", "0.0.0.0", "--no-browser"]  # noqa: S104
    with Running(tmp_path, command, MQTTWIDGETS_BROKER="mqtt://127.0.0.1:1") as dashboard:
        url = dashboard.wait_for_output(r"Open this in a browser:\s+(http://\S+)\s", timeout_s=90)
        dashboard.wait_for_output("(Whoever reaches this computer may see it)")
        with urllib.request.urlopen(f"{url}voila/static/voila.js", timeout=20) as page:  # noqa: S310 - our own
            assert page.status == 200
        assert dashboard.interrupt() == 0


def test_a_port_in_use_is_explained(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with Running(tmp_path, [*PROGRAM, "demo", "--no-browser", "--port", port]) as demo:
            assert demo.process.wait(60) == 2
            assert f"port {port} is taken" in demo.output()


def test_version() -> None:
    shown = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout == f"mqttwidgets {__version__}\n"


def test_binder_starts_broker_and_sensors_beside_its_own_command(tmp_path: Path) -> None:
    port = free_port()
    command = [str(ROOT / "binder" / "start"), "sh", "-c", 'echo "broker at $MQTTWIDGETS_BROKER"; sleep 1000']
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with Running(tmp_path, command, PATH=path, MQTTWIDGETS_BINDER_PORT=str(port)) as binder:
        url = binder.wait_for_output(r"broker at (\S+)")
        stream = SensorStream("demo/#", url)
        with stream:
            wait_for(lambda: len(stream.series) == 12, timeout_s=30, what="every sensor's numbers")
        os.killpg(binder.process.pid, signal.SIGTERM)
        wait_for(lambda: not is_taken(port), what="the broker to end with the container")


def test_the_wheel_holds_what_the_demo_needs(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(command, check=True, timeout=110)
    names = set(ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    assert {
        "mqttwidgets/py.typed",
        "mqttwidgets/demo/notebooks/quickstart.ipynb",
        "mqttwidgets/demo/notebooks/industrial.ipynb",
        "mqttwidgets/jupyter/js/browser_info.js",
        "mqttwidgets/jupyter/js/plot.css",
        f"mqttwidgets-{__version__}.data/data/etc/jupyter/jupyter_server_config.d/mqttwidgets.nodelay.json",
    } <= names
    assert all(name.startswith("mqttwidgets") for name in names)

"""Scripts in a process that has none of Jupyter's packages: what they print, and how they end."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.waiting import wait_for

_README = Path(__file__).parent.parent.parent / "README.md"
_WITHOUT_JUPYTER = """
import sys
for name in ("IPython", "anywidget", "bqplot", "comm", "ipykernel", "ipywidgets", "traitlets"):
    sys.modules[name] = None  # as where it is not installed
exec(sys.stdin.read())
"""
_SLOW = """
import sys, threading, time
from mqttwidgets import SensorStream
is_free = threading.Event()
def waits(event):
    print("called", flush=True)
    is_free.wait()
stream = SensorStream("home/#", sys.argv[1])
stream.limit("*", above=30, call=waits)
stream.start()
stream.wait_until(lambda sample: sample.value > 30, timeout=60)
while not stream.analysis.calls.are_due and not stream.events:
    time.sleep(0.01)
"""
_WAITS = """
import sys
from mqttwidgets import SensorStream
with SensorStream("home/#", sys.argv[1]) as stream:
    stream.limit("*", above=30, call=lambda event: print("called", flush=True))
    try:
        stream.wait_until(lambda sample: False)
    finally:
        print(stream.status, len(stream.events), flush=True)
print("not to be reached")
"""


class Script:
    """A script that runs; it has ended, or been killed, behind the context."""

    def __init__(self, source: str, url: str) -> None:
        command = [sys.executable, "-u", "-c", _WITHOUT_JUPYTER, url]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        assert self.process.stdin is not None
        self.process.stdin.write(source)
        self.process.stdin.close()
        self.process.stdin = None

    def __enter__(self) -> Script:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()

    def end(self) -> tuple[str, str]:
        """What it printed, and what it had to complain of, once it has ended."""
        return self.process.communicate(timeout=60)


def publish_until(port: int, payload: str, is_done: Callable[[], object]) -> None:
    """Publish a temperature again and again, as nobody knows when a script has subscribed."""

    def is_enough() -> bool:
        publish(port, [("home/kitchen/temperature", payload)])
        return bool(is_done())

    wait_for(is_enough, timeout_s=60)


def test_the_example_of_the_readme_runs_without_jupyter(mosquitto: Mosquitto) -> None:
    section = _README.read_text().partition("## Without a notebook")[2]
    (example,) = re.findall(r"```python\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    assert "mqtt://broker.local" in example
    with Script(example.replace("mqtt://broker.local", mosquitto.url), mosquitto.url) as script:
        publish_until(mosquitto.port, "31.5", lambda: script.process.poll() is not None)
        said, complaint = script.end()
    assert complaint == ""
    assert re.search(r"UTC, home/kitchen/temperature → mean: above 30, (still on|for .*), peak 31\.5", said)
    assert re.search(r"Sample\(topic='home/kitchen/temperature', field='→ mean', .*value=31\.5", said)
    assert "<SensorStream 'home/#', live" in said
    assert "[2 rows x 14 columns]" in said


def test_an_interrupt_ends_a_script_that_waits(mosquitto: Mosquitto) -> None:
    with Script(_WAITS, mosquitto.url) as script:
        assert script.process.stdout is not None
        wait_for(lambda: "Sending SUBACK" in mosquitto.log(), timeout_s=60, what="the subscription")
        publish(mosquitto.port, [("home/kitchen/temperature", "31")])
        assert script.process.stdout.readline() == "called\n"
        began = time.monotonic()
        script.process.send_signal(signal.SIGINT)
        said, complaint = script.end()
        assert time.monotonic() - began < 10
    assert script.process.returncode == -signal.SIGINT
    assert said.startswith("live 1\n")
    assert complaint.rstrip().endswith("KeyboardInterrupt")
    assert "not to be reached" not in said


@pytest.mark.parametrize("end", ["", "stream.stop()", "is_free.set()"])
def test_a_script_ends_though_a_function_has_not(mosquitto: Mosquitto, end: str) -> None:
    with Script(_SLOW + end, mosquitto.url) as script:
        publish_until(mosquitto.port, "31", lambda: script.process.poll() is not None)
        said, complaint = script.end()
    assert (said, complaint, script.process.returncode) == ("called\n", "", 0)

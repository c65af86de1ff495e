"""Publish to paint: milliseconds from `publish()` in another process to the picture that shows the number.

    python -m benchmarks.publish_to_paint [--fps 20,60] [--seconds 30] [--nodelay]

A publisher process, Mosquitto on loopback, a kernel with one LiveSensorPlot of 1,000 samples in JupyterLab, and
a headless Chromium. The publisher notes when it called `publish()`, about ten times a second at uneven
intervals, so that they fall in with nothing. The page notes after each animation frame where the line ends,
which tells the number (`peers/probe.js`). Both clocks are the machine's.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from pathlib import Path

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.frames import Rig, quantile, rig
from benchmarks.notebook_run import NotebookRun
from benchmarks.shown import frames_shown

_TOPIC = "bench/paint"
_LEVELS = 31
_LIMIT_S = 150.0
_WARM_UP = 2 * _LEVELS
"""Messages that come first, so that the page has seen every place where a line can end."""

_CELL = """from mqttwidgets import LiveSensorPlot
plot = LiveSensorPlot({topic!r}, {broker!r}, window=1000, fps={fps})
plot"""
_WATCH = "bench.watch(bench.paths('.mqttwidgets-plot .bqplot .curve', 1))"


def latencies_ms(rig: Rig, fps: float, seconds: float) -> list[float]:
    """Publish for `seconds`; how late each number was painted, in order of size."""
    cell = _CELL.format(topic=_TOPIC, broker=rig.mosquitto.url, fps=fps)
    command = [
        sys.executable,
        "-m",
        "benchmarks.publish_to_paint",
        "publish",
        str(rig.mosquitto.port),
        str(seconds),
    ]
    with rig.browser(seconds + _LIMIT_S) as chromium:
        run = NotebookRun(rig.lab, chromium, cell, _WATCH)
        published = subprocess.run(
            command, cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True
        )
        changes, _ = run.seen()
    published_at = [float(line) for line in published.stdout.split()][_WARM_UP:]
    late_ms = sorted(frame.late_ms for frame in frames_shown(changes, published_at, _LEVELS))
    if not late_ms:
        raise RuntimeError("no number was seen on the page")
    return late_ms


def publish(port: int, seconds: float) -> None:
    """Publish numbers and print when; run in a process of its own."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    even = random.Random(1)  # noqa: S311 - no secret
    published_at: list[float] = []
    began = time.monotonic()
    while time.monotonic() < began + seconds or len(published_at) <= _WARM_UP:
        time.sleep(even.uniform(0.06, 0.14))
        published_at.append(time.time())
        client.publish(_TOPIC, str((len(published_at) - 1) % _LEVELS))
    time.sleep(1)
    client.disconnect()
    client.loop_stop()
    print("\n".join(map(repr, published_at)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fps", type=lambda text: list(map(float, text.split(","))), default=[20.0, 60.0])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument(
        "--nodelay", action="store_true", help="only with the server extension, not with and without"
    )
    options = parser.parse_args()
    print("| fps of the plot | NODELAY | painted | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|---|---|")
    for nodelay in [True] if options.nodelay else [False, True]:
        with rig(nodelay) as the_rig:
            for fps in options.fps:
                late_ms = latencies_ms(the_rig, fps, options.seconds)
                shares = " | ".join(f"{quantile(late_ms, share):.0f}" for share in (0.5, 0.95, 0.99))
                print(f"| {fps:g} | {'on' if nodelay else 'off'} | {len(late_ms)} | {shares} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["publish"]:
        publish(int(sys.argv[2]), float(sys.argv[3]))
    else:
        main()

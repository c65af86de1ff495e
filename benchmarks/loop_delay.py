"""How long a kernel's event loop is held up while plots are live, in milliseconds.

    python -m benchmarks.loop_delay [--rate 5000] [--plots 10] [--seconds 20]

A publisher process, Mosquitto on loopback, a kernel in JupyterLab with a LiveSensorPlot for each of so many
topics, all of them in sight of a headless Chromium. On the kernel's loop something sleeps for a millisecond,
again and again: how much later it wakes is the delay. "streams" is the same without plots: messages are
received, and decoded ten times a second. "nothing" is the same kernel, page and publisher, and nobody
subscribes: what the machine itself holds up.
"""

from __future__ import annotations

import argparse
import json
import time

from benchmarks.frames import Rig, quantile, rig
from benchmarks.notebook_run import NotebookRun
from tests.support.publishing import PublisherProcess

_SETTLE_S = 5.0
_LIMIT_S = 150.0

_PROBE = """
import asyncio, json, time
delays_ms = []
async def probe():
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        delays_ms.append((time.perf_counter() - began) * 1000 - 1)
probing = asyncio.get_event_loop().create_task(probe())
"""
_CELLS = {
    "plots": """from mqttwidgets import LiveSensorPlot
import ipywidgets
plots = [LiveSensorPlot(f"bench/{n}", BROKER, window=2000) for n in range(PLOTS)]
for plot in plots:
    plot.figure.layout.height = "70px"
grid = ipywidgets.GridBox(plots, layout={"grid_template_columns": "1fr 1fr 1fr 1fr"})
display(grid)
""",
    "streams": """from mqttwidgets import SensorStream
streams = [SensorStream(f"bench/{n}", BROKER) for n in range(PLOTS)]
for stream in streams:
    stream.start()
async def look():
    while True:
        await asyncio.sleep(0.1)
        for stream in streams:
            stream.drain()
looking = asyncio.get_event_loop().create_task(look())
""",
    "nothing": "",
}


def delays_ms(rig: Rig, what: str, plots: int, rate_hz: float, seconds: float) -> list[float]:
    """How late the loop was, in order of size."""
    names = f"BROKER, PLOTS = {rig.mosquitto.url!r}, {plots}\n"
    count = int(rate_hz * (seconds + 2 * _SETTLE_S))
    payloads = [(f"bench/{n % plots}", str(20 + n % 7)) for n in range(count)]
    with rig.browser(seconds + _LIMIT_S) as chromium:
        run = NotebookRun(rig.lab, chromium, names + _PROBE + _CELLS[what], "")
        publisher = PublisherProcess(rig.mosquitto.port, payloads, rate_hz=rate_hz)
        time.sleep(_SETTLE_S)
        with run.attached() as notebook:
            notebook.run("delays_ms.clear()")
        time.sleep(seconds)
        with run.attached() as notebook:
            found: list[float] = json.loads(notebook.run("print(json.dumps(delays_ms[10:-10]))"))
        publisher.stop()
    return sorted(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=5000, help="messages a second, all topics together")
    parser.add_argument("--plots", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    print(f"{options.plots} topics, {options.rate:,.0f} messages a second together\n")
    print("| on the loop | p50 ms | p99 ms | worst ms |\n|---|---|---|---|")
    with rig(nodelay=False) as the_rig:
        for what in ("nothing", "streams", "plots"):
            late = delays_ms(the_rig, what, options.plots, options.rate, options.seconds)
            shares = " | ".join(f"{quantile(late, share):.1f}" for share in (0.5, 0.99))
            print(f"| {what} | {shares} | {late[-1]:.1f} |", flush=True)


if __name__ == "__main__":
    main()

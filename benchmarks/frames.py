"""Frames: what live lines cost, and how late they are on the screen, beside other libraries.

    python -m benchmarks.frames [--only ours,bqplot] [--plots 1,10] [--window 2000] [--fps 20] [--nodelay]

Each peer draws in a JupyterLab notebook of its own, with its own kernel and headless Chromium; rounds go
through all of them in turn. A frame is twenty new samples for each plot. All plots are in sight. The page
counts the messages of the kernel's websocket, and notes after each animation frame which plots have another
picture and where their lines end, which tells the frame shown (`peers/probe.js`); nothing of this relies on
what a library says of itself. The kernel notes when it set each frame; both clocks are the machine's. How each
peer is used, and how it is looked at, is at the head of its file in `peers/`.

`×` is the ratio to the first row of the case. `≥` stands where a page was so far behind that it had not
received all that was sent.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Playwright, sync_playwright

from benchmarks.chromium import Chromium
from benchmarks.notebook_run import Change, NotebookRun, Traffic
from benchmarks.peers.feeding import IDLE_S, SETTLE_S, WARM_UP_S, Setting
from benchmarks.proc import session_cpu_s
from benchmarks.shown import frames_shown
from tests.support.lab import Lab
from tests.support.mosquitto import Mosquitto

PEERS = {
    "ours": "ours",
    "bqplot": "plain_bqplot",
    "Bokeh": "bokeh_stream",
    "Plotly": "plotly_widget",
    "ipympl": "ipympl_canvas",
    "Perspective": "perspective_table",
    "no plot": "stream_alone",
}
FIGURE_PX = {1: (900, 320), 10: (350, 220), 30: (300, 130)}
"""Of a figure, by the number of plots up to which it goes."""

WINDOW_PX = (1900, 2400)
NODELAY = "mqttwidgets.jupyter.server.nodelay"

HEAD = (
    "| who | plots | window | frames/s sent | bytes/frame | messages/frame | kernel ms/frame | painted fps "
    "| latency p50 / p95 ms | browser ms/painted frame | heap MB |\n|" + "---|" * 11
)

_BEHIND_MS = 1000.0
_LIMIT_S = 150.0
_SLACK_S = 1.0
_CELL = """from benchmarks.peers import {peer}, feeding
setting = feeding.Setting{setting}
peer = {peer}.Peer(setting)
feeder = feeding.Feeder(peer, setting)"""


class Figures(NamedTuple):
    """What was measured; a frame is one set in the kernel.

    Attributes:
        sent_fps: frames a second that the kernel set.
        bytes_a_frame: received at the page's websocket, less what an idle page receives.
        messages_a_frame: the same in messages.
        kernel_ms_a_frame: the kernel's CPU time, less that of the same feeding without a peer.
        painted_fps: animation frames a second that showed a newer frame, the mean of all plots.
        latency_ms: of each of these, from the setting of the frame to the end of the animation frame.
        browser_ms_a_frame: the whole browser's CPU time, of each painted frame of all plots together.
        heap_mb: the page's memory for JavaScript after a collection, before and after.
    """

    sent_fps: float
    bytes_a_frame: float
    messages_a_frame: float
    kernel_ms_a_frame: float
    painted_fps: float
    latency_ms: list[float]
    browser_ms_a_frame: float
    heap_mb: tuple[float, float]


class Rig(NamedTuple):
    """What a benchmark of pages needs.

    Attributes:
        lab: a JupyterLab.
        mosquitto: a broker.
        playwright: what drives browsers.
    """

    lab: Lab
    mosquitto: Mosquitto
    playwright: Playwright

    @contextmanager
    def browser(self, limit_s: float) -> Iterator[Chromium]:
        """A browser for one notebook and at most `limit_s`; its kernel ends with it."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            chromium = Chromium(self.playwright, Path(folder), *WINDOW_PX, limit_s)
            try:
                yield chromium
            finally:
                chromium.close()
                for kernel in self.lab.get("api/kernels"):
                    self.lab.delete(f"api/kernels/{kernel['id']}")


@contextmanager
def rig(nodelay: bool) -> Iterator[Rig]:
    """A JupyterLab, with the extension or without, and a broker."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        rooms = {name: Path(folder) / name for name in ("lab", "mosquitto")}
        for room in rooms.values():
            room.mkdir()
        mosquitto = Mosquitto(rooms["mosquitto"]).start()
        lab = Lab(rooms["lab"], [NODELAY] if nodelay else [])
        try:
            yield Rig(lab, mosquitto, playwright)
        finally:
            lab.close()
            mosquitto.stop()


def setting_for(who: str, plots: int, window: int, fps: float, broker: Mosquitto) -> Setting:
    """What a peer has to draw, in figures of a size that has all of them in sight."""
    size = next(size for most, size in FIGURE_PX.items() if plots <= most)
    return Setting(plots, window, fps, broker.url, *size, _peer(who).LEVELS)


def open_notebook(lab: Lab, chromium: Chromium, who: str, setting: Setting) -> NotebookRun:
    """A notebook in which `feeder` waits to feed a peer."""
    cell = _CELL.format(peer=PEERS[who], setting=tuple(setting))
    return NotebookRun(lab, chromium, cell, _peer(who).WATCH.replace("PLOTS", str(setting.plots)))


def _peer(who: str) -> Any:
    return importlib.import_module(f"benchmarks.peers.{PEERS[who]}")


def measure(rig: Rig, who: str, setting: Setting, seconds: float) -> Figures:
    """Let a peer draw for `seconds` in a notebook of its own, and measure."""
    with rig.browser(seconds + _LIMIT_S) as chromium:
        run = open_notebook(rig.lab, chromium, who, setting)
        heap_before_mb = run.heap_mb()
        with run.attached() as notebook:
            notebook.run(f"feeder.start({seconds})")
        time.sleep(IDLE_S + SETTLE_S + WARM_UP_S + _SLACK_S / 2)
        began, cpu_s = time.time(), session_cpu_s(chromium.pid)
        time.sleep(seconds - _SLACK_S)
        browser_share = (session_cpu_s(chromium.pid) - cpu_s) / (time.time() - began)
        time.sleep(2 * _SLACK_S)
        with run.attached() as notebook:
            kernel = json.loads(notebook.run("import json; print(json.dumps(feeder.report()))"))
        changes, traffic = run.seen()
        heap_mb = (heap_before_mb, run.heap_mb())
    return _figures(changes, traffic, kernel, setting, browser_share, heap_mb)


def _figures(
    changes: Sequence[Change],
    traffic: Sequence[Traffic],
    kernel: dict[str, Any],
    setting: Setting,
    browser_share: float,
    heap_mb: tuple[float, float],
) -> Figures:
    began, ended = span = kernel["spans"]["measured"]
    frames, idle_frames = (max(kernel["frames"][part], 1) for part in ("measured", "idle"))
    idle, busy = _rates(traffic, kernel["spans"]["idle"]), _rates(traffic, span)
    plots = [[change for change in changes if change.plot == number] for number in range(setting.plots)]
    shown = [
        frame
        for plot in plots
        for frame in frames_shown(plot, kernel["set_at"], setting.levels)
        if began <= frame.at < ended
    ]
    painted_fps = len(shown) / (ended - began) / setting.plots
    sent_fps = frames / (ended - began)
    return Figures(
        sent_fps=sent_fps,
        bytes_a_frame=(busy.received_bytes - idle.received_bytes) / sent_fps,
        messages_a_frame=(busy.received - idle.received) / sent_fps,
        kernel_ms_a_frame=(kernel["cpu_s"]["measured"] / frames - kernel["cpu_s"]["idle"] / idle_frames) * 1000,
        painted_fps=painted_fps,
        latency_ms=[frame.late_ms for frame in shown],
        browser_ms_a_frame=browser_share / painted_fps * 1000 if painted_fps else float("nan"),
        heap_mb=heap_mb,
    )


def _rates(traffic: Sequence[Traffic], span: tuple[float, float]) -> Traffic:
    """A second, over a span of epoch seconds."""
    within = [noted for noted in traffic if span[0] <= noted.at < span[1]]
    if len(within) < 2:
        raise RuntimeError("the page noted nothing: it hangs")
    first, last = within[0], within[-1]
    return Traffic(*((end - begin) / (last.at - first.at) for begin, end in zip(first, last, strict=True)))


def row(who: str, setting: Setting, rounds: Sequence[Figures], first: Sequence[Figures]) -> str:
    """A row of the table: medians of the rounds, and between which painted frames lie; ratios to `first`."""
    late_ms = sorted(ms for figures in rounds for ms in figures.latency_ms)
    latency = f"{quantile(late_ms, 0.5):,.0f} / {quantile(late_ms, 0.95):,.0f}" if late_ms else "nothing seen"
    least = "≥" if late_ms and quantile(late_ms, 0.5) > _BEHIND_MS else ""
    painted = sorted(figures.painted_fps for figures in rounds)
    spread = f" ({painted[0]:.1f} to {painted[-1]:.1f})" if len(painted) > 1 else ""
    before, after = max((figures.heap_mb for figures in rounds), key=lambda ends: ends[1] - ends[0])

    def cost(name: str, form: str) -> str:
        value, base = _median(rounds, name), _median(first, name)
        if math.isnan(value):
            return "–"
        return f"{value:{form}}" if rounds is first else f"{value:{form}} (×{value / base:.1f})"

    return (
        f"| {who} | {setting.plots} | {setting.window:,} | {_median(rounds, 'sent_fps'):.1f} "
        f"| {least}{cost('bytes_a_frame', ',.0f')} | {least}{_median(rounds, 'messages_a_frame'):.2f} "
        f"| {cost('kernel_ms_a_frame', '.2f')} | {_median(rounds, 'painted_fps'):.1f}{spread} | {latency} "
        f"| {cost('browser_ms_a_frame', '.1f')} | {before:.0f} → {after:.0f} |"
    )


def _median(rounds: Sequence[Figures], name: str) -> float:
    return statistics.median(getattr(figures, name) for figures in rounds)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the ordered values lie."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def main() -> None:
    """Measure and print."""
    options = _options()
    with rig(options.nodelay) as the_rig:
        print(f"{options.fps:g} frames a second wanted, NODELAY {'on' if options.nodelay else 'off'},", end=" ")
        print(f"machine's load before: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores\n\n{HEAD}")
        for plots, window in [(plots, window) for plots in options.plots for window in options.window]:
            settings = {
                who: setting_for(who, plots, window, options.fps, the_rig.mosquitto) for who in options.only
            }
            rounds: dict[str, list[Figures]] = {who: [] for who in options.only}
            for _ in range(options.rounds):
                for who, results in rounds.items():
                    try:
                        results.append(measure(the_rig, who, settings[who], options.seconds))
                    except Exception as error:
                        print(f"{who}, {plots} × {window}: {error}", file=sys.stderr)
            first = next(filter(None, rounds.values()), [])
            for who, results in rounds.items():
                failed = f"| {who} | {plots} | {window:,} | failed |{' |' * 7}"
                print(row(who, settings[who], results, first) if results else failed, flush=True)


def _options() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=list(PEERS)[:-1], help=", ".join(PEERS)
    )
    parser.add_argument("--plots", type=numbers, default=[1, 10, 30])
    parser.add_argument("--window", type=numbers, default=[2000, 10000], help="samples in view")
    parser.add_argument("--fps", type=float, default=20, help="frames a second")
    parser.add_argument("--seconds", type=float, default=8, help="what counts, of each round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--nodelay", action="store_true", help=f"with the server extension {NODELAY}")
    options = parser.parse_args()
    if unknown := set(options.only).difference(PEERS):
        parser.error(f"not known: {', '.join(unknown)}; known: {', '.join(PEERS)}")
    return options


if __name__ == "__main__":
    main()

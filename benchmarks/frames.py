"""Frames: what live lines cost, and how late they are on the screen, beside other libraries.

    python benchmarks/frames.py [--only ours,bqplot] [--plots 1,10] [--window 2000] [--fps 20] [--nodelay]

Each peer draws in a JupyterLab notebook of its own, with its own kernel, in one headless Chromium; rounds go through
all of them in turn. A frame is twenty new samples for each plot. All plots are in sight. The page counts the
messages of the kernel's websocket, and notes after each animation frame which plots have another picture and where
their lines end, which tells the frame shown (`peers/probe.js`); nothing of this relies on what a library says of
itself. The kernel notes when it set each frame; both clocks are the machine's. How each peer is used, and how it is
looked at, is at the head of its file in `peers/`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.chromium import Chromium
from benchmarks.notebook_run import Figures, measure
from benchmarks.peers.feeding import Setting
from tests.lab import Lab
from tests.mosquitto import Mosquitto

PEERS = {
    "ours": "ours",
    "bqplot": "plain_bqplot",
    "Bokeh": "bokeh_stream",
    "Plotly": "plotly_widget",
    "ipympl": "ipympl_canvas",
    "Perspective": "perspective_table",
}
FIGURE_PX = {1: (900, 320), 10: (350, 220), 30: (300, 130)}
"""Of a figure, by the number of plots up to which it goes."""

WINDOW_PX = (1900, 1900)
NODELAY = "mqttwidgets.nodelay"

HEAD = (
    "| who | plots | window | frames/s sent | bytes/frame | messages/frame | kernel ms/frame | painted fps "
    "| latency p50 / p95 ms | browser ms/painted frame | heap MB |\n|" + "---|" * 11
)


@contextmanager
def rig(nodelay: bool) -> Iterator[tuple[Lab, Chromium, Mosquitto]]:
    """A JupyterLab, a Chromium and a broker."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        rooms = {name: Path(folder) / name for name in ("lab", "chromium", "mosquitto")}
        for room in rooms.values():
            room.mkdir()
        mosquitto = Mosquitto(rooms["mosquitto"]).start()
        lab = Lab(rooms["lab"], [NODELAY] if nodelay else [])
        chromium = Chromium(playwright, rooms["chromium"], *WINDOW_PX)
        try:
            yield lab, chromium, mosquitto
        finally:
            chromium.close()
            lab.close()
            mosquitto.stop()


def row(who: str, plots: int, window: int, rounds: list[Figures]) -> str:
    """A row of the table: medians of the rounds."""

    def median(name: str) -> float:
        return statistics.median(getattr(figures, name) for figures in rounds)

    late = sorted(ms for figures in rounds for ms in figures.latency_ms)
    latency = f"{_quantile(late, 0.5):,.0f} / {_quantile(late, 0.95):,.0f}" if late else "nothing seen"
    heap = max((figures.heap_mb for figures in rounds), key=lambda ends: ends[1] - ends[0])
    return (
        f"| {who} | {plots} | {window:,} | {median('sent_fps'):.1f} | {median('bytes_a_frame'):,.0f} "
        f"| {median('messages_a_frame'):.2f} | {median('kernel_ms_a_frame'):.2f} | {_spread(rounds)} "
        f"| {latency} | {median('browser_ms_a_frame'):.1f} | {heap[0]:.0f} → {heap[1]:.0f} |"
    )


def _spread(rounds: list[Figures]) -> str:
    painted = sorted(figures.painted_fps for figures in rounds)
    seen = min(figures.plots_seen for figures in rounds)
    text = f"{statistics.median(painted):.1f}"
    if len(painted) > 1:
        text += f" ({painted[0]:.1f} to {painted[-1]:.1f})"
    return text if seen else f"{text}, no plot changed"


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _figure_px(plots: int) -> tuple[int, int]:
    return next(size for most, size in FIGURE_PX.items() if plots <= most)


def main() -> None:
    """Measure and print."""
    options = _options()
    cases = [(plots, window) for plots in options.plots for window in options.window]
    with rig(options.nodelay) as (lab, chromium, mosquitto):
        print(f"{options.fps:g} frames a second wanted, NODELAY {'on' if options.nodelay else 'off'},", end=" ")
        print(f"machine's load before: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores\n\n{HEAD}")
        for plots, window in cases:
            setting = Setting(plots, window, options.fps, mosquitto.url, *_figure_px(plots))
            rounds: dict[str, list[Figures]] = {who: [] for who in options.only}
            for _ in range(options.rounds):
                for who, results in rounds.items():
                    try:
                        results.append(measure(lab, chromium, PEERS[who], setting, options.seconds))
                    except Exception as error:
                        print(f"{who}, {plots} × {window}: {error}", file=sys.stderr)
            for who, results in rounds.items():
                print(row(who, plots, window, results) if results else f"| {who} | {plots} | {window:,} | failed |")
                sys.stdout.flush()


def _options() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PEERS), help="who, with commas")
    parser.add_argument("--plots", type=numbers, default=[1, 10, 30])
    parser.add_argument("--window", type=numbers, default=[2000, 10000], help="samples in view")
    parser.add_argument("--fps", type=float, default=20, help="frames a second")
    parser.add_argument("--seconds", type=float, default=8, help="what counts, of each round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--nodelay", action="store_true", help=f"with the server extension {NODELAY}")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""What a frame and a sample cost as history and series become more, and how long importing takes.

    python -m benchmarks.growth [--rounds 41] [--most 10000000]

A frame is `View.frame` after 20 new samples: CPU time of the kernel, without sending. All sizes run in turn, round
after round, in one process; a ratio is to the smallest size in the same round. Figures are medians, spreads are
between quartiles. Memory is the most that a series ever held while it was filled and half of it filled again, in
batches of 100 samples, as allocated (NumPy's arrays included). Imports run in turn in fresh processes, with the
bytecode that an earlier import left, as in daily use.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from resource import RUSAGE_CHILDREN, getrusage

import numpy as np

from mqttwidgets import Message, SensorStream, Series
from mqttwidgets.base.times import Window
from mqttwidgets.plot.view import View

_ROUNDS, _FRAMES, _NEW = 41, 10, 20
_HISTORIES = (10_000, 100_000, 1_000_000, 10_000_000)
_COUNTS = (1, 10, 100, 1_000)
_WINDOW = 2_000
_RATE_HZ = 400.0  # 20 samples a frame at 20 frames a second
_BATCH, _SMALL_BATCH = 1_000, 100
_IMPORT_ROUNDS = 11
_IMPORTS = {
    "Python alone": "pass",
    "bqplot with ipywidgets": "import bqplot, ipywidgets",
    "mqttwidgets": "from mqttwidgets import LiveSensorPlot",
}


class Kernel:
    """A plot's view of some series that are full to the brim, and new samples for them.

    Args:
        series: how many.
        history: samples kept in each.
        window: samples in view of each.
        growing: how many series get new samples for each frame.
    """

    def __init__(self, series: int, history: int, window: int, growing: int) -> None:
        self._stream = SensorStream("#", history=history, max_series=series)
        for number in range(series):
            self._stream.deliver(Message(f"bench/{number}", b"1", 0, False, 0.0))
        self._series = list(self._stream.series.values())
        self._growing = self._series[:growing]
        self._view = View(self._stream, Window.parse(window))
        self._rng = np.random.default_rng(1)
        self._now = 0.0
        for _ in range(history // _BATCH):
            self._extend(self._series, _BATCH)
        self._view.frame(self._now, timezone.utc, "UTC")

    def frame_us(self) -> float:
        """CPU time of a frame, the mean of some, in microseconds."""
        spent = 0
        for _ in range(_FRAMES):
            self._extend(self._growing, _NEW)
            started = time.thread_time_ns()
            self._view.frame(self._now, timezone.utc, "UTC")
            spent += time.thread_time_ns() - started
        return spent / _FRAMES / 1000

    def _extend(self, series: Sequence[Series], count: int) -> None:
        times = self._now + np.arange(1, count + 1) / _RATE_HZ
        self._now = float(times[-1])
        for one in series:
            one.extend(times, self._rng.normal(size=count))


def in_turn(measures: Sequence[Callable[[], float]], rounds: int) -> list[list[float]]:
    """The figures of each, measured one after the other in every round."""
    figures: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        for measure, found in zip(measures, figures, strict=True):
            found.append(measure())
    return figures


def row(name: str, figures: Sequence[float], smallest: Sequence[float]) -> str:
    """A row of a table of frames: median, spread, and the ratio to the smallest with its spread."""
    low, median, high = statistics.quantiles(figures, n=4)
    ratios = [one / other for one, other in zip(figures, smallest, strict=True)]
    least, ratio, most = statistics.quantiles(ratios, n=4)
    return f"| {name} | {median:.0f} | {low:.0f} to {high:.0f} | {ratio:.2f} | {least:.2f} to {most:.2f} |"


def table(title: str, names: Sequence[str], measures: Sequence[Callable[[], float]], rounds: int) -> None:
    """Measure frames and print them."""
    figures = in_turn(measures, rounds)
    print(f"| {title} | frame, µs | spread | ratio to the first | spread |\n|---|---|---|---|---|")
    for name, found in zip(names, figures, strict=True):
        print(row(name, found, figures[0]))
    print(flush=True)


def bytes_a_sample(history: int) -> float:
    """Memory of a series by sample, at its most, while it fills and goes round."""
    tracemalloc.start()
    series = Series("bench", "", history)
    for start in range(0, history + history // 2, _SMALL_BATCH):
        times = np.arange(start, start + _SMALL_BATCH) / _RATE_HZ
        series.extend(times, times)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / len(series)


def import_ms(code: str, cache: str) -> float:
    """CPU time of a fresh process that imports, in milliseconds.

    Args:
        code: what it does.
        cache: the folder of the bytecode, whatever the environment says of it.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    after = getrusage(RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def print_histories(histories: Sequence[int], rounds: int) -> None:
    """Frames over lengths of history, the whole in view and the newest samples of it."""
    names = [f"{history:,}" for history in histories]
    whole = [Kernel(1, history, history, 1).frame_us for history in histories]
    table("history, all in view", names, whole, rounds)
    newest = [Kernel(1, history, _WINDOW, 1).frame_us for history in histories]
    table(f"history, {_WINDOW:,} in view", names, newest, rounds)


def print_counts(counts: Sequence[int], rounds: int) -> None:
    """Frames over numbers of series, when all of them go on and when one does."""
    names = [f"{count:,}" for count in counts]
    for title, growing in (("series, all go on", max(counts)), ("series, one goes on", 1)):
        frames = [Kernel(count, _WINDOW, _WINDOW, min(count, growing)).frame_us for count in counts]
        table(title, names, frames, rounds)


def print_memory(histories: Sequence[int]) -> None:
    """Bytes a sample over lengths of history."""
    print("| history | bytes a sample |\n|---|---|")
    for history in histories:
        print(f"| {history:,} | {bytes_a_sample(history):.1f} |", flush=True)
    print()


def print_imports(rounds: int) -> None:
    """How long importing takes, beside what it rests on."""
    names = list(_IMPORTS)
    with tempfile.TemporaryDirectory() as cache:
        measures = [lambda code=code: import_ms(code, cache) for code in _IMPORTS.values()]
        in_turn(measures, 1)  # which leaves the bytecode
        alone, peer, ours = in_turn(measures, rounds)
    print("| import | CPU, ms | spread | without Python itself, ratio to bqplot | spread |\n|---|---|---|---|---|")
    for name, found in zip(names, (alone, peer, ours), strict=True):
        low, median, high = statistics.quantiles(found, n=4)
        ratios = [(one - bare) / (other - bare) for one, other, bare in zip(found, peer, alone, strict=True)]
        least, ratio, most = statistics.quantiles(ratios, n=4)
        print(f"| {name} | {median:.0f} | {low:.0f} to {high:.0f} | {ratio:.2f} | {least:.2f} to {most:.2f} |")


def main() -> None:
    """Print the tables, and what they were measured with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--most", type=int, default=max(_HISTORIES), help="samples of history, and series")
    options = parser.parse_args()
    histories = [history for history in _HISTORIES if history <= options.most] or [_WINDOW]
    counts = [count for count in _COUNTS if count <= options.most]
    packages = ("numpy", "bqplot", "ipywidgets")
    print(f"{datetime.now(timezone.utc):%Y-%m-%d}, Python {platform.python_version()},", end=" ")
    print(", ".join(f"{package} {version(package)}" for package in packages), end="\n\n")
    print_histories(histories, options.rounds)
    print_counts(counts, options.rounds)
    print_memory(histories)
    print_imports(min(options.rounds, _IMPORT_ROUNDS))


if __name__ == "__main__":
    main()

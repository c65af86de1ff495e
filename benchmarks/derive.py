"""Derived series computed from what is new, beside pandas computing everything anew.

    python -m benchmarks.derive [--rounds 31] [--histories 100000 1000000]

A series is full to the brim of samples at 1 kHz, and 50 new ones come for each frame, twenty times a second. Ours
is `FollowingLines.follow`; pandas's is the same function over all that is kept, without making its index, which it
would have to make as well. Both in one process, in turn, round after round; CPU time, medians, spreads between
quartiles, the ratio within each round. The last table is of the first time, when all of history is new.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timezone
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

import mqttwidgets as mw
from mqttwidgets import Series
from mqttwidgets.analysis.transforms.incremental import IncrementalLines
from mqttwidgets.analysis.transforms.transform import Transform

_ROUNDS, _NEW, _RATE_HZ = 31, 50, 1_000.0
_HISTORIES = (100_000, 1_000_000)
_BEGAN = 1_790_000_000.0

Peer = Callable[["pd.Series[float]"], Any]

CASES: dict[str, tuple[Transform, Peer]] = {
    "mean over 30 samples": (mw.rolling_mean(30), lambda s: s.rolling(30).mean()),
    "mean over 30 s": (mw.rolling_mean("30 s"), lambda s: s.rolling("30s").mean()),
    "least and greatest over 30 s": (
        mw.rolling_band("30 s"),
        lambda s: (s.rolling("30s").min(), s.rolling("30s").max()),
    ),
    "rate of change": (mw.rate_of_change(), lambda s: s.diff() / s.index.to_series().diff().dt.total_seconds()),
}


class Case:
    """A full series, and both ways to derive another one from it.

    Args:
        recipe: ours.
        peer: pandas's.
        history: samples kept.
    """

    def __init__(self, recipe: Transform, peer: Peer, history: int) -> None:
        self._recipe = recipe
        self._peer = peer
        self._rng = np.random.default_rng(1)
        self._source = Series("bench", "", history)
        self._count = 0
        self._extend(history)
        self._lines = self._new_lines()

    def first_ms(self) -> tuple[float, float]:
        """CPU time, in milliseconds, of ours and of pandas, when all is new."""
        lines = self._new_lines()
        return _cpu_ms(lambda: lines.follow({}, lambda: True)), self._peer_ms()

    def frame_ms(self) -> tuple[float, float]:
        """CPU time, in milliseconds, of ours and of pandas, after some new samples."""
        self._lines.follow({}, lambda: True)
        self._extend(_NEW)
        return _cpu_ms(lambda: self._lines.follow({}, lambda: True)), self._peer_ms()

    def _peer_ms(self) -> float:
        index = pd.to_datetime(np.round(self._source.time * 1e6).astype(np.int64) * 1000, utc=True)
        series = pd.Series(self._source.value, index=index)
        return _cpu_ms(lambda: self._peer(series))

    def _new_lines(self) -> IncrementalLines:
        return IncrementalLines(self._source, self._recipe, tuple(f"→ {name}" for name in self._recipe.lines))

    def _extend(self, count: int) -> None:
        times = _BEGAN + np.arange(self._count, self._count + count) / _RATE_HZ
        self._source.extend(times, 1e3 + self._rng.normal(size=count))
        self._count += count


def _cpu_ms(action: Callable[[], object]) -> float:
    started = time.thread_time_ns()
    action()
    return (time.thread_time_ns() - started) / 1e6


def row(name: str, pairs: list[tuple[float, float]]) -> str:
    """A row: medians of both, and how many times as long pandas takes, with the spread."""
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    low, ratio, high = statistics.quantiles([other / one for one, other in pairs], n=4)
    return f"| {name} | {ours:.3f} | {theirs:.2f} | {ratio:.1f} | {low:.1f} to {high:.1f} |"


def table(title: str, measure: Callable[[Case], tuple[float, float]], history: int, rounds: int) -> None:
    """Measure all cases in turn and print them."""
    cases = {name: Case(*case, history) for name, case in CASES.items()}
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            figures[name].append(measure(case))
    print(f"| {title} | ours, ms | pandas, ms | pandas / ours | spread |\n|---|---|---|---|---|")
    for name, pairs in figures.items():
        print(row(name, pairs))
    print(flush=True)


def main() -> None:
    """Print the tables, and what they were measured with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--histories", type=int, nargs="+", default=_HISTORIES, help="samples kept")
    options = parser.parse_args()
    packages = ("numpy", "pandas")
    print(f"{datetime.now(timezone.utc):%Y-%m-%d}, Python {platform.python_version()},", end=" ")
    print(", ".join(f"{package} {version(package)}" for package in packages), end="\n\n")
    for history in options.histories:
        table(f"{_NEW} new of {history:,}", Case.frame_ms, history, options.rounds)
    table(f"the first time, {options.histories[0]:,}", Case.first_ms, options.histories[0], options.rounds)


if __name__ == "__main__":
    main()

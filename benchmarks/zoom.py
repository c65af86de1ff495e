"""How long a new picture of a long history takes: zooming and panning in ten million samples.

    python -m benchmarks.zoom [--rounds 21] [--samples 10000000]

A picture is `View.frame` after the ends of its time axis were set anew: time on the clock of the kernel, without
sending. Beside it, NumPy's least and greatest of a thousand columns (`minimum.reduceat`, `maximum.reduceat`) of
arrays that hold all samples already, which say neither when the extremes were nor in which order. Both run in
turn; figures are medians, spreads are between quartiles. The first picture of all is timed by itself: it finds the
extremes of all blocks, which stay.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import timezone

import numpy as np

from mqttwidgets import Message, SensorStream, Series
from mqttwidgets.base.model import FloatArray
from mqttwidgets.base.times import Window
from mqttwidgets.plot.view import View

_SAMPLES, _BATCH, _RATE_HZ = 10_000_000, 100_000, 1000.0
_COLUMNS, _ROUNDS = 1_000, 21
_SHARES = (1.0, 0.1, 0.01, 0.001, 0.000_1)


def filled(samples: int) -> tuple[SensorStream, Series]:
    """A stream whose one series holds so many samples."""
    stream = SensorStream("#", history=samples)
    stream.deliver(Message("bench", b"1", 0, False, 0.0))
    series = stream.series["bench", ""]
    rng = np.random.default_rng(1)
    for start in range(0, samples, _BATCH):
        series.extend(1.0 + (start + np.arange(_BATCH)) / _RATE_HZ, rng.normal(size=_BATCH))
    return stream, series


def elapsed_ms(action: Callable[[], object]) -> float:
    """What something takes, in milliseconds."""
    started = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - started)


def plain_extremes(time_s: FloatArray, value: FloatArray, start: float, end: float) -> None:
    """NumPy's extremes of each column."""
    edges = np.unique(time_s.searchsorted(np.linspace(start, end, _COLUMNS, endpoint=False)))
    stop = int(time_s.searchsorted(end, "right"))
    within = edges[edges < stop]  # in short spans some columns begin behind the last sample
    for function in (np.minimum, np.maximum):
        function.reduceat(value[:stop], within)


def spread(figures: list[float]) -> str:
    """The median and the quartiles."""
    low, middle, high = statistics.quantiles(figures, n=4)
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--samples", type=int, default=_SAMPLES)
    options = parser.parse_args()
    stream, series = filled(options.samples)
    view = View(stream, Window.parse("1 min"))
    view.frame(0.0, timezone.utc, "UTC")
    time_s, value = series.time, series.value
    length_s = float(time_s[-1] - time_s[0])

    def picture(start: float, end: float) -> None:
        view.span = (start, end)
        view.frame(0.0, timezone.utc, "UTC")

    first_ms = elapsed_ms(lambda: picture(float(time_s[0]), float(time_s[-1])))
    print(f"The first picture of all {options.samples:,} samples: {first_ms:.0f} ms.\n")
    print("| in view | new picture, ms | NumPy's extremes, ms | ratio |")
    print("|---:|---:|---:|---:|")
    rng = np.random.default_rng(2)
    for share in _SHARES:
        ours: list[float] = []
        plain: list[float] = []
        for at in rng.uniform(0.0, 1.0, options.rounds):
            start = float(time_s[0] + at * max(1.0 - share, 1e-4) * length_s)
            end = start + share * length_s
            ours.append(elapsed_ms(lambda start=start, end=end: picture(start, end)))  # type: ignore[misc]
            plain.append(elapsed_ms(lambda start=start, end=end: plain_extremes(time_s, value, start, end)))  # type: ignore[misc]
        ratios = [one / other for one, other in zip(ours, plain, strict=True)]
        print(f"| {share * options.samples:,.0f} | {spread(ours)} | {spread(plain)} | {spread(ratios)} |")


if __name__ == "__main__":
    main()

"""What limits cost: messages read with and without them, as a ratio.

    python -m benchmarks.limits [--rate 5000] [--series 50] [--limits 10] [--rounds 15]

Messages with one number each go into a stream without a broker, as many as come in a twentieth of a second, and
are read; in turn without limits, with limits that no value comes near, with limits of which each series is beyond
one all the time, and with limits of which every other sample is beyond one. Each is the median of its rounds;
"× reading" is the ratio to reading without limits, "of a core" the share of a processor core at that rate.
"""

from __future__ import annotations

import argparse
import statistics
import time

from mqttwidgets import Message, SensorStream
from mqttwidgets.plot.plot_alarms import PlotAlarms

_ROUNDS, _TICKS_A_ROUND, _TICK_S = 15, 20, 0.05
_CASES = {"none": None, "far away": 1000.0, "beyond one all the time": 10.0, "beyond one again and again": 20.5}


class Case:
    """A stream with limits.

    Args:
        threshold: of the first limit, the others a thousand higher each; None for no limits.
        limits: how many.
        series: how many.
    """

    def __init__(self, threshold: float | None, limits: int, series: int) -> None:
        self.stream = SensorStream("bench/#", max_series=series)
        self.alarms = PlotAlarms(self.stream.analysis)
        self.stream.analysis.attend(self.alarms)
        self._topics = [f"bench/{number}" for number in range(series)]
        self._at = time.time()
        self._sent = 0
        for number in range(limits if threshold is not None else 0):
            above = (threshold or 0.0) + 1000.0 * number
            self.stream.limit("*", above=above, hysteresis=0.5)

    def tick_s(self, count: int) -> float:
        """Seconds that it takes to read so many messages and to do what a tick does."""
        messages = []
        for number in range(self._sent, self._sent + count):
            turn, place = divmod(number, len(self._topics))
            payload = b"20.25" if turn % 2 else b"21.25"
            messages.append(Message(self._topics[place], payload, 0, False, self._at + number / 5000))
        self._sent += count
        self.stream.deliver(*messages)
        began = time.perf_counter()
        with self.stream.reading() as series:
            self.alarms.keep_up(series)
        return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=5000, help="messages a second")
    parser.add_argument("--series", type=int, default=50)
    parser.add_argument("--limits", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    options = parser.parse_args()
    cases = {name: Case(threshold, options.limits, options.series) for name, threshold in _CASES.items()}
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    count = round(options.rate * _TICK_S)
    for _ in range(options.rounds):
        for name, case in cases.items():
            seconds[name].append(sum(case.tick_s(count) for _ in range(_TICKS_A_ROUND)))
    base = statistics.median(seconds["none"])
    print(f"{options.rate:,} messages a second of {options.series} series, {options.limits} limits of all\n")
    print("| limits | ms a second | × reading | of a core |\n|---|---|---|---|")
    for name, rounds in seconds.items():
        middle = statistics.median(rounds) / (_TICKS_A_ROUND * _TICK_S)
        ratio = statistics.median(rounds) / base
        print(f"| {name} | {1000 * middle:.0f} | {ratio:.2f} | {middle:.1%} |")


if __name__ == "__main__":
    main()

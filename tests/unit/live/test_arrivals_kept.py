"""When samples arrived, kept beside the times that devices gave them, and what that costs."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqttwidgets import LiveSensorPlot, Sample, SensorStream, Series, rolling_mean
from mqttwidgets.live.eviction import BYTES_A_SAMPLE, SharedMemory

from ...support.feeding import feed, message

NOON = 1_790_000_000.0

BATCHES = st.lists(
    st.tuples(st.booleans(), st.lists(st.integers(0, 60), min_size=1, max_size=12)), min_size=1, max_size=12
)
"""(whether they arrived later than measured, times)."""


def on_the_way(stream: SensorStream, delays_s: list[float], topic: str = "home/meter") -> None:
    """Deliver messages that were measured a second apart and took so long."""
    for number, delay_s in enumerate(delays_s):
        payload = f'{{"time": {NOON + number}, "power": {number}}}'.encode()
        stream.deliver(message(topic, payload, at=NOON + number + delay_s))


def arrived(table: pd.DataFrame, name: str = "received_at") -> list[float]:
    """A column of times, in seconds since noon."""
    seconds: list[float] = (table[name] - pd.Timestamp(NOON, unit="s", tz="UTC")).dt.total_seconds().tolist()
    return seconds


@pytest.mark.parametrize("history", [1_000, 8])
def test_a_column_says_when_samples_arrived(history: int, tmp_path: Path) -> None:
    stream = SensorStream("#", history=history)
    delays_s = [0.25, 0.5, 3.5, 0.75, 0.25, 9.5, 0.5, 0.25]
    on_the_way(stream, delays_s)
    feed(stream, "home/hall", 20.0, 21.0, start=NOON)
    wanted = [number + delay_s for number, delay_s in enumerate(delays_s)]
    table = stream.to_pandas(arrival=True)
    assert arrived(table[table["topic"] == "home/meter"]) == wanted
    assert arrived(table[table["topic"] == "home/hall"]) == [0.0, 1.0]
    assert str(table.dtypes["received_at"]) == "datetime64[ns, UTC]"
    assert list(stream.to_pandas().columns) == [*table.columns][:-1]
    csv = pd.read_csv(stream.to_csv(tmp_path / "run.csv", arrival=True), parse_dates=["time", "received_at"])
    assert arrived(csv) == arrived(table)
    parquet = pd.read_parquet(stream.to_parquet(tmp_path / "run.parquet", arrival=True))
    pd.testing.assert_frame_equal(parquet, table)


def test_a_wide_table_has_such_a_column_for_each_series(tmp_path: Path) -> None:
    stream = SensorStream("#")
    on_the_way(stream, [0.25, 0.5, 3.5])
    feed(stream, "home/hall", 20.0, start=NOON + 1)
    table = stream.to_pandas(wide=True, arrival=True)
    names = ["home/meter /power", "home/hall"]
    assert list(table.columns) == [*names, *(f"{name} received_at" for name in names)]
    assert arrived(table, "home/meter /power received_at") == [0.25, 1.5, 5.5]
    np.testing.assert_array_equal(arrived(table, "home/hall received_at"), [np.nan, 1.0, np.nan])
    csv = pd.read_csv(stream.to_csv(tmp_path / "run.csv", wide=True, arrival=True), index_col="time")
    parquet = pd.read_parquet(stream.to_parquet(tmp_path / "run.pq", wide=True, arrival=True)).set_index("time")
    for name in names:
        for read in (csv, parquet):
            times = pd.DataFrame({"received_at": pd.to_datetime(read[f"{name} received_at"].tolist(), utc=True)})
            np.testing.assert_array_equal(arrived(times), arrived(table, f"{name} received_at"))


def test_a_series_that_begins_without_times_of_its_own_has_all_arrivals() -> None:
    readings = iter([(0.0, 0.0), (1.0, 1.0), (1.5, 3.0), (4.0, 4.0), (2.5, 5.0), (6.0, 6.0)])

    def decode(topic: str, _payload: bytes) -> Sample:
        return Sample(topic, "", NOON + next(readings)[0], 1.0, "")

    stream = SensorStream("#", decoder=decode)
    for arrival in (0.0, 1.0, 3.0, 4.0, 5.0, 6.0):
        stream.deliver(message("a", b"", at=NOON + arrival))
        stream.drain()
    table = stream.to_pandas(arrival=True)
    assert arrived(table, "time") == [0.0, 1.0, 1.5, 2.5, 4.0, 6.0]
    assert arrived(table) == [0.0, 1.0, 3.0, 5.0, 4.0, 6.0]


@settings(max_examples=200)
@given(BATCHES, st.integers(2, 40))
def test_each_sample_keeps_its_arrival_whatever_comes_when(batches: Any, capacity: int) -> None:
    series, kept = Series("a", "", capacity), list[tuple[float, float, float]]()
    number = 0
    copies = []
    for is_late, times in batches:
        values = [float(number + index) for index in range(len(times))]
        number += len(times)
        arrivals = [time + 100 + value for time, value in zip(times, values, strict=True)] if is_late else None
        series.extend([float(time) for time in times], values, arrivals)
        kept += zip(map(float, times), values, arrivals or map(float, times), strict=True)
        kept = sorted(kept, key=lambda sample: sample[0])
        copies.append((series.copy(), list(kept[-capacity:])))
        if number % 3 == 0:
            capacity = max(2, capacity - 1)
            series.shorten(capacity)
    for copy, wanted in [*copies, (series, kept[-capacity:])]:
        found = zip(copy.time.tolist(), copy.value.tolist(), copy.arrivals().tolist(), strict=True)
        assert list(found) == wanted


def test_what_was_computed_never_arrived(tmp_path: Path) -> None:
    plot = LiveSensorPlot("#", "mqtt://broker.local", autostart=False)
    plot.derive("mean", rolling_mean(2))
    on_the_way(plot.stream, [0.5, 0.5, 0.5])
    table = plot.to_pandas(of="*", arrival=True)
    is_computed = table["field"].str.contains("→")
    assert is_computed.sum() == 2
    assert table["received_at"].isna().tolist() == is_computed.tolist()
    again = pd.read_parquet(plot.to_parquet(tmp_path / "run.parquet", of="*", arrival=True))
    pd.testing.assert_frame_equal(again, table)
    plot.close()


def weight_of(payload: str) -> float:
    """What a sample takes in a stream of such messages, by one that arrived at its time."""
    stream = SensorStream("#")
    for number in range(5_000):
        text = payload.format(time=NOON + number)
        stream.deliver(message("a", text.encode(), at=NOON + number + 0.5))
    (series,) = stream.series.values()
    assert len(series) == 5_000
    return series.weight / len(series)


def test_only_times_of_ones_own_take_memory() -> None:
    assert weight_of('{{"power": 5}}') == 1.0
    assert weight_of('{{"time": {time}, "power": 5}}') == 1.5


@pytest.mark.parametrize(("delay_s", "size"), [(None, 16), (0.5, 24)])
def test_a_weight_is_what_is_held(delay_s: float | None, size: int) -> None:
    times = np.arange(131_072.0)  # two chunks, both full
    tracemalloc.start()
    series = Series("a", "", 1_600_000)
    series.extend(times, times, None if delay_s is None else times + delay_s)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert held / len(series) == pytest.approx(size, rel=0.05)
    assert series.weight * 16 == size * len(series)


def test_arrivals_count_among_what_all_series_may_take() -> None:
    limit_bytes = 100_000
    memory = SharedMemory(limit_bytes)
    timed, plain = Series("timed", "", 100_000), Series("plain", "", 100_000)
    for start in range(0, 20_000, 100):
        times = np.arange(start, start + 100.0)
        timed.extend(times, times, times + 0.5)
        plain.extend(times, times)
        memory.note(250, [timed, plain])
    held = 24 * len(timed) + 16 * len(plain)
    assert held <= limit_bytes * 16 / BYTES_A_SAMPLE
    assert held > 0.8 * limit_bytes
    assert len(plain) == pytest.approx(1.5 * len(timed), rel=0.2)

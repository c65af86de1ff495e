"""Samples taken away: files that hold what to_pandas shows, whole or not at all."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import InvalidValueError, MissingPackageError, Sample, SensorStream, Series
from mqttwidgets.export import files
from mqttwidgets.export.csv_text import csv_text
from mqttwidgets.export.pieces import Samples

from .feeding import feed, message

TIMES = st.floats(1.7e9, 1.7e9 + 1e-4) | st.sampled_from([1.7e9, 1.7e9 + 1e-6])


@pytest.fixture
def stream() -> SensorStream:
    """Three series: two with many samples and a few times in common, one with a name that needs quotes."""
    stream = SensorStream("#", history=400_000)
    feed(stream, "lab/oven", 20.0, start=1.7e9)
    stream.deliver(message("lab/bath", b'{"temperature": {"value": 0.1, "unit": "Cel"}}', at=1.7e9 + 1))
    stream.deliver(message('lab/"a, b"', b"1e-7", at=1.7e9 + 2))
    rng = np.random.default_rng(5)
    for (topic, _), series in stream.series.items():
        if "a, b" not in topic:
            time = 1.7e9 + 3 + np.sort(rng.integers(0, 10**6, 60_000)) / 1000
            series.extend(time, rng.normal(size=len(time)) * 10.0 ** rng.integers(-300, 300, len(time)))
    return stream


def read_csv(path: Path, **options: Any) -> pd.DataFrame:
    """A file as its readers are told to read it."""
    table: pd.DataFrame = pd.read_csv(path, parse_dates=["time"], **options)
    return table


@pytest.mark.parametrize("name", ["run.csv", "run.csv.gz"])
def test_csv_holds_what_pandas_shows(stream: SensorStream, tmp_path: Path, name: str) -> None:
    assert stream.to_csv(tmp_path / name) == tmp_path / name
    table = read_csv(tmp_path / name, keep_default_na=False)
    pd.testing.assert_frame_equal(table, stream.to_pandas(), check_dtype=False, check_exact=True)


def test_wide_csv_has_a_column_for_each_series(stream: SensorStream, tmp_path: Path) -> None:
    table = read_csv(stream.to_csv(tmp_path / "run.csv", wide=True))
    wanted = stream.to_pandas(wide=True)
    assert list(table.columns) == ["time", *wanted.columns]
    assert (table.pop("time").to_numpy() == wanted.index.to_numpy()).all()
    np.testing.assert_array_equal(table.to_numpy(), wanted.to_numpy())


@pytest.mark.parametrize("wide", [False, True])
def test_parquet_holds_what_pandas_shows(stream: SensorStream, tmp_path: Path, wide: bool) -> None:
    table = pd.read_parquet(stream.to_parquet(str(tmp_path / "run.parquet"), wide=wide))
    wanted = stream.to_pandas(wide=wide)
    pd.testing.assert_frame_equal(table, wanted.reset_index() if wide else wanted, check_dtype=not wide)


def test_columns_of_one_name_are_numbered_everywhere(tmp_path: Path) -> None:
    readings = [Sample(*name, 1.7e9, 1.0) for name in (("a b", ""), ("a", "b"), ("time", ""), ("a b (2)", ""))]
    stream = SensorStream("#", decoder=lambda _topic, _payload: readings)
    stream.deliver(message("lab", b""))
    names = ["a b", "a b (2)", "time (2)", "a b (2) (2)"]
    assert list(stream.to_pandas(wide=True).columns) == names
    for read, path in (
        (pd.read_csv, stream.to_csv(tmp_path / "run.csv", wide=True)),
        (pd.read_parquet, stream.to_parquet(tmp_path / "run.parquet", wide=True)),
    ):
        assert list(read(path).columns) == ["time", *names]


@pytest.mark.parametrize("wide", [False, True])
def test_without_samples_there_is_a_header(tmp_path: Path, wide: bool) -> None:
    stream = SensorStream("#")
    header = "time" if wide else "time,topic,field,value,unit"
    assert stream.to_csv(tmp_path / "run.csv", wide=wide).read_text() == f"{header}\n"
    table = pd.read_parquet(stream.to_parquet(tmp_path / "run.parquet", wide=wide))
    assert list(table.columns) == header.split(",")
    assert not len(table)


def test_names_that_utf_8_has_not_are_spelt_out_and_harm_no_export(tmp_path: Path) -> None:
    stream = SensorStream("#")
    payload = b'{"\\ud800": 1.5, "\\ud801": {"state": "ON"}, "a": {"value": 5, "unit": "\\udfff"}}'
    stream.deliver(message("lab", payload, at=1.7e9))
    wanted = ["/\\ud800", "/\\ud801/state", "/a/value"]
    assert [series.field for series in stream.series.values()] == wanted
    assert [series.is_state for series in stream.series.values()] == [False, True, False]
    assert stream.series["lab", "/a/value"].unit == "\\udfff"
    stream.deliver(message("lab", b'{"\\ud800": null, "a": {"value": 6}}', at=1.7e9 + 3))
    assert stream.series["lab", "/\\ud800"].is_interrupted
    assert read_csv(stream.to_csv(tmp_path / "run.csv")).field.tolist() == [*wanted, "/a/value"]
    assert pd.read_parquet(stream.to_parquet(tmp_path / "run.parquet")).field.tolist() == [*wanted, "/a/value"]


def test_so_are_those_of_a_decoder_of_ones_own() -> None:
    stream = SensorStream("#", decoder=lambda topic, _payload: Sample("\ud800", "\ud801", 0.0, 1.0, "\ud802"))
    stream.deliver(message("lab", b""))
    assert stream.to_pandas().iloc[0][["topic", "field", "unit"]].tolist() == ["\\ud800", "\\ud801", "\\ud802"]


@pytest.mark.parametrize("wide", [False, True])
def test_csv_keeps_names_that_hold_what_parts_rows(tmp_path: Path, wide: bool) -> None:
    fields = ["a\rb", "a\nb", "\r\n", 'a"b', "a,b", "a;\tb "]
    stream = SensorStream("#", decoder=lambda _topic, _payload: dict.fromkeys(fields, 1.0))
    stream.deliver(message("lab", b"", at=1.7e9))
    table, wanted = read_csv(stream.to_csv(tmp_path / "run.csv", wide=wide)), stream.to_pandas(wide=wide)
    assert len(table) == len(wanted)
    assert list(table.columns[1:] if wide else table.field) == list(wanted.columns if wide else wanted.field)


def test_a_span_takes_what_is_in_it(stream: SensorStream) -> None:
    samples = stream.snapshot((1.7e9 + 1, 1.7e9 + 2))
    assert samples.total == 2
    assert sum(len(columns.time) for piece in samples.pieces() for columns in piece) == 2


@given(st.lists(st.lists(TIMES, max_size=40), max_size=3))
def test_pieces_are_in_order_and_complete(times: list[list[float]]) -> None:
    series = []
    for number, one in enumerate(times):
        series.append(Series(str(number), "", capacity=50))
        series[-1].extend(one, list(range(len(one))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mqttwidgets.export.pieces._ROWS", 1)
        patch.setattr("mqttwidgets.export.pieces._FEWEST", 3)
        pieces = list(Samples(series).pieces())
    for number, whole in enumerate(series):
        np.testing.assert_array_equal(
            np.concatenate([[], *(piece[number].value for piece in pieces)]), whole.value
        )
    spans = [[moment for columns in piece for moment in columns.time.tolist()] for piece in pieces]
    assert all(spans)
    assert all(max(one) < min(other) for one, other in pairwise(spans))


def test_what_comes_or_goes_meanwhile_changes_nothing() -> None:
    series = Series("a", "", capacity=3)
    series.extend([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    text = csv_text(Samples([series]), wide=False)
    next(text)
    series.extend([4.0, 5.0, 0.5], [4.0, 5.0, 0.5])
    assert [row.split(",")[3] for row in next(text)[0].splitlines()] == ["1.0", "2.0", "3.0"]


def test_a_broken_export_leaves_the_former_file(stream: SensorStream, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("former")

    def break_off(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stream.to_csv(path, progress=break_off)
    assert [file.name for file in tmp_path.iterdir()] == ["run.csv"]
    assert path.read_text() == "former"
    stream.to_csv(path)
    assert path.read_text().startswith("time,")


def test_a_link_to_a_file_stays_one(stream: SensorStream, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "run.csv").symlink_to(tmp_path / "there" / "run.csv")
    stream.to_csv(tmp_path / "run.csv")
    assert (tmp_path / "run.csv").is_symlink()
    assert (tmp_path / "there" / "run.csv").stat().st_size > 1_000_000


def test_a_wrong_path_is_named(stream: SensorStream, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="is a folder: add the name"):
        stream.to_csv(tmp_path)
    with pytest.raises(InvalidValueError, match="there is no folder"):
        stream.to_parquet(tmp_path / "missing" / "run.parquet")


def test_without_pyarrow_there_is_advice(stream: SensorStream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingPackageError, match=r"mqttwidgets\[parquet\]"):
        stream.to_parquet("run.parquet")


def test_progress_is_told_in_samples(stream: SensorStream, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    stream.to_csv(tmp_path / "run.csv", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (120_003, 120_003)
    assert len(told) > 2
    assert told == sorted(told)


def test_a_line_appears_only_when_it_takes_long(
    stream: SensorStream, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_SILENT_S", 0.0)
    monkeypatch.setattr(files, "_INTERVAL_S", 0.0)
    stream.to_csv(tmp_path / "run.csv", progress=False)
    assert capsys.readouterr().out == ""
    stream.to_csv(tmp_path / "run.csv")
    assert capsys.readouterr().out.endswith("\rrun.csv: 100%, 120,003 of 120,003 samples \n")
    monkeypatch.setattr(files, "_SILENT_S", 1e9)
    stream.to_csv(tmp_path / "run.csv")
    assert capsys.readouterr().out == ""

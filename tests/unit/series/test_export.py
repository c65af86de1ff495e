"""Samples taken away: files that hold what to_pandas shows, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import re
import socket
import stat
import subprocess
import sys
import threading
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mqttwidgets
from mqttwidgets import InvalidValueError, LiveSensorPlot, MissingPackageError, Sample, SensorStream, Series
from mqttwidgets.series import files
from mqttwidgets.series.export import csv_text, inert
from mqttwidgets.series.samples import Origin, Samples
from mqttwidgets.series.table import long_table, rows_by_time, wide_table

from ...support.feeding import feed, message

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


IS_EXACT = tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1)
"""Whether pandas reads decimal numbers exactly without being told to."""


def read_csv(path: Path, **options: Any) -> pd.DataFrame:
    """A file as its readers are told to read it."""
    exactly: dict[str, Any] = {} if IS_EXACT else {"float_precision": "round_trip"}
    table: pd.DataFrame = pd.read_csv(path, parse_dates=["time"], **exactly, **options)
    return table


def as_it_was(text: str) -> str:
    """A text of a CSV file without what keeps spreadsheets from running it."""
    return re.sub(r"(^|[,;\t\r\n])'", r"\1", text)


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


def test_a_folder_that_takes_no_file_is_told_by_the_name_that_was_asked_for(stream: SensorStream) -> None:
    with pytest.raises(OSError, match=r"'/proc/night\.csv'$"):
        stream.to_csv("/proc/night.csv")


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
    names = [*table.columns[1:]] if wide else table.field.tolist()
    assert list(map(as_it_was, names)) == list(wanted.columns if wide else wanted.field)


def test_wide_tables_have_every_sample_of_a_clock_of_whole_seconds(tmp_path: Path) -> None:
    """Sixty samples with four times among them: each is in all three tables, in order."""
    stream = SensorStream(
        "#", decoder=lambda topic, payload: Sample(topic, "", float(payload[:10]), float(payload[10:]), "")
    )
    for number in range(60):
        stream.deliver(message("a", f"{1_700_000_000 + number // 15:010d}{number}".encode()))
    for number in range(3):
        stream.deliver(message("b", f"{1_700_000_001:010d}{number}".encode()))
    csv_file, parquet = (
        stream.to_csv(tmp_path / "a.csv", wide=True),
        stream.to_parquet(tmp_path / "a.pq", wide=True),
    )
    for table in (
        stream.to_pandas(wide=True),
        read_csv(csv_file, index_col="time"),
        pd.read_parquet(parquet).set_index("time"),
    ):
        assert len(table) == 60
        assert table["a"].tolist() == [*range(60)]
        assert {str(each) for each in table["b"].dropna().index} == {"2023-11-14 22:13:21+00:00"}
        assert table["b"].iloc[15:18].tolist() == [0, 1, 2]
        assert table.index.nunique() == 4


@given(st.lists(st.lists(st.integers(0, 6), max_size=12).map(sorted), max_size=3))
def test_rows_of_one_time_hold_every_sample_in_order(times: list[list[int]]) -> None:
    moments, table = rows_by_time(
        [np.array(each, np.int64) for each in times], [np.arange(float(len(each))) for each in times]
    )
    for number, each in enumerate(times):
        (rows,) = (~np.isnan(table[:, number])).nonzero()
        assert table[rows, number].tolist() == [*range(len(each))]
        assert moments[rows].tolist() == each
    wanted = {moment: max(each.count(moment) for each in times) for each in times for moment in each}
    assert moments.tolist() == [moment for moment in sorted(wanted) for _ in range(wanted[moment])]


def test_a_wide_table_of_distinct_times_is_what_pandas_joins() -> None:
    series = [Series("a", "", 9_000), Series("a", "b", 9_000)]
    columns = {}
    for one in series:
        steps = np.random.default_rng(len(one.label)).permutation(9_000)[:5_000]
        one.extend(1.7e9 + np.sort(steps) / 1000, np.arange(5_000.0))
        times = pd.to_datetime(1_700_000_000_000 + np.sort(steps), unit="ms", utc=True).as_unit("ns")
        columns[one.label] = pd.Series(one.value, times.rename("time"))
    wanted = pd.concat(columns, axis=1, sort=False).sort_index()
    pd.testing.assert_frame_equal(wide_table(series), wanted, check_index_type=True, check_column_type=True)


RUN_BY_SPREADSHEETS = (
    "=1+1",
    "@SUM(1)",
    "+1+1",
    "-2+3",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "a;=1+1",
    "a\t@b",
    '"=1',
    "'=1",
)


@pytest.mark.parametrize("wide", [False, True])
def test_no_text_in_csv_is_a_formula(tmp_path: Path, wide: bool) -> None:
    stream = SensorStream("#", decoder=lambda topic, _payload: Sample(topic, topic, 1.7e9, -5.0, topic))
    for text in (*RUN_BY_SPREADSHEETS, "-", "lab/oven"):
        stream.deliver(message(text, b""))
    path = stream.to_csv(tmp_path / "run.csv", wide=wide)
    for delimiter in (",", ";", "\t"):
        with path.open(newline="", encoding="utf-8") as file:
            cells = [cell for row in csv.reader(file, delimiter=delimiter) for cell in row]
        if delimiter != ",":  # what is parted where it should not be
            cells = [cell for cell in cells if not re.search(r"[\",]", cell)]
        wrong = [cell for cell in cells if re.match(r"[=+\-@＝＋－＠\t\r\n]", cell)]
        assert [cell for cell in wrong if cell not in ("-", "-5.0")] == []
    table, wanted = read_csv(path), stream.to_pandas(wide=wide)
    if wide:
        assert list(map(as_it_was, table.columns[1:])) == list(wanted.columns)
        assert set(table.iloc[0, 1:]) == {-5.0}
    else:
        for name in ("topic", "field", "unit"):
            assert list(map(as_it_was, table[name])) == wanted[name].tolist()
            advised = table[name].str.replace(r"(^|[,;\t\r\n])'", r"\1", regex=True)
            assert advised.tolist() == wanted[name].tolist()
        assert set(table["value"]) == {-5.0}
        assert table["topic"].iloc[-1] == "lab/oven"


@given(st.text(alphabet="a=-'\t\r\n;,+ \u00a0", max_size=8))
def test_a_text_in_csv_can_be_had_back(text: str) -> None:
    assert as_it_was(inert(text)) == text
    assert len(inert(text)) == 1 or not re.search(r"(^|[;\t\r\n])[ \u00a0]*[=+\-@]", inert(text))


def told_by(path: Path) -> Any:
    """What a Parquet file says of itself."""
    return json.loads(pyarrow.parquet.read_schema(path).metadata[b"mqttwidgets"])


@pytest.mark.parametrize("wide", [False, True])
def test_files_and_tables_say_where_they_come_from(tmp_path: Path, wide: bool) -> None:
    stream = SensorStream(["lab/#", "yard/+"], "mqtts://me:canary-8f3a@broker.local:8884/", decoder=float_of)
    feed(stream, "lab/oven", 20.0, 21.0, start=1.7e9)
    stream.link_lost()
    feed(stream, "lab/oven", 22.0, start=1.7e9 + 60)
    path = stream.to_parquet(tmp_path / "run.parquet", wide=wide)
    told, read = told_by(path), pd.read_parquet(path)
    assert told["broker"] == str(stream.broker)
    assert "broker.local:8884" in told["broker"]
    assert (told["topics"], told["decoder"]) == (["lab/#", "yard/+"], "float_of")
    assert told["version"] == mqttwidgets.__version__
    assert told["zone"] == datetime.now().astimezone().tzname()
    gap = {
        "topic": "lab/oven",
        "field": "",
        "from": "2023-11-14T22:13:21+00:00",
        "to": "2023-11-14T22:14:20+00:00",
    }
    assert (told["gaps"], told["events"], told["notes"]) == ([gap], [], [])
    assert "canary" not in str(pyarrow.parquet.read_schema(path).metadata)
    table = stream.to_pandas(wide=wide)
    of_table = json.loads(table.attrs["mqttwidgets"])
    assert {**of_table, "taken_at": told["taken_at"]} == told == json.loads(read.attrs["mqttwidgets"])
    again = table.to_parquet(tmp_path / "again.parquet") or tmp_path / "again.parquet"
    assert pd.read_parquet(again).attrs == table.attrs
    assert b"pandas" in pyarrow.parquet.read_schema(again).metadata


def test_a_table_and_what_is_told_of_it_are_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = SensorStream("#")
    feed(stream, "lab/oven", 20.0, 21.0, start=1.7e9)

    def table_while_more_comes(series: Any, **options: Any) -> pd.DataFrame:
        table = long_table(series, **options)
        stream.link_lost()
        feed(stream, "lab/oven", 22.0, 23.0, start=1.7e9 + 60)
        return table

    monkeypatch.setattr("mqttwidgets.sensor_stream.long_table", table_while_more_comes)
    table = stream.to_pandas()
    assert table["value"].tolist() == [20.0, 21.0]
    assert json.loads(table.attrs["mqttwidgets"])["gaps"] == []
    assert stream.ledger.stored == 4


def float_of(_topic: str, payload: bytes) -> float:
    """A decoder with a name."""
    return float(payload)


def test_of_very_many_gaps_the_newest_are_told() -> None:
    series = Series("a", "", 5_000)
    for number in range(1_500):
        series.mark_gap()
        series.extend([float(number)], [0.0])
    text = Origin("mqtt://h", ["a"], "auto", "UTC", ["clocks"]).text([series])
    told = json.loads(text)
    assert len(told["gaps"]) == 500
    assert told["gaps"][-1]["to"] == "1970-01-01T00:24:59+00:00"
    assert told["notes"] == ["clocks", "999 gaps before those told here"]
    assert len(text) < 100_000


def test_a_plot_tells_its_zone_and_its_events_too(tmp_path: Path) -> None:
    plot = LiveSensorPlot("home/#", "mqtt://broker.local", autostart=False)
    viewer = plot._context.viewer  # noqa: SLF001
    viewer.zone, viewer.zone_name = ZoneInfo("Asia/Kolkata"), "Asia/Kolkata"
    plot.limit("*", above=30)
    feed(plot.stream, "home/a", 31.5, 20.0, start=1.7e9)
    plot.stream.deliver(message("home/a", b'{"time": "1999", "temperature": 21}'))
    told = told_by(plot.to_parquet(tmp_path / "run.parquet", of="*"))
    event = {"start": "2023-11-14T22:13:20+00:00", "end": "2023-11-14T22:13:21+00:00", "is_end_known": True}
    names = {"topic": "home/a", "field": "", "unit": "", "limit": "above 30", "peak": 31.5}
    assert told["events"] == [{**event, **names}]
    assert told["zone"] == "Asia/Kolkata"
    assert json.loads(plot.to_pandas().attrs["mqttwidgets"])["events"] == told["events"]
    plot.close()


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
        patch.setattr("mqttwidgets.series.samples._ROWS", 1)
        patch.setattr("mqttwidgets.series.samples._FEWEST", 3)
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


@pytest.fixture
def one() -> SensorStream:
    """One sample."""
    stream = SensorStream("#")
    feed(stream, "lab/oven", 20.0, start=1.7e9)
    return stream


ONE = "time,topic,field,value,unit\n2023-11-14T22:13:20.000000Z,lab/oven,,20.0,\n"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_that_is_replaced_keeps_its_mode_and_its_owner(
    one: SensorStream, tmp_path: Path, mode: int, kind: str
) -> None:
    path = tmp_path / "run"
    path.write_text("former")
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, 12_345, 23_456)
    former = path.stat()
    getattr(one, f"to_{kind}")(path)
    kept = path.stat()
    assert kept.st_ino != former.st_ino
    assert (stat.S_IMODE(kept.st_mode), kept.st_uid, kept.st_gid) == (mode, former.st_uid, former.st_gid)


def test_a_private_file_is_private_while_it_is_written(one: SensorStream, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.touch(0o600)
    modes: list[int] = []
    one.to_csv(
        path, progress=lambda *_: modes.extend(stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir())
    )
    assert set(modes) == {0o600}
    assert len(modes) >= 2


def test_a_new_file_has_the_usual_mode(one: SensorStream, tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    assert one.to_csv(tmp_path / "run.csv").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("name", ["a" * 251 + ".csv", "ü" * 125 + ".gz"])
def test_the_longest_name_is_written(one: SensorStream, tmp_path: Path, name: str) -> None:
    assert len(name.encode()) in (253, 255)
    assert len(read_csv(one.to_csv(tmp_path / name))) == 1
    assert len(pd.read_parquet(one.to_parquet(tmp_path / name))) == 1
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_link_to_nothing_leads_to_the_new_file(one: SensorStream, tmp_path: Path) -> None:
    (tmp_path / "run.csv").symlink_to("there.csv")
    one.to_csv(tmp_path / "run.csv")
    assert (tmp_path / "run.csv").is_symlink()
    assert (tmp_path / "there.csv").read_text() == ONE
    (tmp_path / "round.csv").symlink_to("round.csv")
    with pytest.raises(OSError, match="symbolic links"):
        one.to_csv(tmp_path / "round.csv")


def test_a_device_is_written_to_and_not_replaced(one: SensorStream, tmp_path: Path) -> None:
    null = tmp_path / "null"
    null.symlink_to(os.devnull)
    assert one.to_csv(null) == null
    assert stat.S_ISCHR(null.stat().st_mode)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    with pytest.raises(InvalidValueError, match="null' is no file on a disk, which this format needs"):
        one.to_parquet(null)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    with pytest.raises(OSError, match="No space left"):
        one.to_csv("/dev/full")


def test_a_pipe_is_written_to_once_somebody_reads(one: SensorStream, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InvalidValueError, match="nobody reads from the pipe"):
        one.to_csv(pipe)
    read: list[str] = []
    descriptor = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor) as file:
        reader = threading.Thread(target=lambda: read.append(file.read()))
        one.to_csv(pipe)
        reader.start()
        reader.join(10)
    assert read == [ONE]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_socket_is_left_as_it_is(one: SensorStream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for write in (one.to_csv, one.to_parquet):
            with pytest.raises(InvalidValueError, match="'socket' is no file"):
                write("socket")
        assert stat.S_ISSOCK(Path("socket").stat().st_mode)


@pytest.mark.parametrize("target", ["/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"])
def test_what_is_written_to_the_output_goes_where_that_goes(tmp_path: Path, target: str) -> None:
    program = (
        "import time, mqttwidgets as mw\n"
        "stream = mw.SensorStream('#')\n"
        "stream.deliver(mw.Message('lab/oven', b'20', 0, False, 1.7e9))\n"
        f"print('before'); stream.to_csv({target!r}); print('after')\n"
    )
    written = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert written.stdout == f"before\n{ONE}after\n"
    out = tmp_path / "out"
    with out.open("w") as file:
        subprocess.run([sys.executable, "-c", program], stdout=file, check=True)
    assert out.read_text() == f"before\n{ONE}after\n"


def test_a_file_that_may_not_be_written_is_not_replaced_either(one: SensorStream, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("former")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)  # as it is to who is not root
        with pytest.raises(PermissionError, match=r"run\.csv"):
            one.to_csv(path)
    assert path.read_text() == "former"
    with pytest.raises(InvalidValueError, match="is no path"):
        one.to_csv("a\0b")
    with pytest.raises(InvalidValueError, match="there is no such user"):
        one.to_csv("~nobody-of-that-name/run.csv")


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

"""A selection: what it takes, what it holds, and what stands beneath the picture."""

from __future__ import annotations

import itertools
import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest
import traitlets

from mqttwidgets import InvalidValueError, LiveSensorPlot, rolling_mean
from mqttwidgets.plot.selection import span_text
from mqttwidgets.series.table import long_table

from ...support.feeding import feed
from ..plot.test_texts import ALLOWED, NASTY
from .test_live_sensor_plot import Doors, plot_of, widgets_alive

UTC = timezone.utc
_WITHOUT_SELECTION = 7  # parts that a plot has before something is selected for the first time
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def a_frame_has_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, a frame reads all that came and computes all figures; one test wants less."""
    monkeypatch.setattr("mqttwidgets.plot.plot._DECODING_S", math.inf)
    monkeypatch.setattr("mqttwidgets.plot.selection._COMPUTING_S", math.inf)


def table(plot: LiveSensorPlot) -> str:
    """The HTML beneath the picture; nothing while nothing is selected."""
    for panel in plot.children[_WITHOUT_SELECTION:]:
        if panel.children:
            return str(panel.children[0].value)
    return ""


def cells(plot: LiveSensorPlot) -> list[list[str]]:
    """The texts of the table, row by row."""
    rows = re.findall(r"<tr>(.*?)</tr>", table(plot))
    return [[re.sub(r"<.*?>", "", cell).strip() for cell in re.split(r"</t[hd]>", row)[:-1]] for row in rows[1:]]


@pytest.mark.parametrize(
    "noon",
    [
        NOON,
        NOON.astimezone(timezone(timedelta(hours=9, minutes=30))),
        NOON.astimezone().replace(tzinfo=None),
        "2026-03-01T12:00:00Z",
        " 2026-03-01 13:00+01:00 ",
        "2026-03-01T12:00:00.0000000Z",
        pd.Timestamp(NOON),
        pd.Timestamp(NOON.astimezone().replace(tzinfo=None)),
        NOON.timestamp(),
        np.float64(NOON.timestamp()),
        int(NOON.timestamp()),
    ],
)
def test_a_selection_takes_every_form_of_a_time(noon: Any) -> None:
    plot = plot_of()
    plot.selection = (NOON + timedelta(seconds=1, microseconds=5), noon)
    start, end = plot.selection
    assert (start, end) == (NOON, NOON + timedelta(seconds=1, microseconds=5))
    assert start.tzinfo is end.tzinfo is UTC
    plot.selection = [noon, noon]
    plot.selection = None
    assert plot.selection is None
    plot.close()


@pytest.mark.parametrize(
    "wrong",
    [
        *(5, "2026-03-01", (NOON,), (NOON, NOON, NOON), (NOON, "soon"), (NOON, None), (NOON, True)),
        *((0, float("nan")), (0, float("inf")), (0, 1e18), (NOON, pd.NaT), (NOON, "2026-02-30"), {}),
    ],
)
def test_what_is_no_span_is_refused_in_words_and_changes_nothing(wrong: Any) -> None:
    plot = plot_of()
    plot.selection = (1, 2)
    before = plot.selection
    with pytest.raises(traitlets.TraitError, match=r"selection is None or .*epoch seconds"):
        plot.selection = wrong
    with pytest.raises(InvalidValueError):
        plot.selection = wrong
    assert plot.selection == before
    plot.close()


def test_selected_samples_are_those_of_the_series_shown() -> None:
    plot = plot_of()
    feed(plot.stream, "a", 1.0, 2.0, 3.0, 4.0, start=10.0)
    feed(plot.stream, "b", 5.0, 6.0, start=11.5)
    feed(plot.stream, "c", 7.0, start=11.0)
    assert plot.selected().empty
    assert list(plot.selected().columns) == ["time", "topic", "field", "value", "unit"]
    assert plot.selected(wide=True).empty

    plot.selection = (12.0, 11.0)
    plot.hidden = [("c", "")]
    assert plot.selected()["value"].tolist() == [2.0, 5.0, 3.0]
    assert plot.selected(wide=True)["a"].dropna().tolist() == [2.0, 3.0]
    assert len(plot.to_pandas()) == 7
    plot.close()


def test_a_table_of_selected_samples_is_built_while_the_stream_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    plot = plot_of()
    feed(plot.stream, "a", 1.0, 2.0)
    readers: list[int] = []

    def build(series: Any, between: Any) -> Any:
        readers.append(plot.stream._readers)  # noqa: SLF001 - whether the stream is held
        return long_table(series, between)

    monkeypatch.setattr("mqttwidgets.plot.selection.long_table", build)
    plot.selection = (0.0, 5000.0)
    assert len(plot.selected()) == 2
    assert readers == [0]
    plot.close()


def test_a_selection_from_the_times_of_a_table_has_just_its_rows() -> None:
    plot = plot_of()
    start, step_s = 1_790_000_000.1234567, 0.0001237  # between two microseconds
    feed(plot.stream, "a", *map(float, range(200)), start=start, step_s=step_s)
    rows = plot.to_pandas().iloc[50:120]
    plot.selection = rows["time"].min(), rows["time"].max()
    assert plot.selected()["value"].tolist() == rows["value"].tolist()
    plot.close()


def test_statistics_are_of_the_selection_else_of_what_is_in_view() -> None:
    plot = plot_of(window="10 s", decoder=Doors())
    now = datetime.now(UTC).timestamp()
    feed(plot.stream, "a", 99.0, start=now - 60)
    feed(plot.stream, "a", 1.0, 2.0, 6.0, start=now - 4)
    feed(plot.stream, "door", 1.0, 0.0, start=now - 4, step_s=3.0)
    in_view = plot.statistics()
    assert list(in_view.columns) == [
        *("topic", "field", "unit", "count", "mean", "min", "max", "std", "first", "last", "difference"),
        *("rate_hz", "on_share", "changes"),
    ]
    a, door = in_view.to_dict("records")
    assert (a["count"], a["mean"], a["min"], a["max"], a["rate_hz"]) == (3, 3.0, 1.0, 6.0, pytest.approx(1.0))
    assert a["std"] == pytest.approx(np.std([1.0, 2.0, 6.0], ddof=1))
    assert (a["first"], a["last"], a["difference"]) == (1.0, 6.0, 5.0)
    assert (door["first"], door["last"]) == (1.0, 0.0)
    assert np.isnan([a["on_share"], door["difference"]]).all()
    assert (door["count"], door["on_share"], door["changes"]) == (2, 1.0, 1), "off is known for no time yet"
    assert np.isnan([door["mean"], door["std"]]).all()

    plot.selection = (now - 100, now - 50)
    a, door = plot.statistics().to_dict("records")
    assert (a["count"], a["mean"], door["count"]) == (1, 99.0, 0)
    plot.close()


def test_statistics_without_a_selection_are_of_where_the_view_stays() -> None:
    plot = plot_of(window="10 s")
    feed(plot.stream, "a", *map(float, range(100)), start=0.0)
    plot.time_range = (20.0, 30.0)
    assert plot.statistics()[["count", "min", "max"]].to_numpy().tolist() == [[11.0, 20.0, 30.0]]
    plot.close()


def test_statistics_of_nothing_have_their_columns() -> None:
    plot = plot_of()
    assert plot.statistics().empty
    assert plot.statistics()["count"].dtype == np.int64
    plot.close()


def test_the_table_comes_with_a_selection_and_goes_with_its_cross() -> None:
    before = widgets_alive()
    plot = plot_of(window=100, decoder=Doors())
    feed(plot.stream, "a", 1_000_000.25, 1_000_001.75, 1_000_003.0, start=1.0)
    feed(plot.stream, "door", 1.0, 0.0, 1.0, start=1.0)
    plot.draw(1000.0)
    assert table(plot) == ""
    plot.selection = (1.0, 2.5)
    plot.draw(1001.0)
    ends = ["1,000,000.25", "1,000,001.75"]
    assert cells(plot) == [
        ["a", "2", "1,000,001", *ends, "1.061", *ends, "+1.5", "1/s"],
        ["door", "2", "on 66.7 %", "off", "on", "1 change", "on", "off", "–", "1/s"],
    ]
    plot.children[-1].children[1].click()
    plot.draw(1002.0)
    assert (plot.selection, table(plot)) == (None, "")
    plot.close()
    assert widgets_alive() == before


def test_a_selection_that_ends_in_the_future_grows() -> None:
    plot = plot_of(window=100)
    plot.selection = (0.0, 5000.0)
    for now in (1000.0, 1002.0, 1004.0):
        feed(plot.stream, "a", 1.0, start=now)
        plot.draw(now)
        assert cells(plot)[0][1] == f"{(now - 998) / 2:.0f}"
        assert "grows" in table(plot)
    assert len(plot.selected()) == 3
    plot.draw(6000.0)
    assert "grows" not in table(plot)
    plot.close()


def test_the_table_is_computed_once_a_second_and_only_for_something_new() -> None:
    plot = plot_of(window=100)
    plot.selection = (0.0, 5000.0)
    feed(plot.stream, "a", 1.0, start=1000.0)
    plot.draw(1000.0)
    for now, count in ((1000.4, "1"), (1001.2, "3")):
        feed(plot.stream, "a", 1.0, start=now)
        plot.draw(now)
        assert cells(plot)[0][1] == count
    plot.hidden = [("a", "")]
    feed(plot.stream, "b", 1.0, start=1001.4)
    plot.draw(1001.4)
    assert [row[0] for row in cells(plot)] == ["b"], "what is shown counts at once"
    plot.close()


def test_figures_of_a_derived_line_follow_what_is_computed_after_the_latest_message() -> None:
    plot = plot_of(window=100, history=50_000)
    feed(plot.stream, "a", 0.0)
    ((_, series),) = plot.stream.series.items()
    series.extend(np.arange(1.0, 50_000.0), np.ones(49_999))
    plot.derive("mean", rolling_mean("0.5 s"))
    plot._plot.derivations._now = itertools.count(step=0.006).__next__  # noqa: SLF001 - time for one run of samples
    plot.selection = (0.0, 50_000.0)
    counts = []
    for frame in range(10):
        plot.draw(100_000.0 + frame)
        counts.append([row[1] for row in cells(plot)])
    assert counts[0] != counts[-1] == ["50,000", "50,000"]
    plot.close()


def test_a_paused_plot_keeps_the_figures_of_its_picture() -> None:
    plot = plot_of(window=100, history=5)
    feed(plot.stream, "a", *range(5), start=1.0)
    plot.selection = (0.0, 100.0)
    plot.draw(1000.0)
    plot.paused = True
    feed(plot.stream, "a", *range(20), start=10.0)
    plot.draw(1002.0)
    assert cells(plot)[0][1:5] == ["5", "2", "0", "4"]
    assert plot.selected()["value"].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    plot.paused = False
    plot.draw(1004.0)
    assert cells(plot)[0][1:5] == ["5", "17", "15", "19"]
    plot.close()


def test_what_takes_long_is_done_over_several_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    plot = plot_of(window=100, history=200_000)
    feed(plot.stream, "a", 1.0, start=0.0)
    ((_, series),) = plot.stream.series.items()
    series.extend(np.arange(1.0, 100_000.0), np.ones(99_999))
    plot.selection = (0.0, 100_000.0)
    monkeypatch.setattr("mqttwidgets.plot.selection._COMPUTING_S", 0.0)
    monkeypatch.setattr("mqttwidgets.series.statistics.time.monotonic", iter(np.arange(0.0, 1e4, 0.001)).__next__)
    plot.draw(1000.0)
    assert cells(plot)[0][1] == "…"
    monkeypatch.undo()
    for frame in range(1, 100):
        plot.draw(1000.0 + frame / 10)
        if cells(plot)[0][1] != "…":
            break
    assert cells(plot)[0][1] == "100,000"
    plot.close()


def test_of_many_series_the_first_have_rows_and_foreign_names_are_literal() -> None:
    plot = plot_of(window=100, max_series=100)
    feed(plot.stream, NASTY.replace("\n", "").replace("+", ""), 5.0, start=1.0)
    for number in range(49):
        feed(plot.stream, f"many/{number}", 1.0, start=1.0)
    plot.selection = (0.0, 10.0)
    plot.draw(1000.0)
    assert len(cells(plot)) == 12
    assert "and 38 more" in table(plot)
    assert len(plot.statistics()) == 50
    allowed = re.compile(ALLOWED.pattern.replace("line|br", "line|br|table|thead|tbody|tr|th|td"))
    assert "<" not in allowed.sub("", table(plot))
    plot.close()


def test_a_span_in_words_has_the_digits_that_it_needs() -> None:
    for seconds, text in (
        (0.0, "12:00:00.000000 to 12:00:00.000000, 0 µs"),
        (0.0025, "12:00:00.000000 to 12:00:00.002500, 2.5 ms"),
        (2.5, "12:00:00.000 to 12:00:02.500, 2.5 s"),
        (86_400.0, "12:00:00 to 2 Mar 2026 12:00:00, 1 d"),
    ):
        start = NOON.timestamp()
        assert span_text(start, start + seconds, 9e9, UTC) == f"Selected: 1 Mar 2026 {text}"

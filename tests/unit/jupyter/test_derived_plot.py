"""Derived lines in a plot: how they look, what the words say, what pausing and hiding do."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mqttwidgets as mw
from mqttwidgets import InvalidValueError, LiveSensorPlot, SensorStream, Series
from mqttwidgets.plot.series_view import ViewedSeries, Viewport
from mqttwidgets.plot.time_axis import PixelColumns

from ...support.feeding import feed, message
from .test_frame_clock import until


@pytest.fixture
def plot() -> Iterator[LiveSensorPlot]:
    """A plot of two rooms with a unit, and what it shows at second 1000."""
    made = LiveSensorPlot("home/#", autostart=False, window="1 min")
    for second in range(10):
        room(made.stream, "kitchen", second, second)
        room(made.stream, "cellar", second, 2 * second)
    yield made
    made.close()


def room(stream: SensorStream, name: str, second: float, value: float) -> None:
    payload = f'{{"temperature": {value}, "unit": "°C"}}'.encode()
    stream.deliver(message(f"home/{name}", payload, at=1000.0 + second))


def drawn(plot: LiveSensorPlot, at: float) -> dict[str, Any]:
    """The lines of a frame, with all that is derived by then, however slow the machine is."""
    plot.to_pandas(of="*")
    plot.draw(at)
    return {mark.labels[0]: mark for mark in plot.figure.marks}


def legend(plot: LiveSensorPlot) -> str:
    return str(plot._screen._texts.legend.value)  # noqa: SLF001


def footer(plot: LiveSensorPlot) -> str:
    return str(plot._screen._texts.footer.widget.children[0].value)  # noqa: SLF001


def test_a_derived_line_stands_beside_its_source_in_its_colour_and_unit(plot: LiveSensorPlot) -> None:
    mean = plot.derive("mean", mw.rolling_mean("2 s"))
    plot.derive("band", mw.rolling_band("3 s"), of="*/kitchen/*")
    marks = drawn(plot, 1010.0)
    assert list(marks) == [
        "kitchen",
        "cellar",
        "mean of kitchen",
        "mean of cellar",
        "band min of kitchen",
        "band max of kitchen",
    ]
    assert marks["mean of cellar"].y.tolist() == [0.0, *np.arange(1.0, 18.0, 2.0)]
    assert marks["mean of kitchen"].colors == marks["kitchen"].colors != marks["mean of cellar"].colors
    looks = [(marks[label].line_style, marks[label].stroke_width) for label in marks]
    assert looks == [("solid", 2.0)] * 2 + [("dashed", 1.75)] * 2 + [("solid", 1.0)] * 2
    assert all(mark.scales["y"] is marks["kitchen"].scales["y"] for mark in marks.values())
    assert "2 series, 4 derived" in footer(plot)
    assert plot.derived == (mean, plot.derived[1])


def test_a_rate_has_a_scale_of_its_own(plot: LiveSensorPlot) -> None:
    plot.derive("rate", mw.rate_of_change())
    plot.derive("kelvin", lambda s: s + 273.15, unit="K")
    plot.draw(1010.0)
    plot._plot.derivations._rests_until = 0.0  # noqa: SLF001 - the clock does not wait for a test
    marks = drawn(plot, 1020.0)
    assert marks["rate of cellar"].y.tolist() == [2.0] * 9
    assert marks["kelvin of cellar"].y.tolist() == [273.15 + 2 * second for second in range(10)]
    assert [axis.label for axis in plot.figure.axes] == [plot.figure.axes[0].label, "°C", "°C/s"]
    assert "K" in legend(plot)


def test_an_error_stands_in_the_legend_in_its_own_words_and_the_others_go_on(plot: LiveSensorPlot) -> None:
    def fails_later(s: Any) -> Any:
        if len(s) > 10:
            raise ValueError("<b>ten</b>\nare enough")
        return s

    derived = plot.derive("own", fails_later, of="*/cellar/*")
    plot.derive("mean", mw.rolling_mean("2 s"), of="*/cellar/*")
    drawn(plot, 1010.0)
    assert derived.error is None
    room(plot.stream, "cellar", 10, 5.0)
    plot._plot.derivations._rests_until = 0.0  # noqa: SLF001 - the clock does not wait for a test
    drawn(plot, 1020.0)
    marks = drawn(plot, 1030.0)
    assert derived.error == r"ValueError: <b>ten</b>\nare enough"
    assert r"ValueError: &lt;b&gt;ten&lt;/b&gt;\nare enough" in legend(plot)
    assert "<b>" not in legend(plot)
    assert (len(marks["own of cellar"].y), len(marks["mean of cellar"].y)) == (10, 11)


def test_what_fails_at_once_or_waits_stands_in_the_legend_without_a_line(plot: LiveSensorPlot) -> None:
    plot.derive("own", lambda s: 5, of="*/kitchen/*")
    plot.derive("less", mw.difference("*/attic/*"))
    plot.draw(1010.0)
    assert list(drawn(plot, 1020.0)) == ["kitchen", "cellar"]
    words = legend(plot)
    assert "own of kitchen <span" in words
    assert "the function returned an int, not a pandas Series" in words
    assert "less of kitchen <span" in words
    assert words.index("own of kitchen") < words.index('"mw-series"'), "what failed is seen without scrolling"
    assert "waiting for a series that matches */attic/*" in words
    room(plot.stream, "attic", 9, 5.0)
    assert drawn(plot, 1030.0)["less of kitchen"].y.tolist() == [4.0]


def test_what_fails_in_several_series_is_told_once_and_stops_these_alone(plot: LiveSensorPlot) -> None:
    def fails_in_some(s: Any) -> Any:
        if "attic" in s.name or ("cellar" in s.name and len(s) > 10):
            raise ValueError("not this one" if "attic" in s.name else "<i>nor this</i>")
        return s

    room(plot.stream, "attic", 9, 5.0)
    plot.derive("own", fails_in_some)
    plot.to_pandas(of="*")  # computes what waits
    drawn(plot, 1010.0)
    assert "own of attic <span" in legend(plot), "one alone is told with its name"
    room(plot.stream, "cellar", 10, 5.0)
    plot.to_pandas(of="*")
    assert [len(mark.y) for label, mark in drawn(plot, 1020.0).items() if "own" in label] == [10, 10]
    words = legend(plot)
    assert words.count("ValueError") == 1
    retold = "tried again with more data; 1 other error<"
    assert f"failed in 2 of 3 series: ValueError: &lt;i&gt;nor this&lt;/i&gt;; {retold}" in words
    assert "own of attic" not in words
    assert re.search(r"own of cellar <span[^>]*>failed<", words)
    assert re.search(r"own of kitchen <span[^>]*>9", words)
    room(plot.stream, "kitchen", 10, 7.0)
    plot.to_pandas(of="*")
    assert drawn(plot, 1030.0)["own of kitchen"].y[-1] == 7.0, "it goes on"
    plot.hidden = [key for key in plot._plot.derivations.lines if "kitchen" not in key[0]]  # noqa: SLF001
    drawn(plot, 1040.0)
    assert "failed" not in legend(plot)


def test_it_is_hidden_listed_and_removed_as_any_series(plot: LiveSensorPlot) -> None:
    mean = plot.derive("mean", mw.rolling_mean("2 s"))
    plot.draw(1010.0)
    listed = {entry.label: entry for entry in plot._plot.view.entries(1010.0)}  # noqa: SLF001
    assert list(listed) == ["kitchen", "cellar", "mean of kitchen", "mean of cellar"]
    assert (listed["mean of cellar"].dash, listed["mean of cellar"].unit) == ("dashed", "°C")
    plot.hidden = [listed["mean of cellar"].key, listed["kitchen"].key]
    assert list(drawn(plot, 1020.0)) == ["cellar", "mean of kitchen"]
    assert "1 of 2 series shown, 1 derived" in footer(plot)
    mean.remove()
    assert list(drawn(plot, 1030.0)) == ["cellar"]
    assert plot.derived == ()


def test_derived_lines_are_exported_where_they_are_named(plot: LiveSensorPlot, tmp_path: Path) -> None:
    plot.derive("mean", mw.rolling_mean("2 s"))
    plot.derive("own", lambda s: 2 * s, of="*/cellar/*")
    table = plot.to_pandas(of=["*mean", "*/cellar/* own"])
    assert sorted(set(table["topic"] + table["field"])) == [
        "home/cellar/temperature → mean",
        "home/cellar/temperature → own",
        "home/kitchen/temperature → mean",
    ]
    assert len(table) == 30, "what waits is computed first"
    file = plot.to_csv(tmp_path / "some.csv", of=["*mean", "*/cellar/* own"])
    read = pd.read_csv(file, parse_dates=["time"])
    pd.testing.assert_frame_equal(read, table, check_dtype=False)
    read = pd.read_parquet(plot.to_parquet(tmp_path / "some.parquet", of="*own", wide=True))
    assert read["home/cellar /temperature → own"].tolist() == [4.0 * second for second in range(10)]
    assert len(plot.to_pandas()) == len(pd.read_csv(plot.to_csv(tmp_path / "all.csv"))) == 20
    assert len(plot.to_pandas(of="*")) == 50
    with pytest.raises(InvalidValueError, match=r"of='\*maen' matches none of .*home/kitchen /temperature → mean"):
        plot.to_csv(tmp_path / "none.csv", of="*maen")


def test_what_comes_while_lines_are_computed_is_in_none_that_is_exported(plot: LiveSensorPlot) -> None:
    def meanwhile(s: Any) -> Any:
        room(plot.stream, "cellar", 20, 0)
        return s

    plot.derive("own", meanwhile, of="*/cellar/*")
    assert plot.to_pandas(of="*/cellar*", wide=True).count().tolist() == [10, 10]
    assert plot.to_pandas(of="*/cellar/temperature")["value"].count() >= 11, "it is, the next time"


def test_the_button_saves_derived_lines_with_all_others(plot: LiveSensorPlot) -> None:
    plot.derive("mean", mw.rolling_mean("2 s"))
    plot.to_pandas(of="*")  # computes what waits
    labels = [series.label for series in plot._screen._save._samples().series]  # noqa: SLF001
    assert labels == [
        *("home/kitchen /temperature", "home/cellar /temperature"),
        *("home/kitchen /temperature → mean", "home/cellar /temperature → mean"),
    ]


def test_a_paused_picture_stays_and_what_is_derived_then_is_of_that_moment(plot: LiveSensorPlot) -> None:
    plot.derive("mean", mw.rolling_mean("2 s"))
    drawn(plot, 1009.5)
    view = plot._plot.view  # noqa: SLF001
    view.freeze(1009.5)
    for second in range(10, 20):
        room(plot.stream, "kitchen", second, 100.0)
    later = plot.derive("double", lambda s: 2 * s, of="*/kitchen/*")
    drawn(plot, 1020.0)
    marks = drawn(plot, 1021.0)
    assert marks["mean of kitchen"].y.tolist() == [0.0, *np.arange(0.5, 9)]
    assert marks["double of kitchen"].y.tolist() == [2.0 * second for second in range(10)]
    assert view.waiting() == 10
    later.remove()
    assert "double of kitchen" not in drawn(plot, 1022.0)
    view.thaw()
    plot._screen.redraw_soon()  # noqa: SLF001
    assert drawn(plot, 1023.0)["mean of kitchen"].y[-1] == 100.0


def test_what_was_half_computed_at_a_pause_becomes_whole_and_keeps_what_the_ring_lets_go() -> None:
    stream = SensorStream("#", history=20_000)
    feed(stream, "a", 0.0, start=1000.0)
    (series,) = stream.series.values()
    series.extend(np.arange(1001.0, 21_000.0), np.arange(1.0, 20_000.0))
    plot = LiveSensorPlot(stream=stream, autostart=False)
    plot.derive("mean", mw.rolling_mean("0.5 s"))
    view, derivations = plot._plot.view, plot._plot.derivations  # noqa: SLF001
    derivations._now = itertools.count(step=0.006).__next__  # noqa: SLF001 - time for one run of samples
    plot.keep_up()
    view.freeze(30_000.0)
    assert 0 < len(view.seen()[1].series) < 20_000
    feed(stream, "a", *range(5), start=25_000.0)
    plot.keep_up()
    source, derived = (each.series for each in view.seen())
    assert derived.time.tolist() == source.time.tolist()
    assert derived.value.tolist() == source.value.tolist()
    feed(stream, "a", 7.0, start=20_500.5)
    plot.keep_up()
    assert len(view.seen()[1].series) == 20_000, "what comes late is not of that moment"
    plot.close()


def test_a_derivation_redefined_during_a_pause_has_its_new_line(plot: LiveSensorPlot) -> None:
    plot.derive("own", lambda s: 2 * s, of="*/kitchen/*")
    drawn(plot, 1009.5)
    drawn(plot, 1009.75)
    plot._plot.view.freeze(1009.75)  # noqa: SLF001
    plot.derive("own", lambda s: 3 * s, of="*/kitchen/*")
    plot._plot.derivations._rests_until = 0.0  # noqa: SLF001 - the clock does not wait for a test
    drawn(plot, 1020.0)
    assert drawn(plot, 1021.0)["own of kitchen"].y.tolist() == [3.0 * second for second in range(10)]


def test_samples_of_a_slow_clock_that_come_during_a_pause_are_in_no_line(plot: LiveSensorPlot) -> None:
    plot.derive("mean", mw.rolling_mean("0.5 s"), of="*/kitchen/*")
    drawn(plot, 1100.0)
    plot._plot.view.freeze(1100.0)  # noqa: SLF001
    room(plot.stream, "kitchen", 20, 100.0)
    assert drawn(plot, 1101.0)["mean of kitchen"].y.tolist() == [float(second) for second in range(10)]


def test_it_goes_on_while_nobody_watches(plot: LiveSensorPlot) -> None:
    plot.derive("mean", mw.rolling_mean("2 s"), of="*/kitchen/*")
    plot.derive("same", lambda s: s, of="*/kitchen/*")
    plot.keep_up()
    plot.keep_up()
    with plot.stream.reading() as found:
        beside = plot._plot.derivations.beside(found)  # noqa: SLF001
    assert [len(series) for series in beside.values()] == [10] * 4
    assert plot.figure.marks == []


def test_two_plots_of_one_stream_show_the_same_lines() -> None:
    stream = SensorStream("#")
    plots = [LiveSensorPlot(stream=stream, autostart=False) for _ in range(2)]
    feed(stream, "a", 1.0, 2.0)
    plots[0].derive("mean", mw.rolling_mean(2))
    assert [list(drawn(plot, 1000.0)) for plot in plots] == [["a", "mean of a"]] * 2
    assert plots[1].derived == plots[0].derived == stream.derived
    for plot in plots:
        plot.close()


def test_another_topic_has_other_lines(plot: LiveSensorPlot) -> None:
    plot.derive("mean", mw.rolling_mean("2 s"))
    drawn(plot, 1010.0)
    plot.topic = "home/cellar"
    assert list(drawn(plot, 1020.0)) == ["cellar", "mean of cellar"]
    plot.topic = "home/#"
    assert len(drawn(plot, 1030.0)) == 4


async def derives_on_a_loop() -> list[str]:
    """On an event loop a function is called between frames, and never once the plot is closed."""
    plot = LiveSensorPlot("#", autostart=False)
    threads: list[str] = []

    def note(s: pd.Series[float]) -> pd.Series[float]:
        threads.append("called")
        assert asyncio.get_running_loop()
        return s

    plot.derive("same", note)
    feed(plot.stream, "a", 1.0, 2.0)
    await until(lambda: len(plot.figure.marks) == 2)
    feed(plot.stream, "a", 3.0, start=2.0)
    plot._plot.derivations._rests_until = 0.0  # noqa: SLF001 - the clock does not wait for a test
    calls = len(threads)
    plot.keep_up()
    plot.close()
    for _ in range(3):
        await asyncio.sleep(0)
    assert len(threads) == calls
    return threads


def test_functions_are_called_on_the_event_loop() -> None:
    assert asyncio.run(derives_on_a_loop())


def test_what_is_computed_anew_is_sent_again_though_there_is_no_more_of_it() -> None:
    series = Series("a", "", 10_000)
    series.extend(np.arange(1_000.0), np.zeros(1_000))
    viewed, viewport = ViewedSeries(series, "#000000", "solid"), Viewport(PixelColumns(100.0, 10), (0.0, 1000.0))
    before, _ = viewed.drawn(viewport, "a", 0)
    series.rewrite(999, np.array([999.0]), np.array([7.0]))
    viewed.follow()
    after, _ = viewed.drawn(viewport, "a", 0)
    assert (after.last, after.value[-1], after.cut) == ((999.0, 7.0), 7.0, before.cut)
    assert after.version != before.version

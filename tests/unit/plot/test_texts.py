"""The words around a plot: right, and harmless."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from datetime import timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mqttwidgets import SensorStream
from mqttwidgets.base.text import duration, number_text, printable, quantity
from mqttwidgets.live.ledger import LedgerPage
from mqttwidgets.plot import texts
from mqttwidgets.plot.axes import value_ticks
from mqttwidgets.plot.frame import Axis, Frame, Line, LinePoints
from mqttwidgets.plot.legend import legend, without_axis
from mqttwidgets.plot.plot_status import counted

from ...support.feeding import feed

NASTY = "<img src=x onerror=alert(1)>&\"'\u202e\x1b[31m\n$x$"
ALLOWED = re.compile(r"</?(?:div|span|svg|line|br|table|tr|td)(?: [a-z0-9-]+=\"[^\"<>]*\")*/?>")


def page(received: int = 0, **reasons: dict[str, int]) -> LedgerPage:
    """Figures of a Ledger."""
    skipped, undecodable, dropped = (reasons.get(name, {}) for name in ("skipped", "undecodable", "dropped"))
    lost = sum(sum(fate.values()) for fate in (skipped, undecodable, dropped))
    return LedgerPage(received, received - lost, 0, skipped, undecodable, dropped)


ONE_POINT = LinePoints(np.ones((2, 1)))


def frame(topic: str, field: str = "", unit: str = "", value: float = 1.0) -> Frame:
    """A picture with one line."""
    line = Line((topic, field), topic, unit, "#0a84c6", "dashed", ONE_POINT, (0,), 0, 0, 0, (1.0, value))
    return Frame((line,), Axis((0.0, 1.0), ()), (Axis((0.0, 1.0), ()),))


@given(st.text())
def test_foreign_text_is_never_markup(text: str) -> None:
    pieces = [
        texts.header(text, "live", False, 1.0, 2.0, text),
        texts.notice(text, wrong=True),
        texts.empty(text, 20.0),
        legend(frame(text, text, text)),
        texts.footer(page(5), text),
        texts.details(page(5, skipped={text: 5})),
    ]
    for piece in pieces:
        assert not re.search("[<>]", ALLOWED.sub("", piece))


def test_foreign_text_is_on_one_line_and_visible() -> None:
    shown = texts.notice(NASTY)
    assert "&lt;img src=x" in shown
    assert "\\u202e\\x1b[31m\\n$x$" in shown


def test_header() -> None:
    html = texts.header("Rooms", "live", True, 12.34, 0.42, "12:00:00")
    assert re.sub("<[^>]*>", "|", html).replace("||", "|") == "|Rooms|live, paused|12 msg/s|0.4 s ago|"
    assert "mw-paused" in html
    assert "mw-offline" in texts.header("Rooms", "offline", True, 0.0, None, "")
    old = texts.header("Rooms", "stale", False, 0.0, 61.0, "12:00:00")
    assert "last message 12:00:00" in old
    assert "ago" not in old


def test_the_footer_counts_faults_and_the_details_name_all_reasons_by_frequency() -> None:
    plain = re.sub("<[^>]*>", "|", texts.footer(page(0), "0 series"))
    assert plain == "||0 series||0 received||"
    crowded = page(
        1234, skipped={"empty": 1, "a": 2}, undecodable={"not valid JSON": 30, "b": 3}, dropped={"over 1 MB": 4}
    )
    shown = texts.footer(crowded, "50 of 57 series")
    assert "50 of 57 series" in shown
    assert "1,234 received" in shown
    assert "4 dropped" in shown
    assert "33 unreadable" in shown
    assert "empty" not in shown, "what is no fault is nobody's business until asked for"
    rows = re.sub("<[^>]*>", "|", texts.details(crowded)).replace("||", "|")
    assert re.findall(r"[^|]+\|[^|]+\|[^|]+", rows) == [
        "4|dropped|over 1 MB",
        "30|unreadable|not valid JSON",
        "3|unreadable|b",
        "2|nothing to plot|a",
        "1|nothing to plot|empty",
    ]
    assert texts.details(page(3)) == ""


def test_very_many_reasons_are_summed_up() -> None:
    html = texts.details(page(60, skipped={f"reason {number}": 1 for number in range(60)}))
    assert html.count("<tr>") == 9
    assert "<td>52</td><td>nothing to plot</td><td>other reasons</td>" in html


def test_footer_says_where_a_count_ends_and_what_is_not_read_yet() -> None:
    busy = LedgerPage(5000, 1000, 4000, {}, {}, {})
    shown = texts.footer(busy, texts.series_count(50, 0, 1000, 1000))
    assert "50 of more than 1,050 series" in shown
    assert texts.figures(busy, "9 series", ["a sentence"])[-2:] == ["4,000 not read yet", "a sentence"]
    assert "4,000 not read yet" in shown


def test_the_legend_has_units_and_full_names() -> None:
    html = legend(frame("lab/oven", "Temperature", "°C", 21.5))
    assert 'title="lab/oven Temperature"' in html
    assert "21.5\u202f°C" in html
    assert legend(Frame((), Axis((0.0, 1.0), ()))) == ""


def frame_of_units(*units: str) -> Frame:
    """A picture with a line of each unit."""
    lines = tuple(
        Line((unit, ""), unit, unit, "#0a84c6", "solid", ONE_POINT, (0,), 0, 0, 0, (1.0, 21.5), place)
        for place, unit in enumerate(units)
    )
    ends = (0.0, 1.0)
    return Frame(lines, Axis(ends, ()), tuple(Axis(ends, (), caption=unit) for unit in units))


def test_the_legend_says_at_which_axis_a_series_is() -> None:
    assert "axis" not in legend(frame_of_units("°C"))
    html = legend(frame_of_units("°C", "%", "hPa", "lx"))
    sides = re.findall('role="img" aria-label="([^"]*)" title="([^"]*)">(.)<', html)
    alone = "to a separate scale, without an axis"
    assert sides == [
        ("left axis", "left axis", "←"),
        ("right axis", "right axis", "→"),
        (alone, alone, "↕"),
        (alone, alone, "↕"),
    ]
    assert "No axis here for hPa and lx: each drawn to a separate scale." in html


def test_what_has_no_axis_is_named_in_words() -> None:
    ends = (0.0, 1.0)
    states = Axis(ends, (0.0, 1.0), ("off", "on"), caption="state")
    assert without_axis(()) == ""
    assert without_axis((states,)) == "States are at the bottom, on above off."
    assert without_axis((Axis(ends, (), caption="no unit"), states)) == (
        "No axis here for numbers without a unit: drawn to a separate scale. "
        "States are at the bottom, on above off."
    )


def test_the_legend_says_a_state_in_a_word() -> None:
    states = Axis((0.0, 1.0), (0.0, 1.0), ("off", "on"), caption="state")
    one = replace(frame("door", value=0.0), value_axes=(states,))
    assert ">off<" in legend(one)


def test_the_legend_of_very_many_series_ends_somewhere() -> None:
    (line,) = frame("a").lines
    html = legend(Frame((line,) * 1000, Axis((0.0, 1.0), ()), (Axis((0.0, 1.0), ()),)))
    assert html.count("mw-series") == 100
    assert "and 900 more, listed under Fields" in html


def test_footer_says_what_is_to_be_known_of_messages_that_were_plotted() -> None:
    noted = dataclasses.replace(page(20), noted={"the clock is wrong": 12, "b": 1, "c": 1, "d": 1})
    plain = re.sub("<[^>]*>", "|", texts.footer(noted, "1 series"))
    assert "||15 with a remark||" in plain
    assert "<td>12</td><td>plotted, with a remark</td><td>the clock is wrong</td>" in texts.details(noted)


@pytest.mark.parametrize(
    ("shown", "hidden", "left_out", "words"),
    [
        (1, 0, 0, "1 series"),
        (12, 28, 0, "12 of 40 series shown"),
        (50, 0, 7, "50 of 57 series"),
        (40, 10, 7, "40 of 50 series shown, 7 more without room"),
        (40, 10, 1000, "40 of 50 series shown, more than 1,000 more without room"),
    ],
)
def test_how_many_series(shown: int, hidden: int, left_out: int, words: str) -> None:
    assert texts.series_count(shown, hidden, left_out, 1000) == words


def test_advice_comes_after_a_while() -> None:
    assert "case-sensitive" not in texts.empty("waiting", 15.0)
    assert "case-sensitive" in texts.empty("waiting", 16.0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.5, "-0.5"),
        (99999.5, "99,999.5"),
        (123456.0, "123,456"),
        (999999.7, "1,000,000"),
        (100000.5, "100,000"),
        (1e20, "1e+20"),
        (1e-7, "1e-7"),
    ],
)
def test_values(value: float, text: str) -> None:
    assert texts.value_text(value) == text


@pytest.mark.parametrize("value", [1.04e-5, 1.39e-7, 2.5e-9, 3e22])
def test_a_power_of_ten_is_written_in_one_way(value: float) -> None:
    """That of JavaScript, in which the cursor and the axes of a live plot write."""
    ticks, tick_format = value_ticks(0.0, value)
    written = [
        texts.value_text(value),
        number_text(value),
        *Axis((0.0, value), tuple(ticks), tick_format=tick_format).texts,
    ]
    assert {text for text in written if re.search(r"e[+-]0", text)} == set()
    assert written[:2] == [re.sub(r"e([+-])0", r"e\1", repr(value))] * 2


def test_the_day_stands_where_it_is_not_today() -> None:
    assert texts.clock_time(0.0, timezone.utc) == "1 Jan 1970 00:00:00"


@given(st.text(), st.integers(5, 100))
def test_printable_is_printable_and_short(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert all(char.isprintable() or unicodedata.category(char) == "Zs" for char in shown)
    assert len(shown) <= 2 * limit


def test_quantities_and_durations() -> None:
    assert quantity(0, "message") == "0 messages"
    assert [duration(seconds) for seconds in (-1, 9.94, 9.96, 59.4, 60, 3599.6, 90_000, 200_000)] == [
        "0.0 s",
        "9.9 s",
        "10 s",
        "59 s",
        "1 min",
        "1 h",
        "1 d 1 h",
        "2 d 7 h",
    ]


def test_since_when_samples_are_kept_is_told_by_the_viewers_clock() -> None:
    stream = SensorStream("lab/#", history=100)
    feed(stream, "lab/fast", *range(350), start=1.75e9)
    zone = timezone(timedelta(hours=2))
    figures, series, remarks = counted(frame("lab/fast"), stream, zone)
    told = "oldest kept: 15 Jun 2025 17:10:50, history= keeps more (250 samples let go)"
    assert remarks == (told,)
    assert f"<span>{told}</span>" in texts.footer(figures, series, remarks)

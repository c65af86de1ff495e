"""The list of all series: found, searched and chosen from, by mouse, by keyboard and from Python."""

from __future__ import annotations

import time

import pytest

from ..support.lab import Notebook
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells
from .test_controls import press, tab_to
from .test_page import HOSTILE, contrast_of

ROOMS = ("kitchen", "cellar", "attic")
CLIMATE = [(f"home/{room}", f"Temperature: {20 + n} °C; Humidity: {40 + n} %") for n in (0, 1) for room in ROOMS]


@pytest.fixture
def notebook(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> Notebook:
    """A notebook with a plot of six series, the list closed."""
    return with_six_series(open_notebook(plot_cells("home/#", mosquitto)), mosquitto)


def with_six_series(opened: Notebook, mosquitto: Mosquitto) -> Notebook:
    """The notebook, once its plot shows them."""
    opened.run_all()
    plot = PlotPage(opened)
    plot.wait_for_status("live")
    publish(mosquitto.port, CLIMATE)
    plot.wait_for_lines(6)
    return opened


def ticks(plot: PlotPage) -> list[bool]:
    """Which of the rows in sight have a tick."""
    rows: list[bool] = plot.rows().locator("input").evaluate_all("ticks => ticks.map(tick => tick.checked)")
    return rows


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_tick_shows_and_hides(notebook: Notebook, mosquitto: Mosquitto, way: str) -> None:
    plot = PlotPage(notebook)
    assert plot.rows().count() == 0
    tab_to(plot.fields, start=plot.pause)
    press(plot.fields, way)
    wait_for(lambda: plot.rows().count() == 6, what="the rows")
    first = plot.rows().first
    row = ["kitchen / Temperature", "21", "°C"]
    wait_for(lambda: first.inner_text().split("\n")[:3] == row, what="the row's text")
    assert first.get_attribute("title") == "home/kitchen Temperature"

    if way == "mouse":
        first.click()
    else:
        tab_to(first.locator("input"), start=plot.search)
        notebook.page.keyboard.press("Space")
    plot.wait_for_lines(5)
    assert notebook.value("plot.hidden") == [["home/kitchen", "Temperature"]]
    wait_for(lambda: "5 of 6 series shown" in plot.footer(), what="the footer")
    publish(mosquitto.port, [("home/kitchen", "Temperature: 99 °C")])
    wait_for(lambda: plot.rows().first.inner_text().split("\n")[1] == "99", what="the new value in the list")
    assert notebook.value("len(plot.stream.series['home/kitchen', 'Temperature'])") == 3

    first.locator("input").press("Space")
    plot.wait_for_lines(6)
    assert notebook.value("plot.hidden") == []
    press(plot.fields, way)
    wait_for(lambda: plot.rows().count() == 0, what="the list to close")
    assert notebook.errors == []


def test_all_and_none_act_on_what_the_search_found(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    plot.open_fields(6)
    everything = plot.root.get_by_role("button", name="All", exact=True)
    nothing = plot.root.get_by_role("button", name="None", exact=True)
    for search, rows in (("kitchen", 2), ("KITCHEN temp", 1), ("home %", 3), ("°c", 3), ("nowhere", 0), ("", 6)):
        plot.search.fill(search)
        wait_for(lambda rows=rows: plot.rows().count() == rows, what=f"{rows} rows for {search!r}")  # type: ignore[misc]
    nothing.click()
    wait_for(
        lambda: plot.empty() == "6 series hidden. Fields shows them again.", what="words for an empty picture"
    )
    plot.search.fill("humidity")
    everything.click()
    plot.wait_for_lines(3)
    wait_for(lambda: plot.captions() == ["%"], what="the only unit at the left axis")
    assert plot.sides() == []
    plot.search.fill("")
    everything.click()
    plot.wait_for_lines(6)
    wait_for(lambda: plot.captions() == ["°C", "%"], what="each unit at its former axis")


def test_arrow_keys_go_from_row_to_row_and_not_from_cell_to_cell(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    plot.open_fields(6)
    plot.search.fill("humidity")
    tab_to(plot.rows().first.locator("input"), start=plot.search)
    for key, row in (("ArrowDown", 1), ("End", 2), ("ArrowDown", 2), ("ArrowUp", 1), ("Home", 0), ("PageDown", 2)):
        notebook.page.keyboard.press(key)
        assert plot.rows().nth(row).locator("input").evaluate("tick => tick === document.activeElement")
    notebook.page.keyboard.press("Space")
    plot.wait_for_lines(5)
    assert notebook.value("plot.hidden") == [["home/attic", "Humidity"]]
    assert plot.rows().nth(2).locator("input").evaluate("tick => tick === document.activeElement")


def test_the_choice_outlives_pause_window_topic_and_reload(
    open_notebook: OpenNotebook, mosquitto: Mosquitto
) -> None:
    notebook = with_six_series(open_notebook(plot_cells("home/#", mosquitto), own_page=True), mosquitto)
    plot = PlotPage(notebook)
    plot.open_fields(6)
    notebook.run("plot.hidden = [('home/attic', 'Humidity')]")
    wait_for(lambda: ticks(plot) == [True] * 5 + [False], what="the tick to go")
    plot.wait_for_lines(5)
    notebook.run("plot.paused = True; plot.window = '5 min'; plot.topic = 'home/attic'")
    wait_for(lambda: ticks(plot) == [True, False], what="the rows of the new topic")
    plot.wait_for_lines(1)
    notebook.run("plot.paused = False; plot.topic = 'home/#'")
    wait_for(lambda: ticks(plot) == [True] * 5 + [False], what="the former rows")
    notebook.save()
    notebook.reload()
    plot = PlotPage(notebook)
    wait_for(lambda: ticks(plot) == [True] * 5 + [False], what="the open list after the reload")
    plot.rows().last.click()
    plot.wait_for_lines(6)
    publish(mosquitto.port, [("home/garden", "Temperature: 3 °C")])
    wait_for(lambda: plot.rows().count() == 7, what="the newcomer's row")
    assert notebook.value("plot.hidden") == []


def test_foreign_text_in_the_list_is_shown_literally(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("lab/#", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(mosquitto.port, [(HOSTILE.removesuffix("\u0007"), "1"), ("lab/key", '{"<b>x</b>": 4}')])
    plot.wait_for_lines(2)
    plot.open_fields(2)
    assert plot.root.locator("img, b, i:not(.fa), mjx-container").count() == 0
    assert "<img src=x onerror=alert(1)>/a$\\alpha$/\\u202eevil" in str(plot.rows().first.get_attribute("title"))


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_open_list_in_a_narrow_window(notebook: Notebook, theme: str) -> None:
    notebook.command("application:toggle-left-area")
    notebook.set_theme(f"JupyterLab {theme}")
    notebook.page.set_viewport_size({"width": 420, "height": 900})
    plot = PlotPage(notebook)
    plot.open_fields(6)
    outer = plot.root.bounding_box()
    assert outer is not None
    for part in plot.root.locator(".mw-picker :is(input, button, span):visible").all():
        box = part.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= outer["x"] + outer["width"] + 1
    for control in plot.root.locator(".mw-picker :is(input, button):visible").all():
        name = control.evaluate("control => control.getAttribute('aria-label') || control.innerText")
        assert name.strip()
    for selector in (".mw-picker-label", ".mw-picker-value", ".mw-picker-count", ".mw-picker-button"):
        contrast = contrast_of(plot, selector)
        assert contrast >= 4.5, f"{selector} has a contrast of {contrast:.1f} in {theme}"


# Notes the longest time for which the page answered nobody.
_WATCH_PAGE = """() => {
    window.longestTaskMs = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(
        (entry) => { window.longestTaskMs = Math.max(window.longestTaskMs, entry.duration); },
    )).observe({entryTypes: ['longtask']});
}"""


def test_a_thousand_series(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("hall/#", mosquitto, options="max_series=1000"))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    notebook.run("plot.hidden = [(f'hall/machine{n}/rpm', '') for n in range(20, 1000)]")
    messages = [(f"hall/machine{number % 1000}/rpm", str(100 + number / 1000)) for number in range(30_000)]
    publish(mosquitto.port, messages[:1000])
    wait_for(lambda: "20 of 1,000 series shown" in plot.footer(), timeout_s=30, what="all series")

    notebook.page.evaluate(_WATCH_PAGE)
    began = time.monotonic()
    plot.open_fields(1000)
    opened_s = time.monotonic() - began
    publisher = PublisherProcess(mosquitto.port, messages[1000:], rate_hz=1000)
    try:
        first = plot.rows().first.locator(".mw-picker-value")
        for _ in range(5):
            before = first.inner_text()
            wait_for(lambda before=before: first.inner_text() != before, what="an update")  # type: ignore[misc]
        began = time.monotonic()
        plot.search.fill("machine77")
        wait_for(lambda: plot.rows().count() == 11, what="what the search finds")
        found_s = time.monotonic() - began
        plot.root.get_by_role("button", name="All", exact=True).click()
        plot.wait_for_lines(31)
    finally:
        publisher.stop()
    longest_ms = notebook.page.evaluate("window.longestTaskMs")
    print(
        f"opened in {opened_s:.2f} s, searched in {found_s:.2f} s, the page busy for {longest_ms:.0f} ms at most"
    )
    assert opened_s < 10, "else half a second, as is the next one"
    assert found_s < 5
    assert longest_ms < 1_500, "else a fifth of a second"
    assert notebook.errors == []

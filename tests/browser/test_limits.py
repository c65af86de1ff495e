"""Limits as a person uses them: the level, the alarm, its sign and sentence, the table, a wait in a cell."""

from __future__ import annotations

import re

from playwright.sync_api import Locator

from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, painters, plot_cells
from .test_page import CONTRAST

SET = "calls = []\nlimit = plot.limit('*/kitchen', above=30, hysteresis=0.5, call=calls.append)"
WAIT = "hot = await plot.until(lambda sample: sample.value > 34, timeout=60)\nhot.value"
TABLE = "plot.events"
COOL = ("home/<cellar>", "22")


def spans(plot: PlotPage) -> Locator:
    """The bands of alarms."""
    return plot.figure.locator("rect.mw-span-alarm")


def labels(plot: PlotPage) -> list[str]:
    """What stands at the levels and over the alarms."""
    return plot.figure.locator(".mw-annotations text").all_text_contents()


def level_px(plot: PlotPage) -> float:
    """How far down the level is."""
    return float(plot.figure.locator(".mw-level").get_attribute("y1") or "nan")


def publish_rooms(mosquitto: Mosquitto, *kitchen: float) -> None:
    """Values of a room, and of one that stays cool."""
    publish(mosquitto.port, [room for value in kitchen for room in (("home/kitchen", str(value)), COOL)])


def test_a_limit_from_its_level_to_its_table(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([*plot_cells("home/#", mosquitto, options="window='10 s'"), SET, WAIT, TABLE])
    notebook.command("application:toggle-left-area")
    notebook.run_cell(0)
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish_rooms(mosquitto, 23, 24)
    plot.wait_for_lines(2)
    assert plot.figure.locator(".mw-annotations").count() == 0, "nothing is there that nobody asked for"

    notebook.run_cell(1)
    wait_for(lambda: labels(plot) == ["↑ above 30"], what="a level beyond the axis, told at its end")
    publish_rooms(mosquitto, 31, 32)
    wait_for(lambda: labels(plot) == ["▲", "above 30"], what="the level within the axis, and the alarm's sign")
    assert spans(plot).count() == 1
    wait_for(
        lambda: re.match(r"1 alarm: kitchen above 30 since \d\d:\d\d:\d\d\.", plot.alarms()), what="a sentence"
    )
    signs = plot.root.locator(".mw-series .mw-alarm")
    assert signs.all_text_contents() == ["▲ above 30"]
    assert notebook.value("len(calls)") == 1

    edges = plot.figure.locator(".mw-edge")
    assert edges.evaluate_all("lines => lines.map((line) => line.getAttribute('stroke-dasharray'))") == [
        None,
        None,
    ]
    before = level_px(plot)
    publish_rooms(mosquitto, 29.75, 60)
    wait_for(lambda: level_px(plot) > before + 20, what="the level to move with its axis")
    assert set(painters(plot)) == {"link"}, "lines are still drawn by the painter"

    publish_rooms(mosquitto, 20)
    wait_for(lambda: signs.count() == 0, what="the alarm to end")
    assert spans(plot).count() == 1, "what was an alarm stays in view"
    assert notebook.value("[len(calls), plot.events[0].peak]") == [2, 60]

    notebook.run_cell(2, wait=False)
    wait_for(lambda: "[*]" in notebook.page.locator(".jp-CodeCell").nth(2).inner_text(), what="the cell to wait")
    publish_rooms(mosquitto, 33)
    plot.wait_for_another_picture()
    publish_rooms(mosquitto, 35.5)
    wait_for(lambda: "35.5" in notebook.output(2).inner_text(), what="the cell to go on")

    notebook.run_cell(3)
    rows = notebook.output(3).locator("tbody tr")
    wait_for(lambda: rows.count() == 2, what="the table")
    assert rows.nth(1).locator("td").all_inner_texts()[3:] == ["home/kitchen", "", "above 30", "35.5"]
    assert rows.nth(1).locator("td").nth(1).inner_text() == "still on"

    plot.root.scroll_into_view_if_needed()
    assert plot.root.locator(".mw-alarms").evaluate(CONTRAST) >= 4.5
    notebook.set_theme("JupyterLab Dark")
    wait_for(lambda: plot.root.locator(".mw-alarms").evaluate(CONTRAST) >= 4.5, what="words that can be read")
    assert notebook.errors == []


def test_without_an_answering_link_and_in_a_second_view_it_is_the_same(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    silence = "import mqttwidgets.jupyter.frame_link as link\nlink.FrameLink._esm = 'export default {}'\n"
    (cell,) = plot_cells("home/a", mosquitto)
    notebook = open_notebook([f"{silence}{cell}", "limit = plot.limit('*', above=22)\nplot"])
    notebook.run_all()
    for plot in (PlotPage(notebook, 0), PlotPage(notebook, 1)):
        plot.wait_for_lines(1)
        wait_for(lambda: spans(plot).count() and labels(plot)[-1] == "above 22", what="alarms and their level")  # noqa: B023
    before = spans(plot).last.get_attribute("x")
    wait_for(lambda: spans(plot).last.get_attribute("x") != before, what="them to move with the time axis")
    notebook.page.set_viewport_size({"width": 700, "height": 900})
    width = plot.figure.locator(".plotarea_background")
    wait_for(
        lambda: (
            plot.figure.locator(".mw-level").get_attribute("x2") == width.get_attribute("width")
            and float(width.get_attribute("width") or 0) < 500
        ),
        what="a narrower level",
    )
    notebook.run("limit.remove()")
    wait_for(lambda: not labels(plot), what="all of it to be gone")
    assert notebook.errors == []

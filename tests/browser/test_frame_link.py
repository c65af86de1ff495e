"""The frame link in a real page: one message for all plots, lines drawn by whom, and only for those who watch."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from ..support.lab import Lab, Notebook, new_page
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.traffic import Traffic
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, painters, plot_cells

SHOW_THREE = """
from ipywidgets import VBox
plots = [LiveSensorPlot(f'home/{room}', plot.stream.broker, window='30 s') for room in 'abc']
for each in plots:
    each.figure.layout.height = '90px'
VBox(plots)"""


def test_all_plots_of_a_kernel_share_one_message_a_frame(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    notebook = open_notebook([*plot_cells("home/d", mosquitto), SHOW_THREE], own_page=True)
    notebook.page.set_viewport_size({"width": 1100, "height": 1800})
    notebook.run_all()
    for number in range(1, 4):
        PlotPage(notebook, number).wait_for_lines(1)
    notebook.save()
    notebook.reload()
    for number in range(1, 4):
        PlotPage(notebook, number).wait_for_lines(1)
    before = [PlotPage(notebook, number).paths() for number in range(1, 4)]
    traffic = notebook.traffic
    traffic.forget()
    wait_for(lambda: frames_so_far(traffic, notebook.page) > 40, timeout_s=60, what="frames")
    assert [PlotPage(notebook, number).paths() for number in range(1, 4)] != before
    assert traffic.others == 0, "all that changes travels in the frames"
    assert notebook.errors == []


IMPATIENT = """
    const timeout = AbortSignal.timeout;
    AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms === 2000 ? 0 : ms);
"""


def test_a_page_in_which_widgets_are_slow_to_start_is_drawn_all_the_same(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    """anywidget waits two seconds for a widget's script, and then lets no message through to it."""
    notebook = open_notebook(plot_cells("home/+", mosquitto), own_page=True)
    notebook.page.add_init_script(IMPATIENT)
    notebook.reload()
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(4)
    wait_for(lambda: painters(plot) == ["link"] * 4, what="the painters")
    plot.wait_for_another_picture()
    assert any("Failed to initialize model" in error for error in notebook.errors), "as anywidget says then"


def box_of(plot: PlotPage) -> list[float]:
    """Where the line is drawn: x, y, width and height in the figure, rounded to pixels."""
    box: list[float] = plot.figure.locator(".curve").first.evaluate(
        """curve => {
            const boxes = [...curve.querySelectorAll('path.line')].filter((path) => path.getAttribute('d'))
                .map((path) => path.getBBox());
            const least = (side) => Math.min(...boxes.map((box) => box[side]));
            const end = (side, size) => Math.max(...boxes.map((box) => box[side] + box[size])) - least(side);
            return [least('x'), least('y'), end('x', 'width'), end('y', 'height')].map(Math.round);
        }"""
    )
    return box


def test_what_the_painter_does_not_know_is_left_to_bqplot(
    mosquitto: Mosquitto, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(plot_cells("home/#", mosquitto, options="window=50"))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(mosquitto.port, [("home/a", str(value)) for value in (20, 24, 21, 23)])
    plot.wait_for_lines(1)
    wait_for(lambda: painters(plot) == ["link"], what="the painter")
    publish(mosquitto.port, [("home/a", "22")])
    wait_for(lambda: len(re.findall("[ML]", plot.paths()[0])) == 5, what="all five points")

    for trait, value in (("marker", "'circle'"), ("fill", "'bottom'"), ("interpolation", "'cardinal'")):
        notebook.run(f"plot.figure.marks[0].{trait} = {value}")
        wait_for(lambda: painters(plot) == ["bqplot"], what=f"bqplot, as {trait} is {value}")
        assert plot.figure.locator(".mw-end").count() == 0
        default = {"marker": "None", "fill": "'none'", "interpolation": "'linear'"}[trait]
        notebook.run(f"plot.figure.marks[0].{trait} = {default}")
        wait_for(lambda: painters(plot) == ["link"], what="the painter again")

    ours = box_of(plot)
    notebook.run("plot.figure.marks[0].labels_visibility = 'label'")
    wait_for(lambda: painters(plot) == ["bqplot"], what="bqplot, as the line bears its name")
    assert all(abs(a - b) <= 1 for a, b in zip(ours, box_of(plot), strict=True)), "the same picture"
    notebook.run("plot.figure.marks[0].marker = 'circle'")
    wait_for(lambda: plot.figure.locator(".dot").count() == 5, what="bqplot's markers")
    publish(mosquitto.port, [("home/a", "23")])
    wait_for(lambda: plot.figure.locator(".dot").count() == 6, what="a new point drawn by bqplot")
    assert notebook.errors == []


def test_the_ends_of_a_line_are_as_the_rest_to_a_user(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("home/a", mosquitto, options="window='10 s'"))
    notebook.run_all()
    plot = PlotPage(notebook)
    publisher = PublisherProcess(mosquitto.port, [("home/a", str(20 + n % 5)) for n in range(100)], rate_hz=20)
    publisher.wait()
    notebook.run(
        "import bqplot; plot.stop(); mark = plot.figure.marks[0]; clicks = []\n"
        "mark.on_element_click(lambda *_: clicks.append(1)); mark.tooltip = bqplot.Tooltip(fields=['name'])"
    )
    tail = plot.figure.locator("path.mw-end").last
    wait_for(lambda: tail.get_attribute("d"), what="a tail")
    tail.dispatch_event("mouseover", {"bubbles": True})
    tail.dispatch_event("click", {"bubbles": True})
    wait_for(lambda: notebook.value("len(clicks)") == 1, what="the click")
    notebook.run("mark.colors = ['rgb(1, 2, 3)']")
    looks = "paths => paths.map((path) => getComputedStyle(path).stroke)"
    strokes = plot.figure.locator("path.line")
    wait_for(lambda: set(strokes.evaluate_all(looks)) == {"rgb(1, 2, 3)"}, what="one colour")
    notebook.run("mark.line_style = 'dashed'")
    wait_for(lambda: not tail.get_attribute("d"), what="dashes in one piece")
    assert notebook.errors == []


def test_without_an_answer_plain_updates_go_on(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    silence = "import mqttwidgets.jupyter.frame_link as link\nlink.FrameLink._esm = 'export default {}'\n"
    (cell,) = plot_cells("home/a", mosquitto)
    notebook = open_notebook([silence + cell])
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(1)
    for _ in range(3):
        plot.wait_for_another_picture()
    assert painters(plot) == []
    assert notebook.errors == []


def frames_so_far(traffic: Traffic, page: Page) -> int:
    """How many frames have come, those of this moment, too."""
    page.wait_for_timeout(20)
    return traffic.frames


def frames_within(traffic: Traffic, page: Page, seconds: float) -> int:
    """How many frames come within a span."""
    traffic.forget()
    page.wait_for_timeout(1000 * seconds)
    return traffic.frames


@pytest.mark.parametrize("way", ["scrolled away", "another tab", "cleared"])
def test_nothing_is_sent_for_what_nobody_sees(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess, way: str
) -> None:
    far_down = "print('line ' * 9 + '\\n' * 200)"
    notebook = open_notebook([*plot_cells("home/a", mosquitto), far_down, "'the end'"])
    traffic = notebook.traffic
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(1)
    plot.wait_for_another_picture()
    if way == "scrolled away":
        notebook.output(2).scroll_into_view_if_needed()
    elif way == "another tab":
        notebook.command("launcher:create")
    else:
        notebook.command("notebook:clear-all-cell-outputs")
    wait_for(lambda: notebook_silent(traffic, notebook.page), timeout_s=20, what="frames to cease")
    assert frames_within(traffic, notebook.page, 3) == 0
    if way == "scrolled away":
        plot.root.scroll_into_view_if_needed()
        plot.wait_for_another_picture()
        assert notebook.value("plot.ledger.received == plot.ledger.stored")
    assert notebook.errors == []


def notebook_silent(traffic: Traffic, page: Page) -> bool:
    return frames_within(traffic, page, 0.5) == 0


def test_a_second_view_and_a_second_browser_see_the_same(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess, browser: Browser, lab: Lab
) -> None:
    notebook = open_notebook([*plot_cells("home/a", mosquitto), "plot"])
    notebook.run_all()
    first, second = PlotPage(notebook, 0), PlotPage(notebook, 1)
    for view in (first, second):
        view.wait_for_lines(1)
        view.wait_for_another_picture()
    notebook.save()
    page = new_page(browser)
    page.goto(notebook.address)
    page.wait_for_selector(".mqttwidgets-plot .bqplot path.line[d^=M]", timeout=60_000)
    other = PlotPage(notebook, 0)
    other.root = page.locator(".mqttwidgets-plot").nth(0)
    other.figure = other.root.locator(".bqplot")
    other.wait_for_another_picture()
    first.root.scroll_into_view_if_needed()
    first.wait_for_another_picture()
    page.context.close()
    wait_for(
        lambda: notebook.value("len(plot._context.link.audience._heard)") == 1,
        timeout_s=15,
        what="one page to be left",
    )
    first.wait_for_another_picture()
    assert notebook.errors == []


def test_a_closed_page_costs_nothing(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    notebook = open_notebook(plot_cells("home/a", mosquitto), own_page=True)
    notebook.run_all()
    PlotPage(notebook).wait_for_lines(1)
    notebook.run(
        """
        from pathlib import Path
        sent, send = [], plot._context.link.carrier.send
        def count(*arguments):
            sent.append(1)
            send(*arguments)
        def tell():
            shown = plot._context.link.audience.shown()
            Path('sent.txt').write_text(f'{len(sent)} {len(shown)} {plot.ledger.received}')
            loop.call_later(0.2, tell)
        plot._context.link.carrier.send = count
        loop = __import__('asyncio').get_running_loop()
        tell()
    """.replace("\n        ", "\n")
    )
    path = notebook.folder / "sent.txt"
    notebook.save()
    notebook.page.goto("about:blank")

    def figures() -> list[int]:
        return [int(text) for text in (path.read_text() or "0 1 0").split()]

    wait_for(lambda: figures()[1] == 0, timeout_s=15, what="the kernel to notice")
    sent, _, received = figures()
    wait_for(lambda: figures()[2] > received + 10, timeout_s=15, what="data to go on")
    assert figures()[0] == sent
    notebook.page.goto(notebook.address)
    notebook.wait_until_ready()
    PlotPage(notebook).wait_for_lines(1)
    PlotPage(notebook).wait_for_another_picture()


def unheard(notebook: Notebook) -> str:
    """What the plot says of its kernel."""
    return notebook.page.locator(".mqttwidgets-plot").first.get_attribute("data-mw-unheard") or ""


def test_a_busy_kernel_and_a_dead_one_are_told_from_a_live_picture(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    notebook = open_notebook(plot_cells("home/a", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(1)
    assert unheard(notebook) == ""
    notebook.run_in_background("import time; time.sleep(6)")
    wait_for(lambda: "busy, or has ended" in unheard(notebook), what="the plot to say so")
    wait_for(lambda: unheard(notebook) == "", what="it to go on")
    plot.wait_for_another_picture()
    notebook.run("plot.paused = True")
    notice = plot.root.locator(".mw-notice")
    wait_for(notice.is_visible, what="that it is paused, in words")
    notebook.restart_kernel()
    wait_for(lambda: "busy, or has ended" in unheard(notebook), what="the dead plot to say so")
    assert not notice.is_visible(), "what the kernel said of itself holds no longer"


def test_a_plot_whose_kernel_has_ended_says_so_also_where_it_was_out_of_sight(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    notebook = open_notebook(plot_cells("home/a", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(1)
    plot.root.evaluate("(plot) => plot.closest('.jp-Cell-outputWrapper').style.display = 'none'")
    notebook.restart_kernel()
    plot.root.evaluate("(plot) => plot.closest('.jp-Cell-outputWrapper').style.display = ''")
    assert not plot.root.locator(".mw-status").is_visible()
    said = "(plot) => getComputedStyle(plot, '::after').content"
    assert plot.root.evaluate(said) == '"The kernel has ended: this is its last picture."'
    signs = "(plot) => [...plot.querySelectorAll('*')].map((part) => getComputedStyle(part, '::before').content)"
    assert not [sign for sign in plot.root.evaluate(signs) if "url(" in sign], "one sign for all"
    assert notebook.errors == []


def test_traits_and_saved_state_are_those_of_the_picture(
    mosquitto: Mosquitto, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(plot_cells("home/#", mosquitto, options="window=50"))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    for value in ("20", "24.125", "21"):
        publish(mosquitto.port, [("home/a", value)])
        wait_for(lambda: value in plot.legend().values(), what=value)  # noqa: B023
    wait_for(lambda: len(re.findall("[ML]", plot.paths()[0])) == 3, what="three points")
    assert notebook.value("plot.figure.marks[0].y.tolist()") == [20, 24.125, 21]
    wait_for(lambda: saved_values(notebook) == [20, 24.125, 21], what="the saved state to have them")


def saved_values(notebook: Notebook) -> list[float]:
    """The y of the one line in the widget state that a notebook is saved with."""
    saved = json.loads(notebook.save_with_widget_state())
    widgets = saved["metadata"].get("widgets")  # not there at once
    if widgets is None:
        return []
    state = widgets["application/vnd.jupyter.widget-state+json"]["state"]
    (lines,) = (model for model in state.values() if model["model_name"] == "LinesModel")
    (data,) = (buffer["data"] for buffer in lines["buffers"] if buffer["path"] == ["y", "value"])
    values: list[float] = np.frombuffer(base64.b64decode(data)).tolist()
    return values


def test_resizing_draws_the_line_to_its_new_place(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("home/#", mosquitto, options="window=50"))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    for value in ("20", "24", "21"):
        # One after the other has been seen: samples microseconds apart are narrower than any axis.
        publish(mosquitto.port, [("home/a", value)])
        wait_for(lambda: value in plot.legend().values(), what=value)  # noqa: B023
    wait_for(lambda: painters(plot) == ["link"], what="the painter")
    wait_for(lambda: box_of(plot)[2] > 200, what="the whole line, of all three samples")
    before = box_of(plot)
    notebook.page.set_viewport_size({"width": 700, "height": 900})
    wait_for(lambda: box_of(plot)[2] < before[2] - 100, what="a narrower line")
    notebook.run("plot.figure.axes[1].scale.min = -1000.0")
    wait_for(lambda: box_of(plot)[3] < 5, what="a flat line, as the user's scale has it")

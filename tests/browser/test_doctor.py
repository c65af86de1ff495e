"""The doctor's last step: whether what was read becomes lines that somebody sees."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ..support.lab import Lab, Notebook, new_page
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells

LAST = "str(plot.doctor(10).findings[-1])"
INSTALL = "nstall bqplot and anywidget where Jupyter's server runs, then reload the page."


def test_the_doctor_goes_as_far_as_the_picture(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    notebook = open_notebook(plot_cells("home/a", mosquitto))
    notebook.run_all()
    PlotPage(notebook).wait_for_lines(1)
    end = "repr(plot.doctor(10)).splitlines()[-1].strip()"
    wait_for(lambda: notebook.value(end) == "✓ Picture: 1 line", what="a clean bill of health")
    for change, remedy in (
        ("plot.hidden = list(plot.stream.series)", "plot.hidden = [] shows them."),
        ("plot.paused = True", "plot.paused = False lets it go on."),
        ("plot.stop()", "plot.start() subscribes."),
    ):
        notebook.run(change)
        assert notebook.value(end) == remedy
    assert notebook.errors == []


def test_a_line_whose_clock_is_hours_behind_is_not_called_seen(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    notebook = open_notebook(plot_cells("#", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(4)
    late = json.dumps({"time": time.time() - 5 * 3600, "temperature": 21.5})
    publish(mosquitto.port, [("garden", late)])
    wait_for(lambda: len(plot.legend()) == 5, what="the garden in the legend")
    found = notebook.value(LAST)
    assert found.startswith("✗ Picture: 5 lines, but not in view: temperature"), found
    assert "whose newest sample is 5 h old" in found
    assert "decoder=AutoDecoder(time='') draws by the time of arrival" in found
    notebook.run("plot.hidden = [key for key in plot.stream.series if key[0] == 'garden']")
    assert notebook.value(LAST) == "✓ Picture: 4 lines"
    notebook.run("plot.hidden = [key for key in plot.stream.series if key[0] != 'garden']")
    wait_for(lambda: len(plot.legend()) == 1, what="the garden alone")
    assert notebook.value(LAST).startswith("✓ Picture: 1 line, but the newest sample is 5 h old")


@pytest.mark.parametrize("missing", ["bqplot", "anywidget"])
def test_a_server_whose_pages_cannot_draw_is_told(
    missing: str, mosquitto: Mosquitto, browser: Browser, rooms: PublisherProcess, tmp_path: Path
) -> None:
    lab = Lab(tmp_path, without=[missing])
    page = new_page(browser)
    try:
        notebook = Notebook(lab, page, plot_cells("home/a", mosquitto))
        notebook.run_all()
        page.wait_for_selector(".jupyter-widgets-error-widget")
        wait_for(lambda: INSTALL in notebook.value(LAST), what=f"the remedy, not {notebook.value(LAST)}")
        assert notebook.value(LAST).startswith("✗ Picture: 1 line, but ")
    finally:
        page.context.close()
        lab.close()

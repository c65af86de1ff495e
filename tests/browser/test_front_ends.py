"""The frame link in Notebook 7 and in Voilà; JupyterLab has `test_frame_link.py`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from ..support.front_ends import Notebook7, Voila
from ..support.lab import Notebook, new_page
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess
from ..support.traffic import Traffic
from ..support.waiting import wait_for
from .plot_page import Opened, PlotPage, painters, plot_cells

TWO_PLOTS = """
from ipywidgets import VBox
second = LiveSensorPlot('home/b', plot.stream.broker)
plot.figure.layout.height = second.figure.layout.height = '150px'
VBox([plot, second])
"""
TELL = """
import asyncio, json, os
from pathlib import Path

sent, send = [], plot._context.link.carrier.send

def count(*arguments):
    sent.append(1)
    send(*arguments)

def tell():
    told = [len(sent), len(plot._context.link.audience.shown()), plot.ledger.received]
    Path(f'{os.getpid()}.new').write_text(json.dumps(told))
    os.replace(f'{os.getpid()}.new', f'{os.getpid()}.json')
    asyncio.get_running_loop().call_later(0.2, tell)

plot._context.link.carrier.send = count
asyncio.get_running_loop().call_soon(tell)
"""


class Told(NamedTuple):
    """What a kernel said of itself: messages sent, plots that somebody watches, values received."""

    sent: int
    watched: int
    received: int


def told(folder: Path) -> list[Told]:
    """What each kernel at work in a folder said last."""
    return [Told(*json.loads(path.read_text())) for path in folder.glob("*.json")]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page where an error of our scripts fails the test; they are blobs: front ends have errors of their own."""
    page = new_page(browser)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    yield page
    page.context.close()
    assert [error for error in errors if "blob:" in error] == []


def assert_link_draws(opened: Opened, traffic: Traffic) -> None:
    """Both plots are drawn by the link, go on, and all that comes is its frames."""
    plots = [PlotPage(opened, number) for number in (0, 1)]
    for plot in plots:
        plot.wait_for_lines(1)
        wait_for(lambda plot=plot: painters(plot) == ["link"], what="the painter")  # type: ignore[misc]
    traffic.forget()
    for _ in range(5):
        for plot in plots:
            plot.wait_for_another_picture()
    assert traffic.frames >= 5
    assert traffic.others == 0, "all that changes travels in the frames"


def assert_closed_page_costs_nothing(page: Page, folder: Path, kernels: int) -> None:
    """Once the page is left, each kernel notices, and sends nothing while data goes on."""
    page.goto("about:blank")
    nobody = [0] * kernels
    wait_for(lambda: [kernel.watched for kernel in told(folder)] == nobody, 20, what="the kernels to notice")
    before = told(folder)
    wait_for(
        lambda: all(now.received > then.received + 10 for now, then in zip(told(folder), before, strict=True)),
        what="data to go on",
    )
    assert [kernel.sent for kernel in told(folder)] == [kernel.sent for kernel in before]


def test_notebook_7(mosquitto: Mosquitto, rooms: PublisherProcess, page: Page, tmp_path: Path) -> None:
    server = Notebook7(tmp_path)
    try:
        notebook = Notebook(server, page, [*plot_cells("home/a", mosquitto), TWO_PLOTS, TELL])
        notebook.run_all()
        assert_link_draws(notebook, notebook.traffic)
        notebook.save()
        notebook.reload()
        assert_link_draws(notebook, notebook.traffic)
        assert_closed_page_costs_nothing(page, server.root, kernels=1)
    finally:
        server.close()


def test_voila(mosquitto: Mosquitto, rooms: PublisherProcess, page: Page, tmp_path: Path) -> None:
    page.route("**/voila/api/shutdown/*", lambda route: route.abort())  # so that the kernels of left pages go on
    traffic = Traffic(page)
    dashboard = Voila(tmp_path, page, [plot_cells("home/a", mosquitto)[0] + TWO_PLOTS, TELL])
    try:
        dashboard.open()
        assert_link_draws(dashboard, traffic)
        page.reload()
        assert_link_draws(dashboard, traffic)
        assert_closed_page_costs_nothing(page, dashboard.folder, kernels=2)
    finally:
        dashboard.close()

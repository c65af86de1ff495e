"""Derived lines and spectra, used as a person does, from the first line to the last."""

from __future__ import annotations

import base64
import json
import math
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from ..support.lab import Notebook
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, painters
from .test_page import CONTRAST

VIBRATION_HZ, SAMPLES_HZ, BLOCK = 12.5, 200, 40
CELLS = [
    "import mqttwidgets as mw\n"
    "from mqttwidgets import LiveSensorPlot\n"
    "plot = LiveSensorPlot('home/#', broker={url!r}, window='20 s')\n"
    "plot.derive('mean', mw.rolling_mean('3 s'))\n"
    "plot.derive('band', mw.rolling_band('3 s'), of='*kitchen*')\n"
    "plot",
    "machine = LiveSensorPlot('machine/#', broker={url!r}, window='4 s')\n"
    "spectrum = machine.spectrum(seconds=2)\n"
    "spectrum",
]


@pytest.fixture
def sensors(mosquitto: Mosquitto) -> Iterator[list[PublisherProcess]]:
    """Two rooms five times a second, and a vibration in blocks with times of their own."""
    began = time.time() + 1
    rooms = [
        (f"home/{room}", json.dumps({"temperature": round(base + 2 * math.sin(n / 9), 2), "unit": "°C"}))
        for n in range(2_000)
        for room, base in (("kitchen", 22), ("cellar", 14))
    ]
    blocks = [("machine/pump", block(began, n * BLOCK)) for n in range(2_000)]
    processes = [
        PublisherProcess(mosquitto.port, rooms, rate_hz=10),
        PublisherProcess(mosquitto.port, blocks, rate_hz=SAMPLES_HZ / BLOCK),
    ]
    yield processes
    for process in processes:
        process.stop()


def block(began: float, first: int) -> str:
    """A SenML pack of a sine that grows by a hundredth a second."""
    values = [
        (1 + n / 20_000) * math.sin(2 * math.pi * VIBRATION_HZ * n / SAMPLES_HZ)
        for n in range(first, first + BLOCK)
    ]
    head = {"bt": round(began + first / SAMPLES_HZ, 6), "bn": "vibration", "bu": "m/s²"}
    records = [{"t": n / SAMPLES_HZ, "v": round(value, 5)} for n, value in enumerate(values)]
    return json.dumps([{**head, **records[0]}, *records[1:]])


def looks(plot: PlotPage) -> list[tuple[str, str, float]]:
    """Of each line the colour, the dashes and the width in pixels."""
    found: list[tuple[str, str, str]] = plot.figure.locator(".curve > path.line:not(.mw-end)").evaluate_all(
        """paths => paths.map(path => getComputedStyle(path))
            .map(style => [style.stroke, style.strokeDasharray, style.strokeWidth])"""
    )
    return [(color, dash, float(width.removesuffix("px"))) for color, dash, width in found]


def noted(plot: PlotPage) -> str:
    """What the legend says of lines that have no sample."""
    return " ".join(plot.root.locator(".mw-noted").all_inner_texts())


def kept(notebook: Notebook) -> str:
    """The picture of the second plot in the notebook's file."""
    _live, picture = json.loads(notebook.save())["cells"][1]["outputs"]
    source = re.search(r"data:image/svg\+xml;base64,([^\"]+)", "".join(picture["data"]["text/html"]))
    assert source is not None
    return base64.b64decode(source[1]).decode()


def test_a_person_derives_lines_and_looks_at_a_spectrum(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, sensors: list[PublisherProcess]
) -> None:
    notebook = open_notebook([cell.format(url=mosquitto.url) for cell in CELLS])
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(6)
    rooms = [label for label in plot.legend() if " of " not in label]
    assert sorted(rooms) == ["cellar", "kitchen"]
    labels = [*rooms, *(f"mean of {room}" for room in rooms), "band min of kitchen", "band max of kitchen"]
    assert list(plot.legend()) == labels
    assert "2 series, 4 derived" in plot.footer()
    seen = dict(zip(labels, looks(plot), strict=True))
    kitchen, cellar = seen["kitchen"], seen["cellar"]
    mean, other_mean = seen["mean of kitchen"], seen["mean of cellar"]
    low, high = seen["band min of kitchen"], seen["band max of kitchen"]
    assert kitchen[0] == mean[0] == low[0] == high[0] != cellar[0] == other_mean[0]
    assert kitchen[1] == "none" != mean[1] == other_mean[1]
    assert low[1] == high[1] == "none"
    assert kitchen[2] > mean[2] > low[2] == high[2] == 1
    assert set(painters(plot)) == {"link"}
    plot.wait_for_another_picture()

    notebook.run("plot.derive('rate', mw.rate_of_change(), of='*cellar*')")
    wait_for(lambda: plot.captions() == ["°C", "°C/s"], what="a scale of its own for the rate")

    notebook.run(
        "def doubtful(s):\n"
        "    if s.name.startswith('home/cellar'):\n"
        "        raise ValueError('<b>no</b> cellars')\n"
        "    return s.rolling('1s').max()\n"
        "doubtful = plot.derive('own', doubtful, lookback='2 s')"
    )
    wait_for(lambda: "ValueError: <b>no</b> cellars" in noted(plot), what="the error in the legend")
    assert "own of cellar" in noted(plot)
    wait_for(lambda: "own of kitchen" in plot.legend(), what="the line that goes on")
    assert notebook.value("doubtful.error") == "ValueError: <b>no</b> cellars"
    before = notebook.value("sum(len(s) for k, s in plot._plot.derivations.beside({}).items() if 'own' in k[1])")
    after = "sum(len(s) for k, s in plot._plot.derivations.beside({}).items() if 'own' in k[1])"
    wait_for(lambda: notebook.value(after) > before, what="more of it")
    for selector in (".mw-noted .mw-wrong", ".mw-noted"):
        at_once = f"root => ({CONTRAST})(root.querySelector('{selector}'))"  # as the legend is often written anew
        assert plot.root.evaluate(at_once) >= 4.5

    notebook.run("wrong = plot.derive('wrong', lambda s: s.rolling(nothing).mean())")
    once = "wrong failed in 2 of 2 series: NameError: name 'nothing' is not defined"
    wait_for(lambda: noted(plot).count("wrong") == 1 and once in " ".join(noted(plot).split()), what="one row")
    notebook.run("wrong.remove(); doubtful.remove()")
    wait_for(lambda: noted(plot) == "" and "own of kitchen" not in plot.legend(), what="it to be gone")
    plot.open_fields(rows=7)
    plot.rows().filter(has_text="band min").get_by_role("checkbox").click()
    wait_for(lambda: "band min of kitchen" not in plot.legend(), what="a hidden edge")
    plot.fields.click()

    spectrum = PlotPage(notebook, number=1)
    spectrum.root.scroll_into_view_if_needed()
    wait_for(lambda: "peak at 12.5 Hz, 1" in noted(spectrum), timeout_s=20, what=f"the peak: {noted(spectrum)}")
    assert spectrum.captions() == ["amplitude in m/s²"]
    assert len(spectrum.paths()) == 1
    wait_for(lambda: "peak at 12.5 Hz, 1" in kept(notebook), timeout_s=30, what="the picture that stays")
    assert "Hann window" in kept(notebook)
    spectrum.wait_for_another_picture()
    spectrum.root.get_by_role("button", name="Log").click()
    wait_for(lambda: "0.001" in ticks(notebook.page), what="powers of ten")
    assert notebook.errors == []


def ticks(page: Page) -> list[str]:
    """The labels on the axes of the spectrum."""
    return page.locator(".mw-spectrum .axis .tick text").all_text_contents()

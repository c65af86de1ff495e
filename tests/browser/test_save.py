"""The buttons that save: the files that the browser hands to the person; what a plot leaves that is closed."""

from __future__ import annotations

import struct
from pathlib import Path

import pandas as pd
from playwright.sync_api import Download, expect

from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells

MANY = """
import numpy as np
plot.stop()
series = next(iter(plot.stream.series.values()))
series.extend(series.last[0] + 1 + np.arange(70_000) / 1000, np.random.default_rng(1).normal(size=70_000))
"""


def test_picture_and_data_are_saved_through_the_browser(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess, tmp_path: Path
) -> None:
    notebook = open_notebook(plot_cells("home/#", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(4)
    words = plot.root.locator(".mw-save-words")

    def saved(label: str, *, by_key: bool = False) -> tuple[str, Path]:
        """Press a button: the name that the file is given, and where it is."""
        button = plot.root.get_by_role("button", name=f"Save the {label} file")
        with notebook.page.expect_download() as coming:
            button.press("Enter") if by_key else button.click()
        download: Download = coming.value
        path = tmp_path / "saved"
        download.save_as(path)
        expect(button).to_be_enabled()
        return download.suggested_filename, path

    name, svg = saved("picture as an SVG")
    assert name.startswith("home ")
    assert name.endswith(".svg")
    assert "4 series" in svg.read_text()
    name, png = saved("picture as a PNG", by_key=True)
    assert name.endswith(".png")
    assert struct.unpack(">II", png.read_bytes()[16:24]) == (1920, 804)

    notebook.run(MANY)
    name, csv = saved("data as a CSV")
    assert name.endswith(".csv")
    assert not csv.read_bytes().endswith(b"\n\n")
    table = pd.read_csv(csv, keep_default_na=False)
    assert len(table) == notebook.value("len(plot.to_pandas())") > 70_000
    assert table["value"].sum() == notebook.value("float(plot.to_pandas()['value'].sum())")
    assert words.inner_text() == ""

    notebook.run("from mqttwidgets.jupyter import save; save._MOST_BYTES = 1024**2")
    plot.root.get_by_role("button", name="Save the data").click()
    wait_for(lambda: "are more than 1 MB as CSV" in words.inner_text(), what="why there is no file")
    assert "plot.to_csv('data.csv', of='*')" in words.inner_text()

    notebook.run("plot.close()")
    kept = notebook.page.locator("[class*='mw-kept-'] img")
    expect(kept).to_be_visible()
    wait_for(lambda: ", stopped: 4 series" in str(kept.get_attribute("alt")), what="its last picture")
    assert "image/png" in notebook.save()
    assert notebook.errors == []

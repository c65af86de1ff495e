"""A notebook that survives: its last picture stays, reopened without its kernel, and exported."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Locator, Page

from mqttwidgets.jupyter.static_output import LARGEST_PNG

from ..support.lab import Notebook
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells

MARK = "document.querySelector('.mqttwidgets-plot').mark"


def kept_picture(saved: str) -> tuple[str, str]:
    """(SVG, line of text) of the picture in a notebook's file."""
    widget, picture = json.loads(saved)["cells"][0]["outputs"]
    assert "application/vnd.jupyter.widget-view+json" in widget["data"]
    source = re.search(r"data:image/svg\+xml;base64,([^\"]+)", "".join(picture["data"]["text/html"]))
    assert source is not None
    return base64.b64decode(source[1]).decode(), "".join(picture["data"]["text/plain"])


def kept_png(saved: str) -> str:
    """The PNG of the picture in a notebook's file, as base64."""
    return "".join(json.loads(saved)["cells"][0]["outputs"][1]["data"]["image/png"])


def saved_when(notebook: Notebook, words: str) -> str:
    """The notebook's file as it is when its picture first has these words."""
    return wait_for(
        lambda: saved if words in kept_picture(saved := notebook.save())[1] else "", timeout_s=30, what=words
    )


def width_on_page(page: Page, png: str) -> int:
    """The width of a PNG, as a browser reads it."""
    return int(
        page.evaluate(
            """async (png) => {
                const image = Object.assign(new Image(), {src: `data:image/png;base64,${png}`});
                await image.decode();
                return image.naturalWidth;
            }""",
            png,
        )
    )


def drawn_width(image: Locator) -> int:
    """The width of a picture, 0 for one that is broken."""
    return int(image.evaluate("image => image.complete && image.naturalWidth"))


def pictures(page: Page) -> list[tuple[float, float]]:
    """Width on the page and in the file of each kept picture that can be seen."""
    sizes: list[list[float]] = page.locator("[class*='mw-kept-'] img:visible").evaluate_all(
        "images => images.map(image => [image.getBoundingClientRect().width, image.naturalWidth])"
    )
    return [(shown, whole) for shown, whole in sizes]


def test_the_last_picture_stays(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess, browser: Browser, tmp_path: Path
) -> None:
    cells = plot_cells("home/#", mosquitto, "title='Rooms'")
    notebook = open_notebook([cells[0].replace(repr(mosquitto.url), "url"), "'what else there is'"])
    notebook.run(f"url = {mosquitto.url.replace('://', '://me:geheim@')!r}")  # in no cell
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(4)
    assert pictures(notebook.page) == []

    notebook.page.evaluate(f"() => {{ {MARK} = 'the same' }}")
    wait_for(lambda: "4 series" in kept_picture(notebook.save())[1], timeout_s=30, what="a picture with lines")
    assert ", live: 4 series" in kept_picture(notebook.save())[1]
    wait_for(lambda: "image/png" in notebook.save(), timeout_s=30, what="the PNG that the page draws")
    plot.pause.click()
    saved = saved_when(notebook, ", live, paused: 4 series")
    assert notebook.page.evaluate(MARK) == "the same"
    assert pictures(notebook.page) == []
    assert width_on_page(notebook.page, kept_png(saved)) == 960
    svg, line = kept_picture(saved)
    assert svg.count('<path d="M') >= 4
    assert re.search(r"Rooms, \d+ \w+ \d{4} \d\d:\d\d:\d\d AC[DS]T, live, paused: 4 series, [\d,]+ received", line)
    assert "geheim" not in saved + svg
    assert "widgets" not in json.loads(saved)["metadata"]
    assert "geheim" not in notebook.save_with_widget_state()
    notebook.close()

    page = notebook.page.context.new_page()
    page.goto(notebook.address)
    page.locator(".mqttwidgets-plot.mw-restored").wait_for(state="attached", timeout=60_000)
    wait_for(
        lambda: pictures(page),
        timeout_s=20,
        what="the picture in the place of a plot that is restored without its kernel",
    )
    assert page.locator(".mqttwidgets-plot:visible").count() == 0
    page.close()

    notebook.file.write_text(saved)
    page = notebook.page.context.new_page()
    page.goto(notebook.address)
    page.locator(".jp-OutputArea-output.jupyter-widgets").wait_for(state="attached", timeout=60_000)
    wait_for(lambda: pictures(page), timeout_s=20, what="the picture where there is no plot")
    assert "model not found" not in page.locator("body").inner_text()
    assert "what else there is" in page.locator(".jp-OutputArea").nth(1).inner_text()
    page.close()

    notebook.file.write_text(saved.replace("what else there is", "what a stranger wrote"))
    page = notebook.page.context.new_page()
    page.goto(notebook.address)
    shown = page.locator(".jp-OutputArea img")
    wait_for(lambda: shown.count() == 1 and drawn_width(shown) == 960, timeout_s=60, what="the picture, untrusted")
    assert "what a stranger wrote" in page.locator(".jp-OutputArea").nth(1).inner_text()
    page.close()

    (tmp_path / "saved.ipynb").write_text(saved)
    convert = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level", "ERROR", "saved.ipynb"]
    subprocess.run(convert, cwd=tmp_path, check=True)
    page = notebook.page.context.new_page()
    page.goto((tmp_path / "saved.html").as_uri())
    wait_for(lambda: [whole for _, whole in pictures(page)] == [960], what="the picture in the export")
    page.emulate_media(media="print")  # of which nbconvert makes its PDF
    assert [whole for _, whole in pictures(page)] == [960]
    assert b"/Image" in page.pdf()
    assert notebook.errors == []


def test_a_plot_in_a_box_keeps_its_picture(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    (cell,) = plot_cells("home/#", mosquitto)
    cell = f"{cell.removesuffix('plot')}from ipywidgets import VBox\nVBox([VBox([plot])])"
    notebook = open_notebook([cell])
    notebook.run_all()
    PlotPage(notebook).wait_for_lines(4)
    wait_for(lambda: "4 series" in kept_picture(notebook.save())[1], timeout_s=30, what="a picture with lines")
    assert pictures(notebook.page) == []
    saved = notebook.save()
    notebook.close()

    notebook.file.write_text(saved)
    page = notebook.page.context.new_page()
    page.goto(notebook.address)
    page.locator(".jp-OutputArea-output.jupyter-widgets").wait_for(state="attached", timeout=60_000)
    wait_for(lambda: len(pictures(page)) == 1, timeout_s=20, what="the picture where there is no plot")
    assert "model not found" not in page.locator("body").inner_text()
    assert notebook.errors == []


def test_the_last_picture_of_a_plot_that_is_closed_is_a_png_too(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    notebook = open_notebook(plot_cells("home/#", mosquitto))
    notebook.run_all()
    PlotPage(notebook).wait_for_lines(4)
    wait_for(lambda: "image/png" in notebook.save(), timeout_s=30, what="the PNG that the page draws")
    notebook.run("rasterizer = plot._context.clock.services.rasterizer; plot.close()")
    saved = saved_when(notebook, ", stopped: 4 series")
    picture = json.loads(saved)["cells"][0]["outputs"][1]["data"]
    assert f"data:image/png;base64,{kept_png(saved)}" in "".join(picture["text/html"]), "the same picture"
    wait_for(lambda: notebook.value("rasterizer.comm is None"), what="the end of what draws PNGs")
    assert notebook.errors == []


def test_a_dense_picture_is_a_png_that_is_small(browser: Browser) -> None:
    rng = np.random.default_rng(1)
    colors = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#7a5fb5"]

    def tangled(number: int) -> str:
        points = " ".join(f"{4 * x} {y}" for x, y in enumerate(rng.integers(0, 600, 240)))
        return f'<path d="M{points}" fill="none" stroke="{colors[number % 6]}" stroke-width="1.5"/>'

    lines = "".join(map(tangled, range(12)))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="960" height="600">{lines}</svg>'
    page = browser.new_page()
    code = (files("mqttwidgets") / "jupyter" / "js" / "raster.js").read_text("utf-8")
    png = page.evaluate(
        """async ([code, svg, most]) => {
            const url = URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
            const png = await (await import(url)).smallPng(svg, most);
            return btoa(String.fromCharCode(...new Uint8Array(await png.arrayBuffer())));
        }""",
        [code, svg, LARGEST_PNG],
    )
    assert 10_000 < len(base64.b64decode(png)) <= LARGEST_PNG
    assert width_on_page(page, png) == 624
    page.close()

"""What a saved notebook shows of a plot where there is no kernel: exported, and on GitHub."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import datetime, timezone
from html.parser import HTMLParser
from typing import Any

import nbconvert
import nbformat
import pytest

from mqttwidgets.jupyter.static_output import LARGEST_PNG, kept_output
from mqttwidgets.plot.snapshot import Snapshot

PNG = b"\x89PNG\r\n\x1a\n"
LINE = 'Rooms & "halls", 1 Mar 2026 12:05:00 UTC, live: 4 series'
WIDGET = {"application/vnd.jupyter.widget-view+json": {"model_id": "0"}, "text/plain": ""}


def kept(svg_size: int = 0, png: bytes = PNG) -> dict[str, str]:
    """A kept picture."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="960" height="360"/>'.ljust(svg_size)
    taken = Snapshot(svg, LINE, "Rooms", datetime(2026, 3, 1, tzinfo=timezone.utc))
    return kept_output(taken, png, live="mw-live-1", kept="mw-kept-1")


def exported(exporter: Any) -> tuple[str, dict[str, bytes]]:
    """What nbconvert makes of a notebook with a live plot and its picture; the page and the files beside."""
    v4: Any = nbformat.v4
    outputs = [v4.new_output("display_data", output) for output in (WIDGET, kept())]
    notebook = v4.new_notebook(cells=[v4.new_code_cell("plot", outputs=outputs)])
    page, resources = exporter().from_notebook_node(notebook)
    return page, resources["outputs"]


class Cleaned(HTMLParser):
    """The images of a page, cleaned more strictly than GitHub is known to: no style, no class, no SVG."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.images: list[dict[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of an image."""
        if tag == "img":
            self.images.append({k: v or "" for k, v in attrs if k in ("alt", "src") and "svg" not in (v or "")})


def test_latex_shows_the_png() -> None:
    page, files = exported(nbconvert.LatexExporter)
    ((name, content),) = files.items()
    assert page.count(f"{{{name}}}") == 1
    assert content == PNG


def test_github_shows_the_png() -> None:
    page, _ = exported(nbconvert.HTMLExporter)
    assert Cleaned(page).images == [{"alt": LINE, "src": f"data:image/png;base64,{b64encode(PNG).decode()}"}]


@pytest.mark.parametrize(
    ("svg_size", "png_size", "wanted"),
    [
        (20_000, 20_000, {"svg", "png", "image/png"}),
        (20_000, LARGEST_PNG, {"png", "image/png"}),
        (80_000, 20_000, {"png", "image/png"}),
        (110_000, LARGEST_PNG, {"png", "image/png"}),
        (110_000, 0, {"svg"}),
    ],
)
def test_it_is_never_large(svg_size: int, png_size: int, wanted: set[str]) -> None:
    output = kept(svg_size, PNG.ljust(png_size) if png_size else b"")
    assert {*re.findall("data:image/(svg|png)", output["text/html"])} | (output.keys() & {"image/png"}) == wanted
    assert sum(map(len, output.values())) <= 150_000
    assert output["text/plain"] == LINE

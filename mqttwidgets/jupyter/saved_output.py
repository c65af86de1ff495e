"""The picture of a plot as an output of a notebook, for whatever shows it without a kernel.

It is HTML, which most viewers prefer, and beside that a PNG for those that know none, such as LaTeX. The image in
the HTML is an SVG, and the same PNG where that is not shown: GitHub cleans the page that nbconvert makes of a
notebook, and of images in it the PNGs are sure to stay, as those are what plots usually are.
"""

from __future__ import annotations

import base64
import html

from ..base.text import printable
from ..plot.snapshot import Snapshot
from ..plot.svg.svg_picture import WIDTH

LARGEST_PNG = 55_000
"""Bytes that a PNG may have, as it is there twice."""

_LARGEST = 150_000  # characters of an output

_STYLE = (  # an Output widget, as interact has one, is an output area in an output of another one
    ".jp-OutputArea:has(.{live}:not(.mw-restored)) .jp-OutputArea-child:has(.{kept}):not(:has(.{live})),"
    ":root:has(.{live}:not(.mw-restored)) .{kept},"
    ".jp-OutputArea-child:has(>.jupyter-widgets):not(:has(.{live}))"
    ":has(+.jp-OutputArea-child>.jp-OutputArea-output>.{kept}),"
    ".{live}.mw-restored"
    "{{display:none}}"
)


def kept_output(taken: Snapshot, png: bytes, *, live: str, kept: str) -> dict[str, str]:
    """The MIME bundle of a picture that hides itself while the live plot is on the page.

    Where it would be large, the PNG takes the place of the SVG.

    Args:
        taken: the picture.
        png: the same as a PNG; `b""` as long as there is none.
        live: the CSS class of the live plot.
        kept: the CSS class of the picture.

    Example:
        >>> from datetime import datetime
        >>> taken = Snapshot("<svg/>", "Oven, 12:05: 1 series", "Oven", datetime(2026, 3, 1, 12, 5))
        >>> output = kept_output(taken, b"", live="mw-live-1", kept="mw-kept-1")
        >>> output["text/plain"], 'src="data:image/svg+xml;base64,' in output["text/html"]
        ('Oven, 12:05: 1 series', True)
    """
    svg = f"data:image/svg+xml;base64,{_encoded(taken.svg.encode())}"
    sources = [f'src="{svg}"']
    beside = {}
    if png:
        beside["image/png"] = _encoded(png)
        source = f'src="data:image/png;base64,{beside["image/png"]}"'
        sources = [f'{source} srcset="{svg}"', source]
    words = printable(taken.line, 500)
    outputs = [
        {
            "text/html": f'<style>{_STYLE.format(live=live, kept=kept)}</style><div class="{kept}">'
            f'<img alt="{html.escape(words)}" width="{WIDTH}" style="max-width:100%" {source}></div>',
            "text/plain": words,
            **beside,
        }
        for source in sources
    ]
    return next((output for output in outputs if sum(map(len, output.values())) <= _LARGEST), outputs[-1])


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()

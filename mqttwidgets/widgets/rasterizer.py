"""PNGs that a page draws for the kernel."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget

_PNG = b"\x89PNG\r\n\x1a\n"


class Rasterizer(anywidget.AnyWidget):
    """Has the page draw what the kernel cannot; never displayed.

    Threads: messages may come on any thread; what is done with a PNG happens in `act`.

    Args:
        act: does something on the kernel's event loop.
    """

    _esm = (Path(__file__).parent / "raster.js").read_text("utf-8")

    def __init__(self, act: Callable[[Callable[[], object]], object]) -> None:
        self._act = act
        self._numbers = itertools.count(1)
        self._awaited: tuple[int, Callable[[bytes], object]] | None = None
        super().__init__()
        self.on_msg(self._take)

    def rasterize(self, svg: str, most: int, done: Callable[[bytes], object]) -> None:
        """Have a page draw an SVG as a PNG with few colours; where none is open, or it is late, nothing happens.

        Args:
            svg: the picture.
            most: bytes; what is dense gets fewer colours, or is drawn smaller.
            done: called in `act` with the PNG, unless another picture is asked for meanwhile.
        """
        number = next(self._numbers)
        self._awaited = number, done
        self.send({"kind": "raster", "number": number, "svg": svg, "most": most})

    def _take(self, _widget: Any, content: Any, buffers: Any) -> None:
        """Take a message as the head of raster.js describes it; what is not one changes nothing."""
        if isinstance(content, dict) and content.get("kind") == "raster" and buffers:
            png = bytes(buffers[0])
            self._act(lambda: self._drawn(content.get("number"), png))

    def _drawn(self, number: object, png: bytes) -> None:
        awaited = self._awaited
        if awaited is not None and awaited[0] == number and png.startswith(_PNG):
            self._awaited = None
            awaited[1](png)

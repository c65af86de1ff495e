"""PNGs that a page draws for the kernel."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget

from . import page_messages

_NUMBERS = 2**53
_PNG = b"\x89PNG\r\n\x1a\n"
_PATIENCE = 10  # ticks; a page that is there takes a second or two
_TICK_S = 1.0  # ticks and not a time: while a cell runs, no answer is heard, either

After = Callable[[float, Callable[[], object]], object]


class Rasterizer(anywidget.AnyWidget):
    """Has the page draw what the kernel cannot; never displayed.

    Threads: messages may come on any thread; what is done with a PNG happens in `act`.

    Args:
        act: does something on the kernel's event loop.
        after: does something there after so many seconds; None where there is no loop.
    """

    _esm = (Path(__file__).parent / "js" / "raster.js").read_text("utf-8")

    def __init__(self, act: Callable[[Callable[[], object]], object], after: After | None) -> None:
        self._act = act
        self._after = after
        self._numbers = itertools.count(1)
        self._awaited: tuple[int, Callable[[bytes], object]] | None = None
        self._most = 0
        self._is_answered = self._is_finishing = False
        super().__init__()
        self.on_msg(self._take)

    def rasterize(self, svg: str, most: int, done: Callable[[bytes], object]) -> None:
        """Have a page draw an SVG as a PNG with few colours.

        Args:
            svg: the picture.
            most: bytes; what is dense gets fewer colours, or is drawn smaller.
            done: called on the loop with the PNG, or with `b""` when no page has answered for ten seconds in which
                the kernel was free; not at all if another picture is asked for meanwhile.
        """
        number = next(self._numbers)
        self._awaited, self._most = (number, done), most
        self.send({"kind": "raster", "number": number, "svg": svg, "most": most})
        self.wait(number, _PATIENCE)

    def close(self) -> None:
        """Close it, with its layout."""
        self.layout.close()
        super().close()

    def finish(self) -> None:
        """Close it: at once, or where a page has answered lately, as soon as nothing is awaited any more."""
        self._is_finishing = True
        if self._awaited is None or self._after is None or not self._is_answered:
            self.close()

    def _take(self, _widget: Any, content: Any, buffers: Any) -> None:
        """Take a message as the head of raster.js describes it; what is not one changes nothing."""
        kind, said = page_messages.kind_of(content)
        number, png = page_messages.whole(said.get("number"), 1, _NUMBERS), page_messages.blob(buffers, self._most)
        if kind == "raster" and number is not None and png is not None and png.startswith(_PNG):
            self._act(lambda: self._end(number, png))

    def wait(self, number: int, ticks: int) -> None:
        """Give up a picture after so many ticks."""
        if not ticks:
            self._end(number, b"")
        elif self._after is not None and self._is_awaited(number) and self.comm is not None:
            self._after(_TICK_S, _weakly(self, number, ticks - 1))

    def _is_awaited(self, number: object) -> bool:
        return self._awaited is not None and self._awaited[0] == number

    def _end(self, number: object, png: bytes) -> None:
        """Hand over what has come of a picture."""
        if self._awaited is not None and self._is_awaited(number):
            done, self._awaited = self._awaited[1], None
            self._is_answered = bool(png)
            done(png)
            if self._is_finishing:
                self.close()


def _weakly(rasterizer: Rasterizer, number: int, ticks: int) -> Callable[[], None]:
    """What a timer may hold without holding the rasterizer, and so its plot."""
    known = weakref.ref(rasterizer)

    def wait() -> None:
        there = known()
        if there is not None:
            there.wait(number, ticks)

    return wait

"""PNGs that a page draws for the kernel."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import anywidget

from . import page_messages

_NUMBERS = 2**53
_PNG = b"\x89PNG\r\n\x1a\n"
_PATIENCE = 10  # ticks; a page that is there takes a second or two
_TICK_S = 1.0  # ticks and not a time: while a cell runs, no answer is heard, either

After = Callable[[float, Callable[[], object]], object]


class _Awaited(NamedTuple):
    """A PNG that a page was asked for.

    Attributes:
        number: of the request.
        most: bytes that it may have.
        done: called with it.
    """

    number: int
    most: int
    done: Callable[[bytes], object]


class Rasterizer(anywidget.AnyWidget):
    """Has a page draw what the kernel cannot, for all plots of an event loop; never displayed.

    Threads: messages may come on any thread; what is done with a PNG happens in `act`.

    Args:
        act: does something on the kernel's event loop.
        after: does something there after so many seconds; None where there is no loop.
    """

    _esm = (Path(__file__).parent / "js" / "raster.js").read_text("utf-8")

    def __init__(self, act: Callable[[Callable[[], object]], object], after: After | None, **options: Any) -> None:
        self._act = act
        self._after = after
        self._numbers = itertools.count(1)
        self._awaited: dict[str, _Awaited] = {}
        self._is_answered = self._is_finishing = False
        super().__init__(**options)
        self.on_msg(self._take)

    def rasterize(self, name: str, svg: str, most: int, done: Callable[[bytes], object]) -> None:
        """Ask a page to draw an SVG as a PNG with few colours.

        Args:
            name: whose picture it is: who asks again takes only the later one.
            svg: the picture.
            most: bytes; what is dense gets fewer colours, or is drawn smaller.
            done: called on the loop with the PNG, or with `b""` when no page has answered for ten seconds in which
                the kernel was free; not at all if another picture is asked for meanwhile.
        """
        number = next(self._numbers)
        self._awaited[name] = _Awaited(number, most, done)
        self.send({"kind": "raster", "number": number, "svg": svg, "most": most})
        self.wait(name, number, _PATIENCE)

    def finish(self) -> None:
        """Close it: at once, or where a page has answered lately, as soon as nothing is awaited any more."""
        self._is_finishing = True
        if not self._awaited or self._after is None or not self._is_answered:
            self.close()

    def _take(self, _widget: Any, content: Any, buffers: Any) -> None:
        """Take a message as the head of raster.js describes it; what is not one changes nothing."""
        kind, said = page_messages.kind_of(content)
        number = page_messages.whole(said.get("number"), 1, _NUMBERS)
        if kind == "raster" and number is not None:
            self._act(lambda: self._answer(number, buffers))

    def _answer(self, number: int, buffers: Any) -> None:
        name = next((name for name, each in self._awaited.items() if each.number == number), None)
        if name is not None:
            png = page_messages.blob(buffers, self._awaited[name].most)
            if png is not None and png.startswith(_PNG):
                self._end(name, png)

    def wait(self, name: str, number: int, ticks: int) -> None:
        """Give up a picture after so many ticks."""
        awaited = self._awaited.get(name)
        if awaited is None or awaited.number != number:
            return
        if not ticks:
            self._end(name, b"")
        elif self._after is not None and self.comm is not None:
            self._after(_TICK_S, _weakly(self, name, number, ticks - 1))

    def _end(self, name: str, png: bytes) -> None:
        """Hand over what has come of a picture."""
        self._is_answered = bool(png)
        self._awaited.pop(name).done(png)
        if self._is_finishing and not self._awaited:
            self.close()


def _weakly(rasterizer: Rasterizer, name: str, number: int, ticks: int) -> Callable[[], None]:
    """A callback for a timer that does not keep the rasterizer alive."""
    known = weakref.ref(rasterizer)

    def wait() -> None:
        there = known()
        if there is not None:
            there.wait(name, number, ticks)

    return wait

"""Services that all plots of an event loop share on a page, never displayed: frames, time zone, styles, PNGs."""

from __future__ import annotations

import itertools
import re
import weakref
import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
import ipywidgets as widgets

from . import page_messages
from .frame_link import FrameLink

_JS = Path(__file__).parent / "js"  # read as texts: a path would be watched, and each widget kept for ever by that
_LONGEST_OFFSET_MINUTES = 24 * 60 - 1
_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,3}")  # IANA's, of which no part is ".."

_NUMBERS = 2**53
_PNG = b"\x89PNG\r\n\x1a\n"
_PATIENCE = 10  # ticks; a page that is there takes a second or two
_TICK_S = 1.0  # ticks and not a time: while a cell runs, no answer is heard, either
After = Callable[[float, Callable[[], object]], object]


class BrowserInfo(anywidget.AnyWidget):
    """The browser's word on itself; until it comes, the kernel's own time zone stands in.

    Of several browsers on one kernel the latest to open the notebook counts.

    Args:
        on_page: called, on any thread, when a page has opened.
    """

    _esm = (_JS / "browser_info.js").read_text("utf-8")
    _css = (_JS / "plot.css").read_text("utf-8")

    def __init__(self, on_page: Callable[[], object] = lambda: None, **options: Any) -> None:
        self._on_page = on_page
        self.zone: tzinfo = datetime.now().astimezone().tzinfo or timezone.utc
        """The viewer's time zone."""
        self.zone_name: str = datetime.now().astimezone().tzname() or "UTC"
        """Its name, for people."""
        super().__init__(**options)
        self.on_msg(self._take)

    def _take(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take a message as the head of browser_info.js describes it; what is not one changes nothing."""
        kind, said = page_messages.kind_of(content)
        if kind != "viewer":
            return
        self._on_page()
        zone = time_zone(said.get("time_zone"), said.get("utc_offset_minutes"))
        if zone is not None:
            self.zone, self.zone_name = zone


def time_zone(name: object, utc_offset_minutes: object) -> tuple[tzinfo, str] | None:
    """(time zone, name) for an IANA name, or for the offset where this machine has no rules for the name.

    Example:
        >>> time_zone("Nowhere/At_All", 90)[1], time_zone(None, None)
        ('UTC+01:30', None)
    """
    if isinstance(name, str) and _ZONE_NAME.fullmatch(name):
        try:
            return zoneinfo.ZoneInfo(name), name.replace("_", " ")
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass
    minutes = page_messages.whole(utc_offset_minutes, -_LONGEST_OFFSET_MINUTES, _LONGEST_OFFSET_MINUTES)
    if minutes is not None:
        zone = timezone(timedelta(minutes=minutes))
        return zone, str(zone)
    return None


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

    _esm = (_JS / "raster.js").read_text("utf-8")

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
        name = next((name for name, each in [*self._awaited.items()] if each.number == number), None)
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


class PageServices:
    """The frame link, the browser's time zone and the styles, and PNGs; of one layout, as each is a message more.

    Args:
        act: does something on the kernel's event loop.
        after: does something there after so many seconds.
        on_news: called, on any thread, when pages show other figures.
        on_page: called, on any thread, when a page has opened.

    Attributes:
        link: how frames reach pages.
        viewer: the time zone of the browser.
        rasterizer: has pages draw PNGs.
    """

    def __init__(
        self,
        act: Callable[[Callable[[], object]], object],
        after: After,
        on_news: Callable[[], object],
        on_page: Callable[[], object],
    ) -> None:
        self._layout = widgets.Layout()
        self.link = FrameLink(on_news=on_news, layout=self._layout)
        self.viewer = BrowserInfo(on_page, layout=self._layout)
        self.rasterizer = Rasterizer(act, after, layout=self._layout)

    def close(self) -> None:
        """End all of it, once the last plot is closed; a PNG that is awaited may still come."""
        self.link.close()
        self.viewer.close()
        self.rasterizer.finish()
        self._layout.close()

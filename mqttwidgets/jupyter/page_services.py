"""Services that all plots of one event loop share on a page; none of them is displayed."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from .browser_info import BrowserInfo
from .frame_link import FrameLink
from .rasterizer import After, Rasterizer


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

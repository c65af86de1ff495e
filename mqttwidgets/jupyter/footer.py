"""The line beneath a plot: how much came, and on demand what became of what is not plotted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from ..live.ledger import LedgerPage
from ..plot import texts
from .frame_link import FrameLink
from .linked import LinkedHTML


class Footer:
    """Figures, and a button for their details once there are any. Used on the kernel's event loop only.

    Args:
        link: the kernel's frame link; None for none.
        on_toggle: called when the details are wanted, or no longer, on any thread.

    Attributes:
        widget: all of it.
    """

    def __init__(self, link: FrameLink | None, on_toggle: Callable[[], object]) -> None:
        self._link = link
        self._on_toggle = on_toggle
        self._facts = self._html()
        self._button: widgets.ToggleButton | None = None
        self._details: LinkedHTML | None = None
        self.widget = widgets.Box([self._facts])
        self.widget.add_class("mw-footer-row")

    def show(self, page: LedgerPage, series: str, remarks: Sequence[str]) -> int:
        """Show what is so now; the number of widget messages it took.

        Args:
            page: the Ledger's figures.
            series: how many, in words.
            remarks: what is to be known of all of them.
        """
        messages = _set(self._facts, texts.footer(page, series, remarks))
        if self._button is None:
            if not (page.skipped or page.undecodable or page.dropped or page.noted):
                return messages
            self._button = self._new_button()
            self.widget.children = (self._facts, self._button)
        return messages + self._show_details(page, self._button)

    def _show_details(self, page: LedgerPage, button: widgets.ToggleButton) -> int:
        if self._details is None:
            if not button.value:
                return 0
            self._details = self._html().add_class("mw-details-panel")
            self.widget.children = (*self.widget.children, self._details)
        return _set(self._details, texts.details(page) if button.value else "")

    def _new_button(self) -> widgets.ToggleButton:
        button = widgets.ToggleButton(
            description="details",
            tooltip="What became of the messages that are not plotted, and why",
            layout=widgets.Layout(width="auto"),
        )
        button.add_class("mw-open-details")
        button.observe(lambda _change: self._on_toggle(), "value")
        return button

    def _html(self) -> LinkedHTML:
        html = LinkedHTML()
        html.link = self._link
        return html


def _set(html: LinkedHTML, text: str) -> int:
    if html.value == text:
        return 0
    html.value = text
    return 1

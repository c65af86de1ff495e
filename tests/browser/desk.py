"""One page with JupyterLab for one notebook after the other, as to load it takes longer than most tests."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Browser, Page

from ..support.lab import VIEWPORT, Lab, Notebook, new_page


class Desk:
    """Opens notebooks in a browser, each with a kernel of its own.

    A notebook lies in the page that all share, unless that is taken or a page of its own is asked for.

    Args:
        lab: the JupyterLab that the pages show.
        browser: where the pages are.
    """

    def __init__(self, lab: Lab, browser: Browser) -> None:
        self._lab = lab
        self._browser = browser
        self._shared: Page | None = None
        self._open: list[Notebook] = []

    def open(self, cells: Sequence[str], kernel: str, file: str, *, own_page: bool) -> Notebook:
        """A notebook with these cells, or as it was saved."""
        if own_page or any(notebook.page is self._shared for notebook in self._open):
            page = new_page(self._browser)
        else:
            page = self._shared = self._shared or new_page(self._browser)
        self._open.append(Notebook(self._lab, page, cells, kernel, file))
        return self._open[-1]

    def clear(self, *, keep_page: bool) -> None:
        """End all kernels and close all pages; the shared one may be kept for the next notebook.

        What cannot be cleared is not used again.
        """
        opened, self._open = self._open, []
        for notebook in opened:
            shared = self._shared if notebook.page is self._shared else None
            if shared is not None:
                self._shared = None
            if shared is not None and keep_page:
                _put_in_order(notebook)
                self._shared = shared
            else:
                notebook.close()
                notebook.page.context.close()


def _put_in_order(notebook: Notebook) -> None:
    """End a notebook and make its page as it was before."""
    page = notebook.page
    notebook.put_away()
    notebook.set_theme("JupyterLab Light")
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.set_viewport_size(VIEWPORT)
    page.mouse.move(0, 0)
    page.evaluate("() => window.jupyterapp.shell.expandLeft()")

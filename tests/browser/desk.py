"""One page with JupyterLab for one notebook after the other, as to load it takes longer than most tests."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Browser, Page, ViewportSize

from ..lab import TIME_ZONE, Lab, Notebook

_VIEWPORT: ViewportSize = {"width": 1100, "height": 900}


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
            page = self._new_page()
        else:
            page = self._shared = self._shared or self._new_page()
        self._open.append(Notebook(self._lab, page, cells, kernel, file))
        return self._open[-1]

    def clear(self, *, keep_page: bool) -> None:
        """End all kernels and close all pages; the shared one may be kept for the next notebook."""
        for notebook in self._open:
            if not (keep_page and notebook.page is self._shared and self._put_in_order(notebook)):
                notebook.close()
                notebook.page.context.close()
                self._shared = None if notebook.page is self._shared else self._shared
        self._open.clear()

    def _new_page(self) -> Page:
        return self._browser.new_context(viewport=_VIEWPORT, timezone_id=TIME_ZONE).new_page()

    def _put_in_order(self, notebook: Notebook) -> bool:
        """Make the shared page as it was; whether it shows JupyterLab still."""
        page = notebook.page
        if not page.evaluate("() => 'jupyterapp' in window"):
            return False
        notebook.put_away()
        notebook.set_theme("JupyterLab Light")
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.set_viewport_size(_VIEWPORT)
        page.mouse.move(0, 0)
        page.evaluate("() => window.jupyterapp.shell.expandLeft()")
        return True

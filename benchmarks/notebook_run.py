"""A notebook that shows live plots while nobody looks at it but the probe in its page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page

from benchmarks.chromium import Chromium
from tests.support.lab import Lab, Notebook

_PROBE = Path(__file__).parent / "peers" / "probe.js"
_OUT_OF_SIGHT = """() => {
    const pictures = document.querySelectorAll('.jp-OutputArea-output :is(canvas, svg)');
    const boxes = [...pictures].map((picture) => picture.getBoundingClientRect()).filter((box) => box.width > 100);
    return boxes.filter((box) => box.top < 0 || box.bottom > innerHeight || box.right > innerWidth).length;
}"""


class Change(NamedTuple):
    """A picture that was another one after an animation frame.

    Attributes:
        at: when the frame was done, in epoch seconds.
        plot: the plot's number on the page.
        y: where its line ends, in px downwards.
        top: where its line is highest.
        bottom: where its line is lowest.
    """

    at: float
    plot: int
    y: float
    top: float
    bottom: float


class Traffic(NamedTuple):
    """What a page had received and sent so far.

    Attributes:
        at: when, in epoch seconds.
        received: messages of the kernel's websocket.
        received_bytes: of these.
        sent: messages to the kernel's websocket.
        looks: animation frames.
    """

    at: float
    received: float
    received_bytes: float
    sent: float
    looks: float


class NotebookRun:
    """A notebook in a page and with a kernel of its own, playwright attached only while it is asked.

    Args:
        lab: where it is.
        chromium: what shows it.
        cell: its code.
        watch: JavaScript that gives `bench.watch` of probe.js what to look at.
    """

    def __init__(self, lab: Lab, chromium: Chromium, cell: str, watch: str) -> None:
        self._chromium = chromium
        with chromium.attached() as browser:
            page = browser.new_page()
            page.add_init_script(path=_PROBE)
            self._notebook = Notebook(lab, page, [cell])
            self._url = page.url
            self._notebook.command("application:toggle-left-area")
            page.add_style_tag(content=".jp-Notebook .jp-InputArea { display: none !important; }")
            self._notebook.run_all()
            _raise_error(page)
            page.evaluate(f"() => {{ {watch}; }}")

    @contextmanager
    def attached(self) -> Iterator[Notebook]:
        """The notebook with its page, for as long as the context lasts."""
        with self._chromium.attached() as browser:
            self._notebook.page = next(page for page in browser.pages if page.url == self._url)
            yield self._notebook

    def heap_mb(self) -> float:
        """The page's memory for JavaScript after a collection."""
        with self.attached() as notebook:
            session = notebook.page.context.new_cdp_session(notebook.page)
            session.send("HeapProfiler.collectGarbage")
            used = session.send("Runtime.getHeapUsage")["usedSize"]
            session.detach()
        return float(used) / 1e6

    def seen(self) -> tuple[list[Change], list[Traffic]]:
        """What the page noted so far; an error where not all of it was in sight."""
        with self.attached() as notebook:
            noted = notebook.page.evaluate("() => bench.report()")
            hidden = notebook.page.evaluate(_OUT_OF_SIGHT)
        if hidden:
            raise RuntimeError(f"{hidden} pictures are not wholly in sight: they need smaller figures")
        changes = [Change(at / 1000, int(plot), *places) for at, plot, *places in _rows(noted["changes"], 5)]
        return changes, [Traffic(at / 1000, *counts) for at, *counts in _rows(noted["traffic"], 5)]


def _rows(numbers: list[float], width: int) -> Iterator[tuple[Any, ...]]:
    return zip(*[iter(numbers)] * width, strict=True)


def _raise_error(page: Page) -> None:
    """Raise what the cell raised."""
    outputs = ".jp-OutputArea-output:is([data-mime-type*='stderr'], [data-mime-type*='error'])"
    for error in page.locator(outputs).all_inner_texts():
        raise RuntimeError(error)

"""The last picture of a plot, in the output of its cell: it stays where the notebook is without a kernel.

The live widget and the picture are two outputs of the cell: an output of its own can be brought up to date without
the live one being made anew. The picture hides itself while the live plot is on the page. It hides the words
"model not found" that JupyterLab writes in its place, and a plot that was restored from the file without its
kernel, as that would say "live".
"""

from __future__ import annotations

import base64
import html
import sys
import uuid
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets

from ..base.clock import CLOCK
from ..base.text import printable
from ..plot.snapshot import WIDTH, Snapshot

_FIRST_WAIT_S, _LONGEST_WAIT_S = 2.0, 30.0
_BETWEEN_HIDINGS_S = 5.0

Rasterize = Callable[[str, str, int, Callable[[bytes], object]], object]
"""Called with the name of a picture, its SVG, how many bytes a PNG may have, and what to do with that."""


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


class _Output:
    """The output that holds the picture; it knows nothing of the plot, which may be gone before a PNG comes.

    Args:
        name: by which the picture and the live plot know each other.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.live_class, self._kept_class = f"mw-live-{name}", f"mw-kept-{name}"
        self.has_png = False
        self._latest: Snapshot | None = None

    def expect(self, taken: Snapshot) -> None:
        """Take only a PNG of this picture from here on: that of an earlier one comes too late."""
        self._latest = taken

    def put(self, taken: Snapshot, png: bytes, *, update: bool) -> None:
        """Publish the picture, with its PNG if that is there."""
        output = kept_output(taken, png, live=self.live_class, kept=self._kept_class)
        _publish(output, transient={"display_id": self._kept_class}, update=update)

    def complete(self, taken: Snapshot, png: bytes) -> None:
        """Publish a picture with its PNG, or without where no page answers; not if there is a later one."""
        if taken is self._latest and (png or self.has_png):
            self.put(taken, png, update=True)
            self.has_png = bool(png)


class StaticOutput:
    """Keeps the picture in the notebook in step with a plot: seldom, as each time marks the notebook as changed.

    Soon after the first data, then less and less often up to every half minute, and whenever it is told to. Used
    on the kernel's event loop only. Where there is no notebook it does nothing.

    A picture with a PNG gives way only to another one with a PNG, which a page takes a second to draw, so that the
    notebook may be saved at any time; or to one without, when no page answers any more.

    Args:
        take: gives the picture; None where the plot has none to keep.
        rasterize: has a page draw an SVG as a PNG, which not every front end has without.

    Attributes:
        live_class: the CSS class by which the picture knows the live plot.
    """

    def __init__(self, take: Callable[[], Snapshot | None], rasterize: Rasterize) -> None:
        self._take = take
        self._rasterize = rasterize
        self._output = _Output(uuid.uuid4().hex[:12])
        self.live_class = self._output.live_class
        self._plot: widgets.Widget | None = None
        self._is_shown = False
        self._is_behind = False
        self._wait_s = _FIRST_WAIT_S
        self._kept_at = float("-inf")
        self._on_cell = _weakly(self)

    def follow(self, plot: widgets.Widget) -> None:
        """Show the picture in each cell that ends with a box in which `plot` is; to be called once."""
        self._plot = plot
        shell = _notebook_shell()
        if shell is not None:
            shell.events.register("post_run_cell", self._on_cell)

    def close(self) -> None:
        """Keep no more pictures, but the one that a page may be drawing; to be called once."""
        shell = _notebook_shell()
        if shell is not None:
            shell.events.unregister("post_run_cell", self._on_cell)

    def show(self, live: dict[str, Any], now: float) -> None:
        """Put the live widget into the output of the cell that runs, and the picture beside it.

        Args:
            live: the widget's MIME bundle.
            now: epoch seconds.
        """
        taken = None if _notebook_shell() is None else self._take()
        if taken is None:
            return _publish(live)
        _publish({**live, "text/plain": ""})  # the picture says it
        self._show_picture(taken, now)
        return None

    def drawn(self, now: float, *, is_new: bool) -> None:
        """Note that the plot has drawn at `now` (epoch seconds), and whether that was anything new."""
        self._is_behind = self._is_shown and (self._is_behind or is_new)
        if self._is_behind and not 0 <= now - self._kept_at < self._wait_s:
            self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
            self.refresh(now)

    def unwatched(self, now: float) -> None:
        """Note that nobody watches the plot, so that it draws no more."""
        if self._is_behind and not 0 <= now - self._kept_at < _BETWEEN_HIDINGS_S:
            self.refresh(now)

    def refresh(self, now: float) -> None:
        """Bring the picture up to date."""
        taken = self._take() if self._is_shown else None
        if taken is not None:
            self._keep(taken, now, update=True)

    def after_cell(self, result: Any) -> None:
        """Show the picture in a cell that ends with a box: a plot in one is not asked to show itself."""
        taken = self._take() if self._plot is not None and _is_within(self._plot, result.result) else None
        if taken is not None:
            self._show_picture(taken, CLOCK.now())

    def _show_picture(self, taken: Snapshot, now: float) -> None:
        self._is_shown = True
        self._keep(taken, now, update=False)

    def _keep(self, taken: Snapshot, now: float, *, update: bool) -> None:
        self._kept_at, self._is_behind = now, False
        output = self._output
        output.expect(taken)
        if not (update and output.has_png):
            output.put(taken, b"", update=update)
        if taken.has_lines or output.has_png:
            self._rasterize(output.name, taken.svg, LARGEST_PNG, partial(output.complete, taken))


def _weakly(keepsake: StaticOutput) -> Callable[[Any], None]:
    """A callback for a shell that does not keep the output, and so its plot, alive."""
    known = weakref.ref(keepsake)

    def after_cell(result: Any) -> None:
        there = known()
        if there is not None:
            there.after_cell(result)

    return after_cell


def _publish(bundle: dict[str, Any], **options: Any) -> None:
    from IPython import display

    publish: Any = display.publish_display_data
    publish(bundle, **options)


def _is_within(widget: widgets.Widget, other: object) -> bool:
    """Whether a widget is among the children of another one, or theirs."""
    children = other.children if isinstance(other, widgets.Box) else ()
    return any(child is widget or _is_within(widget, child) for child in children)


def _notebook_shell() -> Any:
    """The shell of the kernel that runs us, so that outputs go to a notebook; None where there is none."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell if hasattr(shell, "kernel") else None

"""The base of every widget that draws a stream: display, re-run of its cell, clock, link, static picture, end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ..base.clock import CLOCK
from ..plot.snapshot import Snapshot
from .browser_info import BrowserInfo
from .frame_clock import frame_clock
from .lifetime import Unheld, predecessors
from .linked import LinkedHTML
from .rasterizer import Rasterizer
from .static_output import StaticOutput
from .widget_tree import SharedLook, close_all, parts

if TYPE_CHECKING:
    from ..doctor.examination import Page


class WidgetContext:
    """What all parts of one widget share; made before them.

    Attributes:
        clock: the FrameClock of the kernel's event loop; None where there is none.
        link: its frame link, over which what changes travels; None where there is none.
        look: the layout and the style that parts share.
        viewer: the browser's time zone.
    """

    def __init__(self) -> None:
        self.clock = frame_clock()
        self.link = None if self.clock is None else self.clock.link
        self.look = SharedLook()
        on_page = () if self.clock is None else (self.clock.expect_answer,)
        self.viewer = BrowserInfo(*on_page, **self.look.box)

    @property
    def after(self) -> Callable[[float, Callable[[], object]], object] | None:
        """Does something on the event loop after so many seconds; None where there is none."""
        return None if self.clock is None else self.clock.after

    def html(self) -> LinkedHTML:
        """A piece of HTML whose changes travel with the frames."""
        html = LinkedHTML(**self.look.html)
        html.link = self.link
        return html

    def act(self, action: Callable[[], object]) -> None:
        """Do `action` on the kernel's event loop, wherever we are; here, where there is none."""
        if self.clock is None:
            action()
        else:
            self.clock.run(action)


class PlotWidget(widgets.VBox):  # type: ignore[misc]
    """A widget that the frame clock lets draw while a page shows it.

    A subclass makes a WidgetContext, then its parts, calls this, and `begin()` once it is whole. It gives:

    - `draw(now)`: bring the parts up to date, on the kernel's event loop; the number of widget messages it took. A
      part whose class is a `Linked` one travels with the frame of all plots once its `link` is set.
    - `fps`: how often at most it is called, in Hz.
    - `snapshot()`: the picture that stays in the notebook when there is no kernel; None for a widget without one.
    - `keep_up()`: what must go on while nobody watches; called twice a second.
    - `_end()`: what ends at once, on any thread, when it is closed.
    - `_roots()`: parts that its children do not refer to, which are closed with it.

    A widget closes when its cell runs again, and when its output was cleared and nothing holds it any more.

    Args:
        context: what the parts share.
        children: the parts to show.
        shown: the part by which pages know that they show the widget.
        traits: of the widget.
    """

    fps: float = 20.0
    """Frames a second at most."""

    _closed = True  # until it is built there is nothing to close

    def __init__(
        self, context: WidgetContext, children: Sequence[widgets.Widget], shown: widgets.Widget, **traits: Any
    ) -> None:
        super().__init__(children, **traits)
        self._context = context
        self.figure_id = str(shown.model_id)
        """The model id of the part by which pages know that they show the widget."""
        self._rasterizer = Rasterizer(context.act, context.after)
        self._static_output = StaticOutput(self, self.snapshot, self._rasterizer.rasterize)
        self._unheld = Unheld(self, type(self).belongings, context.after)
        self.add_class("mqttwidgets-plot").add_class(self._static_output.live_class)

    def begin(self) -> list[Any]:
        """Draw from here on; those that an earlier run of the same cell made, which the subclass closes."""
        self._closed = False
        if self._context.clock is not None:
            self._context.clock.add(self)  # before the earlier ones go, as the link goes with the last plot
        return predecessors(self)

    # For subclasses.

    def draw(self, now: float) -> int:
        """Bring the page in step with the stream at `now` (epoch seconds); the number of messages it took."""
        raise NotImplementedError

    def snapshot(self) -> Snapshot | None:
        """The picture as it stands; None for a widget without one."""
        return None

    def keep_up(self) -> None:
        """Go on while nobody watches."""
        self._static_output.unwatched(CLOCK.now())

    def _end(self) -> None:
        """End at once, on any thread, what must."""

    def _roots(self) -> list[widgets.Widget]:
        """Parts that no other part refers to."""
        return []

    def _keep_picture(self) -> None:
        """Bring the picture that stays in the notebook up to date."""
        self._context.act(lambda: self._static_output.refresh(CLOCK.now()))

    def _page(self) -> Page:
        """How pages stand to the widget."""
        from ..doctor.examination import Page

        link = self._context.link
        if link is None:
            return Page.IS_NONE
        if not link.is_answered:
            return Page.IS_SILENT
        if self.figure_id in link.audience.shown():
            return Page.SHOWS_IT
        return Page.CANNOT_DRAW if self.figure_id in link.audience.broken() else Page.IS_ELSEWHERE

    # For Jupyter and the user.

    def close(self) -> None:
        """Take it off the page with every widget that it is made of. Returns at once; from any thread."""
        if self._closed or sys.is_finalizing():
            return
        self._closed = True
        self._end()
        self._context.act(self._dissolve)

    def _ipython_display_(self) -> None:
        """Show it in a cell, and beside it a picture for when there is no kernel; see StaticOutput."""
        self._unheld.displayed()
        live = {"text/plain": repr(self)} if self._closed else self._repr_mimebundle_()
        self._static_output.show(live, CLOCK.now())

    def belongings(self) -> list[object]:
        """All that ends with it."""
        return [*parts([*self._all_roots(), self._rasterizer])]

    def _all_roots(self) -> list[widgets.Widget]:
        """The widgets that, with all they refer to, make it up, but for the rasterizer, which ends later."""
        return [self, self._context.viewer, *self._roots()]

    def _dissolve(self) -> None:
        self._static_output.refresh(CLOCK.now())
        self._static_output.close()
        self._unheld.stop()
        self._rasterizer.finish()
        if self._context.clock is not None:
            self._context.clock.remove(self)
        close_all(self._all_roots(), self._context.link, but=self)
        super().close()

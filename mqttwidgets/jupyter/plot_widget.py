"""The base of every widget that draws a stream: display, end of its cell's earlier ones, clock, link, picture."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from ..base.clock import CLOCK
from ..plot.plot import ThisComputer, Viewer
from ..plot.snapshot import Snapshot
from ..sensor_stream import SensorStream
from .frame_clock import frame_clock
from .lifetime import Unheld, note_made, predecessors
from .linked import LinkedHTML
from .page_services import After
from .static_output import StaticOutput
from .widget_tree import SharedLook, close_all, css_classes, parts

if TYPE_CHECKING:
    from ..doctor.examination import Page


_DECODING_S = 0.05  # without a clock


class WidgetContext:
    """Everything that the parts of one widget share; made before them.

    Attributes:
        clock: the FrameClock of the kernel's event loop; None where there is none.
        link: its frame link, over which what changes travels; None where there is none.
        viewer: the browser's time zone.
        look: the layout and the style that parts share.
        earlier: the widgets that this one replaces, as an earlier run of the cell made them; none once it did.

    Args:
        widget: that they are parts of.
    """

    def __init__(self, widget: PlotWidget) -> None:
        self.earlier: list[Any] = predecessors(widget)
        self.clock = frame_clock()
        self._services = None if self.clock is None else self.clock.services_for(self)
        self.link = None if self._services is None else self._services.link
        self.viewer: Viewer = ThisComputer() if self._services is None else self._services.viewer
        self.look = SharedLook()

    @property
    def after(self) -> After | None:
        """Does something on the event loop after so many seconds; None where there is none."""
        return None if self.clock is None else self.clock.after

    def decode(self, stream: SensorStream) -> None:
        """Bring a stream up to date, as far as there is time for that in a frame; on the event loop."""
        if self.clock is None:
            stream.drain(_DECODING_S)
        else:
            self.clock.decode(stream.drain)

    def rasterize(self, name: str, svg: str, most: int, done: Callable[[bytes], object]) -> None:
        """Ask a page to draw a PNG; see Rasterizer. Where there is no event loop there is no page either."""
        if self._services is not None:
            self._services.rasterizer.rasterize(name, svg, most, done)

    def html(self, *classes: str) -> LinkedHTML:
        """A piece of HTML, with CSS classes, whose changes travel with the frames."""
        html = LinkedHTML(**self.look.html, **css_classes(*classes))
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
        classes: CSS classes besides those of every such widget.
        traits: of the widget.
    """

    fps: float = 20.0
    """Frames a second at most."""

    _closed = True  # until it is built there is nothing to close

    def __init__(
        self,
        context: WidgetContext,
        children: Sequence[widgets.Widget],
        shown: widgets.Widget,
        classes: Sequence[str] = (),
        **traits: Any,
    ) -> None:
        self._static_output = StaticOutput(self.snapshot, context.rasterize)
        classes = ("mqttwidgets-plot", self._static_output.live_class, *classes)
        super().__init__(children, **css_classes(*classes), **traits)
        self._context = context
        self.figure_id = str(shown.model_id)
        """The model id of the part by which pages know that they show the widget."""
        self._static_output.follow(self)
        self._unheld = Unheld(self, type(self).belongings, context.after)

    def begin(self) -> None:
        """Draw from here on, in place of what an earlier run of the same cell made."""
        self._closed = False
        if self._context.clock is not None:
            self._context.clock.add(self, self._context)
        replaced, self._context.earlier = self._context.earlier, []  # else each would keep the one before alive
        note_made(self, replaced)
        for earlier in replaced:
            earlier.close()

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
        return [*parts([self, *self._roots()])]

    def _dissolve(self) -> None:
        self._static_output.refresh(CLOCK.now())
        self._static_output.close()
        self._unheld.stop()
        close_all([self, *self._roots()], self._context.link, but=self)
        super().close()
        if self._context.clock is not None:
            self._context.clock.remove(self)

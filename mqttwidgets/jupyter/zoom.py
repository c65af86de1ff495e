"""The part of time and of the values that a person chose to see, instead of the newest and all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ..base.errors import InvalidValueError
from ..plot import texts
from ..plot.scales import Measure
from ..plot.view import View
from .frame_link import FrameLink
from .gestures import Edge, Ends, Gestures, Look
from .picture import Picture
from .widget_tree import SharedLook


class Zoomed(Protocol):
    """A plot with the traits that say what is to be seen."""

    time_range: Any
    value_ranges: Any
    selection: Any
    paused: Any

    def go_live(self) -> None:
        """See the newest again."""

    def observe(self, handler: Callable[[Any], None], names: list[str]) -> None:
        """Call `handler` when one of the traits changes."""


class Zoom:
    """Keeps a View in step with the plot's traits, and these with what the hand does in the picture.

    Args:
        view: what cuts the frames.
        picture: what shows them.
        link: the kernel's frame link; None for none.
        look: what the parts of the plot share.
        act: does something on the kernel's event loop, wherever we are.
        redraw: has a new frame drawn soon; called there.

    Attributes:
        widget: what lies over the picture.
    """

    def __init__(
        self,
        view: View,
        picture: Picture,
        link: FrameLink | None,
        look: SharedLook,
        act: Callable[[Callable[[], None]], None],
        redraw: Callable[[], None],
    ) -> None:
        self._plot: Zoomed
        self._view = view
        self._picture = picture
        self._act = act
        self._redraw = redraw
        self._said: object = None  # of which scales and choices
        self.widget = Gestures(
            act,
            on_look=self._look,
            on_live=self._go_live,
            on_select=self._select,
            figure=str(picture.figure.model_id),
            time_scale=picture.time_scale,
            **look.box,
        )
        self.widget.link = link

    def follow(self, plot: Zoomed) -> None:
        """Go by the traits of a plot, once it has them."""
        self._plot = plot
        plot.observe(self._follow, ["time_range", "value_ranges"])

    def refresh(self, *, with_words: bool) -> int:
        """Say that the picture shown is the one that was asked for; the number of widget messages it took."""
        view, news = self._view, {"badge": self._badge()} if with_words else {}
        now_so = (view.measures, self._picture.value_scales, view.value_ranges, view.span)
        if now_so != self._said:
            self._said = now_so
            news.update(self._scales())
        return self.widget.refresh(**news)

    def _scales(self) -> dict[str, list[str]]:
        """The scales for values, and those of all whose ends are somebody's choice."""
        measures = self._units()
        held = [scale for scale, measure in measures.items() if measure in self._view.value_ranges]
        return {
            "value_scales": ["" if measure is None else scale for scale, measure in measures.items()],
            "held": held if self._view.span is None else [self._picture.time_scale, *held],
        }

    def _badge(self) -> list[str]:
        text, explanation = texts.way_back(
            self._view.unseen(),
            stays_put=self._plot.time_range is not None,
            paused=self._plot.paused,
            values_held=bool(self._plot.value_ranges),
        )
        return [text, explanation]

    def _follow(self, _change: Any) -> None:
        def act() -> None:
            time_range = self._plot.time_range
            self._view.span = time_range and (time_range[0].timestamp(), time_range[1].timestamp())
            if self._view.value_ranges != self._plot.value_ranges:
                self._view.value_ranges = self._plot.value_ranges
            self._redraw()

        self._act(act)

    def _units(self) -> dict[str, Measure]:
        """What each value scale measures; None for states."""
        return dict(zip(self._picture.value_scales, self._view.measures, strict=False))

    def _look(self, look: Look) -> None:
        """See what the hand chose; an axis goes no further than the traits allow."""
        units = self._units()
        ranges = {unit: ends for scale, ends in look.values.items() if (unit := units.get(scale)) is not None}
        try:
            if look.span is not None:
                self._plot.time_range = look.span
            if ranges:
                self._plot.value_ranges = {**self._plot.value_ranges, **ranges}
        except InvalidValueError:
            pass
        self._redraw()

    def _go_live(self, scales: Sequence[str] | None) -> None:
        """See the newest again, all values; or only what some scales show."""
        if scales is None:
            self._plot.go_live()
        else:
            units = self._units()
            freed = [units.get(scale) for scale in scales]
            if self._picture.time_scale in scales:
                self._plot.time_range = None
            self._plot.value_ranges = {
                unit: ends for unit, ends in self._plot.value_ranges.items() if unit not in freed
            }
        self._redraw()

    def _select(self, span: Ends | None, edge: Edge | None) -> None:
        former = self._plot.selection
        if span is not None and edge is not None and former is not None:
            start, end = former[0].timestamp(), former[1].timestamp()
            if edge == "start" and span[0] <= end:
                span = span[0], end
            elif edge == "end" and start <= span[1]:
                span = start, span[1]
        with contextlib.suppress(InvalidValueError):  # beyond the times that there are
            self._plot.selection = span

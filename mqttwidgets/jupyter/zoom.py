"""The part of time and of the values that a person chose to see: by hand in the picture, or by traits."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, get_args

import anywidget
import traitlets

from ..base.errors import InvalidValueError
from ..plot import texts
from ..plot.axes import Measure
from ..plot.view import View
from . import page_messages
from .frame_link import FrameLink
from .linked import Linked
from .picture import Picture
from .widget_tree import SharedLook, css_classes

_JS = Path(__file__).parent / "js"
_NUMBERS = 2**31 - 1

Ends = tuple[float, float]
Edge = Literal["start", "end"]
_EDGES: tuple[Edge, ...] = get_args(Edge)


class Look(NamedTuple):
    """A view that somebody asked for.

    Attributes:
        span: the ends of the time axis, epoch seconds; None leaves it as it is.
        values: the ends of value scales, by the scale's model id; the others stay as they are.
    """

    span: Ends | None
    values: Mapping[str, Ends]

    @classmethod
    def parse(cls, content: Mapping[str, object]) -> Look | None:
        """A look from a message as the head of gestures.js describes it; None for what is not one."""
        span, values = content.get("span"), content.get("values")
        if not isinstance(values, dict) or page_messages.words(list(values)) is None:
            return None
        read = {scale: pair for scale, ends in values.items() if (pair := page_messages.ends(ends)) is not None}
        if len(read) < len(values) or not _is_span(span):
            return None
        return cls(page_messages.ends(span), read)


class Gestures(Linked, anywidget.AnyWidget):
    """The layer over the picture: its tools, the way back to live, and the listeners for mouse and keys.

    Args:
        act: does something on the kernel's event loop, where the others are called, too.
        on_look: called with what somebody wants to see.
        on_live: called when somebody wants to go back to live, with the model ids of the scales meant;
            None for all.
        on_select: called with the ends of a span of time (epoch seconds) that was brushed, None for no span; and
            with the one of them that is meant, None for both.
    """

    _esm = (_JS / "gestures.js").read_text(
        "utf-8"
    )  # a path would be watched, and each widget kept for ever by the watch
    _css = (_JS / "gestures.css").read_text("utf-8")

    _look = traitlets.Unicode((_JS / "viewport.js").read_text("utf-8")).tag(sync=True)
    figure = traitlets.Unicode().tag(sync=True)
    """The model id of the figure."""

    time_scale = traitlets.Unicode().tag(sync=True)
    """The model id of the scale of the time axis."""

    value_scales: Any = traitlets.List().tag(sync=True)
    """The model ids of the scales for values, those of the left and the right axis first; "" for a state's."""

    held: Any = traitlets.List().tag(sync=True)
    """Those of all these scales whose ends are somebody's choice."""

    badge: Any = traitlets.List(["", ""]).tag(sync=True)
    """The text of the button that leads back, and what it explains; without a text there is none."""

    answered = traitlets.Int(0).tag(sync=True)
    """The number of the latest message that the picture takes into account."""

    def __init__(
        self,
        act: Callable[[Callable[[], None]], None],
        *,
        on_look: Callable[[Look], None],
        on_live: Callable[[Sequence[str] | None], None],
        on_select: Callable[[Ends | None, Edge | None], None],
        **traits: Any,
    ) -> None:
        self._act = act
        self._on_look = on_look
        self._on_live = on_live
        self._on_select = on_select
        self._taken = self._answered = 0
        super().__init__(**traits, **css_classes("mw-gestures"))
        self.on_msg(lambda _widget, content, _buffers: self.take(content))

    def refresh(self, **wanted: Sequence[str]) -> int:
        """Say that the picture is in step with all that was taken; the number of messages it took.

        Args:
            wanted: traits that may have changed, and what they are to be.
        """
        if not wanted and self._answered == self._taken:
            return 0
        self._answered = self._taken
        news: dict[str, object] = {**wanted, "answered": self._taken}
        changed = {name: value for name, value in news.items() if getattr(self, name) != value}
        if not changed:
            return 0
        with self.hold_sync():
            for name, value in changed.items():
                setattr(self, name, value)
        return 1

    def take(self, content: object) -> None:
        """Take a message as the head of gestures.js describes it; what is not one changes nothing."""
        kind, said = page_messages.kind_of(content)
        action = self._asked(kind, said)
        if action is not None:
            self._act(lambda: self._do(action, said.get("number")))

    def _asked(self, kind: str, content: Mapping[str, object]) -> Callable[[], None] | None:
        span, scales = content.get("span"), page_messages.words(content.get("scales"))
        if kind == "live" and (scales is not None or content.get("scales") is None):
            return lambda: self._on_live(scales)
        if kind == "look" and (look := Look.parse(content)) is not None:
            return lambda: self._on_look(look)
        if kind == "select" and _is_span(span):
            edge: Edge | None = next((one for one in _EDGES if one == content.get("edge")), None)
            return lambda: self._on_select(page_messages.ends(span), edge)
        return None

    def _do(self, action: Callable[[], None], number: object) -> None:
        self._taken = max(self._taken, page_messages.whole(number, 0, _NUMBERS) or 0)
        action()


def _is_span(value: object) -> bool:
    """Whether a message names a span of time, or none on purpose."""
    return value is None or page_messages.ends(value) is not None


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
        """The measure of each value scale; None for states."""
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

"""Zooming, panning and brushing in the picture: what the hand does, taken from the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import anywidget
import traitlets

from . import page_messages
from .linked import Linked

_JS = Path(__file__).parent / "js"
_NUMBERS = 2**31 - 1

Ends = tuple[float, float]
Edge = Literal["start", "end"]
_EDGES: tuple[Edge, ...] = get_args(Edge)


class Look(NamedTuple):
    """What somebody wants to see.

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
    """What lies over the picture: the tools, the way back to live, and whoever listens to mouse and keys.

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
        self._taken = 0
        super().__init__(**traits)
        self.add_class("mw-gestures")
        self.on_msg(lambda _widget, content, _buffers: self.take(content))

    def refresh(self, **wanted: Sequence[str]) -> int:
        """Say that the picture is in step with all that was taken; the number of messages it took.

        Args:
            wanted: traits that may have changed, and what they are to be.
        """
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

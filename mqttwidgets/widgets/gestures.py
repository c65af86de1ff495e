"""Zooming, panning and brushing in the picture: what the hand does, taken from the browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeGuard, get_args

import anywidget
import traitlets

from ..frames.linked import Linked

_HERE = Path(__file__).parent
_NUMBERS = 2**31

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
        if not isinstance(values, dict) or not all(map(_is_ends, values.values())):
            return None
        if not (span is None or _is_ends(span)):
            return None
        ends = {str(scale): _ends(pair) for scale, pair in values.items()}
        return cls(None if span is None else _ends(span), ends)


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

    _esm = (_HERE / "gestures.js").read_text(
        "utf-8"
    )  # a path would be watched, and each widget kept for ever by the watch
    _css = (_HERE / "gestures.css").read_text("utf-8")

    _look = traitlets.Unicode((_HERE / "look.js").read_text("utf-8")).tag(sync=True)
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
    ) -> None:
        self._act = act
        self._on_look = on_look
        self._on_live = on_live
        self._on_select = on_select
        self._taken = 0
        super().__init__()
        self.add_class("mw-gestures")
        self.on_msg(lambda _widget, content, _buffers: self.take(content))

    def refresh(self, **wanted: Sequence[str]) -> int:
        """Say that the picture is in step with all that was taken; the number of messages it took.

        Args:
            wanted: traits and what they are to be.
        """
        news: dict[str, object] = {**wanted, "answered": self._taken}
        changed = {name: value for name, value in news.items() if getattr(self, name) != value}
        with self.hold_sync():
            for name, value in changed.items():
                setattr(self, name, value)
        return int(bool(changed))

    def take(self, content: object) -> None:
        """Take a message as the head of gestures.js describes it; what is not one changes nothing."""
        if isinstance(content, dict) and (action := self._asked(content)) is not None:
            self._act(lambda: self._do(action, content.get("number")))

    def _asked(self, content: Mapping[str, object]) -> Callable[[], None] | None:
        kind, span, scales = content.get("kind"), content.get("span"), content.get("scales")
        if kind == "live" and (scales is None or _is_texts(scales)):
            return lambda: self._on_live(scales)
        if kind == "look" and (look := Look.parse(content)) is not None:
            return lambda: self._on_look(look)
        if kind == "select" and (span is None or _is_ends(span)):
            edge: Edge | None = next((one for one in _EDGES if one == content.get("edge")), None)
            return lambda: self._on_select(None if span is None else _ends(span), edge)
        return None

    def _do(self, action: Callable[[], None], number: object) -> None:
        if isinstance(number, int) and 0 < number < _NUMBERS:
            self._taken = max(self._taken, number)
        action()


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_ends(value: object) -> bool:
    is_pair = isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))
    return is_pair and value[0] < value[1]  # type: ignore[index]


def _ends(value: Any) -> Ends:
    return float(value[0]), float(value[1])

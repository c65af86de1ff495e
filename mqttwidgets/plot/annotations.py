"""What is drawn beneath the lines: levels of values and spans of time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

SpanKind = Literal["alarm", "selection"]

SPAN_COLORS: dict[SpanKind, str] = {"alarm": "#e0600f", "selection": "#7f8c8d"}
"""The usual colour of each kind of span: told apart on white and on near-black, by colour-blind people as well."""


@dataclass(frozen=True)
class Level:
    """A horizontal line on a value axis, over the whole picture.

    Attributes:
        value: where it is, on that axis; finite.
        place: which of the Frame's value axes it belongs to.
        label: foreign text, shown at its right end; where the axis ends before it, at that end.
        color: CSS colour.
    """

    value: float
    place: int
    label: str
    color: str


@dataclass(frozen=True)
class Span:
    """A stretch of time, shaded over the whole height.

    Attributes:
        start: epoch seconds.
        end: epoch seconds; `math.inf` for one that lasts to the right end of the picture, and longer.
        color: CSS colour.
        kind: "alarm" or "selection"; an alarm bears a sign besides its colour.
        label: of an alarm, what stands at its top where there is room: a sign of one character, a space and words.
    """

    start: float
    end: float
    color: str
    kind: SpanKind
    label: str = "!"


def level_as_json(level: Level, scale: str) -> list[object]:
    """A level as annotations.js takes it.

    Args:
        level: the level.
        scale: the model id of its axis's scale.

    Example:
        >>> level_as_json(Level(30.0, 0, "above 30", "#e0600f"), "a1")
        ['a1', 30.0, 'above 30', '#e0600f']
    """
    return [scale, level.value, level.label, level.color]


def span_as_json(span: Span) -> list[object]:
    """A span as annotations.js takes it.

    Example:
        >>> span_as_json(Span(10.0, math.inf, "#e0600f", "alarm", "▲ above 30"))
        ['alarm', 10.0, None, '▲ above 30', '#e0600f']
    """
    end = span.end if math.isfinite(span.end) else None
    return [span.kind, span.start, end, span.label, span.color]

"""The legend beneath the picture, as HTML: each series with its look, name, newest value and axis."""

from __future__ import annotations

import re

from ..frames.frame import Axis, Frame, Line
from ..frames.palette import DASH_ARRAYS
from ..frames.scales import NO_UNIT, STATE
from ..text import html_text
from .texts import value_text

_MOST_ENTRIES = 100
_DECIMALS = re.compile(r",\.(\d+)f")
_SIDES = (("←", "left axis"), ("→", "right axis"), ("↕", "to a separate scale, without an axis"))
_NAMES = {NO_UNIT: "numbers without a unit", STATE: "states"}


def legend(frame: Frame) -> str:
    """Each series with its colour, label, newest value and unit; of several axes, on which one it is."""
    if not frame.lines:
        return ""
    entries = [_entry(line, frame.value_axes) for line in frame.lines[:_MOST_ENTRIES]]
    if len(frame.lines) > _MOST_ENTRIES:
        entries.append(f"<span>and {len(frame.lines) - _MOST_ENTRIES:,} more, listed under Fields</span>")
    note = without_axis(frame.value_axes[len(_SIDES) - 1 :])
    return f'<div class="mw-legend">{"".join(entries)}</div>' + (
        f'<div class="mw-axes-note">{html_text(note, 300)}</div>' if note else ""
    )


def without_axis(axes: tuple[Axis, ...]) -> str:
    """What is drawn without an axis, in a sentence.

    Example:
        >>> without_axis((Axis((0.0, 1.0), (), caption="hPa"),))
        'No axis here for hPa: drawn to a separate scale.'
        >>> without_axis((Axis((0.0, 1.0), (), caption="hPa"), Axis((0.0, 1.0), (), caption="no unit")))
        'No axis here for hPa and numbers without a unit: each drawn to a separate scale.'
    """
    sentences = []
    names = [_NAMES.get(axis.caption, axis.caption) for axis in axes if not axis.labels]
    if names:
        *others, last = names
        listed = f"{', '.join(others)} and {last}" if others else last
        sentences.append(f"No axis here for {listed}: {'each ' if others else ''}drawn to a separate scale.")
    if any(axis.labels for axis in axes):
        sentences.append("States are at the bottom, on above off.")
    return " ".join(sentences)


def swatch(color: str, dash: str) -> str:
    """A piece of a line."""
    return (
        '<svg width="22" height="8" aria-hidden="true"><line x1="1" y1="4" x2="21" y2="4" '
        f'stroke="{color}" stroke-width="3" stroke-dasharray="{DASH_ARRAYS[dash]}"/></svg>'
    )


def _entry(line: Line, axes: tuple[Axis, ...]) -> str:
    topic, field = line.key
    full = html_text(f"{topic} {field}".strip(), 300)
    return (
        f'<span class="mw-series" title="{full}">{swatch(line.color, line.dash)}{html_text(line.label, 60)} '
        f'<span class="mw-value">{html_text(newest_value(line, axes))}</span>'
        f"{_side(line.place) if len(axes) > 1 else ''}</span>"
    )


def newest_value(line: Line, axes: tuple[Axis, ...]) -> str:
    """The newest value as its axis writes it, in a word or with as many decimals, and its unit."""
    axis = axes[line.place]
    words = dict(zip(axis.ticks, axis.labels, strict=False))
    if line.last[1] in words:
        return words[line.last[1]]  # a state has no unit
    fixed = _DECIMALS.fullmatch(axis.tick_format)
    value = value_text(line.last[1], int(fixed[1]) if fixed else 0)
    return f"{value}\u202f{line.unit[:20]}" if line.unit else value


def _side(place: int) -> str:
    sign, name = _SIDES[min(place, len(_SIDES) - 1)]
    return f'<span class="mw-side" role="img" aria-label="{name}" title="{name}">{sign}</span>'

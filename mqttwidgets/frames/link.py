"""How a Frame reaches the browser: as updates of bqplot's traits.

The one place that knows how a frame is sent. A link shows frames of one figure and says how many messages
each took; a faster one can take this one's place.
"""

from __future__ import annotations

from typing import Any

import bqplot

from .frame import Axis, Frame, Line

_MARGINS = {"top": 10, "bottom": 52, "left": 62, "right": 34}
_CHARACTER_PX, _BESIDE_LABELS_PX = 7.2, 28


class TraitLink:
    """A bqplot Figure and its marks, kept in step with Frames. Used on the kernel's event loop only.

    Attributes:
        figure: the Figure.
    """

    def __init__(self) -> None:
        self._time_scale = bqplot.LinearScale()
        self._value_scale = bqplot.LinearScale()
        self._time_axis = bqplot.Axis(
            scale=self._time_scale, grid_lines="solid", tick_values=[], label_offset="2.8em", visible=False
        )
        self._value_axis = bqplot.Axis(
            scale=self._value_scale,
            side="left",
            grid_lines="solid",
            tick_values=[],
            label_offset="4.2em",
            visible=False,
        )
        self._marks: dict[tuple[str, str], bqplot.Lines] = {}
        self._labels: dict[str, dict[str, str]] = {}  # by the axis's model id
        self._versions: dict[tuple[str, str], tuple[object, ...]] = {}
        self.figure = bqplot.Figure(
            axes=[self._time_axis, self._value_axis],
            animation_duration=0,
            display_toolbar=False,
            fig_margin=_MARGINS,
            min_aspect_ratio=0.1,
            max_aspect_ratio=100,
            padding_y=0,
            theme="classic",
        )
        self.figure.layout.width = "100%"
        self.figure.layout.height = "320px"

    def show(self, frame: Frame) -> int:
        """Bring the figure in step with `frame`; the number of widget messages it took."""
        messages = sum(self._show_line(line) for line in frame.lines)
        messages += self._show_axis(self._time_axis, self._time_scale, frame.time_axis)
        messages += self._show_axis(self._value_axis, self._value_scale, frame.value_axis)
        messages += self._make_room_for_labels(frame.value_axis)
        return messages + self._show_marks(frame)

    def _show_line(self, line: Line) -> int:
        mark = self._marks.get(line.key)
        if mark is None:
            mark = self._marks[line.key] = bqplot.Lines(
                x=line.time,
                y=line.value,
                scales={"x": self._time_scale, "y": self._value_scale},
                preserve_domain={"x": True, "y": True},
                colors=[line.color],
                line_style=line.dash,
                labels=[line.label],
            )
            self._versions[line.key] = line.version
            return 1
        changed: dict[str, Any] = {}
        if self._versions.get(line.key) != line.version:
            self._versions[line.key] = line.version
            changed.update(x=line.time, y=line.value)
        if mark.labels != [line.label]:
            changed["labels"] = [line.label]
        return _update(mark, changed)

    def _show_marks(self, frame: Frame) -> int:
        wanted = [self._marks[line.key] for line in frame.lines]
        if wanted == self.figure.marks:
            return 0
        self.figure.marks = wanted
        shown = {line.key for line in frame.lines}
        for key in [key for key in self._marks if key not in shown]:
            self._marks.pop(key).close()
            del self._versions[key]
        return 1

    def _show_axis(self, widget: bqplot.Axis, scale: bqplot.LinearScale, axis: Axis) -> int:
        labels = {_json_key(tick): label for tick, label in zip(axis.ticks, axis.labels, strict=False)}
        low, high = axis.ends
        messages = _update(scale, _differences(scale, {"min": low, "max": high}))
        messages += self._show_labels(widget, labels)
        wanted = {
            "visible": bool(axis.ticks),
            "tick_format": axis.tick_format or None,
            "label": axis.caption,
        }
        changed = _differences(widget, wanted)
        if list(axis.ticks) != list(widget.tick_values if widget.tick_values is not None else []):
            changed["tick_values"] = list(axis.ticks)
        return messages + _update(widget, changed)

    def _make_room_for_labels(self, axis: Axis) -> int:
        """Keep the left margin as wide as the longest label of the value axis, and its caption outside of it."""
        longest = max((len(_as_d3_writes(tick, axis.tick_format)) for tick in axis.ticks), default=0)
        left = max(_MARGINS["left"], round(_CHARACTER_PX * longest + _BESIDE_LABELS_PX))
        if self.figure.fig_margin["left"] == left:
            return 0
        messages = _update(self.figure, {"fig_margin": {**_MARGINS, "left": left}})
        return messages + _update(self._value_axis, {"label_offset": f"{(left - 12) / 12:.1f}em"})

    def _show_labels(self, widget: bqplot.Axis, labels: dict[str, str]) -> int:
        """Send labels ahead of their ticks, together with those of the ticks still there.

        bqplot writes the ticks once more a moment after they changed, with the labels of before: one that it did
        not know then would stand there as a raw number until the next change.
        """
        if labels == self._labels.get(widget.model_id, {}):
            return 0
        former = self._labels.get(widget.model_id, {})
        self._labels[widget.model_id] = labels
        return _update(widget, {"tick_labels": {**former, **labels}})


def _differences(widget: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if getattr(widget, name) != value}


def _update(widget: Any, changed: dict[str, Any]) -> int:
    """Set traits so that they travel as one message."""
    if not changed:
        return 0
    with widget.hold_sync():
        for name, value in changed.items():
            setattr(widget, name, value)
    return 1


def _json_key(tick: float) -> str:
    """A tick as JavaScript writes the number when it looks up its label."""
    return f"{tick:.6f}".rstrip("0").rstrip(".")


def _as_d3_writes(tick: float, tick_format: str) -> str:
    return format(tick, tick_format.replace("~", ""))

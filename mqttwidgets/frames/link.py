"""How a Frame reaches the browser: as updates of bqplot's traits.

The one place that knows how a frame is sent. A link shows frames of one figure and says how many messages
each took; a faster one can take this one's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bqplot

from .frame import SIDES, Axis, Frame, Line

_MARGINS = {"top": 10, "bottom": 52, "left": 62, "right": 34}
_CHARACTER_PX, _BESIDE_LABELS_PX = 7.2, 28
_NO_AXES = (Axis((0.0, 1.0), ()),) * len(SIDES)


class TraitLink:
    """A bqplot Figure and its marks, kept in step with Frames. Used on the kernel's event loop only.

    Attributes:
        figure: the Figure.
    """

    def __init__(self) -> None:
        self._time_scale = bqplot.LinearScale()
        self._value_scales = [bqplot.LinearScale(), bqplot.LinearScale()]
        self._time_axis = bqplot.Axis(
            scale=self._time_scale, grid_lines="solid", tick_values=[], label_offset="2.8em", visible=False
        )
        self._value_axes = [
            bqplot.Axis(
                scale=scale,
                side=side,
                grid_lines=grid_lines,
                tick_values=[],
                label_offset="4.2em",
                visible=False,
            )
            for scale, side, grid_lines in zip(self._value_scales, SIDES, ("solid", "none"), strict=True)
        ]
        self._marks: dict[tuple[str, str], bqplot.Lines] = {}
        self._labels: dict[str, dict[str, str]] = {}  # by the axis's model id
        self._versions: dict[tuple[str, str], tuple[object, ...]] = {}
        self.figure = bqplot.Figure(
            axes=[self._time_axis, *self._value_axes],
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
        count = len(frame.value_axes)
        self._have_scales(max(count, len(self._value_scales)))
        messages = sum(self._show_line(line) for line in frame.lines)
        messages += self._show_axis(self._time_axis, self._time_scale, frame.time_axis)
        for place, axis in enumerate((*frame.value_axes, *_NO_AXES[count:])):
            messages += self._show_value_axis(place, axis)
        messages += self._make_room_for_labels(frame.value_axes)
        messages += self._show_marks(frame)
        self._have_scales(count)
        return messages

    def _show_line(self, line: Line) -> int:
        mark = self._marks.get(line.key)
        if mark is None or mark.scales["y"] is not self._value_scales[line.place]:
            self._marks[line.key] = self._new_mark(line)
            self._versions[line.key] = line.version
            return 1
        changed: dict[str, Any] = {}
        if self._versions.get(line.key) != line.version:
            self._versions[line.key] = line.version
            changed.update(x=line.time, y=line.value)
        if mark.labels != [line.label]:
            changed["labels"] = [line.label]
        return _update(mark, changed)

    def _new_mark(self, line: Line) -> bqplot.Lines:
        return bqplot.Lines(
            x=line.time,
            y=line.value,
            scales={"x": self._time_scale, "y": self._value_scales[line.place]},
            preserve_domain={"x": True, "y": True},
            interpolation="step-after" if line.is_state else "linear",
            colors=[line.color],
            line_style=line.dash,
            labels=[line.label],
        )

    def _show_marks(self, frame: Frame) -> int:
        wanted = [self._marks[line.key] for line in frame.lines]
        if wanted == self.figure.marks:
            return 0
        former, self.figure.marks = self.figure.marks, wanted
        for mark in set(former).difference(wanted):
            mark.close()
        self._marks = {line.key: self._marks[line.key] for line in frame.lines}
        self._versions = {line.key: line.version for line in frame.lines}
        return 1

    def _have_scales(self, count: int) -> None:
        """Have `count` scales for values, those of the axes always."""
        while len(self._value_scales) < count:
            self._value_scales.append(bqplot.LinearScale())
        while len(self._value_scales) > max(count, len(SIDES)):
            self._value_scales.pop().close()

    def _show_value_axis(self, place: int, axis: Axis) -> int:
        if place < len(self._value_axes):
            return self._show_axis(self._value_axes[place], self._value_scales[place], axis)
        return _show_ends(self._value_scales[place], axis)

    def _show_axis(self, widget: bqplot.Axis, scale: bqplot.LinearScale, axis: Axis) -> int:
        labels = {_json_key(tick): label for tick, label in zip(axis.ticks, axis.labels, strict=False)}
        messages = _show_ends(scale, axis)
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

    def _make_room_for_labels(self, axes: Sequence[Axis]) -> int:
        """Keep the margins as wide as the longest label of each value axis, and the captions outside of it."""
        widths = {side: _width_px(axis) for side, axis in zip(SIDES, axes, strict=False)}
        margins = {**_MARGINS, **widths}
        if self.figure.fig_margin == margins:
            return 0
        messages = _update(self.figure, {"fig_margin": margins})
        for widget, side in zip(self._value_axes, SIDES, strict=True):
            offset = {"label_offset": f"{(margins[side] - 12) / 12:.1f}em"}
            messages += _update(widget, _differences(widget, offset))
        return messages

    def _show_labels(self, widget: bqplot.Axis, labels: dict[str, str]) -> int:
        """Send labels ahead of their ticks, together with those of the ticks still there.

        bqplot writes the ticks once more a moment after they changed, with the labels of before: one that it did
        not know then would stand there as a raw number until the next change. Where there are no labels any more,
        the former ones must not stand at a number.
        """
        if labels == self._labels.get(widget.model_id, {}):
            return 0
        former = self._labels.get(widget.model_id, {})
        self._labels[widget.model_id] = labels
        return _update(widget, {"tick_labels": {**former, **labels} if labels else {}})


def _show_ends(scale: bqplot.LinearScale, axis: Axis) -> int:
    low, high = axis.ends
    return _update(scale, _differences(scale, {"min": low, "max": high}))


def _width_px(axis: Axis) -> int:
    """What the labels of a value axis and its caption take."""
    labels = axis.labels or [_as_d3_writes(tick, axis.tick_format) for tick in axis.ticks]
    longest = max(map(len, labels), default=0)
    return max(_MARGINS["left"], round(_CHARACTER_PX * longest + _BESIDE_LABELS_PX))


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

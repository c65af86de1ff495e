"""A bqplot Figure and its marks, kept in step with Frames."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import anywidget
import bqplot
import traitlets

from ..plot.frame import SIDES, Axis, Frame, Line, level_as_json, span_as_json
from .frame_link import FrameLink
from .linked import Linked, LinkedAxis, LinkedLines, LinkedScale

_MARGINS = {"top": 10, "bottom": 52, "left": 62, "right": 34}
_CHARACTER_PX, _BESIDE_LABELS_PX = 7.2, 28
_ANY_FORMAT = ".0f"  # bqplot guesses one from the first two ticks, and fails where there are none
_NO_TICKS = {"tick_values": [], "num_ticks": 0, "tick_format": _ANY_FORMAT}  # else bqplot makes up its own
_NO_AXES = (Axis((0.0, 1.0), ()),) * len(SIDES)


_SCRIPT = (Path(__file__).parent / "js" / "annotations.js").read_text("utf-8")


class AnnotationLayer(Linked, anywidget.AnyWidget):
    """Levels and spans beneath the lines of one figure.

    bqplot's own marks would set out for their new place at each move of an axis, through transitions. What the
    traits hold stands at the head of annotations.js.

    Args:
        figure: model id of the Figure.
        time_scale: model id of the scale of its time axis.
    """

    _esm = _SCRIPT
    figure = traitlets.Unicode().tag(sync=True)
    time_scale = traitlets.Unicode().tag(sync=True)
    levels: Any = traitlets.List().tag(sync=True)
    spans: Any = traitlets.List().tag(sync=True)

    def __init__(self, figure: str, time_scale: str) -> None:
        super().__init__(figure=figure, time_scale=time_scale)


class _Mark:
    """The mark that draws a line.

    Attributes:
        lines: bqplot's mark.
        model_id: its model id.
        scale: the scale of its values.
        line: as it was shown last.
    """

    __slots__ = ("line", "lines", "model_id", "scale")

    def __init__(self, lines: LinkedLines, scale: LinkedScale, line: Line) -> None:
        self.lines = lines
        self.model_id = str(lines.model_id)
        self.scale = scale
        self.line = line


class Picture:
    """A bqplot Figure and its marks, kept in step with Frames. Used on the kernel's event loop only.

    What changes often goes over the link where it is answered, else by plain updates of traits.

    Args:
        link: the kernel's frame link; None for none.
        ends: of the time axis to begin with, as each change is one more message.

    Attributes:
        figure: the Figure.
    """

    def __init__(self, link: FrameLink | None, ends: tuple[float, float] = (0.0, 1.0)) -> None:
        self._link = link
        self._roomy_for: Sequence[Axis] = ()
        self._shown_axes: dict[LinkedAxis, Axis] = {}
        self._time_scale = self._new_scale(ends)
        self._value_scales: list[LinkedScale] = []
        self.value_scales: list[str] = []
        """The model ids of the scales for values, in the order of the places."""
        self._have_scales(len(SIDES))
        self._time_axis = LinkedAxis(
            scale=self._time_scale,
            grid_lines="solid",
            **_NO_TICKS,
            label_offset="2.8em",
            visible=False,
        )
        self._value_axes = [
            LinkedAxis(
                scale=scale,
                side=side,
                grid_lines=grid_lines,
                **_NO_TICKS,
                label_offset="4.2em",
                visible=False,
            )
            for scale, side, grid_lines in zip(self._value_scales, SIDES, ("solid", "none"), strict=True)
        ]
        for axis in (self._time_axis, *self._value_axes):
            axis.link = link
        self._marks: dict[tuple[str, str], _Mark] = {}
        self._labels: dict[str, dict[str, str]] = {}  # by the axis's model id
        self._layer: AnnotationLayer | None = None  # until there is something to annotate
        unused = bqplot.LinearScale(min=0, max=1, allow_padding=False)  # by anything that we draw
        self.figure = bqplot.Figure(
            axes=[self._time_axis, *self._value_axes],
            animation_duration=0,
            display_toolbar=False,
            fig_margin=_MARGINS,
            min_aspect_ratio=0.1,
            max_aspect_ratio=100,
            padding_y=0,
            theme="classic",
            scale_x=unused,
            scale_y=unused,
            layout={"width": "100%", "height": "320px"},
        )
        self.figure_id = str(self.figure.model_id)
        """The model id of the figure."""

    @property
    def time_scale(self) -> str:
        """The model id of the scale of the time axis."""
        return str(self._time_scale.model_id)

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
        return messages + self._show_annotations(frame)

    @property
    def layers(self) -> tuple[AnnotationLayer, ...]:
        """Widgets that belong to the figure and that it does not refer to."""
        return () if self._layer is None else (self._layer,)

    @property
    def mark_ids(self) -> dict[tuple[str, str], str]:
        """The model id of what draws each line."""
        return {key: mark.model_id for key, mark in self._marks.items()}

    def _show_line(self, line: Line) -> int:
        mark = self._marks.get(line.key)
        if mark is None or mark.scale is not self._value_scales[line.place]:
            self._marks[line.key] = _Mark(self._new_lines(line), self._value_scales[line.place], line)
            return 1
        former, mark.line = mark.line, line
        changed: dict[str, Any] = {} if former.label == line.label else {"labels": [line.label]}
        is_new = former.version != line.version
        if self._link is not None and self._link.is_answered:
            if is_new:
                mark.lines.follow(line.points)
            return _update(mark.lines, changed) + self._link.carry_line(self.figure_id, mark.lines, line)
        if is_new:
            changed.update(x=line.time, y=line.value)
        return _update(mark.lines, changed)

    def _new_scale(self, ends: tuple[float, float]) -> LinkedScale:
        low, high = ends
        scale = LinkedScale(min=low, max=high, allow_padding=False)  # else a pixel at each end would be left free
        scale.link = self._link
        return scale

    def _new_lines(self, line: Line) -> LinkedLines:
        return LinkedLines(
            x=line.time,
            y=line.value,
            scales={"x": self._time_scale, "y": self._value_scales[line.place]},
            preserve_domain={"x": True, "y": True},
            interpolation="step-after" if line.is_state else "linear",
            colors=[line.color],
            line_style=line.dash,
            stroke_width=line.width,
            labels=[line.label],
        )

    def _show_marks(self, frame: Frame) -> int:
        wanted = [self._marks[line.key].lines for line in frame.lines]
        if wanted == self.figure.marks:
            return 0
        former, self.figure.marks = self.figure.marks, wanted
        self._close(*set(former).difference(wanted))
        self._marks = {line.key: self._marks[line.key] for line in frame.lines}
        return 1

    def _show_annotations(self, frame: Frame) -> int:
        if self._layer is None:
            if not (frame.levels or frame.spans):
                return 0
            self._layer = AnnotationLayer(self.figure_id, self._time_scale.model_id)
            self._layer.link = self._link
        wanted = {
            "levels": [level_as_json(each, self.value_scales[each.place]) for each in frame.levels],
            "spans": [span_as_json(each) for each in frame.spans],
        }
        return _update(self._layer, _differences(self._layer, wanted))

    def _have_scales(self, count: int) -> None:
        """Make or close scales for values until there are `count`; those of the axes always stay."""
        if len(self._value_scales) == max(count, len(SIDES)):
            return
        while len(self._value_scales) < count:
            self._value_scales.append(self._new_scale((0.0, 1.0)))
        while len(self._value_scales) > max(count, len(SIDES)):
            self._close(self._value_scales.pop())
        self.value_scales = [str(scale.model_id) for scale in self._value_scales]

    def _close(self, *widgets: Any) -> None:
        for widget in widgets:
            if self._link is not None:
                self._link.forget(widget)
            widget.close()

    def _show_value_axis(self, place: int, axis: Axis) -> int:
        if place < len(self._value_axes):
            return self._show_axis(self._value_axes[place], self._value_scales[place], axis)
        return _show_ends(self._value_scales[place], axis)

    def _show_axis(self, widget: LinkedAxis, scale: LinkedScale, axis: Axis) -> int:
        """Send ticks after what they are written with, as bqplot writes them at once and does not look again."""
        former = self._shown_axes.get(widget)
        if former is axis:
            return 0
        self._shown_axes[widget] = axis
        messages = _show_ends(scale, axis)
        if former is not None and former.is_written_like(axis):
            return messages
        messages += self._show_labels(widget, _labels_of(axis.ticks, axis.labels))
        writing = {"tick_format": axis.tick_format or _ANY_FORMAT, "label": axis.caption}
        messages += _update(widget, _differences(widget, writing))
        changed = _differences(widget, {"visible": bool(axis.ticks)})
        if bool(axis.ticks) == (widget.num_ticks == 0):
            changed["num_ticks"] = None if axis.ticks else 0
        if list(axis.ticks) != list(widget.tick_values if widget.tick_values is not None else []):
            changed["tick_values"] = list(axis.ticks)
        return messages + _update(widget, changed)

    def _make_room_for_labels(self, axes: Sequence[Axis]) -> int:
        """Keep the margins as wide as the longest label of each value axis, and the captions outside of it."""
        if [*map(id, axes)] == [*map(id, self._roomy_for)]:
            return 0
        self._roomy_for = axes
        widths = {side: _width_px(axis) for side, axis in zip(SIDES, axes, strict=False)}
        margins = {**_MARGINS, **widths}
        if self.figure.fig_margin == margins:
            return 0
        messages = _update(self.figure, {"fig_margin": margins})
        for widget, side in zip(self._value_axes, SIDES, strict=True):
            offset = {"label_offset": f"{(margins[side] - 12) / 12:.1f}em"}
            messages += _update(widget, _differences(widget, offset))
        return messages

    def _show_labels(self, widget: LinkedAxis, labels: dict[str, str]) -> int:
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


def _show_ends(scale: LinkedScale, axis: Axis) -> int:
    low, high = axis.ends
    return _update(scale, _differences(scale, {"min": low, "max": high}))


def _width_px(axis: Axis) -> int:
    """The width that the labels of a value axis and its caption take."""
    longest = max(map(len, axis.texts), default=0)
    return max(_MARGINS["left"], round(_CHARACTER_PX * longest + _BESIDE_LABELS_PX))


def _differences(widget: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if getattr(widget, name) != value}


def _update(widget: Any, changed: dict[str, Any]) -> int:
    """Set traits so that they travel as one message."""
    if not changed:
        return 0
    if len(changed) == 1:
        ((name, value),) = changed.items()
        setattr(widget, name, value)
        return 1
    with widget.hold_sync():
        for name, value in changed.items():
            setattr(widget, name, value)
    return 1


@lru_cache(maxsize=64)
def _labels_of(ticks: tuple[float, ...], labels: tuple[str, ...]) -> dict[str, str]:
    """Tick → label as bqplot looks it up; the same for all plots whose axes are the same. Not to be changed."""
    return {_json_key(tick): label for tick, label in zip(ticks, labels, strict=False)}


def _json_key(tick: float) -> str:
    """A tick as JavaScript writes the number when it looks up its label."""
    return f"{tick:.6f}".rstrip("0").rstrip(".")

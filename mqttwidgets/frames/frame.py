"""What the screen shall show now."""

from __future__ import annotations

from dataclasses import dataclass

from ..series import FloatArray


@dataclass(frozen=True)
class Line:
    """One series on the screen.

    Attributes:
        key: (topic, field).
        label: the shortest name that tells it from its neighbours.
        unit: as the payload names it, or `""`.
        color: CSS colour.
        dash: bqplot's `line_style`.
        time: shape (m,), epoch seconds; owned by the frame.
        value: shape (m,); NaN where the line has a gap.
        version: equal for equal arrays of the same key, so that a link need not send them again.
        last: (time, value) of the newest sample.
    """

    key: tuple[str, str]
    label: str
    unit: str
    color: str
    dash: str
    time: FloatArray
    value: FloatArray
    version: tuple[object, ...]
    last: tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """One axis: its ends, its round ticks, their labels or d3 format, and its caption.

    The time axis counts epoch seconds; its labels are on the viewer's clock.
    """

    ends: tuple[float, float]
    ticks: tuple[float, ...]
    labels: tuple[str, ...] = ()
    tick_format: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Frame:
    """Everything that changes with the data."""

    lines: tuple[Line, ...]
    time_axis: Axis
    value_axis: Axis

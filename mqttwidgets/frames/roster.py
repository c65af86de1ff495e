"""All series found, the hidden ones included: what a list of them says of each."""

from __future__ import annotations

from typing import NamedTuple

from ..series import Series
from ..store import Key

_SAMPLES, _SILENT_PAUSES, _SHORTEST_SILENCE_S = 11, 5.0, 5.0


class Entry(NamedTuple):
    """One series in a list.

    Attributes:
        key: (topic, field).
        label: as in the legend.
        unit: its usual symbol, or `""`.
        color: CSS colour.
        dash: bqplot's `line_style`.
        is_shown: whether the viewer wants to see it.
        is_state: whether its value is a state.
        rate_hz: samples a second of late.
        value: the newest one.
    """

    key: Key
    label: str
    unit: str
    color: str
    dash: str
    is_shown: bool
    is_state: bool
    rate_hz: float
    value: float


def sample_rate_hz(series: Series, now: float) -> float:
    """Samples a second, by the times of the newest ten; 0 when it has been silent for much longer than usual.

    Args:
        series: any.
        now: epoch seconds.

    Example:
        >>> series = Series("lab/oven", "", capacity=100)
        >>> series.extend([10.0, 12.0, 14.0], [1.0, 1.0, 1.0])
        >>> sample_rate_hz(series, now=15.0), sample_rate_hz(series, now=99.0)
        (0.5, 0.0)
    """
    times = series.cut(series.total - min(_SAMPLES, len(series))).time
    if len(times) < 2:
        return 0.0
    span_s = float(times[-1] - times[0])
    pause_s = span_s / (len(times) - 1)
    is_silent = now - float(times[-1]) > max(_SHORTEST_SILENCE_S, _SILENT_PAUSES * pause_s)
    return 0.0 if is_silent or span_s <= 0 else 1 / pause_s

"""All series found, the hidden ones included: what a list of them says of each."""

from __future__ import annotations

from typing import NamedTuple

from ..base.model import Key
from ..series.gaps import HAS_STOPPED, longest_usual_s
from ..series.ring import Series

_SPAN_S, _SHORTEST_SPAN_S, _FEWEST = 5.0, 1.0, 11


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
    """Samples a second, by the times of the newest ones: five seconds of them, or ten when they come seldom.

    It is 0 when the series has been silent for much longer than usual.

    Args:
        series: any.
        now: epoch seconds.

    Example:
        >>> series = Series("lab/oven", "", capacity=100)
        >>> series.extend([10.0, 12.0, 14.0], [1.0, 1.0, 1.0])
        >>> sample_rate_hz(series, now=15.0), sample_rate_hz(series, now=99.0)
        (0.5, 0.0)
    """
    newest = series.last[0] if series.last else 0.0
    start = max(series.oldest, min(series.position_at(newest - _SPAN_S), series.total - _FEWEST))
    pauses = series.total - start - 1
    if pauses < 1:
        return 0.0
    span_s = max(_SHORTEST_SPAN_S, newest - float(series.cut(start, start + 1).time[0]))
    is_silent = now - newest > longest_usual_s(span_s / pauses, HAS_STOPPED)
    return 0.0 if is_silent else pauses / span_s

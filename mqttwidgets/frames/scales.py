"""Which unit is drawn to which scale: no two share one, and a unit keeps its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..decoding.judgement.units import symbol
from ..series import FloatArray, Series
from .axes import ValueRange, value_ticks
from .frame import Axis, Line

Measure = str | None
"""What a scale measures: the symbol of a unit, `""` for numbers without one, None for states."""

NO_UNIT, STATE = "no unit", "state"
"""The captions of what has no symbol."""

_ALONE, _AT_THE_BOTTOM = (-0.2, 1.2), (-0.25, 8.0)


def measure_of(series: Series) -> Measure:
    """What the scale of a series measures.

    Example:
        >>> measure_of(Series("lab/oven", "", capacity=2, unit="Cel"))
        '°C'
    """
    return None if series.is_state else symbol(series.unit)


class ValueScales:
    """The scales of one plot, each for one unit, in the order in which the units appeared.

    States come last whenever they appeared: on and off can be told without an axis, numbers cannot.

    Example:
        >>> scales = ValueScales()
        >>> scales.places(["°C", None, "%"]), scales.places([None, "%"]), scales.places(["%", "°C"])
        ({'°C': 0, '%': 1, None: 2}, {'%': 0, None: 1}, {'°C': 0, '%': 1})
    """

    def __init__(self) -> None:
        self._ranges: dict[Measure, ValueRange] = {}

    def reset(self) -> None:
        """Forget where the scales end: what is shown is another thing from here on."""
        for each in self._ranges.values():
            each.reset()

    def places(self, measures: Iterable[Measure]) -> dict[Measure, int]:
        """Measure → place of those present, the left axis first."""
        present = dict.fromkeys(measures)
        for measure in present:
            self._ranges.setdefault(measure, ValueRange())
        known = [measure for measure in self._ranges if measure in present and measure is not None]
        ordered: list[Measure] = [*known, None] if None in present else [*known]
        return {measure: place for place, measure in enumerate(ordered)}

    def axes(self, places: dict[Measure, int], lines: Sequence[Line], start: float) -> tuple[Axis, ...]:
        """The axes in the order of their places.

        Args:
            places: as dealt by `places`.
            lines: what is drawn.
            start: epoch seconds from which on it is in view.
        """
        inside: dict[int, list[FloatArray]] = {}
        for line in lines:
            inside.setdefault(line.place, []).append(_in_view(line, start))
        return tuple(
            self._axis(measure, np.concatenate(inside[place]), is_alone=len(places) == 1)
            for measure, place in places.items()
        )

    def _axis(self, measure: Measure, values: FloatArray, *, is_alone: bool) -> Axis:
        if measure is None and np.isin(values, (0.0, 1.0)).all():
            return Axis(_ALONE if is_alone else _AT_THE_BOTTOM, (0.0, 1.0), ("off", "on"), caption=STATE)
        ends = self._ranges[measure].fit(float(values.min()), float(values.max()))
        ticks, tick_format = value_ticks(*ends)
        caption = STATE if measure is None else measure or ("" if is_alone else NO_UNIT)
        return Axis(ends, tuple(ticks), tick_format=tick_format, caption=caption)


def _in_view(line: Line, start: float) -> FloatArray:
    """The values in view without those of gaps; the last one where nothing is in view."""
    numbers = line.value[np.isfinite(line.value) & (line.time >= start)]
    return numbers if len(numbers) else np.array([line.last[1]])

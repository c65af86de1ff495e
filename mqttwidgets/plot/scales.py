"""Which unit is drawn to which scale: no two share one, and a unit keeps its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..base.units import symbol
from ..series.ring import Series
from .axes import ValueRange, value_ticks
from .frame import Axis

Measure = str | None
"""What a scale measures: the symbol of a unit, `""` for numbers without one, None for states."""

NO_UNIT, STATE = "no unit", "state"
"""The captions of what has no symbol."""

_ALONE, _AT_THE_BOTTOM = (-0.2, 1.2), (-0.25, 8.0)


class Extent(NamedTuple):
    """Between which values a line is.

    Attributes:
        least: the lowest.
        greatest: the highest.
        is_on_off: True for a state that is 0 or 1 all the time.
        is_in_view: False where nothing of the line can be seen, and these are values near by.
    """

    least: float
    greatest: float
    is_on_off: bool = False
    is_in_view: bool = True


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
        self._axes: dict[Measure, Axis] = {}
        self._measures: list[Measure] = []
        self._places: dict[Measure, int] = {}
        self._axes_for: object = None
        self._in_order: tuple[Axis, ...] = ()
        self.held: Mapping[str, tuple[float, float]] = {}
        """The ends of scales that do not go by what is in view, by the symbol of their unit."""

    def reset(self) -> None:
        """Forget where the scales end: what is shown is another thing from here on."""
        self._axes_for = None
        for each in self._ranges.values():
            each.reset()

    def places(self, measures: Iterable[Measure]) -> dict[Measure, int]:
        """Measure → place of those present, the left axis first; the same object for the same measures."""
        asked = [*measures]
        if asked != self._measures:
            self._measures, self._places = asked, self._new_places(asked)
        return self._places

    def _new_places(self, measures: Iterable[Measure]) -> dict[Measure, int]:
        present = dict.fromkeys(measures)
        for measure in present:
            self._ranges.setdefault(measure, ValueRange())
        known = [measure for measure in self._ranges if measure in present and measure is not None]
        ordered: list[Measure] = [*known, None] if None in present else [*known]
        return {measure: place for place, measure in enumerate(ordered)}

    def axes(self, places: dict[Measure, int], extents: Iterable[tuple[Measure, Extent]]) -> tuple[Axis, ...]:
        """The axes in the order of their places; the same objects as before where they did not change.

        Args:
            places: as dealt by `places`.
            extents: of each line the measure and the values, of each place one at least.
        """
        asked = (places, [*extents], self.held)
        if asked != self._axes_for:
            self._axes_for, self._in_order = asked, self._new_axes(places, asked[1])
        return self._in_order

    def _new_axes(self, places: dict[Measure, int], extents: Iterable[tuple[Measure, Extent]]) -> tuple[Axis, ...]:
        joined: dict[Measure, Extent] = {}
        for measure, extent in extents:
            known = joined.get(measure)
            if known is None or not _holds(known, extent):
                joined[measure] = extent if known is None else _both(known, extent)
        self._axes = {
            measure: self._axis(measure, joined[measure], is_alone=len(places) == 1) for measure in places
        }
        return tuple(self._axes.values())

    def _axis(self, measure: Measure, extent: Extent, *, is_alone: bool) -> Axis:
        if extent.is_on_off:
            return Axis(_ALONE if is_alone else _AT_THE_BOTTOM, (0.0, 1.0), ("off", "on"), caption=STATE)
        held = None if measure is None else self.held.get(measure)
        ends = held or self._ranges[measure].fit(extent.least, extent.greatest)
        caption = STATE if measure is None else measure or ("" if is_alone else NO_UNIT)
        former = self._axes.get(measure)
        if former is not None and former.ends == ends and former.caption == caption and not former.labels:
            return former
        ticks, tick_format = value_ticks(*ends)
        return Axis(ends, tuple(ticks), tick_format=tick_format, caption=caption)


def _holds(one: Extent, other: Extent) -> bool:
    """Whether the one is not changed by the other, as most are."""
    is_as_seen = one.is_in_view == other.is_in_view and one.is_on_off <= other.is_on_off
    return is_as_seen and one.least <= other.least and other.greatest <= one.greatest


def _both(one: Extent, other: Extent) -> Extent:
    """What holds both; a line that cannot be seen counts only where there is no other one."""
    if one.is_in_view != other.is_in_view:
        return one if one.is_in_view else other
    least = one.least if one.least < other.least else other.least
    greatest = one.greatest if one.greatest > other.greatest else other.greatest
    return Extent(least, greatest, one.is_on_off and other.is_on_off, one.is_in_view)

"""Value axes: their ends and ticks, and which unit is drawn to which of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from ..base.units import symbol
from ..series.ring import Series
from .frame import Axis

_MINUTE, _HOUR, _DAY, _MONTH = 60.0, 3600.0, 86_400.0, 30 * 86_400.0
_TIME_STEPS_S = (
    *(digit * 10.0**power for power in range(-4, 1) for digit in (1, 2, 5)),
    10.0,
    15.0,
    30.0,
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14)),
    *(months * _MONTH for months in (1, 3, 12, 60, 240, 600)),
)
_TIME_TICKS = 6
_VALUE_TICKS = 5
_MARGIN = 0.08
_LEAST_FILLED = 0.35
_LARGEST, _SMALLEST = 1e300, 1e-290

Measure = str | None
"""The measure of a scale: the symbol of a unit, `""` for numbers without one, None for states."""

NO_UNIT, STATE = "no unit", "state"
"""The captions of what has no symbol."""

_ALONE, _AT_THE_BOTTOM = (-0.2, 1.2), (-0.25, 8.0)


class ValueRange:
    """The ends of the value axis, which hold still until they must move.

    They grow at once when a value leaves them and shrink only when the values fill less than a third; they lie
    on round numbers, so that a new extreme seldom moves them, and a constant gets room above and below.

    Example:
        >>> axis = ValueRange()
        >>> axis.fit(20.1, 23.9), axis.fit(20.0, 24.0), axis.fit(21.0, 21.0)
        ((19.0, 25.0), (19.0, 25.0), (20.0, 22.0))
    """

    def __init__(self) -> None:
        self._ends: tuple[float, float] | None = None

    def reset(self) -> None:
        """Forget the present ends: what is shown is another thing from here on."""
        self._ends = None

    def fit(self, least: float, greatest: float) -> tuple[float, float]:
        """The ends for values from `least` to `greatest`; at most ±1e300, beyond which a span has no number."""
        least, greatest = max(least, -_LARGEST), min(greatest, _LARGEST)
        if self._ends is None or not self._still_fits(least, greatest):
            self._ends = _round_ends(least, greatest)
        return self._ends

    def _still_fits(self, least: float, greatest: float) -> bool:
        low, high = self._ends or (0.0, 0.0)
        return low <= least and greatest <= high and greatest - least >= _LEAST_FILLED * (high - low)


def value_ticks(low: float, high: float) -> tuple[list[float], str]:
    """Round tick values within an axis, and the d3 format (https://d3js.org/d3-format) that shows them apart.

    Example:
        >>> value_ticks(19.0, 25.0)
        ([20.0, 22.0, 24.0], ',.0f')
    """
    step = _round_step((high - low) / _VALUE_TICKS)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    ticks = [(first + index) * step for index in range(max(count, 0))]
    largest = max(abs(low), abs(high))
    if largest >= 1e9 or largest < 1e-4:
        return ticks, f".{_significant_digits(largest, step)}~g"
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [round(tick, decimals) for tick in ticks], f",.{decimals}f"


def time_ticks(start: float, end: float, zone: tzinfo) -> dict[float, str]:
    """Tick → label of a time axis, on round times of the clock on the viewer's wall.

    Args:
        start: epoch seconds of the left end.
        end: epoch seconds of the right end.
        zone: the viewer's time zone.

    Example:
        >>> from datetime import timezone
        >>> list(time_ticks(0.0, 30.0, timezone.utc).values())
        ['00:00:00', '00:00:05', '00:00:10', '00:00:15', '00:00:20', '00:00:25', '00:00:30']
    """
    if not end > start:
        return {}
    step = next((step for step in _TIME_STEPS_S if (end - start) / step <= _TIME_TICKS + 0.5), _TIME_STEPS_S[-1])
    ticks = _midnights(start, end, step, zone) if step >= _DAY else _clock_times(start, end, step, zone)
    labels = {tick: _time_label(tick, step, zone) for tick in ticks}
    if math.isfinite(_change_of_offset(start, end, zone)):
        twice = [tick for tick in labels if _comes_twice(tick, labels)]
        labels.update({tick: f"{labels[tick]} {_local(tick, zone):%Z}" for tick in twice})
    return labels


def _comes_twice(tick: float, labels: Mapping[float, str]) -> bool:
    """Whether a tick is in the hour that comes twice when summer time ends."""
    return any(labels[other] == labels[tick] and 0 < abs(other - tick) < 2 * _HOUR for other in labels)


def time_caption(start: float, end: float, zone: tzinfo, zone_name: str) -> str:
    """The day or days that a time axis covers, and whose clock it shows.

    Example:
        >>> from datetime import timezone
        >>> time_caption(0.0, 30.0, timezone.utc, "UTC")
        '1 Jan 1970 · UTC'
    """
    first, last = _local(start, zone), _local(end, zone)
    days = f"{first.day} {first:%b %Y}"
    if first.date() != last.date():
        days = f"{first.day} {first:%b} to {last.day} {last:%b %Y}"
    return f"{days} · {zone_name}"


def _round_ends(least: float, greatest: float) -> tuple[float, float]:
    span = greatest - least
    if span <= max(_SMALLEST, 1e-9 * max(abs(least), abs(greatest))):
        span = abs(greatest) * 0.05 if abs(greatest) > _SMALLEST else 1.0
        least, greatest = least - span / 2, greatest + span / 2
    step = _round_step(span / _VALUE_TICKS)
    margin = _MARGIN * span
    low = math.floor((least - margin) / step) * step
    if low < 0 <= least and span > 0.2 * least:
        low = 0.0  # what is never negative needs no room below zero
    high = math.ceil((greatest + margin) / step) * step
    digits = max(0, 1 - math.floor(math.log10(step)))
    return round(low, digits), round(high, digits)


def _round_step(rough: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next((digit * power for digit in (1, 2, 5) if digit * power >= rough * (1 - 1e-9)), 10 * power)


def _significant_digits(largest: float, step: float) -> int:
    return min(15, max(2, math.floor(math.log10(largest)) - math.floor(math.log10(step)) + 1))


def _clock_times(start: float, end: float, step: float, zone: tzinfo) -> Iterator[float]:
    offset, changes_at = _offset_s(start, zone), _change_of_offset(start, end, zone)
    index = math.ceil((start + offset) / step - 1e-9)
    while index * step - offset <= end and index * step - offset < changes_at:
        yield round(index * step - offset, 6)
        index += 1
    if changes_at <= end:
        yield from _clock_times(changes_at, end, step, zone)


def _offset_s(epoch_s: float, zone: tzinfo) -> float:
    """By how much the clock on the wall is ahead of UTC."""
    return (_local(epoch_s, zone).utcoffset() or timedelta()).total_seconds()


def _change_of_offset(start: float, end: float, zone: tzinfo) -> float:
    """When the clock is changed between two times, to the second, as for summer time; infinity for never."""
    before = _offset_s(start, zone)
    if _offset_s(end, zone) == before:
        return math.inf
    first, last = math.floor(start), math.ceil(end)
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if _offset_s(middle, zone) == before else (first, middle)
    return float(last)


def _midnights(start: float, end: float, step: float, zone: tzinfo) -> Iterator[float]:
    day = _local(start, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    day = _first_of_period(day, step)
    while day.timestamp() <= end:
        if day.timestamp() >= start:
            yield day.timestamp()
        day = _next_period(day, step)


def _first_of_period(day: datetime, step: float) -> datetime:
    """The day on or before `day` that a round number of days or months lies before."""
    if step < _MONTH:
        return day - timedelta(days=day.toordinal() % round(step / _DAY))
    months = 12 * day.year + day.month - 1
    return _month(day, months - months % round(step / _MONTH))


def _next_period(day: datetime, step: float) -> datetime:
    if step < _MONTH:
        return day + timedelta(days=round(step / _DAY))
    return _month(day, 12 * day.year + day.month - 1 + round(step / _MONTH))


def _month(day: datetime, months: int) -> datetime:
    """The first of a month counted from the year 0, at the time of `day`."""
    return day.replace(year=months // 12, month=months % 12 + 1, day=1)


def _time_label(tick: float, step: float, zone: tzinfo) -> str:
    """The time of day, at midnight the day."""
    local = _local(tick, zone)
    if step >= _MONTH:
        return f"{local:%b %Y}"
    if step >= _DAY or (step >= _MINUTE and (local.hour, local.minute) == (0, 0)):
        return f"{local.day} {local:%b}"
    if step >= _MINUTE:
        return f"{local:%H:%M}"
    if step >= 1:
        return f"{local:%H:%M:%S}"
    decimals = math.ceil(-math.log10(step) - 1e-9)
    return f"{local:%H:%M:%S}.{round(tick % 1 * 10**decimals):0{decimals}d}"


def _local(epoch_s: float, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(epoch_s, zone)


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
    """The measure of the scale of a series.

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

    def axes(
        self, places: dict[Measure, int], measures: Sequence[Measure], extents: Sequence[Extent]
    ) -> tuple[Axis, ...]:
        """The axes in the order of their places; the same objects as before where they did not change.

        Args:
            places: as dealt by `places` for these measures.
            measures: of each line, of each place one at least.
            extents: of each line.
        """
        asked = (places, extents, self.held)
        if asked != self._axes_for:
            self._axes_for = asked
            self._in_order = self._new_axes(places, zip(measures, extents, strict=True))
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
    """The extent of both; a line that cannot be seen counts only where there is no other."""
    if one.is_in_view != other.is_in_view:
        return one if one.is_in_view else other
    least = one.least if one.least < other.least else other.least
    greatest = one.greatest if one.greatest > other.greatest else other.greatest
    return Extent(least, greatest, one.is_on_off and other.is_on_off, one.is_in_view)

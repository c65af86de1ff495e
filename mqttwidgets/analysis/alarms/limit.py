"""A limit as a user sets it, with checked arguments."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ...base.errors import InvalidValueError
from ...base.patterns import FieldPatterns, patterns_of
from ...base.text import number_text, printable
from ...base.times import Window, WindowLike
from .events import Event
from .stretches import Side

_LONGEST_LABEL = 60

UserCall = Callable[[Event], Any]
"""Called with an Event when an alarm begins, and once more when it ends or is taken back; may be a coroutine
function."""


@dataclass(frozen=True, eq=False)
class Limit:
    """A limit: which values of which series are an alarm. Made by `limit()` of a stream or a plot.

    Attributes:
        of: patterns of the series, as for `fields=` of a plot.
        above: the value above which there is an alarm; None for none.
        below: the value below which there is an alarm; None for none.
        hysteresis: how far back a value must come to end the alarm, in the unit of the values.
        for_s: for how many seconds values must be beyond the limit before there is an alarm.
        call: the user's function; None for none.
        label: the user's name for it; None for none.
    """

    of: tuple[str, ...]
    above: float | None
    below: float | None
    hysteresis: float
    for_s: float
    call: UserCall | None
    label: str | None
    on_remove: Callable[[Limit], object]
    patterns: FieldPatterns

    def __repr__(self) -> str:
        return f"<Limit {printable(self.text)}, of {printable(', '.join(self.of))}>"

    @property
    def text(self) -> str:
        """The limit in words, without a unit."""
        return ", ".join(self.text_of(side) for side in self.sides)

    def remove(self) -> None:
        """Remove the limit; its events stay, and alarms that are on end here."""
        self.on_remove(self)

    @property
    def for_(self) -> timedelta | None:
        """`for_s` as the argument that makes the same limit; None if it was not given."""
        return timedelta(seconds=self.for_s) if self.for_s else None

    @property
    def sides(self) -> tuple[Side, ...]:
        """One side for each threshold."""
        thresholds = ((True, self.above), (False, self.below))
        return tuple(
            Side(is_above, threshold, self.hysteresis, self.for_s)
            for is_above, threshold in thresholds
            if threshold is not None
        )

    def text_of(self, side: Side, unit: str = "") -> str:
        """One side in words, with the unit of the values if it is given."""
        words = f"{'above' if side.is_above else 'below'} {number_text(side.threshold)}"
        words = f"{words} {unit}" if unit else words
        if not self.label:
            return words
        return self.label if len(self.sides) == 1 else f"{self.label}: {words}"


def limit(
    of: str | Iterable[str],
    on_remove: Callable[[Limit], object],
    *,
    above: float | None = None,
    below: float | None = None,
    hysteresis: float = 0.0,
    for_: WindowLike | None = None,
    call: UserCall | None = None,
    label: str | None = None,
) -> Limit:
    """A limit by the arguments of a user; see SensorStream.limit.

    Raises:
        InvalidValueError: for a value that is not accepted, saying what is.

    Example:
        >>> limit("*/temperature", print, above=30, for_="10 s")
        <Limit above 30, of */temperature>
    """
    patterns = patterns_of("of", of)
    if above is None and below is None:
        raise InvalidValueError("a limit needs above= or below=, or both, as in limit('*/temperature', above=30)")
    upper = None if above is None else _number("above", above)
    lower = None if below is None else _number("below", below)
    if upper is not None and lower is not None and lower > upper:
        raise InvalidValueError(
            f"below={lower:g} is higher than above={upper:g}: every value would be an alarm. For values within a "
            "band, set two limits"
        )
    least = _number("hysteresis", hysteresis)
    if least < 0:
        raise InvalidValueError(f"hysteresis is 0 or more, in the unit of the values, not {least:g}")
    if call is not None and not callable(call):
        raise InvalidValueError(f"call is a function of one Event, not {printable(repr(call))}")
    if label is not None and not isinstance(label, str):
        raise InvalidValueError(f"label is a text, not {printable(repr(label))}")
    shown = printable(label, _LONGEST_LABEL) if label else None
    return Limit(patterns, upper, lower, least, _seconds(for_), call, shown, on_remove, FieldPatterns(patterns))


def _number(name: str, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if isinstance(value, (str, bytes, bool)) or not math.isfinite(number):
        raise InvalidValueError(f"{name} is a number, not {printable(repr(value))}")
    return number


def _seconds(for_: WindowLike | None) -> float:
    if for_ is None:
        return 0.0
    try:
        seconds = Window.parse(for_).seconds
    except InvalidValueError:
        seconds = None
    if seconds is None:
        raise InvalidValueError(
            f"for_ is a time such as '10 s' or '5 min', a timedelta, or None, not {printable(repr(for_))}"
        )
    return seconds

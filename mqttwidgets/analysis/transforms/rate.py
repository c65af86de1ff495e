"""The rate at which a value changes, or at which a counter counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...base.errors import InvalidValueError, discreet
from ...base.model import FloatArray
from ...base.text import printable
from ...base.times import Window, WindowLike
from ...base.units import symbol
from ...series.ring import Series
from .transform import Context, Piece, time_of

_NAMES = {1.0: "s", 60.0: "min", 3600.0: "h", 86_400.0: "d", 604_800.0: "week"}
_A_SECOND = Window.parse("1 s")
_CORRECTED = 0.9  # of the value before: a counter that still has more was corrected, not reset


@discreet
def rate_of_change(per: WindowLike = "1 s", *, counter: bool = False) -> RateOfChange:
    """For `plot.derive`: how fast the value changes from each sample to the next, in its unit per time.

    There is no rate across a gap.

    Args:
        per: the time that the rate refers to: "1 s", "1 min", "1 h", or a timedelta. The unit follows: a meter of
            kWh has kWh/h by the hour, one of litres L/min by the minute.
        counter: True for a value that only counts up, such as that of an energy meter: where it falls, it was
            reset and counts from zero, as in Prometheus' `rate`. So no rate is negative; what was counted between
            the last sample and the reset is unknown and left out. A fall by less than a tenth is no reset but a
            correction, at which there is no rate; nor is there one where the counter returns at once to its former
            value, as devices may send a single 0 when they start.

    Raises:
        InvalidValueError: (a ValueError) for a value that is no time, and for a `counter` that is no bool.

    Example:
        >>> rate_of_change().unit("hPa"), rate_of_change(per="1 h", counter=True).unit("kWh")
        ('hPa/s', 'kWh/h')
    """
    span = time_of("per", per, "'1 s', '1 min' or '1 h'")
    if not isinstance(counter, bool):
        raise InvalidValueError(f"counter is True or False, not {printable(repr(counter))}")
    return RateOfChange(span, counter)


@dataclass(frozen=True)
class RateOfChange:
    """A change per time; see `rate_of_change`.

    Attributes:
        per: that time.
        counter: whether the values are those of a counter, which falls only when it is reset.
    """

    per: Window = _A_SECOND
    counter: bool = False

    lines = ("",)

    def unit(self, unit: str) -> str:
        """The unit of the source per time.

        Example:
            >>> [RateOfChange().unit(unit) for unit in ("Cel", "m/s", "")]
            ['°C/s', 'm/s²', '1/s']
            >>> [RateOfChange(Window.parse(per)).unit("kWh") for per in ("1 h", "15 min")]
            ['kWh/h', 'kWh/(15 min)']
        """
        known, seconds = symbol(unit), self.per.seconds or 1.0
        per = _NAMES.get(seconds, f"({self.per.text})")
        return f"{known}²" if known.endswith(f"/{per}") else f"{known or '1'}/{per}"

    def calculator(self, source: Series) -> Rates:
        """A calculator of the line of one series."""
        return Rates(source, self.per.seconds or 1.0, is_counter=self.counter)

    def __repr__(self) -> str:
        given = [f"per={self.per.text!r}"] if self.per != _A_SECOND else []
        return f"rate_of_change({', '.join([*given, *(['counter=True'] if self.counter else [])])})"


class Rates:
    """From each sample to the next, the change divided by the time between them.

    There is no rate across a gap, nor between samples of the same instant, of which the last one counts.

    Args:
        source: the series.
        per_s: the seconds that the rate refers to.
        is_counter: whether a fall is a reset, after which the counter counts from zero; there is no rate where it
            falls below zero, where it falls so little that it was corrected, nor where it returns at once to its
            former value.

    Example:
        >>> source = Series("lab/oven", "", capacity=9)
        >>> source.extend([1.0, 3.0, 3.0, 4.0], [10.0, 20.0, 30.0, 20.0])
        >>> Rates(source).compute(0, 4)[0]
        Piece(time=array([3., 4.]), value=array([  5., -10.]), gaps=array([], dtype=int64), is_broken=False)
        >>> Rates(source, 60.0, is_counter=True).compute(0, 4)[0].value
        array([ 300., 1200.])
    """

    remark = ""

    def __init__(self, source: Series, per_s: float = 1.0, *, is_counter: bool = False) -> None:
        self._source = source
        self._per_s = per_s
        self._is_counter = is_counter

    def compute(self, start: int, stop: int) -> list[Piece]:
        """The pieces of the samples at positions `start` to `stop`."""
        cut = self._source.cut(start - 2 if self._is_counter else start - 1, stop)
        seconds = np.diff(cut.time)
        has_rate = seconds > 0
        gaps = cut.gaps - 1  # the first one has none before it that counts
        has_rate[gaps] = False
        with np.errstate(all="ignore"):
            change = np.diff(cut.value)
            if self._is_counter:
                change, is_counted = _counted(cut.value, change)
                has_rate &= is_counted
            rate = change / (seconds if self._per_s == 1.0 else seconds / self._per_s)
        first = max(start - 1 - cut.first, 0)
        gaps = gaps[gaps >= first] - first
        return [Piece.of(cut.time[1 + first :], rate[first:], has_rate[first:], gaps)]

    def changed_from(self, around: Context) -> float | None:
        """Nothing but the source changes it."""
        return None


def _counted(value: FloatArray, change: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """How much a counter counted from each value to the next, and whether that is known."""
    before, after, falls = value[:-1], value[1:], change < 0
    counted = np.where(falls, after, change)
    is_corrected = falls & (after > _CORRECTED * before)
    is_known = (counted >= 0) & ~is_corrected
    comes_back = (falls & ~is_corrected)[:-1] & (after[1:] >= before[:-1])  # from a value that was read wrong
    is_known[1:] &= ~comes_back
    return counted, is_known

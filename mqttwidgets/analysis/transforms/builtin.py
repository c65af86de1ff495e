"""The ready derivations, as a person names them."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.discreet import discreet
from ...base.errors import InvalidValueError
from ...base.patterns import patterns_of
from ...base.text import printable
from ...base.window import WindowLike
from .difference import Difference
from .rate import RateOfChange
from .rolling import RollingBand, RollingMean
from .transform import span_of, time_of


@discreet
def rolling_mean(span: WindowLike) -> RollingMean:
    """For `plot.derive`: the mean over the latest stretch, a value at each sample, as pandas's `rolling` has it.

    It is computed from what is new, whatever the span, and adds up no errors however long it runs.

    Args:
        span: how long the stretch is: "30 s", a timedelta, or a number of samples. A span of time is open at its
            old end and holds what there is; a number of samples has no mean until there are so many.

    Raises:
        InvalidValueError: (a ValueError) for what is no span.

    Example:
        >>> rolling_mean("30 s")
        rolling_mean('30 s')
    """
    return RollingMean(span_of("span", span))


@discreet
def rolling_band(span: WindowLike) -> RollingBand:
    """For `plot.derive`: the least and the greatest value of the latest stretch, as two lines.

    Args:
        span: how long the stretch is; see `rolling_mean`.

    Raises:
        InvalidValueError: (a ValueError) for what is no span.

    Example:
        >>> rolling_band(100)
        rolling_band('100 samples')
    """
    return RollingBand(span_of("span", span))


@discreet
def rate_of_change(per: WindowLike = "1 s", *, counter: bool = False) -> RateOfChange:
    """For `plot.derive`: how much the value changes, from each sample to the next, in unit per time.

    There is none across a gap.

    Args:
        per: the time that the change is told for: "1 s", "1 min", "1 h", or a timedelta. Its unit says so: what
            counts kWh has kWh/h by the hour, what counts litres L/min by the minute.
        counter: True for what only counts up, such as an energy meter: where it falls it was reset and counts from
            zero, as in Prometheus' `rate`. So no rate is negative, and none is a spike down; what was counted
            between the last sample and the reset is not known and not in it. A fall by less than a tenth is no
            reset but a correction, at which there is no rate; nor is there one where the counter comes back at
            once to what it had, as devices that start may say 0 once.

    Raises:
        InvalidValueError: (a ValueError) for what is no time, and for a `counter` that is not True or False.

    Example:
        >>> rate_of_change().unit("hPa"), rate_of_change(per="1 h", counter=True).unit("kWh")
        ('hPa/s', 'kWh/h')
    """
    span = time_of("per", per, "'1 s', '1 min' or '1 h'")
    if not isinstance(counter, bool):
        raise InvalidValueError(f"counter is True or False, not {printable(repr(counter))}")
    return RateOfChange(span, counter)


@discreet
def difference(other: str | Sequence[str], *, tolerance: WindowLike = "1 min") -> Difference:
    """For `plot.derive`: each series less another one, which must have the same unit.

    At each sample the latest value of the other one at that time is taken from it. That value holds for as long as
    `tolerance` and not across a gap of either series; where none holds, there is no difference.

    Args:
        other: a pattern, or a list of them, of the series to take away, as in `fields`: `"*/outlet"`. Where
            several match, the one of the same topic is meant.
        tolerance: how long a value holds at most: "10 s", or a timedelta. More for a sensor that sends seldom.

    Raises:
        InvalidValueError: (a ValueError) for what is no pattern or no time.

    Example:
        >>> difference("*/outlet", tolerance="10 s")
        difference('*/outlet', tolerance='10 s')
    """
    return Difference(patterns_of("other", other), time_of("tolerance", tolerance, "'10 s'"))

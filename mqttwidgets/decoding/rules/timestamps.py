"""Times in payloads: dates (see `dates.py`), and epochs in seconds, milliseconds, microseconds or nanoseconds."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import lru_cache

from .dates import readings_of, rfc3339

EARLIEST_S = 946_684_800.0  # the year 2000, before which no sensor spoke MQTT
_AHEAD_S = 600.0  # what is further ahead, such as local time taken for UTC, would carry the axis away with it
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - without a zone, as what is compared with it
_QUARTER_HOUR_S = 900.0
_LATEST_S = 4_102_444_800.0  # the year 2100, for whoever has no clock to compare with

CLOCK_BEHIND = "a clock before the year 2000: time of arrival taken"
NO_TIME = "no time in the field that time= names: time of arrival taken"
CLOCK_AHEAD = "a clock ahead of ours: time of arrival taken"


def epoch_seconds(number: float) -> float:
    """An epoch in seconds, milliseconds, microseconds or nanoseconds, told by its magnitude, in seconds.

    Example:
        >>> epoch_seconds(1767323045), epoch_seconds(1767323045678), epoch_seconds(1767323045678000000)
        (1767323045, 1767323045.678, 1767323045.678)
    """
    size = abs(number)
    if size < 1e11:
        return number
    return number / (10**3 if size < 1e14 else 10**6 if size < 1e17 else 10**9)


def time_in(text: str, arrival: float) -> float | None:
    """Epoch seconds of a date with its time of day; None for any other text, even a date alone.

    Without a zone it is local time, or UTC, whichever is nearer to `arrival`; so it is where the day and the month
    may be the other way round. A leap second counts as the second after it, as in POSIX.

    Args:
        text: such as `2026-01-02T03:04:05.678Z`, `2026-01-02 03:04:05` or `20260102T030405Z`.
        arrival: epoch seconds.

    Example:
        >>> time_in("2026-01-02T04:04:05+01:00", 0.0), time_in("2026-02-29T00:00:00Z", 0.0), time_in("21.5", 0.0)
        (1767323045.0, None, None)
    """
    epochs = [epoch for each in readings_of(text) if (epoch := epoch_of(each, arrival)) is not None]
    return min(epochs, key=lambda epoch: abs(epoch - arrival)) if epochs else None


def epoch_of(moment: datetime, arrival: float) -> float | None:
    """Epoch seconds of a date; without a zone local time, or UTC where that is nearer to `arrival`."""
    if moment.tzinfo is not None:
        return moment.timestamp()
    as_utc = (moment - _EPOCH).total_seconds()
    offset_s = _local_offset_s(as_utc // _QUARTER_HOUR_S)
    if not offset_s:
        return as_utc
    as_local = as_utc - offset_s
    return as_local if abs(as_local - arrival) <= abs(as_utc - arrival) else as_utc


@lru_cache(maxsize=1_000)
def _local_offset_s(quarter_hours: float) -> float:
    """Seconds that local clocks are ahead of UTC when they show a time, in quarters of an hour since 1970."""
    local = _EPOCH + timedelta(seconds=quarter_hours * _QUARTER_HOUR_S)
    try:
        return (local - _EPOCH).total_seconds() - local.timestamp()
    except (OverflowError, ValueError, OSError):
        return 0.0


def fault_of(time: float, arrival: float) -> str:
    """Why a time cannot be that of a message that came at `arrival` (epoch seconds); `""` when it can.

    Example:
        >>> fault_of(1.0, 1.8e9), fault_of(2.1e9, 1.8e9), fault_of(1.7e9, 1.8e9)[:5]
        ('a clock before the year 2000: time of arrival taken', 'a clock ahead of ours: time of arrival taken', '')
    """
    if not time >= EARLIEST_S:
        return CLOCK_BEHIND
    latest = arrival + _AHEAD_S if arrival >= EARLIEST_S else _LATEST_S
    return "" if time <= latest else CLOCK_AHEAD


def is_epoch(number: float) -> bool:
    """Whether a number may be an epoch of this century, in s, ms, µs or ns.

    Example:
        >>> is_epoch(1767323045), is_epoch(1767323045678), is_epoch(21.5)
        (True, True, False)
    """
    return math.isfinite(number) and EARLIEST_S <= epoch_seconds(number) < _LATEST_S


def is_rfc3339(text: str) -> bool:
    """Whether a text is a time as RFC 3339 writes it, a zone or not.

    Example:
        >>> is_rfc3339("2026-01-02T03:04:05"), is_rfc3339("2026/01/02")
        (True, False)
    """
    return rfc3339(text) is not None

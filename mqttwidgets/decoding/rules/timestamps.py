"""Times in payloads: RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339) with and without a zone, and epochs."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

import msgspec

EARLIEST_S = 946_684_800.0  # the year 2000, before which no sensor spoke MQTT
_AHEAD_S = 600.0  # what is further ahead, such as local time taken for UTC, would carry the axis away with it
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - without a zone, as what is compared with it
_QUARTER_HOUR_S = 900.0
_LATEST_S = 4_102_444_800.0  # the year 2100, for whoever has no clock to compare with

CLOCK_BEHIND = "a clock before the year 2000: time of arrival taken"
NO_TIME = "no time in the field that time= names: time of arrival taken"
CLOCK_AHEAD = "a clock ahead of ours: time of arrival taken"

_parse_rfc3339 = msgspec.json.Decoder(datetime).decode

_DATE = r"(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)"
_TIME = r"(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?"
_LOOSE = re.compile(rf"{_DATE}[T _]?{_TIME}\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?", re.ASCII | re.IGNORECASE)
_POINTS = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})[ ,T]+(\d\d:.*)")
_WEEKDAY = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")
_LONGEST = 40


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

    Without a zone it is local time, or UTC, whichever is nearer to `arrival`. A leap second counts as the
    second after it, as in POSIX.

    Args:
        text: such as `2026-01-02T03:04:05.678Z`, `2026-01-02 03:04:05` or `20260102T030405Z`.
        arrival: epoch seconds.

    Example:
        >>> time_in("2026-01-02T04:04:05+01:00", 0.0), time_in("2026-02-29T00:00:00Z", 0.0), time_in("21.5", 0.0)
        (1767323045.0, None, None)
    """
    if not 8 <= len(text) <= _LONGEST or not (text[:2].isdecimal() or _WEEKDAY.match(text)):
        return None
    moment = _strict(text) or _loose(_POINTS.sub(r"\3-\2-\1 \4", text)) or _of_mail(text)
    return None if moment is None else epoch_of(moment, arrival)


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
    return _strict(text) is not None


def _strict(text: str) -> datetime | None:
    try:
        return _parse_rfc3339(f'"{text}"')
    except (ValueError, msgspec.DecodeError):
        return None


def _loose(text: str) -> datetime | None:
    """A time as devices write it besides RFC 3339: slashes, no seconds, ISO 8601's basic format, a leap second."""
    match = _LOOSE.fullmatch(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    leap = second == "60"
    try:
        moment = datetime(  # noqa: DTZ001 - without a zone where the text has none
            int(year), int(month), int(day), int(hour), int(minute), 59 if leap else int(second or 0)
        )
        moment += timedelta(seconds=leap, microseconds=round(float(f"0.{fraction or 0}") * 1e6))
        return moment if zone is None else moment.replace(tzinfo=_zone(zone))
    except (ValueError, OverflowError):
        return None


def _of_mail(text: str) -> datetime | None:
    """The date of a mail or of C's asctime: `Sat, 22 Jul 2023 04:26:40 GMT`, `Mon May  1 12:00:00 2023`."""
    if not _WEEKDAY.match(text):
        return None
    from email.utils import parsedate_to_datetime  # only where such a date comes

    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _zone(text: str) -> timezone:
    if text[0] not in "+-":
        return timezone.utc
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))

"""Dates as people and devices write them beside RFC 3339: European, American, with names of months and of zones.

Each expression reads a text of at most 64 characters, and has no two ways to read one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

import msgspec

LONGEST = 64
"""Characters of a date."""

_parse_rfc3339 = msgspec.json.Decoder(datetime).decode

_TIME = r"(\d{1,2})[:h](\d\d)(?:[:.m](\d\d)(?:[.,:](\d{1,9}))?)?(?:\s?([AP])\.?M\.?)?"
_PLAIN_TIME = r"(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?()"
_ZONE = r"(?:\s?(Z|(?:UTC|GMT)?[+-]\d\d?(?::?\d\d)?|[A-Z]{2,5}))?(?:\[[\w/+-]{1,40}\])?"
_GAP = r"[T\s,_-]{1,3}"
_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_OTHER_NAMES = (
    "Mrz:3 Mär:3 Mai:5 Okt:10 Dez:12 Avr:4 Ene:1 Abr:4 Ago:8 Dic:12 Gen:1 Mag:5 Giu:6 Lug:7 Set:9 Ott:10"
)
_MONTHS = {name.lower(): place for place, name in enumerate(_NAMES.split(), 1)}
_MONTHS |= {name.lower(): int(place) for name, _, place in (pair.partition(":") for pair in _OTHER_NAMES.split())}
_MONTH = r"([^\W\d_]{3})[^\W\d_]{0,7}\.?"
_FLAGS = re.ASCII | re.IGNORECASE

_YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_GAP}{_TIME}{_ZONE}", _FLAGS)
_COMPACT = re.compile(rf"(\d{{4}})[-/.]?(\d\d)[-/.]?(\d\d)[T _]?{_PLAIN_TIME}{_ZONE}", _FLAGS)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})[-/.](\d{{4}}|\d\d){_GAP}{_TIME}{_ZONE}", _FLAGS)
_SHORT_YEAR = re.compile(rf"(\d\d)/(\d\d)/(\d\d),{_TIME}(?:([+-]\d\d))?", _FLAGS)
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}})[ ./-]{{1,2}}{_MONTH}[ ,./-]{{1,2}}(\d{{4}})[T ,:]{{1,2}}{_TIME}{_ZONE}", re.I
)
_MONTH_DAY = re.compile(rf"{_MONTH} {{1,2}}(\d{{1,2}}),? (\d{{4}}),? {{1,2}}{_TIME}{_ZONE}", re.I)
_METER = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)([SW])", re.ASCII)
"""A timestamp of the Dutch smart meters (DSMR 5.0.2, table 6-3: TST), in summer or winter time of Amsterdam."""

_DOT_NET = re.compile(r"/?Date\((-?\d{9,16})(?:[+-]\d{4})?\)/?", re.ASCII)
_WEEKDAY = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?\s", re.ASCII)
_BEGINNING = re.compile(r"\d|/?Date\(|[^\W\d_]{3}")

_HOURS = """
    UTC:0 GMT:0 Z:0 WET:0 WEST:1 BST:1 CET:1 CEST:2 MEZ:1 MESZ:2 EET:2 EEST:3 MSK:3 AST:-4 ADT:-3 EST:-5 EDT:-4
    CST:-6,8 CDT:-5 MST:-7 MDT:-6 PST:-8 PDT:-7 AKST:-9 AKDT:-8 HST:-10 BRT:-3 ART:-3 CLT:-4 SAST:2 CAT:2 EAT:3
    GST:4 PKT:5 IST:5.5,2 NPT:5.75 WIB:7 ICT:7 SGT:8 HKT:8 AWST:8 PHT:8 JST:9 KST:9 ACST:9.5 AEST:10 ACDT:10.5
    AEDT:11 NZST:12 NZDT:13
"""
_ZONES: dict[str, list[tzinfo]] = {
    name: [timezone(timedelta(hours=float(each))) for each in hours.split(",")]
    for name, _, hours in (pair.partition(":") for pair in _HOURS.split())
}
"""What letters stand for; some for several."""


class _Parts(NamedTuple):
    """A date in parts, as texts; the day and month may be the other way round."""

    year: str
    month: str
    day: str
    hour: str
    minute: str
    second: str | None
    fraction: str | None
    half: str | None
    zone: str | None


def rfc3339(text: str) -> datetime | None:
    """The time that a text is as RFC 3339 writes it, a zone or not."""
    try:
        return _parse_rfc3339(f'"{text}"')
    except (ValueError, msgspec.DecodeError):
        return None


def readings_of(text: str) -> list[datetime]:
    """All that a date with its time of day may mean, the likeliest first; none for a date alone or another text.

    Those without a zone are naive.

    Args:
        text: such as `30/11/2026 10:00`, `Nov 30, 2026 9:59:58 AM CET` or `261130095958W`.

    Example:
        >>> [str(each) for each in readings_of("1/2/2026 10:00")]
        ['2026-02-01 10:00:00', '2026-01-02 10:00:00']
    """
    text = text.strip()
    if not 8 <= len(text) <= LONGEST or not _BEGINNING.match(text):
        return []
    strict = rfc3339(text)
    if strict is not None:
        return [strict]
    first, slash, last = text.partition("/")
    if slash and len(first) >= 16 and len(last) >= 16:  # an interval (ISO 8601): its end
        return readings_of(last)
    since = _DOT_NET.fullmatch(text)
    if since is not None:
        return [datetime.fromtimestamp(int(since[1]) / 1000, timezone.utc)] if abs(int(since[1])) < 4e12 else []
    found = [moment for parts in _parts_of(_WEEKDAY.sub("", text, count=1)) for moment in _moments(parts)]
    return found or _of_mail(text)


def _parts_of(text: str) -> Iterator[_Parts]:
    """The ways to part a date."""
    for expression in (_YEAR_FIRST, _COMPACT):
        match = expression.fullmatch(text)
        if match is not None:
            year, month, day, *clock = match.groups()
            yield _Parts(year, month, day, *clock)
            return
    if (match := _SHORT_YEAR.fullmatch(text)) is not None:
        year, month, day, *clock, quarters = match.groups()
        zone = None if quarters is None else f"{'-' if quarters[0] == '-' else '+'}{_clock(int(quarters[1:]))}"
        yield _Parts._make([f"20{year}", month, day, *clock, zone])
    elif (match := _YEAR_LAST.fullmatch(text)) is not None:
        first, sign, second, last, *rest = match.groups()
        year = last if len(last) == 4 else f"20{last}"
        yield _Parts(year, second, first, *rest)
        if sign == "/":
            yield _Parts(year, first, second, *rest)
        if len(last) == 2:
            yield _Parts(f"20{first:0>2}", second, last, *rest)
    elif (match := _DAY_MONTH.fullmatch(text)) is not None:
        day, month, year, *rest = match.groups()
        yield _Parts(year, _number_of(month), day, *rest)
    elif (match := _MONTH_DAY.fullmatch(text)) is not None:
        month, day, year, *rest = match.groups()
        yield _Parts(year, _number_of(month), day, *rest)
    elif (match := _METER.fullmatch(text)) is not None:
        year, month, day, hour, minute, second, season = match.groups()
        yield _Parts(f"20{year}", month, day, hour, minute, second, None, None, {"S": "CEST"}.get(season, "CET"))


def _number_of(month: str) -> str:
    return str(_MONTHS.get(month.lower(), 0))


def _clock(quarters: int) -> str:
    """Quarters of an hour as hours and minutes: the zone of a modem's clock (3GPP TS 27.007, +CCLK)."""
    return f"{quarters // 4:02}:{15 * (quarters % 4):02}"


def _moments(parts: _Parts) -> Iterator[datetime]:
    """What a parted date may mean: none where there is no such day, several where its zone means several."""
    leap = parts.second == "60"
    hour = int(parts.hour)
    if parts.half:
        hour = hour % 12 + (12 if parts.half in "pP" else 0)
    try:
        moment = datetime(  # noqa: DTZ001 - without a zone where the text has none
            int(parts.year),
            int(parts.month),
            int(parts.day),
            hour,
            int(parts.minute),
            59 if leap else int(parts.second or 0),
        )
        moment += timedelta(seconds=leap, microseconds=round(float(f"0.{parts.fraction or 0}") * 1e6))
        for zone in _zones(parts.zone):
            yield moment.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return


def _zones(text: str | None) -> list[tzinfo | None]:
    """What the end of a date stands for.

    Raises:
        ValueError: for anything that is no zone.
    """
    if text is None:
        return [None]
    known = _ZONES.get(text.upper())
    if known is not None:
        return [*known]
    offset = text.upper().removeprefix("UTC").removeprefix("GMT")
    if offset[:1] not in ("+", "-"):
        raise ValueError(text)
    digits = offset[1:].replace(":", "")
    hours, minutes = (digits, "0") if len(digits) < 3 else (digits[:-2], digits[-2:])
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return [timezone(-ahead if offset[0] == "-" else ahead)]


def _of_mail(text: str) -> list[datetime]:
    """The date of a mail or of C's asctime: `Sat, 22 Jul 2023 04:26:40 GMT`, `Mon May  1 12:00:00 2023`."""
    if not _WEEKDAY.match(text):
        return []
    from email.utils import parsedate_to_datetime  # only where such a date comes

    try:
        return [parsedate_to_datetime(text)]
    except (ValueError, TypeError, IndexError, OverflowError):
        return []

"""Sentences of GPS receivers, ships' instruments, wind gauges (NMEA 0183): `$GPGGA,123519,4807.038,N,...*47`."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from ..format import NO_VALUE, Findings, OwnFormat, Reading
from ..rules.quantity import number_in

_SENTENCE = re.compile(r"\$([A-Z]{2})([A-Z]{3}),([ -)+-~]{0,200})(?:\*([0-9A-Fa-f]{2}))?")
_POSITION = re.compile(r"([0-9]{2,3})([0-9]{2}(?:\.[0-9]{1,10})?)")
_MOMENT = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})(?:\.[0-9]{1,6})?")
_LONGEST, _MOST_SENTENCES = 16_384, 200

_FIELDS: dict[str, tuple[tuple[int, str, str], ...]] = {
    "GGA": ((6, "satellites", ""), (7, "hdop", ""), (8, "altitude", "m")),
    "RMC": ((6, "speed", "kn"), (7, "course", "°")),
    "VTG": ((0, "course", "°"), (4, "speed", "kn")),
    "HDT": ((0, "heading", "°"),),
    "HDG": ((0, "heading", "°"),),
    "DPT": ((0, "depth", "m"),),
    "DBT": ((2, "depth", "m"),),
    "MTW": ((0, "water temperature", "°C"),),
    "MWV": ((0, "wind angle", "°"),),
    "VHW": ((4, "water speed", "kn"),),
    "MDA": (
        (4, "air temperature", "°C"),
        (6, "water temperature", "°C"),
        (8, "humidity", "%"),
        (18, "wind speed", "m/s"),
    ),
    "XDR": (),
}
"""(place, name, unit) of what a sentence measures; its position and its time come beside."""

_POSITIONS = {"GGA": 1, "RMC": 2, "GLL": 0}
_VOID = {"GGA": (5, "0"), "RMC": (1, "V"), "GLL": (5, "V")}
"""(place, text) that says that there is no fix."""

_SPEEDS = {"N": "kn", "K": "km/h", "M": "m/s"}


def begins_like(text: str) -> bool:
    """Whether a text may be a sentence.

    Example:
        >>> begins_like("$GPGGA,123519"), begins_like("$5")
        (True, False)
    """
    return text[:1] == "$" and _SENTENCE.match(text) is not None


def read(text: str) -> Findings | None:
    """The readings in NMEA's sentences; None for any other text.

    Example:
        >>> [(each.field, each.value) for each in read("$SDDPT,3.6,0.0*52").readings]
        [('depth', 3.6)]
    """
    if text[:1] != "$" or len(text) > _LONGEST:
        return None
    matches = [_SENTENCE.fullmatch(line.strip()) for line in text.split("\n", _MOST_SENTENCES) if line.strip()]
    if not all(matches):
        return None
    findings = Findings("NMEA")
    wrong = 0
    for match in matches:
        assert match is not None  # noqa: S101 - as all of them were looked at
        if match[4] is not None and _checksum(match[0]) != int(match[4], 16):
            wrong += 1
        else:
            _read_sentence(match[2], match[3].split(","), findings)
    if wrong and wrong == len(matches):
        return Findings("NMEA", undecodable="a sentence of NMEA with a wrong checksum")
    if not findings.readings:
        findings.skipped = NO_VALUE if findings.gaps else "NMEA without a number"
    return findings


def _checksum(sentence: str) -> int:
    total = 0
    for char in sentence[1:].partition("*")[0]:
        total ^= ord(char)
    return total


def _read_sentence(kind: str, cells: list[str], findings: Findings) -> None:
    at, void = _VOID.get(kind, (0, "?"))
    has_fix = _cell(cells, at) != void
    time = _time(cells) if kind == "RMC" and has_fix else None
    if time is not None:
        findings.time_source = "RMC"
    if kind in _POSITIONS:
        for name, place in (("latitude", _POSITIONS[kind]), ("longitude", _POSITIONS[kind] + 2)):
            degrees = _degrees(_cell(cells, place), _cell(cells, place + 1))
            _take(name, degrees if has_fix else None, "°", time, findings)
    for place, name, unit in _FIELDS.get(kind, ()):
        if _cell(cells, place) and (has_fix or name == "satellites"):
            _take(name, number_in(_cell(cells, place)), unit, time, findings)
    if kind == "MWV" and _cell(cells, 4) == "A":
        _take("wind speed", number_in(_cell(cells, 2)), _SPEEDS.get(_cell(cells, 3), ""), time, findings)


def _take(name: str, value: float | None, unit: str, time: float | None, findings: Findings) -> None:
    """Note a value, the first of its name: a receiver's sentences repeat each other."""
    if name in findings.gaps or any(each.field == name for each in findings.readings):
        return
    if value is None or abs(value) > 1e300:
        findings.gaps.append(name)
    else:
        findings.readings.append(Reading(name, value, unit, time))


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _degrees(text: str, side: str) -> float | None:
    """Degrees of `4807.038`, N: 48° 7.038'."""
    match = _POSITION.fullmatch(text)
    if match is None or side not in ("N", "S", "E", "W"):
        return None
    degrees = round(int(match[1]) + float(match[2]) / 60.0, 9)
    return -degrees if side in ("S", "W") else degrees


def _time(cells: list[str]) -> float | None:
    """Epoch seconds of a sentence RMC: hhmmss.ss in its first cell, ddmmyy in its ninth."""
    clock, date = _MOMENT.fullmatch(_cell(cells, 0)), _MOMENT.fullmatch(_cell(cells, 8))
    if clock is None or date is None:
        return None
    fraction = float(f"0{cells[0][6:]}") if len(cells[0]) > 7 else 0.0
    day, month, year = map(int, date.groups())
    hour, minute, second = map(int, clock.groups())
    century = 2000 if year < 80 else 1900
    try:
        moment = datetime(century + year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None
    return moment.timestamp() + fraction


FORMAT = OwnFormat("NMEA", lambda payload: read(payload.text or ""))

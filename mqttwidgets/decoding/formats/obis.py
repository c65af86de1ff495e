r"""Telegrams of electricity, gas and water meters (IEC 62056-21), such as those of the Dutch P1 port.

A line is an OBIS code (IEC 62056-61) and its values: `1-0:1.8.1(007881.115*kWh)`. A telegram has a head,
`/XMX5...`, and a checksum behind `!`. A time in it is local, in summer (S) or in winter (W).
"""

from __future__ import annotations

import re

from ..format import NO_VALUE, Findings, LeftOut, OwnFormat, Reading
from ..rules.quantity import number_in
from ..rules.timestamps import time_in

_LINE = re.compile(
    r"((?:[0-9]{1,3}-[0-9]{1,3}:)?[0-9A-F]{1,3}\.[0-9F]{1,3}(?:\.[0-9]{1,3})?)(?:[*&][0-9]{1,3})?((?:\([^()\r\n]*\))+)"
)
_GROUP = re.compile(r"\(([^()]*)\)")
_CODE = re.compile(r"[0-9]{1,3}-[0-9]{1,3}:[0-9.]+")
_TIME = re.compile(r"[0-9]{10}(?:[0-9]{2}([SW])?)?")

_LONGEST, _MOST_LINES, _MOST_OTHERS = 32_768, 500, 3
_CLOCKS = ("1.0.0", "0.9.1", "0.9.2", "0.9.0")
_UNIT = re.compile(r"[A-Za-z]{1,5}[0-9]?")


def begins_like(text: str) -> bool:
    """Whether a text may be a telegram, or a line of one.

    Example:
        >>> begins_like("/XMX5LG"), begins_like("1-0:1.8.1(1*kWh)"), begins_like("21.5")
        (True, True, False)
    """
    return text[:1] == "/" or (text[:1].isalnum() and _LINE.match(text) is not None)


def read(text: str, arrival: float) -> Findings | None:
    """The readings of a meter; None for any other text.

    All have the time of the telegram; where it has none, those of another meter, of gas or water, have their own.

    Args:
        text: the payload.
        arrival: epoch seconds, for a time without S and W.

    Example:
        >>> [(each.field, each.value, each.unit) for each in read("1-0:1.8.1(007881.115*kWh)", 0.0).readings]
        [('1-0:1.8.1', 7881.115, 'kWh')]
    """
    if len(text) > _LONGEST or not begins_like(text):
        return None
    lines = _lines(text)
    if lines is None:
        return None
    findings = Findings("OBIS")
    time = _telegram_time(lines, arrival, findings)
    for code, groups in lines:
        _take(code, groups, time, arrival, findings)
    if not findings.readings:
        findings.skipped = NO_VALUE if findings.gaps else "OBIS without a number"
    return findings


def _lines(text: str) -> list[tuple[str, list[str]]] | None:
    """(code, values) of each line; None where most lines are others."""
    found: list[tuple[str, list[str]]] = []
    others = 0
    for line in text.split("\n", _MOST_LINES):
        plain = line.strip("\r \t\x02\x03")
        match = _LINE.fullmatch(plain)
        if match is not None:
            found.append((match[1], _GROUP.findall(match[2])))
        elif found and plain[:1] == "(" and plain[-1:] == ")":
            found[-1][1].extend(
                _GROUP.findall(plain)
            )  # older telegrams have the value of gas on a line of its own
        elif plain and plain[0] not in "/!":
            others += 1
    return found if found and others <= min(_MOST_OTHERS, len(found)) else None


def _telegram_time(lines: list[tuple[str, list[str]]], arrival: float, findings: Findings) -> float | None:
    for code, groups in lines:
        if _object(code) in _CLOCKS and groups:
            time = _time_in(groups[-1], arrival)
            findings.left_out.append(LeftOut(code, "a time", groups[-1][:200]))
            if time is not None and not findings.time_source:
                findings.time_source = code
                return time
    return None


def _take(code: str, groups: list[str], time: float | None, arrival: float, findings: Findings) -> None:
    if _object(code) in _CLOCKS:
        return
    text, unit = _value_in(groups)
    reason = _reason(_object(code), groups)
    if not text and not reason:
        findings.gaps.append(code)
        return
    number = number_in(text)
    if number is None or reason or abs(number) > 1e300:
        findings.left_out.append(LeftOut(code, reason or "a text", text[:200]))
        return
    times = [each for each in (groups[0], groups[-1]) if len(groups) > 1 and _TIME.fullmatch(each)]
    own = _time_in(times[0], arrival) if times else None
    findings.readings.append(Reading(code, number, unit, own if time is None else time))


def _value_in(groups: list[str]) -> tuple[str, str]:
    """(value, unit): those of the last group with a unit, or that is no time; the unit may stand in front, too."""
    candidates = [each for each in groups if "*" in each] or [each for each in groups if not _TIME.fullmatch(each)]
    text, _, unit = (candidates or groups)[-1].partition("*")
    if not unit and len(groups) > 2 and _UNIT.fullmatch(groups[-2]):
        unit = groups[-2]
    return text.strip(), unit.strip()


def _object(code: str) -> str:
    """The code without its medium and its channel."""
    return code.rpartition(":")[2]


def _reason(code: str, groups: list[str]) -> str:
    """Why the value of an object is no measurement; `""` where it is one."""
    kind, _, rest = code.partition(".")
    if kind == "96" and rest.startswith(("1.", "1")) and not rest.startswith("14"):
        return "a text" if rest.startswith("13") else "an id"
    if kind in ("C", "0") or code == "42.0.0":
        return "an id or a version"
    if kind in ("F", "97"):
        return "a fault code"
    if code == "24.1.0":
        return "a kind"
    if kind in ("98", "99") or sum(_CODE.fullmatch(each) is not None for each in groups) > 1:
        return "a log of earlier values"
    return ""


def _time_in(text: str, arrival: float) -> float | None:
    """Epoch seconds of `191023210000S`, or without the letter in local time; None for any other text."""
    match = _TIME.fullmatch(text)
    return None if match is None else time_in(text if match[1] else f"20{text}", arrival)


FORMAT = OwnFormat("OBIS", lambda payload: read(payload.text or "", payload.arrival), fast="text")

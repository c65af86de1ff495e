"""Cumulocity's SmartREST, static templates: `200,c8y_Temperature,T,25,C` (cumulocity.com/docs/smartrest).

A line is a template's number and its parameters, as in CSV. Measurements are those of 200 to 212, and a position
is in 401 and 402; the others create devices, alarms and events.
"""

from __future__ import annotations

import csv
import re

from ..format import NO_VALUE, Findings, LeftOut, OwnFormat, Payload, Reading
from ..limits import MOST_NUMBERS
from ..rules.leaf import time_of
from ..rules.quantity import number_in

_TOPIC = re.compile(r"(?:.*/)?[stqc]/u[scl](?:/[^/]+)?")
_CUSTOM = re.compile(r"200,[A-Za-z]\w{0,60},[A-Za-z]\w{0,60},[+-]?[0-9.]")
_TEMPLATE = re.compile(r"[1-9][0-9]{2},")
_LONGEST = 16_384
_FIXED = {
    "210": (("c8y_SignalStrength rssi", "dBm"), ("c8y_SignalStrength ber", "%")),
    "211": (("c8y_TemperatureMeasurement T", "C"),),
    "212": (("c8y_Battery level", "%"),),
    "401": (("lat", "°"), ("lng", "°"), ("alt", "m"), ("accuracy", "m")),
    "402": (("lat", "°"), ("lng", "°"), ("alt", "m"), ("accuracy", "m")),
}
"""(name, unit) of each parameter; the time stands behind them."""


def read(text: str, topic: str, arrival: float) -> Findings | None:
    """The measurements that a device sends to Cumulocity; None for any other text.

    Args:
        text: the payload.
        topic: the topic name, or a key: `s/us` is SmartREST's.
        arrival: epoch seconds, to know a time by.

    Example:
        >>> [(each.field, each.value, each.unit) for each in read("211,25", "s/us", 0.0).readings]
        [('c8y_TemperatureMeasurement T', 25.0, 'C')]
    """
    is_ours = _TOPIC.fullmatch(topic) is not None and _TEMPLATE.match(text) is not None
    if len(text) > _LONGEST or not (is_ours or _CUSTOM.match(text)):
        return None
    findings = Findings("SmartREST")
    try:
        for cells in csv.reader(text.splitlines()):
            _read_line([cell.strip() for cell in cells], arrival, findings)
    except csv.Error:
        return None
    if len(findings.readings) > MOST_NUMBERS or findings.readings:
        return findings
    findings.skipped = NO_VALUE if findings.gaps else "SmartREST without a measurement"
    return findings


def _read_line(cells: list[str], arrival: float, findings: Findings) -> None:
    template, *values = cells or [""]
    if template == "200" and len(values) >= 3:
        unit, *times = (*values[3:5], "")[:2] if len(values) > 3 else ("", "")
        _take(f"{values[0]} {values[1]}", values[2], unit, _first_time(times, arrival), findings)
    elif template == "201" and len(values) >= 5:
        time = _first_time(values[1:2], arrival)
        for at in range(2, len(values) - 2, 4):
            unit = "".join(values[at + 3 : at + 4])
            _take(f"{values[at]} {values[at + 1]}", values[at + 2], unit, time, findings)
    elif template in _FIXED:
        named = _FIXED[template]
        time = _first_time(values[len(named) :], arrival)
        if template == "210" or time is None:
            time = _first_time(values[-1:], arrival)
        for (name, unit), value in zip(named, values, strict=False):
            if time_of(value, arrival) is None:
                _take(name, value, unit, time, findings)
    elif template:
        findings.left_out.append(LeftOut(template, "no measurement", ",".join(values)[:200]))


def _first_time(texts: list[str], arrival: float) -> float | None:
    return next((time for text in texts if (time := time_of(text, arrival)) is not None), None)


def _take(name: str, text: str, unit: str, time: float | None, findings: Findings) -> None:
    number = number_in(text)
    if time is not None:
        findings.time_source = "time"
    if number is not None and abs(number) < 1e300:
        findings.readings.append(Reading(name, number, unit, time))
    elif not text:
        findings.gaps.append(name)
    else:
        findings.left_out.append(LeftOut(name, "a text", text[:200]))


def _read(payload: Payload) -> Findings | None:
    return read(payload.text or "", payload.topic, payload.arrival)


FORMAT = OwnFormat("SmartREST", _read, fast="text")

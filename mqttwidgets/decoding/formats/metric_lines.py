"""A metric on each line, as monitoring systems have them: Graphite, OpenTSDB, StatsD, Prometheus.

- Graphite, plaintext: `host.cpu.user 0.89 1796038790` (graphite.readthedocs.io/en/latest/feeding-carbon.html)
- OpenTSDB: `put sys.cpu.user 1356998400 42.5 host=web01` (opentsdb.net/docs/build/html/api_telnet/put.html)
- StatsD: `api.time:320|ms|@0.1|#env:prod` (github.com/statsd/statsd, docs/metric_types.md)
- Prometheus: `temperature{room="hall"} 21.5 1796038790000` (prometheus.io/docs/instrumenting/exposition_formats)
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple

from ..format import NO_VALUE, Findings, LeftOut, OwnFormat, Payload, Reading
from ..limits import MOST_NUMBERS, in_time
from ..rules.names import sense_of
from ..rules.quantity import is_missing, number_in
from ..rules.timestamps import epoch_seconds, is_epoch

_LONGEST = 100_000
_GRAPHITE = re.compile(
    r"([A-Za-z_][^\s;{}=:,]{0,200}(?:;[^\s;=]{1,60}=[^\s;]{1,100}){0,20})[ \t]+(\S{1,40})(?:[ \t]+(\S{1,24}))?"
)
_OPEN_TSDB = re.compile(
    r"put[ \t]+(\S{1,200})[ \t]+([0-9.]{1,20})[ \t]+(\S{1,40})((?:[ \t]+[^\s=]{1,60}=\S{1,100}){0,20})"
)
_STATSD = re.compile(
    r"([A-Za-z_][^\s:|@]{0,200}):(\S{1,40}?)\|(c|g|ms|h|d|s|m)(?:\|@[0-9.]{1,10})?(?:\|#(\S{0,200}))?(?:\|[a-z]\S{0,60})?"
)
_PROMETHEUS = re.compile(
    r"([A-Za-z_:][\w:]{0,200}(?<!:))(?:\{([^{}]{0,2000})\})?[ \t]+(\S{1,40})(?:[ \t]+(-?[0-9]{1,20}))?"
)
_LABEL = re.compile(r"[\s,]{0,4}(\w{1,60})\s{0,4}=\s*\"([^\"\\]*(?:\\.[^\"\\]*)*)\"")
_NO_TIME = ("-1", "N", "now")


class _Metric(NamedTuple):
    """The content of one line: the value as it is written, epoch seconds, why it is no measurement."""

    name: str
    value: str
    unit: str = ""
    time: float | None = None
    reason: str = ""


ReadLine = Callable[[str], _Metric | None]


def _graphite(line: str) -> _Metric | None:
    match = _GRAPHITE.fullmatch(line)
    if match is None or (number_in(match[2]) is None and not is_missing(match[2])):
        return None
    name, value, when = match.groups()
    if when is None:
        is_path = "." in name and not any(part.isdecimal() for part in name.split("."))
        return _Metric(name.replace(";", ","), value) if is_path else None
    time = None if when in _NO_TIME else _epoch(when)
    return _Metric(name.replace(";", ","), value, "", time) if time is not None or when in _NO_TIME else None


def _open_tsdb(line: str) -> _Metric | None:
    match = _OPEN_TSDB.fullmatch(line)
    time = _epoch(match[2]) if match is not None else None
    if match is None or time is None:
        return None
    return _Metric(",".join((match[1], *match[4].split())), match[3], "", time)


def _statsd(line: str) -> _Metric | None:
    match = _STATSD.fullmatch(line)
    if match is None:
        return None
    name, value, kind, tags = match.groups()
    suffix = "".join(f",{tag.replace(':', '=', 1)}" for tag in (tags or "").split(",") if tag)
    reason = (
        "a change, no value" if kind == "g" and value[0] in "+-" else "a member of a set" if kind == "s" else ""
    )
    return _Metric(name + suffix, value, "ms" if kind == "ms" else "", None, reason)


def _prometheus(line: str) -> _Metric | None:
    match = _PROMETHEUS.fullmatch(line)
    if match is None or (number_in(match[3]) is None and not is_missing(match[3])):
        return None
    name, labels, value, when = match.groups()
    found = _labels_in(labels or "")
    suffix = "".join(f",{key}={text}" for key, text in found)
    reason = "a part of a histogram" if name.endswith("_bucket") and any(key == "le" for key, _ in found) else ""
    return _Metric(name + suffix, value, "", None if when is None else _epoch(when), reason)


def _labels_in(text: str) -> list[tuple[str, str]]:
    """The labels of a metric, up to the first that is none: from one to the next, so that none is looked for."""
    found, at = [], 0
    while (match := _LABEL.match(text, at)) is not None:
        found.append((match[1], match[2]))
        at = match.end()
    return found


def _epoch(text: str) -> float | None:
    number = number_in(text)
    return epoch_seconds(number) if number is not None and is_epoch(number) else None


def _lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _read(name: str, lines: list[str], read_line: ReadLine) -> Findings | None:
    """The readings of lines that are all of one format; None where one is not."""
    if not 0 < len(lines) <= MOST_NUMBERS:
        return None
    findings = Findings(name)
    for line in in_time(lines):
        metric = read_line(line)
        if metric is None:
            return None
        _take(metric, findings)
    if not findings.readings:
        findings.skipped = NO_VALUE if findings.gaps else f"{name} without a measurement"
    return findings


def _take(metric: _Metric, findings: Findings) -> None:
    number = number_in(metric.value)
    reason = metric.reason or sense_of(metric.name.partition(",")[0].rpartition(".")[2]).reason
    if metric.time is not None:
        findings.time_source = "time"
    if number is None and is_missing(metric.value):
        findings.gaps.append(metric.name)
    elif number is None or math.isinf(number) or reason:
        findings.left_out.append(LeftOut(metric.name, reason or "a text", metric.value[:200]))
    else:
        findings.readings.append(Reading(metric.name, number, metric.unit, metric.time))


def _read_prometheus(payload: Payload) -> Findings | None:
    text = payload.text or ""
    has_mark = text.startswith(("# HELP", "# TYPE")) or '="' in text
    if len(text) > _LONGEST or not (has_mark or "\n" in text):
        return None
    lines = [line for line in _lines_of(text) if line[0] != "#"]
    return _read("Prometheus", lines, _prometheus)


def _read_statsd(payload: Payload) -> Findings | None:
    text = payload.text or ""
    return _read("StatsD", _lines_of(text), _statsd) if "|" in text and len(text) <= _LONGEST else None


def _read_graphite(payload: Payload) -> Findings | None:
    text = payload.text or ""
    return _read("Graphite", _lines_of(text), _graphite) if " " in text and len(text) <= _LONGEST else None


def _read_open_tsdb(payload: Payload) -> Findings | None:
    text = payload.text or ""
    return _read("OpenTSDB", _lines_of(text), _open_tsdb) if text[:4] == "put " and len(text) <= _LONGEST else None


OPEN_TSDB = OwnFormat("OpenTSDB", _read_open_tsdb, fast="text")
GRAPHITE = OwnFormat("Graphite", _read_graphite, fast="text")
STATSD = OwnFormat("StatsD", _read_statsd, fast="text")
PROMETHEUS = OwnFormat("Prometheus", _read_prometheus, fast="text")

"""InfluxDB line protocol: `measurement,tag=value field=1,other=2i time`, as Telegraf publishes it.

The standard is https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol. A measurement with a bare
`=` in it is refused, although InfluxDB takes it: in `temp=21.5 hum=48.2` the temperature would be one.

A field is named by its key alone, `usage_active`, for as long as that says which one it is. Where a message has
the same key from several points, the tags whose values differ are appended, `usage_active,cpu=cpu0`, and the
measurement is put before it where that differs, `disk.usage,path=/`. A field once called `usage_active` keeps that
name; when another point uses the key in a later message, its name has the tags that tell the two apart: cpu0 and
cpu1, each in a message of its own, never become one line that jumps between them.

So each key has a reference, which is kept in the topic's memory: the measurement and the tags of its first point,
with None for those that points differ in. A name says how its point differs from the reference, so that two points
never share a name. A memory has room for 1,000 keys; further keys are told apart within each message only.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from ..format import Findings, LeftOut, OwnFormat, Reading
from ..limits import LONGEST_NAMES, MOST_NUMBERS, TOO_MANY_NUMBERS, in_time

_MOST_KEYS = 1_000
_MOST_TAGS = 64
_LONGEST_REMEMBERED = 4_000
_MOST_WRONG_LINES = 1_000
_SKIPPED_LINES = re.compile(r"[ \t\r\n]*(?:#[^\n]*(?:\n[ \t\r\n]*)?)*")
_LINE = re.compile(r"[^\n]*")
_NAME = r"(?=[^,= \r\n])[^\\,= \r\n]*(?:(?:\\[,= ]|\\(?![,= ]))[^\\,= \r\n]*){0,200}"
_MEASUREMENT = re.compile(_NAME)
_TAG = re.compile(rf",({_NAME})=({_NAME})")
_FIELD = re.compile(rf'({_NAME})=("[^"\\]*(?:\\[\s\S][^"\\]*)*"|[-+.0-9A-Za-z]+)')
_TIME_AND_END = re.compile(r"(?: +(-?[0-9]{1,30}))? *(?=\r?\n|\Z)\r?\n?")
_SPACE = re.compile(" +")
_ESCAPED_IN_NAME = re.compile(r"\\([,= ])")
_ESCAPED_IN_TEXT = re.compile(r'\\(["\\])')
_TO_ESCAPE = re.compile("[,= ]")

_FLOAT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]{1,400}i|[0-9]{1,400}u")
_RANGES = {"i": (-(2**63), 2**63 - 1), "u": (0, 2**64 - 1)}
_STATES = {
    **dict.fromkeys(("t", "T", "true", "True", "TRUE"), 1.0),
    **dict.fromkeys(("f", "F", "false", "False", "FALSE"), 0.0),
}
_OUT_OF_RANGE = "beyond the range of a number"
_OTHER_LINE = "a line that is not line protocol"
_TOO_LONG = f"names of more than {LONGEST_NAMES:,} characters together"
_TOO_MANY_TAGS = f"more than {_MOST_TAGS} tags that tell points apart"

_TIMES_IN = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (math.inf, 1e9))
"""Times below the first number are so many parts of a second: seconds, ms, µs, ns."""

Reference = tuple[str | None, tuple[tuple[str, str | None], ...]]
"""A measurement and its tags, with None for those that differed among the points a key was first seen with."""

Combination = tuple[str, tuple[tuple[str, str], ...]]
"""A measurement and its tags, in the order of their names: what InfluxDB calls a series."""


class _Value(NamedTuple):
    """A field's value; a text has no number."""

    text: str
    number: float | None = None
    is_state: bool = False


class _Point(NamedTuple):
    """The content of one line."""

    combination: Combination
    fields: list[tuple[str, _Value]]
    time: float | None


class _NotAPointError(ValueError):
    """The line does not have the form of line protocol."""


class _TooManyError(ValueError):
    """There are more fields than sensors send, or more tags that tell points apart; the message says which."""


class _OutOfRangeError(ValueError):
    """The line has the form of line protocol, but a number that its type does not hold."""


def read(text: str, tag_memory: dict[str, Reference]) -> Findings | None:
    r"""The numbers in line protocol; None for text of another form.

    Args:
        text: the payload.
        tag_memory: the references of the topic's keys; empty at first, and filled here.

    Example:
        >>> memory = {}
        >>> read("cpu,cpu=cpu0 load=0.5 1767323045000000000", memory).readings
        [Reading(field='load', value=0.5, unit='', time=1767323045.0, is_state=False)]
        >>> [each.field for each in read("cpu,cpu=cpu1 load=0.7\ncpu,cpu=cpu0 load=0.4", memory).readings]
        ['load,cpu=cpu1', 'load']
        >>> read("temp=21.5 hum=48.2", {}) is None
        True
    """
    try:
        points, remarks = _points_in(text)
        references = _references(points, tag_memory)
    except _TooManyError as error:
        return Findings("line protocol", undecodable=str(error))
    if not points:
        out_of_range = _OUT_OF_RANGE in remarks
        return Findings("line protocol", undecodable=_OUT_OF_RANGE) if out_of_range else None
    findings = Findings("line protocol", remarks=list(dict.fromkeys(remarks)))
    room = LONGEST_NAMES
    for point in in_time(points):
        room = _add(point, references, findings, room)
        if room < 0:
            return Findings("line protocol", undecodable=_TOO_LONG)
    if not findings.readings:
        findings.skipped = "line protocol without a number"
    return findings


def _points_in(text: str) -> tuple[list[_Point], list[str]]:
    """The points of all lines, and a remark for each line that has none."""
    points: list[_Point] = []
    remarks: list[str] = []
    at = _behind(_SKIPPED_LINES, text, 0)
    room = MOST_NUMBERS
    while at < len(text):
        try:
            point, at = _point(text, at)
            points.append(point)
            room -= len(point.fields)
        except (_NotAPointError, _OutOfRangeError) as error:
            remarks.append(_OUT_OF_RANGE if isinstance(error, _OutOfRangeError) else _OTHER_LINE)
            at = _behind(_LINE, text, at)
        if room < 0 or len(remarks) > _MOST_WRONG_LINES:
            if points:
                raise _TooManyError(TOO_MANY_NUMBERS)
            break
        at = _behind(_SKIPPED_LINES, text, at)
    return points, remarks


def _behind(pattern: re.Pattern[str], text: str, at: int) -> int:
    """The end of the pattern's match; `at` without one."""
    match = pattern.match(text, at)
    return match.end() if match else at


def _matched(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    match = pattern.match(text, at)
    if match is None:
        raise _NotAPointError
    return match


def _point(text: str, at: int) -> tuple[_Point, int]:
    """The point that begins at a place in the text, and where the next line begins."""
    measurement = _matched(_MEASUREMENT, text, at)
    tags: dict[str, str] = {}
    at = measurement.end()
    while len(tags) < _MOST_TAGS and (tag := _TAG.match(text, at)):
        tags[_unescaped(tag[1])] = _unescaped(tag[2])
        at = tag.end()
    fields, at = _fields(text, _matched(_SPACE, text, at).end())
    end = _matched(_TIME_AND_END, text, at)
    combination = (_unescaped(measurement[0]), tuple(sorted(tags.items())))
    return _Point(combination, [(key, _value(value)) for key, value in fields], _time(end[1])), end.end()


def _fields(text: str, at: int) -> tuple[list[tuple[str, str]], int]:
    """The (key, value) of each field, the value as it is written, and where they end."""
    fields: list[tuple[str, str]] = []
    while len(fields) <= MOST_NUMBERS:
        field = _matched(_FIELD, text, at)
        fields.append((_unescaped(field[1]), field[2]))
        at = field.end()
        if text[at : at + 1] != ",":
            return fields, at
        at += 1
    raise _TooManyError(TOO_MANY_NUMBERS)


def _unescaped(name: str) -> str:
    return _ESCAPED_IN_NAME.sub(r"\1", name) if "\\" in name else name


def _value(text: str) -> _Value:
    if text[0] == '"':
        return _Value(_ESCAPED_IN_TEXT.sub(r"\1", text[1:-1]))
    if text in _STATES:
        return _Value(text, _STATES[text], is_state=True)
    if _FLOAT.fullmatch(text):
        return _Value(text, _finite(float(text)))
    if _INTEGER.fullmatch(text):
        return _Value(text, float(_whole(text[:-1], *_RANGES[text[-1]])))
    raise _NotAPointError


def _finite(number: float) -> float:
    if math.isinf(number):
        raise _OutOfRangeError
    return number


def _whole(digits: str, least: int, most: int) -> int:
    number = int(digits)
    if not least <= number <= most:
        raise _OutOfRangeError
    return number


def _time(digits: str | None) -> float | None:
    """Epoch seconds."""
    if digits is None:
        return None
    number = _whole(digits, *_RANGES["i"])
    return number / next(parts for limit, parts in _TIMES_IN if abs(number) < limit)


def _references(points: Iterable[_Point], memory: dict[str, Reference]) -> dict[str, Reference]:
    """The reference of each key; new ones are put into the memory."""
    combinations: dict[str, dict[Combination, None]] = {}
    for point in points:
        for key, _ in point.fields:
            combinations.setdefault(key, {})[point.combination] = None
    references = {}
    common = functools.cache(_common)  # most keys come with the same points
    for key, found in in_time(combinations.items()):
        references[key] = memory.get(key) or common(tuple(found))
        if len(memory) < _MOST_KEYS and _is_short(key, references[key]):
            memory.setdefault(key, references[key])
    return references


def _is_short(key: str, reference: Reference) -> bool:
    texts = (key, reference[0], *(text for tag in reference[1] for text in tag))
    return sum(len(text or "") for text in texts) <= _LONGEST_REMEMBERED


def _common(combinations: tuple[Combination, ...]) -> Reference:
    """The measurement and the tags that some combinations share, with None for those that they do not."""
    measurements, tag_sets = zip(*combinations, strict=True)
    counts = Counter(chain.from_iterable(tag_sets))
    names = {name for name, _ in counts}
    if len(names) > _MOST_TAGS:
        raise _TooManyError(_TOO_MANY_TAGS)
    shared = {name: value for (name, value), count in counts.items() if count == len(tag_sets)}
    is_same = len(set(measurements)) == 1
    return measurements[0] if is_same else None, tuple((name, shared.get(name)) for name in sorted(names))


def _add(point: _Point, references: dict[str, Reference], findings: Findings, room: int) -> int:
    """Put a point's fields into `findings`; returns how much of the `room` for their names is left.

    Long tags are repeated in the name of each field, so that few bytes would become many.
    """
    if point.time is not None:
        findings.time_source = "time"
    affixes = functools.cache(functools.partial(_affixes, point.combination))
    for key, value in point.fields:
        before, behind = affixes(references[key])
        name = f"{before}{_escaped(key)}{behind}" if before or behind else key
        room -= len(name)
        if room < 0:
            break
        if value.number is None:
            findings.left_out.append(LeftOut(name, "a text", value.text))
        else:
            findings.readings.append(Reading(name, value.number, "", point.time, value.is_state))
    return room


def _affixes(combination: Combination, reference: Reference) -> tuple[str, str]:
    """The texts (before, behind) a key that say how its point differs from the reference."""
    if combination == reference:
        return "", ""
    measurement, tags, known = combination[0], dict(combination[1]), dict(reference[1])
    names = sorted(known.keys() | tags.keys())
    differing = [name for name in names if known.get(name) is None or known[name] != tags.get(name)]
    behind = "".join(f",{_escaped(name)}={_escaped(tags.get(name, ''))}" for name in differing)
    return "" if measurement == reference[0] else f"{_escaped(measurement)}.", behind


def _escaped(name: str) -> str:
    return _TO_ESCAPE.sub(r"\\\g<0>", name) if "," in name or "=" in name or " " in name else name


FORMAT = OwnFormat("line protocol", lambda payload: read(payload.text or "", payload.line_tags), fast="text")

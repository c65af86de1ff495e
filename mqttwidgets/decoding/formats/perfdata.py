"""What a plugin of Nagios, Icinga or Checkmk reports: `OK - load average: 0.5|load1=0.5;15;30;0; load5=...`.

Behind the bar stand names, values with a unit, and what is to warn of (nagios-plugins.org/doc/guidelines.html).
"""

from __future__ import annotations

import re

from ..format import NO_VALUE, Findings, LeftOut, OwnFormat, Reading
from ..rules.quantity import number_in

_ITEM = re.compile(
    r"(?:'([^'=]{1,100})'|([^\s='|]{1,100}))=([-+0-9.,eE]{1,40}|U)([A-Za-z%µ°/]{0,12})((?:;[-+0-9.eE~:@]{0,60}){0,4});?"
)
_STATUS = re.compile(r"(?:[\w. -]{0,40}\b)?(?:OK|WARNING|CRITICAL|UNKNOWN|UP|DOWN|WARN|CRIT)\b")
_LONGEST, _MOST = 16_384, 500
_COUNTER = "c"


def read(text: str) -> Findings | None:
    """The values that a plugin reports; None for any other text.

    Example:
        >>> [(each.field, each.value, each.unit) for each in read("OK - fine|time=0.02s;1;2 'a b'=5%").readings]
        [('time', 0.02, 's'), ('a b', 5.0, '%')]
    """
    if len(text) > _LONGEST or "=" not in text:
        return None
    before, bar, behind = text.partition("|")
    if bar and _ITEM.match(before) is not None and _STATUS.match(before) is None:
        return None  # pairs between bars
    items = _items(behind if bar else before)
    if items is None or not (any(item[5] for item in items) or (bar and _STATUS.match(before))):
        return None
    findings = Findings("perfdata")
    for item in items:
        name, number = item[1] or item[2], number_in(item[3].replace(",", "."))
        if item[3] == "U":
            findings.gaps.append(name)
        elif number is None or abs(number) > 1e300:
            findings.left_out.append(LeftOut(name, "a text", item[0][:200]))
        else:
            findings.readings.append(Reading(name, number, "" if item[4] == _COUNTER else item[4]))
    if not findings.readings:
        findings.skipped = NO_VALUE
    return findings


def _items(text: str) -> list[re.Match[str]] | None:
    """The items of a list; None where there is anything else in it."""
    found: list[re.Match[str]] = []
    at, text = 0, text.strip()
    while at < len(text) and len(found) <= _MOST:
        item = _ITEM.match(text, at)
        if item is None or not (item.end() == len(text) or text[item.end()].isspace()):
            return None
        found.append(item)
        at = item.end()
        while at < len(text) and text[at].isspace():
            at += 1
    return found if 0 < len(found) <= _MOST else None


FORMAT = OwnFormat("perfdata", lambda payload: read(payload.text or ""), fast="text")

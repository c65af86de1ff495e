"""collectd's MQTT payloads: `epoch:value[:value ...]` (collectd.conf(5), plugin mqtt)."""

from __future__ import annotations

import re

from ..format import Findings, OwnFormat, Reading
from ..rules.number import GRAMMAR
from ..rules.timestamps import is_epoch

_FORM = re.compile(rf"([0-9]{{9,10}}(?:\.[0-9]+)?)((?::(?:{GRAMMAR}|nan|U))+)")
_LONGEST = 10_000


def read(text: str) -> Findings | None:
    """What a value list of collectd says; None for any other text.

    Several values of one list are called col0, col1 and so on, as the payload does not name them.

    Example:
        >>> read("1448840558.555:1714962432").readings
        [Reading(field='', value=1714962432.0, unit='', time=1448840558.555, is_state=False)]
    """
    match = _FORM.fullmatch(text.strip().removesuffix("\0")) if len(text) <= _LONGEST else None
    if match is None or not is_epoch(float(match[1])):
        return None
    findings = Findings("collectd", time_source="the number before the colon")
    values = match[2][1:].split(":")
    for number, value in enumerate(values):
        name = "" if len(values) == 1 else f"col{number}"
        if value in ("nan", "U"):
            findings.gaps.append(name)
        else:
            findings.readings.append(Reading(name, float(value), "", float(match[1])))
    if not findings.readings:
        findings.skipped = "no value (nan, null)"
    return findings


FORMAT = OwnFormat("collectd", lambda payload: read(payload.text or ""), fast="text")

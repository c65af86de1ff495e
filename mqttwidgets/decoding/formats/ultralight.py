"""FIWARE's Ultralight 2.0 (fiware-iotagent-ul.readthedocs.io): keys and values between bars, `t|2|r|3`.

Several groups stand between `#`, each with a time of its own in front, or without one.
"""

from __future__ import annotations

import re

from ..format import Findings, OwnFormat
from ..judgements import Judgements
from ..rules.device_suffixes import Devices
from ..rules.documents import judge
from ..rules.leaf import Leaf, time_of

_KEY = re.compile(r"[^\W\d][\w.:-]{0,60}")
_LONGEST, _MOST_PARTS = 16_384, 2_000


def read(text: str, arrival: float, judgements: Judgements) -> Findings | None:
    """The readings of an IoT device; None for any other text.

    Args:
        text: the payload.
        arrival: epoch seconds, to know a time by.
        judgements: those of the topic, which grow.

    Example:
        >>> [(each.field, each.value) for each in read("t|2|r|3#t|1|r|4", 0.0, Judgements()).readings]
        [('t', 2.0), ('r', 3.0), ('t', 1.0), ('r', 4.0)]
    """
    if "|" not in text or len(text) > _LONGEST or text.count("|") > _MOST_PARTS:
        return None
    findings = Findings("Ultralight")
    for group in text.split("#"):
        parts = [part.strip() for part in group.split("|")]
        time = time_of(parts[0], arrival) if len(parts) % 2 else None
        pairs = list(zip(parts[len(parts) % 2 :: 2], parts[len(parts) % 2 + 1 :: 2], strict=True))
        if (len(parts) % 2 and time is None) or not pairs or not all(_KEY.fullmatch(key) for key, _ in pairs):
            return None
        _add(pairs, time, arrival, judgements, findings)
    if not findings.readings:
        return None
    return findings


def _add(
    pairs: list[tuple[str, str]], time: float | None, arrival: float, judgements: Judgements, findings: Findings
) -> None:
    scope = dict(pairs)
    devices = Devices(judgements.known_devices())
    suffix = devices.suffix(Leaf("", "", "", 0, scope, {}, None), scope, place="")
    leaves = [Leaf(key, key, "", 1, value, scope, None, suffix=suffix) for key, value in scope.items()]
    found = judge(leaves, findings.format, arrival, judgements, lambda _leaf: None)
    findings.time_source = findings.time_source or found.time_source or ("time" if time is not None else "")
    findings.readings += [each if time is None else each._replace(time=time) for each in found.readings]
    findings.left_out += found.left_out
    findings.gaps += found.gaps
    findings.devices = devices.told


FORMAT = OwnFormat(
    "Ultralight", lambda payload: read(payload.text or "", payload.arrival, payload.judgements), fast="text"
)

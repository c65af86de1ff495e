"""SenML (RFC 8428), in JSON or in CBOR: a list of records, some of which set a base for those behind them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TypeGuard

from ..format import NO_VALUE, Findings, LeftOut, OwnFormat, Payload, Reading
from ..limits import MOST_NUMBERS, TOO_MANY_NUMBERS, in_time
from ..rules.names import sense_of

_VALUES = ("v", "vs", "vb", "vd")
_BASES = ("bn", "bt", "bu", "bv", "bs", "bver")
_NAMES = ("n", "bn")
_LABELS = frozenset((*_BASES, *_VALUES, "n", "u", "s", "t", "ut"))
_CBOR_LABELS = ("n", "u", "v", "vs", "vb", "s", "t", "ut", "vd")
_CBOR_BASES = ("bver", "bn", "bt", "bu", "bv", "bs")
_FROM_CBOR = {**dict(enumerate(_CBOR_LABELS)), **{-1 - at: base for at, base in enumerate(_CBOR_BASES)}}
"""Section 6, table 4."""

_NAME = re.compile(r"[A-Za-z0-9][-A-Za-z0-9:./_]*")
"""Section 4.5.1."""

_MOST_RECORDS = 2 * MOST_NUMBERS
"""Room for as many that only set a base."""

_MOST_LABELS = 8 * _MOST_RECORDS
_LONGEST_NAME = 500
"""A long base name is repeated for each record: few bytes would become many."""

_VERSION = 10
_RELATIVE_BELOW = 2**28
"""Times before this one are seconds from now (section 4.5.3)."""

Record = Mapping[object, object]


class _WrongRecordError(ValueError):
    """The record cannot be used; the message is a remark."""


class _WrongPackError(ValueError):
    """Nothing behind it can be used either."""


def is_senml(tree: object) -> bool:
    """Whether a JSON or CBOR value is SenML, even if it is faulty SenML.

    A pack is an array of records. All of its labels are SenML's, and one of them names or measures something. With
    labels of one's own, which the RFC allows, the first record must have a name and one record a value. A record
    outside of an array is recognised too, so that it can be refused.

    Args:
        tree: the payload parsed.

    Example:
        >>> is_senml([{"n": "t", "v": 21.5}]), is_senml([{-2: "t", 2: 21.5}]), is_senml([{"id": "a", "v": 1}])
        (True, True, False)
    """
    if isinstance(tree, dict):
        if len(tree) > 2 * len(_LABELS):  # as each may be written as a text and as a number
            return False
        labels = _labels_of(tree)
        return _LABELS.issuperset(labels) and _has_name(tree) and not labels.isdisjoint((*_VALUES, "s"))
    if not _is_pack(tree) or sum(map(len, tree[:MOST_NUMBERS])) > _MOST_LABELS:
        return False
    labels = frozenset().union(*map(_labels_of, tree[:MOST_NUMBERS]))  # a longer one is refused anyway
    if any(sense_of(label).is_clock for label in labels - _LABELS):
        return False  # their time is under another name than SenML's
    if all(label in _LABELS or label.endswith("_") for label in labels):
        return not labels.isdisjoint((*_NAMES, *_VALUES, "s"))
    return _has_name(tree[0]) and not labels.isdisjoint((*_VALUES, "s"))


def read(tree: object, arrival: float) -> Findings:
    """The numbers of a pack, each named by its resolved name.

    A sum is a reading of its own where it is all that the record has, else its field is the name and `/sum`.

    Args:
        tree: one that `is_senml` is true of.
        arrival: epoch seconds that times without a date count from.

    Example:
        >>> found = read([{"bn": "room/", "bu": "Cel", "n": "a", "v": 21.5}, {"n": "b", "v": 19, "t": -5}], 100.0)
        >>> found.readings[1]
        Reading(field='room/b', value=19.0, unit='Cel', time=95.0, is_state=False)
    """
    findings = Findings("SenML")
    if not _is_pack(tree):
        findings.undecodable = "a SenML record outside of its array"
        return findings
    try:
        wrong = _read_pack(tree, arrival, findings)
    except _WrongPackError as error:
        return Findings("SenML", undecodable=str(error))
    findings.remarks = list(dict.fromkeys(wrong))
    _say_why_empty(findings)
    return findings


def _is_pack(tree: object) -> TypeGuard[list[Record]]:
    return isinstance(tree, list) and bool(tree) and all(isinstance(record, dict) for record in tree)


def _labels_of(record: Record) -> frozenset[str]:
    return frozenset(_label(key) for key in record)


def _label(key: object) -> str:
    if isinstance(key, str):
        return key
    return _FROM_CBOR.get(key, "") if isinstance(key, int) and not isinstance(key, bool) else ""


def _has_name(record: Record) -> bool:
    return any(isinstance(record.get(key), str) for key in ("n", "bn", 0, -2))


def _read_pack(pack: list[Record], arrival: float, findings: Findings) -> list[str]:
    """Put the numbers of the records into `findings`; returns what is wrong with some of them."""
    if len(pack) > _MOST_RECORDS:
        raise _WrongPackError(f"more than {_MOST_RECORDS:,} records")
    wrong = []
    bases: dict[str, object] = {}
    for entry in in_time(pack):
        record = {_label(key): value for key, value in entry.items()}
        bases.update(_bases_in(record))
        try:
            _read_record(record, bases, arrival, findings)
        except _WrongRecordError as error:
            wrong.append(str(error))
        if len(findings.readings) > MOST_NUMBERS:
            raise _WrongPackError(TOO_MANY_NUMBERS)
    return wrong


def _bases_in(record: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The base fields of a record, which hold for those behind it too (section 4.1)."""
    if any(label.endswith("_") for label in record):
        raise _WrongPackError("SenML with a field that must be understood")
    for label in _BASES:
        if label in record:
            base = record[label]
            if not isinstance(base, str) if label in ("bn", "bu") else _number(base) is None:
                raise _WrongPackError(f"a SenML {label} of the wrong type")
            yield label, base


def _read_record(
    record: Mapping[str, object], bases: Mapping[str, object], arrival: float, findings: Findings
) -> None:
    """One record, resolved (section 4.6); a record that has only base fields says nothing itself."""
    present = [label for label in _VALUES if label in record]
    if not present and "s" not in record:
        return
    if len(present) > 1:
        raise _WrongRecordError("a SenML record with several values")
    if (_number(bases.get("bver")) or 0) > _VERSION:
        raise _WrongRecordError(f"a SenML version above {_VERSION}")
    name, unit, time = _name(record, bases), _unit(record, bases), _time(record, bases, arrival)
    findings.time_source = findings.time_source or ("" if time is None else "t" if "t" in record else "bt")
    if present:
        _read_value(present[0], record[present[0]], Reading(name, _base(bases, "bv"), unit, time), findings)
    if "s" in record:
        summed = Reading(f"{name}/sum" if present else name, _base(bases, "bs"), unit, time)
        _add_number(record["s"], summed, findings)


def _name(record: Mapping[str, object], bases: Mapping[str, object]) -> str:
    own = record.get("n", "")
    base = str(bases.get("bn", ""))
    name = f"{base[: _LONGEST_NAME + 1]}{own}" if isinstance(own, str) else ""
    if not name:
        raise _WrongRecordError("a SenML record without a name")
    if len(name) > _LONGEST_NAME:
        raise _WrongRecordError(f"a SenML name of more than {_LONGEST_NAME} characters")
    if not _NAME.fullmatch(name):
        raise _WrongRecordError("a SenML name with characters that are not allowed")
    return name


def _unit(record: Mapping[str, object], bases: Mapping[str, object]) -> str:
    unit = record.get("u", bases.get("bu", ""))
    if not isinstance(unit, str):
        raise _WrongRecordError("a SenML unit that is no text")
    return unit


def _time(record: Mapping[str, object], bases: Mapping[str, object], arrival: float) -> float | None:
    """Epoch seconds; None for now."""
    own = _number(record.get("t", 0))
    time = math.nan if own is None else own + _base(bases, "bt")
    if not math.isfinite(time):
        raise _WrongRecordError("a SenML time that is no number")
    if time >= _RELATIVE_BELOW:
        return time
    return arrival + time if time else None


def _base(bases: Mapping[str, object], label: str) -> float:
    return _number(bases.get(label, 0)) or 0.0


def _read_value(label: str, value: object, base: Reading, findings: Findings) -> None:
    """Add the value of a record to `base`, whose value is the base value."""
    if label == "v":
        _add_number(value, base, findings)
    elif label == "vb":
        if not isinstance(value, bool):
            raise _WrongRecordError("a SenML vb that is neither true nor false")
        findings.readings.append(base._replace(value=float(value), is_state=True))
    elif label == "vs":
        findings.left_out.append(LeftOut(base.field, "a text", str(value)))
    else:
        text = value.hex() if isinstance(value, bytes) else str(value)
        findings.left_out.append(LeftOut(base.field, "binary data", text))


def _add_number(value: object, base: Reading, findings: Findings) -> None:
    number = math.nan if value is None else _number(value)
    if number is None:
        raise _WrongRecordError("a SenML value that is no number")
    total = base.value + number
    if math.isfinite(total):
        findings.readings.append(base._replace(value=total))
    else:
        findings.gaps.append(base.field)


def _number(value: object) -> float | None:
    """A number as a float, infinite when it is beyond a double; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _say_why_empty(findings: Findings) -> None:
    if findings.readings:
        return
    if findings.gaps:
        findings.skipped = NO_VALUE
    elif findings.left_out or not findings.remarks:
        findings.skipped = "SenML without a number"
    else:
        findings.undecodable = findings.remarks.pop(0)


def _read_document(payload: Payload) -> Findings | None:
    return read(payload.document, payload.arrival) if is_senml(payload.document) else None


FORMAT = OwnFormat("SenML", _read_document, fast="text")

"""Sparkplug B (Eclipse Sparkplug 3.0): metrics of edge nodes and of their devices, in protobuf.

A birth certificate (NBIRTH, DBIRTH) names every metric and gives it an alias; in data (NDATA, DDATA) the alias may
stand alone. So what a certificate said is kept in `Births`. The values in a certificate belong to the same series
as the data after it, whose topic is the data's.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..format import Findings, LeftOut, OwnFormat, Reading
from ..limits import MOST_NUMBERS
from .births import LONGEST_NAME, Births, Metric
from .sparkplug_messages import NotProtobufError, parsed

__all__ = ["Births", "data_topic_of", "datatypes_in", "is_birth", "is_sparkplug", "origin_of", "read"]

NAMESPACE = "spBv1.0"

_NODE_TYPES = frozenset({"NBIRTH", "NDATA", "NDEATH", "NCMD"})
_DEVICE_TYPES = frozenset({"DBIRTH", "DDATA", "DDEATH", "DCMD"})

_UNBORN = "Sparkplug data before its birth certificate, which names the metrics"
_BROKEN = "not valid Sparkplug B"
_COMPRESSED = b"SPBV1.0_COMPRESSED"

_DATETIME = 13
_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}
_BOOLEAN = 11
_ARRAY_ITEMS = dict(zip(range(22, 32), "bhiqBHIQfd", strict=True))
_BOOLEAN_ARRAY = 32
_MOST_ITEMS = 1_000

_UNIT_PROPERTIES = (b"engUnit", b"Engineering Units", b"engineering units", b"unit", b"Unit", b"units", b"Units")
_MOST_PROPERTIES = 100
_LONGEST_UNIT = 64
_LONGEST_TEXT = 200
_CONTROLS = ("Node Control/", "Device Control/")
_OF_DATATYPE = {15: "an id", 18: "a file", 33: "texts", 34: "times"}
_OF_FIELD = {
    "string_value": "a text",
    "bytes_value": "binary data",
    "dataset_value": "a table",
    "template_value": "a template",
    "extension_value": "an extension",
}


class _Place(NamedTuple):
    """A topic of Sparkplug's, taken apart: what sent which type of message."""

    kind: str
    node: str
    device: str
    data_topic: str


def is_sparkplug(topic: str) -> bool:
    """Whether a topic is Sparkplug's: a message of a node or a device, or the state of a host application.

    Args:
        topic: the topic name.

    Example:
        >>> is_sparkplug("spBv1.0/plant/NDATA/node"), is_sparkplug("spBv1.0/plant/HELLO/node")
        (True, False)
    """
    return _place(topic) is not None


def read(topic: str, payload: bytes, births: Births) -> Findings:
    """The metrics of one message, named as the birth certificate names them.

    Args:
        topic: what `is_sparkplug` is true of.
        payload: the message.
        births: what birth certificates said so far; one in this message is put into it.

    Example:
        >>> birth = bytes.fromhex("120c0a015410072009650000ac41")
        >>> births = Births()
        >>> read("spBv1.0/plant/NBIRTH/node", birth, births).topic
        'spBv1.0/plant/NDATA/node'
        >>> data = bytes.fromhex("12071007650000b041")
        >>> read("spBv1.0/plant/NDATA/node", data, births).readings
        [Reading(field='T', value=22.0, unit='', time=None, is_state=False)]
    """
    place = _place(topic)
    if place is None or place.kind == "STATE":
        return Findings("Sparkplug B", skipped="state of a host application")
    if place.kind in ("NCMD", "DCMD"):
        return Findings("Sparkplug B", skipped="a command")
    findings = Findings("Sparkplug B", topic=place.data_topic)
    try:
        if place.kind in ("NDEATH", "DDEATH"):
            _read_death(place, payload, births, findings)
        else:
            _read_metrics(place, payload, births, findings)
    except NotProtobufError:
        return Findings("Sparkplug B", undecodable=_BROKEN)
    return findings


def is_birth(topic: str) -> bool:
    """Whether a message on a Sparkplug topic is a birth certificate.

    Example:
        >>> is_birth("spBv1.0/plant/NBIRTH/node"), is_birth("spBv1.0/plant/NDATA/node")
        (True, False)
    """
    place = _place(topic)
    return place is not None and place.kind.endswith("BIRTH")


def origin_of(topic: str) -> tuple[str, str]:
    """(the group and the edge node of a Sparkplug topic, parted by a slash, the device), empty where it has none.

    Example:
        >>> origin_of("spBv1.0/plant/DDATA/node/oven"), data_topic_of("plant/node", "oven")
        (('plant/node', 'oven'), 'spBv1.0/plant/DDATA/node/oven')
    """
    place = _place(topic)
    return ("", "") if place is None else (place.node, place.device)


def data_topic_of(node: str, device: str) -> str:
    """The topic of an edge node's data, or of that of one of its devices.

    Args:
        node: the group and the edge node, parted by a slash.
        device: the device's id; `""` for the edge node itself.
    """
    group, _, edge = node.partition("/")
    return f"{NAMESPACE}/{group}/DDATA/{edge}/{device}" if device else f"{NAMESPACE}/{group}/NDATA/{edge}"


def datatypes_in(topic: str, payload: bytes, births: Births) -> list[int]:
    """Sparkplug's datatype of each metric in a payload that `read` has read, 0 where nothing tells it."""
    place = _place(topic)
    if place is None:
        return []
    metrics = (parsed("Metric", metric) for metric in parsed("Payload", payload).metrics)
    return [
        description.datatype if (description := _described(metric, place, births)) else 0 for metric in metrics
    ]


def _place(topic: str) -> _Place | None:
    levels = topic.split("/")
    if levels[0] != NAMESPACE or not 3 <= len(levels) <= 5:
        return None
    if levels[1] == "STATE":
        return _Place("STATE", "", "", topic) if len(levels) == 3 else None
    kind = levels[2]
    if kind not in (_NODE_TYPES if len(levels) == 4 else _DEVICE_TYPES if len(levels) == 5 else ()):
        return None
    data_topic = "/".join((*levels[:2], f"{kind[0]}DATA", *levels[3:]))
    return _Place(kind, f"{levels[1]}/{levels[3]}", "".join(levels[4:]), data_topic)


def _read_death(place: _Place, payload: bytes, births: Births, findings: Findings) -> None:
    parsed("Payload", payload)
    findings.gaps = _names_of(births.of(place.node, place.device))
    if not place.device:
        for device in births.devices_of(place.node):
            topic = f"{place.data_topic.replace('/NDATA/', '/DDATA/')}/{device}"
            findings.gaps_elsewhere += [(topic, name) for name in _names_of(births.of(place.node, device))]
    findings.skipped = "the device went away" if place.device else "the node went away"


def _names_of(metrics: Iterable[Metric]) -> list[str]:
    return [metric.name for metric in metrics if not _is_housekeeping(metric.name)]


def _read_metrics(place: _Place, payload: bytes, births: Births, findings: Findings) -> None:
    message = parsed("Payload", payload)
    if message.uuid == _COMPRESSED:
        findings.undecodable = "compressed Sparkplug B, which nothing here unpacks"
        return
    if len(message.metrics) > MOST_NUMBERS:
        findings.undecodable = f"more than {MOST_NUMBERS:,} numbers"
        return
    metrics = [parsed("Metric", metric) for metric in message.metrics]
    described = [_described(metric, place, births) for metric in metrics]
    if place.kind == "NBIRTH":
        births.node_born(place.node, filter(None, described))
    elif place.kind == "DBIRTH":
        births.device_born(place.node, place.device, filter(None, described))
    sent = message.timestamp / 1e3 if message.HasField("timestamp") else None
    for metric, description in zip(metrics, described, strict=True):
        _read_metric(metric, description, sent, findings)
        if len(findings.readings) > MOST_NUMBERS:
            break
    _conclude(findings)


def _described(metric: Any, place: _Place, births: Births) -> Metric | None:
    """A metric's name, datatype and unit, from the message or from the certificate; None without a name."""
    name = _text(metric.name) if len(metric.name) <= LONGEST_NAME else ""
    alias = metric.alias if metric.HasField("alias") else None
    if place.kind.endswith("BIRTH"):
        return Metric(name, alias, metric.datatype, _unit(metric)) if name else None
    known: Metric | None = None
    if name:
        known = births.by_name(place.node, place.device, name) or Metric(name)
    elif alias is not None and not metric.name:
        known = births.by_alias(place.node, place.device, alias)
    if known is None:
        return None
    return known._replace(datatype=metric.datatype or known.datatype, unit=_unit(metric) or known.unit)


def _unit(metric: Any) -> str:
    """The unit among a metric's properties, or `""`."""
    if not metric.properties:
        return ""
    properties = parsed("PropertySet", metric.properties)
    if not len(properties.keys) == len(properties.values) <= _MOST_PROPERTIES:
        return ""
    found = dict(zip(properties.keys, properties.values, strict=True))
    value = next((found[name] for name in _UNIT_PROPERTIES if name in found), b"")
    unit = _text(parsed("PropertyValue", value).string_value).strip()
    return unit if len(unit) <= _LONGEST_UNIT else ""


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _read_metric(metric: Any, description: Metric | None, sent: float | None, findings: Findings) -> None:
    """Put one metric into `findings`."""
    if description is None:
        findings.remarks.append(_why_nameless(metric))
        return
    time = metric.timestamp / 1e3 if metric.HasField("timestamp") else sent
    if time is not None:
        findings.time_source = "timestamp"
    which = metric.WhichOneof("value")
    value = getattr(metric, which) if which else None
    base = Reading(description.name, 0.0, description.unit, time)
    if _is_housekeeping(base.field):
        findings.left_out.append(_left_out(base.field, "Sparkplug's own", value))
    elif value is None or metric.is_null:
        findings.gaps.append(base.field)
    elif isinstance(value, bytes):
        _read_bytes(which, value, description.datatype, base, findings)
    else:
        _read_number(value, description.datatype, base, findings)


def _why_nameless(metric: Any) -> str:
    if metric.name:
        return f"a Sparkplug name of more than {LONGEST_NAME} bytes"
    return _UNBORN if metric.HasField("alias") else "a Sparkplug metric without a name"


def _is_housekeeping(name: str) -> bool:
    return name == "bdSeq" or name.startswith(_CONTROLS)


def _left_out(field: str, reason: str, value: object) -> LeftOut:
    text = _text(value[:_LONGEST_TEXT]) if isinstance(value, bytes) else "" if value is None else str(value)
    number = float(value) if isinstance(value, (bool, int, float)) and math.isfinite(value) else None
    return LeftOut(field, reason, text, None if number is None else Reading(field, number))


def _read_number(value: bool | float, datatype: int, base: Reading, findings: Findings) -> None:
    if datatype == _DATETIME:
        findings.left_out.append(_left_out(base.field, "a time", value))
    elif isinstance(value, bool) or datatype == _BOOLEAN:
        findings.readings.append(base._replace(value=float(bool(value)), is_state=True))
    elif not math.isfinite(value):
        findings.gaps.append(base.field)
    else:
        findings.readings.append(base._replace(value=float(_signed(value, datatype))))


def _signed(value: float, datatype: int) -> float:
    """A number whose sign was lost on the way through an unsigned field (section 6.4.16)."""
    bits = _SIGNED_BITS.get(datatype)
    if bits is None or not isinstance(value, int):
        return value
    half = 1 << (bits - 1)
    return ((value + half) & ((1 << bits) - 1)) - half


def _read_bytes(which: str, value: bytes, datatype: int, base: Reading, findings: Findings) -> None:
    """What is no single number: an array's numbers are named by their places."""
    items = list(_items(value, datatype)) if which == "bytes_value" else []
    if not items:
        reason = _OF_DATATYPE.get(datatype, _OF_FIELD[which])
        findings.left_out.append(_left_out(base.field, reason, value if which == "string_value" else None))
    if len(items) > _MOST_ITEMS:
        findings.remarks.append(f"an array of more than {_MOST_ITEMS:,} numbers")
    for place, item in enumerate(items[:_MOST_ITEMS]):
        item_base = base._replace(field=f"{base.field}/{place}")
        _read_number(item, _BOOLEAN if datatype == _BOOLEAN_ARRAY else 0, item_base, findings)


def _items(value: bytes, datatype: int) -> Iterator[float]:
    """The numbers in an array (section 6.4.17), one more than are read at most."""
    if datatype == _BOOLEAN_ARRAY:
        return _bits(value)
    code = _ARRAY_ITEMS.get(datatype)
    if code is None or len(value) % struct.calcsize(code):
        return iter(())
    count = min(len(value) // struct.calcsize(code), _MOST_ITEMS + 1)
    return iter(struct.unpack_from(f"<{count}{code}", value))


def _bits(value: bytes) -> Iterator[bool]:
    """Four bytes of a count, then the bits, the highest of each byte first."""
    count = int.from_bytes(value[:4], "little")
    if len(value) >= 4 and (count + 7) // 8 <= len(value) - 4:
        for at in range(min(count, _MOST_ITEMS + 1)):
            yield bool(value[4 + at // 8] & 0x80 >> at % 8)


def _conclude(findings: Findings) -> None:
    """Say why there is nothing, where that is so, and each remark once."""
    findings.remarks = list(dict.fromkeys(findings.remarks))
    if len(findings.readings) > MOST_NUMBERS:
        findings.readings, findings.undecodable = [], f"more than {MOST_NUMBERS:,} numbers"
    elif findings.readings:
        return
    elif findings.gaps:
        findings.skipped = "no value (nan, null)"
    elif findings.remarks and not findings.left_out:
        findings.undecodable = findings.remarks.pop(0)
    else:
        findings.skipped = "Sparkplug without a number"


FORMAT = OwnFormat("Sparkplug B", fast="metrics")  # which the topic alone tells, and births are remembered for

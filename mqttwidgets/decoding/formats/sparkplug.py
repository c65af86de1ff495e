"""Sparkplug B (Eclipse Sparkplug 3.0): metrics of edge nodes and of their devices, in protobuf.

A birth certificate (NBIRTH, DBIRTH) names every metric and gives it an alias; in data (NDATA, DDATA) the alias may
stand alone, so that certificates are kept in `Births`. The values in a certificate belong to the same series as
those in the data after it, on the topic of the data.

The protobuf messages (section 6.4) are described by their field numbers, as far as numbers need them, so that
nothing is generated. A field that holds messages inside of messages (metrics, properties, data sets, templates) is
described as bytes, which are the same on the wire: a payload parses to one level, whoever sent it, and parts that
nobody looks at are never built. Names are bytes too, since not everybody sends UTF-8.
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..format import NO_VALUE, Findings, LeftOut, OwnFormat, Reading
from ..limits import MOST_NUMBERS, TOO_MANY_NUMBERS
from .sparkplug_nodes import LONGEST_NAME, Births, Metric, SparkplugTopic, is_sparkplug, parse_topic
from .sparkplug_unborn import WAITS

_UNBORN = "Sparkplug data before its birth certificate, which names the metrics"
_BROKEN = "not valid Sparkplug B"
_COMPRESSED = b"SPBV1.0_COMPRESSED"

SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}
"""Datatype → bits of the integers that have a sign (section 6.4.16)."""

_DATETIME = 13
_BOOLEAN = 11
_ARRAY_ITEMS = dict(zip(range(22, 32), "bhiqBHIQfd", strict=True))
_BOOLEAN_ARRAY = 32
_MOST_ITEMS = 1_000

_UNIT_PROPERTIES = (b"engUnit", b"Engineering Units", b"engineering units", b"unit", b"Unit", b"units", b"Units")
_MOST_PROPERTIES = 100
_LONGEST_UNIT = 64
_LONGEST_TEXT = 200
_CONTROLS = ("Node Control/", "Device Control/")
REBIRTH = "Node Control/Rebirth"
"""The metric that asks for birth certificates."""

_OF_DATATYPE = {15: "an id", 18: "a file", 33: "texts", 34: "times"}
_OF_FIELD = {
    "string_value": "a text",
    "bytes_value": "binary data",
    "dataset_value": "a table",
    "template_value": "a template",
    "extension_value": "an extension",
}

_PAYLOAD = {"timestamp": (1, "uint64"), "metrics": (2, "bytes*"), "uuid": (4, "bytes")}

_METRIC = {
    "name": (1, "bytes"),
    "alias": (2, "uint64"),
    "timestamp": (3, "uint64"),
    "datatype": (4, "uint32"),
    "is_null": (7, "bool"),
    "properties": (9, "bytes"),
    "int_value": (10, "uint32"),
    "long_value": (11, "uint64"),
    "float_value": (12, "float"),
    "double_value": (13, "double"),
    "boolean_value": (14, "bool"),
    "string_value": (15, "bytes"),
    "bytes_value": (16, "bytes"),
    "dataset_value": (17, "bytes"),
    "template_value": (18, "bytes"),
    "extension_value": (19, "bytes"),
}

_PROPERTY_SET = {"keys": (1, "bytes*"), "values": (2, "bytes*")}

_PROPERTY_VALUE = {"string_value": (8, "bytes")}

_MESSAGES = {
    "Payload": _PAYLOAD,
    "Metric": _METRIC,
    "PropertySet": _PROPERTY_SET,
    "PropertyValue": _PROPERTY_VALUE,
}


def read(topic: str, payload: bytes, births: Births) -> Findings:
    """The metrics of one message, named as the birth certificate names them.

    Args:
        topic: one that `is_sparkplug` is true of.
        payload: the message.
        births: the birth certificates so far; one in this message is put into it.

    Example:
        >>> birth = bytes.fromhex("120c0a015410072009650000ac41")
        >>> births = Births()
        >>> read("spBv1.0/plant/NBIRTH/node", birth, births).topic
        'spBv1.0/plant/NDATA/node'
        >>> data = bytes.fromhex("12071007650000b041")
        >>> read("spBv1.0/plant/NDATA/node", data, births).readings
        [Reading(field='T', value=22.0, unit='', time=None, is_state=False)]
    """
    place = parse_topic(topic)
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


def datatypes_in(topic: str, payload: bytes, births: Births) -> list[int]:
    """Sparkplug's datatype of each metric in a payload that `read` has read, 0 where nothing tells it."""
    place = parse_topic(topic)
    if place is None:
        return []
    metrics = (parsed("Metric", metric) for metric in parsed("Payload", payload).metrics)
    return [
        description.datatype if (description := _described(metric, place, births)) else 0 for metric in metrics
    ]


def rebirth_command(now: float) -> bytes:
    """The payload of a command that asks an edge node for its birth certificates (section 6.4.20).

    It goes to the topic of `command_topic_of`, with QoS 0 and not retained.

    Args:
        now: epoch seconds.

    Example:
        >>> [command] = parsed("Payload", rebirth_command(5.0)).metrics
        >>> parsed("Metric", command).name, parsed("Metric", command).boolean_value
        (b'Node Control/Rebirth', True)
    """
    sent, classes = round(now * 1000), _classes()
    metric = classes["Metric"](name=REBIRTH.encode(), timestamp=sent, datatype=_BOOLEAN, boolean_value=True)
    command: bytes = classes["Payload"](timestamp=sent, metrics=[metric.SerializeToString()]).SerializeToString()
    return command


def _read_death(place: SparkplugTopic, payload: bytes, births: Births, findings: Findings) -> None:
    parsed("Payload", payload)
    findings.gaps = _names_of(births.of(place.node, place.device))
    if not place.device:
        for device in births.devices_of(place.node):
            topic = f"{place.data_topic.replace('/NDATA/', '/DDATA/')}/{device}"
            findings.gaps_elsewhere += [(topic, name) for name in _names_of(births.of(place.node, device))]
    findings.skipped = "the device went away" if place.device else "the node went away"


def _names_of(metrics: Iterable[Metric]) -> list[str]:
    return [metric.name for metric in metrics if not _is_housekeeping(metric.name)]


def _read_metrics(place: SparkplugTopic, payload: bytes, births: Births, findings: Findings) -> None:
    message = parsed("Payload", payload)
    if message.uuid == _COMPRESSED:
        findings.undecodable = "compressed Sparkplug B, which nothing here unpacks"
        return
    if len(message.metrics) > MOST_NUMBERS:
        findings.undecodable = TOO_MANY_NUMBERS
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


def _described(metric: Any, place: SparkplugTopic, births: Births) -> Metric | None:
    """The name, datatype and unit of a metric, from the message or the certificate; None without a name."""
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
    bits = SIGNED_BITS.get(datatype)
    return value if bits is None or not isinstance(value, int) else signed(value, bits)


def signed(number: int, bits: int) -> int:
    """An integer whose sign was lost on the way through an unsigned field (section 6.4.16).

    Args:
        number: the integer in the field.
        bits: see `SIGNED_BITS`.

    Example:
        >>> signed(2**32 - 5, 8), signed(5, 8)
        (-5, 5)
    """
    half = 1 << (bits - 1)
    return ((number + half) & ((1 << bits) - 1)) - half


def _read_bytes(which: str, value: bytes, datatype: int, base: Reading, findings: Findings) -> None:
    """Read a metric that is no single number: an array's numbers are named by their places."""
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
    """Keep each remark once, and say why there is no reading, where there is none."""
    findings.remarks = list(dict.fromkeys(findings.remarks))
    if len(findings.readings) > MOST_NUMBERS:
        findings.readings, findings.undecodable = [], TOO_MANY_NUMBERS
    elif findings.readings:
        return
    elif findings.gaps:
        findings.skipped = NO_VALUE
    elif _UNBORN in findings.remarks:
        findings.skipped = WAITS
        findings.remarks = [remark for remark in findings.remarks if remark != _UNBORN]
    elif findings.remarks and not findings.left_out:
        findings.undecodable = findings.remarks.pop(0)
    else:
        findings.skipped = "Sparkplug without a number"


class NotProtobufError(ValueError):
    """The bytes are not a protobuf message."""


def parsed(name: str, data: bytes) -> Any:
    """A message of Sparkplug's, parsed by protobuf.

    Args:
        name: "Payload", "Metric", "PropertySet" or "PropertyValue".
        data: the message on the wire.

    Raises:
        NotProtobufError: for bytes that are no such message.

    Example:
        >>> parsed("Metric", bytes.fromhex("0a01615007")).int_value
        7
    """
    try:
        return _classes()[name].FromString(data)
    except _decode_error():
        raise NotProtobufError("not valid protobuf") from None


@functools.cache
def _classes() -> Mapping[str, Any]:
    """The messages' classes; protobuf is imported with the first message, not before."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="sparkplug.proto", package="sparkplug", syntax="proto2")
    for name, fields in _MESSAGES.items():
        _describe(file.message_type.add(name=name), fields)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"sparkplug.{name}"))
        for name in _MESSAGES
    }


@functools.cache
def _decode_error() -> type[Exception]:
    from google.protobuf.message import DecodeError

    error: type[Exception] = DecodeError
    return error


def _describe(message: Any, fields: Mapping[str, tuple[int, str]]) -> None:
    """Add fields to a message's description: those with a star repeat, those named a value exclude one another."""
    values = [name for name in fields if name.endswith("_value")]
    if values:
        message.oneof_decl.add(name="value")
    for name, (number, kind) in fields.items():
        field = message.field.add(name=name, number=number)
        field.type = getattr(field, f"TYPE_{kind.rstrip('*').upper()}")
        field.label = field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL
        if name in values:
            field.oneof_index = 0


FORMAT = OwnFormat(
    "Sparkplug B",
    lambda payload: read(payload.topic, payload.raw, payload.births),
    fast="metrics",
    is_for=is_sparkplug,
)

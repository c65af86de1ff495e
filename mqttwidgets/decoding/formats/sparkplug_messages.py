"""The protobuf messages of Sparkplug B (Eclipse Sparkplug 3.0, section 6.4), as far as numbers need them.

They are described by their field numbers here, so that nothing is generated. What holds messages inside of
messages (metrics, properties, data sets, templates) is described as bytes, which are the same on the wire: a
payload parses to one level, whoever sent it, and what nobody looks at is never built. Names are bytes too, since
not everybody sends UTF-8.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

_PACKAGE = "sparkplug"

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


class NotProtobufError(ValueError):
    """The bytes are not a protobuf message."""


def parsed(name: str, data: bytes) -> Any:
    """A message of protobuf's making.

    Args:
        name: "Payload", "Metric", "PropertySet" or "PropertyValue".
        data: the message on the wire.

    Raises:
        NotProtobufError: for what is none.

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

    file = descriptor_pb2.FileDescriptorProto(name="sparkplug.proto", package=_PACKAGE, syntax="proto2")
    for name, fields in _MESSAGES.items():
        _describe(file.message_type.add(name=name), fields)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }


@functools.cache
def _decode_error() -> type[Exception]:
    from google.protobuf.message import DecodeError

    error: type[Exception] = DecodeError
    return error


def _describe(message: Any, fields: Mapping[str, tuple[int, str]]) -> None:
    """Add fields to a message's description; those with a star repeat, those named a value exclude one another."""
    values = [name for name in fields if name.endswith("_value")]
    if values:
        message.oneof_decl.add(name="value")
    for name, (number, kind) in fields.items():
        field = message.field.add(name=name, number=number)
        field.type = getattr(field, f"TYPE_{kind.rstrip('*').upper()}")
        field.label = field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL
        if name in values:
            field.oneof_index = 0

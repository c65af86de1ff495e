"""Which messages describe others, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..formats import json_text
from . import home_assistant, homie, siblings, tasmota, zigbee2mqtt
from .announced import Announced


def said_by_text(topic: str, text: str | None, payload: bytes) -> Iterable[Announced] | None:
    """What a message says of others, for topics that tell this by themselves; None where it is no description.

    Args:
        topic: the topic name.
        text: the payload as a text; None where it is none.
        payload: the application message.

    Example:
        >>> list(said_by_text("homie/car/engine/temperature/$unit", "°C", b""))[0].topic
        'homie/car/engine/temperature'
    """
    if zigbee2mqtt.is_of_bridge(topic):
        return zigbee2mqtt.said_of_devices(topic, payload)
    if homie.is_attribute(topic):
        if topic.endswith("/$description"):
            document = _document_in(payload)
            return homie.said_in_description(topic, document) if isinstance(document, Mapping) else []
        return homie.said_in_attribute(topic, text or "")
    return siblings.said_by_text(topic, text) if text is not None else None


def said_by_document(topic: str, document: object) -> Iterable[Announced] | None:
    """What a parsed message says of others; None where it is no description.

    Example:
        >>> [each.topic for each in said_by_document("a/b/config", {"stat_t": "lab/t", "unit_of_meas": "V"})]
        ['lab/t']
    """
    if not isinstance(document, Mapping):
        return None
    if tasmota.is_discovery(topic):
        return tasmota.said_of_device(document)
    if home_assistant.is_discovery(topic, document):
        return home_assistant.discovered(topic, document)
    said = siblings.said_by_document(topic, document)
    if said is not None:
        return said
    return [] if _tells_of_device(topic, document) else None


def said_in_message(topic: str, payload: bytes) -> Iterable[Announced]:
    """What a message says of others, whatever form it has; nothing where it is no description."""
    text = _text_in(payload)
    said = said_by_text(topic, text, payload)
    if said is None:
        said = said_by_document(topic, _document_in(payload))
    return () if said is None else said


def _tells_of_device(topic: str, document: Mapping[Any, Any]) -> bool:
    """Whether a document says how a device is reached, as Shelly's `announce` does, and measures nothing."""
    last = topic.rpartition("/")[2]
    if last == "announce":
        return not {"mac", "ip", "id"}.isdisjoint(document)
    return last == "config" and {"ip", "mac", "fn"} <= document.keys()


def _text_in(payload: bytes) -> str | None:
    try:
        return payload.decode().strip()
    except UnicodeDecodeError:
        return None


def _document_in(payload: bytes) -> object:
    try:
        return json_text.parse(payload)
    except json_text.NotJsonError:
        return None

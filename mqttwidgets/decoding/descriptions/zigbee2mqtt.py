"""zigbee2mqtt's list of its devices, on `bridge/devices` below its base topic.

https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html and .../exposes.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ...base.description import Category, Description
from ..limits import in_time
from ..rules.leaf import escaped
from .announced import WHOLE, Announced, announced, name_in, unit_in
from .home_assistant import names_of_states, quantity_in
from .vocabulary import STATE_NAMES

_BRIDGE = frozenset(("devices", "groups", "info", "definitions", "extensions", "config", "logging", "converters"))
_LEVELS = 3
_MOST_NESTED = 4
_AT_LEAST, _BYTES_PER_PROPERTY = 500, 300
"""As many properties are looked at, or one for so many bytes of the list, if these are more."""

_CATEGORIES: dict[str, Category] = {"diagnostic": "diagnostic", "config": "setting"}
_LIST = "/bridge/devices"

_QUANTITIES: dict[str, str] = {
    "soil_moisture": "moisture",
    "device_temperature": "temperature",
    "local_temperature": "temperature",
    "co2": "carbon_dioxide",
    "voc": "volatile_organic_compounds",
    "illuminance_lux": "illuminance",
    "linkquality": "signal_strength",
    "battery_voltage": "voltage",
}
"""Names that zigbee2mqtt gives → the quantities; others are called like them."""


class _Definition(msgspec.Struct):
    exposes: Any = None


class _Device(msgspec.Struct):
    friendly_name: Any = None
    definition: _Definition | None = None


_DEVICES = msgspec.json.Decoder(list[_Device])
"""Passes over all that is not asked for, without building it."""


def is_of_bridge(topic: str) -> bool:
    """Whether a topic is one on which a bridge describes itself and its devices.

    Example:
        >>> is_of_bridge("zigbee2mqtt/bridge/devices"), is_of_bridge("zigbee2mqtt/bridge")
        (True, False)
    """
    levels = topic.split("/")
    return len(levels) >= _LEVELS and levels[-2] == "bridge" and levels[-1] in _BRIDGE


def said_of_devices(topic: str, payload: bytes) -> Iterator[Announced]:
    """What the list of a bridge's devices says of their fields; nothing for a payload that is no such list.

    Example:
        >>> exposed = b'[{"property":"t","unit":"K","label":"Heat","category":"diagnostic"}]'
        >>> devices = b'[{"friendly_name":"oven","definition":{"exposes":%b}}]' % exposed
        >>> [each[:2] for each in said_of_devices("zigbee2mqtt/bridge/devices", devices)]
        [('zigbee2mqtt/oven', '*'), ('zigbee2mqtt/oven', '/t')]
    """
    if not topic.endswith(_LIST):
        return
    try:
        devices = _DEVICES.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    base = topic.removesuffix(_LIST)
    left = max(_AT_LEAST, len(payload) // _BYTES_PER_PROPERTY)
    for device in in_time(devices):
        name = device.friendly_name
        if not isinstance(name, str) or not name or device.definition is None:
            continue
        of, shown = f"{base}/{name}", name_in(name)
        yield from announced(of, WHOLE, Description(device=shown))
        left -= 1
        if left < 0:
            return
        for each in _exposed(of, "", device.definition.exposes, shown):
            left -= 1
            if left < 0:
                return
            yield each


def _exposed(topic: str, above: str, exposes: object, device: str, depth: int = 0) -> Iterator[Announced]:
    """What is said of the properties that are exposed, and of those nested in them."""
    if not isinstance(exposes, list) or depth > _MOST_NESTED:
        return
    for each in exposes:
        if not isinstance(each, dict):
            continue
        name, features = each.get("property"), each.get("features")
        field = f"{above}/{escaped(name)}" if isinstance(name, str) and name else above
        if isinstance(features, list):  # of a light or a composite value; the former has no property of its own
            yield from _exposed(topic, field, features, device, depth + 1)
        elif field != above:
            yield Announced(topic, field, _description(each, device))


def _description(each: dict[str, Any], device: str) -> Description:
    named = each.get("name")
    name = named if isinstance(named, str) else ""
    unit, shown = unit_in(each.get("unit")), name_in(each.get("label")) or name_in(name)
    given = each.get("category")
    category: Category = _CATEGORIES.get(given, "") if isinstance(given, str) else ""
    if each.get("type") != "binary":
        return Description(unit, shown, device, quantity_in(_QUANTITIES.get(name, name)), category)
    words = STATE_NAMES.get(name, ("", ""))
    names = names_of_states(words, each.get("value_on"), each.get("value_off"))
    return Description(unit, shown, device, "state", category or "state", *names)

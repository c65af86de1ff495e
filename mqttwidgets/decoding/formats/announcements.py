"""Messages that describe other topics, and the units in them that are missing where the numbers are.

Homie's attributes (https://homieiot.github.io/specification), and Home Assistant's discovery
(https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_TEMPLATE = re.compile(r"value_json((?:\.[A-Za-z_]\w*|\[\s*(?:'[^']*'|\"[^\"]*\"|[0-9]+)\s*\])+)")
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[\s*(?:'([^']*)'|\"([^\"]*)\"|([0-9]+))\s*\]")
_DESCRIBING = frozenset(
    [
        "unique_id",
        "uniq_id",
        "state_topic",
        "stat_t",
        "command_topic",
        "cmd_t",
        "availability_topic",
        "avty_t",
        "device",
        "dev",
        "device_class",
        "dev_cla",
        "unit_of_measurement",
        "unit_of_meas",
        "value_template",
        "val_tpl",
        "components",
        "cmps",
    ]
)

_BRIDGE = frozenset(("devices", "groups", "info", "definitions", "extensions", "config", "logging", "converters"))


class Announced(NamedTuple):
    """A unit that one topic gives another.

    Attributes:
        topic: the topic described.
        field: the field there; None for all that have no unit of their own.
        unit: as announced.
    """

    topic: str
    field: str | None
    unit: str


def homie_unit(topic: str, text: str) -> Announced | None:
    """The unit that Homie's attribute `$unit` gives its property.

    Example:
        >>> homie_unit("homie/car/engine/temperature/$unit", "°C")
        Announced(topic='homie/car/engine/temperature', field='', unit='°C')
    """
    of, _, attribute = topic.rpartition("/")
    return Announced(of, "", text) if of and attribute == "$unit" and 0 < len(text) <= 16 else None


def is_attribute(topic: str) -> bool:
    """Whether a topic is one of Homie's attributes, whose values describe a device: `$name`, `$fw/version`.

    Example:
        >>> is_attribute("homie/car/$nodes"), is_attribute("homie/car/$stats/uptime"), is_attribute("$SYS/uptime")
        (True, False, False)
    """
    levels = topic.split("/")[1:]
    return any(level.startswith("$") for level in levels) and "$stats" not in levels


def is_description(topic: str, document: object) -> bool:
    """Whether a document describes devices: to Home Assistant and its like, or as a bridge's list of them.

    Example:
        >>> is_description("zigbee2mqtt/bridge/devices", []), is_description("a/b/config", {"stat_t": "lab/t"})
        (True, True)
    """
    levels = topic.split("/")
    if levels[-1] == "announce" or (len(levels) > 2 and levels[-2] == "bridge" and levels[-1] in _BRIDGE):
        return True
    if not isinstance(document, Mapping) or levels[-1] != "config":
        return False
    return not _DESCRIBING.isdisjoint(document) or {"ip", "mac", "fn"} <= document.keys()


def discovered_units(document: Mapping[Any, Any]) -> list[Announced]:
    """The units in one of Home Assistant's discovery messages, the abbreviated form and that of devices included.

    Example:
        >>> discovered_units({"~": "lab", "stat_t": "~/bme", "unit_of_meas": "V", "val_tpl": "{{ value_json.t }}"})
        [Announced(topic='lab/bme', field='/t', unit='V')]
    """
    parts = document.get("components", document.get("cmps"))
    described = (
        [part for part in parts.values() if isinstance(part, Mapping)] if isinstance(parts, Mapping) else []
    )
    found = (_discovered({**document, **part}) for part in described or [document])
    return [announced for announced in found if announced is not None]


def _discovered(document: Mapping[Any, Any]) -> Announced | None:
    topic = document.get("state_topic", document.get("stat_t"))
    unit = document.get("unit_of_measurement", document.get("unit_of_meas"))
    if not isinstance(topic, str) or not isinstance(unit, str) or not 0 < len(unit) <= 16:
        return None
    base = document.get("~")
    if isinstance(base, str):
        topic = topic.replace("~", base)
    template = document.get("value_template", document.get("val_tpl", ""))
    return Announced(topic, _field_in(template) if isinstance(template, str) else None, unit)


def _field_in(template: str) -> str | None:
    """The JSON pointer that a template reads; `""` without a template, None where it reads none."""
    if not template:
        return ""
    match = _TEMPLATE.search(template[:1_000])
    if match is None:
        return None
    steps = ("".join(step) for step in _STEP.findall(match[1]))
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)

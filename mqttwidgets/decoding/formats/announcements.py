"""Messages that describe other topics, and the units in them that are missing where the numbers are.

Homie's attributes (https://homieiot.github.io/specification), and Home Assistant's discovery
(https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery).

Whoever may publish can announce anything, so that not every announcement is believed: see `may_describe`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[\s*(?:'([^']*)'|\"([^\"]*)\"|([0-9]+))\s*\]")
_FILTER = re.compile(r"\|\s*(?:float|int|round)(?:\s*\([^()]*\))?\s*")
_LONGEST_TEMPLATE = 1_000
_DESCRIBING_KEYS = """
    unique_id uniq_id state_topic stat_t command_topic cmd_t availability_topic avty_t unit_of_measurement
    unit_of_meas value_template val_tpl components cmps
"""
_DESCRIBING = frozenset(_DESCRIBING_KEYS.split())
_MOST_COMPONENTS = 200

_ATTRIBUTE_NAMES = """
    $homie $name $state $nodes $extensions $implementation $type $properties $datatype $format $settable $retained
    $unit $fw $localip $mac $array $broadcast $description $log $alert $target
"""
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_BRIDGE = frozenset(("devices", "groups", "info", "definitions", "extensions", "config", "logging", "converters"))


_DISCOVERY = re.compile(r"homeassistant/[a-z_]+/(?:[A-Za-z0-9_-]+/)?[A-Za-z0-9_-]+/config", re.ASCII)
"""`<prefix>/<component>/[<node_id>/]<object_id>/config`, with the prefix that is Home Assistant's default."""


class Announced(NamedTuple):
    """A unit that one topic gives another.

    Attributes:
        topic: the topic described.
        field: the field there.
        unit: as announced.
    """

    topic: str
    field: str
    unit: str


def homie_unit(topic: str, text: str) -> Announced | None:
    """The unit that Homie's attribute `$unit` gives its property.

    Example:
        >>> homie_unit("homie/car/engine/temperature/$unit", "°C")
        Announced(topic='homie/car/engine/temperature', field='', unit='°C')
    """
    of, _, attribute = topic.rpartition("/")
    return Announced(of, "", text) if of and attribute == "$unit" and 0 < len(text) <= 16 else None


def may_describe(announcer: str, topic: str) -> bool:
    """Whether an announcement is believed about another topic.

    It is about those beside it and below these, as whoever announces there may send them as well; and about any
    topic where Home Assistant would believe it, on a topic of the form that its discovery demands. Where the
    prefix of that was changed, only the former holds.

    Args:
        announcer: the topic that the announcement came on.
        topic: what it describes.

    Example:
        >>> may_describe("homeassistant/sensor/oven/config", "plant/oven"), may_describe("x/config", "plant/oven")
        (True, False)
        >>> may_describe("plant/oven/config", "plant/oven/temperature")
        True
    """
    own, _, _ = announcer.rpartition("/")
    is_own = bool(own) and (topic == own or topic.startswith(f"{own}/"))
    return is_own or _DISCOVERY.fullmatch(announcer) is not None


def is_attribute(topic: str) -> bool:
    """Whether a topic is one of Homie's attributes, whose values describe a device: `$name`, `$fw/version`.

    Example:
        >>> is_attribute("homie/car/$nodes"), is_attribute("homie/car/$stats/uptime"), is_attribute("$SYS/uptime")
        (True, False, False)
    """
    levels = topic.split("/")[1:]
    return any(level in _ATTRIBUTES for level in levels) and "$stats" not in levels


def is_description(topic: str, document: object) -> bool:
    """Whether a document describes devices: to Home Assistant and its like, or as a bridge's list of them.

    Example:
        >>> is_description("zigbee2mqtt/bridge/devices", []), is_description("a/b/config", {"stat_t": "lab/t"})
        (True, True)
    """
    levels = topic.split("/")
    if len(levels) == 3 and levels[1] == "bridge" and levels[2] in _BRIDGE:
        return True
    if not isinstance(document, Mapping):
        return False
    if levels[-1] == "announce":
        return not {"mac", "ip", "id"}.isdisjoint(document)
    if levels[-1] != "config":
        return False
    return not _DESCRIBING.isdisjoint(document) or {"ip", "mac", "fn"} <= document.keys()


def discovered_units(document: Mapping[Any, Any]) -> list[Announced]:
    """The units in one of Home Assistant's discovery messages, the abbreviated form and that of devices included.

    Example:
        >>> discovered_units({"~": "lab", "stat_t": "~/bme", "unit_of_meas": "V", "val_tpl": "{{ value_json.t }}"})
        [Announced(topic='lab/bme', field='/t', unit='V')]
    """
    parts = document.get("components", document.get("cmps"))
    components = list(parts.values())[:_MOST_COMPONENTS] if isinstance(parts, Mapping) else []
    described = [part for part in components if isinstance(part, Mapping)]
    found = (_discovered(part, document) for part in described or [document])
    return [announced for announced in found if announced is not None]


def _discovered(part: Mapping[Any, Any], device: Mapping[Any, Any]) -> Announced | None:
    """What a component of a device announces, the device's own word where it has none."""

    def said(*keys: str) -> Any:
        return next((known[key] for known in (part, device) for key in keys if key in known), None)

    topic, unit = said("state_topic", "stat_t"), said("unit_of_measurement", "unit_of_meas")
    if not isinstance(topic, str) or not isinstance(unit, str) or not 0 < len(unit) <= 16:
        return None
    field = _field_in(said("value_template", "val_tpl"))
    return None if field is None else Announced(_completed(topic, said("~")), field, unit)


def _completed(topic: str, base: object) -> str:
    """A topic whose beginning or end `~` stands for."""
    if isinstance(base, str) and topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if isinstance(base, str) and topic.endswith("~") else topic


def _field_in(template: object) -> str | None:
    """The JSON pointer that a template picks, `""` without a template; None where it does anything else.

    A template that computes gives a unit to something else. One expression for all of it would try every way to
    share out its blanks, for minutes: each part has one of its own instead, which is tried at one place.
    """
    if template is None:
        return ""
    picked = _inside_braces(template) if isinstance(template, str) and len(template) < _LONGEST_TEMPLATE else ""
    steps: list[re.Match[str]] = []
    if picked.startswith("value_json"):
        steps, at = _all_from(len("value_json"), picked, _STEP)
        if not steps:
            return None
    elif picked.startswith("value"):
        at = len("value")
    else:
        return None
    filters = picked[at:].lstrip()
    if _all_from(0, filters, _FILTER)[1] < len(filters):
        return None
    names = ("".join(step.groups("")) for step in steps)
    return "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in names)


def _inside_braces(template: str) -> str:
    """The expression of a template that is one; `""` for any other."""
    text = template.strip()
    if len(text) < 4 or not (text.startswith("{{") and text.endswith("}}")):
        return ""
    return text[2:-2].removeprefix("-").removesuffix("-").strip()


def _all_from(at: int, text: str, part: re.Pattern[str]) -> tuple[list[re.Match[str]], int]:
    """(what matches from a place on, one after another, the place behind the last)."""
    found = []
    while (match := part.match(text, at)) is not None:
        found.append(match)
        at = match.end()
    return found, at

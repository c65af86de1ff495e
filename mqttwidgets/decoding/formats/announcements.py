"""Messages that describe other topics, and the memory of the units that they announce for them.

They are Homie's attributes (https://homieiot.github.io/specification) and Home Assistant's discovery
(https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery). Messages with numbers then have no units.

Whoever may publish can announce anything, so that not every announcement is believed: see `may_describe`.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ...base.patterns import LONGEST_TOPIC
from ..limits import Budget, Entry
from ..rules.leaves import escaped

NOT_BELIEVED = "a unit for a topic that this one may not describe: not taken"
CONTRADICTED = "a unit that contradicts an earlier announcement: not taken"
UNIT_CHANGED = "the unit that is announced for a topic changed"

_BYTES_PER_UNIT = 350

_Key = tuple[str, str]
"""(topic, field)."""

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
    """Whether an announcement about another topic is believed.

    It is believed about the topics beside its own and below these, as whoever announces there may publish on them
    as well. Where Home Assistant would believe it, on a topic of the form that its discovery demands, it is
    believed about any topic; with another prefix than Home Assistant's default one, only the former holds.

    Args:
        announcer: the topic that the announcement came on.
        topic: the topic that it describes.

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
    if "$" not in topic:
        return False
    levels = topic.split("/")[1:]
    return any(level in _ATTRIBUTES for level in levels) and "$stats" not in levels


def is_description(topic: str, document: object) -> bool:
    """Whether a document describes devices, for Home Assistant and its like or in a bridge's list of them.

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
    """The units in a discovery message of Home Assistant's, also in the abbreviated form and in that of devices.

    Example:
        >>> discovered_units({"~": "lab", "stat_t": "~/bme", "unit_of_meas": "V", "val_tpl": "{{ value_json.t }}"})
        [Announced(topic='lab/bme', field='/t', unit='V')]
    """
    parts = document.get("components", document.get("cmps"))
    components = list(parts.values())[:_MOST_COMPONENTS] if isinstance(parts, Mapping) else []
    described = [part for part in components if isinstance(part, Mapping)]
    found = (_discovered(part, document) for part in described or [document])
    return [announced for announced in found if announced is not None]


class _Unit(NamedTuple):
    """A unit, the topic that announced it first (its hash), and its place in the budget."""

    text: str
    announcer: int
    entry: Entry | None


class AnnouncedUnits:
    """The units announced, each for a field of a topic.

    Args:
        budget: counts the memory that they take, and has some forgotten when it is too much.
        on_change: called with each topic whose unit changes.

    Example:
        >>> units = AnnouncedUnits(Budget(), lambda topic: None)
        >>> units.note(Announced("lab/t", "", "°C"), by="lab/t/$unit", sender=1)
        ''
        >>> units.of("lab/t", ""), units.of("lab/h", "")
        ('°C', '')
    """

    def __init__(self, budget: Budget, on_change: Callable[[str], object]) -> None:
        self._budget = budget
        self._on_change = on_change
        self._units: dict[_Key, _Unit] = {}
        self._beyond: Mapping[_Key, _Unit] = {}

    def note(self, announced: Announced, by: str, sender: int) -> str:
        """Remember a unit; returns a remark, such as `UNIT_CHANGED`, or `""`.

        The first topic to announce a unit is believed from then on: only it can change the unit.

        Args:
            announced: the unit, and the field that it is of.
            by: the topic that it was announced on.
            sender: who sent the announcement, as the budget knows senders.
        """
        topic, name, unit = announced
        if max(len(topic), len(name)) > LONGEST_TOPIC:
            return ""
        if not may_describe(by, topic):
            return NOT_BELIEVED
        announcer = hash(by)
        former = self._units.get((topic, name)) or self._beyond.get((topic, name))
        if former is None:
            self._keep(announced, announcer, sender)
            return ""
        if former.text == unit:
            return ""
        if former.announcer != announcer:
            return CONTRADICTED
        self._units[topic, name] = former._replace(text=unit)
        self._on_change(topic)
        return UNIT_CHANGED

    def of(self, topic: str, name: str) -> str:
        """The unit of a field of a topic, or `""`."""
        if not self._units and not self._beyond:
            return ""
        known = self._units.get((topic, name)) or self._beyond.get((topic, name))
        if known is None:
            return ""
        if known.entry is not None and not known.entry.is_proven:
            self._budget.prove(known.entry)
        return known.text

    def twin(self) -> AnnouncedUnits:
        """The same units, to try a message with: neither its announcements nor its needs are remembered here."""
        twin = AnnouncedUnits(Budget(), lambda topic: None)
        twin._beyond = self._units
        return twin

    def _keep(self, announced: Announced, announcer: int, sender: int) -> None:
        key = (announced.topic, announced.field)
        self._units[key] = _Unit(announced.unit, announcer, None)
        size_bytes = _BYTES_PER_UNIT + sum(map(sys.getsizeof, announced))
        entry = self._budget.hold(functools.partial(self._forget, key), sender, size_bytes)
        if key in self._units:
            self._units[key] = _Unit(announced.unit, announcer, entry)
        self._on_change(announced.topic)

    def _forget(self, key: _Key) -> None:
        if self._units.pop(key, None) is not None:
            self._on_change(key[0])


def _discovered(part: Mapping[Any, Any], device: Mapping[Any, Any]) -> Announced | None:
    """The announcement of a component, completed by that of its device."""

    def said(*keys: str) -> Any:
        return next((known[key] for known in (part, device) for key in keys if key in known), None)

    topic, unit = said("state_topic", "stat_t"), said("unit_of_measurement", "unit_of_meas")
    if not isinstance(topic, str) or not isinstance(unit, str) or not 0 < len(unit) <= 16:
        return None
    field = _field_in(said("value_template", "val_tpl"))
    return None if field is None else Announced(_completed(topic, said("~")), field, unit)


def _completed(topic: str, base: object) -> str:
    """A topic in which `~` stands for its beginning or its end."""
    if isinstance(base, str) and topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if isinstance(base, str) and topic.endswith("~") else topic


def _field_in(template: object) -> str | None:
    """The JSON pointer that a template picks, `""` without a template; None where it does anything else.

    A template that computes gives its unit to something else. One expression for the whole template would try
    every way to share out its blanks, for minutes: instead, each part has its own, tried at one place only.
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
    return "".join(f"/{escaped(name)}" for name in names)


def _inside_braces(template: str) -> str:
    """The expression of a template that is one; `""` for any other."""
    text = template.strip()
    if len(text) < 4 or not (text.startswith("{{") and text.endswith("}}")):
        return ""
    return text[2:-2].removeprefix("-").removesuffix("-").strip()


def _all_from(at: int, text: str, part: re.Pattern[str]) -> tuple[list[re.Match[str]], int]:
    """(the matches that follow one another from a place on, the place behind the last)."""
    found = []
    while (match := part.match(text, at)) is not None:
        found.append(match)
        at = match.end()
    return found, at

"""Home Assistant's discovery, of single components and of devices, and what its statestream publishes.

https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery has the keys, and their abbreviations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...base.description import Category, Description
from ..rules.leaf import escaped
from ..rules.quantity import state_in
from .announced import Announced, announced, name_in, unit_in
from .vocabulary import QUANTITIES, STATE_NAMES

_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[\s*(?:'([^']*)'|\"([^\"]*)\"|([0-9]+))\s*\]")
_FILTER = re.compile(r"\|\s*(?:float|int|round|is_defined|default|string)(?:\s*\([^()]*\))?\s*")
_LONGEST_TEMPLATE = 1_000
_DESCRIBING_KEYS = """
    unique_id uniq_id state_topic stat_t command_topic cmd_t availability_topic avty_t unit_of_measurement
    unit_of_meas value_template val_tpl components cmps current_temperature_topic curr_temp_t
    temperature_state_topic temp_stat_t
"""
_DESCRIBING = frozenset(_DESCRIBING_KEYS.split())
_MOST_COMPONENTS = 200

_QUANTITIES = frozenset(QUANTITIES)
_CATEGORIES: dict[object, Category] = {"diagnostic": "diagnostic", "config": "setting"}
_SET = ("number", "select", "text")
"""Components that a person sets."""

_SWITCHED = ("binary_sensor", "switch", "light", "fan", "siren", "lock", "update", "input_boolean")

_TEMPERATURES = (
    ("current_temperature_topic", "curr_temp_t", "current_temperature_template", "curr_temp_tpl"),
    ("temperature_state_topic", "temp_stat_t", "temperature_state_template", "temp_stat_tpl"),
)
"""Topics of a thermostat, and the templates that go with them."""


def is_discovery(topic: str, document: Mapping[Any, Any]) -> bool:
    """Whether a document on a topic is a message of Home Assistant's discovery, or of one like it.

    Example:
        >>> is_discovery("a/b/config", {"stat_t": "lab/t"}), is_discovery("a/b", {"stat_t": "lab/t"})
        (True, False)
    """
    return topic.rpartition("/")[2] == "config" and not _DESCRIBING.isdisjoint(document)


def discovered(topic: str, document: Mapping[Any, Any]) -> list[Announced]:
    """The descriptions in a discovery message, also in the abbreviated form and in that of devices.

    Example:
        >>> config = {"~": "lab", "stat_t": "~/bme", "unit_of_meas": "V", "val_tpl": "{{ value_json.t }}"}
        >>> discovered("homeassistant/sensor/bme/config", config)[0][:2]
        ('lab/bme', '/t')
        >>> discovered("homeassistant/sensor/bme/config", config)[0].said.unit
        'V'
    """
    levels = topic.split("/")
    kind = levels[1] if len(levels) > 2 else ""
    parts = document.get("components", document.get("cmps"))
    components = list(parts.values())[:_MOST_COMPONENTS] if isinstance(parts, Mapping) else []
    described = [part for part in components if isinstance(part, Mapping)]
    return [each for part in described or [document] for each in _Component(part, document, kind).announced()]


class _Component:
    """One component of a discovery message, completed by that of its device.

    Args:
        part: what is said of the component.
        whole: what is said of the device; the same where there is one component.
        kind: the component as the topic names it.
    """

    def __init__(self, part: Mapping[Any, Any], whole: Mapping[Any, Any], kind: str) -> None:
        self._part = part
        self._whole = whole
        named = self._said("platform", "p")
        self._kind = named if isinstance(named, str) else kind

    def announced(self) -> Iterator[Announced]:
        """The description of its state, and those of the temperatures of a thermostat."""
        yield from self._of("state_topic", "stat_t", "value_template", "val_tpl", self._description())
        if self._kind in ("climate", "water_heater"):
            unit = {"F": "°F", "C": "°C"}.get(str(self._said("temperature_unit", "temp_unit")), "")
            said = Description(unit, "", self._device, "temperature")
            for topic, short_topic, template, short_template in _TEMPERATURES:
                yield from self._of(topic, short_topic, template, short_template, said)

    def _of(
        self, topic: str, short: str, template: str, short_template: str, said: Description
    ) -> list[Announced]:
        field = field_in(self._said(template, short_template))
        named = self._said(topic, short)
        if field is None or not isinstance(named, str):
            return []
        return announced(_completed(named, self._said("~")), field, said)

    def _description(self) -> Description:
        own_class = self._said("device_class", "dev_cla")
        is_switched = self._kind in _SWITCHED
        category = _CATEGORIES.get(_hashable(self._said("entity_category", "ent_cat")), "")
        if not category:
            category = "setting" if self._kind in _SET else "state" if is_switched else ""
        true_name, false_name = self._state_names(own_class) if is_switched else ("", "")
        return Description(
            unit_in(self._said("unit_of_measurement", "unit_of_meas")),
            name_in(self._part.get("name")) or self._device,
            self._device,
            "state" if is_switched else quantity_in(own_class),
            category,
            true_name,
            false_name,
        )

    @property
    def _device(self) -> str:
        device = self._said("device", "dev")
        return name_in(device.get("name")) if isinstance(device, Mapping) else ""

    def _state_names(self, own_class: object) -> tuple[str, str]:
        words = STATE_NAMES.get(own_class, ("", "")) if isinstance(own_class, str) else ("", "")
        on = next(
            (value for key in ("payload_on", "pl_on", "state_on", "stat_on") if (value := self._said(key))), "ON"
        )
        off = next(
            (value for key in ("payload_off", "pl_off", "state_off", "stat_off") if (value := self._said(key))), ""
        )
        return names_of_states(words, on, off)

    def _said(self, *keys: str) -> Any:
        return next((known[key] for known in (self._part, self._whole) for key in keys if key in known), None)


def names_of_states(words: tuple[str, str], on: object, off: object) -> tuple[str, str]:
    """The words for 1 and 0, given those for on and off and the values that stand for these.

    A contact of zigbee2mqtt's is true when it is closed, which is the off of a door.

    Args:
        words: for on and off.
        on: the value that stands for on.
        off: the value that stands for off.

    Example:
        >>> names_of_states(("open", "closed"), False, True), names_of_states(("on", "off"), "ON", "OFF")
        (('closed', 'open'), ('on', 'off'))
    """
    number = _number_of(on)
    if number is None:
        opposite = _number_of(off)
        number = None if opposite is None else 1.0 - opposite
    if number == 1.0:
        return words
    return (words[1], words[0]) if number == 0.0 else ("", "")


def _number_of(value: object) -> float | None:
    if isinstance(value, (bool, int, float)):
        return float(value)
    if not isinstance(value, str):
        return None
    known = {"1": 1.0, "0": 0.0}.get(value.strip())
    return state_in(value.strip()) if known is None else known


def quantity_in(device_class: object) -> str:
    """The quantity that a device class names; `""` for what names none.

    Example:
        >>> quantity_in("temperature"), quantity_in("enum"), quantity_in(None)
        ('temperature', '', '')
    """
    if device_class == "volume_storage":
        return "volume"
    return device_class if isinstance(device_class, str) and device_class in _QUANTITIES else ""


def _hashable(value: object) -> object:
    return value if isinstance(value, str) else ""


def _completed(topic: str, base: object) -> str:
    """A topic in which `~` stands for its beginning or its end."""
    if isinstance(base, str) and topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if isinstance(base, str) and topic.endswith("~") else topic


def field_in(template: object) -> str | None:
    """The JSON pointer that a template picks, `""` without a template; None where it does anything else.

    A template that computes gives its unit to something else. One expression for the whole template would try
    every way to share out its blanks, for minutes: instead, each part has its own, tried at one place only.

    Example:
        >>> field_in("{{ value_json.t | round(1) }}"), field_in("{{ value_json.t * 9 }}"), field_in("{{ value }}")
        ('/t', None, '')
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

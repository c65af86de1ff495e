"""Topics that describe their sibling: `X/unit`, `X/unit_of_measurement`, `X/meta`, `X/meta/units`.

Home Assistant's statestream publishes `X/state` and beside it each attribute
(https://www.home-assistant.io/integrations/mqtt_statestream), Wiren Board a control and its meta
(https://github.com/wirenboard/conventions), mpp-solar `X/value` and `X/unit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...base.description import Category, Description
from ..rules.quantity import number_in
from .announced import WHOLE, Announced, announced, name_in, unit_in
from .home_assistant import quantity_in

_LONGEST = 200
_META = "meta"
_META_ATTRIBUTE_NAMES = """
    type units unit order max min precision readonly error name title enum writable
    driver description period
"""
_META_ATTRIBUTES = frozenset(_META_ATTRIBUTE_NAMES.split())

_ATTRIBUTES: dict[str, Callable[[str], Description]] = {
    "unit_of_measurement": lambda text: Description(unit=unit_in(text)),
    "unit": lambda text: Description(unit=unit_in(text)),
    "units": lambda text: Description(unit=unit_in(text)),
    "friendly_name": lambda text: Description(name=name_in(text)),
    "device_class": lambda text: Description(quantity=quantity_in(text)),
    "state_class": lambda _text: Description(),
}
"""Last level of a topic → what its text says of the one above it."""

_MAY_BE_MEASURED = ("unit", "units")
"""Those that describe only where they are no number: there may be a unit 3 of a power station."""

_TYPES: dict[str, tuple[str, str]] = {
    "temperature": ("°C", "temperature"),
    "rel_humidity": ("%", "humidity"),
    "atmospheric_pressure": ("mbar", "atmospheric_pressure"),
    "rainfall": ("mm/h", "precipitation_intensity"),
    "wind_speed": ("m/s", "wind_speed"),
    "power": ("W", "power"),
    "power_consumption": ("kWh", "energy"),
    "voltage": ("V", "voltage"),
    "current": ("A", "current"),
    "water_flow": ("m³/h", "volume_flow_rate"),
    "water_consumption": ("m³", "water"),
    "resistance": ("Ω", ""),
    "concentration": ("ppm", ""),
    "pressure": ("bar", "pressure"),
    "lux": ("lx", "illuminance"),
    "sound_level": ("dB", "sound_pressure"),
    "switch": ("", "state"),
    "alarm": ("", "state"),
}
"""Type of a control of Wiren Board's → its unit and quantity."""


def said_by_text(topic: str, text: str) -> list[Announced] | None:
    """What the text on a topic says of its sibling; None for a topic that describes none.

    Example:
        >>> said_by_text("inverter/pv_current/unit", "A")[0].said.unit, said_by_text("plant/unit", "3")
        ('A', None)
        >>> said_by_text("/devices/a/controls/T/meta/units", "deg C")[0][:2]
        ('/devices/a/controls/T', '')
    """
    of, _, last = topic.rpartition("/")
    above, _, meta = of.rpartition("/")
    if meta == _META and above and last in _META_ATTRIBUTES:
        return _said_by_meta(above, last, text)
    if not of or last not in _ATTRIBUTES:
        return None
    plain = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    if last in _MAY_BE_MEASURED and (number_in(plain) is not None or plain[:1] in ("{", "[")):
        return None
    return announced(of, "", _ATTRIBUTES[last](plain)) if len(plain) <= _LONGEST else []


def said_by_document(topic: str, document: Mapping[Any, Any]) -> list[Announced] | None:
    """What a document on `X/meta` says of `X`; None for any other topic.

    Example:
        >>> said_by_document("/devices/a/controls/T/meta", {"units": "deg C"})[0].said.unit
        'degC'
    """
    of, _, last = topic.rpartition("/")
    if last != _META or not of:
        return None
    title = _in_english(document.get("title")) or name_in(document.get("name"))
    if _is_device(of):
        return announced(of, WHOLE, Description(device=title))
    said = _of_type(document.get("type"))
    unit = unit_in(document.get("units")) or unit_in(document.get("unit")) or said.unit
    return announced(of, "", said._replace(unit=unit, name=title))


def _said_by_meta(of: str, attribute: str, text: str) -> list[Announced]:
    said = Description()
    if len(text) > _LONGEST:
        return []
    if attribute in ("units", "unit"):
        said = Description(unit=unit_in(text))
    elif attribute == "type":
        said = _of_type(text)
    elif attribute == "name":
        if _is_device(of):
            return announced(of, WHOLE, Description(device=name_in(text)))
        said = Description(name=name_in(text))
    return announced(of, "", said)


def _of_type(kind: object) -> Description:
    unit, quantity = _TYPES.get(kind, ("", "")) if isinstance(kind, str) else ("", "")
    category: Category = "state" if quantity == "state" else ""
    return Description(unit=unit, quantity=quantity, category=category)


def _is_device(topic: str) -> bool:
    """Whether a topic of Wiren Board's is that of a device, `/devices/D`."""
    above, _, name = topic.rpartition("/")
    return bool(name) and above.rpartition("/")[2] == "devices"


def _in_english(title: object) -> str:
    if not isinstance(title, Mapping):
        return name_in(title)
    return name_in(title.get("en")) or next(filter(None, map(name_in, list(title.values())[:5])), "")

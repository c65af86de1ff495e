"""Where devices describe themselves, told by the topics of their values: what to subscribe besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .known_devices import known_unit

HOME_ASSISTANT = ("homeassistant/+/+/config", "homeassistant/+/+/+/config")
"""Home Assistant's discovery; devices of any kind announce themselves there."""

_TASMOTA = ("tasmota/discovery/+/config",)
_TASMOTAS = ("SENSOR", "STATE", "ENERGY", "STATUS8", "STATUS10")
_HOMIE_5 = ("homie/5/+/$description",)
_HOMIE_4 = (
    "homie/+/$name",
    *(f"homie/+/+/+/${attribute}" for attribute in ("unit", "name", "datatype", "format")),
)
_BRIDGES = ("zigbee2mqtt", "z2m")
_OF_STATE = ("unit_of_measurement", "unit", "friendly_name", "device_class")
_OF_VALUE = ("unit",)
_SHORTEST = 3
"""Levels of a topic that ends in `state`, from which on it may be one of Home Assistant's statestream."""


def where_described(topic: str, filters: Sequence[str]) -> tuple[str, ...]:
    """Topic filters that bring what is said of a topic; none where it is known how its devices name their units.

    Args:
        topic: that of a value.
        filters: those that brought it, which do not bring its description.

    Example:
        >>> where_described("zigbee2mqtt/kitchen/lamp", ["zigbee2mqtt/+/lamp"])
        ('zigbee2mqtt/bridge/devices',)
        >>> where_described("states/sensor/kitchen/state", ["states/sensor/+/state"])[0]
        'states/sensor/+/unit_of_measurement'
        >>> where_described("lab/oven", ["lab/+"])
        ('homeassistant/+/+/config', 'homeassistant/+/+/+/config')
    """
    levels = topic.split("/")
    own = _of_bridge(levels) or _of_homie(levels) or _of_wiren_board(levels) or _of_tasmota(levels)
    if own:
        return own
    beside = tuple(_siblings(filters))
    return beside or (() if _is_known(topic) else HOME_ASSISTANT)


def _of_bridge(levels: list[str]) -> tuple[str, ...]:
    """The list of the bridge whose base topic ends in a level called like it."""
    for place, level in enumerate(levels[:-1]):
        if level.lower().startswith(_BRIDGES):
            return ("/".join([*levels[: place + 1], "bridge", "devices"]),)
    return ()


def _of_homie(levels: list[str]) -> tuple[str, ...]:
    if levels[0] != "homie" or len(levels) < _SHORTEST:
        return ()
    return _HOMIE_5 if levels[1] == "5" else _HOMIE_4


def _of_wiren_board(levels: list[str]) -> tuple[str, ...]:
    if levels[-4:-3] != ["devices"] or levels[-2] != "controls":
        return ()
    base = "/".join([*levels[:-3], "+"])
    return (f"{base}/controls/+/meta/#", f"{base}/meta/#")


def _of_tasmota(levels: list[str]) -> tuple[str, ...]:
    return _TASMOTA if levels[-1] in _TASMOTAS and len(levels) > 1 else ()


def _siblings(filters: Sequence[str]) -> Iterator[str]:
    """The filters of the siblings of topics that end in `state` or `value`."""
    for text in filters:
        of, _, last = text.rpartition("/")
        if of.count("/") + 2 >= _SHORTEST and last in ("state", "value"):
            yield from (f"{of}/{name}" for name in (_OF_STATE if last == "state" else _OF_VALUE))


def _is_known(topic: str) -> bool:
    """Whether a topic is of devices whose units are known by their names."""
    return topic.startswith(("shellies/", "N/", "spBv1.0/")) or bool(known_unit(topic, "/apower"))

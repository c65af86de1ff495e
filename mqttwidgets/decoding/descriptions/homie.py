"""Homie's descriptions: the attributes of Homie 3 and 4, and the `$description` of Homie 5.

https://homieiot.github.io/specification
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...base.description import Category, Description
from .announced import WHOLE, Announced, announced, name_in, unit_in

_ATTRIBUTE_NAMES = """
    $homie $name $state $nodes $extensions $implementation $type $properties $datatype $format $settable $retained
    $unit $fw $localip $mac $array $broadcast $description $log $alert $target
"""
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_MOST_PROPERTIES = 1_000
_PROPERTY, _DEVICE = 4, 2
"""How many levels the topic of a property has, and that of a device."""


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


def said_in_attribute(topic: str, text: str) -> list[Announced]:
    """What one of Homie's attributes says of its property or its device.

    Example:
        >>> said_in_attribute("homie/car/engine/temperature/$unit", "°C")[0].said.unit
        '°C'
        >>> said_in_attribute("homie/car/$name", "Car")[0]
        Announced(topic='homie/car', field='*', said=Description(unit='', name='', device='Car', quantity='', \
category='', true_name='', false_name=''))
    """
    of, _, attribute = topic.rpartition("/")
    levels = of.count("/") + 1
    if attribute == "$name" and levels == _DEVICE:
        return announced(of, WHOLE, Description(device=name_in(text)))
    said = {
        "$unit": lambda: Description(unit=unit_in(text)),
        "$name": lambda: Description(name=name_in(text) if levels == _PROPERTY else ""),
        "$datatype": lambda: Description(category=_category(text)),
        "$format": lambda: _of_format(text),
    }.get(attribute)
    return announced(of, "", said()) if said is not None and of else []


def said_in_description(topic: str, document: Mapping[Any, Any]) -> Iterator[Announced]:
    """What the `$description` of a device says of it and of its properties.

    Example:
        >>> node = {"properties": {"speed": {"unit": "km/h", "datatype": "float"}}}
        >>> list(said_in_description("homie/5/car/$description", {"nodes": {"engine": node}}))[0][:2]
        ('homie/5/car/engine/speed', '')
    """
    of = topic.rpartition("/")[0]
    device = name_in(document.get("name"))
    yield from announced(of, WHOLE, Description(device=device))
    left = _MOST_PROPERTIES
    for node_id, node in _items(document.get("nodes")):
        for property_id, each in _items(node.get("properties")):
            left -= 1
            if left < 0:
                return
            yield from announced(f"{of}/{node_id}/{property_id}", "", _of_property(each, device))


def _of_property(each: Mapping[Any, Any], device: str) -> Description:
    datatype = each.get("datatype")
    said = Description(unit_in(each.get("unit")), name_in(each.get("name")), device)
    if datatype == "boolean":
        names = _of_format(each.get("format"))
        said = said._replace(category="state", true_name=names.true_name, false_name=names.false_name)
    return said


def _items(value: object) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """The (key, object) pairs of an object; nothing for anything else."""
    if isinstance(value, Mapping):
        yield from (
            (key, each) for key, each in value.items() if isinstance(key, str) and isinstance(each, Mapping)
        )


def _category(datatype: str) -> Category:
    return "state" if datatype == "boolean" else ""


def _of_format(text: object) -> Description:
    """The names of false and true, in this order, in the format of a boolean."""
    names = [name_in(part) for part in text.split(",", 2)] if isinstance(text, str) and len(text) < 200 else []
    return (
        Description(true_name=names[1], false_name=names[0]) if len(names) == 2 and all(names) else Description()
    )

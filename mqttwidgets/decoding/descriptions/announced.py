"""A description that one topic gives of another, and whether it is believed."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ...base.description import NOTHING_SAID, Description
from ...base.text import printable
from ...base.units import is_known

WHOLE = "*"
"""The field of an announcement that is about all topics below the one described: it names their device."""

_LONGEST_UNIT, _LONGEST_TEXT = 16, 80

_DISCOVERY = re.compile(r"homeassistant/[a-z_]+/(?:[A-Za-z0-9_-]+/)?[A-Za-z0-9_-]+/config", re.ASCII)
"""`<prefix>/<component>/[<node_id>/]<object_id>/config`, with the prefix that is Home Assistant's default."""

_TASMOTA_DISCOVERY = re.compile(r"tasmota/discovery/[0-9A-F]{12}/config", re.ASCII)
_OF_ANOTHER = re.compile(r"(.+?)/(?:bridge/devices|meta|meta/[a-z_]+)", re.ASCII)
"""Topics that are no sibling of what they describe, but stand a level below that."""


class Announced(NamedTuple):
    """A description that one topic gives another.

    Attributes:
        topic: the topic described.
        field: the field there; `WHOLE` for all topics below.
        said: the description.
    """

    topic: str
    field: str
    said: Description


def may_describe(announcer: str, topic: str) -> bool:
    """Whether an announcement about another topic is believed.

    It is believed about the topics beside its own and below these, as whoever announces there may publish on them
    as well. Where Home Assistant would believe it, on a topic of the form that its discovery or Tasmota's demands,
    it is believed about any topic; with another prefix than the default one, only the former holds.

    Args:
        announcer: the topic that the announcement came on.
        topic: the topic that it describes.

    Example:
        >>> may_describe("homeassistant/sensor/oven/config", "plant/oven"), may_describe("x/config", "plant/oven")
        (True, False)
        >>> may_describe("plant/oven/config", "plant/oven/temperature")
        True
        >>> may_describe("zigbee2mqtt/bridge/devices", "zigbee2mqtt/oven"), may_describe("a/t/meta", "a/t")
        (True, True)
    """
    of_another = _OF_ANOTHER.fullmatch(announcer)
    own = announcer.rpartition("/")[0] if of_another is None else of_another[1]
    is_own = bool(own) and (topic == own or topic.startswith(f"{own}/"))
    return is_own or any(form.fullmatch(announcer) is not None for form in (_DISCOVERY, _TASMOTA_DISCOVERY))


def unit_in(value: Any) -> str:
    """A unit that an announcement names; `""` for what is none.

    Example:
        >>> unit_in(" °C "), unit_in("deg C"), unit_in(7), unit_in("a sentence is no unit")
        ('°C', 'degC', '', '')
    """
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > _LONGEST_UNIT:
        return ""
    compact = text.replace(" ", "")
    return compact if is_known(compact) else text


def name_in(value: Any) -> str:
    """A name that an announcement gives, on one line and not too long; `""` for what is none.

    Example:
        >>> name_in(" Kitchen "), name_in(None)
        ('Kitchen', '')
    """
    return printable(value[: 2 * _LONGEST_TEXT].strip(), _LONGEST_TEXT) if isinstance(value, str) else ""


def announced(topic: Any, field: str, said: Description) -> list[Announced]:
    """The announcement in a list; an empty one where it says nothing, or of no topic."""
    return [Announced(topic, field, said)] if isinstance(topic, str) and topic and said != NOTHING_SAID else []

"""Tasmota's own discovery, which names its devices.

https://tasmota.github.io/docs/Home-Assistant/#tasmota-integration
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...base.description import Description
from .announced import WHOLE, Announced, announced, name_in

_TOPIC = re.compile(r"tasmota/discovery/[^/]+/(?:config|sensors)")
_LONGEST = 200


def is_discovery(topic: str) -> bool:
    """Whether a topic is one of Tasmota's discovery.

    Example:
        >>> is_discovery("tasmota/discovery/600194AABBCC/config"), is_discovery("tele/tasmota/SENSOR")
        (True, False)
    """
    return _TOPIC.fullmatch(topic) is not None


def said_of_device(document: Mapping[Any, Any]) -> Iterator[Announced]:
    """What a device says of itself: its name, and the topics that it publishes on.

    Example:
        >>> config = {"dn": "Washer", "t": "washer", "ft": "%prefix%/%topic%/", "tp": ["cmnd", "stat", "tele"]}
        >>> [(each.topic, each.said.device) for each in said_of_device(config)]
        [('stat/washer', 'Washer'), ('tele/washer', 'Washer')]
    """
    form, topic, prefixes = document.get("ft"), document.get("t"), document.get("tp")
    said = Description(device=name_in(document.get("dn")))
    if not isinstance(form, str) or not isinstance(topic, str) or not isinstance(prefixes, list):
        return
    if max(len(form), len(topic)) > _LONGEST or form.count("%") > 8:
        return
    for prefix in prefixes[1:3]:  # the first one is that of commands
        if isinstance(prefix, str) and len(prefix) <= _LONGEST:
            of = form.replace("%topic%", topic).replace("%prefix%", prefix).rstrip("/")
            yield from announced(of, WHOLE, said)

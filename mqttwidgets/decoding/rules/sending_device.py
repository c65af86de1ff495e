"""Which device a message comes from, where one topic carries many."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ..format import Judgements
from .leaves import escaped
from .names import devices_in

_LONGEST_SUFFIX = 80


class Devices:
    """Tells the fields of other devices than a topic's first one by what they differ in: `/t,id=34`.

    Else the values of several would be one line, that jumps between them.

    Args:
        root: the object that the message is.
        judgements: those of the topic, which remember the first device.
    """

    def __init__(self, root: Mapping[Any, Any], judgements: Judgements) -> None:
        devices = devices_in(root)
        if judgements.devices is None:
            judgements.devices = devices
        self._first = judgements.devices
        self._root = root
        self._suffixes: dict[int, str] = {}
        self._suffix = self._suffix_for(devices)
        self.of_root: dict[str, str | int] = {f"/{escaped(key)}": value for key, value in devices.items()}
        """Field → value of what tells the device of the message."""

    def suffix_of(self, record: Mapping[Any, Any] | None) -> str:
        """What a field's name ends in, given the record that it stands in; None for the message itself."""
        if record is None or record is self._root:
            return self._suffix
        place = id(record)
        if place not in self._suffixes:
            devices = devices_in(record)
            if not self._first and devices:
                self._first.update(devices)
            self._suffixes[place] = self._suffix_for(devices) if devices else self._suffix
        return self._suffixes[place]

    def _suffix_for(self, devices: Mapping[str, str | int]) -> str:
        other = {key: value for key, value in devices.items() if self._first.get(key) != value}
        suffix = "".join(f",{key}={value}" for key, value in other.items())
        if len(suffix) <= _LONGEST_SUFFIX:
            return suffix
        digest = hashlib.sha256(suffix.encode(errors="replace")).hexdigest()[:12]
        return f"{suffix[: _LONGEST_SUFFIX - len(digest)]}~{digest}"

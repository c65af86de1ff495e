"""What Sparkplug's birth certificates said: an alias is a number that stands for a metric's name afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

MOST_NODES = 1_000
MOST_METRICS = 20_000
LONGEST_NAME = 500
"""Bytes in a metric's name: it is repeated for each number in an array."""


class Metric(NamedTuple):
    """A metric as its birth certificate describes it.

    Attributes:
        name: what its series is called.
        alias: what stands for the name in later messages; None for nothing.
        datatype: a number of Sparkplug's (section 6.4.16); 0 for unknown.
        unit: as the certificate names it, or `""`.
    """

    name: str
    alias: int | None = None
    datatype: int = 0
    unit: str = ""


class _Certificate:
    """The metrics of one edge node, or of one of its devices."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self.by_name = {metric.name: metric for metric in metrics}
        self.by_alias = {metric.alias: metric for metric in self.by_name.values() if metric.alias is not None}


class Births:
    """The certificates of all edge nodes and devices; the oldest node is forgotten when they become too many.

    Example:
        >>> births = Births()
        >>> births.node_born("plant/node", [Metric("T", alias=7, datatype=10, unit="Cel")])
        >>> births.by_alias("plant/node", "", 7)
        Metric(name='T', alias=7, datatype=10, unit='Cel')
    """

    def __init__(self) -> None:
        self._nodes: dict[str, dict[str, _Certificate]] = {}
        self._count = 0

    def node_born(self, node: str, metrics: Iterable[Metric]) -> None:
        """An edge node's certificate came: its devices must be born anew.

        Args:
            node: the group and the edge node, parted by a slash.
            metrics: those of the certificate.
        """
        self._forget(node)
        self.device_born(node, "", metrics)

    def device_born(self, node: str, device: str, metrics: Iterable[Metric]) -> None:
        """A device's certificate came.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id; `""` for the edge node itself.
            metrics: those of the certificate.
        """
        devices = self._nodes.pop(node, {})
        self._nodes[node] = devices  # the newest now
        self._count -= _size(devices.pop(device, None))
        certificate = _Certificate(metrics)
        self._count += _size(certificate)
        devices[device] = certificate
        while self._nodes and (len(self._nodes) > MOST_NODES or self._count > MOST_METRICS):
            self._forget(next(iter(self._nodes)))

    def devices_of(self, node: str) -> list[str]:
        """The devices of an edge node that a certificate came from."""
        return [device for device in self._nodes.get(node, {}) if device]

    def by_alias(self, node: str, device: str, alias: int) -> Metric | None:
        """The metric that an alias stands for.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id, or `""`.
            alias: as a message has it.
        """
        own = self._nodes.get(node, {}).get(device)
        return own.by_alias.get(alias) if own else None

    def by_name(self, node: str, device: str, name: str) -> Metric | None:
        """The metric of a name.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id, or `""`.
            name: the metric's.
        """
        own = self._nodes.get(node, {}).get(device)
        return own.by_name.get(name) if own else None

    def of(self, node: str, device: str) -> Iterator[Metric]:
        """All metrics of an edge node's or a device's certificate.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id, or `""`.
        """
        own = self._nodes.get(node, {}).get(device)
        yield from own.by_name.values() if own else ()

    def _forget(self, node: str) -> None:
        self._count -= sum(map(_size, self._nodes.pop(node, {}).values()))


def _size(certificate: _Certificate | None) -> int:
    """What a certificate counts for; an empty one takes room too."""
    return len(certificate.by_name) + 1 if certificate else 0

"""What Sparkplug's birth certificates said: an alias is a number that stands for a metric's name afterwards."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ..limits import Budget, Entry

LONGEST_NAME = 500
"""Bytes in a metric's name: it is repeated for each number in an array."""

_BYTES_PER_METRIC = 150
_BYTES_PER_CERTIFICATE = 900


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
        self.entry: Entry | None = None

    @property
    def size_bytes(self) -> int:
        texts = sum(sys.getsizeof(each.name) + sys.getsizeof(each.unit) for each in self.by_name.values())
        tables = sys.getsizeof(self.by_name) + sys.getsizeof(self.by_alias)
        return _BYTES_PER_CERTIFICATE + texts + tables + _BYTES_PER_METRIC * len(self.by_name)


class Births:
    """The certificates of all edge nodes and devices.

    Args:
        budget: counts what they take, and has some forgotten when that is too much.
        on_forgotten: called with the node and the device whose certificate was forgotten so.

    Example:
        >>> births = Births()
        >>> births.node_born("plant/node", [Metric("T", alias=7, datatype=10, unit="Cel")])
        >>> births.by_alias("plant/node", "", 7)
        Metric(name='T', alias=7, datatype=10, unit='Cel')
    """

    def __init__(
        self, budget: Budget | None = None, on_forgotten: Callable[[str, str], object] = lambda node, device: None
    ) -> None:
        self._budget = Budget() if budget is None else budget
        self._on_forgotten = on_forgotten
        self._nodes: dict[str, dict[str, _Certificate]] = {}

    def node_born(self, node: str, metrics: Iterable[Metric]) -> None:
        """An edge node's certificate came: its devices must be born anew.

        Args:
            node: the group and the edge node, parted by a slash.
            metrics: those of the certificate.
        """
        for device in [*self._nodes.get(node, {})]:
            self._forget(node, device)
        self.device_born(node, "", metrics)

    def device_born(self, node: str, device: str, metrics: Iterable[Metric]) -> None:
        """A device's certificate came.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id; `""` for the edge node itself.
            metrics: those of the certificate.
        """
        was_proven = self._forget(node, device)
        certificate = _Certificate(metrics)
        self._nodes.setdefault(node, {})[device] = certificate
        forget = functools.partial(self._give_way, node, device)
        size_bytes = certificate.size_bytes + sys.getsizeof(node) + sys.getsizeof(device)
        certificate.entry = self._budget.hold(forget, hash(node), size_bytes)
        if was_proven:
            self._budget.prove(certificate.entry)

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
        own = self._used(node, device)
        return own.by_alias.get(alias) if own else None

    def by_name(self, node: str, device: str, name: str) -> Metric | None:
        """The metric of a name.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id, or `""`.
            name: the metric's.
        """
        own = self._used(node, device)
        return own.by_name.get(name) if own else None

    def of(self, node: str, device: str) -> Iterator[Metric]:
        """All metrics of an edge node's or a device's certificate.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id, or `""`.
        """
        own = self._nodes.get(node, {}).get(device)
        yield from own.by_name.values() if own else ()

    def copy_of(self, node: str) -> Births:
        """The certificates of one edge node and its devices, to try a message of theirs with."""
        twin = Births()
        for device, certificate in self._nodes.get(node, {}).items():
            twin.device_born(node, device, certificate.by_name.values())
        return twin

    def _used(self, node: str, device: str) -> _Certificate | None:
        """A certificate that data needs."""
        own = self._nodes.get(node, {}).get(device)
        if own is not None and own.entry is not None and not own.entry.is_proven:
            self._budget.prove(own.entry)
        return own

    def _forget(self, node: str, device: str) -> bool:
        """Forget a certificate; whether it had been of use."""
        devices = self._nodes.get(node, {})
        former = devices.pop(device, None)
        if not devices:
            self._nodes.pop(node, None)
        if former is None or former.entry is None:
            return False
        self._budget.release(former.entry)
        return former.entry.is_proven

    def _give_way(self, node: str, device: str) -> None:
        self._forget(node, device)
        self._on_forgotten(node, device)

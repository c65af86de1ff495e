"""Sparkplug's edge nodes and devices: the topics that they send on, and their birth certificates.

A certificate gives each metric a name and an alias: a number that stands for the name afterwards.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ..limits import Budget, Entry

LONGEST_NAME = 500
"""Bytes in a metric's name: it is repeated for each number in an array."""

_NAMESPACE = "spBv1.0"
_BYTES_PER_METRIC = 150
_BYTES_PER_CERTIFICATE = 900
_NODE_TYPES = frozenset({"NBIRTH", "NDATA", "NDEATH", "NCMD"})
_DEVICE_TYPES = frozenset({"DBIRTH", "DDATA", "DDEATH", "DCMD"})


class SparkplugTopic(NamedTuple):
    """A topic of Sparkplug's, taken apart.

    Attributes:
        kind: the type of its messages, such as "NBIRTH" or "STATE".
        node: the group and the edge node, parted by a slash; `""` for a host application.
        device: the device's id; `""` for the edge node itself.
        data_topic: the topic of the data of the node or the device.
    """

    kind: str
    node: str
    device: str
    data_topic: str


def parse_topic(topic: str) -> SparkplugTopic | None:
    """A topic of Sparkplug's, taken apart; None for any other topic.

    Example:
        >>> parse_topic("spBv1.0/plant/NBIRTH/node")
        SparkplugTopic(kind='NBIRTH', node='plant/node', device='', data_topic='spBv1.0/plant/NDATA/node')
    """
    levels = topic.split("/")
    if levels[0] != _NAMESPACE or not 3 <= len(levels) <= 5:
        return None
    if levels[1] == "STATE":
        return SparkplugTopic("STATE", "", "", topic) if len(levels) == 3 else None
    kind = levels[2]
    if kind not in (_NODE_TYPES if len(levels) == 4 else _DEVICE_TYPES if len(levels) == 5 else ()):
        return None
    data_topic = "/".join((*levels[:2], f"{kind[0]}DATA", *levels[3:]))
    return SparkplugTopic(kind, f"{levels[1]}/{levels[3]}", "".join(levels[4:]), data_topic)


def is_sparkplug(topic: str) -> bool:
    """Whether a topic is Sparkplug's: a message of a node or a device, or the state of a host application.

    Args:
        topic: the topic name.

    Example:
        >>> is_sparkplug("spBv1.0/plant/NDATA/node"), is_sparkplug("spBv1.0/plant/HELLO/node")
        (True, False)
    """
    return parse_topic(topic) is not None


def is_birth(topic: str) -> bool:
    """Whether a message on a Sparkplug topic is a birth certificate.

    Example:
        >>> is_birth("spBv1.0/plant/NBIRTH/node"), is_birth("spBv1.0/plant/NDATA/node")
        (True, False)
    """
    place = parse_topic(topic)
    return place is not None and place.kind.endswith("BIRTH")


def origin_of(topic: str) -> tuple[str, str]:
    """(the group and the edge node of a Sparkplug topic, parted by a slash, the device), empty where it has none.

    Example:
        >>> origin_of("spBv1.0/plant/DDATA/node/oven"), data_topic_of("plant/node", "oven")
        (('plant/node', 'oven'), 'spBv1.0/plant/DDATA/node/oven')
    """
    place = parse_topic(topic)
    return ("", "") if place is None else (place.node, place.device)


def data_topic_of(node: str, device: str) -> str:
    """The topic of the data of an edge node, or of one of its devices.

    Args:
        node: the group and the edge node, parted by a slash.
        device: the device's id; `""` for the edge node itself.
    """
    group, _, edge = node.partition("/")
    return f"{_NAMESPACE}/{group}/DDATA/{edge}/{device}" if device else f"{_NAMESPACE}/{group}/NDATA/{edge}"


def command_topic_of(node: str) -> str:
    """The topic of commands to an edge node.

    Args:
        node: the group and the edge node, parted by a slash.

    Example:
        >>> command_topic_of("plant/press")
        'spBv1.0/plant/NCMD/press'
    """
    group, _, edge = node.partition("/")
    return f"{_NAMESPACE}/{group}/NCMD/{edge}"


class Metric(NamedTuple):
    """A metric as its birth certificate describes it.

    Attributes:
        name: the name of its series.
        alias: the number that stands for the name in later messages; None for none.
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
        budget: counts the memory that they take, and has some forgotten when it is too much.
        on_forgotten: called with the node and the device whose certificate is to be forgotten.
        on_born: called with the node and the device whose certificate is to be taken.

    Example:
        >>> births = Births()
        >>> births.node_born("plant/node", [Metric("T", alias=7, datatype=10, unit="Cel")])
        >>> births.by_alias("plant/node", "", 7)
        Metric(name='T', alias=7, datatype=10, unit='Cel')
    """

    def __init__(
        self,
        budget: Budget | None = None,
        on_forgotten: Callable[[str, str], object] = lambda node, device: None,
        on_born: Callable[[str, str], object] = lambda node, device: None,
    ) -> None:
        self._budget = Budget() if budget is None else budget
        self._on_forgotten, self._on_born = on_forgotten, on_born
        self._nodes: dict[str, dict[str, _Certificate]] = {}

    def node_born(self, node: str, metrics: Iterable[Metric]) -> None:
        """Take the certificate of an edge node, whose devices must be born anew.

        Args:
            node: the group and the edge node, parted by a slash.
            metrics: the metrics in the certificate.
        """
        for device in [*self._nodes.get(node, {})]:
            self._give_way(node, device)
        self.device_born(node, "", metrics)

    def device_born(self, node: str, device: str, metrics: Iterable[Metric]) -> None:
        """Take the certificate of a device.

        Args:
            node: the group and the edge node, parted by a slash.
            device: the device's id; `""` for the edge node itself.
            metrics: the metrics in the certificate.
        """
        self._on_born(node, device)
        was_proven = self._forget(node, device)
        certificate = _Certificate(metrics)
        self._nodes.setdefault(node, {})[device] = certificate
        forget = functools.partial(self._give_way, node, device)
        size_bytes = certificate.size_bytes + sys.getsizeof(node) + sys.getsizeof(device)
        certificate.entry = self._budget.hold(forget, hash(node), size_bytes)
        if was_proven:
            self._budget.prove(certificate.entry)

    def devices_of(self, node: str) -> list[str]:
        """The devices of an edge node that have sent a certificate."""
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
            name: the name.
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
        """The certificate that data needs, which thereby proves to be of use."""
        own = self._nodes.get(node, {}).get(device)
        if own is not None and own.entry is not None and not own.entry.is_proven:
            self._budget.prove(own.entry)
        return own

    def _forget(self, node: str, device: str) -> bool:
        """Forget a certificate; returns whether it had been of use."""
        devices = self._nodes.get(node, {})
        former = devices.pop(device, None)
        if not devices:
            self._nodes.pop(node, None)
        if former is None or former.entry is None:
            return False
        self._budget.release(former.entry)
        return former.entry.is_proven

    def _give_way(self, node: str, device: str) -> None:
        self._on_forgotten(node, device)
        self._forget(node, device)

"""Asks Sparkplug's edge nodes for their birth certificates: which of them, how often, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..base.text import duration, quantity

AGAIN_S = 10.0
MOST_AT_ONCE = 100
"""Seconds until a node that was asked may be asked again, as a certificate of a thousand metrics takes a while."""


class BirthRequests:
    """Notes when each edge node was asked. Not thread-safe: its SensorStream locks.

    Example:
        >>> requests = BirthRequests()
        >>> requests.note("plant/press", now=100.0)
        >>> requests.due({"plant/press": 3, "plant/oven": 39}, now=105.0)
        ['plant/oven']
        >>> requests.remark({"plant/press": 3, "plant/oven": 39}, now=105.0)
        '42 messages wait for the names of 2 edge nodes: request_births() asks for them'
    """

    def __init__(self) -> None:
        self._asked: dict[str, float] = {}

    def note(self, node: str, now: float) -> None:
        """Note that a node was asked, epoch seconds."""
        self._asked[node] = now

    def due(self, nodes: Iterable[str], now: float) -> list[str]:
        """Those of the nodes that were not asked just now."""
        nodes = dict.fromkeys(nodes)
        self._asked = {node: at for node, at in self._asked.items() if node in nodes}
        return [node for node in nodes if self._asked_s(node, now) > AGAIN_S][:MOST_AT_ONCE]

    def remark(self, waiting: Mapping[str, int], now: float) -> str:
        """What is to be known of the messages that wait; `""` for none.

        Args:
            waiting: how many messages of each edge node wait.
            now: epoch seconds.
        """
        if not waiting:
            return ""
        text = f"{waits(waiting)} for the names of {quantity(len(waiting), 'edge node')}"
        asked_s = [self._asked_s(node, now) for node in waiting if node in self._asked]
        if len(asked_s) < len(waiting):
            return f"{text}: request_births() asks for them"
        if max(asked_s) <= AGAIN_S:
            return f"{text}, which were asked for them"
        return (
            f"{text}, which were asked {duration(max(asked_s))} ago and did not answer: may this user publish to "
            "spBv1.0/+/NCMD/+?"
        )

    def _asked_s(self, node: str, now: float) -> float:
        """Seconds since a node was asked; infinite where it was not."""
        return max(0.0, now - self._asked.get(node, float("-inf")))


def waits(waiting: Mapping[str, int]) -> str:
    """How many messages wait, in words.

    Example:
        >>> waits({"plant/press": 1}), waits({"plant/press": 1, "plant/oven": 41})
        ('1 message waits', '42 messages wait')
    """
    count = sum(waiting.values())
    return f"{quantity(count, 'message')} {'waits' if count == 1 else 'wait'}"

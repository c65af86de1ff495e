"""Telling a message that is delivered once more from a new one."""

from __future__ import annotations

MOST_REMEMBERED = 1_000
"""Of how many messages in flight: what MQTT 5 lets us ask for (Receive Maximum, section 3.1.2.11.3)."""


class Redeliveries:
    """The latest messages of QoS 1 of a session, by packet identifier.

    A broker that had no acknowledgement sends a message once more, with its packet identifier and the DUP flag
    (MQTT 3.1.1, section 4.4; MQTT 5, section 4.4.0-1), also where we had it and only the acknowledgement was lost.
    Without that flag the same identifier is a new message [MQTT-4.3.2-5]. A thousand are remembered: with MQTT 5
    no more are in flight, with 3.1.1 brokers have fewer, and an identifier comes again after 65,535 others. For
    one thread.

    Example:
        >>> known = Redeliveries()
        >>> known.is_copy(7, "a", b"21.5", dup=False), known.is_copy(7, "a", b"21.5", dup=True)
        (False, True)
    """

    def __init__(self) -> None:
        self._latest: dict[int, int] = {}

    def forget(self) -> None:
        """Forget all, as the broker has begun a new session."""
        self._latest.clear()

    def is_copy(self, packet_id: int, topic: str, payload: bytes, *, dup: bool) -> bool:
        """Whether a message came before; it is remembered from here on."""
        digest = hash((topic, payload))
        before = self._latest.pop(packet_id, None)
        self._latest[packet_id] = digest
        if len(self._latest) > MOST_REMEMBERED:
            del self._latest[next(iter(self._latest))]
        return dup and before == digest

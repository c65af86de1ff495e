"""Telling a message that is delivered once more from a new one."""

from __future__ import annotations

MOST_REMEMBERED = 1_000
"""Of how many messages in flight: what MQTT 5 lets us ask for (Receive Maximum, section 3.1.2.11.3)."""


class Redeliveries:
    """The latest messages of QoS 1 of a session, and those of QoS 2 that are half delivered, by packet identifier.

    QoS 1: a broker that had no acknowledgement sends a message once more, with its identifier and the DUP flag
    (MQTT 3.1.1, section 4.4; MQTT 5, section 4.4.0-1), also where we had it and only the acknowledgement was lost.
    Without that flag the same identifier is a new message [MQTT-4.3.2-5]. A thousand are remembered: with MQTT 5
    no more are in flight, with 3.1.1 brokers have fewer, and an identifier comes again after 65,535 others.

    QoS 2: a message is delivered when it comes, and its identifier kept until the broker releases it, so that
    nothing more of it need be held (section 4.3.3, figure 4.3, method B). For one thread.

    Example:
        >>> known = Redeliveries()
        >>> known.is_copy(7, "a", b"21.5", dup=False), known.is_copy(7, "a", b"21.5", dup=True)
        (False, True)
    """

    def __init__(self) -> None:
        self._latest: dict[int, int] = {}
        self._unreleased: set[int] = set()

    def forget(self) -> None:
        """Forget all, as the broker has begun a new session."""
        self._latest.clear()
        self._unreleased.clear()

    def begin(self, packet_id: int) -> bool:
        """Note that a message of QoS 2 came; False where it had come before."""
        is_new = packet_id not in self._unreleased
        self._unreleased.add(packet_id)
        return is_new

    def release(self, packet_id: int) -> bool:
        """Note the PUBREL of a message of QoS 2; False where none waits for it."""
        was_there = packet_id in self._unreleased
        self._unreleased.discard(packet_id)
        return was_there

    def is_copy(self, packet_id: int, topic: str, payload: bytes, *, dup: bool) -> bool:
        """Whether a message came before; it is remembered from here on."""
        digest = hash((topic, payload))
        before = self._latest.pop(packet_id, None)
        self._latest[packet_id] = digest
        if len(self._latest) > MOST_REMEMBERED:
            del self._latest[next(iter(self._latest))]
        return dup and before == digest

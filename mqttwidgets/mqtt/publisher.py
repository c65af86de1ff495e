"""Publishing, for simulators and tests."""

from __future__ import annotations

from .broker import Broker
from .connection import Connection


class Publisher:
    """Publishes to one Broker, over a connection of its own. Every method may be called from any thread.

    Args:
        broker: where to publish.

    Example:
        >>> with Publisher(Broker("localhost")) as publisher:  # doctest: +SKIP
        ...     publisher.wait_until_connected(timeout_s=5)
        ...     publisher.publish("home/kitchen/temperature", b"21.5")
    """

    def __init__(self, broker: Broker) -> None:
        self._connection = Connection(broker)
        self._connection.start()

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Send one message; False, and nothing sent, while the link is down."""
        return self._connection.publish(topic, payload, qos, retain)

    def wait_until_connected(self, timeout_s: float) -> bool:
        """Wait at most `timeout_s` seconds for the link; whether it is up."""
        return self._connection.wait_until_connected(timeout_s)

    @property
    def status_text(self) -> str:
        """How the link is, in words."""
        return self._connection.state.text

    def close(self) -> None:
        """Say goodbye to the broker; returns at once."""
        self._connection.close()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

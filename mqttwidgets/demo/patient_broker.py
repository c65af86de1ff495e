"""amqtt's broker, made to deliver what a client sends right before it leaves.

From Python 3.12 on, `asyncio.wait_for` no longer lets other tasks run when what it waits for is there already.
amqtt 0.12 relies on that: it reads a burst to its end, the DISCONNECT included, before it handles the first
message, and then throws away what it has not handled. Of 500 messages before a DISCONNECT or a close, one arrives.
"""

from __future__ import annotations

import asyncio

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker


class PatientBroker(Broker):  # type: ignore[misc]
    """A broker that handles what it has read before it reads on."""

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve one client."""
        await self.external_connected(_PatientReader(reader), StreamWriterAdapter(writer), listener_name)


class _PatientReader(StreamReaderAdapter):  # type: ignore[misc]
    """Lets other tasks run before each piece; a packet is read in at least two."""

    async def read(self, n: int = -1) -> bytes:
        await asyncio.sleep(0)
        return bytes(await super().read(n))

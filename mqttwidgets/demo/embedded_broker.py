"""An embedded broker: amqtt, on loopback, in a process of its own.

Run as a program (`python -m mqttwidgets.demo.embedded_broker [PORT]`) it prints its URL and serves until its
standard input ends, which it does when the parent is gone, however that came about.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from types import TracebackType
from typing import Any

from ..base.errors import MissingPackageError, MqttWidgetsError
from .processes import free_port, start_server

_STOP_TIMEOUT_S = 30


class EmbeddedBroker:
    """Starts the broker as a child process; a context manager.

    Raises:
        MissingPackageError: where amqtt is not installed.
        MqttWidgetsError: where it does not start.

    Example:
        >>> with EmbeddedBroker() as broker:  # doctest: +SKIP
        ...     print(broker.url)
    """

    def __init__(self) -> None:
        require_amqtt()
        self.url = ""
        """Where it listens, once started."""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> EmbeddedBroker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process, self.url = start_server(__name__)
        if not self.url:
            self.stop()
            raise MqttWidgetsError("the embedded broker did not start; its reason stands above")

    def stop(self) -> None:
        """End it; safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def require_amqtt() -> None:
    """Raise a MissingPackageError, with the remedy, where there is no broker to embed."""
    try:
        import amqtt.broker  # noqa: F401
    except ImportError as error:
        raise MissingPackageError("the demo needs its packages: pip install 'mqttwidgets[demo]'") from error


async def _serve(port: int) -> None:
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    configuration = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = _patient_broker(configuration)
    await broker.start()
    sys.stdout.write(f"mqtt://127.0.0.1:{port}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await broker.shutdown()


def _patient_broker(configuration: dict[str, object]) -> Any:
    """The broker of amqtt, made to deliver what a client sends right before it leaves.

    From Python 3.12 on, `asyncio.wait_for` no longer lets other tasks run when what it waits for is there already.
    amqtt 0.12 relies on that: it reads a burst to its end, the DISCONNECT included, before it handles the first
    message, and then throws away what it has not handled. Of 500 messages before a DISCONNECT or a close, one
    arrives. This one handles what it has read before it reads on.
    """
    from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
    from amqtt.broker import Broker

    class PatientReader(StreamReaderAdapter):  # type: ignore[misc]
        """Lets other tasks run before each piece; a packet is read in at least two."""

        async def read(self, n: int = -1) -> bytes:
            await asyncio.sleep(0)
            return bytes(await super().read(n))

    class PatientBroker(Broker):  # type: ignore[misc]
        async def stream_connected(
            self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
        ) -> None:
            await self.external_connected(PatientReader(reader), StreamWriterAdapter(writer), listener_name)

    return PatientBroker(configuration)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else free_port()))

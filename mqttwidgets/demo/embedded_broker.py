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

from ..base.errors import MissingPackageError, MqttWidgetsError
from .ports import free_port

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
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the parent, which then ends its children in order
        )
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        self.url = self._process.stdout.readline().decode().strip()
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
    from .patient_broker import PatientBroker

    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    configuration = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = PatientBroker(configuration)
    await broker.start()
    sys.stdout.write(f"mqtt://127.0.0.1:{port}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else free_port()))

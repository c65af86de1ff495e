"""Voilà for live plots: every viewer has a kernel of its own, and the kernel ends when the viewer has left.

    python -m mqttwidgets.dashboards dashboard.ipynb --port 8866

takes what `voila` takes, and differs from it in this:

- A kernel ends when its last page is gone. Voilà 0.5 leaves it running: it refuses the goodbye of its own pages
  for want of an XSRF cookie (HTTP 403), and none comes from a browser that was killed, over a lost network, or of
  a page closed before it was ready. To cull idle kernels is no remedy: before a page has answered, a kernel with a
  live plot is never idle.
- A page that hung up is gone. One that is only silent may be a computer that sleeps: it finds its kernel as it was
  for some minutes, and after that begins anew (see link.js).
- What a kernel says to a page that is gone is dropped. Voilà 0.5 takes binary ones among these messages apart in a
  way that holds up the server, and so every other viewer, for good.

Not for Voilà's preheated kernels, which wait for a viewer for as long as it takes.

It rests on public names alone: of jupyter_server's kernel managers `start_kernel`, `shutdown_kernel`,
`notify_disconnect` and the number of connections in `kernel_model`; of its connections and of Tornado's
WebSocketHandler what `nodelay.py` rests on, `ping`, `close`, `last_pong` and `ws_connection`, which
is None once that is closed. jupyter_server's own pings are off: it hands its milliseconds to Tornado as seconds,
which warns of a timeout longer than the interval; with a shorter one, pages that are well would be hung up on.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.ioloop import PeriodicCallback

from .errors import MissingPackageError
from .nodelay import PromptConnection

FIRST_PATIENCE_S = 60.0
"""How long a kernel waits for its first page, which connects when the notebook has run and the page has loaded;
so the time counts from when the kernel is seen idle."""

MOST_PATIENCE_S = 1800.0
"""How long it waits for that in all."""

PATIENCE_S = 4.0
"""How long it waits for a page that is gone: networks have hiccups."""

PING_S, MOST_PINGS = 15.0, 20
"""How often a page is asked whether it is there, and how often in vain: counted, as a server may sleep, too."""

_KERNELS = "--VoilaConfiguration.multi_kernel_manager_class=mqttwidgets.dashboards.KernelPerViewer"


class KernelPerViewer(AsyncMappingKernelManager):
    """A kernel manager that ends a kernel which nobody is connected to."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._endings: set[asyncio.Future[None]] = set()  # the loop itself holds them weakly

    async def start_kernel(self, **options: Any) -> str:  # type: ignore[override]
        """Start a kernel; it ends unless somebody connects."""
        kernel = str(await super().start_kernel(**options))
        self._end_later(kernel, FIRST_PATIENCE_S, MOST_PATIENCE_S)
        return kernel

    def notify_disconnect(self, kernel_id: str) -> None:
        """Note that a page is gone."""
        super().notify_disconnect(kernel_id)  # type: ignore[no-untyped-call]
        self._end_later(kernel_id, PATIENCE_S)

    def _end_later(self, kernel: str, patience_s: float, in_all_s: float = 0.0, was_idle: bool = False) -> None:
        """End a kernel after a while if nobody is connected then; `in_all_s` is for one not idle for that long."""
        loop = asyncio.get_running_loop()
        loop.call_later(patience_s, self._end_if_alone, kernel, patience_s, in_all_s, was_idle)

    def _end_if_alone(self, kernel: str, patience_s: float, in_all_s: float, was_idle: bool) -> None:
        manager: Any = self  # its methods have no types
        if kernel not in manager:
            return
        model = manager.kernel_model(kernel)
        if model["connections"]:
            return
        is_idle = model["execution_state"] == "idle"
        if in_all_s > patience_s and not (is_idle and was_idle):
            self._end_later(kernel, patience_s, in_all_s - patience_s, is_idle)
            return
        manager.log.info("No viewer of kernel %s is left: it ends.", kernel)
        ending = asyncio.ensure_future(manager.shutdown_kernel(kernel))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)


class ViewerConnection(PromptConnection, ZMQChannelsWebsocketConnection):
    """A connection between kernel and page that says nothing to a page which is gone, and notices when it is."""

    def connect(self) -> Any:
        """Ask the page from now on whether it is there."""
        self._unanswered, self._heard = 0, self.websocket_handler.last_pong
        self._asking = PeriodicCallback(self._ask, 1000 * PING_S)
        self._asking.start()
        return super().connect()

    def _ask(self) -> None:
        page = self.websocket_handler
        heard, self._heard = self._heard, page.last_pong
        self._unanswered = self._unanswered + 1 if self._heard == heard else 0
        if page.ws_connection is None:
            self._asking.stop()
        elif self._unanswered > MOST_PINGS:
            page.close()
        else:
            page.ping(b"")

    def write_message(self, message: Any, binary: bool = False) -> asyncio.Future[None]:
        """Send a message to the browser, if it is still there."""
        if self.websocket_handler.ws_connection is not None:
            return super().write_message(message, binary)
        dropped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        dropped.set_result(None)
        return dropped


def serve(arguments: Sequence[str]) -> None:
    """Run Voilà until it is ended.

    Args:
        arguments: as `voila` takes them on its command line.

    Raises:
        MissingPackageError: where Voilà is not installed.
    """
    try:
        from voila.app import Voila
    except ImportError as error:
        raise MissingPackageError("a dashboard needs Voilà: pip install 'mqttwidgets[dashboard]'") from error
    Voila.launch_instance(
        [_KERNELS, *arguments],
        tornado_settings={"ws_ping_interval": 0},
        kernel_websocket_connection_class=ViewerConnection,
    )


if __name__ == "__main__":
    serve(sys.argv[1:])

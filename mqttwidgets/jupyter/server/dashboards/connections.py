"""What is between a kernel and a page.

It rests on public names of jupyter_server's connections and of Tornado's WebSocketHandler: what `nodelay.py`
rests on, `ping`, `close`, `last_pong` and `ws_connection`, which is None once that is closed. jupyter_server's own
pings are off (see `server.py`): it hands its milliseconds to Tornado as seconds, which warns of a timeout longer
than the interval; with a shorter one, pages that are well would be hung up on.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.ioloop import PeriodicCallback

from ..nodelay import PromptConnection

PING_S, MOST_PINGS = 15.0, 20
"""How often a page is asked whether it is there, and how often in vain: counted, as a server may sleep, too."""


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

"""A jupyter_server extension: what a kernel sends reaches the browser at once.

jupyter_server leaves Nagle's algorithm on for the websockets between kernel and browser: a small message waits
until the browser has acknowledged the one before, which it puts off by up to 40 ms. Frames can then come late
and together. With the extension these sockets have TCP_NODELAY set, for all kernels of the server and whatever
they send. A person enables it by choice, where the server is installed, with

    jupyter server extension enable mqttwidgets.jupyter.server.nodelay

and `disable` takes it back. `mqttwidgets demo` uses it. It also keeps the log free of a traceback for each
message on its way to a page that is gone: nobody is there to get it, and asyncio reports each as an error never
looked at.

It subclasses the server's own class of kernel connections, whichever that is, and rests on public names alone:
jupyter_server's setting `kernel_websocket_connection_class` with `connect`, `write_message` and
`websocket_handler` of that class, and Tornado's `WebSocketHandler.set_nodelay` and `write_message`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tornado.websocket import WebSocketClosedError

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_SETTING = "kernel_websocket_connection_class"


class PromptConnection:
    """Mixed into a class of kernel connections: TCP_NODELAY, and no complaint about a page that is gone."""

    websocket_handler: Any

    def connect(self) -> Any:
        """Set TCP_NODELAY, as the websocket is open by now, and go on as usual."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()  # type: ignore[misc]

    def write_message(self, message: Any, binary: bool = False) -> asyncio.Future[None]:
        """Send a message to the browser; one for a page that is gone counts as sent."""
        try:
            sent: asyncio.Future[None] = self.websocket_handler.write_message(message, binary=binary)
        except WebSocketClosedError:
            sent = asyncio.get_running_loop().create_future()
            sent.set_result(None)
        else:
            sent.add_done_callback(_ignore_closed_page)
        return sent


def _ignore_closed_page(sent: asyncio.Future[None]) -> None:
    """Look at how sending went, without which asyncio logs the failure; any other failure goes on to be raised."""
    if sent.cancelled():
        return
    error = sent.exception()
    if error is not None and not isinstance(error, WebSocketClosedError):
        raise error


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell jupyter_server where the extension is."""
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Send promptly over every kernel connection made from now on."""
    usual = server.web_app.settings[_SETTING]
    prompt = type(f"Prompt{usual.__name__}", (PromptConnection, usual), {})
    server.web_app.settings[_SETTING] = prompt
    server.log.info("mqttwidgets: TCP_NODELAY is set for the websockets of kernels.")

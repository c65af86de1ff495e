"""Voilà with a door, and a number of viewers at most.

It rests on public names of Voilà: `init_settings`; `init_handlers`, which lists (path, handler, its options),
where `VoilaHandler` is that of the page; `listen`, which has its `app` listen; `kernel_manager`,
`voila_configuration` and `connection_url`. And on Tornado's `prepare`, `check_origin`, `write_error` and `listen`.
"""

from __future__ import annotations

import asyncio
import functools
import html
import inspect
from collections.abc import Collection, Sequence
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.ioloop import PeriodicCallback
from tornado.web import RequestHandler
from voila.app import Voila
from voila.handler import VoilaHandler

from ..nodelay import PromptConnection
from .door import Door

_RETRY_S = 30
_FULL = "This dashboard has as many viewers as it may have. The page tries again by itself."
_PAGE = '<!doctype html><meta charset="utf-8"><title>{title}</title>{more}<p>{text}</p>\n'
_KERNELS = (
    "--VoilaConfiguration.multi_kernel_manager_class=mqttwidgets.jupyter.server.dashboards.kernels.KernelPerViewer"
)
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 - to be told apart

_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_LONGEST_BODY_BYTES = 65_536
"""Of a request, as it is kept whole before anybody looks whose it is; pages of a dashboard send none."""

_REQUEST_S = 60.0
"""How long a request may take to arrive, and a connection wait for the next one."""


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


class _Guarded(RequestHandler):
    """Mixed into every handler: a request that the door turns away gets no further."""

    async def prepare(self) -> None:
        refusal = self.settings["door"].refusal(self.request.headers)
        if refusal:
            self.set_status(403)
            _say(self, "Not let in", refusal)
            return
        waits_for = super().prepare()
        if inspect.isawaitable(waits_for):
            await waits_for

    def check_origin(self, *_origin: str) -> bool:
        """Whether a page may ask; the door has looked."""
        return True


class _GuardedPage(_Guarded):
    """Mixed into the page's handler: where there are kernels enough, it says so."""

    def write_error(self, status_code: int, **details: Any) -> None:
        if status_code != 503:
            super().write_error(status_code, **details)
            return
        self.set_header("Retry-After", str(_RETRY_S))
        _say(self, "Full", _FULL, f'<meta http-equiv="refresh" content="{_RETRY_S}">')


def _say(handler: RequestHandler, title: str, text: str, more: str = "") -> None:
    """Answer with a sentence."""
    handler.set_header("Content-Type", "text/html; charset=utf-8")
    page = _PAGE.format(title=html.escape(title), more=more, text=html.escape(text))
    RequestHandler.finish(handler, page)


class Dashboard(Voila):  # type: ignore[misc]
    """Voilà as `__init__.py` describes it."""

    def __init__(self, most_viewers: int, names: Collection[str], **options: Any) -> None:
        super().__init__(**options)
        self._most_viewers = most_viewers
        self._names = names

    @property
    def connection_url(self) -> str:
        """The URL that a browser on this computer opens."""
        ip = str(self.ip)
        host = _ANYWHERE.get(ip, ip)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}{self.base_url}"

    def init_settings(self) -> dict[str, Any]:
        """Settings that serve no files unasked and have a door."""
        if "file_allowlist" not in self.config.VoilaConfiguration:
            self.voila_configuration.file_allowlist = []
        for choice in ("allow_template_override", "allow_theme_override"):  # by the page's URL
            if getattr(self.voila_configuration, choice) == "YES":
                setattr(self.voila_configuration, choice, "NOTEBOOK")
        settings = super().init_settings()
        self.kernel_manager.most_kernels = self._most_viewers
        return {**settings, "door": Door(self._names, is_public=self.ip not in _LOOPBACK)}

    def init_handlers(self) -> list[Any]:
        """Handlers behind the door, all of them."""
        return [(path, _guarded(handler), *options) for path, handler, *options in super().init_handlers()]

    def listen(self) -> None:
        """Listen, with bounds to what somebody may send before the door looks, and for how long."""
        bounds = {"idle_connection_timeout": _REQUEST_S, "body_timeout": _REQUEST_S}
        self.app.listen = functools.partial(self.app.listen, max_body_size=_LONGEST_BODY_BYTES, **bounds)
        super().listen()


def _guarded(handler: type[RequestHandler]) -> type[RequestHandler]:
    guard = _GuardedPage if issubclass(handler, VoilaHandler) else _Guarded
    return type(handler.__name__, (guard, handler), {})


def run(arguments: Sequence[str], *, most_viewers: int, names: Collection[str]) -> None:
    """Run Voilà until it is ended.

    Args:
        arguments: as `voila` takes them on its command line.
        most_viewers: how many kernels there are at most.
        names: host names by which the dashboard is let be asked for, besides addresses, `localhost` and, where
            others than this computer reach it, this computer's name.
    """
    app = Dashboard.instance(
        most_viewers,
        names,
        tornado_settings={"ws_ping_interval": 0},
        kernel_websocket_connection_class=ViewerConnection,
    )
    app.initialize([_KERNELS, *arguments])
    app.start()

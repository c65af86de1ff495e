"""A jupyter_server extension for tests: tells which of the server's sockets have TCP_NODELAY set.

`GET /probe/nodelay` answers with a mapping of the other end's port to 0 or 1, by what the operating system says.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web


class NodelayHandler(APIHandler):
    """Answers the question."""

    @web.authenticated
    def get(self) -> None:
        """Answer it."""
        self.finish(_sockets())


def _sockets() -> dict[str, int]:
    found = {}
    for opened in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(opened.stat().st_mode):
                continue
            with socket.socket(fileno=os.dup(int(opened.name))) as sock:
                if sock.family == socket.AF_INET:
                    found[str(sock.getpeername()[1])] = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    return found


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.web_app.add_handlers(".*$", [("/probe/nodelay", NodelayHandler)])

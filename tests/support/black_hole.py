"""An address that swallows whoever connects: a listener with a full queue, for which the system drops SYNs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_FILLERS = 4
_KNOCK_S = 0.2


@contextmanager
def black_hole() -> Iterator[int]:
    """A port on loopback that never answers a SYN, while the context lasts."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port: int = listener.getsockname()[1]
        for _ in range(_FILLERS):
            filler = sockets.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        assert not _answers(port), "the queue is not full"
        yield port


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=_KNOCK_S).close()
    except TimeoutError:
        return False
    return True

"""Handshakes that end: in time, or as soon as nobody wants them any more."""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")
_LOOK_S = 0.1  # how often it is looked whether somebody still wants it


class Deadline:
    """Until when a handshake must be over. For one thread; the socket does not block.

    Args:
        limit_s: seconds from now.
        is_wanted: asked several times a second.
    """

    def __init__(self, limit_s: float, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self._until = time.monotonic() + limit_s
        self._is_wanted = is_wanted

    def complete(self, link: socket.socket, step: Callable[[], _Result], *, sends: bool = False) -> _Result:
        """Repeat `step` until the socket no longer blocks it; what it returns.

        Args:
            link: the socket.
            step: one operation on it.
            sends: whether it sends, rather than receives, so that `BlockingIOError` waits for room.

        Raises:
            TimeoutError: at the deadline.
            ConnectionAbortedError: when nobody wants it any more.
        """
        while True:
            self.check()
            try:
                return step()
            except ssl.SSLWantReadError:
                self._await(link, selectors.EVENT_READ)
            except ssl.SSLWantWriteError:
                self._await(link, selectors.EVENT_WRITE)
            except BlockingIOError:
                self._await(link, selectors.EVENT_WRITE if sends else selectors.EVENT_READ)

    def check(self) -> None:
        """Raise what `complete` raises, where that is due."""
        if not self._is_wanted():
            raise ConnectionAbortedError("nobody wants it any more")
        if time.monotonic() > self._until:
            raise TimeoutError("timed out")

    def _await(self, link: socket.socket, event: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(link, event)
            while not selector.select(_LOOK_S):
                self.check()

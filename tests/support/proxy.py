"""A network that fails: a TCP proxy on loopback between a client and a broker."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Coroutine

_READ_BYTES = 65_536
_PIECES_PER_S = 20
_LONGEST_S = 10.0
_PAUSE_BETWEEN_BYTES_S = 0.0002
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with no time to linger: RST instead of FIN


class Proxy:
    """Passes on what comes, and fails as it is told to.

    Threads: all connections live on one thread of its own, in an event loop; every public method may be called
    from any other and returns when it is done.

    Args:
        port: of the broker on loopback.

    Attributes:
        bytes_per_s: how much passes in each direction of a connection; None for as much as comes.
        splits: whether each byte is sent alone.
    """

    def __init__(self, port: int) -> None:
        self._broker = ("127.0.0.1", port)
        self.bytes_per_s: int | None = None
        self.splits = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._left = sys.maxsize  # bytes that go to clients before the reset
        self._connections = set[asyncio.Task[None]]()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"mqtt://127.0.0.1:{self.port}"

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def pause(self) -> None:
        """Hold all bytes, in both directions; connections stay open."""
        self._do(self._hold())

    def resume(self) -> None:
        """Let them go."""
        self._loop.call_soon_threadsafe(lambda: self._flows.set())

    def forget(self) -> None:
        """Let nothing pass on the connections that there are, without a word: as a router that forgot them."""
        self._do(self._lose())

    def reset(self, *, after_bytes: int) -> None:
        """End a connection with RST when so many more bytes have gone to its client."""
        self._left = after_bytes

    def refuse(self) -> None:
        """Refuse new connections."""
        self._do(self._close_up())

    def admit(self) -> None:
        """Admit new connections again."""
        self._server = socket.create_server(("127.0.0.1", self.port))
        self._do(self._listen())

    def _do(self, action: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(action, self._loop).result(_LONGEST_S)

    # On the proxy's thread.

    async def _hold(self) -> None:
        self._flows.clear()

    async def _lose(self) -> None:
        self._flows.clear()
        self._flows = asyncio.Event()
        self._flows.set()

    async def _listen(self) -> None:
        self._server.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    async def _accept(self) -> None:
        while True:
            client, _ = await self._loop.sock_accept(self._server)
            connection = asyncio.create_task(self._serve(client))
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)

    async def _close_up(self) -> None:
        await _cancelled(self._accepting)
        self._server.close()

    async def _end(self) -> None:
        await self._close_up()
        for task in list(self._connections):
            await _cancelled(task)

    async def _serve(self, client: socket.socket) -> None:
        with client, socket.socket() as broker, contextlib.suppress(ConnectionError):
            for end in (client, broker):
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.sock_connect(broker, self._broker)
            flows = self._flows
            ways = [
                asyncio.create_task(self._pass_on(client, broker, flows, to_client=False)),
                asyncio.create_task(self._pass_on(broker, client, flows, to_client=True)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    await _cancelled(way)

    async def _pass_on(
        self, source: socket.socket, sink: socket.socket, flows: asyncio.Event, *, to_client: bool
    ) -> None:
        """Pass on what comes from one end, until it is over."""
        while data := await self._loop.sock_recv(source, _READ_BYTES):
            while data:
                piece, data = data[: self._piece_bytes()], data[self._piece_bytes() :]
                await self._take_time(len(piece))
                await flows.wait()
                await self._loop.sock_sendall(sink, piece[: self._left] if to_client else piece)
                if to_client and self._is_torn_by(len(piece)):
                    sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    return

    def _is_torn_by(self, count: int) -> bool:
        self._left -= count
        is_torn = self._left <= 0
        if is_torn:
            self._left = sys.maxsize
        return is_torn

    def _piece_bytes(self) -> int:
        if self.splits:
            return 1
        return _READ_BYTES if self.bytes_per_s is None else max(1, self.bytes_per_s // _PIECES_PER_S)

    async def _take_time(self, count: int) -> None:
        """Wait as long as so many bytes take."""
        if self.bytes_per_s is not None:
            await asyncio.sleep(count / self.bytes_per_s)
        elif self.splits:
            await asyncio.sleep(_PAUSE_BETWEEN_BYTES_S)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """End a task and wait until it has ended."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, ConnectionError):
        await task

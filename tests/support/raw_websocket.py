"""The server's side of a WebSocket, for a broker made of bytes."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Callable

BINARY, CLOSE, PING, PONG = 0x2, 0x8, 0x9, 0xA


def frame(payload: bytes, opcode: int = BINARY, *, is_last: bool = True) -> bytes:
    """A frame as a server sends it."""
    first, length = (0x80 if is_last else 0) | opcode, len(payload)
    if length < 126:
        return bytes([first, length]) + payload
    if length < 65_536:
        return bytes([first, 126]) + length.to_bytes(2, "big") + payload
    return bytes([first, 127]) + length.to_bytes(8, "big") + payload


def request(connection: socket.socket) -> bytes:
    """The head of the request that opens a WebSocket."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        if not part:
            raise ConnectionResetError
        head += part
    return head


def acceptance(head: bytes) -> bytes:
    """The answer that opens what was asked for."""
    found = re.search(rb"Sec-WebSocket-Key: (\S+)", head)
    assert found is not None
    digest = hashlib.sha1(found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", usedforsecurity=False).digest()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    )


class ServerSide:
    """A connection whose bytes travel in frames.

    Args:
        connection: beneath.
        frames: makes frames of what is sent.

    Attributes:
        steering: (opcode, payload) of the control frames that came.
    """

    def __init__(self, connection: socket.socket, frames: Callable[[bytes], bytes] = frame) -> None:
        self._connection, self._frames = connection, frames
        self._data = b""
        self.steering: list[tuple[int, bytes]] = []

    def recv(self, size: int) -> bytes:
        """Bytes out of frames; none at the end."""
        while not self._data:
            opcode, payload = self._frame()
            if opcode == BINARY:
                self._data = payload
            else:
                self.steering.append((opcode, payload))
            if opcode == CLOSE:
                return b""
        part, self._data = self._data[:size], self._data[size:]
        return part

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._exactly(2)
        assert first & 0x70 == 0, "no reserved bit"
        assert second & 0x80, "a client masks"
        length = second & 0x7F
        if length > 125:
            length = int.from_bytes(self._exactly(2 if length == 126 else 8), "big")
        mask, payload = self._exactly(4), self._exactly(length)
        return first & 0x0F, bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self._connection.recv(size - len(data))
            if not part:
                raise ConnectionResetError
            data += part
        return data

    def sendall(self, data: bytes) -> None:
        """Send in frames."""
        if data:
            self._connection.sendall(self._frames(data))

    def shutdown(self, how: int) -> None:
        """See `socket.socket`."""
        self._connection.shutdown(how)

    def close(self) -> None:
        """See `socket.socket`."""
        self._connection.close()


def welcome(connection: socket.socket) -> ServerSide:
    """Open a WebSocket."""
    connection.sendall(acceptance(request(connection)))
    return ServerSide(connection)

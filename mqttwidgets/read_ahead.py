"""A socket that reads all that has come at once, takes the plain messages out, and hands on the rest.

paho-mqtt asks its socket for a packet's first byte, its length and its body one by one. Each is a system call, and
with each the thread lets go of Python's lock, which a busy main thread gives back only after milliseconds. Here
one system call reads up to a quarter of a megabyte.
"""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import time

from .message import Message
from .publishes import (
    LARGEST_BYTES,
    MalformedLengthError,
    PublishReader,
    head_bytes,
    is_publish,
    packet_bytes,
    shortened_head,
)
from .websocket.frames import ViolationError
from .websocket.link import ClosedError, WebSocket

_READ_BYTES = 256 * 1024
_GOODBYE_S = 0.2
PINGREQ, _PINGRESP = b"\xc0\x00", b"\xd0\x00"  # MQTT 3.1.1 and 5, sections 3.12 and 3.13
_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_LAST_WORDS = (ssl.SSLError, ViolationError, ClosedError)


class ReadAhead:
    """A connected socket as paho sees it, and what its owner may do beyond that. For one thread.

    paho reads no further than the packet that the owner opened for it with `open_next`; there the owner may take
    messages out first. What paho writes meanwhile leaves together with `send_held`.

    paho gives a link up where nothing comes within a keepalive after a PINGREQ, and does not see the messages that
    are taken out. On a slow link the PINGRESP waits behind many of these. So whatever comes is told to paho as a
    PINGRESP, at the next end of a packet: the broker is there.

    paho keeps a packet three times over while it reads it, up to 256 MB each. So it gets one that is longer than
    any that is taken as if it ended earlier, and acknowledges it; the rest is read and let go.

    Args:
        link: the socket, of TCP or TLS, or a WebSocket; all hands are shaken.
        reader: takes the messages out.
    """

    def __init__(self, link: socket.socket | WebSocket, reader: PublishReader) -> None:
        self._link = link
        self._reader = reader
        self._space = memoryview(bytearray(_READ_BYTES))
        self._data = b""
        self._at = 0
        self._open: float = 0  # bytes that paho may read, infinite when what comes is no MQTT
        self._excess = 0  # bytes behind these to be let go
        self._has_ended = False
        self.fault: OSError | None = None
        """What TLS or the WebSocket said when the connection ended; None where it said nothing."""
        self.has_news = False
        """Whether the latest `fill` read anything."""
        self.was_filled = False
        """Whether the latest `fill` read as much as it can, so that there may be more."""
        self.closes_gently = False
        """Whether what was sent last shall arrive: a socket that closes with something unread undoes that."""
        self._held = bytearray()
        self._is_holding = False
        self._asks = False  # whether paho waits for a PINGRESP and nothing has come since it asked
        self._owes_answer = False

    # For the owner.

    def fill(self) -> None:
        """Read what has come, as far as there is space; of TLS record by record, often one for each message."""
        count, latest = 0, self._receive(self._space)
        while latest:
            count += latest
            has_more = count < len(self._space) and self._has_more()
            latest = self._receive(self._space[count:]) if has_more else None
        self._has_ended = latest == 0
        self.has_news = count > 0
        if self._asks and count:
            self._asks, self._owes_answer = False, True
        self.was_filled = count == len(self._space) or self.pending() > 0
        self._data = self._data[self._at :] + bytes(self._space[:count])
        self._at = 0

    def _has_more(self) -> bool:
        """Whether reading on may bring something that one reading of the socket does not."""
        link = self._link
        return isinstance(link, ssl.SSLSocket) or (isinstance(link, WebSocket) and link.has_more)

    def _receive(self, space: memoryview) -> int | None:
        """How many bytes were read, 0 at the end of the connection; None where nothing has come."""
        try:
            return self._link.recv_into(space)
        except _NOT_NOW:
            return None
        except OSError as error:
            if isinstance(error, _LAST_WORDS) and not isinstance(error, ssl.SSLEOFError):
                self.fault = error
            return 0

    def take_messages(self) -> list[Message]:
        """Take out the messages in QoS 0 that come next."""
        messages: list[Message] = []
        self._let_go()
        if not self._open:
            self._at = self._reader.read(self._data, self._at, messages)
        return messages

    def open_next(self) -> bool:
        """Let paho read on, or the next packet; False when there is nothing for it at present."""
        self._let_go()
        if not self._open:
            self._answer()
            self._open = self._next_bytes()
        return self._has_ended or (self._open > 0 and self._at < len(self._data))

    def hold(self) -> None:
        """Keep back what is sent, until `send_held`."""
        self._is_holding = True

    def send_held(self) -> None:
        """Send what was kept back, as far as that goes now."""
        self._is_holding = False
        try:
            while self._held:
                del self._held[: self._link.send(self._held)]
            if isinstance(self._link, WebSocket):
                self._link.send_rest()
        except _NOT_NOW:
            return
        except OSError:
            self._held.clear()  # reading tells that the connection is over

    @property
    def wants_write(self) -> bool:
        """Whether something kept back could not be sent yet."""
        return bool(self._held) or (isinstance(self._link, WebSocket) and self._link.wants_write)

    def pending(self) -> int:
        """Bytes that TLS or a WebSocket has read and not yet given."""
        return self._link.pending() if isinstance(self._link, (ssl.SSLSocket, WebSocket)) else 0

    def _let_go(self) -> None:
        """Let go of the rest of a packet that was too long, as far as it is there."""
        if self._excess and not self._open:
            dropped = min(self._excess, len(self._data) - self._at)
            self._at += dropped
            self._excess -= dropped

    def _answer(self) -> None:
        """Put a PINGRESP before the next packet where one is owed."""
        if self._owes_answer:
            self._owes_answer = False
            self._data = _PINGRESP + self._data[self._at :]
            self._at = 0

    def _next_bytes(self) -> float:
        if self._at >= len(self._data):
            return 0
        try:
            length = packet_bytes(self._data, self._at)
        except MalformedLengthError:
            return math.inf  # for paho to end the connection
        if length is None:
            return 0
        if length > self._reader.longest_body_bytes + head_bytes(self._data, self._at):
            return self._shortened(length)
        is_awaited = is_publish(self._data, self._at) and length <= LARGEST_BYTES
        return 0 if is_awaited and self._at + length > len(self._data) else length

    def _shortened(self, length: int) -> float:
        """Have a PUBLISH that is too long end earlier; how many bytes that leaves. Another packet ends it all."""
        longest = self._reader.longest_body_bytes
        head, former = shortened_head(self._data, self._at, longest), head_bytes(self._data, self._at)
        if head is None:
            self._has_ended, self._data, self._at = True, b"", 0
            return 0
        self._excess = length - former - longest
        self._data = head + self._data[self._at + former :]
        self._at = 0
        return len(head) + longest

    # For paho.

    def recv(self, size: int) -> bytes:
        """Bytes of the packet that is open; what is left over at the end of the connection, and then none."""
        most = size if self._has_ended and not self._excess else int(min(size, self._open))
        part = self._data[self._at : self._at + most]
        if not part and not self._has_ended:
            raise BlockingIOError
        self._at += len(part)
        self._open -= len(part)
        return part

    def send(self, data: bytes) -> int:
        """Send or keep back; how many bytes were taken."""
        self._asks = self._asks or data == PINGREQ
        if self._is_holding:
            self._held += data
            return len(data)
        self.send_held()
        if self._held:
            raise BlockingIOError
        try:
            return self._link.send(data)
        except _NOT_NOW:
            raise
        except OSError:
            return len(data)  # reading tells that the connection is over, and the broker's last words

    def do_handshake(self) -> None:
        """See `ssl.SSLSocket`: all hands are shaken before."""

    def setblocking(self, flag: bool) -> None:
        """See `socket.socket`."""
        self._link.setblocking(flag)

    def settimeout(self, timeout_s: float | None) -> None:
        """See `socket.socket`."""
        self._link.settimeout(timeout_s)

    def fileno(self) -> int:
        """See `socket.socket`."""
        return self._link.fileno()

    def close(self) -> None:
        """See `socket.socket`; a gentle end waits for the other side to close, too."""
        if self.closes_gently:
            self.closes_gently = False
            self._await_end()
        self._link.close()

    def _await_end(self) -> None:
        deadline = time.monotonic() + _GOODBYE_S
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_WR)
            while (left_s := deadline - time.monotonic()) > 0:
                self._link.settimeout(left_s)
                if not self._link.recv_into(self._space):
                    return

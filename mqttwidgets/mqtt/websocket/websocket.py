"""A WebSocket in the place of a socket."""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
from collections.abc import Callable

from ...base.text import duration
from ..broker import Broker
from ..echoes import said_by
from ..handshake_deadline import Deadline
from .frames import BINARY, CLOSE, PONG, FrameReader, framed
from .handshake import HEAD_ENDS, LARGEST_ANSWER_BYTES, Handshake, HandshakeError

HANDSHAKE_TIMEOUT_S = 10.0
"""Longest wait for a handshake: a gateway may ask somebody else first whether we are admitted."""

NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a socket that does not block raises where there is nothing to read, or no room to write."""

_LARGEST_FRAME_BYTES = 65_536  # that we send
_CLOSED = "the connection was closed"
_NORMAL_CLOSURE = (1000).to_bytes(2, "big")  # RFC 6455, section 7.4.1


class ClosedError(OSError):
    """The other side closed the WebSocket; the text has the code and the reason that it gave."""


class WebSocket:
    """A WebSocket as a socket: what is received and sent are the bytes within its frames. For one thread.

    Frames are taken apart where they are read to, so that of a frame of any length nothing is kept. A PING is
    answered, only the latest where there are many (RFC 6455, section 5.5.3).

    Args:
        link: a connected socket of TCP or TLS that does not block.
    """

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._frames = FrameReader()
        self._early = b""  # what came right behind the handshake
        self._out = bytearray()  # frames that could not be sent yet
        self._says_goodbye = False

    def shake_hands(self, handshake: Handshake, deadline: Deadline) -> None:
        """Open the WebSocket.

        Raises:
            HandshakeError: where the other side does not want that, or says nothing of use.
            OSError: where the connection ends, or the deadline comes.
        """
        link = self._link
        self._out += handshake.request()
        while self._out:
            del self._out[: deadline.complete(link, lambda: link.send(self._out), sends=True)]
        answer = b""
        while HEAD_ENDS not in answer[:LARGEST_ANSWER_BYTES]:
            if len(answer) >= LARGEST_ANSWER_BYTES:
                raise HandshakeError(f"an answer whose head is longer than {LARGEST_ANSWER_BYTES:,} bytes")
            part = deadline.complete(link, lambda: link.recv(4096))
            if not part:
                raise HandshakeError("half an answer" if answer else _CLOSED)
            answer += part
        head, _, self._early = answer.partition(HEAD_ENDS)
        handshake.check(head)

    @property
    def has_more(self) -> bool:
        """Whether reading on at once may tell something that a selector does not see."""
        return self._frames.has_ended or isinstance(self._link, ssl.SSLSocket)

    def pending(self) -> int:
        """Bytes that have been read and not yet given, as far as that is known; one stands for the end."""
        of_tls = self._link.pending() if isinstance(self._link, ssl.SSLSocket) else 0
        return len(self._early) + of_tls + self._frames.has_ended

    def recv_into(self, space: memoryview) -> int:
        """Receive what has come, once; how many bytes of MQTT that was, 0 at the end of the connection.

        Raises:
            ViolationError: where the other side breaks the rules.
            ClosedError: where it has closed the WebSocket.
            BlockingIOError: where nothing has come but what steers the connection.
            OSError: as of the socket beneath.
        """
        frames = self._frames
        if not frames.has_ended:
            came = self._receive(space)
            if not came:
                return 0
            count = frames.unframe(space, came)
            self._answer()
            if count:
                return count
        if frames.violation is not None:
            raise frames.violation
        if frames.closing is not None:
            raise ClosedError(frames.closing)
        raise BlockingIOError

    def _receive(self, space: memoryview) -> int:
        if not self._early:
            return self._link.recv_into(space)
        count = min(len(space), len(self._early))
        space[:count], self._early = self._early[:count], self._early[count:]
        return count

    def _answer(self) -> None:
        if self._frames.ping is not None and not self._out:
            self._out += framed(PONG, self._frames.ping)
            self._frames.ping = None
        if self._frames.closing is not None:
            self._say_goodbye()
        if self._out:
            with contextlib.suppress(OSError):  # which reading tells, too
                self.send_rest()

    def send(self, data: bytes | bytearray) -> int:
        """Send a frame, of which `send_rest` may have to send what is left; how many bytes of `data` it has.

        Raises:
            BlockingIOError: where something is left of what was sent before.
        """
        self.send_rest()
        if self._out:
            raise BlockingIOError
        part = data[:_LARGEST_FRAME_BYTES]
        self._out += framed(BINARY, part)
        self.send_rest()
        return len(part)

    @property
    def wants_write(self) -> bool:
        """Whether something is left to be sent."""
        return bool(self._out)

    def send_rest(self) -> None:
        """Send what is left, as far as that goes now."""
        with contextlib.suppress(*NOT_NOW):
            while self._out:
                del self._out[: self._link.send(self._out)]

    def _say_goodbye(self) -> None:
        if not self._says_goodbye:
            self._says_goodbye = True
            self._out += framed(CLOSE, _NORMAL_CLOSURE)

    def shutdown(self, how: int) -> None:
        """Close the WebSocket; the other side then ends the connection (RFC 6455, section 7.1.1).

        Args:
            how: as of a socket; SHUT_WR is all that there is.
        """
        self._say_goodbye()
        self.send_rest()

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
        """See `socket.socket`."""
        self._link.close()


def opened(link: socket.socket, broker: Broker, is_wanted: Callable[[], bool] = lambda: True) -> WebSocket:
    """A WebSocket that is open.

    Args:
        link: a connected socket of TCP or TLS that does not block; closed where this fails.
        broker: whose path and headers to send.
        is_wanted: asked several times a second.

    Raises:
        OSError: (HandshakeError among them) where there is none.
    """
    host = broker.server_name or broker.host
    host = host if host.isascii() else host.encode("idna").decode()
    authority = f"[{host}]:{broker.port}" if ":" in host else f"{host}:{broker.port}"
    said = functools.partial(said_by, broker)
    handshake = Handshake(authority, broker.path, broker.headers or {}, is_encrypted=broker.uses_tls, said=said)
    opening = WebSocket(link)
    try:
        opening.shake_hands(handshake, Deadline(HANDSHAKE_TIMEOUT_S, is_wanted))
    except (ConnectionResetError, BrokenPipeError):
        link.close()
        raise HandshakeError(_CLOSED) from None
    except TimeoutError:
        link.close()
        raise HandshakeError(f"no whole answer within {duration(HANDSHAKE_TIMEOUT_S)}") from None
    except BaseException:
        link.close()
        raise
    return opening

"""A WebSocket client (RFC 6455) that looks like a socket: bounded in memory and time, and in need of no thread."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import re
import secrets
import socket
import ssl
from collections.abc import Callable, Mapping
from urllib.parse import quote

from ..base.text import duration, printable
from .broker import Broker
from .passwords import said_by
from .tls import Deadline
from .websocket_frames import BINARY, CLOSE, PONG, FrameReader, framed

HANDSHAKE_TIMEOUT_S = 10.0
"""The longest wait for a handshake: a gateway may first ask somebody else whether to admit us."""

NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""Raised by a socket that does not block where there is nothing to read, or no room to write."""

LARGEST_ANSWER_BYTES = 16 * 1024
"""The longest head of an answer that is read: twice the most that usual servers send."""

SWITCHING_PROTOCOLS = 101
SUBPROTOCOL = "mqtt"  # [MQTT-6.0.0-3]
HEAD_ENDS = b"\r\n\r\n"

_KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_STATUS_LINE = re.compile(r"HTTP/1\.[0-9] ([1-9][0-9]{2})(?: (.*))?")
_OF_A_PATH = "/?%:@!$&'()*+,;=-._~"  # RFC 3986, sections 3.3 and 3.4; the rest is escaped
_LONGEST_PHRASE, _LONGEST_LOCATION = 60, 160
_LARGEST_FRAME_BYTES = 65_536  # that we send
_CLOSED = "the connection was closed"
_NORMAL_CLOSURE = (1000).to_bytes(2, "big")  # RFC 6455, section 7.4.1


class ClosedError(OSError):
    """The other side closed the WebSocket; the text has the code and the reason that it gave."""


class WebSocket:
    """A WebSocket as a socket: what is received and sent are the bytes within its frames. For one thread.

    Frames are taken apart in the space that they are read into, so that nothing is kept of a frame, however long.
    A PING is answered, only the latest where there are many (RFC 6455, section 5.5.3).

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
            BlockingIOError: where nothing has come but control frames.
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
            with contextlib.suppress(OSError):  # reading tells that, too
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
    """Open a WebSocket over a connection.

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


class HandshakeError(OSError):
    """The other side does not open a WebSocket.

    Args:
        reason: what it does instead, in words.
        status: the status of its answer (RFC 9110, section 15); None for an answer that is no HTTP, or is HTTP
            that breaks the rules of WebSockets.
        location: where it redirects to, without a query; `""` for nowhere.
    """

    def __init__(self, reason: str, status: int | None = None, location: str = "") -> None:
        super().__init__(reason)
        self.reason, self.status, self.location = reason, status, location


class Handshake:
    """One request for a WebSocket, and the check of the answer to it.

    Args:
        authority: host and port as a URL has them.
        path: the path, query included.
        is_encrypted: whether there is TLS beneath, for the origin that the request names.
        headers: further headers, which take the place of those of the same name.
        said: turns the answer's words, and a number of characters, into what may be shown.
    """

    def __init__(
        self,
        authority: str,
        path: str,
        headers: Mapping[str, str],
        *,
        is_encrypted: bool,
        said: Callable[[str, int], str] = printable,
    ) -> None:
        self._authority, self._path, self._headers = authority, path, headers
        self._is_encrypted, self._said = is_encrypted, said
        self._key = base64.b64encode(secrets.token_bytes(16))

    def request(self) -> bytes:
        """The request as it is sent. It may hold secrets."""
        own = {
            "Host": self._authority,
            "Origin": f"{'https' if self._is_encrypted else 'http'}://{self._authority}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": self._key.decode(),
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": SUBPROTOCOL,
        }
        given = {name.lower() for name in self._headers}
        lines = [f"{name}: {value}" for name, value in own.items() if name.lower() not in given]
        lines += [f"{name}: {value}" for name, value in self._headers.items()]
        return "\r\n".join([f"GET {quote(self._path, _OF_A_PATH)} HTTP/1.1", *lines, "", ""]).encode()

    def check(self, head: bytes) -> None:
        """Check whether an answer opens the WebSocket.

        Args:
            head: the answer up to the empty line behind its headers.

        Raises:
            HandshakeError: where it does not.
        """
        status_line, *lines = head.decode("latin-1").split("\r\n")
        found = _STATUS_LINE.fullmatch(status_line)
        if found is None:
            raise HandshakeError(f"an answer that is no HTTP: {self._said(status_line, _LONGEST_PHRASE)!r}")
        headers = _headers(lines)
        status, phrase = int(found[1]), self._said(found[2] or "", _LONGEST_PHRASE)
        if status != SWITCHING_PROTOCOLS:
            location = self._said(re.split("[?#]", headers.get("location", ""))[0], _LONGEST_LOCATION)
            raise HandshakeError(f"{status} {phrase}".rstrip(), status, location)
        if broken := self._broken_rule(headers):
            raise HandshakeError(f"an answer that is no WebSocket's: {broken}")

    def _broken_rule(self, headers: Mapping[str, str]) -> str:
        accepted = base64.b64encode(hashlib.sha1(self._key + _KEY_SUFFIX, usedforsecurity=False).digest()).decode()
        if headers.get("upgrade", "").lower() != "websocket":
            return "it does not upgrade"
        if "upgrade" not in map(str.strip, headers.get("connection", "").lower().split(",")):
            return "its Connection is not for upgrading"
        if headers.get("sec-websocket-accept") != accepted:
            return "its Sec-WebSocket-Accept does not fit our key"
        if "sec-websocket-extensions" in headers:
            return "it uses an extension that nobody asked for"
        if headers.get("sec-websocket-protocol", SUBPROTOCOL) != SUBPROTOCOL:
            return f"it speaks {self._said(headers['sec-websocket-protocol'], 40)!r} inside, not MQTT"
        return ""


def _headers(lines: list[str]) -> dict[str, str]:
    """Headers by their names in lower case; several of one name in one (RFC 9110, section 5.2)."""
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            known = headers.get(name.lower())
            headers[name.lower()] = value.strip() if known is None else f"{known}, {value.strip()}"
    return headers

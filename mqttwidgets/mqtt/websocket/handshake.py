"""The handshake of a WebSocket: its request, and what may be answered to it (RFC 6455, section 4.1)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import quote

from ...base.text import printable

LARGEST_ANSWER_BYTES = 16 * 1024
"""The longest head of an answer that is read: twice what usual servers send at most."""

SWITCHING_PROTOCOLS = 101
SUBPROTOCOL = "mqtt"  # [MQTT-6.0.0-3]
HEAD_ENDS = b"\r\n\r\n"

_KEY_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_STATUS_LINE = re.compile(r"HTTP/1\.[0-9] ([1-9][0-9]{2})(?: (.*))?")
_OF_A_PATH = "/?%:@!$&'()*+,;=-._~"  # RFC 3986, sections 3.3 and 3.4; the rest is escaped
_LONGEST_PHRASE, _LONGEST_LOCATION = 60, 160


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
        said: what the answer says as it may be shown, in so many characters.
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
        """Look whether an answer opens the WebSocket.

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

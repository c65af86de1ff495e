"""A broker made of bytes, for what no well-behaved broker does."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

CONNACK = b"\x20\x02\x00\x00"
CONNACK_5 = b"\x20\x03\x00\x00\x00"
CONNECT, PUBACK, PUBREC = 0x10, 0x40, 0x50
SUBSCRIBE, UNSUBSCRIBE, PINGREQ = 0x80, 0xA0, 0xC0
PINGRESP = b"\xd0\x00"


def connack(code: int) -> bytes:
    """A CONNACK of MQTT 3.1.1 with a return code."""
    return bytes([0x20, 0x02, 0x00, code])


def suback(packet: bytes, code: int) -> bytes:
    """The SUBACK of MQTT 3.1.1 to a short SUBSCRIBE packet, with one code for all filters."""
    codes = bytes([code]) * len(filters_in(packet))
    return bytes([0x90, 2 + len(codes), packet[2], packet[3]]) + codes


def suback_5(packet: bytes, code: int) -> bytes:
    """The SUBACK of MQTT 5 to a short SUBSCRIBE packet without properties, with one code for all filters."""
    codes = bytes([code]) * len(filters_in(packet, at=5))
    return bytes([0x90, 3 + len(codes), packet[2], packet[3], 0x00]) + codes


def filters_in(packet: bytes, *, at: int = 4, behind: int = 1) -> list[str]:
    """The filters in a short SUBSCRIBE packet, or in an UNSUBSCRIBE packet, where nothing is behind each.

    Args:
        packet: with a remaining length of one byte.
        at: where the first one begins.
        behind: how many bytes are behind each.
    """
    found = []
    while at < len(packet):
        length = int.from_bytes(packet[at : at + 2], "big")
        found.append(packet[at + 2 : at + 2 + length].decode())
        at += 2 + length + behind
    return found


def unsuback(packet: bytes) -> bytes:
    """The UNSUBACK of MQTT 3.1.1 to an UNSUBSCRIBE packet."""
    return bytes([0xB0, 0x02, packet[2], packet[3]])


def publish(topic: bytes, payload: bytes, *, qos: int = 0, packet_id: int = 1, dup: bool = False) -> bytes:
    """A PUBLISH of MQTT 3.1.1."""
    identifier = packet_id.to_bytes(2, "big") if qos else b""
    body = len(topic).to_bytes(2, "big") + topic + identifier + payload
    return bytes([0x30 | dup << 3 | qos << 1]) + remaining_length(len(body)) + body


def pubrel(packet_id: int) -> bytes:
    """A PUBREL of MQTT 3.1.1."""
    return b"\x62\x02" + packet_id.to_bytes(2, "big")


def remaining_length(length: int) -> bytes:
    """A variable byte integer (MQTT 3.1.1, section 2.2.3)."""
    encoded = bytearray()
    while True:
        length, digit = divmod(length, 128)
        encoded.append(digit | 0x80 if length else digit)
        if not length:
            return bytes(encoded)


Answer = bytes | Iterable[bytes | None] | None
"""What is sent, at once or part by part as it is made; None closes the connection."""


def answering(packet: bytes, *, sends: Iterable[bytes | None] = (), protocol: str = "3.1.1") -> Answer:
    """What a well-behaved broker answers to a client with one filter, and what it sends to it as a subscriber.

    To what is asked for quietly besides, it grants that, and has nothing.
    """
    kind, is_mqtt_5 = packet[0] & 0xF0, protocol == "5"
    if kind == SUBSCRIBE:
        sends = () if b"homeassistant/+" in packet else sends
        return itertools.chain([suback_5(packet, 0) if is_mqtt_5 else suback(packet, 0)], sends)
    if kind == CONNECT:
        return CONNACK_5 if is_mqtt_5 else CONNACK
    return PINGRESP if kind == PINGREQ else b""


class Link(Protocol):
    """What a broker needs of a connection."""

    def recv(self, size: int, /) -> bytes:
        """See `socket.socket`."""

    def sendall(self, data: bytes, /) -> None:
        """See `socket.socket`."""

    def shutdown(self, how: int, /) -> None:
        """See `socket.socket`."""

    def close(self) -> None:
        """See `socket.socket`."""


class RawBroker:
    """Listens on loopback and answers each packet with what `answer` returns.

    Args:
        answer: called with a whole packet, on a thread of the broker, which reads no other until all is sent.
        welcome: called with a connection, on that thread; what it makes of it, TLS or a WebSocket. None leaves the
            connection to whoever was called, until the broker ends.
    """

    def __init__(
        self, answer: Callable[[bytes], Answer], welcome: Callable[[socket.socket], Link | None] | None = None
    ) -> None:
        self._answer, self._welcome = answer, welcome
        self._server = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self.port: int = self._server.getsockname()[1]
        self.connected = 0
        """How many connections there have been."""
        self._thread = threading.Thread(target=self._accept)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"mqtt://127.0.0.1:{self.port}"

    def __enter__(self) -> RawBroker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for connection in self._connections:
            connection.close()
        self._thread.join()

    def _accept(self) -> None:
        threads: list[threading.Thread] = []
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                break
            self.connected += 1
            self._connections = [known for known in self._connections if known.fileno() >= 0] + [connection]
            threads = [thread for thread in threads if thread.is_alive()]
            threads.append(threading.Thread(target=self._serve, args=(connection,)))
            threads[-1].start()
        for connection in self._connections:
            _hang_up(connection)
        for thread in threads:
            thread.join()

    def _serve(self, connection: socket.socket) -> None:
        link: Link | None = connection
        try:
            link = connection if self._welcome is None else self._welcome(connection)
            if link is None:
                return
            while (packet := _packet(link)) and _send(link, self._answer(packet)):
                pass
        except OSError:
            pass
        for each in (link, connection):
            if each is not None:
                _hang_up(each)
                each.close()


def _send(connection: Link, answer: Answer) -> bool:
    """Send an answer; whether the connection goes on."""
    for part in (answer,) if answer is None or isinstance(answer, bytes) else answer:
        if part is None:
            return False
        connection.sendall(part)
    return True


def _packet(connection: Link) -> bytes:
    """One packet as it came, remaining length included; empty when the connection is over."""
    head, length, shift = connection.recv(2), 0, 0
    if len(head) < 2:
        return b""
    while True:
        length |= (head[-1] & 0x7F) << shift
        if head[-1] < 0x80:
            break
        shift += 7
        head += connection.recv(1)
    body = b""
    while len(body) < length:
        part = connection.recv(length - len(body))
        if not part:
            return b""
        body += part
    return head + body


def _hang_up(connection: Link) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return

"""A socket that reads all that has come at once, takes the messages out, and hands on the rest.

paho-mqtt asks its socket for a packet's first byte, its length and its body one by one. Each is a system call, and
with each the thread lets go of Python's lock, which a busy main thread gives back only after milliseconds. Here
one system call reads up to a quarter of a megabyte.

A PUBLISH of QoS 0 asks for no answer and leaves no state behind (MQTT 3.1.1 and 5, section 4.3.1), so such packets
can be read apart from all others, and a hundred at once. Whatever is not exactly one is left for a closer look.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from dataclasses import dataclass, field

from ..base.clock import CLOCK
from ..base.model import Message
from .incoming import PINGRESP, Incoming
from .packet_format import CONTINUES, MalformedLengthError, head_bytes, is_overlong, is_topic_name, packet_bytes
from .packet_rules import LARGEST_PACKET_BYTES
from .websocket import NOT_NOW, ClosedError, WebSocket
from .websocket_frames import ViolationError

LARGEST_BYTES = 65_536
"""The longest packet that is waited for until all of it is there."""

LARGEST_BODY_BYTES = 1_200_000
"""Bytes read of a longer packet of MQTT 3.1.1: more than a payload that is taken, its topic and identifier."""

_READ_BYTES = 256 * 1024
_MOST_UNREAD_BYTES = 1024 * 1024
_GOODBYE_S = 0.2
PINGREQ = b"\xc0\x00"  # MQTT 3.1.1 and 5, section 3.12
_PUBLISH_QOS_0, _RETAIN = 0x30, 0x01  # section 3.3.1, figure 3.10
_TOPICS_REMEMBERED, _LONGEST_REMEMBERED = 10_000, 500
_LAST_WORDS = (ssl.SSLError, ViolationError, ClosedError)


class ReadsNothingError(Exception):
    """The other side sends what must be answered, and does not read the answers."""


@dataclass
class _Long:
    """A PUBLISH that is too long to wait until all of it is there.

    Attributes:
        first: its first byte.
        left: bytes that are to come.
        keeps: how many bytes of its body are kept; the rest is read and let go.
        body: as far as it has come.
    """

    first: int
    left: int
    keeps: int
    body: bytearray = field(default_factory=bytearray)


class ReadAhead:
    """A connected socket for paho, and for its owner, who may do more with it. For one thread.

    The owner takes out the messages. What stands behind them is for paho: one whole packet at a time, which breaks
    no rule. What is written meanwhile leaves together with `send_held`.

    paho gives up a link where nothing comes within a keepalive after a PINGREQ, and does not see the messages that
    are taken out. On a slow link the PINGRESP waits behind many of these. So whatever comes is reported to paho as
    a PINGRESP: the broker is there.

    Args:
        link: the socket, of TCP or TLS, or a WebSocket, with its handshakes done.
        reader: takes plain messages out.
        incoming: takes whatever else comes.
    """

    def __init__(self, link: socket.socket | WebSocket, reader: PublishReader, incoming: Incoming) -> None:
        self._link = link
        self._reader = reader
        self._incoming = incoming
        self._space = memoryview(bytearray(_READ_BYTES))
        self._data = b""
        self._at = 0
        self._long: _Long | None = None
        self._for_paho = b""
        self._has_ended = False
        self.fault: OSError | None = None
        """The last word of TLS or the WebSocket when the connection ended; None where there was none."""
        self.has_news = False
        """Whether the latest `fill` read anything."""
        self.was_filled = False
        """Whether the latest `fill` read as much as it can, so that there may be more."""
        self.closes_gently = False
        """Whether what was sent last shall arrive: a socket that closes with something unread undoes that."""
        self._held = bytearray()
        self._answered_bytes = 0  # since all was sent
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
        """The number of bytes read, 0 at the end of the connection; None where nothing has come."""
        try:
            return self._link.recv_into(space)
        except NOT_NOW:
            return None
        except OSError as error:
            if isinstance(error, _LAST_WORDS) and not isinstance(error, ssl.SSLEOFError):
                self.fault = error
            return 0

    def take_messages(self, messages: list[Message]) -> None:
        """Take out the messages that come next, and put them at the end of `messages`, up to a packet for paho.

        Raises:
            ProtocolViolationError: where something breaks the protocol, behind the messages taken.
            SaidGoodbyeError: where the broker ends it.
            ReadsNothingError: where it does not read the answers to what it sends.
        """
        while not self._for_paho:
            if self._long is None and self._incoming.is_admitted:
                self._at = self._reader.read(self._data, self._at, messages)
            if not self._take_next(messages):
                return

    def _take_next(self, messages: list[Message]) -> bool:
        """Take the next packet that is no plain message; False where it is not all there."""
        if self._long is not None:
            return self._take_long(self._long, messages)
        data, at = self._data, self._at
        length = self._incoming.length_at(data, at)
        if length is None:
            return False
        head, end = head_bytes(data, at), at + length
        if end > len(data):
            if length <= LARGEST_BYTES:
                return False
            self._long = _Long(data[at], length - head, self._reader.longest_body_bytes)
            self._at += head
            return True
        self._at = end
        self._take(data[at], data[at + head : end], messages)
        return True

    def _take_long(self, long: _Long, messages: list[Message]) -> bool:
        part = self._data[self._at : self._at + long.left]
        self._at += len(part)
        long.left -= len(part)
        long.body += part[: long.keeps - len(long.body)]
        if long.left:
            return False
        self._long = None
        self._take(long.first, bytes(long.body), messages)
        return True

    def _take(self, first: int, body: bytes, messages: list[Message]) -> None:
        answer, self._for_paho = self._incoming.take(first, body, messages)
        self._held += answer
        self._answered_bytes += len(answer)
        if self._answered_bytes > _MOST_UNREAD_BYTES:
            self.send_held()
            if self._answered_bytes > _MOST_UNREAD_BYTES:
                raise ReadsNothingError

    def open_next(self) -> bool:
        """Whether there is something for paho to read."""
        if self._owes_answer:
            self._owes_answer = False
            self._for_paho = PINGRESP + self._for_paho
        return self._has_ended or bool(self._for_paho)

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
        except NOT_NOW:
            return
        except OSError:
            self._held.clear()  # reading tells that the connection is over
        self._answered_bytes = 0

    @property
    def wants_write(self) -> bool:
        """Whether something kept back could not be sent yet."""
        return bool(self._held) or (isinstance(self._link, WebSocket) and self._link.wants_write)

    def pending(self) -> int:
        """Bytes that TLS or a WebSocket has read and not yet given."""
        return self._link.pending() if isinstance(self._link, (ssl.SSLSocket, WebSocket)) else 0

    # For paho.

    def recv(self, size: int) -> bytes:
        """Bytes of the packet that is for paho; at the end of the connection none."""
        part, self._for_paho = self._for_paho[:size], self._for_paho[size:]
        if not part and not self._has_ended:
            raise BlockingIOError
        return part

    def send(self, data: bytes) -> int:
        """Send or keep back; all is taken, or nothing: an answer must not come between two parts of a packet."""
        self._asks = self._asks or data == PINGREQ
        if not self._is_holding:
            self.send_held()
            if self._held:
                raise BlockingIOError
        self._held += data
        if not self._is_holding:
            self.send_held()
        return len(data)

    def do_handshake(self) -> None:
        """See `ssl.SSLSocket`: the handshake was done before."""

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


class PublishReader:
    """Reads PUBLISH packets of QoS 0 in a row. For one connection and one thread, as it remembers the topics.

    Args:
        has_properties: whether packets have properties, as in MQTT 5.

    Example:
        >>> messages, packets = [], bytes([0x30, 4, 0, 1]) + b"t5" + bytes([0xD0, 0])
        >>> PublishReader(has_properties=False).read(packets, 0, messages)
        6
        >>> messages[0].topic, messages[0].payload
        ('t', b'5')
    """

    def __init__(self, *, has_properties: bool) -> None:
        self._has_properties = has_properties
        self.longest_body_bytes = LARGEST_PACKET_BYTES if has_properties else LARGEST_BODY_BYTES
        """Bytes of a longer packet that are read at all."""
        self._topics: dict[bytes, str] = {}

    def read(self, data: bytes, at: int, messages: list[Message]) -> int:
        """Read packets up to the first that is not whole, or is another.

        A packet counts as another, too, where its topic is none or not UTF-8 [MQTT-1.5.3-1], where it has
        properties, and where it has too few bytes for what it should hold.

        Args:
            data: what came.
            at: where a packet begins.
            messages: the messages are put at its end.

        Returns:
            Where the first packet begins that was not read.
        """
        topics, size, has_properties = self._topics, len(data), self._has_properties
        clock = CLOCK.now if CLOCK.ahead_s() else time.time  # which is the same, and ten times as fast
        while at + 1 < size and data[at] | _RETAIN == _PUBLISH_QOS_0 | _RETAIN:
            start, end = at + 2, at + 2 + data[at + 1]
            if data[at + 1] & CONTINUES:
                start, end = _body(data, at, may_be_overlong=not has_properties)
            if end > size or end - start < 3:
                break
            topic_end = start + 2 + (data[start] << 8 | data[start + 1])
            payload_at = topic_end + has_properties
            if payload_at > end or (has_properties and data[topic_end]):
                break
            topic = topics.get(data[start + 2 : topic_end]) or self._new_topic(data[start + 2 : topic_end])
            if topic is None:
                break
            is_retained = data[at] & _RETAIN == _RETAIN
            messages.append(Message(topic, data[payload_at:end], 0, is_retained, clock()))
            at = end
        return at

    def _new_topic(self, name: bytes) -> str | None:
        """The topic name as text, remembered; None for what is none."""
        try:
            topic = name.decode()
        except UnicodeDecodeError:
            return None
        if not is_topic_name(topic):
            return None
        if len(self._topics) >= _TOPICS_REMEMBERED:
            self._topics.clear()
        if len(name) <= _LONGEST_REMEMBERED:
            self._topics[name] = topic
        return topic


def _body(data: bytes, at: int, *, may_be_overlong: bool) -> tuple[int, int]:
    """Where the body of a packet begins and ends; that end is beyond the data where its length is not there."""
    try:
        length = packet_bytes(data, at)
    except MalformedLengthError:
        length = None
    if length is None or (is_overlong(data, at) and not may_be_overlong):
        return at, len(data) + 1
    return at + head_bytes(data, at), at + length

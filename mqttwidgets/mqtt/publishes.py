"""PUBLISH packets of QoS 0 out of the bytes of a connection.

Such a packet asks for no answer and leaves no state behind (MQTT 3.1.1 and 5, section 4.3.1), so that it can be
read apart from all others, and a hundred at once. What is not exactly one is left as it is, for a closer look.
"""

from __future__ import annotations

import time

from ..base.clock import CLOCK
from ..base.model import Message

LARGEST_BYTES = 65_536
"""The longest packet that is waited for until all of it is there."""

LARGEST_BODY_BYTES = 1_200_000
"""What is read of a longer packet of MQTT 3.1.1: more than a payload that is taken, its topic and identifier."""

LARGEST_PACKET_BYTES = 16 * 1024 * 1024
"""The Maximum Packet Size (MQTT 5, section 3.1.2.11.4), where the payload may stand behind long properties.

Far above the largest payload that is read, as what a broker leaves out for it is counted nowhere.
"""

_PUBLISH_QOS_0, _RETAIN = 0x30, 0x01  # section 3.3.1, figure 3.10
_MORE = 0x80  # of a variable byte integer: another byte follows
_TOPICS_REMEMBERED, _LONGEST_REMEMBERED = 10_000, 500


class MalformedLengthError(ValueError):
    """A remaining length of more than four bytes [MQTT-1.5.5-1]."""


def packet_bytes(data: bytes, at: int) -> int | None:
    """The length of the packet that begins at `at`, with its fixed header; None where that is not all there.

    The remaining length is a variable byte integer (MQTT 3.1.1, section 2.2.3; MQTT 5, section 2.1.4).

    Raises:
        MalformedLengthError: for one that goes on after four bytes.

    Example:
        >>> packet_bytes(bytes([0x30, 0x85, 0x01]) + bytes(133), 0), packet_bytes(bytes([0x30, 0x85]), 0)
        (136, None)
    """
    length = 0
    for place, digit in enumerate(data[at + 1 : at + 5]):
        length |= (digit & ~_MORE) << 7 * place
        if not digit & _MORE:
            return 2 + place + length
    if len(data) >= at + 5:
        raise MalformedLengthError
    return None


def head_bytes(data: bytes, at: int) -> int:
    """The length of the fixed header of a packet whose remaining length is all there."""
    head = 2
    while data[at + head - 1] & _MORE:
        head += 1
    return head


def is_overlong(data: bytes, at: int) -> bool:
    """Whether a remaining length that is all there takes more bytes than it need [MQTT-1.5.5-1]."""
    head = head_bytes(data, at)
    return head > 2 and not data[at + head - 1]


def is_topic_name(text: str) -> bool:
    """Whether a topic may have this name: some characters, none of them U+0000 or a wildcard (section 4.7).

    Example:
        >>> is_topic_name("home/kitchen"), is_topic_name("home/+"), is_topic_name("")
        (True, False, False)
    """
    return bool(text) and "\0" not in text and "+" not in text and "#" not in text


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
        """How much of a longer packet is read at all."""
        self._topics: dict[bytes, str] = {}

    def read(self, data: bytes, at: int, messages: list[Message]) -> int:
        """Read packets up to the first that is not whole, or is another.

        Another is also one with a topic that is none or not UTF-8 [MQTT-1.5.3-1], with properties, or with too
        few bytes for what it should hold.

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
            if data[at + 1] & _MORE:
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

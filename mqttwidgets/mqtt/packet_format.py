"""The format of MQTT's packets (MQTT 3.1.1 and 5, chapter 2): types, lengths and properties, and their errors.

Properties are read in time linear in their length, which a foreign sender chooses: a PUBLISH has room for
millions of them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

MALFORMED, PROTOCOL_ERROR = 0x81, 0x82
RECEIVE_MAXIMUM_EXCEEDED, TOPIC_ALIAS_INVALID, PACKET_TOO_LARGE = 0x93, 0x94, 0x95

LONGEST_READ_BYTES = 8_192
"""Properties that are longer are skipped: nothing that a subscriber needs takes so much room."""

CONTINUES = 0x80
"""The bit of a byte of a variable byte integer that says that another byte follows."""


class ProtocolViolationError(Exception):
    """A packet is not what the standard allows.

    Args:
        rule: what came instead, and the clause that forbids it, to go on after "the broker broke the protocol: ".
        code: the reason code that a client of MQTT 5 sends before it hangs up (section 4.13.1 and table 2-6).
    """

    def __init__(self, rule: str, code: int = PROTOCOL_ERROR) -> None:
        super().__init__(rule)
        self.rule = rule
        self.code = code


class NoMqttError(ProtocolViolationError):
    """The first packet is none at all: whoever listens there speaks something else."""


class MalformedLengthError(ValueError):
    """A remaining length of more than four bytes [MQTT-1.5.5-1]."""


class Kind(IntEnum):
    """The type of a packet (MQTT 3.1.1, section 2.2.1; MQTT 5, section 2.1.2)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15

    @property
    def with_article(self) -> str:
        """Its name with an article, for a sentence."""
        return f"{'an' if self.name[0] in 'AU' else 'a'} {self.name}"


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
        length |= (digit & ~CONTINUES) << 7 * place
        if not digit & CONTINUES:
            return 2 + place + length
    if len(data) >= at + 5:
        raise MalformedLengthError
    return None


def head_bytes(data: bytes, at: int) -> int:
    """The length of the fixed header of a packet whose remaining length is all there."""
    head = 2
    while data[at + head - 1] & CONTINUES:
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


class Value(NamedTuple):
    """The value of one property, and where the next one begins."""

    value: int | str | bytes
    end: int


class Property(NamedTuple):
    """One property, as the standard defines it.

    Attributes:
        name: its name.
        read: reads its value.
        kinds: the packets of a broker that may have it.
        most: the greatest value of a number.
        least: the least one.
        clause: where that stands.
        code: what a client answers to another value.
    """

    name: str
    read: Callable[[bytes, int, int], Value]
    kinds: frozenset[Kind]
    most: int = 0xFFFF_FFFF
    least: int = 0
    clause: str = ""
    code: int = PROTOCOL_ERROR


class _TooShortError(Exception):
    """There is less than there should be."""


def variable_byte_integer(data: bytes, at: int, end: int) -> Value:
    """A number of up to four bytes (section 1.5.5).

    Raises:
        ProtocolViolationError: for one that is longer than it need be, or than it may be.
    """
    number = 0
    for place in range(4):
        if at + place >= end:
            raise _TooShortError
        digit = data[at + place]
        number |= (digit & 0x7F) << 7 * place
        if digit < 0x80:
            if place and not digit:
                raise ProtocolViolationError("a number of more bytes than it takes (MQTT-1.5.5-1)", MALFORMED)
            return Value(number, at + place + 1)
    raise ProtocolViolationError("a number of more than four bytes (section 1.5.5)", MALFORMED)


def text_of(data: bytes, what: str) -> str:
    """The text that bytes are.

    U+FEFF and noncharacters are text like any other [MQTT-1.5.4-3].

    Args:
        data: the bytes.
        what: whose text it is, for the error.

    Raises:
        ProtocolViolationError: for bytes that are no UTF-8, or hold U+0000.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ProtocolViolationError(f"{what} that is not UTF-8 (MQTT-1.5.4-1)", MALFORMED) from None
    if "\0" in text:
        raise ProtocolViolationError(f"{what} with U+0000 (MQTT-1.5.4-2)", MALFORMED)
    return text


def _byte(data: bytes, at: int, end: int) -> Value:
    return _integer(data, at, end, 1)


def _two_bytes(data: bytes, at: int, end: int) -> Value:
    return _integer(data, at, end, 2)


def _four_bytes(data: bytes, at: int, end: int) -> Value:
    return _integer(data, at, end, 4)


def _integer(data: bytes, at: int, end: int, size: int) -> Value:
    if at + size > end:
        raise _TooShortError
    return Value(int.from_bytes(data[at : at + size], "big"), at + size)


def _binary(data: bytes, at: int, end: int) -> Value:
    if at + 2 > end:
        raise _TooShortError
    stop = at + 2 + (data[at] << 8 | data[at + 1])
    if stop > end:
        raise _TooShortError
    return Value(data[at + 2 : stop], stop)


def _string(data: bytes, at: int, end: int) -> Value:
    _, stop = _binary(data, at, end)
    return Value(text_of(data[at + 2 : stop], "a property"), stop)


def _pair(data: bytes, at: int, end: int) -> Value:
    for _ in range(2):  # by itself, as a sender may fill a packet with these
        if at + 2 > end:
            raise _TooShortError
        stop = at + 2 + (data[at] << 8 | data[at + 1])
        if stop > end:
            raise _TooShortError
        if stop > at + 2:
            text_of(data[at + 2 : stop], "a property")
        at = stop
    return Value("", at)


def _only(*kinds: Kind) -> frozenset[Kind]:
    return frozenset(kinds)


_PUBLISH, _CONNACK = _only(Kind.PUBLISH), _only(Kind.CONNACK)
_ANSWERS = _only(Kind.CONNACK, Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP, Kind.SUBACK, Kind.UNSUBACK)
_SUBSCRIPTION_IDENTIFIER, _USER_PROPERTY, RESPONSE_TOPIC = 0x0B, 0x26, 0x08
SERVER_KEEP_ALIVE, SERVER_REFERENCE, REASON_STRING, TOPIC_ALIAS = 0x13, 0x1C, 0x1F, 0x23
AUTHENTICATION_METHOD = 0x15

_PROPERTIES = {
    0x01: Property("Payload Format Indicator", _byte, _PUBLISH, 1, clause="section 3.3.2.3.2"),
    0x02: Property("Message Expiry Interval", _four_bytes, _PUBLISH),
    0x03: Property("Content Type", _string, _PUBLISH),
    RESPONSE_TOPIC: Property("Response Topic", _string, _PUBLISH),
    0x09: Property("Correlation Data", _binary, _PUBLISH),
    _SUBSCRIPTION_IDENTIFIER: Property(
        "Subscription Identifier", variable_byte_integer, _PUBLISH, least=1, clause="section 3.3.2.3.8"
    ),
    0x11: Property("Session Expiry Interval", _four_bytes, _CONNACK),
    0x12: Property("Assigned Client Identifier", _string, _CONNACK),
    SERVER_KEEP_ALIVE: Property("Server Keep Alive", _two_bytes, _CONNACK),
    AUTHENTICATION_METHOD: Property("Authentication Method", _string, _CONNACK),
    0x16: Property("Authentication Data", _binary, _CONNACK),
    0x1A: Property("Response Information", _string, _CONNACK),
    SERVER_REFERENCE: Property("Server Reference", _string, _only(Kind.CONNACK, Kind.DISCONNECT)),
    REASON_STRING: Property("Reason String", _string, _ANSWERS | {Kind.DISCONNECT}),
    0x21: Property("Receive Maximum", _two_bytes, _CONNACK, least=1, clause="section 3.2.2.3.3"),
    0x22: Property("Topic Alias Maximum", _two_bytes, _CONNACK),
    TOPIC_ALIAS: Property(
        "Topic Alias", _two_bytes, _PUBLISH, least=1, clause="MQTT-3.3.2-8", code=TOPIC_ALIAS_INVALID
    ),
    0x24: Property("Maximum QoS", _byte, _CONNACK, 1, clause="section 3.2.2.3.4"),
    0x25: Property("Retain Available", _byte, _CONNACK, 1, clause="section 3.2.2.3.5"),
    _USER_PROPERTY: Property("User Property", _pair, _ANSWERS | {Kind.PUBLISH, Kind.DISCONNECT}),
    0x27: Property("Maximum Packet Size", _four_bytes, _CONNACK, least=1, clause="section 3.2.2.3.6"),
    0x28: Property("Wildcard Subscription Available", _byte, _CONNACK, 1, clause="section 3.2.2.3.11"),
    0x29: Property("Subscription Identifiers Available", _byte, _CONNACK, 1, clause="section 3.2.2.3.12"),
    0x2A: Property("Shared Subscription Available", _byte, _CONNACK, 1, clause="section 3.2.2.3.13"),
}
_OF_CLIENTS = {
    0x17: "Request Problem Information",
    0x18: "Will Delay Interval",
    0x19: "Request Response Information",
}


def read_properties(data: bytes, at: int, kind: Kind) -> tuple[dict[int, int | str | bytes], int]:
    """The properties of a packet of `kind` by identifier, and where they end.

    A property that came several times has its last value.

    Args:
        data: a packet without its fixed header.
        at: where the length of the properties stands.
        kind: of packet.

    Raises:
        ProtocolViolationError: for properties that the packet may not have.

    Example:
        >>> read_properties(bytes([3, 0x23, 0, 7]), 0, Kind.PUBLISH)
        ({35: 7}, 4)
    """
    try:
        length, at = variable_byte_integer(data, at, len(data))
        end = at + int(length)
        if end > len(data):
            raise _TooShortError
        if end - at > LONGEST_READ_BYTES:
            return {}, end
        return _read(data, at, end, kind), end
    except _TooShortError:
        rule = f"{kind.with_article} whose properties end too early (section 2.2.2)"
        raise ProtocolViolationError(rule, MALFORMED) from None


def _read(data: bytes, at: int, end: int, kind: Kind) -> dict[int, int | str | bytes]:
    found: dict[int, int | str | bytes] = {}
    while at < end:
        identifier = data[at]
        known = _PROPERTIES.get(identifier)
        if known is None or kind not in known.kinds:
            raise ProtocolViolationError(_not_allowed(identifier, kind), MALFORMED)
        value, at = known.read(data, at + 1, end)
        if isinstance(value, int) and not known.least <= value <= known.most:
            raise ProtocolViolationError(
                f"{kind.with_article} with the {known.name} {value} ({known.clause})", known.code
            )
        if identifier in found and identifier not in (_USER_PROPERTY, _SUBSCRIPTION_IDENTIFIER):
            section = "3.3.2.3" if kind is Kind.PUBLISH else "2.2.2"
            raise ProtocolViolationError(f"{kind.with_article} with the {known.name} twice (section {section})")
        found[identifier] = value
    return found


def _not_allowed(identifier: int, kind: Kind) -> str:
    if kind is Kind.DISCONNECT and identifier == 0x11:
        return "a DISCONNECT of a broker with the Session Expiry Interval (MQTT-3.14.2-2)"
    name = _PROPERTIES[identifier].name if identifier in _PROPERTIES else _OF_CLIENTS.get(identifier)
    if name is None:
        return f"{kind.with_article} with the unknown property 0x{identifier:02X} (section 2.2.2.2)"
    return f"{kind.with_article} with the property {name}, which it may not have (section 2.2.2.2)"

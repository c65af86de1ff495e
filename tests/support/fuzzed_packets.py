"""What a broker sends that is broken or wants to break something: packets made by chance, the same for a seed."""

from __future__ import annotations

import random

from ..unit.decoding.test_payloads import CASES
from .raw_broker import remaining_length

_CORPUS = [case.payload.encode() if isinstance(case.payload, str) else case.payload for case in CASES]
_TOPICS = [
    *dict.fromkeys(case.topic.encode() for case in CASES),
    b"spBv1.0/g/NDATA/n",
    b"x/LWT",
    b"homie/d/n/p/$unit",
    b"a/config",
]
_BAD_TOPICS = [
    b"",
    b"#",
    b"a/+/b",
    b"a\x00b",
    b"\xed\xa0\x80/\xed\xbf\xbf",  # surrogates
    b"\xff\xfe",
    b"$SYS/broker/uptime",
    b"<img src=x onerror=alert(1)>",
    b"a\n2026-01-01 ERROR forged \x1b[31m",
    b"n" * 1_000,
    b"n" * 65_535,
]
_TEXTS = [
    *b"""{ } [ ] : , "t" "time" " null true NaN - 1e400 21.5 1762198468000 {"a":1} \xc2\xb0C ; = +""".split(b" "),
    *(b" ", b"\n", b"\x00", b"9" * 400),
]
_BYTES = [
    *_TEXTS,
    *(b"\x9f", b"\xbf", b"\xff", b"\xc3", b"\x9b\x00\x00\x00\x01\x00\x00\x00\x00", b"\xa1\x61t\xfb", b"\xc2\x49"),
]
_PROPERTIES = [
    b"\x23\x00\x00",  # topic alias 0
    b"\x23\x00\x07",  # one that nobody has announced
    b"\x01\x01",
    b"\x01\x02",
    b"\x02\x00\x00\x00\x00",
    b"\x03\x00\x04json",
    b"\x03\x00\x02\xff\xff",
    b"\x03\xff\xffjson",
    b"\x08\x00\x01#",
    b"\x09\x00\x03abc",
    b"\x0b\x80\x80\x80\x80\x01",
    b"\x0b\x00",
    b"\x26\x00\x01a\x00\x01b",
    b"\x26\x00\x01a",
    b"\x11\x00\x00\x00\x01",  # of another packet
    b"\x7f",
]
_NONSENSE = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x15\x03\x03\x00\x02\x02\x28",
    b"\x30\xff\xff\xff\xff\x7f",
    b"\0" * 9,
]
_PUBLISH, _OTHERS = 0x30, [kind << 4 for kind in range(16) if kind != 3]
_MANY = [70_000, 300_000, 1_100_000]


class FuzzedPackets:
    """Makes packets of one version of MQTT. Nine in ten are a PUBLISH that is well framed, whatever is in it.

    Args:
        seed: of the chance.
        protocol: "3.1.1" or "5".
    """

    def __init__(self, seed: int, protocol: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - keeps no secret
        self._is_mqtt_5 = protocol == "5"

    def batch(self) -> bytes:
        """Packets up to the first that is no PUBLISH that is well framed, and two that may be lost behind it."""
        packets = [self._publish()]
        while self._chance.random() < 0.9:
            packets.append(self._publish())
        return b"".join([*packets, self._other(), self._publish(), self._publish()])

    def _publish(self) -> bytes:
        chance = self._chance
        (qos,) = chance.choices([0, 1, 2, 3], [75, 15, 9, 1])
        flags = qos << 1 | chance.choice([0, 0, 0, 1]) | chance.choice([0, 0, 0, 8])
        topic = self._topic()
        body = len(topic).to_bytes(2, "big") + topic
        if qos:
            body += self._packet_id()
        if self._is_mqtt_5:
            body += self._properties()
        body += self._payload()
        if chance.random() < 0.01:
            body = body[: chance.randrange(6)]
        return bytes([_PUBLISH | flags]) + remaining_length(len(body)) + body

    def _topic(self) -> bytes:
        kind = self._chance.random()
        if kind < 0.6:
            return self._chance.choice(_TOPICS)
        if kind < 0.9:
            return b"flood/%d" % self._chance.randrange(100_000)
        if kind < 0.98:
            return self._chance.choice(_BAD_TOPICS)
        return self._chance.randbytes(self._chance.randrange(30))

    def _properties(self) -> bytes:
        kind = self._chance.random()
        if kind < 0.85:
            return b"\x00"
        if kind < 0.99:
            properties = b"".join(self._chance.choices(_PROPERTIES, k=self._chance.choice([1, 1, 1, 2, 5])))
            return remaining_length(len(properties)) + properties
        return self._chance.randbytes(self._chance.randrange(9))  # also a length beyond the packet

    def _payload(self) -> bytes:
        chance = self._chance
        kind = chance.random()
        if kind < 0.6:
            return self._mutated(chance.choice(_CORPUS))
        if kind < 0.9:
            return b"".join(chance.choices(chance.choice([_TEXTS, _BYTES]), k=chance.randrange(12)))
        if kind < 0.9995:
            return chance.randbytes(chance.randrange(60))
        return chance.choice(_BYTES) * chance.choice(_MANY)

    def _mutated(self, payload: bytes) -> bytes:
        """A payload in which a few spans are gone, doubled, or something else."""
        chance = self._chance
        for _ in range(chance.choice([0, 0, 1, 1, 2, 8])):
            start = chance.randrange(len(payload) + 1)
            end = start + chance.choice([0, 1, 1, 4, len(payload)])
            instead = chance.choice([b"", chance.randbytes(1), chance.choice(_TEXTS), 2 * payload[start:end]])
            payload = payload[:start] + instead + payload[end:]
        return payload

    def _other(self) -> bytes:
        """A packet that is no PUBLISH, or no packet."""
        kinds = (self._acknowledgement, self._other_kind, self._with_wrong_length, self._truncated, self._nonsense)
        return self._chance.choice(kinds)()

    def _acknowledgement(self) -> bytes:
        """A PUBACK, PUBREC, PUBREL or PUBCOMP of anything, a PINGREQ or a PINGRESP."""
        head: bytes = self._chance.choice([b"\x40\x02", b"\x50\x02", b"\x62\x02", b"\x70\x02"])
        return head + self._packet_id() + self._chance.choice([b"", b"\xc0\x00", b"\xd0\x00"])

    def _packet_id(self) -> bytes:
        """One of those that most packets have, so that acknowledgements meet what they acknowledge."""
        return (
            (self._chance.randrange(20) or 65_535).to_bytes(2, "big") if self._chance.random() < 0.97 else b"\0\0"
        )

    def _other_kind(self) -> bytes:
        flags = self._chance.choice([0, 0, 2, self._chance.randrange(16)])
        body = self._chance.randbytes(self._chance.choice([0, 1, 2, 3, 4, 8, 20]))
        return bytes([self._chance.choice(_OTHERS) | flags]) + remaining_length(len(body)) + body

    def _with_wrong_length(self) -> bytes:
        length = self._chance.choice([0, 1, 5, 30, 127, 128, 500, 20_000, 5_000_000, 268_435_455])
        return bytes([self._chance.choice([_PUBLISH, *_OTHERS])]) + remaining_length(length) + self._payload()

    def _truncated(self) -> bytes:
        whole = self._publish()
        return whole[: self._chance.randrange(len(whole))]

    def _nonsense(self) -> bytes:
        return self._chance.choice([*_NONSENSE, self._chance.randbytes(self._chance.randrange(300))])

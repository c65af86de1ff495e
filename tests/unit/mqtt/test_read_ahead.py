"""The socket between the system and paho."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import Broker, Message
from mqttwidgets.mqtt.duplicates import Redeliveries
from mqttwidgets.mqtt.incoming import Incoming
from mqttwidgets.mqtt.packet_format import ProtocolViolationError
from mqttwidgets.mqtt.read_ahead import (
    LARGEST_BODY_BYTES,
    LARGEST_BYTES,
    PublishReader,
    ReadAhead,
    ReadsNothingError,
)

from ...support.raw_broker import CONNACK, publish

PINGREQ, PINGRESP, PUBREC = b"\xc0\x00", b"\xd0\x00", b"\x50\x02\x00\x07"
QOS_1 = b"\x32\x06\x00\x01t\x00\x075"
PUBACK = b"\x40\x02\x00\x07"


class Link(NamedTuple):
    """Both ends of a connection."""

    broker: socket.socket
    ours: ReadAhead


def connected() -> Link:
    """A connection that the broker has admitted."""
    broker, link = socket.socketpair()
    link.setblocking(False)
    incoming = Incoming(Broker("broker.local"), Redeliveries())
    both = Link(broker, ReadAhead(link, PublishReader(has_properties=False), incoming))
    broker.sendall(CONNACK)
    assert turn(both.ours) == ([], CONNACK)
    return both


@pytest.fixture
def link() -> Iterator[Link]:
    both = connected()
    yield both
    both.broker.close()
    both.ours.close()


def turn(ours: ReadAhead) -> tuple[list[bytes], bytes]:
    """(payloads taken out, what paho read) of one reading."""
    messages: list[Message] = []
    read_by_paho = b""
    ours.fill()
    while True:
        ours.take_messages(messages)
        if not ours.open_next():
            break
        try:
            while part := ours.recv(7):
                read_by_paho += part
        except BlockingIOError:
            continue
        break  # the end of the connection
    return [message.payload for message in messages], read_by_paho


PACKETS = st.sampled_from(
    [publish(b"t", b"5"), publish(b"t", bytes(200)), PINGRESP, PUBREC, QOS_1, publish(b"\xff", b"5")]
)


@given(st.lists(PACKETS, max_size=8), st.lists(st.integers(1, 300), max_size=20))
def test_every_byte_arrives_once_however_it_is_cut(packets: list[bytes], cuts: list[int]) -> None:
    broker, ours = connected()
    data, payloads, read_by_paho = b"".join(packets), [], b""
    for cut in [*cuts, 10_000]:
        part, data = data[:cut], data[cut:]
        broker.sendall(part)
        found, rest = turn(ours)
        payloads += found
        read_by_paho += rest
    ours.send_held()
    told = [each for each in packets if each in (PINGRESP, PUBREC)]
    assert len(payloads) == len([each for each in packets if each not in told and b"\xff" not in each])
    assert read_by_paho == b"".join(told)
    assert _all_of(broker, 4 * packets.count(QOS_1)) == PUBACK * packets.count(QOS_1)
    broker.close()
    ours.close()


def _all_of(link: socket.socket, size: int) -> bytes:
    """As many bytes, none where none are wanted."""
    return link.recv(size, socket.MSG_WAITALL) if size else b""


def test_a_message_is_never_taken_out_of_the_middle_of_a_packet(link: Link) -> None:
    inner = publish(b"t", b"5")
    packet = b"\x32" + bytes([5 + len(inner)]) + b"\x00\x01t\x00\x07" + inner
    link.broker.sendall(packet[:7])
    assert turn(link.ours) == ([], b"")
    link.broker.sendall(packet[7:] + inner)
    assert turn(link.ours) == ([inner, b"5"], b"")


@pytest.mark.parametrize("cut", [3, 5, 1000, LARGEST_BYTES])
def test_a_large_message_is_gathered_as_it_comes(link: Link, cut: int) -> None:
    packet = publish(b"t", bytes(LARGEST_BYTES))
    link.broker.sendall(packet[:cut])
    assert turn(link.ours) == ([], b"")
    link.broker.sendall(packet[cut:] + publish(b"t", b"5"))
    assert turn(link.ours) == ([bytes(LARGEST_BYTES), b"5"], b"")


@pytest.mark.parametrize("coming", [publish(b"t", b"5"), QOS_1, PUBREC, b"\x30"], ids=repr)
def test_what_comes_after_a_ping_is_its_answer(link: Link, coming: bytes) -> None:
    link.ours.send(PINGREQ)
    assert turn(link.ours) == ([], b""), "nothing came, so there is no answer"
    link.broker.sendall(coming)
    assert turn(link.ours)[1][:2] == PINGRESP
    link.broker.sendall(publish(b"t", b"6"))
    assert PINGRESP not in turn(link.ours)[1], "one answer to one question"


def test_a_ping_is_answered_between_packets(link: Link) -> None:
    link.broker.sendall(PUBREC[:2])
    assert turn(link.ours) == ([], b"")
    link.ours.send(PINGREQ)
    link.broker.sendall(PUBREC[2:] + publish(b"t", b"5"))
    assert turn(link.ours) == ([b"5"], PINGRESP + PUBREC)


def test_the_end_of_the_connection_is_no_answer(link: Link) -> None:
    link.ours.send(PINGREQ)
    link.broker.close()
    assert turn(link.ours) == ([], b"")


def test_what_breaks_the_protocol_is_told_behind_what_came_before_it(link: Link) -> None:
    link.broker.sendall(publish(b"t", b"5") + b"\x30\xff\xff\xff\xff\xff" + publish(b"t", b"6"))
    link.ours.fill()
    messages: list[Message] = []
    with pytest.raises(ProtocolViolationError, match="a remaining length of more than four bytes"):
        link.ours.take_messages(messages)
    assert [message.payload for message in messages] == [b"5"]


def test_the_end_of_the_connection_is_for_paho(link: Link) -> None:
    link.broker.sendall(publish(b"t", b"5") + PINGRESP[:1])
    link.broker.close()
    payloads, read_by_paho = turn(link.ours)
    more, rest = turn(link.ours)
    assert (payloads + more, read_by_paho + rest) == ([b"5"], b"")
    assert link.ours.open_next()
    assert link.ours.recv(1) == b""


def test_what_is_held_leaves_in_order_and_at_once(link: Link) -> None:
    link.ours.hold()
    assert link.ours.send(b"ab") == 2
    assert link.ours.send(b"c") == 1
    assert link.ours.wants_write
    link.ours.send_held()
    assert not link.ours.wants_write
    assert link.ours.send(b"d") == 1
    assert link.broker.recv(10) == b"abcd"


def test_a_broker_that_does_not_read_stops_the_sending(link: Link) -> None:
    link.ours.hold()
    link.ours.send(bytes(4_000_000))
    link.ours.send_held()
    assert link.ours.wants_write
    with pytest.raises(BlockingIOError):
        link.ours.send(b"x")
    read = 0
    while read < 4_000_000:
        read += len(link.broker.recv(1 << 20))
        link.ours.send_held()
    assert not link.ours.wants_write


def test_a_broken_connection_is_seen_by_reading(link: Link) -> None:
    link.broker.close()
    link.ours.hold()
    link.ours.send(b"x")
    link.ours.send_held()
    assert not link.ours.wants_write
    assert turn(link.ours) == ([], b"")


def sent_while(link: Link, data: bytes) -> tuple[list[bytes], bytes]:
    """(payloads taken out, what paho read) while all of `data` comes, as fast as it is read."""
    sender = threading.Thread(target=link.broker.sendall, args=(data,))
    sender.start()
    payloads: list[bytes] = []
    read_by_paho = b""
    while sender.is_alive():
        taken, read = turn(link.ours)
        payloads, read_by_paho = payloads + taken, read_by_paho + read
    taken, read = turn(link.ours)
    return payloads + taken, read_by_paho + read


@pytest.mark.parametrize("too_long", [0, 1, 5_000_000])
def test_the_rest_of_a_packet_that_is_too_long_is_let_go(link: Link, too_long: int) -> None:
    payload = bytes(LARGEST_BODY_BYTES - 5 + too_long)
    sends = publish(b"t", b"1") + publish(b"t", payload, qos=1, packet_id=7) + publish(b"t", b"2") + PINGRESP
    payloads, read_by_paho = sent_while(link, sends)
    assert payloads == [b"1", payload[: LARGEST_BODY_BYTES - 5], b"2"]
    assert read_by_paho == PINGRESP
    link.ours.send_held()
    assert link.broker.recv(100) == PUBACK, "acknowledged, so that it does not come again"


def test_a_broker_that_reads_no_acknowledgement_is_given_up(link: Link) -> None:
    many = QOS_1 * 20_000

    def send_on() -> None:
        for _ in range(100):
            sent_while(link, many)
            link.ours.send_held()

    sent_while(link, many)
    with pytest.raises(ReadsNothingError):
        send_on()


def test_a_long_packet_on_a_slow_link_is_an_answer_all_along(link: Link) -> None:
    link.broker.sendall(b"\x30\xff\xff\xff\x7f\x00\x01t" + bytes(100_000))
    assert turn(link.ours) == ([], b"")
    for _ in range(2):
        link.ours.send(PINGREQ)
        link.broker.sendall(bytes(1000))
        assert turn(link.ours) == ([], PINGRESP)

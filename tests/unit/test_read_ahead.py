"""The socket between the system and paho."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets.publishes import LARGEST_BODY_BYTES, LARGEST_BYTES, PublishReader
from mqttwidgets.read_ahead import ReadAhead

from ..raw_broker import publish

PINGREQ, PINGRESP, SUBACK = b"\xc0\x00", b"\xd0\x00", b"\x90\x03\x00\x01\x00"
QOS_1 = b"\x32\x06\x00\x01t\x00\x075"


class Link(NamedTuple):
    """Both ends of a connection."""

    broker: socket.socket
    ours: ReadAhead


def connected() -> Link:
    broker, link = socket.socketpair()
    link.setblocking(False)
    return Link(broker, ReadAhead(link, PublishReader(has_properties=False)))


@pytest.fixture
def link() -> Iterator[Link]:
    both = connected()
    yield both
    both.broker.close()
    both.ours.close()


def turn(ours: ReadAhead) -> tuple[list[bytes], bytes]:
    """(payloads taken out, what paho read) of one reading."""
    payloads, read_by_paho = [], b""
    ours.fill()
    while True:
        payloads += [message.payload for message in ours.take_messages()]
        if not ours.open_next():
            return payloads, read_by_paho
        try:
            while part := ours.recv(7):
                read_by_paho += part
        except BlockingIOError:
            continue
        return payloads, read_by_paho  # the end of the connection


PACKETS = st.sampled_from(
    [publish(b"t", b"5"), publish(b"t", bytes(200)), PINGRESP, SUBACK, QOS_1, publish(b"\xff", b"5")]
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
    plain = [
        each
        for each in packets
        if (each[0] == 0x30 and each[4:5] == b"t") or (each[5:6] == b"t" and len(each) > 200)
    ]
    assert len(payloads) == len(plain)
    assert read_by_paho == b"".join(each for each in packets if each not in plain)
    broker.close()
    ours.close()


def test_a_message_is_never_taken_out_of_the_middle_of_a_packet(link: Link) -> None:
    inner = publish(b"t", b"5")
    packet = b"\x32" + bytes([5 + len(inner)]) + b"\x00\x01t\x00\x07" + inner
    link.broker.sendall(packet[:7])
    assert turn(link.ours) == ([], packet[:7])
    link.broker.sendall(packet[7:] + inner)
    assert turn(link.ours) == ([b"5"], packet[7:])


def test_a_large_message_goes_to_paho_as_it_comes(link: Link) -> None:
    packet = publish(b"t", bytes(LARGEST_BYTES))
    link.broker.sendall(packet[:1000])
    assert turn(link.ours) == ([], packet[:1000])
    link.broker.sendall(packet[1000:] + publish(b"t", b"5"))
    assert turn(link.ours) == ([b"5"], packet[1000:])


@pytest.mark.parametrize("coming", [publish(b"t", b"5"), QOS_1, SUBACK, b"\x30"], ids=repr)
def test_what_comes_after_a_ping_is_its_answer(link: Link, coming: bytes) -> None:
    link.ours.send(PINGREQ)
    assert turn(link.ours) == ([], b""), "nothing came, so there is no answer"
    link.broker.sendall(coming)
    assert turn(link.ours)[1][:2] == PINGRESP
    link.broker.sendall(publish(b"t", b"6"))
    assert PINGRESP not in turn(link.ours)[1], "one answer to one question"


def test_a_ping_is_answered_between_packets(link: Link) -> None:
    link.broker.sendall(SUBACK[:2])
    assert turn(link.ours) == ([], SUBACK[:2])
    link.ours.send(PINGREQ)
    link.broker.sendall(SUBACK[2:] + publish(b"t", b"5"))
    assert turn(link.ours) == ([b"5"], SUBACK[2:] + PINGRESP)


def test_the_end_of_the_connection_is_no_answer(link: Link) -> None:
    link.ours.send(PINGREQ)
    link.broker.close()
    assert turn(link.ours) == ([], b"")


def test_what_is_no_mqtt_goes_to_paho_untouched(link: Link) -> None:
    link.broker.sendall(publish(b"t", b"5") + b"\x30\xff\xff\xff\xff\xff" + publish(b"t", b"6"))
    assert turn(link.ours) == ([b"5"], b"\x30\xff\xff\xff\xff\xff" + publish(b"t", b"6"))


def test_the_end_of_the_connection_is_for_paho(link: Link) -> None:
    link.broker.sendall(publish(b"t", b"5") + PINGRESP[:1])
    link.broker.close()
    payloads, read_by_paho = turn(link.ours)
    more, rest = turn(link.ours)
    assert (payloads + more, read_by_paho + rest) == ([b"5"], PINGRESP[:1])
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
    assert payloads == [b"1", b"2"]
    as_if = publish(b"t", payload[: LARGEST_BODY_BYTES - 5], qos=1, packet_id=7)
    assert read_by_paho == as_if + PINGRESP


def test_a_long_packet_that_is_no_publish_is_the_end(link: Link) -> None:
    link.broker.sendall(b"\x90\xff\xff\xff\x7f" + bytes(1000))
    link.ours.fill()
    assert link.ours.open_next()
    assert link.ours.recv(1) == b""


def test_a_long_packet_on_a_slow_link_is_an_answer_all_along(link: Link) -> None:
    link.broker.sendall(b"\x30\xff\xff\xff\x7f\x00\x01t" + bytes(100_000))
    while turn(link.ours)[1]:
        link.broker.sendall(bytes(100_000))
    for _ in range(2):
        link.ours.send(PINGREQ)
        link.broker.sendall(bytes(1000))
        assert turn(link.ours) == ([], PINGRESP)

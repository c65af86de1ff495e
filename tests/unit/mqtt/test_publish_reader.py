"""PUBLISH packets as bytes: what is read, what waits, and what is left to paho."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import Message
from mqttwidgets.mqtt.packet_format import MalformedLengthError, packet_bytes
from mqttwidgets.mqtt.read_ahead import PublishReader

from ...support.raw_broker import publish

PINGRESP = b"\xd0\x00"
PACKETS = st.builds(
    lambda topic, payload, retain: (topic, payload, retain),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0+#"), min_size=1, max_size=12),
    st.one_of(st.binary(max_size=40), st.sampled_from([bytes(120), bytes(127), bytes(128), bytes(20_000)])),
    st.booleans(),
)


def read(data: bytes, *, has_properties: bool = False) -> tuple[int, list[Message]]:
    """(where the first packet begins that was not read, the messages)."""
    messages: list[Message] = []
    return PublishReader(has_properties=has_properties).read(data, 0, messages), messages


def as_sent(topic: str, payload: bytes, retain: bool) -> bytes:
    """The packet."""
    packet = publish(topic.encode(), payload)
    return bytes([packet[0] | retain]) + packet[1:]


@given(
    st.lists(PACKETS, max_size=6),
    st.sampled_from([b"", PINGRESP, b"\x32\x06\x00\x01t\x00\x075", b"\x38\x04\x00\x01t5"]),
)
def test_all_packets_in_a_row_are_read(packets: list[tuple[str, bytes, bool]], behind: bytes) -> None:
    """Behind them nothing, another packet, QoS 1, or a DUP flag, which QoS 0 must not have [MQTT-3.3.1-2]."""
    data = b"".join(as_sent(*each) for each in packets)
    end, messages = read(data + behind)
    assert end == len(data)
    assert [(each.topic, each.payload, each.retain) for each in messages] == packets
    assert {each.qos for each in messages} <= {0}


@given(PACKETS, st.data())
def test_what_is_not_whole_waits(packet: tuple[str, bytes, bool], data: st.DataObject) -> None:
    whole = as_sent(*packet)
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert read(part) == (0, [])
    assert packet_bytes(part, 0) in (None, len(whole))


@pytest.mark.parametrize(
    "packet",
    [
        publish(b"\xff\xfe", b"5"),  # not UTF-8 [MQTT-1.5.3-1]
        publish(b"\xed\xa0\x80", b"5"),  # a surrogate, likewise
        publish(b"", b"5"),  # no topic [MQTT-4.7.3-1]
        publish(b"a/+", b"5"),  # a wildcard [MQTT-3.3.2-2]
        publish(b"a/#", b"5"),
        publish(b"a\0b", b"5"),  # U+0000 [MQTT-1.5.3-2]
        b"\x30\x05\x00\x09abc",  # a topic longer than the packet
        b"\x30\x01\x00",  # no room for a topic
        b"\x30\x00",
        b"\x36\x05\x00\x01t\x00\x01",  # QoS 3 [MQTT-3.3.1-4]
        b"\x30\xff\xff\xff\xff\x01",  # a remaining length of five bytes
        b"\x30\x80\x80\x80\x80\x00",
    ],
    ids=str,
)
@pytest.mark.parametrize("has_properties", [False, True])
def test_what_is_malformed_is_left_as_it_is(packet: bytes, has_properties: bool) -> None:
    assert read(packet + bytes(300), has_properties=has_properties) == (0, [])


def test_a_remaining_length_of_five_bytes_is_none() -> None:
    assert packet_bytes(b"\x30\xff\xff\xff\x7f", 0) == 5 + 268_435_455
    with pytest.raises(MalformedLengthError):
        packet_bytes(b"\x30\xff\xff\xff\xff", 0)


def test_a_remaining_length_of_more_bytes_than_it_takes() -> None:
    """Which MQTT 5 forbids [MQTT-1.5.5-1], and MQTT 3.1.1 does not."""
    assert len(read(b"\x30\x84\x00\x00\x01t5")[1]) == 1
    assert read(b"\x30\x85\x00\x00\x01t\x005", has_properties=True) == (0, [])


def test_properties_are_left_for_a_closer_look() -> None:
    """MQTT 5, section 3.3.2.3: here the payload format indicator."""
    plain, with_one = b"\x30\x05\x00\x01t\x005", b"\x30\x07\x00\x01t\x02\x01\x015"
    end, messages = read(plain + with_one, has_properties=True)
    assert (end, [each.payload for each in messages]) == (len(plain), [b"5"])
    assert read(b"\x30\x03\x00\x01t", has_properties=True) == (0, [])
    assert read(b"\x30\x04\x00\x01t\x00", has_properties=True)[1][0].payload == b""


def test_a_great_many_topics_are_read() -> None:
    end, messages = read(b"".join(publish(b"t/%d" % number, b"5") for number in range(12_000)))
    assert end > 0
    assert [each.topic for each in messages] == [f"t/{number}" for number in range(12_000)]

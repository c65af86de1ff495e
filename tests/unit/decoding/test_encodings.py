"""Texts that are not plain UTF-8: with closing NULs, between controls, with signs of Latin-1, in UTF-16."""

from __future__ import annotations

import struct

import cbor2
import msgspec
import pytest

from mqttwidgets import AutoDecoder, decode
from mqttwidgets.decoding.decoder import Decoded

READ = [
    (b'{"t":21.5}\x00', {"/t": 21.5}, ""),
    (b"21.5\0\0", {"": 21.5}, ""),
    (b'{"t":21.5}\0"h":4\x01\xff', {"/t": 21.5}, ""),
    (b"ON\0\0", {"": 1}, ""),
    (b"t: 21.5\r\n\0", {"t": 21.5}, ""),
    (b"1762198468.000:21.5\0", {"": 21.5}, ""),
    (b"\x0221.5 V\x03", {"": 21.5}, "V"),
    (b"\x02T=21.5\r\n\x03\r\n", {"T": 21.5}, ""),
    (b"21.5\x04", {"": 21.5}, ""),
    (b"\x1121.5\x13", {"": 21.5}, ""),
    (b'\x1e{"t":21.5}\n', {"/t": 21.5}, ""),
    (b"21.5 \xb0C", {"": 21.5}, "°C"),
    (b"21.5\xb0F", {"": 21.5}, "°F"),
    (b"21.5\xdfC", {"": 21.5}, "°C"),
    (b"21.5 \xf8C", {"": 21.5}, "°C"),
    (b"21.5 \xa1C\0", {"": 21.5}, "°C"),
    (b'{"t":"21.5 \xb0C"}', {"/t": 21.5}, "°C"),
    (b'{"t":21.5,"unit":"\xb0C"}', {"/t": 21.5}, "°C"),
    (b"flow=3.5 m\xb3/h", {"flow": 3.5}, "m³/h"),
    (b"pm: 3.5 \xb5g/m\xb3", {"pm": 3.5}, "µg/m³"),
    (b"Au\xdfentemperatur: 21.5", {"Außentemperatur": 21.5}, ""),
    ("21.5 Â°C".encode(), {"": 21.5}, "°C"),
    ("21.5 °C".encode("utf-16"), {"": 21.5}, "°C"),
    ('\ufeff{"t":21.5}'.encode("utf-16-be"), {"/t": 21.5}, ""),
]


@pytest.mark.parametrize(("payload", "expected", "unit"), READ)
def test_a_text_is_read_whatever_its_bytes(payload: bytes, expected: dict[str, float], unit: str) -> None:
    samples = decode("room/x", payload, received_at=1_762_198_500.0)
    assert {sample.field: sample.value for sample in samples} == expected
    assert {sample.unit for sample in samples} == {unit}


@pytest.mark.parametrize("end", [b"\0", b"\0\0\0"])
@pytest.mark.parametrize("form", [b'{"t":%d.5,"unit":"\xb0C"}', b"%d.5", b"%d.5 \xb0C", b"a=%d.5 h=7"])
def test_it_is_read_fast_once_it_is_known(form: bytes, end: bytes) -> None:
    decoder = AutoDecoder()
    for number in range(20, 30):
        assert decoder.decode("x", form % number + end)[0].value == number + 0.5
    assert decoder.reader_of("x") is not None


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff",
        b"\xb0",
        b"\xff\xfe\x00",
        b"5\xb0",
        b"\0\0\0\0",
        b"\x02\x03",
        b"\x025\x03",
        b"v: 1; s\xff: 2",
        b"\x01\xfet=1",
    ],
)
def test_other_bytes_are_no_text(payload: bytes) -> None:
    decoded = AutoDecoder().decode("x", payload)
    assert isinstance(decoded, Decoded)
    assert decoded.undecodable == "binary of no known format (decoder=Struct(...) can read it)"


def test_a_word_that_ends_in_nul_is_a_text_without_a_number() -> None:
    decoded = AutoDecoder().decode("x/state", b"asleep\0\0")
    assert isinstance(decoded, Decoded)
    assert (decoded.skipped, decoded.undecodable) == ("text without a number", "")


NUMBERS = (5505, 53, 5504, 6168, 6150, 48, -13000, 12594, 2168)


@pytest.mark.parametrize("layout", ["<h", ">h", "<i", ">i", "<f", ">f", "<d", ">d", "<hh"])
def test_a_c_struct_is_never_read_by_chance(layout: str) -> None:
    decoder, count = AutoDecoder(), len(layout) - 1
    for number in NUMBERS:
        assert not decoder.decode("x", struct.pack(layout, *[number] * count))


@pytest.mark.parametrize("encode", [cbor2.dumps, msgspec.msgpack.encode])
def test_a_lone_binary_number_is_believed_once_the_topic_agrees(encode: object) -> None:
    assert callable(encode)
    for values in ([21.5, 22.5, 23.5, 24.5], [200, 300, 70_000, 201], [[21], [22, 1], [23], [24]]):
        decoder = AutoDecoder()
        found = [[sample.value for sample in decoder.decode("x", encode(value))] for value in values]
        assert found[:2] == [[], []]
        assert found[2:] == [value if isinstance(value, list) else [value] for value in values[2:]]
    assert [sample.field for sample in decoder.decode("x", encode([21, 3]))] == ["/0", "/1"]


def test_a_lone_binary_number_is_forgotten_where_others_come_between() -> None:
    decoder = AutoDecoder()
    for payload in (cbor2.dumps(21.5), cbor2.dumps(22.5), b"\x00\x00\xacA", cbor2.dumps(23.5)):
        assert not decoder.decode("x", payload)

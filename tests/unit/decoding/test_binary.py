"""CBOR and MessagePack: what is read, what is refused, and that no payload costs more than it is worth."""

from __future__ import annotations

import datetime
import math
import struct
import time
import tracemalloc
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets.decoding.formats import bounds, cbor, message_pack
from mqttwidgets.decoding.formats.bounds import MOST_ITEMS
from mqttwidgets.decoding.reader import parse_binary

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("182a", 42),
        ("3903e7", -1000),
        ("f93e00", 1.5),
        ("fa41ac0000", 21.5),
        ("c2490100000000000000ff", 2**64 + 255),
        ("c48221196ab3", Decimal("273.15")),
        ("c5822003", Decimal("1.5")),
        ("c100", EPOCH),
        ("c074313937302d30312d30315430303a30303a30305a", EPOCH),
        ("f4", False),
        ("f6", None),
        ("a2616101616282f5f6", {"a": 1, "b": [True, None]}),
        ("bf61619f01ffff", {"a": [1]}),
        ("7f61616162ff", "ab"),
        ("5f41004101ff", b"\x00\x01"),
        ("a1200a", {-1: 10}),
        ("d9d9f7a0", {}),
        ("d823622e2a", ".*"),
        ("d825420102", b"\x01\x02"),
        ("d90102820101", [1, 1]),
    ],
)
def test_cbor(text: str, value: object) -> None:
    assert cbor.parse(bytes.fromhex(text)) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(("", "cut short"), ("1a0000", "cut short"), ("6261", "cut short"), ("8201", "cut short")),
        *(("c2", "cut short"), ("c1", "cut short"), ("9f01", "cut short"), ("5f4100", "cut short")),
        *(("5f42", "cut short"), ("a10001ff", "bytes behind its end"), ("0000", "bytes behind its end")),
        *(("1c", "a reserved length"), ("1f", "a reserved length"), ("df00", "a reserved length")),
        *(("f818", "a reserved simple value"), ("9eff", "a reserved length")),
        *(("ff", "a break out of place"), ("81ff", "a break out of place"), ("c6ff", "a break out of place")),
        *(("bf00ff", "a break out of place"), ("a1ff00", "a break out of place")),
        *(("7f4100ff", "a text in wrong pieces"), ("5f5f4100ffff", "a text in wrong pieces")),
        *(("5f" + "4100" * 2_001 + "ff", "texts in too many pieces"), ("c26100", "a text in wrong pieces")),
        *(("c25881" + "ff" * 129, "a number of more than 1,024 bits"), ("c25f4101ff", "a text in wrong pieces")),
        *(("d81c8100", "tag 28"), ("d81c81d81d00", "tag 28"), ("d81d00", "tag 29"), ("d81900", "tag 25")),
        *(("d9010080", "tag 256"), ("d81e820103", "tag 30")),
        *(("a18000", "a key that is a container"), ("a1c2410100", "a key that is a container")),
    ],
)
def test_cbor_that_is_refused(text: str, reason: str) -> None:
    with pytest.raises(cbor.NotCborError, match=f"^not valid CBOR: {reason}$"):
        cbor.parse(bytes.fromhex(text))


@pytest.mark.parametrize("text", ["61ff", "c1f97e00", "c11b7fffffffffffffff", "c0626162", "c48100", "c482616100"])
def test_cbor_that_means_nothing(text: str) -> None:
    with pytest.raises(cbor.NotCborError):
        cbor.parse(bytes.fromhex(text))


VALUES = [
    *(0, -1, 127, 128, -33, 2**16, 2**32, 2**64 - 1, -(2**63), 1.5, math.inf, None, True, "", "ä" * 40, "x" * 300),
    *(
        b"",
        b"x" * 70_000,
        [],
        {},
        list(range(20)),
        {"a": [1, {"b": 2.5}]},
        {str(at): at for at in range(4_000)},
    ),
    *(list(range(9_000)), EPOCH, EPOCH + datetime.timedelta(days=20_000, milliseconds=5)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_message_pack(value: object) -> None:
    assert message_pack.parse(msgspec.msgpack.encode(value)) == value


def test_message_pack_of_other_sizes() -> None:
    assert message_pack.parse(b"\xca" + struct.pack(">f", 21.5)) == 21.5
    assert isinstance(message_pack.parse(b"\xd4\x05\x00"), msgspec.msgpack.Ext)
    assert isinstance(message_pack.parse(b"\xc7\x03\x05abc"), msgspec.msgpack.Ext)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(("", "cut short"), ("92c0", "cut short"), ("ca0000", "cut short"), ("a36161", "cut short")),
        *(("c0c0", "bytes behind its end"), ("c1", "a byte that begins nothing")),
        *(("ddffffffff", "cut short"), ("dfffffffff", "cut short"), ("c6ffffffff", "cut short")),
        *(("819000", "a key that is a container"), ("91" * 65 + "00", "nested too deep")),
    ],
)
def test_message_pack_that_is_refused(text: str, reason: str) -> None:
    with pytest.raises(message_pack.NotMessagePackError, match=f"^not valid MessagePack: {reason}$"):
        message_pack.parse(bytes.fromhex(text))


def test_message_pack_with_broken_text() -> None:
    with pytest.raises(message_pack.NotMessagePackError):
        message_pack.parse(b"\xa1\xff")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1864", ("CBOR", 100)),
        ("00", ("CBOR", 0)),
        ("1903e8", ("CBOR", 1000)),
        ("fb3ff8000000000000", ("CBOR", 1.5)),
        ("c249010000000000000000", ("CBOR", 2**64)),
        ("a16174183c", ("CBOR", {"t": 60})),
        ("81a1743c", ("MessagePack", {"t": 60})),
        ("cb3ff8000000000000", ("MessagePack", 1.5)),
        ("cd03e8", ("MessagePack", 1000)),
        ("8101", ("CBOR", [1])),
        ("80", None),
        ("f5", None),
        ("f6", None),
        ("e0", None),
        ("40", None),
        ("6161", None),
        ("a161", None),
        ("ffff", None),
        ("", None),
        ("40600000c29a0000", None),
    ],
)
def test_which_of_the_two(text: str, expected: tuple[str, object] | None) -> None:
    assert parse_binary(bytes.fromhex(text)) == expected


def test_a_map_of_texts_decides() -> None:
    both = bytes.fromhex("82a16060a14040")
    assert cbor.parse(both) == [{"": ""}, {b"": b""}]
    assert parse_binary(both) == ("MessagePack", {"`": 96, "@": 64})


def colliding_keys(map_head: bytes, array_head: bytes, minus_one: int, minus_two: int) -> bytes:
    """Arrays of -1 and -2, whose hashes are equal in Python, as the keys of a map."""
    keys = (bytes(minus_two if at >> bit & 1 else minus_one for bit in range(13)) for at in range(0x2000))
    return map_head + b"\x20\x00" + b"".join(array_head + key + b"\x00" for key in keys)


MEGABYTE = 1 << 20
BOMBS = {
    "array of 4 G": bytes.fromhex("9b0000000100000000"),
    "map of 4 G": bytes.fromhex("bb0000000100000000"),
    "bytes of 4 G": bytes.fromhex("5b0000000100000000"),
    "text of 4 G": bytes.fromhex("7b0000000100000000"),
    "arrays in arrays": b"\x81" * 100_000 + b"\x00",
    "endless arrays in arrays": b"\x9f" * 100_000,
    "maps in maps": b"\xa1\x00" * 100_000 + b"\x00",
    "maps in keys": b"\xa1" * 100_000 + b"\x00" * 100_001,
    "tags in tags": b"\xc1" * 100_000 + b"\x00",
    "arrays in arrays that promise much": b"\x99\xff\xff" * 900,
    "bigfloat": bytes.fromhex("c5821b7fffffffffffffff01"),
    "decimal": bytes.fromhex("c4821b7fffffffffffffff01"),
    "decimal of a megabyte": b"\xc4\x82\x00\xc2\x5a\x00\x10\x00\x00" + b"\xff" * MEGABYTE,
    "bignum of a megabyte": b"\xc2\x5a\x00\x10\x00\x00" + b"\xff" * MEGABYTE,
    "empty maps": b"\x9a\x00\x10\x00\x00" + b"\xa0" * MEGABYTE,
    "empty arrays": b"\x9a\x00\x10\x00\x00" + b"\x80" * MEGABYTE,
    "as many empty arrays as may be": b"\x99\x9c\x00" + b"\x80" * 0x9C00,
    "as many decimals as may be": b"\x99\x26\x00" + b"\xc4\x82\x01\x01" * 0x2600,
    "pieces of a text": b"\x7f" + b"\x61a" * (MEGABYTE // 2) + b"\xff",
    "references to a text": b"\xd9\x01\x00\x9a\x00\x05\x00\x01\x59\xff\xff"
    + b"x" * 65_535
    + b"\xd8\x19\x00" * 0x50000,
    "a value that contains itself": bytes.fromhex("d81c81d81d00"),
    "expressions": b"\x99\x20\x00" + b"\xd8\x23\x6c(((a*)*)*)*b" * 0x2000,
    "keys that collide": colliding_keys(b"\xb9", b"\x8d", 0x20, 0x21),
    "MessagePack array of 4 G": b"\xdd\xff\xff\xff\xff",
    "MessagePack map of 4 G": b"\xdf\xff\xff\xff\xff",
    "MessagePack arrays in arrays": b"\x91" * 100_000,
    "MessagePack empty arrays": b"\xdd\x00\x10\x00\x00" + b"\x90" * MEGABYTE,
    "MessagePack keys that collide": colliding_keys(b"\xde", b"\x9d", 0xFF, 0xFE),
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_payload_costs_much(name: str) -> None:
    """On two slow cores beside other tests: in peace it is a tenth of the time."""
    parse_binary(BOMBS["decimal"])  # what is imported once is no payload's fault
    begun = time.process_time()
    parse_binary(BOMBS[name])
    took = time.process_time() - begun
    tracemalloc.start()
    parse_binary(BOMBS[name])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 1
    assert most < 30 * len(BOMBS[name]) + 4 * MEGABYTE


def test_a_document_may_have_so_many_items() -> None:
    numbers = list(range(MOST_ITEMS - 1))
    assert message_pack.parse(msgspec.msgpack.encode(numbers)) == numbers
    with pytest.raises(message_pack.NotMessagePackError, match="more than 10,000 items"):
        message_pack.parse(msgspec.msgpack.encode([*numbers, 0]))


def test_a_walk_beyond_the_end() -> None:
    with pytest.raises(bounds.OutOfBoundsError, match="cut short"):
        bounds.check(b"ab", lambda payload, at: (at + 3, bounds.LEAF, 0))


@given(st.binary(max_size=60))
def test_no_bytes_make_it_raise(payload: bytes) -> None:
    found = parse_binary(payload)
    assert found is None or found[0] in ("CBOR", "MessagePack")


HEADS = st.sampled_from(
    [bytes([first]) for first in (*range(0x80, 0x86), *range(0xA0, 0xA4), 0x9F, 0xBF, 0xC1, 0xC4, 0xFF)]
)
ITEMS = st.sampled_from(
    [b"\x00", b"\x20", b"\x61a", b"\x40", b"\xf9\x7e\x00", b"\xf6", b"\xc2\x41\x01", b"\xd8\x20"]
)


@given(st.lists(HEADS | ITEMS, max_size=12))
def test_no_structure_makes_it_raise(items: list[bytes]) -> None:
    parse_binary(b"".join(items))

"""The readers of SenML, Sparkplug B, line protocol and CBOR, each held against vectors of its standard.

A few vectors of each kind stand here, taken from the standards; the JSONL files in the folder that
$MQTTWIDGETS_VECTORS names add theirs.
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from mqttwidgets.decoding.format import Findings
from mqttwidgets.decoding.formats import cbor, line_protocol, senml
from mqttwidgets.decoding.formats.sparkplug import read as read_sparkplug
from mqttwidgets.decoding.formats.sparkplug_nodes import Births, Metric
from mqttwidgets.decoding.reader import parse_binary

from .test_vectors import Row, rows

DEVIATIONS: dict[str, str] = {
    "L31 time": "a time whose magnitude says seconds is in seconds, for senders that are set to another precision",
}
"""Vectors that the package disagrees with, and why it may. They are in no test but the last one."""

NOW = 1_700_000_000.0
Check = Callable[[Any], None]
CHECKS: list[tuple[Check, Sequence[Any]]] = []
"""Every check here with all its vectors, deviations included."""


def over(vectors: Sequence[Any]) -> Callable[[Check], Check]:
    """Run a check for each vector, except for the deviations."""
    agreeing = [vector for vector in vectors if vector.name not in DEVIATIONS]

    def decorate(check: Check) -> Check:
        CHECKS.append((check, vectors))
        return pytest.mark.parametrize("vector", agreeing, ids=[vector.name for vector in agreeing])(check)

    return decorate


class Pack(NamedTuple):
    """A SenML value, and what its records resolve to: (name, unit, time, number); None for a wrong record."""

    name: str
    tree: object
    resolved: list[tuple[str, str, float | None, float]] | None


def packs_of(row: Row) -> list[Pack]:
    """The vectors in a row of senml.jsonl: the JSON, and the CBOR where it has some."""
    trees = {"JSON": row["json"]}
    if row.get("cbor_hex"):
        trees["CBOR"] = cbor.parse(bytes.fromhex(row["cbor_hex"]))
    resolved = None
    if not row["expect"].startswith("reject"):  # the rows about time resolve to themselves
        resolved = [each for record in row["resolved"] or row["json"] for each in numbers_of(record)]
    return [Pack(f"{row['id']} {kind}", tree, resolved) for kind, tree in trees.items()]


def numbers_of(record: Row) -> list[tuple[str, str, float | None, float]]:
    """The numbers in a resolved record."""
    time = record.get("t") or None
    if time is not None and time < 2**28:
        time += NOW
    several = "v" in record and "s" in record
    return [
        (
            record["n"] + ("/sum" if several and label == "s" else ""),
            record.get("u", ""),
            time,
            float(record[label]),
        )
        for label in ("v", "vb", "s")
        if label in record
    ]


PACKS = [
    Pack("RFC8428-4.1 base name", [{"bn": "a/", "n": "b", "v": 1}], [("a/b", "", None, 1.0)]),
    Pack("RFC8428-4.5.3 relative", [{"n": "b", "t": -1, "v": 1}], [("b", "", NOW - 1, 1.0)]),
    Pack("RFC8428-4.5.3 absolute", [{"n": "b", "t": 2**28, "v": 1}], [("b", "", 2.0**28, 1.0)]),
    Pack("RFC8428-6 labels", [{-2: "a/", 0: "b", 1: "V", 2: 1}], [("a/b", "V", None, 1.0)]),
    Pack("RFC8428-4.5.1 no name", [{"v": 1}], None),
    *(pack for row in rows("senml") for pack in packs_of(row)),
]


@over(PACKS)
def test_senml(vector: Pack) -> None:
    found = senml.read(vector.tree, NOW) if senml.is_senml(vector.tree) else None
    if vector.resolved is None:
        assert found is None or found.undecodable or found.remarks
        return
    assert found is not None
    times = [time for *_, time, _ in vector.resolved]
    assert [each.time for each in found.readings] == [
        time if time is None else pytest.approx(time) for time in times
    ]
    assert [(each.field, each.value, each.unit) for each in found.readings] == [
        (name, value, unit) for name, unit, _, value in vector.resolved
    ]


class Line(NamedTuple):
    """A text, and what it says; no fields for what must be refused."""

    name: str
    text: str
    numbers: dict[str, float]
    texts: dict[str, str]
    time: float | None = None


def lines_of(row: Row) -> list[Line]:
    """The vector in a row of line_protocol.jsonl; the time is one of its own."""
    fields = row.get("fields", {})
    numbers = {key: number_of(value) for key, value in fields.items() if is_number(value)}
    texts = {key: value for key, value in fields.items() if not is_number(value)}
    line = Line(row["id"], row["line"], numbers, texts)
    time = row.get("time_ns")
    return [line] if time is None else [line, line._replace(name=f"{row['id']} time", time=int(time) / 1e9)]


def is_number(value: object) -> bool:
    """Whether a vector's value is one; integers beyond a double are texts with an i or a u."""
    return not isinstance(value, str) or (value[-1:] in ("i", "u") and value[:-1].lstrip("-").isdigit())


def number_of(value: float | str) -> float:
    """The double of a vector's value."""
    return float(int(value[:-1])) if isinstance(value, str) else float(value)


LINES = [
    Line("line protocol 1", 'm,t=a f=1,g=2i,h=t,s="x" 1556813561098000000', {"f": 1, "g": 2, "h": 1}, {"s": "x"}),
    Line("line protocol 2", "m", {}, {}),
    *(line for row in rows("line_protocol") for line in lines_of(row)),
]


@over(LINES)
def test_line_protocol(vector: Line) -> None:
    found = line_protocol.read(vector.text, {})
    if not vector.numbers and not vector.texts:
        assert found is None or (found.undecodable and not found.readings)
        return
    assert found is not None
    assert {each.field: each.value for each in found.readings} == vector.numbers
    assert {each.field: each.text for each in found.left_out} == vector.texts
    if vector.time is not None:
        assert [each.time for each in found.readings] == [pytest.approx(vector.time)] * len(vector.numbers)


class Document(NamedTuple):
    """A payload; its double where it is a number, the reason where it is not well-formed."""

    name: str
    payload: bytes
    is_well_formed: bool | None
    is_number: bool = False
    double: float | None = None
    json: object = None


UNSTORED = {"64 KiB bignum (float() overflows)": b"\xc2\x5a\x00\x01\x00\x00" + b"\xff" * 65_536}
"""What the file of vectors describes in words."""


def document_of(row: Row) -> Document:
    """The vector in a row of cbor.jsonl."""
    payload = bytes.fromhex(row["hex"]) if row.get("hex") else generated(row.get("hex_gen") or "")
    double = float.fromhex(row["double_hex"]) if row.get("double_hex") else None
    number, json = row.get("numeric_scalar", False), row.get("decoded_json", "<not representable>")
    return Document(row["id"], payload, row["well_formed"], bool(number), double, json)


def generated(words: str) -> bytes:
    """The payload that a row describes."""
    known = UNSTORED.get(words)
    if known is not None:
        return known
    if "array" in words or "nest" in words:
        return b"\x81" * 100_000 + b"\x00"
    return b"\xc2\x5a\x00\x10\x00\x00" + b"\xff" * (1 << 20)


DOCUMENTS = [
    Document("RFC8949-3.1 integer", b"\x19\x03\xe8", True, is_number=True, double=1000.0, json=1000),
    Document(
        "RFC8949-3.4.4 decimal",
        bytes.fromhex("c48221196ab3"),
        True,
        is_number=True,
        double=273.15,
        json="<not representable>",
    ),
    Document("RFC8949-3.2.1 break", b"\x81\xff", False),
    *(document_of(row) for row in rows("cbor")),
]


@over(DOCUMENTS)
def test_cbor(vector: Document) -> None:
    if vector.is_well_formed is False:
        with pytest.raises(cbor.NotCborError):
            cbor.parse(vector.payload)
    elif vector.is_well_formed is None:
        parse_binary(vector.payload)  # that it returns at all is what is asked for
    else:
        value = cbor.parse(vector.payload)
        assert vector.json == "<not representable>" or vector.json == value


@over([document for document in DOCUMENTS if document.is_number])
def test_a_number_in_cbor(vector: Document) -> None:
    found = parse_binary(vector.payload)
    assert found is not None
    kind, value = found
    assert kind == "CBOR"
    assert isinstance(value, (int, float, Decimal))
    if vector.double is None:
        assert not math.isfinite(value)
    else:
        assert struct.pack(">d", float(value)) == struct.pack(">d", vector.double)


class Certificate(NamedTuple):
    """A Sparkplug payload, and the one number in it; None where there is nothing to plot."""

    name: str
    topic: str
    payload: bytes
    value: float | None
    time: float | None = None


class Array(NamedTuple):
    """An array's bytes and its numbers."""

    name: str
    datatype: int
    data: bytes
    values: list[float]


_UNPLOTTED = (12, 13, 14, 15, 16, 17, 18, 19)
"""Texts, times, ids, tables, bytes, files and templates."""


def certificate_of(row: Row) -> Certificate:
    """The vector in a row of sparkplug_b.jsonl that has a payload."""
    value = row.get("value")
    plain = None if value is None or row["datatype"] in _UNPLOTTED else finite(value)
    sent = row.get("timestamp_ms")
    return Certificate(
        row["id"], "spBv1.0/g/NDATA/n", bytes.fromhex(row["payload_hex"]), plain, sent / 1e3 if sent else None
    )


def finite(value: float | str) -> float | None:
    """A vector's value, which is text where it is beyond a double; None for what no number says."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def field_birth(row: Row) -> Certificate:
    """The vector in a row of payloads.jsonl."""
    (value,) = row["expected"].values()
    return Certificate(row["topic"], row["topic"], base64.b64decode(row["payload_b64"]), value, row["time"])


CERTIFICATES = [
    Certificate("Sparkplug 6.4.16 Int8", "spBv1.0/g/NDATA/n", bytes.fromhex("12070a01612001507f"), 127.0),
    *(certificate_of(row) for row in rows("sparkplug_b") if row.get("payload_hex") and "datatype" in row),
    *(field_birth(row) for row in rows("payloads") if row["format"] == "sparkplug-b"),
]


@over(CERTIFICATES)
def test_sparkplug(vector: Certificate) -> None:
    births = Births()
    births.node_born("g/n", [Metric("a", 7)])
    found = read_sparkplug(vector.topic, vector.payload, births)
    if vector.value is None:
        assert found.readings == []
        assert found.skipped or found.undecodable
        return
    assert [each.value for each in found.readings] == [pytest.approx(vector.value, rel=1e-7)]
    if vector.time is not None:
        assert found.readings[0].time == pytest.approx(vector.time)


def array_of(row: Row) -> Array:
    """The vector in a row of sparkplug_b.jsonl that has an array."""
    return Array(
        row["id"],
        row["datatype"],
        bytes.fromhex(row["bytes_value_per_rule"]),
        [finite(each) or 0.0 for each in row["values"]],
    )


ARRAYS = [
    Array("Sparkplug 6.4.17 Int8Array", 22, b"\xe9\x7b", [-23, 123]),
    *(array_of(row) for row in rows("sparkplug_b") if "values" in row and row["datatype"] < 33),
]


@over(ARRAYS)
def test_an_array_in_sparkplug(vector: Array) -> None:
    found = array_message(vector.datatype, vector.data)
    assert [each.field for each in found.readings] == [f"a/{at}" for at in range(len(vector.values))]
    assert [each.value for each in found.readings] == pytest.approx(vector.values, rel=1e-6)


def array_message(datatype: int, data: bytes) -> Findings:
    """What is found in a message with one array, which is shorter than 64 bytes."""
    metric = b"\x0a\x01a\x20" + bytes([datatype]) + b"\x82\x01" + bytes([len(data)]) + data
    return read_sparkplug("spBv1.0/g/NDATA/n", b"\x12" + bytes([len(metric)]) + metric, Births())


def test_every_deviation_still_deviates() -> None:
    deviating = [(check, each) for check, vectors in CHECKS for each in vectors if each.name in DEVIATIONS]
    still = {each.name for check, each in deviating if not agrees(check, each)}
    assert {each.name for _, each in deviating} == still


def agrees(check: Check, vector: Any) -> bool:
    """Whether the package does what the vector expects."""
    try:
        check(vector)
    except (AssertionError, ValueError, pytest.fail.Exception):
        return False
    return True

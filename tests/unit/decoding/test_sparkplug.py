"""Sparkplug B: births, aliases, datatypes, and payloads that mean harm. The messages are encoded by hand here."""

from __future__ import annotations

import math
import struct
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets.decoding.format import Findings, Reading
from mqttwidgets.decoding.formats.sparkplug import read
from mqttwidgets.decoding.formats.sparkplug_nodes import Births, Metric, is_sparkplug
from mqttwidgets.decoding.formats.sparkplug_unborn import WAITS
from mqttwidgets.decoding.limits import Budget

from ...support.sparkplug import (
    ALIAS,
    BOOLEAN,
    BYTES,
    DATASET,
    DOUBLE,
    INT,
    LONG,
    METRIC_TIME,
    NAME,
    NULL,
    PROPERTIES,
    STRING,
    TEMPLATE,
    TYPE,
    field,
    metric,
    payload,
)

NODE, DEVICE = "spBv1.0/plant/{}/press", "spBv1.0/plant/{}/press/oven"
UNBORN = "Sparkplug data before its birth certificate, which names the metrics"


def unit(text: str, key: str = "engUnit") -> tuple[int, bytes]:
    """The property that names a unit."""
    return PROPERTIES, field(1, key) + field(2, field(1, 12) + field(8, text))


def node_data(*metrics: bytes, births: Births | None = None) -> Findings:
    """What is found in an NDATA message."""
    return read(NODE.format("NDATA"), payload(*metrics), births or Births())


BIRTH = payload(
    metric((NAME, "bdSeq"), (TYPE, 8), (LONG, 0)),
    metric((NAME, "Node Control/Rebirth"), (TYPE, 11), (BOOLEAN, 0)),
    metric((NAME, "T"), (ALIAS, 0), (TYPE, 3), (INT, 2**32 - 5), unit("Cel")),
    metric((NAME, "on"), (ALIAS, 1), (TYPE, 11), (BOOLEAN, 1)),
)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        *((NODE.format(kind), True) for kind in ("NBIRTH", "NDATA", "NDEATH", "NCMD")),
        *((DEVICE.format(kind), True) for kind in ("DBIRTH", "DDATA", "DDEATH", "DCMD")),
        ("spBv1.0/STATE/scada", True),
        *((NODE.format("DDATA"), False), (DEVICE.format("NDATA"), False), (NODE.format("ndata"), False)),
        *(("spBv1.0", False), ("spBv1.0/a", False), ("spBv1.0/a/b", False), ("spAv1.0/plant/NDATA/press", False)),
        *(("spBv1.0/STATE/a/b", False), (DEVICE.format("DDATA") + "/more", False), ("", False)),
    ],
)
def test_topics(topic: str, expected: bool) -> None:
    assert is_sparkplug(topic) is expected


def test_a_birth_and_the_data_after_it_are_one_series() -> None:
    births = Births()
    born = read(NODE.format("NBIRTH"), BIRTH, births)
    assert born.topic == NODE.format("NDATA")
    assert born.readings == [
        Reading("T", -5.0, "Cel", 1_700_000_000.5),
        Reading("on", 1.0, "", 1_700_000_000.5, is_state=True),
    ]
    assert {each.field for each in born.left_out} == {"bdSeq", "Node Control/Rebirth"}
    data = read(
        NODE.format("NDATA"),
        payload(metric((ALIAS, 0), (METRIC_TIME, 1_700_000_001_000), (INT, 2**32 - 7))),
        births,
    )
    assert (data.topic, data.readings) == (NODE.format("NDATA"), [Reading("T", -7.0, "Cel", 1_700_000_001.0)])
    assert data.time_source == "timestamp"


def test_devices_have_aliases_of_their_own() -> None:
    births = Births()
    read(NODE.format("NBIRTH"), BIRTH, births)
    read(DEVICE.format("DBIRTH"), payload(metric((NAME, "rpm"), (ALIAS, 0), (TYPE, 10), (DOUBLE, 1.0))), births)
    data = payload(metric((ALIAS, 0), (DOUBLE, 2.0)), sent_ms=None)
    found = read(DEVICE.format("DDATA"), data, births)
    assert (found.topic, found.readings) == (DEVICE.format("DDATA"), [Reading("rpm", 2.0)])
    read(NODE.format("NBIRTH"), BIRTH, births)
    assert read(DEVICE.format("DDATA"), data, births).skipped == WAITS


def test_a_new_birth_replaces_the_old_one() -> None:
    births = Births()
    for name in ("old", "new"):
        read(NODE.format("NBIRTH"), payload(metric((NAME, name), (ALIAS, 7), (INT, 1))), births)
    assert [each.field for each in node_data(metric((ALIAS, 7), (INT, 1)), births=births).readings] == ["new"]


def test_data_without_a_birth() -> None:
    found = node_data(metric((ALIAS, 3), (INT, 1)))
    assert (found.skipped, found.remarks) == (WAITS, [])
    found = node_data(metric((ALIAS, 3), (INT, 1)), metric((NAME, "a"), (INT, 2)), metric((INT, 3)))
    assert [each.field for each in found.readings] == ["a"]
    assert found.remarks == [UNBORN, "a Sparkplug metric without a name"]


@pytest.mark.parametrize(
    ("datatype", "value", "expected"),
    [
        *((1, 0x80, -128.0), (1, 2**32 - 128, -128.0), (1, 127, 127.0), (2, 0x8000, -32768.0)),
        *(
            (3, 2**31, -(2.0**31)),
            (5, 255, 255.0),
            (6, 65_535, 65_535.0),
            (7, 2**32 - 1, 2.0**32 - 1),
            (0, 5, 5.0),
        ),
    ],
)
def test_integers(datatype: int, value: int, expected: float) -> None:
    found = node_data(metric((NAME, "a"), (TYPE, datatype), (INT, value)))
    assert [each.value for each in found.readings] == [expected]


@pytest.mark.parametrize(("datatype", "expected"), [(4, -1.0), (8, 2.0**64), (0, 2.0**64)])
def test_long_integers(datatype: int, expected: float) -> None:
    found = node_data(metric((NAME, "a"), (TYPE, datatype), (LONG, 2**64 - 1)))
    assert [each.value for each in found.readings] == [expected]


@pytest.mark.parametrize(
    ("datatype", "data", "expected"),
    [
        (22, b"\xff\x01", [-1, 1]),
        (23, b"\xfe\xff\x00\x01", [-2, 256]),
        (24, struct.pack("<2i", -3, 4), [-3, 4]),
        (25, struct.pack("<q", -(2**40)), [-(2**40)]),
        (26, b"\xff", [255]),
        (27, b"\xff\xff", [65_535]),
        (28, b"\xff" * 4, [2**32 - 1]),
        (29, b"\xff" * 8, [2.0**64]),
        (30, struct.pack("<2f", 1.5, -2.5), [1.5, -2.5]),
        (31, struct.pack("<d", 0.1), [0.1]),
        (32, b"\x0a\x00\x00\x00\xa0\x40", [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]),
    ],
)
def test_arrays(datatype: int, data: bytes, expected: list[float]) -> None:
    found = node_data(metric((NAME, "a"), (TYPE, datatype), (BYTES, data)))
    assert {each.field: each.value for each in found.readings} == {
        f"a/{at}": value for at, value in enumerate(expected)
    }
    assert {each.is_state for each in found.readings} == {datatype == 32}


@pytest.mark.parametrize(
    ("datatype", "value", "reason"),
    [
        (12, (STRING, "idle"), "a text"),
        (14, (STRING, "idle"), "a text"),
        (15, (STRING, "1b4e28ba-2fa1"), "an id"),
        (13, (LONG, 1_700_000_000_000), "a time"),
        (17, (BYTES, b"\x00"), "binary data"),
        (18, (BYTES, b"\x00"), "a file"),
        (33, (BYTES, b"a\0b\0"), "texts"),
        (34, (BYTES, b"\0" * 8), "times"),
        (25, (BYTES, b"\0" * 7), "binary data"),
        (32, (BYTES, b"\xff\xff\xff\xff\x00"), "binary data"),
        (16, (DATASET, b"\x08\x01"), "a table"),
        (19, (TEMPLATE, b"\x08\x01"), "a template"),
    ],
)
def test_what_is_no_number(datatype: int, value: tuple[int, int | str | bytes], reason: str) -> None:
    found = node_data(metric((NAME, "a"), (TYPE, datatype), value))
    assert [(each.field, each.reason) for each in found.left_out] == [("a", reason)]
    assert (found.readings, found.skipped) == ([], "Sparkplug without a number")


@pytest.mark.parametrize("value", [(NULL, 1), (DOUBLE, math.nan), (DOUBLE, math.inf)])
def test_gaps(value: tuple[int, int | float]) -> None:
    found = node_data(metric((NAME, "a"), (TYPE, 10), value), metric((NAME, "b"), (INT, 1)))
    assert (found.gaps, [each.field for each in found.readings]) == (["a"], ["b"])


@pytest.mark.parametrize("key", ["engUnit", "Engineering Units", "unit", "units"])
def test_units(key: str) -> None:
    found = node_data(metric((NAME, "a"), (DOUBLE, 1.0), unit("bar", key)))
    assert [each.unit for each in found.readings] == ["bar"]
    assert node_data(metric((NAME, "a"), (DOUBLE, 1.0), unit("x" * 65))).readings[0].unit == ""


def test_a_death_leaves_gaps_where_its_data_was() -> None:
    births = Births()
    read(NODE.format("NBIRTH"), BIRTH, births)
    found = read(NODE.format("NDEATH"), payload(metric((NAME, "bdSeq"), (LONG, 0))), births)
    assert (found.topic, found.gaps, found.skipped) == (NODE.format("NDATA"), ["T", "on"], "the node went away")
    assert read(DEVICE.format("DDEATH"), b"", births).skipped == "the device went away"


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        (NODE.format("NCMD"), "a command"),
        (DEVICE.format("DCMD"), "a command"),
        ("spBv1.0/STATE/scada", "state of a host application"),
    ],
)
def test_what_is_no_data(topic: str, reason: str) -> None:
    assert read(topic, b"\xff", Births()).skipped == reason


@pytest.mark.parametrize("broken", [b"\xff", BIRTH[:-1], b"\x12\x05\x0a", b"\x0b" * 100_000, b"\x12\x02\x0a\x09"])
def test_what_is_broken(broken: bytes) -> None:
    assert read(NODE.format("NDATA"), broken, Births()).undecodable == "not valid Sparkplug B"


def test_what_means_harm() -> None:
    too_many = "more than 2,000 numbers"
    assert node_data(*[b""] * 10_001).undecodable == too_many
    array = metric((NAME, "a"), (TYPE, 22), (BYTES, bytes(1_000)))
    assert node_data(*[array] * 11).undecodable == too_many
    long = node_data(metric((NAME, "a"), (TYPE, 22), (BYTES, bytes(1_001))))
    assert (len(long.readings), long.remarks) == (1_000, ["an array of more than 1,000 numbers"])
    assert node_data(metric((NAME, "a" * 501), (INT, 1))).undecodable == "a Sparkplug name of more than 500 bytes"
    nested = b""
    for _ in range(300):
        nested = field(2, metric((NAME, "x")) + field(TEMPLATE, nested))
    assert node_data(metric((NAME, "a"), (TEMPLATE, nested))).left_out[0].reason == "a template"
    compressed = payload() + field(4, "SPBV1.0_COMPRESSED") + field(5, b"\x78\x9c")
    assert read(NODE.format("NDATA"), compressed, Births()).undecodable.startswith("compressed")


def test_births_are_bounded() -> None:
    budget = Budget(limit_bytes=1_000_000)
    births = Births(budget)
    births.node_born("plant/first", [Metric("T", 0)])
    for at in range(5_000):
        births.node_born(f"g/{at}", [Metric("T", 0)])
        assert births.by_alias(f"g/{at}", "", 0) == Metric("T", 0)
    assert budget.held_bytes <= 1_000_000
    assert births.by_alias("g/4999", "", 0) == births.by_alias("plant/first", "", 0) == Metric("T", 0)
    for at in range(50):
        births.device_born("g/1", f"d{at}", (Metric(f"m{number}", number) for number in range(2_000)))
    assert budget.held_bytes <= 1_000_000
    assert births.by_alias("plant/first", "", 0) == Metric("T", 0)


def test_a_certificate_that_gave_way_takes_the_reader_of_its_data_with_it() -> None:
    forgotten = []
    births = Births(Budget(limit_bytes=50_000), lambda node, device: forgotten.append((node, device)))
    for at in range(100):
        births.device_born("g/1", f"d{at}", [Metric("T", 0)])
    assert len(forgotten) > 50
    assert set(births.devices_of("g/1")).isdisjoint(device for _, device in forgotten)


def test_protobuf_is_imported_by_the_first_message_alone() -> None:
    code = "import sys, mqttwidgets.decoding.formats.sparkplug; sys.exit('google.protobuf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.binary(max_size=60), st.sampled_from(["NBIRTH", "NDATA", "NDEATH"]))
def test_no_bytes_make_it_raise(data: bytes, kind: str) -> None:
    births = Births()
    read(NODE.format("NBIRTH"), BIRTH, births)
    for message in (data, field(2, data), BIRTH + field(2, field(NAME, "x") + data)):
        found = read(NODE.format(kind), message, births)
        assert all(math.isfinite(each.value) and each.field for each in found.readings)
        assert bool(found.readings) + bool(found.skipped) + bool(found.undecodable) == 1

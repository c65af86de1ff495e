"""SenML: names, times, bases and what is wrong."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets.decoding.format import Findings, Reading
from mqttwidgets.decoding.formats.senml import is_senml, read

NOW = 1_700_000_000.0


def values(tree: object) -> list[tuple[str, float]]:
    """(field, value) of each reading."""
    return [(reading.field, reading.value) for reading in read(tree, NOW).readings]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ([{"n": "room/t", "v": 21.5}], True),
        ([{"bn": "room/"}, {"n": "t", "vb": True}], True),
        ([{"v": 21.5}], True),
        ([{0: "t", 2: 21.5}], True),
        ([{-2: "room/", -3: 1.8e9}, {0: "t", 2: 21.5}], True),
        ([{"n": "t", "v": 1, "must_": 1}], True),
        ([{"n": "t", "v": 1, "calibrated": "2024"}], True),
        ({"n": "t", "v": 1}, True),
        ([], False),
        ([21.5], False),
        ([{}], False),
        ([{"t": 21.5}], False),
        ([{"n": "t", "v": 1}, 5], False),
        ([{"id": "pump", "t": 1_541_021_024_193, "v": 7}], False),
        ([{"name": "t", "v": 1}], False),
        ([{True: "t", 2: 1}], False),
        ([{99: "t", 2: 1}], False),
        ({"n": "t", "v": 1, "other": 2}, False),
        ({"v": 1}, False),
        ({"n": "t"}, False),
        ("n", False),
    ],
)
def test_what_is_senml(tree: object, expected: bool) -> None:
    assert is_senml(tree) is expected


def test_base_fields_hold_for_the_records_behind_them() -> None:
    pack = [
        {"bn": "hut/", "bt": 1.6e9, "bu": "Cel", "bv": 20, "n": "in", "v": 1.5, "t": 2},
        {"n": "out", "v": -25},
        {"bn": "mast/", "n": "wind", "u": "m/s", "v": -17, "t": 3},
    ]
    assert read(pack, NOW).readings == [
        Reading("hut/in", 21.5, "Cel", 1_600_000_002.0),
        Reading("hut/out", -5.0, "Cel", 1_600_000_000.0),
        Reading("mast/wind", 3.0, "m/s", 1_600_000_003.0),
    ]


@pytest.mark.parametrize(
    ("record", "time"),
    [
        ({}, None),
        ({"t": 0}, None),
        ({"t": -5}, NOW - 5),
        ({"t": 2**28 - 1}, NOW + 2**28 - 1),
        ({"t": 2**28}, 2.0**28),
        ({"t": 1.7e9}, 1.7e9),
        ({"bt": 1.7e9, "t": -60}, 1.7e9 - 60),
        ({"bt": -10, "t": 10}, None),
        ({"t": Decimal("1700000000.25")}, 1_700_000_000.25),
    ],
)
def test_times_before_1978_are_counted_from_now(record: dict[str, Any], time: float | None) -> None:
    found = read([{"n": "t", "v": 1, **record}], NOW)
    assert [reading.time for reading in found.readings] == [time]
    assert bool(found.time_source) == (time is not None)


def test_sums_and_values() -> None:
    pack = [{"bn": "meter", "bs": 100, "v": 2, "s": 5, "u": "W"}]
    assert values(pack) == [("meter", 2.0), ("meter/sum", 105.0)]
    assert values([{"n": "meter", "s": 5}]) == [("meter", 5.0)]


def test_states_and_what_is_no_measurement() -> None:
    pack = [{"bn": "door/", "n": "open", "vb": False}, {"n": "label", "vs": "Cellar"}, {"n": "raw", "vd": "AAE"}]
    found = read(pack, NOW)
    assert found.readings == [Reading("door/open", 0.0, is_state=True)]
    assert [(each.field, each.reason) for each in found.left_out] == [
        ("door/label", "a text"),
        ("door/raw", "binary data"),
    ]
    assert read([{"n": "label", "vs": "Cellar"}], NOW).skipped == "SenML without a number"


@pytest.mark.parametrize("value", [None, math.nan, math.inf, 10**400, Decimal("1e400")])
def test_what_is_not_finite_is_a_gap(value: object) -> None:
    found = read([{"n": "a", "v": value}, {"n": "b", "v": 1}], NOW)
    assert (found.gaps, [reading.field for reading in found.readings]) == (["a"], ["b"])
    assert read([{"n": "a", "v": value}], NOW).skipped == "no value (nan, null)"


@pytest.mark.parametrize(
    ("wrong", "remark"),
    [
        ({"n": "a", "v": "23.1"}, "a SenML value that is no number"),
        ({"n": "a", "v": True}, "a SenML value that is no number"),
        ({"v": 1}, "a SenML record without a name"),
        ({"n": 5, "v": 1}, "a SenML record without a name"),
        ({"n": "-a", "v": 1}, "a SenML name with characters that are not allowed"),
        ({"n": "a b", "v": 1}, "a SenML name with characters that are not allowed"),
        ({"n": "ä", "v": 1}, "a SenML name with characters that are not allowed"),
        ({"n": "a" * 501, "v": 1}, "a SenML name of more than 500 characters"),
        ({"n": "a", "v": 1, "t": "now"}, "a SenML time that is no number"),
        ({"n": "a", "v": 1, "u": 5}, "a SenML unit that is no text"),
        ({"n": "a", "vb": 1}, "a SenML vb that is neither true nor false"),
        ({"n": "a", "v": 1, "vs": "x"}, "a SenML record with several values"),
        ({"n": "a", "v": 1, "bver": 11}, "a SenML version above 10"),
    ],
)
def test_a_wrong_record_costs_itself(wrong: dict[str, Any], remark: str) -> None:
    good = {"n": "b", "v": 1}
    found = read([good, wrong], NOW)
    assert ([reading.field for reading in found.readings], found.remarks) == (["b"], [remark])
    assert read([wrong], NOW).undecodable == remark
    assert read([wrong, wrong], NOW).remarks == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"bn": 5}, "a SenML bn of the wrong type"),
        ({"bv": "5"}, "a SenML bv of the wrong type"),
        ({"bver": True}, "a SenML bver of the wrong type"),
        ({"fine_": 1}, "SenML with a field that must be understood"),
    ],
)
def test_what_nothing_can_be_resolved_with(record: dict[str, Any], reason: str) -> None:
    found = read([{"n": "b", "v": 1}, {"n": "a", "v": 1, **record}], NOW)
    assert (found.readings, found.undecodable) == ([], reason)


def test_a_record_outside_of_its_array() -> None:
    assert read({"n": "a", "v": 1}, NOW).undecodable == "a SenML record outside of its array"


def test_too_many_records() -> None:
    assert read([{"n": "a", "v": 1}] * 2_001, NOW).undecodable == "more than 2,000 numbers"


LABELS = st.sampled_from(
    ["bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "x_", 0, -2]
)
ATOMS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text("a/ ä", max_size=3))


@given(st.lists(st.dictionaries(LABELS, ATOMS | st.lists(ATOMS, max_size=2), max_size=5), max_size=5))
def test_no_tree_makes_it_raise(tree: list[dict[Any, Any]]) -> None:
    if is_senml(tree):
        assert_whole(read(tree, NOW))


def assert_whole(found: Findings) -> None:
    """Readings are finite, and where there are none, one reason says why."""
    assert all(math.isfinite(reading.value) and reading.field for reading in found.readings)
    assert all(reading.time is None or math.isfinite(reading.time) for reading in found.readings)
    assert bool(found.readings) + bool(found.skipped) + bool(found.undecodable) == 1

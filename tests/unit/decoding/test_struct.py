"""Binary payloads of a fixed layout."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import InvalidValueError, SensorStream, Struct

from ...support.feeding import message

NOW = 1_795_000_000.0


def found(layout: Struct, payload: bytes) -> list[tuple[str, float, float]]:
    """(field, value, time) of each sample."""
    samples = layout.decode("t", payload, received_at=NOW)
    return [(sample.field, sample.value, sample.time) for sample in samples]


def test_names_units_and_what_is_left_out() -> None:
    layout = Struct("<BhHf", fields=[None, "temperature", "humidity", "pressure"], units=["", "°C", "%", "hPa"])
    samples = layout.decode("t", struct.pack("<BhHf", 7, -5, 48, 988.5), received_at=NOW)
    assert [(each.field, each.value, each.unit) for each in samples] == [
        ("temperature", -5.0, "°C"),
        ("humidity", 48.0, "%"),
        ("pressure", 988.5, "hPa"),
    ]


def test_without_names() -> None:
    assert found(Struct("!3f"), struct.pack("!3f", 3.5, 1.0, -77.0)) == [
        ("col0", 3.5, NOW),
        ("col1", 1.0, NOW),
        ("col2", -77.0, NOW),
    ]
    assert found(Struct("<f"), struct.pack("<f", 3.5)) == [("", 3.5, NOW)]
    assert found(Struct("<fq4x"), struct.pack("<fq4x", 3.5, 1_790_000_000)) == [("", 3.5, 1.79e9)]
    assert found(Struct("<4xIq"), b"\x00" * 4 + struct.pack("<Iq", 5, 1_790_000_000)) == [("", 5.0, 1.79e9)]


def test_the_time() -> None:
    layout = Struct("<qf", fields=["timestamp", "v"])
    assert found(layout, struct.pack("<qf", 1_790_000_000_500, 2.0)) == [("v", 2.0, 1_790_000_000.5)]
    wrong = layout.decode("t", struct.pack("<qf", 5, 2.0), received_at=NOW)
    assert (wrong[0].time, list(wrong.remarks)) == (NOW, ["a clock before the year 2000: time of arrival taken"])


def test_not_a_number_is_a_gap() -> None:
    stream = SensorStream("#", decoder=Struct("<f"))
    for value in (1.0, float("nan"), 2.0):
        stream.deliver(message("t", struct.pack("<f", value)))
    series = stream.series["t", ""]
    assert (series.value.tolist(), series.cut().gaps.tolist()) == ([1.0, 2.0], [1])
    assert dict(stream.ledger.skipped) == {"no value (nan, null)": 1}


def test_another_length_is_counted() -> None:
    assert Struct("<f").decode("t", b"12").undecodable == "2 bytes, where the layout has 4"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"format": "<zz"}, "no layout of Python's struct module"),
        ({"format": 5}, "no layout of Python's struct module"),
        ({"format": "<4x"}, "numbers only"),
        ({"format": "<4s"}, "numbers only"),
        ({"format": "<ff", "fields": ["a"]}, "each of the 2 numbers"),
        ({"format": "<ff", "fields": "ab"}, "each of the 2 numbers"),
        ({"format": "<ff", "units": ["V"]}, "each of the 2 numbers"),
        ({"format": "<ff", "fields": ["a", 5]}, "takes texts"),
        ({"format": "<ff", "units": [1, 2]}, "takes texts"),
        ({"format": "<ff", "fields": ["a", "a"]}, "names two numbers alike"),
    ],
)
def test_a_wrong_layout_is_refused_in_words(arguments: dict[str, Any], hint: str) -> None:
    with pytest.raises(InvalidValueError, match=hint):
        Struct(**arguments)


@given(st.binary(max_size=40))
def test_no_payload_makes_it_raise(payload: bytes) -> None:
    for layout in ("<f", "<4xffq", "!3d", "<?bB", "@qQ"):
        Struct(layout).decode("t", payload)

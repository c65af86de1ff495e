"""From payload to samples, for the formats that are built in and for the user's own function."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mqttwidgets import AutoDecoder, Sample, decode
from mqttwidgets.decoding.decoder import Decoded
from mqttwidgets.decoding.rules.quantity import is_sentinel
from mqttwidgets.decoding.user_decoders import FunctionDecoder, UserFunction

UNKNOWN = "text of no known format (decoder= can read it)"
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def fields(payload: bytes | str) -> dict[str, float]:
    """Field → value of one payload."""
    raw = payload.encode() if isinstance(payload, str) else payload
    return {sample.field: sample.value for sample in decode("t", raw, received_at=0.0)}


def judged(payload: bytes) -> Decoded:
    """What comes of one payload, with the reasons."""
    decoded = AutoDecoder().decode("t", payload)
    assert isinstance(decoded, Decoded)
    return decoded


def why(payload: bytes | str) -> tuple[str, str]:
    """Why there is no sample: (skipped, undecodable)."""
    raw = payload.encode() if isinstance(payload, str) else payload
    decoded = judged(raw)
    assert decoded == []
    return decoded.skipped, decoded.undecodable


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("21.5", {"": 21.5}),
        (" -3e2\r\n", {"": -300.0}),
        ("0", {"": 0.0}),
        ("Temperature: 21.5", {"Temperature": 21.5}),
        ("Temperature：21.5", {"Temperature": 21.5}),
        ("temp:21.5°C; hum: 40 %", {"temp": 21.5, "hum": 40.0}),
        ("A: 1, B: 2\nC: 3", {"A": 1.0, "B": 2.0, "C": 3.0}),
        ("Wind speed: 3.2 m/s", {"Wind speed": 3.2}),
        ('{"a": 1, "b": {"c": [2, {"d": 3.5}]}}', {"/a": 1.0, "/b/c/0": 2.0, "/b/c/1/d": 3.5}),
        ("[1, 2]", {"/0": 1.0, "/1": 2.0}),
        ('{"a/b": 1, "m~n": 2, "": 3}', {"/a~1b": 1.0, "/m~0n": 2.0, "/": 3.0}),
        ('{"ok": true, "off": null, "name": "x", "v": 1}', {"/v": 1.0}),
    ],
)
def test_numbers_found(payload: str, expected: dict[str, float]) -> None:
    assert fields(payload) == expected


@pytest.mark.parametrize(
    ("payload", "skipped", "undecodable"),
    [
        (b"", "empty", ""),
        (b"  \n", "empty", ""),
        (b"nan", "no value (nan, null)", ""),
        (b"null", "no value (nan, null)", ""),
        (b"idle", "text without a number", ""),
        (b"offline", "availability, no measurement", ""),
        (b"1_000", UNKNOWN, ""),
        ("١٢".encode(), UNKNOWN, ""),
        (b"21,5", UNKNOWN, ""),
        (b"2024-05-17 13:30:55", "a time, no measurement", ""),
        (b"{}", "JSON without a number", ""),
        (b'{"a": null}', "no value (nan, null)", ""),
        (b'{"a": 1', "", "not valid JSON"),
        (b"[" * 100_000, "", "JSON nested too deep"),
        (b"1e400", "", "beyond the range of a number"),
        (b"Temperature: warm", "", "no number after the colon"),
        (b"\xff\xfe\x00", "", "binary of no known format (decoder=Struct(...) can read it)"),
    ],
)
def test_where_there_is_none_it_says_why(payload: bytes, skipped: str, undecodable: str) -> None:
    assert why(payload) == (skipped, undecodable)


def test_a_comma_is_no_decimal_point_nor_a_separator_inside_a_number() -> None:
    assert fields("Temperature: 21,5") == {"Temperature": 21.5}
    assert fields("21,5 °C") == {"": 21.5}
    assert fields("21,5") == fields("1.000,5") == {}
    assert fields("A: 1,B: 2") == {"A": 1.0, "B": 2.0}


def test_times_are_those_of_arrival() -> None:
    assert decode("t", b"1", received_at=12.5) == [Sample("t", "", 12.5, 1.0, "")]
    assert decode("t", b"1")[0].time > 1e9


def test_units_in_text() -> None:
    samples = decode("t", "a: 1 °C; b: 2µg/m³; c: 40 %; d: 3".encode())
    assert [sample.unit for sample in samples] == ["°C", "µg/m³", "%", ""]


def test_a_message_with_too_many_numbers_is_refused() -> None:
    assert why(json.dumps(list(range(2_001))))[1] == "more than 2,000 numbers"
    assert len(fields(json.dumps(list(range(1_999))))) == 1_999


@pytest.mark.timeout(20)
@pytest.mark.parametrize("filling", [" ", "\f", "a ", ":", "1", "1.", "{", "a: "])
def test_no_payload_takes_long(filling: str) -> None:
    """Most of a megabyte of what makes careless patterns backtrack."""
    for payload in (filling * 300_000, f"a;{filling * 300_000};b", f"key{filling * 300_000}: 1"):
        AutoDecoder().decode("t", payload.encode())


@given(st.binary(max_size=200))
def test_no_payload_makes_it_raise(payload: bytes) -> None:
    decoded = judged(payload)
    assert bool(decoded) != bool(decoded.skipped or decoded.undecodable)
    assert all(math.isfinite(sample.value) for sample in decoded)


@given(st.text(alphabet='0123456789.,:;eE+- \n°CTa{}[]"', max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    decoded = judged(text.encode())
    assert bool(decoded) != bool(decoded.skipped or decoded.undecodable)


@given(NUMBERS)
def test_a_number_comes_back_exactly(number: float) -> None:
    assume(not is_sentinel(number, ""))
    assert fields(repr(number)) == {"": number}
    assert fields(f"Depth: {number!r}") == {"Depth": number}
    assert fields(json.dumps({"value": [number]})) == {"/value/0": number}


@given(
    st.recursive(
        NUMBERS | st.booleans() | st.none() | st.sampled_from(["", "x", "21.5"]),
        lambda inner: st.dictionaries(st.text(), inner),
    )
)
def test_every_pointer_leads_to_its_number(document: object) -> None:
    if not isinstance(document, dict):
        return
    for pointer, value in fields(json.dumps(document)).items():
        node: object = document
        for token in pointer.split("/")[1:]:
            assert isinstance(node, dict)
            node = node[token.replace("~1", "/").replace("~0", "~")]
        assert isinstance(node, (int, float, str))
        assert float(node) == value


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda topic, payload: 5, {"": 5.0}),
        (lambda topic, payload: np.float32(0.5), {"": 0.5}),
        (lambda topic, payload: {"a": 1, "b": np.int64(2), "c": None}, {"a": 1.0, "b": 2.0}),
        (lambda topic, payload: {"a": {"b": 3}, "x/y": 4}, {"/a/b": 3.0, "x/y": 4.0}),
        (lambda topic, payload: [Sample(topic, "f", 1.0, 7.0)], {"f": 7.0}),
        (lambda topic, payload: Sample(topic, "f", 1.0, 7.0), {"f": 7.0}),
        (lambda topic, payload: iter([Sample(topic, "f", 1.0, 7.0)]), {"f": 7.0}),
    ],
)
def test_what_a_function_may_return(function: UserFunction, expected: dict[str, float]) -> None:
    decoded = FunctionDecoder(function).decode("t", b"x", received_at=0.0)
    assert {sample.field: sample.value for sample in decoded} == expected


@pytest.mark.parametrize(
    ("function", "skipped", "undecodable"),
    [
        (lambda topic, payload: None, "the decoder found no number", ""),
        (lambda topic, payload: math.nan, "no value (nan, null)", ""),
        (lambda topic, payload: {}, "the decoder found no number", ""),
        (lambda topic, payload: [], "the decoder found no number", ""),
        (lambda topic, payload: 1 / 0, "", "the decoder raised ZeroDivisionError: division by zero"),
        (lambda topic, payload: "5", "", "the decoder must return a number, a mapping, Samples or None"),
        (lambda topic, payload: True, "", "the decoder must return a number, a mapping, Samples or None"),
        (lambda topic, payload: [5], "", "the decoder must return a number, a mapping, Samples or None"),
        (
            lambda topic, payload: Sample(topic, "", 1.7e12, 5.0),
            "",
            "the decoder's time is not in epoch seconds",
        ),
        (int, "", "the decoder raised TypeError: 'bytes' object cannot be interpreted as an integer"),
    ],
)
def test_what_a_function_must_not_do_is_counted(function: UserFunction, skipped: str, undecodable: str) -> None:
    decoded = FunctionDecoder(function).decode("t", b"x", received_at=0.0)
    assert (list(decoded), decoded.skipped, decoded.undecodable) == ([], skipped, undecodable)

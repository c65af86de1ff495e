"""Numbers as printf and instruments write them: a plus, leading zeros, nothing on one side of the point."""

from __future__ import annotations

import time

import pytest

from mqttwidgets import AutoDecoder, decode
from mqttwidgets.decoding.decoder import Decoded

WRITTEN = {
    "21.5": 21.5,
    "+21.5": 21.5,
    "-21.5": -21.5,
    "00400.4": 400.4,
    "-000.5": -0.5,
    ".5": 0.5,
    "-.5": -0.5,
    "5.": 5.0,
    "+1.50000E+00": 1.5,
    "+1.5E-03": 0.0015,
    "-2.0e+01": -20.0,
    "+5": 5.0,
}
NONE = ("00566E039", "0x1F", "0xF", "1.5e", "1_000", "+-5", "--5", ".", "+", "1.2.3", "٣", "2026-11-30", "5. m")


def found(payload: str | bytes, topic: str = "x") -> dict[str, float]:
    """Field → value of one payload."""
    raw = payload.encode() if isinstance(payload, str) else payload
    return {sample.field: sample.value for sample in decode(topic, raw, received_at=0.0)}


@pytest.mark.parametrize(("text", "value"), WRITTEN.items())
def test_a_number_is_one_wherever_it_stands(text: str, value: float) -> None:
    assert found(text) == {"": value}
    assert found(f'"{text}"') == {"": value}
    assert found(f'{{"temp": "{text}"}}') == {"/temp": value}
    assert found(f"x: {text}") == {"x": value}
    assert found(f"a={text}, b=1") == {"a": value, "b": 1}
    assert found(f"7.5;{text}") == {"col0": 7.5, "col1": value}
    assert found(f"7.5,{text},-1.5") == {"col0": 7.5, "col1": value, "col2": -1.5}


@pytest.mark.parametrize("text", NONE)
def test_what_only_begins_like_a_number_is_none(text: str) -> None:
    assert found(text) == {}
    assert found(f'{{"x": "{text}"}}') == {}
    assert found(f"x: {text}") == {}


def test_a_number_has_a_unit_behind_it_but_never_its_own_letters() -> None:
    for text, unit in (("+21.5 °C", "°C"), (".5V", "V"), ("007.5 hPa", "hPa"), ("5EUR", ""), ("12 em", "")):
        assert [sample.unit for sample in decode("x", text.encode())] == ([unit] if unit else [])
    assert [(each.value, each.unit) for each in decode("x", b"n: 1.5E+03W")] == [(1500.0, "W")]


def test_what_instruments_send_for_no_number_is_a_gap() -> None:
    """SCPI, volume 1, 7.2.1: infinity, its negative, and not a number."""
    decoder = AutoDecoder()
    for payload, values, gaps in (
        ("+1.5E-03,+2.0E+00,-3E-1", [0.0015, 2.0, -0.3], 0),
        ("+1.6E-03,+9.90000000E+37,-3E-1", [0.0016, -0.3], 1),
        ("+1.7E-03,+9.91E37,-9.9E+37", [0.0017], 2),
        ("+1.8E-03,+2.0E+00,-3E-1", [0.0018, 2.0, -0.3], 0),
    ):
        decoded = decoder.decode("scope", payload.encode())
        assert isinstance(decoded, list)
        assert ([sample.value for sample in decoded], len(getattr(decoded, "gaps", ()))) == (values, gaps)
    for lone in (b"9.9E37", b"9.91E+37", b'{"v": 9.9E37}'):
        assert not decode("scope", lone)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"0764", "a code with leading zeros, no measurement"),
        (b"+4915112345678", "a phone number, no measurement"),
    ],
)
def test_digits_alone_that_are_no_quantity(payload: bytes, reason: str) -> None:
    decoded = AutoDecoder().decode("x", payload)
    assert isinstance(decoded, Decoded)
    assert (list(decoded), decoded.skipped) == ([], reason)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("21.5;", {"": 21.5}),
        ("21.5 C,", {"": 21.5}),
        ("21.5 48.2", {"col0": 21.5, "col1": 48.2}),
        ("+00021.5 +00048.0", {"col0": 21.5, "col1": 48}),
        ("21.5C 48%", {"col0": 21.5, "col1": 48}),
        ("1.5 2.5\n1.6 2.6", {"col0": 1.6, "col1": 2.6}),
        ("1 000", {}),
        ("5m 30s", {}),
        ("5.5 of 7", {}),
    ],
)
def test_numbers_between_blanks_and_before_a_last_separator(payload: str, expected: dict[str, float]) -> None:
    assert found(payload) == expected


def test_codes_are_told_from_padded_numbers() -> None:
    ups = '{"ups.vendorid":"0764","ups.productid":"0501","ups.load":"008","input.voltage":"0242.0","pin":"0042"}'
    assert found(ups) == {"/ups.load": 8, "/input.voltage": 242}
    assert found("0512", "adc/value") == {"": 512}
    assert found("adc=0512, pressure=0998") == {"adc": 512, "pressure": 998}
    decoder = AutoDecoder()
    values = [[sample.value for sample in decoder.decode("x/adc", text)] for text in (b"0017", b"1023", b"0017")]
    assert values == [[], [1023.0], [17.0]]


def test_half_a_sine_is_not_lost() -> None:
    decoder, topics = AutoDecoder(), ("text", "json", "csv", "pairs")
    forms = ("%+.3f", '{"y": "%+.3f"}', "%+.3f,%+.3f,7.5", "y=%+.3f")
    for topic, form in zip(topics, forms, strict=True):
        for value in (0.0, 0.5, 0.866, 1.0, 0.5, 0.0, -0.5, -1.0, -0.25):
            payload = form % ((value,) * form.count("%"))
            samples = decoder.decode(topic, payload.encode())
            assert samples[0].value == value
        assert decoder.reader_of(topic) is not None


def test_numbers_with_a_plus_are_read_as_fast_as_others() -> None:
    decoder, plain = AutoDecoder(), AutoDecoder()
    for each, sign in ((decoder, b"+"), (plain, b"")):
        for number in range(4):
            each.decode("x", sign + b"2%d.5" % number)
    ratios = []
    for _ in range(5):
        times = []
        for each, payload in ((decoder, b"+21.5"), (plain, b"21.5")):
            begun = time.thread_time()
            for _ in range(2_000):
                each.decode("x", payload)
            times.append(time.thread_time() - begun)
        ratios.append(times[0] / times[1])
    assert min(ratios) < 6  # where each is judged, it takes thirty times as long

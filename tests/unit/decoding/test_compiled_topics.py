"""A topic whose shape is known is read by other code; it must give what the judgement gives."""

from __future__ import annotations

import json
import string

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import AutoDecoder, Sample, decode
from mqttwidgets.decoding.decoder import Decoded

NOW = 1.795e9


def told(decoder: AutoDecoder, payload: bytes, topic: str = "lab/bench") -> list[Sample]:
    return decoder.decode(topic, payload, received_at=NOW)


def accustomed(payloads: list[bytes], topic: str = "lab/bench") -> AutoDecoder:
    """A decoder that knows the topic's shape."""
    decoder = AutoDecoder()
    for payload in payloads * 8:
        told(decoder, payload, topic)
    return decoder


def by_field(sample: Sample) -> str:
    return sample.field


def notes_of(samples: list[Sample]) -> tuple[object, ...]:
    """What is said beside the samples."""
    said = samples if isinstance(samples, Decoded) else Decoded()
    return sorted(said.states), sorted(said.gaps), list(said.remarks), said.skipped, said.undecodable


ROOMS = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.sampled_from([20.5, -127, -9999, None, "21.5", "nan", 7]),
        "dewpoint": st.sampled_from([1.5, -127.0, 3]),
        "board": st.sampled_from([35, 35.5]),
        "flux": st.sampled_from(["12", "12.5", "open"]),
        "TempUnit": st.sampled_from(["C", "F"]),
        "unit": st.sampled_from(["W", "kW"]),
        "value": st.sampled_from([950, 1.2, None]),
        "deviceid": st.sampled_from(["a", "b", 2**70]),
        "contact": st.sampled_from([True, False, "ON"]),
        "time": st.sampled_from([1_794_999_000, 12, "2026-11-18T08:00:00Z"]),
        "data": st.sampled_from(['{"h": 1}', '{"h": null}', "text"]),
    },
)


@given(st.lists(ROOMS, min_size=2, max_size=4), st.sampled_from(["lab/x", "home/temperature"]), st.booleans())
def test_documents_of_all_kinds(rooms: list[dict[str, object]], topic: str, asks: bool) -> None:
    """The same messages again and again, once with fast readers and once without."""
    known, judging = (AutoDecoder(fields=["*"] if asks else []) for _ in range(2))
    for room in rooms * 4 + rooms[:1] * 8 + rooms * 2:
        payload = json.dumps(room).encode()
        judging._memory.of(topic).reader = None  # noqa: SLF001 - the other way to the same answer
        found, expected = told(known, payload, topic), told(judging, payload, topic)
        assert sorted(found, key=by_field) == sorted(expected, key=by_field)
        assert notes_of(found) == notes_of(expected)


SHAPES = [
    b"%(a)s",
    b'{"temperature":%(a)s,"humidity":%(b)s}',
    b'{"Time":"2025-11-03T19:34:28","BME280":{"Temperature":%(a)s,"List":[%(b)s,1.5]},"TempUnit":"C"}',
    b'{"Time":"2025-11-03T19:34:28Z","v":"%(a)s","w":"%(b)s"}',
    b'{"contact":true,"id":4711,"battery":%(a)s,"note":"fine","x":null,"deep":[{"y":%(b)s}]}',
    b'{"timestamp":1762198468123,"value":%(a)s}',
    b'[{"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":%(a)s},{"n":"current","u":"A","v":%(b)s}]',
    b'{"sensordatavalues":[{"value_type":"P1","value":"%(a)s"},{"value_type":"P2","value":"%(b)s"}]}',
    b"cpu,cpu=cpu0,host=x usage_idle=%(a)s,usage_user=%(b)s 1768560922000000000",
    b"Temperature: %(a)s",
    b"version=1.9.2b6, IP=10.10.10.198, rssid=%(a)s%%, load=%(b)s, fan: ON",
    b"%(a)s A",
    b"%(a)s,%(b)s,3",
    b"1768560922;%(a)s;%(b)s",
    b"1448840558.555:%(a)s",
]

NUMBERS = st.one_of(
    st.integers(-2_000, 2_000).map(str),
    st.floats(-1e6, 1e6).map(lambda number: f"{number:.3f}"),
    st.sampled_from(
        ["0", "-0", "-0.0", "-127", "-127.0", "-999", "-9999", "1e3", "1E-2", "9007199254740993", "1e400"]
    ),
    st.sampled_from(
        ["1704450000", "1704450000123", "NaN", "null", "-126.5", "00012", "1_000", "0x1F", "-998.5", "7 "]
    ),
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.decode()[:24])
@given(numbers=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8))
def test_it_gives_what_the_judgement_gives(shape: bytes, numbers: list[tuple[str, str]]) -> None:
    usual = [shape % {b"a": b"21.5", b"b": b"48.2"}, shape % {b"a": b"21.6", b"b": b"48.3"}]
    known, judging = accustomed(usual), AutoDecoder()
    for payload in usual:
        told(judging, payload)
    for first, second in numbers:
        payload = shape % {b"a": first.encode(), b"b": second.encode()}
        judging._memory.of("lab/bench").reader = None  # noqa: SLF001 - the other way to the same answer
        expected, found = told(judging, payload), told(known, payload)
        assert (found, notes_of(found)) == (expected, notes_of(expected))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.decode()[:24])
def test_every_shape_has_a_fast_reader(shape: bytes) -> None:
    decoder = accustomed([shape % {b"a": b"21.5", b"b": b"48.2"}])
    judged = decoder._memory.of("lab/bench").judged  # noqa: SLF001 - what is fast cannot be seen from outside
    told(decoder, shape % {b"a": b"22.25", b"b": b"7.5"})
    assert decoder._memory.of("lab/bench").judged == judged  # noqa: SLF001


READINGS = st.dictionaries(st.sampled_from(string.ascii_lowercase), st.floats(-90, 1e6), min_size=1, max_size=6)


@given(READINGS, READINGS)
def test_binary_documents(one: dict[str, float], other: dict[str, float]) -> None:
    for pack in (cbor2.dumps, msgspec.msgpack.encode):
        decoder = accustomed([pack(one)])
        for readings in (one, dict.fromkeys(one, 7.25), other):
            found, judged = told(decoder, pack(readings)), decode("lab/bench", pack(readings), received_at=NOW)
            assert sorted(found, key=by_field) == sorted(judged, key=by_field)


def test_integers_of_every_size_in_cbor() -> None:
    decoder = accustomed([cbor2.dumps({"a": 1, "b": 2.5})])
    for number in (0, 23, 24, 255, 256, 70_000, -1, -24, -100, 2**40, 1.1, 1e300, 5e-324):
        assert [sample.value for sample in told(decoder, cbor2.dumps({"a": number, "b": 2}))] == [number, 2.0]


@pytest.mark.parametrize(
    "payload",
    [
        b'{"temperature":21.5,"humidity":48.2,"new":1}',
        b'{"temperature":21.5}',
        b'{"temperature":{"deep":21.5},"humidity":48.2}',
        b'{"temperature":null,"humidity":48.2}',
        b'{"temperature":"21.5","humidity":48.2}',
        b'{"temperature":true,"humidity":48.2}',
        b'{"temperature":-127,"humidity":48.2}',
        b'{"temperature":21.5,"humidity":-9999}',
        b'{"temperature":21.5,"humidity":48.2',
        b"21.5",
        b"",
    ],
)
def test_whatever_differs_is_judged_afresh(payload: bytes) -> None:
    decoder = accustomed([b'{"temperature":20.5,"humidity":47.2}'])
    alone = decode("lab/bench", payload, received_at=NOW)
    found = told(decoder, payload)
    assert found == alone
    assert isinstance(found, Decoded)
    assert isinstance(alone, Decoded)
    assert (found.gaps, found.skipped, found.undecodable) == (alone.gaps, alone.skipped, alone.undecodable)


@pytest.mark.parametrize("key", ["\f", '"', "\\", "\u2028", "", "temp\n", "a" * 300, "温度"])
def test_keys_of_all_kinds(key: str) -> None:
    payload = json.dumps({key: 21.5}).encode()
    assert told(accustomed([payload]), payload) == decode("lab/bench", payload, received_at=NOW)


def test_what_becomes_a_measurement_is_one_in_every_shape() -> None:
    decoder = accustomed([b'{"board":35,"t":1.5}'])
    told(decoder, b'{"board":35.5}')
    assert [sample.field for sample in told(decoder, b'{"board":35,"t":1.5}')] == ["/board", "/t"]


def test_a_lost_thermometer_is_seen() -> None:
    decoder = accustomed([b"21.5"], "home/temperature")
    assert [told(decoder, text, "home/temperature") == [] for text in (b"-126.5", b"-127")] == [False, True]


def test_the_order_of_keys_does_not_matter() -> None:
    decoder = accustomed([b'{"temperature":20.5,"humidity":47.2}'])
    found = {sample.field: sample.value for sample in told(decoder, b'{"humidity":48.2,"temperature":21.5}')}
    assert found == {"/temperature": 21.5, "/humidity": 48.2}


def test_a_text_that_becomes_a_number_is_seen() -> None:
    decoder = accustomed([b'{"t":1.5,"note":"warming up"}'])
    assert [sample.field for sample in told(decoder, b'{"t":1.5,"note":"cooling"}')] == ["/t"]
    assert [sample.field for sample in told(decoder, b'{"t":1.5,"note":"21.5 \\u00b0C"}')] == ["/t", "/note"]


def test_another_device_is_seen() -> None:
    decoder = accustomed([b'{"model":"WS","id":1,"temperature_C":20.5}'])
    fields = [sample.field for sample in told(decoder, b'{"model":"WS","id":2,"temperature_C":20.5}')]
    assert fields == ["/temperature_C,id=2"]


def test_a_unit_announced_later_is_taken() -> None:
    decoder = accustomed([b"21.5"], "homie/car/engine/temperature")
    told(decoder, "°C".encode(), "homie/car/engine/temperature/$unit")
    assert told(decoder, b"21.5", "homie/car/engine/temperature")[0].unit == "°C"


def test_a_wrong_clock_is_seen() -> None:
    decoder = accustomed([b'{"time":1762198468,"v":1.5}'])
    assert told(decoder, b'{"time":1762198469,"v":1.5}')[0].time == 1762198469
    wrong = told(decoder, b'{"time":12,"v":1.5}')
    assert isinstance(wrong, Decoded)
    assert (wrong[0].time, len(wrong.remarks)) == (NOW, 1)


def test_memories_are_bounded() -> None:
    decoder = AutoDecoder()
    budget = decoder._memory.budget  # noqa: SLF001 - a small one fills up sooner
    budget.limit_bytes = 1_000_000
    for number in range(3_000):
        told(decoder, json.dumps({"v": number}).encode(), f"t/{number}")
    assert 0.8 * 1_000_000 < budget.held_bytes <= 1_000_000
    assert 200 < len(decoder.topics) < 1_000
    assert None not in (decoder.explain("t/0"), decoder.explain("t/2999"))
    assert decoder.explain("t/1500") is None

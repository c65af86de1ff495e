"""Whatever comes: nothing raises, every message is accounted for, nothing grows beyond bounds."""

from __future__ import annotations

import base64
import gzip
import json
import math
import time
import tracemalloc
import zlib
from collections.abc import Callable

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import AutoDecoder, SensorStream, explain
from mqttwidgets.decoding.decoder import Decoded

from .feeding import message
from .test_payloads import CASES

KEYS = st.sampled_from(["t", "temperature", "id", "time", "value", "name", "unit", "v", "n", "bn", "data", "a/b~"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["ON", "21.5 °C", "2025-11-03T19:34:28Z", "nan", "1e400", "{}", '{"a":1}', "00000566E039", "21,5"]
    ),
    st.sampled_from([1_762_198_468, 1_762_198_468_000, -9999, -127, 0]),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5),
)
CORPUS = [case.payload.encode() if isinstance(case.payload, str) else case.payload for case in CASES]
PAYLOADS = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(str.encode),
    st.text(alphabet='0123456789.,:;eE+-= \n°CTa{}[]"&|$', max_size=40).map(str.encode),
    DOCUMENTS.map(lambda document: json.dumps(document).encode()),
    DOCUMENTS.map(cbor2.dumps),
    st.sampled_from(CORPUS),
    st.builds(lambda payload, end: payload[:end], st.sampled_from(CORPUS), st.integers(0, 300)),
    st.builds(
        lambda payload, at, byte: payload[:at] + byte + payload[at + 1 :],
        st.sampled_from(CORPUS),
        st.integers(0, 300),
        st.binary(min_size=1, max_size=1),
    ),
)
TOPICS = st.sampled_from(
    [
        "t",
        "lab/bme/temperature",
        "spBv1.0/g/NDATA/n",
        "spBv1.0/g/DBIRTH/n/d",
        "homie/d/n/p/$unit",
        "x/LWT",
        "a/config",
    ]
) | st.text(alphabet="ab/$温 ", min_size=1, max_size=8)


@given(st.lists(st.tuples(TOPICS, PAYLOADS, st.booleans()), min_size=1, max_size=12))
def test_no_message_raises_and_each_is_accounted_for(messages: list[tuple[str, bytes, bool]]) -> None:
    stream = SensorStream("#", history=100, max_series=20)
    for topic, payload, retained in messages * 3:
        stream.deliver(message(topic, payload, retain=retained))
    page = stream.ledger.page()
    assert not any(reason.startswith("reading it raised") for reason in page.undecodable)
    fates = (page.skipped, page.undecodable, page.dropped)
    assert page.received == page.stored + page.waiting + sum(sum(fate.values()) for fate in fates)
    assert page.received == 3 * len(messages)
    for series in stream.series.values():
        assert all(map(math.isfinite, series.value))
        assert all(map(math.isfinite, series.time))


@given(TOPICS, PAYLOADS)
def test_whatever_comes_can_be_explained(topic: str, payload: bytes) -> None:
    explained = explain(topic, payload)
    assert bool(explained.samples) != bool(explained.why_nothing)
    assert repr(explained)
    assert explained._repr_html_()


MEGABYTE = 1_000_000
_RECORD = b"\x12\x05\x0a\x01a\x50\x01"


def _filled(text: str) -> bytes:
    return (text * (MEGABYTE // len(text.encode()) + 1)).encode()[:MEGABYTE]


def _object(count: int, member: Callable[[int], str]) -> bytes:
    return f"{{{','.join(map(member, range(count)))}}}".encode()


BOMBS: dict[str, bytes] = {
    "arrays in arrays": b"[" * 100_000,
    "closed arrays": b"[" * 500_000 + b"]" * 500_000,
    "objects in objects": b'{"a":' * 200_000,
    "a million keys": _object(70_000, lambda at: f'"key{at}":{at}'),
    "one key again and again": _object(160_000, lambda _: '"t":1'),
    "a million numbers": b"[" + b",".join([b"1"] * 499_000) + b"]",
    "most numbers": _object(1_900, lambda at: f'"{"k" * 500}{at}":{at}.5'),
    "most texts": _object(1_900, lambda at: f'"{"k" * 400}{at}":"{at}.5 hPa"'),
    "most times": _object(1_900, lambda at: f'"time{at}":"2025-11-03T19:34:28Z"'),
    "most names": json.dumps([{"name": f"n{at}", "value": at} for at in range(600)]).encode(),
    "most documents within": _object(1_900, lambda at: f'"payload{at}":"{{\\"a\\":{{\\"b\\":{at}}}}}"'),
    "a long key over many": b'{"' + b"k" * 400_000 + b'":[' + b",".join([b"1"] * 1_000) + b"]}",
    "1e400": b'{"a":1e400}',
    "digits": b'{"a":' + b"9" * 5_000 + b"}",
    "a million digits": b"9" * MEGABYTE,
    "NaN and numbers": b'{"a":NaN,"b":[' + b",".join([b"1.5"] * 200_000) + b"]}",
    "invalid UTF-8": b"\xff" * MEGABYTE,
    "gzip": gzip.compress(bytes(10 * MEGABYTE)),
    "zlib": zlib.compress(bytes(10 * MEGABYTE)),
    "gzip in base64": json.dumps(
        {"data": base64.b64encode(gzip.compress(bytes(40 * MEGABYTE))).decode()}
    ).encode(),
    "CBOR that promises": bytes.fromhex("9b0000000100000000"),
    "CBOR map that promises": bytes.fromhex("bb0000000100000000"),
    "CBOR text that promises": bytes.fromhex("7b7fffffffffffffff"),
    "CBOR arrays in arrays": b"\x81" * MEGABYTE,
    "CBOR keys": cbor2.dumps(dict.fromkeys(range(200_000), 1)),
    "CBOR digits": cbor2.dumps(10**2_000_000),
    "CBOR parts of a text": b"\x7f" + b"\x61a" * 400_000 + b"\xff",
    "CBOR numbers": cbor2.dumps([1] * 900_000),
    "MessagePack that promises": bytes.fromhex("ddffffffff"),
    "MessagePack numbers": msgspec.msgpack.encode([1] * 900_000),
    "SenML": json.dumps([{"n": f"n{at}", "v": at} for at in range(25_000)]).encode(),
    "line protocol": _filled("cpu,h=x u=1.5 1704450000000000000\n"),
    "quoted commas": b'"' + b"a," * 49_000 + b'"',
    "pairs and blanks": b"a:1 b:2" + b" " * 90_000 + b"x y",
    "commas in base64": _object(
        15, lambda at: f'"data{at}":"{base64.b64encode(",".join(["a"] * 6_000).encode()).decode()}"'
    ),
    "a base topic": b'{"~":"' + b"b" * 60_000 + b'","stat_t":"' + b"~" * 20_000 + b'","unit_of_meas":"V"}',
    "tags": b"cpu" + _filled(",a=b") + b" f=1",
    **{
        f"{text!r}": _filled(text)
        for text in (" ", "a: 1; ", "k=1 ", "a=1&", "1.5,", ":", "=", "1.", "-", "温：2；")
    },
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", BOMBS)
def test_no_megabyte_takes_long_or_much_memory(name: str) -> None:
    """The bounds asked for are 50 ms and a small multiple; a busy machine gets ten times that here."""
    payload, decoder = BOMBS[name], AutoDecoder()
    begun = time.process_time()
    for _ in range(4):
        decoded = decoder.decode("ha/x/config", payload)
    spent_s = (time.process_time() - begun) / 4
    tracemalloc.start()
    AutoDecoder().decode("t", payload)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spent_s < 0.5
    assert peak_bytes < 30 * len(payload) + 4 * MEGABYTE
    assert decoded or (isinstance(decoded, Decoded) and (decoded.skipped or decoded.undecodable))


def test_a_birth_certificate_of_a_million_metrics() -> None:
    decoder = AutoDecoder()
    for topic in ("spBv1.0/g/NBIRTH/n", "spBv1.0/g/NDATA/n"):
        decoded = decoder.decode(topic, _RECORD * 140_000)
        assert isinstance(decoded, Decoded)
        assert decoded.undecodable == "more than 2,000 numbers"

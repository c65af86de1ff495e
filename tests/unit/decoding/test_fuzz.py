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
from hypothesis import given, settings
from hypothesis import strategies as st

from mqttwidgets import AutoDecoder, SensorStream, explain
from mqttwidgets.decoding.decoder import Decoded

from ...support.feeding import message
from .test_payloads import CASES

KEYS = st.sampled_from(
    ["latlng", "t", "temperature", "id", "time", "value", "name", "unit", "v", "n", "bn", "data", "a/b~"]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            "55.5,12.5",
            "POINT(12.5 99.5)",
            "ON",
            "21.5 °C",
            "2025-11-03T19:34:28Z",
            "nan",
            "1e400",
            "{}",
            '{"a":1}',
            "00000566E039",
            "21,5",
        ]
    ),
    st.sampled_from([1_762_198_468, 1_762_198_468_000, -9999, -127, 0]),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5),
)


def one_of(*texts: object) -> st.SearchStrategy[str]:
    """One of some texts."""
    return st.sampled_from([str(text) for text in texts])


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    """Texts one behind another."""
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


def several(
    part: st.SearchStrategy[str], between: st.SearchStrategy[str] | str = "", most: int = 4
) -> st.SearchStrategy[str]:
    """A text again and again, with another one between."""
    between = st.just(between) if isinstance(between, str) else between
    return st.builds(str.join, between, st.lists(part, min_size=1, max_size=most))


ZONES = one_of("", "Z", " UTC", "+01:00", "-0330", "+99:99", "+24:00", "-23:59", " EST", " +999999999999", " GMT")
YEARS = one_of("0000", "0001", "1970", "2025", "2026", "9999", "10000", 10**11, "٢٠٢٦")
CLOCKS = one_of("00:00", "23:59:60", "12:34:56.123456789", "24:00:00", "120000", "99:99:99", "0:0:0", "20:04")
DATES = st.one_of(
    joined(YEARS, one_of("-02-29", "/12/31", "-13-01", "0101", ".1.1"), one_of("T", " ", "_"), CLOCKS, ZONES),
    joined(
        one_of("Mon", "Thu,", "Sun", "Mon,,"),
        one_of(" 1 ", " 31 ", " Jan ", " 99 "),
        one_of("Jan ", "Feb ", "29 ", "Foo "),
        YEARS,
        " ",
        CLOCKS,
        ZONES,
    ),
    joined(one_of("31.12.2025", "99.99.9999", "01.01.0001"), one_of(" ", ", ", "T"), CLOCKS, ZONES),
    CLOCKS,
    one_of(-1, 0, 2**63, 10**18, 10**30, "1e300", "1795000000.", "-1795000000", "179500000000000000000"),
)
NUMBERS = one_of(
    0, "-0", "21.5", "1.", ".5", "1e5", "1E+400", "-127", "007", "1_000", "9" * 400, "NaN", "٣", "1,5"
)
NAMES = one_of("t", "time", "Temp", "a b", "id", "°", "m\\ n", "x\\", "温", "unit", "k=v", "0", "date", "")
UNITS = one_of("", " °C", "%", " Volts", "µµ³", "kWh", " C°x", "x" * 20)
CELLS = NUMBERS | DATES | NAMES | joined(NUMBERS, UNITS) | one_of('"1"', "ON", "null", " ")
VALUES = NUMBERS | one_of("1i", "2u", "-1u", "t", "False", '"a b"', '"\\""', '"open', "", "1i2", "9" * 30 + "i")
TAGS = joined(",", NAMES, "=", NAMES)
POINTS = joined(
    NAMES,
    st.lists(TAGS, max_size=3).map("".join),
    " ",
    several(joined(NAMES, "=", VALUES), ","),
    one_of("", " 1795000000000000000", " -1", " 9" * 25, " x"),
)
WORDS = one_of(
    "'a'", "None", "True", "np.float64(1)", "(1, 2)", "{b:1}", "[1,]", "// x\n1", "'", '"\\', "f(", "/*", ""
)
ENDS = one_of("(1*kWh)", "(00.5)", "()", "(191023210000S)(5*m3)", "(99", "(1)(2)(3)(m3)", "*255(1)", "&1(x)")
PROTOCOLS = st.one_of(
    several(
        joined(one_of("1-0:", "0-1:", "", "9-99:"), one_of("1.8.1", "96.1.0", "F.F", "24.2.1", "0.9.1"), ENDS),
        "\n",
    ),
    several(joined(NAMES, "|", CELLS), one_of("|", "#", "\n")),
    several(joined(one_of("200,a,b,", "201,x,,a,b,", "211,", "210,", "401,"), several(CELLS, ",")), "\n"),
    several(
        joined(one_of("a.b", "x", "put x"), " ", CELLS, " ", CELLS, one_of("", " h=1", "|ms", "|g|#a:b")), "\n"
    ),
    joined(one_of("OK|", "a|", "x=1|", ""), several(joined(NAMES, "=", CELLS, one_of("", ";1;2", ";;;;;")), " ")),
    joined(one_of("# HELP x\n", ""), several(joined(NAMES, one_of("", '{a="b"}', "{", '{a="'), " ", CELLS), "\n")),
    several(
        joined(one_of("$GPGGA,", "$GPRMC,", "$WIMWV,", "$"), several(CELLS, ","), one_of("", "*00", "*zz")), "\n"
    ),
    several(
        joined("<", NAMES, one_of("", " a=1", ' b="2"', "/"), ">", CELLS, one_of("", "</t>", "</", "<!-- -->"))
    ),
)
"""Texts of protocols, right in some of their parts."""

GRAMMARS = st.one_of(
    PROTOCOLS,
    several(POINTS, "\n"),
    several(several(CELLS, ","), "\n"),
    several(several(CELLS, ";"), "\r\n"),
    several(joined(NAMES, one_of(": ", "=", ":", "："), CELLS), ", "),
    several(joined(NAMES, "=", CELLS), "&"),
    several(joined(NAMES, " ", CELLS), " "),
    joined(one_of("1795000000", "1795000000.5", "0"), ":", several(NUMBERS | one_of("U", "nan"), ":")),
    joined(NUMBERS, UNITS),
    DATES,
    joined(
        one_of("{", "[{", "x: {", "", "R("),
        several(joined(NAMES | one_of("'t'", '"h"', "b'"), one_of(":", "=", "=>"), WORDS | CELLS), ","),
        one_of("}", "}]", "", "},", ")", "} OK", "}{a:1}"),
    ),
)
"""Texts of each format, right in most of their parts."""

FOREIGN = st.lists(st.sampled_from('a1 °温\ud800\udfff\x00"\\/~,') | st.characters(), max_size=4).map("".join)
"""With surrogates, which JSON can name and nothing else can hold."""

LEAVES = SCALARS | DATES | FOREIGN | CELLS | GRAMMARS
SENML = st.lists(
    st.dictionaries(
        one_of("n", "bn", "v", "vs", "vb", "vd", "s", "bs", "u", "bu", "t", "bt", "bv", "bver", "x_", "ut"),
        LEAVES,
        max_size=5,
    ),
    max_size=4,
)
NAMED = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "value", "time", "unit", "x"), LEAVES)), max_size=4
)
ROWS = st.lists(st.lists(LEAVES, min_size=2, max_size=3), max_size=4)
BLOCKS = st.fixed_dictionaries(
    {"t0": LEAVES, "values": st.lists(SCALARS, max_size=6)},
    optional={"dt": LEAVES, "rate": LEAVES, "unit": LEAVES},
)
DESCRIPTIONS = st.dictionaries(
    one_of("~", "stat_t", "state_topic", "unit_of_meas", "val_tpl", "value_template", "cmps", "components")
    | one_of(
        "name", "dev", "dev_cla", "ent_cat", "pl_on", "pl_off", "p", "curr_temp_t", "temp_unit", "units", "type"
    )
    | one_of("title", "t", "ft", "tp", "dn", "nodes"),
    FOREIGN
    | one_of("~/a", "a~", "V", "{{ value }}", "{{value_json.a['b']|round(1)}}", "{{value|int   |x}}", "door", "ON")
    | DOCUMENTS,
)
EXPOSED = st.recursive(
    st.dictionaries(
        one_of("property", "name", "label", "unit", "type", "category", "value_on", "value_off"),
        one_of("binary", "contact", "V", "config", "x") | SCALARS | FOREIGN,
    ),
    lambda inner: st.fixed_dictionaries({"features": st.lists(inner, max_size=3)}, optional={"property": FOREIGN}),
    max_leaves=6,
)
DEVICES = st.lists(
    st.fixed_dictionaries({"friendly_name": one_of("t", "a/b") | SCALARS | FOREIGN})
    | st.fixed_dictionaries(
        {"friendly_name": one_of("t", "a/b"), "definition": st.fixed_dictionaries({"exposes": st.lists(EXPOSED)})}
    )
    | DOCUMENTS,
    max_size=3,
)
SHAPES = st.one_of(
    SENML,
    NAMED,
    ROWS,
    BLOCKS,
    DESCRIPTIONS,
    DEVICES,
    st.dictionaries(KEYS | FOREIGN | NAMES, LEAVES, max_size=5),
    st.dictionaries(KEYS, LEAVES.map(lambda leaf: json.dumps({"t": leaf})), max_size=3),
)
"""Documents of each kind."""


def protobuf(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Messages whose fields hold `inner`, or numbers, with the numbers that Sparkplug uses."""
    numbers = st.sampled_from([1, 2, 3, 4, 7, 9, 10, 11, 12, 13, 14, 15, 16])
    fields = st.one_of(
        st.builds(lambda number, value: bytes([number << 3 | 2, len(value) % 128]) + value, numbers, inner),
        st.builds(
            lambda number, value: bytes([number << 3, value]), numbers, st.sampled_from([0, 1, 10, 13, 22, 32])
        ),
        st.builds(
            lambda number, value: bytes([number << 3 | 1]) + value, numbers, st.binary(min_size=8, max_size=8)
        ),
        st.builds(
            lambda number, value: bytes([number << 3 | 5]) + value, numbers, st.binary(min_size=4, max_size=4)
        ),
    )
    return st.lists(fields, max_size=5).map(b"".join)


CORPUS = [case.payload.encode() if isinstance(case.payload, str) else case.payload for case in CASES]
PAYLOADS = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=60).map(str.encode),
    st.text(alphabet='0123456789.,:;eE+-= \n°CTa{}[]"&|$', max_size=40).map(str.encode),
    DOCUMENTS.map(lambda document: json.dumps(document).encode()),
    DOCUMENTS.map(cbor2.dumps),
    GRAMMARS.map(str.encode),
    SHAPES.map(lambda document: json.dumps(document).encode()),
    st.lists(SHAPES, min_size=2, max_size=3).map(lambda lines: "\n".join(map(json.dumps, lines)).encode()),
    protobuf(st.binary(max_size=8) | protobuf(st.binary(max_size=4))),
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
        "spBv1.0/g/NBIRTH/n",
        "spBv1.0/g/DBIRTH/n/d",
        "spBv1.0/g/NDEATH/n",
        "homie/d/n/p/$unit",
        "x/LWT",
        "a/config",
        "homeassistant/climate/a/config",
        "homeassistant/binary_sensor/a/b/config",
        "zigbee2mqtt/bridge/devices",
        "zigbee2mqtt/t",
        "homie/5/d/$description",
        "homie/d/n/p/$format",
        "tasmota/discovery/AABBCCDDEEFF/config",
        "tele/t/SENSOR",
        "shelly-1/status/switch:0",
        "/devices/d/controls/t",
        "/devices/d/controls/t/meta",
        "/devices/d/controls/t/meta/units",
        "a/b/state",
        "a/b/unit",
        "a/b/friendly_name",
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


@given(st.lists(st.tuples(TOPICS, PAYLOADS), min_size=1, max_size=6), st.floats(-1e10, 1e13))
def test_no_reader_has_a_fault(messages: list[tuple[str, bytes]], arrival: float) -> None:
    decoder = AutoDecoder(fields=["*"])
    for topic, payload in messages * 4:
        decoded = decoder.decode(topic, payload, received_at=arrival)
        assert "raised" not in getattr(decoded, "undecodable", "")
        assert all(math.isfinite(sample.time) and math.isfinite(sample.value) for sample in decoded)


@settings(max_examples=500)
@given(DATES, st.sampled_from(["time", "ts", "x"]))
def test_no_date_is_too_strange(text: str, key: str) -> None:
    payload = json.dumps({"t": 1, key: text}).encode()
    samples = AutoDecoder().decode("t", payload, received_at=1.795e9)
    assert ("/t", 1.0) in [(sample.field, sample.value) for sample in samples]


@given(st.dictionaries(one_of("x", "name", "unit") | FOREIGN.filter(lambda key: key != "t"), FOREIGN, max_size=3))
def test_no_text_is_too_strange(document: dict[str, str]) -> None:
    payload, decoder = json.dumps({**document, "t": 1}).encode(), AutoDecoder()
    for _ in range(4):
        assert any(sample.field.startswith("/t") for sample in decoder.decode("t", payload))


@given(TOPICS, PAYLOADS)
def test_whatever_comes_can_be_explained(topic: str, payload: bytes) -> None:
    explained = explain(topic, payload)
    assert "raised" not in explained.why_nothing
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
    "keys without quotes": _filled("{a:1,"),
    "Python's dictionaries": b"{" + _filled("'a': 1.5, ") + b"}",
    "text around an object": b"x: {" + _filled("a") + b"}",
    "tags of markup": _filled("<t a=1>5</t>"),
    "one tag of markup": b"<t " + _filled("a=1 "),
    "a telegram": _filled("1-0:1.8.1(007881.115*kWh)\n"),
    "perfdata": b"OK|" + _filled("a=1;2;3 "),
    "metrics": _filled("a.b.c 1.5 1795000000\n"),
    "labels": b"a{" + _filled('b="c",') + b"} 1",
    "sentences": _filled("$GPGGA,1,2,3\n"),
    "bars": _filled("t|1|"),
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

"""What the package reads, held against vectors: topics, URLs, numbers, JSON, UTF-8, hostile text, payloads.

A few vectors of each kind stand here, taken from the standards; the JSONL files in the folder that
$MQTTWIDGETS_VECTORS names add theirs.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import struct
import sys
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from mqttwidgets import AutoDecoder, Broker, InvalidValueError, Sample, Struct, TopicFilter, decode
from mqttwidgets.base.text import html_text, printable
from mqttwidgets.base.units import symbol
from mqttwidgets.decoding.decoder import Decoded
from mqttwidgets.decoding.formats.json_text import NotJsonError, parse
from mqttwidgets.decoding.rules.timestamps import time_in

_SPELT_OUT = "invisible characters are spelt out, so that nobody is deceived by them (mqttwidgets/base/text.py)"
_STATE = "true and false alone are a state, which is plotted"
_WRITTEN = (
    "printf and instruments write a plus, leading zeros, nothing on one side of the point; none of it is a doubt"
)
_NEARLY = "Python prints its dictionaries so (mqttwidgets/decoding/formats/lenient_json.py)"
_ENDED = "firmware sends a C string with the NUL at its end"
_NAN = "NaN and Infinity are written by many libraries; they are gaps, and their neighbours are good"

DEVIATIONS: dict[str, str] = {
    "H13 literally": _SPELT_OUT,
    "H14 literally": _SPELT_OUT,
    "H16 literally": _SPELT_OUT,
    "H29 literally": _SPELT_OUT,
    "NUM067": _STATE,
    "NUM068": _STATE,
    "NUM069": _STATE,
    "NUM076": _WRITTEN,
    "NUM077": _WRITTEN,
    "NUM078": _WRITTEN,
    "NUM107": _ENDED,
    "n_multidigit_number_then_00.json": _ENDED,
    "RFC8259-6 leading zero": _WRITTEN,
    "RFC8259-6 plus": _WRITTEN,
    "n_object_non_string_key.json": _NEARLY,
    "n_object_single_quote.json": _NEARLY,
    "n_structure_comma_instead_of_closing_brace.json": _NEARLY,
    "n_structure_object_with_trailing_garbage.json": _NEARLY,
    "RFC8259-6 no integer part": _WRITTEN,
    "NUM115": _STATE,
    "Worx Landroid mower": "the codes c, m, ls, le, lz and lk may be anything, by all that the message says",
    "High-altitude balloon telemetry": "v is a value more often than a version",
    "NUM098": "a number with its unit is a measurement",
    "RFC8259-13 object": "ids are no measurements",
    "RFC8259-13 true": _STATE,
    "y_structure_lonely_false.json": _STATE,
    "y_structure_lonely_true.json": _STATE,
    "n_number_NaN.json": _NAN,
    "n_number_infinity.json": _NAN,
    "n_number_minus_infinity.json": _NAN,
}
"""Vectors that the package disagrees with, and why it may. They are in no test but the last one."""

Row = dict[str, Any]
Check = Callable[[Any], None]


class Vector(Protocol):
    """Anything with a name of its own."""

    @property
    def name(self) -> str:
        """What the test is called."""


def rows(kind: str) -> list[Row]:
    """The rows of one JSONL file; none without $MQTTWIDGETS_VECTORS."""
    folder = os.environ.get("MQTTWIDGETS_VECTORS")
    if not folder:
        return []
    lines = (Path(folder) / f"{kind}.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()]


CHECKS: list[tuple[Check, Sequence[Vector]]] = []
"""Every check here with all its vectors, deviations included."""


def over(vectors: Sequence[Vector]) -> Callable[[Check], Check]:
    """Run a check for each vector, except for the deviations."""
    agreeing = [vector for vector in vectors if vector.name not in DEVIATIONS]

    def decorate(check: Check) -> Check:
        CHECKS.append((check, vectors))
        return pytest.mark.parametrize("vector", agreeing, ids=[vector.name for vector in agreeing])(check)

    return decorate


def decoded(payload: bytes) -> Decoded:
    """What the decoder makes of one payload; that it raises nothing is half of every test here."""
    result = AutoDecoder().decode("t", payload, received_at=0.0)
    assert isinstance(result, Decoded)
    return result


def fields(payload: bytes) -> dict[str, float]:
    """Field → value of one payload."""
    return {sample.field: sample.value for sample in decoded(payload)}


def reference(payload: bytes) -> dict[str, float]:
    """JSON pointer → finite number of a JSON text, by another parser; empty for what is none."""
    try:
        return dict(pointers(json.loads(payload.decode("utf-8-sig"), parse_constant=no_constant)))
    except (ValueError, RecursionError):
        return {}


def no_constant(word: str) -> None:
    """Refuse NaN and Infinity, which Python's parser takes."""
    raise ValueError(word)


def pointers(node: object, pointer: str = "") -> Iterator[tuple[str, float]]:
    """The (JSON pointer, number) of every finite number in a parsed JSON value."""
    children: Iterable[tuple[object, object]] = ()
    if isinstance(node, dict):
        children = node.items()
    elif isinstance(node, list):
        children = enumerate(node)
    elif isinstance(node, (int, float)) and not isinstance(node, bool) and abs(node) <= sys.float_info.max:
        yield pointer, float(node)
    for key, child in children:
        token = str(key).replace("~", "~0").replace("/", "~1")
        yield from pointers(child, f"{pointer}/{token}")


class Match(NamedTuple):
    """A topic filter and a topic; expect is match, no_match, invalid_filter or invalid_topic."""

    name: str
    text: str
    topic: str
    expect: str


def match(section: str, text: str, topic: str, expect: str) -> Match:
    """A vector from a section of MQTT 5."""
    return Match(f"MQTT5-{section} {text} {topic}", text, topic, expect)


MATCHES = [
    match("4.7.1.2", "sport/tennis/player1/#", "sport/tennis/player1", "match"),
    match("4.7.1.2", "sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", "match"),
    match("4.7.1.2", "sport/#", "sport", "match"),
    match("4.7.1.2", "sport/tennis#", "sport/tennis", "invalid_filter"),
    match("4.7.1.2", "sport/tennis/#/ranking", "sport/tennis/x/ranking", "invalid_filter"),
    match("4.7.1.3", "sport/tennis/+", "sport/tennis/player2", "match"),
    match("4.7.1.3", "sport/tennis/+", "sport/tennis/player1/ranking", "no_match"),
    match("4.7.1.3", "sport/+", "sport", "no_match"),
    match("4.7.1.3", "sport/+", "sport/", "match"),
    match("4.7.1.3", "sport+", "sport", "invalid_filter"),
    match("4.7.1.3", "+/+", "/finance", "match"),
    match("4.7.1.3", "/+", "/finance", "match"),
    match("4.7.1.3", "+", "/finance", "no_match"),
    match("4.7.1", "sport/#", "sport/+", "invalid_topic"),
    match("4.7.2", "#", "$SYS/monitor/Clients", "no_match"),
    match("4.7.2", "+/monitor/Clients", "$SYS/monitor/Clients", "no_match"),
    match("4.7.2", "$SYS/#", "$SYS/monitor/Clients", "match"),
    match("4.7.2", "$SYS/monitor/+", "$SYS/monitor/Clients", "match"),
    match("4.7.3", "ACCOUNTS", "Accounts", "no_match"),
    match("4.7.3", "/finance", "finance", "no_match"),
    match("4.8.2", "$share/consumer1/sport/tennis/+", "sport/tennis/player1", "match"),
    match("4.8.2", "$share/con+/sport", "sport", "invalid_filter"),
    *(Match(row["id"], row["filter"], row["topic"], row["expect"]) for row in rows("topic_match")),
]


@over(MATCHES)
def test_a_filter_matches_its_topics(vector: Match) -> None:
    if vector.expect == "invalid_filter":
        with pytest.raises(InvalidValueError):
            TopicFilter(vector.text)
    else:
        assert TopicFilter(vector.text).matches(vector.topic) == (vector.expect == "match")


class Topic(NamedTuple):
    """A topic filter, or a topic name, and whether it is one."""

    name: str
    text: str
    is_name: bool
    valid: bool


def topic_of(row: Row) -> Topic:
    """The vector in a row of topic_validity.jsonl."""
    letter, count = row.get("repeat") or ("", 0)
    text = row.get("topic") or row.get("filter") or letter * count
    return Topic(row["id"], text, "topic" in row, row["valid"])


TOPICS = [
    Topic("MQTT5-4.7.1.2 #", "#", is_name=False, valid=True),
    Topic("MQTT5-4.7.1.2 sport/tennis/#", "sport/tennis/#", is_name=False, valid=True),
    Topic("MQTT5-4.7.1.3 +", "+", is_name=False, valid=True),
    Topic("MQTT5-4.7.1.3 +/tennis/#", "+/tennis/#", is_name=False, valid=True),
    Topic("MQTT5-4.7.1.3 sport/+/player1", "sport/+/player1", is_name=False, valid=True),
    Topic("MQTT5-4.7.1 wildcard in a name", "sport/+/player1", is_name=True, valid=False),
    Topic("MQTT5-4.7.3 a space", "Accounts payable", is_name=True, valid=True),
    Topic("MQTT5-4.7.3 only a slash", "/", is_name=True, valid=True),
    Topic("MQTT5-4.7.3-1 empty name", "", is_name=True, valid=False),
    Topic("MQTT5-4.7.3-2 NUL", "sport\0tennis", is_name=False, valid=False),
    Topic("MQTT5-4.7.3-3 longest", "ä" * 32_767 + "a", is_name=False, valid=True),
    Topic("MQTT5-4.7.3-3 too long", "ä" * 32_768, is_name=False, valid=False),
    Topic("MQTT5-1.5.4-1 surrogate", "sport/\ud800", is_name=False, valid=False),
    *map(topic_of, rows("topic_validity")),
]


@over(TOPICS)
def test_what_is_a_topic(vector: Topic) -> None:
    assert is_topic(vector.text, is_name=vector.is_name) == vector.valid


def is_topic(text: str, *, is_name: bool) -> bool:
    """Whether `text` is a topic filter; a topic name is a filter that matches itself."""
    try:
        accepted = TopicFilter(text)
    except InvalidValueError:
        return False
    return accepted.matches(text) or not is_name


class Url(NamedTuple):
    """A URL and the broker that it names."""

    name: str
    text: str
    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = None


class WrongUrl(NamedTuple):
    """A URL that names no broker, and what its refusal must not repeat."""

    name: str
    text: str
    secret: str = ""


PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}


def url_of(row: Row) -> Url:
    """The vector in a row of mqtt_uri.jsonl."""
    port = row["port"] or PORTS[row["scheme"]]
    return Url(row["id"], row["uri"], row["scheme"], row["host"], port, row["username"], row["password"])


URLS = [
    Url("RFC3986-3.1 scheme's case", "MQTTS://broker.example", "mqtts", "broker.example", 8883),
    Url("RFC3986-3.2.1 no password", "mqtt://me@broker.example", "mqtt", "broker.example", 1883, "me"),
    Url("RFC3986-3.2.1 password", "mqtt://me:hush-hush@h", "mqtt", "h", 1883, "me", "hush-hush"),
    Url("RFC3986-2.1 escapes", "mqtt://a%40b:p%3A%2F%25@h", "mqtt", "h", 1883, "a@b", "p:/%"),
    Url("RFC3986-2.1 UTF-8", "mqtt://%C3%A4:%E6%B8%A9@h", "mqtt", "h", 1883, "ä", "温"),
    Url("RFC3986-3.2.2 IPv6", "mqtt://[2001:db8::7]:1884", "mqtt", "2001:db8::7", 1884),
    Url("RFC3986-3.2.2 IPv4", "mqtt://192.0.2.16", "mqtt", "192.0.2.16", 1883),
    Url("RFC3986-3.2.2 host's case", "mqtt://BROKER.Example", "mqtt", "broker.example", 1883),
    Url("RFC3986-3.2.3 port", "wss://broker.example:8084/mqtt", "wss", "broker.example", 8084),
    Url("RFC3986-3.3 empty path", "mqtt://broker.example/", "mqtt", "broker.example", 1883),
    *(url_of(row) for row in rows("mqtt_uri") if row["expect"] == "ok"),
]

WRONG_URLS = [
    WrongUrl("empty", ""),
    WrongUrl("no scheme", "broker.example"),
    WrongUrl("foreign scheme", "http://me:hush-hush@broker.example", "hush-hush"),
    WrongUrl("no host", "mqtt://me:hush-hush@", "hush-hush"),
    WrongUrl("port beyond 16 bits", "mqtt://me:hush-hush@broker.example:65536", "hush-hush"),
    WrongUrl("port of another script", "mqtt://broker.example:١٨٨٣"),
    WrongUrl("RFC3986-2.1 half an escape", "mqtt://me:hush-hush%4@broker.example", "hush-hush"),
    WrongUrl("RFC3986-3.2.2 bare IPv6", "mqtt://2001:db8::7"),
    WrongUrl("RFC1035-2.3.4 empty label", "mqtt://me:hush-hush@broker..example", "hush-hush"),
    WrongUrl("RFC1035-2.3.4 long label", f"mqtt://{'a' * 64}.example"),
    WrongUrl("RFC1035-2.3.4 long name", f"mqtt://{'a.' * 127}example"),
    *(WrongUrl(row["id"], row["uri"]) for row in rows("mqtt_uri") if row["expect"] != "ok"),
]


@over(URLS)
def test_a_url_names_its_broker(vector: Url) -> None:
    broker = Broker.from_url(vector.text)
    found = Url(*vector[:2], broker.scheme, broker.host, broker.port or 0, broker.username, broker.password)
    assert found == vector


@over([url for url in URLS if url.password])
def test_a_password_is_not_shown(vector: Url) -> None:
    assert vector.password is not None
    broker = Broker.from_url(vector.text)
    with pytest.raises(InvalidValueError) as refusal:
        Broker.from_url(vector.text, keepalive_s=0)
    for text in (repr(broker), str(broker), str(refusal.value)):
        assert vector.password not in text
        assert vector.text not in text


@over(WRONG_URLS)
def test_a_wrong_url_is_refused_in_words(vector: WrongUrl) -> None:
    with pytest.raises(InvalidValueError, match=r"\w+ \w+") as refusal:
        Broker.from_url(vector.text)
    assert not vector.secret or vector.secret not in str(refusal.value)


class Number(NamedTuple):
    """A payload; kind is finite, overflow or not_a_json_number; a finite one's double in hexadecimal."""

    name: str
    payload: bytes
    kind: str
    double: str | None = None


NUMBERS = [
    Number("RFC8259-6 integer", b"42", "finite", "4045000000000000"),
    Number("RFC8259-6 minus zero", b"-0.0", "finite", "8000000000000000"),
    Number("RFC8259-6 exponent", b"-1.5E+3", "finite", "c097700000000000"),
    Number("RFC8259-6 2^53-1", b"9007199254740991", "finite", "433fffffffffffff"),
    Number("RFC8259-2 whitespace", b" \t\r\n1 \t\r\n", "finite", "3ff0000000000000"),
    Number("IEEE754 smallest", b"5e-324", "finite", "0000000000000001"),
    Number("IEEE754 nearest to 0.1", b"0.1", "finite", "3fb999999999999a"),
    Number("IEEE754 beyond", b"1e309", "overflow"),
    Number(
        "RFC8259-6 more digits than a double", b"3.141592653589793238462643383279", "finite", "400921fb54442d18"
    ),
    Number("RFC8259-6 leading zero", b"042", "not_a_json_number"),
    Number("RFC8259-6 plus", b"+1", "not_a_json_number"),
    Number("RFC8259-6 no integer part", b".5", "not_a_json_number"),
    Number("RFC8259-6 NaN", b"NaN", "not_a_json_number"),
    Number("RFC8259-6 Infinity", b"-Infinity", "not_a_json_number"),
    Number("Python underscore", b"1_000", "not_a_json_number"),
    *(Number(row["id"], row["payload"].encode(), row["class_"], row["double_be_hex"]) for row in rows("numeric")),
]


@over(NUMBERS)
def test_a_bare_number(vector: Number) -> None:
    result = decoded(vector.payload)
    if vector.kind == "finite":
        assert [(sample.field, double_of(sample.value)) for sample in result] == [("", vector.double)]
    elif vector.kind == "overflow":
        assert (list(result), result.skipped) == ([], "")
        assert result.undecodable
    else:
        assert fields(vector.payload) == reference(vector.payload)


@over(NUMBERS)
def test_a_number_in_json(vector: Number) -> None:
    payload = b'{"v": ' + vector.payload + b"}"
    assert fields(payload) == reference(payload)


@over([number for number in NUMBERS if number.kind != "not_a_json_number"])
def test_a_number_in_text(vector: Number) -> None:
    found = {field: double_of(value) for field, value in fields(b"v: " + vector.payload.strip()).items()}
    assert found == ({"v": vector.double} if vector.kind == "finite" else {})


def double_of(value: float) -> str:
    """The eight bytes of a double, the sign of zero with them."""
    return struct.pack(">d", value).hex()


class JsonText(NamedTuple):
    """A payload; expect is accept, reject or either, as in JSONTestSuite."""

    name: str
    payload: bytes
    expect: str


UNSTORED = {
    "i_structure_500_nested_arrays.json": b"[" * 500 + b"]" * 500,
    "n_structure_100000_opening_arrays.json": b"[" * 100_000,
    "n_structure_open_array_object.json": b'[{"":' * 50_000 + b"\n",
}
"""What the file of vectors gives by its hash alone."""


def json_of(row: Row) -> JsonText:
    """The vector in a row of json_parsing.jsonl."""
    stored = row["b64"]
    payload = UNSTORED[row["id"]] if stored is None else base64.b64decode(stored)
    assert hashlib.sha256(payload).hexdigest() == row["sha256"]
    return JsonText(row["id"], payload, row["expect"])


IMAGE = b"""{"Image": {"Width": 800, "Height": 600, "Title": "View from 15th Floor",
    "Thumbnail": {"Url": "http://www.example.com/image/481989943", "Height": 125, "Width": 100},
    "Animated": false, "IDs": [116, 943, 234, 38793]}}"""

CITIES = b"""[
    {"precision": "zip", "Latitude": 37.7668, "Longitude": -122.3959, "City": "SAN FRANCISCO", "Zip": "94107"},
    {"precision": "zip", "Latitude": 37.371991, "Longitude": -122.026020, "City": "SUNNYVALE", "Zip": "94085"}
]"""

JSON_TEXTS = [
    JsonText("RFC8259-13 object", IMAGE, "accept"),
    JsonText("RFC8259-13 array", CITIES, "accept"),
    JsonText("RFC8259-13 string", b'"Hello world!"', "accept"),
    JsonText("RFC8259-13 number", b"42", "accept"),
    JsonText("RFC8259-13 true", b"true", "accept"),
    JsonText("RFC6901-5 escaped keys", b'{"": 0, "a/b": 1, "m~n": 8, "~1": 9, " ": 7}', "accept"),
    JsonText("RFC8259-2 whitespace", b' \t\r\n{ "v" :\t1 }\r\n', "accept"),
    JsonText("RFC8259-2 form feed inside", b"[\f1]", "reject"),
    JsonText("RFC8259-2 form feed around", b"\f[1]\f", "reject"),
    JsonText("RFC8259-3 literal's case", b"[True]", "reject"),
    JsonText("RFC8259-6 out of range", b'{"v": 21.5, "w": 1e400}', "either"),
    JsonText("RFC8259-6 integer out of range", b'{"v": 21.5, "w": 1' + b"0" * 400 + b"}", "either"),
    JsonText("RFC8259-7 raw control character", b'["a\nb"]', "reject"),
    JsonText("RFC8259-8.1 byte order mark", b'\xef\xbb\xbf{"v": 1}', "either"),
    JsonText("RFC8259-8.1 UTF-16", '{"v": 1}'.encode("utf-16-le"), "reject"),
    JsonText("RFC8259-8.2 lone surrogate", b'{"\\udead": 1}', "either"),
    *map(json_of, rows("json_parsing")),
]


@over(JSON_TEXTS)
def test_the_json_parser(vector: JsonText) -> None:
    assert vector.expect in ("either", "accept" if is_json(vector.payload) else "reject")


@over(JSON_TEXTS)
def test_the_numbers_of_a_json_text(vector: JsonText) -> None:
    whole, nothing = reference(vector.payload), dict[str, float]()
    allowed = {"accept": [whole], "reject": [nothing], "either": [whole, nothing]}
    assert fields(vector.payload) in allowed[vector.expect]


@over(JSON_TEXTS)
def test_broken_json_is_told_from_json_without_a_number(vector: JsonText) -> None:
    undecodable = decoded(vector.payload).undecodable
    if vector.expect == "accept":
        assert not undecodable
    elif vector.expect == "reject" and vector.payload.lstrip(b" \t\r\n")[:1] in (b"{", b"[", b'"'):
        assert undecodable


def is_json(payload: bytes) -> bool:
    """Whether the package's parser takes it."""
    try:
        parse(payload)
    except NotJsonError:
        return False
    return True


class Hostile(NamedTuple):
    """A text, and its literal form in HTML."""

    name: str
    text: str
    html: str


def hostile(name: str, text: str) -> Hostile:
    """A vector whose literal form is the escaped text."""
    return Hostile(name, text, html.escape(text))


HOSTILE = [
    hostile("HTML script", "<script>alert(1)</script>"),
    hostile("HTML attribute", "\" autofocus onfocus='alert(1)'"),
    hostile("HTML reference", "&lt;b&gt; &#60;b&#62;"),
    hostile("HTML comment", "--><img src=x onerror=alert(1)>"),
    hostile("HTML style", "</style><link rel=stylesheet href=//x>"),
    hostile("TeX", r"$\href{javascript:alert(1)}{x}$"),
    hostile("home/Küche/温度", "home/Küche/温度"),
    Hostile("ECMA48 escape sequence", "\x1b[2J", r"\x1b[2J"),
    Hostile("ECMA48 CSI", "\x9b2J", r"\x9b2J"),
    Hostile("UAX9 override", "a\u202egpj.exe", r"a\u202egpj.exe"),
    Hostile("UAX9 isolate", "\u2066a\u2069", r"\u2066a\u2069"),
    Hostile("UAX14 separators", "a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
    Hostile("MQTT5-1.5.4 NUL", "a\0b", r"a\x00b"),
    Hostile("MQTT5-1.5.4 surrogate", "\ud83c", r"\ud83c"),
    Hostile("Unicode tag", "a\U000e0041", r"a\U000e0041"),
    Hostile("HTML after an override", "\u202e<b>", r"\u202e&lt;b&gt;"),
    *(Hostile(row["id"], row["text"], row["html_text_expected"]) for row in rows("hostile_text")),
]

LITERAL = [text._replace(name=f"{text.name} literally") for text in HOSTILE]

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@over(HOSTILE)
def test_hostile_text_becomes_harmless(vector: Hostile) -> None:
    for text in (printable(vector.text), html_text(vector.text)):
        assert not UNSEEN & {unicodedata.category(char) for char in text}
    assert not set("<>\"'") & set(html_text(vector.text))
    assert html.unescape(html_text(vector.text)) == printable(vector.text, 200)


@over(LITERAL)
def test_hostile_text_is_shown_literally(vector: Hostile) -> None:
    assert html_text(vector.text) == vector.html


class Octets(NamedTuple):
    """Bytes, and whether they are UTF-8."""

    name: str
    data: bytes
    valid: bool


OCTETS = [
    Octets("RFC3629-7 A≢Α.", bytes.fromhex("41e289a2ce912e"), valid=True),
    Octets("RFC3629-7 hangugeo", bytes.fromhex("ed959ceab5adec96b4"), valid=True),
    Octets("RFC3629-7 nihongo", bytes.fromhex("e697a5e69cace8aa9e"), valid=True),
    Octets("RFC3629-7 BOM and U+233B4", bytes.fromhex("efbbbff0a38eb4"), valid=True),
    Octets("RFC3629-3 NUL overlong", bytes.fromhex("c080"), valid=False),
    Octets("RFC3629-3 surrogate pair", bytes.fromhex("eda18cedbeb4"), valid=False),
    Octets("RFC3629-3 above U+10FFFF", bytes.fromhex("f4908080"), valid=False),
    Octets("RFC3629-10 overlong dot", bytes.fromhex("2fc0ae2e2f"), valid=False),
    Octets("RFC3629-4 truncated", bytes.fromhex("e697"), valid=False),
    Octets("RFC3629-1 FE FF", bytes.fromhex("feff"), valid=False),
    *(Octets(row["id"], bytes.fromhex(row["hex"]), row["valid_utf8"]) for row in rows("utf8")),
]


@over(OCTETS)
def test_no_bytes_make_it_raise(vector: Octets) -> None:
    for payload in (vector.data, b'{"v": 1, "s": "%b"}' % vector.data, b"v: 1; s%b: 2" % vector.data):
        result = decoded(payload)
        assert bool(result) != bool(result.skipped or result.undecodable)
        assert vector.valid or result.undecodable


class Payload(NamedTuple):
    """A payload from the field: the numbers to extract, what to leave out, and when it was taken."""

    name: str
    topic: str
    payload: bytes
    expected: dict[str, float]
    ignore: tuple[str, ...] = ()
    time: float | None = None
    layout: str = ""


def payload_of(row: Row) -> Payload:
    """The vector in a row of payloads.jsonl; `value` is the name of a number without one there."""
    payload = base64.b64decode(row["payload_b64"]) if "payload_b64" in row else row["payload"].encode()
    expected = {"" if field == "value" else field: value for field, value in row["expected"].items()}
    name = f"{row['format']} {row['topic']} {zlib.crc32(payload):08x}"
    layout = row["format"].removeprefix("struct:") if row["format"].startswith("struct:") else ""
    when = row.get("time")
    time = time_in(when, 0.0) if isinstance(when, str) else when
    return Payload(name, row["topic"], payload, expected, tuple(row.get("ignore", ())), time, layout)


PAYLOADS = [
    Payload("number", "t", b"21.5", {"": 21.5}),
    Payload("number and line end", "t", b"21.5\r\n", {"": 21.5}),
    Payload("key: value", "t", b"Temperature: 21.5", {"Temperature": 21.5}),
    Payload("key: value unit", "t", "temp:21.5°C; hum: 40 %".encode(), {"temp": 21.5, "hum": 40.0}),
    Payload("key: value with a fullwidth colon", "t", "温度：21.5".encode(), {"温度": 21.5}),
    Payload("key: value lines", "t", b"A: 1\nB: -2e-3\n", {"A": 1.0, "B": -0.002}),
    Payload("JSON object", "t", b'{"BME280": {"Temperature": 21.5}, "ok": true}', {"/BME280/Temperature": 21.5}),
    Payload("JSON array", "t", b"[1, [2.5, null], {}]", {"/0": 1.0, "/1/0": 2.5}),
    Payload("JSON null", "t", b'{"value": null}', {}),
    Payload("last will", "a/LWT", b"Online", {}),
    Payload("empty", "t", b"", {}),
    *map(payload_of, rows("payloads")),
]


@over(PAYLOADS)
def test_a_payload_from_the_field(vector: Payload) -> None:
    samples = found_in(vector)
    found = {sample.field: sample.value for sample in samples}
    assert {field: found.get(field) for field in vector.expected} == pytest.approx(vector.expected, rel=1e-6)
    assert not found.keys() & vector.ignore
    assert bool(found) == bool(vector.expected)
    if samples and vector.time is not None:
        assert min(abs(vector.time - sample.time) for sample in samples) < 1e-3


def found_in(vector: Payload) -> Sequence[Sample]:
    """What a payload holds, twice the same: judged, and as one of many."""
    if vector.layout:
        return Struct(vector.layout).decode(vector.topic, vector.payload)
    samples = decode(vector.topic, vector.payload, received_at=NOW)
    decoder = AutoDecoder()
    assert all(decoder.decode(vector.topic, vector.payload, received_at=NOW) == samples for _ in range(9))
    return samples


NOW = 1.795e9


class FromTheField(NamedTuple):
    """A payload of a device, after others, and all that is right to draw of it.

    Attributes:
        name: the device.
        topic: the topic name.
        payload: the application message.
        before: topics and payloads that came earlier.
        received_at: epoch seconds.
        lines: name → (its values, its unit or None for whichever).
        times: those of a line's values, epoch seconds, or one for all; None for the time of arrival.
    """

    name: str
    topic: str
    payload: bytes
    before: list[tuple[str, bytes]]
    received_at: float
    lines: dict[str, tuple[list[float], str | None]]
    times: list[float] | float | None


def device_of(row: Row) -> FromTheField:
    """The vector in a row of field.jsonl."""
    lines = {
        name: ([float(each) for each in (value if isinstance(value, list) else [value])], unit)
        for name, (value, unit) in row["right"].items()
    }
    before = [(topic, payload.encode()) for topic, payload in row["sent_before"]]
    return FromTheField(
        row["device"], row["topic"], row["payload"].encode(), before, row["received_at"], lines, row["time"]
    )


@over(
    [
        FromTheField(
            "scale",
            "scale",
            b'{"rssi": -69, "weight": 24.4, "unit": "kg"}',
            [],
            NOW,
            {"/rssi": ([-69.0], None), "/weight": ([24.4], "kg")},
            None,
        ),
        *map(device_of, rows("field")),
    ]
)
def test_a_device_is_read_as_its_owner_would(vector: FromTheField) -> None:
    decoder = AutoDecoder()
    for topic, payload in vector.before:
        decoder.decode(topic, payload, received_at=vector.received_at - 10)
    samples = decoder.decode(vector.topic, vector.payload, received_at=vector.received_at)
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.field, []).append(sample)
    assert found.keys() == vector.lines.keys()
    for name, (values, unit) in vector.lines.items():
        assert [sample.value for sample in found[name]] == pytest.approx(values, rel=1e-6)
        times = vector.received_at if vector.times is None else vector.times
        expected = times if isinstance(times, list) else [times] * len(values)
        assert [sample.time for sample in found[name]] == pytest.approx(expected, abs=1e-3)
        if unit == "state":
            assert isinstance(samples, Decoded)
            assert name in samples.states
        elif unit is not None:
            assert symbol(found[name][0].unit) == unit


def test_every_deviation_still_deviates() -> None:
    deviating = [(check, each) for check, vectors in CHECKS for each in vectors if each.name in DEVIATIONS]
    still = {each.name for check, each in deviating if not agrees(check, each)}
    assert {each.name for _, each in deviating} == still


def agrees(check: Check, vector: Vector) -> bool:
    """Whether the package does what the vector expects."""
    try:
        check(vector)
    except (AssertionError, ValueError, pytest.fail.Exception):
        return False
    return True

"""What is nearly JSON is read as its sender meant it; what may mean two things, and what is cut off, is not."""

from __future__ import annotations

import time

import pytest

from mqttwidgets import AutoDecoder, decode, explain
from mqttwidgets.decoding.decoder import Decoded
from mqttwidgets.decoding.formats import lenient_json

READ = {
    "{'temperature': 21.5, 'ok': True, 'name': None}": {"/temperature": 21.5},
    "{'a': {'b': 'it\\'s', 't': 2.5}}": {"/a/t": 2.5},
    "{'t': np.float64(21.5), 'd': Decimal('2.5'), 'p': (1, 2)}": {"/t": 21.5, "/d": 2.5, "/p/0": 1, "/p/1": 2},
    "{params:{Press_In:256,Press_Out:34}}": {"Press_In": 256, "Press_Out": 34},
    "{t:21.5,room:kitchen}": {"t": 21.5},
    "{in:{t:21.5},out:{t:7}}": {"in/t": 21.5, "out/t": 7},
    "{temperature=21.5, humidity=48}": {"temperature": 21.5, "humidity": 48},
    "SensorData{temp=21.5, hum=48}": {"temp": 21.5, "hum": 48},
    "Reading(temp=21.5, hum=48)": {"temp": 21.5, "hum": 48},
    '{"t":21.5,}': {"/t": 21.5},
    '{"t":21.5,"h":[1,2,],}': {"/t": 21.5, "/h/0": 1, "/h/1": 2},
    '{"t":21.5;"h":48}': {"/t": 21.5, "/h": 48},
    '{"t":21.5\n"h":48}': {"/t": 21.5, "/h": 48},
    '{"t":21.5, // inside\n "h":/* per cent */48}': {"/t": 21.5, "/h": 48},
    '{"t":+21.5,"u":.5,"v":5.,"w":00400.4,"x":-.5}': {"/t": 21.5, "/u": 0.5, "/v": 5, "/w": 400.4, "/x": -0.5},
    '{"t":,"h":48}': {"/h": 48},
    '{"t":nan,"h":-nan,"p":NAN(0),"q":48}': {"/q": 48},
    '{"t":21.5}{"t":21.5}': {"/t": 21.5},
    '{"a":0x1F,"t":21.5,"time":2025-11-03T19:34:28Z}': {"/t": 21.5},
    '"t":21.5,"h":48': {"/t": 21.5, "/h": 48},
    "[+1.5,-.5]": {"/0": 1.5, "/1": -0.5},
    'sensor: {"t": 21.5}': {"sensor/t": 21.5},
    'data: {"t": 21.5}': {"/t": 21.5},
    'DATA {"t": 21.5};': {"/t": 21.5},
    'callback({"t": 21.5})': {"/t": 21.5},
    '{"t": 21.5} OK': {"/t": 21.5},
    "b'21.5'": {"": 21.5},
    "b'{\"t\": 21.5}'": {"/t": 21.5},
    '{\\"t\\":21.5}': {"/t": 21.5},
    "'{t:21.5}'": {"t": 21.5},
    "'21.5'": {"": 21.5},
    '{{"t":21.5}}': {"/t": 21.5},
    '{"a":{"t":21.5}}}': {"/a/t": 21.5},
    "{“t”:21.5}": {"/t": 21.5},
    "{u't': 21.5}": {"/t": 21.5},
    "{:t=>21.5, :h=>48}": {"t": 21.5, "h": 48},
    "OrderedDict([('t', 21.5), ('h', 48)])": {"t": 21.5, "h": 48},
    "map[hum:48 temp:21.5]": {"hum": 48, "temp": 21.5},
    "&{T:21.5 H:48}": {"T": 21.5, "H": 48},
    "{T:21.5 H:48}": {"T": 21.5, "H": 48},
    "t -> 21.5": {"t": 21.5},
    '{"a":1,"t":{"b":2,"c":3': {"/a": 1, "/t/b": 2},
    '{"a":1,"t":"21': {"/a": 1},
}


@pytest.mark.parametrize("payload", READ)
def test_it_is_read_as_it_was_meant(payload: str) -> None:
    samples = decode("x", payload.encode(), received_at=1_762_198_500.0)
    assert {sample.field: sample.value for sample in samples} == READ[payload]


@pytest.mark.parametrize(
    "payload",
    [
        '{"t": 21,5}',  # a decimal comma, or a value without a key
        '{"t": 21.5',  # 21.57, perhaps
        '{"t": 2 1}',
        '{"t" 21.5}',
        '{"t":: 21.5}',
        '{"t": [1, 2}',
        "[1,]",
        "[1,,2]",
        "[1:2]",
        "[1, 2",
        "[12:30] temp=5",
        "{t}",
        "{{t:1}",
        "{a:" * 40 + "1" + "}" * 40,
    ],
)
def test_what_may_mean_something_else_is_not(payload: str) -> None:
    decoded = AutoDecoder().decode("x", payload.encode())
    assert isinstance(decoded, Decoded)
    assert (list(decoded), decoded.undecodable) == ([], "not valid JSON")


def test_what_is_cut_short_says_so() -> None:
    decoded = AutoDecoder().decode("x", b'{"temperature":21.5,"humidity":48.')
    assert isinstance(decoded, Decoded)
    assert [(sample.field, sample.value) for sample in decoded] == [("/temperature", 21.5)]
    assert decoded.remarks == [lenient_json.CUT_SHORT]


@pytest.mark.parametrize("word", ["", "--", "inf", "-nan(ind)", "undefined", "None"])
def test_an_empty_value_is_a_gap(word: str) -> None:
    for payload in (f'{{"t":{word},"h":+48}}', f'{{"t":{word}}}'):
        decoded = AutoDecoder().decode("x", payload.encode())
        assert isinstance(decoded, Decoded)
        assert (decoded.gaps, decoded.undecodable) == ([("x", "/t")], "")


@pytest.mark.parametrize("form", ["{'t': %d.5, 'ok': True}", "{t:%d.5,n:7}", '{"t":+%d.5,"n":7,}'])
def test_a_known_topic_is_read_fast(form: str) -> None:
    decoder = AutoDecoder()
    for number in range(20, 30):
        assert decoder.decode("x", (form % number).encode())[0].value == number + 0.5
    assert decoder.reader_of("x") is not None


def test_a_topic_that_is_nearly_json_may_have_a_message_without_a_number() -> None:
    decoder = AutoDecoder()
    assert decoder.decode("x", b"{'t': 21.5}")
    decoded = decoder.decode("x", b"{'state': 'idle'}")
    assert isinstance(decoded, Decoded)
    assert (decoded.skipped, decoded.undecodable) == ("JSON without a number", "")


@pytest.mark.parametrize(("payload", "name"), [("{'t': 21.5}", "JSON"), ("{t: 21.5}", "keys and values")])
def test_it_explains_what_it_took_it_for(payload: str, name: str) -> None:
    explained = explain("x", payload)
    assert explained.format == name
    assert f"AutoDecoder(format={name!r}, time='')" in explained.code
    only = AutoDecoder(format=name, time="")
    assert [sample.value for sample in only.decode("x", payload.encode())] == [21.5]


def test_json_with_a_sign_here_and_there_is_one_format() -> None:
    """printf's %+d writes what is JSON for half of a sine only."""
    decoder = AutoDecoder()
    for number in (1, -2, 3, -4, 5, -6, 7, -8, 9):
        decoded = decoder.decode("x", b'{"y":%+d,"n":7}' % number)
        assert isinstance(decoded, list)
        assert (decoded[0].value, getattr(decoded, "remarks", [])) == (number, [])
    reader = decoder.reader_of("x")
    assert reader is not None
    assert all(reader.samples(b'{"y":%+d,"n":7}' % number, 0.0) for number in (5, -6))


@pytest.mark.parametrize(
    "text",
    ["{'a':" * 20_000, "{" + "a:1," * 20_000, "{" + "'a':'b'," * 9_000, "[" + "1," * 40_000 + "]", "{/*" * 20_000,
     "{a:" + " " * 65_000 + "x", "{'" + "\\'" * 30_000, "{" + ", " * 30_000 + "}", "{a:" + "(" * 60_000,
     "{#" * 30_000, '{"a":1}' * 9_000, "{a:b(" * 12_000, "{a:1 //" * 9_000, "x{" + "y" * 60_000 + "}",
     "R(a=" + "(=" * 30_000 + ")"],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    """The bound is 50 ms of the thread's own, for up to a megabyte; a busy machine gets six times that."""
    begun = time.thread_time()
    lenient_json.parse(text)
    AutoDecoder().decode("x", text.encode())
    assert time.thread_time() - begun < 0.3

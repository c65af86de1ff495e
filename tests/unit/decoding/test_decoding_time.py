"""No message takes long: 50 ms of CPU for a megabyte and some 25 µs for each of 2,000 numbers, whatever is in it.

A busy machine gets several times that here; what grows with the square of its length takes a hundred times that.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import cbor2
import msgspec
import pytest

from mqttwidgets import AutoDecoder, SensorStream, explain
from mqttwidgets.decoding import limits
from mqttwidgets.decoding.decoder import Decoded

from ...support.feeding import message

NOW = 1_795_000_000.0
MEGABYTE = 1_000_000
MOST_S, MOST_S_PER_BYTE = 0.3, 0.4 / MEGABYTE
"""About six times what is promised."""


class Hostile(NamedTuple):
    """A message that somebody made to keep us busy."""

    payload: bytes
    topic: str = "lab/x"


def filled(text: str, length: int = MEGABYTE) -> bytes:
    """A text again and again."""
    return (text.encode() * (length // len(text.encode()) + 1))[:length]


def an_object(members: Iterable[str]) -> bytes:
    """A JSON object."""
    return f"{{{','.join(members)}}}".encode()


def an_array(elements: Iterable[str]) -> bytes:
    """A JSON array."""
    return f"[{','.join(elements)}]".encode()


def up_to_a_megabyte(make: Callable[[int], str], join: Callable[[Iterable[str]], bytes]) -> bytes:
    """As many parts as fit."""
    size = 2
    parts: list[str] = []
    for number in itertools.count():
        part = make(number)
        size += len(part.encode()) + 1
        if size > MEGABYTE:
            return join(parts)
        parts.append(part)
    raise AssertionError


def spellings(word: str, count: int = 1_024) -> list[str]:
    """Different keys with the letters of one word: `_f-r eQ`."""
    chance = random.Random(1)  # noqa: S311
    found: set[str] = set()
    for _ in range(3 * count):
        found.add("".join(chance.choice(("", "_", "-", " ", "__")) + chance.choice((c, c.upper())) for c in word))
        if len(found) == count:
            break
    return sorted(found)


def metric(name: bytes) -> bytes:
    """A Sparkplug metric with a double."""
    body = b"\x0a" + varint(len(name)) + name + b"\x20\x0a\x69" + struct.pack("<d", 1.5)
    return b"\x12" + varint(len(body)) + body


def varint(number: int) -> bytes:
    """A number as protobuf writes it."""
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def in_texts(document: bytes, count: int) -> bytes:
    """Documents within texts."""
    return an_object(f'"payload{number}":{json.dumps(document.decode())}' for number in range(count))


def in_base64(content: bytes, count: int) -> bytes:
    """The same, not to be seen at once."""
    return an_object(f'"data{number}":"{base64.b64encode(content).decode()}"' for number in range(count))


BIRTH = "spBv1.0/g/NBIRTH/n"
LINES: dict[str, Callable[[int], str]] = {
    "as many keys": lambda at: f"m,a{at}=1 f=1",
    "as many tags": lambda at: f"m,{','.join(f'{at * 7 + tag:x}=1' for tag in range(7))} f=1",
    "as many values": lambda at: f"m,a={at} f=1",
    "as many fields": lambda at: f"m,a{at}=1 f{at}=1,f=2",
    "open quotes": lambda at: f'm,a=1 b="{at}',
    "wrong ends": lambda at: f"m,a=1,b=2,c=3 f=1,g={at}!",
    "names with blanks": lambda at: f"m\\ \\,{at}\\= f=1",
    "blanks before the end": lambda at: f"m f=1{' ' * 60}{at}x",
}
JSON: dict[str, bytes] = {
    "numbers": up_to_a_megabyte(lambda at: f"{at}.5", an_array),
    "objects": up_to_a_megabyte(lambda at: f'{{"t":{at},"h":2}}', an_array),
    "records": up_to_a_megabyte(lambda at: f'{{"time":{NOW + at},"t":2}}', an_array),
    "long records": an_array(f'{{"time":{NOW - at},"id":"d{at}","s":"{"x" * 1_900}"}}' for at in range(490)),
    "a wide object": up_to_a_megabyte(lambda at: f'"{at}":{at}', an_object),
    "long keys": an_object(f'"{at}{"k" * 480}":1' for at in range(1_990)),
    "long keys of words": an_object(f'"{at}{"aB_" * 160}":1' for at in range(1_990)),
    "keys in Chinese": an_object(f'"温{at}{"度" * 150}":1' for at in range(1_990)),
    "escaped": b'{"t":"' + b"\\u0041" * 166_000 + b'"}',
    "long numbers": an_array(["0." + "1" * 490] * 1_990),
    "one long number": b'{"t":' + b"1" * (MEGABYTE - 10) + b"}",
    "texts like numbers": an_array(f'"{"1" * 380}.5 x{at}"' for at in range(1_990)),
    "texts like dates": an_array(f'"2026-01-02 03:04:05{" " * (at % 20)}x"' for at in range(1_990)),
    "dates of mail": an_object(f'"time{at}":"Mon, 1 Jan 2026 0{at % 10}:00:00 GMT"' for at in range(1_990)),
    "deep": b'{"a":[' * 450 + b"1" + b"]}" * 450,
    "a number and a long text": b'{"t":1.5,"x":"' + b"a" * (MEGABYTE - 30) + b'"}',
    "lines": b"\n".join([b'{"t":1,"s":"' + b"x" * 480 + b'"}'] * 1_999),
    "lines of no JSON": b"\n".join([b'{"t":1}'] * 1_900 + [b"{" + b" " * 900_000]),
    "NaN and numbers": b"[NaN," + b",".join([b"9" * 290] * 880) + b"]",
    "names with all else": b'[{"name":"a","value":1,' + an_object(f'"{at}":1' for at in range(90_000))[1:] + b"]",
    "names with much": an_array(
        '{"name":"a","value":1,' + ",".join(f'"{key}":1' for key in range(90)) + "}" for _ in range(20)
    ),
    "names": an_array(f'{{"name":"n{at}","value":{at},"{"k" * 900}":1}}' for at in range(600)),
    "rows": up_to_a_megabyte(lambda at: f'["n{at}",{at},"V"]', an_array),
    "units of kinds": an_object(
        [
            *(f'"{"aB" * 45}Temp{at}Unit":"C"' for at in range(900)),
            *(f'"{"cD" * 45}{at}":1' for at in range(1_000)),
        ]
    ),
    "many units": an_object(f'"s{at}":{{"id":{at},"unit":"V","value":{at}}}' for at in range(480)),
    "times of day": an_object(f'"{key}":"12:00:00"' for key in spellings("timestamp", 1_990)),
    "times of day in an object": b'{"a":'
    + an_object(f'"{key}":"12:0:00"' for key in spellings("time", 1_990))
    + b"}",
    "a block": b'{"t0":1795000000,"dt":0.001,"values":[' + b"1.5," * 240_000 + b"1]}",
    "a block with all else": b'{"t0":1795000000,"dt":1,"values":[1,2,3],'
    + an_object(f'"{at}":1' for at in range(80_000))[1:],
    "documents of many": in_texts(an_object(f'"{key}":1' for key in spellings("freq", 1_000)), 20),
    "documents that are none": in_texts(b"[" + b"1," * 8_000 + b"x]", 60),
    "short documents that are none": an_object(f'"p{at}":"[{"1," * 240}x]"' for at in range(1_900)),
    "pairs in base64": in_base64(b"a:1 " * 2_000 + b"b c d e", 80),
    "rows in base64": in_base64(b"1,2 x;" * 2_000, 80),
    "words in base64": in_base64(b"word " * 60, 1_900),
    "SenML": up_to_a_megabyte(lambda at: f'{{"n":"n{at}","v":{at}}}', an_array),
    "SenML of wrong names": up_to_a_megabyte(lambda _: '{"n":"!","v":1}', an_array),
    "SenML of bases": up_to_a_megabyte(lambda _: '{"bn":"a"}', an_array),
    "SenML of texts": up_to_a_megabyte(lambda at: f'{{"n":"a{at}","vs":"aaaaaaaa"}}', an_array),
    "SenML with all else": b'[{"n":"a","v":1,' + an_object(f'"{at}":1' for at in range(90_000))[1:] + b"]",
}
TEXTS = {
    **{f"{text!r}": text for text in ("1.5,", "1,5;", "key: value; ", "a:1 ", "word ", "a=1&", "a\t1\t", " x")},
    **{
        f"{text!r}": text
        for text in ("temperature 21.5 ", "#x\n", "# \t\r", "\\,", 'a b="', 'a b="\\"', "温：2；")
    },
    "rows with times": "2026-01-02 03:04:05,1\n",
    "rows with dates of mail": "Mon, 1 Jan 2026 03:04:05;1\n",
    "a telegram of a meter": "1-0:1.8.0(123456.789*kWh)\r\n",
    "value lists": "1795000000:1:",
}
PARTS: dict[str, Callable[[Any], bytes]] = {"CBOR": cbor2.dumps, "MessagePack": msgspec.msgpack.encode}
BINARY: dict[str, Any] = {
    "numbers": [at + 0.5 for at in range(100_000)],
    "a wide object": {f"k{at}": at for at in range(90_000)},
    "long keys": {f"{at}{'k' * 480}": 1.5 for at in range(1_990)},
    "records": [{"time": NOW + at, "t": 1.5} for at in range(650)],
    "a number and a long text": {"t": 1.5, "x": "a" * (MEGABYTE - 30)},
    "texts": ["a" * 500] * 1_900,
}
MESSAGES: dict[str, Hostile] = {
    **{f"JSON: {name}": Hostile(payload) for name, payload in JSON.items()},
    **{
        f"spellings of {word}": Hostile(an_object(f'"{key}":{at}' for at, key in enumerate(spellings(word))))
        for word in ("freq", "time", "value", "date", "unit", "id", "mac", "name")
    },
    **{f"text: {name}": Hostile(filled(text, 99_990)) for name, text in TEXTS.items()},
    **{f"short text: {name}": Hostile(filled(text, 8_190)) for name, text in TEXTS.items()},
    **{
        f"line protocol: {name}": Hostile("\n".join(line(at) for at in range(1_900))[:99_990].encode())
        for name, line in LINES.items()
    },
    "line protocol: digits": Hostile(b"m f=" + b"1" * 90_000 + b"x"),
    "line protocol: one open quote": Hostile(b'm f="' + b'\\"' * 45_000),
    "line protocol: long numbers": Hostile(b"m " + b",".join(b"f%d=%s" % (at, b"9" * 300) for at in range(320))),
    **{
        f"{name}: {what}": Hostile(encode(document))
        for name, encode in PARTS.items()
        for what, document in BINARY.items()
    },
    "CBOR: texts in pieces": Hostile(b"\x99\x07\x00" + (b"\x7f" + b"\x61a" * 250 + b"\xff") * 1_792),
    "CBOR: large exponents": Hostile(b"\x99\x03\x00" + b"\xc5\x82\x1a\x7f\xff\xff\xff\x01" * 768),
    "CBOR: long dates": Hostile(b"\x99\x07\x00" + b"\xc0\x79\x02\x00" + b"2026-01-02T03:04:05." + b"1" * 492),
    "Sparkplug: a birth": Hostile(b"".join(metric(b"m%d" % at + b"x" * 440) for at in range(1_990)), BIRTH),
    "Sparkplug: empty metrics": Hostile(b"\x12\x00" * 500_000, BIRTH),
    "Sparkplug: groups": Hostile(b"\x0b" * MEGABYTE, BIRTH),
    "random bytes": Hostile(random.Random(1).randbytes(MEGABYTE)),  # noqa: S311
    "blanks": Hostile(b" " * (MEGABYTE - 1) + b"x"),
    **{
        f"descriptions: {name} of bridge": Hostile(an_array(parts), "base/bridge/devices")
        for name, parts in {
            "devices": [f'{{"friendly_name":"{at}","definition":{{}}}}' for at in range(24_000)],
            "texts": ['"x"'] * 200_000,
            "properties": [
                '{"friendly_name":"a","definition":{"exposes":'
                + an_array(f'{{"property":"{at}"}}' for at in range(45_000)).decode()
                + "}}"
            ],
        }.items()
    },
    "descriptions: nodes": Hostile(
        b'{"nodes":' + an_object(f'"{at}":{{"properties":{{"p":{{"unit":"K"}}}}}}' for at in range(21_000)) + b"}",
        "homie/5/d/$description",
    ),
    "descriptions: a format": Hostile(b"," * (MEGABYTE - 1), "homie/d/n/p/$format"),
    "descriptions: a unit": Hostile(b"x" * (MEGABYTE - 1), "a/b/unit"),
    "a description": Hostile(
        b'{"~":"'
        + b"b" * 60_000
        + b'","components":'
        + an_object(f'"c{at}":{{"stat_t":"~{"a" * 4_000}{at}","unit_of_meas":"V"}}' for at in range(200))
        + b"}",
        "a/config",
    ),
    "a long topic": Hostile(an_object(f'"k{at}":{at}' for at in range(1_900)), "t" * 60_000),
    "a topic of words": Hostile(an_object(f'"k{at}":{at}' for at in range(1_900)), "aB" * 490),
    "numbers within names": Hostile(
        "\n".join(f"k{at} [{at}]: {at}" for at in range(19)).encode()
        + b";".join(b"k%dx:v" % at for at in range(350))
    ),
    "times side by side": Hostile(
        json.dumps(
            {"ts": NOW, "b": {**{key: [1] * 2 for key in spellings("offset", 900)}, "z": [1, [1]]}}
        ).encode()
    ),
    "many arrays of times": Hostile(
        json.dumps({**{f"timestamp{number}": [NOW, NOW] for number in range(600)}, "z": [1, [1]]}).encode()
    ),
    "heads and rows": Hostile(
        json.dumps(
            {
                **{key: ["t"] for key in spellings("columns", 400)},
                **{key: [[1], 1] for key in spellings("values", 400)},
            }
        ).encode()
    ),
    "a table of many rows": Hostile(json.dumps({"columns": ["t"], "rows": [[1]] * 49_000}).encode()),
    "rows with a time in front": Hostile(json.dumps([[NOW, *([1] * 45)]] * 1_900).encode()),
    "lists in texts": Hostile(
        json.dumps({f"temperature{number}": ";".join("1" * 200) for number in range(1_900)}).encode()
    ),
    "labels that are none": Hostile(
        "\n".join("a{" + "a" * 60 + '="' + "x" * 1_900 + "} 1" for _ in range(49)).encode()
    ),
    "texts that may be dates": Hostile(
        json.dumps({f"timestamp{number}": "Sat Nov 30 2026 10:00:00 xx" for number in range(1_900)}).encode()
    ),
}


def cpu_s(run: Callable[[], object]) -> float:
    """What something takes, in seconds of the thread's own."""
    begun = time.thread_time()
    run()
    return time.thread_time() - begun


def quickest(make_run: Callable[[], Callable[[], object]], most_s: float) -> float:
    """What something takes, tried again only where that is too long: the clock of threads is not exact."""
    took = cpu_s(make_run())
    for _ in range(2):
        if took > most_s:
            took = min(took, cpu_s(make_run()))
    return took


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", MESSAGES)
def test_no_message_takes_long(name: str) -> None:
    """Neither the first of a topic nor a later one, nor one that is asked for fields, nor its explanation."""
    payload, topic = MESSAGES[name]
    most_s = MOST_S + MOST_S_PER_BYTE * len(payload)
    known, asked = AutoDecoder(), AutoDecoder(fields=["*temperature", "lab/*/h*"])

    def decode(decoder: AutoDecoder) -> Callable[[], object]:
        return lambda: decoder.decode(topic, payload, received_at=NOW)

    assert quickest(lambda: decode(AutoDecoder()), most_s) < most_s
    assert max(cpu_s(decode(known)) for _ in range(5)) < most_s or quickest(lambda: decode(known), most_s) < most_s
    assert quickest(lambda: decode(asked), most_s) < most_s
    assert quickest(lambda: lambda: repr(explain(topic, payload)), most_s) < most_s
    decoded = known.decode(topic, payload, received_at=NOW)
    assert "raised" not in getattr(decoded, "undecodable", "")
    assert decoded or (isinstance(decoded, Decoded) and (decoded.skipped or decoded.undecodable))


@pytest.mark.parametrize("name", ["JSON: long keys of words", "a long topic", "a topic of words"])
def test_no_message_takes_a_stream_long_that_wants_some_fields(name: str) -> None:
    payload, topic = MESSAGES[name]
    most_s = 2 * MOST_S + MOST_S_PER_BYTE * len(payload)
    stream = SensorStream("#", fields=["*temperature", "lab/*/h*"])

    def take() -> None:
        stream.deliver(message(topic, payload))
        stream.ledger.page()

    assert quickest(lambda: take, most_s) < most_s


def test_a_death_after_births_with_long_names_takes_no_longer_than_one() -> None:
    stream = SensorStream("spBv1.0/#")
    names = [("温" * 150 + str(number)).encode() for number in range(1_900)]
    for device in range(10):
        stream.deliver(message(f"spBv1.0/g/DBIRTH/n/d{device}", b"".join(map(metric, names))))
    stream.ledger.page()

    def die() -> None:
        stream.deliver(message("spBv1.0/g/NDEATH/n", b""))
        stream.ledger.page()

    assert quickest(lambda: die, MOST_S) < MOST_S


def test_reading_that_goes_on_and_on_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_args: object) -> object:
        return list(limits.in_time(itertools.count()))

    monkeypatch.setattr("mqttwidgets.decoding.formats.json_text.parse", endless)
    monkeypatch.setattr("mqttwidgets.decoding.auto.limit", lambda: limits.limit(0.05))
    decoded = AutoDecoder().decode("t", b"{}")
    assert isinstance(decoded, Decoded)
    assert decoded.undecodable == "reading it took more than 1 s"
    assert explain("t", b"{}").why_nothing == "reading it took more than 1 s"


def test_rows_are_read_no_further_than_they_may_be_many() -> None:
    rows = b"1,2.5\n" * 2_000
    decoded = AutoDecoder().decode("t", rows + b"no,number\n", received_at=NOW)
    assert isinstance(decoded, Decoded)
    assert decoded.undecodable == "more than 2,000 numbers"


def test_a_fault_of_a_reader_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr("mqttwidgets.decoding.formats.json_text.parse", broken)
    decoded = AutoDecoder().decode("t", b"{}")
    assert isinstance(decoded, Decoded)
    assert decoded.undecodable == "reading it raised ZeroDivisionError"
    assert explain("t", b"{}").why_nothing == "reading it raised ZeroDivisionError"

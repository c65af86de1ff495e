"""Microseconds for a message by format: the first of its kind and a known topic, beside the format's bare parser.

    python -m benchmarks.decoding [--rounds 31]

A known topic is one whose messages have the shape of earlier ones. The bare parser makes Python objects of the
payload and looks at none of them. All run in turn in one process; each figure is the median of its rounds. The
limit is twice the bare parser plus one microsecond; the spread is that of the known topic, between its quartiles.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import struct
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from typing import Any, NamedTuple

import cbor2
import msgspec
from line_protocol_parser import parse_line

from mqttwidgets import AutoDecoder
from mqttwidgets.decoding.formats.sparkplug import parsed

_ROUNDS, _PAYLOADS, _REPEATS = 31, 10, 100
_NOW = 1.795e9


class Format(NamedTuple):
    """A kind of payload.

    Attributes:
        name: for people.
        payload_of: the payload of a number from 0 to 9, for which each differs from the others.
        parse: the bare parser.
        parser: its name.
        topic: where such payloads come.
    """

    name: str
    payload_of: Callable[[int], bytes]
    parse: Callable[[bytes], Any]
    parser: str
    topic: str = "bench/sensor"


def _readings(digit: int) -> dict[str, float]:
    return {"temperature": 21 + digit / 10, "humidity": 48.2, "pressure": 1013.2}


def _tasmota(zone: str) -> Callable[[int], bytes]:
    def payload_of(digit: int) -> bytes:
        return (
            b'{"Time":"2025-11-03T19:34:2%d%s","BME280":{"Temperature":21.%d,"Humidity":66.6,"Pressure":988.6},'
            b'"PressureUnit":"hPa","TempUnit":"C"}' % (digit, zone.encode(), digit)
        )

    return payload_of


def _sparkplug(digit: int) -> bytes:
    """DDATA with three metrics, each with name, timestamp, datatype 10 and a double."""
    metrics = []
    for name, value in _readings(digit).items():
        text = name.encode()
        body = b"\x0a%c%s\x18\xa8\xc4\x91\x8c\xab\x2f\x20\x0a\x69" % (len(text), text)
        metric = body + struct.pack("<d", value)
        metrics.append(b"\x12%c%s" % (len(metric), metric))
    return b"\x08\xa8\xc4\x91\x8c\xab\x2f" + b"".join(metrics) + b"\x18\x05"


def _parse_sparkplug(payload: bytes) -> Sequence[Any]:
    return [parsed("Metric", metric) for metric in parsed("Payload", payload).metrics]


_json, _pack = msgspec.json.decode, msgspec.msgpack
FORMATS = (
    Format("number", lambda digit: b"21.%d" % digit, float, "float"),
    Format("JSON, 3 numbers, 57 B", lambda digit: msgspec.json.encode(_readings(digit)), _json, "msgspec"),
    Format(
        "JSON, 7 numbers, 127 B",
        lambda digit: (
            b'{"battery":37,"humidity":67.1%d,"linkquality":232,"power_outage_count":9,"pressure":1022.8,'
            b'"temperature":6.75,"voltage":2905}' % digit
        ),
        _json,
        "msgspec",
    ),
    Format(
        "JSON, numbers in texts", lambda digit: b'{"temp_1":"20.%d","temp_2":"40.81"}' % digit, _json, "msgspec"
    ),
    Format("JSON, nested, time in UTC", _tasmota("Z"), _json, "msgspec"),
    Format("JSON, nested, local time", _tasmota(""), _json, "msgspec"),
    Format("MessagePack, 3 numbers", lambda digit: _pack.encode(_readings(digit)), _pack.decode, "msgspec"),
    Format("CBOR, 3 numbers", lambda digit: cbor2.dumps(_readings(digit)), cbor2.loads, "cbor2"),
    Format(
        "SenML, 2 records",
        lambda digit: (
            b'[{"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.%d},'
            b'{"n":"current","u":"A","v":1.2}]' % digit
        ),
        _json,
        "msgspec",
    ),
    Format("Sparkplug B, 3 metrics", _sparkplug, _parse_sparkplug, "protobuf", "spBv1.0/g/DDATA/n/d"),
    Format(
        "line protocol, 2 fields",
        lambda digit: b"cpu,cpu=cpu0,host=x usage_idle=31.%d,usage_user=2.5 1568760922000000000" % digit,
        lambda payload: parse_line(payload.decode()),
        "line-protocol-parser",
    ),
    Format(
        "key: value",
        lambda digit: b"Temperature: 21.%d" % digit,
        lambda payload: float(payload.split(b":")[1]),
        "split, float",
    ),
    Format(
        "number with a unit", lambda digit: b"3.1%d A" % digit, lambda payload: float(payload[:-2]), "slice, float"
    ),
    Format(
        "CSV, 3 numbers",
        lambda digit: b"21.%d,48.2,1013.2" % digit,
        lambda payload: list(map(float, payload.split(b","))),
        "split, float",
    ),
)


def microseconds(run: Callable[[bytes], object], payloads: Sequence[bytes]) -> float:
    """Microseconds that `run` takes for one of the payloads."""
    started = time.perf_counter()
    for _ in range(_REPEATS):
        for payload in payloads:
            run(payload)
    return (time.perf_counter() - started) / (_REPEATS * len(payloads)) * 1e6


def measure(kind: Format, rounds: int) -> str:
    """A row of the table for one format."""
    payloads = [kind.payload_of(digit) for digit in range(_PAYLOADS)]
    known = AutoDecoder()
    for payload in payloads * 4:
        known.decode(kind.topic, payload, received_at=_NOW)

    def first(payload: bytes) -> object:
        return AutoDecoder().decode(kind.topic, payload, received_at=_NOW)

    runs = {"bare": kind.parse, "known": lambda payload: known.decode(kind.topic, payload, received_at=_NOW)}
    times: dict[str, list[float]] = {name: [] for name in (*runs, "first")}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(microseconds(run, payloads))
    times["first"] = [microseconds(first, payloads[:1]) for _ in range(3)]
    bare, auto = statistics.median(times["bare"]), statistics.median(times["known"])
    low, _, high = statistics.quantiles(times["known"], n=4)
    limit = 2 * bare + 1
    return (
        f"| {kind.name} | {kind.parser} | {bare:.2f} | {auto:.2f} | {low:.2f} to {high:.2f} | {limit:.2f} | "
        f"{auto / limit:.2f} | {statistics.median(times['first']):.0f} |"
    )


def main() -> None:
    """Print the table, and what it was measured with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    rounds = parser.parse_args().rounds
    packages = ("msgspec", "cbor2", "protobuf", "line-protocol-parser")
    print(f"{datetime.now(timezone.utc):%Y-%m-%d}, Python {platform.python_version()},", end=" ")
    print(", ".join(f"{package} {version(package)}" for package in packages), end="\n\n")
    print(
        "| payload | bare parser | bare µs | known topic µs | spread | limit | share of limit | first message µs |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for kind in FORMATS:
        print(measure(kind, rounds))
        sys.stdout.flush()


if __name__ == "__main__":
    main()

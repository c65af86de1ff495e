"""Protocols that are text: of meters, gateways, monitoring systems, receivers; each told by its form."""

from __future__ import annotations

import json
import time
from typing import NamedTuple

import pytest

from mqttwidgets import AutoDecoder, decode, explain
from mqttwidgets.base.units import symbol
from mqttwidgets.decoding.decoder import Decoded

NOW = 1_762_198_528.0
TAKEN = 1_762_198_468.0  # 2025-11-03 19:34:28 UTC

TELEGRAM = "\r\n".join(
    (
        "/KFM5KAIFA-METER",
        "",
        "1-3:0.2.8(42)",
        "0-0:1.0.0(251103203428W)",
        "0-0:96.1.1(4530303033303030303030303030303030)",
        "1-0:1.8.1(000992.992*kWh)",
        "0-0:96.14.0(0002)",
        "1-0:2.7.0(00.000*kW)",
        "0-0:96.7.21(00003)",
        "1-0:99.97.0(1)(0-0:96.7.19)(000104180320W)(0000237126*s)",
        "0-0:96.13.1()",
        "1-0:31.7.0(001*A)",
        "0-1:24.1.0(003)",
        "0-1:96.1.0(4730303139333430323231313938343135)",
        "0-1:24.2.1(251103200000W)(00473.789*m3)",
        "!6F4A",
        "",
    )
)
OF_TELEGRAM = {
    "1-0:1.8.1": (992.992, "kWh"),
    "0-0:96.14.0": (2, ""),
    "1-0:2.7.0": (0, "kW"),
    "0-0:96.7.21": (3, ""),
    "1-0:31.7.0": (1, "A"),
    "0-1:24.2.1": (473.789, "m³"),
}


class Case(NamedTuple):
    """A payload: the format, (value, unit) of each field, the time where it has one, the topic."""

    format: str
    payload: str
    expected: dict[str, tuple[float, str]]
    time: float | None = None
    topic: str = "x"


CASES = [
    Case("OBIS", TELEGRAM, OF_TELEGRAM, TAKEN),
    Case("OBIS", TELEGRAM.replace("\r\n", "\n").strip(), OF_TELEGRAM, TAKEN),
    Case("OBIS", "1-0:1.8.1(007881.115*kWh)", {"1-0:1.8.1": (7881.115, "kWh")}),
    Case("OBIS", "1-0:16.7.0*255(000123*W)", {"1-0:16.7.0": (123, "W")}),
    Case("OBIS", "1.8.0(000123.456*kWh)\n0.0.0(12345678)\nF.F(00)", {"1.8.0": (123.456, "kWh")}),
    Case(
        "OBIS",
        "/ISk5\r\n\r\n1-0:1.8.1(00001.123*kWh)\r\n0-1:24.3.0(251103203428)(08)(60)(1)(0-1:24.2.1)(m3)\r\n(00124.477)\r\n!",
        {"1-0:1.8.1": (1.123, "kWh"), "0-1:24.3.0": (124.477, "m³")},
    ),
    Case("OBIS", "1-0:2.7.0(00.500*kW)(x)", {"1-0:2.7.0": (0.5, "kW")}),
    Case("OBIS", "1.6.0(0.5*kW)(251103193428)", {"1.6.0": (0.5, "kW")}, TAKEN),
    Case("Ultralight", "t|2|r|3", {"t": (2, ""), "r": (3, "")}),
    Case("Ultralight", "2025-11-03T19:34:28Z|t|21.5|door|open|id|7", {"t": (21.5, ""), "door": (1, "")}, TAKEN),
    Case("SmartREST", "200,c8y_Temperature,T,25,C", {"c8y_Temperature T": (25, "°C")}),
    Case("SmartREST", "200,c8y_Switch,on,1,,2025-11-03T19:34:28Z", {"c8y_Switch on": (1, "")}, TAKEN, "s/us"),
    Case(
        "SmartREST",
        "201,type,2025-11-03T19:34:28Z,c8y_Power,A+,1234,kWh,c8y_Power,A-,2345,kWh",
        {"c8y_Power A+": (1234, "kWh"), "c8y_Power A-": (2345, "kWh")},
        TAKEN,
        "s/us/device",
    ),
    Case("SmartREST", "211,25", {"c8y_TemperatureMeasurement T": (25, "°C")}, None, "s/us"),
    Case("SmartREST", "100,name,type\n212,77", {"c8y_Battery level": (77, "%")}, None, "t/us"),
    Case(
        "SmartREST",
        "210,-87,89,2025-11-03T19:34:28Z",
        {"c8y_SignalStrength rssi": (-87, "dBm"), "c8y_SignalStrength ber": (89, "%")},
        TAKEN,
        "s/us",
    ),
    Case("SmartREST", "401,51.3,-1.25", {"lat": (51.3, "°"), "lng": (-1.25, "°")}, None, "s/us"),
    Case(
        "perfdata",
        "OK - load average: 0.00, 0.00|load1=0.500;15.000;30.000;0; load5=0.250;10.000;25.000;0;",
        {"load1": (0.5, ""), "load5": (0.25, "")},
    ),
    Case("perfdata", "PING OK - fine|rta=0.8ms;100;500;0 pl=5%;20;60;0", {"rta": (0.8, "ms"), "pl": (5, "%")}),
    Case("perfdata", "DISK OK|'/ root'=2643MB;5948;5958;0;5968 n=7c", {"/ root": (2643, "MB"), "n": (7, "")}),
    Case("Graphite", "host.cpu.user 0.89 1762198468", {"host.cpu.user": (0.89, "")}, TAKEN),
    Case("Graphite", "a.b 1 1762198468\na.c;at=b 2 1762198468\n", {"a.b": (1, ""), "a.c,at=b": (2, "")}, TAKEN),
    Case("Graphite", "sensor.temp 21.5", {"sensor.temp": (21.5, "")}),
    Case("OpenTSDB", "put sys.load 1762198468 42.5 host=a", {"sys.load,host=a": (42.5, "")}, TAKEN),
    Case("StatsD", "api.time:320|ms", {"api.time": (320, "ms")}),
    Case("StatsD", "t:21.5|g|#room:hall\nn:1|c|@0.1", {"t,room=hall": (21.5, ""), "n": (1, "")}),
    Case(
        "Prometheus",
        '# HELP t degrees\n# TYPE t gauge\nt{room="hall"} 21.5 1762198468000\nh_bucket{le="5"} 7 1762198468000\n',
        {"t,room=hall": (21.5, "")},
        TAKEN,
    ),
    Case("keys and values", "voltage 3.3\ncurrent 0.5", {"voltage": (3.3, ""), "current": (0.5, "")}),
    Case(
        "NMEA",
        "$GPRMC,193428.00,A,4807.038,N,01131.000,W,022.4,084.4,031125,003.1,W*55",
        {
            "latitude": (48.1173, "°"),
            "longitude": (-11.516666667, "°"),
            "speed": (22.4, "kn"),
            "course": (84.4, "°"),
        },
        TAKEN,
    ),
    Case("NMEA", "$WIMWV,214.8,R,3.5,N,A*2A", {"wind angle": (214.8, "°"), "wind speed": (3.5, "kn")}),
    Case("NMEA", "$SDDPT,3.6,0.0*52", {"depth": (3.6, "m")}),
    Case("markup", "<Meter power=3.14 voltage=122.0>", {"power": (3.14, ""), "voltage": (122, "")}),
    Case("markup", "<temp>21.5</temp>", {"temp": (21.5, "")}),
    Case(
        "markup",
        '<?xml version="1.0"?>\n<r><t unit="C">21.5</t><h>48 %</h><!-- x --></r>',
        {"t": (21.5, "°C"), "h": (48, "%")},
    ),
    Case("markup", '<r temp="21.5" hum="48"/>', {"temp": (21.5, ""), "hum": (48, "")}),
    Case("markup", "<s><in><t>1</t></in><out><t>2</t></out></s>", {"in/t": (1, ""), "out/t": (2, "")}),
    Case("CSV", "+1.5E-03,-2.0E+00,9.9E37", {"col0": (0.0015, ""), "col1": (-2, "")}),
    Case("keys and values", "PASSKEY=05D7&stationtype=GW1000_V1.6.8&freq=433M&model=GW1000&x=5", {"x": (5, "")}),
    Case("keys and values", "ID=I1&PASSWORD=12&dateutc=2025-11-03 19:34:28&t1=5", {"t1": (5, "")}, TAKEN),
    Case("keys and values", "temp 21.5, humidity 48 %", {"temp": (21.5, ""), "humidity": (48, "%")}),
    Case("keys and values", "field1=21.5&field2=48&status=PUBLISH", {"field1": (21.5, ""), "field2": (48, "")}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case.format} {case.payload[:24]!r}" for case in CASES])
def test_what_an_expert_would_have_drawn(case: Case) -> None:
    samples = decode(case.topic, case.payload.encode(), received_at=NOW)
    assert {sample.field: (sample.value, symbol(sample.unit)) for sample in samples} == case.expected
    if "24.3.0" not in case.payload:
        assert {sample.time for sample in samples} == {NOW if case.time is None else case.time}
    assert explain(case.topic, case.payload).format == case.format


def test_groups_of_one_message_have_times_of_their_own() -> None:
    samples = decode("x", b"2025-11-03T19:34:28Z|t|2|r|3#2025-11-03T19:34:29Z|t|1|r|4", received_at=NOW)
    assert [(sample.field, sample.time - TAKEN, sample.value) for sample in samples] == [
        ("t", 0, 2), ("r", 0, 3), ("t", 1, 1), ("r", 1, 4)
    ]  # fmt: skip


def test_a_meter_of_gas_without_the_telegrams_time_has_its_own() -> None:
    (sample,) = decode("x", b"0-1:24.2.1(251103200000W)(00473.789*m3)", received_at=NOW)
    assert NOW - 3_600 < sample.time < NOW


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (json.dumps({"telegram": TELEGRAM}), {f"/telegram/{name}" for name in OF_TELEGRAM}),
        ('{"nmea": "$SDDPT,3.6,0.0*52"}', {"/nmea/depth"}),
        ('{"payload": "t|21.5|h|48"}', {"/payload/t", "/payload/h"}),
        ('{"payload": "{\'t\': 21.5}"}', {"/payload/t"}),
        ('"1-0:1.8.1(007881.115*kWh)"', {"1-0:1.8.1"}),
        ('{"path": "/dev/tty (5)", "t": 5}', {"/t"}),
    ],
)
def test_a_protocol_within_json(payload: str, expected: set[str]) -> None:
    assert {sample.field for sample in decode("x", payload.encode(), received_at=NOW)} == expected


@pytest.mark.parametrize(
    "payload",
    [
        "1.5|2.5|3",
        "version 1.2.3",
        "a.b c 1762198468",
        "http://a.b/c 5 x",
        "gauge:+4|g",
        "users:17|s",
        "100,name,c8y_MQTT",
        "$GPGGA,,,,,,0,,,,M,,M,,",
        "<html><body>5</body></html>",
        "<script>alert(1)</script>",
        "<a><b>5</a></b>",
        "<__main__.Foo object at 0x7f12>",
        '<!DOCTYPE r [<!ENTITY a "5">]><r>&a;</r>',
        "f(5)",
    ],
)
def test_other_texts_give_nothing(payload: str) -> None:
    assert decode("s/us" if payload.startswith("100") else "x", payload.encode()) == []


def test_a_sentence_with_a_wrong_checksum_is_broken() -> None:
    decoded = AutoDecoder().decode("x", b"$SDDPT,3.7,0.0*52")
    assert isinstance(decoded, Decoded)
    assert decoded.undecodable == "a sentence of NMEA with a wrong checksum"


def test_no_value_is_a_gap() -> None:
    for payload, name in (
        (b"OK|a=U;1 b=5", "a"),
        (b"# TYPE a gauge\na NaN\nb 5", "a"),
        (b"a.b nan 1762198468\na.c 5 1762198468", "a.b"),
        (b"1-0:1.8.1()\n1-0:1.7.0(1*kW)", "1-0:1.8.1"),
        (b"$GPGGA,123519,,,,,0,03,,,M,,M,,", "latitude"),
    ):
        decoded = AutoDecoder().decode("x", payload, received_at=NOW)
        assert isinstance(decoded, Decoded)
        assert ("x", name) in decoded.gaps
        assert len(decoded) == 1


FORMS = [
    "1-0:1.8.1(00%d.115*kWh)",
    "t|%d.5|r|3",
    "200,c8y_Temperature,T,%d.5,C",
    "OK|load=%d.5;15;30",
    "a.b.c %d.5 1762198468",
    "a:%d.5|g",
    'a{b="c"} %d.5',
    "<Meter power=%d.5 voltage=7>",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_known_topic_is_read_fast(form: str) -> None:
    decoder = AutoDecoder()
    for number in range(20, 30):
        samples = decoder.decode("x", (form % number).encode(), received_at=NOW)
        assert int(samples[0].value) == number
    assert decoder.reader_of("x") is not None


@pytest.mark.parametrize(
    "text",
    ["1-0:1.8.1" + "(1)" * 10_000, "1-0:1.8.1(" * 3_000, "a|1#" * 4_000, "200,a,b,1," + "," * 16_000,
     "'a" * 8_000 + "=1;", "x|" + "a=1;" * 4_000, "a.b " * 20_000, "a;b=c" * 20_000 + " 1 1",
     "put a 1762198468 1" + " b=c" * 20_000,
     "a:1|g|#" + "b:c," * 20_000, "a{" + 'b="' * 30_000 + "} 1", "$GPGGA" + ",1" * 8_000,
     "<a " + "b=1 " * 15_000 + ">", "<a>" * 20_000,
     "<a>" * 1_000 + "</a>" * 1_000, "<!--" * 15_000, "<a b='" * 10_000, "<?" * 30_000],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    """The bound is 50 ms of the thread's own, for up to a megabyte; a busy machine gets six times that."""
    begun = time.thread_time()
    AutoDecoder().decode("x", text.encode())
    assert time.thread_time() - begun < 0.3


@pytest.mark.parametrize(
    "text", ["temp=21;hum=40", "power=5;voltage=230", "a=1;b=2;c=3", "temp=21.5;hum=40.2", "t=21;h=40"]
)
def test_pairs_between_semicolons_are_no_thresholds(text: str) -> None:
    found = {sample.field: sample.value for sample in decode("t", text.encode(), received_at=0.0)}
    assert found == {key: float(value) for key, _, value in (pair.partition("=") for pair in text.split(";"))}

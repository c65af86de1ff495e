"""Payloads of the kinds that the field sends: devices, records, tables, units, times, settings, states."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from mqttwidgets import AutoDecoder, Sample
from mqttwidgets.base.units import symbol
from mqttwidgets.decoding.decoder import Decoded

NOW = 1_796_032_800.0  # 2026-11-30 10:00:00 UTC


class Reading(NamedTuple):
    """A sample: its line, its value, its unit, seconds after NOW."""

    field: str
    value: float
    unit: str = ""
    after_s: float = 0.0


def decoded(*payloads: object, topic: str = "plant") -> list[list[Sample]]:
    """What comes of messages on one topic; of each a text, or a document to write as JSON."""
    decoder = AutoDecoder()
    texts = [each if isinstance(each, str) else json.dumps(each) for each in payloads]
    return [decoder.decode(topic, text.encode(), received_at=NOW) for text in texts]


def read(*payloads: object, topic: str = "plant") -> list[list[Reading]]:
    """The samples of each message."""
    return [
        [Reading(each.field, each.value, symbol(each.unit), round(each.time - NOW, 3)) for each in samples]
        for samples in decoded(*payloads, topic=topic)
    ]


def lines(*payloads: object, topic: str = "plant") -> list[list[str]]:
    """The lines of each message."""
    return [[each.field for each in samples] for samples in read(*payloads, topic=topic)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"name": "temp", "value": 21.5}, {"name": "hum", "value": 48}, [["temp"], ["hum"]]),
        ({"tagName": "TIC1", "v": 1}, {"tagName": "TIC2", "v": 2}, [["TIC1"], ["TIC2"]]),
        ({"room": "a", "t": 21.5}, {"room": "b", "t": 11.5}, [["/t"], ["/t,room=b"]]),
        ({"raum": "a", "t": 21.5}, {"raum": "b", "t": 11.5}, [["/t"], ["/t,raum=b"]]),
        ({"sensor_id": 4, "t": 1}, {"sensor_id": 9, "t": 2}, [["/t"], ["/t,sensor_id=9"]]),
        ({"mmsi": 244000000, "speed": 6}, {"mmsi": 2, "speed": 7}, [["/speed"], ["/speed,mmsi=2"]]),
        (
            {"fields": {"idle": 98.1}, "tags": {"cpu": "cpu0"}},
            {"fields": {"idle": 97.1}, "tags": {"cpu": "cpu1"}},
            [["/fields/idle"], ["/fields/idle,cpu=cpu1"]],
        ),
        (
            {"id": "x", "type": "temp", "value": 3},
            {"id": "y", "type": "temp", "value": 4},
            [["temp"], ["temp,id=y"]],
        ),
        ({"device": {"id": "a"}, "t": 1}, {"device": {"id": "b"}, "t": 2}, [["/t"], ["/t,id=b"]]),
        ({"payload": 1, "topic": "k/t"}, {"payload": 2, "topic": "k/h"}, [["/payload"], ["/payload,topic=k/h"]]),
        (
            {"sensor": "s1", "type": "temperature", "value": 21},
            {"sensor": "s2", "type": "temperature", "value": 22},
            [["temperature"], ["temperature,sensor=s2"]],
        ),
    ],
)
def test_a_value_goes_by_the_name_beside_it(first: object, second: object, expected: list[list[str]]) -> None:
    assert lines(first, second) == expected
    assert lines(first, first, second, first, second) == [expected[0], *expected, *expected]


def test_a_number_that_counts_messages_names_no_device() -> None:
    assert lines(*({"id": number, "t": 1} for number in (4711, 4712, 4713))) == [["/t"]] * 3


def test_an_id_that_is_never_the_same_names_no_device() -> None:
    found = lines(*({"id": f"{number:032x}", "t": 1} for number in range(20)))
    assert found[-1] == ["/t"]
    assert len({field for fields in found for field in fields}) < 3


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            {"sensors": [{"id": "A", "t": 1}, {"id": "B", "t": 2}]},
            {"sensors": [{"id": "B", "t": 3}, {"id": "A", "t": 4}]},
            [["A/t", "B/t"], ["B/t", "A/t"]],
        ),
        (
            {"ports": [{"port": 1, "rx": 5}, {"port": 2, "rx": 6}]},
            {"ports": [{"port": 2, "rx": 7}, {"port": 1, "rx": 8}]},
            [["/ports/1/rx", "/ports/2/rx"], ["/ports/2/rx", "/ports/1/rx"]],
        ),
        (
            [{"deviceId": 1001, "rssi": -50}, {"deviceId": 1002, "rssi": -60}],
            [{"deviceId": 1002, "rssi": -61}],
            [["rssi,deviceId=1001", "rssi,deviceId=1002"], ["rssi,deviceId=1002"]],
        ),
        (
            [{"ts": NOW, "kind": "grid", "eid": 7, "p": 1}, {"ts": NOW, "kind": "sun", "eid": 9, "p": 2}],
            [{"ts": NOW, "kind": "sun", "eid": 9, "p": 3}, {"ts": NOW, "kind": "grid", "eid": 7, "p": 4}],
            [["grid/p", "sun/p"], ["sun/p", "grid/p"]],
        ),
        (
            {"rx": [{"gateway_id": "g1", "rssi": -50}]},
            {"rx": [{"gateway_id": "g2", "rssi": -60}, {"gateway_id": "g1", "rssi": -51}]},
            [["/rx/0/rssi"], ["g2/rssi", "/rx/0/rssi"]],
        ),
    ],
)
def test_what_has_a_name_keeps_its_line_in_any_order(
    first: object, second: object, expected: list[list[str]]
) -> None:
    assert lines(first, second) == expected
    assert lines(first, first, second) == [expected[0], *expected]


def test_records_of_one_thing_are_one_line() -> None:
    records = [{"ts": 1_796_032_790_000, "values": {"t": 21.5}}, {"ts": 1_796_032_791_000, "values": {"t": 21.6}}]
    assert read({"A": records}, {"A": records[:1]}) == [
        [Reading("/A/values/t", 21.5, "", -10), Reading("/A/values/t", 21.6, "", -9)],
        [Reading("/A/values/t", 21.5, "", -10)],
    ]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {
                "head": {"fields": [{"name": "BattV", "units": "Volts"}]},
                "data": [{"time": "2026-11-30T09:59:59", "vals": [12.1]}],
            },
            [Reading("BattV", 12.1, "V", -1)],
        ),
        (
            {"columns": ["time", "t"], "values": [[1_796_032_790, 1], [1_796_032_791, 2]]},
            [Reading("t", 1, "", -10), Reading("t", 2, "", -9)],
        ),
        (
            {"names": ["t", "h"], "units": ["°C", "%"], "values": [1, 2]},
            [Reading("t", 1, "°C"), Reading("h", 2, "%")],
        ),
        (
            {"time": [1_796_032_790, 1_796_032_791], "t": [1, 2]},
            [Reading("/t", 1, "", -10), Reading("/t", 2, "", -9)],
        ),
        (
            {"ts": 1_796_032_799, "series": {"$_time": [0, 20], "p": [1, 2]}},
            [Reading("p", 1, "", -1), Reading("p", 2, "", -0.98)],
        ),
        (
            [[1_796_032_790_000, 21.5], [1_796_032_791_000, 21.6]],
            [Reading("", 21.5, "", -10), Reading("", 21.6, "", -9)],
        ),
        ({"obs": [[1_796_032_790, 1, 2]]}, [Reading("/obs/0/1", 1, "", -10), Reading("/obs/0/2", 2, "", -10)]),
        (
            {"a": [1, 2], "b": [3, 4]},
            [
                Reading(f"/{key}/{at}", value)
                for key, at, value in (("a", 0, 1), ("a", 1, 2), ("b", 0, 3), ("b", 1, 4))
            ],
        ),
    ],
)
def test_tables_and_rows(document: object, expected: list[Reading]) -> None:
    assert read(document) == [expected]


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        *(("rssi_dbm", "dBm"), ("power_w", "W"), ("power_kw", "kW"), ("voltage_v", "V"), ("current_a", "A")),
        *(
            ("energy_wh", "Wh"),
            ("pressure_kpa", "kPa"),
            ("pressureHPa", "hPa"),
            ("freq_hz", "Hz"),
            ("uptime_s", "s"),
        ),
        *(("Temperature (°C)", "°C"), ("Humidity [%]", "%"), ("Luftdruck in hPa", "hPa"), ("Temp / °C", "°C")),
        *(
            ("windspeedmph", "mph"),
            ("tempinf", "°F"),
            ("temp1f", "°F"),
            ("baromrelin", "inHg"),
            ("dailyrainin", "in"),
        ),
        *(("pm25_ug_m3", "µg/m³"), ("flow_l_min", "L/min"), ("battery_runtime_mins", "min"), ("baro_alt_m", "m")),
        *(("temp_min", ""), ("humidity_in", ""), ("progress_bar", ""), ("power_meter", ""), ("phase_A", "")),
        *(("temp_ma", ""), ("speed_ms", ""), ("train", ""), ("Temp (indoor)", ""), ("power_factor", "")),
    ],
)
def test_units_at_the_end_of_keys(key: str, unit: str) -> None:
    assert read({key: 21.5}) == [[Reading(f"/{key}".replace(" / ", " ~1 "), 21.5, unit)]]


def test_letters_of_phases_are_no_units() -> None:
    assert read({"current_a": 1, "current_b": 2}) == [[Reading("/current_a", 1), Reading("/current_b", 2)]]


@pytest.mark.parametrize(
    ("document", "units"),
    [
        ({"rssi": -69, "weight": 24.4, "unit": "kg"}, ["", "kg"]),
        ({"t": 1, "h": 2, "units": {"t": "C", "h": "%"}}, ["°C", "%"]),
        ({"value": 3, "unit": "enum"}, [""]),
        ({"value": 3, "unit": "celcius"}, ["°C"]),
    ],
)
def test_units_beside_values(document: object, units: list[str]) -> None:
    assert [each.unit for each in read(document)[0]] == units


@pytest.mark.parametrize(
    ("document", "after_s"),
    [
        *(
            ({key: "2026-11-30T09:59:50Z", "t": 1}, -10)
            for key in ("gps_time", "when", "zeit", "fecha", "measured", "rxtime")
        ),
        *(({key: 1_796_032_790, "t": 1}, -10) for key in ("epoch_s", "sampleTime", "Zeitstempel", "reading_ts")),
        *(({key: "2026-11-30T09:59:50Z", "t": 1}, 0) for key in ("boot", "expires_at", "last_reset", "end_time")),
        *(
            ({"ts": text, "t": 1}, -10)
            for text in (
                *("30/11/2026 09:59:50", "11/30/2026 9:59:50 AM", "30.11.2026 09:59:50", "2026-11-30-09:59:50"),
                *("Nov 30, 2026 09:59:50", "30-Nov-2026 09:59:50", "Mon Nov 30 09:59:50 2026", "20261130095950"),
                *(
                    "2026-11-30 10:59:50 CET",
                    "2026-11-30 10:59:50 +01",
                    "2026-11-30T10:59:50+01:00[Europe/Berlin]",
                ),
                *("261130105950W", "/Date(1796032790000)/", "26/11/30,10:59:50+04", "2026-11-30 09:59:50 UTC"),
            )
        ),
        ({"ts": 20261130095950, "t": 1}, -10),
        ({"header": {"stamp": {"sec": 1_796_032_790, "nanosec": 500_000_000}}, "t": 1}, -9.5),
        ({"receiveTime": 1_796_032_799, "sampleTime": 1_796_032_790, "t": 1}, -10),
        ({"when": "2026-11-30T09:59:50Z", "then": "2026-11-30T09:59:40Z", "t": 1}, 0),
        ({"timestamp": 1_796_032_812, "payload": {"time": 1_796_032_790, "t": 1}}, -10),
    ],
)
def test_times_under_any_name_and_in_any_form(
    document: object, after_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert [(each.field.rpartition("/")[2], each.after_s) for each in read(document)[0]] == [("t", after_s)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"values": {"tag0": 123.5}, "errors": {"tag1": 3008}}, ["/values/tag0"]),
        ({"cfg": {"rd": 180}, "dat": {"bt": {"t": 25.5}}}, ["/dat/bt/t"]),
        ({"x": {"v": 1, "covariance": [1, 2]}, "y_covariance": [3]}, ["/x/v"]),
        ({"FCntDn": 7, "fcnt_up": 6, "pid": 4, "checksumRaw": 9, "lsid": 5, "t": 3}, ["/t"]),
        ({"q": 192, "s": 8, "c": 0, "level": 3}, ["/level"]),
        (
            {"detectors": {"a": {"start": 0.0, "fps": 9}, "b": {"start": 1_796_032_790.2, "fps": 8}}},
            ["/detectors/a/fps", "/detectors/b/fps"],
        ),
        ({"sensor_status": 655364, "battery_status": 2}, ["/battery_status"]),
    ],
)
def test_what_is_no_measurement(document: object, expected: list[str]) -> None:
    assert lines(document) == [expected]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"time": 1_796_032_790_000, "value": True}, {"/value": 1}),
        ({"di1": False, "di2": True}, {"/di1": 0, "/di2": 1}),
        (
            {"on_battery": True, "low_battery": False, "ignition": True},
            {"/on_battery": 1, "/low_battery": 0, "/ignition": 1},
        ),
        ({"leak_detected": True, "schedule": True, "calibrated": False}, {"/leak_detected": 1}),
        ({"window": "open", "mode": "open"}, {"/window": 1}),
        ({"ts": 1_796_032_790, "anything": True}, {"/anything": 1}),
    ],
)
def test_states(document: object, expected: dict[str, float]) -> None:
    (found,) = decoded(document)
    assert {each.field: each.value for each in found} == expected
    assert isinstance(found, Decoded)
    assert found.states == expected.keys()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"temp": -128, "level": -128}, [Reading("/level", -128)]),
        ({"temp": 9999.9999, "hum": 9999.9999, "p": 1000}, [Reading("/p", 1000)]),
        (
            {"latitude_i": 517_720_000, "longitude_i": -395_000},
            [Reading("/latitude_i", 51.772, "°"), Reading("/longitude_i", -0.0395, "°")],
        ),
        ({"lat": 51.5, "lon": -0.1}, [Reading("/lat", 51.5), Reading("/lon", -0.1)]),
    ],
)
def test_missing_values_and_scaled_coordinates(document: object, expected: list[Reading]) -> None:
    for found in read(document, document, document):
        assert [(each.field, each.unit) for each in found] == [(each.field, each.unit) for each in expected]
        assert [each.value for each in found] == pytest.approx([each.value for each in expected])


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ({"lat": 51.5, "t": 1}, {"lat": 515_000_000, "t": 1}),
        ({"temp": 21.5}, {"temp": 32767.0}),
        ({"door_time": 0, "t": 1}, {"door_time": 1_796_032_790, "t": 1}),
        ({"name": "a", "value": 1}, {"name": "b", "value": 1}),
        ({"x": 3, "id": 2.5}, {"x": 3, "id": 1}),
        ({"x": 3, "channel": 2.5}, {"x": 3, "channel": 1}),
        ({"door": "ajar", "t": 1}, {"door": "open", "t": 1}),
        ({"rx": [{"gateway_id": "g1", "rssi": -50}]}, {"rx": [{"gateway_id": "g2", "rssi": -60}]}),
    ],
)
def test_a_fast_reader_leaves_to_the_rules_what_is_theirs(first: object, other: object) -> None:
    assert read(first, first, first, first, other)[-1] == read(first, other)[-1]

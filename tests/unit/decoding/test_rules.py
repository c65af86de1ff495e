"""What is a measurement, when it was taken, in which unit; what is asked for all the same; what is counted."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import AutoDecoder, InvalidValueError, SensorStream, decode
from mqttwidgets.decoding.decoder import Decoded
from mqttwidgets.decoding.descriptions.home_assistant import discovered
from mqttwidgets.decoding.rules.timestamps import CLOCK_AHEAD, CLOCK_BEHIND, time_in

from ...support.feeding import message

NOW = 1_795_000_000.0


def found(payload: str, topic: str = "t", decoder: AutoDecoder | None = None) -> Decoded:
    """What comes of a payload that is judged."""
    result = (decoder or AutoDecoder()).decode(topic, payload.encode(), received_at=NOW)
    assert isinstance(result, Decoded)
    return result


def reasons(payload: str) -> dict[str, str]:
    """Field → why it is left out."""
    explained = AutoDecoder().explain("t", payload.encode())
    assert explained is not None
    return {field: reason for field, _, reason in explained.left_out}


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("device_id", 12, "an id"),
        ("devEui", "0011223344556677", "an id"),
        ("part_number", 4711, "a serial number"),
        ("ip", "10.0.0.7", "an id"),
        ("mac", "AA:BB:CC:DD:EE:FF", "an id"),
        ("imei", 863663062798815, "an id"),
        ("swVersion", 2.1, "a version"),
        ("version", "2019.32.12.2", "a version"),
        ("fPort", 2, "a port"),
        ("crc", 513, "a checksum"),
        ("seq_no", 7, "a sequence number"),
        ("spreadingFactor", 7, "a radio setting"),
        ("subtype", 56, "an address or a kind"),
        ("timestamp", 1_794_999_999, "a time"),
        ("minute_ts", 1_794_999_999, "a time"),
        pytest.param("2258", str(time.time_ns() // 1_000_000), "a time", id="2258-now"),
        ("reading", "00000566E039", "a text"),
        ("code_text", "66E039", "a hexadecimal text"),
        ("label", "123456789012", "an id"),
        ("snowflake", 1_234_567_890_123_456_789, "an id"),
        ("ok", True, "true or false"),
        ("mode", "ON", "ON or OFF"),
        ("nothing", None, "no value"),
        ("t_out", -9999, "stands for a missing value"),
    ],
)
def test_what_is_no_measurement(key: str, value: object, reason: str) -> None:
    payload = json.dumps({key: value, "watts": "21.5"})
    assert [sample.field for sample in found(payload)] == ["/watts"]
    assert reasons(payload)[f"/{key}"] == reason


@pytest.mark.parametrize(
    "key",
    [
        *(
            "temperature",
            "power_outage_count",
            "LinkCount",
            "uv_index",
            "tvocIndex",
            "windDir",
            "valid",
            "transport",
        ),
        *(
            "idle",
            "UptimeSec",
            "humidity",
            "response_time",
            "frequency",
            "import",
            "report",
            "bytes_total",
            "wifi",
        ),
    ],
)
def test_what_only_looks_like_none(key: str) -> None:
    assert [sample.field for sample in found(json.dumps({key: 21}))] == [f"/{key}"]


def test_what_is_left_out_can_be_asked_for() -> None:
    payload = b'{"id": 4711, "fPort": 2, "ok": true, "t": 21.5}'
    stream = SensorStream("#", fields=["/id", "*ok"])
    stream.deliver(message("lab/bme", payload))
    assert {field: series.value.tolist() for (_, field), series in stream.series.items()} == {
        "/id": [4711],
        "/ok": [1],
    }
    shared = SensorStream("#", fields=["*"], decoder=AutoDecoder(time=""))
    shared.deliver(message("lab/bme", payload))
    assert [field for _, field in shared.series] == ["/t", "/id", "/fPort", "/ok"]


@pytest.mark.parametrize(
    ("text", "epoch_s"),
    [
        ("2026-01-02T03:04:05Z", 1767323045.0),
        ("2026-01-02t03:04:05.678z", 1767323045.678),
        ("2026-01-02 03:04:05+00:00", 1767323045.0),
        ("2026-01-02T04:04:05+0100", 1767323045.0),
        ("2026-01-01T21:34:05-05:30", 1767323045.0),
        ("2026-01-02T03:04:05.123456789Z", 1767323045.123457),
        ("2026-01-02T03:04:05.1234567Z", 1767323045.123457),
        ("2026/01/02 03:04:05", 1767323045.0),
        ("20260102T030405Z", 1767323045.0),
        ("2026-01-02T03:04Z", 1767323040.0),
        ("2016-12-31T23:59:60Z", 1483228800.0),
        ("1969-12-31T23:59:59Z", -1.0),
        ("9999-12-31T23:59:59Z", 253402300799.0),
        ("2026-02-29T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-01-02T03:04:61Z", None),
        ("2026-01-02T25:04:05Z", None),
        ("+292277026596-12-04T15:30:08Z", None),
        ("not a time", None),
        ("20.5", None),
        ("", None),
    ],
)
def test_times_in_text(text: str, epoch_s: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert time_in(text, NOW) == (None if epoch_s is None else pytest.approx(epoch_s, abs=1e-6))


@given(
    st.text(max_size=45)
    | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", fullmatch=True)
)
def test_no_text_of_a_time_makes_it_raise(text: str) -> None:
    time = time_in(text, NOW)
    assert time is None or -7e10 < time < 3e11


@given(st.datetimes(datetime(2001, 1, 1), datetime(2026, 11, 17), timezones=st.just(timezone.utc)))  # noqa: DTZ001
def test_a_time_comes_back(moment: datetime) -> None:
    payload = json.dumps({"time": moment.isoformat(), "v": 1})
    assert decode("t", payload.encode(), received_at=NOW)[0].time == pytest.approx(moment.timestamp(), abs=1e-6)


@pytest.mark.parametrize(
    ("epoch", "seconds"),
    [
        *((1767323045, 1767323045.0), (1767323045678, 1767323045.678), ("1767323045678901", 1767323045.678901)),
        *((1767323045678901234, 1767323045.678901), (1767323045.5, 1767323045.5)),
    ],
)
def test_epochs_by_magnitude(epoch: object, seconds: float) -> None:
    assert found(json.dumps({"ts": epoch, "v": 1}))[0].time == pytest.approx(seconds, abs=1e-6)


def test_a_time_beyond_a_double_is_none() -> None:
    assert [tuple(sample)[1:4] for sample in found(json.dumps({"ts": 10**400, "v": 1}))] == [("/v", NOW, 1.0)]


@pytest.mark.parametrize(
    ("time", "remark"),
    [
        (0, CLOCK_BEHIND),
        (123456, CLOCK_BEHIND),
        ("1970-01-01T00:05:00Z", CLOCK_BEHIND),
        (NOW + 10 * 365 * 86_400, CLOCK_AHEAD),
        ("2199-01-01T00:00:00Z", CLOCK_AHEAD),
        ("9999-12-31T23:59:59Z", CLOCK_AHEAD),
    ],
)
def test_a_time_that_cannot_be_right_is_counted(time: object, remark: str) -> None:
    decoded = found(json.dumps({"time": time, "v": 1}))
    assert (decoded[0].time, decoded.remarks) == (NOW, [remark])
    stream = SensorStream("#")
    stream.deliver(message("t", json.dumps({"time": time, "v": 1}).encode(), at=NOW))
    page = stream.ledger.page()
    assert (page.stored, dict(page.noted)) == (1, {remark: 1})
    assert f"1 with a note: {remark}" in str(page)


def test_the_likeliest_time_counts_and_is_told() -> None:
    payload = '{"uplink": {"time": "2026-01-02T03:04:00Z", "watts": 1}, "received_at": "2026-01-02T03:04:05Z"}'
    explained = AutoDecoder().explain("t", payload.encode())
    assert explained is not None
    assert (explained.time_source, explained.samples[0].time) == ("/received_at", 1767323045.0)


def test_units_stated_for_others() -> None:
    samples = found(
        '{"BME":{"Temperature":21.7,"DewPoint":9,"Pressure":988.6},"TempUnit":"C","PressureUnit":"hPa"}'
    )
    assert [sample.unit for sample in samples] == ["°C", "°C", "hPa"]


def test_units_announced_by_other_topics() -> None:
    decoder = AutoDecoder()
    assert found("°F", "homie/car/engine/temperature/$unit", decoder).skipped == "a description, no measurement"
    config = '{"~":"lab","stat_t":"~/bme","unit_of_meas":"hPa","val_tpl":"{{ value_json[\'p\'].now | float }}"}'
    found(config, "homeassistant/sensor/bme/config", decoder)
    assert found("70.5", "homie/car/engine/temperature", decoder)[0].unit == "°F"
    assert found('{"p":{"now":988}}', "lab/bme", decoder)[0].unit == "hPa"
    assert found('{"q":{"now":988}}', "lab/bme", decoder)[0].unit == ""


def test_units_of_a_whole_device() -> None:
    device = {"dev": {}, "cmps": {"a": {"stat_t": "x", "unit_of_meas": "V"}, "b": {"stat_t": "y"}, "c": 5}}
    assert [(each.topic, each.field, each.said.unit) for each in discovered("a/config", device)] == [
        ("x", "", "V")
    ]


def test_gaps_break_the_line() -> None:
    stream = SensorStream("#")
    for payload in (
        b'{"a": 1, "b": 1}',
        b'{"a": null, "b": 2}',
        b'{"a": 3, "b": 3}',
        b'{"a": -9999, "b": 4}',
        b'{"a": 5, "b": 5}',
    ):
        stream.deliver(message("t", payload))
    cuts = {field: series.cut() for (_, field), series in stream.series.items()}
    assert (cuts["/a"].value.tolist(), cuts["/a"].gaps.tolist()) == ([1, 3, 5], [1, 2])
    assert (cuts["/b"].value.tolist(), cuts["/b"].gaps.tolist()) == ([1, 2, 3, 4, 5], [])


def test_states_are_states() -> None:
    stream = SensorStream("#")
    stream.deliver(message("plug/POWER", b"ON"))
    stream.deliver(message("plug/SENSOR", b'{"contact": false, "t": 21.5}'))
    assert [(key, series.is_state) for key, series in stream.series.items()] == [
        (("plug/POWER", ""), True),
        (("plug/SENSOR", "/contact"), True),
        (("plug/SENSOR", "/t"), False),
    ]


def test_what_was_judged_once_stays_so() -> None:
    decoder = AutoDecoder()
    assert [sample.field for sample in found('{"total": 1794000000}', "t", decoder)] == ["/total"]
    grown = decoder.decode("t", b'{"total": 1794999990}', received_at=NOW)
    assert [sample.value for sample in grown] == [1794999990.0]


def test_a_change_of_format_is_counted() -> None:
    decoder = AutoDecoder()
    found("21.5", "t", decoder)
    assert found("unavailable", "t", decoder).remarks == []
    assert found('{"t": 21.5}', "t", decoder).remarks == ["the format changed from number to JSON"]
    assert getattr(decoder.decode("t", b'{"t": 21.5}'), "remarks", ()) == ()


def test_a_format_and_a_time_that_are_fixed() -> None:
    decoder = AutoDecoder(format="JSON", time="/made")
    assert found('{"made": 1794999999, "time": 1794000000, "t": 1}', "t", decoder)[0].time == 1794999999.0
    assert found('{"time": 1794000000, "t": 1}', "t", decoder)[0].time == NOW
    assert found("21.5", "t", decoder).undecodable == "not JSON, as format= wants it"
    assert found('{"time": 1794000000, "t": 1}', "t", AutoDecoder(time=""))[0].time == NOW
    with pytest.raises(InvalidValueError, match=r"format is one of number, .*JSON.*, not 'XML'"):
        AutoDecoder(format="XML")


def test_broken_birth_and_data() -> None:
    decoder = AutoDecoder()
    assert found("\x12", "spBv1.0/g/NDATA/n", decoder).undecodable == "not valid Sparkplug B"
    alias_only = b"\x12\x0d\x10\x07\x20\x0a\x69\x00\x00\x00\x00\x00\x00\xf8\x3f"
    early = decoder.decode("spBv1.0/g/NDATA/n", alias_only)
    assert isinstance(early, Decoded)
    assert "birth certificate" in early.skipped


@pytest.mark.parametrize(
    "key",
    [
        *("Vin", "temp_hw", "flow_hw", "rpm_port", "pressure_release", "zero_sequence_current", "battery_phone"),
        *("heat_units", "positive_sequence_voltage", "SW", "clock", "mic", "rev"),
    ],
)
def test_measurements_whose_names_end_like_others(key: str) -> None:
    assert [sample.field for sample in found(json.dumps({key: 21}))] == [f"/{key}"]


@pytest.mark.parametrize("key", ["state_l1", "state_left", "gas", "carbon_monoxide", "battery_low", "water_leak"])
def test_states_of_devices(key: str) -> None:
    assert found(json.dumps({key: True})).states == {f"/{key}"}


def test_what_is_whole_by_chance_is_seen_when_it_is_not() -> None:
    decoder = AutoDecoder()
    for _ in range(5):
        assert not decoder.decode("rack", b'{"board": 35}')
    assert [sample.value for sample in decoder.decode("rack", b'{"board": 35.5}')] == [35.5]
    assert [sample.value for sample in decoder.decode("rack", b'{"board": 36}')] == [36.0]


def test_asking_for_a_field_asks_for_no_missing_value() -> None:
    stream = SensorStream("#", fields=["*temperature"])
    for value in (20.5, -127, 20.6):
        stream.deliver(message("t", json.dumps({"temperature": value}).encode()))
    cut = stream.series["t", "/temperature"].cut()
    assert (cut.value.tolist(), cut.gaps.tolist()) == ([20.5, 20.6], [1])


def test_what_is_asked_for_has_its_time_and_its_state() -> None:
    decoder = AutoDecoder(fields=["*"])
    decoded = found('{"time": 1794999000, "id": 7, "ajar": true}', "t", decoder)
    assert {sample.field: sample.time for sample in decoded} == {
        "/time": 1794999000.0,
        "/id": 1794999000.0,
        "/ajar": 1794999000.0,
    }
    assert decoded.states == {"/ajar"}


@pytest.mark.parametrize(
    ("first", "then", "unit"),
    [("Power: 950 W", "Power: 1.2 kW", "kW"), ('{"v": 1, "unit": "W"}', '{"v": 2, "unit": "kW"}', "kW")],
)
def test_another_unit_is_another_line(first: str, then: str, unit: str) -> None:
    stream = SensorStream("#")
    for payload in (first, first, first, then, first):
        stream.deliver(message("t", payload.encode()))
    lengths = {field: (len(series), series.unit) for (_, field), series in stream.series.items()}
    (plain, four), (other, one) = lengths.items()
    assert (four, one, other) == ((4, "W"), (1, unit), f"{plain} [{unit}]")
    assert dict(stream.ledger.noted) == {"the unit changed: a line of its own": 1}


def test_a_series_that_was_a_state_becomes_numbers() -> None:
    stream = SensorStream("#")
    for payload in (b"OFF", b"21.5"):
        stream.deliver(message("t", payload))
    assert not stream.series["t", ""].is_state


@pytest.mark.parametrize(
    ("document", "units"),
    [
        ({"wind_unit": "mph", "wind_dir": 180}, [""]),
        ({"power_unit": "W", "power_factor": 0.9}, [""]),
        ({"TempUnit": "F", "temp_count": 3}, [""]),
        ({"units": "metric", "temp": 21.5}, [""]),
        ({"temp_ma": 21.5}, [""]),
        ({"TempUnit": "F", "DewPoint": 9, "Temperature": 21}, ["°F", "°F"]),
        ({"speed_unit": "km/h", "wind_speed": 3}, ["km/h"]),
        ({"value": 1, "x": 1, "unit": "V"}, ["V", ""]),
        ({"x": 1, "unit": "V", "Value": 1, "y": 1}, ["", "V", ""]),
    ],
)
def test_no_unit_is_invented(document: dict[str, object], units: list[str]) -> None:
    assert [sample.unit for sample in found(json.dumps(document))] == units


@pytest.mark.parametrize(
    "template",
    [
        "{{ value_json.energy / 1000 }}",
        "{{ (value_json.v * value_json.i) }}",
        "{{ value | float / 10 }}",
        "{{ x }}",
    ],
)
def test_a_unit_of_what_is_computed_is_not_taken(template: str) -> None:
    assert discovered("a/config", {"stat_t": "a", "unit_of_meas": "kWh", "val_tpl": template}) == []


@pytest.mark.parametrize("blanks", ["|int   ", "|round  (1)  ", "   ", ".a  ", "['a'", "|int("])
def test_a_template_takes_no_longer_than_it_is_long(blanks: str) -> None:
    template = "{{value" + blanks * (900 // len(blanks)) + "x"
    begun = time.thread_time()
    for end in ("", "}", "}}"):
        assert discovered("a/config", {"stat_t": "a", "unit_of_meas": "V", "val_tpl": template + end}) == []
    assert time.thread_time() - begun < 0.1


@pytest.mark.parametrize(
    "payload",
    [
        '{"t":1,"time":"2013-03-21T20:04+99:99"}',
        '{"t":1,"time":"2013-03-21 20:04:01 -99:00"}',
        '{"t":1,"time":"Mon, 1 Jan 99999999999 0:0:0 GMT"}',
        '{"t":1,"time":"Mon, 1 Jan 2024 0:0:0 +999999999999"}',
        '{"t":1,"time":"9999-12-31T23:59:60-23:59"}',
        '{"t":1,"x":"\\ud800"}',
        '{"t":1,"\\ud800":"\\udfff"}',
    ],
)
def test_what_is_no_time_or_no_text_costs_nothing_but_itself(payload: str) -> None:
    decoder = AutoDecoder()
    for _ in range(5):
        (sample,) = decoder.decode("t", payload.encode(), received_at=NOW)
        assert tuple(sample) == ("t", "/t", NOW, 1.0, "")


def test_a_base_topic_stands_at_an_end_only() -> None:
    (announced,) = discovered("a/config", {"~": "b" * 60_000, "stat_t": "~" * 20_000, "unit_of_meas": "V"})
    assert len(announced.topic) < 90_000


def test_each_object_has_its_own_time() -> None:
    payload = {"kitchen": {"t": 21, "time": NOW - 10}, "cellar": {"t": 12, "time": NOW - 5000}}
    assert [sample.time for sample in found(json.dumps(payload))] == [NOW - 10, NOW - 5000]
    data = {"data": [{"time": NOW - 10, "temp": 1}, {"time": NOW - 5, "temp": 2}]}
    assert [sample.time for sample in found(json.dumps(data))] == [NOW - 10, NOW - 5]


def test_a_date_and_a_time_of_day_are_one_time() -> None:
    assert found('{"date": "2026-11-18", "time": "08:00:00", "t": 1}')[0].time == pytest.approx(
        1_794_988_800, abs=86_400
    )
    assert found('{"date": "2026-11-18", "t": 1}')[0].time == NOW
    assert found('{"created": "2020-01-01T00:00:00Z", "t": 1}')[0].time == NOW


def test_a_clock_that_is_set_later_is_a_clock() -> None:
    decoder = AutoDecoder()
    found("12,21.5,48.2", "t", decoder)
    assert [sample.field for sample in decoder.decode("t", b"1794999995,21.5,48.2", received_at=NOW)] == [
        "col1",
        "col2",
    ]
    assert [sample.field for sample in found('[{"time": 5, "v": 1.5}, {"time": 6, "v": 1.5}]')] == ["/v", "/v"]


def test_commas_that_part_thousands_part_nothing() -> None:
    assert found("1,234.5 W") == found("1,500 W") == []
    assert [sample.value for sample in found("21,5;48,2")] == [21.5, 48.2]


def test_json_lines() -> None:
    samples = found('{"time": 1794999000, "t": 1}\n{"time": 1794999001, "t": 2}')
    assert [(sample.field, sample.time, sample.value) for sample in samples] == [
        ("/t", 1794999000, 1),
        ("/t", 1794999001, 2),
    ]


def test_devices_in_a_batch_and_without_a_name_at_first() -> None:
    decoder = AutoDecoder()
    fields = [
        [sample.field for sample in found(payload, "t", decoder)]
        for payload in ('{"t": 1}', '{"deviceid": "a", "t": 2}', '{"deviceid": "b", "t": null, "h": 3}')
    ]
    assert fields == [["/t"], ["/t,deviceid=a"], ["/h,deviceid=b"]]
    batch = '[{"deviceid": "a", "time": 1794999000, "t": 2}, {"deviceid": "b", "time": 1794999000, "t": 99}]'
    assert [sample.field for sample in found(batch)] == ["/t", "/t,deviceid=b"]
    long = [found(json.dumps({"deviceid": "x" * 60 + name, "t": 1}), "u", decoder)[0].field for name in "abc"]
    assert len(set(long)) == 3


def test_explaining_changes_nothing() -> None:
    decoder = AutoDecoder()
    found('{"deviceid": "a", "t": 1}', "lab", decoder)
    decoder.explain("lab", b'{"deviceid": "zz", "t": 35}')
    decoder.explain("lab")
    assert [sample.field for sample in found('{"deviceid": "a", "t": 1, "u": 2}', "lab", decoder)] == ["/t", "/u"]


def test_a_decoder_is_shared_by_streams_as_a_copy() -> None:
    decoder = AutoDecoder(format="JSON")
    streams = [SensorStream("#", decoder=decoder) for _ in range(2)]
    streams[0].deliver(message("t", b'{"deviceid": "a", "t": 1}'))
    streams[1].deliver(message("t", b'{"deviceid": "b", "t": 1}'))
    assert [list(stream.series) for stream in streams] == [[("t", "/t")], [("t", "/t")]]


@pytest.mark.parametrize("options", [{"fields": [1]}, {"fields": "abc"}, {"time": 5}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError):
        AutoDecoder(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "2023-05-01T12:00:00Z ERROR code=5 failed",
        "ERROR: retry=3 max=5",
        "May  1 12:00:00 host kernel: [12345.678] eth0: link up, 1000Mbps",
        "3 hours, 2 minutes, 5 seconds",
        "1.234,5 W",
        "code: 5 failed",
    ],
)
def test_prose_is_no_measurement(text: str) -> None:
    assert found(text) == []


def test_units_with_a_space_before_them() -> None:
    samples = found("T: 21.5 C H: 45 %")
    assert [(sample.field, sample.value, sample.unit) for sample in samples] == [
        ("T", 21.5, "°C"),
        ("H", 45.0, "%"),
    ]


def test_a_cayenne_payload() -> None:
    assert [(sample.field, sample.unit) for sample in found("temp,c=20.7")] == [("temp", "c")]


@pytest.mark.parametrize(
    "text",
    ["22.07.2023 04:26:40", "Sat, 22 Jul 2023 04:26:40 GMT", "Sat Jul 22 04:26:40 2023", "2023/07/22T04:26:40z"],
)
def test_dates_as_people_write_them(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert time_in(text, NOW) == 1690000000.0


def test_names_that_are_numbers() -> None:
    samples = found('{"vals": [{"id": "101", "qc": 3, "val": 25.5}, {"id": "102", "qc": 3, "val": 7}]}')
    assert {sample.field: sample.value for sample in samples} == {"101": 25.5, "102": 7}


def test_a_lone_value_is_of_what_the_topic_names() -> None:
    assert found('{"value": 279}', "N/x/battery/279/DeviceInstance") != []
    assert found('{"value": 279}', "N/x/battery/279/Serial") == []


def test_an_odd_value_does_not_make_a_time_a_measurement() -> None:
    decoder = AutoDecoder()
    for payload in ('{"t": 1.5, "ts": "5 W"}', '{"t": 1.5, "ts": 1794999000}'):
        last = decoder.decode("t", payload.encode(), received_at=NOW)
    assert [(sample.field, sample.time) for sample in last] == [("/t", 1794999000.0)]


def test_a_field_is_asked_for_of_every_device() -> None:
    stream = SensorStream("#", fields=["*temperature", "/id", "usage"])
    for device in (1, 2):
        stream.deliver(
            message("rtl", json.dumps({"model": "A", "id": device, "temperature": 20, "rain": 1}).encode())
        )
        stream.deliver(message("cpu", b"cpu,cpu=cpu%d usage=%d,idle=5" % (device, device)))
    fields = [field for _, field in stream.series]
    assert fields == ["/temperature", "/id", "usage", "/temperature,id=2", "/id,id=2", "usage,cpu=cpu2"]


def test_documents_within_are_of_their_device() -> None:
    decoder = AutoDecoder()
    payloads = [json.dumps({"deviceid": device, "data": '{"h": 1, "x": null}'}) for device in "ab"]
    decoded = [found(payload, "t", decoder) for payload in payloads]
    assert [sample.field for each in decoded for sample in each] == ["/data/h", "/data/h,deviceid=b"]
    assert [list(each.gaps) for each in decoded] == [[("t", "/data/x")], [("t", "/data/x,deviceid=b")]]

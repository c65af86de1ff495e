"""What devices say of themselves, each in its own way: units, names, quantities, and the words for on and off."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from mqttwidgets import AutoDecoder, SensorStream
from mqttwidgets.base.description import Description
from mqttwidgets.decoding.descriptions.announced import WHOLE
from mqttwidgets.decoding.descriptions.home_assistant import names_of_states
from mqttwidgets.decoding.descriptions.memory import CONTRADICTED, NOT_BELIEVED
from mqttwidgets.decoding.descriptions.recognised import said_in_message
from mqttwidgets.series.ring import Series

from ...support.feeding import message

BRIDGE = "zigbee2mqtt/bridge/devices"

DOOR: dict[str, Any] = {
    "friendly_name": "hall/door",
    "ieee_address": "0x00158d0001a2b3c4",
    "type": "EndDevice",
    "definition": {
        "model": "MCCGQ11LM",
        "vendor": "Aqara",
        "exposes": [
            {
                "access": 1,
                "category": "diagnostic",
                "description": "Remaining battery in %",
                "label": "Battery",
                "name": "battery",
                "property": "battery",
                "type": "numeric",
                "unit": "%",
                "value_max": 100,
            },
            {
                "access": 1,
                "label": "Contact",
                "name": "contact",
                "property": "contact",
                "type": "binary",
                "value_off": True,
                "value_on": False,
            },
            {
                "access": 1,
                "label": "Voltage",
                "name": "voltage",
                "property": "voltage",
                "type": "numeric",
                "unit": "mV",
            },
        ],
        "options": [
            {"label": "Voltage calibration", "name": "voltage_calibration", "property": "voltage_calibration"}
        ],
    },
}
LAMP: dict[str, Any] = {
    "friendly_name": "lamp",
    "definition": {
        "exposes": [
            {
                "type": "light",
                "features": [
                    {
                        "type": "binary",
                        "name": "state",
                        "property": "state",
                        "label": "State",
                        "value_on": "ON",
                        "value_off": "OFF",
                    },
                    {
                        "type": "composite",
                        "name": "color_xy",
                        "property": "color",
                        "features": [{"type": "numeric", "name": "x", "property": "x", "label": "X"}],
                    },
                ],
            },
            {
                "type": "numeric",
                "name": "illuminance_threshold",
                "property": "illuminance_threshold",
                "category": "config",
                "unit": "lx",
            },
        ]
    },
}


def stream_of(*sent: tuple[str, object]) -> SensorStream:
    """A stream that was sent these messages: texts as they are, anything else as JSON."""
    stream = SensorStream("#")
    for number, (topic, said) in enumerate(sent):
        payload = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        stream.deliver(message(topic, payload.encode(), at=1.8e9 + number))
    return stream


def one_of(stream: SensorStream, topic: str, field: str = "") -> Series:
    """One of its series."""
    return stream.series[topic, field]


def described(*sent: tuple[str, object], topic: str, field: str = "") -> Mapping[str, str]:
    """What a series knows once these messages were sent, whatever is not empty."""
    series = one_of(stream_of(*sent), topic, field)
    return {"unit": series.unit, **{part: said for part, said in series.description._asdict().items() if said}}


def test_the_devices_of_zigbee2mqtt() -> None:
    payload = {"battery": 91, "contact": False, "voltage": 2985, "linkquality": 90}
    sent = [
        (BRIDGE, [{"friendly_name": "Coordinator", "definition": None}, DOOR]),
        ("zigbee2mqtt/hall/door", payload),
    ]
    stream = stream_of(*sent)
    for_door = {field: one_of(stream, "zigbee2mqtt/hall/door", f"/{field}").description for field in payload}
    assert for_door["battery"] == Description("%", "Battery", "hall/door", "battery", "diagnostic")
    assert for_door["voltage"] == Description("mV", "Voltage", "hall/door", "voltage", "measurement")
    assert for_door["contact"] == Description("", "Contact", "hall/door", "state", "state", "closed", "open")
    assert for_door["linkquality"] == Description("", "", "hall/door", "signal_strength", "diagnostic")
    assert stream.ledger.skipped == {"a description, no measurement": 1}


def test_what_is_nested_in_what_zigbee2mqtt_exposes() -> None:
    payload = {"state": "ON", "color": {"x": 0.3, "y": 0.4}, "illuminance_threshold": 5}
    stream = stream_of((BRIDGE, [LAMP]), ("zigbee2mqtt/lamp", payload))
    assert one_of(stream, "zigbee2mqtt/lamp", "/color/x").name == "X"
    assert one_of(stream, "zigbee2mqtt/lamp", "/state").name == "State"
    threshold = one_of(stream, "zigbee2mqtt/lamp", "/illuminance_threshold")
    assert (threshold.unit, threshold.category) == ("lx", "setting")


def test_a_topic_for_each_attribute_of_zigbee2mqtt() -> None:
    sent = [("zigbee2mqtt/hall/door/voltage", "2985"), (BRIDGE, [DOOR]), ("zigbee2mqtt/hall/door/voltage", "2986")]
    found = described(*sent, topic="zigbee2mqtt/hall/door/voltage")
    assert (found["unit"], found["name"], found["device"]) == ("mV", "Voltage", "hall/door")


def test_a_base_topic_of_several_levels() -> None:
    sent = [("home/zigbee/bridge/devices", [DOOR]), ("home/zigbee/hall/door", {"voltage": 3000})]
    assert described(*sent, topic="home/zigbee/hall/door", field="/voltage")["unit"] == "mV"


COMPONENT = {
    "name": "Temperature",
    "stat_t": "theengs/gw/BTtoMQTT/A4C138000000",
    "dev_cla": "temperature",
    "unit_of_meas": "°C",
    "val_tpl": "{{ value_json.tempc | is_defined }}",
    "uniq_id": "A4C138000000-tempc",
    "stat_cla": "measurement",
    "dev": {"ids": ["A4C138000000"], "name": "LYWSD03MMC", "mf": "Xiaomi"},
}
SENT_BY_THEENGS = {"id": "A4:C1:38:00:00:00", "rssi": -69, "tempc": 21.5, "batt": 90}


def test_a_component_of_home_assistants_discovery() -> None:
    sent = [("homeassistant/sensor/A4C138/tempc/config", COMPONENT), (str(COMPONENT["stat_t"]), SENT_BY_THEENGS)]
    found = described(*sent, topic=str(COMPONENT["stat_t"]), field="/tempc")
    assert found == {
        "unit": "°C",
        "name": "Temperature",
        "device": "LYWSD03MMC",
        "quantity": "temperature",
        "category": "measurement",
    }


def test_a_whole_device_in_home_assistants_discovery() -> None:
    device = {
        "dev": {"ids": "ea334450945afc", "name": "Kitchen"},
        "o": {"name": "bla2mqtt", "sw": "2.1"},
        "state_topic": "bla/kitchen",
        "cmps": {
            "door": {
                "p": "binary_sensor",
                "name": "Window",
                "device_class": "window",
                "value_template": "{{ value_json['win'] }}",
                "payload_on": True,
                "payload_off": False,
            },
            "signal": {
                "p": "sensor",
                "name": None,
                "ent_cat": "diagnostic",
                "unit_of_meas": "dBm",
                "val_tpl": '{{ value_json["sig"] | int }}',
            },
        },
    }
    stream = stream_of(
        ("homeassistant/device/kitchen/config", device), ("bla/kitchen", {"window": True, "sig": -70})
    )
    signal = one_of(stream, "bla/kitchen", "/sig").description
    assert signal == Description("dBm", "Kitchen", "Kitchen", "signal_strength", "diagnostic")
    said = {
        each.field: each.said
        for each in said_in_message("homeassistant/device/k/config", json.dumps(device).encode())
    }
    assert said["/win"] == Description("", "Window", "Kitchen", "state", "state", "open", "closed")


@pytest.mark.parametrize(
    ("on", "off", "expected"),
    [
        (True, False, ("open", "closed")),
        ("false", "true", ("closed", "open")),
        ("ON", None, ("open", "closed")),
        ("?", 1, ("closed", "open")),
        ("OPEN", "ZU", ("", "")),
        ([], {}, ("", "")),
    ],
)
def test_which_word_is_which_number(on: object, off: object, expected: tuple[str, str]) -> None:
    assert names_of_states(("open", "closed"), on, off) == expected


def test_a_thermostat_of_home_assistants() -> None:
    config = {
        "curr_temp_t": "heat/hall",
        "curr_temp_tpl": "{{ value_json.local_temperature }}",
        "temp_stat_t": "heat/hall",
        "temp_stat_tpl": "{{ value_json.setpoint }}",
        "temp_unit": "C",
        "dev": {"name": "Hall"},
    }
    sent = [
        ("homeassistant/climate/hall/config", config),
        ("heat/hall", {"local_temperature": 20.5, "setpoint": 21}),
    ]
    assert described(*sent, topic="heat/hall", field="/local_temperature")["unit"] == "°C"
    assert described(*sent, topic="heat/hall", field="/setpoint")["category"] == "measurement"


def test_a_description_that_comes_after_the_values_reaches_a_silent_series() -> None:
    sent = [
        ("lab/oven", "21.5"),
        ("homeassistant/sensor/oven/config", {"stat_t": "lab/oven", "unit_of_meas": "°C"}),
    ]
    assert described(*sent, topic="lab/oven")["unit"] == "°C"


HOMIE = "homie/super-car/engine/temperature"


def test_the_attributes_of_homie_4() -> None:
    sent = [
        ("homie/super-car/$name", "Super car"),
        (f"{HOMIE}/$name", "Engine temperature"),
        (f"{HOMIE}/$unit", "°C"),
        (f"{HOMIE}/$datatype", "float"),
        (HOMIE, "21.5"),
    ]
    found = described(*sent, topic=HOMIE)
    assert (found["unit"], found["name"], found["device"]) == ("°C", "Engine temperature", "Super car")


def test_the_description_of_homie_5() -> None:
    description = {
        "homie": "5.0",
        "name": "Kitchen light",
        "version": 7,
        "nodes": {
            "main": {
                "name": "Main",
                "properties": {
                    "temp": {"name": "Housing", "datatype": "float", "unit": "°C", "retained": True},
                    "cover": {"datatype": "boolean", "format": "closed,open", "settable": True},
                },
            }
        },
    }
    stream = stream_of(
        ("homie/5/kitchen/$description", description),
        ("homie/5/kitchen/main/temp", "40.5"),
        ("homie/5/kitchen/main/cover", "true"),
    )
    temperature = one_of(stream, "homie/5/kitchen/main/temp").description
    assert temperature == Description("°C", "Housing", "Kitchen light", "temperature", "measurement")
    cover = one_of(stream, "homie/5/kitchen/main/cover").description
    assert (cover.device, cover.category, cover.true_name, cover.false_name) == (
        "Kitchen light",
        "state",
        "open",
        "closed",
    )


def test_a_device_of_tasmotas() -> None:
    config = {
        "ip": "192.0.2.7",
        "dn": "Washer",
        "fn": ["Washer", None],
        "hn": "washer-1234",
        "mac": "AABBCCDDEEFF",
        "md": "Nous A1T",
        "t": "washer",
        "ft": "%prefix%/%topic%/",
        "tp": ["cmnd", "stat", "tele"],
        "rl": [1, 0],
        "ver": 1,
    }
    sensor = {
        "Time": "2027-01-15T08:00:01",
        "ENERGY": {
            "Total": 12.3,
            "Today": 0.2,
            "Power": [5, 7],
            "ApparentPower": 9,
            "Factor": 0.6,
            "Voltage": 230,
        },
        "TempUnit": "C",
    }
    stream = stream_of(
        ("tasmota/discovery/AABBCCDDEEFF/config", config),
        ("tasmota/discovery/AABBCCDDEEFF/sensors", {"sn": sensor, "ver": 1}),
        ("tele/washer/SENSOR", sensor),
    )
    units = {field: series.unit for (_, field), series in stream.series.items()}
    assert units == {
        "/ENERGY/Total": "kWh",
        "/ENERGY/Today": "kWh",
        "/ENERGY/Power/0": "W",
        "/ENERGY/Power/1": "W",
        "/ENERGY/ApparentPower": "VA",
        "/ENERGY/Factor": "",
        "/ENERGY/Voltage": "V",
    }
    assert {series.device for series in stream.series.values()} == {"Washer"}
    assert one_of(stream, "tele/washer/SENSOR", "/ENERGY/Factor").quantity == "power_factor"


SWITCH = {
    "id": 0,
    "output": True,
    "apower": 8.9,
    "voltage": 237.5,
    "current": 0.05,
    "freq": 50.0,
    "aenergy": {"total": 6.532, "by_minute": [45.199, 47.141, 88.397], "minute_ts": 1626935779},
    "temperature": {"tC": 23.5, "tF": 74.4},
}


def test_shellys_two_ways_of_telling_have_the_same_units() -> None:
    whole = {
        "src": "shelly1pm-a8",
        "dst": "shelly1pm-a8/events",
        "method": "NotifyStatus",
        "params": {"switch:0": SWITCH},
    }
    stream = stream_of(("shelly1pm-a8/status/switch:0", SWITCH), ("shelly1pm-a8/events/rpc", whole))
    wanted = {
        "/apower": ("W", "power"),
        "/voltage": ("V", "voltage"),
        "/current": ("A", "current"),
        "/freq": ("Hz", "frequency"),
        "/aenergy/total": ("Wh", "energy"),
        "/temperature/tC": ("°C", "temperature"),
    }
    for field, expected in wanted.items():
        for topic, above in (
            ("shelly1pm-a8/status/switch:0", ""),
            ("shelly1pm-a8/events/rpc", "/params/switch:0"),
        ):
            series = one_of(stream, topic, above + field)
            assert (series.unit, series.quantity) == expected, field


@pytest.mark.parametrize(
    ("topic", "payload", "unit"),
    [
        ("shellies/shellyem-1234/emeter/0/power", "611.53", "W"),
        ("shellies/shellyht-1234/sensor/temperature", "21.5", "°C"),
        ("N/c0619ab9929a/battery/512/Dc/0/Voltage", '{"value":52.61}', "V"),
        ("N/c0619ab9929a/battery/512/Soc", '{"value":81.5}', "%"),
        ("N/c0619ab9929a/grid/30/Ac/L1/Power", '{"value":-20}', "W"),
    ],
)
def test_devices_that_are_known_by_their_topic(topic: str, payload: str, unit: str) -> None:
    assert {sample.unit for sample in AutoDecoder().decode(topic, payload.encode())} == {unit}


CONTROL = "/devices/wb-msw-v4_147/controls/Temperature"


@pytest.mark.parametrize(
    "sent",
    [
        [(f"{CONTROL}/meta", {"order": 1, "readonly": True, "type": "value", "units": "deg C"})],
        [(f"{CONTROL}/meta/order", "1"), (f"{CONTROL}/meta/units", "deg C"), (f"{CONTROL}/meta/readonly", "1")],
        [(f"{CONTROL}/meta/type", "temperature")],
    ],
)
def test_the_meta_of_wiren_board(sent: list[tuple[str, object]]) -> None:
    named = ("/devices/wb-msw-v4_147/meta", {"driver": "wb-modbus", "title": {"ru": "Датчик", "en": "Sensor"}})
    stream = stream_of(*sent, named, (CONTROL, "23.4"))
    (series,) = stream.series.values()
    assert (series.description.unit, series.device) in (("degC", "Sensor"), ("°C", "Sensor"))
    assert series.quantity == "temperature"
    assert stream.ledger.stored == 1


def test_the_siblings_of_a_state() -> None:
    of = "statestream/sensor/kitchen"
    sent = [
        (f"{of}/unit_of_measurement", '"°C"'),
        (f"{of}/friendly_name", '"Kitchen 2"'),
        (f"{of}/device_class", '"temperature"'),
        (f"{of}/state_class", '"measurement"'),
        (f"{of}/state", "21.4"),
    ]
    stream = stream_of(*sent)
    assert list(stream.series) == [(f"{of}/state", "")]
    series = one_of(stream, f"{of}/state")
    assert (series.unit, series.name, series.quantity) == ("°C", "Kitchen 2", "temperature")


@pytest.mark.parametrize("beside", ["QPGS1/status/pv_current/value", "QPGS1/status/pv_current"])
def test_a_unit_beside_its_value(beside: str) -> None:
    stream = stream_of((beside, "4.2"), ("QPGS1/status/pv_current/unit", "A"), (beside, "4.3"))
    assert {key: series.unit for key, series in stream.series.items()} == {(beside, ""): "A"}


def test_values_on_a_topic_called_unit_are_measurements() -> None:
    assert list(stream_of(("plant/unit", {"t": 3})).series) == [("plant/unit", "/t")]


@pytest.mark.parametrize(
    ("announcer", "said"),
    [
        (BRIDGE.replace("zigbee2mqtt", "evil"), [{**DOOR, "friendly_name": "../zigbee2mqtt/hall/door"}]),
        ("evil/5/car/$description", {"nodes": {"n": {"properties": {"t": {"unit": "K"}}}}}),
        ("tasmota/discovery/x/config", {"dn": "Evil", "t": "victim", "ft": "%topic%", "tp": ["a", "b", "c"]}),
    ],
)
def test_nobody_describes_what_is_not_its_own(announcer: str, said: object) -> None:
    for each in said_in_message(announcer, json.dumps(said).encode()):
        assert each.topic.startswith(f"{announcer.split('/')[0]}/") or each.field == WHOLE
    stream = stream_of((announcer, said), ("victim", "1"), ("zigbee2mqtt/hall/door", {"voltage": 1}))
    assert {series.unit for series in stream.series.values()} == {""}
    assert {series.device for series in stream.series.values()} == {"", "hall"}  # as the topics name it


def test_two_who_name_another_unit_are_told_of_and_two_names_are_not() -> None:
    first, other = (
        {"stat_t": "a/t", "unit_of_meas": unit, "name": name} for unit, name in (("°C", "A"), ("K", "B"))
    )
    stream = stream_of(
        ("homeassistant/sensor/a/config", first), ("homeassistant/sensor/b/config", other), ("a/t", "1")
    )
    assert (one_of(stream, "a/t").unit, one_of(stream, "a/t").name) == ("°C", "A")
    assert stream.ledger.noted == {CONTRADICTED: 1}
    foreign = stream_of(("x/config", first), ("a/t", "1"))
    assert foreign.ledger.noted == {NOT_BELIEVED: 1}


HOSTILE: list[tuple[str, object]] = [
    (BRIDGE, {"not": "a list"}),
    (BRIDGE, [1, None, [], {"friendly_name": 7}, {"friendly_name": "a", "definition": []}]),
    (BRIDGE, [{"friendly_name": "a", "definition": {"exposes": {"property": "x"}}}]),
    (
        BRIDGE,
        [
            {
                "friendly_name": "a",
                "definition": {"exposes": [[], 3, {"property": []}, {"features": 1, "name": {}}]},
            }
        ],
    ),
    (
        "homeassistant/sensor/x/config",
        {"stat_t": ["a"], "unit_of_meas": {}, "val_tpl": 3, "dev": [], "ent_cat": []},
    ),
    ("homeassistant/device/x/config", {"cmps": [1, 2], "dev": {"name": {"a": 1}}, "state_topic": "a"}),
    ("homeassistant/climate/x/config", {"curr_temp_t": 7, "temp_unit": [], "uniq_id": 1}),
    ("homie/5/d/$description", [1, 2]),
    ("homie/5/d/$description", {"nodes": {"n": {"properties": [1]}, "m": 3, "o": {"properties": {"p": 1}}}}),
    ("homie/d/n/p/$format", "," * 10_000),
    ("tasmota/discovery/AABBCCDDEEFF/config", {"t": 1, "ft": [], "tp": {}, "dn": []}),
    ("tasmota/discovery/AABBCCDDEEFF/config", {"t": "%topic%" * 20, "ft": "%topic%" * 20, "tp": [1, "%", "%"]}),
    ("/devices/a/controls/T/meta", {"units": [], "type": {}, "title": {"en": 3}}),
    ("a/unit", "x" * 100_000),
    ("a/friendly_name", '"' * 1_000),
]


@pytest.mark.parametrize(("topic", "said"), HOSTILE)
def test_descriptions_of_wrong_types_say_nothing(topic: str, said: object) -> None:
    payload = (said if isinstance(said, str) else json.dumps(said)).encode()
    decoder = AutoDecoder()
    assert not decoder.decode(topic, payload)
    assert "raised" not in getattr(decoder.decode(topic, payload), "undecodable", "")
    list(said_in_message(topic, payload))


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, '[{"definition":{"exposes":' + '[{"features":' * 5_000]
)
def test_descriptions_nested_deep_say_nothing(text: str) -> None:
    for topic in (BRIDGE, "homie/5/d/$description", "homeassistant/sensor/x/config", "a/meta"):
        assert not list(said_in_message(topic, text.encode()))


def devices(count: int) -> bytes:
    """The list of as many devices."""
    exposes = DOOR["definition"]["exposes"]
    one = [{"friendly_name": f"d{number}", "definition": {"exposes": exposes}} for number in range(count)]
    return json.dumps(one).encode()


def test_ten_thousand_devices_take_time_in_proportion_and_a_bounded_memory() -> None:
    """Some 50 ms a megabyte on a quiet machine."""
    spent = []
    for count in (1_000, 10_000):
        payload, runs = devices(count), []
        for _ in range(3):
            decoder = AutoDecoder()
            begun = time.thread_time()
            decoder.decode(BRIDGE, payload)
            runs.append((time.thread_time() - begun) / (len(payload) / 1e6))
            assert decoder._memory.budget.held_bytes <= 24_000_000  # noqa: SLF001 - it cannot be seen from outside
        spent.append(min(runs))
    assert spent[1] < 5 * spent[0]
    assert max(spent) < 0.4, spent

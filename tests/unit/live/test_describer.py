"""What is known of a series: a person's word counts most, then its device's, then its unit and its names."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest

from mqttwidgets import LiveSensorPlot, SensorStream
from mqttwidgets.base.errors import InvalidValueError
from mqttwidgets.decoding.descriptions.quantities import category_of, quantity_of
from mqttwidgets.plot.legend import legend
from mqttwidgets.plot.plot import Plot, ThisComputer

from ...support.feeding import feed, message

START = 1.8e9


def announce(stream: SensorStream, topic: str, **said: object) -> None:
    """Announce something for a topic as Home Assistant's discovery does."""
    config = json.dumps({"stat_t": topic, "uniq_id": "1", **said}).encode()
    stream.deliver(message(f"homeassistant/sensor/{topic.replace('/', '_')}/config", config, at=START))


def test_a_persons_word_counts_most_and_reaches_all_that_is_written(tmp_path: Path) -> None:
    stream = SensorStream(
        "#",
        names={"lab/oven": "Kiln"},
        units={"lab/o*": "K", "*/t": "°F"},
        quantities={"lab/oven": "temperature", "*": "pressure"},
    )
    announce(stream, "lab/oven", unit_of_meas="°C", name="Oven", dev={"name": "Lab"}, dev_cla="energy")
    feed(stream, "lab/oven", *[21.5] * 20, start=START)
    stream.deliver(message("lab/x", b'{"t": 70.5, "unit": "V"}', at=START))
    oven, other = stream.series.values()
    assert (oven.unit, oven.name, oven.device, oven.quantity) == ("K", "Kiln", "Lab", "temperature")
    assert (other.unit, other.quantity, len(oven)) == ("°F", "pressure", 20)
    assert set(stream.to_pandas().unit) == {"K", "°F"}
    written = pd.read_csv(stream.to_csv(tmp_path / "all.csv"))
    assert set(written.unit) == {"K", "°F"}
    frame = Plot(stream, ThisComputer()).frame(START)
    assert [(line.label, line.unit) for line in frame.lines] == [("Kiln", "K"), ("t", "°F")]
    assert {axis.caption for axis in frame.value_axes} == {"K", "°F"}
    assert "Kiln" in legend(frame)


def test_a_unit_that_a_person_gives_makes_one_line_of_two_units() -> None:
    stream = SensorStream("#", units={"*/power": "W"})
    for number, payload in enumerate(('{"power": 5, "unit": "W"}', '{"power": 50, "unit": "kW"}') * 5):
        stream.deliver(message("meter", payload.encode(), at=START + number))
    assert {key: (series.unit, len(series)) for key, series in stream.series.items()} == {
        ("meter", "/power"): ("W", 10)
    }


def test_the_legend_has_names_and_devices_where_names_are_shared() -> None:
    stream = SensorStream("#")
    plot = Plot(stream, ThisComputer())
    for room in ("kitchen", "cellar"):
        feed(stream, f"home/{room}/t", 20.0, 21.0, start=START)
    feed(stream, "home/door", 1.0, start=START)
    assert [line.label for line in plot.frame(START).lines] == ["kitchen", "cellar", "door"]
    for room in ("kitchen", "cellar"):
        announce(stream, f"home/{room}/t", name="Temperature", unit_of_meas="°C", dev={"name": room.title()})
    stream.drain()
    frame = plot.frame(START)
    assert [line.label for line in frame.lines] == ["Kitchen Temperature", "Cellar Temperature", "door"]
    assert [line.unit for line in frame.lines] == ["°C", "°C", ""]
    announce(stream, "home/cellar/t", name="Deep down")
    stream.drain()
    assert [line.label for line in plot.frame(START).lines] == ["Temperature", "Deep down", "door"]


def test_a_frame_of_what_nobody_describes_is_the_same_object_until_something_comes() -> None:
    stream = SensorStream("#")
    plot = Plot(stream, ThisComputer())
    feed(stream, "a", 1.0, 2.0, start=START)
    feed(stream, "b", 1.0, 2.0, start=START)
    stream.drain()
    found, first = stream.series, plot.frame(START).lines
    announce(stream, "another/topic", unit_of_meas="°C")
    stream.drain()
    assert stream.series is found
    assert all(one is other for one, other in zip(first, plot.frame(START).lines, strict=True))


def test_explain_says_where_units_and_quantities_come_from_and_how_to_correct_them() -> None:
    stream = SensorStream("#", units={"*/own": "bar"}, quantities={"*/q": "pressure"}, names={"*/q": "Q"})
    announce(stream, "lab/x", unit_of_meas="hPa", val_tpl="{{ value_json.told }}", dev_cla="pressure")
    payload = b'{"own": 1, "told": 2, "q": 3, "temp_C": 4, "humidity": 5, "z": 6}'
    stream.deliver(message("lab/x", payload, at=START))
    stream.deliver(message("tele/x/SENSOR", b'{"ENERGY": {"Power": 5}}', at=START))
    first, other = (each for each in stream.explain() if each.samples)
    assert {one.field: one.text for one in first.told} == {
        "/own": "bar, as units= has it; pressure, by its unit",
        "/told": "hPa, as its device describes it; pressure, as its device describes it",
        "/q": "no unit; pressure, as quantities= has it; called Q",
        "/temp_C": "°C, from the payload; temperature, by its unit",
        "/humidity": "no unit; humidity, by its name",
        "/z": "no unit; no quantity",
    }
    assert [one.text for one in other.told] == ["W, as such devices always have it; power, by its unit"]
    correction = "units={'lab/x/z': '°C'}, quantities={'lab/x/z': 'temperature'}"
    assert f"to correct that: {correction}" in repr(first)
    assert "as its device describes it" in first._repr_html_()
    corrected = SensorStream("#", **eval(f"dict({correction})"))  # noqa: S307 - what a person would paste
    corrected.deliver(message("lab/x", payload, at=START))
    assert corrected.series["lab/x", "/z"].unit == "°C"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"units": "°C"}, "units is a mapping of patterns of fields to texts, such as {'*/t': '°C'}, not '°C'"),
        ({"names": {"*/t": 3}}, "not with {'*/t': 3}"),
        ({"names": {"": "x"}}, "not with {'': 'x'}"),
        ({"units": {"*": "x" * 41}}, "at most 40 characters"),
        ({"quantities": {"*": "temprature"}}, "a quantity is one of acceleration, "),
        ({"descriptions": 1}, "descriptions is True or False, not 1"),
    ],
)
def test_what_is_no_wish_is_told(given: dict[str, object], said: str) -> None:
    for make in (SensorStream, LiveSensorPlot):
        with pytest.raises(InvalidValueError) as caught:
            make("home/#", **given)  # type: ignore[arg-type]
        assert said in str(caught.value)


def test_the_code_of_a_plot_has_the_wishes() -> None:
    wishes = {"names": {"*/t": "Cellar"}, "units": {"*/t": "°C"}, "quantities": {"*/t": "temperature"}}
    plot = LiveSensorPlot("home/#", "mqtt://broker.invalid", autostart=False, descriptions=False, **wishes)  # type: ignore[arg-type]
    code = io.StringIO(str(plot.code())).getvalue()
    plot.close()
    for name, mapping in wishes.items():
        assert f"{name}={mapping!r}" in code
    assert "descriptions=False" in code


def test_tables_know_what_is_known_of_the_series() -> None:
    stream = SensorStream("#", names={"*": "Kiln"})
    announce(stream, "lab/oven", unit_of_meas="°C", dev={"name": "Lab"})
    feed(stream, "lab/oven", 21.5, start=START)
    table = stream.to_pandas()
    assert list(table.columns) == ["time", "topic", "field", "value", "unit"]
    (told,) = json.loads(table.attrs["mqttwidgets"])["series"]
    assert told == {
        "topic": "lab/oven",
        "field": "",
        "name": "Kiln",
        "device": "Lab",
        "quantity": "temperature",
        "category": "measurement",
    }


def test_a_wish_that_matches_no_line_is_told() -> None:
    stream = SensorStream("#", units={"*/t": "°C", "*/temprature": "°C"})
    feed(stream, "lab/t", 21.5, start=START)
    plot = Plot(stream, ThisComputer())
    with stream.reading():
        remarks = plot.status(plot.frame(START), stream.standing(), START).remarks
    assert "units: */temprature matches none of 1 line" in remarks


@pytest.mark.parametrize(
    ("topic", "device"),
    [
        ("tele/washer/SENSOR", "washer"),
        ("shellyplus1pm-a8/status/switch:0", "shellyplus1pm-a8"),
        ("shellies/shellyem-1/emeter/0/power", "shellyem-1"),
        ("/devices/wb-msw/controls/T", "wb-msw"),
        ("zigbee2mqtt/kitchen", "kitchen"),
        ("lab/oven", ""),
    ],
)
def test_a_topic_of_a_known_form_names_its_device(topic: str, device: str) -> None:
    stream = SensorStream("#")
    feed(stream, topic, 21.5, start=START)
    assert [series.device for series in stream.series.values()] == [device]


NAMED: list[tuple[str, str, str, str]] = [
    ("haus/keller/Luftfeuchtigkeit", "", "", "humidity"),
    ("haus/heizung", "/Vorlauftemperatur", "", "temperature"),
    ("haus/zaehler", "/Wirkleistung", "", "power"),
    ("haus/strom", "/Netzspannung", "", "voltage"),
    ("haus", "/Luftdruck", "hPa", "atmospheric_pressure"),
    ("haus/zisterne/Füllstand", "", "%", "level"),
    ("maison/salon/température", "", "", "temperature"),
    ("maison/salon/humidité", "", "%", "humidity"),
    ("maison/puissance", "", "", "power"),
    ("casa/cocina/temperatura", "", "", "temperature"),
    ("casa/umidità", "", "", "humidity"),
    ("casa/potenza", "", "", "power"),
    ("huis/woonkamer/luchtvochtigheid", "", "", "humidity"),
    ("huis/vermogen", "", "", "power"),
    ("dom/napięcie", "", "", "voltage"),
    ("dom/wilgotność", "", "", "humidity"),
    ("weather", "/windSpeed", "km/h", "wind_speed"),
    ("weather", "/wind_avg", "m/s", "speed"),
    ("weather", "/rain", "mm", "precipitation"),
    ("weather", "/windDirection", "°", "wind_direction"),
    ("air", "/co2", "ppm", "carbon_dioxide"),
    ("air", "/pm2_5", "µg/m³", "pm25"),
    ("air/PM10", "", "", "pm10"),
    ("plug", "/ENERGY/Today", "kWh", "energy"),
    ("plug", "/apower", "W", "power"),
    ("host/cpu", "/usage_idle", "%", "share"),
    ("plant", "/battery", "%", "battery"),
    ("plant", "/moisture", "%", "moisture"),
    ("machine", "/speed", "rpm", "speed"),
    ("machine/vibration", "/acc_x", "m/s²", "acceleration"),
    ("tank/level", "/value", "cm", "level"),
    ("a/b", "/foo", "", ""),
    ("plant/temperature/SENSOR", "/foo", "", ""),
]


@pytest.mark.parametrize(("topic", "field", "unit", "quantity"), NAMED)
def test_quantities_in_several_languages(topic: str, field: str, unit: str, quantity: str) -> None:
    assert quantity_of(topic, field, unit) == quantity


@pytest.mark.parametrize(
    ("topic", "field", "category"),
    [
        ("zigbee2mqtt/x", "/linkquality", "diagnostic"),
        ("zigbee2mqtt/x", "/battery", "diagnostic"),
        ("zigbee2mqtt/x", "/battery_low", "diagnostic"),
        ("shellyht-1/events/rpc", "/params/devicepower:0/battery/percent", "diagnostic"),
        ("shellyht-1/events/rpc", "/params/devicepower:0/battery/V", "diagnostic"),
        ("victron/dc", "/battery/voltage", "measurement"),
        ("tele/x/STATE", "/Wifi/RSSI", "diagnostic"),
        ("tele/x/STATE", "/Heap", "diagnostic"),
        ("tele/x/STATE", "/UptimeSec", "diagnostic"),
        ("solar/battery", "/battery_power", "measurement"),
        ("victron/battery/soc", "", "measurement"),
        ("x", "/temperature_calibration", "setting"),
        ("x", "/settings/interval", "setting"),
        ("x", "/occupied_heating_setpoint", "measurement"),
        ("x", "/target_temperature", "measurement"),
        ("x", "/temperature", "measurement"),
    ],
)
def test_categories(topic: str, field: str, category: str) -> None:
    assert category_of(topic, field, "") == category

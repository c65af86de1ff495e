"""Payloads as devices and gateways send them: what is drawn of each, in which unit, and when it was taken."""

from __future__ import annotations

import base64
import json
from typing import NamedTuple

import cbor2
import msgspec
import pytest

from mqttwidgets import AutoDecoder, decode

NOW = 1_762_198_528.0
TAKEN = 1_762_198_468.0  # 2025-11-03 19:34:28 UTC


class Case(NamedTuple):
    """A payload: fields and values found, the units of those that have one, the time where it has one."""

    name: str
    topic: str
    payload: str | bytes
    expected: dict[str, float]
    units: dict[str, str] = {}  # noqa: RUF012 - never changed
    time: float | None = None


CASES = [
    Case(
        "energy meter",
        "tele/plug/SENSOR",
        '{"Time":"2025-11-03T19:34:28","ENERGY":{"TotalStartTime":"2023-02-01T00:00:00","Total":12.345,"Power":12}}',
        {"/ENERGY/Total": 12.345, "/ENERGY/Power": 12},
        {"/ENERGY/Total": "kWh", "/ENERGY/Power": "W"},
        time=TAKEN,
    ),
    Case(
        "thermometers with hexadecimal ids, one of them lost",
        "tele/x/SENSOR",
        '{"DS18B20-1":{"Id":"00000566E039","Temperature":21.5},"DS18B20-2":{"Id":"3C01F096","Temperature":-127.0},'
        '"TempUnit":"F"}',
        {"/DS18B20-1/Temperature": 21.5},
        {"/DS18B20-1/Temperature": "°F"},
    ),
    Case("relay", "shellies/one/relay/0", "on", {"": 1}),
    Case("announcement", "shellies/announce", '{"id":"one","fw_ver":20, "mac":"AABBCC"}', {}),
    Case(
        "motion sensor",
        "zigbee2mqtt/motion",
        '{"battery":100,"occupancy":true,"linkquality":66,"update":{"installed_version":33816645,"state":"idle"},'
        '"update_available":null,"last_seen":1762198468000,"color":{"x":0.3}}',
        {"/battery": 100, "/occupancy": 1, "/linkquality": 66, "/color/x": 0.3},
        time=TAKEN,
    ),
    Case("bridge", "zigbee2mqtt/bridge/devices", '[{"network_address":0,"endpoints":{"1":{"bindings":[]}}}]', {}),
    Case(
        "phone",
        "owntracks/me/phone",
        '{"_type":"location","acc":12,"batt":77,"lat":52.1,"lon":4.3,"tid":"p1","tst":1762198468,"created_at":1762198470}',
        {"/acc": 12, "/batt": 77, "/lat": 52.1, "/lon": 4.3},
        time=TAKEN,
    ),
    Case(
        "gateway of advertisements",
        "ruuvi/AA/BB",
        '{"gw_mac":"C8:25","rssi":-70,"gwts":"1762198469","ts":"1762198468","data":"0201061BFF990405"}',
        {"/rssi": -70},
        time=TAKEN,
    ),
    Case(
        "bluetooth gateway",
        "home/gateway/BTtoMQTT/A4C1",
        '{"id":"A4:C1","model":"LYWSD03MMC","rssi":-60,"tempc":21.5,"tempf":70.7,"hum":48,"volt":2.9}',
        {"/rssi": -60, "/tempc": 21.5, "/tempf": 70.7, "/hum": 48, "/volt": 2.9},
        {"/tempc": "°C", "/tempf": "°F"},
    ),
    Case("value and status", "ebusd/boiler/FlowTemp", "54.500;ok", {"": 54.5}),
    Case("array of one record", "opc/ua", '[{"Timestamp":"2025-11-03T19:34:28Z","Value":{"Value":21.5}}]',
         {"/0/Value/Value": 21.5}, time=TAKEN),
    Case("words and numbers", "x", "temperature 21.5 humidity 45", {"temperature": 21.5, "humidity": 45}),
    Case("time and number", "x", "2025-11-03T19:34:28Z 21.5", {"col1": 21.5}, time=TAKEN),
    Case("text within JSON", "x", '{"msg": "temp=21.5 hum=45"}', {"/msg/temp": 21.5, "/msg/hum": 45}),
    Case(
        "LoRaWAN, with its object as a text",
        "application/1/device/aa/rx",
        '{"applicationID":"1","devEUI":"AgICAgI=","rxInfo":[{"time":"2025-11-03T19:34:28Z","rssi":-48,"loRaSNR":9,'
        '"channel":5,"rfChain":0}],"txInfo":{"frequency":868300000,"loRaModulationInfo":{"bandwidth":125,'
        '"spreadingFactor":11}},"dr":1,"fCnt":10,"fPort":5,"data":"AQID","objectJSON":"{\\"level\\":25}"}',
        {"/rxInfo/0/rssi": -48, "/rxInfo/0/loRaSNR": 9, "/objectJSON/level": 25},
        time=TAKEN,
    ),
    Case(
        "air quality",
        "airgradient/x",
        '{"wifi":-46,"serialno":"ecda3b1e","rco2":447,"pm02":7,"atmp":25.87,"tvocIndex":100,"firmware":"3.1"}',
        {"/wifi": -46, "/rco2": 447, "/pm02": 7, "/atmp": 25.87, "/tvocIndex": 100},
    ),
    Case(
        "home automation hub",
        "domoticz/out",
        '{"Battery":100,"RSSI":12,"hwid":"3","id":"82001","idx":5,"nvalue":0,"svalue1":"21.5","svalue2":"48","unit":1}',
        {"/Battery": 100, "/RSSI": 12, "/nvalue": 0, "/svalue1": 21.5, "/svalue2": 48},
    ),
    Case(
        "charger, all in texts but a list",
        "charger/status",
        '{"version":"B","car":"1","amp":"10","temp":"30","fwv":"020-rc1","sse":"000815","nrg":[2,235]}',
        {"/car": 1, "/amp": 10, "/temp": 30, "/nrg/0": 2, "/nrg/1": 235},
    ),
    Case(
        "vehicle, codes in texts",
        "hfp/x",
        '{"VP":{"desi":"550","dir":"1","oper":12,"veh":1306,"tsi":1762198468,"spd":12.29,"line":261,"route":"2550"}}',
        {"/VP/spd": 12.29},
        time=TAKEN,
    ),
    Case(
        "telemetry of a gateway",
        "v1/gateway/telemetry",
        '{"Device A":[{"ts":1762198468000,"values":{"temperature":42}}]}',
        {"/Device A/values/temperature": 42},
        time=TAKEN,
    ),
    Case(
        "metrics by name",
        "plant/metrics",
        '{"timestamp":"2025-11-03T19:34:28Z","metrics":[{"name":"Temp","value":21.5,"unit":"°C"},'
        '{"name":"SN","value":"A12"},{"name":"Flow","value":3,"unit":"l/h"}]}',
        {"Temp": 21.5, "Flow": 3},
        {"Temp": "°C", "Flow": "l/h"},
        TAKEN,
    ),
    Case(
        "rows of name, value, unit, under titles",
        "station",
        '{"s":[{"title":"In","list":[["T","68.9","°F"],["H","38","%"]]},{"title":"Out","list":[["T","61.7","°F"]]}]}',
        {"In/T": 68.9, "In/H": 38, "Out/T": 61.7},
        {"In/T": "°F", "In/H": "%", "Out/T": "°F"},
    ),
    Case(
        "weather service",
        "weather/now",
        '{"coord":{"lon":11,"lat":44.3},"weather":[{"id":501,"icon":"10d"}],"main":{"temp":298.5},"dt":1762198468,'
        '"sys":{"type":2,"id":207,"sunrise":1762150000},"timezone":7200}',
        {"/coord/lon": 11, "/coord/lat": 44.3, "/main/temp": 298.5},
        time=TAKEN,
    ),
    Case(
        "mesh radio",
        "msh/json",
        '{"channel":0,"from":2732730324,"hops_away":0,"id":2829045551,"payload":{"voltage":4.1},"timestamp":1762198468,'
        '"to":4294967295}',
        {"/payload/voltage": 4.1},
        time=TAKEN,
    ),
    Case("sub-objects with units", "meter", '{"e":{"value":12.3,"unit":"GJ"},"f":{"value":"150","uom":"l/h"}}',
         {"/e/value": 12.3, "/f/value": 150}, {"/e/value": "GJ", "/f/value": "l/h"}),
    Case("missing value", "logger", '{"0":21.53,"1":-9999}', {"/0": 21.53}),
    Case("NaN among numbers", "logger", '{"a":NaN,"b":2,"c":-Infinity}', {"/b": 2}),
    Case("JSON in base64", "app", json.dumps({"data": base64.b64encode(b'{"t": 2.5}').decode()}),
         {"/data/t": 2.5}),
    Case("text in hexadecimal", "app", json.dumps({"payload": b"temp: 21.5 C".hex()}), {"/payload/temp": 21.5},
         {"/payload/temp": "°C"}),
    Case("a lone text that is a number", "x", '"21.5"', {"": 21.5}),
    Case("a lone text that is a state", "x", '"ON"', {"": 1}),
    Case("quantity in JSON", "x", '{"t": "21.5 °C", "n": "5 Pro", "d": "3,7"}', {"/t": 21.5, "/d": 3.7},
         {"/t": "°C"}),
    Case("form", "x", "field1=21.5&field2=48.2&api_key=XYZ123&created_at=2025-11-03T19:34:28Z",
         {"field1": 21.5, "field2": 48.2}, time=TAKEN),
    Case("CSV with a time", "x", "2025-11-03T19:34:28Z;21.5;48.2", {"col1": 21.5, "col2": 48.2}, time=TAKEN),
    Case("CSV with an epoch", "x", "1762198468,21.5,,nan", {"col1": 21.5}, time=TAKEN),
    Case("CSV with a header", "x", "time,temp,hum\n1762198468,21.5,48", {"temp": 21.5, "hum": 48}, time=TAKEN),
    Case("collectd", "x", "1762198468.000:1714962432", {"": 1714962432}, time=TAKEN),
    Case("several pairs", "x", "Temp: 21.5°C Hum: 48 % Wind speed: 3 m/s",
         {"Temp": 21.5, "Hum": 48, "Wind speed": 3}, {"Temp": "°C", "Hum": "%", "Wind speed": "m/s"}),
    Case("pairs with spaces", "x", "temp=21.5 hum=48.2", {"temp": 21.5, "hum": 48.2}),
    Case("space before the sign", "x", "key =0", {"key": 0}),
    Case("word and number", "x", "temperature 21.5 °C", {"temperature": 21.5}, {"temperature": "°C"}),
    Case("heartbeat", "x", "version=1.9.2b6, IP=10.10.10.198, rssid=72%, uptime=364secs",
         {"rssid": 72, "uptime": 364}, {"rssid": "%", "uptime": "s"}),
    Case("other scripts", "x", "温度：21.5℃", {"温度": 21.5}, {"温度": "°C"}),
    Case("quantity", "x", "3.15 A", {"": 3.15}, {"": "A"}),
    Case("decimal comma", "x", "-5,2 °C", {"": -5.2}, {"": "°C"}),
    Case("log line", "x", "[1556121218] <err> exception occurred", {}),
    Case("sentence from GPS", "x", "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47",
         {"latitude": 48.1173, "longitude": 11.516666667, "satellites": 8, "hdop": 0.9, "altitude": 545.4},
         {"latitude": "°", "longitude": "°", "altitude": "m"}),
    Case("version", "cars/1/version", "2019.32", {}),
    Case("clock", "node/timestamp", "1762198468", {}),
    Case("availability", "x/LWT", "Online", {}),
    Case("state of a device", "x/status", "online", {"": 1}),
    Case("word", "x/state", "asleep", {}),
    Case("CBOR", "x", cbor2.dumps({"t": 21.5, "id": 7, "time": TAKEN}), {"/t": 21.5}, time=TAKEN),
    Case("MessagePack", "x", msgspec.msgpack.encode({"t": 21.5, "ok": True}), {"/t": 21.5}),
    Case("SenML in CBOR", "x", cbor2.dumps([{0: "lab/t", 2: 21.5, 1: "Cel"}]), {"lab/t": 21.5}, {"lab/t": "°C"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_an_expert_would_have_drawn(case: Case) -> None:
    payload = case.payload.encode() if isinstance(case.payload, str) else case.payload
    samples = decode(case.topic, payload, received_at=NOW)
    assert {sample.field: sample.value for sample in samples} == pytest.approx(case.expected)
    assert {sample.field: sample.unit for sample in samples if sample.unit} == case.units
    assert {sample.time for sample in samples} <= {NOW if case.time is None else case.time}


def test_a_batch_is_one_line_with_many_times() -> None:
    payload = b'[{"ts":1762198468000,"temp":1},{"ts":1762198469000,"temp":2}]'
    found = [(sample.field, sample.time, sample.value) for sample in decode("x", payload, received_at=NOW)]
    assert found == [("/temp", TAKEN, 1.0), ("/temp", TAKEN + 1, 2.0)]


def test_each_record_has_its_own_time() -> None:
    payload = (
        b'{"timestamp":1762198470000,"values":'
        b'[{"id":"a","t":1762198468000,"v":7},{"id":"b","t":1762198469000,"v":0}]}'
    )
    found = {sample.field: sample.time for sample in decode("x", payload, received_at=NOW)}
    assert found == {"a": TAKEN, "b": TAKEN + 1}
    opc = (
        b'{"t":{"SourceTimestamp":"2025-11-03T19:34:28Z","Value":1},'
        b'"u":{"SourceTimestamp":"2025-11-03T19:34:29Z","Value":2}}'
    )
    assert [sample.time for sample in decode("x", opc, received_at=NOW)] == [TAKEN, TAKEN + 1]


def test_devices_that_share_a_topic_are_told_apart() -> None:
    decoder = AutoDecoder()
    fields = [
        [sample.field for sample in decoder.decode("rtl_433/events", payload)]
        for payload in (
            b'{"model":"A","id":1,"temperature_C":20.5}',
            b'{"model":"A","id":2,"temperature_C":11.5}',
            b'{"model":"B","id":2,"temperature_C":3.5}',
            b'{"model":"A","id":1,"temperature_C":20.6}',
        )
    ]
    assert fields == [
        ["/temperature_C"],
        ["/temperature_C,id=2"],
        ["/temperature_C,model=B,id=2"],
        ["/temperature_C"],
    ]

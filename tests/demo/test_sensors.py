"""The simulated sensors: each its own format, the same payload for the same time."""

from __future__ import annotations

import threading

from mqttwidgets import Broker, SensorStream, TopicFilter, decode
from mqttwidgets.demo.readings import OVEN_TOPIC, PLUG_TOPIC, ROOMS_TOPIC, STATION_TOPIC, simulated_sensors
from mqttwidgets.demo.simulation import publish_until

from ..support.mosquitto import Mosquitto
from ..support.waiting import wait_for


def test_each_speaks_its_format() -> None:
    found = {sensor.topic: decode(sensor.topic, sensor.payload_at(1.7e9) or b"") for sensor in simulated_sensors()}
    assert [sample.field for sample in found[STATION_TOPIC]] == [
        "/bme280/temperature",
        "/bme280/humidity",
        "/bme280/pressure",
        "/light/lux",
    ]
    assert [(sample.field, sample.unit) for sample in found[OVEN_TOPIC]] == [("Temperature", "°C")]
    plug = found[PLUG_TOPIC]
    assert [(each.field, each.unit) for each in plug] == [("/relay", ""), ("/power", "W"), ("/voltage", "V")]
    rooms = [topic for topic in found if TopicFilter(ROOMS_TOPIC).matches(topic)]
    assert len(rooms) == 4
    assert all([sample.field for sample in found[topic]] == [""] for topic in rooms)
    assert {sample.time for sample in plug} == {1.7e9}


def test_the_same_time_gives_the_same_payload() -> None:
    one, other = simulated_sensors(), simulated_sensors()
    for time in (0.0, 1.25, 1e9):
        assert [sensor.payload_at(time) for sensor in one] == [sensor.payload_at(time) for sensor in other]


def test_they_go_on_after_an_outage(mosquitto: Mosquitto) -> None:
    stopped, said = threading.Event(), list[str]()
    sensors = threading.Thread(
        target=publish_until, args=(stopped, Broker.from_url(mosquitto.url), simulated_sensors(), said.append)
    )
    sensors.start()
    stream = SensorStream("demo/#", mosquitto.url)
    try:
        with stream:
            wait_for(lambda: len(stream.series) == 12, what="every sensor's numbers")
            mosquitto.stop()
            wait_for(lambda: stream.status == "offline")
            before = stream.ledger.received
            mosquitto.start()
            wait_for(lambda: stream.ledger.received > before + 5, what="the sensors to go on")
    finally:
        stopped.set()
        sensors.join()
    assert any("Offline" in text for text in said)
    assert said.count("Connected to 127.0.0.1.") == 2

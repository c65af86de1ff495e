"""Devices that send one reading at a time: the demo's own, weather stations, and a smart home."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from .simulation import Sensor, drift, iso_time, noise

STATION_TOPIC = "demo/station/environment"
ROOMS_TOPIC = "demo/house/+/temperature"
OVEN_TOPIC = "demo/workshop/oven"
PLUG_TOPIC = "demo/workshop/plug"

_ROOMS = {"kitchen": 21.5, "living room": 22.3, "bedroom": 18.9, "cellar": 13.4}

_SILENT_STATION = "harbour"

_INTERVAL_S = 1.0
_SILENCE_EVERY_S, _SILENT_FROM_S, _SILENT_FOR_S = 60.0, 10.0, 15.0

_CLIMATE = {"living room": (21.4, 45.0), "bedroom": (18.6, 52.0), "bathroom": (22.9, 61.0)}
_LOADS = {"kitchen": (2_150.0, 24.0, 0.4), "office": (96.0, 40.0, 0.8), "laundry": (1_480.0, 32.0, 0.55)}
"""Room → its appliance: watts while it runs, seconds from start to start, and the part of them that it runs."""

_STANDBY_W = 1.2
_DOOR_FIRST_S, _DOOR_EVERY_S, _DOOR_OPEN_S = 5.0, 20.0, 6.0
_KWH_BEFORE = 312.5  # on the meter when the scene begins


def simulated_sensors() -> list[Sensor]:
    """The demo's own: a station in JSON, rooms with bare numbers, an oven that sends text, a plug with units.

    Each has its own topic, rhythm and format of payload.

    Example:
        >>> [sensor.topic for sensor in simulated_sensors()][0]
        'demo/station/environment'
    """
    rooms = [
        Sensor(f"demo/house/{room.replace(' ', '-')}/temperature", 0.5 + 0.1 * number, _room(room, base))
        for number, (room, base) in enumerate(_ROOMS.items())
    ]
    workshop = [Sensor(OVEN_TOPIC, 0.5, _oven), Sensor(PLUG_TOPIC, 1.0, _oven_plug)]
    return [Sensor(STATION_TOPIC, 1.0, _roof_station), *rooms, *workshop]


def _roof_station(now: float) -> bytes:
    """A weather station as JSON; a cloud passes every minute and a half."""
    cloud = max(0.0, math.sin(2 * math.pi * now / 90)) ** 4
    reading = {
        "station": "roof",
        "bme280": {
            "temperature": round(17.2 - 1.6 * cloud + 0.4 * drift(now, 240) + noise("t", now, 0.05), 2),
            "humidity": round(54 + 9 * cloud + 2 * drift(now, 300) + noise("h", now, 0.3), 1),
            "pressure": round(1013.2 + 0.6 * drift(now, 600) + noise("p", now, 0.04), 2),
        },
        "light": {"lux": round(18_000 * (1 - 0.7 * cloud) + noise("l", now, 120))},
        "battery_ok": True,
    }
    return json.dumps(reading).encode()


def _room(name: str, base: float) -> Callable[[float], bytes]:
    """A room's thermometer; once in two minutes somebody opens a window."""
    shift = 31.0 * len(name)

    def payload_at(now: float) -> bytes:
        since_opening = (now + shift) % 120
        window = -1.8 * (since_opening / 12) * math.exp(1 - since_opening / 12)
        return f"{base + window + 0.3 * drift(now + shift, 75) + noise(name, now, 0.03):.2f}".encode()

    return payload_at


def _oven(now: float) -> bytes:
    """A thermostat that switches between 180 and 190 degrees, told in text."""
    phase = (now % 40) / 40
    saw = phase / 0.4 if phase < 0.4 else (1 - phase) / 0.6
    return f"Temperature: {180 + 10 * saw + noise('oven', now, 0.15):.1f} °C".encode()


def _oven_plug(now: float) -> bytes:
    """The smart plug of the oven: JSON with its own time, a state, quantities with units, an id."""
    is_on = now % 40 < 16
    power = 1_950 + noise("plug", now, 8) if is_on else 2.1
    reading = {
        "time": iso_time(now),
        "device_id": 70_512_344,
        "firmware": "2.4.1",
        "relay": "ON" if is_on else "OFF",
        "power": f"{power:.1f} W",
        "voltage": f"{230.4 - is_on * 1.9 + noise('volt', now, 0.2):.1f} V",
    }
    return json.dumps(reading).encode()


class _Weather(NamedTuple):
    temperature: float
    humidity: float
    pressure: float
    wind: float


_USUAL = {
    "ridge": _Weather(4.2, 71.0, 871.0, 7.5),
    "village": _Weather(12.8, 58.0, 948.0, 2.1),
    "lake": _Weather(14.1, 66.0, 962.0, 3.4),
    "harbour": _Weather(15.6, 69.0, 1012.0, 4.8),
}


def weather_stations(began: float) -> list[Sensor]:
    """Four stations in a valley: two speak JSON, two SenML, and the harbour's radio fails now and then.

    Args:
        began: epoch seconds when the scene began; ten seconds later the harbour's radio fails for the first time.

    Example:
        >>> [sensor.topic for sensor in weather_stations(0.0)]
        ['weather/ridge', 'weather/village', 'weather/lake', 'weather/harbour']
    """
    says = {"ridge": _as_json, "village": _as_json, "lake": _as_senml, "harbour": _as_senml}
    return [
        Sensor(
            f"weather/{name}", _INTERVAL_S, _weather_station(name, say, began if name == _SILENT_STATION else None)
        )
        for name, say in says.items()
    ]


def is_silent(since_s: float) -> bool:
    """Whether the harbour's radio is down, seconds after the beginning.

    Example:
        >>> [is_silent(since_s) for since_s in (5, 15, 30, 75)]
        [False, True, False, True]
    """
    return _SILENT_FROM_S <= since_s % _SILENCE_EVERY_S < _SILENT_FROM_S + _SILENT_FOR_S


def _weather_station(
    name: str, say: Callable[[str, float, _Weather], bytes], failing_since: float | None
) -> Callable[[float], bytes | None]:
    def payload_at(now: float) -> bytes | None:
        if failing_since is not None and is_silent(now - failing_since):
            return None
        return say(name, now, _weather(name, now))

    return payload_at


def _weather(name: str, now: float) -> _Weather:
    """A front that comes every two minutes, felt a little later at each station down the valley."""
    usual = _USUAL[name]
    felt = now - 7.0 * list(_USUAL).index(name)
    front = max(0.0, math.sin(2 * math.pi * felt / 120)) ** 2
    return _Weather(
        usual.temperature - 2.4 * front + 0.5 * drift(felt, 90) + noise(f"{name} t", now, 0.04),
        min(100.0, usual.humidity + 14 * front + drift(felt, 70) + noise(f"{name} h", now, 0.2)),
        usual.pressure - 1.2 * front + noise(f"{name} p", now, 0.03),
        max(0.0, usual.wind * (1 + 1.1 * front) + 0.8 * drift(felt, 11) + noise(f"{name} w", now, 0.3)),
    )


def _as_json(name: str, now: float, weather: _Weather) -> bytes:
    reading = {
        "station": name,
        "time": iso_time(now),
        "air": {
            "temperature_C": round(weather.temperature, 2),
            "humidity": f"{weather.humidity:.1f} %",
            "pressure_hPa": round(weather.pressure, 2),
        },
        "wind": {"speed": f"{weather.wind:.1f} m/s"},
        "battery_ok": True,
    }
    return json.dumps(reading).encode()


def _as_senml(_name: str, now: float, weather: _Weather) -> bytes:
    """SenML (RFC 8428), with the units of its registry."""
    records: list[dict[str, object]] = [
        {"bt": round(now, 3), "n": "temperature", "u": "Cel", "v": round(weather.temperature, 2)},
        {"n": "humidity", "u": "%RH", "v": round(weather.humidity, 1)},
        {"n": "pressure", "u": "hPa", "v": round(weather.pressure, 2)},
        {"n": "wind/speed", "u": "m/s", "v": round(weather.wind, 1)},
    ]
    return json.dumps(records).encode()


def smart_home(began: float) -> list[Sensor]:
    """A home: climate, door and motion sensors behind Zigbee2MQTT, and plugs with Tasmota in three rooms.

    Availability is retained, as both firmwares do it.

    Args:
        began: epoch seconds when the scene began, from which the plugs' meters count on.

    Example:
        >>> sorted({sensor.topic.split("/")[0] for sensor in smart_home(0.0)})
        ['stat', 'tele', 'zigbee2mqtt']
    """
    climate = [Sensor(f"zigbee2mqtt/{room}", 2.0, _climate(room)) for room in _CLIMATE]
    zigbee = [
        *climate,
        Sensor("zigbee2mqtt/front door", 2.0, _door(began)),
        Sensor("zigbee2mqtt/hall motion", 2.0, _motion(began)),
    ]
    available = [
        Sensor(f"{sensor.topic}/availability", 60.0, _always({"state": "online"}), True) for sensor in zigbee
    ]
    return [*zigbee, *available, *(sensor for room in _LOADS for sensor in _tasmota_plug(room, began))]


def energy_kwh(room: str, since_s: float) -> float:
    """Energy that a room's plug has metered, seconds after the beginning.

    Example:
        >>> round(energy_kwh("office", 40.0) * 3600, 1)  # 32 s of 96 W, 8 s of 1.2 W, in kJ
        3.1
    """
    power, period, part = _LOADS[room]
    rounds, rest = divmod(since_s, period)
    running = rounds * period * part + min(rest, period * part)
    return (running * power + (since_s - running) * _STANDBY_W) / 3.6e6


def _climate(room: str) -> Callable[[float], bytes]:
    temperature, humidity = _CLIMATE[room]

    def payload_at(now: float) -> bytes:
        shower = math.exp(-(now % 90) / 15) if room == "bathroom" else 0.0
        reading = {
            "battery": 97,
            "humidity": round(humidity + 22 * shower + 1.5 * drift(now, 80) + noise(f"{room} h", now, 0.2), 2),
            "linkquality": 120 + round(8 * drift(now, 33)),
            "temperature": round(temperature + 1.5 * shower + 0.4 * drift(now, 100) + noise(room, now, 0.03), 2),
            "voltage": 2_995,
        }
        return json.dumps(reading).encode()

    return payload_at


def _door(began: float) -> Callable[[float], bytes]:
    def payload_at(now: float) -> bytes:
        is_open = (now - began - _DOOR_FIRST_S) % _DOOR_EVERY_S < _DOOR_OPEN_S
        return json.dumps({"battery": 100, "contact": not is_open, "linkquality": 94, "tamper": False}).encode()

    return payload_at


def _motion(began: float) -> Callable[[float], bytes]:
    """Somebody in the hall from when the door opens until a little after it is shut."""

    def payload_at(now: float) -> bytes:
        is_there = (now - began - _DOOR_FIRST_S) % _DOOR_EVERY_S < _DOOR_OPEN_S + 4.0
        reading = {"battery": 88, "illuminance": 140 if is_there else 12, "linkquality": 71, "occupancy": is_there}
        return json.dumps(reading).encode()

    return payload_at


def _tasmota_plug(room: str, began: float) -> list[Sensor]:
    """A plug with Tasmota: telemetry, its state when it is switched, and that it is there."""
    power, period, part = _LOADS[room]

    def is_on(now: float) -> bool:
        return (now - began) % period < period * part

    def telemetry(now: float) -> bytes:
        watts = power + noise(room, now, power / 200) if is_on(now) else _STANDBY_W
        volts = 230.6 - watts / 900 + noise(f"{room} v", now, 0.3)
        meter = {
            "TotalStartTime": "2025-11-02T09:14:51",
            "Total": round(_KWH_BEFORE + energy_kwh(room, now - began), 5),
            "Yesterday": 1.284,
            "Today": round(0.731 + energy_kwh(room, now - began), 5),
            "Power": round(watts, 1),
            "Voltage": round(volts),
            "Current": round(watts / volts, 3),
        }
        return json.dumps({"Time": _local(now), "ENERGY": meter}).encode()

    return [
        Sensor(f"tele/{room}/SENSOR", 1.0, telemetry),
        Sensor(f"stat/{room}/POWER", 2.0, lambda now: b"ON" if is_on(now) else b"OFF"),
        Sensor(f"tele/{room}/LWT", 60.0, lambda _now: b"Online", True),
    ]


def _local(now: float) -> str:
    """The time as Tasmota tells it: the clock on the wall, without a zone."""
    return datetime.fromtimestamp(now).isoformat(timespec="seconds")  # noqa: DTZ006 - that is the point


def _always(content: object) -> Callable[[float], bytes]:
    return lambda _now: json.dumps(content).encode()

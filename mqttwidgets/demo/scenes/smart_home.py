"""A home: climate, door and motion sensors behind Zigbee2MQTT, and plugs with Tasmota in three rooms."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime

from ..sensor import Sensor, drift, noise

PLUGS_TOPIC = "tele/+/SENSOR"
ZIGBEE_TOPIC = "zigbee2mqtt/+"

_CLIMATE = {"living room": (21.4, 45.0), "bedroom": (18.6, 52.0), "bathroom": (22.9, 61.0)}
_LOADS = {"kitchen": (2_150.0, 24.0, 0.4), "office": (96.0, 40.0, 0.8), "laundry": (1_480.0, 32.0, 0.55)}
"""What hangs on each plug: watts while it runs, seconds from start to start, and the part of them that it runs."""

_STANDBY_W = 1.2
_DOOR_FIRST_S, _DOOR_EVERY_S, _DOOR_OPEN_S = 5.0, 20.0, 6.0
_KWH_BEFORE = 312.5  # on the meter when the scene begins


def home(began: float) -> list[Sensor]:
    """The home's devices; availability is retained, as both firmwares have it.

    Args:
        began: epoch seconds when the scene began, from which the plugs' meters count on.

    Example:
        >>> sorted({sensor.topic.split("/")[0] for sensor in home(0.0)})
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
    return [*zigbee, *available, *(sensor for room in _LOADS for sensor in _plug(room, began))]


def energy_kwh(room: str, since_s: float) -> float:
    """What a room's plug has metered since the beginning.

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


def _plug(room: str, began: float) -> list[Sensor]:
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
    """As Tasmota tells the time: the clock on the wall, without a zone."""
    return datetime.fromtimestamp(now).isoformat(timespec="seconds")  # noqa: DTZ006 - that is the point


def _always(content: object) -> Callable[[float], bytes]:
    return lambda _now: json.dumps(content).encode()

"""Simulated sensors that behave like the real ones: each its own topic, rhythm and payload format."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime, timezone

from .sensor import Sensor, drift, noise

STATION_TOPIC = "demo/station/environment"
ROOMS_TOPIC = "demo/house/+/temperature"
OVEN_TOPIC = "demo/workshop/oven"
PLUG_TOPIC = "demo/workshop/plug"

_ROOMS = {"kitchen": 21.5, "living room": 22.3, "bedroom": 18.9, "cellar": 13.4}


def simulated_sensors() -> list[Sensor]:
    """A station in JSON, rooms with bare numbers, an oven that sends text, a smart plug with time, units and ids.

    Example:
        >>> [sensor.topic for sensor in simulated_sensors()][0]
        'demo/station/environment'
    """
    rooms = [
        Sensor(f"demo/house/{room.replace(' ', '-')}/temperature", 0.5 + 0.1 * number, _room(room, base))
        for number, (room, base) in enumerate(_ROOMS.items())
    ]
    workshop = [Sensor(OVEN_TOPIC, 0.5, _oven), Sensor(PLUG_TOPIC, 1.0, _plug)]
    return [Sensor(STATION_TOPIC, 1.0, _station), *rooms, *workshop]


def _station(now: float) -> bytes:
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


def _plug(now: float) -> bytes:
    """A smart plug that the oven hangs on: JSON with its own time, a state, quantities with units, an id."""
    is_on = now % 40 < 16
    power = 1_950 + noise("plug", now, 8) if is_on else 2.1
    reading = {
        "time": datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds"),
        "device_id": 70_512_344,
        "firmware": "2.4.1",
        "relay": "ON" if is_on else "OFF",
        "power": f"{power:.1f} W",
        "voltage": f"{230.4 - is_on * 1.9 + noise('volt', now, 0.2):.1f} V",
    }
    return json.dumps(reading).encode()

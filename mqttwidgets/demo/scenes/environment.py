"""Four weather stations in a valley: two speak JSON, two SenML, and the harbour's radio fails now and then."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime, timezone
from typing import NamedTuple

from ..sensor import Sensor, drift, noise

STATIONS_TOPIC = "weather/+"
SILENT_STATION = "harbour"

_INTERVAL_S = 1.0
_SILENCE_EVERY_S, _SILENT_FROM_S, _SILENT_FOR_S = 60.0, 10.0, 15.0


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


def stations(began: float) -> list[Sensor]:
    """The four stations.

    Args:
        began: epoch seconds when the scene began; ten seconds later the harbour's radio fails for the first time.

    Example:
        >>> [sensor.topic for sensor in stations(0.0)]
        ['weather/ridge', 'weather/village', 'weather/lake', 'weather/harbour']
    """
    says = {"ridge": _as_json, "village": _as_json, "lake": _as_senml, "harbour": _as_senml}
    return [
        Sensor(f"weather/{name}", _INTERVAL_S, _station(name, say, began if name == SILENT_STATION else None))
        for name, say in says.items()
    ]


def is_silent(since_s: float) -> bool:
    """Whether the harbour's radio is down, seconds after the beginning.

    Example:
        >>> [is_silent(since_s) for since_s in (5, 15, 30, 75)]
        [False, True, False, True]
    """
    return _SILENT_FROM_S <= since_s % _SILENCE_EVERY_S < _SILENT_FROM_S + _SILENT_FOR_S


def _station(
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
        "time": datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds"),
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

"""A pump whose bearing goes: vibration along two axes at 5 kHz each, in blocks, and a condition monitor.

The bearing is well when the scene begins, past the limit that ISO 20816 sets after half a minute, and ruined after
three.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime, timezone

import numpy as np

from ..sensor import Sensor, drift, noise

VIBRATION_TOPIC = "plant/pump-4/vibration"
CONDITION_TOPIC = "plant/pump-4/condition"

RATE_HZ = 5_000
BLOCK_S = 0.1

SHAFT_HZ = 24.7
FAULT_HZ = 88.4
"""How often a ball rolls over the crack in the outer race: 3.58 times in a turn of the shaft."""

_RINGING_HZ, _RINGING_S = 1_640.0, 0.0015  # what each impact makes the housing do
_WELL_S, _GROWING_S = 5.0, 40.0
_AXES = {"x": 1.0, "y": 0.6}


def pump(began: float) -> list[Sensor]:
    """The pump's sensors.

    Args:
        began: epoch seconds when its bearing began to fail.

    Example:
        >>> [sensor.topic for sensor in pump(0.0)]
        ['plant/pump-4/vibration', 'plant/pump-4/vibration', 'plant/pump-4/condition']
    """
    accelerometers = [Sensor(VIBRATION_TOPIC, BLOCK_S, _block(axis, began)) for axis in _AXES]
    return [*accelerometers, Sensor(CONDITION_TOPIC, 1.0, _condition(began))]


def severity(since_s: float) -> float:
    """How far the fault has come, from 0 to 1, seconds after the beginning.

    Example:
        >>> [round(severity(since_s), 1) for since_s in (5, 30, 60, 180)]
        [0.0, 0.5, 0.7, 1.0]
    """
    return 1.0 - math.exp(-max(0.0, since_s - _WELL_S) / _GROWING_S)


def _block(axis: str, began: float) -> Callable[[float], bytes]:
    """SenML (RFC 8428): a tenth of a second up to now, each sample with its time."""

    def payload_at(now: float) -> bytes:
        number = round(now / BLOCK_S)
        start = (number - 1) * BLOCK_S
        steps = np.arange(round(RATE_HZ * BLOCK_S)) / RATE_HZ
        values = _acceleration(axis, start, steps, severity(start - began), number)
        records: list[dict[str, object]] = [
            {"t": round(step, 4), "v": round(value, 3)}
            for step, value in zip(steps.tolist(), values.tolist(), strict=True)
        ]
        records[0] |= {"bn": axis, "bt": round(start, 4), "bu": "m/s2"}
        return json.dumps(records, separators=(",", ":")).encode()

    return payload_at


def _acceleration(axis: str, start: float, steps: np.ndarray, fault: float, number: int) -> np.ndarray:
    """The shaft's turning with its overtones, the hum of six vanes, impacts at the fault's rhythm, and noise."""
    shift = 0.0 if axis == "x" else math.pi / 2
    turn = 2 * math.pi * (SHAFT_HZ * start % 1.0 + SHAFT_HZ * steps) + shift
    turning = 0.8 * np.sin(turn) + 0.25 * np.sin(2 * turn) + 0.15 * np.sin(6 * turn)
    since_impact = (FAULT_HZ * start % 1.0 + FAULT_HZ * steps) % 1.0 / FAULT_HZ
    ringing = np.exp(-since_impact / _RINGING_S) * np.sin(2 * math.pi * _RINGING_HZ * since_impact)
    rustle = np.random.default_rng([number, ord(axis)]).normal(0.0, 0.12 + 0.1 * fault, len(steps))
    result: np.ndarray = _AXES[axis] * (turning + 9.0 * fault * ringing) + rustle
    return result


def _condition(began: float) -> Callable[[float], bytes]:
    """What a condition monitor makes of it each second: JSON with its own time, and units in texts and names."""

    def payload_at(now: float) -> bytes:
        fault = severity(now - began)
        reading = {
            "time": datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds"),
            "serial": 40_118_226,
            "velocity_rms": f"{1.8 + 7 * fault + noise('rms', now, 0.08):.2f} mm/s",
            "bearing_temperature_C": round(48 + 21 * severity(now - began - 20) + noise("bearing", now, 0.1), 1),
            "speed_rpm": round(60 * SHAFT_HZ + 3 * drift(now, 20) + noise("speed", now, 0.6), 1),
        }
        return json.dumps(reading).encode()

    return payload_at

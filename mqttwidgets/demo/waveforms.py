"""Devices that send waveforms in blocks: a pump whose bearing fails, and a bedside monitor."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import numpy as np

from .simulation import Sensor, drift, iso_time, noise

VIBRATION_TOPIC = "plant/pump-4/vibration"
CONDITION_TOPIC = "plant/pump-4/condition"
ECG_TOPIC = "ward/bed-3/ecg"
VITALS_TOPIC = "ward/bed-3/vitals"

VIBRATION_RATE_HZ, _VIBRATION_BLOCK_S = 5_000, 0.1
ECG_RATE_HZ, ECG_BLOCK_S = 250, 0.2

SHAFT_HZ = 24.7
FAULT_HZ = 88.4
"""Rate at which a ball rolls over the crack in the outer race: 3.58 times in a turn of the shaft."""

_RINGING_HZ, _RINGING_S = 1_640.0, 0.0015  # of the housing, after each impact
_WELL_S, _GROWING_S = 5.0, 40.0
_AXES = {"x": 1.0, "y": 0.6}

_WAVES = (  # place in the beat, width of it, height in mV
    (0.18, 0.025, 0.12),  # P
    (0.285, 0.009, -0.13),  # Q
    (0.31, 0.010, 1.10),  # R
    (0.335, 0.010, -0.24),  # S
    (0.56, 0.045, 0.28),  # T
)
_MEAN_HZ, _SWING_HZ, _SWING_EVERY_S = 72 / 60, 9 / 60, 24.0
_APNOEA_EVERY_S, _APNOEA_FROM_S, _APNOEA_S = 90.0, 8.0, 26.0


def failing_pump(began: float) -> list[Sensor]:
    """A pump: vibration along two axes at 5 kHz each, and a condition monitor.

    The bearing is well when the scene begins, past the limit that ISO 20816 sets after half a minute, and ruined
    after three.

    Args:
        began: epoch seconds at which its bearing began to fail.

    Example:
        >>> [sensor.topic for sensor in failing_pump(0.0)]
        ['plant/pump-4/vibration', 'plant/pump-4/vibration', 'plant/pump-4/condition']
    """
    accelerometers = [Sensor(VIBRATION_TOPIC, _VIBRATION_BLOCK_S, _vibration(axis, began)) for axis in _AXES]
    return [*accelerometers, Sensor(CONDITION_TOPIC, 1.0, _condition(began))]


def severity(since_s: float) -> float:
    """Severity of the bearing's fault, from 0 to 1, seconds after the beginning.

    Example:
        >>> [round(severity(since_s), 1) for since_s in (5, 30, 60, 180)]
        [0.0, 0.5, 0.7, 1.0]
    """
    return 1.0 - math.exp(-max(0.0, since_s - _WELL_S) / _GROWING_S)


def _vibration(axis: str, began: float) -> Callable[[float], bytes]:
    """A tenth of a second up to now."""

    def payload_at(now: float) -> bytes:
        number = round(now / _VIBRATION_BLOCK_S)
        start = (number - 1) * _VIBRATION_BLOCK_S
        steps = np.arange(round(VIBRATION_RATE_HZ * _VIBRATION_BLOCK_S)) / VIBRATION_RATE_HZ
        values = _acceleration(axis, start, steps, severity(start - began), number)
        return _block(axis, "m/s2", start, steps, values, 3)

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
    """A condition monitor's summary of it each second: JSON with its own time, and units in texts and names."""

    def payload_at(now: float) -> bytes:
        fault = severity(now - began)
        reading = {
            "time": iso_time(now),
            "serial": 40_118_226,
            "velocity_rms": f"{1.8 + 7 * fault + noise('rms', now, 0.08):.2f} mm/s",
            "bearing_temperature_C": round(48 + 21 * severity(now - began - 20) + noise("bearing", now, 0.1), 1),
            "speed_rpm": round(60 * SHAFT_HZ + 3 * drift(now, 20) + noise("speed", now, 0.6), 1),
        }
        return json.dumps(reading).encode()

    return payload_at


def bedside_monitor(began: float) -> list[Sensor]:
    """A patient: an ECG at 250 Hz in blocks, oxygen saturation and pulse once a second.

    The heart is a textbook's: five waves, each a bell curve, as in McSharry and others, "A dynamical model for
    generating synthetic electrocardiogram signals" (IEEE Transactions on Biomedical Engineering, 2003).

    Args:
        began: epoch seconds at which the scene began; eight seconds later the patient stops breathing for a while.

    Example:
        >>> [sensor.topic for sensor in bedside_monitor(0.0)]
        ['ward/bed-3/ecg', 'ward/bed-3/vitals']
    """
    return [Sensor(ECG_TOPIC, ECG_BLOCK_S, _ecg), Sensor(VITALS_TOPIC, 1.0, _vitals(began))]


def heart_rate(now: float) -> float:
    """Beats a minute at a time.

    Example:
        >>> heart_rate(0.0), round(heart_rate(6.0))
        (72.0, 81)
    """
    return 60 * (_MEAN_HZ + _SWING_HZ * math.sin(2 * math.pi * now / _SWING_EVERY_S))


def saturation(since_s: float) -> float:
    """SpO2 in percent, seconds after the beginning: down to 84 and back, once in a minute and a half.

    Example:
        >>> [round(saturation(since_s)) for since_s in (0, 21, 40, 111)]
        [97, 84, 97, 84]
    """
    within = (since_s % _APNOEA_EVERY_S - _APNOEA_FROM_S) / _APNOEA_S
    return 97.0 - (13.0 * math.sin(math.pi * within) ** 2 if 0 < within < 1 else 0.0)


def _ecg(now: float) -> bytes:
    """A fifth of a second up to now."""
    number = round(now / ECG_BLOCK_S)
    start = (number - 1) * ECG_BLOCK_S
    steps = np.arange(round(ECG_RATE_HZ * ECG_BLOCK_S)) / ECG_RATE_HZ
    rustle = np.random.default_rng(number).normal(0.0, 0.012, len(steps))
    return _block("II", "mV", start, steps, _waves(_beats(start + steps) % 1.0) + rustle, 4)


def _beats(time: np.ndarray) -> np.ndarray:
    """Beats up to a time: the integral of the heart rate."""
    swing = _SWING_HZ * _SWING_EVERY_S / (2 * math.pi)
    result: np.ndarray = _MEAN_HZ * time - swing * np.cos(2 * math.pi * time / _SWING_EVERY_S)
    return result


def _waves(phase: np.ndarray) -> np.ndarray:
    """PQRST over one beat, in mV."""
    total = np.zeros(len(phase))
    for place, width, height in _WAVES:
        total += height * np.exp(-(((phase - place) / width) ** 2) / 2)
    return total


def _vitals(began: float) -> Callable[[float], bytes]:
    def payload_at(now: float) -> bytes:
        reading = {
            "time": iso_time(now),
            "spo2_percent": round(saturation(now - began) + noise("spo2", now, 0.25)),
            "pulse": f"{heart_rate(now) + noise('pulse', now, 0.6):.0f} bpm",
        }
        return json.dumps(reading).encode()

    return payload_at


def _block(name: str, unit: str, start: float, steps: np.ndarray, values: np.ndarray, digits: int) -> bytes:
    """A block in SenML (RFC 8428), each sample with its time.

    Args:
        name: of all samples.
        unit: of all samples.
        start: epoch seconds.
        steps: seconds from there to each sample.
        values: of the samples.
        digits: of a value behind its decimal point.
    """
    records: list[dict[str, object]] = [
        {"t": round(step, 4), "v": round(value, digits)}
        for step, value in zip(steps.tolist(), values.tolist(), strict=True)
    ]
    records[0] |= {"bn": name, "bt": round(start, 4), "bu": unit}
    return json.dumps(records, separators=(",", ":")).encode()

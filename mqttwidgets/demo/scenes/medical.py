"""A bedside monitor: an ECG at 250 Hz in blocks, oxygen saturation and pulse once a second.

The heart is a textbook's: five waves, each a bell curve, as in McSharry and others, "A dynamical model for
generating synthetic electrocardiogram signals" (IEEE Transactions on Biomedical Engineering, 2003).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime, timezone

import numpy as np

from ..sensor import Sensor, noise

ECG_TOPIC = "ward/bed-3/ecg"
VITALS_TOPIC = "ward/bed-3/vitals"

RATE_HZ = 250
BLOCK_S = 0.2

_WAVES = (  # place in the beat, width of it, height in mV
    (0.18, 0.025, 0.12),  # P
    (0.285, 0.009, -0.13),  # Q
    (0.31, 0.010, 1.10),  # R
    (0.335, 0.010, -0.24),  # S
    (0.56, 0.045, 0.28),  # T
)
_MEAN_HZ, _SWING_HZ, _SWING_EVERY_S = 72 / 60, 9 / 60, 24.0
_APNOEA_EVERY_S, _APNOEA_FROM_S, _APNOEA_S = 90.0, 8.0, 26.0


def bedside(began: float) -> list[Sensor]:
    """The monitor's two messages.

    Args:
        began: epoch seconds when the scene began; eight seconds later the patient stops breathing for a while.

    Example:
        >>> [sensor.topic for sensor in bedside(0.0)]
        ['ward/bed-3/ecg', 'ward/bed-3/vitals']
    """
    return [Sensor(ECG_TOPIC, BLOCK_S, _ecg), Sensor(VITALS_TOPIC, 1.0, _vitals(began))]


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
    """SenML (RFC 8428): a fifth of a second up to now, each sample with its time."""
    number = round(now / BLOCK_S)
    start = (number - 1) * BLOCK_S
    steps = np.arange(round(RATE_HZ * BLOCK_S)) / RATE_HZ
    rustle = np.random.default_rng(number).normal(0.0, 0.012, len(steps))
    values = _waves(_beats(start + steps) % 1.0) + rustle
    records: list[dict[str, object]] = [
        {"t": round(step, 4), "v": round(value, 4)}
        for step, value in zip(steps.tolist(), values.tolist(), strict=True)
    ]
    records[0] |= {"bn": "II", "bt": round(start, 4), "bu": "mV"}
    return json.dumps(records, separators=(",", ":")).encode()


def _beats(time: np.ndarray) -> np.ndarray:
    """How many beats there were: the integral of the heart rate."""
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
            "time": datetime.fromtimestamp(now, timezone.utc).isoformat(timespec="milliseconds"),
            "spo2_percent": round(saturation(now - began) + noise("spo2", now, 0.25)),
            "pulse": f"{heart_rate(now) + noise('pulse', now, 0.6):.0f} bpm",
        }
        return json.dumps(reading).encode()

    return payload_at

"""Cells of the notebooks that people copy, as they stand there, with more time than a page has for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from mqttwidgets import LiveSensorPlot, Message
from mqttwidgets.demo.scenes import medical

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
BEGAN = 1_790_000_000.0


def cell(notebook: str, name: str) -> str:
    """The code of a cell by its id."""
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text())["cells"]
    (source,) = ("".join(each["source"]) for each in cells if each["id"] == name)
    return source


def test_the_live_heart_rate_has_all_beats_of_the_whole_history() -> None:
    ecg = LiveSensorPlot(medical.ECG_TOPIC, autostart=False)
    names: dict[str, Any] = {"ecg": ecg}
    exec(cell("medical", "rate"), names)  # noqa: S102 - our own notebook
    (monitor, _) = medical.bedside(BEGAN)
    for block in range(1, 1 + round(60 / medical.BLOCK_S)):
        now = BEGAN + block * medical.BLOCK_S
        payload = monitor.payload_at(now)
        assert payload is not None
        ecg.stream.deliver(Message(monitor.topic, payload, 0, False, now))
        lines = ecg.to_pandas(of="*")
    live, whole = (lines[lines["unit"] == unit].set_index("time")["value"] for unit in ("bpm", "mV"))
    beats = names["heart_rate"](whole).dropna()
    assert len(beats) > 65
    assert live.index.tolist() == beats.index.tolist()
    np.testing.assert_allclose(live, beats)
    ecg.close()

"""Cells of the notebooks that people copy, as they stand there, with more time than a page has for them."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mqttwidgets import LiveSensorPlot, Message
from mqttwidgets.demo import waveforms

NOTEBOOKS = Path(__file__).parent.parent.parent / "notebooks"
BEGAN = 1_790_000_000.0


def cell(notebook: str, name: str) -> str:
    """The code of a cell by its id."""
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text())["cells"]
    (source,) = ("".join(each["source"]) for each in cells if each["id"] == name)
    return source


def test_the_live_heart_rate_has_all_beats_of_the_whole_history() -> None:
    ecg = LiveSensorPlot(waveforms.ECG_TOPIC, autostart=False)
    names: dict[str, Any] = {"ecg": ecg}
    exec(cell("medical", "rate"), names)  # noqa: S102 - our own notebook
    (monitor, _) = waveforms.bedside_monitor(BEGAN)
    for block in range(1, 1 + round(60 / waveforms.ECG_BLOCK_S)):
        now = BEGAN + block * waveforms.ECG_BLOCK_S
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


def test_the_daily_export_leaves_no_day_with_less_than_it_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Two stations, one sample a minute, and a history of 27.8 hours, as 100,000 samples at one a second are."""
    monkeypatch.chdir(tmp_path)
    export = cell("environment", "export")

    def run_at(now: str) -> None:
        times = pd.date_range("2026-05-01 10:00", now, freq="1min", tz="UTC", inclusive="left")[-1_667:]
        samples = pd.concat(
            pd.DataFrame({"time": times, "topic": topic, "field": "t", "value": 20.0, "unit": "°C"})
            for topic in ("weather/ridge", "weather/lake")
        )
        exec(export, {"stations": SimpleNamespace(to_pandas=lambda: samples)})  # noqa: S102 - our own notebook

    def minutes() -> dict[str, int]:
        return {file.stem: len(pd.read_csv(file)) // 2 for file in sorted(tmp_path.iterdir())}

    run_at("2026-05-01 10:01")
    assert minutes() == {"weather-2026-05-01": 1}, "what there is of a day that goes on"
    for midnight in ("2026-05-02 00:00", "2026-05-03 00:00:10", "2026-05-04 00:05"):
        run_at(midnight)
    whole = {"weather-2026-05-01": 14 * 60, "weather-2026-05-02": 24 * 60, "weather-2026-05-03": 24 * 60}
    assert minutes() == whole
    run_at("2026-05-04 15:00")
    assert minutes() == {**whole, "weather-2026-05-04": 15 * 60}

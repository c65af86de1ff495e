"""The simulated devices: what they say is read without a parser; they end with the kernel that started them."""

from __future__ import annotations

import builtins
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mqttwidgets import AutoDecoder, InvalidValueError, MissingPackageError, Sample, SensorStream
from mqttwidgets.demo import devices, readings, waveforms
from mqttwidgets.demo.processes import is_taken
from mqttwidgets.demo.simulation import Sensor

from ..support.processes import end
from ..support.waiting import wait_for

BEGAN = 1.75e9


def said(sensors: list[Sensor], from_s: float, until_s: float) -> list[Sample]:
    """What "auto" makes of all that sensors say in a span of seconds after the beginning."""
    decoder, samples = AutoDecoder(), list[Sample]()
    for sensor in sensors:
        for number in range(round(from_s / sensor.interval_s), round(until_s / sensor.interval_s)):
            now = BEGAN + number * sensor.interval_s
            if (payload := sensor.payload_at(now)) is not None:
                samples += decoder.decode(sensor.topic, payload, received_at=now)
    return samples


def series(samples: list[Sample], field: str) -> tuple[np.ndarray, np.ndarray]:
    """Times, in seconds after the beginning, and values of a field."""
    found = [(sample.time - BEGAN, sample.value) for sample in samples if sample.field == field]
    return np.array(found).T[0], np.array(found).T[1]


def strongest_hz(value: np.ndarray, rate_hz: float, low_hz: float, high_hz: float) -> float:
    """Where in a band the spectrum has its highest peak."""
    spectrum = np.abs(np.fft.rfft(value - value.mean()))
    frequency = np.fft.rfftfreq(len(value), 1 / rate_hz)
    return float(frequency[np.argmax(np.where((low_hz <= frequency) & (frequency < high_hz), spectrum, 0.0))])


@pytest.mark.parametrize("scene", devices.SCENES)
def test_the_same_time_gives_the_same_payload(scene: str) -> None:
    one, other = devices.SCENES[scene](BEGAN), devices.SCENES[scene](BEGAN)
    for since_s in (0.0, 12.5, 100.0):
        assert [sensor.payload_at(BEGAN + since_s) for sensor in one] == [
            sensor.payload_at(BEGAN + since_s) for sensor in other
        ]


def test_blocks_of_vibration_follow_each_other_at_5_khz_and_the_fault_grows() -> None:
    well = said(waveforms.failing_pump(BEGAN), 2, 3)
    faulty = said(waveforms.failing_pump(BEGAN), 120, 121)
    assert sum(sample.unit == "m/s²" for sample in well) == 10_000
    for axis in "xy":
        time, value = series(well, axis)
        assert np.allclose(np.diff(time), 1 / waveforms.VIBRATION_RATE_HZ, atol=1e-6)
        assert strongest_hz(value, waveforms.VIBRATION_RATE_HZ, 1, 2_500) == pytest.approx(
            waveforms.SHAFT_HZ, abs=1
        )
        value = series(faulty, axis)[1]
        assert 1_500 < strongest_hz(value, waveforms.VIBRATION_RATE_HZ, 200, 2_500) < 1_800
        knocks = np.abs(value) * (np.abs(value) > 2)
        assert strongest_hz(knocks, waveforms.VIBRATION_RATE_HZ, 50, 120) == pytest.approx(
            waveforms.FAULT_HZ, abs=1
        )
    units = {sample.field: sample.unit for sample in faulty if sample.topic == waveforms.CONDITION_TOPIC}
    assert units == {"/velocity_rms": "mm/s", "/bearing_temperature_C": "°C", "/speed_rpm": "rpm"}
    rms = series(said(waveforms.failing_pump(BEGAN)[-1:], 0, 180), "/velocity_rms")[1]
    assert rms[10] < 4 < 8 < rms[-1]


def test_stations_speak_json_and_senml_and_one_falls_silent() -> None:
    samples = said(readings.weather_stations(BEGAN), 0, 60)
    temperatures = {sample.topic: sample.unit for sample in samples if "temperature" in sample.field}
    assert temperatures == {
        "weather/ridge": "°C",
        "weather/village": "°C",
        "weather/lake": "°C",
        "weather/harbour": "°C",
    }
    heard = {topic: sum(each.topic == topic for each in samples) / 4 for topic in temperatures}
    assert heard.pop("weather/harbour") == 45
    assert set(heard.values()) == {60}


def test_a_home_has_states_a_climate_and_meters_that_never_go_back() -> None:
    home = readings.smart_home(BEGAN)
    samples = said(home, 0, 60)
    fields = {(sample.topic, sample.field): sample.unit for sample in samples}
    assert {("zigbee2mqtt/front door", "/contact"), ("stat/kitchen/POWER", "")} <= fields.keys()
    for room in ("kitchen", "office", "laundry"):
        meter = [each.value for each in samples if each.topic == f"tele/{room}/SENSOR" and "Total" in each.field]
        power = [each.value for each in samples if each.topic == f"tele/{room}/SENSOR" and "/Power" in each.field]
        assert np.diff(meter).min() >= 0
        assert (meter[-1] - meter[0]) * 3.6e6 == pytest.approx(np.sum(power[:-1]), rel=0.05)
    retained = {sensor.topic for sensor in home if sensor.retain}
    assert {"zigbee2mqtt/front door/availability", "tele/office/LWT"} <= retained
    assert not retained & {topic for topic, _ in fields}, "that somebody is there is no number"


def test_a_heart_beats_as_fast_as_it_says_and_the_saturation_falls() -> None:
    samples = said(waveforms.bedside_monitor(BEGAN), 0, 60)
    time, ecg = series(samples, "II")
    assert np.allclose(np.diff(time), 1 / waveforms.ECG_RATE_HZ, atol=1e-6)
    is_r = (ecg[1:-1] > 0.5) & (ecg[1:-1] > ecg[:-2]) & (ecg[1:-1] >= ecg[2:])
    beats = time[1:-1][is_r]
    rate = 60 / np.diff(beats)
    truth = [waveforms.heart_rate(BEGAN + at) for at in (beats[:-1] + beats[1:]) / 2]
    assert np.abs(rate - truth).max() < 4
    assert rate.max() - rate.min() > 12
    saturation = series(samples, "/spo2_percent")[1]
    assert saturation[:8].min() > 94
    assert saturation.min() < 86


def test_devices_start_once_and_end_with_a_killed_kernel() -> None:
    code = (
        "from mqttwidgets.demo import devices\n"
        "print(devices.start('environment'), devices.start('environment'), flush=True)\n"
        "input()"
    )
    kernel = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert kernel.stdout is not None
        url, again = kernel.stdout.readline().decode().split()
        assert url == again
        with SensorStream("weather/#", url) as stream:
            wait_for(lambda: len(stream.series) == 16, what="four stations")
        kernel.kill()
        port = int(url.rsplit(":", 1)[1])
        wait_for(lambda: not is_taken(port), 20, what="the broker to end with the kernel")
    finally:
        end(kernel)


def test_what_stands_in_the_way_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidValueError, match="'industrial', 'environment', 'smart home', 'medical'"):
        devices.start("submarine")
    usual: Callable[..., Any] = builtins.__import__

    def without_amqtt(name: str, *arguments: Any) -> Any:
        if name.startswith("amqtt"):
            raise ImportError(name)
        return usual(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_amqtt)
    with pytest.raises(MissingPackageError, match=r"pip install 'mqttwidgets\[demo\]'"):
        devices.start("medical")

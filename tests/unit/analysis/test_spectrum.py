"""Spectra: true amplitudes and frequencies, and words where there are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqttwidgets.analysis.spectrum import MOST, envelope, spectrum_of
from mqttwidgets.base.model import FloatArray
from mqttwidgets.series.ring import Cut

START = 1_790_000_000.0


def cut_of(time: FloatArray, value: FloatArray, *gaps: int) -> Cut:
    return Cut(START + time, value, 0, np.array(gaps, np.int64))


def sine(time: FloatArray, hz: float, amplitude: float = 1.0, phase: float = 0.0) -> FloatArray:
    return np.asarray(amplitude * np.sin(2 * np.pi * hz * time + phase))


@settings(max_examples=200)
@given(
    st.integers(100, 3000),
    st.floats(10, 10_000),
    st.floats(0.03, 0.47),
    st.floats(0, 6.3),
    st.floats(1e-3, 1e3),
    st.floats(-1e4, 1e4),
)
def test_a_sine_shows_with_its_amplitude_at_its_frequency(
    count: int, rate_hz: float, share: float, phase: float, amplitude: float, offset: float
) -> None:
    time = np.arange(count) / rate_hz
    found = spectrum_of(cut_of(time, sine(time, share * rate_hz, amplitude, phase) + offset * amplitude), 1.0)
    assert found.remark == ""
    assert found.peak is not None
    resolution_hz = rate_hz / count
    assert found.peak[0] == pytest.approx(share * rate_hz, abs=0.15 * resolution_hz + 1e-4 * rate_hz)
    assert found.peak[1] == pytest.approx(amplitude, rel=0.05)
    assert found.amplitude.max() == pytest.approx(amplitude, rel=0.05)
    assert found.frequency[-1] == pytest.approx(rate_hz / 2, rel=1e-3)


def test_two_sines_of_a_long_stretch() -> None:
    time = np.arange(0, 4, 1e-4)
    found = spectrum_of(cut_of(time, sine(time, 50.0) + sine(time, 1234.5, 0.1)), 4.0)
    assert found.peak == pytest.approx((50.0, 1.0), rel=0.02)
    second = found.amplitude[found.frequency > 1000]
    assert second.max() == pytest.approx(0.1, rel=0.02)
    frequency, amplitude = envelope(found, 1000)
    assert len(frequency) <= 1000
    assert amplitude.max() == found.amplitude.max()
    assert second.max() in amplitude
    assert (np.diff(frequency) > 0).all()


def test_a_drift_is_no_peak_and_neither_is_a_constant() -> None:
    time = np.arange(0, 10, 0.01)
    found = spectrum_of(cut_of(time, 20 + 0.3 * time + sine(time, 7.0, 0.5)), 10.0)
    assert found.peak == pytest.approx((7.0, 0.5), rel=0.02)
    assert spectrum_of(cut_of(time, np.full(len(time), 1e6)), 10.0).peak is None


@pytest.mark.parametrize(
    ("time", "gaps", "remark"),
    [
        (np.arange(10) / 10, [], "needs 16 samples in the stretch, has 10."),
        (np.repeat(np.arange(10.0), 10), [], "sampled unevenly: several samples have the same time."),
        (
            np.random.default_rng(1).exponential(size=500).cumsum(),
            [],
            "sampled unevenly: 67 % of the distances are far from the usual 0.639 s.",
        ),
        (
            np.append(np.arange(100.0), 200 + np.arange(5.0)),
            [100],
            "needs 16 samples in the stretch, has 5. after",
        ),
    ],
)
def test_it_says_why_there_is_none(time: FloatArray, gaps: list[int], remark: str) -> None:
    found = spectrum_of(cut_of(time, np.zeros(len(time)), *gaps), 4.0)
    assert found.remark.startswith(remark)
    assert (len(found.frequency), found.peak) == (0, None)


def test_a_little_jitter_and_a_lost_sample_are_no_hindrance() -> None:
    rng = np.random.default_rng(1)
    true = np.arange(0, 4, 0.004)
    time = np.delete(true + rng.normal(scale=2e-4, size=1000), [400])
    found = spectrum_of(cut_of(time, np.delete(sine(true, 10.0), [400])), 4.0)
    assert found.remark == ""
    assert found.peak == pytest.approx((10.0, 1.0), rel=0.02)


def test_after_a_gap_it_is_of_what_came_since() -> None:
    time = np.append(np.arange(0, 1, 0.01), np.arange(2, 3, 0.01))
    value = np.append(np.full(100, 500.0), sine(np.arange(0, 1, 0.01), 20.0))
    found = spectrum_of(cut_of(time, value, 100), 4.0)
    assert found.peak == pytest.approx((20.0, 1.0), rel=0.02)
    assert found.remark == "after a gap, of the latest 1.0 s only"


def test_of_more_than_can_be_transformed_at_once_the_newest_count() -> None:
    time = np.arange(200_000) / 10_000
    found = spectrum_of(cut_of(time, sine(time, 440.0)), 20.0)
    assert found.remark == f"of the latest {MOST:,} samples only, not of 20 s"
    assert found.peak == pytest.approx((440.0, 1.0), rel=0.08)

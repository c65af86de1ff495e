"""The widget for spectra, without a browser."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from mqttwidgets import InvalidValueError, LiveSensorPlot, SensorStream, Series, SpectrumPlot, rolling_mean

from ...support.feeding import feed, message
from .test_live_sensor_plot import widgets_alive

NOW = 1_000.0


@pytest.fixture(autouse=True)
def time_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, the first picture has each series."""
    monkeypatch.setattr("mqttwidgets.plot.spectrum_view._AT_ONCE_S", 10.0)


def shaken(
    stream: SensorStream, topic: str, hz: float, *, amplitude: float = 1.0, rate_hz: float = 100.0
) -> Series:
    """A sine of five seconds up to NOW."""
    times = NOW + np.arange(-5 * rate_hz, 1) / rate_hz
    stream.deliver(message(topic, b'{"value": 0, "unit": "g"}', at=NOW - 10))
    series = next(series for (name, _), series in stream.series.items() if name == topic)
    series.extend(times, amplitude * np.sin(2 * math.pi * hz * times))
    return series


def words(plot: SpectrumPlot) -> str:
    header, _, _, legend = plot.children
    return f"{header.value} {legend.value}"


def test_it_shows_each_series_that_matches_with_its_peak_in_words() -> None:
    plot = LiveSensorPlot("m/#", autostart=False)
    shaken(plot.stream, "m/pump", 12.5, amplitude=2.0)
    shaken(plot.stream, "m/fan", 30.0, amplitude=0.5)
    shaken(plot.stream, "m/door", 30.0)
    plot.draw(NOW)
    spectrum = plot.spectrum(of=["m/pump*", "m/fan*"], seconds=4)
    pump, fan = spectrum.figure.marks
    assert (pump.labels, fan.labels) == (["pump"], ["fan"])
    assert pump.x[pump.y.argmax()] == pytest.approx(12.5, abs=0.1)
    assert (pump.y.max(), fan.y.max()) == pytest.approx((2.0, 0.5), rel=0.02)
    assert [mark.colors for mark in (pump, fan)] == [mark.colors for mark in plot.figure.marks[:2]]
    assert "peak at 12.5 Hz, 2 g" in words(spectrum)
    assert "peak at 30 Hz, 0.5 g" in words(spectrum)
    assert [axis.label for axis in spectrum.figure.axes] == ["Hz", "amplitude in g", ""]
    plot.close()


def test_a_derived_line_has_one_too_in_its_own_look() -> None:
    plot = LiveSensorPlot("m/#", autostart=False)
    shaken(plot.stream, "m/pump", 12.5)
    shaken(plot.stream, "m/fan", 30.0)
    plot.derive("mean", rolling_mean(4), of="m/pump*")
    plot.draw(NOW)
    own, derived, both = plot.spectrum("m/pump/value"), plot.spectrum("*mean"), plot.spectrum(["*pump*"])
    assert [[mark.labels for mark in each.figure.marks] for each in (own, derived, both)] == [
        [["pump"]],
        [["mean of pump"]],
        [["pump"], ["mean of pump"]],
    ]
    (mark,) = derived.figure.marks
    assert mark.x[mark.y.argmax()] == pytest.approx(12.5, abs=0.1)
    assert (mark.line_style, mark.colors) == ("dashed", own.figure.marks[0].colors)
    assert "peak at 12.5 Hz" in words(derived)
    plot.close()


def test_on_a_logarithmic_scale_the_axis_has_powers_of_ten() -> None:
    stream = SensorStream("#")
    shaken(stream, "pump", 12.5, amplitude=2.0)
    spectrum = SpectrumPlot(stream)
    spectrum.log = True
    spectrum.draw(NOW + 1)
    (mark,) = spectrum.figure.marks
    assert mark.y.max() == pytest.approx(math.log10(2), abs=0.01)
    assert mark.y.min() >= -5
    assert list(spectrum.figure.axes[1].tick_labels.values()) == [
        "1e-5",
        "0.0001",
        "0.001",
        "0.01",
        "0.1",
        "1",
        "10",
    ]
    spectrum.log = False
    spectrum.draw(NOW + 2)
    assert spectrum.figure.marks[0].y.max() == pytest.approx(2.0, rel=0.02)
    spectrum.close()


def test_it_follows_what_comes_and_says_how_old_what_stays_is() -> None:
    stream = SensorStream("#")
    series = shaken(stream, "pump", 12.5)
    spectrum = SpectrumPlot(stream, seconds=2)
    spectrum.draw(NOW + 1)
    assert spectrum.draw(NOW + 1.3) == 0
    times = NOW + np.arange(1, 301) / 100
    series.extend(times, np.sin(2 * math.pi * 20 * times))
    assert spectrum.draw(NOW + 3) > 0
    assert "peak at 20 Hz" in words(spectrum)
    spectrum.draw(NOW + 63)
    assert "1 min old" in words(spectrum)
    spectrum.close()


def test_what_has_no_spectrum_is_named_with_the_reason_and_foreign_text_stays_text() -> None:
    stream = SensorStream("#")
    feed(stream, "<b>door</b>", *[1.0, 2.0] * 20, step_s=0.0)
    spectrum = SpectrumPlot(stream, of="<b>*")
    assert spectrum.figure.marks == []
    assert "sampled unevenly: several samples have the same time." in words(spectrum)
    assert "sampled unevenly" in spectrum.children[2].children[1].value, "where the lines would be"
    assert "&lt;b&gt;door" in words(spectrum)
    assert "<b>" not in words(spectrum)
    spectrum.close()


def test_without_a_series_it_says_what_it_waits_for() -> None:
    spectrum = SpectrumPlot(SensorStream("#"), of="*/pump")
    assert "Waiting for a series that matches */pump." in spectrum.children[2].children[1].value
    spectrum.close()


def test_it_goes_with_its_plot_and_leaves_nothing() -> None:
    before = widgets_alive()
    plot = LiveSensorPlot("#", autostart=False)
    shaken(plot.stream, "pump", 12.5)
    first, second = plot.spectrum(), plot.spectrum(seconds=1)
    first.close()
    first.close()
    assert first.draw(NOW) == 0
    plot.close()
    assert second.draw(NOW) == 0
    assert widgets_alive() == before


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"of": 5}, "of is a pattern"),
        ({"seconds": 0}, "seconds is a number above 0"),
        ({"seconds": "4"}, "seconds"),
    ],
)
def test_what_is_not_accepted_is_said_at_once(options: dict[str, Any], hint: str) -> None:
    before = widgets_alive()
    with pytest.raises(InvalidValueError, match=hint):
        SpectrumPlot(SensorStream("#"), **options)
    assert widgets_alive() == before

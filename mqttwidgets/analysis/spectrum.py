"""The amplitude spectrum of a run of samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..base.model import FloatArray
from ..base.text import duration
from ..series.ring import Cut

FEWEST, MOST = 16, 131_072
"""How many samples a spectrum is made of, at least and at most."""

_PADDING, _LONGEST = 4, 262_144
_MOST_ASTRAY = 0.5  # of the usual distance
_MOST_UNEVEN = 0.01  # of all distances
_LOWEST_PEAK = 2  # cycles in the run: below that, a slow drift looks like a peak


class Spectrum(NamedTuple):
    """Amplitudes over frequencies, or the reason why there are none.

    Attributes:
        frequency: shape (n,), Hz, from 0 to half of the sampling rate; empty if there is no spectrum.
        amplitude: shape (n,), in the unit of the values: a sine shows with its amplitude.
        peak: (frequency in Hz, amplitude) of the greatest; None if all values are the same.
        remark: why there is no spectrum, or of which part of the samples it is.
    """

    frequency: FloatArray
    amplitude: FloatArray
    peak: tuple[float, float] | None
    remark: str


def spectrum_of(cut: Cut, asked_s: float) -> Spectrum:
    """The amplitude spectrum of evenly sampled values, after subtraction of their mean.

    It is one Fourier transform of all samples under a Hann window, scaled so that a sine of amplitude 1 shows 1,
    and padded with zeros, so that a sine between two frequencies does so within two percent (five beyond 65,536
    samples). Two sines are told apart if they differ by more than two cycles in the run. After a gap, only the
    samples since then count.

    Args:
        cut: the samples.
        asked_s: the length of the run that was asked for, seconds.

    Example:
        >>> time = np.arange(0, 4, 0.01)
        >>> found = spectrum_of(Cut(time, 3 * np.sin(2 * np.pi * 5 * time), 0, np.empty(0, int)), 4.0)
        >>> [round(each, 2) for each in found.peak], found.remark
        ([5.0, 3.0], '')
    """
    time, value, remark = _newest_run(cut, asked_s)
    problem = _unsuited(time)
    if problem:
        return Spectrum(np.empty(0), np.empty(0), None, f"{problem} {remark}".strip())
    count = len(time)
    rate_hz = (count - 1) / (time[-1] - time[0])
    window = np.hanning(count + 1)[:-1]
    padded = min(1 << (_PADDING * count - 1).bit_length(), _LONGEST)
    amplitude = np.abs(np.fft.rfft((value - value.mean()) * window, padded)) * (2 / window.sum())
    amplitude[0] /= 2
    frequency = np.fft.rfftfreq(padded, 1 / rate_hz)
    lowest = int(np.ceil(_LOWEST_PEAK * padded / count))
    return Spectrum(frequency, amplitude, _peak(frequency, amplitude, lowest, np.abs(value).max()), remark)


def envelope(spectrum: Spectrum, most: int) -> tuple[FloatArray, FloatArray]:
    """Frequencies and amplitudes for drawing, at most so many: of neighbours only the greatest is kept.

    Example:
        >>> spectrum = Spectrum(np.arange(6.0), np.array([0.0, 5.0, 1.0, 2.0, 9.0, 3.0]), None, "")
        >>> envelope(spectrum, 3)
        (array([1., 3., 4.]), array([5., 2., 9.]))
    """
    frequency, amplitude, size = spectrum.frequency, spectrum.amplitude, -(-len(spectrum.frequency) // most)
    if size <= 1:
        return frequency, amplitude
    missing = -len(amplitude) % size
    rows = np.append(amplitude, np.full(missing, -1.0)).reshape(-1, size)
    greatest = rows.argmax(axis=1) + np.arange(len(rows)) * size
    return frequency[greatest], amplitude[greatest]


def _newest_run(cut: Cut, asked_s: float) -> tuple[FloatArray, FloatArray, str]:
    """Times and values since the latest gap, as many as can be transformed, and a remark on those left out."""
    start, remark = 0, ""
    if len(cut.gaps):
        start = int(cut.gaps[-1])
        remark = f"after a gap, of the latest {duration(cut.time[-1] - cut.time[start])} only"
    if len(cut.time) - start > MOST:
        start = len(cut.time) - MOST
        remark = f"of the latest {MOST:,} samples only, not of {duration(asked_s)}"
    return cut.time[start:], cut.value[start:], remark


def _unsuited(time: FloatArray) -> str:
    """Why these times make no spectrum; `""` if they do."""
    if len(time) < FEWEST:
        return f"needs {FEWEST} samples in the stretch, has {len(time)}."
    distances = np.diff(time)
    usual = float(np.median(distances))
    if usual <= 0:
        return "sampled unevenly: several samples have the same time."
    uneven = float((np.abs(distances - usual) > _MOST_ASTRAY * usual).mean())
    if uneven > _MOST_UNEVEN:
        share = f"{100 * uneven:.0f} % of the distances are far from the usual {_seconds(usual)}"
        return f"sampled unevenly: {share}."
    return ""


def _seconds(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 0.1 else f"{1000 * seconds:.3g} ms"


def _peak(
    frequency: FloatArray, amplitude: FloatArray, lowest: int, greatest_value: float
) -> tuple[float, float] | None:
    """(frequency, amplitude) of the greatest, interpolated by a parabola."""
    if len(amplitude) - lowest < 3:
        return None
    at = lowest + int(amplitude[lowest:].argmax())
    if amplitude[at] <= 1e-12 * greatest_value:
        return None
    if not 0 < at < len(amplitude) - 1:
        return float(frequency[at]), float(amplitude[at])
    left, middle, right = amplitude[at - 1 : at + 2]
    bend = left - 2 * middle + right
    offset = 0.5 * (left - right) / bend if bend < 0 else 0.0
    step = float(frequency[1] - frequency[0])
    return float(frequency[at] + offset * step), float(middle - 0.25 * (left - right) * offset)

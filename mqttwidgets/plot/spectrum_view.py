"""The amplitudes over the frequencies of some series, as a picture and as words; without any widget."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

import numpy as np

from ..analysis.spectrum import Spectrum, envelope, spectrum_of
from ..base.clock import CLOCK
from ..base.model import Key
from ..base.patterns import FieldPatterns, patterns_of
from ..base.text import duration, html_text, number_text, printable, quantity
from ..base.units import symbol
from ..sensor_stream import SensorStream
from ..series.ring import Series
from . import texts
from .axes import ValueRange, value_ticks
from .frame import Axis, Frame, Line, LinePoints
from .legend import swatch
from .palette import Palette
from .snapshot import Snapshot, pictured

_AT_ONCE_S, _SHARE_OF_LOOP = 0.015, 0.1
_MOST_LINES, _MOST_POINTS = 20, 1_000
_DECADES = 6
_OLD_S = 5.0

Look = Callable[[Key], tuple[str, str, str]]
"""Gives the (label, CSS colour, line style) of a series."""


class _Shown(NamedTuple):
    """The spectrum of one series.

    Attributes:
        series: of which.
        total: how many samples it had.
        spectrum: as it was then.
        frequency: shape (n,), Hz, for drawing.
        amplitude: shape (n,).
        cut: names these points.
    """

    series: Series
    total: int
    spectrum: Spectrum
    frequency: Any
    amplitude: Any
    cut: object


class SpectrumView:
    """The content of a SpectrumPlot. Used on the kernel's event loop only.

    Args:
        stream: where the series are.
        of: a pattern such as "*/vibration", or a list of them.
        seconds: how long a stretch is looked at.
        look: gives the label and look of a series; None for its name and the next colour.
        beside: given the stream's series, these and those that are derived from them.

    Attributes:
        is_log: whether amplitudes are drawn on a logarithmic scale.
    """

    def __init__(
        self,
        stream: SensorStream,
        of: str | Sequence[str],
        seconds: float,
        look: Look | None,
        beside: Callable[[Mapping[Key, Series]], Mapping[Key, Series]],
    ) -> None:
        self._patterns = FieldPatterns(patterns_of("of", of))
        self._stream = stream
        self._seconds = seconds
        self._look = look or _own_look()
        self._beside = beside
        self._shown: dict[Key, _Shown] = {}
        self._range = ValueRange()
        self._rests_until = 0.0
        self._left_out = 0
        self.is_log = False

    @property
    def of(self) -> str:
        """The patterns, as one text."""
        return ", ".join(self._patterns.patterns)

    def is_resting(self, now: float) -> bool:
        """Whether the last spectra took so long that the event loop is others' for a while."""
        return 0 < self._rests_until - now < 60

    def compute(self, now: float) -> object:
        """Bring the spectra up to date, as far as there is time; another value whenever the picture is another.

        Args:
            now: epoch seconds of this computer.
        """
        with self._stream.reading(0.0) as found:
            wanted = {key: one for key, one in self._beside(found).items() if self._is_wanted(key, one)}
        self._left_out = max(len(wanted) - _MOST_LINES, 0)
        self._transform_changed(dict([*wanted.items()][:_MOST_LINES]), now)
        return [(key, id(one.cut)) for key, one in self._shown.items()], self.is_log

    def _is_wanted(self, key: Key, series: Series) -> bool:
        return self._patterns.match(*key) and not series.is_state and len(series) > 0

    def _transform_changed(self, wanted: Mapping[Key, Series], now: float) -> None:
        """Transform what has changed, the longest unchanged first, as far as there is time."""
        former, self._shown = self._shown, {}
        stale = []
        for key, series in wanted.items():
            known = former.get(key)
            if known is not None and known.series is series:
                self._shown[key] = known
            if known is None or (known.series, known.total) != (series, series.total):
                stale.append(key)
        began = CLOCK.now()
        for key in sorted(stale, key=lambda key: self._shown[key].total if key in self._shown else -1):
            self._shown[key] = self._transform(wanted[key])
            if CLOCK.now() - began > _AT_ONCE_S:
                break
        if stale:
            self._rests_until = now + (CLOCK.now() - began) * (1 / _SHARE_OF_LOOP)

    def _transform(self, series: Series) -> _Shown:
        newest = series.last[0] if series.last else 0.0
        cut = series.cut(series.position_at(newest - self._seconds))
        spectrum = spectrum_of(cut, self._seconds)
        return _Shown(series, series.total, spectrum, *envelope(spectrum, _MOST_POINTS), object())

    def frame(self) -> Frame:
        """The picture: frequencies stand where time stands else."""
        drawn = {key: one for key, one in self._shown.items() if len(one.frequency)}
        if not drawn:
            return Frame((), Axis((0.0, 1.0), ()))
        greatest = max(float(one.amplitude.max()) for one in drawn.values())
        end = float(f"{max(float(one.spectrum.frequency[-1]) for one in drawn.values()):.3g}")
        ticks, tick_format = value_ticks(0.0, end)
        across = Axis((0.0, end), tuple(ticks), tick_format=tick_format, caption="Hz")
        units = {symbol(one.series.unit) for one in drawn.values()}
        caption = " ".join(["amplitude", *(["in", *units] if len(units) == 1 and "" not in units else [])])
        up = _log_axis(greatest, caption) if self.is_log else self._linear_axis(greatest, caption)
        return Frame(tuple(self._line(key, one, up) for key, one in drawn.items()), across, (up,))

    def _line(self, key: Key, one: _Shown, up: Axis) -> Line:
        label, color, dash = self._look(key)
        value = np.log10(np.maximum(one.amplitude, 10.0 ** up.ends[0])) if self.is_log else one.amplitude
        last = (float(one.frequency[-1]), float(value[-1]))
        unit = symbol(one.series.unit)
        version = (one.cut, self.is_log, up.ends if self.is_log else None)
        points = LinePoints(np.stack((one.frequency, value)))
        return Line(key, label, unit, color, dash, points, version, version, 0, 0, last)

    def _linear_axis(self, greatest: float, caption: str) -> Axis:
        ends = self._range.fit(0.0, greatest)
        ticks, tick_format = value_ticks(*ends)
        return Axis(ends, tuple(ticks), tick_format=tick_format, caption=caption)

    def header(self) -> str:
        """The title, and what is looked at, as HTML."""
        words = "".join(f'<span class="mw-fact">{html_text(fact)}</span>' for fact in self._facts())
        return f'<div class="mw-header"><span class="mw-title">{html_text(self._title())}</span>{words}</div>'

    def _title(self) -> str:
        of = printable(", ".join(self._patterns.patterns), 80)
        return "Spectrum" if of == "*" else f"Spectrum of {of}"

    def _facts(self) -> list[str]:
        return [f"the latest {duration(self._seconds)}", "Hann window", f"resolves {2 / self._seconds:.2g} Hz"]

    def snapshot(self, at: float, zone: tzinfo) -> Snapshot:
        """The picture as it was drawn last.

        Args:
            at: when that was, epoch seconds.
            zone: the viewer's time zone.
        """
        frame, (span, *facts) = self.frame(), self._facts()
        words = self._all_words(at)
        counts, missing = [quantity(len(frame.lines), "series")], len(words) - len(frame.lines)
        if missing:
            counts.append(f"{missing} without a spectrum")
        return pictured(
            frame,
            self._title(),
            datetime.fromtimestamp(at, zone),
            span,
            [*counts, *facts],
            [words[line.key] for line in frame.lines],
            self._empty_text(words.values()),
        )

    def in_place_of_lines(self, now: float) -> str:
        """The text in a picture without a line at `now` (epoch seconds), as HTML; `""` where there is a line."""
        if any(len(one.frequency) for one in self._shown.values()):
            return ""
        return texts.empty(self._empty_text(self._all_words(now).values()), 0.0)

    def _all_words(self, now: float) -> dict[Key, str]:
        """The words on each series."""
        return {key: ", ".join(filter(None, self._words(one, now))) for key, one in self._shown.items()}

    def _empty_text(self, words: Iterable[str]) -> str:
        """Why there is no line in a picture that has none."""
        return next(iter(words), "") or self._waiting_text()

    def _waiting_text(self) -> str:
        of = printable(", ".join(self._patterns.patterns), 80)
        return f"Waiting for a series that matches {of}. {self._stream.status_text}"

    def legend(self, now: float) -> str:
        """Each series with its peak at `now` (epoch seconds), as HTML."""
        entries = [self._entry(key, one, now) for key, one in self._shown.items()]
        if self._left_out:
            entries.append(f"<span>{quantity(self._left_out, 'series')} more without room: choose with of=</span>")
        return f'<div class="mw-legend">{"".join(entries)}</div>' if entries else ""

    def _entry(self, key: Key, one: _Shown, now: float) -> str:
        """A series with its peak, or why there is none."""
        label, color, dash = self._look(key)
        peak, remark = self._words(one, now)
        said = [f'<span class="mw-value">{html_text(peak)}</span>'] if peak else []
        if remark:
            said.append(f'<span class="mw-remark">{html_text(remark)}</span>')
        full = html_text(" ".join(key).strip(), 300)
        name = f"{swatch(color, dash)}{html_text(label, 60)}"
        return f'<span class="mw-noted" title="{full}">{name} {"".join(said)}</span>'

    def _words(self, one: _Shown, now: float) -> tuple[str, str]:
        """(Where a series has its peak, what else is to be known of it), each of them possibly empty."""
        peak = ""
        if one.spectrum.peak is not None:
            hz, amplitude = one.spectrum.peak
            unit = symbol(one.series.unit)
            peak = f"peak at {hz:.4g} Hz, {texts.value_text(float(f'{amplitude:.3g}'))} {unit}".strip()
        constant = "no peak: all is constant" if not peak and len(one.frequency) else ""
        age_s = now - (one.series.last or (now,))[0]
        age = f"{duration(age_s)} old" if age_s > max(_OLD_S, self._seconds) else ""
        return peak, ", ".join(filter(None, [constant, one.spectrum.remark, age]))


def _log_axis(greatest: float, caption: str) -> Axis:
    """An axis of powers of ten, for the logarithms of amplitudes."""
    top = math.ceil(math.log10(greatest)) if greatest > 0 else 0
    exponents = range(top - _DECADES, top + 1)
    labels = tuple(number_text(10.0**exponent, ".6g") for exponent in exponents)
    return Axis((top - _DECADES, top), tuple(map(float, exponents)), labels, caption=caption)


def _own_look() -> Look:
    palette = Palette()
    return lambda key: (" ".join(key).strip(), *palette.style(key))

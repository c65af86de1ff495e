"""The widget for spectra: amplitudes over frequencies of the newest seconds of some series, live."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import ipywidgets as widgets
import numpy as np
import traitlets

from ..analysis.spectrum import Spectrum, envelope, spectrum_of
from ..base.clock import CLOCK
from ..base.discreet import discreet
from ..base.model import Key
from ..base.patterns import FieldPatterns, patterns_of
from ..base.text import duration, html_text, number_text, printable, quantity
from ..base.units import symbol
from ..plot import plot_options, texts
from ..plot.axes import ValueRange, value_ticks
from ..plot.frame import Axis, Frame, Line
from ..plot.legend import swatch
from ..plot.palette import Palette
from ..plot.rate_limit import RateLimit
from ..plot.snapshot import Snapshot, pictured
from ..sensor_stream import SensorStream
from ..series.ring import Series
from .browser_info import BrowserInfo
from .cell_rerun import predecessors
from .frame_clock import FrameClock, frame_clock
from .linked import LinkedHTML
from .picture import Picture
from .rasterizer import Rasterizer
from .static_output import StaticOutput
from .widget_tree import close_all

_RATE_HZ = 5.0
_AT_ONCE_S, _SHARE_OF_LOOP = 0.015, 0.1
_DECODING_S = 0.05
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


class SpectrumPlot(widgets.VBox):  # type: ignore[misc]
    """Draws the amplitudes over the frequencies in the newest seconds of some series, live; see `plot.spectrum`.

    A sine shows with its amplitude, in the unit of its series; see `analysis/spectrum.py` for how. What is sampled
    unevenly has no spectrum, and the legend says so.

    Args:
        stream: where the series are.
        of: a pattern such as "*/vibration", or a list of them, as in `fields`.
        seconds: how long a stretch is looked at: frequencies are told apart that are some 2 / seconds Hz apart.
        look: gives the label and look of a series; None for its name and the next colour.
        beside: given the stream's series, these and those that are derived from them, by (topic, field).

    Raises:
        InvalidValueError: (a ValueError) for a value that is not accepted.

    Example:
        >>> spectrum = SpectrumPlot(SensorStream("machine/#"), of="*/vibration", seconds=2)
        >>> spectrum.close()
    """

    log = traitlets.Bool(False)
    """Whether amplitudes are drawn on a logarithmic scale."""

    _closed = True  # until it is built there is nothing to close

    @discreet
    def __init__(
        self,
        stream: SensorStream,
        of: str | Sequence[str] = "*",
        seconds: float = 4.0,
        *,
        look: Look | None = None,
        beside: Callable[[Mapping[Key, Series]], Mapping[Key, Series]] = dict,
    ) -> None:
        self._seconds = plot_options.positive("seconds", seconds)
        self._patterns = FieldPatterns(patterns_of("of", of))
        self.stream = stream
        self._look = look or _own_look()
        self._beside = beside
        self._shown: dict[Key, _Shown] = {}
        self._range = ValueRange()
        self._pace = RateLimit()
        self._drawn: tuple[object, ...] = ()
        self._drawn_at = self.stream.now()
        self._rests_until = 0.0
        self._left_out = 0
        self._clock: FrameClock | None = frame_clock()
        self._link = None if self._clock is None else self._clock.link
        self._picture = Picture(self._link)
        self._header, self._empty, self._legend = (LinkedHTML() for _ in range(3))
        for each in (self._header, self._empty, self._legend):
            each.link = self._link
        self._empty.add_class("mw-empty-layer")
        stage = widgets.Box([self._picture.figure, self._empty])
        stage.add_class("mw-stage")
        super().__init__([self._header, self._controls(), stage, self._legend])
        self._viewer = BrowserInfo() if self._clock is None else BrowserInfo(self._clock.expect_answer)
        self._rasterizer = Rasterizer(self._act, None if self._clock is None else self._clock.after)
        self._keepsake = StaticOutput(self, self._taken, self._rasterizer.rasterize)
        self.add_class("mqttwidgets-plot").add_class("mw-spectrum").add_class(self._keepsake.live_class)
        self.observe(self._change_scale, "log")
        self._closed = False
        if self._clock is not None:
            self._clock.add(self)
        for earlier in predecessors(self):
            earlier.close()
        self._act(lambda: self.draw(CLOCK.now()))

    def close(self) -> None:
        """Take it off the page. Returns at once; from any thread."""
        if not self._closed and not sys.is_finalizing():
            self._closed = True
            self._act(self._dissolve)

    def _ipython_display_(self) -> None:
        """Show it in a cell, and beside it a picture for when there is no kernel; see StaticOutput."""
        self._keepsake.show({"text/plain": repr(self)} if self._closed else self._repr_mimebundle_(), CLOCK.now())

    def __repr__(self) -> str:
        return f"SpectrumPlot(of={', '.join(self._patterns.patterns)!r}, seconds={self._seconds:g})"

    @property
    def figure(self) -> Any:
        """The bqplot Figure."""
        return self._picture.figure

    # The Screen; on the kernel's event loop.

    @property
    def figure_id(self) -> str:
        """The model id of the figure."""
        return str(self._picture.figure.model_id)

    @property
    def fps(self) -> float:
        """Pictures a second at most."""
        return _RATE_HZ

    def keep_up(self) -> None:
        """Nothing is to be computed that nobody sees; what was seen last is kept."""
        self._keepsake.unwatched(CLOCK.now())

    def draw(self, now: float) -> int:
        """Bring the page in step with the stream; the number of messages it took."""
        if self._closed or not self._pace.is_due(now, _RATE_HZ) or 0 < self._rests_until - now < 60:
            return 0
        if self._clock is None:
            self.stream.drain(_DECODING_S)
        else:
            self._clock.decode(self.stream.drain)
        with self.stream.reading(0.0) as found:
            wanted = {key: one for key, one in self._beside(found).items() if self._is_wanted(key, one)}
        self._left_out = max(len(wanted) - _MOST_LINES, 0)
        wanted = dict([*wanted.items()][:_MOST_LINES])
        self._compute(wanted, now)
        epoch = self._link and self._link.epoch
        news = ([(key, id(one.cut)) for key, one in self._shown.items()], self.log, epoch, now // 1)
        if news == self._drawn:
            return 0
        is_new = news[:2] != self._drawn[:2]
        self._drawn, self._drawn_at = news, self.stream.now(now)
        self._pace.note(now, _RATE_HZ)
        messages = self._picture.show(self._frame()) + self._show_words(self._drawn_at)
        self._keepsake.drawn(now, is_new=is_new)
        return messages

    # Wiring.

    def _controls(self) -> widgets.Widget:
        self._log = widgets.ToggleButton(
            description="Log",
            icon="signal",
            tooltip="Amplitudes on a logarithmic scale: what is small beside the peak can be seen",
            layout=widgets.Layout(width="84px"),
        )
        traitlets.link((self, "log"), (self._log, "value"))
        row = widgets.HBox([self._log], layout=widgets.Layout(overflow="visible"))
        row.add_class("mw-controls")
        return row

    def _act(self, action: Callable[[], object]) -> None:
        """Do `action` on the kernel's event loop, wherever we are."""
        if self._clock is None:
            action()
        else:
            self._clock.run(action)

    def _change_scale(self, _change: Any) -> None:
        self._drawn = ()

    def _is_wanted(self, key: Key, series: Series) -> bool:
        return self._patterns.match(*key) and not series.is_state and len(series) > 0

    def _compute(self, wanted: Mapping[Key, Series], now: float) -> None:
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

    def _frame(self) -> Frame:
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
        up = _log_axis(greatest, caption) if self.log else self._linear_axis(greatest, caption)
        return Frame(tuple(self._line(key, one, up) for key, one in drawn.items()), across, (up,))

    def _line(self, key: Key, one: _Shown, up: Axis) -> Line:
        label, color, dash = self._look(key)
        value = np.log10(np.maximum(one.amplitude, 10.0 ** up.ends[0])) if self.log else one.amplitude
        last = (float(one.frequency[-1]), float(value[-1]))
        unit = symbol(one.series.unit)
        version = (one.cut, self.log, up.ends if self.log else None)
        return Line(key, label, unit, color, dash, one.frequency, value, version, version, 0, 0, last)

    def _linear_axis(self, greatest: float, caption: str) -> Axis:
        ends = self._range.fit(0.0, greatest)
        ticks, tick_format = value_ticks(*ends)
        return Axis(ends, tuple(ticks), tick_format=tick_format, caption=caption)

    def _show_words(self, now: float) -> int:
        wanted = {
            self._header: self._header_text(),
            self._empty: self._in_place_of_lines(now),
            self._legend: self._legend_text(now),
        }
        changed = [(widget, text) for widget, text in wanted.items() if widget.value != text]
        for widget, text in changed:
            widget.value = text
        return len(changed)

    def _header_text(self) -> str:
        words = "".join(f'<span class="mw-fact">{html_text(fact)}</span>' for fact in self._facts())
        return f'<div class="mw-header"><span class="mw-title">{html_text(self._title())}</span>{words}</div>'

    def _title(self) -> str:
        of = printable(", ".join(self._patterns.patterns), 80)
        return "Spectrum" if of == "*" else f"Spectrum of {of}"

    def _facts(self) -> list[str]:
        return [f"the latest {duration(self._seconds)}", "Hann window", f"resolves {2 / self._seconds:.2g} Hz"]

    def _taken(self) -> Snapshot:
        """The picture as it was drawn last."""
        frame, now, (span, *facts) = self._frame(), self._drawn_at, self._facts()
        words = self._all_words(now)
        counts, missing = [quantity(len(frame.lines), "series")], len(words) - len(frame.lines)
        if missing:
            counts.append(f"{missing} without a spectrum")
        return pictured(
            frame,
            self._title(),
            datetime.fromtimestamp(now, self._viewer.zone),
            span,
            [*counts, *facts],
            [words[line.key] for line in frame.lines],
            self._empty_text(words.values()),
        )

    def _in_place_of_lines(self, now: float) -> str:
        if any(len(one.frequency) for one in self._shown.values()):
            return ""
        return texts.empty(self._empty_text(self._all_words(now).values()), 0.0)

    def _all_words(self, now: float) -> dict[Key, str]:
        """What is said of each series."""
        return {key: ", ".join(filter(None, self._words(one, now))) for key, one in self._shown.items()}

    def _empty_text(self, words: Iterable[str]) -> str:
        """Why there is no line in a picture that has none."""
        return next(iter(words), "") or self._waiting_text()

    def _waiting_text(self) -> str:
        of = printable(", ".join(self._patterns.patterns), 80)
        return f"Waiting for a series that matches {of}. {self.stream.status_text}"

    def _legend_text(self, now: float) -> str:
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

    def _dissolve(self) -> None:
        self._keepsake.refresh(CLOCK.now())
        self._keepsake.close()
        self._rasterizer.finish()
        if self._clock is not None:
            self._clock.remove(self)
        close_all([self, self._viewer, *self._picture.layers], self._link, but=self)
        super().close()


def _log_axis(greatest: float, caption: str) -> Axis:
    """An axis of powers of ten, for the logarithms of amplitudes."""
    top = math.ceil(math.log10(greatest)) if greatest > 0 else 0
    exponents = range(top - _DECADES, top + 1)
    labels = tuple(number_text(10.0**exponent, ".6g") for exponent in exponents)
    return Axis((top - _DECADES, top), tuple(map(float, exponents)), labels, caption=caption)


def _own_look() -> Look:
    palette = Palette()
    return lambda key: (" ".join(key).strip(), *palette.style(key))

"""The widget for spectra: amplitudes over frequencies of the newest seconds of some series, live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import traitlets

from ..base.clock import CLOCK
from ..base.errors import discreet
from ..base.model import Key
from ..plot import plot_options
from ..plot.rate_limit import RateLimit
from ..plot.snapshot import Snapshot
from ..plot.spectrum_view import Look, SpectrumView
from ..sensor_stream import SensorStream
from ..series.ring import Series
from .picture import Picture
from .plot_widget import PlotWidget, WidgetContext
from .widget_tree import css_classes


class SpectrumPlot(PlotWidget):
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

    fps = 5.0
    """Pictures a second at most."""

    log = traitlets.Bool(False)
    """Whether amplitudes are drawn on a logarithmic scale."""

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
        self.stream = stream
        self._view = SpectrumView(stream, of, seconds, look, beside)
        self._pace = RateLimit()
        self._drawn: tuple[object, ...] = ()
        self._drawn_at = stream.now()
        context = WidgetContext(self)
        self._picture = Picture(context.link)
        self._header, self._legend = context.html(), context.html()
        self._empty = context.html("mw-empty-layer")
        stage = widgets.Box([self.figure, self._empty], **context.look.box, **css_classes("mw-stage"))
        parts = [self._header, self._controls(), stage, self._legend]
        super().__init__(context, parts, self.figure, classes=["mw-spectrum"])
        self.observe(self._change_scale, "log")
        self.begin()
        context.act(lambda: self.draw(CLOCK.now()))

    def __repr__(self) -> str:
        return f"SpectrumPlot(of={self._view.of!r}, seconds={self._seconds:g})"

    @property
    def figure(self) -> Any:
        """The bqplot Figure."""
        return self._picture.figure

    # As a PlotWidget.

    def draw(self, now: float) -> int:
        """Bring the page in step with the stream; the number of messages it took."""
        if self._closed or not self._pace.is_due(now, self.fps) or self._view.is_resting(now):
            return 0
        link = self._context.link
        self._context.decode(self.stream)
        news = (self._view.compute(now), link and link.epoch, now // 1)
        if news == self._drawn:
            return 0
        is_new = news[:1] != self._drawn[:1]
        self._drawn, self._drawn_at = news, self.stream.now(now)
        self._pace.note(now, self.fps)
        messages = self._picture.show(self._view.frame()) + self._show_words(self._drawn_at)
        self._static_output.drawn(now, is_new=is_new)
        return messages

    def snapshot(self) -> Snapshot:
        """The picture as it was drawn last."""
        return self._view.snapshot(self._drawn_at, self._context.viewer.zone)

    def _roots(self) -> list[widgets.Widget]:
        return list(self._picture.layers)

    # Wiring.

    def _controls(self) -> widgets.Widget:
        self._log = widgets.ToggleButton(
            description="Log",
            icon="signal",
            tooltip="Amplitudes on a logarithmic scale: what is small beside the peak can be seen",
            layout=widgets.Layout(width="84px"),
        )
        traitlets.link((self, "log"), (self._log, "value"))
        return widgets.HBox([self._log], layout=widgets.Layout(overflow="visible"), **css_classes("mw-controls"))

    def _change_scale(self, change: Any) -> None:
        self._view.is_log = change["new"]
        self._drawn = ()

    def _show_words(self, now: float) -> int:
        wanted = {
            self._header: self._view.header(),
            self._empty: self._view.in_place_of_lines(now),
            self._legend: self._view.legend(now),
        }
        changed = [(widget, text) for widget, text in wanted.items() if widget.value != text]
        for widget, text in changed:
            widget.value = text
        return len(changed)

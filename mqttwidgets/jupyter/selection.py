"""The span of time that a person selected: its samples, and their figures beneath the picture."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

import ipywidgets as widgets

from ..base.model import Key
from ..plot.frame import Frame
from ..plot.selection_table import MOST_ROWS, Row, selection_table, span_text
from ..plot.view import Seen, View
from ..sensor_stream import SensorStream
from ..series.export.pieces import Samples
from ..series.statistics import Figures, FiguresOfSeries
from ..series.table import Between, figures_table, long_table, wide_table
from .frame_link import FrameLink
from .linked import LinkedHTML
from .widget_tree import SharedLook

if TYPE_CHECKING:
    import pandas as pd

Span = tuple[datetime, datetime]
"""Start and end, in UTC."""

_INTERVAL_S = 1.0
_COMPUTING_S = 0.01  # for one frame, as the event loop must not be held up
_HALF_A_MICROSECOND = 5e-7  # to which times are rounded that users see


class Selection:
    """What of a plot is selected.

    Threads: `samples` and `figures` from any, the rest on the kernel's event loop; the stream's lock parts them.

    Args:
        view: what the plot shows.
        stream: where the series are.
        link: the kernel's frame link; None for none.
        look: what the parts of the plot share.
        on_close: called when the user closes the panel.

    Attributes:
        panel: where the figures appear while something is selected.
    """

    def __init__(
        self,
        view: View,
        stream: SensorStream,
        link: FrameLink | None,
        look: SharedLook,
        on_close: Callable[[], None],
    ) -> None:
        self._view = view
        self._stream = stream
        self._span: Span | None = None
        self._figures: dict[Key, FiguresOfSeries] = {}
        self._shown_at: float | None = None
        self._shown: object = None
        self.is_unfinished = False
        """Whether figures are still to be computed with the next frame."""
        self._link = link
        self._look = look
        self._on_close = on_close
        self.panel = widgets.Box([], **look.box)
        self.panel.add_class("mw-selection-panel")
        self._table: LinkedHTML | None = None  # until something is selected for the first time
        self._parts: tuple[widgets.Widget, ...] = ()

    @property
    def parts(self) -> tuple[widgets.Widget, ...]:
        """All widgets it is made of, shown or not."""
        return self.panel, *self._parts

    def select(self, span: Span | None) -> None:
        """Have another span selected, or none."""
        self._span = span
        self._view.selection = None if span is None else (span[0].timestamp(), span[1].timestamp())
        self.refresh_soon()
        if span is None:
            self._figures, self.is_unfinished = {}, False
        if span is not None and self._table is None:
            self._table = self._build()
        if bool(self.panel.children) != (span is not None):
            self.panel.children = self._parts if span is not None else ()

    def _build(self) -> LinkedHTML:
        table = LinkedHTML(**self._look.html)
        table.link = self._link
        close = widgets.Button(icon="times", tooltip="Clear the selection", **self._look.box)
        close.add_class("mw-close")
        close.on_click(lambda _button: self._on_close())
        self._parts = (table, close)
        return table

    def refresh_soon(self) -> None:
        """Compute with the next frame what may have changed."""
        self._shown_at = self._shown = None

    def show(self, frame: Frame, now: float, at: float, zone: tzinfo, revision: object) -> int:
        """Bring the panel up to date, once a second at most; the number of widget messages it took.

        Args:
            frame: the picture above it.
            now: epoch seconds.
            at: the time of what is shown, epoch seconds.
            zone: the viewer's time zone.
            revision: another one whenever samples came or were computed.
        """
        if (
            self._span is None
            or self._table is None
            or (self._shown_at is not None and 0 <= now - self._shown_at < _INTERVAL_S)
        ):
            return 0
        start, end = (moment.timestamp() for moment in self._span)
        caption = span_text(start, end, at, zone)
        wanted = (caption, revision, *(line.key for line in frame.lines))
        if wanted == self._shown:
            return 0
        rows = self._rows(frame, self._span)
        self.is_unfinished = any(row.figures is None for row in rows)
        self._shown, self._shown_at = (None, None) if self.is_unfinished else (wanted, now)
        text = selection_table(caption, rows, len(frame.lines) - len(rows))
        if text == self._table.value:
            return 0
        self._table.value = text
        return 1

    def samples(self, span: Span | None, *, wide: bool) -> pd.DataFrame:
        """The samples of the series shown in a span; none of them for None."""
        table = wide_table if wide else long_table
        with self._stream.reading():
            series = [seen.series.copy() for seen in self._view.seen()]
        return table(series, (0.0, -1.0) if span is None else _between(span))

    def snapshot(self) -> Samples | None:
        """The samples of the series shown that are selected, as they are now; None without a selection."""
        if self._span is None:
            return None
        with self._stream.reading():
            return Samples([seen.series for seen in self._view.seen()], _between(self._span))

    def figures(self, span: Span | None, now: float) -> pd.DataFrame:
        """The figures of the series shown in a span, for None in what is in view at `now` (epoch seconds)."""
        with self._stream.reading():
            between = self._view.ends(now) if span is None else _between(span)
            found = [(seen.series, self._of(seen, between)) for seen in self._view.seen()]
        return figures_table([(series, each) for series, each in found if each is not None])

    def _rows(self, frame: Frame, span: Span) -> list[Row]:
        """The first series of a frame, as far as they can be computed without holding up the event loop."""
        deadline, between = time.monotonic() + _COMPUTING_S, _between(span)
        with self._stream.reading(0.0):
            seen = {each.key: each for each in self._view.seen()}
            self._figures = {key: each for key, each in self._figures.items() if key in seen}
            return [
                Row(line, self._of(seen[line.key], between, deadline - time.monotonic()))
                for line in frame.lines[:MOST_ROWS]
                if line.key in seen
            ]

    def _of(self, seen: Seen, between: Between, limit_s: float = math.inf) -> Figures | None:
        known = self._figures.get(seen.key)
        if known is None or known.series is not seen.series:
            known = self._figures[seen.key] = FiguresOfSeries(seen.series)
        return known.between(*between, seen.known_until, limit_s)


def _between(span: Span) -> Between:
    """Epoch seconds of a span, so that it has the samples whose times, as users see them, are its ends."""
    start, end = span
    return start.timestamp() - _HALF_A_MICROSECOND, end.timestamp() + _HALF_A_MICROSECOND

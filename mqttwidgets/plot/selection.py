"""The span of time that a person selected: its samples, and their statistics as a table in HTML."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ..base.model import Key
from ..base.text import duration, html_text, quantity
from ..sensor_stream import SensorStream
from ..series.samples import Samples
from ..series.statistics import Figures, FiguresOfSeries
from ..series.table import Between, figures_table, long_table, wide_table
from .frame import Frame, Line
from .legend import swatch
from .texts import sample_rate, state_text, value_text
from .view import Seen, View

if TYPE_CHECKING:
    import pandas as pd

Span = tuple[datetime, datetime]
"""Start and end, in UTC."""

_INTERVAL_S = 1.0
_COMPUTING_S = 0.01  # for one frame, as the event loop must not be held up
_HALF_A_MICROSECOND = 5e-7  # to which times are rounded that users see
_MOST_ROWS = 12

_COLUMNS = ("Count", "Mean", "Min", "Max", "Std. dev.", "First", "Last", "Difference", "Rate")
_NONE = "–"
_DIGITS = 15  # that a number has for certain


class Selection:
    """The span of a plot that is selected.

    Threads: `samples` and `figures` from any, the rest on the kernel's event loop; the stream's lock parts them.

    Args:
        view: what the plot shows.
        stream: where the series are.

    Attributes:
        is_unfinished: whether statistics are still to be computed with the next frame.
    """

    def __init__(self, view: View, stream: SensorStream) -> None:
        self._view = view
        self._stream = stream
        self._span: Span | None = None
        self._figures: dict[Key, FiguresOfSeries] = {}
        self._told_at: float | None = None
        self._told: object = None
        self.is_unfinished = False

    @property
    def span(self) -> Span | None:
        """Start and end; None while nothing is selected."""
        return self._span

    def select(self, span: Span | None) -> None:
        """Select another span, or none."""
        self._span = span
        self._view.selection = None if span is None else (span[0].timestamp(), span[1].timestamp())
        self.refresh_soon()
        if span is None:
            self._figures, self.is_unfinished = {}, False

    def refresh_soon(self) -> None:
        """Compute with the next frame what may have changed."""
        self._told_at = self._told = None

    def news(self, frame: Frame, now: float, at: float, zone: tzinfo, revision: object) -> str | None:
        """The table, once a second at most; None where it is as it was, or nothing is selected.

        Args:
            frame: the picture above it.
            now: epoch seconds.
            at: the time of what is shown, epoch seconds.
            zone: the viewer's time zone.
            revision: another one whenever samples came or were computed.
        """
        if self._span is None or (self._told_at is not None and 0 <= now - self._told_at < _INTERVAL_S):
            return None
        start, end = (moment.timestamp() for moment in self._span)
        caption = span_text(start, end, at, zone)
        wanted = (caption, revision, *(line.key for line in frame.lines))
        if wanted == self._told:
            return None
        rows = self._rows(frame, self._span)
        self.is_unfinished = any(row.figures is None for row in rows)
        self._told, self._told_at = (None, None) if self.is_unfinished else (wanted, now)
        return selection_table(caption, rows, len(frame.lines) - len(rows))

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
        """The statistics of the series shown in a span, for None in what is in view at `now` (epoch seconds)."""
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
                for line in frame.lines[:_MOST_ROWS]
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


class Row(NamedTuple):
    """One series.

    Attributes:
        line: its look.
        figures: what the selected samples amount to; None while they are still being computed.
    """

    line: Line
    figures: Figures | None


def selection_table(caption: str, rows: Sequence[Row], more: int) -> str:
    """Count, mean, extremes, spread, ends and rate of each series.

    Args:
        caption: which span it is, in words.
        rows: the series, twelve at most.
        more: how many there are besides.
    """
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Series", *_COLUMNS))
    rest = ""
    if more:
        rest = f'<div class="mw-selection-more">and {more:,} more: plot.statistics() has them all</div>'
    return (
        f'<div class="mw-selection-caption">{html_text(caption, 300)}</div>'
        '<div class="mw-selection-scroll" tabindex="0" role="region" aria-label="Figures of the selection">'
        f'<table class="mw-selection"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(map(_row, rows))}</tbody></table></div>{rest}"
    )


def span_text(start: float, end: float, now: float, zone: tzinfo) -> str:
    """A span of time on the viewer's clock, and how long it is; what of it is still to come is said.

    Args:
        start: epoch seconds.
        end: epoch seconds.
        now: epoch seconds.
        zone: the viewer's time zone.

    Example:
        >>> from datetime import timezone
        >>> span_text(0.0, 90.0, 100.0, timezone.utc)
        'Selected: 1 Jan 1970 00:00:00 to 00:01:30, 1 min 30 s'
        >>> span_text(86_390.5, 86_400.25, 86_400.0, timezone.utc)
        'Selected: 1 Jan 1970 23:59:50.500 to 2 Jan 1970 00:00:00.250, 9.75 s; it grows until then'
    """
    first, last = (datetime.fromtimestamp(each, zone) for each in (start, end))
    digits = 0 if end - start >= 60 else 3 if end - start >= 0.01 else 6
    day = "" if first.date() == last.date() else f"{last.day} {last:%b %Y} "
    grows = "; it grows until then" if end > now else ""
    return (
        f"Selected: {first.day} {first:%b %Y} {_clock(first, digits)} to {day}{_clock(last, digits)}, "
        f"{_length(end - start)}{grows}"
    )


def _length(seconds: float) -> str:
    for unit, size, least in (("µs", 1e-6, 1e-3), ("ms", 1e-3, 1.0), ("s", 1.0, 60.0)):
        if seconds < least:
            return f"{seconds / size:.3g} {unit}"
    return duration(seconds)


def _clock(moment: datetime, digits: int) -> str:
    fraction = f".{moment.microsecond:06d}"[: digits + 1] if digits else ""
    return f"{moment:%H:%M:%S}{fraction}"


def _row(row: Row) -> str:
    line, figures = row
    name = html_text(" ".join(line.key).strip(), 300)
    unit = f' <span class="mw-selection-unit">{html_text(line.unit, 20)}</span>' if line.unit else ""
    cells = ["…"] * len(_COLUMNS) if figures is None else _cells(line, figures)
    head = f"{swatch(line.color, line.dash)} {html_text(line.label, 60)}{unit}"
    return f'<tr><th scope="row" title="{name}">{head}</th>{"".join(map(_cell, cells))}</tr>'


def _cell(text: str) -> str:
    return f"<td>{html_text(text)}</td>"


def _cells(line: Line, figures: Figures) -> list[str]:
    """The texts of a row: of a state, how long it was on in the place of a mean, and how often it changed."""
    if not figures.size and figures.stays is None:
        return ["0", *[_NONE] * (len(_COLUMNS) - 1)]
    count = f"{figures.size:,}"
    rate = _NONE if math.isnan(figures.rate_hz) else sample_rate(figures.rate_hz)
    if line.is_state:
        states = (figures.least, figures.greatest, figures.first, figures.last)
        least, greatest, *ends = [_NONE if math.isnan(each) else state_text(each) for each in states]
        return [count, _share(figures), least, greatest, _changes(figures), *ends, _NONE, rate]
    decimals = _decimals(figures)
    numbers = (figures.mean, figures.least, figures.greatest, figures.first, figures.last)
    std = _NONE if math.isnan(figures.std) else value_text(float(f"{figures.std:.4g}"))
    mean, least, greatest, *ends = [_NONE if math.isnan(each) else value_text(each, decimals) for each in numbers]
    return [count, mean, least, greatest, std, *ends, _difference(figures, decimals), rate]


def _difference(figures: Figures, decimals: int) -> str:
    """The last value less the first, with a sign, and without digits that only computing made."""
    if math.isnan(figures.difference):
        return _NONE
    difference = round(figures.difference, max(decimals, _decimals_of(figures.first), _decimals_of(figures.last)))
    return f"{'+' if difference > 0 else ''}{value_text(difference, decimals)}"


def _decimals_of(value: float) -> int:
    """How many decimals a number is given with."""
    exponent = Decimal(repr(value)).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _share(figures: Figures) -> str:
    """The share of time on, never rounded to always or never.

    Example:
        >>> from ..series.statistics import Stays
        >>> stays = Stays(0.0, 1.0, 9.0, 0.0, known_s=1000.0, on_s=999.9, changes=1, is_on_off=True)
        >>> _share(Figures(2, 0.5, 0.0, 1.0, 0.7, 0.1, stays=stays))
        'on > 99.9 %'
    """
    share = math.nan if figures.stays is None else figures.stays.on_share
    if math.isnan(share):
        return _NONE
    percent = 100 * share
    if 0 < percent < 0.1:
        return "on < 0.1 %"
    if 99.9 < percent < 100:
        return "on > 99.9 %"
    return f"on {percent:.3g} %"


def _changes(figures: Figures) -> str:
    return _NONE if figures.stays is None else quantity(figures.stays.changes, "change")


def _decimals(figures: Figures) -> int:
    """As many decimals as it takes to see how far the values lie apart, where they have them."""
    std, largest = figures.std, max(abs(figures.least), abs(figures.greatest))
    if not 0 < std < math.inf or not 0 < largest < math.inf:
        return 0
    wanted = 2 - math.floor(math.log10(std))
    return max(0, min(wanted, _DIGITS - 1 - math.floor(math.log10(largest))))

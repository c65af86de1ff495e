"""Whether what was read becomes lines that somebody sees: the last step of the way."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from ..base.text import duration, printable, quantity, sentence
from .report import Finding

_STEP = "Picture"
_INSTALL = "install bqplot and anywidget where Jupyter's server runs, then reload the page"
_CELL = "Write plot at the end of a cell, run it, and scroll to it."
_MOST_NAMED = 3
_OLD_S = 600.0  # as far as a clock ahead is believed, too
_CLOCK = "If the device speaks now, its clock is wrong: decoder=AutoDecoder(time='') draws by the time of arrival."


class Page(Enum):
    """How pages stand to a plot, as far as the kernel was told."""

    SHOWS_IT = "has it in sight"
    IS_ELSEWHERE = "has it not in sight"
    CANNOT_DRAW = "shows an error in its place"
    IS_SILENT = "has never answered"
    IS_NONE = "cannot be, as there is no Jupyter kernel"


class Absent(NamedTuple):
    """A line without a sample in the picture.

    Attributes:
        name: of the line.
        ahead_s: how far its newest sample is ahead of now, in seconds; below 0 for an old one.
    """

    name: str
    ahead_s: float


class PlotState(NamedTuple):
    """What is to be known of a plot for its picture to be judged.

    Attributes:
        series: how many it has.
        hidden: how many of them are left out of the picture.
        absent: the lines that are nowhere in it.
        is_stopped: whether it is not subscribed.
        is_paused: whether it stands still because somebody wants it to.
        is_zoomed: whether it shows a span of the past.
        page: who sees it.
        behind_s: how far the newest sample of the lines is behind now, in seconds.
    """

    series: int
    hidden: int
    absent: Sequence[Absent]
    is_stopped: bool
    is_paused: bool
    is_zoomed: bool
    page: Page
    behind_s: float = 0.0


def examine_picture(plot: PlotState) -> Finding:
    """Whether somebody sees a sample of each line.

    Example:
        >>> print(examine_picture(PlotState(3, 3, [], False, False, False, Page.SHOWS_IT)))
        ✗ Picture: every series is hidden
            plot.hidden = [] shows them.
    """
    return _without_lines(plot) or _out_of_sight(plot) or _absent(plot) or _well(plot)


def _well(plot: PlotState) -> Finding:
    if plot.behind_s < _OLD_S:
        return Finding(_STEP, True, _lines(plot))
    return Finding(_STEP, True, f"{_lines(plot)}, but the newest sample is {duration(plot.behind_s)} old", _CLOCK)


def _lines(plot: PlotState) -> str:
    return quantity(plot.series - plot.hidden, "line")


def _without_lines(plot: PlotState) -> Finding | None:
    if plot.is_stopped:
        return Finding(_STEP, False, f"{_lines(plot)}, but the plot is stopped", "plot.start() subscribes.")
    if plot.is_paused:
        remedy = "plot.paused = False lets it go on."
        return Finding(_STEP, False, f"{_lines(plot)}, but the plot is paused", remedy)
    if not plot.series:
        remedy = "plot.ledger says what became of each message."
        return Finding(_STEP, False, "no line: nothing that came to this plot could be stored", remedy)
    if plot.hidden == plot.series:
        return Finding(_STEP, False, "every series is hidden", "plot.hidden = [] shows them.")
    return None


def _out_of_sight(plot: PlotState) -> Finding | None:
    if plot.page is Page.IS_ELSEWHERE:
        return Finding(_STEP, False, f"{_lines(plot)}, but no page shows them", _CELL)
    if plot.page is Page.CANNOT_DRAW:
        text = f"{_lines(plot)}, but the page shows an error in place of the picture"
        return Finding(_STEP, False, text, sentence(_INSTALL))
    if plot.page is Page.IS_SILENT:
        remedy = f"{_CELL} If a page shows it, empty or broken: {_INSTALL}."
        return Finding(_STEP, False, f"{_lines(plot)}, but no page has answered", remedy)
    if plot.page is Page.IS_NONE:
        remedy = "Run it in a notebook. A SensorStream does all but draw, anywhere."
        return Finding(_STEP, False, f"{_lines(plot)}, but there is no Jupyter kernel to show them", remedy)
    return None


def _absent(plot: PlotState) -> Finding | None:
    if not plot.absent:
        return None
    named = "; ".join(map(_whereabouts, plot.absent[:_MOST_NAMED]))
    more = f"; and {len(plot.absent) - _MOST_NAMED} more" if len(plot.absent) > _MOST_NAMED else ""
    remedy = (
        "plot.go_live() goes back to now."
        if plot.is_zoomed
        else f"A longer plot.window shows old samples. {_CLOCK}"
    )
    return Finding(_STEP, False, f"{_lines(plot)}, but not in view: {named}{more}", remedy)


def _whereabouts(line: Absent) -> str:
    where = f"{duration(abs(line.ahead_s))} {'ahead' if line.ahead_s > 0 else 'old'}"
    return f"{printable(line.name)}, whose newest sample is {where}"

"""The words around a plot, as HTML. Pure functions; every foreign text is escaped by `shown` and nowhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from ..base.model import Status
from ..base.text import duration, html_text, number_text, quantity
from ..live.ledger import LedgerPage

_FRESH_S = 60.0
_SHOWN_REASONS = 8  # of each kind


def header(title: str, status: Status, paused: bool, rate_hz: float, ago_s: float | None, last: str) -> str:
    """Title, status, messages a second and the time of the last message.

    Args:
        title: the plot's name.
        status: in one word.
        paused: whether the picture is frozen.
        rate_hz: messages a second.
        ago_s: seconds since the last message; None when there was none.
        last: the clock time of the last message.
    """
    facts = []
    if ago_s is not None:
        facts.append(rate(rate_hz))
        facts.append(f"{duration(ago_s)} ago" if ago_s < _FRESH_S else f"last message {last}")
    state = f"{status}, paused" if paused else status
    kind = "paused" if paused and status == "live" else status
    return (
        f'<div class="mw-header"><span class="mw-title">{html_text(title)}</span>'
        f'<span class="mw-status mw-{kind}">{state}</span>'
        + "".join(f'<span class="mw-fact">{html_text(fact)}</span>' for fact in facts)
        + "</div>"
    )


def rate(rate_hz: float) -> str:
    """Messages a second, for people.

    Example:
        >>> rate(1234.4), rate(0.2), rate(0.0)
        ('1,234 msg/s', '0.2 msg/s', '0 msg/s')
    """
    return f"{rate_hz:,.0f} msg/s" if rate_hz >= 9.95 or rate_hz == 0 else f"{rate_hz:.1f} msg/s"


def sample_rate(rate_hz: float) -> str:
    """Samples a second, a minute or an hour, whichever reads best.

    Example:
        >>> sample_rate(12.34), sample_rate(1.0), sample_rate(0.1), sample_rate(0.001), sample_rate(0.0)
        ('12/s', '1/s', '6/min', '3.6/h', '–')
    """
    for per, unit in ((1.0, "s"), (60.0, "min"), (3600.0, "h")):
        amount = rate_hz * per
        if amount >= 0.95 or (unit == "h" and amount > 0):
            return f"{amount:,.0f}/{unit}" if amount >= 9.95 else f"{amount:.1f}".removesuffix(".0") + f"/{unit}"
    return "–"


def state_text(value: float) -> str:
    """A state in a word; as a number where it is neither on nor off.

    Example:
        >>> state_text(1.0), state_text(0.0), state_text(3.0)
        ('on', 'off', '3')
    """
    return {0.0: "off", 1.0: "on"}.get(value) or value_text(value)


def clock_time(epoch_s: float, zone: tzinfo) -> str:
    """The time of day, with the day where it is not today."""
    moment, today = datetime.fromtimestamp(epoch_s, zone), datetime.now(zone)
    return f"{moment:%H:%M:%S}" if moment.date() == today.date() else f"{moment.day} {moment:%b %Y %H:%M:%S}"


def alarms(text: str) -> str:
    """The words on alarms, for screen readers to say at once; nothing for none."""
    return f'<div class="mw-alarms" role="alert">{html_text(text, 600)}</div>' if text else ""


def notice(text: str, *, wrong: bool = False) -> str:
    """The line beneath the controls.

    Args:
        text: what there is to say.
        wrong: whether it is what is wrong with an entry.
    """
    kind = " mw-wrong" if wrong else ""
    role = ' role="alert"' if wrong else ""
    return f'<div class="mw-notice{kind}"{role}>{html_text(text, 400)}</div>'


def empty(text: str, silent_s: float) -> str:
    """The text in a picture that has no line yet.

    Args:
        text: the status in words.
        silent_s: seconds for which nothing came although the link is up; long ones bring advice.
    """
    advice = ""
    if silent_s > 15:
        advice = (
            "<br>Topics are case-sensitive, a sensor may publish rarely, and an access list may hide topics "
            "without a word; the topic # shows all that the broker lets you see."
        )
    return f'<div class="mw-empty">{html_text(text, 400)}{advice}</div>'


def value_text(value: float, decimals: int = 0) -> str:
    """A value with up to six significant digits and thousands separators.

    Args:
        value: the number.
        decimals: decimals to show at least, where the value has them: as many as the axis has.

    Example:
        >>> value_text(21.5), value_text(1234567.0), value_text(0.00001234), value_text(100000.0015, decimals=4)
        ('21.5', '1,234,567', '1.234e-5', '100,000.0015')
    """
    if value != 0 and not 1e-4 <= abs(value) < 1e15:
        return number_text(value, ".4g")
    text = f"{value:,.6g}" if abs(value) < 999_999.5 else f"{value:,.0f}"
    if len(text.partition(".")[2]) >= decimals:
        return text
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".")


def way_back(unseen: int, *, stays_put: bool, paused: bool, values_held: bool) -> tuple[str, str]:
    """The button that leads back to the newest and to all values, and what it explains; no text for no button.

    Args:
        unseen: samples that came since the view stays put.
        stays_put: whether it does.
        paused: whether the picture is frozen, so that the way back is to the frozen one.
        values_held: whether some value axis does not fit what is in view.

    Example:
        >>> way_back(1234, stays_put=True, paused=False, values_held=False)[0]
        'live ▸ +1,234'
    """
    ways = "Double click and Escape do the same."
    if stays_put and not paused:
        count = f" +{unseen:,}" if unseen else ""
        return f"live ▸{count}", f"Back to the newest; {quantity(unseen, 'sample')} came meanwhile. {ways}"
    if stays_put:
        return "whole window ▸", f"Back to the whole picture as it was when it was paused. {ways}"
    if values_held:
        return "fit values ▸", f"Fit the value axes to what is in view. {ways}"
    return "", ""


def outside(start: str, end: str, away: str, nearest: str, remark: str = "") -> str:
    """The text in a picture of a time from which there is no sample.

    Args:
        start: the clock time at its left end.
        end: the clock time at its right end.
        away: how far the nearest data is, as "3 min later".
        nearest: the clock time of that.
        remark: a sentence more.

    Example:
        >>> outside("12:00", "12:01", "3 min later", "12:04")
        '<div class="mw-empty">Nothing between 12:00 and 12:01. The nearest data is 3 min later, at 12:04.</div>'
    """
    words = f"Nothing between {start} and {end}. The nearest data is {away}, at {nearest}. {remark}".rstrip()
    return f'<div class="mw-empty">{html_text(words, 400)}</div>'


def series_count(shown: int, hidden: int, left_out: int, most_left_out: int) -> str:
    """How many series there are.

    Args:
        shown: how many are in the picture.
        hidden: how many the viewer does not want to see.
        left_out: how many there was no room for, as far as they were counted.
        most_left_out: where that count ends.

    Example:
        >>> series_count(3, 0, 0, 1000), series_count(12, 28, 0, 1000), series_count(50, 0, 7, 1000)
        ('3 series', '12 of 40 series shown', '50 of 57 series')
    """
    more_than = "more than " if left_out >= most_left_out else ""
    if hidden:
        more = f", {more_than}{left_out:,} more without room" if left_out else ""
        return f"{shown:,} of {shown + hidden:,} series shown{more}"
    return f"{shown:,} of {more_than}{shown + left_out:,} series" if left_out else quantity(shown, "series")


def figures(page: LedgerPage, series: str, remarks: Sequence[str] = ()) -> list[str]:
    """How many series and messages there are, what went wrong with some, and what is to be known of the rest.

    What may be long comes last: figures that a sentence parts stand in lines that nobody compares.

    What gave nothing to plot and is no fault stands in `details` alone.

    Args:
        page: the Ledger's figures.
        series: how many, in words.
        remarks: what is to be known of all of them.
    """
    facts = [series, f"{page.received:,} received"]
    if page.waiting:
        facts.append(f"{page.waiting:,} not read yet")
    kinds = {"dropped": page.dropped, "unreadable": page.undecodable, "with a remark": page.noted}
    counts = {words: sum(reasons.values()) for words, reasons in kinds.items()}
    return [*facts, *(f"{count:,} {words}" for words, count in counts.items() if count), *remarks]


def footer(page: LedgerPage, series: str, remarks: Sequence[str] = ()) -> str:
    """The figures beneath the picture; see `figures`."""
    facts = figures(page, series, remarks)
    return f'<div class="mw-footer">{"".join(f"<span>{html_text(fact, 300)}</span>" for fact in facts)}</div>'


def details(page: LedgerPage) -> str:
    """A table of the messages that gave no sample and why, and of remarks on others; `""` for nothing."""
    kinds = (
        ("dropped", page.dropped),
        ("unreadable", page.undecodable),
        ("nothing to plot", page.skipped),
        ("plotted, with a remark", page.noted),
    )
    rows = [(count, kind, reason) for kind, reasons in kinds for reason, count in _most_frequent(reasons)]
    if page.let_go is not None:
        rows.append((page.let_go.samples, "samples let go", "older than what is kept"))
    return f'<table class="mw-details">{"".join(map(_details_row, rows))}</table>' if rows else ""


def _most_frequent(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    ordered = Counter(reasons).most_common()
    more = sum(count for _, count in ordered[_SHOWN_REASONS:])
    return [*ordered[:_SHOWN_REASONS], *([("other reasons", more)] if more else [])]


def _details_row(row: tuple[int, str, str]) -> str:
    count, kind, reason = row
    return f"<tr><td>{count:,}</td><td>{kind}</td><td>{html_text(reason, 300)}</td></tr>"

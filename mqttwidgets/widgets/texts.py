"""The words around a plot, as HTML. Pure functions; every foreign text is escaped here and nowhere else."""

from __future__ import annotations

import html
import re
from datetime import datetime, tzinfo

from ..frames.frame import Frame, Line
from ..ledger import LedgerPage
from ..message import Status
from ..text import duration, printable, quantity

_FRESH_S = 60.0
_SHOWN_REASONS = 4
_DECIMALS = re.compile(r",\.(\d+)f")
_DASH_ARRAYS = {"solid": "none", "dashed": "6 4", "dotted": "2 4", "dash_dotted": "6 3 2 3"}


def shown(text: str, limit: int = 200) -> str:
    """Foreign text for HTML: literal, on one line, not too long."""
    return html.escape(printable(text, limit))


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
        f'<div class="mw-header"><span class="mw-title">{shown(title)}</span>'
        f'<span class="mw-status mw-{kind}">{state}</span>'
        + "".join(f'<span class="mw-fact">{shown(fact)}</span>' for fact in facts)
        + "</div>"
    )


def rate(rate_hz: float) -> str:
    """Messages a second, for people.

    Example:
        >>> rate(1234.4), rate(0.2), rate(0.0)
        ('1,234 msg/s', '0.2 msg/s', '0 msg/s')
    """
    return f"{rate_hz:,.0f} msg/s" if rate_hz >= 9.95 or rate_hz == 0 else f"{rate_hz:.1f} msg/s"


def clock_time(epoch_s: float, zone: tzinfo) -> str:
    """The time of day, with the day where it is not today."""
    moment, today = datetime.fromtimestamp(epoch_s, zone), datetime.now(zone)
    return f"{moment:%H:%M:%S}" if moment.date() == today.date() else f"{moment.day} {moment:%b %Y %H:%M:%S}"


def notice(text: str, *, wrong: bool = False) -> str:
    """The line beneath the controls."""
    kind = " mw-wrong" if wrong else ""
    role = ' role="alert"' if wrong else ""
    return f'<div class="mw-notice{kind}"{role}>{shown(text, 400)}</div>'


def empty(text: str, silent_s: float) -> str:
    """What stands where the lines will be.

    Args:
        text: the status in words.
        silent_s: seconds for which nothing came although the link is up; long ones bring advice.
    """
    advice = ""
    if silent_s > 15:
        advice = (
            f"<br>Nothing for {duration(silent_s)}. Topics are case-sensitive, and a sensor may publish rarely; "
            "the topic # shows all that the broker lets you see."
        )
    return f'<div class="mw-empty">{shown(text, 400)}{advice}</div>'


def legend(frame: Frame) -> str:
    """Each series with its colour, label, newest value and unit."""
    if not frame.lines:
        return ""
    fixed = _DECIMALS.fullmatch(frame.value_axis.tick_format)
    decimals = int(fixed[1]) if fixed else 0
    return f'<div class="mw-legend">{"".join(_entry(line, decimals) for line in frame.lines)}</div>'


def _entry(line: Line, decimals: int) -> str:
    topic, field = line.key
    full = shown(f"{topic} {field}".strip(), 300)
    dash = _DASH_ARRAYS[line.dash]
    swatch = (
        '<svg width="22" height="8" aria-hidden="true"><line x1="1" y1="4" x2="21" y2="4" '
        f'stroke="{line.color}" stroke-width="3" stroke-dasharray="{dash}"/></svg>'
    )
    unit = f"&#8239;{shown(line.unit, 20)}" if line.unit else ""
    value = shown(value_text(line.last[1], decimals))
    return (
        f'<span class="mw-series" title="{full}">{swatch}{shown(line.label, 60)} '
        f'<span class="mw-value">{value}{unit}</span></span>'
    )


def value_text(value: float, decimals: int = 0) -> str:
    """A value with up to six significant digits and thousands separators.

    Args:
        value: the number.
        decimals: decimals to show at least, where the value has them: as many as the axis has.

    Example:
        >>> value_text(21.5), value_text(1234567.0), value_text(0.00001234), value_text(100000.0015, decimals=4)
        ('21.5', '1,234,567', '1.234e-05', '100,000.0015')
    """
    if value != 0 and not 1e-4 <= abs(value) < 1e15:
        return f"{value:.4g}"
    text = f"{value:,.6g}" if abs(value) < 999_999.5 else f"{value:,.0f}"
    if len(text.partition(".")[2]) >= decimals:
        return text
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".")


def footer(page: LedgerPage, series: int, left_out: int, most_left_out: int) -> str:
    """How many series and messages there are, and what was not plotted and why.

    Args:
        page: the Ledger's figures.
        series: how many are shown.
        left_out: how many there was no room for, as far as they were counted.
        most_left_out: where that count ends.
    """
    more_than = "more than " if left_out >= most_left_out else ""
    facts = [f"{series:,} of {more_than}{series + left_out:,} series" if left_out else quantity(series, "series")]
    facts.append(f"{page.received:,} received")
    if page.waiting:
        facts.append(f"{page.waiting:,} not read yet")
    reasons = page.not_plotted
    if reasons:
        named = [f"{count:,} {reason}" for reason, count in list(reasons.items())[:_SHOWN_REASONS]]
        more = ["…"] if len(reasons) > _SHOWN_REASONS else []
        facts.append(f"{sum(reasons.values()):,} not plotted: {', '.join(named + more)}")
    return f'<div class="mw-footer">{"".join(f"<span>{shown(fact, 300)}</span>" for fact in facts)}</div>'

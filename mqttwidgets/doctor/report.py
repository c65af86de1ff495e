"""What a doctor found, as a checklist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..text import html_text, quantity


class Finding(NamedTuple):
    """One step of the way.

    Attributes:
        step: its name.
        is_well: whether it works.
        text: what was found.
        remedy: what to do; `""` where nothing needs to be done.
    """

    step: str
    is_well: bool
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{'✓' if self.is_well else '✗'} {self.step}: {self.text}"
        return f"{line}\n    {self.remedy}" if self.remedy else line


class Report:
    """What a doctor found: a checklist that prints, and shows in a notebook.

    Args:
        findings: the steps in their order.

    Attributes:
        findings: the same, as a tuple.

    Example:
        >>> Report([Finding("TCP", False, "nothing listens at pi:1883", "Is the broker running?")])
        ✗ TCP: nothing listens at pi:1883
            Is the broker running?
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Report:
        """What is found until it ends, or somebody interrupts it."""
        found: list[Finding] = []
        try:
            found.extend(findings)
        except KeyboardInterrupt:
            found.append(Finding("Interrupted", False, "what comes after this was not looked at"))
        return cls(found)

    @property
    def is_well(self) -> bool:
        """Whether every step works."""
        return all(finding.is_well for finding in self.findings)

    def __repr__(self) -> str:
        return "\n".join(map(str, self.findings))

    def _repr_html_(self) -> str:
        return f"<ul style='list-style: none; padding-left: 0'>{''.join(map(_as_html, self.findings))}</ul>"


def lines_in_sight(series: int, hidden: int, *, is_stopped: bool, is_paused: bool, is_seen: bool) -> Finding:
    """Whether what was read becomes lines that somebody sees.

    Args:
        series: how many a plot has.
        hidden: how many of them are left out of the picture.
        is_stopped: whether it is not subscribed.
        is_paused: whether it stands still because somebody wants it to.
        is_seen: whether some page has it in sight, as far as that is known.

    Example:
        >>> print(lines_in_sight(3, 3, is_stopped=False, is_paused=False, is_seen=True))
        ✗ Picture: every series is hidden
            plot.hidden = [] shows them.
    """
    lines = quantity(series - hidden, "line")
    if is_stopped:
        return Finding("Picture", False, f"{lines}, but the plot is stopped", "plot.start() subscribes.")
    if is_paused:
        return Finding("Picture", False, f"{lines}, but the plot is paused", "plot.paused = False lets it go on.")
    if not series:
        remedy = "plot.ledger says what became of each message."
        return Finding("Picture", False, "no line: nothing that came to this plot could be stored", remedy)
    if hidden == series:
        return Finding("Picture", False, "every series is hidden", "plot.hidden = [] shows them.")
    if not is_seen:
        remedy = "Write plot at the end of a cell, run it, and scroll to it."
        return Finding("Picture", False, f"{lines}, but no page shows them", remedy)
    return Finding("Picture", True, lines)


def _as_html(finding: Finding) -> str:
    mark, color = ("✓", "green") if finding.is_well else ("✗", "crimson")
    remedy = f"<br><i>{html_text(finding.remedy, 500)}</i>" if finding.remedy else ""
    step, text = html_text(finding.step), html_text(finding.text, 500)
    return f"<li><b style='color: {color}'>{mark}</b> <b>{step}</b>: {text}{remedy}</li>"

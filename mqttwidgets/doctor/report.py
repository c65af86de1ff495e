"""The findings of a doctor, as a checklist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..base.text import html_text


class Finding(NamedTuple):
    """One step of the way from a broker to a line.

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
    """The findings of a doctor: a checklist that prints, and shows in a notebook.

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
        """A report of what is found until the end, or until somebody interrupts it."""
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


def _as_html(finding: Finding) -> str:
    mark, color = ("✓", "green") if finding.is_well else ("✗", "crimson")
    remedy = f"<br><i>{html_text(finding.remedy, 500)}</i>" if finding.remedy else ""
    step, text = html_text(finding.step), html_text(finding.text, 500)
    return f"<li><b style='color: {color}'>{mark}</b> <b>{step}</b>: {text}{remedy}</li>"

"""Why a payload was read as it was, for people: printed, and shown in a notebook."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from types import MappingProxyType
from typing import NamedTuple

from ..base.model import Sample
from ..base.text import html_text, number_text, printable, quantity
from .format import Findings
from .registry import OURS

_MOST_ROWS = 50
_LONGEST, _LONGEST_TOLD = 60, 250
_PAYLOAD = "(the payload)"
_HEADS = ("field", "value", "unit, or why it is left out")
_LEFT, _WRAPPED = " style='text-align: left'", " style='white-space: pre-wrap'"
_NOTHING_YET = "No message with a number in it has come yet. Ask again when the plot shows a line."


BY_PAYLOAD, BY_DEVICE, BY_KIND = (
    "from the payload",
    "as its device describes it",
    "as such devices always have it",
)
"""Where a unit comes from, in words."""


class Told(NamedTuple):
    """All that a stream knows of one number, and where that comes from.

    Attributes:
        field: the field.
        unit: its unit, or `""`.
        unit_from: where that comes from, in words.
        quantity: its quantity, or `""`.
        quantity_from: where that comes from.
        name: its name for people, or `""`.
        pattern: one that matches it, to correct any of it by.
    """

    field: str
    unit: str
    unit_from: str
    quantity: str
    quantity_from: str
    name: str
    pattern: str

    @property
    def text(self) -> str:
        """All of it in words."""
        unit = f"{self.unit}, {self.unit_from}" if self.unit else "no unit"
        quantity = f"{self.quantity}, {self.quantity_from}" if self.quantity else "no quantity"
        return "; ".join([unit, quantity, *([f"called {self.name}"] if self.name else [])])


class Explanation:
    """The findings in one payload, and the reasons for them.

    Attributes:
        topic: the topic name.
        format: the format's name, as `AutoDecoder(format=)` takes it.
        samples: the numbers found.
        time_source: the field that the time came from; `""` for the time of arrival.
        left_out: (field, value as text, reason) of each value that is no measurement.
        remarks: anything else to know, such as a clock that is wrong.
        why_nothing: the reason when nothing was found; else `""`.
    """

    def __init__(
        self,
        topic: str,
        findings: Findings,
        samples: Sequence[Sample],
        units_from: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.topic = topic
        self.units_from = units_from
        """Field → where its unit comes from, in words."""
        self.told: tuple[Told, ...] = ()
        """All that a stream knows of the numbers; empty where there is no stream."""
        self.format = findings.format
        self.samples = tuple(samples)
        self.time_source = findings.time_source
        taken = {sample.field for sample in samples}
        self.left_out = tuple(
            (item.field, item.text, item.reason) for item in findings.left_out if item.field not in taken
        )
        self.remarks = tuple(getattr(samples, "remarks", ()))
        self._has_own_times = any(reading.time is not None for reading in findings.readings)
        self._spacing = findings.spacing
        self._states = frozenset(getattr(samples, "states", ()))
        self._devices = tuple(pointer for pointer in findings.devices if pointer.count("/") == 1)
        self.why_nothing = getattr(samples, "undecodable", "") or getattr(samples, "skipped", "")

    @property
    def code(self) -> str:
        """The line of Python that fixes this choice, whatever later messages look like; `""` without samples."""
        if not self.samples:
            return ""
        fields = list(dict.fromkeys(glob.escape(sample.field) for sample in self.samples))
        known = OURS.get(self.format)
        has_time_field = known is not None and known.has_time_field
        time = "" if self._has_own_times and not has_time_field else self.time_source
        is_known = time or not self._has_own_times
        fixed = f"AutoDecoder(format={self.format!r}{f', time={time!r}' if is_known else ''})"
        chosen = f", fields={fields!r}" if any(fields) and not self._devices else ""
        return f"LiveSensorPlot({self.topic!r}{chosen}, decoder={fixed})"

    @property
    def time_text(self) -> str:
        """When the newest sample was taken, and how that is known."""
        if not self.samples:
            return ""
        if not self.time_source and not self._has_own_times:
            return "of arrival, as the payload has none"
        newest = max(sample.time for sample in self.samples)
        where = f"from {printable(self.time_source, _LONGEST)}" if self.time_source else "from the payload"
        if self._spacing:
            first = f"the first {where}" if self.time_source else "the last of arrival"
            where = f"{first}, {printable(self._spacing, _LONGEST)}"
        return f"{datetime.fromtimestamp(newest, timezone.utc):%Y-%m-%d %H:%M:%S.%f} UTC, {where}"

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        rows = [
            "".join(("<tr>", *(f"<td{_LEFT}>{html_text(cell)}</td>" for cell in row), "</tr>"))
            for row in (*self._found(), *self._others())
        ]
        described = [f"{field}: {text}" for field, text in self._described()]
        facts = [f"time: {self.time_text}" if self.samples else "", *self._notes(), self.why_nothing, *described]
        return (
            f"<div><b>{html_text(self.topic)}</b>: {html_text(self._title())}</div>"
            "<table><thead><tr>" + "".join(f"<th{_LEFT}>{head}</th>" for head in _HEADS) + "</tr></thead>"
            f"<tbody>{''.join(rows)}</tbody></table>"
            + "".join(f"<div>{html_text(fact, 300)}</div>" for fact in facts if fact)
            + (f"<pre{_WRAPPED}>{html_text(self.correction, 500)}</pre>" if self.told else "")
            + (
                f"<div>to keep it so:</div><pre{_WRAPPED}>{html_text(self.code, len(self.code))}</pre>"
                if self.code
                else ""
            )
        )

    def _lines(self) -> Iterator[str]:
        yield f"{printable(self.topic)}: {self._title()}"
        yield from _table(self._found())
        if self.why_nothing:
            yield f"nothing to plot: {self.why_nothing}"
        if self.samples:
            yield f"time: {self.time_text}"
        yield from (f"note: {note}" for note in self._notes())
        if self.left_out:
            yield "left out:"
            yield from _table(self._others())
        if self.told:
            yield "known of them:"
            yield from (f"  {printable(field, _LONGEST)}: {text}" for field, text in self._described())
            yield f"to correct that: {self.correction}"
        if self.code:
            yield f"to keep it so: {self.code}"

    @property
    def correction(self) -> str:
        """The options that correct unit and quantity of the number that needs it most; `""` without numbers."""
        if not self.told:
            return ""
        needy = min(self.told, key=lambda one: (one.quantity == "state", bool(one.unit) + bool(one.quantity)))
        units, quantities = {needy.pattern: needy.unit or "°C"}, {needy.pattern: needy.quantity or "temperature"}
        return f"units={units!r}, quantities={quantities!r}"

    def _described(self) -> list[tuple[str, str]]:
        rows = [(one.field or _PAYLOAD, printable(one.text, _LONGEST_TOLD), "") for one in self.told]
        return [row[:2] for row in _shortened(rows)]

    def _notes(self) -> list[str]:
        told_apart = (
            f"told from other devices on this topic by {', '.join(self._devices)}" if self._devices else ""
        )
        return [*self.remarks, *filter(None, [told_apart])]

    def _title(self) -> str:
        return f"{self.format}, {quantity(len({sample.field for sample in self.samples}), 'field')}"

    def _found(self) -> list[tuple[str, str, str]]:
        return _shortened(
            [(sample.field or _PAYLOAD, self._value_of(sample), sample.unit) for sample in self.samples]
        )

    def _value_of(self, sample: Sample) -> str:
        if sample.field in self._states:
            return "on" if sample.value else "off"
        return number_text(sample.value, ".10g")

    def _others(self) -> list[tuple[str, str, str]]:
        return _shortened([(field or _PAYLOAD, text, reason) for field, text, reason in self.left_out])


class Explanations(tuple[Explanation, ...]):
    """The explanations of the latest payloads of several topics.

    Attributes:
        nothing: the text to show where there are none.
    """

    nothing = _NOTHING_YET

    @classmethod
    def none(cls, nothing: str) -> Explanations:
        """No explanations, for a reason."""
        empty = cls()
        empty.nothing = nothing
        return empty

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self)) or self.nothing

    def _repr_html_(self) -> str:
        return "<br>".join(each._repr_html_() for each in self) or f"<div>{html_text(repr(self))}</div>"


def _shortened(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    if len(rows) <= _MOST_ROWS:
        return rows
    return [*rows[:_MOST_ROWS], ("…", f"{len(rows) - _MOST_ROWS:,} more", "")]


def _table(rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Rows as aligned columns."""
    cells = [[printable(cell, _LONGEST) for cell in row] for row in rows]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(2)]
    for name, value, note in cells:
        yield f"  {name:<{widths[0]}}  {value:<{widths[1]}}  {note}".rstrip()

"""Alarms as a user reads them: an Event for each, a table of them, and the log that keeps them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

from ...base.text import html_text, number_text, printable, quantity
from ...series.table import event_table

if TYPE_CHECKING:
    import pandas as pd

MOST_KEPT = 10_000
"""How many events are kept: the newest."""

_MOST_SHOWN = 20
_WHOLE = ' style="white-space: nowrap"'
_HEADS = ("start, {zone}", "end, {zone}", "duration", "topic", "field", "limit", "peak")


@dataclass(frozen=True)
class Event:
    """An alarm: values of one series beyond a limit. It does not change any more once it was handed out.

    Attributes:
        topic: the topic name.
        field: which number in the payload.
        unit: its usual symbol, or `""`.
        limit: the limit in words, or its label.
        start_s: epoch seconds of the first sample beyond the limit.
        end_s: epoch seconds of the sample that was back; None while the alarm is on.
        is_end_known: False if no sample was back but others may be missing after `end_s`, as after an outage, if
            the limit was removed, and if late samples took the alarm back.
        peak: the value farthest out.
        is_above: True if the values were above the limit, False if below.
        zone: the time zone in which it is printed: that of the plot's time axis, else UTC.
    """

    topic: str
    field: str
    unit: str
    limit: str
    start_s: float
    end_s: float | None
    is_end_known: bool
    peak: float
    is_above: bool = True
    zone: tzinfo = dataclasses.field(default=timezone.utc, repr=False, compare=False)

    def __str__(self) -> str:
        """The event in one line.

        Example:
            >>> print(Event("lab/oven", "", "°C", "above 200 °C", 0.0, 60.0, True, 204.5))
            1970-01-01 00:00:00 UTC, lab/oven: above 200 °C, for 0:01:00, peak 204.5 °C
        """
        start, end, duration, *names, limit, peak = _cells(self)
        lasted = f"for {duration}" if duration else end
        zone = self.start.astimezone(self.zone).tzname()
        return f"{start} {zone}, {' '.join(names).strip()}: {limit}, {lasted}, peak {peak}"

    def told(self) -> dict[str, object]:
        """The event as a JSON object, for the origin of samples in files and tables."""
        names = ("topic", "field", "unit", "limit", "is_end_known")
        ends = {"start": self.start.isoformat(), "end": None if self.end is None else self.end.isoformat()}
        peak = self.peak if math.isfinite(self.peak) else None
        return {**ends, **{name: getattr(self, name) for name in names}, "peak": peak}

    @property
    def sign_and_limit(self) -> str:
        """The limit in words after an arrowhead, so that colour is not the only sign."""
        return f"{'▲' if self.is_above else '▼'} {self.limit}"

    @property
    def start(self) -> datetime:
        """When it began, in UTC."""
        return datetime.fromtimestamp(self.start_s, timezone.utc)

    @property
    def end(self) -> datetime | None:
        """When it ended, in UTC; None while it is on."""
        return None if self.end_s is None else datetime.fromtimestamp(self.end_s, timezone.utc)

    @property
    def duration(self) -> timedelta | None:
        """How long it lasted, or lasted at least if the end is not known; None while it is on."""
        return None if self.end_s is None else timedelta(seconds=self.end_s - self.start_s)


class EventTable:
    """The events of a stream in the order of their beginnings, as they were when it was asked for.

    It prints, shows as a table in a notebook, has a length, and can be iterated. It shows times in the zone of the
    plot's time axis, else in UTC; in `to_pandas()`, and as `start` and `end` of an event, they are in UTC.

    Args:
        events: the events.
        forgotten: how many older ones were found and are not kept.
        zone: the time zone in which times are shown.
        zone_name: the name of the time zone.

    Example:
        >>> EventTable([Event("lab/oven", "", "°C", "above 200 °C", 0.0, 60.0, True, 204.5)])
        1 event
        start, UTC           end, UTC             duration  topic     field  limit         peak
        1970-01-01 00:00:00  1970-01-01 00:01:00  0:01:00   lab/oven         above 200 °C  204.5 °C
    """

    def __init__(
        self,
        events: list[Event],
        forgotten: int = 0,
        zone: tzinfo = timezone.utc,
        zone_name: str = "UTC",
    ) -> None:
        self._events = sorted(events, key=_in_time)
        self.forgotten = forgotten
        self._zone = zone
        self._heads = tuple(head.format(zone=printable(zone_name, 40)) for head in _HEADS)

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return map(self._in_zone, self._events)

    def __getitem__(self, index: int) -> Event:
        return self._in_zone(self._events[index])

    def to_pandas(self) -> pd.DataFrame:
        """One row per event: start and end (datetime64[ns, UTC]; NaT while it is on), duration and so on.

        Columns: start, end, duration (timedelta64[ns]), topic, field, unit, limit, peak, is_end_known.

        Raises:
            MissingPackageError: without pandas.
        """
        return event_table(self._events)

    def __repr__(self) -> str:
        rows = [self._heads, *self._rows()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([self._caption(), *(lines if self._events else [])])

    def _repr_html_(self) -> str:
        heads = "".join(f"<th>{html_text(head)}</th>" for head in self._heads)
        rows = "".join(
            "<tr>" + "".join(f"<td{_WHOLE}>{html_text(cell, 80)}</td>" for cell in row) + "</tr>"
            for row in self._rows()
        )
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
        return f"<div><p>{html_text(self._caption(), 200)}</p>{table}</div>"

    def _in_zone(self, event: Event) -> Event:
        return replace(event, zone=self._zone)

    def _rows(self) -> list[tuple[str, ...]]:
        return [_cells(self._in_zone(event)) for event in self._events[-_MOST_SHOWN:]]

    def _caption(self) -> str:
        parts = [quantity(len(self._events), "event")]
        if len(self._events) > _MOST_SHOWN:
            parts.append(f"the latest {_MOST_SHOWN} of them here")
        if self.forgotten:
            parts.append(f"{self.forgotten:,} more are not kept")
        return ", ".join(parts)


def _in_time(event: Event) -> tuple[float, float]:
    return event.start_s, math.inf if event.end_s is None else event.end_s


def _cells(event: Event) -> tuple[str, ...]:
    """The cells of an event in a table; times in its zone."""
    end = "still on" if event.end is None else _moment(event.end, event.zone)
    end = end if event.end is None or event.is_end_known else f"{end} or later"
    duration = "" if event.duration is None else _length(event.duration)
    peak = f"{number_text(event.peak)} {event.unit}".rstrip()
    names = (printable(event.topic, 60), printable(event.field, 40), event.limit, printable(peak, 40))
    return (_moment(event.start, event.zone), end, duration, *names)


def _length(length: timedelta) -> str:
    """A length of time to the millisecond.

    Example:
        >>> _length(timedelta(seconds=90.25))
        '0:01:30.250'
    """
    text = str(timedelta(seconds=round(length.total_seconds(), 3)))
    return text[:-3] if "." in text else text


def _moment(moment: datetime, zone: tzinfo) -> str:
    moment = moment.astimezone(zone)
    text = f"{moment:%Y-%m-%d %H:%M:%S}"
    return f"{text}.{moment.microsecond // 1000:03d}" if moment.microsecond else text


class EventLog:
    """The newest events by their numbers. Not thread-safe: whoever fills it locks.

    Attributes:
        forgotten: how many are no longer kept.
        revision: grows whenever an event that is over comes, changes or goes.
    """

    def __init__(self) -> None:
        self._events: dict[int, Event] = {}
        self.forgotten = 0
        self.revision = 0

    def put(self, number: int, event: Event) -> None:
        """Keep an event, in place of the one with its number; of too many, the oldest that is over goes."""
        former = self._events.get(number)
        self._events[number] = event
        if event.end_s is not None or (former is not None and former.end_s is not None):
            self.revision += 1
        if len(self._events) > MOST_KEPT:
            oldest = next((each for each, event in self._events.items() if event.end_s is not None), number)
            del self._events[oldest]
            self.forgotten += 1
            self.revision += 1

    def withdraw(self, number: int) -> None:
        """Drop an event that turned out to be none."""
        self._events.pop(number, None)
        self.revision += 1

    def has(self, number: int) -> bool:
        """Whether an event is kept."""
        return number in self._events

    def table(self, zone: tzinfo = timezone.utc, zone_name: str = "UTC") -> EventTable:
        """All events as a table, shown in a time zone."""
        return EventTable(list(self._events.values()), self.forgotten, zone, zone_name)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events.values())

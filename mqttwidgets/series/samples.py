"""The samples of several series as they are at one moment, piece by piece in order of time, and their origin.

Tables and files are made from these; in pieces, so that the samples are not in memory twice.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..base import __version__
from ..base.clock import CLOCK
from ..base.model import FloatArray, IntArray
from ..base.text import quantity
from ..base.times import in_utc
from .ring import Cut, Series
from .table import microseconds

KEY = "mqttwidgets"
"""The key of the origin in a table's attributes and in a file's metadata."""

_ROWS = 25_000  # in a piece: some milliseconds, and megabytes as text
_FEWEST = 500  # samples of each series in a piece, as each piece has a price of its own
_NEXT_S = 2e-6  # beyond the times that may be the same microsecond
_MOST_TOLD = 500  # gaps, and events: the newest


class Columns(NamedTuple):
    """The samples of one series in a piece.

    Attributes:
        time: shape (n,), microseconds since 1970, ascending; what a double resolves, and what to_pandas gives.
        value: shape (n,).
        arrival: shape (n,), when they arrived, epoch seconds; NaN for computed samples.
    """

    time: IntArray
    value: FloatArray
    arrival: FloatArray


class Samples:
    """The samples of several series as they are now; later changes of the series do not reach them.

    Args:
        series: the series; copying them costs almost nothing, as finished chunks are shared.
        span: the first and the last moment wanted, epoch seconds; None for all.

    Attributes:
        series: the copies.
        total: how many samples there are.

    Example:
        >>> one, other = Series("a", "", capacity=9), Series("b", "", capacity=9)
        >>> one.extend([1.0, 3.0], [10.0, 30.0])
        >>> other.extend([2.0], [20.0])
        >>> samples = Samples([one, other])
        >>> samples.total, [[columns.value.tolist() for columns in piece] for piece in samples.pieces()]
        (3, [[[10.0, 30.0], [20.0]]])
    """

    def __init__(self, series: Sequence[Series], span: tuple[float, float] | None = None) -> None:
        self.series = [one.copy() for one in series]
        start, end = (-math.inf, math.inf) if span is None else span
        self._begins = [one.position_at(start) if one.total else 0 for one in self.series]
        self._ends = [one.position_at(math.nextafter(end, math.inf)) if one.total else 0 for one in self.series]
        self.total = sum(self._ends) - sum(self._begins)

    def pieces(self) -> Iterator[list[Columns]]:
        """The samples of each series in one span of time after the other; no microsecond is in two of them."""
        begins = list(self._begins)
        step = max(_FEWEST, _ROWS // max(len(begins), 1))
        while any(begin < end for begin, end in zip(begins, self._ends, strict=True)):
            last = self._last_of_piece(begins, step)
            piece = [self._until(last, *place) for place in zip(self.series, begins, self._ends, strict=True)]
            begins = [begin + len(columns.time) for begin, columns in zip(begins, piece, strict=True)]
            yield piece

    def _last_of_piece(self, begins: Sequence[int], step: int) -> float:
        """The end of a piece: no series has more than `step` samples before it."""
        far = [
            one.time_at(begin + step - 1)
            for one, begin, end in zip(self.series, begins, self._ends, strict=True)
            if begin + step < end
        ]
        return min(far, default=math.inf)

    @staticmethod
    def _until(last: float, series: Series, begin: int, end: int) -> Columns:
        stop = end if last == math.inf else min(series.position_at(last + _NEXT_S), end)
        cut = series.cut(begin, max(stop, begin)) if begin < end else _NOTHING
        time = microseconds(cut.time)
        count = (
            len(time) if last == math.inf else int(time.searchsorted(microseconds(np.array([last]))[0], "right"))
        )
        return Columns(time[:count], cut.value[:count], series.arrivals(cut.first, cut.first + count))


_NOTHING = Cut(np.empty(0), np.empty(0), 0, np.empty(0, np.int64))


@dataclass(frozen=True)
class Origin:
    """Where samples come from, as files and tables tell it, with notes, gaps and events.

    Attributes:
        broker: its URL, without a password.
        topics: the topic filters.
        decoder: how messages were read.
        zone: the time zone of this computer; the times of samples are in UTC.
        notes: remarks on the samples.
        events: the alarms, the oldest first.
    """

    broker: str
    topics: Sequence[str]
    decoder: str
    zone: str
    notes: Sequence[str] = ()
    events: Sequence[Mapping[str, object]] = ()

    def text(self, series: Sequence[Series]) -> str:
        """All of it as JSON, with what is known of some series, and their gaps; of more than 500, only the newest.

        Example:
            >>> oven = Series("lab/oven", "", 9)
            >>> oven.extend([1.0], [20.0])
            >>> oven.mark_gap()
            >>> oven.extend([60.0], [21.0])
            >>> told = json.loads(Origin("mqtt://broker.local:1883", ["lab/#"], "auto", "UTC").text([oven]))
            >>> told["topics"], told["gaps"][0]["from"], told["gaps"][0]["to"]
            (['lab/#'], '1970-01-01T00:00:01+00:00', '1970-01-01T00:01:00+00:00')
        """
        gaps = _gaps(series)
        notes = [*self.notes]
        for name, found in (("gap", gaps), ("event", self.events)):
            if len(found) > _MOST_TOLD:
                notes.append(f"{quantity(len(found) - _MOST_TOLD, name)} before those told here")
        told = {
            "version": __version__,
            "broker": self.broker,
            "topics": [*self.topics],
            "decoder": self.decoder,
            "zone": self.zone,
            "taken_at": _moment(CLOCK.now()),
            "gaps": [
                {"topic": one.topic, "field": one.field, "from": _moment(start), "to": _moment(end)}
                for end, start, one in gaps[-_MOST_TOLD:]
            ],
            "kept_by_broker": [
                {"topic": one.topic, "field": one.field, "time": _moment(time)}
                for one in series
                for time in one.kept_at
                if one.total and time >= one.time_at(one.oldest)
            ],
            "series": [_described(one) for one in series[:_MOST_TOLD]],
            "events": [*self.events[-_MOST_TOLD:]],
            "notes": notes,
        }
        return json.dumps(told, ensure_ascii=False)


def _described(one: Series) -> dict[str, str]:
    """What is known of a series beside its samples."""
    known = {"name": one.name, "device": one.device, "quantity": one.quantity, "category": one.category}
    states = {"1": one.description.true_name, "0": one.description.false_name}
    return {
        "topic": one.topic,
        "field": one.field,
        **{part: text for part, text in (known | states).items() if text},
    }


def _gaps(series: Sequence[Series]) -> list[tuple[float, float, Series]]:
    """(end, start, series) of each gap, in epoch seconds, ordered by their ends."""
    found: list[tuple[float, float, Series]] = []
    for one in series:
        behind = one.gaps_between(one.oldest, one.total)
        around = np.unique(np.concatenate([behind - 1, behind]))
        if len(behind):
            times = one.pick(around)[0]
            starts, ends = (times[around.searchsorted(at)].tolist() for at in (behind - 1, behind))
            found += [(end, start, one) for end, start in zip(ends, starts, strict=True)]
    return sorted(found, key=lambda gap: gap[:2])


def _moment(epoch_s: float) -> str:
    return in_utc(epoch_s).isoformat()

"""Where samples come from, as files and tables tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...base.clock import CLOCK
from ...base.instants import in_utc
from ...base.text import quantity
from ...base.version import __version__
from ..ring import Series

KEY = "mqttwidgets"
"""Under which it stands."""

_MOST = 500  # gaps, and events: the newest


@dataclass(frozen=True)
class Origin:
    """Where samples come from, and what is to be known of them.

    Attributes:
        broker: its URL, without a password.
        topics: the topic filters.
        decoder: how messages were read.
        zone: the time zone of who looks; the times of samples are in UTC.
        notes: what is to be known of the samples, in words.
        events: the alarms, the oldest first.
    """

    broker: str
    topics: Sequence[str]
    decoder: str
    zone: str
    notes: Sequence[str] = ()
    events: Sequence[Mapping[str, object]] = ()

    def text(self, series: Sequence[Series]) -> str:
        """All of it as JSON, with the gaps of some series; of more than 500 gaps or events, the newest.

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
            if len(found) > _MOST:
                notes.append(f"{quantity(len(found) - _MOST, name)} before those told here")
        told = {
            "version": __version__,
            "broker": self.broker,
            "topics": [*self.topics],
            "decoder": self.decoder,
            "zone": self.zone,
            "taken_at": _moment(CLOCK.now()),
            "gaps": [
                {"topic": one.topic, "field": one.field, "from": _moment(start), "to": _moment(end)}
                for end, start, one in gaps[-_MOST:]
            ],
            "events": [*self.events[-_MOST:]],
            "notes": notes,
        }
        return json.dumps(told, ensure_ascii=False)


def _gaps(series: Sequence[Series]) -> list[tuple[float, float, Series]]:
    """(end, start, series) of each gap, in epoch seconds, those that end first ahead."""
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

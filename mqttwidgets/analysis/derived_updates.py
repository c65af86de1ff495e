"""New samples of derived lines, which are looked at from time to time, as nobody tells of them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext

from ..base.model import Key, Sample
from ..base.patterns import FieldPatterns
from ..series.ring import Series
from .ordered import Part, in_order
from .transforms.derived import DerivedSeries

LOOK_S = 0.1
"""Seconds between two looks."""

DerivedLines = Callable[[], AbstractContextManager[Mapping[Key, DerivedSeries]]]
"""Gives the derived lines by (topic, field), brought up to date, unchanged while the context lasts."""


def no_lines() -> AbstractContextManager[Mapping[Key, DerivedSeries]]:
    """Where there are none."""
    return nullcontext({})


class DerivedUpdates:
    """The samples of derived lines that are later than what there was, each once.

    What is computed of samples that were there is not new, whenever it is computed, and what is computed anew is
    not new either: only what is later than all before it on its line.

    Args:
        patterns: which lines.
        derived: gives these.
        found: the stream's series, as they are when the wait begins; held still.
    """

    def __init__(self, patterns: FieldPatterns, derived: DerivedLines, found: Mapping[Key, Series]) -> None:
        self._patterns = patterns
        self._derived = derived
        self._begins = {key: series.last[0] for key, series in found.items() if series.last}
        self._taken: dict[Key, float] = {}
        self._next_at = 0.0
        self._endings: dict[str, None] = {}

    def take(self) -> Iterator[Sample]:
        """The samples that are new, in order of time."""
        now = time.monotonic()
        if now < self._next_at:
            return
        self._next_at = now + LOOK_S
        with self._derived() as lines:
            wanted = [kin for key, kin in lines.items() if self._patterns.match(*key)]
            self._endings = dict.fromkeys(f"{kin.name}: {kin.remark}" for kin in wanted if kin.is_over)
            parts = [self._new_of(kin) for kin in wanted]
        yield from in_order(parts)

    @property
    def endings(self) -> str:
        """Why lines have ended, in words; `""` where none has."""
        return "; ".join(self._endings)

    def _new_of(self, kin: DerivedSeries) -> Part:
        after = self._taken.get(kin.key, self._begins.get(kin.source, -math.inf))
        cut = kin.series.cut(kin.series.position_at(math.nextafter(after, math.inf)))
        if len(cut.time):
            self._taken[kin.key] = float(cut.time[-1])
        return Part(kin.key, kin.series.unit, cut.time, cut.value)

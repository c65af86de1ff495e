"""Messages decoded into series, and what became of each counted."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Iterable, Sequence

from .decoding.decoder import Decoded, Decoder
from .ledger import Outcomes
from .message import Message, Sample
from .series import Series
from .topic import TopicFilter

Key = tuple[str, str]
"""(topic, field)."""

_NAMES_REMEMBERED = 1_000

_Batch = dict[Key, tuple[list[float], list[float]]]


class SeriesStore:
    """The series of a stream. Not thread-safe: its SensorStream locks.

    Args:
        decoder: makes samples of messages.
        filters: the present topic; series of an earlier one are kept, hidden, while there is room.
        history: samples kept per series.
        fields: patterns of the fields to keep; None keeps all.
        max_series: series kept at most.
        lock: the stream's, shared with the series, as these are handed out.
    """

    def __init__(
        self,
        decoder: Decoder,
        filters: Sequence[TopicFilter],
        history: int,
        fields: Sequence[str] | None,
        max_series: int,
        lock: threading.RLock,
    ) -> None:
        self._decoder = decoder
        self._filters = filters
        self._history = history
        self._fields = fields
        self._max_series = max_series
        self._lock = lock
        self._series: dict[Key, Series] = {}
        self._origins: dict[Key, str] = {}  # the topic of the messages, which a user's decoder may rename
        self._last_payload: dict[str, int] = {}
        self.outcomes = Outcomes()
        """What became of the messages."""
        self.left_out: dict[Key, None] = {}
        """What came beyond `max_series`; the first thousand."""
        self.topics_seen: dict[str, None] = {}
        """Topics that samples came from; the first thousand."""

    def shown(self) -> dict[Key, Series]:
        """The series of the present topic, in the order of their first sample."""
        return {key: series for key, series in self._series.items() if self._is_shown(key)}

    def turn_to(self, filters: Sequence[TopicFilter]) -> None:
        """Show another topic from here on."""
        self._filters = filters
        self.left_out = {}

    def mark_gap(self) -> None:
        """Note that messages may be missing before the next one."""
        for series in self._series.values():
            series.mark_gap()

    def take(self, messages: Iterable[Message]) -> None:
        """Decode messages, store their samples, count what became of each."""
        batch: _Batch = {}
        for message in messages:
            samples = self._samples_in(message)
            if samples:
                self._sort(message, samples, batch)
        for key, (times, values) in batch.items():
            self._series[key].extend(times, values)

    def _samples_in(self, message: Message) -> list[Sample]:
        """The samples wanted; where there are none, that is counted."""
        if message.retain and self._last_payload.get(message.topic) == hash(message.payload):
            self.outcomes.skipped["retained copies of what is here already"] += 1
            return []
        samples = self._decoder.decode(message.topic, message.payload, received_at=message.received_at)
        if not samples:
            self._count_nothing(samples)
        elif self._fields is not None:
            samples = [sample for sample in samples if self._is_wanted(sample)]
            if not samples:
                self.outcomes.skipped["not among the fields asked for"] += 1
        return samples

    def _sort(self, message: Message, samples: list[Sample], batch: _Batch) -> None:
        stored = False
        for sample in samples:
            if self._has_room_for(sample, message.topic, batch):
                times, values = batch.setdefault((sample.topic, sample.field), ([], []))
                times.append(sample.time)
                values.append(sample.value)
                stored = True
        if stored:
            self.outcomes.stored += 1
            self._last_payload[message.topic] = hash(message.payload)
        else:
            self.outcomes.dropped[f"beyond {self._max_series} series"] += 1

    def _count_nothing(self, samples: list[Sample]) -> None:
        if isinstance(samples, Decoded) and samples.undecodable:
            self.outcomes.undecodable[samples.undecodable] += 1
        elif isinstance(samples, Decoded) and samples.skipped:
            self.outcomes.skipped[samples.skipped] += 1
        else:
            self.outcomes.skipped["the decoder found no number"] += 1

    def _is_wanted(self, sample: Sample) -> bool:
        path = f"{sample.topic}/{sample.field.lstrip('/')}" if sample.field else sample.topic
        return any(
            fnmatch.fnmatchcase(sample.field, pattern) or fnmatch.fnmatchcase(path, pattern)
            for pattern in self._fields or ()
        )

    def _has_room_for(self, sample: Sample, origin: str, batch: _Batch) -> bool:
        key = (sample.topic, sample.field)
        series = self._series.get(key)
        if series is not None:
            series.unit = series.unit or sample.unit
            return True
        if len(self._series) >= self._max_series and not self._forget_one(batch):
            if len(self.left_out) < _NAMES_REMEMBERED:
                self.left_out[key] = None
            return False
        self._series[key] = Series(sample.topic, sample.field, self._history, sample.unit, self._lock)
        self._origins[key] = origin
        if len(self.topics_seen) < _NAMES_REMEMBERED:
            self.topics_seen[origin] = None
        return True

    def _forget_one(self, batch: _Batch) -> bool:
        """Let go of the oldest series of an earlier topic, if there is one."""
        old = next((key for key in self._series if key not in batch and not self._is_shown(key)), None)
        if old is None:
            return False
        del self._series[old]
        self._last_payload.pop(self._origins.pop(old), None)
        return True

    def _is_shown(self, key: Key) -> bool:
        return any(wanted.matches(self._origins[key]) for wanted in self._filters)

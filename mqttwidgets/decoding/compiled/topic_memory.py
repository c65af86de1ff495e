"""What a topic's messages showed, and what that takes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from ..decoder import Reader
from ..format import Judgements
from ..formats.line_protocol import Reference
from ..limits import Entry

_BYTES_PER_TOPIC = 900
_BYTES_PER_TAG = 120
"""Of a tuple of two, and its place in another."""


@dataclass(slots=True)
class TopicMemory:
    """What a topic's messages showed.

    Attributes:
        format: that of its latest numbers; `""` before the first.
        judgements: which of its fields are measurements.
        line_tags: which tags have the plain names, in line protocol.
        reader: a fast reader for payloads of the known shape.
        judged: how many messages no fast reader read, since one showed a new measurement.
        latest: the latest of these, and its time of arrival; None for a long one.
        measured: how many fields have been measurements.
        entry: its place in the budget, but for its reader; None for a topic that is not remembered.
        reader_entry: the place of its reader.
    """

    format: str = ""
    judgements: Judgements = field(default_factory=Judgements)
    line_tags: dict[str, Reference] = field(default_factory=dict)
    reader: Reader | None = None
    judged: int = 0
    latest: tuple[bytes, float] | None = None
    measured: int = 0
    entry: Entry | None = None
    reader_entry: Entry | None = None
    _sized: tuple[int, ...] = ()
    _names_bytes: int = 0
    _tags_bytes: int = 0
    _tags_counted: int = 0

    def note_judged(self) -> bool:
        """Count a message that was judged; whether a reader from before what that showed is forgotten."""
        self.judged += 1
        if self.measured == len(self.judgements.measured):
            return False
        self.measured, self.judged = len(self.judgements.measured), 1
        return True

    def has_grown(self) -> bool:
        """Whether it takes another amount of bytes than when this was asked before."""
        known = self.judgements
        latest_bytes = 0 if self.latest is None else len(self.latest[0])
        sized = (
            len(known.measured),
            len(known.devices or ()),
            len(known.time_field),
            len(self.line_tags),
            latest_bytes,
        )
        if sized == self._sized:
            return False
        if sized[:3] != self._sized[:3]:
            self._names_bytes = _size_of_names(known)
        for key, reference in islice(self.line_tags.items(), self._tags_counted, None):
            self._tags_bytes += sys.getsizeof(key) + _size_of_reference(reference)
        self._sized, self._tags_counted = sized, len(self.line_tags)
        return True

    @property
    def size_bytes(self) -> int:
        """About what it takes, but for its reader, as it was when `has_grown` was asked."""
        latest_bytes = self._sized[-1] if self._sized else 0
        return (
            _BYTES_PER_TOPIC + self._names_bytes + self._tags_bytes + sys.getsizeof(self.line_tags) + latest_bytes
        )


def _size_of_names(known: Judgements) -> int:
    devices = known.devices or {}
    texts: Iterable[object] = (*known.measured, known.time_field, *devices, *devices.values())
    return sum(map(sys.getsizeof, texts)) + sys.getsizeof(known.measured) + sys.getsizeof(devices)


def _size_of_reference(reference: Reference) -> int:
    """A reference that several keys share counts for each: too much, never too little."""
    measurement, tags = reference
    texts = [measurement, *(text for tag in tags for text in tag)]
    return sum(map(sys.getsizeof, filter(None, texts))) + _BYTES_PER_TAG * (1 + len(tags))

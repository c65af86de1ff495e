"""The protocol of a decoder: the samples that it returns, and the fast readers that it may have for topics."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import repeat
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from ..base.model import Sample

_BYTES_PER_READER, _BYTES_PER_SAMPLE = 1_500, 120

Fate = Literal["skipped", "undecodable", "dropped"]
"""What becomes of a message that gives no sample."""

Row = tuple[float, tuple[float, ...]]
"""The time of the samples of one message, and their values; anything behind these is ignored."""

RowOf = Callable[[bytes, float], "Row | None"]
"""(payload, arrival in epoch seconds) → its row; None for a payload of another shape."""

SamplesOf = Callable[[bytes, float], "list[Sample] | None"]
"""(payload, arrival in epoch seconds) → its samples; None for a payload of another shape."""


class Decoded(list[Sample]):
    """The samples of one message; where there are none, why.

    Attributes:
        skipped: the reason when there was nothing to plot and no fault, in a few words that complete
            "3 not plotted: 2 ...".
        undecodable: the reason when the payload is broken, likewise.
        gaps: (topic, field) of each field that has no value at present: its line breaks there.
        states: fields that are states, such as ON and OFF: their lines are steps.
        remarks: reasons to count although the message was stored, such as a clock that is wrong.
        late: earlier messages, skipped until now, that this one made readable; the first samples are theirs.
        recounts: earlier messages, skipped until now, that will never be readable.
    """

    skipped: str = ""
    undecodable: str = ""
    gaps: Sequence[tuple[str, str]] = ()
    states: Collection[str] = ()
    remarks: Sequence[str] = ()
    late: Sequence[Late] = ()
    recounts: Sequence[Recount] = ()

    @classmethod
    def skip(cls, reason: str) -> Decoded:
        """No samples, and nothing wrong."""
        decoded = cls()
        decoded.skipped = reason
        return decoded

    @classmethod
    def fail(cls, reason: str) -> Decoded:
        """No samples, since the payload is broken."""
        decoded = cls()
        decoded.undecodable = reason
        return decoded


class Late(NamedTuple):
    """A message that could be read only when a later one came.

    Attributes:
        topic: the topic name.
        payload: the application message.
        arrival: when it came, epoch seconds.
        reason: the reason for which it was skipped at first.
        decoded: its samples.
    """

    topic: str
    payload: bytes
    arrival: float
    reason: str
    decoded: Decoded


class Recount(NamedTuple):
    """Messages of which something else has become than was said at first.

    Attributes:
        messages: how many.
        reason: the reason for which they were skipped at first.
        fate: "skipped", "undecodable" or "dropped".
        new_reason: the reason for that.
    """

    messages: int
    reason: str
    fate: Fate
    new_reason: str


@runtime_checkable
class Decoder(Protocol):
    """Makes samples of messages.

    `decode` returns a list of Sample, empty when the message holds nothing to plot; a `Decoded` says why. A
    Decoder may have more, which is looked for by name:

    - `asking_for(fields)`: a decoder like this one, without its memories, that also takes fields that match these
      patterns. A stream works with the decoder that this returns, so that no two streams share a memory.
    - `topics`, and `explain(topic)`: the topics that there is something to explain of, and an Explanation of how
      the latest message of one was read, or None; `stream.explain()` shows these.
    - `waiting_for_names`: topic → how many messages of Sparkplug's wait for a birth certificate, which a stream
      asks for.
    - `is_trusted`: True where its samples need no check, and it never raises.
    - `description_of(topic, field)`: the Description that devices gave of a field; `descriptions_revision()`: a
      number that grows with what they say; `take_description(topic, payload, wanted)`: notes that of a message.
    - `reader_of(topic)`: for one that is trusted, a Reader of the next messages of a topic, or None.
    """

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        """The samples in one payload.

        Args:
            topic: the topic name.
            payload: the application message.
            received_at: epoch seconds of arrival, the samples' time where the payload has none; None for now.
        """


def renewed(decoder: Decoder, fields: Iterable[str] = ()) -> Decoder:
    """A decoder like it, without its memories, that also takes `fields`; itself where it has no `asking_for`."""
    asking_for: Callable[[Iterable[str]], Decoder] | None = getattr(decoder, "asking_for", None)
    return decoder if asking_for is None else asking_for(fields)


class Reader(NamedTuple):
    """Reads payloads of a shape that a topic has shown before.

    Attributes:
        samples: gives the samples that the rules would give.
        row: gives the same as a row, where there is one time and nothing to say beside the samples; else None.
        names: (topic, field, unit) of each value in a row.
        size_bytes: about how much memory it takes.
    """

    samples: SamplesOf
    row: RowOf | None = None
    names: tuple[tuple[str, str, str], ...] = ()
    size_bytes: int = 0


def reader_of_rows(row: RowOf, decoded: Decoded, row_bytes: int = 0) -> Reader:
    """A reader of payloads whose samples are those of an earlier one with other values, and one time.

    Args:
        row: reads a payload.
        decoded: the samples of the earlier one.
        row_bytes: about how much memory `row` takes.

    Example:
        >>> like = Decoded([Sample("lab", "/t", 0.0, 21.5, "°C")])
        >>> reader = reader_of_rows(lambda payload, arrival: (arrival, (float(payload),)), like)
        >>> reader.samples(b"22.5", 10.0)
        [Sample(topic='lab', field='/t', time=10.0, value=22.5, unit='°C')]
    """
    names = tuple((sample.topic, sample.field, sample.unit) for sample in decoded)
    size_bytes = row_bytes + size_of_names(decoded)
    is_plain = not decoded.states and not decoded.gaps
    if len(names) == 1 and is_plain:
        return Reader(_samples_of_one(row, names[0]), row, names, size_bytes)
    states, gaps = decoded.states, decoded.gaps
    topics, fields, units = zip(*names, strict=True)

    def samples(payload: bytes, arrival: float) -> list[Sample] | None:
        found = row(payload, arrival)
        if found is None:
            return None
        when, values = found
        read = list(map(Sample, topics, fields, repeat(when), values, units))
        return read if is_plain else with_notes(read, states, gaps)

    return Reader(samples, row if is_plain else None, names, size_bytes)


def size_of_names(decoded: Decoded) -> int:
    """About how much memory a reader takes for its functions and for the names of its samples."""
    texts = (text for sample in decoded for text in (sample.field, sample.unit))
    others = (text for gap in decoded.gaps for text in gap)
    return _BYTES_PER_READER + _BYTES_PER_SAMPLE * len(decoded) + sum(map(sys.getsizeof, (*texts, *others)))


def _samples_of_one(row: RowOf, name: tuple[str, str, str]) -> SamplesOf:
    topic, field, unit = name

    def samples(payload: bytes, arrival: float) -> list[Sample] | None:
        found = row(payload, arrival)
        return None if found is None else [Sample(topic, field, found[0], found[1][0], unit)]

    return samples


def with_notes(samples: list[Sample], states: Collection[str], gaps: Sequence[tuple[str, str]] = ()) -> Decoded:
    """Samples some of which are states, together with the fields that have no value at present."""
    decoded = Decoded(samples)
    decoded.states, decoded.gaps = states, gaps
    return decoded

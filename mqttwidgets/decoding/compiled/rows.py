"""What a fast reader gives for a payload: a row of numbers, as the names are those of before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from itertools import repeat
from typing import NamedTuple

from ...base.model import Sample
from ..decoder import Decoded

_BYTES_PER_READER, _BYTES_PER_SAMPLE = 1_500, 120

Row = tuple[float, tuple[float, ...]]
"""The time of the samples of one message, and their values; more behind these does not count."""

RowOf = Callable[[bytes, float], "Row | None"]
"""(payload, arrival in epoch seconds) → its row; None for a payload of another shape."""

SamplesOf = Callable[[bytes, float], "list[Sample] | None"]
"""(payload, arrival in epoch seconds) → its samples; None for a payload of another shape."""


class Reader(NamedTuple):
    """Reads payloads of a shape that a topic has shown before.

    Attributes:
        samples: gives what the rules would give.
        row: gives the same as a row, where there is one time and nothing to say beside the samples; else None.
        names: (topic, field, unit) of each value in a row.
        size_bytes: about what it takes.
    """

    samples: SamplesOf
    row: RowOf | None = None
    names: tuple[tuple[str, str, str], ...] = ()
    size_bytes: int = 0


def reader_of_rows(row: RowOf, decoded: Decoded, row_bytes: int = 0) -> Reader:
    """A reader of payloads whose samples are those of an earlier one with other values, and one time.

    Args:
        row: reads a payload.
        decoded: what came of the earlier one.
        row_bytes: about what `row` takes.

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
    """About what the names of samples take in a reader, and its functions."""
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
    """Samples of which some are states, and what else has no value at present."""
    decoded = Decoded(samples)
    decoded.states, decoded.gaps = states, gaps
    return decoded

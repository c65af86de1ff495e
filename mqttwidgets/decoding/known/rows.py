"""What a fast reader gives for a payload: a row of numbers, as the names are those of before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import repeat

from ...message import Sample
from ..decoder import Decoded

Reader = Callable[[str, bytes, float], "list[Sample] | None"]
"""(topic, payload, arrival in epoch seconds) → the samples; None for a payload of another shape."""

Row = tuple[float, ...]
"""The time of the samples of one message, and their values behind it."""

RowOf = Callable[[bytes, float], "Row | None"]
"""(payload, arrival in epoch seconds) → its row; None for a payload of another shape."""


class RowReader:
    """A Reader for payloads that all have one time, and the samples of an earlier one with other values.

    Args:
        row: reads a payload.
        decoded: what came of the earlier one.

    Example:
        >>> like = Decoded([Sample("lab", "/t", 0.0, 21.5, "°C")])
        >>> reader = RowReader(lambda payload, arrival: (arrival, float(payload)), like)
        >>> reader("lab", b"22.5", 10.0), reader.row(b"22.5", 10.0)
        ([Sample(topic='lab', field='/t', time=10.0, value=22.5, unit='°C')], (10.0, 22.5))
    """

    def __init__(self, row: RowOf, decoded: Decoded) -> None:
        self.row = row
        """Reads a payload, and makes no samples of it."""
        self.names = tuple((sample.topic, sample.field, sample.unit) for sample in decoded)
        """(topic, field, unit) of each value in a row."""
        self.is_plain = not decoded.states and not decoded.gaps
        """Whether there is nothing to say beside the samples."""
        self._states, self._gaps = decoded.states, decoded.gaps
        self._topics, self._fields, self._units = zip(*self.names, strict=True)

    def __call__(self, _topic: str, payload: bytes, arrival: float) -> list[Sample] | None:
        """The samples in a payload; None for one of another shape."""
        row = self.row(payload, arrival)
        if row is None:
            return None
        samples = list(map(Sample, self._topics, self._fields, repeat(row[0]), row[1:], self._units))
        return samples if self.is_plain else with_notes(samples, self._states, self._gaps)


def with_notes(samples: list[Sample], states: Collection[str], gaps: Sequence[tuple[str, str]] = ()) -> Decoded:
    """Samples of which some are states, and what else has no value at present."""
    decoded = Decoded(samples)
    decoded.states, decoded.gaps = states, gaps
    return decoded

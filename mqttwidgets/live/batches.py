"""Samples of decoded messages on their way into the series: gathered by series, in pieces that rings can hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..base.model import Batch, Key, Message, Sample
from ..decoding.decoder import Reader, Row, RowOf

Arrivals = Mapping[Key, list[float]]
"""(topic, field) → when samples arrived, epoch seconds."""

TimedRow = tuple[float, tuple[float, ...], float]
"""A row, and when its message arrived, epoch seconds."""

_LONGEST_PIECE = 100_000  # samples of a series that listeners are told of at once


class TopicRows:
    """A topic whose messages are read as rows of numbers, each for a series that already exists.

    Attributes:
        topic: the topic.
        reader: reads the messages.
        row: makes a row of a message.
        columns: for each number wanted, its place in a row and the series' key.
        rows: those that are not in the series yet; a row with a time of its own also has that of its arrival.
        is_timed: whether there may be such rows.
        newest: the message that gave the last of these rows; None once they are in the series.
    """

    __slots__ = ("columns", "is_timed", "newest", "reader", "row", "rows", "topic")

    def __init__(self, topic: str, reader: Reader, row: RowOf, columns: list[tuple[int, Key]]) -> None:
        self.topic = topic
        self.reader = reader
        self.row = row
        self.columns = columns
        self.rows: list[Row | TimedRow] = []
        self.is_timed = False
        self.newest: Message | None = None


class Rows(NamedTuple):
    """The messages of a topic that were read as rows of numbers.

    Attributes:
        times: of each message, epoch seconds.
        values: for each place of the rows, the numbers of all of them.
        columns: for each number wanted, its place in a row and the series' key.
        arrivals: of each message, epoch seconds; None if all arrived at their times.
    """

    times: Sequence[float]
    values: Sequence[Sequence[float]]
    columns: list[tuple[int, Key]]
    arrivals: Sequence[float] | None


class Read(NamedTuple):
    """The samples of one message, and when it arrived, epoch seconds."""

    samples: list[Sample]
    arrival: float


class Work:
    """Samples on their way into the series, and how far that is: an interrupt neither loses nor doubles any.

    Attributes:
        pieces: batches that are stored and told to listeners one after the other.
        arrivals: for each piece, when the samples arrived of series of which some have another time.
        at: the index of the first piece that listeners were not told of.
        totals: how many samples each series had before that piece.
    """

    __slots__ = ("arrivals", "at", "pieces", "totals")

    def __init__(self, pieces: list[tuple[Batch, Arrivals]]) -> None:
        self.pieces = [batch for batch, _ in pieces]
        self.arrivals = [arrivals for _, arrivals in pieces]
        self.at = 0
        self.totals: dict[Key, int] = {}


def message_count(messages: Sequence[Rows | Read]) -> int:
    """How many messages there are, each row being one."""
    return sum([len(taken.times) if isinstance(taken, Rows) else 1 for taken in messages])


def pieces_of(
    messages: Sequence[Rows | Read], capacity_of: Callable[[Key], int]
) -> Iterator[tuple[Batch, Arrivals]]:
    """The samples by series; in several pieces if a ring would otherwise drop some before listeners see them.

    Args:
        messages: the messages, at least one.
        capacity_of: how many samples the series of a key keeps.

    Example:
        >>> message = Read([Sample("oven", "", 1.0, 200.0), Sample("oven", "", 2.0, 201.0)], arrival=2.0)
        >>> [*pieces_of([message], lambda key: 9)]
        [({('oven', ''): ([1.0, 2.0], [200.0, 201.0])}, {('oven', ''): [2.0, 2.0]})]
    """
    batch, arrivals = _batch(messages), _arrivals(messages)
    count = max([_piece_count(len(times), capacity_of(key)) for key, (times, _) in batch.items()])
    if count == 1:
        yield batch, arrivals
        return
    timed = {key: [arrivals[key]] if key in arrivals else [] for key in batch}
    ordered = {key: in_order(*samples, *timed[key]) for key, samples in batch.items()}
    for number in range(count):
        parts = {key: _part(columns, number, count) for key, columns in ordered.items()}
        parts = {key: part for key, part in parts.items() if part[0]}
        yield (
            {key: (part[0], part[1]) for key, part in parts.items()},
            {key: part[2] for key, part in parts.items() if len(part) > 2},
        )


def _piece_count(samples: int, capacity: int) -> int:
    """In how many pieces a ring of some capacity takes so many samples."""
    return -(-samples // min(capacity // 2 or 1, _LONGEST_PIECE))


def in_order(times: list[float], *others: list[float]) -> list[list[float]]:
    """Samples by their time, so that none is late only because a piece of them was stored before it.

    Args:
        times: the times of the samples.
        others: what else is known of each.
    """
    order = sorted(range(len(times)), key=times.__getitem__)
    return [[column[index] for index in order] for column in (times, *others)]


def _batch(messages: Sequence[Rows | Read]) -> Batch:
    batch: dict[Key, tuple[list[float], list[float]]] = {}
    for taken in messages:
        if isinstance(taken, Rows):
            for place, key in taken.columns:
                times, values = batch.setdefault(key, ([], []))
                times += taken.times
                values += taken.values[place]
        else:
            for sample in taken.samples:
                times, values = batch.setdefault((sample.topic, sample.field), ([], []))
                times.append(sample.time)
                values.append(sample.value)
    return batch


def _arrivals(messages: Sequence[Rows | Read]) -> Arrivals:
    """When the samples of a batch arrived, for those series of which some have times of their own."""
    timed: dict[Key, list[float]] = {}
    for taken in messages:
        if not isinstance(taken, Rows):
            keys = [(sample.topic, sample.field) for sample in taken.samples if sample.time != taken.arrival]
        elif taken.arrivals is not None:
            keys = [key for _, key in taken.columns]
        else:
            continue
        timed.update((key, []) for key in keys)
    for taken in messages if timed else ():
        if isinstance(taken, Rows):
            for _, key in taken.columns:
                if key in timed:
                    timed[key] += taken.times if taken.arrivals is None else taken.arrivals
        else:
            for sample in taken.samples:
                if (sample.topic, sample.field) in timed:
                    timed[sample.topic, sample.field].append(taken.arrival)
    return timed


def _part(columns: list[list[float]], number: int, count: int) -> list[list[float]]:
    """One of `count` parts of about the same length."""
    start, stop = (len(columns[0]) * each // count for each in (number, number + 1))
    return [column[start:stop] for column in columns]

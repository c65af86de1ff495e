"""Samples in order of time, in chunks: growing copies nothing, and late samples move only their neighbours."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import attrgetter

import numpy as np

from ..base.model import FloatArray, IntArray
from .chunk import Chunk, NewEnd, part_of
from .gaps import Gaps

_SMALLEST_CHUNK, _LARGEST_CHUNK, _CHUNKS = 16, 65_536, 16
_FEWEST_CHUNKS = 8  # else what stands beside the samples kept, a chunk on average, would count
_FIRST_ROOM = 64
_first_time, _start = attrgetter("first_time"), attrgetter("start")


class ChunkedSamples:
    """The newest `capacity` of all samples that ever came, in order of time, and the gaps between them.

    It takes 16 bytes a sample, and a sixteenth more for the oldest chunk; 24 bytes in chunks where a sample has
    another time than that of its arrival, which is then kept, too. A sample's position is counted from the first
    one ever stored; late samples move those behind them. Not thread-safe: its Series locks.

    An interrupt leaves samples stored or not, never half of them, and `total` says which: everything new is
    prepared first, and then put in its place by assignments alone, between which Python lets no interrupt in.

    Example:
        >>> samples = ChunkedSamples(capacity=3)
        >>> samples.append(np.array([1.0, 2.0, 4.0]), np.array([10.0, 20.0, 40.0]))
        >>> samples.insert(np.array([3.0]), np.array([30.0]))
        >>> samples.read(samples.oldest, samples.total)
        (array([2., 3., 4.]), array([20., 30., 40.]))
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._chunk_size = _chunk_size(capacity)
        self._chunks: list[Chunk] = []
        self._gaps = Gaps()
        self._let_go_to = 0  # nothing before this position is kept, although there would be room
        self.total = 0
        """How many samples were ever stored, including those that are no longer kept."""

    @property
    def oldest(self) -> int:
        """Position of the oldest sample kept."""
        return max(self._let_go_to, self.total - self._capacity)

    @property
    def newest(self) -> tuple[float, float] | None:
        """(time, value) of the newest sample, if any is kept."""
        if self.total <= self.oldest:
            return None
        chunk = self._chunks[-1]
        return chunk.time.item(chunk.count - 1), chunk.value.item(chunk.count - 1)

    @property
    def capacity(self) -> int:
        """How many samples are kept at most."""
        return self._capacity

    def copy(self) -> ChunkedSamples:
        """A copy; finished chunks are shared, as they are never written to."""
        twin = ChunkedSamples(self._capacity)
        twin.total = self.total
        twin._let_go_to = self._let_go_to
        twin._gaps = self._gaps.copy()
        finished, newest = self._chunks[:-1], self._chunks[-1:]
        twin._chunks = [chunk.shared() for chunk in finished] + [chunk.copy() for chunk in newest]
        return twin

    def shorten(self, capacity: int) -> None:
        """Keep only the newest `capacity` from here on; they are copied where chunks would be large for so few."""
        self._capacity = min(capacity, self._capacity)
        if not self._chunks:
            return
        if self._capacity < _FEWEST_CHUNKS * self._chunk_size and self._chunk_size > _SMALLEST_CHUNK:
            chunk_size, oldest = _chunk_size(self._capacity), self.oldest
            time, value = self.read(oldest, self.total)
            arrival = self.arrivals(oldest, self.total) if self.timed_count else None
            chunks = _chunked(oldest, time, value, arrival, chunk_size)
            self._chunk_size, self._chunks = chunk_size, chunks
            self._gaps.forget(oldest)
        else:
            self._let_go()

    def append(
        self,
        time: FloatArray | list[float],
        value: FloatArray | list[float],
        pauses: Sequence[tuple[int, float]] = (),
        arrival: FloatArray | list[float] | None = None,
    ) -> None:
        """Store samples, ascending in time, none of which is earlier than the newest.

        Args:
            time: shape (n,), epoch seconds; of few samples a list takes less.
            value: shape (n,).
            pauses: indices of those before which there is a gap, ascending, each with the seconds of silence that
                would have been none; minus infinity where the link was down.
            arrival: shape (n,), when they arrived, epoch seconds; None if they arrived at their own times.
        """
        self._gaps.take_back(self.total)  # of what an interrupt kept from being stored
        if pauses:
            self._gaps.add((self.total + index, limit_s) for index, limit_s in pauses)
        count = len(time)
        total, skipped = self.total + count, max(count - self._capacity, 0)
        newest = self._chunks[-1] if self._chunks else None
        if newest is not None and newest.count + count <= len(newest.time):
            begin, stop = newest.count, newest.count + count
            if arrival is not None:
                newest.keep_arrivals()
            newest.time[begin:stop] = time
            newest.value[begin:stop] = value
            if newest.arrival is not None:
                newest.arrival[begin:stop] = time if arrival is None else arrival
            newest.count, self.total = stop, total
        else:
            time, value = np.asarray(time), np.asarray(value)
            arrival = part_of(None if arrival is None else np.asarray(arrival), skipped, count)
            if skipped:
                chunks = _chunked(self.total + skipped, time[skipped:], value[skipped:], arrival, self._chunk_size)
                self._chunks, self.total = chunks, total
            else:
                tail = (newest.count if newest else 0, time, value, arrival)
                self._end_with(tail, self._chunks, self._gaps, total)
        self._let_go()

    def insert(
        self,
        time: FloatArray,
        value: FloatArray,
        on_moved: Callable[[int], object] = lambda position: None,
        arrival: FloatArray | None = None,
    ) -> None:
        """Store late samples, ascending in time, all earlier than the newest.

        Only the samples of the chunks that they fall into are moved, not all later ones.

        Args:
            time: shape (n,), epoch seconds.
            value: shape (n,).
            on_moved: called just before, with the position of the first of them: nothing before it moves.
            arrival: shape (n,), when they arrived, epoch seconds; None if they arrived at their own times.
        """
        first, last = (self._chunk_at_time(each) for each in (time[0], time[-1]))
        total = self.total + len(time)
        chunks, gaps, tail = [*self._chunks], self._gaps.copy(), None
        moved_from = self.total
        for index in range(last, first - 1, -1):
            begin = 0 if index == first else int(time.searchsorted(chunks[index].first_time))
            if begin == len(time):
                continue
            chunk, late_time, late_value = chunks[index], time[begin:], value[begin:]
            late_arrival = part_of(arrival, begin, len(time))
            at = chunk.index_after(late_time)
            moved_from = chunk.start + int(at[0])
            gaps.make_room(chunk.start + at, late_time, self._time_at)
            if index == len(chunks) - 1:
                tail = chunk.tail_with(at, late_time, late_value, late_arrival)
            else:
                chunks[index + 1 :] = [later.shared(len(late_time)) for later in chunks[index + 1 :]]
                merged = chunk.merged(at, late_time, late_value, late_arrival)
                chunks[index : index + 1] = merged.halves() if merged.count > 2 * self._chunk_size else (merged,)
            time, value = time[:begin], value[:begin]
        on_moved(moved_from)
        if tail is None:
            self._chunks, self._gaps, self.total = chunks, gaps, total
        else:
            self._end_with(tail, chunks, gaps, total)
        self._let_go()

    def take_back(self, start: int) -> None:
        """Drop all samples from a position on; it is one that is kept, or one past the last."""
        self._let_go_to = self.oldest
        finished = self._chunks[:-1]
        while self._chunks and self._chunks[-1].start >= start:
            del self._chunks[-1]
        if self._chunks:
            newest = self._chunks[-1]
            newest.count = min(newest.count, start - newest.start)
            if newest in finished:
                self._chunks[-1] = (
                    newest.copy()
                )  # as others may share its arrays, and it is written to from here on
        self._gaps.take_back(start)
        self.total = start

    def read(self, start: int, stop: int) -> tuple[FloatArray, FloatArray]:
        """Copies of the times and values at positions `start` to `stop`, all of which are kept."""
        if start >= stop:
            return np.empty(0), np.empty(0)
        first, last = self._chunk_at(start), self._chunk_at(stop - 1)
        chunks = self._chunks[first : last + 1]
        parts = [(chunk, slice(max(start - chunk.start, 0), stop - chunk.start)) for chunk in chunks]
        if len(parts) == 1:
            ((chunk, part),) = parts
            return chunk.time[part].copy(), chunk.value[part].copy()
        parts = [(chunk, slice(part.start, min(part.stop, chunk.count))) for chunk, part in parts]
        return (
            np.concatenate([chunk.time[part] for chunk, part in parts]),
            np.concatenate([chunk.value[part] for chunk, part in parts]),
        )

    def few(self, start: int, stop: int) -> tuple[list[float], list[float]]:
        """The same as lists, which for few samples takes less."""
        chunk = self._chunks[-1]
        if start < chunk.start:
            time, value = self.read(start, stop)
            return time.tolist(), value.tolist()
        begin, end = start - chunk.start, stop - chunk.start
        return chunk.time[begin:end].tolist(), chunk.value[begin:end].tolist()

    def arrivals(self, start: int, stop: int) -> FloatArray:
        """When the samples at positions `start` to `stop`, all of them kept, arrived, epoch seconds; a copy."""
        parts = [
            chunk.arrivals[max(start - chunk.start, 0) : min(stop - chunk.start, chunk.count)]
            for chunk in self._chunks
            if chunk.start < stop and chunk.start + chunk.count > start
        ]
        return np.concatenate(parts) if parts else np.empty(0)

    @property
    def timed_count(self) -> int:
        """How many samples have room for a time of arrival beside their own."""
        return sum([chunk.count for chunk in self._chunks if chunk.arrival is not None])

    def gaps_between(self, start: int, stop: int) -> IntArray:
        """The positions behind `start` and before `stop` of the samples before which there is a gap."""
        return self._gaps.between(start, stop)

    def gap_count(self, start: int) -> int:
        """How many gaps there are behind position `start`."""
        return self._gaps.count_after(start)

    def position_at(self, time: float) -> int:
        """The position of the first sample at or after `time`; `total` when there is none."""
        index = bisect_left(self._chunks, time, key=_first_time) - 1
        if index < 0:
            return self.oldest
        chunk = self._chunks[index]
        return max(chunk.start + int(chunk.time[: chunk.count].searchsorted(time)), self.oldest)

    def at(self, position: int) -> tuple[float, float]:
        """(time, value) at a position that is kept."""
        chunk = self._chunks[self._chunk_at(position)]
        index = position - chunk.start
        return chunk.time.item(index), chunk.value.item(index)

    def positions_at(self, times: FloatArray) -> IntArray:
        """The position of the first sample at or after each of `times`, ascending; `total` where there is none."""
        chunks, found = self._chunks, []
        stops = times.searchsorted([chunk.first_time for chunk in chunks[1:]], "right").tolist()
        for chunk, begin, stop in zip(chunks, [0, *stops], [*stops, len(times)], strict=True):
            found.append(chunk.start + chunk.time[: chunk.count].searchsorted(times[begin:stop]))
        return np.concatenate(found).clip(self.oldest, self.total)

    def marks(self, starts: IntArray, stop: int) -> IntArray:
        """Positions, ascending, among them the first, first least, first greatest and last of each run of samples.

        Once their chunks have an index, the cost is that of the runs, not of the samples in them.

        Args:
            starts: where the runs begin, ascending, all kept, at least one.
            stop: one past the last position of the last run.
        """
        found: list[int] = []
        first, last = self._chunk_at(int(starts[0])), self._chunk_at(stop - 1)
        for index in range(first, last + 1):
            chunk = self._chunks[index]
            origin, is_finished = chunk.start, index < len(self._chunks) - 1
            begin = max(int(starts[0]), origin)
            end = min(stop, origin + chunk.count)
            inside = starts[starts.searchsorted(begin, "right") : starts.searchsorted(end)].tolist()
            for one, other in pairwise([begin, *inside, end]):
                found += [origin + at for at in chunk.marks(one - origin, other - origin, is_finished=is_finished)]
        return np.unique(np.array(found, np.int64))

    def pick(self, positions: IntArray) -> tuple[FloatArray, FloatArray]:
        """The times and values at positions, ascending, all of which are kept; shape as `positions`."""
        chunks = self._chunks
        stops = positions.searchsorted([chunk.start for chunk in chunks[1:]]).tolist()
        parts = [
            (chunk, positions[begin:stop] - chunk.start)
            for chunk, begin, stop in zip(chunks, [0, *stops], [*stops, len(positions)], strict=True)
            if begin < stop
        ]
        if not parts:
            return np.empty(0), np.empty(0)
        return (
            np.concatenate([chunk.time[at] for chunk, at in parts]),
            np.concatenate([chunk.value[at] for chunk, at in parts]),
        )

    def _chunk_at(self, position: int) -> int:
        last = len(self._chunks) - 1
        if position >= self._chunks[last].start:
            return last
        return bisect_right(self._chunks, position, key=_start) - 1

    def _chunk_at_time(self, time: float) -> int:
        """The index of the chunk that a late sample belongs to: behind all samples that are not later."""
        return max(bisect_right(self._chunks, time, key=_first_time) - 1, 0)

    def _end_with(self, tail: NewEnd, chunks: list[Chunk], gaps: Gaps, total: int) -> None:
        """Replace everything from an index of the newest chunk on.

        Args:
            tail: the index, one past the last at most, and the samples from there on.
            chunks: the new chunks, apart from these samples.
            gaps: the new gaps.
            total: the new total.
        """
        begin, time, value, arrival = tail
        if not chunks:
            self._chunks, self._gaps, self.total = (
                _chunked(total - len(time), time, value, arrival, self._chunk_size),
                gaps,
                total,
            )
            return
        newest = chunks[-1]
        room, wanted = len(newest.time), begin + len(time)
        if wanted > room and room < self._chunk_size:
            newest = newest.grown(begin, min(max(2 * begin, wanted), self._chunk_size))
            chunks, room = [*chunks[:-1], newest], len(newest.time)
        stop = min(wanted, room)
        fits = stop - begin
        more: Sequence[Chunk] = ()
        if stop < wanted:
            rest = part_of(arrival, fits, len(time))
            more = _chunked(newest.start + stop, time[fits:], value[fits:], rest, self._chunk_size)
        if arrival is not None:
            newest.keep_arrivals()
        first_time = newest.first_time if begin else time.item(0)
        end = len(chunks)
        newest.time[begin:stop] = time[:fits]
        newest.value[begin:stop] = value[:fits]
        if newest.arrival is not None:
            newest.arrival[begin:stop] = (time if arrival is None else arrival)[:fits]
        newest.first_time, newest.count = first_time, stop
        chunks[end:] = more
        self._chunks, self._gaps, self.total = chunks, gaps, total

    def _time_at(self, position: int) -> float:
        """The time at a position; for one that is not kept, that of the oldest sample."""
        return self.at(max(position, self._chunks[0].start))[0]

    def _let_go(self) -> None:
        """Drop the chunks of which no sample is kept any more."""
        oldest = self.oldest
        if self._chunks[0].start + self._chunks[0].count > oldest:
            return
        while len(self._chunks) > 1 and self._chunks[0].start + self._chunks[0].count <= oldest:
            del self._chunks[0]
        self._gaps.forget(oldest)


def _chunked(
    start: int, time: FloatArray, value: FloatArray, arrival: FloatArray | None, chunk_size: int
) -> list[Chunk]:
    """Put samples into new chunks, the last with room for more.

    Args:
        start: position of the first one.
        time: shape (n,), epoch seconds.
        value: shape (n,).
        arrival: shape (n,); None if they arrived at their own times.
        chunk_size: how many samples a chunk holds at most.
    """
    chunks = []
    for begin in range(0, len(time), chunk_size):
        part = slice(begin, begin + chunk_size)
        room = chunk_size if begin or start else min(max(_FIRST_ROOM, len(time)), chunk_size)
        chunk = Chunk.empty(start + begin, room)
        chunk.write(time[part], value[part], part_of(arrival, begin, begin + chunk_size))
        chunks.append(chunk)
    return chunks


def _chunk_size(capacity: int) -> int:
    return min(max(capacity // _CHUNKS, _SMALLEST_CHUNK), _LARGEST_CHUNK)

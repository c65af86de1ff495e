"""The memory that all series of a stream share."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .ring import Series

HISTORY_BYTES = 512 * 1024 * 1024
"""What the samples of all series of a stream take at most."""

BYTES_A_SAMPLE = 16.2
"""As measured: two doubles, and the share of the chunk that samples are let go by.

Half of it more where a sample has a time of its own, as its arrival is kept, too: see `Series.weight`."""

_SLACK = 1 / 16  # of all, freed at once, so that there is seldom anything to do
_UNSEEN = 1 / 64  # of all, stored before it is looked at again where there is less room


class SharedMemory:
    """Shortens the longest series when all of them together have become too long. Not thread-safe.

    They lose their oldest samples, down to a common length, and keep no more than that from then on; those that
    are shorter, as their sensors send seldom, lose nothing.

    Args:
        limit_bytes: what all samples may take.

    Attributes:
        shortened_to: samples kept of the longest series; None as long as there was room for all.

    Example:
        >>> memory = SharedMemory(limit_bytes=1620)
        >>> fast, slow = Series("fast", "", 1000), Series("slow", "", 1000)
        >>> fast.extend([*map(float, range(200))], [0.0] * 200)
        >>> slow.extend([1.0, 100.0], [0.0, 0.0])
        >>> memory.note(202, [fast, slow])
        >>> len(fast), len(slow), memory.shortened_to
        (90, 2, 90)
    """

    def __init__(self, limit_bytes: float = HISTORY_BYTES) -> None:
        self._limit_bytes = limit_bytes
        samples = limit_bytes / BYTES_A_SAMPLE
        self._unseen = int(samples * _UNSEEN)
        self._most = int(samples) - self._unseen
        self._room: float = self._most
        self.shortened_to: int | None = None

    @property
    def remark(self) -> str:
        """What has become of the history, in words; `""` as long as there was room for all."""
        if self.shortened_to is None:
            return ""
        full = f"{self._limit_bytes / 1024 / 1024:,.0f} MB are full"
        return f"history of the longest series shortened to {self.shortened_to:,} samples: {full}"

    def note(self, stored: float, series: Collection[Series]) -> None:
        """Note that samples were stored, and shorten what is too long; next to nothing where there is room.

        Args:
            stored: how many, those with an arrival of their own as one and a half.
            series: all there are, these samples in them.
        """
        self._room -= stored
        if self._room >= 0:
            return
        weights = [one.weight for one in series]
        if sum(weights) > self._most:
            common = common_length(weights, int(self._most * (1 - _SLACK)))
            kept = [
                (one, max(int(len(one) * common / weight), 1))
                for one, weight in zip(series, weights, strict=True)
                if weight > common
            ]
            self.shortened_to = max([capacity for _, capacity in kept], default=self.shortened_to)
            for one, capacity in kept:
                one.shorten(capacity)
        self._room = max(self._most - sum([one.weight for one in series]), self._unseen)


def common_length(lengths: Iterable[float], total: float) -> float:
    """Down to which length to shorten what is longer, so that all together are at most `total`; 1 at least.

    Example:
        >>> common_length([10, 500, 700], 410), common_length([10, 20], 410)
        (200, 20)
    """
    ascending = sorted(lengths)
    for index, length in enumerate(ascending):
        most = total // (len(ascending) - index)
        if length > most:
            return max(most, 1)
        total -= length
    return max(ascending, default=1)

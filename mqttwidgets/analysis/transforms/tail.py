"""The newest part of something numbered from its beginning."""

from __future__ import annotations

import numpy as np

from ...base.model import FloatArray

_FIRST_ROOM = 64


class Tail:
    """Numbers by their position: added at the end, let go at the head, taken back from the end.

    Adding costs the same however many there are; room is made for a quarter more than what is kept.

    Args:
        begin: the position of the first one to come.

    Example:
        >>> tail = Tail(10)
        >>> tail.append(np.array([1.0, 2.0, 3.0]))
        >>> tail.let_go(11)
        >>> tail.begin, tail.end, tail.between(11, 13)
        (11, 13, array([2., 3.]))
    """

    def __init__(self, begin: int) -> None:
        self.begin = begin
        """Position of the first one kept."""
        self._room = np.empty(_FIRST_ROOM)
        self._origin = begin  # the position that the first place in the room is for
        self._end = begin

    @property
    def end(self) -> int:
        """One past the position of the last one."""
        return self._end

    def append(self, numbers: FloatArray) -> None:
        """Add numbers at the end."""
        stop = self._end + len(numbers) - self._origin
        if stop > len(self._room):
            stop = self._move(len(numbers))
        self._room[stop - len(numbers) : stop] = numbers
        self._end += len(numbers)

    def let_go(self, begin: int) -> None:
        """Keep none before a position; the next one has at least this."""
        if begin > self._end:
            self._end = self._origin = begin
        self.begin = max(begin, self.begin)

    def take_back(self, end: int) -> None:
        """Keep none from a position on."""
        self._end = max(min(end, self._end), self.begin)

    def between(self, start: int, stop: int) -> FloatArray:
        """Those at positions that are kept; a view, until something is added."""
        return self._room[start - self._origin : stop - self._origin]

    def all(self) -> FloatArray:
        """All that are kept; a view, until something is added."""
        return self.between(self.begin, self._end)

    def _move(self, coming: int) -> int:
        """Make room for more; where they end in it."""
        kept = self.all()
        room = np.empty(max(_FIRST_ROOM, (len(kept) + coming) * 5 // 4))
        room[: len(kept)] = kept
        self._room, self._origin = room, self.begin
        return len(kept) + coming

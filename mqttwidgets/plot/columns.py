"""The pixel columns of a picture, and how many of them a bucket takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from .decimate import Grid

_STRIDES = (1, 2, 5)
_MOST_IN_ALL = 10_000  # buckets of all lines, in a picture that moves on
_MOST_STILL = 50_000  # in one that stays: without a GPU a browser takes a second for them
_REST = 10  # frames without another picture, until the hand has come to rest
_SLACK = 0.8
_FINEST, _COARSEST = 0.25, 1.25  # of the width of a column, for a line that waits for its turn
_TURNS, _FEWEST_TURNS = 1 / 500, 3  # of all lines, and at least


class PixelColumns(NamedTuple):
    """The pixel columns of a picture from left to right, as spans of time of one length.

    Those of a picture that moves on stand at multiples of their width, so that one which is full never changes;
    those of a view that stays put begin where it begins.

    Attributes:
        seconds: width of one.
        number: how many.
        first: which is the leftmost one, counted from the one that begins at the origin.
        origin: epoch seconds.
    """

    seconds: float
    number: int
    first: int = 0
    origin: float = 0.0

    @classmethod
    def of_span(cls, start: float, end: float, number: int) -> PixelColumns:
        """Those that part a span of time (epoch seconds).

        Example:
            >>> PixelColumns.of_span(100.0, 130.0, 60)
            PixelColumns(seconds=0.5, number=60, first=0, origin=100.0)
        """
        return cls((end - start) / number, number, origin=start)

    @property
    def ends(self) -> tuple[float, float]:
        """Where the leftmost one begins and the rightmost one ends, epoch seconds.

        Example:
            >>> PixelColumns(0.5, number=60, first=200).ends
            (100.0, 130.0)
        """
        return _ends(*self)


class Strides:
    """How many pixel columns wide the buckets of each line are: one, more where there are many lines.

    Of a picture that moves on, all have the same. As another number cuts all lines anew, there are few to choose
    from, and it falls again only when lines have become clearly fewer. A picture that stays as it is becomes as
    fine as the screen, some lines with each frame.

    Example:
        >>> strides = Strides()
        >>> [strides.of(lines, columns=1000)[0] for lines in (1, 10, 11, 10, 8, 50)]
        [1, 1, 2, 2, 1, 5]
        >>> [strides.of(15, columns=1000, still="a picture").count(1) for _ in range(13)][-4:]
        [0, 0, 10, 15]
    """

    def __init__(self) -> None:
        self._common = _STRIDES[0]
        self._moving: tuple[int, int, list[int]] = (0, 0, [])  # lines, columns and what that comes to
        self._still: object = None
        self._fine = self._lines = 0

    @property
    def is_unfinished(self) -> bool:
        """Whether a picture that stays as it is becomes finer with the next frame."""
        return self._still is not None and self._fine < self._lines

    def of(self, lines: int, columns: int, still: object = None) -> list[int]:
        """Columns in a bucket of each line.

        Args:
            lines: how many there are.
            columns: in the picture.
            still: names a picture that stays as it is; None for one that moves on.
        """
        if still is None and (lines, columns) == self._moving[:2]:
            return self._moving[2]
        common = self._among(lines, columns)
        finest = _fewest(lines * columns, _MOST_STILL)
        if still is None or common <= finest:
            self._still = None
            self._moving = lines, columns, [common] * lines
            return self._moving[2]
        self._moving = 0, 0, []
        at_once = max(1, _MOST_IN_ALL // columns)
        self._fine = min(self._fine + at_once, lines) if still == self._still else -_REST * at_once
        self._still, self._lines = still, lines
        fine = max(self._fine, 0)
        return [finest] * fine + [common] * (lines - fine)

    def _among(self, lines: int, columns: int) -> int:
        fewest = _fewest(lines * columns, _MOST_IN_ALL)
        if fewest > self._common or _fewest(lines * columns, int(_SLACK * _MOST_IN_ALL)) < self._common:
            self._common = fewest
        return self._common


class Cut(Protocol):
    """A line cut for pixel columns."""

    width_s: float
    """How wide they are."""


class Widths:
    """How wide the pixel columns are that each line is cut for.

    Where a picture becomes a little longer or shorter, cutting all lines anew at once would hold up everything:
    with each frame some lines change over in turn. Until then a line has the extremes of spans of time that are a
    little shorter or longer than a pixel column.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._next = self._left = 0

    def share_out(self, lines: Sequence[Cut], seconds: float, *, at_once: bool = False) -> None:
        """Give the next lines in turn columns of this width, and all of them in the end.

        Args:
            lines: all that there are.
            seconds: how wide the columns of the picture are.
            at_once: whether no line may wait.
        """
        if seconds != self._seconds:
            self._seconds, self._left = seconds, 0 if at_once else len(lines)
            for line in lines:
                if at_once or not _FINEST <= line.width_s / seconds <= _COARSEST:
                    line.width_s = seconds
        self._left = min(self._left, len(lines))  # some may have been hidden meanwhile, or all
        turns = min(max(_FEWEST_TURNS, int(len(lines) * _TURNS)), self._left)
        for turn in range(self._next, self._next + turns):
            lines[turn % len(lines)].width_s = seconds
        self._next += turns
        self._left -= turns


def _fewest(columns: int, most: int) -> int:
    """Columns in a bucket, for so many in all to be no more than `most` buckets, or nearly so."""
    return next((stride for stride in _STRIDES if columns <= most * stride), _STRIDES[-1])


@lru_cache(maxsize=256)
def _ends(seconds: float, number: int, first: int, origin: float) -> tuple[float, float]:
    grid = Grid(seconds, origin)
    return grid.start(first), grid.start(first + number)

"""Mean, minimum and maximum over a window that ends at each sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...base.errors import discreet
from ...base.model import FloatArray, IntArray
from ...base.text import duration, quantity
from ...base.times import Window, WindowLike
from ...series.ring import Cut, Series
from .transform import TIME_NOISE_S, Context, Piece, cut_behind, span_of

_SPARE = 64  # samples that may be kept in addition, however few are needed
_IDENTITIES: dict[np.ufunc, float] = {np.add: 0.0, np.minimum: np.inf, np.maximum: -np.inf}
_FIRST_ROOM = 64


@discreet
def rolling_mean(span: WindowLike) -> RollingMean:
    """For `plot.derive`: the mean over a window that ends at each sample, as in pandas's `rolling`.

    Only new samples are computed, whatever the span, and no errors add up however long it runs.

    Args:
        span: the length of the window: "30 s", a timedelta, or a number of samples. A span of time is open at its
            old end and may hold any number of samples; a number of samples has no mean until there are as many.

    Raises:
        InvalidValueError: (a ValueError) for a value that is no span.

    Example:
        >>> rolling_mean("30 s")
        rolling_mean('30 s')
    """
    return RollingMean(span_of("span", span))


@discreet
def rolling_band(span: WindowLike) -> RollingBand:
    """For `plot.derive`: the least and the greatest value over a window that ends at each sample, as two lines.

    Args:
        span: the length of the window; see `rolling_mean`.

    Raises:
        InvalidValueError: (a ValueError) for a value that is no span.

    Example:
        >>> rolling_band(100)
        rolling_band('100 samples')
    """
    return RollingBand(span_of("span", span))


@dataclass(frozen=True)
class RollingMean:
    """The mean of each sample and those before it within a span; see `rolling_mean`."""

    span: Window

    lines = ("",)

    def unit(self, unit: str) -> str:
        """The unit of the source."""
        return unit

    def calculator(self, source: Series) -> Rolling:
        """A calculator of the line of one series."""
        return Rolling(source, self.span, (np.add,))

    def __repr__(self) -> str:
        return f"rolling_mean({self.span.text!r})"


@dataclass(frozen=True)
class RollingBand:
    """The least and the greatest of each sample and those before it within a span; see `rolling_band`."""

    span: Window

    lines = ("min", "max")

    def unit(self, unit: str) -> str:
        """The unit of the source."""
        return unit

    def calculator(self, source: Series) -> Rolling:
        """A calculator of the lines of one series."""
        return Rolling(source, self.span, (np.minimum, np.maximum))

    def __repr__(self) -> str:
        return f"rolling_band({self.span.text!r})"


class Rolling:
    """Functions over the window that ends with each sample, as in pandas's `rolling`.

    A window of time is open at its old end and holds all samples from there on, at most as many as the source
    keeps; one that counts samples has no value until it is full.

    Args:
        source: the series.
        span: the length of the window.
        functions: `np.add` for the mean, `np.minimum`, `np.maximum`; each gives a line.

    Example:
        >>> source = Series("lab/oven", "", capacity=9)
        >>> source.extend([1.0, 2.0, 3.0], [10.0, 20.0, 60.0])
        >>> Rolling(source, Window.parse("2 s"), (np.add,)).compute(0, 3)[0].value
        array([10., 15., 40.])
    """

    def __init__(self, source: Series, span: Window, functions: tuple[np.ufunc, ...]) -> None:
        self._source = source
        self._span = span
        self._functions = functions
        self._merges = source.merges
        self._begin(source.oldest)

    def compute(self, start: int, stop: int) -> list[Piece]:
        """The pieces of the samples at positions `start` to `stop`."""
        self._be_at(start)
        cut = cut_behind(self._source, start, stop)
        self._add(cut)
        last = np.arange(start + 1, start + 1 + len(cut.time))
        first = self._first_in_window(cut, last)
        is_full = first >= self._time.begin
        begin = np.maximum(first, self._time.begin)
        pieces = [
            Piece.of(cut.time, self._over(number, begin, last), is_full, cut.gaps)
            for number in range(len(self._functions))
        ]
        self._let_go(int(begin[-1]))
        return pieces

    def changed_from(self, around: Context) -> float | None:
        """Nothing but the source changes it."""
        return None

    @property
    def remark(self) -> str:
        """A warning if the window is longer than the history that the source keeps."""
        source, span = self._source, self._span
        if len(source) < source.capacity:
            return ""
        if span.samples is not None:
            return (
                f"needs {quantity(span.samples, 'sample')}, history keeps {source.capacity:,}"
                if span.samples > source.capacity
                else ""
            )
        kept_s = (source.last or (0.0,))[0] - source.time_at(source.oldest)
        return f"over {duration(kept_s)} only: history keeps no more" if kept_s < (span.seconds or 0.0) else ""

    def _over(self, number: int, begin: IntArray, end: IntArray) -> FloatArray:
        with np.errstate(over="ignore", invalid="ignore"):  # values that are not finite are left out
            found = self._blocks[number].over(begin, end)
            return found / (end - begin) if self._functions[number] is np.add else found

    def _first_in_window(self, cut: Cut, last: IntArray) -> IntArray:
        """The position of the first sample in each window, kept or not."""
        if self._span.samples is not None:
            return last - self._span.samples
        before = cut.time - (self._span.seconds or 0.0) + TIME_NOISE_S
        first = self._time.begin + self._time.all().searchsorted(before, "right")
        return np.maximum(first, last - self._source.capacity)

    def _be_at(self, position: int) -> None:
        """Hold exactly the samples that windows ending from a position on reach back to."""
        source = self._source
        self._take_back(source.unchanged_to(self._merges))
        self._merges = source.merges
        begin = self._window_before(position)
        if not (self._time.begin <= begin and position <= self._time.end):
            self._begin(begin)
            if begin < position:
                self._add(source.cut(begin, position))
        else:
            self._take_back(position)

    def _window_before(self, position: int) -> int:
        """The position at which the window of a sample begins."""
        source = self._source
        if self._span.samples is not None:
            return max(position + 1 - self._span.samples, source.oldest)
        return min(source.position_at(source.time_at(position) - (self._span.seconds or 0.0)), position)

    def _begin(self, position: int) -> None:
        self._time = Tail(position)
        self._blocks = [Blocks(function, position) for function in self._functions]

    def _take_back(self, end: int) -> None:
        if end < self._time.end:
            self._time.take_back(end)
            for blocks in self._blocks:
                blocks.take_back(end)

    def _add(self, cut: Cut) -> None:
        self._time.append(cut.time)
        with np.errstate(over="ignore", invalid="ignore"):
            for blocks in self._blocks:
                blocks.append(cut.value)

    def _let_go(self, begin: int) -> None:
        """Drop the samples before a window once they are a quarter, but keep an eighth for late samples."""
        kept = min(self._time.end - begin, self._source.capacity)
        if self._time.end - self._time.begin > kept + kept // 4 + _SPARE:
            begin = self._time.end - kept - kept // 8
            self._time.let_go(begin)
            for blocks in self._blocks:
                blocks.let_go(begin)


class Blocks:
    """Sums, minima or maxima over any range of a growing row: each block of 1, 2, 4, 8 ... is computed once.

    Blocks lie at positions that are multiples of their size. A range is put together from at most twice the binary
    logarithm of its length of them, so that neither adding a number nor asking for a range costs more as the row
    grows. Nothing is ever subtracted, and sums are added up pairwise, so that errors neither drift nor depend on
    numbers before the range (Higham, "The accuracy of floating point summation", SIAM J. Sci. Comput. 14(4),
    1993).

    Args:
        function: `np.add`, `np.minimum` or `np.maximum`.
        begin: the position of the first number to come.

    Example:
        >>> sums = Blocks(np.add, begin=0)
        >>> sums.append(np.arange(10.0))
        >>> sums.over(np.array([0, 3]), np.array([10, 5]))
        array([45.,  7.])
    """

    def __init__(self, function: np.ufunc, begin: int) -> None:
        self._function = function
        self._begin = begin
        self._levels = [Tail(begin)]  # of blocks of 1, 2, 4 ... numbers, by their position divided by that

    def append(self, numbers: FloatArray) -> None:
        """Add numbers at the end."""
        self._levels[0].append(numbers)
        below, size = self._levels[0], 1
        for level in self._levels[1:]:
            size *= 2
            self._fill(level, below)
            below = level
        while below.end // 2 > -(-below.begin // 2):
            self._levels.append(Tail(-(-below.begin // 2)))
            self._fill(self._levels[-1], below)
            below = self._levels[-1]

    def let_go(self, begin: int) -> None:
        """Forget the numbers before a position."""
        for level in self._levels:
            level.let_go(begin)
            begin = -(-begin // 2)

    def take_back(self, end: int) -> None:
        """Forget the numbers from a position on."""
        for level in self._levels:
            level.take_back(end)
            end //= 2

    def over(self, start: IntArray, stop: IntArray) -> FloatArray:
        """The function over each of several ranges.

        Args:
            start: shape (n,), positions of the first numbers, all of them kept.
            stop: shape (n,), one past the positions of the last; greater than `start`.
        """
        start, stop = start.copy(), stop.copy()
        found = np.full(len(start), _IDENTITIES[self._function])
        for level in self._levels:
            self._join(found, level, start, ((start & 1) == 1) & (start < stop))
            start += start & 1
            stop_is_odd = ((stop & 1) == 1) & (start < stop)
            stop -= stop & 1
            self._join(found, level, stop, stop_is_odd)
            start >>= 1
            stop >>= 1
            if not (start < stop).any():
                break
        return found

    def _fill(self, level: Tail, below: Tail) -> None:
        """Compute the blocks of a level that are complete."""
        stop = below.end // 2
        if stop > level.end:
            halves = below.between(2 * level.end, 2 * stop)
            level.append(self._function(halves[::2], halves[1::2]))

    def _join(self, found: FloatArray, level: Tail, at: IntArray, wanted: np.ndarray) -> None:
        (chosen,) = wanted.nonzero()
        if len(chosen):
            blocks = level.between(level.begin, level.end)[at[chosen] - level.begin]
            found[chosen] = self._function(found[chosen], blocks)


class Tail:
    """Numbers by their positions: added at the end, dropped at the head, taken back from the end.

    Adding one costs the same however many there are; room is made for a quarter more than are kept.

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
        """The position of the first one kept."""
        self._room = np.empty(_FIRST_ROOM)
        self._origin = begin  # the position of the first place in the room
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
        """Drop all before a position; the next one has at least this position."""
        if begin > self._end:
            self._end = self._origin = begin
        self.begin = max(begin, self.begin)

    def take_back(self, end: int) -> None:
        """Drop all from a position on."""
        self._end = max(min(end, self._end), self.begin)

    def between(self, start: int, stop: int) -> FloatArray:
        """The numbers at positions that are kept; a view, valid until something is added."""
        return self._room[start - self._origin : stop - self._origin]

    def all(self) -> FloatArray:
        """All numbers kept; a view, valid until something is added."""
        return self.between(self.begin, self._end)

    def _move(self, coming: int) -> int:
        """Make room for more; returns where they will end in it."""
        kept = self.all()
        room = np.empty(max(_FIRST_ROOM, (len(kept) + coming) * 5 // 4))
        room[: len(kept)] = kept
        self._room, self._origin = room, self.begin
        return len(kept) + coming

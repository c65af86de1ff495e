"""Mean, minimum and maximum over the latest stretch before each sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...base.model import FloatArray, IntArray
from ...base.text import duration, quantity
from ...base.window import Window
from ...series.ring import Cut, Series
from .block_sums import Blocks
from .context import Context
from .tail import Tail
from .transform import TIME_NOISE_S, Piece, cut_behind

_SPARE = 64  # samples that may be kept in any case


@dataclass(frozen=True)
class RollingMean:
    """The mean of each sample and those before it within a span; see `rolling_mean`."""

    span: Window

    lines = ("",)

    def unit(self, unit: str) -> str:
        """The source's own."""
        return unit

    def calculator(self, source: Series) -> Rolling:
        """What computes the line of one series."""
        return Rolling(source, self.span, (np.add,))

    def __repr__(self) -> str:
        return f"rolling_mean({self.span.text!r})"


@dataclass(frozen=True)
class RollingBand:
    """The least and the greatest of each sample and those before it within a span; see `rolling_band`."""

    span: Window

    lines = ("min", "max")

    def unit(self, unit: str) -> str:
        """The source's own."""
        return unit

    def calculator(self, source: Series) -> Rolling:
        """What computes the lines of one series."""
        return Rolling(source, self.span, (np.minimum, np.maximum))

    def __repr__(self) -> str:
        return f"rolling_band({self.span.text!r})"


class Rolling:
    """Functions over the window that ends with each sample, as pandas's `rolling` has it.

    A window of time is open at its old end and holds all from there on, as many as the source keeps at most; one
    that counts samples has no value until it is full.

    Args:
        source: the series.
        span: how long the window is.
        functions: `np.add` for the mean, `np.minimum`, `np.maximum`; a line for each.

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
        """What comes of the samples at positions `start` to `stop`."""
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
        """That the window is longer than what the source keeps."""
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
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is left out
            found = self._blocks[number].over(begin, end)
            return found / (end - begin) if self._functions[number] is np.add else found

    def _first_in_window(self, cut: Cut, last: IntArray) -> IntArray:
        """The position of the first sample in the window of each, kept or not."""
        if self._span.samples is not None:
            return last - self._span.samples
        before = cut.time - (self._span.seconds or 0.0) + TIME_NOISE_S
        first = self._time.begin + self._time.all().searchsorted(before, "right")
        return np.maximum(first, last - self._source.capacity)

    def _be_at(self, position: int) -> None:
        """Have what the windows that end from a position on reach back to, and nothing behind it."""
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
        """Where the window of the sample at a position begins."""
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
        """Drop what is before a window once that is a quarter, but for an eighth: late samples may ask for it."""
        kept = min(self._time.end - begin, self._source.capacity)
        if self._time.end - self._time.begin > kept + kept // 4 + _SPARE:
            begin = self._time.end - kept - kept // 8
            self._time.let_go(begin)
            for blocks in self._blocks:
                blocks.let_go(begin)

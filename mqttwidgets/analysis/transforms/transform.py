"""What a ready derivation is: how many lines it gives, in which unit, and how they are computed piece by piece."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple, Protocol, TypeGuard, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...base.errors import InvalidValueError
from ...base.model import FloatArray, IntArray
from ...base.text import printable
from ...base.window import Window, WindowLike
from ...series.ring import Cut, Series
from .context import Context

TIME_NOISE_S = 0.5e-6
"""How far apart times may be that are the same: today a double resolves a quarter of a microsecond."""


class Piece(NamedTuple):
    """What was computed of a run of samples.

    Attributes:
        time: shape (n,), epoch seconds, ascending.
        value: shape (n,), finite.
        gaps: indices of those before which the line is broken, ascending.
        is_broken: whether it is broken after the last one.
    """

    time: FloatArray
    value: FloatArray
    gaps: IntArray
    is_broken: bool

    def checked(self) -> Piece:
        """The same.

        Raises:
            ValueError: for one whose samples are out of order, or no numbers.
        """
        if self.time.shape != self.value.shape or not np.isfinite(self.value).all():
            raise ValueError("a piece has a finite value for each time")
        if len(self.time) and not (np.isfinite(self.time[-1]) and (self.time[1:] >= self.time[:-1]).all()):
            raise ValueError("the times of a piece ascend")
        return self

    @classmethod
    def of(cls, time: FloatArray, value: FloatArray, is_there: NDArray[np.bool_], breaks: IntArray) -> Piece:
        """The samples that are there and finite, the line broken before the next one behind each break.

        Args:
            time: shape (n,), epoch seconds, ascending.
            value: shape (n,).
            is_there: shape (n,).
            breaks: indices, ascending.

        Example:
            >>> value, is_there = np.array([1.0, np.inf, 3.0]), np.array([True, True, True])
            >>> Piece.of(np.arange(3.0), value, is_there, np.array([1]))
            Piece(time=array([0., 2.]), value=array([1., 3.]), gaps=array([1]), is_broken=False)
        """
        (kept,) = (is_there & np.isfinite(value)).nonzero()
        if not len(breaks):
            return cls(time[kept], value[kept], breaks, False)
        gaps = np.unique(kept.searchsorted(breaks))
        return cls(time[kept], value[kept], gaps[gaps < len(kept)], bool(gaps[-1] == len(kept)))


class Calculator(Protocol):
    """Computes the lines of one source series."""

    def compute(self, start: int, stop: int) -> list[Piece]:
        """What comes of the samples at positions `start` to `stop`, all of them kept; of each line a piece.

        In order, each call from where the former one ended; or from an earlier position, where samples changed.
        """

    def changed_from(self, around: Context) -> float | None:
        """From which time on (epoch seconds) all must be computed anew for another reason than the source.

        Args:
            around: the stream's series.
        """

    @property
    def remark(self) -> str:
        """What is to be known of the result, in words; `""` for nothing."""


@runtime_checkable
class Transform(Protocol):
    """How to compute lines from any series, for `plot.derive`; ours are what the functions of `builtin.py` return.

    What it raises, and a piece that is no piece, stops its line alone and stands in the legend. It runs with each
    frame while the series are held still, so that it may take time only for what is new.
    """

    @property
    def lines(self) -> tuple[str, ...]:
        """A name for each line; `("",)` where there is one."""

    def unit(self, unit: str) -> str:
        """The unit of the lines, for the source's."""

    def calculator(self, source: Series) -> Calculator:
        """What computes the lines of one series."""


def is_transform(function: object) -> TypeGuard[Transform]:
    """Whether what `plot.derive` is given is a Transform, and no function of a pandas Series.

    Raises:
        InvalidValueError: for one whose lines have no names.
    """
    if isinstance(function, type) or not isinstance(function, Transform):
        return False
    lines: object = function.lines
    if not isinstance(lines, tuple) or not lines or not all(isinstance(name, str) for name in lines):
        raise InvalidValueError(
            f"lines of a transform are a tuple of texts, such as ('',) for one line, not {printable(repr(lines))}"
        )
    return True


def cut_behind(source: Series, start: int, stop: int) -> Cut:
    """The samples at positions `start` to `stop`, and the gap before the first one, too, as index 0.

    Args:
        source: the series.
        start: the position of the first sample, as `Calculator.compute` has it.
        stop: that behind the last one.
    """
    cut = source.cut(start - 1, stop)
    known = start - cut.first
    return Cut(cut.time[known:], cut.value[known:], start, cut.gaps - known)


def span_of(name: str, value: WindowLike) -> Window:
    """A span that the user gives, in samples or in time.

    Raises:
        InvalidValueError: for what is none, saying what is accepted.
    """
    try:
        return Window.parse(value)
    except InvalidValueError as error:
        raise InvalidValueError(f"{name}{str(error).removeprefix('window')}") from None


def time_of(name: str, value: WindowLike, examples: str) -> Window:
    """A span that the user gives in time, as a number of samples makes no sense there.

    Args:
        name: of the argument.
        value: what was given.
        examples: what may be given, such as `"'1 s' or '1 h'"`.

    Raises:
        InvalidValueError: for what is none, saying what is accepted.
    """
    with suppress(InvalidValueError):
        span = Window.parse(value)
        if span.seconds is not None:
            return span
    raise InvalidValueError(f"{name} is a time such as {examples}, or a timedelta, not {printable(repr(value))}")

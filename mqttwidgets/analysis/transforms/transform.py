"""The interface of a transform: which lines it gives, in which unit, and how they are computed piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple, Protocol, TypeGuard, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...base.errors import InvalidValueError
from ...base.model import FloatArray, IntArray, Key
from ...base.patterns import FieldPatterns
from ...base.text import printable
from ...base.times import Window, WindowLike
from ...series.ring import Cut, Series

TIME_NOISE_S = 0.5e-6
"""How far apart equal times may be, seconds: today a double resolves a quarter of a microsecond."""


@runtime_checkable
class Transform(Protocol):
    """How to compute lines from any series, for `plot.derive`; `rolling_mean` and the like return one.

    An error that it raises, or an invalid piece, stops only its own line and is shown in the legend. It runs with
    each frame while the series are locked, so it should spend time only on new samples.
    """

    @property
    def lines(self) -> tuple[str, ...]:
        """A name for each line; `("",)` where there is one."""

    def unit(self, unit: str) -> str:
        """The unit of the lines, given that of the source."""

    def calculator(self, source: Series) -> Calculator:
        """A calculator of the lines of one series."""


class Calculator(Protocol):
    """Computes the lines of one source series."""

    def compute(self, start: int, stop: int) -> list[Piece]:
        """A piece for each line, of the samples at positions `start` to `stop`, all of which are kept.

        Each call begins where the one before ended, or at an earlier position if samples have changed.
        """

    def changed_from(self, around: Context) -> float | None:
        """The time (epoch seconds) from which on all is to be computed again for another reason than the source.

        Args:
            around: the stream's series.
        """

    @property
    def remark(self) -> str:
        """A remark on the result; `""` for none."""


class Piece(NamedTuple):
    """A piece of a computed line.

    Attributes:
        time: shape (n,), epoch seconds, ascending.
        value: shape (n,), finite.
        gaps: indices of the samples before which the line is broken, ascending.
        is_broken: whether the line is broken after the last sample.
    """

    time: FloatArray
    value: FloatArray
    gaps: IntArray
    is_broken: bool

    def checked(self) -> Piece:
        """The piece itself.

        Raises:
            ValueError: if its samples are out of order, or no numbers.
        """
        if self.time.shape != self.value.shape or not np.isfinite(self.value).all():
            raise ValueError("a piece has a finite value for each time")
        if len(self.time) and not (np.isfinite(self.time[-1]) and (self.time[1:] >= self.time[:-1]).all()):
            raise ValueError("the times of a piece ascend")
        return self

    @classmethod
    def of(cls, time: FloatArray, value: FloatArray, is_there: NDArray[np.bool_], breaks: IntArray) -> Piece:
        """The samples that are wanted and finite; the line is broken before the next one after each break.

        Args:
            time: shape (n,), epoch seconds, ascending.
            value: shape (n,).
            is_there: shape (n,), whether each sample is wanted.
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


class Context:
    """The series of a stream, among which a transform finds others than its source.

    Which of them match some patterns is found out once, however many lines ask.

    Args:
        found: the stream's series; when these change, another Context is made.

    Example:
        >>> inside, outside = Series("in/t", "", 9), Series("out/t", "", 9)
        >>> around = Context({("in/t", ""): inside, ("out/t", ""): outside})
        >>> around.matching(FieldPatterns(["*/t"])).meant_by(inside)
        (<Series 'out/t', 0 samples>, 1)
    """

    def __init__(self, found: Mapping[Key, Series]) -> None:
        self._found = found
        self._matching: dict[tuple[str, ...], Matching] = {}

    def matching(self, patterns: FieldPatterns) -> Matching:
        """The series that match."""
        known = self._matching.get(patterns.patterns)
        if known is None:
            known = Matching([one for key, one in self._found.items() if patterns.match(*key)])
            self._matching[patterns.patterns] = known
        return known


class Matching:
    """The series that match some patterns.

    Args:
        all_: these series.
    """

    def __init__(self, all_: list[Series]) -> None:
        self._all = all_
        self._of_topic: dict[str, list[Series]] = {}
        self._ids = set(map(id, all_))
        for one in all_:
            self._of_topic.setdefault(one.topic, []).append(one)

    def meant_by(self, source: Series) -> tuple[Series | None, int]:
        """The series meant beside a source, if only one comes into question, and how many do.

        Those of the same topic, if there are any, take precedence over all others.
        """
        own = id(source) in self._ids
        here = self._of_topic.get(source.topic, [])
        candidates = here if len(here) > own else self._all
        count = len(candidates) - own
        return next(one for one in candidates if one is not source) if count == 1 else None, count


def is_transform(function: object) -> TypeGuard[Transform]:
    """Whether the function given to `plot.derive` is a Transform, not a function of a pandas Series.

    Raises:
        InvalidValueError: if its lines have no names.
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
    """The samples at positions `start` to `stop`; a gap before the first one is included, as index 0.

    Args:
        source: the series.
        start: the position of the first sample, as in `Calculator.compute`.
        stop: one past the position of the last sample.
    """
    cut = source.cut(start - 1, stop)
    known = start - cut.first
    return Cut(cut.time[known:], cut.value[known:], start, cut.gaps - known)


def span_of(name: str, value: WindowLike) -> Window:
    """A span that the user gave, in samples or in time.

    Raises:
        InvalidValueError: for a value that is no span, saying what is accepted.
    """
    try:
        return Window.parse(value)
    except InvalidValueError as error:
        raise InvalidValueError(f"{name}{str(error).removeprefix('window')}") from None


def time_of(name: str, value: WindowLike, examples: str) -> Window:
    """A span of time that the user gave, where a number of samples makes no sense.

    Args:
        name: the name of the argument.
        value: the value given.
        examples: examples of values, such as `"'1 s' or '1 h'"`.

    Raises:
        InvalidValueError: for a value that is no span of time, saying what is accepted.
    """
    with suppress(InvalidValueError):
        span = Window.parse(value)
        if span.seconds is not None:
            return span
    raise InvalidValueError(f"{name} is a time such as {examples}, or a timedelta, not {printable(repr(value))}")

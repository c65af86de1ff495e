"""The line that a user's own function of a pandas Series makes of one series."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np

from ...base.errors import InvalidValueError
from ...base.model import FloatArray
from ...base.text import printable
from ...base.times import Window
from ...series.ring import Cut, Series
from ...series.table import pandas_series
from .transform import Piece, cut_behind

Function = Callable[[Any], Any]
"""Takes a pandas Series and returns one."""

SLOW_S, SLOW_INTERVAL_S = 0.05, 1.0
"""Functions that take at least so long are called at most once in so many seconds."""

_SAME = 1e-12  # of the greatest value: pandas's sums depend a little on where they begin
_MOST_WORDS = 160
_MOST_AWAITED = 256  # samples after a failure, until the next attempt


class FunctionInput(NamedTuple):
    """The samples that a function is given, and which of its results count.

    Attributes:
        cut: the samples.
        since: results from this time on are new, epoch seconds.
        state: the source's (total, merges) when the samples were taken.
    """

    cut: Cut
    since: float
    state: tuple[int, int]


class FunctionLine:
    """The line that a user's function makes of one series.

    The function is called with all samples kept, or with the new ones and as many before them as `lookback` says.
    An error, or a wrong result, stops this line: the function is called again with one sample more, then with two
    more, four and so on up to 256, as it may only need more samples. As it may take long, it is called only by
    `run`, while nothing is locked.

    Args:
        source: the series that the line is made of.
        field: the field of the line.
        function: the user's function.
        unit: the unit of the line; None for that of the source.
        lookback: how far back the function looks; None for all samples kept.
    """

    def __init__(
        self, source: Series, field: str, function: Function, unit: str | None, lookback: Window | None
    ) -> None:
        self.source = source
        self.error = ""
        """Why nothing is added to the line; `""` while all is well."""
        self.cost_s = 0.0
        """How many seconds the latest call took."""
        self.computed_at: float | None = None
        """When the function was last called, by `time.perf_counter`; None before the first call."""
        self._function = function
        self._unit = unit
        self._lookback = lookback
        self._derived = source.offspring(field)
        self._seen = (0, 0)
        self._failures = self._again_at = 0  # in a row; the total of samples at which it is called again

    @property
    def series(self) -> tuple[Series, ...]:
        """The one derived series."""
        return (self._derived,)

    @property
    def is_behind(self) -> bool:
        """Whether the source has changed since the latest call; after a failure, whether enough samples came."""
        source = self.source
        is_due = not self.error or source.total >= self._again_at
        return is_due and len(source) > 0 and (source.total, source.merges) != self._seen

    @property
    def remark(self) -> str:
        """The error, and that the function is called again; `""` while all is well."""
        return f"{self.error}; tried again with more data" if self.error else ""

    def note_interruption(self) -> None:
        """Mark the line as interrupted if its source is and everything is computed, or if it has stopped."""
        is_over = bool(self.error) or (self.source.is_interrupted and not self.is_behind)
        if is_over and not self._derived.is_interrupted:
            self._derived.mark_gap()

    def take_input(self) -> FunctionInput:
        """The samples to call the function with; while the stream is locked."""
        source, (total, merges) = self.source, self._seen
        state = (source.total, source.merges)
        self._derived.unit = source.unit if self._unit is None else self._unit
        if self._derived.capacity > source.capacity:
            self._derived.shorten(source.capacity)
        first = min(total, source.unchanged_to(merges), source.total - 1)
        if self._lookback is None or first <= source.oldest:
            return FunctionInput(source.cut(), -np.inf, state)
        since = source.time_at(first)
        if self._lookback.samples is not None:
            start = first - self._lookback.samples
        else:
            start = source.position_at(since - (self._lookback.seconds or 0.0))
        return FunctionInput(source.cut(start), since, state)

    def run(self, given: FunctionInput, holding: AbstractContextManager[object] | None = None) -> None:
        """Call the function, and put its result into the line.

        Args:
            given: the samples to call it with.
            holding: locks the stream while the line changes; None if nobody else uses the stream.
        """
        began = self.computed_at = time.perf_counter()
        try:
            argument = pandas_series(self.source.label, given.cut)
            index = argument.index  # taken before the call, as the function may change it
            result = self._function(argument)
            piece = _piece(result, index, given.cut, self.source.capacity, in_place=self._lookback is not None)
        except InvalidValueError as error:
            self._fail(str(error), given)
        except Exception as error:
            self._fail(_in_words(error), given)
        else:
            with holding or nullcontext():
                self.error, self._failures, self._seen = "", 0, given.state
                self._take(piece, given.since)
        self.cost_s = time.perf_counter() - began

    def _fail(self, error: str, given: FunctionInput) -> None:
        """Note the error; the samples remain new for the next call."""
        self.error = error
        self._again_at = given.state[0] + min(2**self._failures, _MOST_AWAITED)
        self._failures += 1

    def _take(self, piece: Piece, since: float) -> None:
        """Rewrite the line from the first sample that differs."""
        derived = self._derived
        new = int(piece.time.searchsorted(since))
        piece_time, piece_value, gaps = piece.time[new:], piece.value[new:], piece.gaps[piece.gaps >= new] - new
        start = derived.position_at(since if since > -np.inf or not len(piece_time) else piece_time.item(0))
        if start <= derived.oldest:
            gaps = gaps[gaps > 0]
        known = cut_behind(derived, start, derived.total)
        same = _same(known, Cut(piece_time, piece_value, start, gaps))
        if same < max(len(known.time), len(piece_time)):
            later = gaps[gaps >= same] - same
            derived.rewrite(start + same, piece_time[same:], piece_value[same:], later.tolist())


def _same(one: Cut, other: Cut) -> int:
    """How many samples at the head of two runs are the same, including the gaps before them."""
    count = min(len(one.time), len(other.time))
    if not count:
        return 0
    tolerance = _SAME * max(np.abs(one.value).max(), np.abs(other.value).max())
    differs = one.time[:count] != other.time[:count]
    differs |= np.abs(one.value[:count] - other.value[:count]) > tolerance
    gaps = np.setxor1d(one.gaps, other.gaps)
    differs[gaps[gaps < count]] = True
    return int(differs.argmax()) if differs.any() else count


def _piece(result: Any, index: Any, cut: Cut, most: int, *, in_place: bool) -> Piece:
    """The result of the user's function as samples; NaN is no sample, and breaks the line.

    Args:
        result: anything.
        index: the index of the pandas Series that the function was given.
        cut: the same samples.
        most: how many values the line has room for; only the newest count.
        in_place: whether all times of the result must be times that were given.

    Raises:
        InvalidValueError: if it is not a pandas Series over times.
    """
    import pandas

    if not isinstance(result, pandas.Series):
        raise InvalidValueError(f"the function returned {_kind(result)}, not a pandas Series")
    if not isinstance(result.index, pandas.DatetimeIndex):
        raise InvalidValueError(f"the function's result is not over times, but over a {_kind(result.index)[2:]}")
    if result.index.tz is None:
        raise InvalidValueError("the times in the function's result have no time zone: theirs is UTC")
    result = result.iloc[-most:]
    if result.index.hasnans or not result.index.is_monotonic_increasing:
        raise InvalidValueError("the times in the function's result are not in order")
    value, is_at = _numbers(result), _places(result.index, index)
    if in_place and (is_at < 0).any():
        raise InvalidValueError("with lookback=, the function's result has to stand at the times it was given")
    time = np.where(is_at < 0, result.index.as_unit("ns").asi8 / 1e9, cut.time[np.maximum(is_at, 0)])
    breaks = np.union1d(time.searchsorted(cut.time[cut.gaps]), (~np.isfinite(value)).nonzero()[0])
    if len(time) == len(cut.time) and (is_at == np.arange(len(time))).all():
        breaks = np.union1d(cut.gaps, (~np.isfinite(value)).nonzero()[0])  # several may be of one time
    return Piece.of(time, value, np.ones(len(time), bool), breaks)


def _places(index: Any, given: Any) -> Any:
    """The index of each time of a result among those given; -1 for times that were not given."""
    if index.equals(given):
        return np.arange(len(index))
    times, known = index.as_unit("ns").asi8, given.as_unit("ns").asi8
    places = np.minimum(known.searchsorted(times), len(known) - 1)
    return np.where(known[places] == times, places, -1)


def _numbers(result: Any) -> FloatArray:
    if result.dtype.kind in "biufO":
        try:
            numbers: FloatArray = result.to_numpy(float, na_value=np.nan)
        except (TypeError, ValueError):
            pass
        else:
            return numbers
    raise InvalidValueError(
        f"the values in the function's result are no numbers ({printable(str(result.dtype), 30)})"
    )


def _kind(thing: object) -> str:
    name = printable(type(thing).__name__, 40)
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def _in_words(error: Exception) -> str:
    """An exception of the user's function on one line."""
    try:
        text = printable(str(error).strip(), _MOST_WORDS)
    except Exception:
        text = ""
    name = printable(type(error).__name__, 80)
    return f"{name}: {text}" if text else name


def describe(lines: list[FunctionLine], budget: float, now: float) -> str:
    """How long the calls take, and how old the oldest result is, in words; `""` if neither matters."""
    cost_s = sum(line.cost_s for line in lines)
    ages = [now - line.computed_at for line in lines if line.computed_at is not None and line.is_behind]
    said = []
    if cost_s >= SLOW_S:
        said.append(f"takes {cost_s:.2g} s, so it is done every {max(cost_s / budget, SLOW_INTERVAL_S):.2g} s")
    if ages and max(ages) >= 1.0:
        said.append(f"{max(ages):.0f} s old")
    return ", ".join(said)

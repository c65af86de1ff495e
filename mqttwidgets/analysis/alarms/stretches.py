"""Stretches of samples beyond one side of a limit, found many samples at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...base.model import FloatArray, IntArray

MOST_AT_ONCE = 10_000
"""How many alarms of one run of samples are reported; of more, only the newest are, and the others are counted."""

BoolArray = NDArray[np.bool_]


class Side(NamedTuple):
    """One side of a limit, above or below.

    A sample beyond the threshold begins a stretch. It lasts until a sample is back by `hysteresis` or more, or is
    no number, or may be missing. It is an alarm once it has lasted for `for_s`, by the times of its samples; a
    state lasts until its next sample.

    Attributes:
        is_above: True if values above the threshold are beyond it, False if those below are.
        threshold: the limit.
        hysteresis: how far back a value must come, at least 0, in the unit of the values.
        for_s: how long a stretch must last, seconds, at least 0.

    Example:
        >>> side = Side(True, 30.0, 0.5, 0.0)
        >>> value = np.array([30.0, 30.1, 29.6, 29.5, np.nan])
        >>> side.enters(value).tolist(), side.stays(value).tolist()
        ([False, True, False, False, False], [True, True, True, False, False])
    """

    is_above: bool
    threshold: float
    hysteresis: float
    for_s: float

    def enters(self, value: FloatArray) -> BoolArray:
        """Which values are beyond the threshold."""
        return value > self.threshold if self.is_above else value < self.threshold

    def stays(self, value: FloatArray) -> BoolArray:
        """Which values do not end a stretch."""
        if self.is_above:
            return value > self.threshold - self.hysteresis
        return value < self.threshold + self.hysteresis

    def may_enter(self, bounds: Bounds) -> bool:
        """Whether any value within bounds is beyond the threshold."""
        return bounds.greatest > self.threshold if self.is_above else bounds.least < self.threshold

    def all_stay(self, bounds: Bounds) -> bool:
        """Whether no value within bounds ends a stretch."""
        if bounds.has_nan:
            return False
        if self.is_above:
            return bounds.least > self.threshold - self.hysteresis
        return bounds.greatest < self.threshold + self.hysteresis

    def farthest(self, one: float, other: float) -> float:
        """Which of two values is farther out."""
        return max(one, other) if self.is_above else min(one, other)

    def peaks(self, value: FloatArray, begin: NDArray[np.intp], stop: NDArray[np.intp]) -> FloatArray:
        """The value farthest out in each of several stretches, none of which is empty.

        Args:
            value: shape (n,).
            begin: shape (m,), indices of the first values, ascending; stretches do not overlap.
            stop: shape (m,), one past the indices of the last.
        """
        if not len(begin):
            return np.empty(0)
        reduce = np.maximum if self.is_above else np.minimum
        edges = np.column_stack([begin, stop]).ravel()
        peaks: FloatArray = reduce.reduceat(np.append(value, value[-1]), edges)[::2]
        return peaks


class Bounds(NamedTuple):
    """The range of some values.

    Attributes:
        least: the lowest; NaN if all are.
        greatest: the highest; NaN if all are.
        has_nan: whether any is NaN.
    """

    least: float
    greatest: float
    has_nan: bool

    @classmethod
    def of(cls, value: FloatArray) -> Bounds:
        """The range of values, shape (n,), n at least 1."""
        least = float(np.fmin.reduce(value))
        return cls(least, float(np.fmax.reduce(value)), bool(np.isnan(value.min())))


class Run(NamedTuple):
    """Consecutive samples of a series, none of which was checked before.

    Attributes:
        time: shape (n,), n at least 1, epoch seconds.
        value: shape (n,).
        first: the position of the first one.
        gaps: indices of the samples before which others may be missing, possibly including the first one.
        bounds: the range of the values.
        is_state: whether each value lasts until the next sample, unless samples may be missing.
    """

    time: FloatArray
    value: FloatArray
    first: int
    gaps: IntArray
    bounds: Bounds
    is_state: bool = False


class Stretch(NamedTuple):
    """Consecutive samples beyond a limit, or within its hysteresis after that.

    Attributes:
        position: the position of the first one in its Series.
        start: the time of the first one, epoch seconds.
        newest: until when it is known to last: the time of the last one; later for a state, which lasts until its
            next sample.
        peak: the value farthest out.
    """

    position: int
    start: float
    newest: float
    peak: float


class Ended(NamedTuple):
    """A stretch that is over.

    Attributes:
        stretch: the samples.
        end: epoch seconds: the time of the sample that was back; if none was, that of the last one known.
        is_known: False if samples may be missing after that one.
    """

    stretch: Stretch
    end: float
    is_known: bool


class Found(NamedTuple):
    """The stretches found in a run of samples.

    Attributes:
        ended: alarms that are over.
        open: the stretch that goes on, an alarm or not yet; None for none.
        left_out: how many alarms that are over were too many to be reported.
    """

    ended: list[Ended]
    open: Stretch | None
    left_out: int = 0


def find(side: Side, open_: Stretch | None, run: Run) -> Found:
    """The alarms in a run of samples.

    Args:
        side: the side of the limit.
        open_: the stretch that goes on at the beginning of the run; None for none.
        run: the samples.

    Example:
        >>> time, value = np.arange(4.0), np.array([20.0, 31.0, 33.0, 20.0])
        >>> run = Run(time, value, 100, np.empty(0, np.int64), Bounds.of(value))
        >>> find(Side(True, 30.0, 0.0, 0.0), None, run).ended
        [Ended(stretch=Stretch(position=101, start=1.0, newest=2.0, peak=33.0), end=3.0, is_known=True)]
    """
    if open_ is None:
        if not side.may_enter(run.bounds):
            return Found([], None)
    elif not len(run.gaps) and side.all_stay(run.bounds):
        return Found([], _longer(side, open_, run))
    return _search(side, open_, run)


def is_alarm(side: Side, stretch: Stretch) -> bool:
    """Whether a stretch has lasted for long enough."""
    return stretch.newest - stretch.start >= side.for_s


def _longer(side: Side, stretch: Stretch, run: Run) -> Stretch:
    """A stretch that goes on through a whole run."""
    farthest = run.bounds.greatest if side.is_above else run.bounds.least
    return stretch._replace(newest=run.time.item(-1), peak=side.farthest(stretch.peak, farthest))


def _search(side: Side, open_: Stretch | None, run: Run) -> Found:
    begins, stops, is_cut = _edges(side, open_, run)
    is_open_after = len(begins) > len(stops)
    length = len(run.time)
    all_stops = np.append(stops, length) if is_open_after else stops
    newest = run.time[np.maximum(all_stops, 1) - 1]
    start = run.time[begins]
    if open_ is not None:
        start[0] = open_.start
        newest[0] = open_.newest if all_stops[0] == 0 else max(open_.newest, newest[0])
    over = len(stops)
    if run.is_state:
        (back,) = np.logical_not(is_cut).nonzero()
        newest[back] = run.time[stops[back]]
    (alarms,) = (newest[:over] - start[:over] >= side.for_s).nonzero()
    left_out = max(0, len(alarms) - MOST_AT_ONCE)
    alarms = alarms[left_out:]
    told = np.append(alarms, over) if is_open_after else alarms
    stretches = _stretches(side, open_, run, told, begins, all_stops, start, newest)
    ended = []
    for stretch, number in zip(stretches, alarms.tolist(), strict=False):
        is_known = not is_cut[number]
        end = run.time.item(stops[number]) if is_known else stretch.newest
        ended.append(Ended(stretch, end, is_known))
    return Found(ended, stretches[-1] if is_open_after else None, left_out)


def _edges(side: Side, open_: Stretch | None, run: Run) -> tuple[IntArray, IntArray, list[bool]]:
    """The indices where stretches begin, one past those where they stop, and which stop as samples may be missing.

    A stretch that goes on at the beginning of the run begins with 0, even if it stops there.
    """
    entering = side.enters(run.value)
    code = entering.astype(np.int8) - ~side.stays(run.value)
    index = np.arange(len(code))
    is_cut = np.isnan(run.value)
    if len(run.gaps):
        code = np.insert(code, run.gaps, -1)
        index = np.insert(index, run.gaps, run.gaps)
        is_cut = np.insert(is_cut, run.gaps, True)
    (decisive,) = code.nonzero()
    is_on = code[decisive] > 0
    was_on = np.concatenate(([open_ is not None], is_on[:-1]))
    changes = decisive[is_on != was_on[: len(is_on)]]
    places = index[changes]
    if open_ is not None:
        changes, places = np.insert(changes, 0, 0), np.insert(places, 0, 0)
    return places[::2], places[1::2], is_cut[changes[1::2]].tolist()


def _stretches(
    side: Side,
    open_: Stretch | None,
    run: Run,
    told: IntArray,
    begins: IntArray,
    stops: IntArray,
    start: FloatArray,
    newest: FloatArray,
) -> list[Stretch]:
    """The stretches with the numbers `told`."""
    goes_on = open_ is not None and len(told) > 0 and told[0] == 0
    is_empty = goes_on and stops[0] == 0
    with_samples = told[1:] if is_empty else told
    peaks = side.peaks(run.value, begins[with_samples], stops[with_samples]).tolist()
    if is_empty and open_ is not None:
        peaks.insert(0, open_.peak)
    numbers = zip((run.first + begins[told]).tolist(), start[told].tolist(), newest[told].tolist(), strict=True)
    found = [Stretch(*three, peak) for three, peak in zip(numbers, peaks, strict=True)]
    if goes_on and open_ is not None:
        found[0] = found[0]._replace(position=open_.position, peak=side.farthest(open_.peak, found[0].peak))
    return found

"""Waiting, in a cell or in a script, for a sample that fulfils a condition."""

from __future__ import annotations

import asyncio
import inspect
import math
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from itertools import chain
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..base.errors import InvalidValueError, MqttWidgetsError, StoppedError
from ..base.model import Batch, FloatArray, Key, LinkState, Sample
from ..base.patterns import FieldPatterns, patterns_of
from ..base.text import duration, number_text, printable, quantity
from ..series.ring import Series
from .transforms.derived import DerivedSeries

Condition = Callable[[Sample], object]

DerivedLines = Callable[[], AbstractContextManager[Mapping[Key, DerivedSeries]]]
"""Gives the derived lines by (topic, field), brought up to date, and unchanged while the context lasts."""

MOST_WAITING = 2_000_000
"""How many samples may wait for the condition, at 16 bytes each."""

_LOOK_S = 0.1  # between two looks at derived lines
_DECODING_S = _SLICE_S = 0.01  # as the event loop must not be blocked
_PAUSE_S = 0.02  # of a thread that waits, between two looks at the inbox
_DRAINING_S = 0.5


class LiveSeries(Protocol):
    """The parts of a SensorStream that waiting needs."""

    @property
    def link(self) -> LinkState:
        """The state of its link."""

    @property
    def status_text(self) -> str:
        """Its status in a sentence."""

    def reading(self) -> AbstractContextManager[Mapping[Key, Series]]:
        """The series, unchanged while the context lasts."""

    def drain(self, limit_s: float) -> int:
        """Decode messages that have arrived, for so many seconds."""

    def listen(self, listener: Newcomers) -> None:
        """Tell `listener` of all samples from here on."""

    def ignore(self, listener: Newcomers) -> None:
        """Stop telling it."""


def no_lines() -> AbstractContextManager[Mapping[Key, DerivedSeries]]:
    """No derived lines."""
    return nullcontext({})


async def until(
    stream: LiveSeries,
    condition: Condition,
    timeout: float | None = None,
    of: str | Iterable[str] | None = None,
    is_closed: Callable[[], bool] = lambda: False,
    derived: DerivedLines = no_lines,
) -> Sample:
    """The first sample from here on that fulfils a condition; see SensorStream.until.

    Args:
        stream: a SensorStream.
        condition: a function of a Sample; an error that it raises is raised here.
        timeout: seconds; None waits for ever.
        of: patterns of the lines whose samples count, including derived ones; None for all of the stream's own.
        is_closed: whether the plot whose method this is was closed.
        derived: gives the lines that are derived from the stream's series.

    Raises:
        TimeoutError: if none came in time.
        StoppedError: if the stream is stopped, or the plot closed.
        InvalidValueError: for a value that is not accepted.
    """
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    asking = _asking(stream, condition, timeout, of, is_closed, derived, news.clear, lambda: _wake(loop, news))
    with closing(asking):
        while True:
            try:
                pause_s = next(asking)
            except StopIteration as found:
                return _sample(found)
            if not pause_s:
                await asyncio.sleep(0)
                continue
            try:
                await asyncio.wait_for(news.wait(), pause_s)
            except (TimeoutError, asyncio.TimeoutError):
                stream.drain(_DECODING_S)


def wait_until(
    stream: LiveSeries,
    condition: Condition,
    timeout: float | None = None,
    of: str | Iterable[str] | None = None,
    derived: DerivedLines = no_lines,
) -> Sample:
    """The same as `until`, but blocks its thread; see SensorStream.wait_until."""
    news = threading.Event()
    asking = _asking(stream, condition, timeout, of, lambda: False, derived, news.clear, news.set)
    with closing(asking):
        while True:
            try:
                pause_s = next(asking)
            except StopIteration as found:
                return _sample(found)
            if pause_s and not news.wait(min(pause_s, _PAUSE_S)):  # briefly, as some systems interrupt no wait
                stream.drain(_DRAINING_S)


def _asking(
    stream: LiveSeries,
    condition: Condition,
    timeout: float | None,
    of: str | Iterable[str] | None,
    is_closed: Callable[[], bool],
    derived: DerivedLines,
    forget_news: Callable[[], object],
    wake: Callable[[], object],
) -> Generator[float, None, Sample]:
    """Ask the condition about each new sample; yields how many seconds to wait, unless `wake` is called before."""
    if not callable(condition) or inspect.iscoroutinefunction(condition):
        raise InvalidValueError(f"condition is a plain function of one Sample, not {printable(repr(condition))}")
    limit_s = _seconds(timeout)
    patterns = FieldPatterns(("*",) if of is None else patterns_of("of", of))
    newcomers = Newcomers(patterns, wake)
    with stream.reading() as found:
        stream.listen(newcomers)
        grown = DerivedUpdates(patterns, no_lines if of is None else derived, found)
    try:
        return (yield from _first(stream, newcomers, grown, forget_news, condition, limit_s, is_closed))
    finally:
        stream.ignore(newcomers)


def _first(
    stream: LiveSeries,
    newcomers: Newcomers,
    grown: DerivedUpdates,
    forget_news: Callable[[], object],
    condition: Condition,
    limit_s: float,
    is_closed: Callable[[], bool],
) -> Generator[float, None, Sample]:
    deadline = time.monotonic() + limit_s
    seen, newest = 0, None
    while True:
        forget_news()
        rest_at = time.monotonic() + _SLICE_S
        samples = chain(newcomers.take(), grown.take())
        for newest in samples:
            seen += 1
            if condition(newest):
                return newest
            if time.monotonic() > rest_at:
                yield 0.0
                if time.monotonic() >= deadline:
                    break
                _refuse_to_wait(stream, newcomers, is_closed(), _so_far(seen, newest))
                rest_at = time.monotonic() + _SLICE_S
        _refuse_to_wait(stream, newcomers, is_closed(), _so_far(seen, newest))
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            more = "" if next(samples, None) is None else ", and more than it could be asked about in time"
            came = _so_far(seen, newest, stream, newcomers.is_choosy)
            ended = f"; {grown.endings}" if grown.endings else ""
            raise TimeoutError(f"no sample fulfilled it in {duration(limit_s)}; {came}{more}{ended}")
        yield min(left_s, _LOOK_S)


def _sample(found: StopIteration) -> Sample:
    sample: Sample = found.value
    return sample


def _refuse_to_wait(stream: LiveSeries, newcomers: Newcomers, is_closed: bool, so_far: str) -> None:
    """Raise an error if waiting is in vain."""
    if is_closed:
        raise StoppedError(f"the plot was closed while a sample was awaited; {so_far}")
    if stream.link.status == "stopped":
        raise StoppedError(f"no sample can come, as it is stopped: start() subscribes again; {so_far}")
    if newcomers.left_out:
        raise StoppedError(
            f"more than {MOST_WAITING:,} samples came faster than the condition could be asked: "
            f"give of= a pattern of fewer series, or use limit(); {so_far}"
        )


def _so_far(seen: int, newest: Sample | None, stream: LiveSeries | None = None, is_choosy: bool = False) -> str:
    """How many samples came, and the newest, in words."""
    if newest is not None:
        unit = f" {newest.unit}" if newest.unit else ""
        name = f"{newest.topic} {newest.field}".strip()
        text = f"{quantity(seen, 'sample')} came, newest {number_text(newest.value)}{unit} of {name}"
    else:
        text = "no sample came of the series asked for" if is_choosy else "no sample came"
        if stream is not None:
            text = f"{text}. {stream.status_text}"
    return printable(text, 300)


def _seconds(timeout: float | None) -> float:
    if timeout is None:
        return math.inf
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout > 0:
        raise InvalidValueError(f"timeout is a number of seconds above 0, or None, not {printable(repr(timeout))}")
    return float(timeout)


def _wake(loop: asyncio.AbstractEventLoop, news: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(news.set)


class Newcomers:
    """New samples of some series in the order in which they came; those that came together are ordered by time.

    One thread at a time stores them, as the stream is locked; another may take them. Each counts its own.

    Args:
        patterns: patterns of the series.
        wake: called when there are new samples, on any thread.
    """

    def __init__(self, patterns: FieldPatterns, wake: Callable[[], object]) -> None:
        self._patterns = patterns
        self._wake = wake
        self._batches: deque[list[Part]] = deque()
        self._stored = self._taken = 0
        self.left_out = 0
        """How many samples there was no room for."""

    @property
    def is_choosy(self) -> bool:
        """Whether only some series are wanted."""
        return self._patterns.patterns != ("*",)

    def stored(self, batch: Batch, series: Mapping[Key, Series]) -> None:
        """Add the wanted samples among those just stored."""
        wanted = [
            _of_known_age(Part(key, series[key].unit, np.array(times), np.array(values)), series[key].kept_at)
            for key, (times, values) in batch.items()
            if key in series and self._patterns.match(*key)
        ]
        count = sum(len(part.time) for part in wanted)
        if self._stored - self._taken + count > MOST_WAITING:
            self.left_out += count
        elif count:
            self._stored += count
            self._batches.append(wanted)
            self._wake()

    def take(self) -> Iterator[Sample]:
        """The samples so far, each once."""
        while self._batches:
            batch = self._batches.popleft()
            self._taken += sum(len(part.time) for part in batch)
            yield from in_order(batch)


class DerivedUpdates:
    """New samples of derived lines, each once; the lines are looked at from time to time.

    A sample is new if it is later than all before it on its line. One that is computed of older samples, or
    computed again, is not.

    Args:
        patterns: patterns of the lines.
        derived: gives the lines.
        found: the stream's series when the wait begins, while the stream is locked.
    """

    def __init__(self, patterns: FieldPatterns, derived: DerivedLines, found: Mapping[Key, Series]) -> None:
        self._patterns = patterns
        self._derived = derived
        self._begins = {key: series.last[0] for key, series in found.items() if series.last}
        self._taken: dict[Key, float] = {}
        self._next_at = 0.0
        self._endings: dict[str, None] = {}

    def take(self) -> Iterator[Sample]:
        """The new samples in order of time."""
        now = time.monotonic()
        if now < self._next_at:
            return
        self._next_at = now + _LOOK_S
        with self._derived() as lines:
            wanted = [line for key, line in lines.items() if self._patterns.match(*key)]
            self._endings = dict.fromkeys(f"{line.name}: {line.remark}" for line in wanted if line.is_over)
            parts = [self._new_of(line) for line in wanted]
        yield from in_order(parts)

    @property
    def endings(self) -> str:
        """Why lines have ended; `""` if none has."""
        return "; ".join(self._endings)

    def _new_of(self, line: DerivedSeries) -> Part:
        after = self._taken.get(line.key, self._begins.get(line.source, -math.inf))
        cut = line.series.cut(line.series.position_at(math.nextafter(after, math.inf)))
        if len(cut.time):
            self._taken[line.key] = float(cut.time[-1])
        return _of_known_age(Part(line.key, line.series.unit, cut.time, cut.value), line.series.kept_at)


class Part(NamedTuple):
    """Samples of one series.

    Attributes:
        key: (topic, field).
        unit: the unit of the values.
        time: shape (n,), epoch seconds.
        value: shape (n,).
    """

    key: Key
    unit: str
    time: FloatArray
    value: FloatArray


def _of_known_age(part: Part, kept_at: Sequence[float]) -> Part:
    """Samples without those that the broker had kept: nobody knows when they were measured."""
    if not kept_at:
        return part
    known = ~np.isin(part.time, kept_at)
    return part._replace(time=part.time[known], value=part.value[known])


def in_order(parts: Sequence[Part]) -> Iterator[Sample]:
    """The samples of several series in order of time.

    Example:
        >>> parts = [Part(("a", ""), "", np.array([1.0, 3.0]), np.array([10.0, 30.0]))]
        >>> parts += [Part(("b", ""), "", np.array([2.0]), np.array([20.0]))]
        >>> [sample.value for sample in in_order(parts)]
        [10.0, 20.0, 30.0]
    """
    if not parts:
        return
    times = np.concatenate([part.time for part in parts])
    values = np.concatenate([part.value for part in parts])
    owners = np.repeat(np.arange(len(parts)), [len(part.time) for part in parts])
    order = times.argsort(kind="stable")
    columns = (column[order].tolist() for column in (times, values, owners))
    for at, value, owner in zip(*columns, strict=True):
        (topic, field), unit, *_ = parts[owner]
        yield Sample(topic, field, at, value, unit)


class Awaited(Coroutine[Any, Any, Sample]):
    """A wait that begins when it is awaited, alone or in a task, as with a coroutine function.

    Args:
        owner: the usual name of the object whose method it is, such as "plot".
        begin: makes the coroutine that waits.

    Example:
        >>> async def wait(): ...
        >>> Awaited("plot", wait)
        <nothing was waited for: write `await plot.until(...)`>
    """

    def __init__(self, owner: str, begin: Callable[[], Coroutine[Any, Any, Sample]]) -> None:
        self._call = f"{owner}.until(...)"
        self._words = f"nothing was waited for: write `await {self._call}`"
        self._begin = begin
        self._begun: Coroutine[Any, Any, Sample] | None = None
        self._is_told = False

    def __await__(self) -> Generator[Any, Any, Sample]:
        __tracebackhide__ = True
        try:
            return (yield from self._coroutine().__await__())
        except MqttWidgetsError as error:
            error.__context__ = None
            raise error.with_traceback(None) from None  # it is about the user's arguments

    def send(self, value: Any) -> Any:
        """Go on with the wait."""
        return self._coroutine().send(value)

    def throw(self, *error: Any) -> Any:
        """Go on with an error, such as a cancellation."""
        return self._coroutine().throw(*error)

    def close(self) -> None:
        """End the wait."""
        self._is_told = True
        if self._begun is not None:
            self._begun.close()

    def __repr__(self) -> str:
        if self._begun is not None:
            return f"<{self._call}, awaited>"
        self._is_told = True
        return f"<{self._words}>"

    def __getattr__(self, name: str) -> Any:
        """Tell a user who takes this for the sample that `await` is missing."""
        raise AttributeError(f"this is no Sample and has no {name!r}, as {self._words}")

    def __del__(self) -> None:
        if self._begun is None and not self._is_told and not sys.is_finalizing():
            warnings.warn(self._words, RuntimeWarning, stacklevel=2)

    def _coroutine(self) -> Coroutine[Any, Any, Sample]:
        if self._begun is None:
            self._begun = self._begin()
        return self._begun

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
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from itertools import chain
from typing import Any, Protocol

import numpy as np

from ..base.errors import InvalidValueError, MqttWidgetsError, StoppedError
from ..base.model import Batch, Key, LinkState, Sample
from ..base.patterns import FieldPatterns, patterns_of
from ..base.text import duration, number_text, printable, quantity
from ..series.ring import Series
from .derived_updates import LOOK_S, DerivedLines, DerivedUpdates, no_lines
from .ordered import Part, in_order

Condition = Callable[[Sample], object]

MOST_WAITING = 2_000_000
"""Samples that may wait for the condition to be asked, 16 bytes each."""

_DECODING_S = _SLICE_S = 0.01  # as the event loop must not be held up
_PAUSE_S = 0.02  # of a thread that waits, between two looks at what has come
_DRAINING_S = 0.5


class Newcomers:
    """New samples of some series, in the order in which they came, by time where they came together.

    One thread at a time stores them, as the stream is locked; another may take them. Each counts its own.

    Args:
        patterns: which series.
        wake: called when there are some, on any thread.
    """

    def __init__(self, patterns: FieldPatterns, wake: Callable[[], object]) -> None:
        self._patterns = patterns
        self._wake = wake
        self._batches: deque[list[Part]] = deque()
        self._stored = self._taken = 0
        self.left_out = 0
        """Samples that there was no room for."""

    @property
    def is_choosy(self) -> bool:
        """Whether not all series are wanted."""
        return self._patterns.patterns != ("*",)

    def stored(self, batch: Batch, series: Mapping[Key, Series]) -> None:
        """Take what is wanted."""
        wanted = [
            Part(key, series[key].unit, np.array(times), np.array(values))
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
        """The samples that are here, each once."""
        while self._batches:
            batch = self._batches.popleft()
            self._taken += sum(len(part.time) for part in batch)
            yield from in_order(batch)


class LiveSeries(Protocol):
    """Series that samples come into, as far as waiting for one needs to know."""

    @property
    def link(self) -> LinkState:
        """How the link is on which they come."""

    @property
    def status_text(self) -> str:
        """How it is, in a sentence."""

    def reading(self) -> AbstractContextManager[Mapping[Key, Series]]:
        """The series, unchanged while the context lasts."""

    def drain(self, limit_s: float) -> int:
        """Decode what has arrived, for so many seconds."""

    def listen(self, listener: Newcomers) -> None:
        """Tell `listener` of all samples from here on."""

    def ignore(self, listener: Newcomers) -> None:
        """Tell it no more."""


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
        stream: where samples come, a SensorStream say.
        condition: a function of a Sample; what it raises is raised here.
        timeout: seconds; None waits for ever.
        of: patterns of the lines whose samples count, derived ones too; None for all of the stream's own.
        is_closed: whether whoever waits is not there any more.
        derived: gives the lines that are derived from the stream's series.

    Raises:
        TimeoutError: when none came in time.
        StoppedError: when the stream is stopped, or `is_closed` says so.
        InvalidValueError: for what is not accepted.
    """
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    asking = _asking(stream, condition, timeout, of, is_closed, derived, news, lambda: _wake(loop, news))
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
    """The same as `until`, for a thread that waits; see SensorStream.wait_until."""
    news = threading.Event()
    asking = _asking(stream, condition, timeout, of, lambda: False, derived, news, news.set)
    with closing(asking):
        while True:
            try:
                pause_s = next(asking)
            except StopIteration as found:
                return _sample(found)
            if pause_s and not news.wait(min(pause_s, _PAUSE_S)):  # briefly, as some systems interrupt no wait
                stream.drain(_DRAINING_S)


class _News(Protocol):
    """An Event, of asyncio or of threading, as far as who asks needs it."""

    def clear(self) -> object:
        """Forget what came."""


def _asking(
    stream: LiveSeries,
    condition: Condition,
    timeout: float | None,
    of: str | Iterable[str] | None,
    is_closed: Callable[[], bool],
    derived: DerivedLines,
    news: _News,
    wake: Callable[[], object],
) -> Generator[float, None, Sample]:
    """Ask the condition about each new sample; yields seconds to wait at most, unless `wake` is called."""
    if not callable(condition) or inspect.iscoroutinefunction(condition):
        raise InvalidValueError(f"condition is a plain function of one Sample, not {printable(repr(condition))}")
    limit_s = _seconds(timeout)
    patterns = FieldPatterns(("*",) if of is None else patterns_of("of", of))
    newcomers = Newcomers(patterns, wake)
    with stream.reading() as found:
        stream.listen(newcomers)
        grown = DerivedUpdates(patterns, no_lines if of is None else derived, found)
    try:
        return (yield from _first(stream, newcomers, grown, news, condition, limit_s, is_closed))
    finally:
        stream.ignore(newcomers)


def _first(
    stream: LiveSeries,
    newcomers: Newcomers,
    grown: DerivedUpdates,
    news: _News,
    condition: Condition,
    limit_s: float,
    is_closed: Callable[[], bool],
) -> Generator[float, None, Sample]:
    deadline = time.monotonic() + limit_s
    seen, newest = 0, None
    while True:
        news.clear()
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
        yield min(left_s, LOOK_S)


def _sample(found: StopIteration) -> Sample:
    sample: Sample = found.value
    return sample


def _refuse_to_wait(stream: LiveSeries, newcomers: Newcomers, is_closed: bool, so_far: str) -> None:
    """Raise where waiting is in vain."""
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
    """What was seen meanwhile, in words."""
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


class Awaited(Coroutine[Any, Any, Sample]):
    """A wait for a sample that begins when it is awaited, alone or in a task, as that of a coroutine function.

    Args:
        owner: of what it is a method, as a person may have named that.
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
            raise error.with_traceback(None) from None  # it is about what was asked for

    def send(self, value: Any) -> Any:
        """Go on with the wait."""
        return self._coroutine().send(value)

    def throw(self, *error: Any) -> Any:
        """Go on with an error, such as that it is cancelled."""
        return self._coroutine().throw(*error)

    def close(self) -> None:
        """Wait no more."""
        self._is_told = True
        if self._begun is not None:
            self._begun.close()

    def __repr__(self) -> str:
        if self._begun is not None:
            return f"<{self._call}, awaited>"
        self._is_told = True
        return f"<{self._words}>"

    def __getattr__(self, name: str) -> Any:
        """Say what is missing to who takes this for the sample."""
        raise AttributeError(f"this is no Sample and has no {name!r}, as {self._words}")

    def __del__(self) -> None:
        if self._begun is None and not self._is_told and not sys.is_finalizing():
            warnings.warn(self._words, RuntimeWarning, stacklevel=2)

    def _coroutine(self) -> Coroutine[Any, Any, Sample]:
        if self._begun is None:
            self._begun = self._begin()
        return self._begun

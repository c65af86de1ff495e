"""Waiting for a sample that fulfils a condition."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import warnings
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from mqttwidgets import InvalidValueError, LiveSensorPlot, Sample, SensorStream, Series, StoppedError, rolling_mean
from mqttwidgets.analysis import until as waiting
from mqttwidgets.analysis.until import until
from mqttwidgets.base.model import LinkState
from mqttwidgets.base.patterns import FieldPatterns
from mqttwidgets.sensor_stream import Listener

from ...support.feeding import feed, message


class LiveStream(SensorStream):
    """A stream that is live without a broker, until it is stopped."""

    is_live = True
    listeners = 0

    def listen(self, listener: Listener) -> None:
        """Count who listens."""
        super().listen(listener)
        self.listeners += 1

    def ignore(self, listener: Listener) -> None:
        """Count who listens."""
        super().ignore(listener)
        self.listeners -= 1

    @property
    def is_started(self) -> bool:
        """Whether it is live."""
        return self.is_live

    @property
    def link(self) -> LinkState:
        """Live, or stopped."""
        return LinkState("live" if self.is_live else "stopped", "As it is.", 0.0)


@pytest.fixture
def stream() -> Iterator[LiveStream]:
    """One without samples."""
    made = LiveStream("lab/#")
    yield made
    made.is_live = False


@pytest.fixture
def often_another_thread() -> Iterator[None]:
    """Threads take turns every few instructions."""
    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(former)


async def begun(waiting: Coroutine[Any, Any, Sample]) -> asyncio.Task[Sample]:
    """A wait that has begun."""
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    return task


def test_the_first_new_sample_that_fulfils_it(stream: LiveStream) -> None:
    seen: list[float] = []

    def is_hot(sample: Sample) -> bool:
        seen.append(sample.value)
        return sample.value > 30

    async def cell() -> Sample:
        feed(stream, "lab/oven", 99.0)
        task = await begun(until(stream, is_hot, timeout=30))
        feed(stream, "lab/oven", 20.0, 31.5, 40.0, start=10.0)
        return await task

    assert asyncio.run(cell()) == Sample("lab/oven", "", 11.0, 31.5)
    assert seen == [20.0, 31.5], "neither what was there before, nor what came after"


def test_samples_that_came_together_are_asked_in_order_of_time_late_ones_too(stream: LiveStream) -> None:
    seen: list[tuple[str, float]] = []

    def is_last(sample: Sample) -> bool:
        seen.append((sample.topic, sample.time))
        return sample.value == 9

    async def cell() -> None:
        task = await begun(until(stream, is_last, timeout=30))
        stream.deliver(
            message("lab/a", b"1", at=2.0), message("lab/b", b"1", at=1.0), message("lab/a", b"1", at=3.0)
        )
        stream.drain()
        stream.deliver(message("lab/a", b"9", at=0.5))
        await task

    asyncio.run(cell())
    assert seen == [("lab/b", 1.0), ("lab/a", 2.0), ("lab/a", 3.0), ("lab/a", 0.5)]


def test_only_the_series_asked_for(stream: LiveStream) -> None:
    async def cell() -> Sample:
        task = await begun(until(stream, lambda sample: True, of="*/b"))
        feed(stream, "lab/a", 1.0)
        feed(stream, "lab/b", 2.0)
        return await task

    assert asyncio.run(cell()).topic == "lab/b"


def test_a_timeout_says_what_came(stream: LiveStream) -> None:
    async def cell() -> None:
        task = await begun(until(stream, lambda sample: False, timeout=0.3))
        feed(stream, "lab/oven", 20.5, 21.25)
        await task

    with pytest.raises(TimeoutError, match=r"in 0.3 s; 2 samples came, newest 21.25 of lab/oven"):
        asyncio.run(cell())
    with pytest.raises(TimeoutError, match=r"in 0.1 s; no sample came"):
        asyncio.run(until(stream, lambda sample: False, timeout=0.1))
    with pytest.raises(TimeoutError, match=r"no sample came of the series asked for\. As it is"):
        asyncio.run(until(stream, lambda sample: False, timeout=0.1, of="*mean*"))


def plot_of(stream: SensorStream) -> LiveSensorPlot:
    """A plot of it, whose derived lines nobody draws."""
    return LiveSensorPlot(stream=stream, autostart=False)


def test_a_derived_line_is_waited_for_by_its_name_from_now_on(stream: LiveStream) -> None:
    async def cell() -> Sample:
        plot = plot_of(stream)
        feed(stream, "lab/oven", 90.0, 90.0, start=1000.0)
        plot.derive("mean", rolling_mean(2))
        task = await begun(plot.until(lambda sample: sample.value > 30, timeout=30, of="*mean"))
        plot.to_pandas(of="*mean")  # computes what was there
        feed(stream, "lab/oven", -90.0, 20.0, 44.0, 60.0, start=1002.0)
        found = await task
        plot.close()
        return found

    assert asyncio.run(cell()) == Sample("lab/oven", "→ mean", 1004.0, 32.0), "what was there before is not new"


def test_derived_lines_count_only_where_they_are_named(stream: LiveStream) -> None:
    of_stream: list[str] = []
    of_all: list[str] = []

    def is_last(sample: Sample) -> bool:
        of_stream.append(sample.field)
        return sample.value == 99

    def is_second_derived(sample: Sample) -> bool:
        of_all.append(sample.field)
        if sample.value == 40:
            feed(stream, "lab/oven", 21.0, start=1001.0)  # both look at derived lines before they see its double
        return sample.value == 42

    async def cell() -> None:
        plot = plot_of(stream)
        plot.derive("mine", lambda numbers: 2 * numbers)
        alone = await begun(plot.until(is_last, timeout=60))
        task = await begun(plot.until(is_second_derived, timeout=60, of="*"))
        feed(stream, "lab/oven", 20.0, start=1000.0)
        await task
        feed(stream, "lab/oven", 99.0, start=1002.0)
        await alone
        plot.close()

    asyncio.run(cell())
    assert (of_stream, of_all) == (["", "", ""], ["", "→ mine", "", "→ mine"])


def test_why_a_derived_line_does_not_come_is_told(stream: LiveStream) -> None:
    async def cell() -> None:
        plot = plot_of(stream)
        mine = plot.derive("mine", lambda numbers: numbers / nothing)  # type: ignore[name-defined]  # noqa: F821
        feed(stream, "lab/oven", 20.0, start=1000.0)
        plot.to_pandas(of="*")  # computes what waits
        assert mine.error
        try:
            await plot.until(lambda sample: True, timeout=0.1, of="*mine")
        finally:
            plot.close()

    with pytest.raises(TimeoutError, match="mine: NameError: name 'nothing' is not defined"):
        asyncio.run(cell())


def test_without_await_it_says_what_to_write(stream: LiveStream) -> None:
    plot = plot_of(stream)
    shown = plot.until(lambda sample: True)
    assert repr(shown) == "<nothing was waited for: write `await plot.until(...)`>"
    with pytest.raises(AttributeError, match=r"no 'value', as nothing was waited for: write `await plot.until"):
        shown.value  # type: ignore[attr-defined]  # noqa: B018
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del shown  # it was told
        gc.collect()
    with pytest.warns(RuntimeWarning, match=r"^nothing was waited for: write `await plot.until\(...\)`$") as told:
        plot.until(lambda sample: True)  # type: ignore[unused-coroutine]
    assert [warning.filename for warning in told] == [__file__], "the line is the user's"
    plot.close()


def test_it_may_run_as_a_task_and_be_cancelled_before_it_begins(stream: LiveStream) -> None:
    async def cell() -> float:
        plot = plot_of(stream)
        never = asyncio.create_task(plot.until(lambda sample: True))
        never.cancel()
        task = asyncio.create_task(plot.until(lambda sample: True, timeout=30))
        await asyncio.sleep(0)
        feed(stream, "lab/oven", 20.0)
        found, other = await asyncio.gather(task, never, return_exceptions=True)
        assert isinstance(other, asyncio.CancelledError)
        plot.close()
        return found.value  # type: ignore[union-attr]

    assert asyncio.run(cell()) == 20.0


def test_what_the_condition_raises_is_raised_to_the_cell(stream: LiveStream) -> None:
    async def cell() -> None:
        task = await begun(until(stream, lambda sample: sample.nothing))  # type: ignore[attr-defined]
        feed(stream, "lab/oven", 20.0)
        await task

    with pytest.raises(AttributeError, match="nothing"):
        asyncio.run(cell())
    assert stream.listeners == 0


def test_stopping_and_closing_end_the_wait_with_words(stream: LiveStream) -> None:
    async def cell(is_closed: bool) -> None:
        task = await begun(until(stream, lambda sample: False, is_closed=lambda: is_closed))
        stream.is_live = False
        await task

    with pytest.raises(StoppedError, match=r"stopped: start\(\) subscribes again; no sample came"):
        asyncio.run(cell(False))
    with pytest.raises(StoppedError, match="was closed"):
        asyncio.run(cell(True))


def test_a_condition_that_is_slower_than_samples_come_keeps_nothing_from_ending_the_wait(
    stream: LiveStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_SLICE_S", -1.0)  # it takes too long each time
    asked: list[float] = []

    def brings_another(sample: Sample) -> bool:
        asked.append(sample.time)
        if len(asked) > 20_000:
            raise AssertionError("it goes on for ever")
        if len(asked) == 3:
            stream.is_live = is_live
        feed(stream, "lab/oven", 20.0)
        stream.drain()
        return False

    async def cell(timeout: float | None, **options: Any) -> None:
        asked.clear()
        task = await begun(until(stream, brings_another, timeout=timeout, **options))
        feed(stream, "lab/oven", 20.0)
        await task

    is_live = True
    with pytest.raises(
        TimeoutError, match=r"in 0.1 s; \d+ samples? came, newest 20 of lab/oven, and more than it"
    ):
        asyncio.run(cell(0.1))
    with pytest.raises(StoppedError, match="closed"):
        asyncio.run(cell(None, is_closed=lambda: len(asked) == 3))
    is_live = False
    with pytest.raises(StoppedError, match=r"start\(\)"):
        asyncio.run(cell(None))
    assert len(asked) == 3


def test_a_cancelled_wait_leaves_nothing_behind(stream: LiveStream) -> None:
    async def cell() -> None:
        task = await begun(until(stream, lambda sample: False))
        assert stream.listeners == 1
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cell())
    assert stream.listeners == 0


def test_more_than_may_wait_is_told(stream: LiveStream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 3)

    async def cell() -> None:
        task = await begun(until(stream, lambda sample: False))
        feed(stream, "lab/oven", 1.0, 2.0, 3.0, 4.0)
        stream.drain()  # all of them, before the condition can be asked
        await task

    with pytest.raises(StoppedError, match="more than 3 samples"):
        asyncio.run(cell())


def test_there_is_room_for_as_many_again_once_they_were_taken_while_more_came(
    monkeypatch: pytest.MonkeyPatch, often_another_thread: None
) -> None:
    monkeypatch.setattr(waiting, "MOST_WAITING", 20_000)
    newcomers = waiting.Newcomers(FieldPatterns(("*",)), lambda: None)
    series = Series("lab/oven", "", 1)

    def store(count: int) -> None:
        newcomers.stored({("lab/oven", ""): ([0.0] * count, [0.0] * count)}, {("lab/oven", ""): series})

    def store_many() -> None:
        for _ in range(20_000):
            store(1)

    storing = threading.Thread(target=store_many)
    storing.start()
    while storing.is_alive():
        for _ in newcomers.take():
            pass
    storing.join()
    for _ in newcomers.take():
        pass
    store(20_000)
    assert newcomers.left_out == 0
    store(1)
    assert newcomers.left_out == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("hot",), "condition is a plain function"),
        ((print, 0), "timeout is a number of seconds"),
        ((print, "60"), "timeout is a number of seconds"),
        ((print, None, [7]), "of is a pattern"),
    ],
)
def test_what_is_not_accepted_is_told(stream: LiveStream, arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(InvalidValueError, match=words):
        asyncio.run(until(stream, *arguments))

"""What a stream derives and watches without a kernel: on one thread of its own, or where a plot of it draws."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mqttwidgets import (
    InvalidValueError,
    LiveSensorPlot,
    Sample,
    SensorStream,
    Sink,
    StoppedError,
    UnknownKeywordError,
    rolling_mean,
)
from mqttwidgets.analysis import analysis as analysis_module
from mqttwidgets.analysis.alarms import alarms
from mqttwidgets.analysis.alarms.events import Event
from mqttwidgets.base.model import LinkState

from ...conftest import network_threads
from ...support.feeding import feed, message
from ...support.mosquitto import Mosquitto
from ...support.publishing import publish
from ...support.waiting import wait_for
from ..jupyter.test_frame_clock import until
from ..jupyter.test_plot_alarms import words_of
from .test_until import LiveStream

START = 1_790_000_000.0
THREAD = "mqttwidgets analysis"


@pytest.fixture
def stream() -> Iterator[LiveStream]:
    """One that is live, without samples."""
    made = LiveStream("lab/#")
    yield made
    made.is_live = False


def test_a_limit_calls_on_one_thread_of_the_streams_own_in_order(stream: LiveStream) -> None:
    called: list[tuple[str, float | None]] = []
    threads: set[threading.Thread] = set()

    def note(event: Event) -> None:
        called.append((event.topic, event.end_s))
        threads.add(threading.current_thread())

    stream.limit("*", above=30, call=note)
    feed(stream, "lab/oven", 20.0, 31.0, start=START)
    wait_for(lambda: called == [("lab/oven", None)])
    feed(stream, "lab/oven", 20.0, start=START + 2)
    wait_for(lambda: len(called) == 2)
    assert called[1] == ("lab/oven", START + 2)
    (thread,) = threads
    assert (thread.name, thread.daemon) == (THREAD, True)
    assert [(event.start_s, event.end_s) for event in stream.events] == [(START + 1, START + 2)]


def test_functions_to_derive_are_called_on_the_same_thread_and_limits_see_their_lines(stream: LiveStream) -> None:
    threads: set[str] = set()
    called: list[Event] = []

    def doubled(numbers: Any) -> Any:
        threads.add(threading.current_thread().name)
        return 2 * numbers

    def note(event: Event) -> None:
        threads.add(threading.current_thread().name)
        called.append(event)

    derived = stream.derive("mine", doubled)
    limit = stream.limit("*mine", above=50, call=note)
    assert (stream.derived, stream.limits) == ((derived,), (limit,))
    feed(stream, "lab/oven", 20.0, 30.0, start=START)
    wait_for(lambda: len(called) == 1)
    assert (called[0].field, called[0].peak) == ("→ mine", 60.0)
    table = stream.statistics()
    assert table["field"].tolist() == ["", "→ mine"]
    assert table["mean"].tolist() == [25.0, 50.0]
    assert threads == {THREAD}


def test_all_that_is_kept_is_computed_before_it_is_counted(stream: LiveStream) -> None:
    stream.derive("mean", rolling_mean(2))
    stream.derive("mine", lambda numbers: numbers, of="*oven")
    feed(stream, "lab/oven", *map(float, range(2_000)), start=START)
    assert stream.statistics()["count"].tolist() == [2_000, 1_999, 2_000]


def test_derived_lines_are_taken_away_where_they_are_named(stream: LiveStream, tmp_path: Path) -> None:
    stream.derive("mean", rolling_mean(2))
    feed(stream, "lab/oven", 10.0, 20.0, start=START)
    assert stream.to_pandas()["field"].tolist() == ["", ""]
    assert stream.to_pandas(of="*mean")["value"].tolist() == [15.0]
    assert len(stream.to_pandas(of="*")) == 3
    assert ",→ mean,15.0," in stream.to_csv(tmp_path / "mean.csv", of="*mean").read_text()
    with pytest.raises(
        InvalidValueError, match=r"of='\*cellar' matches none of the lines that have a sample: lab/"
    ):
        stream.to_pandas(of="*cellar")


def test_calls_are_made_while_more_comes_than_can_be_decoded() -> None:
    called, is_over = threading.Event(), False

    def slowly(_topic: str, payload: bytes) -> float:
        time.sleep(0.0 if is_over else 0.002)
        return float(payload)

    stream = LiveStream("lab/#", decoder=slowly)
    stream.limit("*", above=5, call=lambda _event: called.set())
    feed(stream, "lab/oven", 0.0, 10.0, *[0.0] * 3_000, start=START)
    assert called.wait(30)
    assert stream._inbox.counts().waiting > 0, "it was not called when all was read"  # noqa: SLF001
    is_over = True  # else what waits would hold up the thread's end
    stream.is_live = False


def test_who_derives_and_watches_nothing_has_no_thread_and_no_analysis(stream: LiveStream) -> None:
    feed(stream, "lab/oven", 20.0, start=START)
    stream.to_pandas()
    assert (stream.derived, stream.limits) == ((), ())
    assert network_threads() == []
    assert stream._analysis is None  # noqa: SLF001 - it is made when it is first needed


def test_the_thread_ends_with_the_last_limit_and_derivation(stream: LiveStream) -> None:
    limit, derived = stream.limit("*", above=30), stream.derive("mean", rolling_mean(2))
    limit.remove()
    assert network_threads() == [THREAD]
    derived.remove()
    wait_for(lambda: network_threads() == [])
    stream.derive("mean", rolling_mean(2))
    assert network_threads() == [THREAD]


def test_the_thread_ends_when_nobody_holds_the_stream() -> None:
    stream = LiveStream("lab/#")
    stream.limit("*", above=30, call=print)
    assert network_threads() == [THREAD]
    held = weakref.ref(stream)
    del stream

    def is_over() -> bool:
        gc.collect()
        return held() is None and network_threads() == []

    wait_for(is_over)


def test_the_thread_begins_and_ends_with_the_stream_and_what_came_by_then_is_called(mosquitto: Mosquitto) -> None:
    called: list[float] = []
    stream = SensorStream("lab/#", mosquitto.url)
    stream.limit("*", above=30, call=lambda event: called.append(event.peak))
    assert network_threads() == []
    for peak in (31.0, 32.0):  # stopped streams start again
        with stream:
            wait_for(lambda: stream.status == "live")
            assert THREAD in network_threads()
            publish(mosquitto.port, [("lab/oven", str(peak))])
            wait_for(lambda: stream.ledger.stored == peak - 30)  # noqa: B023
        wait_for(lambda: network_threads() == [])
        assert called[-1] == peak or called[-2] == peak  # it began, and ended with the link


def test_what_a_function_raises_is_logged_and_ends_nothing(
    stream: LiveStream, caplog: pytest.LogCaptureFixture
) -> None:
    called: list[str] = []

    def fails(event: Event) -> None:
        called.append("fails")
        raise RuntimeError("no relay")

    def exits(event: Event) -> None:
        called.append("exits")
        raise SystemExit

    async def writes(event: Event) -> None:
        await asyncio.sleep(0)
        called.append("writes")

    async def fails_late(event: Event) -> None:
        await asyncio.sleep(0)
        called.append("fails late")
        raise KeyError("late")

    with caplog.at_level(logging.ERROR, "mqttwidgets"):
        for function in (fails, exits, writes, fails_late):
            stream.limit("*", above=30, call=function)
        feed(stream, "lab/a", 31.0, start=START)
        wait_for(lambda: called == ["fails", "exits", "writes", "fails late"])
        feed(stream, "lab/b", 31.0, start=START)
        wait_for(lambda: called == ["fails", "exits", "writes", "fails late"] * 2)
    assert "the function called by <Limit above 30, of *> raised an error" in caplog.text
    assert network_threads() == [THREAD]


def test_calls_that_wait_are_bounded_and_those_left_out_are_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alarms, "_MOST_CALLS", 4)
    stream, called, is_free = LiveStream("lab/#"), list[str](), threading.Event()
    monkeypatch.setattr(stream.analysis.alarms, "_calls", type(stream.analysis.alarms._calls)(maxlen=4))  # noqa: SLF001

    def waits(event: Event) -> None:
        is_free.wait(30)
        called.append(event.topic)

    stream.limit("*", above=30, call=waits)
    feed(stream, "lab/first", 31.0, start=START)
    wait_for(lambda: stream.analysis.calls._caller is not None)  # noqa: SLF001 - it is called
    for number in range(9):
        feed(stream, f"lab/{number}", 31.0, start=START)
    stream.drain()
    is_free.set()
    wait_for(lambda: called == ["lab/first", "lab/5", "lab/6", "lab/7", "lab/8"])
    assert "5 calls of limits were left out" in caplog.text
    stream.is_live = False


def test_a_stop_leaves_a_second_for_calls_and_a_start_goes_on_with_the_rest(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis_module, "_LAST_S", 0.2)
    called: list[str] = []
    is_free = threading.Event()

    def waits(event: Event) -> None:
        called.append(event.topic)
        is_free.wait(30)
        time.sleep(0.15)

    topics = [f"lab/{number}" for number in range(8)]
    stream = SensorStream("lab/#", mosquitto.url)
    stream.limit("*", above=30, call=waits)
    stream.start()
    for topic in topics:
        feed(stream, topic, 31.0, 20.0, start=START)
    wait_for(lambda: called == topics[:1])
    stream.stop()
    is_free.set()
    wait_for(lambda: network_threads() == [])
    assert called == [topic for topic in topics for _ in range(2)][: len(called)]
    assert len(called) < 16
    with stream:
        wait_for(lambda: called == [topic for topic in topics for _ in range(2)])


def test_a_plot_takes_over_from_a_thread_that_is_at_it(stream: LiveStream) -> None:
    called: list[tuple[str, str]] = []
    is_free = threading.Event()

    def waits(event: Event) -> None:
        called.append((event.topic, threading.current_thread().name))
        is_free.wait(30)
        called.append((event.topic, "done"))

    async def live() -> None:
        plot = LiveSensorPlot(stream=stream, autostart=False)
        asyncio.get_running_loop().call_later(0.2, is_free.set)
        await until(lambda: len(called) == 6)
        plot.close()

    stream.limit("*", above=30, call=waits)
    feed(stream, "lab/a", 31.0, start=START)
    wait_for(lambda: len(called) == 1)
    feed(stream, "lab/b", 31.0, start=START)
    feed(stream, "lab/c", 31.0, start=START)
    asyncio.run(live())
    assert called == [
        *[("lab/a", THREAD), ("lab/a", "done")],
        *[("lab/b", "MainThread"), ("lab/b", "done")],
        *[("lab/c", "MainThread"), ("lab/c", "done")],
    ]


def test_a_source_that_begins_late_and_is_over_soon_has_all_its_alarms_called() -> None:
    class Replay:
        """Two messages, which it has once it was told to go on."""

        state = LinkState("stopped", "Not begun yet.", 0.0)

        def start(self, sink: Sink) -> None:
            self.sink = sink

        def stop(self) -> None:
            pass

        def play(self) -> None:
            self.sink.deliver(message("lab/a", b"31", at=START), message("lab/a", b"20", at=START + 1))

    called: list[float | None] = []
    replay = Replay()
    with SensorStream(source=replay) as stream:
        stream.limit("*", above=30, call=lambda event: called.append(event.end_s))
        replay.play()
        wait_for(lambda: called == [None, START + 1])
    wait_for(lambda: network_threads() == [])


def test_waiting_for_a_sample_in_a_script(stream: LiveStream) -> None:
    feed(stream, "lab/oven", 99.0, start=START)
    later = threading.Timer(0.1, lambda: feed(stream, "lab/oven", 20.0, 31.5, 40.0, start=START + 10))
    later.start()
    assert stream.wait_until(lambda sample: sample.value > 30, timeout=30) == Sample(
        "lab/oven", "", START + 11, 31.5
    )
    later.join()
    assert stream.listeners == 0


def test_waiting_for_derived_lines_in_a_script(stream: LiveStream) -> None:
    stream.derive("mean", rolling_mean(2))
    stream.derive("mine", lambda numbers: numbers * 2)
    for of, value in (("*mean", 15.0), ("*mine", 40.0)):
        later = threading.Timer(0.1, lambda: feed(stream, f"lab/{value}", 10.0, 20.0, start=START))  # noqa: B023
        later.start()
        found = stream.wait_until(lambda sample: sample.value == value, timeout=30, of=of)  # noqa: B023
        later.join()
        assert found.field == of.replace("*", "→ ")


def test_a_wait_in_a_script_ends_in_words(stream: LiveStream) -> None:
    with pytest.raises(TimeoutError, match=r"in 0.1 s; no sample came\. Connected to"):
        stream.wait_until(lambda sample: True, timeout=0.1)
    stream.is_live = False
    with pytest.raises(StoppedError, match=r"stopped: start\(\) subscribes again"):
        stream.wait_until(lambda sample: True)
    with pytest.raises(InvalidValueError, match="condition is a plain function"):
        stream.wait_until("hot")  # type: ignore[arg-type]
    with pytest.raises(UnknownKeywordError, match="did you mean 'timeout'"):
        stream.wait_until(print, timeot=5)  # type: ignore[call-arg]
    assert stream.listeners == 0


def test_an_interrupt_ends_a_wait_in_a_script_and_nothing_else(stream: LiveStream) -> None:
    called: list[Event] = []
    stream.limit("*", above=30, call=called.append)
    listeners = stream.listeners
    later = threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT])
    later.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stream.wait_until(lambda sample: False, timeout=60)
    assert time.monotonic() - began < 10
    later.join()
    assert stream.listeners == listeners
    feed(stream, "lab/oven", 31.0, start=START)
    wait_for(lambda: len(called) == 1)


def test_awaiting_a_sample_without_a_plot(stream: LiveStream) -> None:
    async def script() -> Sample:
        stream.derive("mine", lambda numbers: numbers * 2)
        task = asyncio.ensure_future(stream.until(lambda sample: sample.value > 30, timeout=30, of="*mine"))
        await asyncio.sleep(0)
        feed(stream, "lab/oven", 10.0, 20.0, start=START)
        return await task

    assert asyncio.run(script()) == Sample("lab/oven", "→ mine", START + 1, 40.0)
    unawaited = stream.until(print)
    assert repr(unawaited) == "<nothing was waited for: write `await stream.until(...)`>"


def test_what_is_wrong_is_told_as_a_plot_tells_it(stream: LiveStream) -> None:
    with pytest.raises(InvalidValueError, match="above= or below="):
        stream.limit("*")
    with pytest.raises(UnknownKeywordError, match=r"SensorStream.limit\(\) has no keyword 'abov'"):
        stream.limit("*", abov=30)  # type: ignore[call-arg]
    with pytest.raises(InvalidValueError, match="function is rolling_mean"):
        stream.derive("mean", rolling_mean)
    assert (stream.limits, stream.derived, network_threads()) == ((), (), [])


def test_events_are_told_where_the_samples_come_from(stream: LiveStream) -> None:
    stream.limit("*", above=30)
    feed(stream, "lab/oven", 31.0, 20.0, start=START)
    assert '"peak": 31.0' in stream.to_pandas().attrs["mqttwidgets"]


def test_two_plots_of_one_stream_show_the_same(stream: LiveStream) -> None:
    called: list[str] = []

    async def live() -> None:
        plots = [LiveSensorPlot(stream=stream, autostart=False) for _ in range(2)]
        feed(stream, "lab/oven", 10.0, 40.0, start=time.time() - 2)
        stream.derive("mean", rolling_mean(2))
        limit = plots[0].limit("*oven", above=30, call=lambda _: called.append(threading.current_thread().name))
        await until(lambda: all("1 alarm: oven above 30 since" in words_of(plot) for plot in plots))
        await until(lambda: all(shown(plot) == ["oven", "mean of oven"] for plot in plots))
        assert called == ["MainThread"]
        assert network_threads() == []
        for plot in plots:
            assert (plot.limits, plot.derived) == (stream.limits, stream.derived)
            assert [event.peak for event in plot.events] == [40.0]
            assert [level.label for level in plot._plot.frame(time.time()).levels] == ["above 30"]  # noqa: SLF001
        limit.remove()
        stream.derived[0].remove()
        await until(lambda: all("alarm: " not in words_of(plot) for plot in plots))
        await until(lambda: all(shown(plot) == ["oven"] for plot in plots))
        for plot in plots:
            plot.close()

    asyncio.run(live())


def shown(plot: LiveSensorPlot) -> list[str]:
    """The lines of a plot."""
    return [mark.labels[0] for mark in plot.figure.marks]


def test_plots_call_in_place_of_the_thread_one_after_the_other(stream: LiveStream) -> None:
    called: list[tuple[str, str]] = []

    def note(event: Event) -> None:
        called.append((event.topic, threading.current_thread().name))

    async def live() -> None:
        plots = [LiveSensorPlot(stream=stream, autostart=False) for _ in range(2)]
        await until(lambda: network_threads() == [])
        for number, plot in enumerate(plots):
            feed(stream, f"lab/{number}", 31.0, start=START)
            await until(lambda: len(called) == 2 + number)  # noqa: B023
            plot.close()

    stream.limit("*", above=30, call=note)
    feed(stream, "lab/before", 31.0, start=START)
    wait_for(lambda: len(called) == 1)
    asyncio.run(live())
    feed(stream, "lab/after", 31.0, start=START)
    wait_for(lambda: len(called) == 4)
    assert called == [
        ("lab/before", THREAD),
        ("lab/0", "MainThread"),
        ("lab/1", "MainThread"),
        ("lab/after", THREAD),
    ]


def test_a_plot_in_a_script_calls_functions_too(stream: LiveStream) -> None:
    called: list[str] = []
    plot = LiveSensorPlot(stream=stream, autostart=False)
    plot.limit("*", above=30, call=lambda event: called.append(threading.current_thread().name))
    plot.derive("mine", lambda numbers: numbers * 2)
    feed(stream, "lab/oven", 31.0, start=START)
    wait_for(lambda: called == [THREAD])
    assert plot.to_pandas(of="*mine")["value"].tolist() == [62.0]
    plot.close()

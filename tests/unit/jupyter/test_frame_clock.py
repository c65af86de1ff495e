"""Pacing: ten frames a second for all plots together, a share of the loop for the user, no screen kept alive."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from mqttwidgets import Broker, LiveSensorPlot
from mqttwidgets.jupyter.frame_clock import FrameClock, frame_clock
from mqttwidgets.jupyter.frame_link import Report

from ...support.feeding import message


class Counter:
    """A screen that has something to draw each time."""

    figure_id = "figure"
    fps = 20.0

    def __init__(self, messages: int = 1, busy_s: float = 0.0) -> None:
        self.drawn: list[float] = []
        self.kept_up = 0
        self._messages = messages
        self._busy_s = busy_s

    def keep_up(self) -> None:
        self.kept_up += 1

    def draw(self, now: float) -> int:
        self.drawn.append(time.perf_counter())
        began = time.thread_time()
        while time.thread_time() - began < self._busy_s:
            pass
        return self._messages


class Broken(Counter):
    """A screen that raises."""

    def draw(self, now: float) -> int:
        super().draw(now)
        raise RuntimeError("no ink")


def on_loop(body: Callable[[FrameClock], Coroutine[Any, Any, None]]) -> None:
    """Run `body` on an event loop of its own."""

    async def main() -> None:
        await body(FrameClock(asyncio.get_running_loop()))

    asyncio.run(main())


async def until(condition: Callable[[], bool]) -> None:
    """Wait on the loop for a condition."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited 10 s"
        await asyncio.sleep(0.01)


def test_screens_draw_in_turn_and_share_ten_frames_a_second() -> None:
    async def body(clock: FrameClock) -> None:
        screens = [Counter() for _ in range(3)]
        for screen in screens:
            clock.add(screen)
            clock.add(screen)
        await until(lambda: sum(len(screen.drawn) for screen in screens) >= 9)
        assert [len(screen.drawn) for screen in screens] == [3, 3, 3]
        times = sorted(moment for screen in screens for moment in screen.drawn)
        assert times[-1] - times[0] >= 8 * 0.1 * 0.9

    on_loop(body)


def test_words_of_many_plots_change_less_often() -> None:
    async def body(clock: FrameClock) -> None:
        screens = [Counter() for _ in range(11)]
        for screen in screens[:10]:
            clock.add(screen)
        assert clock.text_interval_s == 0.5
        clock.add(screens[10])
        assert clock.text_interval_s == 1.0

    on_loop(body)


def test_idle_screens_do_not_hold_up_the_one_with_news() -> None:
    async def body(clock: FrameClock) -> None:
        idle, busy = [Counter(messages=0) for _ in range(5)], Counter()
        for screen in (*idle, busy):
            clock.add(screen)
        await until(lambda: len(busy.drawn) >= 3)
        assert all(len(screen.drawn) <= len(busy.drawn) + 1 for screen in idle), "ticks without a picture"

    on_loop(body)


@pytest.mark.parametrize(("messages", "busy_s", "least_pause_s"), [(100, 0.0, 0.4), (1, 0.1, 0.4)])
def test_what_costs_more_comes_less_often(messages: int, busy_s: float, least_pause_s: float) -> None:
    async def body(clock: FrameClock) -> None:
        screen = Counter(messages, busy_s)
        clock.add(screen)
        await until(lambda: len(screen.drawn) >= 3)
        assert screen.drawn[2] - screen.drawn[1] >= least_pause_s * 0.9

    on_loop(body)


def test_a_screen_that_raises_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async def body(clock: FrameClock) -> None:
        broken, sound = Broken(), Counter()
        clock.add(broken)
        clock.add(sound)
        await until(lambda: len(sound.drawn) >= 2 and len(broken.drawn) >= 2)

    on_loop(body)
    assert "a plot could not be drawn" in caplog.text


def test_a_screen_nobody_holds_is_let_go_and_the_clock_rests() -> None:
    async def body(clock: FrameClock) -> None:
        screen = Counter()
        drawn = screen.drawn
        clock.add(screen)
        await until(lambda: len(drawn) >= 1)
        del screen
        gc.collect()
        count = len(drawn)
        other = Counter()
        clock.add(other)
        await until(lambda: len(other.drawn) >= 2)
        assert len(drawn) == count
        clock.remove(other)
        await until(lambda: len(asyncio.all_tasks()) == 1)

    on_loop(body)


def test_commands_from_any_thread_act_on_the_loop() -> None:
    async def body(clock: FrameClock) -> None:
        acted_in = list[str]()
        clock.run(lambda: acted_in.append(threading.current_thread().name))
        assert acted_in == ["MainThread"]
        thread = threading.Thread(
            target=lambda: clock.run(lambda: acted_in.append(threading.current_thread().name)), name="other"
        )
        thread.start()
        await until(lambda: len(acted_in) == 2)
        thread.join()
        assert acted_in == ["MainThread", "MainThread"]

    on_loop(body)


def test_one_clock_per_loop_and_none_without() -> None:
    assert frame_clock() is None

    async def main() -> None:
        assert frame_clock() is frame_clock() is not None

    asyncio.run(main())


def test_a_closed_loop_swallows_commands() -> None:
    loop = asyncio.new_event_loop()
    clock = FrameClock(loop)
    loop.close()
    clock.run(lambda: None)


def watched(clock: FrameClock) -> None:
    """Have a page answer that shows the figure of a Counter, and paints as often as it may."""
    clock.link.audience.note(Report("page", {Counter.figure_id: 860}, 1.0, 0, 0, 0.0, 0.0))
    clock.link.audience.greet()


def test_where_nothing_comes_watched_screens_are_asked_ten_times_a_second_and_at_once_for_news() -> None:
    async def body(clock: FrameClock) -> None:
        screen = Counter(messages=0)
        clock.add(screen)
        watched(clock)
        await until(lambda: len(screen.drawn) >= 5)
        pauses_s = [later - one for one, later in pairwise(screen.drawn[1:])]
        assert min(pauses_s) >= 0.09, "twice as often as it needs"
        for _ in range(3):
            await until(lambda: time.perf_counter() - screen.drawn[-1] >= 0.06)
            asked, count = time.perf_counter(), len(screen.drawn)
            clock.nudge()
            await until(lambda: len(screen.drawn) > count)  # noqa: B023
            assert screen.drawn[count] - asked < 0.03, "only with the next tick"

    on_loop(body)


class Decoding(Counter):
    """A screen whose messages never end, and take a while each."""

    def __init__(self, clock: FrameClock, message_s: float) -> None:
        super().__init__(messages=0)
        self.decoded = 0
        self._clock, self._message_s = clock, message_s

    def draw(self, now: float) -> int:
        self._clock.decode(self._drain)
        return super().draw(now)

    def _drain(self, limit_s: float) -> None:
        ends_at = time.monotonic() + limit_s
        while time.monotonic() < ends_at:
            time.sleep(self._message_s)
            self.decoded += 1


@pytest.mark.parametrize("message_s", [0.001, 0.06])
def test_screens_share_the_time_for_decoding_and_none_goes_short(message_s: float) -> None:
    async def body(clock: FrameClock) -> None:
        screens = [Decoding(clock, message_s) for _ in range(10)]
        for screen in screens:
            clock.add(screen)
        most = 0
        while not all(screen.decoded for screen in screens):
            before = sum(screen.decoded for screen in screens)
            await asyncio.sleep(0)
            most = max(most, sum(screen.decoded for screen in screens) - before)
        assert most * message_s < 0.05 + 10 * min(message_s, 0.001) + message_s

    on_loop(body)


def test_ten_plots_hold_the_loop_no_longer_than_one() -> None:
    read: list[bytes] = []

    def slow(_topic: str, payload: bytes) -> float:
        time.sleep(0.02)
        read.append(payload)
        return 1.0

    async def body(_clock: FrameClock) -> None:
        plots = [LiveSensorPlot("#", Broker("127.0.0.1", 1), decoder=slow) for _ in range(10)]
        for plot in plots:
            plot.stop()
        clock = frame_clock()
        assert clock is not None
        shown = {plot.figure_id: 860 for plot in plots}
        clock.link.audience.note(Report("page", shown, 1.0, 0, 0, 0.0, 0.0))
        clock.link.audience.greet()
        for plot in plots:
            plot.stream.deliver(*[message("t", b"1") for _ in range(5)])
        most = 0
        while len(read) < 20:
            before = len(read)
            await asyncio.sleep(0)
            most = max(most, len(read) - before)
        assert most <= 4, "more than 50 ms and a message"
        for plot in plots:
            plot.close()

    on_loop(body)

"""The clock that stamps what arrives: it never goes back, whatever becomes of the computer's."""

from __future__ import annotations

import math
from datetime import timezone
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import SensorStream
from mqttwidgets.base.clock import ArrivalClock
from mqttwidgets.base.model import Message
from mqttwidgets.base.times import Window
from mqttwidgets.mqtt.read_ahead import PublishReader
from mqttwidgets.plot import texts
from mqttwidgets.plot.view import View

from ...support.feeding import message


class SetClock:
    """A clock that a test sets: `wall` is what it shows, and what has truly passed is `passed`."""

    def __init__(self) -> None:
        self.wall, self.passed = 1.7e9, 50.0
        self.arrival = ArrivalClock(lambda: self.wall, lambda: self.passed)

    def go_on(self, seconds: float, step_s: float = 0.0) -> None:
        """Let time pass, while somebody sets the clock by `step_s`."""
        self.wall += seconds + step_s
        self.passed += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """The clock of what arrives."""
    clock = SetClock()
    for room in ("mqtt.read_ahead", "sensor_stream"):
        monkeypatch.setattr(f"mqttwidgets.{room}.CLOCK", clock.arrival)
    monkeypatch.setattr("mqttwidgets.mqtt.read_ahead.time", SimpleNamespace(time=lambda: clock.wall))
    return clock


def receive(stream: SensorStream, clock: SetClock, *values: float, each_s: float = 1.0) -> None:
    """Deliver numbers to topic `t` as they come out of a connection, a time apart."""
    reader = PublishReader(has_properties=False)
    for value in values:
        clock.go_on(each_s)
        payload, messages = str(value).encode(), list[Message]()
        reader.read(bytes([0x30, 3 + len(payload), 0, 1]) + b"t" + payload, 0, messages)
        stream.deliver(*messages)


@pytest.mark.parametrize("step_s", [-0.5, -60.0, -3600.0, -1e8])
def test_a_line_goes_on_when_the_clock_is_set_back(clock: SetClock, step_s: float) -> None:
    stream = SensorStream("#")
    view = View(stream, Window.parse("30 s"))
    receive(stream, clock, *range(100))
    before = view.frame(clock.arrival.now(), timezone.utc, "UTC")
    clock.go_on(0.0, step_s)
    receive(stream, clock, *range(100, 150))
    after = view.frame(clock.arrival.now(), timezone.utc, "UTC")
    series = stream.series["t", ""]
    assert series.value.tolist() == list(range(150)), "nothing is put among earlier ones"
    assert np.diff(series.time).min() >= 0.9 - 1e-3
    assert series.cut().gaps.tolist() == []
    assert after.time_axis.ends[1] >= before.time_axis.ends[1] + 44
    assert after.lines[0].value[-1] == 149
    assert stream.rate_hz == pytest.approx(1.0, abs=0.21)
    assert stream.last_message_at == pytest.approx(clock.arrival.now(), abs=0.001)


def test_it_is_told_until_the_clock_has_caught_up(clock: SetClock) -> None:
    stream = SensorStream("#")
    receive(stream, clock, 1.0)
    assert not stream.remarks
    clock.go_on(0.0, -3600.0)
    told = (
        "this computer's clock was set back: times of arrival are 1 h ahead until it has caught up, and lines "
        "with times of their own stand left of them"
    )
    assert stream.remarks == (told,)
    assert "are 1 h ahead" in texts.footer(stream.ledger.page(), "1 series", stream.remarks)
    clock.go_on(5 * 3600.0)
    assert clock.arrival.ahead_s() == pytest.approx(1800.0)
    clock.go_on(5 * 3600.0)
    assert not stream.remarks
    assert clock.arrival.now() == clock.wall


def test_a_clock_set_right_again_is_followed_at_once(clock: SetClock) -> None:
    clock.go_on(1.0, -3600.0)
    clock.go_on(1.0, 3600.0)
    assert clock.arrival.now() == pytest.approx(clock.wall)


def test_a_clock_set_forward_leaves_a_gap(clock: SetClock) -> None:
    stream = SensorStream("#")
    receive(stream, clock, *range(10))
    clock.go_on(0.0, 3600.0)
    receive(stream, clock, *range(10, 20))
    assert stream.series["t", ""].cut().gaps.tolist() == [10]


def test_it_tells_when_the_computer_slept(clock: SetClock) -> None:
    for seconds, step_s in ((3600.0, 0.0), (1.0, 1.0), (1.0, -3600.0)):
        clock.go_on(seconds, step_s)
        assert (clock.arrival.leaps, clock.arrival.since_leap_s) == (0, math.inf)
    for leaps in (1, 2):
        clock.go_on(1.0, 5.0)
        clock.arrival.now()
        clock.go_on(1.0)
        assert (clock.arrival.leaps, clock.arrival.since_leap_s) == (leaps, 1.0)


@given(st.lists(st.tuples(st.floats(0, 1e4), st.just(0.0) | st.floats(-1e4, 1e4)), max_size=30))
def test_it_never_goes_back_and_is_never_behind(moves: list[tuple[float, float]]) -> None:
    clock, before = SetClock(), 0.0
    for passed_s, step_s in moves:
        clock.go_on(passed_s, step_s)
        now = clock.arrival.now()
        assert now >= before - 0.051
        assert now >= clock.wall
        before = now


def test_a_clock_that_is_never_set_back_is_the_computers() -> None:
    clock = SetClock()
    for passed_s in (0.001, 1.0, 3600.0, 0.0):
        clock.go_on(passed_s, 0.0001)
        assert clock.arrival.now() == clock.wall
    assert ArrivalClock().remark == ""


def test_the_clocks_of_devices(clock: SetClock) -> None:
    """Out of order: sorted. In 1970, or in ten years: the time of arrival, and told."""
    stream = SensorStream("#")
    for late_s in (3.0, 1.0, 2.0):
        stream.deliver(
            message("sorted", f'{{"t": {late_s}, "time": {clock.wall - late_s}}}'.encode(), at=clock.wall)
        )
    for number in range(3):
        for topic, time in (("past", 5.0 + number), ("future", clock.wall + 3.15e8 - number)):
            payload = f'{{"t": {number}, "time": {time}}}'.encode()
            stream.deliver(message(topic, payload, at=clock.wall + number))
    assert stream.series["sorted", "/t"].value.tolist() == [3.0, 2.0, 1.0]
    for topic in ("past", "future"):
        series = stream.series[topic, "/t"]
        assert series.time.tolist() == [clock.wall + number for number in range(3)]
        assert series.value.tolist() == [0.0, 1.0, 2.0]
    assert sum(stream.ledger.noted.values()) == 6

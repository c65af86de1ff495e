"""What the broker had kept, of unknown age, is not taken for measured now."""

from __future__ import annotations

import json
import threading
import time

import pytest

from mqttwidgets import LinkState, Sample, SensorStream, rolling_mean
from mqttwidgets.plot.legend import legend
from mqttwidgets.plot.plot import Plot, ThisComputer
from mqttwidgets.plot.snapshot import take
from mqttwidgets.sensor_stream import Listener

from ...support.feeding import message
from ...support.waiting import wait_for

BEGAN = 1.75e9


class LiveStream(SensorStream):
    """A stream that is live without a broker."""

    waits = 0

    def listen(self, listener: Listener) -> None:
        """Count who waits."""
        super().listen(listener)
        self.waits += 1

    @property
    def link(self) -> LinkState:
        """Always up."""
        return LinkState("live", "Connected.", time.time())


def a_stream(*said: tuple[float, bool], state: bool = False) -> SensorStream:
    """A stream of one topic; (value, whether the broker had kept it), a second apart."""
    stream = LiveStream("#", "mqtt://broker.local")
    for second, (value, is_kept) in enumerate(said):
        payload = ("ON" if value else "OFF") if state else repr(value)
        stream.deliver(message("oven", payload.encode(), at=BEGAN + second, retain=is_kept))
    return stream


def test_the_line_breaks_behind_it_and_a_state_lasts() -> None:
    series = a_stream((20.0, True), (30.0, False), (31.0, False)).series["oven", ""]
    assert (series.kept_at, series.ends_kept) == ((BEGAN,), False)
    assert series.cut().gaps.tolist() == [1]
    door = a_stream((1.0, True), (0.0, False), state=True).series["oven", ""]
    assert door.cut().gaps.tolist() == []


@pytest.mark.parametrize("together", [True, False])
def test_so_it_does_behind_each_of_several(together: bool) -> None:
    stream = SensorStream("#")
    for second, is_kept in enumerate((True, False, False, True, False, True, True, False)):
        stream.deliver(message("oven", b"%d" % second, at=BEGAN + second, retain=is_kept))
        if not together:
            stream.drain()
    assert stream.series["oven", ""].cut().gaps.tolist() == [1, 4, 6, 7]


def test_it_is_no_message_of_now_to_the_rate_and_the_status() -> None:
    now = time.time()
    stream = LiveStream("home/#", "mqtt://broker.local")
    for number in range(50):
        stream.deliver(message(f"home/{number}", b"1", at=now - 2.0, retain=True))
    assert (stream.rate_hz, stream.last_message_at, len(stream.series)) == (0.0, None, 50)
    assert "had kept messages. Waiting for the first new one on home/#." in stream.status_text
    stream.deliver(message("home/1", b"2", at=now - 2.0))
    assert stream.rate_hz > 0
    assert stream.last_message_at == now - 2.0


@pytest.mark.parametrize("of", ["*", "*mean"])
def test_it_answers_no_wait(of: str) -> None:
    stream = LiveStream("#")
    stream.derive("mean", rolling_mean("10 s"))
    found: list[Sample] = []

    def wait() -> None:
        found.append(stream.wait_until(lambda sample: sample.value > 15, timeout=20, of=of))

    waiting = threading.Thread(target=wait)
    waiting.start()
    wait_for(lambda: stream.waits, what="the wait to begin")
    stream.deliver(message("oven", b"20", at=BEGAN, retain=True))
    stream.deliver(message("oven", b"30", at=BEGAN + 1))
    waiting.join(20)
    assert [sample.time for sample in found] == [BEGAN + 1]


def test_no_alarm_begins_with_it() -> None:
    stream = SensorStream("#")
    stream.limit("oven", above=25)
    stream.limit("oven", below=25)
    for second, (value, is_kept) in enumerate([(30.0, True), (20.0, False), (40.0, False), (10.0, True)]):
        stream.deliver(message("oven", repr(value).encode(), at=BEGAN + second, retain=is_kept))
        stream.drain()
    assert [(event.start_s - BEGAN, event.is_above) for event in stream.events] == [(1.0, False), (2.0, True)]


def test_a_limit_that_is_set_later_sees_it_neither() -> None:
    stream = a_stream((30.0, True), (20.0, False), (40.0, False))
    stream.limit("oven", above=25)
    assert [event.start_s - BEGAN for event in stream.events] == [2.0]


def test_no_alarm_of_a_state_begins_with_it() -> None:
    stream = a_stream((1.0, True), state=True)
    stream.limit("oven", above=0.5)
    assert [*stream.events] == []
    stream.deliver(message("oven", b"ON", at=BEGAN + 5))
    assert [event.start_s - BEGAN for event in stream.events] == [5.0]


def test_legend_saved_picture_and_table_tell_it() -> None:
    stream = a_stream((20.0, True))
    plot = Plot(stream, ThisComputer(), window=10)
    frame = plot.frame(BEGAN + 1)
    assert [line.ends_kept for line in frame.lines] == [True]
    words = "kept by the broker, age unknown"
    assert f'aria-label="{words}" title="{words}">○<' in legend(frame)
    assert f"○ {words}." in legend(frame)
    picture = take(frame, stream, plot.status(frame, stream.standing(), BEGAN + 1), BEGAN + 1)
    assert f"○ {words}" in picture.svg
    kept = json.loads(stream.to_pandas().attrs["mqttwidgets"])["kept_by_broker"]
    assert kept == [{"topic": "oven", "field": "", "time": "2025-06-15T15:06:40+00:00"}]
    stream.deliver(message("oven", b"21", at=BEGAN + 2))
    stream.drain()
    assert "age unknown" not in legend(plot.frame(BEGAN + 3))


def test_a_value_with_a_time_of_its_own_is_an_old_sample_like_any_other() -> None:
    stream = SensorStream("#")
    payload = f'{{"time": {BEGAN - 3600}, "t": 20}}'
    stream.deliver(message("oven", payload.encode(), at=BEGAN, retain=True))
    assert stream.series["oven", "/t"].kept_at == ()
    assert not stream.ledger.noted

"""Times that cannot be true, and times of long ago that are: what becomes of the picture, and what is told."""

from __future__ import annotations

from datetime import timezone

import pytest

from mqttwidgets import SensorStream
from mqttwidgets.base.times import Window
from mqttwidgets.decoding.rules.timestamps import CLOCK_AHEAD, CLOCK_BEHIND
from mqttwidgets.plot.frame import Frame
from mqttwidgets.plot.plot_status import out_of_time
from mqttwidgets.plot.view import View

from ...support.feeding import message

NOW = 1.79e9
YEAR_2000 = 946_684_800.0 + 17.0  # as of a clock that began anew
DAY, YEAR = 86_400.0, 365.25 * 86_400.0
TOLD = (
    "samples of {} stand by their own time at 2000-01-01 and before, more than a year before all others: "
    "out of the picture until time_range takes them in"
)


def measure(stream: SensorStream, topic: str, time: float, at: float) -> None:
    """A measurement with the device's time beside it, that comes at another."""
    stream.deliver(message(topic, b'{"v": %d, "time": %.1f}' % (int(at) % 9, time), at=at))


def frame_of(stream: SensorStream, window: str, now: float) -> Frame:
    """What a plot shows."""
    return View(stream, Window.parse(window)).frame(now, timezone.utc, "UTC")


def length_s(frame: Frame) -> float:
    """That of the time axis."""
    return frame.time_axis.ends[1] - frame.time_axis.ends[0]


@pytest.mark.parametrize("stray_at", [0, 1, 20, 39])
@pytest.mark.parametrize("window", ["1,000 samples", "1 min"])
def test_a_stray_time_of_long_ago_leaves_the_axis_as_it_is(window: str, stray_at: int) -> None:
    stream = SensorStream("#")
    for second in range(40):
        measure(stream, "lab/oven", YEAR_2000 if second == stray_at else NOW + second, NOW + second)
    frame = frame_of(stream, window, NOW + 40)
    (line,) = frame.lines
    assert length_s(frame) < 90
    assert frame.time_axis.ends[0] <= line.last[0] <= frame.time_axis.ends[1]
    assert stream.series["lab/oven", "/v"].time[0] == YEAR_2000, "what came is kept as it came"
    if window == "1,000 samples":
        assert out_of_time(frame, NOW + 40) == (TOLD.format("v"),)
        assert line.time[0] >= NOW - 1


@pytest.mark.parametrize("window", ["1,000 samples", "1 min"])
def test_a_sensor_with_a_clock_of_long_ago_leaves_the_others_as_they_are(window: str) -> None:
    stream = SensorStream("#")
    for second in range(40):
        measure(stream, "lab/oven", NOW + second, NOW + second)
        measure(stream, "lab/unset", YEAR_2000 + second, NOW + second)
    frame = frame_of(stream, window, NOW + 40)
    assert length_s(frame) < 90
    assert {line.label: line.last[0] for line in frame.lines} == {"oven": NOW + 39, "unset": YEAR_2000 + 39}
    assert out_of_time(frame, NOW + 40) == (TOLD.format("unset"),)


def test_a_picture_goes_on_where_the_clock_is_set_while_it_is_shown() -> None:
    """The first samples by a clock that was not set are what there is; then come those of now."""
    stream = SensorStream("#")
    view = View(stream, Window.parse(1_000))
    for second in range(60):
        measure(stream, "lab/oven", (YEAR_2000 if second < 20 else NOW) + second, NOW + second)
        frame = view.frame(NOW + second, timezone.utc, "UTC")
        assert length_s(frame) < 100
        drawn = frame.lines[0].time
        assert drawn[-1] == (YEAR_2000 if second < 20 else NOW) + second
        assert len(drawn) == (second + 1 if second < 20 else second - 19)
        assert len(out_of_time(frame, NOW + second)) == (second >= 20)


@pytest.mark.parametrize("years_s", [-56.7 * YEAR, 10 * YEAR])
@pytest.mark.parametrize("window", ["1,000 samples", "1 min"])
def test_a_clock_of_1970_or_of_in_ten_years_gives_the_time_of_arrival(window: str, years_s: float) -> None:
    stream = SensorStream("#")
    for second in range(40):
        measure(stream, "lab/oven", NOW + second + years_s, NOW + second)
    frame = frame_of(stream, window, NOW + 40)
    assert length_s(frame) < 90
    assert stream.series["lab/oven", "/v"].time.tolist() == [NOW + second for second in range(40)]
    assert stream.ledger.noted == {CLOCK_BEHIND if years_s < 0 else CLOCK_AHEAD: 40}


@pytest.mark.parametrize("step_s", [60.0, DAY, 365 * DAY / 12])
def test_a_recording_of_long_ago_is_shown_as_it_is(step_s: float) -> None:
    """All of it came today, with times that go on from one to the next."""
    stream = SensorStream("#")
    for number in range(300):
        measure(stream, "archive/river", YEAR_2000 + number * step_s, NOW + number / 100)
    frame = frame_of(stream, "1,000 samples", NOW + 4)
    assert frame.lines[0].time[0] == YEAR_2000
    assert frame.time_axis.ends[0] <= YEAR_2000
    assert frame.time_axis.ends[1] >= YEAR_2000 + 299 * step_s
    assert not out_of_time(frame, NOW + 4)
    assert not stream.ledger.noted
    last = YEAR_2000 + 299 * step_s
    ends = frame_of(stream, "1 h", NOW + 4).time_axis.ends
    assert ends[0] < last <= ends[1]


def test_two_recordings_of_the_same_time_are_shown_together() -> None:
    stream = SensorStream("#")
    for number in range(100):
        measure(stream, "archive/river", YEAR_2000 + number * DAY, NOW + number / 100)
        measure(stream, "archive/rain", YEAR_2000 + (number + 200) * DAY, NOW + number / 100)
    frame = frame_of(stream, "1,000 samples", NOW + 4)
    assert frame.time_axis.ends[0] <= YEAR_2000
    assert frame.time_axis.ends[1] >= YEAR_2000 + 299 * DAY
    assert not frame.left_behind


def test_what_is_left_out_is_seen_where_it_is_asked_for() -> None:
    stream = SensorStream("#")
    for second in range(40):
        measure(stream, "lab/oven", YEAR_2000 + second if second < 3 else NOW + second, NOW + second)
    view = View(stream, Window.parse(1_000))
    view.span = (YEAR_2000 - 10, YEAR_2000 + 10)
    frame = view.frame(NOW + 40, timezone.utc, "UTC")
    assert [time for time in frame.lines[0].time.tolist() if time < NOW - YEAR] == [
        YEAR_2000 + n for n in range(3)
    ]
    assert not frame.left_behind

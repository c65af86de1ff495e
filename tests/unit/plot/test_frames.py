"""From series to a picture: fewer points, labels, axes, the view."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import Sample, SensorStream
from mqttwidgets.base.times import Window
from mqttwidgets.decoding.decoder import Decoded
from mqttwidgets.plot.axes import ValueRange, time_caption, time_ticks, value_ticks
from mqttwidgets.plot.frame import Frame, Line
from mqttwidgets.plot.palette import COLORS, Palette, shortest_labels
from mqttwidgets.plot.plot_status import clocks_ahead
from mqttwidgets.plot.series_view import sample_rate_hz
from mqttwidgets.plot.time_axis import FittedColumns, Widths, columns_of_time_window
from mqttwidgets.plot.view import View
from mqttwidgets.series.ring import Series

from ...support.feeding import feed, message

SEEDS = st.integers(0, 2**32 - 1)
UTC = timezone.utc
ADELAIDE = ZoneInfo("Australia/Adelaide")


# Labels and colours.

KEYS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["a", "b", "c", "1", ""]), min_size=1, max_size=3).map("/".join).filter(bool),
        st.sampled_from(["", "/x", "/y/0", "/y/1", "T"]),
    ),
    unique=True,
    max_size=8,
)


@given(KEYS)
def test_labels_are_words(keys: list[tuple[str, str]]) -> None:
    labels = shortest_labels(keys)
    assert list(labels) == keys
    assert all(label.strip() for label in labels.values())
    assert len(set(labels.values())) == len(keys)


@pytest.mark.timeout(10)
def test_topics_of_thousands_of_levels_are_labelled_in_no_time() -> None:
    deep = "/".join(str(level) for level in range(10_000))
    assert list(shortest_labels([(f"{deep}/a", ""), (f"{deep}/b", "")]).values()) == ["a", "b"]


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        ([("home/kitchen/temperature", "")], ["temperature"]),
        ([("a/t", ""), ("b/t", "")], ["a", "b"]),
        ([("lab/bme", "/in/t"), ("lab/bme", "/out/t")], ["in", "out"]),
        ([("lab/x", "/0"), ("lab/x", "/1")], ["x / 0", "x / 1"]),
        ([("a/x", ""), ("a/x", "/t"), ("a/y", "")], ["a / x", "t", "y"]),
        ([("a/\u202eb", "")], ["\\u202eb"]),
        ([("/", "")], ["value"]),
    ],
)
def test_labels(keys: list[tuple[str, str]], labels: list[str]) -> None:
    assert list(shortest_labels(keys).values()) == labels


def test_a_series_keeps_its_colour_and_no_two_look_alike() -> None:
    palette = Palette()
    styles = [palette.style(number) for number in range(4 * len(COLORS))]
    assert len(set(styles)) == len(styles)
    assert [palette.style(number) for number in range(4 * len(COLORS))] == styles


# Axes.


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300) | st.floats(0, 1e-6))
def test_the_value_axis_holds_its_values_with_round_ticks(one: float, other: float) -> None:
    least, greatest = min(one, other), max(one, other)
    low, high = ValueRange().fit(least, greatest)
    assert low <= least <= greatest <= high
    assert low < high
    ticks, _ = value_ticks(low, high)
    assert 2 <= len(ticks) <= 12
    assert ValueRange().fit(-1.7e308, 1.7e308)[1] < math.inf
    assert all(low - 1e-9 * abs(low) <= tick <= high + 1e-9 * abs(high) for tick in ticks)


def test_the_value_axis_holds_still_under_noise() -> None:
    rng = np.random.default_rng(2)
    axis = ValueRange()
    ends = {axis.fit(20 + low, 24 + high) for low, high in rng.normal(0, 0.05, size=(500, 2))}
    assert len(ends) <= 2


def test_the_value_axis_follows_large_changes() -> None:
    axis = ValueRange()
    axis.fit(0.0, 1000.0)
    assert axis.fit(0.0, 1.0) == (0.0, 1.2)
    assert axis.fit(-5.0, 1000.0) == (-500.0, 1500.0)


@pytest.mark.parametrize("value", [0.0, 21.5, -1e-9, 1e15, -3.0])
def test_a_constant_has_room_above_and_below(value: float) -> None:
    low, high = ValueRange().fit(value, value)
    assert low < value < high


@pytest.mark.parametrize(
    ("span_s", "labels"),
    [
        (0.5, ["00:00:00.0", "00:00:00.1", "00:00:00.2"]),
        (30.0, ["00:00:00", "00:00:05", "00:00:10"]),
        (300.0, ["1 Jan", "00:01", "00:02"]),
        (3 * 3600.0, ["1 Jan", "00:30", "01:00"]),
        (3 * 86_400.0, ["1 Jan", "12:00", "2 Jan"]),
        (10 * 86_400.0, ["2 Jan", "4 Jan", "6 Jan"]),
        (100 * 86_400.0, ["Jan 1970", "Feb 1970", "Mar 1970"]),
        (400 * 86_400.0, ["Jan 1970", "Apr 1970", "Jul 1970"]),
        (3650 * 86_400.0, ["Jan 1970", "Jan 1975"]),
    ],
)
def test_time_ticks_for_every_span(span_s: float, labels: list[str]) -> None:
    ticks = time_ticks(0.0, span_s, UTC)
    assert 2 <= len(ticks) <= 9
    assert list(ticks) == sorted(ticks)
    assert all(0 <= tick <= span_s for tick in ticks)
    assert list(ticks.values())[: len(labels)] == labels


def test_time_ticks_are_on_the_viewers_clock() -> None:
    """Adelaide is UTC+10:30 in November."""
    start = 1_795_400_000.0
    labels = list(time_ticks(start, start + 4 * 3600, ADELAIDE).values())
    assert all(label.endswith(":00") for label in labels)
    assert time_caption(start, start + 60, ADELAIDE, "Australia/Adelaide").endswith("2026 · Australia/Adelaide")


def test_days_begin_at_midnight_across_a_change_of_the_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = 1_792_700_000.0  # the clock goes back on 25 October 2026
    for tick in time_ticks(start, start + 5 * 86_400, berlin):
        assert (tick + offset_s(tick, berlin)) % 86_400 == 0


def offset_s(epoch_s: float, zone: ZoneInfo) -> float:
    """Seconds east of UTC."""
    offset = datetime.fromtimestamp(epoch_s, zone).utcoffset()
    assert offset is not None
    return offset.total_seconds()


@pytest.mark.parametrize(
    ("day", "labels"),
    [
        ((2026, 10, 24), ["12:00", "18:00", "25 Oct", "06:00", "12:00", "18:00"]),
        ((2026, 3, 28), ["12:00", "18:00", "29 Mar", "06:00", "12:00", "18:00"]),
    ],
)
def test_ticks_are_on_round_hours_across_a_change_of_the_clock(
    day: tuple[int, int, int], labels: list[str]
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(*day, 11, tzinfo=berlin).timestamp()
    assert list(time_ticks(start, start + 32 * 3600, berlin).values()) == labels


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 25, 1, tzinfo=berlin).timestamp()
    labels = list(time_ticks(start, start + 4 * 3600, berlin).values())
    assert labels == ["01:00", "02:00 CEST", "02:00 CET", "03:00", "04:00"]
    labels = list(time_ticks(start, start + 3 * 3600, berlin).values())
    assert labels[2:6] == ["02:00 CEST", "02:30 CEST", "02:00 CET", "02:30 CET"]


def test_an_empty_span_has_no_ticks() -> None:
    assert time_ticks(5.0, 5.0, UTC) == {}


# The view.


def frame_of(view: View, now: float) -> Frame:
    return view.frame(now, UTC, "UTC")


def test_a_window_of_samples_shows_the_newest_of_each_series() -> None:
    stream = SensorStream("#")
    feed(stream, "a", *range(100))
    feed(stream, "b", *range(3), start=95.0)
    frame = frame_of(View(stream, Window.parse(10)), now=1000.0)
    assert [line.value.tolist() for line in frame.lines] == [list(range(90, 100)), [0.0, 1.0, 2.0]]
    low, high = frame.time_axis.ends
    assert 89.0 < low <= 90.0 < 99.0 <= high < 100.0


def test_a_window_of_time_ends_soon_after_the_newest_sample() -> None:
    stream = SensorStream("#")
    feed(stream, "a", *range(100))
    frame = frame_of(View(stream, Window.parse("10 s")), now=99.0)
    low, high = frame.time_axis.ends
    assert high - low == 10.0
    assert 99.0 <= high <= 99.5
    assert frame.lines[0].time[0] <= low < frame.lines[0].time[1]


def test_the_axis_of_a_window_of_samples_moves_in_steps_and_holds_all() -> None:
    stream = SensorStream("#")
    feed(stream, "a", *range(2000), step_s=0.01)
    view, ends = View(stream, Window.parse(2000)), []
    for number in range(2000, 4000, 5):
        feed(stream, "a", *range(5), start=number * 0.01, step_s=0.01)
        frame = frame_of(view, now=0.0)
        low, high = frame.time_axis.ends
        shown = frame.lines[0].time[-2000:]
        assert low <= shown[0] <= low + 0.6
        assert high - 0.3 <= shown[-1] <= high
        ends.append((low, high))
    assert len(set(ends)) <= 20 / 0.25 + 1


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5)), min_size=1, max_size=30),
    st.sampled_from([0.0, 1.8e9]),
    st.sampled_from([1e-3, 1.0, 1e4]),
)
def test_fitted_columns_hold_all_and_little_more(
    moves: list[tuple[float, float]], start: float, unit_s: float
) -> None:
    fitted, oldest, newest = FittedColumns(), start, start
    for at_left, at_right in moves:
        newest += at_right * unit_s
        oldest = min(oldest + at_left * unit_s, newest)
        columns = fitted.fit(oldest, newest, 1000)
        low, high = columns.ends
        assert low <= oldest <= newest <= high
        assert high > low
        assert newest == oldest or high - low <= 1.5 * (newest - oldest) + 1e-3
        assert (high - low) == pytest.approx(1000 * columns.seconds, rel=1e-3)


@pytest.mark.parametrize("rate_hz", [0.01, 1.0, 50.0, 10_000.0])
def test_fitted_columns_keep_their_width_while_samples_come_evenly(rate_hz: float) -> None:
    fitted, widths = FittedColumns(), set()
    jitter = np.random.default_rng(1).uniform(-0.4, 0.4, 30_000)
    times = 1.8e9 + (np.arange(30_000) + jitter) / rate_hz
    for newest in range(5_000, 30_000, 20):
        columns = fitted.fit(times[newest - 5_000], times[newest], 860)
        widths.add(columns.seconds)
        assert columns.ends[1] - columns.ends[0] <= 1.3 * 5_000 / rate_hz
    assert len(widths) == 1


@given(
    st.sampled_from([3, 10, 100, 2_000]),
    st.floats(1e-4, 100.0),
    st.floats(0.0, 0.9),
    st.integers(50, 1_800),
    SEEDS,
)
def test_fitted_columns_go_on_while_time_does(
    samples: int, interval_s: float, jitter: float, count: int, seed: int
) -> None:
    fitted, reached, width_s = FittedColumns(), -math.inf, 0.0
    steps = np.random.default_rng(seed).uniform(1 - jitter, 1 + jitter, samples + 300)
    times = (1.8e9 + interval_s * steps.cumsum()).tolist()
    for newest in range(1, len(times)):
        oldest = times[max(newest - samples, 0)]
        columns = fitted.fit(oldest, times[newest], count)
        low, high = columns.ends
        assert low <= oldest < times[newest] <= high
        assert high >= reached or columns.seconds != width_s
        assert high >= reached - 0.2 * (high - low)
        reached, width_s = high, columns.seconds


@pytest.mark.parametrize("window", ["1 ms", "10 ms", "100 ms", "200 ms", "1 s", "10 s", "1 h"])
def test_the_newest_sample_is_in_a_window_of_time_however_short(window: str) -> None:
    seconds = Window.parse(window).seconds
    assert seconds is not None
    for share in np.random.default_rng(1).uniform(0, 1e4, 500):
        newest = 1.8e9 + share * seconds
        low, high = columns_of_time_window(seconds, newest, newest + seconds / 100, 860).ends
        assert low < newest <= high
        assert high - low == pytest.approx(seconds, abs=1e-6)


def test_what_did_not_change_is_the_same_object() -> None:
    stream = measured("21 °C", "22 °C", "40 %")
    view = View(stream, Window.parse("10 s"))
    before, again = frame_of(view, 103.0), frame_of(view, 103.1)
    assert all(one is other for one, other in zip(before.lines, again.lines, strict=True))
    assert all(one is other for one, other in zip(before.value_axes, again.value_axes, strict=True))
    assert before.time_axis is again.time_axis
    stream.deliver(message("1", "22.5 °C".encode(), at=103.1))
    after = frame_of(view, 103.1)
    assert [one is other for one, other in zip(before.lines, after.lines, strict=True)] == [True, False, True]
    assert after.value_axes[1] is before.value_axes[1]


def test_of_many_series_at_rest_few_are_cut_anew_with_a_frame() -> None:
    """One goes on, so that the picture becomes longer: with each frame a little, and in the end three times."""
    stream, count = SensorStream("#", max_series=100), 100
    for number in range(count):
        feed(stream, f"s{number}", *np.random.default_rng(number).normal(size=200).tolist())
    view, drawn = View(stream, Window.parse(200)), []
    lines: tuple[Line, ...] = ()
    view.width_px = 50
    for step in range(200):
        before, lines = lines, frame_of(view, 0.0).lines
        drawn.append(sum(one is not other for one, other in zip(lines, before, strict=bool(before))))
        feed(stream, "s0", 0.5, 1.5, start=200.0 + 2 * step)
    assert max(drawn[1:]) <= 1 + 3
    assert sum(drawn) > 2 * count, "all of them are in the end"
    for line in lines:
        in_view = stream.series[line.key].value[-200:]
        assert (line.value.min(), line.value.max()) == (in_view.min(), in_view.max())


class Cut:
    """A line cut for pixel columns."""

    def __init__(self) -> None:
        self.width_s = 0.0


def test_lines_change_over_to_columns_of_another_width_in_turn() -> None:
    lines, widths = [Cut() for _ in range(10)], Widths()
    widths.share_out(lines, 1.0)
    assert [line.width_s for line in lines] == [1.0] * 10
    for frame in range(4):
        widths.share_out(lines, 1.1)
        assert sum(line.width_s == 1.0 for line in lines) == max(0, 7 - 3 * frame)
    widths.share_out(lines, 1.2)
    widths.share_out(lines, 9.0)
    assert {line.width_s for line in lines} == {9.0}, "too far off to wait"
    widths.share_out(lines, 9.1, at_once=True)
    assert {line.width_s for line in lines} == {9.1}


@pytest.mark.parametrize("left", [0, 1, 2])
def test_lines_may_be_hidden_before_it_is_their_turn(left: int) -> None:
    lines, widths = [Cut() for _ in range(10)], Widths()
    widths.share_out(lines, 1.0)
    widths.share_out(lines, 1.1)
    for _ in range(4):
        widths.share_out(lines[:left], 1.1)
    assert [line.width_s for line in lines[:left]] == [1.1] * left


@pytest.mark.parametrize("window", ["10 s", "100 samples"])
def test_all_of_many_lines_may_be_hidden_at_once(window: str) -> None:
    stream = measured(*["21 °C"] * 20)
    view = View(stream, Window.parse(window))
    assert len(frame_of(view, 103.0).lines) == 20
    view.hidden = frozenset(stream.series)
    assert frame_of(view, 103.05).lines == ()


def test_newcomers_and_those_that_come_back_are_shown() -> None:
    stream = measured("21 °C", "22 °C")
    view = View(stream, Window.parse("10 s"))
    frame_of(view, 103.0)
    stream.deliver(message("9", "23 °C".encode(), at=103.0))
    assert [line.key[0] for line in frame_of(view, 103.1).lines] == ["0", "1", "9"]
    view.hidden = frozenset({("1", "")})
    assert [line.key[0] for line in frame_of(view, 103.2).lines] == ["0", "9"]
    view.hidden = frozenset()
    assert [line.key[0] for line in frame_of(view, 103.3).lines] == ["0", "1", "9"]
    stream.topic = ["1", "9"]
    assert [line.key[0] for line in frame_of(view, 103.4).lines] == ["1", "9"]


def test_a_line_is_told_by_its_cut() -> None:
    stream = SensorStream("#")
    feed(stream, "a", *range(50))
    view = View(stream, Window.parse("20 s"))
    (before,) = frame_of(view, 50.0).lines
    feed(stream, "a", 1.0, start=50.0)
    (after,) = frame_of(view, 51.0).lines
    assert (after.cut, after.first, after.settled) == (before.cut, before.first + 1, before.settled + 1)
    assert after.time.tolist() == [*before.time[1:].tolist(), 50.0]
    view.window = Window.parse("10 s")
    assert frame_of(view, 51.0).lines[0].cut == after.cut, "fewer of the same"
    stream.deliver(message("a", b"7", at=45.5))
    assert frame_of(view, 51.0).lines[0].cut != after.cut


def test_silence_shows_as_an_empty_stretch_but_the_data_stays() -> None:
    stream = SensorStream("#")
    feed(stream, "a", *range(100))
    view = View(stream, Window.parse("10 s"))
    assert 103.0 <= frame_of(view, now=103.0).time_axis.ends[1] <= 103.5
    low, high = frame_of(view, now=9999.0).time_axis.ends
    assert low < 99.0 < high <= 104.5


def test_a_sensor_that_is_out_of_view_has_no_say_in_the_value_axis() -> None:
    stream = SensorStream("lab/#")
    feed(stream, "lab/dead", 500.0, 501.0, start=1000.0)
    feed(stream, "lab/live", *[20.0, 21.0] * 20, start=8000.0)
    view = View(stream, Window.parse("1 min"))
    assert frame_of(view, 8039.0).value_axes[0].ends[1] < 30
    view.span = (8001.0, 8010.0)
    assert frame_of(view, 8039.0).value_axes[0].ends[1] < 30
    view.span = (2000.0, 3000.0)
    assert frame_of(view, 8039.0).value_axes[0].ends[1] > 500, "where there is nothing else"


def test_the_value_axis_holds_where_a_line_enters_a_live_window() -> None:
    stream = SensorStream("lab/oven")
    feed(stream, "lab/oven", 0.0, 100.0, start=1000.0, step_s=50.0)
    ends = frame_of(View(stream, Window.parse("30 s")), 1050.0).value_axes[0].ends
    assert ends[0] <= 40.0, "the line is there at the left edge"
    assert ends[1] >= 100.0


def test_a_clock_that_is_ahead_does_not_carry_the_axis_away_from_the_others() -> None:
    stream = SensorStream("lab/#")
    feed(stream, "lab/right", *[20.0] * 60, start=1000.0)
    feed(stream, "lab/ahead", *[20.0] * 60, start=1120.0)
    frame = frame_of(View(stream, Window.parse("1 min")), 1059.0)
    assert frame.time_axis.ends[0] < 1006.0
    assert frame.time_axis.ends[1] == pytest.approx(1065.0, abs=1.0)
    assert clocks_ahead(frame, 1059.0) == (
        "the clock of ahead is 2 min ahead of this computer's: its samples come into view so much later",
    )
    alone = SensorStream("lab/#")
    feed(alone, "lab/ahead", *[20.0] * 60, start=1120.0)
    frame = frame_of(View(alone, Window.parse("1 min")), 1059.0)
    assert frame.time_axis.ends[1] > 1179.0
    assert clocks_ahead(frame, 1059.0) == ()


def test_an_old_number_does_not_take_the_axis_away_from_states_of_now() -> None:
    stream = SensorStream("#", decoder=Measured())
    stream.deliver(message("room", b"21", at=200.0))
    stream.deliver(message("door", b"ON", at=1990.0))
    stream.deliver(message("door", b"OFF", at=1995.0))
    ends = frame_of(View(stream, Window.parse("1 min")), 2000.0).time_axis.ends
    assert ends[0] < 1990.0
    assert ends[1] >= 2000.0


def test_clocks_that_differ_as_usual_lose_no_sample_of_a_short_window() -> None:
    stream = SensorStream("lab/#")
    feed(stream, "lab/right", *[20.0] * 20, start=1000.0, step_s=0.1)
    feed(stream, "lab/ahead", *[20.0] * 20, start=1000.6, step_s=0.1)
    frame = frame_of(View(stream, Window.parse("2 s")), 1001.9)
    assert frame.time_axis.ends[1] >= 1002.5
    assert clocks_ahead(frame, 1001.9) == ()


def test_the_axis_does_not_leap_when_a_slow_sensor_speaks() -> None:
    view = View(stream := SensorStream("lab/#"), Window.parse("1 min"))
    feed(stream, "lab/slow", 20.0, start=1000.0)
    for passed in range(0, 300, 30):
        feed(stream, "lab/ahead", 20.0, start=1480.0 + passed)
        assert frame_of(view, 1000.0 + passed).time_axis.ends[1] == pytest.approx(1006.0 + passed, abs=1.0)


def test_moving_a_zoom_by_a_rounded_distance_moves_no_value_axis() -> None:
    stream = SensorStream("lab/oven")
    feed(stream, "lab/oven", *[20.0, 29.0] * 10, *[20.0, 25.0] * 10, start=1000.0)
    view = View(stream, Window.parse("1 min"))
    view.span = (1000.0, 1010.0)
    ends = frame_of(view, 1039.0).value_axes[0].ends
    view.span = (1025.0, 1035.000001)
    assert frame_of(view, 1039.0).value_axes[0].ends == ends


def test_a_freeze_shows_the_past_and_counts_what_waits() -> None:
    stream = SensorStream("#")
    feed(stream, "a", 1.0, 2.0)
    view = View(stream, Window.parse(100))
    view.freeze(2.0)
    frozen = frame_of(view, 2.0)
    feed(stream, "a", 3.0, 4.0, start=2.0)
    feed(stream, "b", 5.0, start=2.0)
    later = frame_of(view, 50.0)
    assert later.lines[0].value.tolist() == frozen.lines[0].value.tolist() == [1.0, 2.0]
    assert later.lines[0].version == frozen.lines[0].version
    assert (len(later.lines), view.waiting(), view.is_frozen) == (1, 3, True)
    view.thaw()
    assert [line.value.tolist() for line in frame_of(view, 50.0).lines] == [[1.0, 2.0, 3.0, 4.0], [5.0]]
    assert view.waiting() == 0


def test_a_frozen_picture_outlives_the_ring() -> None:
    stream = SensorStream("#", history=10)
    feed(stream, "a", *range(10))
    view = View(stream, Window.parse(10))
    view.freeze(9.0)
    feed(stream, "a", *range(10, 40), start=10.0)
    stream.deliver(message("a", b"-1", at=3.5))
    assert frame_of(view, 99.0).lines[0].value.tolist() == list(range(10))
    assert view.waiting() == 31


def test_a_series_forgotten_during_a_freeze_counts_anew() -> None:
    stream = SensorStream("a/#", max_series=1)
    feed(stream, "a/1", *range(50))
    view = View(stream, Window.parse(100))
    view.freeze(50.0)
    stream.topic = "b/#"
    feed(stream, "b/1", 1.0)
    stream.topic = "a/#"
    feed(stream, "a/1", 7.0, start=60.0)
    assert view.waiting() == 1
    assert frame_of(view, 99.0).lines[0].value.tolist() == list(range(50))


def test_a_label_stays_when_its_neighbours_leave() -> None:
    stream = SensorStream("home/+/t")
    feed(stream, "home/kitchen/t", 1.0)
    feed(stream, "home/cellar/t", 1.0)
    view = View(stream, Window.parse(5))
    assert [line.label for line in frame_of(view, 1.0).lines] == ["kitchen", "cellar"]
    stream.topic = "home/cellar/t"
    assert [line.label for line in frame_of(view, 1.0).lines] == ["cellar"]


def test_another_window_is_cut_from_history_even_while_frozen() -> None:
    stream = SensorStream("#")
    feed(stream, "a", *range(50))
    view = View(stream, Window.parse(5))
    view.freeze(50.0)
    feed(stream, "a", 99.0, start=50.0)
    view.window = Window.parse(20)
    assert frame_of(view, 60.0).lines[0].value.tolist() == list(range(30, 50))


def test_a_unit_that_all_share_is_the_caption() -> None:
    stream = SensorStream("#", decoder=lambda topic, payload: [Sample(topic, "", 0.0, float(payload), "°C")])
    feed(stream, "a", 1.0)
    assert [axis.caption for axis in frame_of(View(stream, Window.parse(5)), 1.0).value_axes] == ["°C"]


class Measured:
    """Takes "21.5 °C" as a number with its unit, "ON" and "OFF" as a state."""

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> Decoded:
        time = received_at or 0.0
        if payload in (b"ON", b"OFF"):
            decoded = Decoded([Sample(topic, "state", time, float(payload == b"ON"))])
            decoded.states = {"state"}
            return decoded
        value, _, unit = payload.decode().partition(" ")
        return Decoded([Sample(topic, "", time, float(value), unit)])


def measured(*payloads: str) -> SensorStream:
    """A stream with a topic "0", "1" and so on for each payload, a second after the other."""
    stream = SensorStream("#", decoder=Measured())
    for number, payload in enumerate(payloads):
        stream.deliver(message(str(number), payload.encode(), at=100.0 + number))
    return stream


def captions(frame: Frame) -> list[str]:
    return [axis.caption for axis in frame.value_axes]


def test_units_never_share_an_axis_however_they_are_spelt() -> None:
    frame = frame_of(View(measured("21 °C", "40 %", "20 Cel", "988 hPa", "7"), Window.parse(5)), 105.0)
    assert captions(frame) == ["°C", "%", "hPa", "no unit"]
    assert [line.place for line in frame.lines] == [0, 1, 0, 2, 3]
    assert [line.unit for line in frame.lines] == ["°C", "%", "°C", "hPa", ""]
    for line in frame.lines:
        low, high = frame.value_axes[line.place].ends
        assert low < line.last[1] < high
    assert frame.value_axes[0].ends[1] < 30


def test_a_unit_keeps_its_place_while_others_come_and_go() -> None:
    view = View(measured("21 °C", "40 %", "988 hPa"), Window.parse(5))
    assert captions(frame_of(view, 103.0)) == ["°C", "%", "hPa"]
    view.hidden = frozenset({("0", "")})
    assert captions(frame_of(view, 103.0)) == ["%", "hPa"]
    view.hidden = frozenset({("1", "")})
    assert captions(frame_of(view, 103.0)) == ["°C", "hPa"]
    view.hidden = frozenset()
    assert captions(frame_of(view, 103.0)) == ["°C", "%", "hPa"]


def test_numbers_without_a_unit_alone_have_no_caption() -> None:
    assert captions(frame_of(View(measured("21", "22"), Window.parse(5)), 102.0)) == [""]


def test_hidden_series_are_counted_and_leave_no_trace() -> None:
    stream = measured("21 °C", "9000 °C")
    view = View(stream, Window.parse("10 s"))
    view.hidden = frozenset({("1", ""), ("of an earlier topic", "")})
    frame = frame_of(view, 102.0)
    assert ([line.key for line in frame.lines], frame.hidden) == ([("0", "")], 1)
    assert frame.value_axes[0].ends[1] < 30
    assert [(entry.key[0], entry.is_shown, entry.unit) for entry in view.entries(102.0)] == [
        ("0", True, "°C"),
        ("1", False, "°C"),
    ]
    view.freeze(102.0)
    assert frame_of(view, 110.0).hidden == 1
    view.hidden = frozenset({("0", ""), ("1", "")})
    assert (frame_of(view, 110.0).lines, frame_of(view, 110.0).value_axes) == ((), ())


# States.


def test_a_state_lasts_to_the_newest_message_and_no_further() -> None:
    stream = measured("ON", "21 °C", "21 °C", "21 °C")
    view = View(stream, Window.parse("10 s"))
    state = frame_of(view, 110.0).lines[0]
    assert (state.is_state, state.time.tolist(), state.value.tolist()) == (True, [100.0, 103.0], [1.0, 1.0])
    assert state.last == (100.0, 1.0)
    view.freeze(110.0)
    stream.deliver(message("1", b"22 \xc2\xb0C", at=112.0))
    assert frame_of(view, 120.0).lines[0].time.tolist() == [100.0, 103.0]
    view.thaw()
    assert frame_of(view, 112.0).lines[0].time.tolist() == [100.0, 112.0]


def test_a_state_is_not_known_beyond_an_outage() -> None:
    stream = measured("ON", "21 °C")
    stream.link_lost()
    stream.deliver(message("1", b"22 \xc2\xb0C", at=105.0))
    view = View(stream, Window.parse("10 s"))
    assert frame_of(view, 106.0).lines[0].time.max() == 100.0
    view.freeze(106.0)
    assert frame_of(view, 106.0).lines[0].time.max() == 100.0
    view.thaw()
    stream.deliver(message("0", b"OFF", at=106.0))
    stream.deliver(message("1", b"23 \xc2\xb0C", at=107.0))
    state = frame_of(view, 107.0).lines[0]
    assert state.time.tolist() == [100.0, 106.0, 106.0, 107.0]
    np.testing.assert_array_equal(state.value, [1.0, math.nan, 0.0, 0.0])


def test_the_picture_of_a_state_stays_when_the_link_breaks() -> None:
    stream = measured("ON", "21 °C")
    view = View(stream, Window.parse("10 s"))
    before = frame_of(view, 102.0).lines[0].time.tolist()
    stream.link_lost()
    stream.drain()
    assert before == frame_of(view, 103.0).lines[0].time.tolist() == [100.0, 101.0]
    stream.deliver(message("1", b"22 \xc2\xb0C", at=105.0))
    assert frame_of(view, 106.0).lines[0].time.tolist() == [100.0, 101.0]


def test_a_state_within_the_window_is_not_held_beyond_its_right_end() -> None:
    stream = measured("ON", "OFF")
    view = View(stream, Window.parse(5))
    view.hidden = frozenset({("1", "state")})
    assert frame_of(view, 110.0).lines[0].time[-1] <= frame_of(view, 110.0).time_axis.ends[1]


def test_states_have_an_axis_in_words_where_one_is_free() -> None:
    alone = frame_of(View(measured("ON", "OFF"), Window.parse(5)), 102.0).value_axes
    assert [(axis.ticks, axis.labels) for axis in alone] == [((0.0, 1.0), ("off", "on"))]
    beside = frame_of(View(measured("ON", "21 °C"), Window.parse(5)), 102.0).value_axes
    assert [axis.caption for axis in beside] == ["°C", "state"]
    assert beside[1].labels == ("off", "on")
    assert beside[1].ends[1] > 5, "a band at the bottom"
    assert captions(frame_of(View(measured("ON", "21 °C", "40 %"), Window.parse(5)), 103.0)) == [
        "°C",
        "%",
        "state",
    ]


def test_a_state_of_more_than_two_is_a_number() -> None:
    stream = SensorStream("#", decoder=Modes())
    feed(stream, "mode", 0.0, 1.0, 4.0)
    (axis,) = frame_of(View(stream, Window.parse(5)), 3.0).value_axes
    assert (axis.labels, axis.ends[1] > 4.0) == ((), True)


class Modes:
    """Takes any number as a state."""

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> Decoded:
        decoded = Decoded([Sample(topic, "", received_at or 0.0, float(payload))])
        decoded.states = {""}
        return decoded


# The list of all series.


@pytest.mark.parametrize(
    ("times", "now", "rate_hz"),
    [
        ([1.0], 1.0, 0.0),
        ([1.0, 1.0], 1.0, 1.0),
        ([1.0, 1.001, 1.002], 1.1, 2.0),
        (list(range(100)), 99.0, 1.0),
        ([*range(50), *(50 + 0.1 * n for n in range(51))], 55.0, 10.0),
        ([n / 1000 for n in range(20_000)], 20.0, 1000.0),
        ([0.0, 60.0, 120.0], 400.0, 1 / 60),
        ([0.0, 60.0, 120.0], 500.0, 0.0),
        ([0.0, 1.0, 2.0], -3600.0, 1.0),
    ],
)
def test_the_rate_of_a_series(times: list[float], now: float, rate_hz: float) -> None:
    series = Series("a", "", capacity=10_000)
    series.extend([float(time) for time in times], [0.0] * len(times))
    assert sample_rate_hz(series, now) == pytest.approx(rate_hz)


def test_fifty_series_stay_within_ten_thousand_points() -> None:
    stream = SensorStream("#")
    for number in range(50):
        feed(stream, f"s{number}", *np.random.default_rng(number).normal(size=2000).tolist())
    frame = frame_of(View(stream, Window.parse(2000)), now=0.0)
    assert len(frame.lines) == 50
    assert sum(len(line.time) for line in frame.lines) <= 2 * 10_000 + 200


def test_nothing_yet() -> None:
    frame = frame_of(View(SensorStream("#"), Window.parse("1 min")), now=100.0)
    assert frame.lines == ()
    assert (frame.time_axis.ticks, frame.value_axes) == ((), ())


def test_one_offset_zone() -> None:
    zone = timezone(timedelta(hours=5, minutes=45))
    assert all(label.endswith((":00", ":30", ":15", ":45")) for label in time_ticks(0.0, 7200.0, zone).values())

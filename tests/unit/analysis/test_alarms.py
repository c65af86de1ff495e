"""Limits: which alarms there are, held against looking at one sample after the other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import InvalidValueError, Series
from mqttwidgets.analysis.alarms import tracker as watching
from mqttwidgets.analysis.alarms.alarms import Alarms
from mqttwidgets.analysis.alarms.events import MOST_KEPT, Event, EventTable
from mqttwidgets.analysis.alarms.limit import limit
from mqttwidgets.analysis.alarms.stretches import Side

KEY = ("lab/oven", "")


class Alarm(NamedTuple):
    """An alarm as the reference tells it."""

    start: float
    end: float | None
    is_end_known: bool
    peak: float


def one_by_one(side: Side, series: Series, held: Mapping[int, float] | None = None) -> list[Alarm]:
    """The alarms of all samples, each looked at by itself.

    Args:
        side: of the limit.
        series: the samples.
        held: position of a sample, a state, to until when it was known to last.
    """
    cut = series.cut()
    gaps = set(cut.gaps.tolist())
    found: list[Alarm] = []
    members: list[tuple[float, float]] = []
    lasted: list[float] = []

    def known_until() -> float:
        return max(lasted, default=0.0)

    def close(end: float | None, is_known: bool) -> None:
        newest = end if series.is_state and is_known and end is not None else known_until()
        if members and newest - members[0][0] >= side.for_s:
            peak = (max if side.is_above else min)(value for _, value in members)
            found.append(Alarm(members[0][0], end, is_known, peak))
        members.clear()
        lasted.clear()

    for index, (time, value) in enumerate(zip(cut.time.tolist(), cut.value.tolist(), strict=True)):
        if members and (index in gaps or math.isnan(value)):
            close(known_until(), False)
        sign = 1 if side.is_above else -1
        beyond = sign * (value - side.threshold)
        if beyond > 0 or (members and beyond > -side.hysteresis):
            members.append((time, value))
            lasted += [time, (held or {}).get(index, time)]
        elif members:
            close(time, True)
    if members and series.is_interrupted:
        close(known_until(), False)
    close(None, False)
    return in_order(found)


def in_order(found: Iterable[Alarm]) -> list[Alarm]:
    """Alarms in the order of time, then of all else, as those of one instant have no other."""
    return sorted(found, key=lambda each: (each.start, math.inf if each.end is None else each.end, each.peak))


def found_by(alarms: Alarms) -> list[Alarm]:
    """The alarms in a log."""
    return in_order(Alarm(each.start_s, each.end_s, each.is_end_known, each.peak) for each in alarms.log)


def alarms_of(series: Series, **options: object) -> Alarms:
    """Alarms that look at one series."""
    alarms = Alarms()
    alarms.add(limit("*", alarms.remove, **options), {KEY: series})  # type: ignore[arg-type]
    return alarms


VALUES = st.sampled_from([0.0, 9.0, 10.0, 11.0, 12.0, 13.0, 13.0, 12.0, math.nan, math.inf, -math.inf])
SAMPLES = st.lists(st.tuples(st.sampled_from([-3, -2, -1, 0, 1, 1, 2, 12]), VALUES), max_size=8)
LOOKS = st.sampled_from(["as stored", "as stored", "at a tick", "not now"])
STEPS = st.lists(st.tuples(SAMPLES, st.booleans(), LOOKS), max_size=15)
SIDES = st.builds(
    Side,
    st.booleans(),
    st.sampled_from([10.0, 11.0]),
    st.sampled_from([0.0, 1.0, 2.0]),
    st.sampled_from([0.0, 3.0]),
)


@given(STEPS, SIDES, st.integers(0, 3), st.sampled_from([1, 3, 1000]), st.booleans())
def test_looking_at_many_is_looking_at_one_by_one(
    steps: list[tuple[list[tuple[int, float]], bool, str]],
    side: Side,
    made_at: int,
    most_at_once: int,
    is_state: bool,
) -> None:
    series, alarms, time = Series(*KEY, capacity=10_000, is_state=is_state), Alarms(), 0.0
    options = {"above" if side.is_above else "below": side.threshold, "hysteresis": side.hysteresis}
    for_ = timedelta(seconds=side.for_s) if side.for_s else None
    wanted = limit("*", alarms.remove, for_=for_, **options)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "MOST_AT_ONCE", most_at_once)
        for number, (samples, is_gap, look) in enumerate(steps):
            if number == made_at:
                alarms.add(wanted, {KEY: series})
            times = [time := time + distance for distance, _ in samples]
            values = [value for _, value in samples]
            series.extend(times, values)
            if look == "as stored" and samples:
                alarms.take({KEY: (times, values)}, {KEY: series})
            if is_gap:
                series.mark_gap()
            if look == "at a tick":
                alarms.follow({KEY: series})
        if not alarms.limits:
            alarms.add(wanted, {KEY: series})
        while alarms.follow({KEY: series}):
            pass
    assert found_by(alarms) == one_by_one(side, series)


MOMENTS = st.tuples(st.sampled_from([1, 2, 5]), st.sampled_from([0.0, 1.0]), LOOKS, st.integers(0, 6))


@given(st.lists(st.tuples(MOMENTS, st.sampled_from([False, False, False, True])), max_size=20), SIDES)
def test_a_state_lasts_for_as_long_as_that_is_known(
    moments: list[tuple[tuple[int, float, str, int], bool]], side: Side
) -> None:
    side = side._replace(threshold=0.5, hysteresis=0.0)
    options = {"above" if side.is_above else "below": side.threshold}
    series, held = Series(*KEY, capacity=100, is_state=True), dict[int, float]()
    time, until, asked = 0.0, -math.inf, -math.inf
    alarms = Alarms(lambda _key: until)
    for_ = timedelta(seconds=side.for_s) if side.for_s else None
    alarms.add(limit("*", alarms.remove, for_=for_, **options), {KEY: series})  # type: ignore[arg-type]
    for (distance, value, look, lasts_s), is_gap in moments:
        time += distance
        series.extend([time], [value])
        if look == "as stored":
            alarms.take({KEY: ([time], [value])}, {KEY: series})
        if look == "at a tick":
            until = max(until, time + lasts_s)  # also beyond the next sample, which the device stamped earlier
            alarms.follow({KEY: series})
            asked = until if side.is_above == (value > side.threshold) else asked
        if look != "not now":
            held[series.total - 1] = asked
        if is_gap:
            series.mark_gap()
    held[series.total - 1] = asked if series.is_interrupted else until
    alarms.follow({KEY: series})
    assert found_by(alarms) == one_by_one(side, series, held)


def oven(*values: float) -> Series:
    """A series with a value each second."""
    series = Series(*KEY, capacity=1000, unit="Cel")
    series.extend([float(second) for second in range(len(values))], list(values))
    return series


def test_an_alarm_begins_above_and_ends_below_the_hysteresis() -> None:
    (event,) = alarms_of(oven(30.0, 30.1, 29.6, 33.0, 29.5, 31.0 - 2), above=30, hysteresis=0.5).log
    assert event == Event("lab/oven", "", "°C", "above 30 °C", 1.0, 4.0, True, 33.0)


def test_below_is_its_mirror_image() -> None:
    (event,) = alarms_of(oven(5.0, 4.9, 5.4, 2.0, 5.5), below=5, hysteresis=0.5).log
    assert (event.limit, event.start_s, event.end_s, event.peak) == ("below 5 °C", 1.0, 4.0, 2.0)


def test_a_band_has_two_sides_with_a_word_each() -> None:
    table = alarms_of(oven(20.0, 31.0, 20.0, 4.0), above=30, below=5, label="comfort").log.table()
    assert [event.limit for event in table] == ["comfort: above 30 °C", "comfort: below 5 °C"]
    assert table[1].end is None


def test_a_door_that_tells_only_that_it_opened_and_shut_was_open_meanwhile() -> None:
    series = Series(*KEY, capacity=100, is_state=True)
    series.extend([0.0, 100.0, 102.0, 200.0, 500.0], [1.0, 0.0, 1.0, 0.0, 1.0])
    (event,) = alarms_of(series, below=0.5, for_="3 s").log
    assert (event.start_s, event.end_s, event.is_end_known) == (200.0, 500.0, True)


def test_a_late_sample_does_not_withdraw_what_time_alone_made_an_alarm() -> None:
    series = Series(*KEY, capacity=100, is_state=True)
    series.extend([10.0, 20.0], [1.0, 0.0])
    alarms = Alarms(lambda _key: 60.0)
    alarms.add(limit("*", alarms.remove, below=0.5, for_="30 s", call=print), {KEY: series})
    assert [(call.event.start_s, call.event.end_s) for call in alarms.take_calls()] == [(20.0, None)]
    series.extend([5.0], [1.0])
    alarms.take({KEY: ([5.0], [1.0])}, {KEY: series})
    assert found_by(alarms) == [Alarm(20.0, None, False, 0.0)]
    assert not alarms.take_calls()


def open_door(until: float) -> tuple[Series, Alarms]:
    """A door that has been open since second 1, and was known to be until a moment."""
    series, alarms = Series(*KEY, capacity=100, is_state=True), Alarms(lambda _key: until)
    series.extend([0.0, 1.0], [1.0, 0.0])
    alarms.add(limit("*", alarms.remove, below=0.5, for_="4 s", call=print), {KEY: series})
    assert found_by(alarms) == [Alarm(1.0, None, False, 0.0)]
    return series, alarms


def test_an_alarm_of_a_state_that_was_over_sooner_than_its_message_came_is_withdrawn() -> None:
    series, alarms = open_door(until=6.0)
    series.extend([4.0], [1.0])
    alarms.follow({KEY: series})
    assert found_by(alarms) == []
    assert [call.event.end_s for call in alarms.take_calls()] == [None, 6.0]


@pytest.mark.parametrize("are_together", [True, False])
def test_a_state_told_again_lasts_no_less(are_together: bool) -> None:
    series, alarms = open_door(until=6.0)
    series.extend([4.0], [0.0])
    if not are_together:
        alarms.take({KEY: ([4.0], [0.0])}, {KEY: series})
    series.mark_gap()
    series.extend([9.0], [1.0])
    alarms.take({KEY: ([9.0], [1.0])}, {KEY: series})
    assert found_by(alarms) == [Alarm(1.0, 6.0, False, 0.0)]


def test_what_is_brief_is_no_alarm_and_what_lasts_began_when_it_first_crossed() -> None:
    series = oven(20.0, 31.0, 32.0, 20.0, 31.0, 32.0, 31.0, 33.0, 20.0)
    (event,) = alarms_of(series, above=30, for_="3 s").log
    assert (event.start_s, event.end_s, event.peak) == (4.0, 8.0, 33.0)


def test_an_alarm_is_not_claimed_to_last_across_an_outage() -> None:
    series = oven(20.0, 31.0, 32.0)
    alarms = alarms_of(series, above=30)
    assert next(iter(alarms.log)).end is None
    series.mark_gap()
    alarms.follow({KEY: series})
    series.extend([60.0, 61.0], [33.0, 20.0])
    alarms.follow({KEY: series})
    first, second = alarms.log
    assert (first.start_s, first.end_s, first.is_end_known) == (1.0, 2.0, False)
    assert (second.start_s, second.end_s, second.is_end_known) == (60.0, 61.0, True)


def test_no_number_is_never_an_alarm() -> None:
    series = oven(math.nan, 31.0, math.nan, 20.0)
    (event,) = alarms_of(series, above=30).log
    assert (event.start_s, event.end_s, event.is_end_known) == (1.0, 1.0, False)
    assert not list(alarms_of(oven(math.nan, math.nan), above=30, below=5).log)


def test_late_samples_withdraw_an_alarm_and_others_are_told_once() -> None:
    series, told = oven(20.0, 20.0), []
    alarms = alarms_of(series, above=30, for_="4 s", call=print)
    series.extend([2.0, 6.0], [31.0, 31.0])
    alarms.follow({KEY: series})
    told += alarms.take_calls()
    series.extend([4.0], [31.5])
    alarms.follow({KEY: series})
    assert alarms.take_calls() == []
    series.extend([5.0], [20.0])
    alarms.follow({KEY: series})
    assert list(alarms.log) == []
    told += alarms.take_calls()
    ends = [(call.event.start_s, call.event.end_s, call.event.is_end_known) for call in told]
    assert ends == [(2.0, None, False), (2.0, 6.0, False)], "who switched something on is to switch it off"


def test_a_computed_value_that_changes_to_and_fro_is_told_each_time() -> None:
    series = oven(20.0, 31.0)
    alarms = alarms_of(series, above=30, call=print)
    series.extend([2.0], [20.0])
    alarms.follow({KEY: series})
    for value in (33.0, 32.0, 20.0):
        series.rewrite(2, np.array([2.0]), np.array([value]))
        alarms.follow({KEY: series})
    series.rewrite(1, np.array([1.0, 2.0]), np.array([20.0, 20.0]))
    alarms.follow({KEY: series})
    assert [call.event.end_s for call in alarms.take_calls()] == [None, 2.0, None, 2.0]
    assert list(alarms.log) == []


def test_an_alarm_that_is_looked_at_again_bit_by_bit_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    series = oven(20.0, *[31.0] * 8, 20.0)
    monkeypatch.setattr(watching, "MOST_AT_ONCE", 3)
    alarms = Alarms()
    alarms.add(limit("*", alarms.remove, above=30, call=print), {})
    alarms.take({KEY: (series.time.tolist(), series.value.tolist())}, {KEY: series})
    for late in ([], [0.5]):
        series.extend(late, [20.0] * len(late))
        while alarms.follow({KEY: series}):
            pass
    assert [call.event.end_s for call in alarms.take_calls()] == [None, 9.0]


def test_calls_at_begin_and_end_but_not_for_the_past() -> None:
    series = oven(31.0, 20.0)
    alarms = alarms_of(series, above=30, call=print)
    assert len(alarms.log.table()) == 1
    assert alarms.take_calls() == []
    series.extend([2.0, 3.0, 4.0], [32.0, 20.0, 33.0])
    alarms.follow({KEY: series})
    calls = [(call.event.start_s, call.event.end_s) for call in alarms.take_calls()]
    assert calls == [(2.0, None), (2.0, 3.0), (4.0, None)]


def test_an_alarm_that_is_on_when_its_limit_is_made_is_told() -> None:
    calls = alarms_of(oven(20.0, 31.0), above=30, call=print).take_calls()
    assert [(call.event.start_s, call.event.end_s) for call in calls] == [(1.0, None)]


def test_a_limit_that_is_removed_leaves_its_events_and_ends_what_is_on() -> None:
    alarms = alarms_of(oven(20.0, 31.0), above=30)
    (wanted,) = alarms.limits
    wanted.remove()
    (event,) = alarms.log
    assert (event.end_s, event.is_end_known) == (1.0, False)
    assert (alarms.limits, list(alarms.on())) == ((), [])


def test_a_pattern_chooses_the_series_also_those_that_come_later() -> None:
    alarms = Alarms()
    alarms.add(limit("*/hot", alarms.remove, above=30), {})
    series = {(topic, ""): Series(topic, "", capacity=9) for topic in ("a/hot", "a/cold")}
    for each in series.values():
        each.extend([1.0], [31.0])
    alarms.follow(series)
    assert [event.topic for event in alarms.log] == ["a/hot"]


def test_a_series_that_is_gone_ends_its_alarm_and_is_let_go() -> None:
    alarms = Alarms()
    alarms.add(limit("*", alarms.remove, above=30), {KEY: oven(31.0)})
    alarms.follow({})
    (event,) = alarms.log
    assert event.end_s == 0.0
    assert not event.is_end_known


def test_samples_that_the_ring_let_go_are_an_outage() -> None:
    series = Series(*KEY, capacity=2)
    alarms = alarms_of(series, above=30)
    series.extend([1.0, 2.0], [31.0, 32.0])
    alarms.follow({KEY: series})
    series.extend([3.0, 4.0, 5.0, 6.0], [20.0, 20.0, 33.0, 34.0])
    alarms.follow({KEY: series})
    assert found_by(alarms) == [Alarm(1.0, 2.0, False, 32.0), Alarm(5.0, None, False, 34.0)]


def test_flapping_keeps_the_newest_events_and_counts_the_rest() -> None:
    count = MOST_KEPT + 500
    series = Series(*KEY, capacity=10 * count)
    series.extend(np.arange(2.0 * count), np.tile([31.0, 20.0], count))
    alarms = alarms_of(series, above=30)
    while alarms.follow({KEY: series}):
        pass
    table = alarms.log.table()
    assert (len(table), table.forgotten) == (MOST_KEPT, 500)
    assert table[-1].start_s == 2.0 * count - 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "above= or below="),
        ({"above": "30"}, "above is a number"),
        ({"above": math.nan}, "above is a number"),
        ({"above": True}, "above is a number"),
        ({"above": 5, "below": 30}, "every value would be an alarm"),
        ({"above": 5, "hysteresis": -1}, "hysteresis is 0 or more"),
        ({"above": 5, "for_": 10}, "for_ is a time"),
        ({"above": 5, "for_": "soon"}, "for_ is a time"),
        ({"above": 5, "call": "print"}, "call is a function"),
        ({"above": 5, "label": 7}, "label is a text"),
        ({"above": 5, "of": 7}, "of is a pattern"),
        ({"above": 5, "of": []}, "of is a pattern"),
    ],
)
def test_what_is_not_accepted_is_told(options: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidValueError, match=words):
        limit(**{"of": "*", "on_remove": print, **options})  # type: ignore[arg-type]


def test_events_as_a_table() -> None:
    hostile = Event("a/<script>", "\u202e", "°C", "above <b>30</b>", 1.5, None, False, 31.25)
    known = Event("a/b", "/t", "°C", "above 30 °C", 0.0, 90.0, True, 1234.5)
    outage = Event("a/b", "/t", "°C", "above 30 °C", 0.5, 9.5, False, 31.0)
    table = EventTable([hostile, known, outage], forgotten=3)
    assert [event.start_s for event in table] == [0.0, 0.5, 1.5]
    assert known.duration == timedelta(seconds=90)
    assert "<script>" not in table._repr_html_()
    assert "&lt;b&gt;30" in table._repr_html_()
    for text in ("3 events, 3 more are not kept", "still on", "09.500 or later", "0:01:30", "1,234.5 °C"):
        assert text in repr(table)
    frame = table.to_pandas()
    assert [str(kind) for kind in frame.dtypes[["start", "end", "duration"]]] == [
        "datetime64[ns, UTC]",
        "datetime64[ns, UTC]",
        "timedelta64[ns]",
    ]
    assert frame["end"].isna().tolist() == [False, False, True]
    assert frame["duration"][0] == timedelta(seconds=90)
    assert list(frame["is_end_known"]) == [True, False, False]
    assert list(EventTable([]).to_pandas().columns) == list(frame.columns)
    assert repr(EventTable([])) == "0 events"


def test_events_are_printed_in_the_zone_of_the_axis() -> None:
    event = Event("a/b", "/t", "°C", "above 30 °C", 1_790_000_000.0, 1_790_000_090.0, True, 1234.5)
    table = EventTable([event], zone=ZoneInfo("Asia/Kolkata"), zone_name="Asia/Kolkata")
    for text in (repr(table), table._repr_html_()):
        assert "start, Asia/Kolkata" in text
        assert "2026-09-21 19:43:20" in text  # 14:13:20 in UTC
    assert str(table[0]) == "2026-09-21 19:43:20 IST, a/b /t: above 30 °C, for 0:01:30, peak 1,234.5 °C"
    assert (table[0], table[0].start, next(iter(table)).zone) == (event, event.start, ZoneInfo("Asia/Kolkata"))
    assert str(event).startswith("2026-09-21 14:13:20 UTC")
    assert str(table.to_pandas()["start"].dtype) == "datetime64[ns, UTC]"

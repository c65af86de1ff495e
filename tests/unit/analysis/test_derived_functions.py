"""The user's own functions: called with what they need, seldom enough, and alone with their errors."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mqttwidgets as mw
from mqttwidgets import InvalidValueError, Series
from mqttwidgets.analysis.transforms.derivations import Derivations
from mqttwidgets.analysis.transforms.derived import Derived
from mqttwidgets.analysis.transforms.user_function import FunctionLine
from mqttwidgets.base.model import Key
from mqttwidgets.base.times import Window

from .test_transforms import BATCHES, assert_is, in_pandas, take


def line_of(source: Series, function: Callable[[Any], Any], lookback: Any = None) -> FunctionLine:
    return FunctionLine(source, "→ f", function, None, None if lookback is None else Window.parse(lookback))


def run(line: FunctionLine) -> None:
    if line.is_behind:
        line.run(line.take_input())


def oven(count: int = 5, capacity: int = 100) -> Series:
    source = Series("lab/oven", "T", capacity, unit="Cel")
    source.extend(np.arange(float(count)), np.arange(float(count)))
    return source


@settings(max_examples=60)
@given(BATCHES, st.sampled_from([None, "2 s", 30]))
def test_it_has_what_the_function_gives_for_all_of_it_gaps_included(batches: list[Any], lookback: Any) -> None:
    """With a lookback that is enough, no other values than without."""
    source = Series("t", "", 1000)
    line = line_of(source, lambda s: s.rolling("1s").mean(), lookback)
    for batch in batches:
        take(source, batch)
        run(line)
    if not len(source):
        return
    (series,) = line.series
    assert line.error == ""
    np.testing.assert_array_equal(series.time, source.time)
    np.testing.assert_allclose(series.value, in_pandas(source).rolling("1s").mean(), rtol=1e-9, atol=1e-9)
    assert series.cut().gaps.tolist() == source.cut().gaps.tolist()


def test_it_is_given_a_series_over_times_in_utc_named_as_it_is() -> None:
    given_ = []
    source = oven()
    run(line_of(source, lambda s: given_.append(s) or s))  # type: ignore[func-returns-value]
    (s,) = given_
    assert (s.name, str(s.index.tz), s.index.name) == ("lab/oven T", "UTC", "time")
    assert s.index[1] == pd.Timestamp(1, unit="s", tz="UTC")
    assert s.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(("lookback", "first"), [("10 s", 89.0), (5, 94.0), (None, 0.0)])
def test_with_a_lookback_it_is_given_only_so_much_besides_what_is_new(lookback: Any, first: float) -> None:
    lengths = []
    source = oven(99, capacity=1000)
    line = line_of(source, lambda s: lengths.append((s.index[0].timestamp(), len(s))) or s * 2, lookback)  # type: ignore[func-returns-value]
    run(line)
    source.extend([99.0, 100.0], [7.0, 8.0])
    run(line)
    run(line)
    assert lengths == [(0.0, 99), (first, 101 - int(first))]
    assert line.series[0].value[-2:].tolist() == [14.0, 16.0]
    assert line.series[0].merges == 0


def test_only_what_is_other_than_before_is_changed() -> None:
    source = oven(50)
    line = line_of(source, lambda s: s - s.iloc[-1] * (s.index >= s.index[40]))
    run(line)
    source.extend([50.0], [0.0])
    run(line)
    (series,) = line.series
    assert (series.merges, series.unchanged_to(0), series.total) == (1, 40, 51)


def test_nan_is_nothing_and_breaks_the_line() -> None:
    source = oven(6)
    line = line_of(source, lambda s: s.where(s != 3))
    run(line)
    (series,) = line.series
    assert_is(series, np.array([0.0, 1, 2, 4, 5]), np.array([0.0, 1, 2, 4, 5]))
    assert series.cut().gaps.tolist() == [3]


def test_other_times_are_taken_too_and_an_outage_is_a_gap() -> None:
    source = Series("t", "", 100)
    source.extend(np.arange(0, 10, 0.5), np.arange(20.0))
    source.mark_gap()
    source.extend(np.arange(30, 40, 0.5), np.arange(20.0))
    line = line_of(source, lambda s: s.resample("5s").mean())
    run(line)
    (series,) = line.series
    assert_is(series, np.array([0.0, 5.0, 30.0, 35.0]), np.array([4.5, 14.5, 4.5, 14.5]))
    assert series.cut().gaps.tolist() == [2]
    source.extend([40.0], [7.0])
    run(line)
    assert series.time.tolist() == [0.0, 5.0, 30.0, 35.0, 40.0]


def raises(_s: Any) -> Any:
    raise RuntimeError("a <b>bold</b>\nclaim")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda s: 1 / 0, "ZeroDivisionError: division by zero"),
        (raises, r"RuntimeError: a <b>bold</b>\nclaim"),
        (lambda s: s.mean(), "the function returned a float64, not a pandas Series"),
        (lambda s: s.to_frame(), "the function returned a DataFrame, not a pandas Series"),
        (lambda s: None, "the function returned a NoneType, not a pandas Series"),
        (lambda s: s.reset_index(drop=True), "the function's result is not over times, but over a RangeIndex"),
        (lambda s: s.tz_localize(None), "the times in the function's result have no time zone: theirs is UTC"),
        (lambda s: pd.concat([s, s]), "the times in the function's result are not in order"),
        (lambda s: s[::-1], "the times in the function's result are not in order"),
        (
            lambda s: s.astype(str) + "x",
            f"the values in the function's result are no numbers ({pd.Series(['x']).dtype})",
        ),
        (lambda s: s.astype(complex), "the values in the function's result are no numbers (complex128)"),
        (
            lambda s: s.index.to_series(),
            "the values in the function's result are no numbers (datetime64[ns, UTC])",
        ),
    ],
)
def test_an_error_stops_the_line_with_its_words(function: Callable[[Any], Any], words: str) -> None:
    line = line_of(oven(), function)
    run(line)
    assert not line.is_behind
    assert line.error == words
    assert line.remark == f"{words}; tried again with more data"


def test_a_function_that_fails_is_called_ever_more_seldom() -> None:
    calls = []
    source = oven(1)
    line = line_of(source, lambda s: calls.append(len(s)))
    for second in range(1, 20):
        run(line)
        source.extend([float(second)], [0.0])
    assert calls == [1, 2, 4, 8, 16]


@pytest.mark.parametrize("lookback", [None, "3 s", 3])
def test_what_came_while_it_failed_is_made_good_as_soon_as_it_succeeds(lookback: Any) -> None:
    source, line_is = Series("t", "", 100), []

    def needs_three_and_no_nine(s: Any) -> Any:
        if len(s) < 3 or s.iloc[-1] == 9:
            raise ValueError("not with these")
        return 2 * s

    line = line_of(source, needs_three_and_no_nine, lookback)
    for second, value in enumerate([1.0, 2, 3, 4, 9, 9, 5]):
        source.extend([float(second)], [value])
        run(line)
        line.note_interruption()
        line_is.append((len(line.series[0]), line.series[0].is_interrupted, bool(line.error)))
    fails, stands = [(0, False, True)] * 3, [(4, False, False), (4, True, True), (4, True, True)]
    assert line_is == [*fails, *stands, (4, True, True)]
    source.extend([7.0], [6.0])
    run(line)
    assert line.error == line.remark == ""
    assert line.series[0].value.tolist() == [2.0, 4, 6, 8, 18, 18, 10, 12]
    assert not len(line.series[0].cut().gaps)


def test_it_may_return_more_than_it_was_given_of_which_the_newest_are_kept() -> None:
    source = Series("t", "", 100)
    line = line_of(source, lambda s: s.resample("1s").ffill())
    source.extend([0.0, 10.0], [1.0, 2.0])
    run(line)
    assert_is(line.series[0], np.arange(11.0), np.array([1.0] * 10 + [2.0]))
    source.extend([1000.0], [3.0])
    run(line)
    assert line.error == ""
    assert_is(line.series[0], np.arange(901.0, 1001), np.array([2.0] * 99 + [3.0]))


def test_with_a_lookback_values_stand_at_the_times_given() -> None:
    line = line_of(oven(), lambda s: s.resample("2s").mean().shift(freq="1ms"), "2 s")
    run(line)
    assert "has to stand at the times it was given" in line.error


@pytest.mark.parametrize(
    "function",
    [lambda s: s > 2, lambda s: s.astype("Int64"), lambda s: s.astype("Float64").where(s > 2), lambda s: s[s < 0]],
)
def test_kinds_of_numbers_that_pandas_has_are_taken(function: Callable[[Any], Any]) -> None:
    line = line_of(oven(), function)
    run(line)
    assert line.error == ""


# Many of them.


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """Derivations over some series, with a clock of their own."""

    def __init__(self, *topics: str) -> None:
        self.clock = Clock()
        self.derivations = Derivations(self.clock)
        self.found: dict[Key, Series] = {(topic, ""): Series(topic, "", 1000) for topic in topics}

    def derive(self, name: str, function: Any, of: Any = "*", **options: Any) -> Derived:
        derived = Derived(name, function, of, on_remove=self.derivations.remove, **options)
        self.derivations.add(derived)
        return derived

    def feed(self, *values: float) -> None:
        for series in self.found.values():
            start = series.last[0] + 1 if series.last else 0.0
            series.extend([start + number for number in range(len(values))], [*values])

    @contextlib.contextmanager
    def reading(self) -> Iterator[Mapping[Key, Series]]:
        yield self.found

    def step(self) -> None:
        self.derivations.follow(self.found)
        if self.derivations.has_work:
            self.derivations.work(self.reading)
            self.derivations.follow(self.found)

    def values(self) -> dict[Key, list[float]]:
        beside = self.derivations.beside(self.found)
        return {key: beside[key].value.tolist() for key in self.derivations.lines if key in beside}


def test_each_series_that_matches_has_lines_of_its_own_whenever_it_comes() -> None:
    bench = Bench("a/t", "b/t", "c/x")
    bench.derive("double", lambda s: 2 * s, of="*/t")
    bench.derive("band", mw.rolling_band(2), of=["a/*"])
    bench.feed(1.0, 2.0)
    bench.step()
    assert bench.values() == {
        ("a/t", "→ double"): [2.0, 4.0],
        ("b/t", "→ double"): [2.0, 4.0],
        ("a/t", "→ band min"): [1.0],
        ("a/t", "→ band max"): [2.0],
    }
    late = bench.found["d/t", ""] = Series("d/t", "", 10)
    late.extend([1.0], [5.0])
    bench.clock.now += 1
    bench.step()
    assert bench.values()["d/t", "→ double"] == [10.0]
    del bench.found["a/t", ""]
    bench.step()
    assert bench.values().keys() == {("b/t", "→ double"), ("d/t", "→ double")}
    anew = bench.found["b/t", ""] = Series("b/t", "", 10)
    anew.extend([1.0], [7.0])
    bench.clock.now += 1
    bench.step()
    assert bench.values()["b/t", "→ double"] == [14.0]


def test_a_functions_line_is_interrupted_while_its_source_is_and_once_it_is_over() -> None:
    bench = Bench("a", "b")
    bench.derive("double", lambda s: 2 * s if s.iloc[-1] < 9 else 1 / 0)
    found = []

    def step() -> None:
        bench.clock.now += 1
        bench.step()
        bench.derivations.follow(bench.found)
        found.append([bench.derivations.lines[name, "→ double"].series.is_interrupted for name in "ab"])

    bench.feed(1.0, 2.0)
    step()
    bench.found["a", ""].mark_gap()
    step()
    bench.feed(3.0)
    step()
    bench.feed(9.0)
    step()
    assert found == [[False, False], [True, False], [False, False], [True, True]]


class Unread(dict[Key, Series]):
    """Counts how often what is in it was gone through."""

    times = 0

    def items(self) -> Any:
        self.times += 1
        return super().items()


def test_the_other_series_of_a_difference_is_looked_for_once_for_all_lines() -> None:
    bench = Bench(*(f"room{number}/t" for number in range(20)), "out/t")
    bench.found = found = Unread(bench.found)
    bench.derive("less", mw.difference("out/*"), of="room*")
    bench.feed(1.0)
    bench.step()
    times = found.times
    bench.feed(2.0)
    bench.step()
    often = found.times - times
    bench.feed(3.0)
    bench.step()
    assert times <= 4
    assert often <= 2  # to see whether other series are there
    assert bench.values()["room7/t", "→ less"] == [0.0, 0.0, 0.0]
    bench.found["out/door", ""] = Series("out/door", "", 10)
    bench.step()
    assert bench.derivations.lines["room7/t", "→ less"].remark == "out/* matches 2 series: one is wanted"


def test_one_of_the_same_name_takes_the_place_and_one_removed_is_gone() -> None:
    bench = Bench("a")
    first = bench.derive("mean", mw.rolling_mean(2))
    second = bench.derive("mean", mw.rolling_mean(3))
    bench.feed(1.0, 2.0, 3.0)
    bench.step()
    assert bench.derivations.all == (second,)
    assert bench.values() == {("a", "→ mean"): [2.0]}
    first.remove()
    second.remove()
    bench.step()
    assert not bench.derivations.all
    assert not bench.values()


def test_an_error_of_one_line_leaves_the_others_alone() -> None:
    bench = Bench("a", "b")

    def fails_for_a(s: Any) -> Any:
        if s.name == "a":
            raise ValueError("not this one")
        return s

    derived = bench.derive("same", fails_for_a)
    other = bench.derive("mean", mw.rolling_mean("9 s"))
    bench.feed(1.0)
    bench.step()
    assert derived.error == (why := "ValueError: not this one")
    assert other.error is None
    assert bench.values() == {("b", "→ same"): [1.0], ("a", "→ mean"): [1.0], ("b", "→ mean"): [1.0]}
    kin = bench.derivations.lines["a", "→ same"]
    assert (kin.is_over, kin.name, kin.source) == (True, "same", ("a", ""))
    assert kin.remark == f"{why}; tried again with more data"


def test_functions_rest_for_nine_times_as_long_as_they_took_and_slow_ones_for_a_second() -> None:
    bench = Bench("a")
    costs_s = [0.02] * 2 + [0.06] * 2 + [0.5] * 2

    def costly(s: Any) -> Any:
        bench.clock.now += costs_s.pop(0)
        return s

    derived = bench.derive("costly", costly)
    for rest_s in (0.18, 1.0, 4.5):
        bench.feed(1.0)
        bench.step()
        length = len(bench.values()["a", "→ costly"])
        bench.feed(2.0)
        bench.clock.now += rest_s * 0.99
        bench.step()
        assert len(bench.values()["a", "→ costly"]) == length
        bench.clock.now += rest_s * 0.02
        bench.step()
        assert len(bench.values()["a", "→ costly"]) == length + 1
        bench.clock.now += 60.0
    assert derived.error is None


def test_late_samples_do_not_keep_it_from_completing() -> None:
    bench = Bench()
    source = bench.found["a", ""] = Series("a", "", 200_000)
    source.extend(np.arange(100_000.0), np.ones(100_000))
    looks = 0

    def ticking() -> float:
        bench.clock.now += 0.004  # so that there is time for some of the samples each time
        return bench.clock.now

    @contextlib.contextmanager
    def reading() -> Iterator[Mapping[Key, Series]]:
        nonlocal looks
        looks += 1
        assert looks < 50, "it goes on for ever"
        if looks > 1:
            source.extend([-float(looks)], [1.0])
        yield bench.found

    bench.derivations = Derivations(ticking)
    bench.derive("mean", mw.rolling_mean("3 s"))
    bench.derivations.complete(reading)
    bench.derivations.complete(bench.reading)
    assert bench.values()["a", "→ mean"] == [1.0] * len(source)


def test_functions_take_turns_where_there_is_no_time_for_all() -> None:
    bench = Bench(*"abcd")
    calls: list[str] = []

    def costly(s: Any) -> Any:
        bench.clock.now += 0.01
        calls.append(s.name)
        return s

    bench.derive("costly", costly)
    for _ in range(4):
        bench.feed(1.0)
        bench.step()
        bench.clock.now += 1.0
    assert len(calls) == 8
    assert {calls.count(name) for name in "abcd"} == {2}


def test_states_are_left_out_of_what_is_ready_and_given_to_functions() -> None:
    bench = Bench("a")
    bench.found["door", ""] = Series("door", "", 10, is_state=True)
    bench.derive("mean", mw.rolling_mean(2))
    bench.derive("same", lambda s: s)
    bench.feed(0.0, 1.0)
    bench.step()
    assert bench.values().keys() == {("a", "→ mean"), ("a", "→ same"), ("door", "→ same")}
    bench.found["door", ""].is_state = False
    bench.step()
    assert bench.values()["door", "→ mean"] == [0.5]


def test_it_says_what_it_is_of_and_where_it_falls_short() -> None:
    bench = Bench("a", "b")
    mean = bench.derive("mean", mw.rolling_mean(5000))
    fails = bench.derive("fails", lambda s: 1 / 0)
    assert mean.text == f"mean: of {mean.of}"
    bench.feed(*np.zeros(1000))
    bench.step()
    assert mean.text == "mean: of 2 series; needs 5,000 samples, history keeps 1,000"
    assert fails.text == "fails: of 2 series; ZeroDivisionError: division by zero; tried again with more data"
    assert repr(mean) == f"<Derived {mean.text}>"


@pytest.mark.parametrize(
    ("arguments", "options", "hint"),
    [
        (("", mw.rate_of_change()), {}, "name is a text"),
        ((5, mw.rate_of_change()), {}, "name is a text"),
        (("x", "mean"), {}, "function is rolling_mean"),
        (("x", mw.rolling_mean), {}, "function is rolling_mean"),
        (("x", mw.rate_of_change(), 5), {}, "of is a pattern"),
        (("x", mw.rate_of_change(), []), {}, "of is a pattern"),
        (("x", mw.rate_of_change()), {"lookback": "5 s"}, "functions of your own"),
        (("x", abs), {"lookback": "soon"}, "lookback is a number of samples"),
        (("x", abs), {"unit": 5}, "unit is a text"),
    ],
)
def test_what_is_not_accepted_is_said_at_once(arguments: Any, options: Any, hint: str) -> None:
    with pytest.raises(InvalidValueError, match=hint):
        Derived(*arguments, **options)

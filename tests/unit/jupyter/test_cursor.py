"""What the kernel answers when a page asks for the samples under the pointer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import LiveSensorPlot, Series
from mqttwidgets.jupyter.cursor import Cursor
from mqttwidgets.plot.hover import distance_at, sample_at, stepped
from mqttwidgets.plot.view import Seen

from ...support.feeding import feed, message
from .test_live_sensor_plot import Doors, parts_of, plot_of


def series_of(*times: float, is_state: bool = False) -> Series:
    """A series whose values are ten times its times."""
    series = Series("a", "", 100, is_state=is_state)
    series.extend(list(times), [10 * time for time in times])
    return series


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True),
    st.integers(-3, 33).map(lambda number: number + 0.3),
)
def test_the_nearest_sample_is_found_at_full_resolution(times: list[int], at: float) -> None:
    series = series_of(*map(float, sorted(times)))
    is_outside = at < min(times) or at > max(times)
    nearest = min(times, key=lambda time: abs(time - at))
    found = sample_at(Seen(series, None), at, 0.5)
    gaps = series.cut().gaps
    if is_outside and abs(nearest - at) > 0.5:
        assert found is None
    elif not len(gaps):
        assert found == (nearest, 10 * nearest)


def test_in_a_gap_only_what_is_within_reach_is_found() -> None:
    series = series_of(1.0, 2.0)
    series.mark_gap()
    series.extend([10.0, 11.0], [100.0, 110.0])
    seen = Seen(series, None)
    found = [sample_at(seen, time, 0.5) for time in (2.4, 2.6, 6.0, 9.4, 9.6, 10.6)]
    assert found == [(2.0, 20.0), None, None, None, (10.0, 100.0), (11.0, 110.0)]


def test_of_a_state_what_holds_there_is_found_and_never_what_comes_next() -> None:
    series = series_of(1.0, 2.0, is_state=True)
    series.mark_gap()
    series.extend([10.0], [100.0])
    seen = Seen(series, 12.0)
    for time, found in (
        *((0.9, None), (1.0, (1.0, 10.0)), (1.9, (1.0, 10.0)), (2.3, (2.0, 20.0)), (5.0, None), (9.9, None)),
        *((10.0, (10.0, 100.0)), (12.0, (10.0, 100.0)), (12.4, (10.0, 100.0)), (12.6, None)),
    ):
        assert sample_at(seen, time, 0.5) == found, time


def test_a_value_that_is_no_number_is_not_shown_as_one() -> None:
    series = Series("a", "", 9)
    series.extend([1.0, 2.0], [float("nan"), 5.0])
    assert sample_at(Seen(series, None), 1.1, 0.5) is None


def test_steps_go_from_sample_to_sample_of_all_series() -> None:
    both = [series_of(1.0, 3.0, 5.0), series_of(2.0, 3.0, 9.0)]
    assert [stepped(both, 1.0, steps) for steps in (1, 2, 3, 4)] == [2.0, 3.0, 5.0, 9.0]
    assert [stepped(both, 9.0, -steps) for steps in (1, 2, 3, 4)] == [5.0, 3.0, 2.0, 1.0]
    assert stepped(both, 9.0, 1) == float("inf")
    assert stepped(both, 1.0, -1) == float("-inf")
    assert stepped([], 4.0, 0) == 4.0


def test_how_far_samples_are_apart() -> None:
    series = series_of(1.0, 1.5, 4.0, 4.0)
    assert [distance_at(series, time) for time in (1.2, 2.0, 99.0)] == [0.5, 2.5, 2.5]
    assert distance_at(series_of(1.0), 1.0) == distance_at(series_of(), 1.0) == float("inf")


def ask(plot: LiveSensorPlot, content: Any) -> list[Any]:
    """Ask as a page does; what is sent back."""
    (cursor,) = (part for part in parts_of(plot) if isinstance(part, Cursor))
    answers: list[Any] = []
    cursor.send = lambda content: answers.append(content)
    cursor._handle_custom_msg(content, [])  # noqa: SLF001
    return answers


QUESTION = {"kind": "ask", "number": 7, "time": 2.4, "reach_s": 0.1, "steps": 0, "start": 0.0, "end": 10.0}


def test_an_answer_has_the_samples_of_the_lines_in_the_picture() -> None:
    plot = plot_of(decoder=Doors())
    feed(plot.stream, "a", 0.1, 0.2, 0.1 + 0.2, start=1.0)
    feed(plot.stream, "hidden", 5.0, start=2.0)
    plot.stream.deliver(message("door", b"1", at=2.0))
    plot.hidden = [("hidden", "")]
    plot.draw(1000.0)
    a, door = (mark.model_id for mark in plot.figure.marks)
    feed(plot.stream, "later", 5.0, start=3.0)
    assert len(plot.stream.series) == 4, "one of them has no line yet"
    (answer,) = ask(plot, QUESTION)
    assert answer == {
        "kind": "answer",
        "number": 7,
        "time": 2.4,
        "apart_s": 1.0,
        "lines": [[a, 2.0, 0.2, "", False], [door, 2.0, 1.0, "", False]],
    }
    (answer,) = ask(plot, {**QUESTION, "steps": 1})
    assert (answer["time"], answer["lines"][0]) == (3.0, [a, 3.0, 0.1 + 0.2, "", False])
    (answer,) = ask(plot, {**QUESTION, "steps": 5})
    assert answer["time"] == 2.4, "there are not so many"
    (answer,) = ask(plot, {**QUESTION, "steps": 1, "end": 2.9})
    assert answer["time"] == 2.4, "no step leads beyond the axis"
    plot.close()


def test_what_is_computed_is_answered_to_its_last_digit() -> None:
    plot = plot_of()
    feed(plot.stream, "energy", 12_345_678.9, start=2.0)
    plot.derive("same", lambda series: series)
    plot.to_pandas(of="*")
    plot.draw(1000.0)
    (answer,) = ask(plot, {**QUESTION, "time": 2.0})
    assert [(line[2], line[4]) for line in answer["lines"]] == [(12_345_678.9, False), (12_345_678.9, True)]
    plot.close()


@pytest.mark.parametrize(
    "content",
    [
        *(
            None,
            [],
            {"kind": "ask"},
            {**QUESTION, "kind": "x"},
            {**QUESTION, "time": "1"},
            {**QUESTION, "time": None},
        ),
        *({**QUESTION, "steps": float("nan")}, {**QUESTION, "number": True}, {**QUESTION, "end": float("inf")}),
    ],
)
def test_what_is_no_question_has_no_answer(content: Any) -> None:
    plot = plot_of()
    feed(plot.stream, "a", 1.0)
    assert ask(plot, content) == []
    plot.close()

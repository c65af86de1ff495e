"""What a page works out as well is the same here: the vectors are those of tests/js/drawn_twice.test.mjs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import traitlets

from mqttwidgets import Series
from mqttwidgets.jupyter.plot_settings import TimeRangeTrait, ValueRangesTrait
from mqttwidgets.plot.decimate import Grid
from mqttwidgets.plot.growing import GrowingPoints
from mqttwidgets.plot.hover import sample_at, stepped
from mqttwidgets.plot.palette import DASH_ARRAYS
from mqttwidgets.plot.svg_axes import LabelPlaces
from mqttwidgets.plot.texts import clock_time, state_text, value_text
from mqttwidgets.plot.view import Seen

VECTORS = Path(__file__).parent.parent.parent / "vectors"


def vectors(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text("utf-8"))


def series_of(points: list[list[float | None]], *, is_state: bool = False) -> Series:
    """A series with these samples, and a gap where there is a break."""
    series = Series("t", "", 1000, is_state=is_state)
    samples = [(time, value) for time, value in points if value is not None]
    breaks = [at - number for number, at in enumerate(at for at, (_, value) in enumerate(points) if value is None)]
    time, value = np.array(samples, float).T
    series.rewrite(0, time, value, breaks)
    assert series.cut().gaps.tolist() == breaks
    return series


@pytest.mark.parametrize("case", vectors("extremes"), ids=lambda case: str(case["about"]))
def test_the_points_that_are_drawn_of_a_dense_line(case: dict[str, Any]) -> None:
    series = series_of(case["points"], is_state=case["is_steps"])
    growing = GrowingPoints(series, Grid(case["column_s"], case["from"]), 0, case["to"])
    assert growing.follow()
    points = growing.view(-math.inf, row=0)
    kept = zip(points.time.tolist(), points.value.tolist(), strict=True)
    expected = [case["points"][index] for index in case["kept"]]
    assert [[time, None if math.isnan(value) else value] for time, value in kept] == expected


@pytest.mark.parametrize("case", vectors("label_places"), ids=lambda case: str(case["about"]))
def test_where_labels_stand(case: dict[str, Any]) -> None:
    labels = LabelPlaces(case["width"], case["height"], case["character_px"])
    places = [labels.of_span(*span) for span in case["spans"]] + [
        labels.of_level(*level) for level in case["levels"]
    ]
    assert [place and list(place) for place in places] == case["places"]


def test_the_dashes_of_a_line_style() -> None:
    assert vectors("dashes") == DASH_ARRAYS


def test_values_states_and_times_in_words() -> None:
    texts = vectors("texts")
    zone = ZoneInfo(texts["zone"])
    assert [[value, value_text(value)] for value, _ in texts["values"]] == texts["values"]
    assert [[state, state_text(state)] for state, _ in texts["states"]] == texts["states"]
    assert [[time, clock_time(time, zone)] for time, _ in texts["times_of_day"]] == texts["times_of_day"]


@pytest.mark.parametrize("case", vectors("pointed")["samples"], ids=lambda case: str(case["about"]))
def test_the_sample_under_the_pointer(case: dict[str, Any]) -> None:
    seen = Seen(series_of(case["points"], is_state=case["is_state"]), None)
    for time, sample in case["at"]:
        found = sample_at(seen, time, case["reach_s"])
        assert (found and list(found)) == sample, time


def test_steps_from_sample_to_sample() -> None:
    steps = vectors("pointed")["steps"]
    lines = [series_of([[time, 0.0] for time in times]) for times in steps["lines"]]
    for start, count, time in steps["from"]:
        found = stepped(lines, start, count)
        assert (found if math.isfinite(found) else None) == time, (start, count)


def test_the_ends_that_a_page_asks_for_are_accepted() -> None:
    class Plot(traitlets.HasTraits):
        time_range = TimeRangeTrait()
        value_ranges = ValueRangesTrait()

    plot, ends = Plot(), vectors("ends")
    for _, (start, end) in ends["times"]:
        plot.time_range = start, end
        assert [moment.timestamp() for moment in plot.time_range] == pytest.approx([start, end], abs=1e-6)
    for _, fitting in ends["values"]:
        if fitting is not None:
            plot.value_ranges = {"": fitting}
            assert plot.value_ranges == {"": tuple(fitting)}

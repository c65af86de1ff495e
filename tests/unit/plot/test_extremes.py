"""The extremes of a line that grows and moves on are those of the values in view."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets.plot.extremes import SlidingExtremes

VALUES = st.integers(0, 9).map(float) | st.just(math.nan)
STEPS = st.lists(st.tuples(st.lists(VALUES, max_size=150), st.integers(0, 90), st.booleans()), max_size=12)


@given(STEPS)
def test_they_are_those_of_the_values_in_view(steps: list[tuple[list[float], int, bool]]) -> None:
    """Each step: values added, how many of the oldest are dropped, and whether they come as an array."""
    extremes, values, first = SlidingExtremes(), list[float](), 0
    for more, dropped, as_array in steps:
        extremes.add(len(values), np.array(more, float) if as_array else more)
        values += more
        first = min(first + dropped, len(values))
        inside = [value for value in values[first:] if not math.isnan(value)]
        assert extremes.since(first) == (min(inside, default=math.inf), max(inside, default=-math.inf))

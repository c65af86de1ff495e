"""Windows: numbers of samples and spans of time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import InvalidValueError
from mqttwidgets.window import Window


@pytest.mark.parametrize(
    ("value", "samples", "seconds", "text"),
    [
        (100, 100, None, "100 samples"),
        ("1,000 samples", 1000, None, "1,000 samples"),
        ("250", 250, None, "250 samples"),
        ("30 s", None, 30.0, "30 s"),
        ("30s", None, 30.0, "30 s"),
        ("5 min", None, 300.0, "5 min"),
        ("5 Minutes", None, 300.0, "5 min"),
        ("1 h", None, 3600.0, "1 h"),
        ("1.5 hours", None, 5400.0, "90 min"),
        ("500 ms", None, 0.5, "0.5 s"),
        ("2 d", None, 172_800.0, "2 d"),
        (timedelta(minutes=2), None, 120.0, "2 min"),
    ],
)
def test_what_is_accepted(value: Any, samples: int | None, seconds: float | None, text: str) -> None:
    window = Window.parse(value)
    assert (window.samples, window.seconds, window.text) == (samples, seconds, text)


@pytest.mark.parametrize(
    "wrong",
    ["", "soon", "-5 s", "0 s", "5 parsecs", "1.5 samples", 1, 0, -3, True, 5.0, None, timedelta(0), "1e3"],
)
def test_what_is_refused_says_what_is_accepted(wrong: Any) -> None:
    with pytest.raises(InvalidValueError, match="'30 s', '5 min', '2 h' or '1 d'"):
        Window.parse(wrong)


@given(st.one_of(st.integers(2, 10**8), st.floats(0.001, 1e8).map(lambda s: timedelta(seconds=round(s, 3)))))
def test_its_text_means_itself(value: int | timedelta) -> None:
    window = Window.parse(value)
    again = Window.parse(window.text)
    assert (again.samples, again.text) == (window.samples, window.text)
    assert again.seconds == pytest.approx(window.seconds)

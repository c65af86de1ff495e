"""Windows: numbers of samples and spans of time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import InvalidValueError
from mqttwidgets.base.times import Window


@pytest.mark.parametrize(
    ("value", "samples", "seconds", "text"),
    [
        (100, 100, None, "100 samples"),
        ("1,000 samples", 1000, None, "1,000 samples"),
        ("250 Samples", 250, None, "250 samples"),
        ("30 s", None, 30.0, "30 s"),
        ("30s", None, 30.0, "30 s"),
        ("5 min", None, 300.0, "5 min"),
        ("5 Minutes", None, 300.0, "5 min"),
        ("1 h", None, 3600.0, "1 h"),
        ("1.5 hours", None, 5400.0, "90 min"),
        ("500 ms", None, 0.5, "0.5 s"),
        ("2 d", None, 172_800.0, "2 d"),
        ("1 week", None, 604_800.0, "7 d"),
        ("1.5 Weeks", None, 907_200.0, "252 h"),
        (timedelta(minutes=2), None, 120.0, "2 min"),
    ],
)
def test_what_is_accepted(value: Any, samples: int | None, seconds: float | None, text: str) -> None:
    window = Window.parse(value)
    assert (window.samples, window.seconds, window.text) == (samples, seconds, text)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "soon",
        "-5 s",
        "0 s",
        "5 parsecs",
        "1.5 samples",
        1,
        0,
        -3,
        True,
        5.0,
        None,
        timedelta(0),
        "1e3",
        "5 mss",
        "5 m",
    ],
)
def test_what_is_refused_says_what_is_accepted(wrong: Any) -> None:
    with pytest.raises(InvalidValueError, match="'30 s', '5 min', '2 h', '1 d' or '1 week'"):
        Window.parse(wrong)


@pytest.mark.parametrize(
    ("spellings", "seconds"),
    [
        ("ms msec millisecond milliseconds", 0.003),
        ("s sec secs second seconds", 3.0),
        ("min mins minute minutes", 180.0),
        ("h hr hrs hour hours", 10_800.0),
        ("d day days", 259_200.0),
        ("w wk wks week weeks", 1_814_400.0),
    ],
)
def test_units_in_their_usual_spellings(spellings: str, seconds: float) -> None:
    for spelling in spellings.split():
        assert Window.parse(f"3 {spelling}").seconds == Window.parse(f"3{spelling.upper()}").seconds == seconds


@pytest.mark.parametrize("bare", ["5", "1,000", " 250 "])
def test_a_text_that_does_not_say_of_what_is_asked_for_it(bare: str) -> None:
    number = bare.strip()
    with pytest.raises(InvalidValueError, match=f"say of what, '{number} samples', '{number} s'"):
        Window.parse(bare)


@given(st.one_of(st.integers(2, 10**8), st.floats(0.001, 1e8).map(lambda s: timedelta(seconds=round(s, 3)))))
def test_its_text_means_itself(value: int | timedelta) -> None:
    window = Window.parse(value)
    again = Window.parse(window.text)
    assert (again.samples, again.text) == (window.samples, window.text)
    assert again.seconds == pytest.approx(window.seconds)

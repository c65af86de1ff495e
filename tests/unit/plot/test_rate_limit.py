"""Pacing: as often as asked on average, whatever the punctuality."""

from __future__ import annotations

import numpy as np
import pytest

from mqttwidgets.plot.rate_limit import RateLimit


@pytest.mark.parametrize("rate_hz", [1.0, 20.0, 60.0])
def test_late_timers_do_not_slow_it_down(rate_hz: float) -> None:
    pace, now = RateLimit(), 100.0
    events = []
    for late in np.random.default_rng(5).uniform(0, 0.3, 1000):
        now += pace.wait_s(now, rate_hz) + late / rate_hz
        events.append(now)
        pace.note(now, rate_hz)
    assert 0.99 <= (events[-1] - events[0]) * rate_hz / 999 <= 1.01


def test_what_comes_seldom_comes_at_once_and_never_in_pairs() -> None:
    pace = RateLimit()
    for now in (0.0, 1.0, 2.0):
        assert pace.wait_s(now, 20) == 0
        pace.note(now, 20)
        assert pace.wait_s(now, 20) == pytest.approx(0.05)


def test_a_clock_that_is_set_back_holds_nothing_up() -> None:
    pace = RateLimit()
    pace.note(1000.0, 20)
    assert pace.wait_s(990.0, 20) == 0


def test_another_rate_counts_from_the_next_event_on() -> None:
    pace = RateLimit()
    pace.note(0.0, 10)
    assert pace.wait_s(0.0, 10) == pytest.approx(0.1)
    pace.note(0.1, 2)
    assert pace.wait_s(0.1, 2) == pytest.approx(0.5)


def test_a_beat_that_others_set_is_followed_though_it_is_not_punctual() -> None:
    pace, drawn = RateLimit(), 0
    for beat, early in enumerate(np.random.default_rng(6).uniform(-0.2, 0.2, 1000)):
        now = (beat + early) / 20
        if pace.is_due(now, 20):
            pace.note(now, 20)
            drawn += 1
    assert drawn >= 990


@pytest.mark.parametrize("beat_hz", [20.5, 21, 22, 23, 24, 25, 30, 33, 47, 60])
@pytest.mark.parametrize("rate_hz", [2.0, 12.0, 20.0])
def test_a_faster_beat_makes_it_neither_faster_nor_slower(beat_hz: float, rate_hz: float) -> None:
    pace, drawn, beats = RateLimit(), 0, round(60 * beat_hz)
    for beat in range(beats):
        if pace.is_due(beat / beat_hz, rate_hz):
            pace.note(beat / beat_hz, rate_hz)
            drawn += 1
    assert 0.96 <= drawn / 60 / rate_hz <= 1.02

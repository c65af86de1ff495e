"""Silence, by the rhythm of the messages."""

from __future__ import annotations

from mqttwidgets.live.stream_status import Rhythm


def rhythm_of(*times: float) -> Rhythm:
    """A rhythm with messages at these times."""
    rhythm = Rhythm()
    for time in times:
        rhythm.note(time)
    return rhythm


def test_silence_is_measured_by_the_streams_own_rhythm() -> None:
    slow = rhythm_of(*(60.0 * minute for minute in range(10)))
    assert not slow.is_stale(540.0 + 170, since=0.0)
    assert slow.is_stale(540.0 + 190, since=0.0)
    fast = rhythm_of(*(tick / 10 for tick in range(100)))
    assert not fast.is_stale(9.9 + 4, since=0.0)
    assert fast.is_stale(9.9 + 6, since=0.0)


def test_many_sensors_that_report_together_have_the_rhythm_of_their_bursts() -> None:
    burst = rhythm_of(*(60.0 * minute + sensor / 100 for minute in range(3) for sensor in range(30)))
    assert not burst.is_stale(120.0 + 100, since=0.0)
    assert burst.is_stale(120.0 + 200, since=0.0)
    assert not rhythm_of(*(sensor / 100 for sensor in range(30))).is_stale(50.0, since=0.0)


def test_without_a_rhythm_there_is_no_silence() -> None:
    assert not Rhythm().is_stale(1e6, since=0.0)
    assert not rhythm_of(0.0).is_stale(1e6, since=0.0)


def test_an_outage_is_no_pause_and_silence_counts_from_its_end() -> None:
    rhythm = rhythm_of(*range(10))
    rhythm.interrupt()
    assert rhythm.last == 9.0
    assert not rhythm.is_stale(now=103.0, since=100.0)
    assert rhythm.is_stale(now=106.0, since=100.0)
    rhythm.note(104.0)
    assert rhythm.is_stale(now=110.0, since=100.0)


def test_rate() -> None:
    rhythm = rhythm_of(*(tick / 10 for tick in range(100)))
    assert rhythm.rate_hz(10.0) == 10.0
    assert rhythm.rate_hz(100.0) == 0.0
    young = rhythm_of(*(7 + tick / 10 for tick in range(20)))
    assert young.rate_hz(9.0) == 10.0

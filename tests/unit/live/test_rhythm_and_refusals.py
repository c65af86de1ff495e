"""Silence, and the waits between attempts to connect."""

from __future__ import annotations

import pytest

from mqttwidgets import Broker
from mqttwidgets.live.stream_status import Rhythm
from mqttwidgets.mqtt.failures import goodbye_in_words, refusal_in_words, retry_delay_s

BROKER = Broker("broker.local", username="me", password="canary")


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


def test_the_waits_grow_to_thirty_seconds() -> None:
    assert [retry_delay_s(0.0, attempt) for attempt in (1, 2)] == [1.0, 2.0]
    for outage_s in (5.0, 20.0, 60.0, 600.0):
        delays = [retry_delay_s(outage_s, 5) for _ in range(200)]
        assert max(1.0, 0.75 * min(30.0, outage_s / 4)) <= min(delays)
        assert max(delays) <= max(1.0, min(30.0, outage_s / 4))
    assert len({retry_delay_s(600.0, 9) for _ in range(20)}) > 1


def test_where_the_broker_ends_each_session_no_wait_is_shorter_than_the_one_before() -> None:
    for _ in range(50):
        delays = [retry_delay_s(0.0, attempt, True) for attempt in range(1, 60)]
        assert delays[:2] == [1.0, 2.0]
        assert delays[:5] == sorted(delays[:5])
        assert all(22.5 <= delay_s <= 30 for delay_s in delays[5:])
        assert sum(delays[:4]) > 10, "in ten seconds four tries at most"


def test_an_outage_of_ten_seconds_ends_within_three() -> None:
    """Whenever within the first 13 s the broker comes back, the next try is less than 3 s away."""
    now = 0.0
    for attempt in range(1, 20):
        delay_s = retry_delay_s(now, attempt)
        if now < 11:
            assert delay_s <= 3
        now += delay_s


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0x86, "does not admit the user 'me'"),
        (0x84, "does not speak MQTT 3.1.1"),
        (0x8E, "another client took over"),
        (0x88, "refused the connection: server unavailable."),
    ],
)
def test_refusals_are_words(code: int, text: str) -> None:
    words = refusal_in_words(code, "Server unavailable", BROKER)
    assert text in words
    assert "canary" not in words


def test_what_a_broker_echoes_of_our_secrets_is_not_shown() -> None:
    long = 50 * "." + "canary" + 80 * "."  # of which only the ends are shown
    for reason in ("no canary here", long):
        assert "canar" not in refusal_in_words(0x86, "Bad user name or password", BROKER, reason)
        assert "canar" not in refusal_in_words(0x83, "Implementation specific error", BROKER, reason)
        assert "canar" not in goodbye_in_words(0x9D, reason, reason, BROKER)

"""The log: a warning that comes again and again is one line in ten seconds, and nothing is lost to the count."""

from __future__ import annotations

import logging

import pytest

from mqttwidgets.base.log import INTERVAL_S, Sparing, log


class FalseClock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FalseClock:
    """The clock of the log, which remembers nothing of former tests."""
    clock = FalseClock()
    monkeypatch.setattr(log, "filters", [Sparing(clock)])
    return clock


def test_alike_are_those_of_one_level_and_format(clock: FalseClock, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(100):
        log.warning("%s hangs", f"pi-{number}")
        log.error("%s hangs", f"pi-{number}")
        log.warning("%s burns", f"pi-{number}")
    assert caplog.messages == ["pi-0 hangs", "pi-0 hangs", "pi-0 burns"]
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR", "WARNING"]


def test_the_next_one_says_how_many_were_left_out(clock: FalseClock, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(1235):
        log.warning("%d %% of %s", 5, "pi")
    clock.now += INTERVAL_S - 0.1
    log.warning("%d %% of %s", 6, "pi")
    clock.now += 0.1
    log.warning("%d %% of %s", 7, "pi")
    log.warning("%d %% of %s", 8, "pi")
    clock.now += INTERVAL_S
    log.warning("%d %% of %s", 9, "pi")
    clock.now += INTERVAL_S
    log.warning("%d %% of %s", 10, "pi")
    assert caplog.messages == [
        "5 % of pi",
        "7 % of pi … and 1,235 more like it",
        "9 % of pi … and 1 more like it",
        "10 % of pi",
    ]


def test_what_is_less_than_a_warning_passes(clock: FalseClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(3):
        log.debug("the link failed")
        log.info("the link is up")
    assert caplog.messages == ["the link failed", "the link is up"] * 3


def test_the_log_has_one_filter() -> None:
    assert log.name == "mqttwidgets"
    assert [type(each) for each in log.filters] == [Sparing]

"""Units that one topic announces for another: whose word counts, and that no limit falls silent for it."""

from __future__ import annotations

import pytest

from mqttwidgets import SensorStream
from mqttwidgets.base.patterns import FieldPatterns
from mqttwidgets.decoding.descriptions.memory import CONTRADICTED, NOT_BELIEVED, UNIT_CHANGED

from ...support.feeding import feed, message
from ..jupyter.test_plot_alarms import START, Bench

OVEN = "home/oven/temperature"


def discovery(topic: str, unit: str, *, template: str = "") -> bytes:
    """One of Home Assistant's discovery messages."""
    picks = f', "val_tpl": "{template}"' if template else ""
    return f'{{"stat_t": "{topic}", "unit_of_meas": "{unit}"{picks}}}'.encode()


def announce(stream: SensorStream, by: str, unit: str) -> None:
    """Announce a unit for the oven."""
    stream.deliver(message(by, discovery(OVEN, unit)))


def unit_of(stream: SensorStream) -> str:
    """That of the oven's first line."""
    return next(series.unit for (topic, _), series in stream.series.items() if topic == OVEN)


@pytest.mark.parametrize(
    "announcer",
    [
        "homeassistant/sensor/oven/config",
        "homeassistant/sensor/kitchen-1/oven_2/config",
        "homeassistant/device/oven/config",
        "home/oven/config",
        "home/oven/temperature/config",
    ],
)
def test_whose_announcements_are_believed(announcer: str) -> None:
    stream = SensorStream("#")
    announce(stream, announcer, "°C")
    feed(stream, OVEN, 20.0, 21.0)
    assert unit_of(stream) == "°C"
    assert not stream.ledger.noted


@pytest.mark.parametrize(
    "announcer",
    [
        "x/config",
        "home/ove/config",
        "config",
        "homeassistant/config",
        "homeassistant/sensor/a b/config",
        "/config",
    ],
)
def test_whose_announcements_are_not(announcer: str) -> None:
    stream = SensorStream("#")
    announce(stream, announcer, "°C")
    feed(stream, OVEN, 20.0, 21.0)
    assert unit_of(stream) == ""
    assert stream.ledger.noted == {NOT_BELIEVED: 1}


def test_the_first_to_announce_is_believed_and_only_it_can_change_the_unit() -> None:
    stream = SensorStream("#")
    announce(stream, "homeassistant/sensor/oven/config", "°C")
    feed(stream, OVEN, *[20.0] * 20)
    announce(stream, "homeassistant/sensor/other/config", "K")
    announce(stream, "homeassistant/sensor/other/config", "°C")
    feed(stream, OVEN, *[21.0] * 20, start=20.0)
    assert {key: len(series) for key, series in stream.series.items()} == {(OVEN, ""): 40}
    assert stream.ledger.noted == {CONTRADICTED: 1}
    announce(stream, "homeassistant/sensor/oven/config", "°F")
    feed(stream, OVEN, 70.0, start=40.0)
    assert {key: series.unit for key, series in stream.series.items()} == {(OVEN, ""): "°C", (OVEN, "[°F]"): "°F"}
    assert stream.ledger.noted == {CONTRADICTED: 1, UNIT_CHANGED: 1, "the unit changed: a line of its own": 1}


def test_no_announcement_makes_an_alarm_silent() -> None:
    """Neither of another, who is not believed, nor of its own device, whose values are another line then."""
    bench = Bench()
    bench.limit("*/temperature", above=30)
    feed(bench.stream, OVEN, *[20.0] * 10, start=START)
    for number, unit in enumerate(("°C", "K", "°F")):
        announce(bench.stream, "x/config", unit)
        feed(bench.stream, OVEN, 45.0, 20.0, start=START + 10 + 2 * number)
    for number, unit in enumerate(("°C", "°F", "K")):
        announce(bench.stream, "home/oven/config", unit)
        feed(bench.stream, OVEN, 45.0, 20.0, start=START + 20 + 2 * number)
    bench.stream.drain()
    events = bench.stream.events
    assert [event.start_s - START for event in events] == [10.0, 12.0, 14.0, 20.0, 22.0, 24.0]


def test_a_payload_that_changes_its_unit_makes_no_alarm_silent() -> None:
    bench = Bench()
    bench.limit("*/power", above=30)
    for number, payload in enumerate(('{"power": 5, "unit": "W"}', '{"power": 50, "unit": "kW"}')):
        bench.stream.deliver(message("home/meter", payload.encode(), at=START + number))
    bench.stream.drain()
    assert [(event.field, event.peak) for event in bench.stream.events] == [("/power [kW]", 50.0)]


@pytest.mark.parametrize(
    ("pattern", "field", "matches"),
    [
        ("*/temperature", "[°F]", True),
        ("*/temperature", "/temperature [°F]", True),
        ("*/temperature", "/temperature,id=34 [°F]", True),
        ("*[[]°F]", "/temperature [°F]", True),
        ("*/temperature", "/temperature[0]", False),
    ],
)
def test_patterns_match_whatever_the_unit(pattern: str, field: str, *, matches: bool) -> None:
    assert FieldPatterns([pattern]).match(OVEN if field.startswith("[") else "oven", field) is matches

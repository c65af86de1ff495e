"""The clock of a device that is set back is told; samples that come late are none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, timezone

import pytest

from mqttwidgets import SensorStream
from mqttwidgets.live.device_clocks import CLOCK_BACK, DeviceClocks
from mqttwidgets.plot import texts
from mqttwidgets.plot.plot import Plot, ThisComputer
from mqttwidgets.plot.plot_status import counted

from ...support.feeding import message

BEGAN = 1.75e9
TOLD = (
    "the clock of oven was set back by 1 h: what it sends stands among what it sent before, "
    "and limits cannot tell them apart"
)


def measure(stream: SensorStream, seconds: Sequence[float], back_s: float = 0.0, topic: str = "oven") -> None:
    """A measurement at each second, with the device's time beside it."""
    for second in seconds:
        payload = f'{{"watts": {second}, "time": {BEGAN + second - back_s}}}'
        stream.deliver(message(topic, payload.encode(), at=BEGAN + second + 0.2))


def test_a_clock_that_is_set_back_is_told_and_its_times_are_left_as_they_are() -> None:
    stream = SensorStream("#")
    measure(stream, range(100))
    assert not stream.remarks
    measure(stream, range(100, 130), back_s=3600.0)
    assert stream.remarks == (TOLD,)
    assert f">{TOLD}<" in texts.footer(stream.ledger.page(), "1 series", stream.remarks)
    assert stream.ledger.noted == {CLOCK_BACK: 26}
    series = stream.series["oven", "/watts"]
    assert series.value.tolist() == [*range(100, 130), *range(100)]
    assert series.time.tolist() == [BEGAN - 3600 + n for n in range(100, 130)] + [BEGAN + n for n in range(100)]
    assert stream.ledger.stored == 130


def test_it_is_told_until_the_clock_has_caught_up() -> None:
    stream = SensorStream("#")
    measure(stream, range(100))
    measure(stream, range(100, 200), back_s=60.0)
    assert not stream.remarks, "after 160 s it is where it was"
    measure(stream, range(200, 230), back_s=3600.0)
    assert "set back by 59 min" in stream.remarks[0], "as it was 60 s behind before"
    measure(stream, range(230, 240))
    assert not stream.remarks, "it has been set right"


def test_how_far_a_clock_is_behind_is_known_while_it_goes_on() -> None:
    clocks = DeviceClocks()
    assert clocks.behind_s("door") == 0.0
    clocks.note("door", BEGAN, arrival=BEGAN + 5.0)
    assert clocks.behind_s("door") == 5.0
    clocks.note("door", BEGAN - 3500.0, arrival=BEGAN + 105.0)
    assert clocks.behind_s("door") is None, "it was set back, or what it sends is late"
    clocks.note("door", BEGAN + 200.0, arrival=BEGAN + 203.0)
    assert clocks.behind_s("door") == 3.0
    clocks.note("door", BEGAN + 210.0, arrival=BEGAN + 270.0)
    assert clocks.behind_s("door") == 3.0, "that message was on its way for a minute"


def test_what_the_broker_kept_says_nothing_of_the_clock() -> None:
    clocks = DeviceClocks()
    clocks.note("door", BEGAN - 7200.0, arrival=BEGAN, is_retained=True)
    assert clocks.behind_s("door") == 0.0
    clocks.note("door", BEGAN, arrival=BEGAN + 2.0)
    assert clocks.behind_s("door") == 2.0


def test_how_far_a_clock_is_behind_is_found_anew_when_it_was_set_back() -> None:
    clocks = DeviceClocks()
    for second in range(20):
        clocks.note("door", BEGAN + second, arrival=BEGAN + second)
    for second in range(20, 3700, 10):
        clocks.note("door", BEGAN + second - 3600.0, arrival=BEGAN + second)
    assert clocks.behind_s("door") == 3600.0


def test_several_clocks() -> None:
    stream = SensorStream("#")
    for back_s in (0.0, 3600.0):
        for topic in ("oven", "hall", "cellar"):
            measure(stream, range(20), back_s, topic)
    assert stream.remarks[0].startswith("the clock of oven was set back by 1 h, and so were 2 others: what")
    stream.topic = "hall"
    assert not stream.remarks, "what another topic told is no longer of interest"


LATE = {
    "delivered as fast as it goes": [(second - 3600.0, 100 + second / 50) for second in range(500)],
    "delivered at ten times the speed": [(second - 3600.0, 100 + second / 10) for second in range(500)],
    "between those of now": [
        (second - 3600.0 * (second % 2), float(second)) for second in range(100, 200)
    ],  # or of two devices
    "a little": [(second - 9.0, float(second)) for second in range(100, 105)],
    "in no order": [(second * 37 % 50 - 3600.0, 100.0 + second) for second in range(50)],
    "once": [(-3600.0, 100.0), (101.0, 101.0)],
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
def test_late_samples_are_no_clock_that_was_set_back(late: list[tuple[float, float]]) -> None:
    clocks = DeviceClocks()
    for second in range(100):
        assert not clocks.note("oven", BEGAN + second, BEGAN + second)
    assert not any(clocks.note("oven", BEGAN + time, BEGAN + arrival) for time, arrival in late)
    assert not clocks.remark


def test_an_outage_does_not_hide_it() -> None:
    """The clock goes on meanwhile, and what was kept comes at once afterwards."""
    clocks = DeviceClocks()
    times = [
        *range(100),
        *(second - 3600 for second in range(100, 110)),
        *(second - 3600 for second in range(110, 150)),
    ]
    arrivals = [*range(110), *[150] * 40]
    told = [
        clocks.note("oven", BEGAN + time, BEGAN + arrival) for time, arrival in zip(times, arrivals, strict=True)
    ]
    assert told[109]
    assert clocks.remark
    later = [clocks.note("oven", BEGAN + second - 3600, BEGAN + second) for second in range(150, 160)]
    assert later[-1]


def test_memory_is_bounded() -> None:
    clocks = DeviceClocks()
    for back_s in (0.0, 3600.0):
        for second in range(10):
            for number in range(1_500):
                clocks.note(f"oven/{number}", BEGAN + second - back_s, BEGAN + second + (back_s > 0) * 10)
    assert "and so were 999 others" in clocks.remark


def test_a_clock_that_is_hours_behind_is_told_with_the_remedy() -> None:
    stream = SensorStream("#")
    measure(stream, [0, 60], topic="hall")
    measure(stream, [0], back_s=5 * 3600.0, topic="garden")
    assert not stream.remarks, "one message may be late"
    measure(stream, [60], back_s=5 * 3600.0, topic="garden")
    told = "garden: ends at {}, 5 h behind: its clock? decoder=AutoDecoder(time='') draws by the time of arrival"
    assert stream.remarks == (told.format("2025-06-15T10:07:40+00:00"),)
    plot = Plot(stream, ThisComputer(), window="1 min")
    _, _, remarks = counted(plot.frame(BEGAN + 61), stream, timezone(timedelta(hours=-4)))
    assert remarks == (told.format("15 Jun 2025 06:07:40"),)
    assert told.format("2025-06-15T10:07:40+00:00") in stream.to_pandas().attrs["mqttwidgets"]
    measure(stream, [120], topic="garden")
    assert not stream.remarks, "its clock was put right"


BEHIND = {
    "in another time zone": ([(-3600.0 + second, second) for second in range(0, 600, 60)], True),
    "and on its way for a while": (
        [(-3600.0 + second, second + second % 7) for second in range(0, 600, 60)],
        True,
    ),
    "half an hour": ([(-1800.0 + second, second) for second in range(0, 600, 60)], False),
    "an archive that is sent at once": ([(-36000.0 + 60 * number, number / 100) for number in range(300)], False),
    "a day's values of each hour, late": ([(-86400.0 + 3600 * number, number) for number in range(20)], False),
}


@pytest.mark.parametrize(("said", "is_told"), BEHIND.values(), ids=BEHIND)
def test_what_is_sent_long_after_it_was_measured_is_no_clock_that_is_behind(
    said: list[tuple[float, float]], is_told: bool
) -> None:
    clocks = DeviceClocks()
    for time, arrival in said:
        clocks.note("garden", BEGAN + time, BEGAN + arrival)
    assert bool(clocks.far_behind(str)) == is_told


def test_what_the_broker_kept_is_no_clock_that_is_behind() -> None:
    clocks = DeviceClocks()
    for second in (0, 60):
        clocks.note("garden", BEGAN + second - 7200, BEGAN + second, is_retained=True)
    assert not clocks.far_behind(str)


def test_several_that_are_behind() -> None:
    clocks = DeviceClocks()
    for topic in ("garden", "shed", "pond"):
        for second in (0, 60):
            clocks.note(topic, BEGAN + second - 7200, BEGAN + second)
    assert clocks.far_behind(str).endswith("; so for 2 others")

"""What a hand in the browser, or a person's code, asks of the view; nonsense included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mqttwidgets import LiveSensorPlot
from mqttwidgets.base.errors import InvalidValueError
from mqttwidgets.jupyter.zoom import Gestures

from ...support.feeding import feed

BERLIN = ZoneInfo("Europe/Berlin")
START = 1_790_000_000.0


@pytest.fixture
def plot() -> Iterator[LiveSensorPlot]:
    """A plot with twenty samples, a second apart."""
    plot = LiveSensorPlot("lab/oven", "mqtt://127.0.0.1:9", autostart=False)
    feed(plot.stream, "lab/oven", *map(float, range(20)), start=START)
    plot.draw(START + 20)
    yield plot
    plot.close()


def gestures_of(plot: LiveSensorPlot) -> Gestures:
    """What lies over its picture."""
    found = [each for box in plot.children for each in getattr(box, "children", ()) if isinstance(each, Gestures)]
    return found[0]


def say(plot: LiveSensorPlot, **content: object) -> None:
    """Have a message come from the browser."""
    gestures_of(plot).take(content)


def seen(plot: LiveSensorPlot) -> Any:
    found = plot.time_range
    return found and tuple(end.timestamp() for end in found)


def shown(plot: LiveSensorPlot, now: float = START + 21) -> tuple[float, float]:
    """The ends of the time axis once it is drawn."""
    plot.draw(now)
    scale = plot.figure.axes[0].scale
    return scale.min, scale.max


@pytest.mark.parametrize(
    "span",
    [
        (START + 10, START + 5),
        [datetime.fromtimestamp(START + 5, timezone.utc), datetime.fromtimestamp(START + 10, BERLIN)],
        ("2026-09-21T14:13:25Z", "2026-09-21 16:13:30+02:00"),
    ],
)
def test_a_time_range_is_taken_as_people_give_it_and_read_in_utc(plot: LiveSensorPlot, span: Any) -> None:
    plot.time_range = span
    assert seen(plot) == (START + 5, START + 10)
    assert plot.time_range[0].utcoffset() == timedelta(0)
    assert shown(plot) == (START + 5, START + 10)
    plot.go_live()
    assert plot.time_range is None
    assert shown(plot, START + 23)[1] > START + 19


@pytest.mark.parametrize(
    "span", [5, (1,), (1, 1.0001), ("soon", "later"), (float("nan"), 1.0), (True, 5.0), (1, 1e11)]
)
def test_what_is_no_time_range_is_explained(plot: LiveSensorPlot, span: Any) -> None:
    with pytest.raises(InvalidValueError, match=r"time_range is None or \(start, end\)"):
        plot.time_range = span


@pytest.mark.parametrize(
    "ranges", [5, {"": 1}, {"": (2, 1)}, {"": (1, float("nan"))}, {3: (1, 2)}, {"": (0, 1e308)}]
)
def test_what_are_no_value_ranges_is_explained(plot: LiveSensorPlot, ranges: Any) -> None:
    with pytest.raises(InvalidValueError, match="a unit as on its axis"):
        plot.value_ranges = ranges


def test_a_look_sets_the_traits_and_is_answered_with_the_picture(plot: LiveSensorPlot) -> None:
    scale = gestures_of(plot).value_scales[0]
    say(plot, kind="look", number=7, span=[START + 2, START + 4], values={scale: [1, 5], "x": [1, 2]})
    assert seen(plot) == (START + 2, START + 4)
    assert plot.value_ranges == {"": (1.0, 5.0)}
    assert gestures_of(plot).answered == 0
    assert shown(plot) == (START + 2, START + 4)
    assert plot.figure.axes[1].scale.max == 5.0
    widget = gestures_of(plot)
    assert (widget.answered, widget.held) == (7, [widget.time_scale, scale])
    assert widget.badge[0] == "live ▸"

    feed(plot.stream, "lab/oven", 1.0, 2.0, start=START + 30)
    plot.draw(START + 32)
    assert gestures_of(plot).badge[0] == "live ▸ +2"

    say(plot, kind="live", number=8)
    assert (plot.time_range, plot.value_ranges) == (None, {})
    plot.draw(START + 34)
    assert (widget.answered, widget.held, widget.badge[0]) == (8, [], "")


def test_one_scale_alone_goes_back_to_live(plot: LiveSensorPlot) -> None:
    widget = gestures_of(plot)
    plot.time_range, plot.value_ranges = (START, START + 5), {"": (0, 1), "°C": (2, 3)}
    say(plot, kind="live", number=1, scales=[widget.value_scales[0], "unknown"])
    assert seen(plot) == (START, START + 5)
    assert plot.value_ranges == {"°C": (2.0, 3.0)}, "its unit has no axis just now"
    plot.draw(START + 21)
    assert widget.held == [widget.time_scale]
    say(plot, kind="live", number=2, scales=[widget.time_scale])
    assert plot.time_range is None
    assert plot.value_ranges == {"°C": (2.0, 3.0)}


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"kind": "look"},
        {"kind": "look", "number": 1, "span": [2, 1], "values": {}},
        {"kind": "look", "number": 1, "span": [1, "2"], "values": {}},
        {"kind": "look", "number": 1, "span": None, "values": {"a": 1}},
        {"kind": "look", "number": 1, "span": None, "values": {"a": [1, float("inf")]}},
        {"kind": "look", "number": 1, "span": [-1e30, 1e30], "values": {}},
        {"kind": "select", "span": [1]},
        {"kind": "live", "number": 1, "scales": [["a"]]},
        {"kind": "hello"},
    ],
)
def test_nonsense_from_the_browser_changes_nothing(plot: LiveSensorPlot, content: dict[str, object]) -> None:
    say(plot, **content)
    assert (plot.time_range, plot.value_ranges) == (None, {})


def test_a_brushed_span_becomes_the_selection_where_there_is_one() -> None:
    class Selecting(LiveSensorPlot):
        selection: Any = None

    plot = Selecting("lab/oven", "mqtt://127.0.0.1:9", autostart=False)
    say(plot, kind="select", span=[1.0, 2.0])
    assert plot.selection == (1.0, 2.0)
    say(plot, kind="select", span=None, edge="start")
    assert plot.selection is None
    plot.close()


def test_one_end_of_the_selection_is_set_and_the_other_stays(plot: LiveSensorPlot) -> None:
    for edge, span, selected in (
        ("start", (5.0, 20.0), (5.0, 20.0)),
        ("end", (0.0, 9.0), (5.0, 9.0)),
        ("start", (9.0, 20.0), (9.0, 9.0)),
        ("start", (12.0, 20.0), (12.0, 20.0)),
        ("end", (0.0, 8.0), (0.0, 8.0)),
        ("nonsense", (1.0, 2.0), (1.0, 2.0)),
    ):
        say(plot, kind="select", span=[START + end for end in span], edge=edge)
        assert tuple(end.timestamp() - START for end in plot.selection) == selected


def test_another_window_goes_back_to_live_and_another_topic_does_not(plot: LiveSensorPlot) -> None:
    plot.time_range, plot.value_ranges = (START, START + 5), {"": (0, 1)}
    plot.topic = "lab/#"
    assert seen(plot) == (START, START + 5)
    plot.window = "10 s"
    assert (plot.time_range, plot.value_ranges) == (None, {})

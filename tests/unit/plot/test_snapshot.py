"""A picture that is taken away says what the page says beside it."""

from __future__ import annotations

from datetime import timezone

from mqttwidgets import SensorStream
from mqttwidgets.base.model import LinkState
from mqttwidgets.base.times import Window
from mqttwidgets.live.stream_status import Standing
from mqttwidgets.plot.plot_status import PlotStatus
from mqttwidgets.plot.snapshot import Snapshot, take
from mqttwidgets.plot.view import View

from ...support.feeding import message

UTC = timezone.utc


def taken(*payloads: str, span: tuple[float, float] | None = None) -> Snapshot:
    """A picture of some sensors, one sample each at second 100 and 101."""
    stream = SensorStream("#")
    for second in (100.0, 101.0):
        for number, payload in enumerate(payloads):
            stream.deliver(message(str(number), payload.encode(), at=second))
    view = View(stream, Window.parse("10 s"))
    view.span = span
    standing = Standing("live", "Live", LinkState("live", "Live", 0.0))
    facts = PlotStatus(
        "House", standing, paused=False, waiting=0, entry_error="", zone=UTC, stays_put=span is not None
    )
    return take(view.frame(103.0, UTC, "UTC"), stream, facts, 103.0)


def test_of_several_axes_each_value_says_on_which_it_is() -> None:
    svg = taken("21 °C", "40 %", "230 V", "ON").svg
    for value in ("21\u202f°C ←", "40\u202f% →", "230\u202fV ↕", "on ↕"):
        assert f">{value}<" in svg
    assert "No axis here for V: drawn to a separate scale. States are at the bottom, on above off" in svg


def test_one_axis_needs_no_signs() -> None:
    svg = taken("21 °C", "22 °C").svg
    assert ">22\u202f°C<" in svg
    assert "axis here" not in svg


def test_a_view_that_stays_put_says_that_values_are_the_newest() -> None:
    zoomed = taken("21 °C", span=(99.0, 100.5))
    assert "1 Jan 1970 00:01:43 UTC, live, zoomed" in zoomed.svg
    assert "The values are the newest" in zoomed.line
    assert "zoomed" not in taken("21 °C").line

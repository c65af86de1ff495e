"""The doctor's last step, without a page."""

from __future__ import annotations

from datetime import timezone

import pytest

from mqttwidgets import Message, SensorStream
from mqttwidgets.base.times import Window
from mqttwidgets.doctor.examination import Absent, Page, PlotState, examine_picture
from mqttwidgets.plot.view import View

WELL = PlotState(3, 1, [], is_stopped=False, is_paused=False, is_zoomed=False, page=Page.SHOWS_IT)
NOW = 1_796_000_000.0


def test_lines_that_somebody_sees_are_well() -> None:
    assert str(examine_picture(WELL)) == "✓ Picture: 2 lines"


def test_a_picture_of_long_ago_says_so_and_why_that_may_be() -> None:
    found = examine_picture(WELL._replace(behind_s=18_000.0))
    assert found.is_well
    assert found.text == "2 lines, but the newest sample is 5 h old"
    assert "its clock is wrong: decoder=AutoDecoder(time='')" in found.remedy
    assert not examine_picture(WELL._replace(behind_s=60.0)).remedy


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"is_stopped": True}, "plot.start() subscribes."),
        ({"is_paused": True}, "plot.paused = False lets it go on."),
        ({"series": 0, "hidden": 0}, "plot.ledger says what became of each message."),
        ({"hidden": 3}, "plot.hidden = [] shows them."),
        ({"page": Page.IS_ELSEWHERE}, "Write plot at the end of a cell"),
        ({"page": Page.IS_SILENT}, "install bqplot and anywidget where Jupyter's server runs"),
        ({"page": Page.CANNOT_DRAW}, "Install bqplot and anywidget where Jupyter's server runs"),
        ({"page": Page.IS_NONE}, "Run it in a notebook."),
        ({"absent": [Absent("garden", -18_000.0)]}, "decoder=AutoDecoder(time='')"),
        ({"absent": [Absent("garden", -18_000.0)], "is_zoomed": True}, "plot.go_live()"),
    ],
)
def test_what_is_in_the_way_is_a_cross_with_its_remedy(change: dict[str, object], remedy: str) -> None:
    found = examine_picture(WELL._replace(**change))  # type: ignore[arg-type]
    assert not found.is_well
    assert remedy in found.remedy


def test_lines_out_of_view_are_named_with_how_old_they_are() -> None:
    absent = [Absent(name, ahead_s) for name, ahead_s in (("a", -7200.0), ("b", 90.0), ("c", -5.0), ("d", -5.0))]
    found = examine_picture(WELL._replace(absent=absent))
    assert found.text == (
        "2 lines, but not in view: a, whose newest sample is 2 h old; b, whose newest sample is 1 min 30 s ahead; "
        "c, whose newest sample is 5.0 s old; and 1 more"
    )


def test_a_line_is_in_view_with_any_of_its_samples_and_a_state_for_as_long_as_it_lasts() -> None:
    stream = SensorStream("#")
    for topic, payload, at in (
        ("old", b"1", NOW - 3600),
        ("at/the/edge", b"1", NOW - 59),
        ("door", b"ON", NOW - 3600),
        ("now", b"1", NOW),
    ):
        stream.deliver(Message(topic, payload, 0, False, at))
    view = View(stream, Window.parse("1 min"))
    view.frame(NOW, timezone.utc, "UTC")
    assert view.out_of_view(NOW) == {"old": NOW - 3600}

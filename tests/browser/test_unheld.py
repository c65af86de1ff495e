"""Plots that nobody holds any more end; all others stay."""

from __future__ import annotations

import pytest

from ..support.mosquitto import Mosquitto
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage

CHOICES = "abcdefghijkl"
MAKE = """
from IPython.display import display
from ipywidgets import HBox, Widget, interact
from mqttwidgets import LiveSensorPlot

held = {}

def show(name):
    plot = LiveSensorPlot(f"home/{name}", BROKER)
    if name in "bcd":
        held[name] = plot
    display(plot)

def live():
    return sorted(widget.topic for widget in list(Widget.widgets.values()) if isinstance(widget, LiveSensorPlot))
"""


def unsubscribed(broker: Mosquitto) -> set[str]:
    """The topic filters that were given up, by the broker's log."""
    lines = broker.log().splitlines()
    return {lines[at + 1].split()[-1] for at, line in enumerate(lines[:-1]) if "Received UNSUBSCRIBE" in line}


@pytest.mark.timeout(300)  # twelve plots, and the time until somebody looks again
def test_interact_leaves_only_the_plots_that_somebody_holds(
    mosquitto: Mosquitto, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook([f"BROKER = {mosquitto.url!r}\n{MAKE}", f"interact(show, name={list(CHOICES)});"])
    notebook.run_all()
    chooser = notebook.page.locator(".widget-interact > .widget-dropdown select")
    for name in CHOICES[1:]:
        chooser.select_option(name)
        wait_for(lambda name=name: f"home/{name}" in notebook.value("live()"), what=name)  # type: ignore[misc]
    wait_for(lambda: notebook.value("live()") == [f"home/{name}" for name in "bcdl"], 60, what="the others to end")
    at_most = 5 * notebook.value("len(held['b'].belongings())")
    assert notebook.value("len(Widget.widgets)") < at_most
    wait_for(lambda: "home/a" in unsubscribed(mosquitto), what="their subscriptions to end")
    assert not unsubscribed(mosquitto) & {f"home/{name}" for name in "bcdl"}
    assert notebook.value("[plot.status for plot in held.values()]") == ["live", "live", "live"]
    notebook.run("display(HBox([held.pop('b')]))")
    notebook.run("display(held['c'])")
    notebook.run("held.clear()")
    wait_for(lambda: "home/d" not in notebook.value("live()"), 60, what="one that was held to end")
    assert notebook.value("live()") == ["home/b", "home/c", "home/l"], (
        "one in a box, one in another output, the last"
    )
    PlotPage(notebook).wait_for_status("live")

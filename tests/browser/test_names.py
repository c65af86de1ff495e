"""Sparkplug data without names: the plot says so, and asks for them when its button is pressed."""

from __future__ import annotations

import time

from ..support.mosquitto import Mosquitto
from ..support.sparkplug import EdgeNode
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells


def test_a_button_asks_for_names(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    node = EdgeNode(mosquitto.port, "press", {"T": 1})
    try:
        opened = open_notebook(plot_cells("spBv1.0/plant/+/+", mosquitto))
        opened.run_all()
        plot = PlotPage(opened)
        plot.wait_for_status("live")
        button = plot.root.locator(".mw-ask-for-names")
        assert button.count() == 0
        for _ in range(3):
            node.send(20.0, round(time.time() * 1000))
        wait_for(lambda: "3 messages wait for the names of 1 edge node" in plot.footer(), what="word of them")
        assert "what they measure has no names yet" in plot.empty()
        assert node.commands == []
        button.press("Enter")
        plot.wait_for_lines(1)
        wait_for(lambda: button.count() == 0, what="the button to go")
        assert list(plot.legend()) == ["T"]
        assert len(node.commands) == 1
    finally:
        node.close()

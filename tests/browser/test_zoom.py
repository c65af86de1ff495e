"""Zooming, panning and brushing as a person does it: by mouse, wheel and keys, while data arrives."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Locator

from ..lab import Notebook
from ..mosquitto import Mosquitto
from ..publishing import PublisherProcess
from ..waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells

PAST = """
import numpy as np
for number, series in enumerate(plot.stream.series.values()):
    before = series.time[0] - np.arange(6000, 0, -1) / 20
    value = 20 + number + np.sin(before / 7 + number)
    if number == 0:
        value[3000] = 90.0
        spike = before[3000]
    series.extend(before, value)
"""
"""Five minutes before the first sample, twenty samples a second, and one that sticks out."""


class Hand:
    """A person's hand on the picture of one plot."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.plot = PlotPage(notebook)
        self.page = notebook.page
        self.stage = self.plot.root.locator(".mw-stage")
        self.way_back = self.plot.root.locator(".mw-way-back")

    def at(self, across: float, down: float) -> tuple[float, float]:
        """A place on the screen, in parts of the plot from its upper left corner."""
        box = self.plot.figure.locator(".plotarea_events").bounding_box()
        assert box is not None
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def drag(self, start: tuple[float, float], end: tuple[float, float], key: str = "") -> None:
        """Drag between two such places, with a key held down."""
        if key:
            self.page.keyboard.down(key)
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=8)
        self.page.mouse.up()
        if key:
            self.page.keyboard.up(key)

    def wheel(self, across: float, down: float, delta: float) -> None:
        """Turn the wheel over such a place."""
        self.page.mouse.move(*self.at(across, down))
        self.page.mouse.wheel(0, delta)

    def tool(self, name: str) -> Locator:
        """One of the tools."""
        return self.stage.get_by_role("button", name=name, exact=True)

    def view(self) -> tuple[float, float] | None:
        """The plot's time_range in epoch seconds."""
        found = self.notebook.value("plot.time_range and [time.timestamp() for time in plot.time_range]")
        return None if found is None else (found[0], found[1])

    def settled(self) -> tuple[float, float]:
        """The time_range when it does not change any more and the picture shows it."""
        script = (
            "[plot.time_range[0].timestamp(), plot.time_range[1].timestamp()] "
            "if plot.time_range and plot._view.frame and plot.figure.axes[0].scale.min == plot.time_range[0].timestamp() "
            "else None"
        )
        found = wait_for(lambda: self.notebook.value(script), what="a view that stays put")
        return found[0], found[1]


@pytest.fixture
def hand(mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess) -> Hand:
    """A hand on a live plot of four lines with five minutes of past."""
    notebook = open_notebook(plot_cells("home/#", mosquitto, "window='1 min'"))
    notebook.run_all()
    hand = Hand(notebook)
    hand.plot.wait_for_lines(4)
    notebook.run(PAST)
    hand.plot.wait_for_another_picture()
    return hand


def test_look(hand: Hand) -> None:
    shots = os.environ["SHOTS"]
    print(hand.notebook.errors)
    hand.drag((0.3, 0.5), (0.8, 0.5))
    print(hand.settled(), hand.way_back.inner_text())
    hand.page.screenshot(path=f"{shots}/pan.png")
    hand.wheel(0.5, 0.5, -400)
    print(hand.settled())
    hand.drag((0.3, 0.2), (0.6, 0.7), "Shift")
    print(hand.settled(), hand.notebook.value("plot.value_ranges"))
    hand.page.screenshot(path=f"{shots}/box.png")
    print(hand.notebook.errors)
    hand.page.mouse.dblclick(*hand.at(0.5, 0.5))
    wait_for(lambda: hand.view() is None, what="live")
    print(hand.way_back.is_visible())

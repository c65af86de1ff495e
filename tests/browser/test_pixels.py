"""Nothing is lost between the samples and the screen: each pixel column has the extremes of its samples."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.typing import NDArray

from ..support.lab import Notebook
from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, painters, plot_cells

Array = NDArray[np.float64]

NOISE = """
import numpy as np
series = plot.stream.series['lab/noise', '']
count = 60_000
rng = np.random.default_rng(1)
before = series.time[0] - 0.001 * np.arange(count, 0, -1) - 0.0002 * rng.random(count)
series.extend(before, rng.normal(size=count))

def extremes(width, height):
    \"\"\"Where in px the least and the greatest sample of each pixel column are, by NumPy alone.\"\"\"
    times, values = (plot.figure.axes[number].scale for number in (0, 1))
    inside = (times.min <= series.time) & (series.time < times.max)
    x = (series.time[inside] - times.min) / (times.max - times.min) * width
    y = (1 - (series.value[inside] - values.min) / (values.max - values.min)) * height
    order = np.lexsort((y, np.floor(x)))
    (first,) = np.flatnonzero(np.diff(np.floor(x[order]), prepend=-1)),
    kept = np.concatenate((order[first], order[np.append(first[1:], len(order)) - 1]))
    return [x[kept].tolist(), y[kept].tolist()]
"""
"""A minute of a thousand samples a second, none of whose values is twice there."""

GROUND = """ground => [ground.getAttribute('width'), ground.getAttribute('height')].map(Number)"""
ROUNDED_PX = 0.051


@pytest.fixture
def noise(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> Notebook:
    """A notebook with a plot of noise, about seventy samples a pixel."""
    notebook = open_notebook(plot_cells("lab/noise", mosquitto, "window='1 min', history=200_000"), own_page=True)
    notebook.run_all()
    PlotPage(notebook).wait_for_status("live")
    publish(mosquitto.port, [("lab/noise", "0.5")])
    PlotPage(notebook).wait_for_lines(1)
    notebook.run(NOISE)
    return notebook


def points(path: str) -> tuple[Array, Array]:
    """Where a path goes, in px."""
    places = np.array(
        [[float(number) for number in place] for place in re.findall(r"[ML]([-\d.]+),([-\d.]+)", path)]
    )
    return places[:, 0], places[:, 1]


def check(notebook: Notebook, ratio: int = 1) -> None:
    """Each extreme is drawn in its place, and nothing is drawn beyond the extremes of its pixel column.

    Args:
        notebook: the plot's.
        ratio: pixels of the screen to a CSS pixel, across and down.
    """
    plot = PlotPage(notebook)
    known: list[str] = []

    def size() -> tuple[float, float]:
        width, height = plot.figure.locator(".plotarea_background").evaluate(GROUND)
        return ratio * width, ratio * height

    def stands_still() -> bool:
        known.append(f"{size()} {plot.paths()[0]}")
        is_cut = notebook.value("plot._plot.view.width_px") == size()[0]
        return is_cut and len(known) > 4 and len(set(known[-4:])) == 1

    wait_for(stands_still, timeout_s=20, what="a picture cut to the pixels of the screen")
    assert painters(plot) == ["link"]
    width, height = size()
    x, y = (ratio * places for places in points(plot.paths()[0]))
    expected_x, expected_y = (np.array(each) for each in notebook.value(f"extremes({width}, {height})"))
    assert 1.8 * width < len(expected_x) <= 2 * width
    rounded = ratio * ROUNDED_PX
    drawn = np.array(sorted(zip(x, y, strict=True)))
    for place in zip(expected_x, expected_y, strict=True):
        near = drawn[np.abs(drawn[:, 0] - place[0]) <= rounded]
        assert (np.abs(near[:, 1] - place[1]) <= rounded).any(), f"the sample at {place} px is not drawn"
    above, below = (np.full(round(width), start) for start in (np.inf, -np.inf))
    column = np.floor(expected_x).astype(int)
    np.minimum.at(above, column, expected_y)
    np.maximum.at(below, column, expected_y)
    inside = (x > rounded) & (x < width - rounded) & (np.abs(x - np.round(x)) > rounded)
    column = np.floor(x[inside]).astype(int)
    assert (y[inside] >= above[column] - rounded).all()
    assert (y[inside] <= below[column] + rounded).all()


def test_the_extremes_of_each_pixel_are_drawn_live_and_zoomed(noise: Notebook) -> None:
    plot = PlotPage(noise)
    plot.pause.click()
    wait_for(lambda: noise.value("plot.paused"), what="the pause")
    check(noise)
    plot.root.locator(".mw-stage").focus()
    for key in ("+", "+", "ArrowLeft", "-"):
        noise.page.keyboard.press(key)
    wait_for(lambda: noise.value("plot.time_range is not None"), what="another view")
    check(noise)
    screen: dict[str, object] = {"width": 900, "height": 900, "deviceScaleFactor": 2, "mobile": False}
    noise.page.context.new_cdp_session(noise.page).send("Emulation.setDeviceMetricsOverride", screen)
    check(noise, ratio=2)

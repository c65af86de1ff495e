"""Whether anything but ipywidgets holds a plot."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import pytest

from mqttwidgets import LiveSensorPlot
from mqttwidgets.widgets import unheld

from .feeding import feed


def let_go(plot: weakref.ref[LiveSensorPlot]) -> bool:
    return unheld._is_let_go(plot, LiveSensorPlot._parts)  # noqa: SLF001


def made() -> LiveSensorPlot:
    plot = LiveSensorPlot("lab/oven", "mqtt://127.0.0.1:9", autostart=False)
    feed(plot.stream, "lab/oven", 1.0, 2.0)
    plot.draw(100.0)
    return plot


@pytest.mark.parametrize(
    "hold",
    [lambda plot: plot, lambda plot: {"a": [plot]}, lambda plot: plot.stop, lambda plot: widgets.HBox([plot])],
    ids=["name", "container", "method", "box"],
)
def test_a_plot_that_something_holds_stays_as_it_is(hold: Callable[[LiveSensorPlot], Any]) -> None:
    registry = unheld._registry()  # noqa: SLF001
    before = len(registry)
    holder = hold(made())
    known = weakref.ref(next(each for each in registry.values() if isinstance(each, LiveSensorPlot)))
    names, lines = list(registry), dict(unheld._comms())  # noqa: SLF001
    assert not let_go(known)
    assert (sorted(registry), unheld._comms()) == (sorted(names), lines)  # noqa: SLF001
    plot = known()
    assert plot is not None
    assert len(plot.to_pandas()) == 2
    plot.close()
    if isinstance(holder, widgets.Widget):
        for each in (holder, holder.layout):
            each.close()
    assert len(registry) == before


def test_a_plot_that_nothing_holds_is_gone_with_all_of_its_widgets() -> None:
    registry, lines = unheld._registry(), unheld._comms()  # noqa: SLF001
    before = len(registry), len(lines)
    known = weakref.ref(made())
    assert known() is not None, "ipywidgets holds it"
    assert let_go(known)
    assert known() is None
    assert (len(registry), len(lines)) == before

"""Whether anything but ipywidgets holds a plot."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets as widgets
import pytest

from mqttwidgets import LiveSensorPlot
from mqttwidgets.jupyter import lifetime

from ...support.feeding import feed


def let_go(plot: weakref.ref[LiveSensorPlot]) -> bool:
    return lifetime._is_let_go(plot, LiveSensorPlot.belongings)  # noqa: SLF001


def made() -> LiveSensorPlot:
    plot = LiveSensorPlot("lab/oven", "mqtt://127.0.0.1:9", autostart=False)
    feed(plot.stream, "lab/oven", 1.0, 2.0)
    plot.draw(100.0)
    return plot


def generator(plot: LiveSensorPlot) -> Iterator[str]:
    yield "begun"
    plot.stop()


def traced(plot: LiveSensorPlot) -> Exception:
    """An error whose traceback has a frame that holds the plot."""
    try:
        raise ValueError(plot.window)
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    "hold",
    [
        lambda plot: plot,
        lambda plot: {"a": [plot]},
        lambda plot: plot.stop,
        lambda plot: widgets.HBox([plot]),
        lambda plot: plot.stream,
        lambda plot: plot.children[0],
        lambda plot: plot.layout,
        lambda plot: widgets.HBox([plot.children[0]]),
        lambda plot: [(each, next(each)) for each in [generator(plot)]],
        lambda plot: traced(plot),
    ],
    ids=[
        "name",
        "container",
        "method",
        "box",
        "stream",
        "part",
        "layout",
        "box of a part",
        "generator",
        "traceback",
    ],
)
def test_a_plot_that_something_holds_stays_as_it_is(hold: Callable[[LiveSensorPlot], Any]) -> None:
    registry = lifetime._registry()  # noqa: SLF001
    before = len(registry)
    mine = made()
    known, holder = weakref.ref(mine), hold(mine)
    del mine
    names, lines = list(registry), dict(lifetime._comms())  # noqa: SLF001
    assert not let_go(known)
    assert (sorted(registry), lifetime._comms()) == (sorted(names), lines)  # noqa: SLF001
    plot = known()
    assert plot is not None
    assert len(plot.to_pandas()) == 2
    plot.close()
    if isinstance(holder, widgets.HBox):
        for each in (holder, holder.layout):
            each.close()
    assert len(registry) == before


@pytest.mark.parametrize("step", [1, -1])
def test_a_plot_ends_whole_though_its_parts_have_ended_before(step: int) -> None:
    """As they may where Python lets go of all at once, in an order of its own."""
    registry, lines = lifetime._registry(), lifetime._comms()  # noqa: SLF001
    before = len(registry), len(lines)
    plot = made()
    for part in plot.belongings()[::step]:
        if part is not plot and isinstance(part, widgets.Widget):
            part.close()
    plot.close()
    assert plot.comm is None
    assert (len(registry), len(lines)) == before


@pytest.mark.parametrize(
    "tie",
    [
        lambda _plot: None,
        lambda plot: plot.limit("lab/oven", above=1.5, call=lambda *_: plot.stop()),
        lambda plot: plot.observe(lambda _: plot.stop(), "window"),
        lambda plot: plot.children[0].observe(lambda _: plot.stop()),
        lambda plot: setattr(plot, "itself", plot),
    ],
    ids=["nothing", "limit", "observer", "observer of a part", "itself"],
)
def test_a_plot_that_nothing_but_itself_holds_is_gone_with_all_of_its_widgets(
    tie: Callable[[LiveSensorPlot], object],
) -> None:
    registry, lines = lifetime._registry(), lifetime._comms()  # noqa: SLF001
    before = len(registry), len(lines)

    def tied() -> weakref.ref[LiveSensorPlot]:
        plot = made()
        tie(plot)
        return weakref.ref(plot)

    known = tied()
    assert known() is not None, "ipywidgets holds it"
    assert let_go(known)
    assert known() is None
    assert (len(registry), len(lines)) == before

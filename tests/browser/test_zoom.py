"""Zooming, panning and brushing as a person does it: by mouse, wheel and keys, while data arrives."""

from __future__ import annotations

from itertools import pairwise, starmap
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from ..support.lab import Notebook
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess
from ..support.waiting import wait_for
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

RECORD = """() => {
    const axis = document.querySelector('.mw-stage .axis[text-anchor="middle"]');
    const recorded = window.recorded = {};
    let hasMoved = false;
    window.framesWithMoves = 0;
    addEventListener('pointermove', () => { hasMoved = true; });
    const look = () => {
        window.framesWithMoves += hasMoved;
        hasMoved = false;
        for (const text of axis.querySelectorAll('.tick text')) {
            const x = text.getBoundingClientRect().x;
            const places = recorded[text.textContent] ??= [];
            if (places[places.length - 1] !== x) places.push(x);
        }
        requestAnimationFrame(look);
    };
    const began = new AbortController();
    addEventListener('pointermove', () => { began.abort(); look(); }, { signal: began.signal });
}"""
"""Notes where each label of the time axis stands in each animation frame, from the first move on, and in how many
frames there was one."""

NOTE_TURNS = """() => {
    window.turns = [];
    addEventListener('wheel', () => window.turns.push(performance.now()), { capture: true });
}"""
RESTED = "() => performance.now() > window.turns.at(-1) + 500"
"""Whether the wheel stood still for so long that its next turn is another matter."""


WHEEL_AND_ESCAPE = """stage => {
    const { x, y } = stage.querySelector('.plotarea_events').getBoundingClientRect();
    const place = { clientX: x + 100, clientY: y + 50 };
    const turn = () => new WheelEvent('wheel', { deltaY: -50, ...place, bubbles: true, cancelable: true });
    const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true });
    for (const event of [turn(), escape, turn(), turn()]) stage.dispatchEvent(event);
}"""
"""Within one animation frame, as no driver of a browser can: the wheel, Escape, and what the wheel had left."""


class Hand:
    """A person's hand on the picture of one plot."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.plot = PlotPage(notebook)
        self.page = notebook.page
        self.stage = self.plot.root.locator(".mw-stage")
        self.screen = self.page.context.new_cdp_session(self.page)
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

    def drag_while_more_comes(
        self, start: tuple[float, float], end: tuple[float, float], key: str
    ) -> tuple[float, float]:
        """Drag a box, and let go of it a second later; the seconds of the minute at its
        sides as it was begun."""
        self.page.keyboard.down(key)
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        begun = self.at(start[0] + 0.02, start[1])
        self.page.mouse.move(*begun)
        seconds = self.second_at(start[0]), self.second_at(end[0])
        received = self.notebook.value("plot.ledger.page().received")
        self.page.mouse.move(*self.at(*end), steps=4)
        wait_for(
            lambda: self.notebook.value("plot.ledger.page().received") > received + 20, what="a second of data"
        )
        self.page.mouse.up()
        self.page.keyboard.up(key)
        return seconds

    def second_at(self, across: float) -> float:
        """The second of the minute that stands there on the time axis, in parts of the plot."""
        ticks = [(x, float(label[-2:])) for label, x in self.ticks().items()]
        (left, first), (right, second) = ticks[1], ticks[2]
        return first + (self.at(across, 0.5)[0] - left) / (right - left) * ((second - first) % 60)

    def pan_and_escape(self) -> None:
        """Drag until the kernel has heard of it, and leave it by Escape."""
        before = self.view()
        self.page.mouse.move(*self.at(0.3, 0.5))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(0.6, 0.7), steps=8)
        wait_for(lambda: self.view() != before, what="the drag")
        self.page.mouse.move(*self.at(0.7, 0.7), steps=8)
        self.page.keyboard.press("Escape")
        self.page.mouse.move(*self.at(0.5, 0.6), steps=8)
        self.page.mouse.up()

    def wheel(self, across: float, down: float, delta: float) -> None:
        """Turn the wheel over such a place."""
        self.page.mouse.move(*self.at(across, down))
        self.page.mouse.wheel(0, delta)

    def scroll_back(self, panel: Locator) -> float:
        """Scroll the picture under the pointer, which is below, in many turns; the longest rest, in ms."""
        self.notebook.run("plot.go_live()")
        panel.evaluate("panel => { panel.scrollTop = 400; }")
        x, bottom = self.at(0.5, 1.0)
        self.page.mouse.move(x, bottom + 270)
        self.page.evaluate(NOTE_TURNS)
        for _ in range(12):
            self.page.mouse.wheel(0, -40)
        turns: list[float] = self.page.evaluate("() => window.turns")
        return max(later - earlier for earlier, later in pairwise(turns))

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        """Put fingers on such places, move or lift them: "touchStart", "touchMove" or "touchEnd"."""
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(starmap(self.at, places))]
        self.screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def tool(self, name: str) -> Locator:
        """One of the tools."""
        return self.stage.get_by_role("button", name=name, exact=True)

    def view(self) -> tuple[float, float] | None:
        """The plot's time_range in epoch seconds."""
        found = self.notebook.value("plot.time_range and [time.timestamp() for time in plot.time_range]")
        return None if found is None else (found[0], found[1])

    def next_view(self, former: tuple[float, float] | None) -> tuple[float, float]:
        """The time_range when it is another one, and the kernel has heard all."""
        seen = [former]

        def is_settled() -> bool:
            seen.append(self.view())
            return seen[-1] is not None and seen[-1] == seen[-2] != former

        wait_for(is_settled, what="another view")
        assert seen[-1] is not None
        return seen[-1]

    def wait_for_live(self) -> None:
        """Wait until the picture goes with the newest, and nothing offers a way back."""
        wait_for(lambda: self.view() is None, what="the live view")
        wait_for(lambda: not self.way_back.is_visible(), what="the way back to be gone")

    def axis_end(self) -> float:
        """Where the left axis ends above."""
        return float(self.notebook.value("plot.figure.axes[1].scale.max"))

    def ticks(self) -> dict[str, float]:
        """Label → place on the screen, of the time axis."""
        found: dict[str, float] = self.plot.figure.locator('.axis[text-anchor="middle"]').evaluate(
            """axis => Object.fromEntries([...axis.querySelectorAll('.tick text')]
                .map((text) => [text.textContent, text.getBoundingClientRect()])
                .map(([text, {x, width}]) => [text, x + width / 2]))"""
        )
        return found


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


def near(one: float, other: float, by: float = 0.2) -> bool:
    return abs(one - other) < by


def test_by_mouse_and_wheel(hand: Hand) -> None:
    hand.wheel(0.5, 0.5, 100)
    hand.stage.get_by_text("hold Ctrl, and the wheel zooms").wait_for()
    assert hand.view() is None, "the page scrolls"

    hand.drag((0.2, 0.5), (0.7, 0.5))
    panned = hand.next_view(None)
    assert near(panned[1] - panned[0], 60.0)
    wait_for(lambda: "+" in hand.way_back.inner_text(), what="samples that came meanwhile")
    came, ticks = hand.way_back.inner_text(), hand.ticks()
    wait_for(lambda: hand.way_back.inner_text() != came, what="more samples")
    assert (hand.view(), hand.ticks()) == (panned, ticks), "the view stays where it was put"

    hand.wheel(0.25, 0.5, -500)  # the picture has the focus
    zoomed = hand.next_view(panned)
    assert zoomed[1] - zoomed[0] < 30
    assert near(0.75 * panned[0] + 0.25 * panned[1], 0.75 * zoomed[0] + 0.25 * zoomed[1])

    hand.drag((0.2, 0.25), (0.6, 0.75), "Shift")
    boxed = hand.next_view(zoomed)
    assert near((boxed[1] - boxed[0]) / (zoomed[1] - zoomed[0]), 0.4, by=0.02)
    low, high = hand.notebook.value("plot.value_ranges['']")
    wait_for(lambda: hand.axis_end() == high, what="the values of the box")
    hand.drag((0.5, 0.5), (0.5, 0.7))
    wait_for(lambda: hand.axis_end() > high, what="the values to go along")
    hand.page.mouse.dblclick(*hand.at(0.5, 0.5))
    hand.wait_for_live()
    assert hand.notebook.value("plot.value_ranges") == {}

    hand.wheel(-0.03, 0.5, -300)  # over the value axis
    wait_for(lambda: hand.notebook.value("plot.value_ranges"), what="the values alone")
    assert hand.view() is None
    wait_for(lambda: hand.way_back.inner_text() == "fit values ▸", what="the way back")
    hand.way_back.click()
    hand.wait_for_live()
    assert low < high
    assert hand.notebook.errors == []


def test_by_keys_and_tools_and_while_paused(hand: Hand) -> None:
    hand.stage.focus()
    hand.page.keyboard.press("ArrowLeft")
    moved = hand.next_view(None)
    hand.page.keyboard.press("+")
    closer = hand.next_view(moved)
    assert near(sum(closer), sum(moved))
    assert closer[1] - closer[0] < moved[1] - moved[0]
    hand.page.keyboard.press("Escape")
    hand.wait_for_live()

    hand.page.keyboard.press("b")
    assert hand.tool("Select").get_attribute("aria-pressed") == "true"
    assert hand.notebook.page.locator(".jp-CodeCell").count() == 1, "B is not the notebook's here"
    hand.notebook.run("type(plot).selection = getattr(type(plot), 'selection', None)")
    hand.drag((0.25, 0.5), (0.5, 0.6))
    wait_for(lambda: hand.notebook.value("plot.selection is not None"), what="a selection")
    assert hand.view() is None
    hand.tool("Zoom").click()
    hand.drag((0.25, 0.5), (0.5, 0.5))  # flat: time alone
    hand.next_view(None)
    assert hand.notebook.value("plot.value_ranges") == {}

    spike = float(hand.notebook.value("float(spike)"))
    for half_s in (150.0, 20.0, 0.5, 0.01):
        hand.notebook.run(f"plot.time_range = spike - {half_s}, spike + {half_s}")
        wait_for(lambda: hand.axis_end() > 90, what="the spike")
    assert near(sum(hand.view() or ()) / 2, spike, by=1e-3)

    hand.plot.pause.click()
    wait_for(lambda: hand.way_back.inner_text() == "whole window ▸", what="the way back while paused")
    hand.notebook.run("plot.time_range = spike - 5000, spike - 4000")
    wait_for(lambda: "The nearest data is 1 h" in hand.plot.empty(), what="where the data is")
    hand.way_back.focus()
    hand.page.keyboard.press("Enter")
    hand.wait_for_live()
    assert hand.plot.notice().startswith("Paused")
    hand.plot.pause.click()

    hand.notebook.run("plot.time_range = spike, spike + 10")
    wait_for(lambda: hand.way_back.is_visible(), what="a view that stays put")
    hand.plot.window.fill("30 s")
    hand.plot.window.press("Enter")
    hand.wait_for_live()
    assert hand.notebook.errors == []


def test_the_picture_follows_at_once_and_neither_frames_nor_a_busy_kernel_hold_it(
    hand: Hand, tmp_path: Path
) -> None:
    hand.page.mouse.move(*hand.at(0.2, 0.5))
    hand.page.mouse.down()
    hand.page.evaluate(RECORD)  # not before: until it is dragged the picture is live, and goes the other way
    hand.page.mouse.move(*hand.at(0.8, 0.5), steps=60)
    hand.next_view(None)
    hand.page.mouse.up()
    recorded = hand.page.evaluate("() => window.recorded")
    moved = hand.page.evaluate("() => window.framesWithMoves")
    print(f"{moved} animation frames with a movement, {max(map(len, recorded.values()))} places of a label")
    assert max(map(len, recorded.values())) > min(10, moved / 2), "at once, not in one step"
    for label, places in recorded.items():
        steps = [later - earlier for earlier, later in pairwise(places)]
        assert min(steps, default=0.0) > -1.0, f"{label} went back: {places}"

    before, heard = hand.plot.paths(), hand.notebook.value("plot._screen._zoom.widget.answered")
    busy = tmp_path / "busy"
    busy.touch()
    hand.notebook.run_in_background(f"import os, time\nwhile os.path.exists({str(busy)!r}): time.sleep(0.02)")
    hand.drag((0.7, 0.5), (0.3, 0.5))
    for _ in range(10):
        hand.wheel(0.5, 0.5, -40)
    wait_for(lambda: hand.plot.paths() != before, what="a picture that the kernel knows nothing of")
    busy.unlink()
    hand.notebook.wait_until_idle()
    hand.next_view(None)
    assert hand.notebook.value("plot._screen._zoom.widget.answered") - heard <= 4, (
        "what the hand did meanwhile is one message"
    )
    assert hand.notebook.errors == []


def test_what_is_under_the_rubber_band_is_what_is_taken(hand: Hand) -> None:
    hand.notebook.run("plot.window = '5 s'")
    hand.plot.wait_for_another_picture()
    for key, taken in (("Alt", "selection"), ("Shift", "time_range")):
        seconds = hand.drag_while_more_comes((0.3, 0.25), (0.6, 0.75), key)
        wait_for(lambda: hand.notebook.value(f"plot.{taken} is not None"), what=taken)  # noqa: B023
        found = hand.notebook.value(f"[time.timestamp() for time in plot.{taken}]")
        for time, second in zip(found, seconds, strict=True):
            assert near((time - second + 30) % 60, 30, by=0.05), f"{taken}: {found}, {seconds}"
        assert (hand.view() is None) == (key == "Alt")
    assert hand.notebook.errors == []


def test_a_narrow_box_leaves_time_alone_and_a_small_one_all(hand: Hand) -> None:
    hand.drag((0.5, 0.5), (0.508, 0.52), "Shift")  # a click that slipped
    hand.drag((0.5, 0.3), (0.502, 0.7), "Shift")
    wait_for(lambda: hand.notebook.value("plot.value_ranges"), what="the values of the box")
    assert hand.view() is None
    assert hand.notebook.value("plot._screen._zoom.widget._taken") == 1, "the small box is none"
    assert hand.notebook.errors == []


def test_the_picture_takes_its_own_keys_and_leaves_the_notebook_the_others(hand: Hand) -> None:
    notebook, keyboard = hand.notebook, hand.page.keyboard
    hand.page.evaluate(
        """() => {
            window.commands = [];
            window.jupyterapp.commands.commandExecuted.connect((_, { id }) => window.commands.push(id));
        }"""
    )
    hand.page.mouse.click(*hand.at(0.5, 0.5))
    for key in "xabz+-,.":
        keyboard.press(key)
    for key in ("ArrowUp", "ArrowDown", "ArrowLeft", "Home", "Escape"):
        keyboard.press(key)
    hand.wait_for_live()
    assert hand.page.evaluate("() => window.commands") == [], "they are the picture's"

    keyboard.press("Control+s")
    wait_for(lambda: "docmanager:save" in hand.page.evaluate("() => window.commands"), what="Ctrl+S to save")
    keyboard.press("Shift+Enter")
    wait_for(lambda: notebook.page.locator(".jp-CodeCell").count() == 2, what="Shift+Enter to run the cell")
    assert notebook.errors == []


def test_a_scroll_that_brings_the_picture_under_the_pointer_scrolls_on(hand: Hand) -> None:
    hand.page.mouse.click(*hand.at(0.5, 0.5))
    panel = hand.page.locator(".jp-WindowedPanel-outer:visible").first
    panel.evaluate("panel => { panel.style.paddingBottom = '2000px'; }")
    wait_for(lambda: hand.scroll_back(panel) < 300, what="a scroll without a rest")
    wait_for(lambda: panel.evaluate("panel => panel.scrollTop") == 0, what="the scroll to go on to its end")
    assert hand.view() is None
    hand.page.wait_for_function(RESTED)
    hand.page.mouse.wheel(0, -40)
    hand.next_view(None)
    assert hand.notebook.errors == []


def test_escape_leaves_things_as_they_were_before(hand: Hand) -> None:
    hand.pan_and_escape()
    hand.wait_for_live()
    hand.notebook.run("plot.time_range = spike - 20, spike + 20\nplot.value_ranges = {'': (0, 100)}")
    wait_for(lambda: hand.axis_end() == 100.0, what="the values that were chosen")
    former = hand.view()
    hand.pan_and_escape()
    wait_for(lambda: hand.view() == former, what="the view of before")
    assert hand.notebook.value("plot.value_ranges['']") == [0.0, 100.0]
    hand.page.keyboard.press("Escape")
    hand.wait_for_live()

    hand.page.evaluate(NOTE_TURNS)
    hand.stage.evaluate(WHEEL_AND_ESCAPE)
    hand.page.wait_for_function(RESTED)
    assert hand.view() is None, "what the wheel had left counts no more"
    hand.wheel(0.5, 0.5, -50)
    hand.next_view(None)
    assert hand.notebook.errors == []


def test_a_double_click_on_a_value_axis_fits_its_values_alone(hand: Hand) -> None:
    hand.notebook.run("plot.time_range = spike - 20, spike + 20\nplot.value_ranges = {'': (0, 300)}")
    wait_for(lambda: hand.axis_end() == 300.0, what="the values that were chosen")
    view = hand.view()
    hand.page.mouse.dblclick(*hand.at(-0.03, 0.5))
    wait_for(lambda: hand.axis_end() < 300.0, what="the values to fit")
    assert (hand.view(), hand.notebook.value("plot.value_ranges")) == (view, {})
    assert hand.notebook.errors == []


def test_at_the_shortest_view_the_wheel_does_nothing_and_a_pinch_goes_far(hand: Hand) -> None:
    hand.notebook.run("plot.time_range = spike - 0.001, spike + 0.001")
    wait_for(lambda: hand.axis_end() > 90, what="the spike")
    hand.page.mouse.click(*hand.at(0.9, 0.5))
    was = hand.view()
    for _ in range(4):
        hand.wheel(0.9, 0.5, -300)
    now = hand.next_view(was)
    assert was is not None
    assert near(now[1] - now[0], 0.001, by=1e-5)
    assert near(0.1 * was[0] + 0.9 * was[1], 0.1 * now[0] + 0.9 * now[1], by=2e-5), "the time under the pointer"

    hand.notebook.run("plot.time_range = spike - 20, spike + 20")
    was = hand.next_view(now)
    hand.page.keyboard.down("Control")
    for _ in range(10):
        hand.wheel(0.5, 0.5, -10)
    hand.page.keyboard.up("Control")
    now = hand.next_view(was)
    assert now[1] - now[0] < 0.3 * 40, "two fingers that part by 100 px"
    assert hand.notebook.errors == []


def opacity_of(element: Locator) -> str:
    """How opaque an element is, from "0" to "1"."""
    return str(element.evaluate("element => getComputedStyle(element).opacity"))


def test_by_fingers(hand: Hand) -> None:
    hand.screen.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    readout, tools = hand.plot.root.locator(".mw-cursor-box"), hand.plot.root.locator(".mw-tools")
    hand.page.mouse.move(0, 0)
    wait_for(lambda: opacity_of(tools) == "0", what="a picture without tools over its line")
    hand.touch("touchStart", (0.8, 0.5))
    hand.touch("touchEnd")
    readout.wait_for(state="visible")
    assert hand.view() is None
    wait_for(lambda: opacity_of(tools) == "1", what="the tools, which a tap brings")

    hand.touch("touchStart", (0.5, 0.5))
    hand.touch("touchStart", (0.5, 0.5), (0.7, 0.5))
    for step in range(1, 6):
        hand.touch("touchMove", (0.5 - 0.04 * step, 0.5), (0.7 + 0.04 * step, 0.5))
    hand.touch("touchEnd")
    pinched = hand.next_view(None)
    assert near(pinched[1] - pinched[0], 60 * 0.2 / 0.6, by=1.0)
    assert not readout.is_visible(), "that was no tap"

    hand.touch("touchStart", (0.5, 0.5))
    hand.touch("touchEnd")
    readout.wait_for(state="visible")
    hand.touch("touchStart", (0.5, 1.6))
    readout.wait_for(state="hidden")
    hand.touch("touchEnd")
    hand.screen.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert hand.notebook.errors == []

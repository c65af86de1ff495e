"""The cursor and the selection: with a real mouse, a keyboard, a busy kernel, in themes and narrow windows."""

from __future__ import annotations

import re

from playwright.sync_api import Locator

from ..support.lab import Notebook
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells
from .test_page import contrast_of

HOSTILE = "<img src=x onerror=alert(1)>"

# A dense line with a gap, one that rises from 0 to 1, a state, and one with a name to be afraid of; then a pause.
FILL = """
import time
import numpy as np
import mqttwidgets as mw
name = {name!r}
start = time.time() - 50
for topic, payload in (('lab/dense', b'0'), ('lab/rise', b'0'), ('lab/door', b'on'), (name, b'0.5')):
    plot.stream.deliver(mw.Message(topic, payload, 0, False, start))
series = {{key[0]: one for key, one in plot.stream.series.items()}}
dense, rise, door = (series['lab/' + name] for name in ('dense', 'rise', 'door'))
dense.extend(start + np.arange(1, 100_000) / 4000, np.random.default_rng(7).random(99_999))
dense.mark_gap()
dense.extend(start + 40 + np.arange(4000) / 4000, np.random.default_rng(8).random(4000))
rise.extend(start + np.arange(1, 1001) / 20, np.arange(1, 1001) / 1000)
door.extend([start + 20], [0.0])
plot.stream.deliver(mw.Message('lab/door', b'off', 0, False, start + 49))
plot.window = '1 min'
plot.paused = True
"""


class Pointer:
    """The mouse over a plot's picture, and what stands beside it."""

    def __init__(self, plot: PlotPage) -> None:
        self.plot = plot
        self.mouse = plot.page.mouse
        self.box = plot.root.locator(".mw-cursor-box")
        self.at = 0
        """Where it is across the page, in px."""

    def move(self, across: float, up: float = 0.5) -> float:
        """Go to a place in the picture, by shares of its width and height; the share of the whole pixel there."""
        self.plot.figure.scroll_into_view_if_needed()
        ground = self.plot.figure.locator(".plotarea_background").bounding_box()
        assert ground is not None
        x = round(ground["x"] + across * ground["width"])
        self.at = x
        self.mouse.move(x, ground["y"] + (1 - up) * ground["height"])
        return (x - ground["x"]) / ground["width"]

    def hair(self) -> int:
        """Where the hair line is across the page, in px."""
        line = self.plot.root.locator(".mw-cursor-hair")
        return round(float(line.evaluate("line => line.getBoundingClientRect().x")))

    def time(self) -> str:
        """The time in the box."""
        return self.box.locator(".mw-cursor-time").inner_text() if self.box.is_visible() else ""

    def rows(self) -> dict[str, str]:
        """Label → value and unit; none while it is hidden."""
        rows = self.box.locator(".mw-cursor-row").evaluate_all(
            """rows => rows.map((row) => ['label', 'value']
                .map((name) => row.querySelector(`.mw-cursor-${name}`).textContent))"""
        )
        return dict(rows) if self.box.is_visible() else {}

    def wait_for(self, label: str, value: str) -> None:
        """Wait until a line has a value."""
        wait_for(lambda: self.rows().get(label) == value, what=f"{value} for {label}; there is {self.rows()}")


def reads_what_is_there(notebook: Notebook, pointer: Pointer, across: float, line: str) -> bool:
    """Whether the box says of a line what its series has nearest to a place across the picture."""
    share = pointer.move(across)
    notebook.run(f"scale = plot.figure.marks[0].scales['x']\nat = scale.min + {share} * (scale.max - scale.min)")
    value = notebook.value(f"float({line}.value[abs({line}.time - at).argmin()])")
    return pointer.rows().get(line) == f"{value:,.15g}"


def test_the_cursor_reads_every_line_at_full_resolution(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("lab/#", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    notebook.run(FILL.format(name=f"lab/{HOSTILE}"))
    plot.wait_for_lines(4)
    pointer = Pointer(plot)
    assert pointer.time() == ""

    for across in (0.25, 0.31, 0.402):
        for line in ("dense", "rise"):
            wait_for(lambda: reads_what_is_there(notebook, pointer, across, line), what=line)  # noqa: B023
        assert re.fullmatch(r"(\d+ \w+ 20\d\d )?\d\d:\d\d:\d\d\.\d{6}", pointer.time())
    assert pointer.rows()["door"] == "on"
    assert pointer.hair() == pointer.at, "the hair line is where the pointer is"
    pointer.move(0.65)
    pointer.wait_for("dense", "–")
    assert pointer.rows()["door"] == "off"
    assert plot.root.locator("img, b, mjx-container").count() == 0
    assert HOSTILE in pointer.rows()

    pointer.move(0.05)
    pointer.wait_for("rise", "–")
    pointer.mouse.move(5, 5)
    wait_for(lambda: not pointer.rows(), what="the cursor to go with the pointer")
    step_with_keys(notebook, plot)

    pointer.move(0.7, up=0.1)
    wait_for(lambda: pointer.rows(), what="the cursor")
    pointer.mouse.down()
    wait_for(lambda: not pointer.rows(), what="the cursor to hide while something is dragged")
    pointer.move(0.8, up=0.1)
    assert not pointer.rows()
    pointer.mouse.up()
    wait_for(lambda: pointer.rows(), what="the cursor to come back")

    notebook.run("plot.hidden = (); plot.derive('third', lambda series: series / 3, of='*rise')")
    computed = "third of rise"
    wait_for(lambda: computed in pointer.rows() and pointer.move(0.3), what="the computed line")
    wait_for(
        lambda: re.fullmatch(r"0\.\d{2,5}", pointer.rows()[computed]),
        what="no more digits of what is computed than the screen can show",
    )
    assert notebook.errors == []


def step_with_keys(notebook: Notebook, plot: PlotPage) -> None:
    """Go from sample to sample by keyboard."""
    notebook.run("plot.hidden = [key for key in plot.stream.series if key[0] != 'lab/rise']")
    plot.wait_for_lines(1)
    plot.root.locator(".mw-stage").focus()
    said = plot.root.locator(".mw-cursor-said")
    assert said.inner_text() == ""
    for key, value in ((",", "1"), (",", "0.999"), (",", "0.998"), (".", "0.999")):
        plot.page.keyboard.press(key)
        wait_for(lambda value=value: said.inner_text().endswith(f", rise {value}"), what=value)  # type: ignore[misc]
    for keys, value in ((",[", "0.998"), ("..]", "1")):
        for key in keys:
            plot.page.keyboard.press(key)  # at once: the end is where the steps lead
        wait_for(lambda value=value: said.inner_text().endswith(f", rise {value}"), what=value)  # type: ignore[misc]
        wait_for(lambda: notebook.value("plot.selection is not None"), what="a selection")
    wait_for(
        lambda: notebook.value("plot.selected()['value'].round(3).tolist() == [0.998, 0.999, 1]"),
        what="three samples",
    )
    bracket = "new KeyboardEvent('keydown', { key: '[', altKey: true, bubbles: true })"  # as a German Mac has it
    plot.root.locator(".mw-stage").evaluate(f"stage => stage.dispatchEvent({bracket})")
    wait_for(lambda: notebook.value("len(plot.selected()) == 1"), what="one sample")
    plot.topic.focus()
    wait_for(lambda: not Pointer(plot).rows(), what="the cursor to go with the focus")


def number_of(label: str) -> int:
    """The number in `m12`."""
    return int(label.removeprefix("m"))


def test_the_cursor_follows_a_live_picture_and_a_busy_kernel(
    mosquitto: Mosquitto, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(plot_cells("hall/#", mosquitto, "window='5 s'"))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    values = [(f"hall/m{number}", str(number + step % 2 / 2)) for step in range(2_000) for number in range(50)]
    publisher = PublisherProcess(mosquitto.port, values, rate_hz=250)
    try:
        plot.wait_for_lines(50)
        pointer = Pointer(plot)
        pointer.move(0.9, up=0.1)
        wait_for(lambda: len(pointer.rows()) == 12, what="the nearest lines")
        assert pointer.box.inner_text().endswith("and 38 more")
        assert max(map(number_of, pointer.rows())) < 25, "they are those below"
        before = pointer.time()
        assert before
        wait_for(lambda: pointer.time() not in ("", before), what="the values to follow the picture")
        wait_for(
            lambda: "≈" not in pointer.box.inner_text(), what="exact values, where the machine is not too busy"
        )

        notebook.run_in_background(
            "import time, pathlib\nwhile not pathlib.Path('free').exists(): time.sleep(0.05)"
        )
        pointer.move(0.92, up=0.9)
        wait_for(lambda: pointer.time().startswith("≈ "), what="the browser's own points")
        wait_for(lambda: min(map(number_of, pointer.rows())) > 25, what="the lines above")
        assert {value[:2] for value in pointer.rows().values()} <= {"≈ ", "–"}
        plot.root.locator(".mw-stage").focus()
        plot.page.keyboard.press(",")
        said = plot.root.locator(".mw-cursor-said")
        wait_for(lambda: said.inner_text().startswith("≈ "), what="a step without the kernel")
        (notebook.folder / "free").touch()
        pointer.move(0.8)
        wait_for(lambda: pointer.time() and "≈" not in pointer.box.inner_text(), what="exact values again")
    finally:
        (notebook.folder / "free").touch()
        publisher.stop()
    assert notebook.errors == []


def test_a_selection_has_its_figures_beneath_the_picture(
    mosquitto: Mosquitto, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(plot_cells("lab/#", mosquitto, "window='1 min'"))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(mosquitto.port, [("lab/oven", f"Temperature: {1000 + n} °C") for n in range(8)])
    publish(mosquitto.port, [(f"lab/{HOSTILE}", "7")])
    plot.wait_for_lines(2)
    panel = plot.root.locator(".mw-selection-panel")
    assert not panel.is_visible()

    notebook.run("import time; plot.selection = time.time() - 60, time.time() + 3600")
    row = panel.locator("tbody tr").first
    wait_for(lambda: "1,003.5" in texts_of(row), what="the figures")
    assert texts_of(row)[:6] == ["Temperature °C", "8", "1,003.5", "1,000", "1,007", "2.449"]
    assert texts_of(row)[6:9] == ["1,000", "1,007", "+7"]
    assert panel.locator("img").count() == 0
    assert notebook.value("[len(plot.selected()), int(plot.statistics()['count'].sum())]") == [9, 9]
    wait_for(lambda: plot.figure.locator(".mw-span-selection").count() == 1, what="the span in the picture")
    publish(mosquitto.port, [("lab/oven", "Temperature: 5 °C")])
    wait_for(lambda: texts_of(row)[1] == "9", what="the selection to grow")

    pointer = Pointer(plot)
    pointer.move(0.97)
    wait_for(lambda: pointer.rows().get(HOSTILE), what="the cursor")
    assert notebook.errors == [], "before JupyterLab changes its theme, which it complains of itself"
    for theme in ("Dark", "Light"):
        notebook.set_theme(f"JupyterLab {theme}")
        for selector in (".mw-selection th", ".mw-selection td", ".mw-selection-unit", ".mw-cursor-value"):
            contrast = contrast_of(plot, selector)
            assert contrast >= 4.5, f"{selector} has a contrast of {contrast:.1f} in {theme}"
    assert_fits_a_narrow_window(notebook, plot)
    panel.locator("button").click()
    wait_for(lambda: notebook.value("plot.selection is None"), what="the selection to go")
    wait_for(lambda: not panel.is_visible(), what="the panel to go")
    wait_for(lambda: plot.figure.locator(".mw-span-selection").count() == 0, what="the span to go")


def texts_of(row: Locator) -> list[str]:
    """The texts of the cells of a row."""
    return [text.strip() for text in row.locator("th, td").all_inner_texts()]


def assert_fits_a_narrow_window(notebook: Notebook, plot: PlotPage) -> None:
    """The table scrolls sideways by itself, and the box of the cursor is within the picture."""
    notebook.command("application:toggle-left-area")
    notebook.page.set_viewport_size({"width": 400, "height": 900})
    table = plot.root.locator(".mw-selection-scroll")
    wait_for(lambda: table.evaluate("box => box.scrollWidth > box.clientWidth"), what="a table that scrolls")
    assert notebook.output(0).evaluate("element => element.scrollWidth <= element.clientWidth + 1")
    pointer = Pointer(plot)
    for across in (0.02, 0.5, 0.98):
        wait_for(lambda: pointer.move(across) and pointer.rows(), what="the cursor")  # noqa: B023
        inner, outer = pointer.box.bounding_box(), plot.root.locator(".mw-stage").bounding_box()
        assert inner is not None
        assert outer is not None
        assert outer["x"] <= inner["x"]
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]

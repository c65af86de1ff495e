"""What a page goes through: themes, widths, reloads, second views, an empty plot, foreign text."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator

from mqttwidgets.demo.readings import simulated_sensors

from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells

HOSTILE = "lab/<img src=x onerror=alert(1)>/a$\\alpha$/\u202eevil\u0007"

# The ratio of WCAG 2.1, success criterion 1.4.3, of a text to the first opaque background behind it.
CONTRAST = """(element) => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = ([red, green, blue]) => [red, green, blue]
        .map((part) => part / 255)
        .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    let behind = element;
    while (behind && (numbers(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) {
        behind = behind.parentElement;
    }
    const style = getComputedStyle(element);
    const text = luminance(numbers(element.namespaceURI.endsWith('svg') ? style.fill : style.color));
    const back = luminance(numbers(getComputedStyle(behind ?? document.body).backgroundColor));
    return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
}"""


def contrast_of(plot: PlotPage, selector: str) -> float:
    """The contrast of the first element, found and looked at in one go, as texts are often written anew."""
    return float(plot.root.evaluate(f"(root, selector) => ({CONTRAST})(root.querySelector(selector))", selector))


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_every_text_can_be_read_in_both_themes(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, theme: str
) -> None:
    notebook = open_notebook(plot_cells("home/+/temperature", mosquitto))
    notebook.set_theme(theme)
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(mosquitto.port, [("home/kitchen/temperature", "21.5"), ("home/cellar/temperature", "broken: x")])
    plot.wait_for_lines(1)
    plot.root.locator(".mw-open-details").click()
    wait_for(lambda: plot.root.locator(".mw-details").count() == 1, what="what became of the broken one")
    texts = (
        ".mw-title",
        ".mw-status",
        ".mw-fact",
        ".mw-series",
        ".mw-footer",
        ".mw-details",
        ".axis .tick text",
        ".axislabel",
    )
    for selector in texts:
        contrast = contrast_of(plot, selector)
        assert contrast >= 4.5, f"{selector} has a contrast of {contrast:.1f} in {theme}"
    assert stroke_contrast(plot.figure.locator("path.line").first) >= 3


def stroke_contrast(line: Locator) -> float:
    """The contrast of a line to what is behind it (WCAG 2.1, success criterion 1.4.11)."""
    return float(line.evaluate(CONTRAST.replace("style.fill", "style.stroke")))


@pytest.mark.parametrize("width", [420, 1600])
def test_nothing_sticks_out_at_any_width(mosquitto: Mosquitto, open_notebook: OpenNotebook, width: int) -> None:
    notebook = open_notebook(plot_cells(f"{'a-long-level/' * 6}#", mosquitto))
    notebook.command("application:toggle-left-area")
    notebook.page.set_viewport_size({"width": width, "height": 900})
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(mosquitto.port, [(f"{'a-long-level/' * 6}{'x' * 30}{n}", "1234567.8") for n in range(8)])
    plot.wait_for_lines(8)
    output = notebook.output(0)
    assert output.evaluate("element => element.scrollWidth <= element.clientWidth + 1")
    box, outer = plot.figure.bounding_box(), plot.root.bounding_box()
    assert box is not None
    assert outer is not None
    assert outer["width"] - box["width"] < 30
    for control in plot.root.locator(".mw-controls :is(input, button):visible").all():
        inner = control.bounding_box()
        assert inner is not None
        assert inner["width"] >= 40
        assert inner["x"] + inner["width"] <= outer["x"] + outer["width"] + 1


def test_columns_of_a_row_share_its_width(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, rooms: PublisherProcess
) -> None:
    (cell,) = plot_cells("home/a", mosquitto)
    row = "from ipywidgets import HBox, Label, VBox\nHBox([VBox([plot, Label('a')]), VBox([Label('b')])])"
    notebook = open_notebook([f"{cell.removesuffix('plot')}{row}"])
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_lines(1)
    box, output = plot.figure.bounding_box(), notebook.output(0).bounding_box()
    assert box is not None
    assert output is not None
    assert box["width"] > 0.8 * output["width"]
    assert notebook.errors == []


def test_an_empty_plot_says_what_it_waits_for(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("home/+/temperature", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    wait_for(
        lambda: plot.empty() == "Connected to 127.0.0.1. Waiting for the first message on home/+/temperature.",
        what="words where the lines will be",
    )
    assert "None for" not in plot.empty()
    wait_for(lambda: "the topic # shows all" in plot.empty(), timeout_s=25, what="advice after a while")


def test_a_dead_broker_is_named_and_the_cell_goes_on(open_notebook: OpenNotebook, mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    notebook = open_notebook([*plot_cells("home/#", mosquitto), "print('next', 'cell')"])
    notebook.run_all()
    plot = PlotPage(notebook)
    assert "next cell" in notebook.output(1).inner_text()
    plot.wait_for_status("offline")
    wait_for(lambda: f"nothing listens at 127.0.0.1:{mosquitto.port}" in plot.empty(), what="the reason")


def test_what_is_not_plotted_is_told_to_whom_asks(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    publish(mosquitto.port, [("home/a", "21.5"), ("home/b", "some words"), ("home/c", "{broken")], retain=True)
    notebook = open_notebook(plot_cells("home/#", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    wait_for(lambda: "3 received" in plot.footer(), what="all three")
    assert plot.footer().split("\n") == ["1 series", "3 received", "1 unreadable", "1 with a remark"]
    button = plot.root.locator(".mw-open-details")
    button.focus()
    notebook.page.keyboard.press("Enter")
    rows = plot.root.locator(".mw-details tr")
    wait_for(lambda: rows.count() == 3, what="a row for each reason")
    assert rows.nth(0).inner_text().startswith("1\tunreadable\t")
    assert rows.nth(1).inner_text().startswith("1\tnothing to plot\t")
    assert rows.nth(2).inner_text().startswith("1\tplotted, with a remark\tkept by the broker")
    publish(mosquitto.port, [("home/c", "{broken")])
    wait_for(lambda: rows.nth(0).inner_text().startswith("2\tunreadable"), what="it to stay open and go on")
    notebook.page.keyboard.press("Enter")
    wait_for(lambda: rows.count() == 0, what="it to close")
    assert notebook.errors == []


def test_a_reload_shows_the_same_and_goes_on(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("home/+/temperature", mosquitto, options="window='5 min'"), own_page=True)
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(mosquitto.port, [(f"home/{room}/temperature", "20") for room in ("kitchen", "cellar")])
    plot.wait_for_lines(2)
    notebook.save()
    notebook.reload()

    plot = PlotPage(notebook)
    plot.wait_for_lines(2)
    assert plot.window.input_value() == "5 min"
    publish(mosquitto.port, [("home/kitchen/temperature", "33")])
    wait_for(lambda: plot.legend() == {"kitchen": "33", "cellar": "20"}, what="the new value after the reload")
    plot.pause.click()
    wait_for(lambda: plot.notice().startswith("Paused"), what="the pause after the reload")
    assert notebook.value("plot.ledger.received") == 3


def test_a_copied_notebook_is_one_of_its_own(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    """With the state of the original's widgets, whose models the copy's kernel does not know."""
    original = open_notebook(plot_cells("home/#", mosquitto))
    original.run_all()
    first = PlotPage(original)
    first.wait_for_status("live")
    publish(mosquitto.port, [("home/kitchen", "20")])
    first.wait_for_lines(1)
    copy = open_notebook(file=original.save_with_widget_state())
    copy.run_all()
    second = PlotPage(copy)
    second.wait_for_status("live")
    second.pause.click()
    wait_for(lambda: second.notice().startswith("Paused"), what="the pause in the copy")
    publish(mosquitto.port, [("home/kitchen", "21"), ("home/cellar", "22")])
    wait_for(lambda: first.legend() == {"kitchen": "21", "cellar": "22"}, what="the original to go on")
    assert original.value("plot.paused") is False
    assert copy.value("plot.ledger.received") == 2
    assert mosquitto.widgets_connected() == 2
    assert original.errors + copy.errors == []


def test_a_second_view_shows_the_same(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([*plot_cells("home/#", mosquitto), "plot"])
    notebook.run_all()
    first, second = PlotPage(notebook), PlotPage(notebook, 1)
    first.wait_for_status("live")
    publish(mosquitto.port, [("home/kitchen", "20"), ("home/kitchen", "21")])
    for view in (first, second):
        view.wait_for_lines(1)
    wait_for(lambda: first.paths() == second.paths(), what="both views to show the same")
    second.pause.click()
    wait_for(lambda: first.pause.inner_text() == "Resume", what="the pause in the first view")
    assert notebook.errors == []


def test_foreign_text_is_shown_literally(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("lab/#", mosquitto), own_page=True)
    dialogs: list[str] = []
    notebook.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(
        mosquitto.port,
        [
            (HOSTILE.removesuffix("\u0007"), "1"),
            ("lab/key", '{"<b onmouseover=alert(2)>": 2, "$x^2$": 3}'),
            ("lab/text", "<script>alert(3)</script>: 4 <i>"),
        ],
    )
    plot.wait_for_lines(3)
    assert plot.root.locator("img, script, b, i:not(.fa), mjx-container").count() == 0
    labels = list(plot.legend())
    assert any("\\u202eevil" in label for label in labels)
    assert any("$x^2$" in label for label in labels)
    assert dialogs == []


def test_the_picture_for_the_readme(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Makes `docs/widget.png` when asked to with --picture; it must come out in any case."""
    wanted = pytestconfig.getoption("--picture")
    picture = wanted or tmp_path / "widget.png"
    notebook = open_notebook(plot_cells("home/+/temperature", mosquitto, options="window='30 s'"))
    notebook.set_theme("JupyterLab Light")
    notebook.command("application:toggle-left-area")
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publisher = PublisherProcess(mosquitto.port, house_for_the_picture(), rate_hz=15 if wanted else 150)
    try:
        plot.wait_for_lines(3)
        publisher.wait(timeout_s=60)
        wait_for(lambda: plot.notice() == "", what="nothing unusual")
        Path(picture).parent.mkdir(exist_ok=True)
        plot.root.screenshot(path=picture)
    finally:
        publisher.stop()
    assert Path(picture).stat().st_size > 10_000


def house_for_the_picture() -> list[tuple[str, str]]:
    """Half a minute of three rooms."""
    rooms = [sensor for sensor in simulated_sensors() if sensor.topic.endswith("temperature")][:3]
    messages = []
    for number in range(150):
        for room in rooms:
            name = room.topic.split("/")[2]
            messages.append((f"home/{name}/temperature", (room.payload_at(number * 0.7) or b"").decode()))
    return messages

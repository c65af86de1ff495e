"""Every control, by mouse and by keyboard, and its trait in step with it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator

from ..support import ipykernel_6
from ..support.lab import Notebook
from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells

TOPICS = ("lab/oven/temperature", "lab/fridge/temperature", "yard/wind")


@pytest.fixture
def notebook(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> Notebook:
    """A notebook with a plot of everything, which has shown the three topics."""
    opened = open_notebook(plot_cells("#", mosquitto))
    opened.run_all()
    plot = PlotPage(opened)
    plot.wait_for_status("live")
    publish(mosquitto.port, [(topic, str(number)) for number in range(40) for topic in TOPICS])
    plot.wait_for_lines(3)
    return opened


def tab_to(target: Locator, start: Locator) -> None:
    """Reach `target` with the Tab key, from `start` on."""
    start.focus()
    for _ in range(10):
        if target.evaluate("element => element === document.activeElement"):
            return
        start.page.keyboard.press("Tab")
    raise AssertionError("the Tab key does not lead there")


def press(button: Locator, way: str) -> None:
    """Press a button by "mouse" or "keyboard"."""
    if way == "mouse":
        button.click()
    else:
        button.press("Enter")


def test_topic_by_keyboard(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    plot.topic.focus()
    plot.topic.fill("lab/+/temperature")
    notebook.page.keyboard.press("Enter")
    plot.wait_for_lines(2)
    assert list(plot.legend()) == ["oven", "fridge"]
    assert notebook.value("plot.topic") == "lab/+/temperature"
    assert plot.title() == "lab/+/temperature"


def test_topic_by_mouse_from_those_seen(notebook: Notebook, mosquitto: Mosquitto) -> None:
    plot = PlotPage(notebook)
    wait_for(lambda: plot.topics.locator("option").all_inner_texts() == ["", *TOPICS], what="the topics seen")
    plot.topics.select_option("yard/wind")
    plot.wait_for_lines(1)
    assert plot.topic.input_value() == "yard/wind"
    assert notebook.value("plot.topic") == "yard/wind"

    publish(mosquitto.port, [("yard/wind", "99.5"), ("lab/oven/temperature", "1")])
    wait_for(lambda: plot.legend() == {"wind": "99.5"}, what="the new value, and no other topic's")


def test_several_topics_in_one_entry(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    plot.topic.fill("lab/oven/+, yard/#")
    plot.topic.press("Enter")
    plot.wait_for_lines(2)
    assert notebook.value("plot.topic") == ["lab/oven/+", "yard/#"]


def test_a_wrong_topic_is_explained_and_changes_nothing(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    plot.topic.fill("lab/#/temperature")
    plot.topic.press("Enter")
    alert = plot.root.get_by_role("alert")
    alert.wait_for()
    assert "'#' stands alone in the last level" in alert.inner_text()
    assert "Still in force: #" in alert.inner_text()
    assert notebook.value("plot.topic") == "#"
    assert len(plot.paths()) == 3

    plot.topic.fill("lab/#")
    plot.topic.press("Enter")
    plot.wait_for_lines(2)
    assert alert.count() == 0


def test_window_by_keyboard(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    tab_to(plot.window, start=plot.topic)
    plot.window.fill("5 samples")
    notebook.page.keyboard.press("Enter")
    wait_for(lambda: plot.window.input_value() == "5 samples", what="the window in words")
    wait_for(lambda: all(path.count("L") == 4 for path in plot.paths()), what="five samples of each line")
    assert notebook.value("plot.window") == "5 samples"


def test_window_by_mouse_from_the_usual_ones(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    offered = [text.replace("\u00a0", " ") for text in plot.windows.locator("option").all_inner_texts()]
    assert offered == ["", "100 samples", "1,000 samples", "30 s", "1 min", "5 min", "1 h"]
    plot.windows.select_option("5 min")
    wait_for(lambda: plot.window.input_value() == "5 min", what="the choice in the entry")
    assert notebook.value("plot.window") == "5 min"


def test_a_bare_number_is_asked_of_what(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    plot.window.fill("5")
    plot.window.press("Enter")
    alert = plot.root.get_by_role("alert")
    alert.wait_for()
    assert "say of what, '5 samples', '5 s' or '5 min'" in alert.inner_text()
    assert notebook.value("plot.window") == "1 min"


def test_a_wrong_window_is_explained_and_changes_nothing(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    plot.window.fill("soon")
    plot.window.press("Enter")
    alert = plot.root.get_by_role("alert")
    alert.wait_for()
    assert "'30 s', '5 min', '2 h', '1 d' or '1 week'" in alert.inner_text()
    assert "Still in force: 1 min" in alert.inner_text()
    assert notebook.value("plot.window") == "1 min"


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_pause_freezes_counts_and_resumes(notebook: Notebook, mosquitto: Mosquitto, way: str) -> None:
    plot = PlotPage(notebook)
    press(plot.pause, way)
    wait_for(lambda: plot.notice() == "Paused, +0 samples waiting.", what="the pause in words")
    assert notebook.value("plot.paused") is True
    frozen = plot.paths()

    publish(mosquitto.port, [(topic, "77") for _ in range(10) for topic in TOPICS])
    wait_for(lambda: plot.notice() == "Paused, +30 samples waiting.", what="thirty samples waiting")
    assert plot.paths() == frozen
    assert set(plot.legend().values()) == {"39"}
    assert plot.pause.inner_text() == "Resume"

    press(plot.pause, way)
    wait_for(lambda: set(plot.legend().values()) == {"77"}, what="what had waited")
    assert plot.notice() == ""
    assert notebook.value("plot.paused") is False


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_stop_and_start(notebook: Notebook, mosquitto: Mosquitto, way: str) -> None:
    plot = PlotPage(notebook)
    press(plot.run, way)
    plot.wait_for_status("stopped")
    assert plot.run.inner_text() == "Start"
    assert len(plot.paths()) == 3
    wait_for(lambda: mosquitto.widgets_connected() == 0, what="the connection to be closed")
    publish(mosquitto.port, [("yard/wind", "1")])

    press(plot.run, way)
    plot.wait_for_status("live")
    publish(mosquitto.port, [("yard/wind", "2")])
    wait_for(lambda: plot.legend()["wind"] == "2", what="the first value after the start")
    assert notebook.value("plot.stream.series['yard/wind', ''].value.tolist()") == [*range(40), 2]


def test_traits_and_controls_stay_in_step(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    notebook.run("plot.topic, plot.window, plot.paused = 'lab/#', '30 s', True")
    wait_for(lambda: plot.topic.input_value() == "lab/#", what="the topic in its entry")
    wait_for(lambda: plot.window.input_value() == "30 s", what="the window in its entry")
    wait_for(lambda: plot.pause.inner_text() == "Resume", what="the pause in its button")
    plot.wait_for_lines(2)

    notebook.run("plot.paused = False; plot.stop()")
    plot.wait_for_status("stopped")
    wait_for(lambda: (plot.pause.inner_text(), plot.run.inner_text()) == ("Pause", "Start"), what="both buttons")


@pytest.mark.parametrize("kernel_name", ["python3", "ipykernel-6"], indirect=True)
def test_controls_work_while_a_cell_runs(notebook: Notebook, kernel_name: str) -> None:
    """In ipykernel 6, which has no subshells, they act when the cell is done."""
    plot = PlotPage(notebook)
    is_old = notebook.value("__import__('ipykernel').version_info[0] == 6")
    assert is_old == (kernel_name == "ipykernel-6" or ipykernel_6.IS_INSTALLED)
    notebook.run_in_background("import time\nfor _ in range(50): time.sleep(0.1)")
    plot.window.fill("7 samples")
    plot.window.press("Enter")
    plot.pause.click()
    notebook.wait_until_idle()
    wait_for(lambda: plot.window.input_value() == "7 samples", what="the window")
    wait_for(lambda: plot.notice().startswith("Paused"), what="the pause")
    assert notebook.value("[plot.window, plot.paused]") == ["7 samples", True]
    assert notebook.errors == []


def test_every_control_has_a_name_and_an_explanation(notebook: Notebook) -> None:
    plot = PlotPage(notebook)
    controls = plot.root.locator(":is(input, select, button):visible")
    assert controls.count() == 13
    for number in range(controls.count()):
        control = controls.nth(number)
        name = control.evaluate(
            "element => element.getAttribute('aria-label') || element.title || element.innerText"
        )
        explanation = control.evaluate("element => element.title || element.closest('[title]')?.title || ''")
        assert name.strip(), f"control {number} has no name"
        assert len(explanation) > 8, f"control {number} explains itself with {explanation!r}"

"""What a notebook goes through: cells run again, plots closed, kernels restarted, files saved."""

from __future__ import annotations

from pathlib import Path

from ..support.lab import Lab
from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells

CANARY = "canary-pass%20word-8f3a"

COUNT_WIDGETS = "len(__import__('ipywidgets').Widget.widgets)"
COUNT_THREADS = "sum(t.name.startswith('mqttwidgets') for t in __import__('threading').enumerate())"


def test_a_cell_run_again_replaces_its_plot(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(
        [*plot_cells("home/#", mosquitto), "other = LiveSensorPlot('yard/#', plot.stream.broker)"]
    )
    notebook.run_all()
    PlotPage(notebook).wait_for_status("live")
    widgets = notebook.value(COUNT_WIDGETS)
    for _ in range(10):
        notebook.run_cell(0)
    PlotPage(notebook).wait_for_status("live")
    assert notebook.value(COUNT_WIDGETS) == widgets
    assert notebook.value("[plot.status, other.status]") == ["live", "live"]
    assert notebook.page.locator(".mqttwidgets-plot").count() == 1
    wait_for(lambda: mosquitto.widgets_connected() == 1, what="one connection for both plots")
    publish(mosquitto.port, [("home/kitchen", "20")])
    PlotPage(notebook).wait_for_lines(1)


def test_close_leaves_nothing(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([f"before = {COUNT_WIDGETS}", *plot_cells("home/#", mosquitto)])
    notebook.run_all()
    PlotPage(notebook).wait_for_status("live")
    publish(mosquitto.port, [("home/kitchen", "20")])
    PlotPage(notebook).wait_for_lines(1)
    notebook.run("plot.close(); plot.close(); plot.stop(); plot.start()")
    wait_for(lambda: notebook.value(f"{COUNT_WIDGETS} - before") == 0, what="every widget to be closed")
    wait_for(lambda: notebook.value(COUNT_THREADS) == 0, what="the network thread to end")
    wait_for(lambda: mosquitto.widgets_connected() == 0, what="the connection to be closed")
    wait_for(lambda: notebook.page.locator(".mqttwidgets-plot").count() == 0, what="the page to be clear")
    assert notebook.value("len(plot.to_pandas())") == 1


def test_a_restarted_kernel_leaves_no_connection(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("home/#", mosquitto))
    notebook.run_all()
    PlotPage(notebook).wait_for_status("live")
    notebook.restart_kernel()
    wait_for(lambda: mosquitto.widgets_connected() == 0, what="the former kernel's connection to be closed")
    notebook.run_all()
    PlotPage(notebook).wait_for_status("live")
    assert mosquitto.widgets_connected() == 1


def test_no_secret_is_saved(tmp_path: Path, lab: Lab, open_notebook: OpenNotebook) -> None:
    broker = Mosquitto(tmp_path, users={"me": CANARY.replace("%20", " ")}).start()
    try:
        url = f"mqtt://me:{CANARY}@127.0.0.1:{broker.port}"
        cells = [
            "import logging, os; logging.basicConfig(level='DEBUG'); from mqttwidgets import LiveSensorPlot",
            "plot = LiveSensorPlot('home/#', os.environ['SECRET_URL'])\nplot",
            "print(repr(plot), str(plot), plot.stream.broker, vars(plot.stream))",
            "plot.get_state()",
            "import threading; threading.enumerate()",
            "LiveSensorPlot('home/#', os.environ['SECRET_URL'] + '/topic')",
        ]
        notebook = open_notebook(cells)
        notebook.run(f"import os; os.environ['SECRET_URL'] = {url!r}")
        for number in range(len(cells)):
            notebook.run_cell(number)
        PlotPage(notebook).wait_for_status("live")
        publish_error = notebook.output(5).inner_text()
        assert "the topic is an argument of its own" in publish_error
        saved = notebook.save_with_widget_state()
        assert "LiveSensorPlot" in saved
        assert "mqttwidgets-plot" in saved
        for secret in (CANARY, CANARY.replace("%20", " ")):
            assert secret not in saved
            assert secret not in notebook.page.content()
            assert secret not in lab.log()
    finally:
        broker.stop()

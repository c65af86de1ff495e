"""The notebook that everybody opens first, run against the embedded broker and the simulated sensors."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mqttwidgets import Broker
from mqttwidgets.demo.embedded_broker import EmbeddedBroker
from mqttwidgets.demo.readings import simulated_sensors
from mqttwidgets.demo.simulation import publish_until

from .conftest import OpenNotebook
from .plot_page import PlotPage

NOTEBOOK = Path(__file__).parent.parent.parent / "notebooks" / "quickstart.ipynb"


@pytest.fixture
def demo_broker() -> Iterator[str]:
    """The URL of an embedded broker with simulated sensors."""
    stopped = threading.Event()
    with EmbeddedBroker() as broker:
        sensors = threading.Thread(
            target=publish_until,
            args=(stopped, Broker.from_url(broker.url), simulated_sensors(), lambda _text: None),
        )
        sensors.start()
        yield broker.url
        stopped.set()
        sensors.join()


def test_the_quickstart_notebook_comes_alive(demo_broker: str, open_notebook: OpenNotebook) -> None:
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] for cell in cells), "the notebook is kept without outputs"
    notebook = open_notebook(["".join(cell["source"]) for cell in cells])
    notebook.run(f"import os; os.environ['MQTTWIDGETS_BROKER'] = {demo_broker!r}")
    notebook.run_all()
    notebook.wait_until_idle()
    explained, table, ledger = (notebook.output(number).inner_text() for number in (3, 4, 5))
    assert "an id" in explained
    assert all(topic in explained for topic in ("demo/workshop/oven", "demo/workshop/plug"))
    assert "demo/house/" in table
    assert not re.search(r"\b0 messages received", ledger)
    rooms, station, workshop = (PlotPage(notebook, number) for number in range(3))
    rooms.wait_for_lines(4)
    station.wait_for_lines(2)
    workshop.wait_for_lines(4)
    assert rooms.title() == "Rooms"
    assert set(rooms.legend()) == {"kitchen", "living-room", "bedroom", "cellar"}
    assert set(station.legend()) == {"temperature", "humidity"}
    assert set(workshop.legend()) == {"Temperature", "relay", "power", "voltage"}
    rooms.root.scroll_into_view_if_needed()
    rooms.wait_for_another_picture()
    assert notebook.value("[len(cell) for cell in [rooms.to_pandas()]][0]") > 0
    assert notebook.page.locator(".jp-OutputArea-output[data-mime-type*='stderr']").count() == 0
    assert notebook.errors == []

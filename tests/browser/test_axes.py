"""Units and states in one picture: which axis, which scale, and nothing sticks out."""

from __future__ import annotations

import re

import pytest

from ..support.mosquitto import Mosquitto
from ..support.publishing import publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, plot_cells
from .test_page import contrast_of

DOORS = """
from mqttwidgets import AutoDecoder, Sample
from mqttwidgets.decoding.decoder import Decoded

class Doors:
    auto = AutoDecoder()

    def decode(self, topic, payload, *, received_at=None):
        if payload not in (b"open", b"shut"):
            return self.auto.decode(topic, payload, received_at=received_at)
        decoded = Decoded([Sample(topic, "", received_at, float(payload == b"open"))])
        decoded.states = {""}
        return decoded
"""

CLIMATE = "Temperature: 21.5 °C; Humidity: 40.5 %"


def plot_of(
    payload: str, mosquitto: Mosquitto, open_notebook: OpenNotebook, width: int = 1100, theme: str = "Light"
) -> PlotPage:
    """A plot with what one message brings."""
    notebook = open_notebook(plot_cells("lab/#", mosquitto))
    notebook.command("application:toggle-left-area")
    notebook.set_theme(f"JupyterLab {theme}")
    notebook.page.set_viewport_size({"width": width, "height": 900})
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(mosquitto.port, [("lab/bme", payload)] * 2)
    plot.wait_for_lines(payload.count(":"))
    return plot


def test_one_unit_has_the_left_axis_alone(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    plot = plot_of("Temperature: 21.5 °C; Setpoint: 20 celsius", mosquitto, open_notebook)
    wait_for(lambda: plot.captions() == ["°C"], what="the unit")
    assert plot.sides() == []


def test_two_units_have_an_axis_each(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    plot = plot_of(CLIMATE, mosquitto, open_notebook)
    wait_for(lambda: plot.captions() == ["°C", "%"], what="both units")
    assert plot.sides() == ["left axis", "right axis"]
    assert plot.legend() == {"Temperature": "21.5\u202f°C", "Humidity": "40.5\u202f%"}
    right = plot.figure.locator('.axis[text-anchor="start"] .tick text').all_text_contents()
    assert "40" in [text.removesuffix(".0") for text in right]


def test_the_third_unit_is_named_in_words(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    plot = plot_of(f"{CLIMATE}; Pressure: 988 hPa; Count: 5", mosquitto, open_notebook)
    note = plot.root.locator(".mw-axes-note")
    assert note.inner_text() == "No axis here for hPa and numbers without a unit: each drawn to a separate scale."
    assert plot.captions() == ["°C", "%"]
    assert plot.sides()[2:] == ["to a separate scale, without an axis"] * 2
    heights = [bend_of(path) for path in plot.paths()]
    assert all(20 < height < 240 for height in heights), "each within its own scale"


def bend_of(path: str) -> float:
    """The y of the first point of a path, in pixels."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?", path)
    return float(numbers[1])


def test_a_state_is_drawn_as_steps_beside_a_temperature(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    (cell,) = plot_cells("lab/#", mosquitto, options="decoder=Doors()")
    notebook = open_notebook([DOORS + cell])
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    for state in ("shut", "open", "shut"):
        publish(mosquitto.port, [("lab/door", state), ("lab/oven", "Temperature: 180 °C")])
    wait_for(lambda: plot.legend() == {"door": "off", "Temperature": "180\u202f°C"}, what="both in the legend")
    wait_for(lambda: plot.captions() == ["°C", "state"], what="both axes")
    ticks = plot.figure.locator('.axis[text-anchor="start"] .tick text').all_text_contents()
    assert ticks == ["off", "on"]
    # Z: the dot of the first sample, where that was drawn before the next one came.
    assert re.fullmatch(r"M[\d.,]+Z?(H[\d.]+V[\d.]+){2,}", plot.paths()[0]), "a step is level, then upright"
    assert notebook.errors == []


def sticking_out_px(plot: PlotPage) -> float:
    """Pixels by which a text of the value axes sticks out of the plot; negative where none does."""
    outer = plot.root.bounding_box()
    assert outer is not None
    texts = plot.figure.locator('.axis:is([text-anchor="end"], [text-anchor="start"]) text:visible')
    boxes = [box for number in range(texts.count()) if (box := texts.nth(number).bounding_box())]
    assert len(boxes) > 6
    left = max(outer["x"] - box["x"] for box in boxes)
    right = max(box["x"] + box["width"] - outer["x"] - outer["width"] for box in boxes)
    return max(left, right)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [420, 1600])
def test_nothing_sticks_out_with_two_axes(
    mosquitto: Mosquitto, open_notebook: OpenNotebook, width: int, theme: str
) -> None:
    payload = "Temperature: 1234567.8 °C; Power: 987654.3 kW; Pressure: 988 hPa"
    plot = plot_of(payload, mosquitto, open_notebook, width, theme)
    wait_for(lambda: plot.captions() == ["°C", "kW"], what="both units")
    wait_for(lambda: sticking_out_px(plot) <= 0, what="room for all labels")
    labels = plot.figure.locator('.axis[text-anchor="start"] .tick text').last.bounding_box()
    caption = plot.figure.locator('.axis[text-anchor="start"] .axislabel').bounding_box()
    assert labels is not None
    assert caption is not None
    assert labels["x"] + labels["width"] <= caption["x"], "the caption stands beside the labels"
    for selector in (".mw-side", ".mw-axes-note", '.axis[text-anchor="start"] .tick text'):
        assert contrast_of(plot, selector) >= 4.5

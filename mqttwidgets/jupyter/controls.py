"""The row of controls: topic, window, pause, stop, fields. Plain ipywidgets, labelled, all by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from ..base.text import printable

_LONGEST = 65_535  # a topic in MQTT
_TOPIC = "+ for one level, # for all below, several parted by commas. Enter applies it."
_FIXED_TOPIC = "what this plot shows. Who made the dashboard chose it."


class OfferingEntry:
    """An editable text with a list of usual texts beside it.

    A text field with a datalist would offer only what resembles its present text, hence the list of its own.

    Args:
        label: shown before the entry.
        tooltip: what to enter.
        placeholder: an example, shown while the entry is empty.
        offers_tooltip: what the list holds.
        width: CSS width of the entry, as a flex value.
        on_entry: called with the text that the user entered or chose; None for a text that only the kernel sets,
            whatever a page sends.
    """

    def __init__(
        self,
        *,
        label: str,
        tooltip: str,
        placeholder: str,
        offers_tooltip: str,
        width: str,
        on_entry: Callable[[str], None] | None,
    ) -> None:
        self._entry = widgets.Text(
            tooltip=f"{label}: {tooltip}",
            placeholder=placeholder,
            continuous_update=False,
            disabled=on_entry is None,
            layout=widgets.Layout(flex="1 1 auto", width="auto", min_width="0"),
        )
        self.widget = widgets.Box(
            [widgets.Label(label), self._entry], layout=widgets.Layout(flex=width, min_width="0")
        )
        self.widget.add_class("mw-entry")
        self._shown = ""
        self._offers: widgets.Dropdown | None = None
        if on_entry is not None:
            self._listen(on_entry, offers_tooltip)

    def _listen(self, on_entry: Callable[[str], None], offers_tooltip: str) -> None:
        """Have what the user enters, or chooses from the list."""
        self._offers = offers = widgets.Dropdown(
            options=[""], tooltip=offers_tooltip, layout=widgets.Layout(flex="0 0 auto", width="26px")
        )
        offers.add_class("mw-offers")
        self.widget.children += (offers,)

        def entered(change: Any) -> None:
            if change["new"] != self._shown:
                self._shown = change["new"]
                on_entry(change["new"])

        def chosen(change: Any) -> None:
            if change["new"]:
                self.show(change["new"])
                on_entry(change["new"])
                offers.value = ""

        self._entry.observe(entered, "value")
        offers.observe(chosen, "value")

    def show(self, text: str) -> None:
        """Put `text` into the entry, as set from elsewhere, with what is invisible in it spelt out."""
        self._shown = printable(text, _LONGEST)
        self._entry.value = self._shown

    def offer(self, texts: Sequence[str]) -> None:
        """Replace the list, where it differs."""
        options = (("", ""), *((printable(text, _LONGEST), text) for text in texts))
        if self._offers is not None and options != self._offers.options:
            self._offers.options = options


class Controls:
    """The controls of one plot; they hold no state but what they show.

    Args:
        on_topic: called with the text entered as topic; None where the topic is not to be changed by hand.
        on_window: called with the text entered as window.
        on_paused: called with True or False.
        on_running: called with True to start, False to stop.
        on_fields: called with True to open the list of series, False to close it.
    """

    def __init__(
        self,
        *,
        on_topic: Callable[[str], None] | None,
        on_window: Callable[[str], None],
        on_paused: Callable[[bool], None],
        on_running: Callable[[bool], None],
        on_fields: Callable[[bool], None],
    ) -> None:
        self._on_running = on_running
        self._runs = False
        self.topic = OfferingEntry(
            label="Topic",
            tooltip=_FIXED_TOPIC if on_topic is None else _TOPIC,
            placeholder="home/+/temperature",
            offers_tooltip="Topics seen so far",
            width="4 1 220px",
            on_entry=on_topic,
        )
        self.window = OfferingEntry(
            label="Window",
            tooltip="how much of the newest data to show: 100 samples, 30 s, 5 min, 2 h. Enter applies it.",
            placeholder="5 min",
            offers_tooltip="Usual windows",
            width="1 1 180px",
            on_entry=on_window,
        )
        self._pause = widgets.ToggleButton(
            description="Pause",
            icon="pause",
            tooltip="Freeze the picture; data keeps arriving and is shown on resuming",
            layout=widgets.Layout(width="96px"),
        )
        self._pause.add_class("mw-pause")
        self._fields = widgets.ToggleButton(
            description="Fields",
            icon="list-ul",
            tooltip="Choose which series the picture shows, from a list of all that were found",
            layout=widgets.Layout(width="84px"),
        )
        self._fields.add_class("mw-open-fields")
        self._run = widgets.Button(layout=widgets.Layout(width="84px"))
        self.show_running(True)
        self._pause.observe(lambda change: on_paused(change["new"]), "value")
        self._fields.observe(lambda change: on_fields(change["new"]), "value")
        self._run.on_click(lambda _button: self._on_running(not self._runs))
        buttons = widgets.HBox(
            [self._pause, self._run, self._fields],
            layout=widgets.Layout(flex="0 1 auto", min_width="0", overflow="visible"),
        )
        buttons.add_class("mw-controls")
        self.widget = widgets.Box([self.topic.widget, self.window.widget, buttons])
        self.widget.add_class("mw-controls")

    def show_paused(self, paused: bool) -> None:
        """Show whether the picture is frozen."""
        self._pause.value = paused
        self._pause.description = "Resume" if paused else "Pause"
        self._pause.icon = "play" if paused else "pause"

    def show_running(self, runs: bool) -> None:
        """Show whether the stream is subscribed."""
        self._runs = runs
        self._run.description = "Stop" if runs else "Start"
        self._run.icon = "stop" if runs else "play"
        self._run.tooltip = "Unsubscribe; the picture stays" if runs else "Subscribe"

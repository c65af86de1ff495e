"""Settings of a plot, made by hand or in code: keeps its traits, its model and its controls in step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ..base.clock import CLOCK
from ..base.errors import InvalidValueError
from ..base.model import Key
from ..base.text import printable
from ..base.times import Window
from ..live.stream_status import Standing
from ..plot.plot import Plot, in_words


class SettableWidget(Protocol):
    """A widget with the traits that a person sets; see LiveSensorPlot."""

    topic: Any
    window: Any
    paused: Any
    hidden: Any
    selection: Any

    def start(self) -> None:
        """Subscribe."""

    def stop(self) -> None:
        """Unsubscribe."""

    def go_live(self) -> None:
        """See the newest again."""

    def draw(self, now: float) -> int:
        """Bring the page in step with the stream."""

    def set_trait(self, name: str, value: object) -> None:
        """Set a trait, also one that is read-only."""

    def observe(self, handler: Callable[[Any], None], names: str) -> None:
        """Call `handler` when a trait changes."""


class SettingsScreen(Protocol):
    """Where settings are shown; see PlotScreen."""

    def redraw_soon(self) -> None:
        """Draw everything with the next frame."""

    def show_settings(self, topic: object, window: Any, *, paused: bool) -> None:
        """Put into the controls what is in force."""

    def show_selection(self, *, wanted: bool) -> None:
        """Open the panel of the selection, or close it."""


class PlotSettings:
    """Takes entries by hand into the traits of a widget, and changes of the traits into its model.

    Threads: entries and traits may change on any; what follows from that happens in `act`.

    Args:
        widget: whose traits they are.
        plot: its model.
        act: does something on the kernel's event loop.
    """

    def __init__(self, widget: SettableWidget, plot: Plot, act: Callable[[Callable[[], object]], None]) -> None:
        self._widget = widget
        self._plot = plot
        self._act = act
        self._screen: SettingsScreen
        self._stream_topic = plot.stream.topic

    def follow(self, screen: SettingsScreen) -> None:
        """Go by the traits from here on, once the widget has them."""
        self._screen = screen
        for name, follow in {
            "topic": self._move_subscription,
            "window": self._cut_anew,
            "paused": self._freeze_or_thaw,
            "hidden": self._hide,
            "selection": self._select,
        }.items():
            self._widget.observe(follow, name)
        self._show()

    # By hand.

    def enter_topic(self, text: str) -> None:
        """Take what was entered as topic."""
        self._enter("topic", self._plot.topics_in(text))

    def enter_window(self, text: str) -> None:
        """Take what was entered as window."""
        self._enter("window", text)

    def enter_paused(self, paused: bool) -> None:
        """Freeze the picture, or let it go on."""
        self._enter("paused", paused)

    def run(self, wanted: bool) -> None:
        """Subscribe, or unsubscribe."""
        (self._widget.start if wanted else self._widget.stop)()

    def choose(self, keys: Sequence[Key], shown: bool) -> None:
        """Show series, or hide them."""
        chosen = set(keys)
        others = [key for key in self._widget.hidden if key not in chosen]
        self._widget.hidden = others if shown else [*others, *keys]
        self._act(self._screen.redraw_soon)

    def clear_selection(self) -> None:
        """Select nothing."""
        self._widget.selection = None

    # By the stream.

    def follow_stream(self) -> None:
        """Take over a topic that was set on the stream itself, or by another plot of it."""
        topic = self._plot.stream.topic
        if topic != self._stream_topic:
            self._stream_topic = topic
            if self._widget.topic != topic:
                self._widget.topic = topic

    def note_status(self, standing: Standing) -> None:
        """Tell observers of the status."""
        self._widget.set_trait("status", standing.status)
        self._widget.set_trait("status_text", standing.text)

    # By the traits.

    def _enter(self, trait: str, value: object) -> None:
        """Set a trait from its control; a wrong entry is explained, and the old value stays in force."""
        try:
            setattr(self._widget, trait, value)
            self._plot.entry_error = ""
        except InvalidValueError as error:
            former = getattr(self._widget, trait)
            kept = Window.parse(former).text if trait == "window" else in_words(former)
            self._plot.entry_error = f"{error}. Still in force: {printable(kept)}"
        self._act(self._screen.redraw_soon)

    def _move_subscription(self, change: Any) -> None:
        self._plot.stream.topic = change["new"]
        self._stream_topic = self._plot.stream.topic

        def act() -> None:
            if self._plot.view.is_frozen:
                self._plot.view.freeze(self._plot.stream.now())
            self._changed()

        self._act(act)

    def _cut_anew(self, _change: Any) -> None:
        self._widget.go_live()
        self._act(self._changed)

    def _freeze_or_thaw(self, change: Any) -> None:
        def act() -> None:
            if change["new"]:
                self._widget.draw(CLOCK.now())
                self._plot.view.freeze(self._plot.stream.now())
            else:
                self._plot.view.thaw()
            self._changed()

        self._act(act)

    def _hide(self, change: Any) -> None:
        def act() -> None:
            self._plot.view.hidden = frozenset(change["new"])
            self._screen.redraw_soon()

        self._act(act)

    def _select(self, change: Any) -> None:
        def act() -> None:
            self._plot.selection.select(change["new"])
            self._screen.show_selection(wanted=change["new"] is not None)

        self._act(act)

    def _changed(self) -> None:
        self._plot.view.window = Window.parse(self._widget.window)
        self._plot.entry_error = ""
        self._show()
        self._screen.redraw_soon()

    def _show(self) -> None:
        widget = self._widget
        self._screen.show_settings(widget.topic, widget.window, paused=widget.paused)

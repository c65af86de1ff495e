"""Settings of a plot, by hand or in code: the types of its traits, and these in step with model and controls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import traitlets

from ..base.clock import CLOCK
from ..base.errors import InvalidValueError, NotConnectedError, StoppedError, discreet
from ..base.model import Key
from ..base.text import printable, sentence
from ..base.times import ACCEPTED_TIMES, Window, epoch_seconds, in_utc
from ..live.stream_status import Standing
from ..mqtt.topic import topic_filters
from ..plot.plot import Plot, in_words

_EARLIEST_S, _LATEST_S, _SHORTEST_S = -2_208_988_800.0, 7_258_118_400.0, 0.001  # 1900 and 2200
_LARGEST, _SMALLEST, _LEAST_SPAN = 1e300, 1e-280, 1e-9


class RejectedValueError(InvalidValueError, traitlets.TraitError):
    """A value that a trait does not accept: a ValueError and a TraitError in one."""


class _CheckedTrait(traitlets.TraitType[Any, Any]):
    """A trait whose refusal ends at the line that set it."""

    @discreet
    def __set__(self, obj: Any, value: Any) -> None:
        super().__set__(obj, value)


class TopicTrait(_CheckedTrait):
    """A topic filter, or a list of topic filters."""

    info_text = "a topic filter such as 'home/+/temperature', or a list of them"

    def validate(self, obj: Any, value: Any) -> str | list[str]:
        """The value as the user gave it, a list as a list of its own."""
        try:
            filters = topic_filters(value)
        except InvalidValueError as error:
            raise RejectedValueError(str(error)) from None
        return value if isinstance(value, str) else [each.text for each in filters]


class WindowTrait(_CheckedTrait):
    """A number of samples, a text such as "30 s", or a timedelta."""

    info_text = "a number of samples, or a time such as '30 s' or '5 min'"

    def validate(self, obj: Any, value: Any) -> Any:
        """The value as the user gave it."""
        try:
            Window.parse(value)
        except InvalidValueError as error:
            raise RejectedValueError(str(error)) from None
        return value


class HiddenTrait(_CheckedTrait):
    """(topic, field) pairs."""

    default_value: Any = ()
    info_text = "a list of (topic, field) pairs such as [('home/cellar', '/temperature')]"

    def validate(self, obj: Any, value: Any) -> tuple[tuple[str, str], ...]:
        """The pairs as tuples, each once."""
        pairs = list(value) if isinstance(value, Iterable) else [value]
        if not all(_is_pair_of_texts(pair) for pair in pairs):
            raise RejectedValueError(f"hidden is {self.info_text}, not {printable(repr(value))}")
        return tuple(dict.fromkeys((pair[0], pair[1]) for pair in pairs))


class TimeRangeTrait(_CheckedTrait):
    """None, or the (start, end) of a time axis in either order, which are read as datetimes in UTC."""

    default_value: Any = None

    def validate(self, obj: Any, value: Any) -> tuple[datetime, datetime] | None:
        """None, or both ends in UTC, the earlier one first."""
        if value is None:
            return None
        try:
            start, end = sorted(map(epoch_seconds, value))
        except (TypeError, ValueError):  # an InvalidValueError is one
            raise self._rejected(value) from None
        if start < _EARLIEST_S or end > _LATEST_S or end - start < _SHORTEST_S:
            raise self._rejected(value)
        return in_utc(start), in_utc(end)

    def _rejected(self, value: object) -> RejectedValueError:
        return RejectedValueError(
            f"{self.name} is None or (start, end), a millisecond apart at least, from 1900 to 2200, "
            f"each {ACCEPTED_TIMES}; not {printable(repr(value))}"
        )


class ValueRangesTrait(_CheckedTrait):
    """The symbol of a unit → (low, high)."""

    info_text = "a mapping such as {'°C': (15, 25)}, of a unit as on its axis ('' for none) to (low, high)"

    def make_dynamic_default(self) -> dict[str, tuple[float, float]]:
        """None are held."""
        return {}

    def validate(self, obj: Any, value: Any) -> dict[str, tuple[float, float]]:
        """The ends as a dictionary of its own."""
        if not isinstance(value, Mapping) or not all(_is_range(unit, ends) for unit, ends in value.items()):
            raise RejectedValueError(f"value_ranges is {self.info_text}, not {printable(repr(value))}")
        return {unit: (float(low), float(high)) for unit, (low, high) in value.items()}


def _is_range(unit: object, ends: object) -> bool:
    """Whether a unit has two ends that an axis can be drawn between."""
    if not isinstance(unit, str) or not isinstance(ends, (tuple, list)) or len(ends) != 2:
        return False
    if not all(isinstance(end, (int, float)) and abs(end) <= _LARGEST for end in ends):
        return False
    low, high = ends
    return bool(high - low > _LEAST_SPAN * max(abs(low), abs(high), _SMALLEST))


def _is_pair_of_texts(pair: object) -> bool:
    return isinstance(pair, (tuple, list)) and len(pair) == 2 and all(isinstance(part, str) for part in pair)


class SpanTrait(_CheckedTrait):
    """A span of time as (start, end), in either order, or None."""

    default_value: Any = None
    info_text = f"None or (start, end), each {ACCEPTED_TIMES}"

    def validate(self, obj: Any, value: Any) -> tuple[datetime, datetime] | None:
        """None, or both ends in UTC, the earlier one first."""
        if value is None:
            return None
        ends = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        if len(ends) != 2:
            raise RejectedValueError(f"{self.name} is {self.info_text}; not {printable(repr(value))}")
        try:
            start, end = sorted(map(epoch_seconds, ends))
        except InvalidValueError as error:
            raise RejectedValueError(f"{self.name} is None or (start, end): {error}") from None
        return in_utc(start), in_utc(end)


class StreamTrait(traitlets.TraitType[Any, Any]):
    """A read-only trait that is read from the plot's stream, so that it is right in a cell that runs, too.

    Observers hear of changes when the plot draws.

    Args:
        attribute: of the SensorStream.
        default_value: the value before there is a stream.
    """

    def __init__(self, attribute: str, default_value: str) -> None:
        super().__init__(default_value, read_only=True)
        self._attribute = attribute

    def get(self, obj: Any, cls: Any = None) -> Any:
        """The value as it is now."""
        stream = getattr(obj, "stream", None)
        return super().get(obj, cls) if stream is None else getattr(stream, self._attribute)


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

    def ask_for_names(self) -> None:
        """Ask Sparkplug's edge nodes for the names of their metrics."""
        try:
            self._plot.stream.request_births()
            self._plot.entry_error = ""
        except (NotConnectedError, StoppedError) as error:
            self._plot.entry_error = sentence(str(error))
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

"""The row of controls: topic, window, pause, stop, fields; all by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..base.text import printable
from . import page_messages
from .linked import Linked

_JS = Path(__file__).parent / "js"
_LONGEST = 65_535  # a topic in MQTT


class Controls(Linked, anywidget.AnyWidget):
    """The controls of one plot; they hold no state but what they show.

    One widget for all of them, as each widget more is a message, or two, that a page must answer before it shows a
    plot. Callbacks may come on any thread.

    Args:
        on_topic: called with the text entered as topic; None where the topic is not to be changed by hand.
        on_window: called with the text entered as window.
        on_paused: called with True or False.
        on_running: called with True to start, False to stop.
        on_fields: called with True to open the list of series, False to close it.
        topic: the text in the entry to begin with.
        window: likewise.
    """

    _esm = (_JS / "controls.js").read_text("utf-8")

    topic = traitlets.Unicode().tag(sync=True)
    """The text in the entry, with what is invisible in it spelt out."""

    topics = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The choices in the list beside it, written in the same way."""

    is_topic_fixed = traitlets.Bool(False).tag(sync=True)
    """Whether only the kernel sets the topic, whatever a page sends."""

    window = traitlets.Unicode().tag(sync=True)
    """The text in the entry."""

    windows = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The choices in the list beside it."""

    paused = traitlets.Bool(False).tag(sync=True)
    """Whether the picture is frozen."""

    running = traitlets.Bool(True).tag(sync=True)
    """Whether the stream is subscribed."""

    fields_open = traitlets.Bool(False).tag(sync=True)
    """Whether the list of series is open."""

    def __init__(
        self,
        *,
        on_topic: Callable[[str], None] | None,
        on_window: Callable[[str], None],
        on_paused: Callable[[bool], None],
        on_running: Callable[[bool], None],
        on_fields: Callable[[bool], None],
        topic: str = "",
        window: str = "",
        **options: Any,
    ) -> None:
        self._shown = {"topic": printable(topic, _LONGEST), "window": window}
        super().__init__(is_topic_fixed=on_topic is None, **self._shown, **options)
        self._on_running = on_running
        self._entries: dict[str, Callable[[str], None]] = {"window": on_window}
        if on_topic is not None:
            self._entries["topic"] = on_topic
        self._meant: dict[str, str] = {}  # topics by how they are written in the list
        self.observe(lambda change: on_paused(change["new"]), "paused")
        self.observe(lambda change: on_fields(change["new"]), "fields_open")
        self.on_msg(self._take)

    def show(self, entry: str, text: str) -> None:
        """Put `text` into an entry, "topic" or "window", as set from elsewhere."""
        self._shown[entry] = printable(text, _LONGEST)
        self.set_trait(entry, self._shown[entry])

    def offer_topics(self, topics: Sequence[str]) -> None:
        """Replace the list of topics, where it differs."""
        if "topic" in self._entries and [*self._meant.values()] != [*topics]:
            self._meant = {printable(topic, _LONGEST): topic for topic in topics}
            self.topics = list(self._meant)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take from a page the traits that it may set, and nothing else."""
        buttons = {name: sync_data[name] for name in ("paused", "fields_open") if name in sync_data}
        super().set_state({name: value for name, value in buttons.items() if isinstance(value, bool)})

    def _enter(self, entry: str, text: str) -> None:
        """Hand on what is new in an entry."""
        if printable(text, _LONGEST) != self._shown[entry] and entry in self._entries:
            self.show(entry, text)
            self._entries[entry](text)

    def _take(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take a message as the head of controls.js describes it; what is not one changes nothing."""
        kind, said = page_messages.kind_of(content)
        entry, text = said.get("entry"), said.get("text")
        if kind == "run" and isinstance(said.get("wanted"), bool):
            self._on_running(said["wanted"])
        elif kind == "enter" and entry in ("topic", "window") and isinstance(text, str) and len(text) <= _LONGEST:
            self._enter(entry, text)
        elif kind == "choose" and entry in ("topic", "window") and isinstance(text, str):
            meant = self._meant.get(text) if entry == "topic" else text
            if meant is not None:
                self.show(entry, meant)
                if entry in self._entries:
                    self._entries[entry](meant)

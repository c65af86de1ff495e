"""The list of all series found, in which a person chooses what the picture shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..base.model import Key
from ..base.text import printable
from ..plot import texts
from ..plot.palette import DASH_ARRAYS
from ..plot.series_view import Entry
from . import page_messages
from .widget_tree import SharedLook

_JS = Path(__file__).parent / "js"
_INTERVAL_S = 1.0
_NUMBERS = 2**31 - 1
_MOST_ROWS = 2**31 - 1


class FieldPicker(anywidget.AnyWidget):
    """The list of all series found: one widget for all rows, as a thousand widgets would be too slow.

    It shows nothing, and costs nothing, while it is closed.

    Args:
        on_choice: called with (topic, field) pairs and whether they shall be shown, in any thread.
        look: what the parts of the plot share.
    """

    _esm = (_JS / "picker.js").read_text(
        "utf-8"
    )  # a path would be watched, and each widget kept for ever by the watch
    _css = (_JS / "picker.css").read_text("utf-8")

    rows: Any = traitlets.List().tag(sync=True)
    """Of each series what seldom changes, as the head of picker.js describes it."""

    values: Any = traitlets.List().tag(sync=True)
    """Of each row the newest value and the rate, as texts."""

    hidden: Any = traitlets.List().tag(sync=True)
    """The ids of rows without a tick."""

    answered = traitlets.Int(0).tag(sync=True)
    """The number of the latest choice that `hidden` takes into account."""

    def __init__(self, on_choice: Callable[[Sequence[Key], bool], None], look: SharedLook) -> None:
        self._on_choice = on_choice
        self._ids: dict[Key, int] = {}
        self._refreshed_at: float | None = None
        self._taken = 0
        self._is_open = False
        super().__init__(**look.box)
        self.on_msg(self._take)

    def set_open(self, wanted: bool) -> None:
        """Begin, or end, to list series, as it appears on the page or disappears."""
        self._is_open = wanted
        with self.hold_sync():
            self.rows, self.values, self.hidden = [], [], []
        self.refresh_soon()

    def refresh_soon(self) -> None:
        """Take what has changed into the list with the next frame."""
        self._refreshed_at = None

    def refresh(self, now: float, entries: Callable[[float], Sequence[Entry]]) -> int:
        """Bring the list up to date when it is open, at most once a second; the number of messages it took.

        Args:
            now: epoch seconds.
            entries: gives all series found, as they are at a time.
        """
        is_fresh = self._refreshed_at is not None and 0 <= now - self._refreshed_at < _INTERVAL_S
        if not self._is_open or is_fresh:
            return 0
        self._refreshed_at, answered = now, self._taken
        listed = entries(now)
        with self.hold_sync():
            self.rows = [[self._id(entry.key), *_look(entry)] for entry in listed]
            self.values = [list(_news(entry)) for entry in listed]
            self.hidden = [self._id(entry.key) for entry in listed if not entry.is_shown]
            self.answered = answered
        return 1

    def _id(self, key: Key) -> int:
        return self._ids.setdefault(key, len(self._ids))

    def _take(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take a choice as the head of picker.js describes it; what is not one changes nothing."""
        kind, said = page_messages.kind_of(content)
        ids, number = (
            page_messages.wholes(said.get("ids"), 0, _MOST_ROWS),
            page_messages.whole(said.get("number"), 0, _NUMBERS),
        )
        if kind == "choice" and ids is not None and number is not None:
            chosen = set(ids)
            self._on_choice([key for key, id_ in self._ids.items() if id_ in chosen], said.get("shown") is True)
            self._taken = number


def _look(entry: Entry) -> tuple[str, str, str, str, str]:
    name = printable(" ".join(entry.key).strip(), 300)
    return printable(entry.label, 60), name, printable(entry.unit, 20), entry.color, DASH_ARRAYS[entry.dash]


def _news(entry: Entry) -> tuple[str, str]:
    value = texts.state_text(entry.value) if entry.is_state else texts.value_text(entry.value)
    return value, texts.sample_rate(entry.rate_hz)

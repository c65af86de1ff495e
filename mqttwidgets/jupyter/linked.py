"""Widgets whose changes travel with the frames instead of one message each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bqplot
import ipywidgets as widgets
from bqplot.traits import array_dimension_bounds, array_serialization, array_squeeze, array_supported_kinds
from traittypes import Array

from ..plot.frame import LinePoints
from .frame_link import FrameLink, Sent

_ARRAY = {"sync": True, "scaled": True, "rtype": "Number", "atype": "bqplot.Axis", **array_serialization}
_CHECKS = (array_squeeze, array_dimension_bounds(1, 2), array_supported_kinds())


class Linked(widgets.Widget):  # type: ignore[misc]
    """Sends changes of its state over a frame link, once somebody answers there; until then as any widget does.

    Attributes:
        link: the link; None for none.
    """

    link: FrameLink | None = None

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        """Send the state of `key`, one name or several, with the next frame; all of it at once for None."""
        names = {key} if isinstance(key, str) else set(key or ())
        if not names or self.link is None or not self.link.carry(self, names):
            super().send_state(key)


class LinkedHTML(Linked, widgets.HTML):  # type: ignore[misc]
    """A piece of HTML."""


class LinkedScale(Linked, bqplot.LinearScale):  # type: ignore[misc]
    """A scale."""


class LinkedAxis(Linked, bqplot.Axis):  # type: ignore[misc]
    """An axis."""


class _LatestArray(Array):  # type: ignore[misc]
    """An array that is brought up to date when somebody reads it."""

    def get(self, obj: Any, cls: Any = None) -> Any:
        obj.catch_up()
        return super().get(obj, cls)

    def set(self, obj: Any, value: Any) -> None:
        obj.catch_up()  # else what is caught up with later would take the place of this
        super().set(obj, value)


class LinkedLines(bqplot.Lines):  # type: ignore[misc]
    """A line whose points the link brings to the browser.

    Its traits `x` and `y` are right whenever they are read, by a user or for a page that opens, but cost nothing
    while nobody does.
    """

    x = _LatestArray([]).tag(**_ARRAY).valid(*_CHECKS)
    y = _LatestArray([]).tag(**_ARRAY).valid(*_CHECKS)

    sent: Sent | None = None
    """How far the pages know the line; the FrameLink's."""

    _latest: LinePoints | None = None
    _is_silent = False

    def close(self) -> None:
        """Close it; the pages know nothing of it then."""
        super().close()
        self.sent = None

    def follow(self, points: LinePoints) -> None:
        """Take other points, which the browser learns from the link."""
        self._latest = points

    def catch_up(self) -> None:
        """Take the latest points into the traits, without sending them."""
        latest, self._latest = self._latest, None
        if latest is None:
            return
        self._is_silent = True
        try:
            self.set_trait("x", latest.time)
            self.set_trait("y", latest.value)
        finally:
            self._is_silent = False

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        """Send the state of `key` as any widget does, unless it only catches up."""
        if not self._is_silent:
            super().send_state(key)

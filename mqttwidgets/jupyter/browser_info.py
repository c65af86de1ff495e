"""Who looks: the time zone of the browser, which alone knows it, and the styles it needs."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import anywidget

from . import page_messages

_JS = Path(__file__).parent / "js"
_LONGEST_OFFSET_MINUTES = 24 * 60 - 1
_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,3}")  # IANA's, of which no part is ".."


class BrowserInfo(anywidget.AnyWidget):
    """The browser's word on itself; until it comes, the kernel's own time zone stands in.

    Of several browsers on one kernel the latest to open the notebook counts.

    Args:
        on_page: called, on any thread, when a page has opened.
    """

    _esm = (_JS / "browser_info.js").read_text(
        "utf-8"
    )  # a path would be watched, and each widget kept for ever by the watch
    _css = (_JS / "plot.css").read_text("utf-8")

    def __init__(self, on_page: Callable[[], object] = lambda: None, **options: Any) -> None:
        self._on_page = on_page
        self.zone: tzinfo = datetime.now().astimezone().tzinfo or timezone.utc
        """The viewer's time zone."""
        self.zone_name: str = datetime.now().astimezone().tzname() or "UTC"
        """Its name, for people."""
        super().__init__(**options)
        self.on_msg(self._take)

    def _take(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take a message as the head of browser_info.js describes it; what is not one changes nothing."""
        kind, said = page_messages.kind_of(content)
        if kind != "viewer":
            return
        self._on_page()
        zone = time_zone(said.get("time_zone"), said.get("utc_offset_minutes"))
        if zone is not None:
            self.zone, self.zone_name = zone


def time_zone(name: object, utc_offset_minutes: object) -> tuple[tzinfo, str] | None:
    """(time zone, name) for an IANA name, or for the offset where this machine has no rules for the name.

    Example:
        >>> time_zone("Nowhere/At_All", 90)[1], time_zone(None, None)
        ('UTC+01:30', None)
    """
    if isinstance(name, str) and _ZONE_NAME.fullmatch(name):
        try:
            return zoneinfo.ZoneInfo(name), name.replace("_", " ")
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass
    minutes = page_messages.whole(utc_offset_minutes, -_LONGEST_OFFSET_MINUTES, _LONGEST_OFFSET_MINUTES)
    if minutes is not None:
        zone = timezone(timedelta(minutes=minutes))
        return zone, str(zone)
    return None

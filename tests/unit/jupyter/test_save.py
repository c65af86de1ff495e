"""The buttons that save, without a browser: what is sent for what is asked."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import numpy as np
import pytest

from mqttwidgets import Series
from mqttwidgets.jupyter.save import SaveBar
from mqttwidgets.plot.snapshot import Snapshot
from mqttwidgets.series.samples import Samples

from ...support.waiting import wait_for

TAKEN = Snapshot("<svg/>", "Oven, now", '../"Oven"/\u202e', datetime(2026, 3, 1, 12, 5, tzinfo=timezone.utc))


class Bar(SaveBar):
    """One that notes what it sends, and does at once what it is to do on the loop."""

    def __init__(self, count: int = 60_000) -> None:
        self.sent: list[tuple[dict[str, Any], bytes]] = []
        series = Series("oven", "", capacity=60_000)
        series.extend(np.arange(count, dtype=float), np.ones(count))
        self.samples = Samples([series])
        super().__init__(lambda: TAKEN, lambda: self.samples, lambda action: action())

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append((content, buffers[0] if buffers else b""))

    def ask(self, kind: str, **content: Any) -> None:
        """Take a message of a page."""
        self.hear({"kind": kind, "view": "v", **content}, content.pop("buffers", []))

    def hear(self, content: Any, buffers: Any) -> None:
        """Take whatever a page sends."""
        self._handle_custom_msg(content, buffers)


def test_a_picture_has_a_name_that_is_one() -> None:
    bar = Bar()
    bar.ask("picture")
    assert bar.sent == [
        ({"kind": "picture", "view": "v", "name": "Oven 2026-03-01 12.05.00", "svg": "<svg/>"}, b"")
    ]


def test_a_table_comes_in_parts_each_asked_for() -> None:
    bar = Bar()
    bar.ask("table")
    for count in (1, 2, 3):
        wait_for(lambda count=count: len(bar.sent) == count, what="a part")  # type: ignore[misc]
        bar.ask("more")
    assert [(told["done"], told["total"], told["is_last"]) for told, _ in bar.sent] == [
        (25_000, 60_000, False),
        (50_000, 60_000, False),
        (60_000, 60_000, True),
    ]
    lines = b"".join(part for _, part in bar.sent).decode().splitlines()
    assert lines[0] == "time,topic,field,value,unit"
    assert len(lines) == 60_001


def test_what_is_cancelled_comes_no_more() -> None:
    bar = Bar()
    bar.ask("table")
    wait_for(lambda: bar.sent, what="the first part")
    bar.ask("cancel")
    bar.ask("more")
    assert len(bar.sent) == 1


def test_an_empty_table_is_a_header() -> None:
    bar = Bar(count=0)
    bar.ask("table")
    wait_for(lambda: bar.sent, what="the only part")
    assert bar.sent[0][0]["is_last"]


def test_what_is_too_much_for_a_browser_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mqttwidgets.jupyter.save._MOST_BYTES", 1024**2)
    bar = Bar()
    bar.ask("table")
    wait_for(lambda: bar.sent, what="an answer")
    assert bar.sent[0][0]["text"].startswith("60,000 samples are more than 1 MB as CSV")


def test_what_cannot_be_made_is_refused_with_the_reason() -> None:
    bar, odd = Bar(), Series("\ud800", "", capacity=9)
    odd.extend([0.0], [1.0])
    bar.samples = Samples([odd])
    bar.ask("table")
    wait_for(lambda: bar.sent, what="an answer")
    ((told, _),) = bar.sent
    assert (told["kind"], told["view"]) == ("refused", "v")
    assert told["text"].startswith("Not saved. UnicodeEncodeError: 'utf-8' codec can't encode character")


def test_so_is_a_picture_that_cannot_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mqttwidgets.jupyter.save._file_name", lambda taken: 1 / 0)
    bar = Bar()
    bar.ask("picture")
    bar.ask("table")
    text = "Not saved. ZeroDivisionError: division by zero"
    assert bar.sent == [({"kind": "refused", "view": "v", "text": text}, b"")] * 2


@pytest.mark.parametrize(
    "content", [None, 5, {}, {"kind": "table"}, {"kind": "table", "view": 5}, {"kind": [], "view": "v"}]
)
def test_nonsense_changes_nothing(content: Any) -> None:
    bar = Bar()
    bar.hear(content, [])
    assert bar.sent == []

"""The picture beside a live plot, without a browser: when it is published, and when with a PNG."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import IPython
import pytest

from mqttwidgets.jupyter.page_services import Rasterizer
from mqttwidgets.jupyter.static_output import StaticOutput
from mqttwidgets.plot.snapshot import Snapshot

PNG = b"\x89PNG\r\n\x1a\n"


class Asking(Rasterizer):
    """One that hears what a page sends, on a loop whose time a test has pass."""

    def __init__(self) -> None:
        self.asked = 0
        self._later: list[Callable[[], object]] = []
        super().__init__(lambda action: action(), lambda _delay_s, action: self._later.append(action))

    @property
    def is_open(self) -> bool:
        """Whether pages know it."""
        return self.comm is not None

    def send(self, content: Any, buffers: Any = None) -> None:
        self.asked = content["number"]

    def hear(self, content: Any, png: bytes = PNG) -> None:
        """Take a message of a page."""
        self._handle_custom_msg(content, [memoryview(png)])

    def answer(self) -> None:
        """Take the PNG that was asked for last."""
        self.hear({"kind": "raster", "number": self.asked})

    def pass_time(self) -> None:
        """Have the loop do all that it was to do later."""
        while self._later:
            self._later.pop(0)()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """A notebook: (line of text, with a PNG or not) of each picture that is published in it."""
    published: list[tuple[str, bool]] = []

    def publish(bundle: dict[str, str], **options: Any) -> None:
        if "transient" in options:
            assert options["update"] is bool(published)
            published.append((bundle["text/plain"], "image/png" in bundle))

    events = SimpleNamespace(register=lambda *_: None, unregister=lambda *_: None)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=None, events=events))
    monkeypatch.setattr("IPython.display.publish_display_data", publish)
    return published


def keepsake(rasterizer: Rasterizer) -> StaticOutput:
    """One whose pictures are numbered."""
    at = datetime(2026, 3, 1, tzinfo=timezone.utc)
    numbers = iter(range(100))
    return StaticOutput(lambda: Snapshot("<svg/>", f"{next(numbers)}", "Oven", at), rasterizer.rasterize)


def test_a_picture_with_a_png_gives_way_only_to_another_one(notebook: list[tuple[str, bool]]) -> None:
    asking = Asking()
    kept = keepsake(asking)
    kept.show({}, 0.0)
    assert notebook == [("0", False)], "at once, whether a page answers or not"
    asking.answer()
    kept.refresh(1.0)
    kept.refresh(2.0)
    assert notebook[1:] == [("0", True)]
    asking.answer()
    asking.pass_time()
    assert notebook[2:] == [("2", True)]


def test_a_picture_comes_without_a_png_when_no_page_answers_any_more(notebook: list[tuple[str, bool]]) -> None:
    asking = Asking()
    kept = keepsake(asking)
    kept.show({}, 0.0)
    asking.answer()
    kept.refresh(1.0)
    asking.pass_time()
    assert notebook[2:] == [("1", False)]
    kept.refresh(2.0)
    assert notebook[3:] == [("2", False)], "at once, as there is no PNG to lose"
    asking.pass_time()
    asking.answer()
    assert notebook[4:] == [], "too late"
    kept.refresh(3.0)
    asking.answer()
    assert notebook[4:] == [("3", False), ("3", True)]


def test_a_png_of_an_earlier_picture_comes_too_late(notebook: list[tuple[str, bool]]) -> None:
    asking = Asking()
    at = datetime(2026, 3, 1, tzinfo=timezone.utc)
    pictures = [Snapshot("<svg/>", "lines", "Oven", at), Snapshot("<svg/>", "none", "Oven", at, has_lines=False)]
    kept = StaticOutput(lambda: pictures.pop(0), asking.rasterize)
    kept.show({}, 0.0)
    kept.refresh(1.0)
    asking.answer()
    asking.pass_time()
    assert notebook == [("lines", False), ("none", False)]


@pytest.mark.parametrize("is_answered", [True, False])
def test_the_last_picture_is_completed_after_the_end(notebook: list[tuple[str, bool]], is_answered: bool) -> None:
    asking = Asking()
    kept = keepsake(asking)
    kept.show({}, 0.0)
    asking.answer()
    kept.refresh(1.0)
    kept.close()
    asking.finish()
    assert asking.is_open
    if is_answered:
        asking.answer()
    else:
        asking.pass_time()
    assert notebook[2:] == [("1", is_answered)]
    assert not asking.is_open


def test_without_a_notebook_nothing_is_awaited_at_the_end() -> None:
    asking = Asking()
    asking.finish()
    assert not asking.is_open


def test_a_png_is_taken_when_it_is_the_one_that_was_asked_for() -> None:
    asking = Asking()
    drawn: list[bytes] = []
    for _ in range(2):
        asking.rasterize("a plot", "<svg/>", 50_000, drawn.append)
    for content in (None, {}, {"kind": "raster"}, *({"kind": "raster", "number": number} for number in (1, "2"))):
        asking.hear(content)
    asking.hear({"kind": "raster", "number": 2}, b"<html>")
    assert not drawn
    for _ in range(2):
        asking.answer()
    assert drawn == [PNG]

"""Messages of a page that are none, or are forged: nothing raises, and nothing but what is meant has an effect."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anywidget
import ipywidgets as widgets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqttwidgets import LiveSensorPlot
from mqttwidgets.base.log import legible
from mqttwidgets.jupyter.controls import Controls
from mqttwidgets.jupyter.frame_link import FrameLink, Pages, Report
from mqttwidgets.jupyter.page_services import BrowserInfo, Rasterizer
from mqttwidgets.jupyter.widget_tree import parts

from ...support.feeding import feed

START = 1_790_000_000.0
HOSTILE: list[Any] = [
    *(None, True, False, 0, -1, 0.5, 10**400, -(10**400), 2**31, 2**63, 1e308, 1e16, 7e9, START, START + 9),
    *(float("nan"), float("inf"), float("-inf"), "", "1", "a\u202eb\x1b[2J\n", "\ud800", 5000 * "x", "../../x"),
    *([], {}, [1], [1, 2], [2, 1], [START, START + 5], [-1e300, 1e300], [None, 1], [[]], {"a": 1}, {"": [0, 1]}),
    *({"a": [0, 1]}, {"a": [0, 10**400]}, ["a"], 2_000 * ["a"], 2_000 * [7], "live", "start", "end", "UTC", "."),
]
KINDS = [
    "look",
    "live",
    "select",
    "ask",
    "choice",
    "hello",
    "report",
    "viewer",
    "raster",
    "picture",
    "table",
    "more",
    "choose",
    "enter",
    "run",
]
VALID: list[dict[str, Any]] = [
    {"kind": "look", "span": [START, START + 5], "values": {}, "number": 1},
    {"kind": "look", "span": None, "values": {"scale": [0, 1]}, "number": 2},
    {"kind": "live", "scales": ["scale"], "number": 3},
    {"kind": "select", "span": [START, START + 5], "edge": "start", "number": 4},
    {"kind": "ask", "number": 1, "time": START, "reach_s": 1, "steps": 1, "start": START, "end": START + 5},
    {"kind": "choice", "ids": [0], "number": 1, "shown": True},
    {"kind": "choose", "entry": "window", "text": "5 s"},
    {"kind": "run", "wanted": True},
    {"kind": "viewer", "time_zone": "Europe/Berlin", "utc_offset_minutes": 60},
    {
        "kind": "report",
        "page": "p",
        "shown": {"figure": 860},
        "seconds": 1.0,
        "received": 5,
        "painted": 5,
        "wait_s": 0.0,
        "delay_s": 0.0,
    },
]
NAMES = [
    *(
        "span",
        "values",
        "scales",
        "edge",
        "number",
        "time",
        "reach_s",
        "steps",
        "start",
        "end",
        "ids",
        "shown",
        "view",
    ),
    *("page", "seconds", "received", "painted", "wait_s", "delay_s", "time_zone", "utc_offset_minutes"),
]
values = st.sampled_from(HOSTILE) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
messages = st.builds(
    lambda kind, rest: {"kind": kind, **rest},
    st.sampled_from([*KINDS, "cancel", *HOSTILE]),
    st.dictionaries(st.sampled_from(NAMES), values, max_size=9),
)
buffers = st.lists(st.binary(max_size=9) | st.just(b"\x89PNG\r\n\x1a\n" + 99 * b"\0"), max_size=2)


@pytest.fixture(scope="module")
def plot() -> Iterator[LiveSensorPlot]:
    """A plot with samples, and its list of fields open."""
    plot = LiveSensorPlot("lab/oven", "mqtt://127.0.0.1:9", autostart=False)
    feed(plot.stream, "lab/oven", *map(float, range(20)), start=START)
    plot.draw(START + 20)
    yield plot
    plot.close()


@pytest.fixture(scope="module")
def listeners(plot: LiveSensorPlot) -> Iterator[list[widgets.Widget]]:
    """All widgets of ours in a plot, and those that are never displayed; ipywidgets' own guard themselves."""
    others = [value for value in vars(plot).values() if isinstance(value, widgets.Widget)]
    found = [each for each in parts([plot, *others]) if isinstance(each, anywidget.AnyWidget)]
    link = FrameLink()
    yield [*found, link, BrowserInfo(), Rasterizer(lambda action: action(), None)]
    link.close()


def said(content: object, blobs: list[bytes]) -> dict[str, Any]:
    """A message as the kernel gets it; NaN and infinities pass through JSON as Python writes and reads it."""
    custom = json.loads(json.dumps({"method": "custom", "content": content}))
    return {"content": {"data": custom}, "buffers": [memoryview(blob) for blob in blobs]}


@contextmanager
def nothing_logged() -> Iterator[None]:
    """Within it nothing is to be warned of: ipywidgets logs what a handler raises."""
    logged: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = logged.append  # type: ignore[method-assign, assignment]
    loggers = [logging.getLogger(name) for name in ("mqttwidgets", "traitlets")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    assert [record.getMessage() for record in logged if record.levelno >= logging.WARNING] == []


@given(content=messages | values, blobs=buffers)
def test_no_message_raises(
    listeners: list[widgets.Widget], plot: LiveSensorPlot, content: object, blobs: list[bytes]
) -> None:
    with nothing_logged():
        for widget in listeners:
            widget._handle_msg(said(content, blobs))  # noqa: SLF001 - as the kernel hands it over
        plot.draw(START + 21)


@pytest.mark.parametrize("valid", VALID, ids=lambda valid: str(valid["kind"]))
def test_no_message_with_one_thing_wrong_raises(
    listeners: list[widgets.Widget], plot: LiveSensorPlot, valid: dict[str, Any]
) -> None:
    wrong = [{**valid, name: value} for name in valid for value in HOSTILE]
    wrong += [{name: valid[name] for name in valid if name != left_out} for left_out in valid]
    with nothing_logged():
        for message in wrong:
            for widget in listeners:
                widget._handle_msg(said(message, []))  # noqa: SLF001 - as the kernel hands it over
        plot.draw(START + 21)


def test_a_png_is_no_larger_than_was_asked_for() -> None:
    drawn: list[bytes] = []
    asking = Rasterizer(lambda action: action(), None)
    asking.rasterize("a plot", "<svg/>", 1_000, drawn.append)
    png = b"\x89PNG\r\n\x1a\n"
    for size, count in ((1_001, 0), (50 * 1024**2, 0), (1_000, 1)):
        asking._handle_msg(said({"kind": "raster", "number": 1}, [png.ljust(size, b"\0")]))  # noqa: SLF001
        assert len(drawn) == count
    asking.close()


def test_forged_pages_take_no_memory() -> None:
    audience = Pages(clock=lambda: 0.0)
    for number in range(1_000):
        audience.note(Report(f"page {number}", {f"figure {number}": 860}, 1.0, 0, 0, 0.0, 0.0))
    assert sorted(audience.shown()) == sorted(f"figure {number}" for number in range(900, 1_000))


def controls_of(**callbacks: Any) -> Controls:
    """Controls that call these, and nobody else."""
    others = dict.fromkeys(("on_topic", "on_window", "on_paused", "on_running", "on_fields"), lambda _value: None)
    return Controls(**{**others, **callbacks})


def test_topics_are_offered_with_what_is_invisible_spelt_out() -> None:
    entered: list[str] = []
    controls = controls_of(on_topic=entered.append)
    topic = "a\u202eb\x1b[2J\n"
    shown = "a\\u202eb\\x1b[2J\\n"
    controls.offer_topics([topic])
    assert controls.topics == [shown]
    controls._handle_msg(said({"kind": "choose", "entry": "topic", "text": shown}, []))  # noqa: SLF001
    assert entered == [topic], "what is chosen is the topic itself"
    assert controls.topic == shown


def test_a_fixed_topic_is_not_changed_by_any_page() -> None:
    controls = controls_of(on_topic=None)
    controls.show("topic", "home/#")
    controls.offer_topics(["$SYS/broker/version"])
    assert controls.topics == []
    for text in ("$SYS/#", "$SYS/broker/version", 7, None, ["#"]):
        for kind in ("enter", "choose"):
            controls._handle_msg(said({"kind": kind, "entry": "topic", "text": text}, []))  # noqa: SLF001
    controls.set_state({"topic": "$SYS/#", "is_topic_fixed": False, "topics": ["$SYS/#"], "running": False})
    assert (controls.topic, controls.topics, controls.running) == ("home/#", [], True)
    assert controls.is_topic_fixed


def test_a_page_sets_no_text_that_could_not_be_sent_back() -> None:
    entered: list[str] = []
    controls = controls_of(on_topic=entered.append, on_window=entered.append)
    for text in ("\ud800", "x" * 70_000):
        controls._handle_msg(said({"kind": "enter", "entry": "window", "text": text}, []))  # noqa: SLF001
    controls.set_state({"window": "\ud800" * 9, "paused": "yes", "fields_open": 1})
    assert entered == ["\ud800"], "the plot says what is wrong with it"
    assert (controls.window, controls.paused, controls.fields_open) == ("\\ud800", False, False)


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "choose", "entry": "window", "text": 5},
        {"kind": "enter", "entry": "window", "text": 5},
        {"kind": "enter", "entry": "title", "text": "5 s"},
        {"kind": "choose", "entry": ["window"], "text": "5 s"},
        {"kind": "choose", "entry": "stream", "text": "5 s"},
        {"kind": "choose", "entry": "topic", "text": "never offered"},
        {"kind": "run", "wanted": 1},
        {"kind": "run"},
        ["run"],
    ],
)
def test_what_is_no_message_of_the_controls_changes_nothing(content: Any) -> None:
    done: list[object] = []
    controls = controls_of(on_topic=done.append, on_window=done.append, on_running=done.append)
    controls._handle_msg(said(content, []))  # noqa: SLF001
    assert done == []


def test_the_text_of_an_error_forges_no_line_of_the_log() -> None:
    def fails() -> None:
        raise ValueError("\nERROR forged\x1b[2J \u202e")

    try:
        try:
            fails()
        except ValueError as error:
            raise KeyError("\r\n2026-01-01 forged") from error
    except KeyError as error:
        shown = legible(error)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert [line for line in shown.split("\n") if line.startswith(("ERROR", "2026"))] == []
    assert "The above exception was the direct cause" in shown
    assert 'raise ValueError("' in shown

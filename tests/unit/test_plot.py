"""LiveSensorPlot without a browser: options, traits, what it sends, what it leaves behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import threading
import time
import warnings
import weakref
from datetime import timedelta
from typing import Any

import ipywidgets
import numpy as np
import pytest
import traitlets

import mqttwidgets as mw
from mqttwidgets import InvalidValueError, LiveSensorPlot, SensorStream, UnknownKeywordError
from mqttwidgets.widgets.viewer import time_zone

from ..waiting import wait_for
from .feeding import feed


def widgets_alive() -> int:
    """How many widgets this process holds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return len(ipywidgets.Widget.widgets)


def plot_of(topic: str | list[str] = "#", **options: Any) -> LiveSensorPlot:
    """A plot that does not connect."""
    return LiveSensorPlot(topic, autostart=False, **options)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"topic": "a/#/b"}, "'#' stands alone"),
        ({"topic": None}, "needs a topic"),
        ({"topic": []}, "empty list"),
        ({"broker": "nonsense"}, "Did you mean"),
        ({"window": "soon"}, "'30 s', '5 min'"),
        ({"fps": 0}, "a number above 0"),
        ({"fps": "fast"}, "a number above 0"),
        ({"paused": "yes"}, "True or False"),
        ({"title": 5}, "a text or None"),
        ({"decoder": "csv"}, "'auto', a Decoder or a function"),
        ({"history": 0}, "at least 2"),
        ({"stream": "x", "topic": None}, "a SensorStream"),
        ({"stream": SensorStream("a"), "topic": "b"}, "leave out what belongs to the stream: topic"),
        ({"stream": SensorStream("a"), "topic": None, "qos": 1}, "leave out what belongs to the stream: qos"),
    ],
)
def test_a_wrong_option_raises_at_once_and_leaves_nothing(options: dict[str, Any], hint: str) -> None:
    before = widgets_alive()
    with pytest.raises(InvalidValueError, match=hint):
        LiveSensorPlot(**{"topic": "a", "autostart": False, **options})
    assert widgets_alive() == before


def test_an_unknown_keyword_is_refused_with_its_neighbour() -> None:
    with pytest.raises(UnknownKeywordError, match="did you mean 'window'"):
        LiveSensorPlot("a", windwo=5)


def test_what_belongs_to_the_stream_has_the_streams_defaults() -> None:
    plot, stream = (inspect.signature(thing).parameters for thing in (LiveSensorPlot, SensorStream))
    shared = (plot.keys() & stream.keys()) - {"topic", "unknown"}
    assert shared == {"broker", "decoder", "fields", "history", "max_series", "qos"}
    assert {name: plot[name].default for name in shared} == {name: stream[name].default for name in shared}


def test_traits_refuse_what_is_wrong_and_keep_the_old_value() -> None:
    plot = plot_of("a/#", window="30 s")
    for trait, wrong in (("topic", "a/#/b"), ("topic", 5), ("window", "soon"), ("window", 0), ("paused", "yes")):
        before = getattr(plot, trait)
        with pytest.raises(traitlets.TraitError):
            setattr(plot, trait, wrong)
        assert getattr(plot, trait) == before
    with pytest.raises(ValueError, match="'30 s'"):
        plot.window = "soon"
    for name in ("status", "status_text"):
        with pytest.raises(traitlets.TraitError):
            setattr(plot, name, "live")
    plot.close()


def test_traits_take_every_accepted_form() -> None:
    plot = plot_of(["a/#", "b"], window=timedelta(minutes=5))
    assert plot.topic == ["a/#", "b"]
    plot.topic = ("c", "d")
    assert plot.stream.topic == ["c", "d"]
    plot.window = 100
    plot.window = "2 h"
    assert plot.window == "2 h"
    plot.close()


def test_drawing_sends_lines_once_and_only_when_something_is_new() -> None:
    plot = plot_of(window=100)
    feed(plot.stream, "a", 1.0, 2.0)
    feed(plot.stream, "b", 3.0)
    assert plot.draw(1000.0) > 0
    assert [mark.labels for mark in plot.figure.marks] == [["a"], ["b"]]
    np.testing.assert_array_equal(plot.figure.marks[0].y, [1.0, 2.0])
    assert plot.figure.marks[0].x.dtype == np.float64
    assert plot.draw(1000.2) == 0
    feed(plot.stream, "a", 4.0, start=2.0)
    assert plot.draw(1000.4) > 0
    np.testing.assert_array_equal(plot.figure.marks[0].y, [1.0, 2.0, 4.0])
    plot.close()


def test_fps_holds_frames_back() -> None:
    plot = plot_of(fps=2)
    feed(plot.stream, "a", 1.0)
    assert plot.draw(1000.0) > 0
    feed(plot.stream, "a", 2.0)
    assert plot.draw(1000.4) == 0
    assert plot.draw(1000.6) > 0
    plot.close()


def test_several_plots_over_one_stream() -> None:
    stream = SensorStream("#")
    first, second = (LiveSensorPlot(stream=stream, autostart=False, window=window) for window in (100, 2))
    feed(stream, "a", 1.0, 2.0, 3.0)
    for plot in (first, second):
        plot.draw(1000.0)
    assert [len(plot.figure.marks[0].y) for plot in (first, second)] == [3, 2]
    first.close()
    assert second.stream is stream
    second.close()


def test_plots_of_one_stream_follow_its_topic() -> None:
    stream = SensorStream("a/#")
    first, second = (LiveSensorPlot(stream=stream, autostart=False) for _ in range(2))
    first.topic = "b/#"
    second.draw(1000.0)
    assert (stream.topic, second.topic) == ("b/#", "b/#")
    second.topic = "a/#"
    first.draw(1000.0)
    assert first.topic == "a/#"
    first.close()
    second.close()


def test_status_is_right_at_once() -> None:
    plot = LiveSensorPlot("a", "mqtt://127.0.0.1:1", autostart=False)
    assert (plot.status, repr(plot)) == ("stopped", "LiveSensorPlot('a', stopped)")
    plot.start()
    assert plot.status in ("connecting", "offline")
    plot.stop()
    assert (plot.status, plot.status_text) == ("stopped", "Stopped. Start subscribes again.")
    plot.close()
    assert repr(plot) == "LiveSensorPlot('a', closed)"


def test_observers_hear_of_each_change_of_status() -> None:
    plot = LiveSensorPlot("a", "mqtt://127.0.0.1:1", autostart=False)
    heard: list[tuple[str, str]] = []
    plot.observe(lambda change: heard.append((change["old"], change["new"])), "status")
    plot.start()
    wait_for(lambda: plot.status == "offline")
    plot.draw(time.time() + 60)
    plot.stop()
    plot.draw(time.time() + 120)
    assert heard[-1] == ("offline", "stopped")
    assert [new for _, new in heard[:-1]] == [old for old, _ in heard[1:]]
    plot.close()


def test_a_clock_that_is_set_back_does_not_stop_the_picture() -> None:
    plot = plot_of(window=100)
    feed(plot.stream, "a", 1.0)
    plot.draw(10_000.0)
    feed(plot.stream, "a", 2.0, start=2.0)
    assert plot.draw(6_400.0) > 0
    plot.close()


def test_numbers_of_any_length_in_the_window_entry() -> None:
    plot = plot_of()
    with pytest.raises(InvalidValueError, match="from 2"):
        plot.window = "9" * 5000
    with pytest.raises(InvalidValueError, match="from 2"):
        plot.window = f"{'9' * 400} samples"
    plot.close()


def test_closing_leaves_no_widget_and_no_reference() -> None:
    plot_of().close()
    before = widgets_alive()
    plot = plot_of()
    feed(plot.stream, "a", 1.0)
    plot.draw(1000.0)
    plot.close()
    plot.close()
    plot.stop()
    plot.start()
    assert widgets_alive() == before
    kept = weakref.ref(plot)
    del plot
    gc.collect()
    assert kept() is None


def test_no_secret_in_any_trait() -> None:
    plot = LiveSensorPlot("a", "mqtt://me:canary@127.0.0.1:1", autostart=False)
    page = json.dumps(ipywidgets.Widget.get_manager_state(), default=str)
    assert "mqttwidgets-plot" in page
    assert "canary" not in f"{plot!r} {plot} {plot.trait_values()} {plot.stream!r} {vars(plot)} {page}"
    plot.close()


def test_commands_from_other_threads_act_on_the_loop() -> None:
    async def main() -> None:
        plot = plot_of(window=100)
        feed(plot.stream, "a", 1.0, 2.0)

        def command() -> None:
            plot.window = 2
            plot.paused = True
            plot.topic = "a"

        thread = threading.Thread(target=command)
        thread.start()
        await asyncio.to_thread(thread.join)
        assert (plot.window, plot.topic) == (2, "a")
        feed(plot.stream, "a", 3.0, start=2.0)
        plot.draw(time.time() + 60)
        assert [len(mark.y) for mark in plot.figure.marks] == [2]
        plot.paused = False
        plot.draw(time.time() + 120)
        np.testing.assert_array_equal(plot.figure.marks[0].y, [2.0, 3.0])
        plot.close()

    asyncio.run(main())


def test_the_viewers_time_zone() -> None:
    assert time_zone("Australia/Adelaide", 0) is not None
    assert time_zone("../../etc/passwd", None) is None
    assert time_zone("", 10**9) is None
    zone = time_zone("Nowhere/Atall", -210)
    assert zone is not None
    assert zone[1] == "UTC-03:30"


def test_the_widget_is_imported_when_it_is_asked_for() -> None:
    assert mw.LiveSensorPlot is LiveSensorPlot
    assert "LiveSensorPlot" in dir(mw)
    with pytest.raises(AttributeError, match="no attribute 'LivePlot'"):
        mw.LivePlot  # noqa: B018

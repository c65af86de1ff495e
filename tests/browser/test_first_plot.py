"""From a broker to lines on a page: what a person sees after running one cell."""

from __future__ import annotations

import re
import time

from ..support.lab import TIME_ZONE
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.waiting import wait_for
from .conftest import OpenNotebook
from .plot_page import PlotPage, assert_ledger_adds_up, plot_cells

ROOMS = ("kitchen", "cellar", "attic")


def test_three_topics_under_one_wildcard_give_three_lines(
    mosquitto: Mosquitto, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(plot_cells("home/+/temperature", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(mosquitto.port, [(f"home/{room}/temperature", f"{20 + n}.5") for n in range(3) for room in ROOMS])

    plot.wait_for_lines(3)
    assert plot.legend() == {"kitchen": "22.5", "cellar": "22.5", "attic": "22.5"}
    assert len(set(plot.colors())) == 3
    assert "3 series" in plot.footer()
    assert "9 received" in plot.footer()
    assert TIME_ZONE.split("/")[1] in plot.figure.inner_text()
    assert notebook.errors == []


def test_the_path_changes_as_messages_arrive(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("lab/oven", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    publisher = PublisherProcess(
        mosquitto.port, [("lab/oven", f"Temperature: {180 + n % 7}.5 °C") for n in range(2000)], rate_hz=20
    )
    try:
        plot.wait_for_lines(1)
        for _ in range(10):
            plot.wait_for_another_picture()
    finally:
        publisher.stop()
    assert "°C" in plot.figure.inner_text()
    assert notebook.errors == []


# Notes what stands at the ticks of the time axis whenever something there changes.
_WATCH_TICKS = """(figure) => {
    window.tickTexts = new Set();
    const note = () => figure.querySelectorAll('.axis[text-anchor="middle"] .tick text').forEach(
        (text) => window.tickTexts.add(text.textContent));
    new MutationObserver(note).observe(figure, {subtree: true, childList: true, characterData: true});
    note();
}"""


def test_the_time_axis_shows_clock_times_at_every_moment(
    mosquitto: Mosquitto, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(plot_cells("lab/oven", mosquitto, options="window='5 s'"))
    notebook.run_all()
    plot = PlotPage(notebook)
    publisher = PublisherProcess(mosquitto.port, [("lab/oven", str(n % 9)) for n in range(2000)], rate_hz=20)
    try:
        plot.wait_for_lines(1)
        plot.figure.evaluate(_WATCH_TICKS)
        wait_for(lambda: notebook.page.evaluate("window.tickTexts.size") >= 12, timeout_s=30, what="a dozen ticks")
        texts = notebook.page.evaluate("[...window.tickTexts]")
    finally:
        publisher.stop()
    _assert_clock_times(texts)


def test_the_time_axis_shows_clock_times_on_a_page_that_stands_still_at_times(
    mosquitto: Mosquitto, open_notebook: OpenNotebook
) -> None:
    notebook = open_notebook(plot_cells("lab/oven", mosquitto, options="window='5 s'"))
    notebook.run_all()
    plot = PlotPage(notebook)
    publisher = PublisherProcess(mosquitto.port, [("lab/oven", str(n % 9)) for n in range(2000)], rate_hz=20)
    try:
        plot.wait_for_lines(1)
        plot.figure.evaluate(_WATCH_TICKS)
        for _ in range(6):
            notebook.page.evaluate("() => { const end = Date.now() + 2500; while (Date.now() < end); }")
            plot.wait_for_another_picture()
        texts = notebook.page.evaluate("[...window.tickTexts]")
    finally:
        publisher.stop()
    _assert_clock_times(texts)


def _assert_clock_times(texts: list[str]) -> None:
    assert len(texts) >= 12
    assert [text for text in texts if text and not re.fullmatch(r"\d\d:\d\d:\d\d", text)] == []


def test_to_pandas_holds_exactly_what_was_published(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("home/+/temperature", mosquitto, options="window=100"))
    notebook.run_all()
    PlotPage(notebook).wait_for_status("live")
    sent = publish(
        mosquitto.port, [(f"home/{ROOMS[n % 3]}/temperature", f"{n * 0.37:.6f}") for n in range(3000)], qos=1
    )

    wait_for(lambda: notebook.value("plot.ledger.received") == 3000, what="all messages")
    table = notebook.value("plot.to_pandas()[['topic', 'field', 'value', 'unit']].values.tolist()")
    for room in ROOMS:
        topic = f"home/{room}/temperature"
        assert [row for row in table if row[0] == topic] == [
            [topic, "", float(payload), ""] for sent_topic, payload in sent if sent_topic == topic
        ]
    assert_ledger_adds_up(notebook)


def test_a_busy_cell_loses_nothing(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    cells = [*plot_cells("fast/#", mosquitto), "import time; time.sleep(12)"]
    notebook = open_notebook(cells)
    notebook.run_cell(0)
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    notebook.run_cell(1, wait=False)
    publisher = PublisherProcess(mosquitto.port, [("fast/sensor", str(n)) for n in range(9_000)], rate_hz=1000)
    publisher.wait()
    assert notebook.page.locator(".jp-CodeCell").nth(1).inner_text().startswith("[*]")

    notebook.wait_until_idle()
    assert notebook.value("plot.to_pandas().value.astype(int).tolist()") == list(range(9_000))
    wait_for(lambda: "9,000 received" in plot.footer(), what="the footer to catch up")
    assert_ledger_adds_up(notebook)


_WATCH_PAUSES = """() => {
    window.longestPauseMs = 0;
    let last = performance.now();
    const look = (now) => {
        window.longestPauseMs = Math.max(window.longestPauseMs, now - last);
        last = now;
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


def test_a_storm_of_retained_messages_is_no_flood_for_the_page(
    mosquitto: Mosquitto, open_notebook: OpenNotebook
) -> None:
    publish(mosquitto.port, [(f"home/{n}", str(n)) for n in range(20_000)], retain=True)
    notebook = open_notebook(plot_cells("yard/#", mosquitto))
    traffic = notebook.traffic
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    notebook.page.evaluate(_WATCH_PAUSES)
    notebook.run("plot.topic = 'home/#'")
    plot.wait_for_lines(50)
    wait_for(lambda: "50 of 20,000 series" in plot.footer(), timeout_s=60, what="all to be read")
    assert "20,000 received" in plot.footer()
    assert "not read yet" not in plot.footer()
    longest_ms = notebook.page.evaluate("window.longestPauseMs")
    print(
        f"the page stood still for {longest_ms:.0f} ms at most; {traffic.frames} frames, {traffic.others} others"
    )
    assert traffic.frames + traffic.others < 1_000
    assert longest_ms < 5_000, "a machine that is busy excuses no more: else it is a quarter of a second"


def test_a_broker_that_comes_back_after_ten_seconds(mosquitto: Mosquitto, open_notebook: OpenNotebook) -> None:
    notebook = open_notebook(plot_cells("lab/oven", mosquitto))
    notebook.run_all()
    plot = PlotPage(notebook)
    plot.wait_for_status("live")
    publish(mosquitto.port, [("lab/oven", str(n)) for n in range(20)])
    plot.wait_for_lines(1)
    mosquitto.stop()
    stopped_at = time.monotonic()
    plot.wait_for_status("offline")
    wait_for(lambda: "nothing listens at 127.0.0.1" in plot.notice(), what="the reason in words")
    wait_for(lambda: "Next try in" in plot.notice(), what="the next try to be announced")
    wait_for(lambda: time.monotonic() - stopped_at > 10, timeout_s=15)

    mosquitto.start()
    began = time.monotonic()
    publisher = PublisherProcess(mosquitto.port, [("lab/oven", str(n)) for n in range(400)], rate_hz=20)
    try:
        plot.wait_for_status("live")
        longest_s = (began - stopped_at) / 4
        assert time.monotonic() - began < longest_s + 3, "it waits for a quarter of the outage at most"
        wait_for(lambda: plot.paths()[0].count("M") == 2, timeout_s=15, what="a line in two parts")
    finally:
        publisher.stop()
    assert notebook.value("[cut := next(iter(plot.stream.series.values())).cut(), cut.gaps.tolist()][1]") == [20]
    assert_ledger_adds_up(notebook)

"""One peer drawing in one notebook, measured from outside: by the page's own clock and counters, and the kernel's."""

from __future__ import annotations

import importlib
import json
import statistics
import time
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import BrowserContext, Page

from benchmarks.chromium import Chromium
from benchmarks.peers.feeding import IDLE_S, LEVELS, WARM_UP_S, Setting
from benchmarks.proc import session_cpu_s
from tests.lab import Lab, Notebook

_PROBE = Path(__file__).parent / "peers" / "probe.js"
_SLACK_S = 2.0
_CELL = """from benchmarks.peers import {peer}, feeding
setting = feeding.Setting{setting}
peer = {peer}.Peer(setting)
feeder = feeding.Feeder(peer, setting)"""
_OUT_OF_SIGHT = """() => [...document.querySelectorAll('.jp-OutputArea-output canvas, .jp-OutputArea-output svg')]
    .map((element) => element.getBoundingClientRect())
    .filter((box) => box.width > 100 && (box.bottom > innerHeight || box.right > innerWidth || box.top < 0)).length"""


class Figures(NamedTuple):
    """What was measured; a frame is one set in the kernel.

    Attributes:
        sent_fps: frames a second that the kernel set.
        bytes_a_frame: received at the page's websocket, less what an idle page receives.
        messages_a_frame: the same in messages.
        replies_a_frame: messages that the page sent.
        kernel_ms_a_frame: the kernel's CPU time, less that of the same feeding without a peer.
        painted_fps: animation frames a second in which a plot's picture changed, the mean of all plots.
        latency_ms: from the setting of a frame to the end of the animation frame that shows it, of each painted.
        browser_ms_a_frame: the whole browser's CPU time, of each frame painted of all plots together.
        heap_mb: of the page after a collection, before and after.
        plots_seen: how many plots changed at all.
    """

    sent_fps: float
    bytes_a_frame: float
    messages_a_frame: float
    replies_a_frame: float
    kernel_ms_a_frame: float
    painted_fps: float
    latency_ms: list[float]
    browser_ms_a_frame: float
    heap_mb: tuple[float, float]
    plots_seen: int


def measure(lab: Lab, chromium: Chromium, peer: str, setting: Setting, seconds: float) -> Figures:
    """Draw for `seconds` in a notebook of its own, and measure."""
    with chromium.attached() as browser:
        page = browser.new_page()
        page.add_init_script(path=_PROBE)
        notebook = Notebook(lab, page, [_CELL.format(peer=peer, setting=tuple(setting))])
        _make_room(notebook)
        notebook.run_all()
        _check(notebook, page)
        page.evaluate(f"() => {{ {_watch(peer, setting)}; }}")
        heap_mb = [_heap_mb(browser, page)]
        notebook.run(f"feeder.start({seconds})")
    time.sleep(IDLE_S + WARM_UP_S + _SLACK_S)
    began, cpu_s = time.time(), session_cpu_s(chromium.pid)
    time.sleep(seconds - _SLACK_S / 2)
    browser_share = (session_cpu_s(chromium.pid) - cpu_s) / (time.time() - began)
    time.sleep(_SLACK_S)
    with chromium.attached() as browser:
        page = notebook.page = next(page for page in browser.pages if "/lab/tree/" in page.url)
        seen = page.evaluate("() => bench.report()")
        kernel = json.loads(notebook.run("import json; print(json.dumps(feeder.report()))"))
        heap_mb.append(_heap_mb(browser, page))
        hidden = page.evaluate(_OUT_OF_SIGHT)
        notebook.close()
        page.close()
    if hidden:
        raise RuntimeError(f"{hidden} pictures of {peer} are not wholly in sight: a smaller figure is needed")
    return _figures(seen, kernel, setting, browser_share, (heap_mb[0], heap_mb[1]))


def _make_room(notebook: Notebook) -> None:
    notebook.command("application:toggle-left-area")
    notebook.page.add_style_tag(content=".jp-Notebook .jp-InputArea { display: none !important; }")


def _check(notebook: Notebook, page: Page) -> None:
    """Raise what the cell raised."""
    outputs = ".jp-OutputArea-output:is([data-mime-type*='stderr'], [data-mime-type*='error'])"
    for error in page.locator(outputs).all_inner_texts():
        raise RuntimeError(error)


def _watch(peer: str, setting: Setting) -> str:
    code: str = importlib.import_module(f"benchmarks.peers.{peer}").WATCH
    return code.replace("PLOTS", str(setting.plots)).replace("WINDOW", str(setting.window))


def _heap_mb(browser: BrowserContext, page: Page) -> float:
    session = browser.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 1e6


def _figures(
    seen: dict[str, Any],
    kernel: dict[str, Any],
    setting: Setting,
    browser_share: float,
    heap_mb: tuple[float, float],
) -> Figures:
    span = kernel["spans"]["measured"]
    seconds, frames = span[1] - span[0], max(kernel["frames"]["measured"], 1)
    idle_frames = max(kernel["frames"]["idle"], 1)
    traffic = list(zip(*[iter(seen["traffic"])] * 5, strict=True))
    idle, busy = _traffic(traffic, kernel["spans"]["idle"]), _traffic(traffic, span)
    changes = list(zip(*[iter(seen["changes"])] * 3, strict=True))
    plots = [[(at / 1000, y) for at, plot, y in changes if plot == number] for number in range(setting.plots)]
    painted = [sum(span[0] <= at < span[1] for at, _ in plot) / seconds for plot in plots]
    latency_ms = [late for plot in plots for late in _latencies_ms(plot, kernel["set_at"], span)]
    return Figures(
        sent_fps=frames / seconds,
        bytes_a_frame=(busy["bytes"] - idle["bytes"]) * seconds / frames,
        messages_a_frame=(busy["received"] - idle["received"]) * seconds / frames,
        replies_a_frame=(busy["sent"] - idle["sent"]) * seconds / frames,
        kernel_ms_a_frame=(kernel["cpu_s"]["measured"] / frames - kernel["cpu_s"]["idle"] / idle_frames) * 1000,
        painted_fps=statistics.mean(painted),
        latency_ms=latency_ms,
        browser_ms_a_frame=browser_share / max(statistics.mean(painted), 0.1) * 1000,
        heap_mb=heap_mb,
        plots_seen=sum(bool(plot) for plot in plots),
    )


def _traffic(notes: list[tuple[float, ...]], span: tuple[float, float]) -> dict[str, float]:
    """Received messages and bytes, and sent messages, a second, over a span of epoch seconds."""
    within = [note for note in notes if span[0] <= note[0] / 1000 < span[1]]
    if len(within) < 2:
        raise RuntimeError("the page noted nothing: it hangs")
    seconds = (within[-1][0] - within[0][0]) / 1000
    return {
        name: (within[-1][place] - within[0][place]) / seconds
        for place, name in ((1, "received"), (2, "bytes"), (3, "sent"))
    }


def _latencies_ms(plot: list[tuple[float, float]], set_at: list[float], span: tuple[float, float]) -> list[float]:
    """How late each picture of a plot showed its newest frame.

    A picture tells its frame's number modulo LEVELS by where the line ends. Pictures come in order, so that a
    number goes on from the one before; the first picture shows the newest frame set by then.
    """
    heights = [y for at, y in plot if at > set_at[0]] if set_at else []
    if not heights or max(heights) == min(heights):
        return []
    low, high = max(heights), min(heights)  # px grow downwards
    late, number = [], -1
    for at, y in plot:
        if at <= set_at[0]:
            continue
        level = round((y - low) / (high - low) * (LEVELS - 1))
        if number < 0:
            newest = sum(moment < at for moment in set_at) - 1
            number = newest - (newest - level) % LEVELS
            if number < 0:
                number = -1
                continue
        else:
            number += (level - number) % LEVELS
        if span[0] <= at < span[1] and number < len(set_at):
            late.append((at - set_at[number]) * 1000)
    return late

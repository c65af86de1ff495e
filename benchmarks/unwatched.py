"""What is sent while nobody looks: a page behind another tab, then a page that is closed, beside plain bqplot.

    python -m benchmarks.unwatched [--seconds 60] [--plots 3] [--nodelay]

The messages of a hidden page are counted at its websocket, and begin to count five seconds after it was hidden,
by when a kernel may know. Of a closed page the kernel's messages wait in jupyter_server for the next one; it
says in its log how many it discards when the kernel ends. The memory is that of jupyter_server's process.
"""

from __future__ import annotations

import argparse
import re
import time
from typing import NamedTuple

from benchmarks.chromium import Chromium
from benchmarks.frames import open_notebook, rig, setting_for
from benchmarks.notebook_run import NotebookRun
from benchmarks.peers.feeding import IDLE_S, SETTLE_S, WARM_UP_S, Setting
from benchmarks.proc import memory_mb
from tests.support.lab import Lab
from tests.support.waiting import wait_for

_GRACE_S = 5.0
_WATCHED_S = 8.0
_FPS = 10
_LIMIT_S = 150.0


class Unwatched(NamedTuple):
    """What was measured.

    Attributes:
        watched_hz: messages a second while the page was looked at.
        hidden: messages while it was hidden.
        closed: messages that the server kept for a page to come.
        server_mb: the server's memory while watched, at the end of being hidden, and of being closed.
    """

    watched_hz: float
    hidden: int
    closed: int
    server_mb: tuple[float, float, float]


def measure(lab: Lab, chromium: Chromium, who: str, setting: Setting, seconds: float) -> Unwatched:
    """Have a peer draw while its page is watched, hidden and closed."""
    run = open_notebook(lab, chromium, who, setting)
    with run.attached() as notebook:
        notebook.run(f"feeder.start({_WATCHED_S + 2 * seconds + 120})")
    time.sleep(IDLE_S + SETTLE_S + WARM_UP_S + _WATCHED_S)
    watched_mb = memory_mb(lab.pid)
    _hide(run, chromium, seconds)
    hidden_mb = memory_mb(lab.pid)
    watched_hz, hidden = _while_hidden(run, seconds)
    kernel = lab.get("api/kernels")[-1]["id"]
    with run.attached() as notebook:
        notebook.page.close()
    time.sleep(seconds)
    closed_mb = memory_mb(lab.pid)
    return Unwatched(watched_hz, hidden, _discarded(lab, kernel), (watched_mb, hidden_mb, closed_mb))


def _hide(run: NotebookRun, chromium: Chromium, seconds: float) -> None:
    """Hide the page behind a tab; it notes when it was out of sight."""
    with run.attached() as notebook:
        notebook.page.evaluate(
            """() => { window.hidden = []; document.addEventListener('visibilitychange', () => {
                window.hidden.push(performance.timeOrigin + performance.now());
            }); }"""
        )
    with chromium.attached() as browser:
        browser.new_page().bring_to_front()
    time.sleep(_GRACE_S + seconds)
    with chromium.attached() as browser:
        next(page for page in browser.pages if page.url == "about:blank").close()


def _while_hidden(run: NotebookRun, seconds: float) -> tuple[float, int]:
    """Messages a second before the page was hidden, and messages from a while after."""
    with run.attached() as notebook:
        turns: list[float] = notebook.page.evaluate("() => window.hidden")
        noted = run.seen()[1]
    if not turns:
        raise RuntimeError("the page was never hidden")
    hidden_at = turns[0] / 1000
    before = [traffic for traffic in noted if hidden_at - _WATCHED_S / 2 < traffic.at < hidden_at]
    since = hidden_at + _GRACE_S
    after = [traffic for traffic in noted if since <= traffic.at < since + seconds - 1]
    watched_hz = (before[-1].received - before[0].received) / (before[-1].at - before[0].at)
    return watched_hz, int(after[-1].received - after[0].received)


def _discarded(lab: Lab, kernel: str) -> int:
    """End a kernel; how many messages of its the server had kept."""
    ended = lab.log().count("Kernel shutdown")
    lab.delete(f"api/kernels/{kernel}")
    wait_for(lambda: lab.log().count("Kernel shutdown") > ended, what="the kernel to end")
    kept = re.findall(rf"Discarding (\d+) buffered messages for {kernel}", lab.log())
    return int(kept[-1]) if kept else 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="hidden, and closed")
    parser.add_argument("--plots", type=int, default=3)
    parser.add_argument("--nodelay", action="store_true")
    options = parser.parse_args()
    print(f"{options.plots} plots × 2,000, {_FPS} frames a second; hidden and closed for {options.seconds:g} s\n")
    print("| who | messages/s watched | messages while hidden | kept while closed | server MB |")
    print("|---|---|---|---|---|")
    with rig(options.nodelay) as the_rig:
        for who in ("ours", "bqplot"):
            setting = setting_for(who, options.plots, 2000, _FPS, the_rig.mosquitto)
            with the_rig.browser(2 * options.seconds + _LIMIT_S) as chromium:
                found = measure(the_rig.lab, chromium, who, setting, options.seconds)
            memory = " → ".join(f"{mb:.0f}" for mb in found.server_mb)
            print(f"| {who} | {found.watched_hz:.0f} | {found.hidden} | {found.closed} | {memory} |", flush=True)


if __name__ == "__main__":
    main()

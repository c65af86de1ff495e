"""What a kernel goes through without a browser: cells run again and again, interrupts, and every way to end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..support import ipykernel_6
from ..support.black_hole import black_hole
from ..support.kernel import Kernel
from ..support.mosquitto import Mosquitto
from ..support.publishing import PublisherProcess, publish
from ..support.raw_broker import CONNACK, CONNECT, RawBroker, connack
from ..support.waiting import wait_for

PREPARATION = """
from mqttwidgets import LiveSensorPlot, SensorStream
import logging, os, threading, time, ipywidgets

said = []
handler = logging.Handler()
handler.emit = lambda record: said.append(record.getMessage())
logging.getLogger("mqttwidgets").handlers = [handler]

def counts():
    threads = sum(thread.name.startswith("mqttwidgets") for thread in threading.enumerate())
    return threads, len(ipywidgets.Widget.widgets), len(os.listdir("/proc/self/fd"))
"""

AFTERWARDS = """
for widget in list(ipywidgets.Widget.widgets.values()):
    if isinstance(widget, LiveSensorPlot):
        widget.close()
"""


@pytest.fixture(scope="module", params=["installed", *([] if ipykernel_6.IS_INSTALLED else ["ipykernel 6"])])
def packages(request: pytest.FixtureRequest) -> Path | None:
    """Where a kernel finds its ipykernel; None for the one that is installed."""
    return None if request.param == "installed" else request.getfixturevalue("old_ipykernel")


@pytest.fixture(scope="module")
def one_kernel(tmp_path_factory: pytest.TempPathFactory, packages: Path | None) -> Iterator[Kernel]:
    """A kernel for all tests that leave it running."""
    kernel = Kernel(tmp_path_factory.mktemp("kernel"), packages)
    is_old = kernel.value("__import__('ipykernel').version_info[0] == 6")
    assert is_old == (packages is not None or ipykernel_6.IS_INSTALLED)
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(one_kernel: Kernel) -> Iterator[Kernel]:
    """The kernel, with the names that tests use, and afterwards without a plot."""
    one_kernel.run(PREPARATION)
    yield one_kernel
    one_kernel.run(PREPARATION + AFTERWARDS)


def wait_for_status(kernel: Kernel, name: str, status: str = "live") -> None:
    """Wait until a plot or a stream of the kernel has a status."""
    wait_for(lambda: kernel.value(f"{name}.status") == status, what=f"{name} to be {status}")


def test_a_cell_run_fifty_times_is_one_plot_with_one_connection(kernel: Kernel, mosquitto: Mosquitto) -> None:
    cell = f"plot = LiveSensorPlot('home/#', {mosquitto.url!r})\nplot"
    kernel.run(cell, cell="a")
    wait_for_status(kernel, "plot")
    once = kernel.value("counts()")
    for _ in range(49):
        kernel.run(cell, cell="a")
    threads, widgets, files = kernel.value("counts()")
    assert [threads, widgets] == once[:2]
    assert files < once[2] + 10  # sockets among them; the kernel itself has now one more and now one less
    assert threads == mosquitto.connections_of_widgets() == 1
    publish(mosquitto.port, [("home/kitchen", "20")])
    wait_for(lambda: kernel.value("plot.ledger.stored") == 1)


def test_thirty_plots_are_no_flood_of_messages(kernel: Kernel, mosquitto: Mosquitto) -> None:
    """As a page drops some of too many, or is busy with them for long."""
    plots = f"[LiveSensorPlot(f'lab/{{number}}', {mosquitto.url!r}) for number in range(30)]"
    messages = kernel.messages_of(kernel.begin(f"thirty = ipywidgets.VBox({plots})\nthirty"))
    assert messages["display_data"] == 30
    assert 30 * 20 < messages["comm_open"] <= 30 * 30
    assert messages.total() <= 900, messages


def test_a_cell_run_again_tries_again(kernel: Kernel) -> None:
    """The admission that an administrator has granted meanwhile."""
    answers = [connack(5), CONNACK]

    def answer(packet: bytes) -> bytes:
        return answers.pop(0) if packet[0] == CONNECT else b""

    with RawBroker(answer) as broker:
        cell = f"plot = LiveSensorPlot('home/#', 'mqtt://me@127.0.0.1:{broker.port}')"
        kernel.run(cell, cell="a")
        wait_for_status(kernel, "plot", "refused")
        kernel.run(cell, cell="a")
        wait_for(lambda: not answers, what="another try")
        wait_for_status(kernel, "plot", "connecting")
        assert broker.connected == 2
        kernel.run("plot.close()")


def test_reset_ends_what_nobody_holds_and_leaves_what_a_page_shows(kernel: Kernel, mosquitto: Mosquitto) -> None:
    kernel.run(f"LiveSensorPlot('home/#', {mosquitto.url!r})", cell="a")
    kernel.run(f"stream = SensorStream('#', 'mqtt://me@127.0.0.1:{mosquitto.port}'); stream.start()")
    wait_for(lambda: mosquitto.widgets_connected() == 2)
    kernel.run("%reset -f")
    wait_for(lambda: mosquitto.widgets_connected() == 1, what="the stream to end with its last holder")
    kernel.run(PREPARATION)
    kernel.run(f"plot = LiveSensorPlot('home/#', {mosquitto.url!r})", cell="a")
    assert kernel.value("counts()")[0] == mosquitto.widgets_connected() == 1


def test_interrupts_stop_the_cell_and_nothing_else(kernel: Kernel, mosquitto: Mosquitto) -> None:
    kernel.run(f"plot = LiveSensorPlot('home/#', {mosquitto.url!r})\nplot", cell="a")
    wait_for_status(kernel, "plot")
    publisher = PublisherProcess(mosquitto.port, [("home/a", str(n)) for n in range(400)], rate_hz=400)
    for work in (
        "plot.to_pandas()",
        "plot.window = time.time_ns() % 100 + 2",
        "plot.draw(time.time())",
        "time.sleep(0.01)",
    ):
        request = kernel.begin(f"print('at it', flush=True)\nwhile True: {work}")
        kernel.wait_for_output(request)
        interrupt(kernel, request)
        os.kill(kernel.process.pid, signal.SIGINT)  # while it has nothing to do
    publisher.wait()
    wait_for(lambda: kernel.value("plot.ledger.received") == 400)
    values = kernel.value("plot.to_pandas().value.tolist()")
    assert values == sorted(set(values)), "in order, none twice"
    told = kernel.value("dict(plot.ledger.undecodable)")
    assert set(told) <= {"interrupted while it was read: home/a"}
    assert len(values) + sum(told.values()) == 400
    assert len(values) >= 400 - 8, "an interrupt costs one message at most"
    assert kernel.value("plot.status") == "live"
    assert mosquitto.connections_of_widgets() == 1


def interrupt(kernel: Kernel, request: str) -> None:
    """Interrupt what runs; once more where that fell into a finalizer, which no exception can leave."""
    for _ in range(3):
        os.kill(kernel.process.pid, signal.SIGINT)
        try:
            kernel.output_of(
                request, timeout_s=15
            )  # ends without an error where IPython was interrupted as it told
        except AssertionError as error:
            if "KeyboardInterrupt" not in str(error):
                raise
        except TimeoutError:
            continue
        return
    pytest.fail("interrupts do not stop the cell")


BUSY = """
from pathlib import Path
print('at it', flush=True)
while not Path({file!r}).exists():
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        sum(range(1_000))
"""
MOST_REDRAWS = 4  # one, where all can be decoded in the time of a frame
MOST_MESSAGES = 40  # where no page answers, a redraw takes one for each trait
_REPORT_S = 4.0  # between the reports of a page that hears nothing from the kernel, see frame_link.js


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.soak)])
@pytest.mark.parametrize("is_watched", [True, False], ids=["watched", "unwatched"])
@pytest.mark.timeout(180)
def test_a_busy_kernel_loses_nothing_and_draws_once_when_it_is_free(
    kernel: Kernel, mosquitto: Mosquitto, tmp_path: Path, is_watched: bool, seconds: int
) -> None:
    kernel.run(f"plot = LiveSensorPlot('a', {mosquitto.url!r})\nplot", cell="a")
    wait_for_status(kernel, "plot")
    kernel.run("from mqttwidgets.jupyter.frame_clock import frame_clock")
    link, figure = kernel.value("[frame_clock().link.model_id, plot.figure.model_id]")
    publish(mosquitto.port, [("a", "0")])
    wait_for(lambda: kernel.value("len(plot.figure.marks)"), what="a line")
    counts = {"seconds": 1.0, "received": 0, "painted": 0, "wait_s": 0.0, "delay_s": 0.0}
    report = {"kind": "report", "page": "a", "shown": {figure: 860}, **counts}
    if is_watched:
        kernel.tell(link, {"kind": "hello"})
        kernel.tell(link, report)
        wait_for(
            lambda: any("seq" in said.get("content", {}) for said in kernel.told(0.2)), what="the first frame"
        )
    request = kernel.begin(BUSY.format(file=str(tmp_path / "enough")))
    kernel.wait_for_output(request)
    numbers = [("a", str(number)) for number in range(1, 1_000 * seconds)]
    publisher = PublisherProcess(mosquitto.port, numbers, rate_hz=1_000)
    while publisher.is_running:
        if is_watched:
            kernel.tell(link, report)
        time.sleep(min(_REPORT_S, seconds / 4))
    publisher.wait()
    (tmp_path / "enough").touch()
    kernel.output_of(request)
    told = kernel.told(1.0)
    redraws = [said for said in told if "seq" in said.get("content", {}) or "x" in said.get("state", {})]
    print(f"in the second afterwards {len(redraws)} redraws in {len(told)} messages")
    assert 1 <= len(redraws) <= MOST_REDRAWS
    assert len(told) <= MOST_MESSAGES
    assert kernel.value("[plot.ledger.received, plot.ledger.stored]") == [1_000 * seconds] * 2
    assert kernel.value("plot.stream.series['a', ''].value.tolist()") == list(range(1_000 * seconds))


STUTTERING = """
import ctypes
from pathlib import Path
for thread in threading.enumerate():
    if thread is not threading.current_thread():  # else the system may run it just where Python's lock is free
        os.sched_setscheduler(thread.native_id, os.SCHED_BATCH, os.sched_param(0))
let_go = ctypes.CDLL(None).abs  # the shortest of calls for which the lock is free, as it is for a look at a file
rounds = []
print('at it', flush=True)
while not Path({file!r}).exists():
    for _ in range(100):
        rounds.append(time.time())
        let_go(1)
        until = time.perf_counter() + 0.002
        while time.perf_counter() < until:
            sum(range(1_000))
"""
MOST_ROUNDS = 50  # of the cell while nothing is read; fewer than 5 on a machine with time to spare
MOST_HELD = 0.5  # of the rounds: nearly all of them where nobody sees to it


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.soak)])
@pytest.mark.timeout(180)
def test_a_cell_that_lets_go_of_the_lock_for_moments_holds_nothing_up(
    kernel: Kernel, mosquitto: Mosquitto, tmp_path: Path, seconds: int
) -> None:
    """A thread that waits for the lock begins its wait anew each time that somebody else lets go of it."""
    kernel.run(f"stream = SensorStream('a', {mosquitto.url!r}); stream.start()")
    wait_for_status(kernel, "stream")
    request = kernel.begin(STUTTERING.format(file=str(tmp_path / "enough")))
    kernel.wait_for_output(request)
    numbers = [("a", str(number)) for number in range(1_000 * seconds)]
    PublisherProcess(mosquitto.port, numbers, rate_hz=1_000).wait(2 * seconds + 60)
    (tmp_path / "enough").touch()
    kernel.output_of(request)
    wait_for(lambda: kernel.value("stream.ledger.received") == 1_000 * seconds)
    kernel.run("import numpy; series = stream.series['a', '']; stream.stop()")
    assert kernel.value("series.value.tolist()") == list(range(1_000 * seconds))
    waits = kernel.value("numpy.diff(numpy.searchsorted(rounds, series.time)).tolist()")
    held = sum(wait for wait in waits if wait > MOST_ROUNDS) / sum(waits)
    print(f"held up in {held:.0%} of the rounds")
    assert held < MOST_HELD
    assert mosquitto.connections_of_widgets() == 1


WAITING = """
print("waits", flush=True)
sample = await plot.until(lambda sample: sample.value > 30, timeout=60, of="home/*")
print(sample.value, sample.topic)
"""


def test_a_cell_awaits_a_sample_and_the_plot_stays_live_meanwhile(kernel: Kernel, mosquitto: Mosquitto) -> None:
    kernel.run(f"plot = LiveSensorPlot('home/#', {mosquitto.url!r})", cell="a")
    wait_for_status(kernel, "plot")
    request = kernel.begin(WAITING)
    kernel.wait_for_output(request)
    publish(mosquitto.port, [("home/a", "20")] * 3)
    wait_for(
        lambda: any("marks" in said.get("state", {}) for said in kernel.told(0.3)), what="a line while it waits"
    )
    publish(mosquitto.port, [("home/a", str(value)) for value in (21, 31.5, 40)])
    assert kernel.output_of(request) == "31.5 home/a\n"


ENDINGS = [("interrupt", ""), ("stop", "as it is stopped"), ("close", "closed")]


@pytest.mark.parametrize(("ending", "words"), ENDINGS)
def test_a_wait_ends_with_its_cell_or_its_plot(
    kernel: Kernel, mosquitto: Mosquitto, ending: str, words: str
) -> None:
    kernel.run(f"import asyncio\nplot = LiveSensorPlot('home/#', {mosquitto.url!r})", cell="a")
    wait_for_status(kernel, "plot")
    later = f"asyncio.get_running_loop().call_later(0.3, plot.{ending})\n" if words else ""
    request = kernel.begin(later + WAITING)
    kernel.wait_for_output(request)
    if not words:
        os.kill(kernel.process.pid, signal.SIGINT)
    with pytest.raises(AssertionError, match=words or "KeyboardInterrupt|CancelledError"):
        kernel.output_of(request)
    assert kernel.value("len(plot.stream._listeners)") == 0


CLOCKS_S = 0.1  # arrival goes by a clock of its own, which follows the computer's evenly
CALLS = """
calls = []
def note(event):
    calls.append([event.start_s, event.end_s, threading.current_thread().name])
plot.limit("*", above=30, call=note)
"""


def test_what_came_while_a_cell_was_busy_is_an_alarm_afterwards(
    kernel: Kernel, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    kernel.run(f"plot = LiveSensorPlot('a', {mosquitto.url!r})" + CALLS, cell="a")
    wait_for_status(kernel, "plot")
    request = kernel.begin(BUSY.format(file=str(tmp_path / "enough")))
    kernel.wait_for_output(request)
    before = time.time()
    publish(mosquitto.port, [("a", "20"), ("a", "31"), ("a", "20"), ("a", "20")])
    published = time.time()
    (tmp_path / "enough").touch()
    kernel.output_of(request)
    wait_for(lambda: len(kernel.value("calls")) == 2, what="both calls")
    (start, end, thread), (_, known_end, _) = kernel.value("calls")
    assert before <= start <= known_end <= published + CLOCKS_S, "by the samples' own times"
    assert (end, thread) == (None, "MainThread")
    assert kernel.value("plot.events.to_pandas().peak.tolist()") == [31.0]


CLOSINGS = {
    "an observer": "plot.observe(lambda change: plot.close(), 'status')",
    "a decoder": "closes.append(True)",
    "threads": "for _ in range(8): threading.Thread(target=plot.close).start()",
}


@pytest.mark.parametrize("closing", CLOSINGS)
def test_a_plot_may_be_closed_by_anybody(kernel: Kernel, mosquitto: Mosquitto, closing: str) -> None:
    kernel.run(
        f"""
closes = []

def decode(topic, payload):
    if closes:
        plot.close()
    return float(payload)

before = counts()
plot = LiveSensorPlot('home/#', {mosquitto.url!r}, decoder=decode)
plot
"""
    )
    wait_for_status(kernel, "plot")
    publish(mosquitto.port, [("home/a", "1")])
    wait_for(lambda: kernel.value("plot.ledger.stored") == 1)
    kernel.run(CLOSINGS[closing])
    if closing == "an observer":
        kernel.run("plot.stop()")  # which makes another status
    elif closing == "a decoder":
        publish(mosquitto.port, [("home/b", "2")])  # which would make another line
    wait_for(lambda: kernel.value("counts()[:2] == before[:2]"), what="nothing to be left of the plot")
    assert kernel.value("repr(plot)") == "LiveSensorPlot('home/#', closed)"
    assert kernel.value("said") == []
    wait_for(lambda: mosquitto.widgets_connected() == 0)


def kill(kernel: Kernel) -> None:
    """As the system does where memory is short."""
    kernel.process.kill()


def leave(kernel: Kernel) -> None:
    """As a library does that crashes."""
    kernel.begin("os._exit(1)")


@pytest.mark.parametrize("end", [kill, Kernel.shut_down, leave], ids=["killed", "shut down", "os._exit"])
def test_a_kernel_that_ends_is_gone_at_once(
    tmp_path: Path, mosquitto: Mosquitto, packages: Path | None, end: Callable[[Kernel], None]
) -> None:
    kernel = Kernel(tmp_path, packages)
    try:
        with black_hole() as port:
            kernel.run(PREPARATION)
            kernel.run(f"plot = LiveSensorPlot('home/#', {mosquitto.url!r})\nplot", cell="a")
            kernel.run(f"lost = LiveSensorPlot('home/#', 'mqtt://127.0.0.1:{port}')\nlost", cell="b")
            wait_for_status(kernel, "plot")
            assert kernel.value("lost.status") == "connecting"
            began = time.monotonic()
            end(kernel)
            wait_for(lambda: mosquitto.widgets_connected() == 0, what="the broker to see it gone")
            wait_for(lambda: kernel.process.poll() is not None, what="the process to end")
            assert time.monotonic() - began < 4, "what connects gives up after 5 s"
    finally:
        kernel.close()

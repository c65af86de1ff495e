"""An interrupt, wherever it falls: no message is lost sight of, none comes twice, nothing is tried for ever."""

from __future__ import annotations

import contextlib
import contextvars
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from mqttwidgets import Message, SensorStream
from mqttwidgets.decoding.formats.sparkplug_unborn import WAITS
from mqttwidgets.live.inbox import CAPACITY
from mqttwidgets.live.ledger import LedgerPage

from ...support.feeding import feed, message
from ...support.sparkplug import ALIAS, DOUBLE, NAME, TYPE, metric, payload

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""As an interrupt that falls into the end of a generator goes no further."""

BEGAN = 1.75e9


def adds_up(page: LedgerPage) -> bool:
    """The Ledger's identity."""
    reasons = (*page.skipped.values(), *page.undecodable.values(), *page.dropped.values())
    return page.received == page.stored + page.waiting + sum(reasons)


class Interrupter:
    """Raises KeyboardInterrupt where Python looks for signals: at a call or a return of functions, in Python or C.

    Args:
        at: which of them, counted from 0.
    """

    def __init__(self, at: int) -> None:
        self.left = at
        self.has_come = False

    def __call__(self, _frame: FrameType, _event: str, _arg: object) -> None:
        self.left -= 1
        if self.left < 0 and not self.has_come:
            self.has_come = True
            raise KeyboardInterrupt


def interrupted_everywhere(make: Callable[[], SensorStream], step: int = 1) -> Iterator[SensorStream]:
    """Streams that were interrupted while they read what they had, each at another moment, and then went on."""
    for at in range(0, 1_000_000, step):
        stream = make()
        interrupter = Interrupter(at)
        try:
            context = contextvars.copy_context()  # where what an interrupt leaves behind concerns no other test
            sys.setprofile(interrupter)
            context.run(stream.drain)
            sys.setprofile(None)
        except KeyboardInterrupt:
            sys.setprofile(None)
        if not interrupter.has_come:
            return
        yield stream


def known_and_waiting(topics: int = 2, history: int = 1_000) -> SensorStream:
    """A stream that knows its topics, to which more came: numbered, in time and late, broken ones between."""
    stream = SensorStream("#", history=history)
    for number in range(6):
        for topic in range(topics):
            stream.deliver(numbered(topic, number, number))
    stream.drain()
    for number in range(6, 12):
        for topic in range(topics):
            late_s = 3.5 if number == 9 else 0.0
            stream.deliver(numbered(topic, number, number - late_s))
    stream.deliver(message("broken", b"{"), message("empty", b""))
    stream.link_lost()
    stream.deliver(message("text", b"a: 12, b: 112"), numbered(0, 12, 12), message("t0", b'{"a": null, "b": 113}'))
    return stream


def numbered(topic: int, number: int, second: float) -> Message:
    """A message with two fields, of which no other one has these numbers."""
    payload = f'{{"a": {number}, "b": {number + 100}, "time": {BEGAN + second}}}'
    return message(f"t{topic}", payload.encode(), at=BEGAN + 1_000)


def all_values(stream: SensorStream) -> Counter[tuple[str, str, float]]:
    """How often each value is there."""
    return Counter((*key, value) for key, series in stream.series.items() for value in series.value.tolist())


def test_an_interrupt_costs_one_message_at_most_and_doubles_none() -> None:
    whole = known_and_waiting()
    expected, usual = all_values(whole), whole.ledger.page()
    rounds = 0
    for stream in interrupted_everywhere(known_and_waiting, step=11):
        rounds += 1
        found, page = all_values(stream), stream.ledger.page()
        assert adds_up(page)
        assert page.waiting == 0
        assert page.received == usual.received
        lost = expected - found
        assert found - expected == Counter(), "a sample came twice"
        (told,) = [count for reason, count in page.undecodable.items() if "interrupted" in reason] or [0]
        assert told <= 1
        assert len({value % 100 for _, _, value in lost}) <= told, f"lost without a word: {lost}"
        assert page.stored + told >= usual.stored
        for series in stream.series.values():
            assert (series.time[1:] >= series.time[:-1]).all()
            assert len(series) == series.total
    assert rounds > 100


def test_what_the_ring_lets_go_is_not_counted_twice() -> None:
    for stream in interrupted_everywhere(lambda: known_and_waiting(topics=1, history=4), step=17):
        stream.drain()
        page = stream.ledger.page()
        assert adds_up(page)
        assert stream.series["t0", "/b"].total in (
            page.stored - 1,
            page.stored,
        )  # but for "text", which is another
        assert len(stream.series["t0", "/b"]) <= 4


def born_with_some_waiting() -> SensorStream:
    """A stream with Sparkplug data that waits for the certificate that is to be read next."""
    stream = SensorStream("spBv1.0/#")
    for number in range(5):
        early = metric((ALIAS, 7), (DOUBLE, float(number)))
        stream.deliver(message("spBv1.0/plant/NDATA/press", payload(early), at=BEGAN + number))
    stream.drain()
    named = metric((NAME, "T"), (ALIAS, 7), (TYPE, 10), (DOUBLE, 9.0))
    stream.deliver(message("spBv1.0/plant/NBIRTH/press", payload(named), at=BEGAN + 9))
    return stream


def test_what_waits_for_a_certificate_is_counted_once_wherever_an_interrupt_comes() -> None:
    rounds = 0
    for stream in interrupted_everywhere(born_with_some_waiting, step=3):
        rounds += 1
        stream.deliver(message("spBv1.0/plant/NDATA/other", payload(metric((NAME, "T"), (DOUBLE, 1.0)))))
        page = stream.ledger.page()
        assert adds_up(page)
        assert page.waiting == 0
        found = all_values(stream)
        assert max(found.values()) == 1, "a sample came twice"
        told = sum(count for reason, count in page.undecodable.items() if "interrupted" in reason)
        assert told <= 2
        assert len(found) >= 7 - told - page.skipped.get(WAITS, 0)
    assert rounds > 100


SIGNALS = """
import random, signal, sys, time
from mqttwidgets import Message, SensorStream

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
rng = random.Random(5)
stream = SensorStream("#", history=1_000_000)
sent = 0
caught = 0
for each_round in range(int(sys.argv[1])):
    batch = []
    for number in range(100):
        payload = b'{"a": %d, "b": 2}' % sent if rng.random() < 0.9 else b"a: %d; b: 2" % sent
        batch.append(Message("t%d" % (number % 3), payload, 0, False, 1.7e9 + sent - 2 * (number % 7 == 0)))
        sent += 1
    stream.deliver(*batch)
    try:
        signal.setitimer(signal.ITIMER_REAL, 10 ** rng.uniform(-5, -2.7))
        stream.ledger.page()
        stream.series
    except KeyboardInterrupt:
        caught += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    page = stream.ledger.page()
    fates = sum(sum(each.values()) for each in (page.skipped, page.undecodable, page.dropped))
    assert page.received == page.stored + page.waiting + fates, (each_round, page)
    assert page.received == sent
counted = [one for (_, field), one in stream.series.items() if field.strip("/") == "a"]
values = [value for one in counted for value in one.value.tolist()]
assert len(values) == len(set(values)) == page.stored, (len(values), len(set(values)), page)
assert page.stored + sum(page.undecodable.values()) == sent, page
print(caught, sum(page.undecodable.values()))
"""


def test_the_ledger_adds_up_after_real_interrupts_at_random_moments() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNALS, "200"], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    caught, _set_aside = map(int, done.stdout.split())
    assert caught > 20


def test_an_interrupt_as_a_context_ends_leaves_nothing_locked_once_its_traceback_is_gone() -> None:
    """At the first step of `__exit__`, where a lock that Python code gives back would stay locked for good."""
    stream = SensorStream("#")
    feed(stream, "t", 1, 2)
    stream.drain()
    ends: list[str] = []

    def trace(frame: FrameType, _event: str, _arg: object) -> Any:
        return interrupt if frame.f_code.co_name == "__exit__" else None

    def interrupt(frame: FrameType, _event: str, _arg: object) -> None:
        ends.append(frame.f_code.co_filename)
        sys.settrace(former)
        raise KeyboardInterrupt

    def read() -> None:
        with stream.reading():
            pass

    former = sys.gettrace()
    sys.settrace(trace)
    with contextlib.suppress(KeyboardInterrupt):
        read()
    sys.settrace(former)
    assert [Path(end).name for end in ends] == ["contextlib.py"]
    received: list[int] = []
    another = threading.Thread(target=lambda: received.append(stream.ledger.stored), daemon=True)
    another.start()
    another.join(10)
    assert received == [2]
    feed(stream, "t", 3, start=2.0)
    assert stream.ledger.stored == 3, "it is decoded again"


def test_a_message_whose_reading_was_interrupted_is_not_tried_again() -> None:
    tried = []

    def slow(_topic: str, payload: bytes) -> float:
        tried.append(payload)
        if payload == b"13":
            raise KeyboardInterrupt  # as it would have gone on for minutes
        return float(payload)

    stream = SensorStream("#", decoder=slow)
    feed(stream, "home/x", *range(12, 16))
    with pytest.raises(KeyboardInterrupt):
        stream.to_pandas()
    assert stream.series["home/x", ""].value.tolist() == [12.0, 14.0, 15.0]
    assert tried == [b"12", b"13", b"14", b"15"]
    page = stream.ledger.page()
    assert page.undecodable == {"interrupted while it was read: home/x": 1}
    assert adds_up(page)


def test_the_topic_of_what_is_set_aside_is_made_fit_for_a_screen() -> None:
    def interrupt(_topic: str, _payload: bytes) -> float:
        raise KeyboardInterrupt

    stream = SensorStream("#", decoder=interrupt)
    stream.deliver(message("a" * 60_000 + "\u202e\n", b"1"))
    with pytest.raises(KeyboardInterrupt):
        stream.drain()
    (reason,) = stream.ledger.undecodable
    assert reason.isprintable()
    assert len(reason) < 120


def test_an_interrupt_in_the_thread_that_receives_does_not_end_it() -> None:
    def interrupt(_topic: str, _payload: bytes) -> float:
        raise KeyboardInterrupt

    stream = SensorStream("#", decoder=interrupt)
    raised = list[BaseException]()

    def deliver() -> None:
        try:
            for _ in range(CAPACITY // 2 + 2):
                stream.deliver(message("t", b"1"))
        except BaseException as error:
            raised.append(error)

    network = threading.Thread(target=deliver)
    network.start()
    network.join()
    assert not raised


@pytest.mark.parametrize("error", [SystemExit, GeneratorExit])
def test_a_decoder_that_wants_to_end_everything_ends_nothing(error: type[BaseException]) -> None:
    def leave(_topic: str, payload: bytes) -> float:
        if payload == b"2":
            raise error
        return float(payload)

    stream = SensorStream("#", decoder=leave)
    feed(stream, "t", 1, 2, 3)
    assert stream.series["t", ""].value.tolist() == [1.0, 3.0]
    assert sum(stream.ledger.undecodable.values()) == 1

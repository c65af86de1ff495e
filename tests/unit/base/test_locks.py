"""Locks that survive forks and interrupts, properties found once without one, and waking out of anywhere."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from mqttwidgets.base.locks import ForkLock, Wake, once


def test_an_interrupt_leaves_no_lock_locked() -> None:
    """As one that were taken and given back in Python code would stay."""
    lock, interrupts = ForkLock(rank=0), 0
    former = signal.signal(signal.SIGALRM, _interrupt)
    try:
        while interrupts < 200:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005)
                while True:
                    with lock:
                        pass
            except InterruptedError:
                interrupts += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    taken: list[bool] = []
    other = threading.Thread(target=lambda: taken.append(lock.acquire(timeout=1)))
    other.start()
    other.join()
    assert taken == [True]


def _interrupt(*_: object) -> None:
    raise InterruptedError


class Counted:
    """An object that counts how often its property is found."""

    def __init__(self) -> None:
        self.count = 0

    @once
    def found(self) -> int:
        """How often so far."""
        self.count += 1
        if self.count == 1:
            raise KeyboardInterrupt
        return self.count


def test_each_object_finds_its_own_once() -> None:
    first, second = Counted(), Counted()
    for each in (first, second):
        with pytest.raises(KeyboardInterrupt):
            _ = each.found
    assert (first.found, first.found, first.count) == (2, 2, 2)
    assert (second.found, second.count) == (2, 2)
    assert Counted.found.__doc__ == "How often so far."


def test_nobody_waits_for_a_thread_that_is_finding() -> None:
    begun, may_end, found = threading.Event(), threading.Event(), list[str]()

    class Slow:
        @once
        def name(self) -> str:
            if threading.current_thread() is not threading.main_thread():
                begun.set()
                assert may_end.wait(10)
            return threading.current_thread().name

    thread = threading.Thread(target=lambda: found.append(Slow().name), name="slow", daemon=True)
    thread.start()
    assert begun.wait(10)
    assert Slow().name == "MainThread", "of another object of the same class"
    may_end.set()
    thread.join(10)
    assert found == ["slow"]


def test_a_thread_is_woken_from_within_the_code_that_wakes_it() -> None:
    """As a weak reference's callback does, for which a signal's handler stands here: both come anywhere."""
    wake, calls, main = Wake(), list[None](), threading.get_ident()

    def handle(*_: object) -> None:
        calls.append(None)
        wake.set()

    def disturb() -> None:
        while len(calls) < 3_000:
            signal.pthread_kill(main, signal.SIGUSR1)
            time.sleep(0.0001)

    former = signal.signal(signal.SIGUSR1, handle)
    other = threading.Thread(target=disturb)
    other.start()
    try:
        while other.is_alive():
            wake.set()
            wake.wait(0.0001)
    finally:
        other.join()
        signal.signal(signal.SIGUSR1, former)


def test_a_wake_ends_one_wait() -> None:
    wake = Wake()
    for _ in range(3):
        wake.set()
    began = time.monotonic()
    wake.wait(10.0)
    assert time.monotonic() - began < 5.0
    wake.wait(0.01)
    assert time.monotonic() - began >= 0.01, "it is not set any more"
    threading.Timer(0.05, wake.set).start()
    wake.wait(10.0)
    assert time.monotonic() - began < 5.0

"""Locks that survive forks and interrupts, and properties that are found once, without one."""

from __future__ import annotations

import signal
import threading

import pytest

from mqttwidgets.base.locks import ForkLock, once


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

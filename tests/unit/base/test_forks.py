"""Locks that survive forks and interrupts."""

from __future__ import annotations

import signal
import threading

from mqttwidgets.base.forks import ForkLock


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

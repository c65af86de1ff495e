"""A short switch interval while somebody needs it, and the former one afterwards."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from mqttwidgets.promptness import PROMPT_S, Promptness

USUAL_S = 0.005


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """Python's own interval before, and whatever it was afterwards."""
    former = sys.getswitchinterval()
    sys.setswitchinterval(USUAL_S)
    yield
    sys.setswitchinterval(former)


def test_it_is_short_from_the_first_who_needs_it_to_the_last() -> None:
    promptness = Promptness()
    with promptness:
        assert sys.getswitchinterval() == pytest.approx(PROMPT_S)
        with promptness:
            pass
        assert sys.getswitchinterval() == pytest.approx(PROMPT_S)
    assert sys.getswitchinterval() == USUAL_S
    with promptness:
        assert sys.getswitchinterval() == pytest.approx(PROMPT_S)
    assert sys.getswitchinterval() == USUAL_S


def test_a_shorter_one_stays() -> None:
    sys.setswitchinterval(1e-4)
    with Promptness():
        assert sys.getswitchinterval() == pytest.approx(1e-4)
    assert sys.getswitchinterval() == pytest.approx(1e-4)


def test_one_that_was_set_meanwhile_stays() -> None:
    with Promptness():
        sys.setswitchinterval(0.02)
    assert sys.getswitchinterval() == 0.02


def test_a_thread_gets_the_lock_that_another_lets_go_of_for_moments() -> None:
    let_go = ctypes.CDLL(None).abs
    rounds, turns = 0, 0
    done = threading.Event()

    def turn() -> None:
        nonlocal turns
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # else it may run just where the lock is free
        while turns < 20:
            done.wait(0.0001)
            turns += 1

    with Promptness():
        other = threading.Thread(target=turn)
        other.start()
        while turns < 20 and rounds < 500:
            let_go(1)
            sum(range(100_000))
            rounds += 1
        other.join()
    assert rounds < 500

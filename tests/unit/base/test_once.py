"""Properties that are found once, without a lock that an interrupt could leave taken."""

from __future__ import annotations

import threading

import pytest

from mqttwidgets.base.once import once


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

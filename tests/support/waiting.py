"""Waiting for a condition instead of for luck."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_POLL_S = 0.02


def wait_for(condition: Callable[[], Result], timeout_s: float = 10.0, what: str = "the condition") -> Result:
    """Poll `condition` until it is truthy; its value. After the timeout an AssertionError names `what`."""
    deadline = time.monotonic() + timeout_s
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout_s:g} s still waiting for {what}; last: {result!r}")
        time.sleep(_POLL_S)

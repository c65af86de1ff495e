"""The log of the package, in which one warning does not drown the others."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from .locks import ForkLock
from .text import printable

_LONGEST_LINE = 2_000  # characters

INTERVAL_S = 10.0
"""Seconds between two warnings that are alike."""


class Sparing(logging.Filter):
    """Passes the first of warnings or errors that are alike, and ten seconds later the next one.

    That one says how many were left out; where none follows, nothing does. Alike are those of one level and one
    format, whatever is filled in, as a sender may choose that. What is less than a warning always passes.

    Threads: any may log; one lock guards what is remembered.

    Args:
        clock: gives seconds that only grow.

    Example:
        >>> sparing = Sparing()
        >>> record = logging.LogRecord("mqttwidgets", logging.WARNING, "", 0, "%s hangs", ("pi",), None)
        >>> sparing.filter(record), sparing.filter(record)
        (True, False)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = ForkLock(rank=3)
        self._passed: dict[tuple[int, str], _Passed] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether `record` passes; one that follows others that did not says how many."""
        if record.levelno < logging.WARNING:
            return True
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = legible(record.exc_info[1])  # which a formatter takes rather than its own
        now, format_ = self._clock(), str(record.msg)
        with self._lock:
            passed = self._passed.get((record.levelno, format_))
            if passed is not None and now - passed.at < INTERVAL_S:
                passed.left_out += 1
                return False
            self._passed[record.levelno, format_] = _Passed(now)
        if passed is not None and passed.left_out:
            record.msg = f"{format_} … and {passed.left_out:,} more like it"
        return True


def legible(error: BaseException) -> str:
    r"""A traceback whose foreign text can neither steer a terminal nor pass for lines of the log.

    Example:
        >>> legible(ValueError("a\nb\x1b[2J"))
        'ValueError: a\\nb\\x1b[2J'
    """
    pieces = traceback.TracebackException.from_exception(error).format()
    return "\n".join(line for piece in pieces for line in _lines(piece.rstrip("\n")))


def _lines(piece: str) -> list[str]:
    """The lines of a frame or a heading; the message of an error becomes one line."""
    is_ours = piece.startswith(("  File ", "Traceback ", "\n"))
    return [printable(line, _LONGEST_LINE) for line in (piece.split("\n") if is_ours else [piece])]


@dataclass
class _Passed:
    """The time at which a record passed, and how many like it did not since."""

    at: float
    left_out: int = 0


log = logging.getLogger("mqttwidgets")
log.addFilter(Sparing())

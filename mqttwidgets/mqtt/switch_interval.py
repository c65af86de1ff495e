"""How soon a thread gets Python's lock from one that is busy."""

from __future__ import annotations

import sys
from types import TracebackType

from ..base.forks import ForkLock, generation

PROMPT_S = 0.001 if sys.platform == "win32" else 0.0005  # Windows waits in whole milliseconds: less were none


class SwitchInterval:
    """A short switch interval for Python's lock, while somebody needs it: `with PROMPTNESS: ...`.

    A thread that waits for the lock asks for it only after an interval, 5 ms, in which nobody let go of it. A cell
    that looks at a file each millisecond lets go that often, takes the lock again before the waiting thread is
    awake, and has it begin the interval anew, for many seconds in a row. An interval shorter than such a cell's
    rounds ends that. While no thread waits, it costs nothing.

    The interval is that of the whole process. It is restored with the last who needs it; one that was shorter
    before, or that somebody else set meanwhile, stays.

    Threads: any may enter and leave; one lock guards it.
    """

    def __init__(self) -> None:
        self._lock = ForkLock(rank=5)
        self._generation = generation()
        self._users = 0
        self._former_s = self._prompt_s = PROMPT_S

    def __enter__(self) -> None:
        with self._lock:
            if self._generation != generation():  # whoever needed it before the fork stayed there
                self._generation, self._users = generation(), 0
            self._users += 1
            if self._users == 1 and sys.getswitchinterval() > PROMPT_S:
                self._former_s = sys.getswitchinterval()
                sys.setswitchinterval(PROMPT_S)
                self._prompt_s = sys.getswitchinterval()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and sys.getswitchinterval() == self._prompt_s:
                sys.setswitchinterval(self._former_s)


SWITCH_INTERVAL = SwitchInterval()
"""That of this process."""

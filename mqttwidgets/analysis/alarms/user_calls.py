"""The user's functions that limits call: in order, one at a time, on whichever thread looks at the stream."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import tzinfo
from typing import Any, Protocol

from ...base.log import log
from ...base.text import printable
from .all_limits import Alarms, Call
from .limit import Limit

_SLICE_S = 0.01  # as the event loop must not be held up
_LONGEST_ERROR = 120


class Caller(Protocol):
    """Who calls the functions, for as long as it says so."""

    @property
    def zone(self) -> tzinfo:
        """The time zone that events are printed in."""

    @property
    def may_call(self) -> bool:
        """Whether it is still there to do so."""

    @property
    def is_here(self) -> bool:
        """Whether this is the thread, or the event loop, that it calls them on."""


class UserCalls:
    """Calls what is due.

    One caller at a time does, and another one goes on where that left off. The stream is held still for `soon` and
    `begin`, and not while a function runs.

    Args:
        alarms: which calls are due.

    Attributes:
        errors: of each limit whose function raised something the latest time, what that was, in a sentence.
    """

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self._due: deque[Call] = deque()
        self._caller: Caller | None = None
        self._tasks: set[asyncio.Future[object]] = set()
        self.errors: dict[Limit, str] = {}

    @property
    def are_due(self) -> bool:
        """Whether any function is to be called."""
        return bool(self._due) or self._alarms.has_calls

    def soon(self, caller: Caller) -> None:
        """Have `caller` call what is due, if nobody is at it, on this thread's event loop."""
        if self.are_due and self._caller is None:
            self._caller = caller
            asyncio.get_running_loop().call_soon(self._call_on_loop, caller)

    def begin(self, caller: Caller) -> bool:
        """Whether `caller` may `run`, as something is due and nobody else is at it."""
        if self._caller is None and self.are_due:
            self._caller = caller
        return self._caller is caller

    def run(self, caller: Caller) -> None:
        """Call what is due here and now, a coroutine function up to its end, for a caller that has begun.

        What a function raises ends nothing, be it SystemExit: the thread is the stream's.
        """
        try:
            while self._has_due(caller):
                call = self._due.popleft()
                try:
                    self._call(call, caller, _run)
                except BaseException as error:
                    self._note_error(call.limit, error)
        finally:
            self.leave(caller)

    def leave(self, caller: Caller) -> None:
        """Have `caller` call nothing more."""
        if self._caller is caller:
            self._caller = None

    def _call_on_loop(self, caller: Caller) -> None:
        """Call what is due, in order, the rest later where it takes long."""
        rest_at = time.monotonic() + _SLICE_S
        try:
            while self._has_due(caller):
                self._call(self._due.popleft(), caller, asyncio.ensure_future)
                if time.monotonic() > rest_at:
                    return
            self.leave(caller)
        finally:  # also where a function was interrupted
            if self._caller is caller:
                asyncio.get_running_loop().call_soon(self._call_on_loop, caller)

    def _has_due(self, caller: Caller) -> bool:
        """Whether a function is due; those that became due meanwhile come behind those that wait."""
        if self._caller is not caller or not caller.may_call:
            return False
        if not self._due:
            self._due.extend(self._alarms.take_calls())
            if self._alarms.calls_left_out:
                log.warning("%s calls of limits were left out: more than could wait", self._alarms.calls_left_out)
                self._alarms.calls_left_out = 0
        return bool(self._due)

    def _call(self, call: Call, caller: Caller, finish: Callable[[Any], asyncio.Future[object] | None]) -> None:
        """Call a function.

        Args:
            call: which one, and with what.
            caller: for its time zone.
            finish: runs what a coroutine function returned; gives its Future, or None where it is over.
        """
        function, limit = call.limit.call, call.limit
        if function is None or limit not in self._alarms.limits:
            return
        try:
            result = function(replace(call.event, zone=caller.zone))
            task = finish(result) if inspect.isawaitable(result) else None
        except Exception as error:
            self._note_error(limit, error)
            return
        if task is None:
            self.errors.pop(limit, None)
            return
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(limit, done))

    def _finished(self, limit: Limit, task: asyncio.Future[object]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            self.errors.pop(limit, None)
        else:
            self._note_error(limit, error)

    def _note_error(self, limit: Limit, error: BaseException) -> None:
        log.error("the function called by %r raised an error", limit, exc_info=error)
        if limit in self._alarms.limits:
            what = printable(f"{type(error).__name__}: {error}", _LONGEST_ERROR)
            names = ", ".join(limit.text_of(side) for side in limit.sides)
            self.errors[limit] = f"The function called by the limit {printable(names)} raised {what}."


def _run(result: Awaitable[object]) -> None:
    async def whole() -> None:
        await result

    asyncio.run(whole())

"""What `plot.until(...)` returns: a wait that says what to do where nobody awaits it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from ..base.errors import MqttWidgetsError
from ..base.model import Sample

_WORDS = "nothing was waited for: write `await plot.until(...)`"


class Awaited(Coroutine[Any, Any, Sample]):
    """A wait for a sample that begins when it is awaited, alone or in a task, as that of a coroutine function.

    Args:
        begin: makes the coroutine that waits.

    Example:
        >>> async def wait(): ...
        >>> Awaited(wait)
        <nothing was waited for: write `await plot.until(...)`>
    """

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, Sample]]) -> None:
        self._begin = begin
        self._begun: Coroutine[Any, Any, Sample] | None = None
        self._is_told = False

    def __await__(self) -> Generator[Any, Any, Sample]:
        __tracebackhide__ = True
        try:
            return (yield from self._coroutine().__await__())
        except MqttWidgetsError as error:
            error.__context__ = None
            raise error.with_traceback(None) from None  # it is about what was asked for

    def send(self, value: Any) -> Any:
        """Go on with the wait."""
        return self._coroutine().send(value)

    def throw(self, *error: Any) -> Any:
        """Go on with an error, such as that it is cancelled."""
        return self._coroutine().throw(*error)

    def close(self) -> None:
        """Wait no more."""
        self._is_told = True
        if self._begun is not None:
            self._begun.close()

    def __repr__(self) -> str:
        if self._begun is not None:
            return "<plot.until(...), awaited>"
        self._is_told = True
        return f"<{_WORDS}>"

    def __getattr__(self, name: str) -> Any:
        """Say what is missing to who takes this for the sample."""
        raise AttributeError(f"this is no Sample and has no {name!r}, as {_WORDS}")

    def __del__(self) -> None:
        if self._begun is None and not self._is_told and not sys.is_finalizing():
            warnings.warn(_WORDS, RuntimeWarning, stacklevel=2)

    def _coroutine(self) -> Coroutine[Any, Any, Sample]:
        if self._begun is None:
            self._begun = self._begin()
        return self._begun

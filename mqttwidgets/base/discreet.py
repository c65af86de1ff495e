"""Errors without the values that led to them, as a traceback may show these: IPython's `%xmode Verbose` does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from .errors import MqttWidgetsError

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def discreet(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """`function`, of whose errors the caller is to see what is wrong with the call, and nothing of what led there.

    One of its arguments may hold a password: no frame of an error of ours shows them.

    Such an error is about what the caller gave, and its message says what is wrong with it. So its traceback ends
    here, with a frame that holds nothing, and that notebooks leave out. Every other error passes with all of its
    frames, for whoever looks for the bug, and only this frame holds nothing.
    """

    @functools.wraps(function)
    def discreetly(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except MqttWidgetsError as error:
            error.__context__ = None
            raise error.with_traceback(None) from None  # it is about what it was called with
        finally:
            args, kwargs = (), {}  # type: ignore[assignment] # as this frame may be shown, too

    return discreetly

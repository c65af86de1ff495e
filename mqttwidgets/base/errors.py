"""The errors that mqttwidgets raises, and what their tracebacks show.

MqttWidgetsError
├── InvalidValueError (ValueError)      a URL, filter, window or option that is not accepted
├── UnknownKeywordError (TypeError)     a keyword that does not exist
├── MissingPackageError (ImportError)   an optional package is needed and not installed
├── StoppedError (RuntimeError)         what is waited for cannot come, as the plot or the stream was stopped
└── NotConnectedError (ConnectionError) what shall be sent cannot be sent now

What happens on the network is no exception: it is a status, shown where the data would be. Only to send something
needs a link at that moment.

An error of ours is about what the caller gave, so its traceback ends at the caller's line. A traceback may show
the values of variables, as IPython's `%xmode Verbose` does, and one of these may be a password: see `discreet`.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import sys
import traceback
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class MqttWidgetsError(Exception):
    """Base of all errors raised by this package.

    In a notebook its traceback ends at the line that was wrong, as frames that call themselves hidden, by a local
    variable `__tracebackhide__`, are left out at its end.
    """

    def _render_traceback_(self) -> list[str]:
        """The lines that IPython shows, which asks for them by this name (its documentation, "Integrating")."""
        shown = _without_hidden_end(self.__traceback__)
        shell = sys.modules["IPython"].get_ipython()  # IPython asks, so it is there; this room does not import it
        if shell is None:
            return traceback.format_exception(type(self), self, shown)
        lines: list[str] = shell.InteractiveTB.structured_traceback(type(self), self, shown)
        return lines


class InvalidValueError(MqttWidgetsError, ValueError):
    """A value is not accepted; the message says which values are."""


class UnknownKeywordError(MqttWidgetsError, TypeError):
    """A keyword does not exist; the message names those that do."""


class MissingPackageError(MqttWidgetsError, ImportError):
    """An optional package is missing; the message says how to install it."""


class StoppedError(MqttWidgetsError, RuntimeError):
    """The wait is in vain, as nothing more can come; the message says why."""


class NotConnectedError(MqttWidgetsError, ConnectionError):
    """Nothing can be sent now; the message says why."""


def reject_unknown_keywords(callee: str, unknown: Iterable[str], accepted: Iterable[str]) -> None:
    """Raise UnknownKeywordError for the first name in `unknown`, suggesting its nearest neighbour.

    Example:
        >>> reject_unknown_keywords("SensorStream", ["histroy"], ["broker", "history"])
        Traceback (most recent call last):
        ...
        mqttwidgets.base.errors.UnknownKeywordError: SensorStream has no keyword 'histroy': did you mean \
'history'? It accepts: broker, history.
    """
    names = list(accepted)
    for name in unknown:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f": did you mean {near[0]!r}?" if near else "."
        raise UnknownKeywordError(f"{callee} has no keyword {name!r}{hint} It accepts: {', '.join(names)}.")


def discreet(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Let no error of ours that `function` raises show its arguments, one of which may hold a password.

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
            raise error.with_traceback(None) from None  # it is about the arguments
        finally:
            args, kwargs = (), {}  # type: ignore[assignment] # as this frame may be shown, too

    return discreetly


def names_its_keywords(
    owner: str,
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Make a method refuse an unknown keyword with the names of those that it has.

    The method becomes `discreet`, too.

    Args:
        owner: the name of the class that the method is of.

    Example:
        >>> class Plot:
        ...     @names_its_keywords("Plot")
        ...     def limit(self, of, *, above=None): ...
        >>> Plot().limit("*", abov=30)
        Traceback (most recent call last):
        ...
        mqttwidgets.base.errors.UnknownKeywordError: Plot.limit() has no keyword 'abov': did you mean 'above'? \
It accepts: of, above.
    """

    def checking(method: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        known = [name for name in inspect.signature(method).parameters if name != "self"]

        @functools.wraps(method)
        def checked(*values: _Parameters.args, **keywords: _Parameters.kwargs) -> _Result:
            unknown = [name for name in keywords if name not in known]
            reject_unknown_keywords(f"{owner}.{method.__name__}()", unknown, known)
            return method(*values, **keywords)

        return discreet(checked)

    return checking


def _without_hidden_end(whole: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames at its end that call themselves hidden, as pytest and IPython have it."""
    kept: list[TracebackType] = []
    while whole is not None:
        kept.append(whole)
        whole = whole.tb_next
    while kept and "__tracebackhide__" in kept[-1].tb_frame.f_locals:
        kept.pop()
    shown: TracebackType | None = None
    for each in reversed(kept):
        shown = TracebackType(shown, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return shown

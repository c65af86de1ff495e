"""The errors that mqttwidgets raises.

MqttWidgetsError
├── InvalidValueError (ValueError)      a URL, filter, window or option that is not accepted
├── UnknownKeywordError (TypeError)     a keyword that does not exist
├── MissingPackageError (ImportError)   an optional package is needed and not installed
└── StoppedError (RuntimeError)         what is waited for cannot come, as the plot or the stream was stopped

What happens on the network is no exception: it is a status, shown where the data would be.
"""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

_Value = TypeVar("_Value")
_Parameters = ParamSpec("_Parameters")


class MqttWidgetsError(Exception):
    """Base of all errors raised by this package."""


class InvalidValueError(MqttWidgetsError, ValueError):
    """A value is not accepted; the message says which values are."""


class UnknownKeywordError(MqttWidgetsError, TypeError):
    """A keyword does not exist; the message names those that do."""


class MissingPackageError(MqttWidgetsError, ImportError):
    """An optional package is missing; the message says how to install it."""


class StoppedError(MqttWidgetsError, RuntimeError):
    """What is waited for cannot come any more; the message says why."""


def reject_unknown_keywords(callee: str, unknown: Iterable[str], accepted: Iterable[str]) -> None:
    """Raise UnknownKeywordError for the first name in `unknown`, suggesting its nearest neighbour.

    Example:
        >>> reject_unknown_keywords("SensorStream", ["histroy"], ["broker", "history"])
        Traceback (most recent call last):
        ...
        mqttwidgets.errors.UnknownKeywordError: SensorStream has no keyword 'histroy': did you mean \
'history'? It accepts: broker, history.
    """
    names = list(accepted)
    for name in unknown:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f": did you mean {near[0]!r}?" if near else "."
        raise UnknownKeywordError(f"{callee} has no keyword {name!r}{hint} It accepts: {', '.join(names)}.")


def names_its_keywords(
    owner: str,
) -> Callable[[Callable[_Parameters, _Value]], Callable[_Parameters, _Value]]:
    """Have a method refuse a keyword that it does not have with the names of those that it has.

    Args:
        owner: what the method is one of, in words.

    Example:
        >>> class Plot:
        ...     @names_its_keywords("plot")
        ...     def limit(self, of, *, above=None): ...
        >>> Plot().limit("*", abov=30)
        Traceback (most recent call last):
        ...
        mqttwidgets.errors.UnknownKeywordError: plot.limit has no keyword 'abov': did you mean 'above'? \
It accepts: of, above.
    """

    def checking(method: Callable[_Parameters, _Value]) -> Callable[_Parameters, _Value]:
        known = [name for name in inspect.signature(method).parameters if name != "self"]

        @functools.wraps(method)
        def checked(*values: _Parameters.args, **keywords: _Parameters.kwargs) -> _Value:
            unknown = [name for name in keywords if name not in known]
            reject_unknown_keywords(f"{owner}.{method.__name__}", unknown, known)
            return method(*values, **keywords)

        return checked

    return checking

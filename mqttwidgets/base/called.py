"""Public methods called wrongly: the error says what is right, and its traceback ends where they were called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from .discreet import discreet
from .errors import reject_unknown_keywords

_Value = TypeVar("_Value")
_Parameters = ParamSpec("_Parameters")


def names_its_keywords(
    owner: str,
) -> Callable[[Callable[_Parameters, _Value]], Callable[_Parameters, _Value]]:
    """Have a method refuse a keyword that it does not have with the names of those that it has.

    It is `discreet`, too: an error of ours is about what the caller gave, and ends at the caller's line.

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

    def checking(method: Callable[_Parameters, _Value]) -> Callable[_Parameters, _Value]:
        known = [name for name in inspect.signature(method).parameters if name != "self"]

        @functools.wraps(method)
        def checked(*values: _Parameters.args, **keywords: _Parameters.kwargs) -> _Value:
            unknown = [name for name in keywords if name not in known]
            reject_unknown_keywords(f"{owner}.{method.__name__}()", unknown, known)
            return method(*values, **keywords)

        return discreet(checked)

    return checking

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
import sys
import traceback
from collections.abc import Iterable
from types import TracebackType


class MqttWidgetsError(Exception):
    """Base of all errors raised by this package.

    In a notebook its traceback ends at the line that was wrong, as frames that call themselves hidden, by a local
    variable `__tracebackhide__`, are left out at its end.
    """

    def _render_traceback_(self) -> list[str]:
        """The lines that IPython shows, which asks for them by this name (its documentation, "Integrating")."""
        shown = _without_hidden_end(self.__traceback__)
        shell = sys.modules["IPython"].get_ipython()  # who asks is there, and this room does without it
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
    """What is waited for cannot come any more; the message says why."""


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

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
from collections.abc import Iterable


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

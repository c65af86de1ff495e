"""Values and calls as Python writes them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..text import printable
from ..window import Window

_INDENT = "    "
_LONGEST_LINE = 79
_COMMENT = "\0"  # ahead of one: in no text that `repr` writes
_CALL = re.compile(r"[A-Za-z_]\w*\(.*\)")


class Source(str):
    """Source text that stands for a value."""

    __slots__ = ()


def value_source(value: object) -> str:
    """A value as source text, with `mw` for this package; a comment says where the reader must write it.

    Example:
        >>> from datetime import timezone
        >>> value_source(["a", 1.5, None]), value_source(timedelta(minutes=5))
        ("['a', 1.5, None]", "'5 min'")
        >>> value_source(datetime(2026, 3, 1, tzinfo=timezone.utc))
        "'2026-03-01T00:00:00+00:00'"
    """
    if isinstance(value, Source):
        return str(value)
    if isinstance(value, datetime):
        return repr(value.isoformat())
    if isinstance(value, timedelta):
        return repr(Window.parse(value).text)
    if isinstance(value, tuple):
        items = [value_source(item) for item in value]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if isinstance(value, list):
        return f"[{', '.join(map(value_source, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{value_source(key)}: {value_source(item)}" for key, item in value.items()) + "}"
    if value is None or isinstance(value, (str, int, float)):
        return repr(value)
    return _object_source(value)


def call_source(name: str, function: Callable[..., object], values: Mapping[str, object]) -> str:
    """A call with those of the values that are no defaults: on one line where there is room.

    Args:
        name: of what is called, as it is written.
        function: what is called, whose signature says what its parameters are, and their defaults.
        values: by the names of parameters.

    Example:
        >>> call_source("f", lambda a=None, b=1, c=2: None, {"a": "x", "b": 1, "c": 3})
        "f('x', c=3)"
    """
    given = []
    for number, parameter in enumerate(inspect.signature(function).parameters.values()):
        value = values.get(parameter.name, parameter.default)
        if value is not parameter.empty and value != parameter.default:
            source = value_source(value)
            is_named = number > 0 and parameter.default is not parameter.empty
            given.append(f"{parameter.name}={source}" if is_named else source)
    line = f"{name}({', '.join(given)})"
    if len(line) <= _LONGEST_LINE and _COMMENT not in line:
        return line
    return f"{name}(\n{''.join(map(_row, given))})"


def _row(argument: str) -> str:
    """An argument on a line of its own, a comment behind its comma."""
    code, mark, comment = argument.partition(_COMMENT)
    return f"{_INDENT}{code},{'  # ' if mark else ''}{comment}\n"


def _object_source(value: object) -> str:
    """A function by its name, an object of this package as its `repr`."""
    text = repr(value)
    if type(value).__module__.split(".")[0] == __name__.split(".")[0] and _CALL.fullmatch(text):
        return f"mw.{text}"
    name: Any = getattr(value, "__name__", "")
    if str(name).isidentifier() and getattr(value, "__qualname__", "") == name:
        return f"{name}{_COMMENT}your own function: define or import it before"
    kind = "lambda" if name == "<lambda>" else printable(type(value).__name__, 40)
    return f"your_{'function' if callable(value) else 'object'}{_COMMENT}write here what it was, a {kind}"

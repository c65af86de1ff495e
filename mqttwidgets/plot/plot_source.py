"""The Python that makes a plot as it stands."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..base.errors import InvalidValueError
from ..base.text import printable
from ..base.times import Window
from ..mqtt.broker import DEFAULT_PORTS, Broker, broker_from
from ..sensor_stream import SensorStream

_INDENT = "    "
_LONGEST_LINE = 79
_COMMENT = "\0"  # ahead of one: in no text that `repr` writes
_LONGEST_HINT = 40
_NO_WORD = re.compile(r"\W+")
_OURS = ("mw", "plot", "stream", "broker", "os", "getpass")
_PLAIN = (str, int, float, list, tuple, dict, datetime, timedelta, type(None))
_CALL = re.compile(r"[A-Za-z_]\w*\(.*\)")


class Code(str):
    """Python source that prints as it is, in a notebook as well."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def plot_source(
    plot: Callable[..., object],
    stream: SensorStream,
    options: Mapping[str, object],
    later: Mapping[str, object],
    made: Iterable[str] = (),
    *,
    shares_stream: bool,
    names: Names,
) -> Code:
    """The source of a plot.

    Args:
        plot: what makes one.
        stream: what it shows.
        options: what it is made with, besides what belongs to the stream.
        later: traits that are set once it is made; those that are empty are left out.
        made: calls of its methods, as `made_source` writes them.
        shares_stream: whether the stream was made before.
        names: those of functions and other objects.
    """
    lines, belongs = _origin(stream, names)
    belongs |= names.in_place_of_objects(stream.options)
    if shares_stream:
        lines.append(f"stream = {call_source('mw.SensorStream', SensorStream, belongs)}")
        belongs = {"stream": Source("stream")}
    lines.append(f"plot = {call_source('mw.LiveSensorPlot', plot, {**belongs, **options})}")
    lines += made
    lines += [f"plot.{name} = {value_source(value)}" for name, value in later.items() if value]
    return Code("\n".join([*_imports(lines), *names.imports, "", *lines, "plot"]))


def made_source(method: str, function: Callable[..., object], thing: object, names: Names, called: str) -> str:
    """The call of a plot's method that made `thing`, which has an attribute for each of its parameters.

    Args:
        method: the name of the method.
        function: the method.
        thing: what it made.
        names: those of functions and other objects.
        called: what the thing is called, after which an object of the user's without a name is called.

    Example:
        >>> class Mean:
        ...     name, of = "mean", ("*/temperature",)
        >>> made_source("derive", lambda name, of="*": None, Mean, Names(), "mean")
        "plot.derive('mean', of='*/temperature')"
    """
    values = {name: getattr(thing, name) for name in inspect.signature(function).parameters}
    alone = {name: value[0] if _is_alone(value) else value for name, value in values.items()}
    return call_source(f"plot.{method}", function, names.in_place_of_objects(alone, called))


def _origin(stream: SensorStream, names: Names) -> tuple[list[str], dict[str, object]]:
    """Lines ahead of the plot, and what its stream is given to get messages from."""
    if stream.broker is None:
        return [], {"source": names.source(stream.source, "source")}
    lines, broker = _broker(stream.broker)
    return lines, {"topic": stream.topic, "broker": broker}


def _is_alone(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 1


def _broker(broker: Broker) -> tuple[list[str], object]:
    """Lines ahead of the plot, and what it is given as its broker; no secret is in them."""
    if "MQTTWIDGETS_BROKER" in os.environ and broker == broker_from(None):
        return ["# The broker is that of the environment variable MQTTWIDGETS_BROKER."], None
    if broker.password is None and _is_whole(str(broker), broker):
        return [], str(broker)
    values = {field.name: getattr(broker, field.name) for field in dataclasses.fields(broker)}
    values["port"] = None if broker.port == DEFAULT_PORTS[broker.scheme] else broker.port
    for name, place in _PLACES.items():
        if place.is_secret(values[name]):
            values[name] = Source(place.source(broker))
    if broker.headers is not None:
        values["headers"] = {name: Source(_header_place(name).source(broker)) for name in broker.headers}
    caution = [f"# Caution: {broker.caution}."] if broker.caution else []
    return [*caution, f"broker = {call_source('mw.Broker', Broker, values)}"], Source("broker")


def _is_whole(url: str, broker: Broker) -> bool:
    """Whether a URL says all of a broker."""
    try:
        return Broker.from_url(url) == broker
    except InvalidValueError:
        return False


class _Place(NamedTuple):
    """Where a secret comes from when the code runs."""

    variable: str
    question: str
    is_secret: Callable[[Any], bool]

    def source(self, broker: Broker) -> str:
        """The expression that asks for it."""
        question = f"{self.question} {broker.username + ' at ' if broker.username else ''}{broker.host}: "
        return f"os.environ.get({self.variable!r}) or getpass({question!r})"


_PLACES = {
    "password": _Place("MQTT_PASSWORD", "Password of", lambda password: password is not None),
    "path": _Place("MQTT_PATH", "Path of the WebSocket, with its query, for", lambda path: "?" in path),
}


def _header_place(name: str) -> _Place:
    return _Place(f"MQTT_HEADER_{re.sub(r'[^0-9A-Z]', '_', name.upper())}", f"Header {name} for", lambda _: True)


def _imports(lines: Sequence[str]) -> list[str]:
    asks = any("getpass(" in line for line in lines)
    return [*(["import os", "from getpass import getpass", ""] if asks else []), "import mqttwidgets as mw"]


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
    """An object of this package as its `repr`, any other by a name."""
    names = Names()
    source = names.source(value, "function" if callable(value) else "object")
    return str(source) + "".join(f"{_COMMENT}before: {line}" for line in names.imports)


def _is_ours(value: object) -> bool:
    """Whether the `repr` of an object is how it is made."""
    return type(value).__module__.split(".")[0] == __name__.split(".")[0] and bool(_CALL.fullmatch(repr(value)))


def _home(value: object, name: str) -> str:
    """The module that an object is imported from by its name; `""` where it is in none."""
    home = str(getattr(value, "__module__", None) or "")
    is_importable = home != "__main__" and all(part.isidentifier() for part in home.split("."))
    return home if is_importable and getattr(sys.modules.get(home), name, None) is value else ""


class Names:
    """The names that objects go by in one source: each has one, and none has two.

    Example:
        >>> names = Names()
        >>> sources = [names.source(lambda s: s, hint) for hint in ("too hot", "Too-hot")]
        >>> sources.append(names.source(max, ""))
        >>> [source.partition(_COMMENT)[0] for source in sources]
        ['your_too_hot', 'your_too_hot_2', 'max']
        >>> str(names.source(inspect.cleandoc, "")), names.imports
        ('cleandoc', ['from inspect import cleandoc'])
    """

    def __init__(self) -> None:
        self._objects: dict[str, object] = dict.fromkeys(_OURS)
        self._homes: dict[str, str] = {}

    @property
    def imports(self) -> list[str]:
        """The lines that import what other modules have."""
        return sorted(f"from {home} import {name}" for name, home in self._homes.items())

    def source(self, value: object, hint: str) -> Source:
        """A placeholder for an object, with a comment on what to write there.

        Args:
            value: the object.
            hint: what it is for, which an object without a name of its own is called by.
        """
        if _is_ours(value):
            return Source(f"mw.{value!r}")
        own: Any = getattr(value, "__name__", "")
        is_named = str(own).isidentifier() and getattr(value, "__qualname__", "") == own
        if is_named and self._objects.setdefault(own, value) is value:
            home = _home(value, own)
            if home and home != "builtins":
                self._homes[own] = home
            if home:
                return Source(own)
            return Source(f"{own}{_COMMENT}your own function: define or import it before")
        known = next((name for name, each in self._objects.items() if each is value), None)
        name = self._new(hint) if known is None else known
        self._objects[name] = value
        kind = "lambda" if own == "<lambda>" else printable(type(value).__name__, 40)
        return Source(f"{name}{_COMMENT}write here what it was, a {kind}")

    def in_place_of_objects(self, values: Mapping[str, object], hint: str = "") -> dict[str, object]:
        """Values as they are, but for objects.

        Args:
            values: by the names of parameters.
            hint: what all of it is for; `""` to go by the names of the parameters.
        """
        return {
            name: value if isinstance(value, _PLAIN) else self.source(value, hint or name)
            for name, value in values.items()
        }

    def _new(self, hint: str) -> str:
        words = _NO_WORD.sub("_", hint)[:_LONGEST_HINT].strip("_").lower()
        name = f"your_{words}" if words and f"your_{words}".isidentifier() else "your_function"
        numbered = (f"{name}_{number}" for number in itertools.count(2))
        return name if name not in self._objects else next(each for each in numbered if each not in self._objects)

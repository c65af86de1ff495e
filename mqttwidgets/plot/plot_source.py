"""The Python that makes a plot as it stands."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..base.errors import InvalidValueError
from ..mqtt.broker import DEFAULT_PORTS, Broker, broker_from
from ..sensor_stream import SensorStream
from .python_source import Names, Source, call_source, value_source


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
        """What asks for it."""
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

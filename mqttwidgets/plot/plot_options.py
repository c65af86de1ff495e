"""Checks the arguments of a plot at once: an error names what is accepted."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, TypeVar

from ..base.errors import InvalidValueError
from ..base.text import printable
from ..sensor_stream import SensorStream

STREAM_DEFAULTS: dict[str, Any] = {
    name: parameter.default
    for name, parameter in inspect.signature(SensorStream).parameters.items()
    if parameter.kind is not parameter.VAR_KEYWORD and name != "topic"
}
"""The options that belong to the stream, with its defaults."""

KEYWORDS = ("topic", *STREAM_DEFAULTS, "window", "paused", "fps", "title", "autostart", "stream")
"""All that a plot takes."""

_Value = TypeVar("_Value")


def stream_for(
    stream: SensorStream | None, topic: str | Iterable[str] | None, options: dict[str, Any]
) -> SensorStream:
    """The user's stream, whose options are set already, else one of the plot's own.

    Args:
        stream: the user's; None for none.
        topic: of a new one.
        options: of a new one, by their names.
    """
    if stream is None:
        if topic is None and options["source"] is None:
            raise InvalidValueError(
                "LiveSensorPlot needs a topic, as in LiveSensorPlot('home/#'), stream= or source="
            )
        return SensorStream(topic, **options)
    if not isinstance(stream, SensorStream):
        raise InvalidValueError(f"stream is a SensorStream, not {printable(repr(stream))}")
    extra = [name for name, value in options.items() if value != STREAM_DEFAULTS[name]]
    if topic is not None or extra:
        names = ", ".join((["topic"] if topic is not None else []) + extra)
        raise InvalidValueError(f"with stream=, leave out what belongs to the stream: {names}")
    return stream


def positive(name: str, value: float) -> float:
    """A number above 0 and at most 1,000."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1000:
        raise InvalidValueError(
            f"{name} is a number above 0 and at most 1,000, 20 for example, not {printable(repr(value))}"
        )
    return value


def of_type(name: str, value: _Value, types: tuple[type, ...], accepted: str) -> _Value:
    """A value of one of the types."""
    if not isinstance(value, types):
        raise InvalidValueError(f"{name} is {accepted}, not {printable(repr(value))}")
    return value

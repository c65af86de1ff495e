"""Traits whose errors say what is accepted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import traitlets

from ..errors import InvalidValueError
from ..instants import ACCEPTED, epoch_seconds, in_utc
from ..text import printable
from ..topic import topic_filters
from ..window import Window


class RejectedValueError(InvalidValueError, traitlets.TraitError):
    """A value that a trait does not accept: a ValueError and a TraitError in one."""


class TopicTrait(traitlets.TraitType[Any, Any]):
    """A topic filter, or a list of topic filters."""

    info_text = "a topic filter such as 'home/+/temperature', or a list of them"

    def validate(self, obj: Any, value: Any) -> str | list[str]:
        """The value as the user gave it, a list as a list of its own."""
        try:
            filters = topic_filters(value)
        except InvalidValueError as error:
            raise RejectedValueError(str(error)) from None
        return value if isinstance(value, str) else [each.text for each in filters]


class WindowTrait(traitlets.TraitType[Any, Any]):
    """A number of samples, a text such as "30 s", or a timedelta."""

    info_text = "a number of samples, or a time such as '30 s' or '5 min'"

    def validate(self, obj: Any, value: Any) -> Any:
        """The value as the user gave it."""
        try:
            Window.parse(value)
        except InvalidValueError as error:
            raise RejectedValueError(str(error)) from None
        return value


class HiddenTrait(traitlets.TraitType[Any, Any]):
    """(topic, field) pairs."""

    default_value: Any = ()
    info_text = "a list of (topic, field) pairs such as [('home/cellar', '/temperature')]"

    def validate(self, obj: Any, value: Any) -> tuple[tuple[str, str], ...]:
        """The pairs as tuples, each once."""
        pairs = list(value) if isinstance(value, Iterable) else [value]
        if not all(_is_pair_of_texts(pair) for pair in pairs):
            raise RejectedValueError(f"hidden is {self.info_text}, not {printable(repr(value))}")
        return tuple(dict.fromkeys((pair[0], pair[1]) for pair in pairs))


def _is_pair_of_texts(pair: object) -> bool:
    return isinstance(pair, (tuple, list)) and len(pair) == 2 and all(isinstance(part, str) for part in pair)


class SpanTrait(traitlets.TraitType[Any, Any]):
    """A span of time as (start, end), in either order, or None."""

    default_value: Any = None
    info_text = f"None or (start, end), each {ACCEPTED}"

    def validate(self, obj: Any, value: Any) -> tuple[datetime, datetime] | None:
        """None, or both ends in UTC, the earlier one first."""
        if value is None:
            return None
        ends = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        if len(ends) != 2:
            raise RejectedValueError(f"{self.name} is {self.info_text}; not {printable(repr(value))}")
        try:
            start, end = sorted(map(epoch_seconds, ends))
        except InvalidValueError as error:
            raise RejectedValueError(f"{self.name} is None or (start, end): {error}") from None
        return in_utc(start), in_utc(end)


class StreamTrait(traitlets.TraitType[Any, Any]):
    """A read-only trait that is read from the plot's stream, so that it is right in a cell that runs, too.

    Observers hear of changes when the plot draws.

    Args:
        attribute: of the SensorStream.
        default_value: the value before there is a stream.
    """

    def __init__(self, attribute: str, default_value: str) -> None:
        super().__init__(default_value, read_only=True)
        self._attribute = attribute

    def get(self, obj: Any, cls: Any = None) -> Any:
        """The value as it is now."""
        stream = getattr(obj, "stream", None)
        return super().get(obj, cls) if stream is None else getattr(stream, self._attribute)

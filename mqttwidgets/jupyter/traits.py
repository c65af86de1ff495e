"""Traits whose errors say what is accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import traitlets

from ..base.errors import InvalidValueError, discreet
from ..base.text import printable
from ..base.times import ACCEPTED_TIMES, Window, epoch_seconds, in_utc
from ..mqtt.topic import topic_filters

_EARLIEST_S, _LATEST_S, _SHORTEST_S = -2_208_988_800.0, 7_258_118_400.0, 0.001  # 1900 and 2200
_LARGEST, _SMALLEST, _LEAST_SPAN = 1e300, 1e-280, 1e-9


class RejectedValueError(InvalidValueError, traitlets.TraitError):
    """A value that a trait does not accept: a ValueError and a TraitError in one."""


class _CheckedTrait(traitlets.TraitType[Any, Any]):
    """A trait whose refusal ends at the line that set it."""

    @discreet
    def __set__(self, obj: Any, value: Any) -> None:
        super().__set__(obj, value)


class TopicTrait(_CheckedTrait):
    """A topic filter, or a list of topic filters."""

    info_text = "a topic filter such as 'home/+/temperature', or a list of them"

    def validate(self, obj: Any, value: Any) -> str | list[str]:
        """The value as the user gave it, a list as a list of its own."""
        try:
            filters = topic_filters(value)
        except InvalidValueError as error:
            raise RejectedValueError(str(error)) from None
        return value if isinstance(value, str) else [each.text for each in filters]


class WindowTrait(_CheckedTrait):
    """A number of samples, a text such as "30 s", or a timedelta."""

    info_text = "a number of samples, or a time such as '30 s' or '5 min'"

    def validate(self, obj: Any, value: Any) -> Any:
        """The value as the user gave it."""
        try:
            Window.parse(value)
        except InvalidValueError as error:
            raise RejectedValueError(str(error)) from None
        return value


class HiddenTrait(_CheckedTrait):
    """(topic, field) pairs."""

    default_value: Any = ()
    info_text = "a list of (topic, field) pairs such as [('home/cellar', '/temperature')]"

    def validate(self, obj: Any, value: Any) -> tuple[tuple[str, str], ...]:
        """The pairs as tuples, each once."""
        pairs = list(value) if isinstance(value, Iterable) else [value]
        if not all(_is_pair_of_texts(pair) for pair in pairs):
            raise RejectedValueError(f"hidden is {self.info_text}, not {printable(repr(value))}")
        return tuple(dict.fromkeys((pair[0], pair[1]) for pair in pairs))


class TimeRangeTrait(_CheckedTrait):
    """None, or the (start, end) of a time axis in either order, which are read as datetimes in UTC."""

    default_value: Any = None

    def validate(self, obj: Any, value: Any) -> tuple[datetime, datetime] | None:
        """None, or both ends in UTC, the earlier one first."""
        if value is None:
            return None
        try:
            start, end = sorted(map(epoch_seconds, value))
        except (TypeError, ValueError):  # an InvalidValueError is one
            raise self._rejected(value) from None
        if start < _EARLIEST_S or end > _LATEST_S or end - start < _SHORTEST_S:
            raise self._rejected(value)
        return in_utc(start), in_utc(end)

    def _rejected(self, value: object) -> RejectedValueError:
        return RejectedValueError(
            f"{self.name} is None or (start, end), a millisecond apart at least, from 1900 to 2200, "
            f"each {ACCEPTED_TIMES}; not {printable(repr(value))}"
        )


class ValueRangesTrait(_CheckedTrait):
    """The symbol of a unit → (low, high)."""

    info_text = "a mapping such as {'°C': (15, 25)}, of a unit as on its axis ('' for none) to (low, high)"

    def make_dynamic_default(self) -> dict[str, tuple[float, float]]:
        """None are held."""
        return {}

    def validate(self, obj: Any, value: Any) -> dict[str, tuple[float, float]]:
        """The ends as a dictionary of its own."""
        if not isinstance(value, Mapping) or not all(_is_range(unit, ends) for unit, ends in value.items()):
            raise RejectedValueError(f"value_ranges is {self.info_text}, not {printable(repr(value))}")
        return {unit: (float(low), float(high)) for unit, (low, high) in value.items()}


def _is_range(unit: object, ends: object) -> bool:
    """Whether a unit has two ends that an axis can be drawn between."""
    if not isinstance(unit, str) or not isinstance(ends, (tuple, list)) or len(ends) != 2:
        return False
    if not all(isinstance(end, (int, float)) and abs(end) <= _LARGEST for end in ends):
        return False
    low, high = ends
    return bool(high - low > _LEAST_SPAN * max(abs(low), abs(high), _SMALLEST))


def _is_pair_of_texts(pair: object) -> bool:
    return isinstance(pair, (tuple, list)) and len(pair) == 2 and all(isinstance(part, str) for part in pair)


class SpanTrait(_CheckedTrait):
    """A span of time as (start, end), in either order, or None."""

    default_value: Any = None
    info_text = f"None or (start, end), each {ACCEPTED_TIMES}"

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

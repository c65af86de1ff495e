"""Patterns of fields, by which a person chooses numbers."""

from __future__ import annotations

import fnmatch
import sys
from collections.abc import Iterable

from .errors import InvalidValueError
from .text import printable

LONGEST_TOPIC = 1_000
"""Characters: five levels of names take a hundred, and a topic precedes the name of every number in a message."""

_MOST_REMEMBERED_BYTES, _LONGEST_REMEMBERED, _BYTES_REMEMBERED = 2_000_000, 500, 200


class FieldPatterns:
    """Shell patterns (fnmatch) of fields, case and all.

    A pattern is matched against the field and against topic and field together, with and without what tells
    several devices on one topic apart: `*temperature` asks for `/temperature,id=34` as well. It goes on matching
    where the unit changes and the values become a line of their own, `/temperature [°F]`. Of a topic with more
    than `LONGEST_TOPIC` characters only the field counts.

    Args:
        patterns: such as `["*/temperature", "lab/*/humidity"]`.

    Raises:
        InvalidValueError: for what is no list of texts.

    Example:
        >>> patterns = FieldPatterns(["*temperature", "lab/bme/h*"])
        >>> patterns.match("x", "/in/temperature"), patterns.match("lab/bme", "/hum"), patterns.match("x", "/p")
        (True, True, False)
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = () if isinstance(patterns, str) else tuple(patterns)
        if isinstance(patterns, str) or not all(isinstance(pattern, str) for pattern in self.patterns):
            raise InvalidValueError(f"fields is a list of patterns such as ['*temperature'], not {patterns!r}")
        self._known: dict[tuple[str, str], bool] = {}
        self._room = _MOST_REMEMBERED_BYTES

    def match(self, topic: str, field: str) -> bool:
        """Whether one of the patterns asks for a field of a topic."""
        known = self._known.get((topic, field))
        if known is None:
            known = self._matches(topic, field)
            if len(topic) + len(field) <= _LONGEST_REMEMBERED:
                self._room -= _BYTES_REMEMBERED + sys.getsizeof(topic) + sys.getsizeof(field)
                if self._room < 0:
                    self._room = _MOST_REMEMBERED_BYTES
                    self._known.clear()
                self._known[topic, field] = known
        return known

    def _matches(self, topic: str, field: str) -> bool:
        plain = field.partition(",")[0]  # without what tells one device, or one set of tags, from another
        names = {name for each in (field, plain) for name in (each, without_unit(each))}
        if len(topic) <= LONGEST_TOPIC:
            names |= {f"{topic}/{name.lstrip('/')}" if name else topic for name in names}
        return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in self.patterns)


def with_unit(field: str, unit: str) -> str:
    """The field of values in another unit than those before, which are another line.

    Example:
        >>> with_unit("/power", "kW"), with_unit("", "kW")
        ('/power [kW]', '[kW]')
    """
    return f"{field} [{unit}]".strip()


def without_unit(field: str) -> str:
    """A field without the unit that `with_unit` gave it.

    Example:
        >>> without_unit("/power [kW]"), without_unit("[kW]"), without_unit("/power")
        ('/power', '', '/power')
    """
    head, bracket, _ = field.rpartition("[")
    return head.rstrip(" ") if bracket and field.endswith("]") and head[-1:] in ("", " ") else field


def patterns_of(name: str, value: object) -> tuple[str, ...]:
    """The patterns that a user gives, one or a list.

    Raises:
        InvalidValueError: for anything else, saying what is accepted.

    Example:
        >>> patterns_of("of", "*"), patterns_of("of", ["*/a", "*/b"])
        (('*',), ('*/a', '*/b'))
    """
    patterns = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, (list, tuple)) else ()
    if not patterns or not all(isinstance(pattern, str) and pattern for pattern in patterns):
        raise InvalidValueError(
            f"{name} is a pattern such as '*/temperature', or a list of them, not {printable(repr(value))}"
        )
    return patterns

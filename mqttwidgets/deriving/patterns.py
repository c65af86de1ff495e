"""Which series a derivation is of."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InvalidValueError
from ..text import printable


def patterns_of(name: str, value: str | Sequence[str]) -> tuple[str, ...]:
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

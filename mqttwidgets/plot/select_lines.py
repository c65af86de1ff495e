"""Patterns that ask for no line."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from ..base.model import Key
from ..base.patterns import FieldPatterns
from ..base.text import printable, quantity


def unmatched(asked: Iterable[tuple[str, tuple[str, ...]]], keys: Collection[Key]) -> tuple[str, ...]:
    """A remark for each that has nothing to do; none while there is no series yet.

    Args:
        asked: what it is, and its patterns.
        keys: (topic, field) of all series.

    Example:
        >>> unmatched([("mean", ("*",)), ("limit", ("*temprature",))], [("home/kitchen", "/temperature")])
        ('limit: *temprature matches none of 1 line',)
    """
    if not keys:
        return ()
    return tuple(
        f"{printable(what, 60)}: {printable(' or '.join(of), 80)} matches none of {quantity(len(keys), 'line')}"
        for what, of in asked
        if not _matches_any(of, tuple(keys))
    )


@lru_cache(maxsize=64)  # as it is asked with each text, and the series seldom change
def _matches_any(of: tuple[str, ...], keys: tuple[Key, ...]) -> bool:
    patterns = FieldPatterns(of)
    return any(patterns.match(*key) for key in keys)

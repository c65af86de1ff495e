"""The lines of a plot that patterns ask for, to take them away; and patterns that ask for none."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from ..base.errors import InvalidValueError
from ..base.model import Key
from ..base.patterns import FieldPatterns, patterns_of
from ..base.text import printable, quantity
from ..sensor_stream import SensorStream
from ..series.export.pieces import Samples


def lines_named(stream: SensorStream, of: str | Iterable[str] | None, *, may_compute: bool = False) -> Samples:
    """All samples kept of the lines that match, derived ones included; for None of the stream's own series.

    What comes meanwhile is in none of them.

    Args:
        stream: where the series are.
        of: a pattern, or a list of them.
        may_compute: whether to compute first what waits for it, which is for the kernel's event loop only.

    Raises:
        InvalidValueError: for what is no pattern, and where nothing matches.
    """
    if of is None:
        return stream.snapshot()
    patterns = FieldPatterns(patterns_of("of", of))
    stream.drain()
    if may_compute:
        stream.analysis.compute()
    with stream.reading(0.0) as found:
        lines = stream.analysis.derivations.beside(found)
        named = [series for key, series in lines.items() if patterns.match(*key)]
        if named or patterns.patterns == ("*",):
            return Samples(named)
    names = ", ".join(series.label for series in lines.values()) or "none"
    raise InvalidValueError(
        f"of={printable(repr(of), 80)} matches none of the lines that have a sample: {printable(names, 300)}"
    )


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

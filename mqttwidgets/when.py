"""Times as people give them."""

from __future__ import annotations

import math
from datetime import datetime, timezone

from .errors import InvalidValueError
from .text import printable

TimeLike = datetime | str | float
"""A datetime (a pandas Timestamp is one), ISO text, or epoch seconds; by the kernel's clock without a zone."""

ACCEPTED = "a datetime, a text such as '2026-05-01 12:00', or epoch seconds, from 1900 to 2200"

_EARLIEST_S = datetime(1900, 1, 1, tzinfo=timezone.utc).timestamp()
_LATEST_S = datetime(2200, 1, 1, tzinfo=timezone.utc).timestamp()
_SHORTEST_S = 0.001


def epoch_seconds(time: object) -> float:
    """A time given by a user, in epoch seconds.

    Raises:
        InvalidValueError: for what is no time, saying what is accepted.

    Example:
        >>> epoch_seconds("2026-05-01T12:00:00+02:00"), epoch_seconds(1.5)
        (1777629600.0, 1.5)
    """
    found = math.nan
    try:
        if isinstance(time, str):
            time = datetime.fromisoformat(_with_offset(time.strip()))
        if isinstance(time, datetime):
            found = time.timestamp()
        elif isinstance(time, (int, float)) and not isinstance(time, bool):
            found = float(time)
    except (ValueError, OverflowError, OSError):
        pass
    if not _EARLIEST_S <= found <= _LATEST_S:
        raise InvalidValueError(f"a time is {ACCEPTED}, not {printable(repr(time))}")
    return found


def span_seconds(span: object, name: str) -> tuple[float, float]:
    """The ends of a span of time given by a user, in epoch seconds.

    Args:
        span: two times, the earlier one first, at least a millisecond apart.
        name: of the option, for errors.

    Raises:
        InvalidValueError: for what is no span, saying what is accepted.

    Example:
        >>> span_seconds((10, 20.5), "time_range")
        (10.0, 20.5)
    """
    accepted = f"{name} is None or (start, end), each {ACCEPTED}, the start before the end"
    if not isinstance(span, (tuple, list)) or len(span) != 2:
        raise InvalidValueError(f"{accepted}; not {printable(repr(span))}")
    try:
        start, end = (epoch_seconds(time) for time in span)
    except InvalidValueError as error:
        raise InvalidValueError(f"{accepted}; {error}") from None
    if not end - start >= _SHORTEST_S:
        raise InvalidValueError(f"{accepted} by a millisecond at least; not {printable(repr(span))}")
    return start, end


def in_utc(epoch_s: float) -> datetime:
    """A time as traits show it.

    Example:
        >>> in_utc(1.5).isoformat()
        '1970-01-01T00:00:01.500000+00:00'
    """
    return datetime.fromtimestamp(epoch_s, timezone.utc)


def _with_offset(text: str) -> str:
    """With the offset that Python 3.10 can read in place of a Z."""
    return f"{text[:-1]}+00:00" if text[-1:] in ("Z", "z") else text

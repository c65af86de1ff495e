"""The user's own Decoder, held to what a Decoder promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, SupportsFloat

from ..base.model import Sample
from ..base.text import printable
from .decoder import Decoded, Decoder
from .rules.number import finite

RETURNS = "the decoder must return a number, a mapping, Samples or None"

_EARLIEST_S, _LATEST_S = -2.2e9, 7.26e9  # the years 1900 to 2200; times in milliseconds are far beyond


class CheckedDecoder:
    """Passes on what a Decoder finds; what it raises or returns wrongly is counted, never passed on.

    Args:
        decoder: the user's.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def __getattr__(self, name: str) -> Any:
        """What it can explain goes to whoever asked."""
        if name in ("topics", "explain"):
            return getattr(self._decoder, name)
        raise AttributeError(name)

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        """The samples in one payload."""
        try:
            found = self._decoder.decode(topic, payload, received_at=received_at)
            return found if isinstance(found, Decoded) and not found else checked(found)
        except Exception as error:
            return raised(error)


def raised(error: Exception) -> Decoded:
    """No samples, since the user's code raised `error`."""
    try:
        text = printable(str(error), 60)
    except Exception:
        text = ""
    return Decoded.fail(f"the decoder raised {type(error).__name__}{f': {text}' if text else ''}")


def checked(found: Iterable[object]) -> Decoded:
    """The samples in `found` with a finite value; a `Decoded` without any says why."""
    kept = Decoded()
    if isinstance(found, Decoded):
        kept.gaps, kept.states, kept.remarks = found.gaps, found.states, found.remarks
    nothing_found = True
    for sample in found:
        nothing_found = False
        if not isinstance(sample, Sample) or not _has_texts(sample):
            return Decoded.fail(RETURNS)
        time, value = finite(plain(sample.time)), finite(plain(sample.value))
        if time is None or not _EARLIEST_S <= time <= _LATEST_S:
            return Decoded.fail("the decoder's time is not in epoch seconds")
        if value is not None:
            kept.append(Sample(sample.topic, sample.field, time, value, sample.unit))
    if kept:
        return kept
    return Decoded.skip("the decoder found no number" if nothing_found else "no value (nan, null)")


def _has_texts(sample: Sample) -> bool:
    """Whether the names in a sample are texts, which nothing enforces."""
    return all(isinstance(name, str) for name in (sample.topic, sample.field, sample.unit))


def plain(value: object) -> object:
    """NumPy's numbers and their like as Python's own."""
    if isinstance(value, (bool, int, float, str, bytes, Mapping, list)) or value is None:
        return value
    return float(value) if isinstance(value, SupportsFloat) else value

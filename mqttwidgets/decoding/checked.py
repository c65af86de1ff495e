"""The user's own Decoder, held to what a Decoder promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import SupportsFloat

from ..message import Sample
from .decoder import Decoded, Decoder
from .number import finite

_NAMES = [Sample._fields.index(name) for name in ("topic", "field", "unit")]


class CheckedDecoder:
    """Passes on what a Decoder finds; what it raises or returns wrongly is counted, never passed on.

    Args:
        decoder: the user's.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        """The samples in one payload."""
        try:
            found = self._decoder.decode(topic, payload, received_at=received_at)
            return found if isinstance(found, Decoded) and not found else checked(found)
        except Exception as error:
            return Decoded.fail(f"the decoder raised {type(error).__name__}")


def checked(found: Iterable[object]) -> Decoded:
    """The samples in `found` whose time and value are finite numbers; a `Decoded` without any says why."""
    kept = Decoded()
    nothing_found = True
    for sample in found:
        nothing_found = False
        if not isinstance(sample, Sample) or not all(isinstance(sample[at], str) for at in _NAMES):
            return Decoded.fail("the decoder gave something that is no Sample")
        time, value = finite(plain(sample.time)), finite(plain(sample.value))
        if time is not None and value is not None:
            kept.append(sample._replace(time=time, value=value))
    if kept:
        return kept
    return Decoded.skip("the decoder found no number" if nothing_found else "no value (nan, null)")


def plain(value: object) -> object:
    """NumPy's numbers and their like as Python's own."""
    if isinstance(value, (bool, int, float, str, bytes, Mapping, list)) or value is None:
        return value
    return float(value) if isinstance(value, SupportsFloat) else value

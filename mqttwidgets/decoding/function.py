"""The user's own function as a Decoder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from ..message import Sample
from .checked import RETURNS, checked, plain, raised
from .decoder import Decoded
from .judgement.leaves import TooManyValuesError, leaves_of
from .judgement.number import finite

UserFunction = Callable[[str, bytes], object]
"""(topic, payload) → a number, a mapping of field to number, one Sample or several, or None for nothing."""


class FunctionDecoder:
    """Calls the user's function and takes what it returns; what it raises is counted, never passed on.

    Args:
        function: see `UserFunction`. It may be called in any thread.

    Example:
        >>> FunctionDecoder(lambda topic, payload: payload[0]).decode("t", b"A", received_at=0.0)
        [Sample(topic='t', field='', time=0.0, value=65.0, unit='')]
    """

    def __init__(self, function: UserFunction) -> None:
        self._function = function

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> Decoded:
        """The samples that the user's function finds in one payload."""
        arrival = time.time() if received_at is None else received_at
        try:
            return _samples(topic, self._function(topic, payload), arrival)
        except Exception as error:
            return raised(error)


def _samples(topic: str, result: object, arrival: float) -> Decoded:
    if result is None:
        return Decoded.skip("the decoder found no number")
    if isinstance(result, Sample):
        return checked([result])
    if isinstance(result, Mapping):
        return _from_mapping(topic, {str(key): plain(value) for key, value in result.items()}, arrival)
    if isinstance(result, Iterable) and not isinstance(result, (str, bytes)):
        return checked(result)
    number = finite(plain(result))
    if number is not None:
        return Decoded([Sample(topic, "", arrival, number)])
    if isinstance(plain(result), float):
        return Decoded.skip("no value (nan, null)")
    return Decoded.fail(RETURNS)


def _from_mapping(topic: str, fields: dict[str, object], arrival: float) -> Decoded:
    try:
        leaves = leaves_of(fields, arrival)
    except TooManyValuesError as error:
        return Decoded.fail(str(error))
    numbers = ((_field(leaf.field), finite(leaf.value)) for leaf in leaves)
    found = Decoded(Sample(topic, field, arrival, value) for field, value in numbers if value is not None)
    return found or Decoded.skip("the decoder found no number")


def _field(pointer: str) -> str:
    """A mapping's own key names the field; only what is nested deeper needs a pointer."""
    name = pointer[1:]
    return pointer if "/" in name else name.replace("~1", "/").replace("~0", "~")

"""The user's own function as a Decoder."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from ..base.model import Sample
from .checked import RETURNS, checked, plain, raised
from .decoder import Decoded
from .limits import MOST_NUMBERS
from .rules.leaves import escaped
from .rules.number import finite

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
    decoded, gaps = Decoded(), []
    for pointer, value in itertools.islice(_values_in(fields), MOST_NUMBERS + 1):
        number, field = finite(value), _field(pointer)
        if number is not None:
            decoded.append(Sample(topic, field, arrival, number))
        elif value is None or isinstance(value, float):
            gaps.append((topic, field))
    if len(decoded) > MOST_NUMBERS:
        return Decoded.fail(f"more than {MOST_NUMBERS:,} numbers")
    decoded.gaps = gaps
    decoded.skipped = "" if decoded else "the decoder found no number"
    return decoded


def _values_in(value: object) -> Iterator[tuple[str, object]]:
    """The (JSON pointer, value) of everything in nested mappings and lists, in their order."""
    to_visit: list[tuple[str, object]] = [("", value)]
    while to_visit:
        pointer, node = to_visit.pop()
        if isinstance(node, Mapping):
            to_visit.extend((f"{pointer}/{escaped(key)}", node[key]) for key in reversed(list(node)))
        elif isinstance(node, (list, tuple)):
            to_visit.extend((f"{pointer}/{index}", node[index]) for index in range(len(node) - 1, -1, -1))
        else:
            yield pointer, node


def _field(pointer: str) -> str:
    """A mapping's own key names the field; only what is nested deeper needs a pointer."""
    name = pointer[1:]
    return pointer if "/" in name else name.replace("~1", "/").replace("~0", "~")

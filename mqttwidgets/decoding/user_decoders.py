"""Decoders that a user gives: the layout of a C struct, a function, or an object of their own.

Whatever a function or an object raises or returns wrongly is counted, never passed on.
"""

from __future__ import annotations

import itertools
import math
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, SupportsFloat

from ..base.errors import InvalidValueError, discreet
from ..base.model import Sample
from ..base.text import printable
from .decoder import Decoded, Decoder
from .format import NO_VALUE
from .limits import MOST_NUMBERS, TOO_MANY_NUMBERS
from .rules.leaf import escaped
from .rules.names import sense_of
from .rules.quantity import finite
from .rules.timestamps import epoch_seconds, fault_of, is_epoch

UserFunction = Callable[[str, bytes], object]
"""(topic, payload) → a number, a mapping of field to number, one Sample or several, or None for nothing."""

_RETURNS = "the decoder must return a number, a mapping, Samples or None"
_EARLIEST_S, _LATEST_S = -2.2e9, 7.26e9  # the years 1900 to 2200; times in milliseconds are far beyond
_WIDE_INTEGERS = "qQ"


class Struct:
    """A Decoder of payloads that are a C struct.

    Args:
        format: as Python's struct module takes it (https://docs.python.org/3/library/struct.html#format-characters),
            such as `"<4xffq"`: little-endian, four bytes to skip, two floats, a 64-bit integer.
        fields: a name for each number, in order; None leaves one out. The one called `time`, `timestamp` or `ts`
            is the time, an epoch in s, ms, µs or ns. Without names, a single number has the field `""`, several
            are col0, col1 and so on, and a 64-bit integer at either end that can be the time is the time.
        units: a unit for each number; none unless given.

    Raises:
        InvalidValueError: (a ValueError) for a layout that struct does not know, one without numbers, or names and
            units that are not as many.

    Example:
        >>> decoder = Struct("<hHx", fields=["temperature", "humidity"], units=["c°C", "%"])
        >>> [(sample.field, sample.value) for sample in decoder.decode("t", bytes([0x66, 8, 48, 0, 0]))]
        [('temperature', 2150.0), ('humidity', 48.0)]
    """

    @discreet
    def __init__(
        self,
        format: str,  # noqa: A002 - as struct calls it
        fields: Sequence[str | None] | None = None,
        *,
        units: Sequence[str] | None = None,
    ) -> None:
        try:
            self._layout = struct.Struct(format)
        except (struct.error, TypeError) as error:
            raise InvalidValueError(f"{format!r} is no layout of Python's struct module: {error}") from None
        example = self._layout.unpack(bytes(self._layout.size))
        count = len(example)
        if not count or any(isinstance(value, bytes) for value in example):
            raise InvalidValueError(f"{format!r} must hold numbers only; skip other bytes with x, as in '4x'")
        self._names = self._checked("fields", fields, count)
        self._units = self._checked("units", units, count) or [""] * count
        codes = [code for code in self._layout.format if code.isalpha() and code != "x"]
        self._wide = codes[-1] in _WIDE_INTEGERS, codes[0] in _WIDE_INTEGERS

    def __repr__(self) -> str:
        units = f", units={self._units!r}" if any(self._units) else ""
        return f"Struct({self._layout.format!r}, fields={self._names!r}{units})"

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> Decoded:
        """The samples in one payload; a NaN is a gap.

        Args:
            topic: the topic name.
            payload: the application message.
            received_at: epoch seconds of arrival; None for now.
        """
        arrival = time.time() if received_at is None else received_at
        if len(payload) != self._layout.size:
            return Decoded.fail(f"{len(payload):,} bytes, where the layout has {self._layout.size:,}")
        values = [float(value) for value in self._layout.unpack(payload)]
        place = self._place_of_time(values, arrival)
        claimed = None if place is None else epoch_seconds(values[place])
        fault = "" if claimed is None else fault_of(claimed, arrival)
        when = arrival if claimed is None or fault else claimed
        decoded, gaps = Decoded(), []
        for name, value, unit in self._measured(values, place):
            if math.isfinite(value):
                decoded.append(Sample(topic, name, when, value, unit))
            else:
                gaps.append((topic, name))
        decoded.gaps, decoded.remarks = gaps, [fault] if fault else []
        decoded.skipped = "" if decoded else NO_VALUE
        return decoded

    def _measured(self, values: Sequence[float], place_of_time: int | None) -> list[tuple[str, float, str]]:
        """The (name, value, unit) of each number but the time and those to leave out."""
        names: Sequence[str | None] = self._names or [f"col{number}" for number in range(len(values))]
        found = [
            (name, value, unit)
            for place, (name, value, unit) in enumerate(zip(names, values, self._units, strict=True))
            if place != place_of_time and name is not None
        ]
        return [("", *found[0][1:])] if self._names is None and len(found) == 1 else found

    def _place_of_time(self, values: Sequence[float], arrival: float) -> int | None:
        if self._names is not None:
            named = (place for place, name in enumerate(self._names) if name and sense_of(name).is_clock)
            return next(named, None)
        ends = (len(values) - 1, 0) if len(values) > 1 else ()
        wide = (place for place, is_wide in zip(ends, self._wide, strict=False) if is_wide)
        return next(
            (at for at in wide if is_epoch(values[at]) and not fault_of(epoch_seconds(values[at]), arrival)), None
        )

    def _checked(self, what: str, given: Sequence[str | None] | None, count: int) -> list[str] | None:
        if given is None:
            return None
        if isinstance(given, str) or len(given) != count:
            raise InvalidValueError(
                f"{what} takes a list with a name for each of the {count} numbers, not {given!r}"
            )
        names = [name for name in given if name is not None]
        if not all(isinstance(name, str) for name in names):
            raise InvalidValueError(f"{what} takes texts, not {given!r}")
        if what == "fields" and len(set(names)) < len(names):
            raise InvalidValueError(f"fields names two numbers alike: {given!r}")
        return list(given)  # type: ignore[arg-type]


class FunctionDecoder:
    """Makes samples of whatever the user's function returns.

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
            return _raised(error)


class CheckedDecoder:
    """Passes on the samples of a Decoder, held to the promises of one.

    Args:
        decoder: the user's.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def __getattr__(self, name: str) -> Any:
        if name in ("topics", "explain", "waiting_for_names"):
            return getattr(self._decoder, name)
        raise AttributeError(name)

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        """The samples in one payload."""
        try:
            found = self._decoder.decode(topic, payload, received_at=received_at)
            return found if isinstance(found, Decoded) and not found else _checked_samples(found)
        except Exception as error:
            return _raised(error)


def _samples(topic: str, result: object, arrival: float) -> Decoded:
    if result is None:
        return Decoded.skip("the decoder found no number")
    if isinstance(result, Sample):
        return _checked_samples([result])
    if isinstance(result, Mapping):
        return _from_mapping(topic, {str(key): _plain(value) for key, value in result.items()}, arrival)
    if isinstance(result, Iterable) and not isinstance(result, (str, bytes)):
        return _checked_samples(result)
    number = finite(_plain(result))
    if number is not None:
        return Decoded([Sample(topic, "", arrival, number)])
    if isinstance(_plain(result), float):
        return Decoded.skip(NO_VALUE)
    return Decoded.fail(_RETURNS)


def _from_mapping(topic: str, fields: dict[str, object], arrival: float) -> Decoded:
    decoded, gaps = Decoded(), []
    for pointer, value in itertools.islice(_values_in(fields), MOST_NUMBERS + 1):
        number, field = finite(value), _field(pointer)
        if number is not None:
            decoded.append(Sample(topic, field, arrival, number))
        elif value is None or isinstance(value, float):
            gaps.append((topic, field))
    if len(decoded) > MOST_NUMBERS:
        return Decoded.fail(TOO_MANY_NUMBERS)
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


def _raised(error: Exception) -> Decoded:
    """No samples, since the user's code raised `error`."""
    try:
        text = printable(str(error), 60)
    except Exception:
        text = ""
    return Decoded.fail(f"the decoder raised {type(error).__name__}{f': {text}' if text else ''}")


def _checked_samples(found: Iterable[object]) -> Decoded:
    """The samples in `found` with a finite value; a `Decoded` without any says why."""
    kept = Decoded()
    if isinstance(found, Decoded):
        kept.gaps, kept.states, kept.remarks = found.gaps, found.states, found.remarks
    nothing_found = True
    for sample in found:
        nothing_found = False
        if not isinstance(sample, Sample) or not _has_texts(sample):
            return Decoded.fail(_RETURNS)
        when, value = finite(_plain(sample.time)), finite(_plain(sample.value))
        if when is None or not _EARLIEST_S <= when <= _LATEST_S:
            return Decoded.fail("the decoder's time is not in epoch seconds")
        if value is not None:
            kept.append(Sample(sample.topic, sample.field, when, value, sample.unit))
    if isinstance(found, Decoded) and len(kept) == len(found):
        kept.late, kept.recounts = found.late, found.recounts
    if kept:
        return kept
    return Decoded.skip("the decoder found no number" if nothing_found else NO_VALUE)


def _has_texts(sample: Sample) -> bool:
    return all(isinstance(name, str) for name in (sample.topic, sample.field, sample.unit))


def _plain(value: object) -> object:
    """NumPy's numbers and their like as Python's own."""
    if isinstance(value, (bool, int, float, str, bytes, Mapping, list)) or value is None:
        return value
    return float(value) if isinstance(value, SupportsFloat) else value

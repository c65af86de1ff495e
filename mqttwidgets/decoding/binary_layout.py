"""Binary payloads of a fixed layout, as a microcontroller sends its C struct."""

from __future__ import annotations

import math
import struct
import time as clock
from collections.abc import Sequence

from ..base.discreet import discreet
from ..base.errors import InvalidValueError
from ..base.model import Sample
from .decoder import Decoded
from .rules.names import sense_of
from .rules.timestamps import epoch_seconds, fault_of, is_epoch

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
        arrival = clock.time() if received_at is None else received_at
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
        decoded.skipped = "" if decoded else "no value (nan, null)"
        return decoded

    def _measured(self, values: Sequence[float], place_of_time: int | None) -> list[tuple[str, float, str]]:
        """The (name, value, unit) of what is neither the time nor to be left out."""
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

"""Documents that are a block of samples: one array of numbers, the time of the first, and how far apart they are.

Devices that sample faster than they publish send `{"t0": 1790000000.0, "dt": 0.004, "values": [1.5, 1.7, 1.6]}`.
There is no standard for it, so that a document is taken for a block only where it can mean nothing else: the
channels of several sensors, with the time of their report and the interval of reports, look much alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..format import NO_VALUE, Findings, LeftOut, Reading
from ..judgements import Judgements
from ..limits import MOST_NUMBERS
from .documents import ReadInner, read_document
from .leaf import escaped, plain_key, time_of
from .quantity import finite, is_sentinel
from .timestamps import EARLIEST_S, fault_of

_STARTS = frozenset(("t0", "start", "starttime"))
_TIMES = frozenset(("timestamp", "time", "ts", "t"))
"""Keys of times that may be those of the first sample, the last one, or a report of several sensors."""

_NUMBERS = frozenset(("values", "samples", "data"))
_DISTANCES = {"dt": 1.0, "interval": 1.0, "dts": 1.0, "intervals": 1.0}
_DISTANCES |= {"dtms": 1e-3, "intervalms": 1e-3, "dtus": 1e-6, "intervalus": 1e-6}
_RATES = frozenset(
    ("rate", "fs", "samplerate", "samplingrate", "ratehz", "fshz", "sampleratehz", "samplingratehz")
)
_OF_NO_UNIT = frozenset(("dt", "interval"))
_RATE = "rate"
"""Perhaps that of a pulse, or of reports."""

_STAND_IN_KEY, _STAND_IN = "value", 0.5
_SECONDS_BELOW = 1e11
_FEWEST = 3
_SLOW_S, _FEWEST_SLOW = 1.0, 10
"""Reports come as slowly, and a few values with a start and an interval are often the means of sensors."""

_MOST_CHANNELS = 32
_AHEAD_S = 2.0
"""Seconds that clocks may differ by; also the longest block whose time may as well be that of its last sample."""

_LOW = -500.0
"""Where samples are lower, -999 is a sample as well."""

ENDS_AHEAD = "a block that ends ahead of our clock: time of arrival taken for its last sample"


class _Block(NamedTuple):
    """A block as it is written.

    Attributes:
        start_key: the key of the time of the first sample.
        spacing_key: the key of the distance between samples, or of their rate.
        key: the key of the samples.
        start: the time of the first one, epoch seconds.
        per_second: how many there are in a second.
        values: their values, None for no value.
        document: all of it.
    """

    start_key: str
    spacing_key: str
    key: str
    start: float
    per_second: float
    values: list[float | None]
    document: Mapping[Any, Any]

    @property
    def duration_s(self) -> float:
        """From the first sample to the last."""
        return (len(self.values) - 1) / self.per_second

    @property
    def fields(self) -> tuple[str, str, str]:
        """The names of its parts: the start, the spacing, the samples."""
        return _pointer(self.start_key), _pointer(self.spacing_key), _pointer(self.key)

    def with_one_value(self, key: str, value: float) -> dict[Any, Any]:
        """The document with one value in the place of the samples, and without their spacing."""
        rest = {name: each for name, each in self.document.items() if name not in (self.spacing_key, self.key)}
        return {**rest, key: value}


def read_block(
    document: object, format_name: str, arrival: float, judgements: Judgements, read_inner: ReadInner
) -> Findings | None:
    """The samples of a block, each with its time; None for any other document.

    The rest of the document is judged as always, and with it a stand-in for the samples, which tells their unit
    and device. Where the clock is wrong, the last sample has the time of arrival; so it has where the samples
    would reach into the future, as those of a device that notes when it publishes.

    Args:
        document: the payload parsed.
        format_name: for people.
        arrival: epoch seconds.
        judgements: those of the topic, which grow.
        read_inner: reads documents within texts.

    Example:
        >>> block = {"t0": 1790000000, "rate": 4, "values": [7, 8, 9], "unit": "mV"}
        >>> found = read_block(block, "JSON", 1790000001.0, Judgements(), lambda leaf: None)
        >>> [(reading.time, reading.value, reading.unit) for reading in found.readings]
        [(1790000000.0, 7.0, 'mV'), (1790000000.25, 8.0, 'mV'), (1790000000.5, 9.0, 'mV')]
    """
    block = _block_in(document, arrival)
    if block is None or (judgements.is_time_fixed and judgements.time_field != block.fields[0]):
        return None
    rest = block.with_one_value(_STAND_IN_KEY, _STAND_IN)
    found = read_document(rest, format_name, arrival, judgements, read_inner)
    like = next((each for each in found.readings if _stands_in(each)), None)
    return None if like is None else _with_samples(found, block, like, arrival)


def _stands_in(reading: Reading) -> bool:
    """Whether a reading is the stand-in's, which may go by a name beside it."""
    is_value = reading.field.partition(",")[0] == f"/{_STAND_IN_KEY}"
    return is_value or (reading.value == _STAND_IN and not reading.field.startswith("/"))


def _with_samples(found: Findings, block: _Block, like: Reading, arrival: float) -> Findings:
    """The findings in the rest of a block, together with its samples.

    Args:
        found: the former.
        block: the block.
        like: the reading in the place of the samples.
        arrival: epoch seconds.
    """
    start, spacing, name = block.fields
    device = like.field.removeprefix(f"/{_STAND_IN_KEY}")
    if not like.field.startswith("/"):
        name, device = like.field, ""
    fault = fault_of(block.start, arrival) or (ENDS_AHEAD if _is_ahead(block, arrival, _AHEAD_S) else "")
    first = arrival - block.duration_s if fault else block.start
    others = [each for each in found.readings if each is not like and each.field != start + device]
    if not fault:
        others = [each if each.time is not None else each._replace(time=first) for each in others]
    samples = [
        like._replace(field=name + device, value=value, time=first + place / block.per_second)
        for place, value in enumerate(block.values)
        if value is not None
    ]
    readings = [*others, *samples]
    gaps = [*found.gaps, *([] if len(samples) == len(block.values) else [name + device])]
    return Findings(
        found.format,
        readings=readings,
        left_out=[*(each for each in found.left_out if each.field != start), *_parts(block)],
        gaps=gaps,
        time_source="" if fault else start,
        spacing=f"{1 / block.per_second:.6g} s apart by {spacing}",
        remarks=[*dict.fromkeys([*found.remarks, *filter(None, [fault])])],
        skipped="" if readings else NO_VALUE,
        devices=found.devices,
    )


def _block_in(document: object, arrival: float) -> _Block | None:
    if not isinstance(document, Mapping) or _STAND_IN_KEY in document or len(document) > MOST_NUMBERS:
        return None
    plain = {key: plain_key(key) for key in document if isinstance(key, str)}
    starts = [key for key, name in plain.items() if name in _STARTS or name in _TIMES]
    spacings = [key for key, name in plain.items() if name in _DISTANCES or name in _RATES]
    arrays = [key for key, name in plain.items() if name in _NUMBERS]
    if not len(starts) == len(spacings) == len(arrays) == 1:
        return None
    start_key, spacing_key, key = starts[0], spacings[0], arrays[0]
    values = _values_in(document[key], key)
    start = time_of(document[start_key], arrival)
    per_second = _per_second(plain[spacing_key], document[spacing_key], document[start_key])
    if values is None or start is None or per_second is None:
        return None
    block = _Block(start_key, spacing_key, key, start, per_second, values, document)
    is_alone = not _has_array([value for name, value in document.items() if name != key])
    is_sure = _is_sure(block, plain[start_key], plain[spacing_key], arrival)
    return block if is_alone and is_sure else None


def _values_in(array: object, key: str) -> list[float | None] | None:
    """The numbers of an array of three at least, None for those that are missing; None for any other value."""
    if not isinstance(array, (list, tuple)) or not _FEWEST <= len(array) <= MOST_NUMBERS:
        return None
    if not all(each is None or (isinstance(each, (int, float)) and not isinstance(each, bool)) for each in array):
        return None
    values = [finite(each) for each in array]
    there = [value for value in values if value is not None and not is_sentinel(value, key)]
    if min(there, default=0.0) < _LOW:
        return values
    return [None if value is None or is_sentinel(value, key) else value for value in values]


def _per_second(name: str, value: object, start: object) -> float | None:
    """Samples a second; None where that is not certain.

    A distance without a unit is in seconds, but for a device that counts its times in smaller ones.
    """
    number = finite(value)
    if number is None or number <= 0 or (name in _OF_NO_UNIT and not _is_in_seconds(start)):
        return None
    per_second = number if name in _RATES else 1 / (number * _DISTANCES[name])
    return per_second if 0 < per_second < math.inf else None


def _is_in_seconds(start: object) -> bool:
    """Whether a time is a date, or a number of seconds."""
    if isinstance(start, str):
        return not start.replace(".", "", 1).isdecimal()
    return not isinstance(start, (int, float)) or abs(start) < _SECONDS_BELOW


def _has_array(values: Iterable[object]) -> bool:
    """Whether there is an array among values, or in an object among them."""
    to_visit = [*values]
    while to_visit:
        value = to_visit.pop()
        if isinstance(value, (list, tuple)):
            return True
        if isinstance(value, Mapping):
            to_visit += value.values()
    return False


def _is_sure(block: _Block, start: str, spacing: str, arrival: float) -> bool:
    """Whether it can be nothing else: no channels of a report, no forecast, no pulse beside other numbers.

    Args:
        block: a block, perhaps.
        start: the plain key of its time.
        spacing: the plain key of its spacing.
        arrival: epoch seconds.
    """
    if spacing == _RATE and start != "t0":
        return False
    if start in _TIMES and (len(block.values) <= _MOST_CHANNELS or block.duration_s > _AHEAD_S):
        return False
    is_slow = block.per_second * _SLOW_S <= 1
    return not is_slow or (len(block.values) >= _FEWEST_SLOW and not _is_ahead(block, arrival, _SLOW_S))


def _is_ahead(block: _Block, arrival: float, slack_s: float) -> bool:
    """Whether its last sample would not have been measured yet when it came; False without a clock to tell."""
    return arrival >= EARLIEST_S and block.start + block.duration_s > arrival + slack_s


def _parts(block: _Block) -> Iterable[LeftOut]:
    """The parts of a block that say when its samples were taken."""
    reasons = {
        block.start_key: "the time of the first sample",
        block.spacing_key: "how far apart the samples are",
    }
    for key, reason in reasons.items():
        value = block.document[key]
        number = finite(value)
        reading = None if number is None else Reading(_pointer(key), number)
        yield LeftOut(_pointer(key), reason, str(value)[:200], reading)


def _pointer(key: str) -> str:
    return f"/{escaped(key)}"

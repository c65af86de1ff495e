"""Fast readers for payloads whose shape a topic has shown before.

Most sensors send the same keys again and again, with other numbers. For such a topic the judgement on its first
messages is compiled into a msgspec type: the parser itself then checks, in C, that the keys and the kinds of
values are the known ones, and any difference raises, so that the message is judged afresh. A reader gives the
samples that the rules would give.
"""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from ..decoder import Decoded, Reader, Row, RowOf, reader_of_rows
from ..format import Findings, LeftOut, Parse, ParserOf
from ..formats.positions import is_position
from ..rules.leaf import Leaf, escaped, time_of
from ..rules.leaves import leaves_of
from ..rules.names import is_temperature, most_degrees, sense_of
from ..rules.quantity import finite, is_missing, quantity_in, state_in, word_of_state
from ..rules.timestamps import EARLIEST_S, epoch_of, fault_of, is_rfc3339

Getter = Callable[[Any], tuple[Any, ...]]

_MOST_LEAVES, _DEEPEST = 200, 12
_MOST_TEXTS_BYTES, _LONGEST_TEXT, _LONGEST_TEXTS = 4_000, 100, 2_000
_BYTES_PER_TYPE, _BYTES_PER_LEAF, _BYTES_PER_TEXT = 3_000, 900, 100
"""Memory of msgspec and of a reader: for each object, for each value beside its name, for each text."""

# Numbers that may stand for a missing value are left to the rules.
_LEAST, _LEAST_TEMPERATURE, _MOST, _MOST_TEMPERATURE = -999.0, -127.0, 9e37, 3276.7
_Measured = Annotated[float, msgspec.Meta(gt=_LEAST, lt=_MOST)]
_Temperature = Annotated[float, msgspec.Meta(gt=_LEAST_TEMPERATURE, lt=_MOST_TEMPERATURE)]
_NoTime = Annotated[float, msgspec.Meta(gt=_LEAST, lt=1e8)]
_Latitude, _Longitude = (Annotated[float, msgspec.Meta(ge=-most, le=most)] for most in (90.0, 180.0))
_parse_temperature = msgspec.json.Decoder(_Temperature).decode
_parse_number = msgspec.json.Decoder(_Measured).decode
_WRITTEN_OTHERWISE = re.compile(
    rb"[ \t\r\n]*([+-]?(?:[0-9]{1,15}\.[0-9]{0,20}|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?)[ \t\r\n\0]*"
)
"""Numbers that are no JSON: with a plus, leading zeros, nothing on one side of the point."""

_ERRORS = (msgspec.DecodeError, ValueError, ArithmeticError, TypeError)


class NoShapeError(ValueError):
    """A document that has no fast reader."""


def number_reader(samples: Decoded, *, of_temperature: bool) -> Reader:
    """A reader of bare numbers; `of_temperature` leaves a lost thermometer's -127 to the rules."""
    parse = _parse_temperature if of_temperature else _parse_number
    least, most = (_LEAST_TEMPERATURE, _MOST_TEMPERATURE) if of_temperature else (_LEAST, _MOST)

    def row(payload: bytes, arrival: float) -> Row | None:
        try:
            value = parse(payload)
        except _ERRORS:
            match = _WRITTEN_OTHERWISE.fullmatch(payload)
            value = float(match[1]) if match is not None else most
            return (arrival, (value,)) if least < value < most else None
        return arrival, (value or float(payload),)

    return reader_of_rows(row, samples)


def document_reader(
    document: object, earlier: object, findings: Findings, samples: Decoded, parser_of: ParserOf
) -> Reader:
    """A reader of documents of one shape.

    Args:
        document: one of them, parsed.
        earlier: another one; texts that both have are expected again.
        findings: the findings of the rules in the former.
        samples: the samples made of these.
        parser_of: makes parsers of payloads.

    Raises:
        NoShapeError: where only the rules will do: texts with units, gaps, names that are values.
    """
    return _Shape(document, earlier, findings, samples).reader(parser_of)


class _Shape:
    """The leaves of a document, sorted by how its reader treats them."""

    def __init__(self, document: object, earlier: object, findings: Findings, samples: Decoded) -> None:
        self._document = document
        self._decoded = samples
        leaves = _simple_leaves(document, findings, samples)
        pointers = {_name(leaf): leaf.pointer for leaf in leaves}
        self._samples = {pointers[sample.field]: sample for sample in samples}
        time = next((leaf.pointer for leaf in leaves if leaf.field == findings.time_source), "")
        self._time_source = time
        self._values = {leaf.pointer: leaf.value for leaf in leaves}
        before = {leaf.pointer: leaf.value for leaf in leaves_of(earlier, 0.0)}
        fixed = {field for field, value in self._values.items() if _is_fixed(field, value, before.get(field))}
        self._fixed = (fixed | findings.devices.keys()) - self._samples.keys() - {time}
        self._paths: dict[str, str] = {}
        self._types = 0
        self._is_strict = not any(isinstance(self._values[field], str) for field in self._samples)
        self._states = {pointers[name] for name in samples.states if name in pointers}

    def reader(self, parser_of: ParserOf) -> Reader:
        kind = self._type_of(self._document, "", "")
        texts = {field for field, value in self._values.items() if isinstance(value, str)}
        others = sorted(texts - self._samples.keys() - {self._time_source} - self._fixed)
        if not self._is_strict and any(isinstance(value, bool) for value in self._values.values()):
            raise NoShapeError  # as it would take a text for true or false, too
        parse, values_of = parser_of(kind, self._is_strict), self._values_of()
        row = _row_with_time(parse, values_of) if self._time_source else _row_of_values(parse, values_of)
        if others:
            known_texts = _Texts(str(self._values[field]) for field in others)
            row = _row_with_texts(parse, values_of, bool(self._time_source), self._getter(others), known_texts)
        return reader_of_rows(row, self._decoded, self._size_bytes(has_texts=bool(others)))

    def _size_bytes(self, *, has_texts: bool) -> int:
        """About how much memory the types, the parser and the getters take, with the texts that they may learn."""
        names = sum(2 * sys.getsizeof(field) for field in self._values)
        texts = _MOST_TEXTS_BYTES if has_texts else 0
        texts += sum(sys.getsizeof(self._values[field]) for field in self._fixed)
        return self._types * _BYTES_PER_TYPE + len(self._values) * _BYTES_PER_LEAF + names + texts

    def _values_of(self) -> Getter:
        """A getter of numbers and states in the order of the samples, and of the time behind them."""
        wanted = [*self._samples, self._time_source] if self._time_source else [*self._samples]
        states = [field for field in wanted if field in self._states]
        if not states:
            return self._getter(wanted)
        others = [field for field in wanted if field not in self._states]
        others_of, states_of = self._getter(others), self._getter(states)
        order = [*others, *states]
        in_order = _tuple_getter(operator.itemgetter, [order.index(field) for field in wanted])
        return lambda found: in_order((*others_of(found), *map(float, states_of(found))))

    def _getter(self, fields: Sequence[str]) -> Getter:
        return _tuple_getter(operator.attrgetter, [self._paths[field] for field in fields])

    def _type_of(self, node: object, field: str, path: str) -> Any:
        """The msgspec type of a part of the document, the paths to its leaves noted."""
        if isinstance(node, Mapping):
            return self._struct(list(node), list(node.values()), field, path, is_array=False)
        if isinstance(node, (list, tuple)):
            return self._struct(list(range(len(node))), node, field, path, is_array=True)
        self._paths[field] = path
        return self._leaf_type(node, field)

    def _struct(
        self, keys: Sequence[object], values: Sequence[object], field: str, path: str, *, is_array: bool
    ) -> Any:
        self._types += 1
        names = [f"f{number}" for number in range(len(keys))]
        types = [
            self._type_of(value, f"{field}/{escaped(key)}", f"{path}.{name}".lstrip("."))
            for key, value, name in zip(keys, values, names, strict=True)
        ]
        try:
            return msgspec.defstruct(
                "Shape",
                list(zip(names, types, strict=True)),
                array_like=is_array,
                forbid_unknown_fields=True,
                gc=False,
                rename=None if is_array else dict(zip(names, map(str, keys), strict=True)),
            )
        except (ValueError, TypeError, NotImplementedError):
            raise NoShapeError from None  # for keys with quotes or control characters in them

    def _leaf_type(self, value: object, field: str) -> Any:
        if field in self._fixed:
            return Literal[value]
        is_time = field == self._time_source and isinstance(value, str)
        if is_time and self._is_strict and is_rfc3339(str(value)):  # else a number would be one, too
            return datetime
        if field in self._samples and not isinstance(value, bool):
            return _number_type(self._samples[field].field)
        return int if isinstance(value, int) and not isinstance(value, bool) else type(value)


def _number_type(field: str) -> Any:
    """The type of a measurement, which leaves to the rules whatever may stand for another value."""
    if is_temperature(field):
        return _Temperature
    key = field.rpartition("/")[2]
    if sense_of(key).is_time:
        return _NoTime
    most = most_degrees(key)
    return _Measured if most is None else _Latitude if most == 90.0 else _Longitude


def _row_of_values(parse: Parse, values_of: Getter) -> RowOf:
    """Reads documents with nothing but values; a closure, as it runs for every message.

    Args:
        parse: parses a payload into an object.
        values_of: gets the samples' values out of the object, in their order.
    """

    def row(payload: bytes, arrival: float) -> Row | None:
        try:
            return arrival, values_of(parse(payload))
        except _ERRORS:
            return None

    return row


def _row_with_time(parse: Parse, values_of: Getter) -> RowOf:
    """Reads documents with a time, which stands behind the values."""

    def row(payload: bytes, arrival: float) -> Row | None:
        try:
            values = values_of(parse(payload))
        except _ERRORS:
            return None
        when = _time_in(values[-1], arrival)
        return None if when is None else (when, values)

    return row


def _row_with_texts(parse: Parse, values_of: Getter, has_time: bool, texts_of: Getter, texts: _Texts) -> RowOf:
    """Reads documents with texts in them, which `texts_of` gets, and perhaps with a time."""
    are_texts = texts.are_texts

    def row(payload: bytes, arrival: float) -> Row | None:
        try:
            found = parse(payload)
            values = values_of(found)
        except _ERRORS:
            return None
        if not are_texts(texts_of(found)):
            return None
        when = _time_in(values[-1], arrival) if has_time else arrival
        return None if when is None else (when, values)

    return row


def _simple_leaves(document: object, findings: Findings, samples: Decoded) -> list[Leaf]:
    """The leaves of a document that is all keys and values, of which nothing is remarkable."""
    leaves = leaves_of(document, 0.0)
    by_field = {leaf.field: leaf for leaf in leaves}
    if not 0 < len(by_field) == len(leaves) <= _MOST_LEAVES or findings.remarks or len(samples) > len(leaves):
        raise NoShapeError
    if any(leaf.depth > _DEEPEST or leaf.record is not None or not leaf.pointer for leaf in leaves):
        raise NoShapeError
    if any(leaf.value is not None and not isinstance(leaf.value, (str, bool, int, float)) for leaf in leaves):
        raise NoShapeError
    by_name = {_name(leaf): leaf for leaf in leaves}
    if any(name not in by_name or by_name[name].value is not None for name in findings.gaps):
        raise NoShapeError
    if findings.time_source and findings.time_source not in by_field:
        raise NoShapeError
    if not _are_plain(samples, by_name) or not all(_is_by_name(item, by_field) for item in findings.left_out):
        raise NoShapeError
    return leaves


def _name(leaf: Leaf) -> str:
    return leaf.field + leaf.suffix


def _is_by_name(item: LeftOut, leaves: Mapping[str, Leaf]) -> bool:
    """Whether something is left out for its name alone; if for its value, the next value might not be."""
    leaf = leaves.get(item.field)
    if leaf is None or finite(leaf.value) is None:
        return leaf is not None
    sense = sense_of(leaf.key, leaf.parent)
    return (
        bool(leaf.outside)
        or sense.is_clock
        or (isinstance(leaf.value, int) and bool(sense.reason or sense.if_whole))
    )


def _are_plain(samples: Decoded, leaves: Mapping[str, Leaf]) -> bool:
    """Whether each sample is a leaf that is a number, or a text that is nothing but one."""
    for sample in samples:
        leaf = leaves.get(sample.field)
        if leaf is None or (isinstance(leaf.value, (int, float)) and leaf.value != sample.value):
            return False
        if isinstance(leaf.value, str):
            try:
                _parse_number(leaf.value)
            except _ERRORS:
                return False
    return True


class _Texts:
    """The texts in documents of one shape: they were no numbers, and must be none."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known: set[str] = set()
        self._room = _MOST_TEXTS_BYTES
        self._latest: tuple[str, ...] = ()
        for text in known:
            self._learn(text)

    def are_texts(self, texts: tuple[str, ...]) -> bool:
        """Whether none of the texts is a number now."""
        if texts == self._latest:
            return True
        for text in texts:
            if text in self._known:
                continue
            if not _is_no_number(text):
                return False
            self._learn(text)
        self._latest = texts if sum(map(len, texts)) <= _LONGEST_TEXTS else ()
        return True

    def _learn(self, text: str) -> None:
        if len(text) <= _LONGEST_TEXT and self._room > 0 and text not in self._known:
            self._known.add(text)
            self._room -= _size_of(text)


def _size_of(text: str) -> int:
    return _BYTES_PER_TEXT + sys.getsizeof(text)


def _nothing(_found: object) -> tuple[()]:
    return ()


def _tuple_getter(getter_of: Any, places: Sequence[object]) -> Getter:
    """A getter of several things, of one, or of none, always as a tuple."""
    if not places:
        return _nothing
    get: Getter = getter_of(*places)
    return (lambda found: (get(found),)) if len(places) == 1 else get


def _time_in(value: object, arrival: float) -> float | None:
    """The time in a field; None for one that is left to the rules."""
    if isinstance(value, datetime):
        time = value.timestamp() if value.tzinfo is not None else epoch_of(value, arrival)
    else:
        time = time_of(value, arrival)
    return None if time is None or (not EARLIEST_S <= time <= arrival and fault_of(time, arrival)) else time


def _is_fixed(field: str, value: object, before: object) -> bool:
    """Whether a value is a text that has not changed, or the unit of others."""
    return isinstance(value, str) and (value == before or sense_of(field.rpartition("/")[2]).reason == "a unit")


def _is_no_number(text: str) -> bool:
    """Whether a text can be nothing but a text: no number, state, missing value, date or document."""
    plain = text.strip()
    if (
        not plain
        or plain[0] in "{[/$"
        or is_missing(plain)
        or word_of_state(plain) is not None
        or is_position(plain)
    ):
        return False
    if state_in(plain, availability=True) is not None:
        return False
    return quantity_in(plain, is_keyed=True) is None and not plain[0].isdecimal()

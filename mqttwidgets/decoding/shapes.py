"""Fast readers for payloads whose shape a topic has shown before.

Most sensors send the same keys again and again, with other numbers. For such a topic the judgement of its first
messages is compiled into a msgspec type: the parser itself then checks, in C, that keys and kinds of values are
those known, and any difference raises, so that the message is judged afresh. A reader gives what the judgement
would give.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Annotated, Any, Literal

import msgspec

from ..message import Sample
from .decoder import Decoded
from .findings import Findings
from .leaves import Leaf, escaped, leaves_of, time_of
from .quantity import is_missing, quantity_in, state_in
from .timestamps import epoch_of, fault_of, is_rfc3339

Reader = Callable[[str, bytes, float], "list[Sample] | None"]
"""(topic, payload, arrival in epoch seconds) → the samples; None for a payload of another shape."""

Parse = Callable[[bytes], Any]
Getter = Callable[[Any], tuple[Any, ...]]
ParserOf = Callable[[Any], Parse]
"""A msgspec type → a parser of payloads into objects of that type, which raises where one is none."""

_MOST_LEAVES, _DEEPEST, _MOST_TEXTS = 200, 12, 100

# What may stand for a missing value is left to the judgement.
_Measured = Annotated[float, msgspec.Meta(gt=-999.0)]
_Temperature = Annotated[float, msgspec.Meta(gt=-127.0)]
_parse_number = msgspec.json.Decoder(_Measured).decode

_ERRORS = (msgspec.DecodeError, ValueError, ArithmeticError, TypeError)


class NoShapeError(ValueError):
    """A document that has no fast reader."""


def number_reader(unit: str) -> Reader:
    """A reader of bare numbers."""

    def read(topic: str, payload: bytes, arrival: float) -> list[Sample] | None:
        try:
            value = _parse_number(payload)
        except _ERRORS:
            return None
        return [Sample(topic, "", arrival, value or float(payload), unit)]

    return read


def document_reader(document: object, findings: Findings, samples: Decoded, parser_of: ParserOf) -> Reader:
    """A reader of documents of one shape.

    Args:
        document: one of them, parsed.
        findings: what the judgement found in it.
        samples: what came of it.
        parser_of: makes parsers of payloads.

    Raises:
        NoShapeError: where only the judgement will do: texts with units, gaps, names that are values.
    """
    return _Shape(document, findings, samples).reader(parser_of)


class _Shape:
    """A document's leaves by what its reader does with them."""

    def __init__(self, document: object, findings: Findings, samples: Decoded) -> None:
        self._document = document
        self._decoded = samples
        self._samples = {sample.field: sample for sample in samples}
        self._time_source = findings.time_source
        self._devices = findings.devices
        self._values = {leaf.field: leaf.value for leaf in _simple_leaves(document, findings, samples)}
        self._paths: dict[str, str] = {}
        self._states = samples.states

    def reader(self, parser_of: ParserOf) -> Reader:
        """The reader."""
        kind = self._type_of(self._document, "", "")
        texts = {field for field, value in self._values.items() if isinstance(value, str)}
        numbers = [field for field in self._samples if field not in texts and field not in self._states]
        spelt = [field for field in self._samples if field in texts]
        states = [field for field in self._samples if field in self._states]
        others = texts - self._samples.keys() - {self._time_source}
        order = [*numbers, *spelt, *states]
        places = [order.index(field) for field in self._samples]
        return _DocumentReader(
            parser_of(kind),
            samples=self._decoded,
            numbers=self._getter(numbers),
            spelt=self._getter(spelt),
            states=self._getter(states),
            texts=self._getter(sorted(others)),
            known_texts={str(self._values[field]) for field in others},
            time=self._getter([self._time_source] if self._time_source else []),
            order=_tuple_getter(operator.itemgetter, places) if spelt or states else None,
        )

    def _getter(self, fields: Sequence[str]) -> Getter | None:
        return _tuple_getter(operator.attrgetter, [self._paths[field] for field in fields]) if fields else None

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
        names = [f"f{number}" for number in range(len(keys))]
        types = [
            self._type_of(value, f"{field}/{escaped(key)}", f"{path}.{name}".lstrip("."))
            for key, value, name in zip(keys, values, names, strict=True)
        ]
        return msgspec.defstruct(
            "Shape",
            list(zip(names, types, strict=True)),
            array_like=is_array,
            forbid_unknown_fields=True,
            gc=False,
            rename=None if is_array else dict(zip(names, map(str, keys), strict=True)),
        )

    def _leaf_type(self, value: object, field: str) -> Any:
        if field in self._devices:
            return Literal[self._devices[field]]  # another device has another name
        if field == self._time_source and isinstance(value, str) and is_rfc3339(value):
            return datetime
        if value is None or isinstance(value, (str, bool)):
            return type(value)
        if field in self._samples:
            return _Temperature if "temp" in field.lower() else _Measured
        return int | float


def _simple_leaves(document: object, findings: Findings, samples: Decoded) -> list[Leaf]:
    """The leaves of a document that is all keys and values, of which nothing is remarkable."""
    leaves = leaves_of(document, 0.0)
    by_field = {leaf.field: leaf for leaf in leaves}
    if not 0 < len(by_field) == len(leaves) <= _MOST_LEAVES or findings.remarks or len(samples) > len(leaves):
        raise NoShapeError
    if any(leaf.depth > _DEEPEST or leaf.record is not None or not leaf.field.startswith("/") for leaf in leaves):
        raise NoShapeError
    if any(value is not None and not isinstance(value, (str, bool, int, float)) for *_, value, _, _ in leaves):
        raise NoShapeError
    if any(by_field[field].value is not None for field in findings.gaps) or not _are_plain(samples, by_field):
        raise NoShapeError
    return leaves


def _are_plain(samples: Decoded, leaves: Mapping[str, Leaf]) -> bool:
    """Whether each sample is a leaf that is a number, or a text that is nothing but one."""
    for sample in samples:
        leaf = leaves.get(sample.field)
        if leaf is None:
            return False
        if isinstance(leaf.value, str):
            try:
                _parse_number(leaf.value)
            except _ERRORS:
                return False
    return True


class _DocumentReader:
    """Reads documents of one shape.

    Args:
        parse: parses a payload into an object.
        samples: those of an earlier payload, in their order.
        numbers: gets the numbers out of the object; so do the following.
        spelt: the texts that are numbers.
        states: the states.
        texts: the texts that are none.
        known_texts: texts known to be none.
        time: the time.
        order: where each sample's value is among numbers, spelt and states; None for their own order.
    """

    def __init__(
        self,
        parse: Parse,
        *,
        samples: Decoded,
        numbers: Getter | None,
        spelt: Getter | None,
        states: Getter | None,
        texts: Getter | None,
        known_texts: set[str],
        time: Getter | None,
        order: Getter | None,
    ) -> None:
        self._parse = parse
        self._fields = [sample.field for sample in samples]
        self._units = [sample.unit for sample in samples]
        self._state_names = samples.states
        self._numbers = numbers
        self._spelt = spelt
        self._states = states
        self._texts = texts
        self._known_texts = known_texts
        self._latest_texts: tuple[str, ...] = ()
        self._time = time
        self._order = order

    def __call__(self, topic: str, payload: bytes, arrival: float) -> list[Sample] | None:
        try:
            found = self._parse(payload)
            values = () if self._numbers is None else self._numbers(found)
            if self._order is not None:
                values = self._order(values + self._others(found))
        except _ERRORS:
            return None
        when = arrival if self._time is None else _time_in(self._time(found)[0], arrival)
        if when is None or (self._texts is not None and not self._are_texts(self._texts(found))):
            return None
        samples = list(map(Sample, repeat(topic), self._fields, repeat(when), values, self._units))
        return samples if self._states is None else self._with_states(samples)

    def _others(self, found: Any) -> tuple[float, ...]:
        spelt = () if self._spelt is None else map(_parse_number, self._spelt(found))
        states = () if self._states is None else map(float, self._states(found))
        return (*spelt, *states)

    def _with_states(self, samples: list[Sample]) -> Decoded:
        decoded = Decoded(samples)
        decoded.states = self._state_names
        return decoded

    def _are_texts(self, texts: tuple[str, ...]) -> bool:
        """Whether what was no number is none now."""
        if texts == self._latest_texts:
            return True
        self._latest_texts = texts
        for text in texts:
            if text in self._known_texts:
                continue
            if not _is_no_number(text):
                self._latest_texts = ()
                return False
            if len(self._known_texts) < _MOST_TEXTS:
                self._known_texts.add(text)
        return True


def _tuple_getter(getter_of: Any, places: Sequence[object]) -> Getter:
    """A getter of several things, or of one, always as a tuple."""
    get: Getter = getter_of(*places)
    return (lambda found: (get(found),)) if len(places) == 1 else get


def _time_in(value: object, arrival: float) -> float | None:
    time = epoch_of(value, arrival) if isinstance(value, datetime) else time_of(value, arrival)
    return None if time is None or fault_of(time, arrival) else time


def _is_no_number(text: str) -> bool:
    """Whether a text can be nothing but a text: no number, state, missing value, date or document."""
    plain = text.strip()
    if not plain or plain[0] in "{[" or is_missing(plain) or state_in(plain, availability=True) is not None:
        return False
    return quantity_in(plain, is_keyed=True) is None and not plain[0].isdecimal()

"""Which values of a parsed document are measurements, when they were taken, and in which unit.

This is the judgement on JSON, CBOR, MessagePack, and on text that is a list of keys and values. It rests on the
names (`names.py`), on the values (`reasons.py`), and on the topic's earlier messages (`Judgements`).
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

from ...base.locks import once
from ..format import NO_VALUE, Findings, LeftOut, Reading
from ..judgements import Judgements
from ..limits import MOST_NUMBERS, in_time
from .device_keys import is_device_key
from .device_suffixes import Devices
from .key_units import lone_letter, unit_in_key
from .leaf import Leaf, TooManyValuesError, claimed_time, is_value_key, own_time, time_of
from .leaves import leaves_of
from .names import is_setting, most_degrees, sense_of
from .quantity import is_end_of_range, is_missing, is_sentinel, list_in, quantity_in, state_in, word_of_state
from .reasons import A_TEXT, Scope, StatedUnits, reason_of_number, reason_of_quantity, reason_of_text
from .timestamps import EARLIEST_S, NO_TIME, fault_of

_MOST_WITHIN = 20
_DEGREE = 1e-7
_MOST_TIMES, _MOST_DATES, _SHORTEST_DATE = 200, 20, 12
_SLACK_S = 5.0
_OF_A_RECORD = 1_000  # ranks behind every time that is the document's own

ReadInner = Callable[[Leaf], Findings | None]
"""Reads a document within a text of a document; None where the text is no document."""


def read_document(
    document: object,
    format_name: str,
    arrival: float,
    judgements: Judgements,
    read_inner: ReadInner,
    *,
    name: str = "",
    most: int = MOST_NUMBERS,
) -> Findings:
    """The findings in a parsed document.

    Args:
        document: the payload parsed.
        format_name: for people.
        arrival: epoch seconds.
        judgements: those of the topic, which grow.
        read_inner: reads documents within texts.
        name: the last level of the topic, which names a lone value.
        most: how many values it may have.
    """
    try:
        devices = Devices(judgements.known_devices())
        leaves = leaves_of(document, arrival, name, lists=judgements.known_lists, devices=devices, most=most)
    except TooManyValuesError as error:
        return Findings(format_name, undecodable=str(error))
    findings = judge(leaves, format_name, arrival, judgements, read_inner, told=devices.told)
    findings.document, findings.devices = document, devices.told
    return findings


def judge(
    leaves: Sequence[Leaf],
    format_name: str,
    arrival: float,
    judgements: Judgements,
    read_inner: ReadInner,
    *,
    any_unit: bool = False,
    told: Collection[str] = (),
) -> Findings:
    """The findings in values that have their names already.

    Args:
        leaves: the values.
        format_name: for people.
        arrival: epoch seconds.
        judgements: those of the topic, which grow.
        read_inner: reads documents within texts.
        any_unit: whether every short word behind a number is its unit.
        told: pointers to what names devices.
    """
    return _Judge(leaves, format_name, arrival, judgements, read_inner, any_unit, told).findings()


class _Judge:
    """Judges the leaves of one document."""

    def __init__(
        self,
        leaves: Sequence[Leaf],
        format_name: str,
        arrival: float,
        judgements: Judgements,
        read_inner: ReadInner,
        any_unit: bool,
        told: Collection[str],
    ) -> None:
        self._told = told
        self._leaves = leaves
        self._arrival = arrival
        self._known = judgements
        self._read_inner = read_inner
        self._any_unit = any_unit
        self._findings = Findings(format_name)
        self._time: float | None = None
        self._documents_within = 0
        self._dates_tried = 0
        self._record_times: dict[int, float | None] = {}
        self._units = StatedUnits(leaves)
        self._scopes: dict[int, Scope] = {}
        self._missing = frozenset(
            leaf.value for leaf in leaves if isinstance(leaf.value, float) and is_sentinel(leaf.value, leaf.key)
        )
        self._epoch_keys = frozenset(leaf.key for leaf in leaves if _is_epoch_of_its_key(leaf, arrival))

    def findings(self) -> Findings:
        self._find_time()
        for leaf in in_time(self._leaves):
            if len(self._findings.readings) > MOST_NUMBERS:
                break  # which are too many already
            self._judge(leaf)
        found = self._findings
        if not found.readings and not found.undecodable:
            found.skipped = self._why_nothing()
        return found

    def _why_nothing(self) -> str:
        if self._findings.gaps:
            return NO_VALUE
        only = self._findings.left_out[0] if len(self._leaves) == 1 and self._findings.left_out else None
        if only is not None and not only.field:
            return f"{only.reason}, no measurement"
        return f"{self._findings.format} without a number"

    def _find_time(self) -> None:
        """The document's time: of the fields that can be it the least deep, among these the likeliest by name."""
        ranked = [
            (leaf.depth, rank, place, leaf)
            for place, leaf in enumerate(self._leaves)
            if (rank := self._time_rank(leaf)) is not None
            and not leaf.outside
            and leaf.field not in self._known.measured
        ]
        likeliest = (
            ranked if len(ranked) <= _MOST_TIMES else heapq.nsmallest(_MOST_TIMES, ranked, key=_place_in_order)
        )
        candidates = [(*each, time) for each in likeliest if (time := self._claimed_time(each[3])) is not None]
        candidates.sort(
            key=lambda each: (
                each[3].field != self._known.time_field,
                each[1] >= _OF_A_RECORD,
                self._is_ahead(each[4]),
                each[:3],
            )
        )
        faults = []
        for *_, leaf, time in candidates or self._dates_of_no_known_name():
            fault = fault_of(time, self._arrival)
            if not fault:
                self._time = time
                self._findings.time_source = self._known.time_field = leaf.field
                return
            faults.append(fault)
        if self._known.is_time_fixed and self._known.time_field and not faults:
            faults.append(NO_TIME)
        self._findings.remarks += faults[:1]

    def _dates_of_no_known_name(self) -> list[tuple[Leaf, float]]:
        """The only date in the document, whatever it is called; none where there are several."""
        if self._known.is_time_fixed:
            return []
        texts = [leaf for leaf in self._leaves if _may_be_a_date(leaf)]
        if len(texts) > _MOST_DATES:
            return []
        times = [(leaf, time_of(leaf.value, self._arrival)) for leaf in texts]
        found = [(leaf, time) for leaf, time in times if time is not None]
        return found if len(found) == 1 else []

    def _is_ahead(self, time: float) -> bool:
        """Whether a time is after the message came, though it may be within what clocks differ by."""
        return self._arrival >= EARLIEST_S and time > self._arrival + _SLACK_S

    def _claimed_time(self, leaf: Leaf) -> float | None:
        return claimed_time(leaf, self._arrival, lambda: self._scope_of(leaf).date)

    def _time_rank(self, leaf: Leaf) -> int | None:
        """How likely a leaf is the document's time, 0 the most; None when it is not."""
        if self._known.is_time_fixed:
            return 0 if leaf.field == self._known.time_field else None
        rank = sense_of(leaf.key, leaf.parent).time_rank
        return rank if rank is None or leaf.record is None else rank + _OF_A_RECORD

    def _judge(self, leaf: Leaf) -> None:
        value = leaf.value
        if value is None:
            self._gap(leaf)
        elif isinstance(value, bool):
            self._judge_state(leaf, float(value), "true or false")
        elif isinstance(value, str):
            self._judge_text(leaf, value.strip())
        elif isinstance(value, (bytes, bytearray)):
            self._leave_out(leaf, "binary data")
        else:
            self._judge_number(leaf, value)

    def _judge_number(self, leaf: Leaf, value: Any) -> None:
        number = _as_float(value)
        if number is None:
            self._leave_out(leaf, "a time" if time_of(value, self._arrival) is not None else "no number")
        elif not math.isfinite(number):
            self._gap(leaf)
        else:
            if number == 0 and leaf.key in self._epoch_keys:
                self._leave_out(leaf, "a time that has not come")
                return
            if number in self._missing and is_end_of_range(number):
                self._gap(leaf, "stands for a missing value, as beside it")
                return
            scope, about = self._scope_of(leaf), self._about(leaf)
            reason = reason_of_number(leaf, scope, number, is_whole=number.is_integer(), about=about)
            self._take(leaf, number, "", reason)

    def _judge_text(self, leaf: Leaf, text: str) -> None:
        if not text or is_missing(text):
            self._gap(leaf)
            return
        quantity = quantity_in(text, is_keyed=True, any_unit=self._any_unit)
        if quantity is not None and math.isfinite(quantity[0]):
            self._take(leaf, *quantity, self._reason_in_text(leaf, text, *quantity))
            return
        state, sense = state_in(text), sense_of(leaf.key, leaf.parent)
        if state is None and sense.is_state:
            state = word_of_state(text)
        if state is not None:
            self._judge_state(leaf, state, "ON or OFF")
        elif (numbers := list_in(text)) is not None and (sense.is_quantity or is_value_key(leaf.key)):
            for place, number in enumerate(numbers):
                name = f"{leaf.field}/{place}{leaf.suffix}"
                self._findings.readings.append(Reading(name, number, "", self._time_of(leaf)))
        elif self._documents_within < _MOST_WITHIN and (inner := self._read_inner(leaf)) is not None:
            self._documents_within += 1
            self._adopt(leaf, inner)
        else:
            word = state_in(text, availability=True)
            self._dates_tried += 1
            is_time = self._dates_tried <= _MOST_TIMES and time_of(text, self._arrival) is not None
            reason = sense_of(leaf.key, leaf.parent).reason
            there = None if word is None else self._state(leaf, word)
            self._leave_out(leaf, "a time" if is_time else reason or A_TEXT, there)

    def _judge_state(self, leaf: Leaf, value: float, reason: str) -> None:
        sense = sense_of(leaf.key, leaf.parent)
        named = sense_of(leaf.field.rpartition("/")[2]) if is_value_key(leaf.key) else sense
        is_the_value = is_value_key(leaf.key) and not named.reason
        is_state = sense.is_state or named.is_state or is_the_value or self._is_all(leaf)
        if is_state and not sense.reason and not leaf.outside:
            self._findings.readings.append(self._state(leaf, value))
        else:
            self._leave_out(leaf, leaf.outside or reason, self._state(leaf, value))

    @once
    def _says_more(self) -> bool:
        """Whether several values of the document are neither ids nor times."""
        says = (each for each in self._leaves if not _says_nothing(each))
        return len(list(itertools.islice(says, 2))) > 1

    def _is_all(self, leaf: Leaf) -> bool:
        """Whether a value is all that its message says, beside ids and times."""
        if leaf.depth != 1 or not leaf.scope or is_setting(leaf.key):
            return False
        return not self._says_more and not _says_nothing(leaf)

    def _take(self, leaf: Leaf, number: float, unit: str, reason: str) -> None:
        sense = sense_of(leaf.key, leaf.parent)
        reason = leaf.outside or reason or self._why_told(leaf)
        if not (sense.reason or sense.is_time or sense.is_clock or leaf.outside or leaf.pointer in self._told):
            is_sure = number != 0 or sense_of(leaf.key).time_rank is None
            reason = self._known.settled(leaf.field, reason, is_sure=is_sure)
        if not reason:
            number, unit = _in_degrees(leaf.key, number, unit)
        if not reason and is_sentinel(number, leaf.key):
            self._gap(leaf, "stands for a missing value")
            return
        reading = Reading(self._name_of(leaf), number, unit or self._unit_of(leaf), self._time_of(leaf))
        if reason:
            self._leave_out(leaf, reason, reading)
        else:
            self._findings.readings.append(reading)

    def _why_told(self, leaf: Leaf) -> str:
        return "the name of what the others are of" if leaf.pointer and leaf.pointer in self._told else ""

    def _adopt(self, leaf: Leaf, inner: Findings) -> None:
        """Take the findings in a document within a text for part of this one's."""
        if inner.undecodable:
            self._leave_out(leaf, inner.undecodable)
        time, suffix = self._time_of(leaf), leaf.suffix
        taken = {reading.field for reading in self._findings.readings}
        for reading in inner.readings:
            name = _within(leaf.field, reading.field) + suffix
            if reading.field[:1] == " " and (short := f"{leaf.key}{reading.field}{suffix}") not in taken:
                name = short
            self._findings.readings.append(
                reading._replace(field=name, time=time if reading.time is None else reading.time)
            )
        for item in inner.left_out:
            self._findings.left_out.append(item._replace(field=_within(leaf.field, item.field)))
        self._findings.gaps.extend(_within(leaf.field, name) + suffix for name in inner.gaps)

    def _gap(self, leaf: Leaf, reason: str = "no value") -> None:
        self._findings.gaps.append(self._name_of(leaf))
        self._leave_out(leaf, reason)

    def _leave_out(self, leaf: Leaf, reason: str, reading: Reading | None = None) -> None:
        self._findings.left_out.append(LeftOut(leaf.field, reason, str(leaf.value)[:200], reading))

    def _state(self, leaf: Leaf, value: float) -> Reading:
        return Reading(self._name_of(leaf), value, "", self._time_of(leaf), is_state=True)

    def _name_of(self, leaf: Leaf) -> str:
        """The field of a value, with the suffix of its device, unless that is the topic's first."""
        return leaf.field + leaf.suffix

    def _reason_in_text(self, leaf: Leaf, text: str, number: float, unit: str) -> str:
        if unit:
            return reason_of_quantity(leaf, unit, any_unit=self._any_unit)
        about, is_printed = self._about(leaf), self._any_unit
        return reason_of_text(leaf, self._scope_of(leaf), text, number, about=about, is_printed=is_printed)

    def _about(self, leaf: Leaf) -> tuple[float | None, ...]:
        return self._arrival, self._time_of(leaf)

    def _time_of(self, leaf: Leaf) -> float | None:
        if leaf.record is None or self._known.is_time_fixed:
            return self._time
        place = id(leaf.record)
        if place not in self._record_times:
            own = own_time(leaf.record, self._arrival)
            self._record_times[place] = None if own is None else own[1]
        own_s = self._record_times[place]
        return self._time if own_s is None else own_s

    def _scope_of(self, leaf: Leaf) -> Scope:
        place = id(leaf.scope)
        known = self._scopes.get(place)
        if known is None:
            members = leaf.scope or {number: each.value for number, each in enumerate(self._leaves)}
            known = self._scopes[place] = Scope(members)
        return known

    def _unit_in_key(self, leaf: Leaf) -> str:
        unit = unit_in_key(leaf.key)
        return "" if unit and _numbers_one_of_several(lone_letter(leaf.key), leaf) else unit

    def _unit_of(self, leaf: Leaf) -> str:
        return self._unit_in_key(leaf) or self._scope_of(leaf).unit_of(leaf) or self._units.unit_of(leaf.key)


def _numbers_one_of_several(letter: str, leaf: Leaf) -> bool:
    """Whether the letter that a key ends in tells it from others beside it: the phases a, b and c."""
    if not letter:
        return False
    others = (chr(ord(letter) - 1), chr(ord(letter) + 1))
    return any(leaf.key[:-1] + other in leaf.scope for other in others)


def _in_degrees(key: str, number: float, unit: str) -> tuple[float, str]:
    """A latitude or longitude that no place on earth has can only be one in 1e-7 degrees."""
    most = most_degrees(key)
    if most is None or abs(number) <= most or abs(number) > most / _DEGREE:
        return number, unit
    return number * _DEGREE, "°"


def _place_in_order(ranked: tuple[int, int, int, Leaf]) -> tuple[int, int, int]:
    return ranked[:3]


def _may_be_a_date(leaf: Leaf) -> bool:
    """Whether a text under a key that says nothing of times may still be one."""
    text = leaf.value
    if not isinstance(text, str) or leaf.outside or len(text) < _SHORTEST_DATE:
        return False
    return not (text.replace(".", "", 1).isdecimal() or sense_of(leaf.key, leaf.parent).is_time)


def _is_epoch_of_its_key(leaf: Leaf, arrival: float) -> bool:
    """Whether a number is a time, by its size and its key: then a zero under the same key is none either."""
    is_big = isinstance(leaf.value, (int, float)) and abs(leaf.value) >= EARLIEST_S
    return is_big and sense_of(leaf.key).is_time and time_of(leaf.value, arrival) is not None


def _says_nothing(leaf: Leaf) -> bool:
    """Whether a value is that of an id or a time."""
    sense = sense_of(leaf.key, leaf.parent)
    return bool(sense.reason or sense.is_clock or sense.is_time or is_device_key(leaf.key))


def _as_float(value: Any) -> float | None:
    """A number of any kind that parsers give (Decimal, Fraction, a long int), infinite beyond a double."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except (ValueError, TypeError, ArithmeticError):
        return math.nan


def _within(outer: str, inner: str) -> str:
    return outer + inner if inner[:1] in ("/", " ", "") else f"{outer}/{inner}"

"""`decoder="auto"`: finds out what a payload is."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Callable, Iterable, Mapping, Sequence

from ..base.description import Description
from ..base.errors import InvalidValueError, discreet
from ..base.log import log
from ..base.model import Sample
from ..base.patterns import LONGEST_TOPIC, FieldPatterns
from ..base.text import printable
from ..base.units import symbol
from .compiled.decoder_memory import Memory
from .compiled.shapes import NoShapeError, document_reader, number_reader
from .compiled.templates import metrics_reader, text_reader
from .decoder import Decoded, Reader
from .descriptions.recognised import said_in_message
from .explanation import BY_DEVICE, BY_KIND, BY_PAYLOAD, Explanation
from .format import Findings, NotOfFormatError, Reading
from .formats import sparkplug
from .formats.sparkplug_nodes import is_birth
from .limits import (
    LONGEST_NAME,
    LONGEST_NAMES,
    LONGEST_S,
    MOST_NUMBERS,
    TOO_MANY_NUMBERS,
    TookTooLongError,
    in_time,
    limit,
)
from .reader import read
from .registry import OURS, names, others
from .rules.names import is_temperature, sense_of
from .rules.timestamps import fault_of

_TOOK_TOO_LONG = f"reading it took more than {LONGEST_S:g} s"


class AutoDecoder:
    """Understands the common payloads of sensors, and remembers what each topic turned out to be.

    No payload makes it raise. It is for one thread at a time: a stream that is given one works with a copy.
    Messages on topics of more than 1,000 characters, which nobody could read beside a line, are undecodable.

    Numbers, text with or without names and units, states, CSV, JSON, SenML, Sparkplug B, InfluxDB line protocol,
    CBOR, MessagePack, what is nearly JSON, protocols of meters, receivers and monitoring systems. Ids, times,
    versions and their like are left out; `explain` says what was, and why.

    Args:
        fields: patterns of fields to take even though they look like no measurements, such as ids.
        format: the only format to accept, as `explain` names it: "JSON"; None for any.
        time: the field that is the samples' time, `""` for the time of arrival; None to find it.

    Raises:
        InvalidValueError: (a ValueError) for a format that is not known; for fields or a time that are no texts.

    Example:
        >>> AutoDecoder().decode("lab/oven", b"Temperature: 183.5", received_at=0.0)
        [Sample(topic='lab/oven', field='Temperature', time=0.0, value=183.5, unit='')]
    """

    @discreet
    def __init__(self, *, fields: Iterable[str] = (), format: str | None = None, time: str | None = None) -> None:  # noqa: A002
        others()  # now, as importing them may take longer than a message may
        if format is not None and format not in names():
            raise InvalidValueError(f"format is one of {', '.join(names())}, not {format!r}")
        if time is not None and not isinstance(time, str):
            raise InvalidValueError(f"time is a field such as '/time', '' or None, not {time!r}")
        self._asked = FieldPatterns(fields)
        self._format = format
        self._time = time
        self._memory = Memory(time)
        self._topics = self._memory.topics

    def __repr__(self) -> str:
        given = {"fields": self._asked.patterns, "format": self._format, "time": self._time}
        texts = [f"{name}={value!r}" for name, value in given.items() if value or value == ""]
        return f"AutoDecoder({', '.join(texts)})"

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        """The samples in one payload; for none, the returned `Decoded` says why.

        A Sparkplug birth certificate also gives those of earlier data that waited for it, which come first and
        have times of their own, or those of their arrival.

        Args:
            topic: the topic name.
            payload: the application message.
            received_at: epoch seconds of arrival, the samples' time where the payload has none; None for now.
        """
        arrival = clock.time() if received_at is None else received_at
        known = self._topics.get(topic)
        reader = None if known is None else known.reader
        try:
            if reader is not None:
                samples = reader.samples(payload, arrival)
                if samples is not None:
                    return samples
            with limit():
                decoded = self._judged(topic, payload, arrival)
        except TookTooLongError:
            return Decoded.fail(_TOOK_TOO_LONG)
        except Exception as error:  # a fault of a reader's, which must not end the stream that asks
            return Decoded.fail(_raised(error))
        return self._with_late(decoded) if self._memory.unborn.has_news else decoded

    def reader_of(self, topic: str) -> Reader | None:
        """The reader for the next message of a topic; None where its shape is unknown."""
        known = self._topics.get(topic)
        return None if known is None else known.reader

    def description_of(self, topic: str, field: str) -> Description:
        """What other topics have said of a field."""
        return self._memory.descriptions.of(topic, field)

    def descriptions_revision(self) -> int:
        """A number that grows whenever topics have said something else of others."""
        return self._memory.descriptions.revision

    def take_description(self, topic: str, payload: bytes, wanted: Callable[[str], bool]) -> None:
        """Remember what a message says of other topics; nothing else of it, whatever it is.

        Args:
            topic: the topic name.
            payload: the application message.
            wanted: whether anything is to be known of a topic.
        """
        try:
            with limit():
                said = in_time(said_in_message(topic, payload))
                self._memory.note_said((each for each in said if wanted(each.topic)), by=topic)
        except TookTooLongError:
            return
        except Exception:
            log.debug("a description on %s could not be read", printable(topic), exc_info=True)

    @property
    def waiting_for_names(self) -> Mapping[str, int]:
        """The topic of Sparkplug data → how many messages on it wait for a birth certificate."""
        return self._memory.unborn.waiting

    @property
    def is_trusted(self) -> bool:
        """Whether its samples need no check; those of a subclass do, as that is the user's own."""
        return type(self) is AutoDecoder

    def asking_for(self, fields: Iterable[str]) -> AutoDecoder:
        """A decoder like this one, without memories, that also takes `fields`.

        A subclass returns itself, as it alone knows how it is made.
        """
        if not self.is_trusted:
            return self
        return AutoDecoder(fields=(*self._asked.patterns, *fields), format=self._format, time=self._time)

    def explain(self, topic: str, payload: bytes | None = None) -> Explanation | None:
        """The findings in a payload, and the reasons for them; None for a topic of which no message is known.

        Args:
            topic: the topic name.
            payload: the application message; None for the latest one of the topic whose shape was new.
        """
        if payload is not None:
            arrival = clock.time()
            return self._explanation(topic, self._explained(topic, payload, arrival), arrival)
        latest = self._memory.latest_of(topic)
        if latest is None:
            return None
        payload, arrival = latest
        return self._explanation(topic, self._explained(topic, payload, arrival, knows_topic=True), arrival)

    def _explanation(self, topic: str, findings: Findings, arrival: float) -> Explanation:
        """An explanation that says where units come from."""
        decoded = self._decoded(topic, findings, arrival)
        stated = {reading.field for reading in findings.readings if reading.unit}
        units_from = {sample.field: BY_PAYLOAD for sample in decoded if sample.unit}
        for field in units_from.keys() - stated:
            is_said = bool(self._memory.descriptions.unit(findings.topic or topic, field))
            units_from[field] = BY_DEVICE if is_said else BY_KIND
        return Explanation(topic, findings, decoded, units_from)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics that there is something to explain of: those with numbers, then some without."""
        return self._memory.topics_known

    def _with_late(self, decoded: Decoded) -> Decoded:
        """A message's samples behind those of the messages that it made readable."""
        unborn = self._memory.unborn
        while (message := unborn.next_named) is not None:
            unborn.note_read(self._read_late(*message))
        late, recounts = unborn.take_news()
        whole = Decoded(sample for each in late for sample in each.decoded)
        whole += decoded
        whole.skipped, whole.undecodable = decoded.skipped, decoded.undecodable
        whole.gaps, whole.remarks = decoded.gaps, decoded.remarks
        whole.states = {*decoded.states, *(state for each in late for state in each.decoded.states)}
        whole.late, whole.recounts = late, recounts
        return whole

    def _read_late(self, topic: str, payload: bytes, arrival: float) -> Decoded:
        """The samples in a message whose certificate has come."""
        reader = self.reader_of(topic)
        try:
            samples = None if reader is None else reader.samples(payload, arrival)
            if samples is None:
                with limit():
                    samples = self._judged(topic, payload, arrival)
        except TookTooLongError:
            samples = Decoded.fail(_TOOK_TOO_LONG)
        except Exception as error:
            samples = Decoded.fail(_raised(error))
        return samples if isinstance(samples, Decoded) else Decoded(samples)

    def _judged(self, topic: str, payload: bytes, arrival: float) -> Decoded:
        payload = payload.encode() if isinstance(payload, str) else bytes(payload)
        findings = self._read(topic, payload, arrival, self._memory)
        self._memory.note_birth(topic, payload, arrival, findings)
        decoded = self._decoded(topic, findings, arrival)
        if decoded:
            self._remember(topic, payload, arrival, findings, decoded)
        elif topic in self._topics:
            self._memory.count(topic)
        else:
            self._memory.note_unread(topic, payload, arrival)
        return decoded

    def _explained(self, topic: str, payload: bytes, arrival: float, *, knows_topic: bool = False) -> Findings:
        """The findings in a payload, of which nothing is remembered."""
        try:
            with limit():
                memory = self._memory.scratch(topic, knows_topic=knows_topic)
                return self._read(topic, payload, arrival, memory)
        except TookTooLongError:
            return Findings("unread", undecodable=_TOOK_TOO_LONG)
        except Exception as error:
            return Findings("unread", undecodable=_raised(error))

    def _read(self, topic: str, payload: bytes, arrival: float, memory: Memory) -> Findings:
        if len(topic) > LONGEST_TOPIC:
            reason = f"a topic of more than {LONGEST_TOPIC:,} characters (decoder= can read it)"
            return Findings("unread", undecodable=reason)
        findings = read(topic, payload, arrival, memory)
        if self._format not in (None, findings.format) and not findings.skipped:
            return Findings(findings.format, undecodable=f"not {self._format}, as format= wants it")
        return findings

    def _remember(self, topic: str, payload: bytes, arrival: float, findings: Findings, decoded: Decoded) -> None:
        earlier = self._memory.of(topic).latest
        known = self._memory.keep(topic, payload, arrival)
        if known.format not in ("", findings.format):
            decoded.remarks = [*decoded.remarks, f"the format changed from {known.format} to {findings.format}"]
            self._memory.forget_reader(topic)
        known.format = findings.format
        if any(each.is_for(topic) for each in others().by_topic):
            return  # they are asked before ours, each time
        if earlier is not None and known.judged & (known.judged - 1) == 0:  # seldom, where shapes alternate
            before = self._document_in(topic, *earlier) if findings.document is not None else None
            reader = _fast_reader(topic, payload, before, arrival, findings, decoded, self._memory)
            if reader is not None:
                self._memory.keep_reader(topic, reader)

    def _document_in(self, topic: str, payload: bytes, arrival: float) -> object:
        return read(topic, payload, arrival, self._memory.scratch(topic)).document

    def _decoded(self, topic: str, findings: Findings, arrival: float) -> Decoded:
        readings = [*findings.readings, *self._asked_for(topic, findings)]
        if len(readings) > MOST_NUMBERS:
            return Decoded.fail(TOO_MANY_NUMBERS)
        too_long = _why_too_long(readings)
        if too_long:
            return Decoded.fail(too_long)
        target = findings.topic or topic
        remarks = dict.fromkeys(findings.remarks)
        decoded = Decoded()
        for reading in readings:
            when, fault = self._time_of(reading, arrival)
            remarks.update({fault: None} if fault else {})
            unit = symbol(reading.unit) or self._memory.unit(target, reading.field)
            if math.isfinite(reading.value):
                decoded.append(Sample(target, reading.field, when, reading.value, unit))
        decoded.gaps = [*((target, name) for name in findings.gaps), *findings.gaps_elsewhere]
        decoded.states = frozenset(reading.field for reading in readings if reading.is_state)
        decoded.remarks = list(remarks)
        if not decoded:
            decoded.undecodable = findings.undecodable
            decoded.skipped = "" if findings.undecodable else findings.skipped or "no number"
        return decoded

    def _time_of(self, reading: Reading, arrival: float) -> tuple[float, str]:
        """(time of a reading, why that is not the one it claims)."""
        if reading.time is None or self._time == "":
            return arrival, ""
        fault = fault_of(reading.time, arrival)
        return (arrival, fault) if fault else (reading.time, "")

    def _asked_for(self, topic: str, findings: Findings) -> list[Reading]:
        """The values that were left out and are asked for by name."""
        if not self._asked.patterns:
            return []
        return [
            item.reading
            for item in findings.left_out
            if item.reading is not None and self._asked.match(topic, item.field)
        ]


def decode(topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
    """The samples that `decoder="auto"` makes of one message on its own.

    Args:
        topic: the topic name.
        payload: the application message.
        received_at: epoch seconds of arrival, the samples' time where the payload has none; None for now.

    Returns:
        One Sample for each number found, none for a payload without numbers.

    Example:
        >>> [(sample.field, sample.value) for sample in decode("lab", b'{"co2": 410, "room": {"t": 21.5}}')]
        [('/co2', 410.0), ('/room/t', 21.5)]
    """
    return AutoDecoder().decode(topic, payload, received_at=received_at)


@discreet
def explain(topic: str, payload: bytes | str) -> Explanation:
    """How `decoder="auto"` reads one message, and why: an object that prints and shows in a notebook.

    Args:
        topic: the topic name.
        payload: the application message; a text counts as UTF-8.

    Raises:
        InvalidValueError: for a payload that is neither bytes nor a text.

    Example:
        >>> print(explain("lab/bme", '{"seq": 7, "t": 21.5}'))
        lab/bme: JSON, 1 field
          /t  21.5
        time: of arrival, as the payload has none
        left out:
          /seq  7  a sequence number
        to keep it so: LiveSensorPlot('lab/bme', fields=['/t'], decoder=AutoDecoder(format='JSON', time=''))
    """
    if not isinstance(payload, (bytes, bytearray, memoryview, str)):
        raise InvalidValueError(f"payload is bytes or a text, not {type(payload).__name__}")
    raw = payload.encode() if isinstance(payload, str) else bytes(payload)
    explained = AutoDecoder().explain(topic, raw)
    assert explained is not None  # noqa: S101 - for a payload that is given there is always something to say
    return explained


def _fast_reader(
    topic: str,
    payload: bytes,
    earlier: object,
    arrival: float,
    findings: Findings,
    decoded: Decoded,
    memory: Memory,
) -> Reader | None:
    """A reader for messages of the same shape; None where each must be judged.

    Args:
        topic: the topic name.
        payload: one of the messages.
        earlier: the one before, parsed, where it is a document of keys and values.
        arrival: when the message came, epoch seconds.
        findings: the findings in it.
        decoded: the samples made of these.
        memory: that of the decoder.
    """
    if findings.spacing or any(map(_is_measured_as_fraction, decoded)):
        return None  # as the samples have times of their own, or the next value may be none
    known = OURS.get(findings.format)
    if known is None or not known.fast:
        return None
    if known.fast == "number":
        of_temperature = is_temperature(topic.rpartition("/")[2])
        return number_reader(decoded, of_temperature=of_temperature) if len(decoded) == 1 else None
    try:
        if findings.document is not None and known.parser_of is not None:
            parser_of = known.parser_of(payload)
            return document_reader(findings.document, earlier, findings, decoded, parser_of)
        if known.fast == "metrics" and not is_birth(topic):
            datatypes = sparkplug.datatypes_in(topic, payload, memory.births)
            memory.make_room_for_expression(len(payload))
            return metrics_reader(payload, findings, decoded, datatypes)
    except (NoShapeError, NotOfFormatError, NotImplementedError, UnicodeEncodeError):
        pass  # the last two are msgspec's, for huge integers and for texts with unpaired surrogates
    if known.fast != "text":
        return None
    memory.make_room_for_expression(len(payload))

    def judge(other: bytes) -> Findings:
        return read(topic, other, arrival, memory.scratch(topic, knows_topic=True))

    try:
        return text_reader(payload, findings, decoded, judge)
    except NoShapeError:
        return None


def _is_measured_as_fraction(sample: Sample) -> bool:
    """Whether a value is measured because it is no whole number: the next one may be an id or an address."""
    sense = sense_of(sample.field.rpartition("/")[2])
    return not sample.value.is_integer() and bool(sense.reason or sense.if_whole)


def _why_too_long(readings: Sequence[Reading]) -> str:
    """Why the names of readings are too long to be kept; `""` where they are not."""
    lengths = [len(reading.field) for reading in readings]
    if max(lengths, default=0) > LONGEST_NAME:
        return f"a name of more than {LONGEST_NAME:,} characters"
    return f"names of more than {LONGEST_NAMES:,} characters together" if sum(lengths) > LONGEST_NAMES else ""


def _raised(error: Exception) -> str:
    return f"reading it raised {type(error).__name__}"

"""`decoder="auto"`: finds out what a payload is."""

from __future__ import annotations

import math
import time as clock
from collections.abc import Iterable

from ..errors import InvalidValueError
from ..message import Sample
from .decoder import Decoded
from .explanation import Explanation
from .findings import MOST_NUMBERS, Findings, Reading
from .judgement.timestamps import fault_of
from .known.memory import Memory
from .patterns import FieldPatterns
from .reader import FORMATS, fast_reader, read

_LARGEST_EXAMPLE_BYTES = 65_536


class AutoDecoder:
    """Understands the common payloads of sensors, and remembers what each topic turned out to be. Never raises.

    Numbers, text with or without names and units, states, CSV, JSON, SenML, Sparkplug B, InfluxDB line protocol,
    CBOR, MessagePack. Ids, times, versions and their like are left out; `explain` says what was, and why.

    Args:
        fields: patterns of fields to take even though they look like no measurements, such as ids.
        format: the only format to accept, as `explain` names it: "JSON"; None for any.
        time: the field that is the samples' time, `""` for the time of arrival; None to find it.

    Raises:
        InvalidValueError: for a format that is not known.

    Example:
        >>> AutoDecoder().decode("lab/oven", b"Temperature: 183.5", received_at=0.0)
        [Sample(topic='lab/oven', field='Temperature', time=0.0, value=183.5, unit='')]
    """

    def __init__(self, *, fields: Iterable[str] = (), format: str | None = None, time: str | None = None) -> None:  # noqa: A002
        if format is not None and format not in FORMATS:
            raise InvalidValueError(f"format is one of {', '.join(FORMATS)}, not {format!r}")
        self._asked = FieldPatterns(tuple(fields))
        self._format = format
        self._time = time
        self._memory = Memory(time)
        self._topics = self._memory.topics

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        """The samples in one payload; for none, the returned `Decoded` says why.

        Args:
            topic: the topic name.
            payload: the application message.
            received_at: epoch seconds of arrival, the samples' time where the payload has none; None for now.
        """
        arrival = clock.time() if received_at is None else received_at
        known = self._topics.get(topic)
        if known is not None and known.reader is not None:
            samples = known.reader(topic, payload, arrival)
            if samples is not None:
                return samples
        return self._judged(topic, payload, arrival)

    def asking_for(self, fields: Iterable[str]) -> AutoDecoder:
        """A decoder like this one, without memories, that takes what is named by `fields` too."""
        return AutoDecoder(fields=(*self._asked.patterns, *fields), format=self._format, time=self._time)

    def explain(self, topic: str, payload: bytes | None = None) -> Explanation | None:
        """What is found in a payload, and why; None for a topic of which no payload is known.

        Args:
            topic: the topic name.
            payload: the application message; None for the latest one of the topic that was no repetition.
        """
        arrival = clock.time()
        if payload is None:
            known = self._topics.get(topic)
            if known is None or not known.example[0]:
                return None
            payload, arrival = known.example
        findings = self._read(topic, payload, arrival)
        return Explanation(topic, findings, self._decoded(topic, findings, arrival))

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics remembered."""
        return tuple(self._topics)

    def _judged(self, topic: str, payload: bytes, arrival: float) -> Decoded:
        findings = self._read(topic, payload, arrival)
        decoded = self._decoded(topic, findings, arrival)
        if findings.readings:
            self._remember(topic, payload, arrival, findings, decoded)
        return decoded

    def _read(self, topic: str, payload: bytes, arrival: float) -> Findings:
        findings = read(topic, payload, arrival, self._memory)
        if self._format not in (None, findings.format) and not findings.skipped:
            return Findings(findings.format, undecodable=f"not {self._format}, as format= wants it")
        return findings

    def _remember(self, topic: str, payload: bytes, arrival: float, findings: Findings, decoded: Decoded) -> None:
        known = self._memory.of(topic)
        if known.format not in ("", findings.format):
            decoded.remarks = [*decoded.remarks, f"the format changed from {known.format} to {findings.format}"]
        known.format = findings.format
        known.judged += 1
        earlier = known.example[0]
        if len(payload) <= _LARGEST_EXAMPLE_BYTES:
            known.example = (payload, arrival)
        if known.judged > 1 and known.judged & (known.judged - 1) == 0:  # seldom, where shapes alternate
            reader = fast_reader(topic, payload, earlier, arrival, findings, decoded, self._memory)
            if reader is not None:
                self._memory.keep_reader(topic, reader)

    def _decoded(self, topic: str, findings: Findings, arrival: float) -> Decoded:
        readings = [*findings.readings, *self._asked_for(topic, findings)]
        if len(readings) > MOST_NUMBERS:
            return Decoded.fail(f"more than {MOST_NUMBERS:,} numbers")
        target = findings.topic or topic
        remarks = dict.fromkeys(findings.remarks)
        decoded = Decoded()
        for reading in readings:
            when, fault = self._time_of(reading, arrival)
            remarks.update({fault: None} if fault else {})
            unit = reading.unit or self._memory.unit(target, reading.field)
            if math.isfinite(reading.value):
                decoded.append(Sample(target, reading.field, when, reading.value, unit))
        decoded.gaps = [(target, name) for name in findings.gaps]
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
        """What was left out and is asked for by name."""
        if not self._asked.patterns:
            return []
        return [
            Reading(item.field, item.value)
            for item in findings.left_out
            if item.value is not None and self._asked.match(topic, item.field)
        ]


def decode(topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
    """What `decoder="auto"` makes of one message on its own.

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


def explain(topic: str, payload: bytes | str) -> Explanation:
    """What `decoder="auto"` makes of one message, and why: an object that prints and shows in a notebook.

    Args:
        topic: the topic name.
        payload: the application message; a text counts as UTF-8.

    Example:
        >>> print(explain("lab/bme", '{"id": 7, "t": 21.5}'))
        lab/bme: JSON, 1 field
          /t  21.5
        time: of arrival, as the payload has none
        left out:
          /id  7  an id
        the same, fixed: LiveSensorPlot('lab/bme', fields=['/t'], decoder=AutoDecoder(format='JSON', time=''))
    """
    raw = payload.encode() if isinstance(payload, str) else payload
    explained = AutoDecoder().explain(topic, raw)
    assert explained is not None  # noqa: S101 - for a payload that is given there is always something to say
    return explained

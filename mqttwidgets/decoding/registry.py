"""All formats: ours, a line for each, in the order in which `reader.py` tries them; then those of other packages.

A format of another package is held to the promises of a Format, and within bounds.
"""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Iterable
from importlib.metadata import entry_points
from typing import NamedTuple

from ..base.log import log
from ..base.patterns import FieldPatterns
from ..base.text import printable
from .format import Findings, Format, LeftOut, OwnFormat, Payload, Reading
from .formats import (
    cbor,
    csv_rows,
    json_text,
    line_protocol,
    markup,
    message_pack,
    metric_lines,
    nmea,
    obis,
    perfdata,
    plain_text,
    senml,
    smart_rest,
    sparkplug,
    ultralight,
)
from .limits import LONGEST_NAME, MOST_NUMBERS, TookTooLongError, in_time

GROUP = "mqttwidgets.formats"
"""The group of entry points that other packages name their formats in."""

_LONGEST_FORMAT_NAME, _LONGEST_REASON, _LONGEST_ERROR, _LONGEST_SHOWN = 60, 100, 200, 200
_MOST_REMARKS = 5
_MOST_S, _MOST_S_PER_BYTE = 0.05, 0.05 / 1e6
_MOST_SLOW = 3

BY_TOPIC = (sparkplug.FORMAT,)
"""Told by the topic alone."""

BINARY = (cbor.FORMAT, message_pack.FORMAT)
"""Documents that are no text, tried by `parse` alone; one that is well-formed UTF-8, too, is tried as a text."""

BY_FIRST_BYTE = (json_text.FORMAT,)
"""Documents that are text, told by the first byte."""

DOCUMENTS = (senml.FORMAT,)
"""Tried on a document, whatever it was parsed from."""

PROTOCOLS = (
    obis.FORMAT,
    nmea.FORMAT,
    markup.FORMAT,
    smart_rest.FORMAT,
    perfdata.FORMAT,
    ultralight.FORMAT,
    metric_lines.OPEN_TSDB,
    metric_lines.STATSD,
    metric_lines.GRAPHITE,
    metric_lines.PROMETHEUS,
)
"""Texts of a form that nothing else has."""

PLAIN_TEXTS = (
    plain_text.STATE,
    plain_text.QUANTITY,
    plain_text.NAMED_QUANTITY,
    plain_text.COLLECTD,
    plain_text.CAYENNE,
    *PROTOCOLS,
    csv_rows.FORMAT,
    plain_text.PAIRS,
)
"""Texts that stand within documents, too."""

LONE = (plain_text.NUMBER, plain_text.STATE, plain_text.QUANTITY)
"""Those that may come under a log's name, too: one value, and no text around it."""

STRINGS = (plain_text.STATE, line_protocol.FORMAT, *PLAIN_TEXTS[1:])
"""Texts that are no document; words first, as every message with one is judged."""

TEXTS = (plain_text.NUMBER, *STRINGS)
"""The same where a text is the payload; in a JSON string, digits alone are no bare number."""

PARSED = (*BY_FIRST_BYTE, *BINARY)
OURS: dict[str, OwnFormat] = {each.name: each for each in (*TEXTS, *DOCUMENTS, *BY_TOPIC, *PARSED)}
"""By their names; of several with one name, the last."""


class Others(NamedTuple):
    """The formats of other packages.

    Attributes:
        by_topic: those that say which topics they are for.
        last: those that are tried on payloads that ours make nothing of.
    """

    by_topic: tuple[ForeignFormat, ...]
    last: tuple[ForeignFormat, ...]


@functools.cache
def others() -> Others:
    """The formats of the other packages that are installed; they are looked for once in a process."""
    found: dict[str, ForeignFormat] = {}
    faulty: list[str] = []
    for point in entry_points(group=GROUP):
        try:
            loaded = point.load()
            each = ForeignFormat(loaded() if isinstance(loaded, type) else loaded)
            if each.name in OURS or each.name in found:
                raise ValueError(f"there is a format {each.name!r} already")
            found[each.name] = each
        except (Exception, SystemExit) as error:
            reason = printable(f"{type(error).__name__}: {error}", _LONGEST_ERROR)
            faulty.append(f"{point.name} = {point.value} ({reason})")
    if faulty:
        log.warning("formats of other packages that cannot be used: %s", ", ".join(faulty))
    return Others(
        tuple(each for each in found.values() if each.has_topics),
        tuple(each for each in found.values() if not each.has_topics),
    )


def names() -> tuple[str, ...]:
    """The names of all formats."""
    return (*OURS, *(each.name for each in (*others().by_topic, *others().last)))


class ForeignFormat:
    """Passes on the findings of a Format, within bounds; its exceptions are logged once, and never passed on.

    Args:
        given: the Format.

    Attributes:
        name: the name that people call it by.
        has_topics: whether it says which topics it is for.
    """

    def __init__(self, given: object) -> None:
        name = getattr(given, "name", None)
        if not isinstance(given, Format) or not isinstance(name, str) or not 0 < len(name) <= _LONGEST_FORMAT_NAME:
            shown = printable(repr(given))
            raise TypeError(f"a format has a name and read(payload), as mqttwidgets.Format has them, not {shown}")
        self.name = printable(name)
        self._format = given
        topics = getattr(given, "topics", None)
        self.has_topics = topics is not None
        self._topics = FieldPatterns(topics or ())
        self._has_failed = False
        self._slow = 0

    def is_for(self, topic: str) -> bool:
        """Whether a topic is among those that it says it is for."""
        return self._topics.match(topic, "")

    def read(self, payload: Payload) -> Findings | None:
        """Its findings in a payload; None where it has none, or fails."""
        if self._slow >= _MOST_SLOW:
            return None
        began = time.thread_time()
        try:
            found = self._format.read(payload)
            return None if found is None else self._checked(found)
        except TookTooLongError:
            raise
        except (Exception, SystemExit):
            if not self._has_failed:
                self._has_failed = True
                log.exception("the format %s failed at a message on %s", self.name, printable(payload.topic))
            return None
        finally:
            self._note_time(time.thread_time() - began, len(payload.raw))

    def _note_time(self, spent_s: float, size_bytes: int) -> None:
        if spent_s > _MOST_S + _MOST_S_PER_BYTE * size_bytes:
            self._slow += 1
            if self._slow == _MOST_SLOW:
                log.warning("the format %s is asked no more, as it takes too long: %.3f s", self.name, spent_s)

    def _checked(self, found: Findings) -> Findings:
        """The well-formed part of some findings, and never more than a message may hold."""
        if not isinstance(found, Findings):
            raise TypeError("read(payload) returns Findings or None")
        return Findings(
            self.name,
            [_reading(each) for each in in_time(itertools.islice(found.readings, MOST_NUMBERS + 1))],
            [_left_out(each) for each in in_time(itertools.islice(found.left_out, MOST_NUMBERS))],
            _texts(found.gaps, MOST_NUMBERS, LONGEST_NAME),
            time_source=str(found.time_source)[:LONGEST_NAME],
            remarks=_texts(found.remarks, _MOST_REMARKS, _LONGEST_REASON),
            skipped=str(found.skipped)[:_LONGEST_REASON],
            undecodable=str(found.undecodable)[:_LONGEST_REASON],
        )


def _reading(given: Reading) -> Reading:
    when = None if given.time is None else float(given.time)
    return Reading(_name(given.field), float(given.value), _name(given.unit), when, bool(given.is_state))


def _left_out(given: LeftOut) -> LeftOut:
    reading = None if given.reading is None else _reading(given.reading)
    reason, text = str(given.reason)[:_LONGEST_REASON], str(given.text)[:_LONGEST_SHOWN]
    return LeftOut(_name(given.field), reason, text, reading)


def _name(given: object) -> str:
    if not isinstance(given, str) or len(given) > LONGEST_NAME:
        raise TypeError(f"fields and units are texts of at most {LONGEST_NAME:,} characters")
    return given


def _texts(given: Iterable[object], most: int, longest: int) -> list[str]:
    return [str(each)[:longest] for each in in_time(itertools.islice(given, most))]

"""A format of another package, held to what a Format promises."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable

from ..base.log import log
from ..base.patterns import FieldPatterns
from ..base.text import printable
from .format import Findings, Format, LeftOut, Payload, Reading
from .limits import LONGEST_NAME, MOST_NUMBERS, TookTooLongError, in_time

_LONGEST_FORMAT_NAME, _LONGEST_REASON, _LONGEST_SHOWN = 60, 100, 200
_MOST_REMARKS = 5
_MOST_S, _MOST_S_PER_BYTE = 0.05, 0.05 / 1e6
_MOST_SLOW = 3


class ForeignFormat:
    """Passes on what a Format finds, in bounds; what it raises is logged once, and never passed on.

    Args:
        given: the Format.

    Attributes:
        name: what people call it.
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
        """What it finds in a payload; None for nothing, or where it fails."""
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
        """The same as far as it is well formed, and never more than a message may hold."""
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

"""What a format's reader finds in one payload, before anything is judged or stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

MOST_NUMBERS = 2_000
"""More numbers than this in one message are no set of sensors."""


LONGEST_NAME, LONGEST_NAMES = 2_000, 500_000
"""Characters in the name of one number, and in all names of a message: beyond that nobody reads them."""


class Reading(NamedTuple):
    """One number in a payload.

    Attributes:
        field: a JSON pointer (RFC 6901), the format's own name, or `""` when the payload is the number.
        value: finite.
        unit: as the payload names it, or `""`.
        time: epoch seconds as the payload has them, whether plausible or not; None where it has none.
        is_state: True for a state such as ON or OFF, which lasts until the next one.
    """

    field: str
    value: float
    unit: str = ""
    time: float | None = None
    is_state: bool = False


class LeftOut(NamedTuple):
    """Something in a payload that is no measurement.

    Attributes:
        field: named like a Reading's.
        reason: a few words, such as "an id".
        text: its value, for people; foreign text.
        reading: what it is for whoever asks for it by name; None where it is no number.
    """

    field: str
    reason: str
    text: str
    reading: Reading | None = None


@dataclass(slots=True)
class Findings:
    """Everything found in one payload; where there are no readings, `skipped` or `undecodable` says why.

    Attributes:
        format: the format's name for people: "JSON", "SenML", "number".
        readings: the numbers, in the order of the payload.
        left_out: what is no measurement.
        gaps: fields that say that they have no value: null, NaN, -9999.
        gaps_elsewhere: (topic, field) of others' that have none any more.
        time_source: the field that the time came from, or `""` when the payload has none.
        spacing: how far apart the samples of a block are, in words; `""` for no block.
        topic: the topic whose series the readings belong to; None for the message's own.
        remarks: reasons to count beside the message's fate, such as "the clock says 1970".
        skipped: why there is nothing to plot although nothing is wrong.
        undecodable: what is broken.
        devices: field → value of what tells the device that it comes from, where a topic may carry many.
        document: the payload parsed, where it is a document of keys and values; else None.
    """

    format: str
    readings: list[Reading] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    gaps_elsewhere: list[tuple[str, str]] = field(default_factory=list)
    time_source: str = ""
    spacing: str = ""
    topic: str | None = None
    remarks: list[str] = field(default_factory=list)
    skipped: str = ""
    undecodable: str = ""
    devices: dict[str, str | int] = field(default_factory=dict)
    document: object = None

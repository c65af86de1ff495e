"""A Message as the broker sent it, the Samples read from it, arrays of these, and the state of a link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Key = tuple[str, str]
"""(topic, field)."""

Batch = Mapping[Key, tuple[list[float], list[float]]]
"""Samples that came together: (topic, field) → times in epoch seconds, values; of one series as they came."""


Status = Literal["connecting", "live", "stale", "offline", "refused", "stopped"]


class Message(msgspec.Struct, frozen=True, gc=False):
    """One MQTT PUBLISH packet as it arrived. A value: equal messages are equal.

    Attributes:
        topic: the topic name.
        payload: the application message, undecoded.
        qos: 0, 1 or 2, as delivered to us.
        retain: True when the broker kept this message and sent it because we subscribed (MQTT 5, 3.3.1.3).
        received_at: time of arrival in epoch seconds, by a clock that never goes back.
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool
    received_at: float


class Sample(msgspec.Struct, frozen=True, gc=False):
    """One number of one sensor. A value: equal samples are equal.

    Attributes:
        topic: the topic name.
        field: which number in the payload: a JSON pointer (RFC 6901), the format's own name, or `""`.
        time: epoch seconds.
        value: the number.
        unit: as the payload names it, or `""`.
    """

    topic: str
    field: str
    time: float
    value: float
    unit: str = ""

    def __iter__(self) -> Iterator[str | float]:
        return iter(msgspec.structs.astuple(self))


class LinkState(NamedTuple):
    """The state of a Source's link, in one word and in a sentence.

    Attributes:
        status: "connecting", "live", "offline", "refused" or "stopped".
        text: a sentence for a person.
        since: epoch seconds at which the status began.
        next_try_at: epoch seconds of the next attempt, while offline.
        remark: what a viewer should know although it is live, in a sentence.
    """

    status: Status
    text: str
    since: float
    next_try_at: float | None = None
    remark: str = ""

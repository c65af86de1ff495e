"""What a topic's messages showed so far: what was judged once stays so."""

from __future__ import annotations

from dataclasses import dataclass, field

_MOST_REMEMBERED, _LONGEST_NAME = 500, 200


@dataclass(slots=True)
class Judgements:
    """What a topic's messages showed so far.

    Attributes:
        measured: fields that were measurements.
        devices: what told the device of the first message.
        time_field: the field that was the time.
        is_time_fixed: whether no other field may be it; `""` is the time of arrival then.
        is_batch: whether an array of several records came.
        rows_have_time: whether the topic's CSV begins with a time; None for a topic without CSV so far.
    """

    measured: set[str] = field(default_factory=set)
    devices: dict[str, str | int] | None = None
    time_field: str = ""
    is_time_fixed: bool = False
    is_batch: bool = False
    rows_have_time: bool | None = None

    def settled(self, name: str, reason: str) -> str:
        """The reason that holds for a field: `""` once it was a measurement, whatever its values look like."""
        if name in self.measured:
            return ""
        if not reason and len(self.measured) < _MOST_REMEMBERED and len(name) <= _LONGEST_NAME:
            self.measured.add(name)
        return reason

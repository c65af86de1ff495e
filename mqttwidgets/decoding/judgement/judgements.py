"""What a topic's messages showed so far: what was judged once stays so."""

from __future__ import annotations

from dataclasses import dataclass, field

_MOST_REMEMBERED = 500


@dataclass(slots=True)
class Judgements:
    """What a topic's messages showed so far.

    Attributes:
        of: field → the reason why it is no measurement, `""` for a measurement.
        devices: what told the device of the first message.
        time_field: the field that was the time.
        is_time_fixed: whether no other field may be it; `""` is the time of arrival then.
        rows_have_time: whether the topic's CSV begins with a time; None for a topic without CSV so far.
    """

    of: dict[str, str] = field(default_factory=dict)
    devices: dict[str, str | int] | None = None
    time_field: str = ""
    is_time_fixed: bool = False
    rows_have_time: bool | None = None

    def settled(self, name: str, reason: str) -> str:
        """The reason that holds for a field: that of its first judgement, as long as there is room for it."""
        known = self.of.get(name)
        if known is None and len(self.of) < _MOST_REMEMBERED:
            self.of[name] = reason
        return reason if known is None else known

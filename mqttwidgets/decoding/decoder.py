"""What every decoder returns and is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

from ..base.model import Sample


class Decoded(list[Sample]):
    """The samples of one message; where there are none, why.

    Attributes:
        skipped: the reason when there was nothing to plot and no fault, in a few words that complete
            "3 not plotted: 2 ...".
        undecodable: the reason when the payload is broken, likewise.
        gaps: (topic, field) of what says that it has no value at present: its line breaks there.
        states: fields that are states, such as ON and OFF: their lines are steps.
        remarks: reasons to count although the message was stored, such as a clock that is wrong.
    """

    skipped: str = ""
    undecodable: str = ""
    gaps: Sequence[tuple[str, str]] = ()
    states: Collection[str] = ()
    remarks: Sequence[str] = ()

    @classmethod
    def skip(cls, reason: str) -> Decoded:
        """No samples, and nothing wrong."""
        decoded = cls()
        decoded.skipped = reason
        return decoded

    @classmethod
    def fail(cls, reason: str) -> Decoded:
        """No samples, since the payload is broken."""
        decoded = cls()
        decoded.undecodable = reason
        return decoded


@runtime_checkable
class Decoder(Protocol):
    """Makes samples of messages.

    `decode` returns a list of Sample, empty when the message holds nothing to plot; a `Decoded` says why.
    """

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        """The samples in one payload.

        Args:
            topic: the topic name.
            payload: the application message.
            received_at: epoch seconds of arrival, the samples' time where the payload has none; None for now.
        """

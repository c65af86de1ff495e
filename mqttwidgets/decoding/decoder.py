"""What every decoder returns and is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ..message import Sample


class Decoded(list[Sample]):
    """The samples of one message; where there are none, why.

    Attributes:
        skipped: the reason when there was nothing to plot and no fault, in a few words that complete
            "3 not plotted: 2 ...".
        undecodable: the reason when the payload is broken, likewise.
    """

    skipped: str = ""
    undecodable: str = ""

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

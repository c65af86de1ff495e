"""What every decoder returns and is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
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

    `decode` returns a list of Sample, empty when the message holds nothing to plot; a `Decoded` says why. What
    else a Decoder has is asked for by its name:

    - `asking_for(fields)`: a decoder like this one, without its memories, that takes fields that match these
      patterns, too. A stream works with what this returns, so that no two share a memory.
    - `topics`, and `explain(topic)`: of which topics there is something to explain, and an Explanation of how the
      latest message of one was read, or None; `stream.explain()` shows these.
    - `is_trusted`: True where what it returns needs no check, and it never raises.
    - `reader_of(topic)`: for one that is trusted, a Reader of the next messages of a topic, or None.
    """

    def decode(self, topic: str, payload: bytes, *, received_at: float | None = None) -> list[Sample]:
        """The samples in one payload.

        Args:
            topic: the topic name.
            payload: the application message.
            received_at: epoch seconds of arrival, the samples' time where the payload has none; None for now.
        """


def renewed(decoder: Decoder, fields: Iterable[str] = ()) -> Decoder:
    """One like it without its memories, that takes `fields`, too; itself where it has no `asking_for`."""
    asking_for: Callable[[Iterable[str]], Decoder] | None = getattr(decoder, "asking_for", None)
    return decoder if asking_for is None else asking_for(fields)

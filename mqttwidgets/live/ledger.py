"""The ledger of a stream: it counts what became of every message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from ..base.text import printable, quantity
from ..decoding.decoder import Fate

_MOST_REASONS, _LONGEST_REASON = 100, 500
_OTHERS = "other reasons"


@dataclass(frozen=True)
class LedgerPage:
    """The counts of a Ledger at one moment."""

    received: int
    stored: int
    waiting: int
    skipped: Mapping[str, int]
    undecodable: Mapping[str, int]
    dropped: Mapping[str, int]
    noted: Mapping[str, int] = field(default_factory=dict)

    @property
    def not_plotted(self) -> dict[str, int]:
        """Reason → count of every message that gave no sample, the most frequent first."""
        reasons = Counter[str]()
        for mapping in (self.dropped, self.undecodable, self.skipped):
            reasons.update(mapping)
        return dict(reasons.most_common())

    def __str__(self) -> str:
        lines = [
            f"{quantity(self.received, 'message')} received, {self.stored:,} stored, {self.waiting:,} waiting"
        ]
        for name in ("skipped", "undecodable", "dropped"):
            lines += [f"  {count:,} {name}: {reason}" for reason, count in getattr(self, name).items()]
        lines += [f"  {count:,} with a note: {reason}" for reason, count in self.noted.items()]
        return "\n".join(lines)


class Ledger:
    """Counts what became of every message of a SensorStream; always up to date.

    At any moment, in messages:
    `received == stored + waiting + sum(skipped.values()) + sum(undecodable.values()) + sum(dropped.values())`.
    A message is counted once, as what it is by now: Sparkplug data that waits for its birth certificate is skipped
    for that reason, and stored once that has come.
    Each attribute is read afresh; for several of the same moment while messages arrive, take a `page()`.

    Args:
        read: gives the counts of one moment; its owner knows which locks that takes.
    """

    def __init__(self, read: Callable[[], LedgerPage]) -> None:
        self._read = read

    def page(self) -> LedgerPage:
        """All counts of one moment."""
        return self._read()

    @property
    def received(self) -> int:
        """Messages that arrived."""
        return self.page().received

    @property
    def stored(self) -> int:
        """Messages that gave at least one sample."""
        return self.page().stored

    @property
    def waiting(self) -> int:
        """Messages not decoded yet."""
        return self.page().waiting

    @property
    def skipped(self) -> Mapping[str, int]:
        """Reason → count of messages with nothing to plot and no fault."""
        return self.page().skipped

    @property
    def undecodable(self) -> Mapping[str, int]:
        """Reason → count of messages that are broken, or during the reading of which an interrupt came."""
        return self.page().undecodable

    @property
    def dropped(self) -> Mapping[str, int]:
        """Reason → count of messages that there was no room for."""
        return self.page().dropped

    @property
    def noted(self) -> Mapping[str, int]:
        """Remark → count of messages that call for one, such as on a wrong clock, whatever became of them."""
        return self.page().noted

    def __repr__(self) -> str:
        return str(self.page())


class Outcomes:
    """Counts what becomes of messages as they are decoded. Not thread-safe: its SensorStream locks."""

    def __init__(self) -> None:
        self.stored = 0
        self.skipped: Counter[str] = Counter()
        self.undecodable: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()

    @property
    def messages(self) -> int:
        """How many messages were counted."""
        fates = (self.skipped, self.undecodable, self.dropped)
        return self.stored + sum(sum(reasons.values()) for reasons in fates)

    def count(self, fate: Fate | Literal["noted"], reason: str, count: int = 1) -> None:
        """Count a message that gave no sample, or, as "noted", one that calls for a remark; or several alike.

        Reasons may quote errors of a user's decoder, so beyond a hundred of them all others are counted together.
        """
        reasons: Counter[str] = getattr(self, fate)
        if len(reason) > _LONGEST_REASON:
            reason = printable(reason, _LONGEST_REASON)
        reasons[reason if reason in reasons or len(reasons) < _MOST_REASONS else _OTHERS] += count

    def take_back(self, reason: str, count: int = 1) -> bool:
        """Count so many messages as skipped for a reason no more, as they are about to be counted otherwise.

        Returns:
            Whether there were as many.
        """
        counted_as = reason if reason in self.skipped else _OTHERS
        left = self.skipped[counted_as] - count
        if left > 0:
            self.skipped[counted_as] = left
        elif left == 0:
            del self.skipped[counted_as]
        return left >= 0

    def page(self, received: int, waiting: int, refused: Mapping[str, int]) -> LedgerPage:
        """The counts of the Ledger, given those of the inbox."""
        return LedgerPage(
            received,
            self.stored,
            waiting,
            MappingProxyType(dict(self.skipped)),
            MappingProxyType(dict(self.undecodable)),
            MappingProxyType(dict(self.dropped + Counter(refused))),
            MappingProxyType(dict(self.noted)),
        )

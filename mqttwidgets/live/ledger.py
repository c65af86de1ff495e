"""The ledger of a stream: it counts what became of every message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from ..base.text import printable, quantity
from ..base.times import in_utc
from ..decoding.decoder import Fate

_MOST_REASONS, _LONGEST_REASON = 100, 500
_OTHERS = "other reasons"


class LetGo(NamedTuple):
    """Samples that were stored and are no longer kept.

    Attributes:
        samples: how many.
        kept_since: the oldest sample of the series that goes back least, of those that let some go, epoch seconds.
        of: the name of that series; `""` where it is the only one.
        is_history: whether `history=` would keep more; not where all series together are too much.
    """

    samples: int
    kept_since: float
    of: str
    is_history: bool

    def told(self, moment: str) -> str:
        """A remark on it.

        Args:
            moment: `kept_since` in words.

        Example:
            >>> LetGo(1200, 0.0, "lab/vibration", True).told("13:34:05")
            'oldest kept of lab/vibration: 13:34:05, history= keeps more (1,200 samples let go)'
        """
        of = f" of {printable(self.of, 60)}" if self.of else ""
        more = ", history= keeps more" if self.is_history else ""
        return f"oldest kept{of}: {moment}{more} ({quantity(self.samples, 'sample')} let go)"


@dataclass(frozen=True)
class LedgerPage:
    """The counts of a Ledger at one moment; all but `let_go` are of messages."""

    received: int
    stored: int
    waiting: int
    skipped: Mapping[str, int]
    undecodable: Mapping[str, int]
    dropped: Mapping[str, int]
    noted: Mapping[str, int] = field(default_factory=dict)
    let_go: LetGo | None = None

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
        if self.let_go is not None:
            lines.append(f"  {self.let_go.told(in_utc(self.let_go.kept_since).isoformat(timespec='seconds'))}")
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

    @property
    def let_go(self) -> int:
        """How many samples were stored and are no longer kept, as series are longer than `history`."""
        let_go = self.page().let_go
        return 0 if let_go is None else let_go.samples

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

    def page(
        self, received: int, waiting: int, refused: Mapping[str, int], let_go: LetGo | None = None
    ) -> LedgerPage:
        """The counts of the Ledger, given those of the inbox, and what the series let go."""
        return LedgerPage(
            received,
            self.stored,
            waiting,
            MappingProxyType(dict(self.skipped)),
            MappingProxyType(dict(self.undecodable)),
            MappingProxyType(dict(self.dropped + Counter(refused))),
            MappingProxyType(dict(self.noted)),
            let_go,
        )

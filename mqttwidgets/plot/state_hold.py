"""How long a state lasts on the screen: to its next sample, the newest one for as long as it is known."""

from __future__ import annotations

from ..base.model import Key
from ..series.ring import Series


class HeldStates:
    """Until when the newest sample of each state is known to last.

    A state that is not sent again has not changed, as long as the link is up. Where messages may be missing, it is
    known until the last moment before that for which a picture was drawn.

    Example:
        >>> held, series = HeldStates(), Series("door", "", capacity=10, is_state=True)
        >>> series.extend([1.0], [1.0])
        >>> held.until(series, heard=5.0)
        5.0
        >>> series.mark_gap()
        >>> held.until(series, heard=9.0)
        5.0
    """

    def __init__(self) -> None:
        self._known: dict[Key, tuple[int, float]] = {}  # how many samples there were, and until when that was all

    def until(self, series: Series, heard: float | None) -> float:
        """Epoch seconds until which the newest sample of a state lasts.

        Args:
            series: the state.
            heard: until when its link was up, or brought a message, epoch seconds; None where that is not known.
        """
        newest = series.last[0] if series.last else 0.0
        key = (series.topic, series.field)
        total, known_until = self._known.get(key, (0, newest))
        known_until = max(newest, known_until) if total == series.total else newest
        if heard is not None and not series.is_interrupted:
            known_until = max(known_until, heard)
            self._known[key] = (series.total, known_until)
        return known_until

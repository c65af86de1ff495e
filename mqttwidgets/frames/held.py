"""How long a state lasts on the screen: to its next sample, the newest one for as long as it is known."""

from __future__ import annotations

from ..series import Series
from ..store import Key


class HeldStates:
    """Until when the newest sample of each state is known to last.

    A state that is not sent again has not changed, as long as the link brings anything at all. Where messages may
    be missing, it is known until the newest message before that, as far as a picture was drawn then.

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
            heard: the newest message of its stream, epoch seconds; None before the first.
        """
        newest = series.last[0] if series.last else 0.0
        key = (series.topic, series.field)
        if heard is not None and not series.is_interrupted:
            self._known[key] = (series.total, heard)
        total, known_until = self._known.get(key, (0, newest))
        return max(newest, known_until) if total == series.total else newest
